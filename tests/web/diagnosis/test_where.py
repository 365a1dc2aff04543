"""How a list is looked at: what is drawn, what binds, what is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from assessment.core.sampling import positions
from tests.leader import Leader, Seen
from tests.web.diagnosis.common import ITEM, errors, kept


def test_a_list_is_drawn_from_at_the_moment_it_is_saved(app: Flask, begun: Leader) -> None:
    sent = begun.draw("F1", 52)
    page = begun.open(sent.location)

    record = kept(app, begun)["F1", "where"].values
    assert sent.location == begun.base + "F1/sample"
    assert record["positions"] == list(positions(52, 8, record["offset"]))
    assert [int(cell) for cell in re.findall(r"<td>(\d+)</td>", page.text)] == record["positions"]
    assert record["draws"] == 1


def test_positions_are_not_to_be_foreseen_from_another_diagnosis(
    app: Flask, begun: Leader, other: Leader
) -> None:
    other.start()

    for each in (begun, other):
        each.draw("F1", 100_000)

    assert (
        kept(app, begun)["F1", "where"].values["offset"] != kept(app, other)["F1", "where"].values["offset"]
    )


def test_a_list_shorter_than_the_sample_is_opened_whole(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 3)

    assert kept(app, begun)["F1", "where"].values["positions"] == [1, 2, 3]


def test_an_empty_list_is_no_dead_end(begun: Leader) -> None:
    sent = begun.draw("F1", 0)

    assert sent.location == begun.base + "F1/LD1"


def test_the_window_of_done_items_lies_thirty_days_earlier(begun: Leader) -> None:
    last = datetime.now(UTC).date() - timedelta(days=30)

    page = begun.open("F1/where")

    assert f"to {last.day} {last:%B %Y}." in page.text


def test_a_changed_list_is_drawn_anew_only_when_that_is_confirmed(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    first = kept(app, begun)["F1", "where"].values

    refused = begun.draw("F1", 60)
    confirmed = begun.send(refused, confirm="y")

    assert refused.status == 422
    assert errors(refused) == ["You changed the list or its size. Tick this, or put back what was there."]
    assert kept(app, begun)["F1", "where"].values["draws"] == 2
    assert kept(app, begun)["F1", "where"].values["offset"] != first["offset"]
    assert "draw 2 of this list" in begun.open(confirmed.location).text


def test_items_of_an_earlier_draw_no_longer_count(begun: Leader) -> None:
    begun.draw("F1", 52)
    begun.check_item("F1", 1)

    begun.send(begun.draw("F1", 60), confirm="y")

    assert "0 of 8 opened" in begun.open("F1/1").text
    assert begun.open("F1/1").form("/F1/1").fields["reference"] == ""


def test_an_item_opened_before_another_draw_is_handed_back_and_not_kept(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    begun.send(begun.draw("F1", 60), confirm="y")

    sent = begun.send(page, **ITEM)

    assert sent.status == 409
    assert "ATLAS-1187" in sent.text
    assert ("F1", "1") not in kept(app, begun)


def test_leaving_a_list_and_coming_back_gives_the_same_sample(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    first = kept(app, begun)["F1", "where"].values

    begun.answer("F1/where", way="none")
    begun.answer("F1/where", way="items")

    assert kept(app, begun)["F1", "where"].values == first


def test_where_it_is_recorded_may_be_corrected_without_another_draw(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)

    sent = begun.answer("F1/where", where="The other tracker")

    assert sent.status == 303
    assert kept(app, begun)["F1", "where"].values["draws"] == 1


@pytest.mark.parametrize(
    ("part", "typed", "faults"),
    [
        ("F1", {}, ["Choose how you will look."]),
        ("F1", {"way": "sideways"}, ["Choose how you will look."]),
        ("F1", {"way": "not-applicable-0"}, ["Choose how you will look."]),
        (
            "F1",
            {"way": "items"},
            [
                "Write where it is recorded.",
                "Write the list or query, so that somebody else finds the same items.",
                "Write how many there are. If there are none, write 0.",
            ],
        ),
        (
            "F1",
            {"way": "items", "where": "a", "query": "b", "population": "many"},
            ["Write a whole number from 0 to 1,000,000,000, in digits."],
        ),
        (
            "F6a",
            {"way": "items", "where": "a", "query": "b", "population": "9"},
            ["Write how many there are in all. If there are none, write 0."],
        ),
        (
            "F6a",
            {"way": "counts", "population": "9", "context_of": "8"},
            ["This is more than the 8 in all."],
        ),
    ],
)
def test_what_a_list_lacks_is_said_beside_the_field(
    begun: Leader, part: str, typed: dict[str, str], faults: list[str]
) -> None:
    page = begun.answer(f"{part}/where", **typed)

    assert page.status == 422
    assert errors(page) == faults


def test_the_latest_of_a_list_are_never_called_drawn(leader: Leader) -> None:
    leader.start(form="full")
    leader.draw("F8c", 9)
    leader.send(leader.draw("F8c", 10), confirm="y")

    where, sample, check = (leader.open(path).text for path in ("F8c/where", "F8c/sample", "check"))

    assert "Take the latest 4" in where
    assert "The latest are taken, from 10 items" in where
    assert "The latest are taken: nothing is drawn." in sample
    assert "draw 2" not in sample
    assert "counts as not drawn" not in check


def test_not_applicable_is_offered_only_where_the_instrument_allows_it(app: Flask, begun: Leader) -> None:
    offered = {
        part: begun.open(f"{part}/where").form("/where").choices["way"] for part in ("F1", "F5a", "F7a")
    }

    begun.answer("F7a/where", way="not-applicable-0")

    assert offered["F1"] == ["items", "latest", "counts", "none"]
    assert "not-applicable-0" in offered["F5a"]
    record = kept(app, begun)["F7a", "where"].values
    assert (record["way"], record["reason"]) == ("not-applicable", "no AI-assisted work in the window")
    assert 'value="not-applicable-0" checked' in _ordered(begun.open("F7a/where"))


def _ordered(page: Seen) -> str:
    """Return a page with `value` before `checked` in each input, as the test reads it."""
    return re.sub(r'<input checked ([^>]*value="[^"]*")', r"<input \1 checked", page.text)
