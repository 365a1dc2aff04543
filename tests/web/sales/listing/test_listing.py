"""The list of the desk: what stands on it, what it is narrowed to, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from assessment.store.database import db, reading
from assessment.store.sales import listings, people
from assessment.store.sales.listings import Filters
from assessment.web.current import library
from tests.leader import Leader
from tests.listed import list_many
from tests.web.finished import finished, id_of

MANY = 1500  # more than one page looks at


@pytest.fixture(scope="module")
def many(app: Flask, seller: Leader, report_id: str) -> str:
    """A list of more than one page looks at; return the id of who owns some of it."""
    with app.app_context():
        [ada] = people.everybody()
        list_many(app, MANY, person_id=ada.id, instrument=library().current)
    return ada.id


def page_of(report_id: str) -> str:
    return f"/sales/diagnoses/{report_id}/"


def test_what_was_not_shared_is_not_listed_and_has_no_page(
    app: Flask, seller: Leader, leader: Leader
) -> None:
    report_id = id_of(finished(leader))

    empty, nothing = seller.open("/sales/"), seller.open(page_of(report_id))

    assert "Nothing is shared with the desk yet" in empty.text
    assert 'role="search"' not in empty.text  # there is nothing to look for
    assert nothing.status == 404
    assert '<a href="/sales/">To the desk</a>' in nothing.text


def test_what_was_shared_is_listed_by_organisation_band_patterns_and_next_step(
    app: Flask, seller: Leader, report_id: str
) -> None:
    page = seller.open("/sales/")

    with app.app_context():
        listed = listings.find(report_id)
        instrument = library().current
    assert listed
    assert page_of(report_id) in page.links
    bands = {band.id: band.word for band in instrument.constants.bands}
    places = {place.id: place.name for place in instrument.destinations}
    patterns = {pattern.id: pattern.name for pattern in instrument.patterns}
    for words in ("Harbour Ltd", listed.code, bands[listed.band], places[listed.route]):
        assert words in page.text
    for each in listed.patterns:
        assert patterns[each] in page.text


def test_the_list_is_narrowed_by_what_its_address_names(app: Flask, seller: Leader, report_id: str) -> None:
    with app.app_context():
        listed = listings.find(report_id)
    assert listed
    fitting = {
        "q": "harb",
        "band": listed.band,
        "pattern": listed.patterns[0],
        "route": listed.route,
        "form": listed.form,
        "owner": "none",
        "since": listed.shared_at.date().isoformat(),
        "until": listed.shared_at.date().isoformat(),
    }
    others = {
        "q": "harbz",
        "band": "none",
        "pattern": "no-such",
        "route": "no-such",
        "form": "no-such",
        "owner": "x" * 22,
        "next": "due",
        "invitation": "x" * 22,
        "since": "2999-01-01",
        "until": "1999-01-01",
    }

    def is_found(**said: str) -> bool:
        return (
            page_of(report_id)
            in seller.open("/sales/?" + "&".join(f"{k}={v}" for k, v in said.items())).links
        )

    assert is_found(**fitting)
    assert is_found(q="jo@harbour.example")
    assert {name: is_found(**{name: value}) for name, value in fitting.items()} == dict.fromkeys(
        fitting, True
    )
    assert {name: is_found(**{name: value}) for name, value in others.items()} == dict.fromkeys(others, False)


AMISS = {
    "since=yesterday": 422,
    f"q={'x' * 201}": 422,
    "q=%00": 422,
    "invitation=%00": 422,
    "band=%00": 422,
    "owner=%F0%9F%A6%98&band=nonsense": 200,
    "after=nonsense": 404,
    f"after=999999999999999999.{'x' * 22}": 404,
}


def test_an_address_that_nobody_made_is_answered_in_words(seller: Leader, report_id: str) -> None:
    assert {query: seller.open(f"/sales/?{query}").status for query in AMISS} == AMISS


def test_pages_lead_from_the_newest_to_the_oldest(app: Flask, seller: Leader, many: str) -> None:
    page, seen = seller.open("/sales/?owner=&q=ferry"), []
    while True:
        seen += re.findall(r"/sales/diagnoses/(r0*\d+)/", page.text)
        further = [link for link in page.links if "after=" in link]
        if not further:
            break
        page = seller.open(further[0])

    assert seen == sorted(set(seen), reverse=True)
    with app.app_context():
        assert len(seen) == len(listings.page(Filters(text="ferry"), size=MANY).rows)


# --- how it is read ---------------------------------------------------------------------------------

EVERY_WAY = (
    "",
    "band={band}",
    "pattern={pattern}",
    "route={route}",
    "form={form}",
    "owner=none",
    "owner={owner}",
    "next=due",
    "invitation=i000000000000000000000",
    "since=2026-03-01&until=2026-04-01",
    "q=rare@example.org",
    "q=zymurgy",
    "q=conference",  # in many notes
    "q=spring+b",  # the beginning of many words
    "q=spring+ferry&band={band}&pattern={pattern}&route={route}&form={form}&since=2026-03-01",
)


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Note what is asked of the database."""
    noted: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        noted.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield noted
    event.remove(db.engine, "before_cursor_execute", note)


def test_no_page_of_the_desk_reads_a_table_through_or_sorts_or_counts_what_is_stored(
    app: Flask, seller: Leader, many: str
) -> None:
    with app.app_context():
        instrument = library().current
        named = {
            "band": instrument.constants.bands[0].id,
            "pattern": instrument.patterns[0].id,
            "route": instrument.destinations[0].id,
            "form": instrument.forms[0].id,
            "owner": many,
        }
        with statements() as asked:
            for way in EVERY_WAY:
                page = seller.open(f"/sales/?{way.format(**named)}")
                assert page.status == 200
                for link in (each for each in page.links if "after=" in each):
                    assert seller.open(link).status == 200
        amiss = {statement: fault for each in asked if (fault := fault_of(*each)) for statement in each[:1]}

    assert len(asked) > 5 * len(EVERY_WAY)
    assert amiss == {}


def fault_of(statement: str, parameters: Any) -> str:
    """Return what makes a statement take longer the more is stored; "" where nothing does."""
    # Of people there are as many as work at the desk.
    if not statement.startswith(("SELECT", "WITH")) or re.search(r"FROM person\b(?! JOIN)", statement):
        return ""
    with reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [row[3] for row in plan]
    tables = "|".join(db.metadata.tables)
    faults = [each for each in steps if re.search(rf"SCAN ({tables})\b|TEMP B-TREE|AUTOMATIC", each)]
    # SQLite is always given an offset, which is zero.
    faults += [
        each[0]
        for each in re.finditer(r"OFFSET \?", statement)
        if parameters[statement[: each.end()].count("?") - 1] != 0
    ]
    return "; ".join(faults)
