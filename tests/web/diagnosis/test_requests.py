"""Two windows, repeated and lost requests: nothing is overwritten, kept twice or lost."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import pytest
from flask import Flask

from assessment.settings import Settings
from assessment.store import StoreUnavailable, answering, database, reports
from tests.leader import Leader
from tests.web.diagnosis.common import ITEM, apart, finished, kept


def test_two_windows_never_overwrite_each_other_in_silence(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    here, there = begun.open("F1/1"), begun.open("F1/1")
    begun.send(there, **{**ITEM, "reference": "typed there"})

    page = begun.send(here, **{**ITEM, "reference": "typed here"})

    assert page.status == 409
    assert apart(page) == [("typed there", "typed here")]
    assert page.form("/F1/1").fields["reference"] == "typed here"
    assert kept(app, begun)["F1", "1"].values["reference"] == "typed there"


def test_after_a_conflict_what_is_below_can_be_saved(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    here, there = begun.open("F1/1"), begun.open("F1/1")
    begun.send(there, **{**ITEM, "reference": "typed there"})
    page = begun.send(here, **{**ITEM, "reference": "typed here"})

    sent = begun.send(page, reference="both: typed there, typed here")

    assert sent.status == 303
    assert kept(app, begun)["F1", "1"].values["reference"] == "both: typed there, typed here"


def test_the_same_answer_from_two_windows_is_no_conflict(begun: Leader) -> None:
    begun.draw("F1", 52)
    here, there = begun.open("F1/1"), begun.open("F1/1")
    begun.send(there, **ITEM)

    assert begun.send(here, **ITEM).status == 303


def test_a_request_sent_twice_is_carried_out_once(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")

    first = begun.send(page, **ITEM)
    second = begun.send(page, **ITEM)

    assert (first.status, second.status) == (303, 303)
    assert first.location == second.location
    assert kept(app, begun)["F1", "1"].version == 1


def test_a_request_that_was_carried_out_is_so_for_good(begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    first = begun.send(page, **ITEM)
    begun.answer("F8/RC1", answer="never", source="memory")
    begun.finish()

    again = begun.send(page, **ITEM)

    assert (again.status, again.location) == (303, first.location)


def test_a_form_without_its_hidden_parts_is_handed_back(begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")

    for lacking in (
        {"request_id": None},
        {"version": None},
        {"version": "-1"},
        {"draw": "x"},
        {"request_id": "x"},
    ):
        sent = begun.send(page, **{**ITEM, **lacking})

        assert sent.status == 400
        assert "ATLAS-1187" in sent.text


@pytest.fixture
def locked(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """The database held by another writer; the site waits for it only briefly."""
    impatient = tuple(line.replace(f"= {database.WAIT_MS}", "= 50") for line in database.PRAGMAS)
    monkeypatch.setattr(database, "PRAGMAS", impatient)
    with app.app_context():
        database.db.engine.dispose()
    holder = sqlite3.connect(settings.instance / "site.db", isolation_level=None)
    yield holder
    holder.close()
    with app.app_context():
        database.db.engine.dispose()


def test_while_the_database_is_held_the_text_is_handed_back_and_can_be_sent_again(
    app: Flask, begun: Leader, locked: sqlite3.Connection
) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    locked.execute("BEGIN IMMEDIATE")

    refused = begun.send(page, **ITEM)
    locked.execute("ROLLBACK")
    again = begun.send(refused)

    assert refused.status == 503
    assert refused.response.headers["Retry-After"] == "5"
    assert '<pre tabindex="0">\nATLAS-1187</pre>' in refused.text
    assert again.status == 303
    assert kept(app, begun)["F1", "1"].values["reference"] == "ATLAS-1187"


def test_while_the_database_cannot_be_read_a_report_says_to_come_back(
    begun: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = finished(begun)

    def unavailable(*_: object, **__: object) -> None:
        raise StoreUnavailable("unable to open database file")

    monkeypatch.setattr(reports, "find", unavailable)
    for path in (report, report.rstrip("/") + ".pdf", report.rstrip("/") + ".json"):
        page = begun.open(path)

        assert page.status == 503
        assert page.response.headers["Retry-After"] == "5"
        assert "unable to open" not in page.text


def test_a_fault_of_ours_hands_back_what_was_typed_and_nothing_else(
    app: Flask, begun: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1?back=check")
    monkeypatch.setattr(answering, "keep", lambda *_, **__: 1 / 0)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    sent = begun.send(page, **ITEM)

    assert sent.status == 500
    assert re.findall(r"<dt>(.*?)</dt>", sent.text) == [
        "Reference",
        *(_name(app, each) for each in ITEM if each != "reference"),
    ]
    assert '<pre tabindex="0">\nATLAS-1187</pre>' in sent.text


def _name(app: Flask, indicator: str) -> str:
    return str(app.extensions["library"].current.indicators[indicator].name)
