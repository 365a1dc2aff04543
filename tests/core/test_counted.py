"""What was counted from an export is not asked; what was typed of it is back once the count is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.evidence import (
    COUNTED,
    Facts,
    Observation,
    Stop,
    answers,
    checks_at,
    countable,
    counted,
    gaps,
    is_shown,
    not_applicable,
    observations,
    progress,
    self_check,
    stops,
)
from assessment.core.interchange import canonical
from tests.builders import Pages, an_instrument, counts, entered, some_facts, where
from tests.core.test_evidence import journeys

INSTRUMENT = an_instrument()
QUICK = some_facts()
FULL = some_facts("full")
ALL_BUT_IN3 = ("VD1", "VD2", "VD3", "VD4", "IN1", "IN2", "FR1", "FR3")
OF_50 = Observation(48, 1, 1, "E4")
ALL_OF_F1 = ("VD1", "VD2", "IN1", "FR1")


def pages_of(facts: Facts, pages: Pages, part: str) -> list[str]:
    return [stop.page for stop in stops(INSTRUMENT, facts, pages) if stop.part == part]


def asked(facts: Facts, pages: Pages, part: str, page: str = "where") -> list[str]:
    kind: Any = page if page in ("where", "belief", "counts") else "item"
    return [c.indicator for c in checks_at(INSTRUMENT, facts, pages, Stop(part, page, kind))]


# --- what is asked no more --------------------------------------------------------------------------


def test_a_list_of_which_every_check_is_counted_has_no_pages() -> None:
    pages = {**entered(QUICK), **counts(*ALL_OF_F1)}

    assert pages_of(QUICK, pages, "F1") == ["LD1"]
    assert "F1" not in answers(INSTRUMENT, QUICK, pages)["frames"]


def test_a_list_of_which_a_part_is_counted_asks_the_rest() -> None:
    pages = {**entered(QUICK), **counts("VD1", "VD2", "FR1")}

    assert asked(QUICK, pages, "F1") == asked(QUICK, pages, "F1", "3") == ["IN1"]
    assert len(pages_of(QUICK, pages, "F1")) == len(pages_of(QUICK, entered(QUICK), "F1"))


def test_no_more_items_are_opened_than_what_is_left_asks_of() -> None:
    typed = entered(FULL)
    pages = {**typed, **counts(*ALL_BUT_IN3)}

    assert pages_of(FULL, pages, "F1") == ["where", "belief", "1", "2", "3", "4", "5", "LD1"]
    assert len(answers(INSTRUMENT, FULL, pages)["frames"]["F1"]["positions"]) == 5
    assert observations(INSTRUMENT, FULL, pages)["IN3"] == observations(INSTRUMENT, FULL, typed)["IN3"]


def test_a_single_question_that_is_counted_has_no_page() -> None:
    assert pages_of(QUICK, counts("LD1"), "F1") == ["where"]


def test_nothing_is_expected_of_what_is_counted() -> None:
    pages: Pages = {("F1", "where"): where(8), **counts("VD1", "VD2", "FR1")}

    assert asked(QUICK, pages, "F1", "belief") == ["IN1"]
    pages["F1", "belief"] = {"IN1": {"count": 6, "of": 8}}
    assert "1" in pages_of(QUICK, pages, "F1")
    assert answers(INSTRUMENT, QUICK, pages)["belief"] == {"IN1": {"count": 6, "of": 8}}


def test_a_sample_that_was_hidden_stays_hidden_while_all_of_its_list_is_counted() -> None:
    pages: Pages = {("F1", "where"): where(8), **counts(*ALL_OF_F1)}

    assert not is_shown(INSTRUMENT, QUICK, pages, INSTRUMENT.frames["F1"])


def test_what_is_counted_is_no_gap_and_takes_no_time() -> None:
    pages = counts(*ALL_OF_F1, "LD1", "FR2")

    assert not any("Frame F1" in each.sentence for each in gaps(INSTRUMENT, QUICK, pages))
    assert [each.pass_id for each in progress(INSTRUMENT, QUICK, pages)] == [
        "F3",
        "F4",
        "F5",
        "F6",
        "F7",
        "F8",
    ]
    of = {each.pass_id: each.of for each in progress(INSTRUMENT, FULL, counts(*ALL_BUT_IN3))}
    assert of["F1"] == len(["where", "belief", *range(5), "LD1"])
    half = {each.pass_id: each.minutes_left for each in progress(INSTRUMENT, QUICK, counts("VD1"))}
    assert half["F1"] == pytest.approx(2 * 4 / 5)


def test_a_form_of_which_all_is_counted_or_answered_is_complete() -> None:
    pages = entered(QUICK, records=counts(*ALL_OF_F1, "LD1", "FR2", "DC3"))

    assert gaps(INSTRUMENT, QUICK, pages) == self_check(INSTRUMENT, QUICK, pages) == ()
    assert set(observations(INSTRUMENT, QUICK, pages)) == set(INSTRUMENT.asked("quick"))


def test_a_reference_that_is_missing_on_an_item_no_longer_opened_weakens_nothing() -> None:
    pages = entered(FULL)
    pages["F1", "9"]["reference"] = ""
    pages |= counts(*ALL_BUT_IN3)

    assert observations(INSTRUMENT, FULL, pages)["IN3"].grade == "E3"
    assert self_check(INSTRUMENT, FULL, pages) == ()


# --- what stands ------------------------------------------------------------------------------------


def test_a_count_stands_over_what_was_typed() -> None:
    pages = {**entered(QUICK, mark="no"), **counts("VD1", "LD1", link_derived=True)}

    found = observations(INSTRUMENT, QUICK, pages)

    assert found["VD1"] == found["LD1"] == Observation(48, 1, 1, "E4", link_derived=True)
    assert found["VD2"] == Observation(0, 8, 0, "E3")


def test_a_count_stands_over_not_applicable() -> None:
    left_out = {"way": "not-applicable", "reason": "no AI-assisted work in the window"}
    pages = entered(QUICK, records={("F7a", "where"): left_out})
    assert not_applicable(INSTRUMENT, QUICK, pages)

    pages |= counts("AI1")

    assert not_applicable(INSTRUMENT, QUICK, pages) == {}
    assert observations(INSTRUMENT, QUICK, pages)["AI1"] == OF_50


def test_the_document_says_where_each_count_comes_from_and_can_be_diagnosed() -> None:
    pages = entered(QUICK, records=counts(*ALL_OF_F1, "LD1", link_derived=True))

    document = answers(INSTRUMENT, QUICK, pages)

    _, read = read_answers({INSTRUMENT.key: INSTRUMENT}.__getitem__, json.dumps(document).encode())
    assert set(read.counted) == {*ALL_OF_F1, "LD1"}
    assert (read.counted["VD1"].title, read.counted["VD1"].population) == ("GitHub", 61)
    assert read.observed()["VD1"].link_derived
    assert diagnose(INSTRUMENT, read)["confidence"]["reasons"] == []


def test_what_is_counted_is_drawn_by_the_site_whatever_was_typed_of_its_list() -> None:
    redrawn = entered(QUICK, records={("F2", "where"): where(8, draws=2)})
    assert answers(INSTRUMENT, QUICK, redrawn)["sample_drawn"] is False

    assert answers(INSTRUMENT, QUICK, {**redrawn, **counts("FR2")})["sample_drawn"] is True


def test_a_count_of_more_does_not_make_a_selection_beside_it_whole() -> None:
    some = {name: {"sound": 8, "failing": 0, "unverified": 0} for name in ALL_OF_F1}
    report = {**some, "source": "report", "place": "minutes"}
    looked_up = {("F1", "where"): where(8, way="counts"), ("F1", "counts"): report}
    pages = entered(QUICK, records={**looked_up, **counts("VD1")})

    assert answers(INSTRUMENT, QUICK, pages)["sample_drawn"] is False


def test_a_list_that_is_long_enough_for_what_is_left_is_not_called_short() -> None:
    pages = entered(FULL, records={("F1", "where"): where(10, population=7), **counts(*ALL_BUT_IN3)})

    assert self_check(INSTRUMENT, FULL, pages) == ()


def test_a_file_that_was_given_twice_is_named_once() -> None:
    pages = counts("VD1", files=["ab" * 32, "cd" * 32, "ab" * 32])

    assert answers(INSTRUMENT, QUICK, pages)["counted"]["VD1"]["files"] == ["ab" * 32, "cd" * 32]


@pytest.mark.parametrize("given", [{}, {"counts": {}}, {"counts": None}, {"counts": {"VD1": None}}])
def test_without_a_count_nothing_is_told_of_one(given: dict[str, Any]) -> None:
    pages = entered(QUICK)

    assert answers(INSTRUMENT, QUICK, {**pages, COUNTED: given}) == answers(INSTRUMENT, QUICK, pages)
    assert "counted" not in answers(INSTRUMENT, QUICK, pages)


@pytest.mark.parametrize(
    "changes",
    [
        {"sound": 47},
        {"sound": -1, "failing": 50},
        {"sound": 48.0},
        {"unverified": True},
        {"positions": None},
        {"positions": [1, 2, 3]},
        {"population": None},
        {"population": 0},
        {"population": 49},
        {"sound": 0, "failing": 0, "unverified": 0, "positions": []},
    ],
)
def test_a_count_that_is_not_possible_stands_for_nothing(changes: dict[str, Any]) -> None:
    pages = {**entered(QUICK), **counts("VD1")}
    pages[COUNTED]["counts"]["VD1"].update(changes)

    assert counted(INSTRUMENT, QUICK, pages) == {}
    assert observations(INSTRUMENT, QUICK, pages) == observations(INSTRUMENT, QUICK, entered(QUICK))


def test_only_what_the_form_asks_and_items_can_show_is_taken_from_an_export() -> None:
    """The pre-scan is a belief; a date, a level and the share of work in a small team are no counts."""
    names = ("VD1", "VD3", "RC1", "AI3", "VS4", "LD1", "XX1")
    of = {
        form: set(counted(INSTRUMENT, some_facts(form, team_size=size), counts(*names)))
        for form, size in (("pre-scan", 8), ("quick", 8), ("full", 4))
    }

    assert of == {"pre-scan": set(), "quick": {"VD1", "LD1"}, "full": {"VD1", "VD3"}}
    assert countable(INSTRUMENT, some_facts("pre-scan")) == ()
    assert {"RC1", "AI3", "VS1", "VS4", "LD1"}.isdisjoint(
        countable(INSTRUMENT, some_facts("full", team_size=4))
    )
    assert len(countable(INSTRUMENT, FULL)) == 29


# --- and when it is taken away ----------------------------------------------------------------------


@st.composite
def exports(draw: st.DrawFn) -> Pages:
    """Make a page of counts: possible ones, some that are not, of anything."""
    pages: Pages = {COUNTED: {"counts": {}}}
    for name in draw(st.sets(st.sampled_from([*INSTRUMENT.indicators, "XX1"]), max_size=33)):
        population = draw(st.integers(2, 80))
        one = counts(name, population=population, link_derived=draw(st.booleans()))[COUNTED]["counts"][name]
        one["sound"] += draw(st.sampled_from([0, 0, 0, 0, -1, 1]))
        pages[COUNTED]["counts"][name] = draw(st.sampled_from([one] * 9 + [None]))
    return pages


@settings(max_examples=80, deadline=None, derandomize=True)
@given(journeys(), exports())
def test_whatever_was_counted_is_read_and_once_it_is_gone_all_is_as_before(
    journey: tuple[Facts, Pages], page: Pages
) -> None:
    facts, typed = journey
    pages: Pages = {**typed, **page}
    before = canonical(answers(INSTRUMENT, facts, typed))

    document = answers(INSTRUMENT, facts, pages)
    document["not_applicable"] = {}  # how many there may be is told among the gaps
    _, read = read_answers({INSTRUMENT.key: INSTRUMENT}.__getitem__, json.dumps(document).encode())

    found = counted(INSTRUMENT, facts, pages)
    assert read.observed() == observations(INSTRUMENT, facts, pages)
    assert {name for name, seen in read.observed().items() if seen.grade == "E4"} == set(found)
    path = stops(INSTRUMENT, facts, pages)
    assert all(
        set(found).isdisjoint(c.indicator for c in checks_at(INSTRUMENT, facts, pages, stop))
        for stop in path
        if stop.part in INSTRUMENT.frames and stop.page not in INSTRUMENT.indicators
    )
    assert set(found).isdisjoint(stop.page for stop in path)
    del pages[COUNTED]
    assert canonical(answers(INSTRUMENT, facts, pages)) == before


@settings(max_examples=40, deadline=None, derandomize=True)
@given(journeys(exports()))
def test_a_journey_beside_counts_can_be_read_with_them_and_without(journey: tuple[Facts, Pages]) -> None:
    facts, pages = journey
    without = {key: page for key, page in pages.items() if key != COUNTED}

    for entries in (pages, without):
        document = {**answers(INSTRUMENT, facts, entries), "not_applicable": {}}
        _, read = read_answers({INSTRUMENT.key: INSTRUMENT}.__getitem__, json.dumps(document).encode())
        assert read.observed() == observations(INSTRUMENT, facts, entries)
