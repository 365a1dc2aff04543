"""Opened items, and counts in their place."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.leader import Leader
from tests.web.diagnosis.common import ITEM, errors, kept

COUNTS = {"FR2__sound": 5, "FR2__failing": 2, "FR2__unverified": 1, "source": "memory"}


def test_a_saved_item_leads_to_the_next_and_shows_in_the_tally(begun: Leader) -> None:
    begun.draw("F1", 52)

    sent = begun.answer("F1/1", **ITEM)
    page = begun.open(sent.location)

    assert sent.status == 303
    assert sent.location == begun.base + "F1/2"
    assert "1 of 8 opened" in page.text
    assert "0 sound, 1 failing, 0 could not be verified, 7 not opened yet" in page.text
    assert "Save and open item 3" in page.text


def test_an_item_needs_an_answer_to_each_check(begun: Leader) -> None:
    begun.draw("F1", 52)

    page = begun.answer("F1/1", reference="ATLAS-1187", VD1="yes", VD2="perhaps")

    assert page.status == 422
    assert len(errors(page)) == 3
    assert all(line.endswith(": choose an answer.") for line in errors(page))
    assert page.form("/F1/1").fields["reference"] == "ATLAS-1187"
    assert page.form("/F1/1").fields["VD1"] == "yes"


@pytest.mark.parametrize(("name", "longest"), [("where", 500), ("query", 500)])
def test_a_text_may_be_as_long_as_its_limit_and_no_longer(begun: Leader, name: str, longest: int) -> None:
    said = {"way": "items", "where": "a", "query": "b", "population": 9}

    fits = begun.answer("F1/where", **{**said, name: "\U0001f9ea" * longest})
    refused = begun.answer("F2/where", **{**said, name: "x" * (longest + 1)})

    assert fits.status == 303
    assert refused.status == 422
    assert "x" * (longest + 1) in refused.text


def test_counts_are_entered_in_place_of_items(app: Flask, begun: Leader) -> None:
    begun.answer("F2/where", way="counts")

    sent = begun.answer("F2/counts", **COUNTS)

    assert sent.status == 303
    assert kept(app, begun)["F2", "counts"].values == {
        "FR2": {"sound": 5, "failing": 2, "unverified": 1},
        "source": "memory",
        "place": "",
    }


@pytest.mark.parametrize(
    ("population", "typed", "faults"),
    [
        ("", {"FR2__sound": ""}, ["Work in progress is alive: write a number under “Yes”, 0 for none."]),
        (
            "",
            {"FR2__sound": 0, "FR2__failing": 0, "FR2__unverified": 0},
            ["These three make 0. They must make from 1 to 200."],
        ),
        ("", {"FR2__sound": 201}, ["Write a number from 0 to 200."]),
        ("", {"FR2__sound": 199}, ["These three make 202. They must make from 1 to 200."]),
        (6, {}, ["These three make 8. They must make from 1 to 6."]),
        ("", {"source": None}, ["Choose where the counts come from."]),
        ("", {"source": "report"}, ["Write where it lies, or answer that it is from memory."]),
    ],
)
def test_impossible_counts_are_refused(
    begun: Leader, population: Any, typed: dict[str, Any], faults: list[str]
) -> None:
    begun.answer("F2/where", way="counts", population=population)

    page = begun.answer("F2/counts", **{**COUNTS, **typed})

    assert page.status == 422
    assert errors(page) == faults


def test_counts_of_a_list_of_unknown_size_are_not_taken_for_an_empty_list(begun: Leader) -> None:
    begun.answer("F2/where", way="counts")
    begun.answer("F2/counts", **COUNTS)

    assert "none found" not in begun.open("check").text


def test_a_list_cannot_be_made_shorter_than_what_was_counted_in_it(begun: Leader) -> None:
    begun.answer("F2/where", way="counts", population=20)
    begun.answer("F2/counts", **COUNTS)

    page = begun.answer("F2/where", population=7)

    assert errors(page) == ["You entered counts of 8 items. Correct one of the two."]
