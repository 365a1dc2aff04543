"""The shipped instrument carries the numbers of the method, for every indicator and form that it has."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assessment.content.instruments import read_instruments
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Instrument
from tests.builders import all_failing, all_sound, an_instrument, answers_data, mixed

TABLE = an_instrument()
FOLDER = Path(__file__).resolve().parents[2] / "content" / "instruments"
WORDS = {
    "reason",
    "withheld",
    "word",
    "sentence",
    "undrawn",
    "name",
    "meaning",
    "first_move",
    "practice",
    "pairs",
}


@cache
def shipped() -> Instrument:
    return read_instruments(FOLDER)[TABLE.key]


def diagnosed(form: str, found: Any, instrument: Instrument | None = None, **more: Any) -> dict[str, Any]:
    """Return the result of these observations under what ships, or under a variant of it."""
    text = json.dumps(answers_data(form, found, **more)).encode()
    return diagnose(*read_answers({TABLE.key: instrument or shipped()}.__getitem__, text))


def numbers(value: Any) -> Any:
    """Return a dump without its wording, so that only what decides is compared."""
    if isinstance(value, dict):
        return {key: numbers(each) for key, each in value.items() if key not in WORDS}
    return [numbers(each) for each in value] if isinstance(value, list) else value


def test_its_constants_are_those_of_the_method() -> None:
    assert numbers(shipped().constants.model_dump(mode="json")) == numbers(
        TABLE.constants.model_dump(mode="json")
    )


def test_its_pairs_that_seldom_differ_are_those_of_the_method() -> None:
    pairs = [{(p.high, p.low) for p in each.constants.consistency.pairs} for each in (shipped(), TABLE)]

    assert pairs[0] == pairs[1]


@pytest.mark.parametrize("name", list(TABLE.indicators))
def test_an_indicator_it_asks_has_the_floor_target_and_sizes_of_the_table(name: str) -> None:
    ours, table = shipped().indicators[name], TABLE.indicators[name]
    forms = {form.id for form in shipped().forms}

    for team_size in (2, 3, 5, 8, 30):
        assert ours.rates(team_size) == table.rates(team_size)
    assert ours.marks == {form: n for form, n in table.marks.items() if form in forms}
    assert (ours.type, ours.not_applicable) == (table.type, table.not_applicable)
    assert table.type != "date" or ours.days == table.days


def test_its_layers_dimensions_and_weights_are_those_of_the_table() -> None:
    def shape(instrument: Instrument) -> list[Any]:
        return [
            (each.id, each.lineage, each.weight, [d.id for d in each.dimensions])
            for each in instrument.layers
        ]

    assert shape(shipped()) == shape(TABLE)


def test_its_patterns_have_the_rules_of_the_method() -> None:
    ours, table = (
        [numbers(pattern.model_dump(mode="json")) for pattern in each.patterns] for each in (shipped(), TABLE)
    )

    assert ours == table


def test_its_routes_have_the_conditions_of_the_method() -> None:
    ours, table = (
        [numbers(rule.model_dump(mode="json")) for rule in each.rules] for each in (shipped(), TABLE)
    )

    assert ours == table


def test_its_forms_allow_as_much_not_applicable_as_the_method() -> None:
    for form in shipped().forms:
        other = TABLE.form(form.id)
        assert form.not_applicable_at_most == other.not_applicable_at_most
        assert (form.grades, form.from_memory, form.prints_dimensions) == (
            other.grades,
            other.from_memory,
            other.prints_dimensions,
        )


@pytest.mark.parametrize(
    ("form", "profile", "claimed", "likely", "shown"),
    [
        ("quick", all_sound, (94.3557, 2.7379), (94.1914, 2.8692), (94.0001, 3.0249)),
        ("quick", mixed, (57.7975, 12.6512), (48.8702, 13.6188), (33.6805, 12.9857)),
        ("full", all_sound, (95.5865, 1.1889), (95.4907, 1.2354), (95.3820, 1.2897)),
        ("full", all_failing, (4.1593, 1.0727), (4.1593, 1.0727), (4.1117, 1.0516)),
        ("full", mixed, (63.0851, 7.2796), (55.2459, 7.8126), (41.6666, 7.7694)),
    ],
)
def test_its_forms_read_as_published(form: str, profile: Any, claimed: Any, likely: Any, shown: Any) -> None:
    result = diagnosed(form, profile(form))

    for name, expected in (("claimed", claimed), ("likely", likely), ("shown", shown)):
        figure = result["readings"][name]["composite"]
        assert (figure["mean"], figure["sd"]) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("perfect", [True, False])
def test_every_sentence_of_its_route_and_confidence_is_filled_in(perfect: bool) -> None:
    found = all_sound("quick") if perfect else mixed("quick")

    result = diagnosed("quick", found, sample_drawn=False)

    sentences = [*result["route"]["reasons"], *result["confidence"]["reasons"], *result["gate"]["reasons"]]
    assert sentences
    assert not any("{" in sentence or "}" in sentence or "  " in sentence for sentence in sentences)


# --- how it is asked ----------------------------------------------------------------------------------


def test_its_passes_ask_of_each_list_what_the_method_puts_together() -> None:
    def shape(instrument: Instrument) -> Any:
        return {
            each.id: (
                {
                    frame.id: (
                        {check.indicator for check in frame.checks},
                        frame.window_shift,
                        frame.latest,
                        frame.context and frame.context.id,
                    )
                    for frame in each.frames
                },
                {single.indicator for single in each.singles},
            )
            for each in instrument.passes
        }

    assert shape(shipped()) == shape(TABLE)


def test_the_check_that_is_timed_is_asked_before_the_others_open_the_proof() -> None:
    checks = shipped().frames["F1"].checks

    assert [
        check.indicator for check in checks if shipped().indicators[check.indicator].marks["full"] < 10
    ] == [checks[0].indicator]


# docs/method.md, "Crosswalk".
CROSSWALK = """
VD Human Verification Density / Technical opacity
IN Inspectability / Technical opacity
RC Correction Latency / Technical opacity
FR Execution Drift Control / Decision breakdown
RF Execution Drift Control / Decision breakdown
AI Human Verification Density / Technical opacity
DC Accountability Structures / Decision breakdown
VS Accountability Structures / Human distortion
LD Accountability Structures / Human distortion
"""


def test_each_dimension_names_the_dimension_and_the_signal_of_the_framework() -> None:
    found = [
        f"{each.id} {each.published} / {each.signal}"
        for layer in shipped().layers
        for each in layer.dimensions
    ]

    assert found == CROSSWALK.strip().split("\n")


# What a source says beside "our convention": the figures of the public data, the published norm, whose test.
SOURCES = {
    "VD1": "In five public standards groups, 36 to 82 %",
    "VD2": "In five public standards groups, 43 to 93 %",
    "IN1": "The framework’s own test",
    "RC1": "at least once in 90 days",
    "RC2": "written limit. The published DORA recovery times serve as orientation only",
    "FR1": "In a public log of 7,554 incident cases, 6.8 %",
    "FR2": "In a public log of incident cases, 7.9 %",
    "FR3": "In a public log of incident cases, 15.6 %",
    "FR4": "Published norm: one business day in Google’s engineering practices. In public data, 34 to 71 %",
    "AI2": "The framework’s own test",
    "AI3": "33 AI co-author marks in 7,300 changes since 2020",
    "DC3": "A date that was changed in good time counts as kept",
    "DC4": "In the sprints of five public projects, the median share delivered was 36 to 100 %",
    "VS1": "at least once in 45 days",
    "VS4": "provisional",
    "LD1": "Published: 46 % of 133 systems depended on one person, 28 % on two",
}
NO_CONVENTION = {"IN1", "RC2", "FR4", "AI2", "LD1"}  # theirs is another: a norm, a test, a formula


@pytest.mark.parametrize("name", list(TABLE.indicators))
def test_every_target_says_in_words_where_it_comes_from(name: str) -> None:
    source = shipped().indicators[name].target_source

    assert SOURCES.get(name, "Our convention.") in source
    assert source.startswith("Our convention") is (name not in NO_CONVENTION)


def test_a_system_of_record_counts_all_but_five() -> None:
    without = {i.id for i in shipped().indicators.values() if not i.measured}

    assert without == {"IN3", "RF3", "VS1", "VS4", "LD2"}


def test_its_behaviour_anchors_alone_are_provisional() -> None:
    found = {i.id: i for i in shipped().indicators.values()}

    assert [name for name, each in found.items() if each.provisional] == ["VS4"]
    assert [name for name, each in found.items() if each.type == "anchors"] == ["VS4"]
    assert [words in anchor for words, anchor in zip(WORST_FIRST, found["VS4"].anchors, strict=True)] == [
        True
    ] * 5


WORST_FIRST = (
    "no record",
    "taken off the task",
    "nothing followed",
    "the fix was made",
    "checklist was changed",
)


# --- the pre-scan -------------------------------------------------------------------------------------


def test_its_pre_scan_comes_first_and_asks_seven_things_in_90_seconds() -> None:
    first = shipped().forms[0]
    minutes = sum(each.minutes.get(first.id, 0) for each in shipped().passes)

    assert (first.id, first.minutes, first.from_memory) == ("pre-scan", 1.5, True)
    assert set(shipped().asked(first.id)) == {"VD1", "VD2", "FR1", "AI1", "RF1", "DC1", "RC1"}
    assert minutes == pytest.approx(1.0)  # and half a minute to set up
    assert first.limit == "This is what you believe; nothing has been shown yet."


def test_its_pre_scan_asks_how_many_of_the_latest_items_and_when_in_four_choices() -> None:
    asked = shipped().asked("pre-scan")
    checks = [c for f in shipped().frames.values() for c in f.checks if c.indicator in asked]
    singles = [s for each in shipped().passes for s in each.singles if s.indicator in asked]

    assert all("how many of them" in check.from_memory.lower() for check in checks)
    assert [(choice.text, choice.sound) for single in singles for choice in single.choices] == [
        ("Within the last 90 days", 4),
        ("91 to 180 days ago", 2),
        ("Longer ago than that", 1),
        ("Never", 0),
    ]


def test_its_pre_scan_says_only_what_is_claimed() -> None:
    result = diagnosed("pre-scan", all_sound("pre-scan", "E1"))

    assert result["readings"]["claimed"]["composite"]["mean"] == pytest.approx(88.6551, abs=1e-3)
    assert result["readings"]["shown"]["composite"]["mean"] == pytest.approx(8.3503, abs=1e-3)
    assert result["route"]["primary"] == "recheck"
    assert "Quick diagnosis" in result["route"]["reasons"][0]


@pytest.mark.parametrize("form", ["pre-scan", "quick", "full"])
def test_nothing_depends_on_the_order_of_the_forms(form: str) -> None:
    turned = shipped().model_copy(update={"forms": shipped().forms[::-1]})
    found = all_sound(form, "E1" if form == "pre-scan" else "E3")

    assert diagnosed(form, found, turned) == diagnosed(form, found)
