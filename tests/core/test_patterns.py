"""Which patterns are present, possible, not indicated, cannot be told, do not apply or are not asked."""

from __future__ import annotations

from typing import Any

import pytest

from assessment.core.patterns import Finding, Seen, findings
from assessment.core.scoring import Observation, score
from tests.builders import all_sound, an_instrument, design, worked_team

INSTRUMENT = an_instrument()
ON_TRACK = {"C1": 0.8}


def found(
    form: str, observations: dict[str, Observation], *, likely: bool = True, **facts: Any
) -> dict[str, Finding]:
    """Return the findings by pattern id."""
    own = score(INSTRUMENT, observations, 8).likely.indicators
    facts = {"not_applicable": (), "context": ON_TRACK, **facts}
    seen = Seen(form, observations, own if likely else None, **facts)
    return {finding.id: finding for finding in findings(INSTRUMENT, seen)}


def failing(form: str, *names: str) -> dict[str, Observation]:
    """Return a form in which these indicators fail throughout and all others are sound."""
    sizes = design(form)
    return {**all_sound(form), **{name: Observation(0, sizes[name], 0, "E3") for name in names}}


def without(observations: dict[str, Observation], *names: str) -> dict[str, Observation]:
    return {name: seen for name, seen in observations.items() if name not in names}


def test_the_worked_team_shows_the_published_patterns() -> None:
    seen = found("full", worked_team())

    assert {name: (each.state, round(each.strength or 0, 2)) for name, each in seen.items()} == {
        "watermelon-reporting": ("present", 0.80),
        "phantom-done": ("possible", 0.61),
        "hero-dependence": ("possible", 0.53),
        "decision-fog": ("possible", 0.54),
        "ai-drift": ("present", 0.79),
        "untested-safety-net": ("present", 0.82),
        "rework-loop": ("not indicated", 0.50),
        "silent-slippage": ("possible", 0.57),
        "overload-intake": ("not indicated", 0.25),
        "lessons-not-landing": ("possible", 0.67),
        "busy-no-outcome": ("possible", 0.59),
        "opaque-execution": ("not indicated", 0.06),
    }
    assert seen["rework-loop"].strength == pytest.approx(0.498, abs=5e-4)
    assert seen["watermelon-reporting"].because == ("RF1", "RF2")


@pytest.mark.parametrize("pattern", [p for p in INSTRUMENT.patterns if p.required], ids=lambda p: p.id)
def test_every_pattern_is_present_when_its_members_fail_and_absent_when_one_holds(pattern: Any) -> None:
    members = (*pattern.required, *pattern.any_of[:1])

    present = found("full", failing("full", *members))[pattern.id]

    assert present.state == "present"
    assert present.because == members
    for sound in pattern.required:
        others = [name for name in members if name != sound]
        assert found("full", failing("full", *others))[pattern.id].state == "not indicated"
    if pattern.any_of:
        assert found("full", failing("full", *pattern.required))[pattern.id].state == "not indicated"


def test_one_failing_member_of_the_group_is_enough_and_is_named() -> None:
    for other in ("VD2", "VD4", "FR1"):
        assert found("full", failing("full", "VD1", other))["phantom-done"].because == ("VD1", other)


@pytest.mark.parametrize("name", ["watermelon-reporting", "hero-dependence", "untested-safety-net"])
def test_on_its_first_member_alone_a_pattern_is_at_most_possible(name: str) -> None:
    pattern = INSTRUMENT.pattern(name)
    first = pattern.required[0]

    weak = found("quick", failing("quick", first))[name]
    sound = found("quick", all_sound("quick"))[name]

    assert weak.strength
    assert weak.strength > 0.9
    assert (weak.state, weak.because) == ("possible", (first,))
    assert sound.state == "not indicated"


def test_what_a_form_does_not_ask_is_named_as_not_asked() -> None:
    seen = found("quick", all_sound("quick"))

    assert {name for name, each in seen.items() if each.state == "not asked"} == {
        "rework-loop",
        "overload-intake",
        "lessons-not-landing",
        "busy-no-outcome",
    }


def test_an_unanswered_required_member_makes_it_impossible_to_tell() -> None:
    seen = found("full", without(failing("full", "VD1", "VD2"), "VD1"))["phantom-done"]

    assert (seen.state, seen.strength, seen.because) == ("cannot tell", None, ("VD1",))


def test_an_unanswered_member_of_the_group_does_not() -> None:
    assert found("full", without(failing("full", "VD1", "VD2"), "VD4"))["phantom-done"].state == "present"


def test_a_group_that_nobody_answered_caps_the_pattern_or_leaves_it_open() -> None:
    hero = found("full", without(failing("full", "LD1"), "LD2", "LD3"))["hero-dependence"]
    phantom = found("full", without(failing("full", "VD1"), "VD2", "VD4", "FR1"))["phantom-done"]

    assert hero.state == "possible"
    assert (phantom.state, phantom.because) == ("cannot tell", ("VD2", "VD4", "FR1"))


@pytest.mark.parametrize(("unverified", "state"), [(5, "present"), (6, "cannot tell")])
def test_more_than_half_unverified_in_a_required_member_makes_it_impossible_to_tell(
    unverified: int, state: str
) -> None:
    answers = failing("full", "VD1", "VD2")
    answers["VD1"] = Observation(0, 10 - unverified, unverified, "E3")

    assert found("full", answers)["phantom-done"].state == state


def test_without_likely_nothing_can_be_told_but_a_share_of_marks() -> None:
    seen = found("full", failing("full", "VD1", "VD2"), likely=False)

    assert {each.state for name, each in seen.items() if name != "opaque-execution"} == {"cannot tell"}
    assert seen["opaque-execution"].state == "not indicated"


def test_a_required_member_that_is_not_applicable_takes_the_pattern_away() -> None:
    seen = found("full", without(all_sound("full"), "AI1"), not_applicable=("AI1",))

    assert seen["ai-drift"] == Finding("ai-drift", "does not apply", None, ())


def test_a_group_of_which_nothing_applies_takes_the_pattern_away() -> None:
    late = without(all_sound("full"), "RF2", "VS2")

    assert found("full", late, not_applicable=("RF2", "VS2"))["silent-slippage"] == Finding(
        "silent-slippage", "does not apply", None, ()
    )
    assert found("full", late, not_applicable=("RF2",))["silent-slippage"].state == "cannot tell"


@pytest.mark.parametrize(
    ("context", "state"),
    [({}, "cannot tell"), ({"C1": 0.69}, "not indicated"), ({"C1": 0.70}, "present")],
)
def test_green_lines_are_a_pattern_only_where_most_lines_are_green(
    context: dict[str, float], state: str
) -> None:
    seen = found("full", failing("full", "RF1", "RF2"), context=context)["watermelon-reporting"]

    assert seen.state == state
    assert seen.because == (("RF1", "RF2") if state == "present" else ())


@pytest.mark.parametrize(("unverified", "state"), [(29, "not indicated"), (30, "present")])
def test_execution_is_opaque_from_three_tenths_of_unverified_marks(unverified: int, state: str) -> None:
    answers = {"VD1": Observation(60, 0, 0, "E2"), "VD2": Observation(40 - unverified, 0, unverified, "E2")}

    opaque = found("full", answers)["opaque-execution"]

    assert (opaque.state, opaque.strength) == (state, unverified / 100)
    assert opaque.because == (("VD2",) if state == "present" else ())


def test_a_form_from_memory_has_no_patterns() -> None:
    assert found("pre-scan", all_sound("pre-scan", "E1")) == {}


def test_strengths_at_the_limits_count() -> None:
    limits = INSTRUMENT.constants.patterns
    answers = all_sound("full")
    own = score(INSTRUMENT, answers, 8).likely.indicators

    def state(p_low: float) -> str:
        changed = {**own, **{name: type(own[name])(50, 10, p_low) for name in ("RC1", "RC2")}}
        seen = Seen("full", answers, changed, (), ON_TRACK)
        return next(f.state for f in findings(INSTRUMENT, seen) if f.id == "untested-safety-net")

    assert [state(limits.present), state(limits.present - 1e-6)] == ["present", "possible"]
    assert [state(limits.possible), state(limits.possible - 1e-6)] == ["possible", "not indicated"]


def test_one_required_member_that_is_not_applicable_is_enough() -> None:
    seen = found("full", without(all_sound("full"), "RC3"), not_applicable=("RC3",))

    assert seen["lessons-not-landing"].state == "does not apply"


def test_all_that_stands_in_the_way_is_named_the_required_first() -> None:
    answers = without(failing("full", "VD1"), "VD1", "VD2", "VD4", "FR1")

    seen = found("full", answers)["phantom-done"]

    assert (seen.state, seen.because) == ("cannot tell", ("VD1", "VD2", "VD4", "FR1"))


def test_what_is_least_verified_is_named_first_and_equals_in_the_order_of_their_ids() -> None:
    answers = {
        "VD1": Observation(8, 0, 2, "E3"),
        "VD2": Observation(4, 0, 6, "E3"),
        "AI1": Observation(8, 0, 2, "E3"),
        "IN1": Observation(10, 0, 0, "E3"),
    }
    more = {**answers, "IN1": Observation(5, 0, 5, "E3")}

    assert found("full", answers)["opaque-execution"].state == "not indicated"
    assert found("full", more)["opaque-execution"].because == ("VD2", "IN1", "AI1", "VD1")


def test_without_any_mark_nothing_can_be_told() -> None:
    seen = found("full", {})["opaque-execution"]

    assert seen == Finding("opaque-execution", "cannot tell", None, ())


def test_a_pattern_may_need_every_indicator_of_a_form() -> None:
    whole = INSTRUMENT.pattern("overload-intake").model_copy(update={"required": tuple(design("quick"))})
    instrument = INSTRUMENT.model_copy(update={"patterns": (whole,)})
    answers = failing("quick", *design("quick"))
    own = score(INSTRUMENT, answers, 8).likely.indicators

    [seen] = findings(instrument, Seen("quick", answers, own, (), {}))

    assert (seen.state, seen.because) == ("present", whole.required)
