"""The table of a result: tidy, the same each time, and no formula for any spreadsheet."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import Any

import pytest

from assessment.core.beta import exact_interval
from assessment.report.sections import Outdated
from assessment.report.table import COLUMNS, READINGS, harmless, table
from assessment.settings import ROOT
from tests.report.made import ATLAS, CODE, instrument, library, report, result


def made(of: dict[str, Any]) -> bytes:
    return table(of, instrument(), library(), code=CODE)


def rows(of: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(made(of).decode("utf-8-sig"), newline=""), strict=True))


def at(found: list[dict[str, str]], level: str, id: str = "") -> dict[str, str]:
    [row] = [each for each in found if (each["level"], each["id"]) == (level, id)]
    return row


def test_every_row_has_every_column_and_lines_end_as_the_standard_says() -> None:
    text = made(result(label='Ann, "Bo"\nand Co')).decode("utf-8")

    read = list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    assert text.startswith("\ufeff" + ",".join(COLUMNS) + "\r\n")
    assert text.endswith("\r\n")
    assert {len(row) for row in read} == {len(COLUMNS)}
    assert {row[3] for row in read[1:]} == {'Ann, "Bo"\nand Co'}


def test_there_is_a_row_for_the_whole_each_layer_dimension_and_indicator_that_was_asked() -> None:
    found = rows(result())
    told = report()

    assert [each["level"] for each in found].count("whole") == 1
    assert {each["name"] for each in found if each["level"] == "layer"} == {
        each.name for each in instrument().layers if each.id in result()["readings"]["shown"]["layers"]
    }
    seen = {each.id: each for layer in told.layers for d in layer.dimensions for each in d.indicators}
    assert {each["id"] for each in found if each["level"] == "indicator"} == set(seen)
    assert all(at(found, "indicator", id)["finding"] == each.sentence for id, each in seen.items())
    places = {(each["layer"], each["dimension"]) for each in found if each["level"] == "indicator"}
    assert places <= {(each["layer"], each["dimension"]) for each in found if each["level"] == "dimension"}


def test_the_figures_are_those_of_the_result() -> None:
    of = result()
    found = rows(of)

    for reading in READINGS:
        whole = of["readings"][reading]["composite"]
        row = at(found, "whole")
        names = (reading, f"{reading}_sd", f"{reading}_low", f"{reading}_high")
        assert [float(row[name]) for name in names] == [whole[key] for key in ("mean", "sd", "low", "high")]
        own = of["readings"][reading]["indicators"]["VD1"]
        assert float(at(found, "indicator", "VD1")[reading]) == own["mean"]
        assert at(found, "dimension", "VD")[reading] == ""  # what the result withholds, the table does
    row = at(found, "indicator", "VD1")
    assert tuple(int(row[name]) for name in ("sound", "failing", "unverified")) == ATLAS["VD1"]
    assert (row["checks"], row["grade"]) == ("8", "E3")
    low, high = exact_interval(5, 8)
    assert (float(row["exact_low"]), float(row["exact_high"])) == (
        pytest.approx(100 * low, abs=1e-6),
        pytest.approx(100 * high, abs=1e-6),
    )
    assert int(at(found, "whole")["sound"]) == sum(k for k, _, _ in ATLAS.values())


def test_numbers_have_a_point_and_nothing_else_beside_digits() -> None:
    numeric = [name for name in COLUMNS if name.startswith(("exact", *READINGS))]

    written = {row[name] for row in rows(result()) for name in numeric} - {""}

    assert len(written) > 50
    assert [each for each in written if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", each)] == []


def test_of_a_small_team_no_count_of_who_did_the_work_is_given() -> None:
    of = result({**ATLAS, "LD1": (0, 4, 0)}, team_size=3)
    row = at(rows(of), "indicator", "LD1")

    assert [row[name] for name in ("sound", "failing", "unverified", "checks", "exact_low")] == [""] * 5
    assert row["finding"]


def test_what_was_not_answered_has_a_row_that_says_so() -> None:
    found = rows(result({}, frames={}))

    states = {each["state"] for each in found if each["level"] == "indicator"}
    assert states == {"not-answered"}
    assert at(found, "whole")["shown"] == ""


def test_the_same_result_gives_the_same_bytes() -> None:
    assert made(result()) == made(result())


def test_a_wording_that_does_not_fit_is_refused() -> None:
    of = result()
    of["answers"]["observations"]["VD9"] = of["answers"]["observations"].pop("VD1")

    with pytest.raises(Outdated):
        made(of)


UNSEEN = " \u200b\u2060"
WIDE = "\uff1d\uff0b\uff0d\uff20"  # the full-width forms of the four


@pytest.mark.parametrize("sign", [*"=+-@", *WIDE, "\t", "\r", "\n"])
def test_no_cell_begins_with_what_a_spreadsheet_takes_for_a_formula(sign: str) -> None:
    for text in (
        f"{sign}1+1",
        f"a;{sign}1",
        f'"{sign}1',
        f"a,{sign}1",
        f"a\t {sign}1",
        f" {sign}1",
        f"\u200b\u2060{sign}1",
    ):
        label = harmless(text)
        cells = re.split(r'[;,"\t\n]', label)
        assert [each for each in cells if each.strip(UNSEEN).startswith(tuple("=+-@" + WIDE))] == []
        assert label[0] not in "=+-@\t\r\n" + WIDE
        of = result()
        assert {row["team"] for row in rows({**of, "answers": {**of["answers"], "label": text}})} == {label}


@pytest.mark.parametrize(
    "text", ["Team Atlas", "well-known", "a = b", "2 + 2", "x@example.org", "Café – Ünal"]
)
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_the_columns_are_those_that_are_described() -> None:
    described = (ROOT / "docs" / "table.md").read_text(encoding="utf-8")

    assert tuple(re.findall(r"(?m)^\| `(\w+)` \|", described)) == COLUMNS
