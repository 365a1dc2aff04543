"""How a sample comes about over HTTP: what is expected of it, what it is drawn from, what leaves it again."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask

from assessment.core.sampling import positions
from assessment.store import assessments
from tests.leader import Leader, Seen

LIST = {"way": "items", "where": "The tracker", "query": "closed, newest first"}
NOTHING = {"VD1-unsaid": "y", "VD2-unsaid": "y", "IN1-unsaid": "y", "FR1-unsaid": "y"}
TOLD = {**NOTHING, "VD1-unsaid": None, "VD1": 6}


@pytest.fixture
def leader(app: Flask) -> Leader:
    """A leader with a fresh diagnosis."""
    leader = Leader(app.test_client())
    leader.start()
    return leader


def kept(app: Flask, leader: Leader, part: str, page: str) -> dict[str, Any]:
    """Return what the database holds of a page; empty where it holds nothing."""
    with app.app_context():
        entry = assessments.entries(leader.base.split("/")[2]).get((part, page))
    return entry.values if entry else {}


def shown(leader: Leader, part: str) -> list[int]:
    """Return the positions that are to be opened."""
    return [int(cell) for cell in re.findall(r"<td>(\d+)</td>", leader.open(f"{part}/sample").text)]


def faults(page: Seen) -> list[str]:
    """Return what is said beside the fields of a refused page."""
    found = re.findall(r'class="error"[^>]*><span[^>]*>Error: </span>(.*?)</p>', page.text)
    return [html.unescape(each) for each in found]


# --- what is expected -------------------------------------------------------------------------------


def test_a_list_leads_to_what_is_expected_and_only_that_to_its_items(leader: Leader) -> None:
    listed = leader.answer("F1/where", population=52, **LIST)
    before = leader.open("F1/sample").location, leader.open("F1/1").location
    told = leader.answer("F1/belief", **TOLD)

    assert listed.location == leader.base + "F1/belief"
    assert before == (leader.base, leader.base)
    assert told.location == leader.base + "F1/sample"
    assert len(shown(leader, "F1")) == 8


def test_what_is_expected_is_kept_and_shown_beside_the_other_answers(app: Flask, leader: Leader) -> None:
    leader.answer("F1/where", population=52, **LIST)

    leader.answer("F1/belief", **TOLD)

    skipped = dict.fromkeys(("VD2", "IN1", "FR1"), "skipped")
    assert kept(app, leader, "F1", "belief") == {"VD1": {"count": 6, "of": 8}, **skipped}
    assert "<dd>6 of 8</dd>" in leader.open("check").text
    assert "<dd>I would rather not say</dd>" in leader.open("F1/belief").text


def test_a_list_shorter_than_its_sample_is_asked_about_what_it_holds(leader: Leader) -> None:
    leader.answer("F1/where", population=3, **LIST)

    page = leader.open("F1/belief")

    assert "Yes for how many of 3?" in page.text
    assert faults(leader.send(page, **{**TOLD, "VD1": 4})) == ["Write a number from 0 to 3."]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({**NOTHING, "VD1-unsaid": None}, "Result exists: write a number, or tick “I would rather not say”."),
        ({**NOTHING, "VD1": 6}, "Write a number or tick “I would rather not say”, not both."),
        ({**TOLD, "VD1": "most"}, "Write a whole number in digits, such as 12."),
        ({**TOLD, "VD1": 9}, "Write a number from 0 to 8."),
    ],
)
def test_what_is_no_expectation_is_refused_beside_its_field(
    app: Flask, leader: Leader, typed: dict[str, Any], fault: str
) -> None:
    name = app.extensions["library"].current.indicators["VD1"].name
    leader.answer("F1/where", population=52, **LIST)

    page = leader.answer("F1/belief", **typed)

    assert page.status == 422
    assert faults(page) == [fault.replace("Result exists", name)]
    assert page.form("/belief").fields.get("VD1") == str(typed.get("VD1", ""))


def test_once_the_items_are_shown_what_is_expected_is_locked(app: Flask, leader: Leader) -> None:
    leader.answer("F1/where", population=52, **LIST)
    page = leader.open("F1/belief")
    first = leader.send(page, **TOLD)

    again = leader.send(page, **TOLD)
    changed = leader.send(page, **{**TOLD, "VD1": 2})
    silenced = leader.send(page, **NOTHING)
    locked = leader.open("F1/belief")

    assert (again.status, again.location) == (303, first.location)
    assert (changed.status, silenced.status) == (409, 409)
    assert "What you expect can no longer be changed" in changed.text
    assert ">2<" in changed.text  # what was typed
    assert kept(app, leader, "F1", "belief")["VD1"] == {"count": 6, "of": 8}
    assert not [form for form in locked.forms if form.action.endswith("/belief")]


def test_until_the_items_are_shown_the_list_may_be_corrected_freely(app: Flask, leader: Leader) -> None:
    leader.answer("F1/where", population=52, **LIST)

    corrected = leader.answer("F1/where", population=60, **LIST)

    where = kept(app, leader, "F1", "where")
    assert corrected.status == 303
    assert where["draws"] == 1
    assert where["positions"] == list(positions(60, 8, where["offset"]))


def test_the_positions_stand_on_no_page_before_it_is_said_what_is_expected(
    app: Flask, leader: Leader
) -> None:
    leader.answer("F1/where", population=987_654, **LIST)
    pages = ("", "F1/where", "F1/belief", "F1/sample", "F1/1", "check")

    texts = [leader.open(path).text for path in pages]

    drawn = kept(app, leader, "F1", "where")["positions"]
    assert not [each for text in texts for each in drawn if str(each) in text]
