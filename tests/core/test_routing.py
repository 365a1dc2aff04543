"""What to fix and verify first, and the next step with the rule that picked it."""

from __future__ import annotations

from typing import Any

import pytest

from assessment.core.instrument import Condition, Instrument, Rule
from assessment.core.patterns import Finding
from assessment.core.routing import Case, fix_first, route, verify_first
from assessment.core.scoring import Observation, score
from tests.builders import all_sound, an_instrument, design, worked_team

INSTRUMENT = an_instrument()
EVEN = {"EI": 60.0, "ED": 60.0, "HD": 60.0}


def a_case(*present: str, possible: tuple[str, ...] = (), **changes: Any) -> Case:
    """Return a middling case that no rule but the last would match, with these patterns."""
    found = [Finding(name, "present", 0.8, ()) for name in present]
    found += [Finding(name, "possible", 0.6, ()) for name in possible]
    values: dict[str, Any] = {
        "form": "full",
        "gate_reasons": (),
        "confidence": "Moderate",
        "unverified_share": 0.1,
        "shown": 50.0,
        "claim_gap": 5.0,
        "awarded": "P",
        "layers": EVEN,
        "dimensions": {"VD": 70.0, "DC": 40.0, "FR": 60.0},
        "findings": found,
        **changes,
    }
    return Case(**values)


def ruled(*conditions: Condition, names: str = "", secondary: bool = True) -> Instrument:
    """Return the instrument with one rule of its own before all others."""
    rule = Rule(number=99, to="contact", any=conditions, names=names, secondary=secondary)
    return INSTRUMENT.model_copy(update={"rules": (rule, *INSTRUMENT.rules)})


# --- drivers ----------------------------------------------------------------------------------------


def test_the_worked_team_is_told_the_published_drivers() -> None:
    card = score(INSTRUMENT, worked_team(), 8)

    drivers = fix_first(INSTRUMENT, card.likely.indicators)

    assert [(d.id, round(d.gain, 1)) for d in drivers[:4]] == [
        ("RC1", 4.0),
        ("RC3", 4.0),
        ("AI3", 2.8),
        ("VD2", 2.5),
    ]
    assert len(drivers) == 5


def test_equal_gains_are_told_in_the_order_of_their_ids() -> None:
    card = score(INSTRUMENT, {name: Observation(2, 3, 0, "E3") for name in design("full")}, 8)

    gains = [(round(-d.gain, 9), d.id) for d in fix_first(INSTRUMENT, card.likely.indicators)]

    assert gains == sorted(gains)


def test_evidence_is_wanted_first_where_the_claim_is_largest_and_weighs_most() -> None:
    answers = {**all_sound("full"), "RC1": Observation(0, 0, 4, "E2"), "LD2": Observation(0, 0, 5, "E2")}
    card = score(INSTRUMENT, answers, 8)

    drivers = verify_first(INSTRUMENT, card.claimed.indicators, card.shown.indicators)

    claimed, shown = card.claimed.indicators["RC1"].mean, card.shown.indicators["RC1"].mean
    assert [d.id for d in drivers[:2]] == ["RC1", "LD2"]
    assert drivers[0].gain == pytest.approx((claimed - shown) * 0.5 / 3 / 3)


def test_weights_of_what_to_verify_count_only_what_was_answered() -> None:
    card = score(INSTRUMENT, {"LD1": Observation(5, 0, 5, "E3")}, 8)
    claimed, shown = card.claimed.indicators, card.shown.indicators

    (driver,) = verify_first(INSTRUMENT, claimed, shown)

    assert driver.gain == pytest.approx((claimed["LD1"].mean - shown["LD1"].mean) * 0.2)


def test_without_answers_there_are_no_drivers() -> None:
    assert fix_first(INSTRUMENT, {}) == verify_first(INSTRUMENT, {}, {}) == ()


# --- the rules, each at its limit -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "rule", "reason"),
    [
        (a_case(gate_reasons=("Too little.", "Too old.")), 0, "No score: Too little. Too old."),
        (a_case(form="pre-scan"), 0, "The pre-scan form shows nothing yet."),
        (a_case(confidence="Very low"), 0, "Confidence is Very low."),
        (a_case(unverified_share=0.30), 1, "30 % unverified."),
        (a_case(unverified_share=0.2999), 7, "Nothing stands out."),
        (a_case(shown=14.9), 2, "Shown is 14.9."),
        (a_case(shown=15.0), 7, "Nothing stands out."),
        (
            a_case("phantom-done", "ai-drift", "rework-loop"),
            2,
            "Present: Phantom done, Ai drift, Rework loop.",
        ),
        (a_case("phantom-done", "ai-drift"), 4, "Present: Phantom done, Ai drift."),
        (a_case(awarded="N", claim_gap=25.1), 2, "The gap is 25.1."),
        (a_case(awarded="N", claim_gap=25.0), 7, "Nothing stands out."),
        (a_case(awarded="P", claim_gap=40.0), 7, "Nothing stands out."),
        (a_case(layers={**EVEN, "HD": 55.0}), 3, "Layer HD is lowest by 5."),
        (a_case(layers={**EVEN, "HD": 55.1}), 7, "Nothing stands out."),
        (a_case(layers={**EVEN, "ED": 55.0, "HD": 51.0}), 7, "Nothing stands out."),
        (a_case("decision-fog"), 3, "Present: Decision fog."),
        (a_case("silent-slippage"), 3, "Present: Silent slippage."),
        (a_case("hero-dependence"), 3, "Present: Hero dependence."),
        (a_case("untested-safety-net"), 4, "Present: Untested safety net."),
        (a_case(layers={**EVEN, "ED": 49.9}), 4, "Layer ED is below 50."),
        (a_case(layers={**EVEN, "ED": 50.0}), 7, "Nothing stands out."),
        (a_case(awarded="L", layers={**EVEN, "EI": 75.0}), 5, "Layer ED is 15 below."),
        (a_case(awarded="L", layers={**EVEN, "EI": 74.9}), 6, "Nothing to do."),
        (a_case(awarded="P", layers={**EVEN, "EI": 75.0}), 7, "Nothing stands out."),
        (a_case(awarded="F", possible=("ai-drift",)), 5, "Possible: Ai drift."),
        (a_case(awarded="L", possible=("hero-dependence",)), 5, "Possible: Hero dependence."),
        (a_case(awarded="L", possible=("phantom-done",)), 6, "Nothing to do."),
        (a_case(awarded="P", possible=("ai-drift",)), 7, "Nothing stands out."),
        (a_case(awarded="F"), 6, "Nothing to do."),
    ],
)
def test_the_first_rule_that_holds_wins_and_says_why(case: Case, rule: int, reason: str) -> None:
    found = route(INSTRUMENT, case)

    assert found.rule == rule
    assert found.primary == INSTRUMENT.rules[rule].to
    assert found.reasons[0] == reason


def test_every_condition_that_holds_is_told() -> None:
    found = route(INSTRUMENT, a_case(awarded="N", shown=3.0, claim_gap=60.0))

    assert found.reasons == ("Shown is 3.", "The gap is 60.")


def test_behind_a_closed_gate_no_figure_is_looked_at() -> None:
    shut = a_case(
        gate_reasons=("Shut.",),
        confidence=None,
        shown=None,
        claim_gap=None,
        awarded=None,
        layers={},
        dimensions={},
    )

    found = route(INSTRUMENT, shut)

    assert (found.rule, found.primary, found.secondary) == (0, "recheck", ())


@pytest.mark.parametrize(
    "layers", [{"HD": 60.0}, {"EI": 90.0, "HD": 85.0}, {"ED": 60.0, "HD": 60.0}, {"EI": 60.0}]
)
def test_a_layer_without_answers_is_compared_with_nothing(layers: dict[str, float]) -> None:
    assert route(INSTRUMENT, a_case(layers=layers, awarded="L")).rule == (3 if layers.get("EI") == 90 else 6)


def test_a_reason_may_use_any_of_its_words_and_is_silent_about_what_there_is_not() -> None:
    words = "{gate}|{form}|{confidence}|{unverified_share}|{shown}|{claim_gap}|{patterns}|{layer}|{points}"
    nothing = a_case(confidence=None, shown=None, claim_gap=None, layers={}, dimensions={})
    weak = a_case("ai-drift", layers={**EVEN, "ED": 41.5})
    always = Condition(reason=words, always=True)
    everything = Condition(reason=words, any_layer_below=50, pattern_present=())

    assert route(ruled(always), nothing).reasons == ("|full form||10 %|||||",)
    assert route(ruled(everything), weak).reasons == ("|full form|Moderate|10 %|50|5|Ai drift|Layer ED|8.5",)


def test_without_figures_no_layer_is_low_and_no_dimension_weakest() -> None:
    found = route(INSTRUMENT, a_case(layers={}, dimensions={}))

    assert (found.rule, found.reasons) == (7, ("Nothing stands out.",))


# --- secondary steps --------------------------------------------------------------------------------


def test_later_rules_that_hold_stand_beside_the_first_at_most_two_and_each_once() -> None:
    case = a_case(
        "decision-fog",
        "ai-drift",
        "phantom-done",
        unverified_share=0.4,
        awarded="L",
        layers={**EVEN, "EI": 80.0},
    )

    found = route(INSTRUMENT, case)

    # Rules 2, 3, 4 and 5 hold too; 3 leads where 1 does already.
    assert (found.rule, found.secondary) == (1, ("contact", "bienestarly"))


def test_later_rules_stand_beside_the_very_first_one_too() -> None:
    case = a_case("decision-fog", unverified_share=0.4)

    found = route(ruled(Condition(reason="Always.", always=True)), case)

    assert (found.rule, found.secondary) == (99, ("techledculture", "bienestarly"))


def test_a_last_resort_never_stands_beside_another_step() -> None:
    assert route(INSTRUMENT, a_case(shown=10.0)).secondary == ()


def test_nothing_stands_beside_looking_again_or_doing_nothing() -> None:
    again = route(INSTRUMENT, a_case("decision-fog", confidence="Very low"))
    nothing = route(INSTRUMENT, a_case(awarded="F"))
    maintain = route(INSTRUMENT, a_case(awarded="F", possible=("ai-drift",)))

    assert (again.primary, again.secondary) == ("recheck", ())
    assert (nothing.primary, nothing.secondary) == ("none", ())
    assert (maintain.primary, maintain.secondary) == ("execution-pods", ())


# --- the practice to begin with ---------------------------------------------------------------------


def test_a_toolkit_is_named_by_the_practice_of_the_strongest_pattern() -> None:
    case = a_case(
        findings=[Finding("ai-drift", "present", 0.7, ()), Finding("phantom-done", "present", 0.9, ())]
    )

    assert route(INSTRUMENT, case).reasons[-1] == "Start with the practice of phantom-done."


def test_or_by_the_weakest_dimension_of_the_layer_that_is_low() -> None:
    case = a_case(layers={**EVEN, "EI": 40.0}, dimensions={"VD": 45.0, "IN": 44.0, "DC": 10.0})

    assert route(INSTRUMENT, case).reasons[-1] == "Start with the practice of IN."


def test_or_by_the_weakest_dimension_of_all() -> None:
    assert route(INSTRUMENT, a_case()).reasons[-1] == "Start with the practice of DC."
