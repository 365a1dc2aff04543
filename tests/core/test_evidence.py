"""From pages to observations, and the path through the pages."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.evidence import (
    Facts,
    Observation,
    Stop,
    answers,
    checks_at,
    gaps,
    is_answered,
    item_position,
    next_stop,
    not_applicable,
    observations,
    progress,
    self_check,
    stops,
    window,
)
from assessment.core.instrument import Instrument
from tests.builders import Pages, an_instrument, entered, instrument_data, single, some_facts, where

INSTRUMENT = an_instrument()
QUICK = some_facts()
FULL = some_facts("full")


def pages_of(facts: Facts, pages: Pages) -> list[tuple[str, str]]:
    return [(stop.part, stop.page) for stop in stops(INSTRUMENT, facts, pages)]


# --- the path ---------------------------------------------------------------------------------------


def test_a_journey_begins_with_where_each_frame_can_be_looked_at_and_the_single_questions() -> None:
    assert pages_of(QUICK, {}) == [
        ("F1", "where"),
        ("F1", "LD1"),
        ("F2", "where"),
        ("F3a", "where"),
        ("F4a", "where"),
        ("F5a", "where"),
        ("F6a", "where"),
        ("F7a", "where"),
        ("F8", "RC1"),
    ]


def test_a_draw_opens_one_page_for_each_item() -> None:
    pages: Pages = {("F1", "where"): where(8), ("F1", "belief"): UNSAID}

    path = pages_of(QUICK, pages)

    items = [("F1", str(i)) for i in range(1, 9)]
    assert path[:11] == [("F1", "where"), ("F1", "belief"), *items, ("F1", "LD1")]


def test_a_small_list_opens_as_many_pages_as_it_has_items() -> None:
    pages: Pages = {("F1", "where"): where(8, population=3), ("F1", "belief"): UNSAID}

    path = pages_of(QUICK, pages)

    assert [page for part, page in path if part == "F1"] == ["where", "belief", "1", "2", "3", "LD1"]


# --- what is expected -------------------------------------------------------------------------------

UNSAID = dict.fromkeys(("VD1", "VD2", "IN1", "FR1"), "skipped")
SIX_OF_8 = {"count": 6, "of": 8}


def test_no_item_is_on_the_path_before_it_is_said_of_each_check_what_is_expected() -> None:
    pages = entered(QUICK)
    pages["F1", "belief"] = {**UNSAID, "VD1": SIX_OF_8}
    del pages["F1", "belief"]["FR1"]

    assert [page for part, page in pages_of(QUICK, pages) if part == "F1"] == ["where", "belief", "LD1"]
    assert not is_answered(INSTRUMENT, QUICK, pages, Stop("F1", "belief", "belief"))
    assert {"VD1", "FR1"}.isdisjoint(observations(INSTRUMENT, QUICK, pages))
    assert "what you expect is not said yet" in gaps(INSTRUMENT, QUICK, pages)[0].sentence
    assert answers(INSTRUMENT, QUICK, pages)["frames"]["F1"]["positions"] == []


def test_what_is_expected_stands_in_the_document_and_moves_no_observation() -> None:
    silent = entered(QUICK)
    told = {**silent, ("F1", "belief"): {**UNSAID, "VD1": SIX_OF_8, "VD2": {"count": 0, "of": 8}}}

    document = answers(INSTRUMENT, QUICK, told)

    assert document["belief"] == {"VD1": SIX_OF_8, "VD2": {"count": 0, "of": 8}}
    assert document["observations"] == answers(INSTRUMENT, QUICK, silent)["observations"]


@pytest.mark.parametrize("way", ["none", "counts"])
def test_what_was_expected_of_items_that_are_not_opened_after_all_is_left_out(way: str) -> None:
    pages = entered(QUICK)
    pages["F1", "belief"] = {**UNSAID, "VD1": SIX_OF_8}
    pages["F1", "where"]["way"] = way

    assert answers(INSTRUMENT, QUICK, pages)["belief"] == {}


def test_where_the_latest_are_taken_nothing_is_expected_of_what_is_known() -> None:
    pages: Pages = {("F8c", "where"): where(4)}

    assert [page for part, page in pages_of(FULL, pages) if part == "F8c"] == ["where", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    "told",
    [
        *(None, "", "6", 6, True, []),
        *({"count": count, "of": 8} for count in (9, -1, True, 6.0, "6")),
        *({"count": 0, "of": 0}, {"count": 1, "of": 10**9}, {"count": 6}, {"of": 8}),
    ],
)
def test_what_is_no_count_of_the_sample_is_no_expectation(told: Any) -> None:
    pages: Pages = {("F1", "where"): where(8), ("F1", "belief"): {**UNSAID, "VD1": told}}

    assert not is_answered(INSTRUMENT, QUICK, pages, Stop("F1", "belief", "belief"))
    assert answers(INSTRUMENT, QUICK, pages)["belief"] == {}


def test_counts_that_exist_take_one_page_and_no_list_takes_none() -> None:
    pages: Pages = {("F1", "where"): {"way": "counts"}, ("F2", "where"): {"way": "none"}}

    path = pages_of(QUICK, pages)

    assert ("F1", "counts") in path
    assert [page for part, page in path if part == "F2"] == ["where"]


def test_the_path_leads_to_the_next_blank_page_and_then_back_to_what_was_skipped() -> None:
    pages = entered(QUICK)
    del pages["F1", "2"], pages["F8", "RC1"]
    last = Stop("F7a", "5", "item")

    onwards = next_stop(INSTRUMENT, QUICK, pages, after=last)
    pages["F8", "RC1"] = single("date", QUICK)
    back = next_stop(INSTRUMENT, QUICK, pages, after=last)
    pages["F1", "2"] = pages["F1", "3"]

    assert onwards == Stop("F8", "RC1", "date")
    assert back == Stop("F1", "2", "item")
    assert next_stop(INSTRUMENT, QUICK, pages, after=last) is None


def test_a_page_that_left_the_path_leads_to_the_first_blank_one() -> None:
    assert next_stop(INSTRUMENT, QUICK, {}, after=Stop("F1", "5", "item")) == Stop("F1", "where", "where")


def test_answers_off_the_path_do_not_count() -> None:
    pages = entered(QUICK, mark="no")
    pages["F1", "where"] = {"way": "none"}

    found = observations(INSTRUMENT, QUICK, pages)

    assert found["VD1"] == Observation(0, 0, 8, "E2")


def test_a_check_with_a_smaller_sample_is_asked_of_the_first_items_only() -> None:
    pages: Pages = {("F1", "where"): where(10), ("F1", "belief"): UNSAID}

    asked = [
        {c.indicator for c in checks_at(INSTRUMENT, FULL, pages, Stop("F1", str(i), "item"))} for i in (5, 6)
    ]

    assert asked[0] - asked[1] == {"IN3"}


def test_progress_counts_the_pages_a_frame_will_open_so_it_never_runs_backwards() -> None:
    pages: Pages = {}
    shares = []
    while stop := next_stop(INSTRUMENT, QUICK, pages):
        filled = entered(QUICK, records=pages)
        pages[stop.part, stop.page] = filled[stop.part, stop.page]
        shares.append(sum(p.answered for p in progress(INSTRUMENT, QUICK, pages)))
        assert sum(p.of for p in progress(INSTRUMENT, QUICK, pages)) == 57

    assert shares == list(range(1, 58))


def test_progress_names_what_is_done_under_way_and_not_started_with_the_minutes_left() -> None:
    pages: Pages = {("F2", "where"): {"way": "none"}, ("F1", "where"): where(8)}

    states = {p.pass_id: (p.state, p.minutes_left) for p in progress(INSTRUMENT, QUICK, pages)}

    assert states["F2"] == ("done", 0)
    assert states["F1"] == ("under way", pytest.approx(2 * 10 / 11))
    assert states["F3"] == ("not started", 2)


def test_a_pass_that_a_form_does_not_ask_is_no_part_of_its_progress() -> None:
    quick = some_facts("pre-scan")

    assert "F2" not in {p.pass_id for p in progress(INSTRUMENT, quick, {})}


# --- items ------------------------------------------------------------------------------------------


def test_opened_items_with_references_count_at_e3_mark_by_mark() -> None:
    pages = entered(QUICK)
    pages["F1", "1"] = {"reference": "A-1", "VD1": "no", "VD2": "unverified", "IN1": "yes", "FR1": "yes"}

    found = observations(INSTRUMENT, QUICK, pages)

    assert found["VD1"] == Observation(7, 1, 0, "E3")
    assert found["VD2"] == Observation(7, 0, 1, "E3")


def test_one_item_without_a_reference_makes_its_whole_frame_e2_and_no_other() -> None:
    pages = entered(QUICK)
    pages["F1", "4"] = {**pages["F1", "4"], "reference": "  "}

    found = observations(INSTRUMENT, QUICK, pages)

    assert {found[name].grade for name in ("VD1", "VD2", "IN1", "FR1")} == {"E2"}
    assert found["FR2"].grade == "E3"


def test_a_blank_mark_leaves_its_indicator_unanswered_and_no_other() -> None:
    pages = entered(QUICK)
    del pages["F1", "4"]["VD2"]

    found = observations(INSTRUMENT, QUICK, pages)

    assert "VD2" not in found
    assert found["VD1"].n == 8
    assert not is_answered(INSTRUMENT, QUICK, pages, Stop("F1", "4", "item"))


@pytest.mark.parametrize("page", [{"way": "none"}, where(8, population=0)])
def test_no_list_or_an_empty_one_is_could_not_verify_at_the_design_size(page: dict[str, Any]) -> None:
    found = observations(INSTRUMENT, QUICK, {("F1", "where"): page})

    assert found["VD1"] == found["FR1"] == Observation(0, 0, 8, "E2")


def test_an_item_page_stands_for_a_position_of_the_draw() -> None:
    pages = entered(QUICK, population=40)

    assert [item_position(pages, "F2", page) for page in ("1", "8", "9")] == [3, 38, None]
    assert item_position({}, "F2", "1") is None


# --- counts -----------------------------------------------------------------------------------------


def counted(source: str, place: str = "") -> Pages:
    return {
        ("F2", "where"): {"way": "counts", "population": 30},
        ("F2", "counts"): {
            "FR2": {"sound": 20, "failing": 6, "unverified": 4},
            "source": source,
            "place": place,
        },
    }


@pytest.mark.parametrize(
    ("source", "place", "grade"), [("report", "minutes of May", "E2"), ("memory", "", "E1")]
)
def test_counts_take_the_grade_of_where_they_were_read(source: str, place: str, grade: Any) -> None:
    found = observations(INSTRUMENT, QUICK, counted(source, place))

    assert found["FR2"] == Observation(20, 6, 4, grade)


def test_counts_of_more_than_there_are_items_are_not_complete() -> None:
    pages = counted("memory")
    pages["F2", "where"]["population"] = 29

    assert observations(INSTRUMENT, QUICK, pages) == {}
    assert any("more than there are items" in gap.sentence for gap in gaps(INSTRUMENT, QUICK, pages))


def test_counts_from_a_report_that_is_not_named_are_not_complete() -> None:
    pages = counted("report", " ")

    assert observations(INSTRUMENT, QUICK, pages) == {}
    assert not is_answered(INSTRUMENT, QUICK, pages, Stop("F2", "counts", "counts"))


# --- single questions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "sound"),
    [(0, 4), (90, 4), (91, 3), (135, 3), (136, 2), (180, 2), (181, 1), (360, 1), (361, 0)],
)
def test_the_age_of_the_last_occurrence_decides_its_four_marks(days: int, sound: int) -> None:
    happened = (QUICK.window_end - timedelta(days=days)).isoformat()
    page = {"answer": "date", "date": happened, "source": "record", "reference": "job 9"}

    found = observations(INSTRUMENT, QUICK, {("F8", "RC1"): page})

    assert found["RC1"] == Observation(sound, 4 - sound, 0, "E3")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"answer": "never", "source": "memory"}, Observation(0, 4, 0, "E1")),
        ({"answer": "never", "source": "report", "reference": "minutes"}, Observation(0, 4, 0, "E2")),
        ({"answer": "no-record"}, Observation(0, 0, 4, "E2")),
        ({"answer": "date", "date": "2026-11-01", "source": "record"}, Observation(4, 0, 0, "E2")),
        ({"answer": "date", "date": "2026-11-01", "source": "memory"}, Observation(4, 0, 0, "E1")),
        ({"answer": "date", "date": "2026-11-01", "source": "report"}, None),
        ({"answer": "date", "date": "2026-11-23", "source": "memory"}, None),
        ({"answer": "date", "date": "last May", "source": "memory"}, None),
        ({"answer": "date", "date": "2026-11-01"}, None),
        ({}, None),
    ],
)
def test_a_date_takes_its_grade_from_its_source(page: dict[str, Any], expected: Observation | None) -> None:
    assert observations(INSTRUMENT, QUICK, {("F8", "RC1"): page}).get("RC1") == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"total": 10, "others": 7, "source": "memory"}, Observation(7, 3, 0, "E1")),
        ({"total": 10, "others": 7, "source": "report", "place": "board"}, Observation(7, 3, 0, "E2")),
        ({"total": 10, "others": 7, "source": "record", "place": "pasted"}, Observation(7, 3, 0, "E3")),
        ({"total": 10, "others": 11, "source": "memory"}, None),
        ({"total": 0, "others": 0, "source": "memory"}, None),
        ({"unverified": True}, Observation(0, 0, 10, "E2")),
    ],
)
def test_a_spread_is_the_share_of_all_but_the_busiest(
    page: dict[str, Any], expected: Observation | None
) -> None:
    assert observations(INSTRUMENT, QUICK, {("F1", "LD1"): page}).get("LD1") == expected


@pytest.mark.parametrize(
    ("concentrated", "expected"),
    [
        ("yes", Observation(0, 4, 0, "E1")),
        ("no", Observation(4, 0, 0, "E1")),
        ("unverified", Observation(0, 0, 4, "E2")),
    ],
)
def test_a_small_team_is_asked_yes_or_no_and_its_share_is_never_read(
    concentrated: str, expected: Observation
) -> None:
    small = some_facts(team_size=4)
    share = {"total": 10, "others": 7, "source": "memory"}

    found = observations(INSTRUMENT, small, {("F1", "LD1"): {"concentrated": concentrated, **share}})

    assert found["LD1"] == expected
    assert observations(INSTRUMENT, small, {("F1", "LD1"): share}) == {}


@pytest.mark.parametrize(
    ("page", "level", "expected"),
    [
        ("AI3", 2, Observation(2, 0, 0, "E3")),
        ("AI3", 0, Observation(0, 2, 0, "E3")),
        ("AI3", "unverified", Observation(0, 0, 2, "E2")),
        ("AI3", 3, None),
        ("VS4", 3, Observation(3, 1, 0, "E3")),
    ],
)
def test_a_state_or_an_anchor_is_worth_its_level(page: str, level: Any, expected: Observation | None) -> None:
    part = "F7" if page == "AI3" else "F8"
    pages = {(part, page): {"level": level, "source": "record", "reference": "policy"}}

    assert observations(INSTRUMENT, FULL, pages).get(page) == expected


# --- not applicable ---------------------------------------------------------------------------------


def test_a_reason_of_the_closed_list_takes_the_indicator_out() -> None:
    reason = "no AI-assisted work in the window"
    pages: Pages = {
        ("F7a", "where"): {"way": "not-applicable", "reason": reason},
        ("F7", "AI3"): {"reason": reason},
    }

    assert not_applicable(INSTRUMENT, FULL, pages) == {"AI1": reason, "AI3": reason}
    assert observations(INSTRUMENT, FULL, pages) == {}
    assert is_answered(INSTRUMENT, FULL, pages, Stop("F7", "AI3", "artefact"))


@pytest.mark.parametrize("part", ["F1", "F7a"])
def test_any_other_reason_leaves_the_question_open(part: str) -> None:
    pages: Pages = {(part, "where"): {"way": "not-applicable", "reason": "we were busy"}}

    assert not_applicable(INSTRUMENT, QUICK, pages) == {}
    assert not is_answered(INSTRUMENT, QUICK, pages, Stop(part, "where", "where"))


# --- from memory ------------------------------------------------------------------------------------

MEMORY = some_facts("pre-scan")


def test_a_form_from_memory_asks_each_population_once_and_each_single_question_by_its_choices() -> None:
    assert stops(INSTRUMENT, MEMORY, {}) == (
        Stop("F1", "recall", "recall"),
        Stop("F4a", "recall", "recall"),
        Stop("F6a", "recall", "recall"),
        Stop("F7a", "recall", "recall"),
        Stop("F8", "RC1", "choice"),
    )
    assert [c.indicator for c in checks_at(INSTRUMENT, MEMORY, {}, Stop("F1", "recall", "recall"))] == [
        "VD1",
        "VD2",
        "FR1",
    ]


def test_what_is_remembered_counts_at_e1_and_what_cannot_be_said_is_all_unverified() -> None:
    pages: Pages = {
        ("F1", "recall"): {"VD1": 8, "VD2": 0, "FR1": "unverified"},
        ("F8", "RC1"): {"choice": 1},
    }

    assert observations(INSTRUMENT, MEMORY, pages) == {
        "FR1": Observation(0, 0, 10, "E1"),
        "RC1": Observation(1, 3, 0, "E1"),
        "VD1": Observation(8, 2, 0, "E1"),
        "VD2": Observation(0, 10, 0, "E1"),
    }
    assert is_answered(INSTRUMENT, MEMORY, pages, Stop("F1", "recall", "recall"))
    assert is_answered(INSTRUMENT, MEMORY, pages, Stop("F8", "RC1", "choice"))


def test_a_choice_that_cannot_be_said_is_all_unverified() -> None:
    pages: Pages = {("F8", "RC1"): {"choice": "unverified"}}

    assert observations(INSTRUMENT, MEMORY, pages) == {"RC1": Observation(0, 0, 4, "E1")}


@pytest.mark.parametrize("value", [-1, 11, True, False, 8.0, "8", "", None, [8], {"sound": 8}, 10**40, "yes"])
def test_what_is_no_count_of_the_items_is_no_answer(value: Any) -> None:
    pages: Pages = {("F1", "recall"): {"VD1": value, "VD2": 4, "FR1": 4}, ("F8", "RC1"): {"choice": value}}

    found = observations(INSTRUMENT, MEMORY, pages)

    assert set(found) == {"VD2", "FR1"}
    assert not is_answered(INSTRUMENT, MEMORY, pages, Stop("F1", "recall", "recall"))
    assert gaps(INSTRUMENT, MEMORY, pages)[0].sentence == (
        "Frame F1: not answered in full, so “Name of VD1” is left out."
    )


@pytest.mark.parametrize("value", [3, -1, 1.0, True])
def test_a_choice_that_is_not_offered_is_no_answer(value: Any) -> None:
    assert observations(INSTRUMENT, MEMORY, {("F8", "RC1"): {"choice": value}}) == {}


def test_a_population_that_does_not_exist_is_left_out_only_where_all_its_checks_may_be() -> None:
    none = {"reason": "no AI-assisted work in the window"}
    pages: Pages = {("F7a", "recall"): {**none, "AI1": 3}, ("F1", "recall"): none}

    assert not_applicable(INSTRUMENT, MEMORY, pages) == {"AI1": none["reason"]}
    assert observations(INSTRUMENT, MEMORY, pages) == {}
    assert is_answered(INSTRUMENT, MEMORY, pages, Stop("F7a", "recall", "recall"))
    assert not is_answered(INSTRUMENT, MEMORY, pages, Stop("F1", "recall", "recall"))


@pytest.mark.parametrize(
    ("facts", "page", "values"),
    [(MEMORY, "recall", {}), (QUICK, "where", {"way": "not-applicable"})],
)
def test_one_check_that_always_applies_keeps_the_others_of_its_list_in(
    facts: Facts, page: str, values: dict[str, Any]
) -> None:
    reason = "nothing was accepted by others"
    data = instrument_data()
    data["layers"][0]["dimensions"][0]["indicators"][1]["not_applicable"] = [reason]
    instrument = Instrument.model_validate(data)

    pages: Pages = {("F1", page): {**values, "reason": reason}}

    assert instrument.indicators["VD2"].not_applicable == (reason,)
    assert not_applicable(instrument, facts, pages) == {}


def test_a_form_from_memory_is_done_page_by_page_and_says_nothing_that_its_name_does_not() -> None:
    pages = entered(MEMORY, mark="no")

    assert [(p.pass_id, p.answered, p.of) for p in progress(INSTRUMENT, MEMORY, pages)] == [
        (name, 1, 1) for name in ("F1", "F4", "F6", "F7", "F8")
    ]
    assert next_stop(INSTRUMENT, MEMORY, pages) is None
    assert gaps(INSTRUMENT, MEMORY, pages) == ()
    assert self_check(INSTRUMENT, MEMORY, pages) == ()


def test_the_document_of_a_form_from_memory_names_no_list_no_context_and_no_draw() -> None:
    document = answers(INSTRUMENT, MEMORY, entered(MEMORY))

    assert (document["frames"], document["context"], document["sample_drawn"]) == ({}, {}, False)
    assert {seen["grade"] for seen in document["observations"].values()} == {"E1"}


ANYTHING = st.one_of(
    st.integers(-2, 12),
    st.sampled_from(["unverified", "8", "yes", "", None, True, 2.0]),
    st.lists(st.integers()),
)
ASIDE = [("F1", "where"), ("F1", "1"), ("F1", "counts"), ("F2", "recall"), ("F8", "VS1"), ("F1", "LD1")]


@st.composite
def recollections(draw: st.DrawFn) -> Pages:
    """Fill every page of a form from memory with anything at all."""
    keys = ["VD1", "VD2", "FR1", "DC1", "RF1", "AI1", "IN1", "choice"]
    reasons = st.sampled_from(["", "no AI-assisted work in the window", "we were busy", None, 7])
    pages = {}
    for stop in stops(INSTRUMENT, MEMORY, {}):
        page = {key: draw(ANYTHING) for key in draw(st.sets(st.sampled_from(keys)))}
        pages[stop.part, stop.page] = {**page, "reason": draw(reasons)} if draw(st.booleans()) else page
    return pages


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    recollections(), st.dictionaries(st.sampled_from(ASIDE), st.just({**where(8), "VD1": "yes", "level": 2}))
)
def test_whatever_is_remembered_makes_a_document_that_can_be_read_and_diagnosed(
    pages: Pages, aside: Pages
) -> None:
    document = answers(INSTRUMENT, MEMORY, {**pages, **aside})

    _, read = read_answers({INSTRUMENT.key: INSTRUMENT}.__getitem__, json.dumps(document).encode())

    assert document == answers(INSTRUMENT, MEMORY, pages)  # only what lies on the path counts
    assert read.observed() == observations(INSTRUMENT, MEMORY, pages)
    assert diagnose(INSTRUMENT, read)["route"]["rule"] == 0


# --- the document -----------------------------------------------------------------------------------


def test_windows_end_on_the_last_day_and_a_shifted_frame_looks_earlier() -> None:
    frames = INSTRUMENT.frames

    assert window(frames["F2"], QUICK) == (date(2026, 8, 24), date(2026, 11, 22))
    assert window(frames["F1"], QUICK) == (date(2026, 7, 25), date(2026, 10, 23))


def test_the_document_says_where_the_items_came_from_and_what_was_on_track() -> None:
    document = answers(INSTRUMENT, QUICK, entered(QUICK))

    assert document["context"] == {"C1": {"on_track": 40, "of": 42}}
    assert document["sample_drawn"] is True
    assert document["frames"]["F3a"] == {
        "where": "tracker",
        "query": "closed in the window",
        "population": 40,
        "positions": [5, 13, 21, 29, 37],
        "replaced": [],
        "offset": 0.5,
        "drawn": True,
        "covers": ["2026-08-24", "2026-11-22"],
    }


@pytest.mark.parametrize(
    ("page", "drawn"),
    [
        (where(8, draws=2), False),
        (where(8, population=8, draws=2), True),
        ({"way": "counts", "population": None}, False),
        ({"way": "counts", "population": 100}, False),
        ({"way": "none"}, True),
    ],
)
def test_a_second_draw_or_counts_of_a_part_count_as_not_drawn(page: dict[str, Any], drawn: bool) -> None:
    document = answers(INSTRUMENT, QUICK, entered(QUICK, records={("F2", "where"): page, **FR2_COUNTED}))

    assert document["sample_drawn"] is drawn
    if page["way"] == "items":
        assert document["frames"]["F2"]["drawn"] is False


FR2_COUNTED: Pages = {
    ("F2", "counts"): {"FR2": {"sound": 9, "failing": 3, "unverified": 0}, "source": "memory"}
}


def test_where_the_most_recent_were_chosen_the_sample_is_not_drawn_and_opens_at_once() -> None:
    chosen = where(8, latest=True, positions=list(range(1, 9)))
    pages = entered(QUICK, records={("F2", "where"): chosen})

    document = answers(INSTRUMENT, QUICK, pages)

    assert ("F2", "belief") not in pages_of(QUICK, pages)
    assert document["sample_drawn"] is False
    assert (document["frames"]["F2"]["drawn"], document["frames"]["F2"]["offset"]) == (False, None)
    assert "not drawn" in self_check(INSTRUMENT, QUICK, pages)[0].sentence


def test_the_latest_items_need_no_draw() -> None:
    latest = where(4, drawn=0, draws=3)

    document = answers(INSTRUMENT, FULL, entered(FULL, records={("F8c", "where"): latest}))

    assert document["sample_drawn"] is True
    assert document["frames"]["F8c"]["drawn"] is False


MARKS = st.sampled_from(["yes", "no", "unverified", None])
WAYS = st.sampled_from(["items", "items", "items", "counts", "none", "not-applicable", "", "nonsense"])
EXPECTED = st.sampled_from(["skipped", SIX_OF_8, {"count": 0, "of": 3}, {"count": 3, "of": 2}, None])
SOURCES = st.sampled_from(["record", "report", "memory", None])


@st.composite
def journeys(draw: st.DrawFn, begun: st.SearchStrategy[Pages] | None = None) -> tuple[Facts, Pages]:
    """Walk the path, answering each page somehow, complete or not, until every page was seen once.

    `begun` gives the pages that are there before the first question.
    """
    facts = some_facts(
        draw(st.sampled_from(["quick", "full"])), team_size=draw(st.sampled_from([2, 4, 5, 9]))
    )
    pages: Pages = {} if begun is None else draw(begun)
    while blank := [s for s in stops(INSTRUMENT, facts, pages) if (s.part, s.page) not in pages]:
        stop = blank[0]
        common = {
            "source": draw(SOURCES),
            "reference": draw(st.sampled_from(["", "A-1"])),
            "place": "minutes",
        }
        if stop.kind == "where":
            size = INSTRUMENT.frame_size(INSTRUMENT.frames[stop.part], facts.form)
            population = draw(st.integers(0, 60))
            reasons = [r for c in INSTRUMENT.frames[stop.part].checks for r in _reasons(c.indicator)]
            changes = {"way": draw(WAYS), "reason": draw(st.sampled_from(["", *reasons]))}
            page = where(
                size, population, draws=draw(st.integers(1, 2)), latest=draw(st.booleans()), **changes
            )
            if page["way"] == "counts" and not INSTRUMENT.frames[stop.part].context:
                page["population"] = draw(st.sampled_from([population, None]))
            pages[stop.part, stop.page] = page
        elif stop.kind == "belief":
            checks = checks_at(INSTRUMENT, facts, pages, stop)
            pages[stop.part, "belief"] = {c.indicator: draw(EXPECTED) for c in checks}
        elif stop.kind == "item":
            checks = checks_at(INSTRUMENT, facts, pages, stop)
            pages[stop.part, stop.page] = {**common, **{c.indicator: draw(MARKS) for c in checks}}
        elif stop.kind == "counts":
            numbers = st.integers(0, 80)
            counts = {key: draw(numbers) for key in ("sound", "failing", "unverified")}
            checks = checks_at(INSTRUMENT, facts, pages, stop)
            pages[stop.part, stop.page] = {**common, **{c.indicator: counts for c in checks}}
        else:
            pages[stop.part, stop.page] = {**single(stop.kind, facts), **common}
    return facts, pages


def _reasons(name: str) -> tuple[str, ...]:
    return INSTRUMENT.indicators[name].not_applicable


@settings(max_examples=80, deadline=None, derandomize=True)
@given(journeys())
def test_whatever_was_entered_makes_a_document_that_can_be_read(journey: tuple[Facts, Pages]) -> None:
    facts, pages = journey
    document = answers(INSTRUMENT, facts, pages)
    document["not_applicable"] = {}  # how many there may be is told among the gaps

    _, read = read_answers({INSTRUMENT.key: INSTRUMENT}.__getitem__, json.dumps(document).encode())

    assert read.observed() == observations(INSTRUMENT, facts, pages)


# --- before the score -------------------------------------------------------------------------------


def test_a_complete_journey_has_no_gaps_and_nothing_to_remark() -> None:
    pages = entered(QUICK)

    assert gaps(INSTRUMENT, QUICK, pages) == ()
    assert self_check(INSTRUMENT, QUICK, pages) == ()


def test_a_gap_names_the_page_and_what_it_leaves_out() -> None:
    pages = entered(QUICK)
    del pages["F1", "4"]["VD2"], pages["F1", "LD1"]

    found = gaps(INSTRUMENT, QUICK, pages)

    assert [gap.stop for gap in found] == [Stop("F1", "4", "item"), Stop("F1", "LD1", "spread")]
    assert "item 4" in found[0].sentence
    assert "Name of LD1" in found[1].sentence


def test_an_empty_journey_says_why_no_score_can_be_made() -> None:
    refusals = [gap.sentence for gap in gaps(INSTRUMENT, QUICK, {}) if gap.stop is None]

    assert [sentence[:8] for sentence in refusals] == ["Layer EI", "Layer ED", "Layer HD"]


def test_too_many_not_applicable_is_told_before_the_score() -> None:
    page = {"way": "not-applicable", "reason": "no AI-assisted work in the window"}
    failure = {"way": "not-applicable", "reason": "no failure or problem in 180 days"}
    pages = entered(QUICK, records={("F7a", "where"): page, ("F5a", "where"): failure})
    one_more = INSTRUMENT.model_copy(
        update={"forms": tuple(f.model_copy(update={"not_applicable_at_most": 1}) for f in INSTRUMENT.forms)}
    )

    assert gaps(INSTRUMENT, QUICK, pages) == ()
    assert "allows at most 1" in gaps(one_more, QUICK, pages)[0].sentence


@pytest.mark.parametrize(
    ("records", "facts", "words"),
    [
        ({("F2", "where"): where(8, population=3)}, QUICK, "3 of 8 wanted"),
        ({("F2", "where"): where(8, population=0)}, QUICK, "none found"),
        ({("F2", "where"): where(8, draws=2)}, QUICK, "drawn 2 times"),
        ({("F2", "where"): where(8), ("F2", "1"): {"FR2": "yes"}}, QUICK, "item 1: it has no reference"),
        ({("F2", "where"): where(8, latest=True)}, QUICK, "the most recent were taken"),
        ({}, some_facts(window_end=date(2026, 9, 1)), "82 days ago"),
    ],
)
def test_the_self_check_points_at_what_a_careful_reader_would_ask(
    records: Pages, facts: Facts, words: str
) -> None:
    remarks = self_check(INSTRUMENT, facts, entered(facts, records=records))

    assert [words in remark.sentence for remark in remarks] == [True]


def test_where_all_there_are_is_opened_nothing_is_said_of_the_draw() -> None:
    for said in ({"latest": True}, {"draws": 2}):
        pages = entered(QUICK, records={("F2", "where"): where(8, population=3, **said)})

        assert [remark.sentence for remark in self_check(INSTRUMENT, QUICK, pages)] == [
            "Frame F2: 3 of 8 wanted; so few say little, as the intervals show."
        ]


def test_counts_of_a_list_of_unknown_length_are_said_to_be_a_selection() -> None:
    counts = {"FR2": {"sound": 6, "failing": 2, "unverified": 0}, "source": "report", "place": "minutes"}
    pages = entered(
        QUICK,
        records={
            ("F2", "where"): {**where(8), "population": None, "way": "counts", "positions": []},
            ("F2", "counts"): counts,
        },
    )

    assert any("count as a selection" in remark.sentence for remark in self_check(INSTRUMENT, QUICK, pages))


def test_the_self_check_says_when_everything_is_from_memory_or_half_is_unverified() -> None:
    memory = {("F8", "RC1"): {"answer": "never", "source": "memory"}}
    nothing: Pages = {(f, "where"): {"way": "none"} for f in ("F1", "F2", "F3a", "F4a", "F5a", "F6a", "F7a")}
    mostly = {**nothing, ("F1", "LD1"): {"total": 10, "others": 8, "source": "memory"}, **memory}

    assert "Every answer is from memory" in self_check(INSTRUMENT, QUICK, memory)[0].sentence
    assert "could not be verified" in self_check(INSTRUMENT, QUICK, mostly)[-1].sentence


def test_the_self_check_points_at_answers_that_seldom_stand_together() -> None:
    pages = entered(FULL)
    for i in range(1, 6):
        pages["F6a", str(i)] = {"RF1": "no", "reference": "line 3"}

    remarks = self_check(INSTRUMENT, FULL, pages)

    assert [remark.sentence for remark in remarks] == ["VD1 is high and RF1 is low."]
