"""The list taken away: all of it, as it is narrowed, and nothing in it that a spreadsheet would act on."""

from __future__ import annotations

import csv
import re
import shutil
import zipfile
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from assessment.app import create_app
from assessment.store.database import db, reading, writing
from assessment.store.sales.models import Audit, Invitation, Listing, Person
from assessment.web.sales import taking
from tests.answers import KEY
from tests.conftest import some_settings
from tests.desk import browser_of, somebody
from tests.leader import OUR_PAGE, Leader
from tests.listed import list_many

AT_ONCE = 12
MANY = 2 * AT_ONCE + 3
FORMULAS = (
    '=HYPERLINK("https://evil.example","x")',
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u200b=1",
    "\u00ad+1",
    "＝1+1",  # noqa: RUF001 the wide forms are meant
    "＋1",  # noqa: RUF001
    "－1",  # noqa: RUF001
    "＠SUM(1)",  # noqa: RUF001
    "\t\t=1",
    "x,=1",
    'x";=1',
    "https://evil.example/",
    "mailto:a@evil.example",
    "1E5",
    "00123",
    "{=1}",
)
# What begins a formula, where a cell begins: behind what is not seen, and behind what parts cells elsewhere.
ACTS = re.compile(r"(\A|[;,|\"\t\r\n])[\s\u00ad\u200b-\u200f]*[=+\-@＝＋－＠]")  # noqa: RUF001


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("taking") / "instance"
    shutil.copytree(migrated, folder)
    app = create_app(some_settings(folder))
    account = somebody(app)
    instrument = app.extensions["library"].instruments[KEY]
    list_many(app, MANY, person_id=account.id, instrument=instrument)
    app.extensions["account of the test"] = account
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", AT_ONCE)


@pytest.fixture
def ada(app: Flask) -> Leader:
    return Leader(browser_of(app, app.extensions["account of the test"]))


def take(by: Leader, ending: str, path: str = "/sales/", **typed: Any) -> TestResponse:
    """Press the button below the list, as it is narrowed."""
    form = by.open(path).form(".csv")
    path = form.action.replace(".csv", f".{ending}")
    return by.client.post(path, data={**form.fields, **typed}, headers=OUR_PAGE)


def of_csv(answer: TestResponse) -> list[list[str]]:
    return list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def of_xlsx(answer: TestResponse) -> list[list[str]]:
    """Read a workbook with nothing that wrote it; every cell must be a text."""
    names = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(BytesIO(answer.get_data())) as book:
        assert not [name for name in book.namelist() if "external" in name.lower() or "/_rels/sheet" in name]
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314 made by ourselves
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    texts = ["".join(each.itertext()) for each in shared.findall("m:si", names)]
    cells = sheet.findall(".//m:c", names)
    assert {cell.get("t") for cell in cells} == {"s"}
    assert sheet.findall(".//m:f", names) == sheet.findall(".//m:hyperlink", names) == []
    return [
        [texts[int(cell.findtext("m:v", "", names))] for cell in row.findall("m:c", names)]
        for row in sheet.findall(".//m:row", names)
    ]


def plant(app: Flask) -> None:
    """Have organisations, an invitation and a person be called what a spreadsheet would act on."""
    with app.app_context(), writing() as connection:
        ids = connection.execute(select(Listing.report_id).order_by(Listing.shared_at.desc())).scalars().all()
        for report_id, text in zip(ids, FORMULAS, strict=False):
            connection.execute(
                update(Listing).where(Listing.report_id == report_id).values(organisation=text)
            )
        connection.execute(update(Invitation).values(name=FORMULAS[0]))
        connection.execute(update(Person).values(name=FORMULAS[3]))


def test_the_whole_list_is_taken_away_whatever_a_page_of_it_holds(ada: Leader) -> None:
    in_csv, in_xlsx = take(ada, "csv"), take(ada, "xlsx")

    rows = of_csv(in_csv)
    assert tuple(rows[0]) == taking.COLUMNS
    assert len(rows) == MANY + 1
    assert of_xlsx(in_xlsx) == rows
    assert in_csv.headers["Content-Disposition"] == 'attachment; filename="diagnoses.csv"'
    assert in_csv.mimetype == "text/csv"
    assert in_xlsx.mimetype == taking.XLSX


def test_what_the_list_is_narrowed_to_is_taken_away_and_nothing_else(ada: Leader) -> None:
    rows = of_csv(take(ada, "csv", "/sales/?q=zymurgy"))

    assert [row[1] for row in rows[1:]] == ["Zymurgy Works"] * 3


def test_who_took_it_away_is_in_the_audit(app: Flask, ada: Leader) -> None:
    take(ada, "xlsx")

    with app.app_context(), reading() as connection:
        last = connection.execute(select(Audit.who, Audit.verb).order_by(Audit.number.desc())).first()
    assert last
    assert tuple(last) == (app.extensions["account of the test"].id, "list taken away as xlsx")


def test_a_list_that_is_too_long_for_a_file_is_refused_whole(
    app: Flask, ada: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST", MANY - 1)

    answer = take(ada, "csv")

    assert answer.status_code == 409
    assert f"{MANY - 1:,} rows at most" in answer.text


def test_nothing_that_was_typed_is_a_formula_a_link_or_a_number_in_a_file(app: Flask, ada: Leader) -> None:
    plant(app)

    rows, cells = of_csv(take(ada, "csv")), of_xlsx(take(ada, "xlsx"))

    assert len(rows) == MANY + 1
    assert [cell for row in rows for cell in row if ACTS.search(cell)] == []
    # In a workbook it is what was typed, as a text.
    typed = {row[1] for row in cells[1:]}
    assert {text for text in FORMULAS if text not in typed} <= {"\r=1"}
    assert {row[-1] for row in cells[1:]} <= {FORMULAS[0], ""}
    with app.app_context(), reading() as connection:
        assert connection.execute(select(func.count()).select_from(Listing)).scalar_one() == MANY
