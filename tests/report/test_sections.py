"""What a report says: every sentence is borne out by the counts behind it."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.answers import Answers
from assessment.core.beta import exact_interval
from assessment.core.diagnosis import diagnose
from assessment.report.document import html
from assessment.report.parts import Seen, Told
from assessment.report.reader import link
from assessment.report.sections import Outdated, lacks, told
from assessment.report.words import NBSP, lowered
from tests.builders import all_sound, an_instrument, answers_data, worked_team
from tests.report.made import (
    ALL_FAILING,
    ALL_SOUND,
    ALL_UNVERIFIED,
    ATLAS,
    BASE,
    FRAME,
    SIZES,
    instrument,
    library,
    report,
    result,
)


def texts_of(value: Any) -> list[str]:
    """Return every text of a report, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for each in value for text in texts_of(each)]
    if is_dataclass(value):
        return [text for field in fields(value) for text in texts_of(getattr(value, field.name))]
    return []


def seen_in(told: Told, name: str) -> Seen:
    """Return what a report says of one indicator."""
    found = (each for layer in told.layers for part in layer.dimensions for each in part.indicators)
    return next(each for each in found if each.id == name)


# --- the first page -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "grade", "title"),
    [
        (ATLAS, "E3", "Of 79 checks on opened work, 45 held up."),
        (ALL_SOUND, "E3", "All 79 checks on opened work held up."),
        (ALL_FAILING, "E3", "Of 79 checks on opened work, none held up."),
        (ALL_UNVERIFIED, "E2", "Of 79 checks, none could be verified."),
        (ATLAS, "E2", "Of 79 checks, 45 held up."),
        (ATLAS, {"VD1": "E1"}, "Of 79 checks, 45 held up."),
        (ATLAS, "E1", "Of 79 checks, all from memory, 45 are said to hold up."),
        (ALL_SOUND, "E1", "All 79 checks are said to hold up."),
        ({}, "E3", "Nothing was checked."),
        ({"VD1": (1, 0, 0)}, "E3", "The one check held up."),
        ({"VD1": (0, 1, 0)}, "E3", "The one check did not hold up."),
        ({"VD1": (0, 0, 1)}, "E3", "The one check could not be verified."),
    ],
)
def test_the_title_counts_what_held_up_and_claims_opened_work_only_where_all_was_opened(
    found: dict[str, tuple[int, int, int]], grade: Any, title: str
) -> None:
    frames = {"F1": {**FRAME, "population": 1, "positions": [1]}} if len(found) < 2 else {"F1": FRAME}

    assert report(result(found, grade, frames=frames)).title == title


@pytest.mark.parametrize(
    ("found", "rest"),
    [
        (ATLAS, "Twenty-three did not, and eleven could not be verified."),
        (ALL_FAILING, "Seventy-nine did not; every one could be verified."),
        ({**ALL_SOUND, "VD1": (7, 0, 1)}, "None failed, and one could not be verified."),
    ],
)
def test_the_lede_accounts_for_every_other_check(found: dict[str, tuple[int, int, int]], rest: str) -> None:
    assert report(result(found)).lede[0] == rest


def test_what_was_left_out_stands_on_the_first_page() -> None:
    name = sorted(ALL_SOUND)[-1]
    answered = {each: marks for each, marks in ALL_SOUND.items() if each != name}

    lede = report(result(answered)).lede

    assert f"One of {len(ALL_SOUND)} indicators was left out, which may flatter the figures." in lede
    assert "left out" not in " ".join(report(result(ALL_SOUND)).lede)


def test_the_lede_ends_with_what_an_auditor_would_sign() -> None:
    bands = {band.id: band.sentence for band in instrument().constants.bands}

    assert report(result(ALL_SOUND)).lede[-1] == bands["F"]
    assert report(result(ALL_FAILING)).lede[-1] == bands["N"]


def test_shown_stands_first_and_each_reading_has_its_interval_and_what_it_means() -> None:
    readings = report().readings

    assert [each.id for each in readings] == ["shown", "likely", "claimed"]
    for each in readings:
        assert each.range is not None
        assert each.range.low <= each.range.mean <= each.range.high
        assert each.meaning


def test_the_gap_is_the_difference_of_the_two_printed_figures() -> None:
    told = report()
    shown, _, claimed = (each.range.value for each in told.readings if each.range)

    assert told.gap is not None
    assert told.gap.points == claimed - shown
    assert str(told.gap.points) in told.gap.sentence


@pytest.mark.parametrize(
    ("claimed", "words"),
    [(44.0, "small gap"), (60.0, "taken on trust"), (80.0, "not the same as missing work")],
)
def test_the_gap_is_told_in_the_words_of_its_size(claimed: float, words: str) -> None:
    of = result()
    of["readings"]["shown"]["composite"] |= {"mean": 40.0}
    of["readings"]["claimed"]["composite"] |= {"mean": claimed, "high": 99.0}

    gap = report(of).gap

    assert gap is not None
    assert words in gap.sentence


def test_a_spread_within_its_target_is_nothing_to_fix() -> None:
    told = report(result({**ALL_SOUND, "LD1": (7, 3, 0)}))

    assert told.fix_first == ()
    assert "LD1" not in [seen.id for each in told.findings for seen in each.seen]
    assert (
        "The other three are the work of whoever completed most, no more than the target allows." in told.lede
    )


def test_what_is_remembered_is_not_called_verified() -> None:
    told = report(result({**ALL_SOUND, "VD2": (5, 3, 0)}, dict.fromkeys(ALL_SOUND, "E1")))

    assert "Three are said to have failed. Nothing was opened." in told.lede
    assert "every one could be verified" not in " ".join(told.lede)


def test_a_level_comes_with_its_confidence_where_that_is_lowest() -> None:
    of = result()
    of["confidence"]["grade"] = "Very low"

    assert report(of).lede[-1] == "Confidence in that is very low."


def test_limits_and_order_are_those_of_the_instrument() -> None:
    first, *others = instrument().layers
    constants = instrument().constants
    other = instrument().model_copy(
        update={
            "layers": (first.model_copy(update={"lineage": 99}), *others),
            "constants": constants.model_copy(
                update={
                    "claim_gap": constants.claim_gap.model_copy(update={"small": 98.0}),
                    "patterns": constants.patterns.model_copy(update={"unverified_share": 0.1}),
                }
            ),
        }
    )
    of = result({**ATLAS, "VD1": (5, 2, 1)}, context={})
    for each in of["patterns"]:
        if each["id"] == "phantom-done":
            each |= {"state": "cannot tell", "because": ["VD1"]}

    told_otherwise = told(of, other, library(), base_address=BASE)

    assert told_otherwise.lineage[-1].id == first.id
    assert told_otherwise.gap is not None
    assert "small gap" in told_otherwise.gap.sentence
    unclear = {each.id: each.because for each in told_otherwise.patterns.unclear}
    assert unclear["phantom-done"] == "“The result exists”: 1 of 8 checks could not be verified."


def test_the_polarity_is_told_wherever_figures_are() -> None:
    told = report()

    assert told.polarity == "Soundness, 0 to 100, higher is better."
    assert told.polarity in told.indicators_note
    assert told.scale is not None
    assert "higher is better" in told.scale.title


def test_all_checks_are_told_in_three_parts_with_their_shares() -> None:
    sentence = report().marks_sentence.replace("\u00a0", " ")

    assert sentence == "79 checks: 45 sound (57 %), 23 failing (29 %) and 11 could not be verified (14 %)."


def test_checks_that_were_not_made_on_opened_work_are_named_by_how_they_were_made() -> None:
    sentence = report(result(ATLAS, {"VD1": "E1", "RF1": "E2"})).marks_sentence

    assert "57 at E3" in sentence
    assert "4 at E2 (read from a report)" in sentence
    assert "7 at E1 (recalled or told)" in sentence


def test_confidence_comes_with_the_reasons_of_the_document() -> None:
    of = result()
    told = report(of)

    assert told.confidence is not None
    assert told.confidence.sentence == f"Confidence: {of['confidence']['grade'].lower()}."
    assert [each.replace(NBSP, " ") for each in told.confidence.reasons] == of["confidence"]["reasons"]


def test_dates_that_end_before_the_window_are_accounted_for() -> None:
    words = "the dates covered end before the window"

    assert words in report().appendix.samples_note
    assert words not in report(result(frames={"F2": FRAME})).appendix.samples_note


def test_no_percentage_of_a_reason_is_parted_at_the_end_of_a_line() -> None:
    assert all(" %" not in each for each in report().confidence.reasons)
    assert all(" %" not in each for each in report(result(ALL_UNVERIFIED, "E2")).gate)


@pytest.mark.parametrize(("strength", "printed"), [(0.6999, "0.69"), (0.5, "0.50"), (0.29, "0.29")])
def test_what_is_only_possible_never_reads_as_if_it_were_present(strength: float, printed: str) -> None:
    of = result()
    found = next(each for each in of["patterns"] if each["state"] == "possible")
    found["strength"] = strength

    told = next(each for each in report(of).patterns.possible if each.id == found["id"])

    assert told.strength == printed


def test_patterns_weigh_most_by_state_and_strength_and_fix_first_fills_up_to_three() -> None:
    of = result()
    told = report(of)
    present = [each for each in of["patterns"] if each["state"] == "present"]
    possible = [each for each in of["patterns"] if each["state"] == "possible"]
    ranked = [
        instrument().pattern(each["id"]).name
        for group in (present, possible)
        for each in sorted(group, key=lambda each: -each["strength"])
    ]

    assert [each.title for each in told.findings] == ranked[:3]
    assert all(each.seen for each in told.findings)

    for each in of["patterns"]:
        each["state"] = "not indicated"
    filled = report(of)

    assert [each.seen[0].id for each in filled.findings] == [each.seen.id for each in filled.fix_first[:3]]


def test_nothing_weighs_on_a_team_whose_checks_all_held() -> None:
    told = report(result(ALL_SOUND))

    assert told.findings == ()
    assert told.fix_first == ()
    assert told.verify_first == ()
    assert told.fix_none == "Nothing to fix first: no check failed."
    assert told.verify_none == "Nothing waits: every check was verified on opened work."
    assert told.step.primary.title == "No action needed"


# --- where figures are withheld -------------------------------------------------------------------


def test_behind_a_closed_gate_the_report_is_a_map_with_what_to_verify_first() -> None:
    of = result(ALL_UNVERIFIED, "E2")
    told = report(of)

    assert told.readings_heading == "An evidence map only"
    assert told.scale is None
    assert told.gap is None
    assert told.chain is None
    assert told.confidence is None
    assert [each.replace(NBSP, " ") for each in told.gate] == of["gate"]["reasons"]
    assert "evidence map only" in told.lede[-1]
    assert told.findings_heading == "What to verify first"
    assert [each.seen[0].id for each in told.findings] == [
        each["id"] for each in of["drivers"]["verify_first"][:3]
    ]
    assert all("No figure is printed" in layer.sentence for layer in told.lineage)


def test_likely_is_withheld_with_its_reason_when_most_is_from_memory() -> None:
    shown, likely, claimed = report(result(ATLAS, "E1")).readings

    assert likely.range is None
    assert likely.withheld == "Withheld: 12 of 12 indicators were answered from memory."
    assert shown.range is not None
    assert claimed.range is not None


def test_what_was_not_answered_or_not_applicable_says_so_and_has_no_figure() -> None:
    found = {name: marks for name, marks in ATLAS.items() if name not in ("AI1", "IN1")}
    told = report(result(found, not_applicable={"AI1": "no AI-assisted work in the window"}))

    assert seen_in(told, "AI1").sentence == "Not applicable: no AI-assisted work in the window."
    assert seen_in(told, "IN1").sentence == "Not answered."
    assert seen_in(told, "AI1").drawing is None
    assert "Does not apply: AI drift." in told.patterns.others


# --- indicators -----------------------------------------------------------------------------------


def test_every_indicator_prints_its_denominator() -> None:
    told = report()

    for name, (sound, failing, unverified) in ATLAS.items():
        seen = seen_in(told, name)
        assert seen.marks is not None
        assert (seen.marks.sound, seen.marks.failing, seen.marks.unverified) == (sound, failing, unverified)
        if name != "RC1":
            assert f"{sound} of {sound + failing + unverified}" in seen.sentence


@pytest.mark.parametrize(("k", "m", "u"), [(5, 2, 1), (0, 8, 0), (8, 0, 0), (1, 0, 7)])
def test_the_exact_interval_can_be_computed_from_what_is_printed(k: int, m: int, u: int) -> None:
    seen = seen_in(report(result({**ATLAS, "VD1": (k, m, u)})), "VD1")
    low, high = exact_interval(k, k + m + u)

    printed = [int(each) / 100 for each in re.findall(r"(\d+)\u00a0%", seen.interval)]

    assert printed == [0.9, round(low, 2), round(high, 2)]
    assert f"of {k} in {k + m + u}" in seen.interval


def test_what_nobody_could_verify_is_never_told_as_nought() -> None:
    seen = seen_in(report(result({**ATLAS, "VD1": (0, 0, 8)})), "VD1")

    assert seen.sentence == "“The result exists”: none of 8 could be verified."
    assert seen.interval == ""


def test_unverified_is_kept_apart_from_failing_in_words() -> None:
    seen = seen_in(report(), "VD1")

    assert seen.sentence.endswith("; 2 failed and 1 could not be verified.")


@pytest.mark.parametrize(
    ("sound", "words"), [(0, "0 of 8 items declared done were"), (1, "1 of 8 items declared done was")]
)
def test_one_is_singular(sound: int, words: str) -> None:
    seen = seen_in(report(result({**ATLAS, "VD2": (sound, 8 - sound, 0)})), "VD2")

    assert seen.sentence.startswith(words)


def test_a_date_is_told_by_its_age_and_has_no_interval_of_a_share() -> None:
    seen = seen_in(report(), "RC1")

    assert "180" in seen.sentence or "181" in seen.sentence
    assert "1 of 4" not in seen.sentence
    assert seen.interval == ""


@pytest.mark.parametrize(("marks", "word"), [((4, 0, 0), "spread"), ((0, 4, 0), "concentrated")])
def test_a_small_teams_share_is_never_printed(marks: tuple[int, int, int], word: str) -> None:
    told = report(result({**ATLAS, "LD1": marks}, team_size=4, belief={"LD1": {"count": 4, "of": 4}}))
    seen = seen_in(told, "LD1")
    row = next(row for row in told.appendix.counts.rows if row.head.startswith("LD1"))

    assert word in seen.sentence
    assert not re.search(r"\d", seen.sentence)
    assert seen.drawing is None
    assert seen.interval == ""
    assert [cell for cell in row.cells[:3] if cell != "–"] == [word]
    assert row.cells[3] == "4"
    assert told.appendix.counts.columns[row.cells.index(word)] == ("sound" if marks[0] else "failing")
    assert next(each for each in told.belief if each.id == "LD1").found == word


def test_a_small_team_that_could_not_tell_is_counted_as_that_and_the_columns_still_add_up() -> None:
    told = report(result({**ATLAS, "LD1": (0, 0, 4)}, team_size=4))
    *rows, whole = told.appendix.counts.rows
    row = next(row for row in rows if row.head.startswith("LD1"))
    of = [
        int(cell) if cell.isdigit() else 4 if cell != "–" else 0 for each in rows for cell in each.cells[:3]
    ]

    assert row.cells[:4] == ("–", "–", "could not be verified", "4")
    assert [sum(of[column::3]) for column in range(3)] == [int(cell) for cell in whole.cells[:3]]
    assert "one word" in told.appendix.counts.note
    assert "one word" not in report().appendix.counts.note


def test_a_heading_is_borne_out_by_the_counts() -> None:
    weak = instrument().indicators["VD2"].weak

    assert seen_in(report(result({**ATLAS, "VD2": (3, 5, 0)})), "VD2").heading == weak
    assert seen_in(report(result({**ATLAS, "VD2": (6, 2, 0)})), "VD2").heading != weak
    assert seen_in(report(result({**ATLAS, "VD2": (2, 0, 6)})), "VD2").heading.startswith("Not verified: ")


# --- an instrument that was changed ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (lambda of: of["answers"]["observations"].update(VD9={"sound": 1}), "VD9"),
        (lambda of: of["answers"].update(form="weekly"), "weekly"),
        (lambda of: of["patterns"].append({"id": "lost-pattern"}), "lost-pattern"),
        (lambda of: of["route"].update(secondary=["lost-place"]), "lost-place"),
    ],
)
def test_a_result_whose_draft_has_lost_something_is_refused_by_name_not_half_told(
    change: Any, lost: str
) -> None:
    of = deepcopy(result())
    change(of)

    with pytest.raises(Outdated, match=lost):
        report(of)


def test_every_result_of_the_shipped_instrument_can_be_told() -> None:
    for found in (ATLAS, ALL_SOUND, ALL_UNVERIFIED):
        assert list(lacks(result(found), instrument())) == []


# --- patterns, advice, next step ------------------------------------------------------------------


def test_every_pattern_of_the_instrument_is_accounted_for_once() -> None:
    told = report()
    told_of = [
        each.name for each in (*told.patterns.present, *told.patterns.possible, *told.patterns.unclear)
    ]
    named = " ".join(told.patterns.others)

    for pattern in instrument().patterns:
        assert (pattern.name in told_of) + (pattern.name in named) == 1, pattern.name


def test_a_pattern_that_cannot_be_told_says_what_stands_in_the_way() -> None:
    told = report(result({**ATLAS, "VD1": (1, 1, 6)}, context={}))
    unclear = {each.id: each.because for each in told.patterns.unclear}

    assert "How many of these lines" in unclear["watermelon-reporting"]
    assert unclear["phantom-done"] == "“The result exists”: 6 of 8 checks could not be verified."
    assert "not recorded" in unclear["watermelon-reporting"]


def test_a_pattern_capped_by_the_form_says_why_it_is_not_present() -> None:
    net = next(each for each in report().patterns.possible if each.id == "untested-safety-net")

    assert float(net.strength) >= 0.70
    assert "asks too little of it" in net.because


def test_advice_names_only_what_failed_to_fix_and_only_what_is_open_to_verify() -> None:
    told = report()

    assert told.fix_first
    assert told.verify_first
    assert len(told.fix_first) <= 5
    assert len(told.verify_first) <= 5
    assert all(each.seen.marks and each.seen.marks.failing for each in told.fix_first)
    assert all(
        each.seen.marks and (each.seen.marks.unverified or each.seen.grade in ("E1", "E2"))
        for each in told.verify_first
    )


def test_the_next_step_has_its_rule_reasons_address_and_owner() -> None:
    of = result()
    step = report(of).step

    assert step.rule == of["route"]["rule"]
    assert list(step.reasons) == of["route"]["reasons"]
    assert list(step.would_change) == of["route"]["would_change"]
    assert len(step.others) <= 2
    assert step.primary.link.url.startswith("https://")
    assert step.primary.link.shown == step.primary.link.url.removeprefix("https://").rstrip("/")
    assert step.primary.disclosure


def test_every_destination_has_an_address_and_our_own_page_is_no_offer() -> None:
    for destination in instrument().destinations:
        of = result()
        of["route"] |= {"primary": destination.id, "secondary": []}
        primary = report(of).step.primary

        assert primary.link.url.startswith("https://")
        if not destination.disclosure:
            assert primary.link.url == f"{BASE}/diagnosis/"
            assert primary.title == destination.name


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "//host", "data:text/html,x", ""]
)
def test_no_other_kind_of_address_becomes_a_link(url: str) -> None:
    with pytest.raises(ValueError, match="no address that a report may link to"):
        link(url)


# --- appendices -----------------------------------------------------------------------------------


def test_the_counts_add_up_to_the_figure_in_the_title() -> None:
    table = report().appendix.counts
    *rows, whole = table.rows

    assert [sum(int(row.cells[i]) for row in rows) for i in range(4)] == [45, 23, 11, 79]
    assert whole.cells[:4] == ("45", "23", "11", "79")


def test_a_sample_is_printed_as_it_was_drawn_and_the_others_are_named_as_not_recorded() -> None:
    appendix = report().appendix
    (sample,) = appendix.samples

    assert (sample.where, sample.query) == (FRAME["where"], FRAME["query"])
    assert sample.population == "52 items declared done"
    assert sample.drawn == "drawn by this site, start 0.41"
    assert sample.positions == "3, 10, 16, 23, 29, 36, 42 and 49"
    assert sample.covers == "25 July to 23 October 2026"
    assert "not recorded for: items in progress, " in appendix.samples_missing


def test_where_nobody_could_look_one_line_says_so() -> None:
    nothing = {"where": "", "query": "", "population": None, "positions": [], "drawn": False}
    nothing["covers"] = ["2026-07-25", "2026-10-23"]
    frame = next(
        each for each in instrument().frames.values() if "AI1" in [check.indicator for check in each.checks]
    )
    alone = [check.indicator for check in frame.checks if check.indicator in ATLAS]
    unverified = {**ATLAS, **{each: (0, 0, SIZES[each]) for each in alone}}
    absent = {name: marks for name, marks in ATLAS.items() if name not in alone}
    reason = instrument().indicators[alone[0]].not_applicable[0]

    (looked,) = report(result(unverified, frames={frame.id: nothing})).appendix.samples
    (excused,) = report(
        result(absent, frames={frame.id: nothing}, not_applicable=dict.fromkeys(alone, reason))
    ).appendix.samples
    (answered,) = report(result(frames={frame.id: nothing})).appendix.samples

    assert looked.instead == "Nobody could look: counted as could not be verified."
    assert excused.instead == f"Not applicable: {reason}."
    assert answered.instead == ""


def test_an_absent_field_of_a_sample_is_told_as_not_recorded() -> None:
    (sample,) = report(result(frames={"F1": {"where": "A list"}})).appendix.samples

    assert (sample.population, sample.positions, sample.covers) == ("not recorded",) * 3
    assert sample.drawn == "not drawn by this site"


def test_every_constant_that_the_scoring_uses_is_printed() -> None:
    told = " ".join(texts_of(report().appendix.constants)).replace("\u00a0", " ")
    constants = instrument().constants

    for table in (constants.over_claim.likely, constants.over_claim.claimed, constants.correlation):
        for grade in ("E4", "E3", "E2", "E1"):
            assert f"{getattr(table, grade):g}" in told
    for indicator in instrument().asked("quick").values():
        floor, target = indicator.rates(8)
        assert indicator.id in told
        assert f"{floor:.2f}" in told
        assert f"{target:.2f}" in told
    for words in (
        "team 2.5, dimension 0.8, indicator 1.5",
        "15 partly",
        "present from 0.7",
        "90 %",
        f"{constants.clip[0]:g} and {constants.clip[1]:g}",
        f"indicator −{-constants.indicator_grid.low:g} to {constants.indicator_grid.high:g}",
        f"in steps of {constants.indicator_grid.step:g}; team −{-constants.team_grid.low:g}",
        f"{constants.gradient_step:g}",
        f"a soundness below {constants.patterns.low_below * 100:g}",
        f"more than {constants.patterns.unverified_share * 100:.0f} % of an indicator",
        f"{constants.gates.dimension_indicators} indicators answered",
        f"{constants.drivers.shown} of each at most",
        f"above {constants.consistency.high_above * 100:g} and the other below",
        f"below {constants.claim_gap.small:g} points, much not shown above {constants.claim_gap.large:g}",
    ):
        assert words in told, words


def test_no_constant_of_the_scoring_is_left_out_of_the_paper() -> None:
    # Every number of the constants is changed, one at a time; the paper has to say something else each time.
    before = texts_of(report().appendix.constants)
    data = instrument().constants.model_dump(exclude={"consistency": {"pairs"}})

    unsaid = [path for path, _ in numbers_in(data) if texts_of(told_with(path)) == before]

    assert unsaid == [("over_claim", "shown", "E1")]  # what is recalled is not shown, whatever stands there


def numbers_in(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], float]]:
    """Return every number of nested data with the way that leads there."""
    if isinstance(data, dict | list | tuple):
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        return [found for key, each in pairs for found in numbers_in(each, (*path, key))]
    return [(path, data)] if isinstance(data, int | float) else []


def told_with(path: tuple[Any, ...]) -> Any:
    """Return the tables of constants where one number is another."""

    def changed(part: Any, path: tuple[Any, ...]) -> Any:
        if not path:
            return part + 1 if isinstance(part, int) else part + 0.0375
        if isinstance(part, tuple):
            return (*part[: path[0]], changed(part[path[0]], path[1:]), *part[path[0] + 1 :])
        return part.model_copy(update={path[0]: changed(getattr(part, path[0]), path[1:])})

    constants = changed(instrument().constants, path)
    other = instrument().model_copy(update={"constants": constants})
    return told(result(), other, library(), base_address=BASE).appendix.constants


def test_versions_and_hashes_are_those_of_the_document() -> None:
    of = result()
    values = [fact.value for fact in report(of).appendix.versions]

    for value in (of["instrument"]["sha256"], of["constants_sha256"], of["answers_sha256"], of["method"]):
        assert value in values


def test_the_limits_are_all_printed() -> None:
    limits = " ".join(report().appendix.limits)

    for words in (
        "triage",
        "does not mean that it did not happen",
        "decisions about individuals",
        "Small teams",
    ):
        assert words in limits


def test_words_of_the_framework_carry_the_marks_and_origins_of_the_registry() -> None:
    words = report().appendix.words

    assert len(words) == 3
    for layer, word in zip(sorted(instrument().layers, key=lambda each: each.lineage), words, strict=True):
        term = library().terms[layer.term]
        assert (word.name.lower(), word.mark) == (term.name.lower(), term.mark)
        assert term.origin in word.origin
        assert word.link.url == term.canonical_url


def test_a_draft_instrument_and_an_older_wording_are_named() -> None:
    of = result()
    of["instrument"]["sha256"] = "0" * 64

    assert instrument().draft == bool(report().draft)
    assert "earlier wording" in report(of).draft


# --- belief ---------------------------------------------------------------------------------------


def test_belief_stands_beside_the_record_in_the_same_words() -> None:
    belief = {"VD1": {"count": 8, "of": 8}, "RC1": {"count": 4, "of": 4}}
    told = report(result(belief=belief))
    rows = {each.id: each for each in told.belief}

    assert (rows["VD1"].expected, rows["VD1"].found) == ("8 of 8", "5 of 8, 1 not verified")
    assert "at most 90 days old" in rows["RC1"].expected
    assert ("belief", "Belief beside record") in told.contents


def test_out_of_different_numbers_belief_and_record_say_their_shares() -> None:
    belief = {"VD1": {"count": 7, "of": 10}, "RF1": {"count": 4, "of": 5}}
    rows = {each.id: each for each in report(result(belief=belief)).belief}

    assert (rows["VD1"].expected, rows["VD1"].found) == (
        "7 of 10 (70\u00a0%)",
        "5 of 8 (62\u00a0%), 1 not verified",
    )
    assert (rows["RF1"].expected, rows["RF1"].found) == ("4 of 5", "2 of 5, 1 not verified")


@pytest.mark.parametrize(
    ("belief", "said"),
    [
        ({"VD1": {"count": 8, "of": 8}}, "The one expected count came out lower than expected."),
        (
            {"VD1": {"count": 8, "of": 8}, "RF1": {"count": 5, "of": 5}},
            "All 2 expected counts came out lower than expected.",
        ),
        (
            {"VD1": {"count": 5, "of": 8}, "RF1": {"count": 1, "of": 5}, "IN1": {"count": 8, "of": 8}},
            "Of 3 expected counts, one came out lower than expected, one as expected and one higher than "
            "expected.",
        ),
        ({"RC1": {"count": 4, "of": 4}}, ""),
        ({}, ""),
    ],
)
def test_belief_says_how_often_less_was_found_than_was_expected(
    belief: dict[str, dict[str, int]], said: str
) -> None:
    told = report(result(belief=belief))

    assert told.belief_finding == said
    assert all(bool(each.drawing) == (each.id != "RC1") for each in told.belief)


def test_a_choice_that_was_believed_is_told_in_its_own_words_beside_the_record() -> None:
    belief = {"RC1": {"count": 2, "of": 4, "words": "Within the last 180 days"}}
    [row] = report(result(belief=belief)).belief

    assert row.expected == "within the last 180 days"
    assert row.found == lowered(instrument().indicators["RC1"].anchors[ATLAS["RC1"][0]])


def test_without_a_belief_there_is_no_such_section() -> None:
    told = report()

    assert told.belief == ()
    assert "belief" not in dict(told.contents)


# --- any result -----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_answers_can_be_told_in_whole_sentences(data: st.DataObject) -> None:
    found = {}
    for name, n in SIZES.items():
        if data.draw(st.booleans()) or name == "VD1":
            sound = data.draw(st.integers(0, n))
            failing = data.draw(st.integers(0, n - sound))
            found[name] = (sound, failing, n - sound - failing)
    grade = {name: data.draw(st.sampled_from(["E1", "E2", "E3", "E4"])) for name in found}

    told = report(result(found, grade, frames={}))

    for text in texts_of(told):
        assert "{" not in text
        assert "None" not in text.replace("None failed", "")
        assert "nan" not in text.split()


def test_a_finding_by_anchors_that_nobody_has_tried_says_so() -> None:
    of = diagnose(instrument(), Answers.model_validate(answers_data("full", worked_team())))

    blocks = html(report(of)).split('id="indicator-')

    assert [block[:3] for block in blocks if "Wording provisional." in block] == ["VS4"]


def test_patterns_lead_to_the_pages_about_them_from_the_first_page_too() -> None:
    of = report(result(ALL_FAILING))
    patterns = of.patterns
    told_of = (*patterns.present, *patterns.possible, *patterns.unclear)

    assert {each.id: each.page and each.page.url for each in told_of} == {
        each.id: f"{BASE}/patterns/{each.id}/" for each in told_of
    }
    weighing = [each for each in of.findings if each.state]
    assert weighing
    assert [each.page and each.page.url for each in weighing] == [
        f"{BASE}/patterns/{each.anchor.removeprefix('pattern-')}/" for each in weighing
    ]


def test_a_pattern_without_a_page_leads_nowhere() -> None:
    bare = replace(library(), pages={})

    of = told(result(ALL_FAILING), instrument(), bare, base_address=BASE)

    assert of.patterns.present
    assert "/patterns/" not in html(of)
    assert "How to check it" not in html(of)


def test_the_full_form_and_the_form_from_memory_can_be_told() -> None:
    word = SimpleNamespace(
        name="word",
        mark="",
        definition="A word.",
        origin="Somebody",
        canonical_url="https://example.org/word",
    )
    site = SimpleNamespace(name="Site", attribution="", instrument="other", address={}.__getitem__)
    shelf: Any = SimpleNamespace(site=site, terms={"term": word}, pattern_page=lambda _key, _pattern: "")
    instrument = an_instrument()

    for form, found in (("full", worked_team()), ("pre-scan", all_sound("pre-scan", "E1"))):
        of = diagnose(instrument, Answers.model_validate(answers_data(form, found)))
        report = told(of, instrument, shelf, base_address=BASE)
        sentences = [part.sentence for layer in report.layers for part in layer.dimensions]

        assert report.scale
        assert f"{BASE}/diagnosis/?instrument=execution-integrity" in report.step.primary.link.url
        if form == "full":
            assert all(each.startswith("Shown ") for each in sentences)
        else:
            assert report.confidence is None
            assert [reading.id for reading in report.readings] == ["shown", "claimed"]
