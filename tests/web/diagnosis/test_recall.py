"""What is answered from memory."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.leader import Leader
from tests.web.diagnosis.common import apart, errors, kept

RECALLED = {"VD1": 7, "VD2__unknown": "y", "FR1": 0}


@pytest.fixture
def remembering(leader: Leader) -> Leader:
    """A leader with a fresh diagnosis that is answered from memory."""
    leader.start(form="pre-scan")
    return leader


def test_a_population_is_remembered_on_one_page(app: Flask, remembering: Leader) -> None:
    page = remembering.open("F1/recall")

    sent = remembering.send(page, **RECALLED)

    assert "Think of the last 10 items declared done." in page.text
    assert "Page 1 of 5" in page.text
    assert sent.location == remembering.base + "F4a/recall"
    assert kept(app, remembering)["F1", "recall"].values == {"VD1": 7, "VD2": "unverified", "FR1": 0}
    again = remembering.open("F1/recall").form("/recall").fields
    assert (again["VD1"], again["VD2"], again["FR1"]) == ("7", "", "0")
    assert ("VD2-unknown" in again, "VD1-unknown" in again) == (True, False)


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ({"VD1": 11}, ["Write a number from 0 to 10."]),
        ({"VD1": "most"}, ["Write a whole number from 0 to 10, in digits."]),
        ({"VD1": ""}, ["The result exists: write a number, or tick “I cannot say”."]),
        ({"VD1__unknown": "y"}, ["Write a number or tick “I cannot say”, not both."]),
    ],
)
def test_what_memory_cannot_hold_is_refused_beside_its_field(
    remembering: Leader, typed: dict[str, Any], faults: list[str]
) -> None:
    page = remembering.answer("F1/recall", **{**RECALLED, **typed})

    assert page.status == 422
    assert errors(page) == faults
    assert page.form("/recall").fields["FR1"] == "0"


def test_not_applicable_is_a_tick_where_the_instrument_allows_it(app: Flask, remembering: Leader) -> None:
    both = remembering.answer("F7a/recall", AI1=3, **{"not-applicable-0": "y"})
    sent = remembering.send(both, AI1="")

    assert "not-applicable-0" not in remembering.open("F1/recall").form("/recall").names
    assert errors(both) == ["Take this answer out, or the tick at “Not applicable”."]
    assert sent.status == 303
    assert kept(app, remembering)["F7a", "recall"].values == {"reason": "no AI-assisted work in the window"}
    assert "not-applicable-0" in remembering.open("F7a/recall").form("/recall").fields
    assert "no AI-assisted work in the window" in remembering.open("check").text


@pytest.mark.parametrize(("choice", "record"), [("1", 1), ("unverified", "unverified")])
def test_a_choice_is_kept_and_comes_back(
    app: Flask, remembering: Leader, choice: str, record: int | str
) -> None:
    sent = remembering.answer("F8/RC1", choice=choice)

    assert sent.location == remembering.base + "F1/recall"
    assert kept(app, remembering)["F8", "RC1"].values == {"choice": record}
    assert remembering.open("F8/RC1").form("/RC1").fields["choice"] == choice


@pytest.mark.parametrize("choice", [None, "", "9", "date"])
def test_a_choice_that_is_not_offered_is_refused(remembering: Leader, choice: str | None) -> None:
    page = remembering.answer("F8/RC1", choice=choice)

    assert (page.status, errors(page)) == (422, ["Choose an answer."])


def test_two_windows_do_not_overwrite_each_others_memory(app: Flask, remembering: Leader) -> None:
    here, there = remembering.open("F1/recall"), remembering.open("F1/recall")
    remembering.send(there, **RECALLED)

    page = remembering.send(here, **{**RECALLED, "VD1": 2, "VD2": 3, "VD2__unknown": None})

    assert page.status == 409
    assert apart(page) == [("7 of 10", "2 of 10"), ("I cannot say", "3 of 10")]
    assert kept(app, remembering)["F1", "recall"].values["VD1"] == 7


@pytest.mark.parametrize("path", ["F1/where", "F1/1", "F1/counts", "F1/sample"])
def test_memory_has_no_lists_and_lists_no_memory(begun: Leader, other: Leader, path: str) -> None:
    other.start(form="pre-scan")

    asked, remembered = begun.open("F1/recall"), other.open(path)

    assert (asked.status, asked.location) == (303, begun.base)
    assert (remembered.status, remembered.location) == (303, other.base)


def test_the_check_of_what_is_remembered_promises_what_its_report_holds(remembering: Leader) -> None:
    assert "what was said, answer by answer." in remembering.open("check").text
    assert "what to verify first" not in remembering.open("check").text
