"""Which rules can fire: a case for each condition that can decide, and what comes before the others."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from assessment.content.instruments import read_instruments
from assessment.core.instrument import Instrument
from assessment.core.reach import Reach, pattern_states, reaches
from assessment.core.routing import route
from tests.builders import RULES, an_instrument, instrument_data
from tests.content.instruments.test_reading import SAMPLES, SHIPPED

ALWAYS = RULES[-1]


def routed(*rules: list[dict[str, Any]], **changed: Any) -> Instrument:
    """Return an instrument with these rules, each given by its conditions, and one that always holds."""
    made = [
        {"number": number, "to": "contact", "any": [{"reason": "So.", **each} for each in conditions]}
        for number, conditions in enumerate(rules)
    ]
    data = deepcopy(instrument_data())
    return Instrument.model_validate({**data, "rules": [*made, {**ALWAYS, "number": 99}], **changed})


def found(*rules: list[dict[str, Any]], **changed: Any) -> dict[tuple[int, int], Reach]:
    """Return what becomes of each condition, by rule and place, without the rule that always holds."""
    reach = reaches(routed(*rules, **changed))
    return {(each.rule, each.condition): each for each in reach if each.rule < len(rules)}


@pytest.mark.parametrize(
    "instrument",
    [an_instrument(), *read_instruments(SHIPPED).values(), *read_instruments(SAMPLES).values()],
    ids=lambda each: each.key,
)
def test_the_case_of_each_condition_is_routed_by_its_rule(instrument: Instrument) -> None:
    for each in reaches(instrument):
        assert each.case is not None, each
        assert route(instrument, each.case).rule == instrument.rules[each.rule].number


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"unverified_share_at_least": 0.2}, {"unverified_share_at_least": 0.3}),
        ({"unverified_share_at_least": 0.3}, {"pattern_present": ["opaque-execution"]}),
        ({"shown_below": 30}, {"shown_below": 15}),
        ({"claim_gap_above": 10}, {"claim_gap_above": 25}),
        ({"patterns_present_at_least": 1}, {"pattern_present": ["ai-drift"]}),
        ({"pattern_present": []}, {"patterns_present_at_least": 3}),
        ({"awarded": ["N", "P"]}, {"awarded": ["N"], "shown_below": 50}),
        ({"confidence": ["Low", "Very low"]}, {"confidence": ["Low"]}),
        ({"any_layer_below": 50}, {"any_layer_below": 40}),
        ({"layer_lowest": {"layer": "HD", "by": 5}}, {"layer_lowest": {"layer": "HD", "by": 15}}),
        ({"any_layer_below": 90}, {"layer_below": {"layer": "ED", "than": "EI", "by": 15}}),
        ({"always": True}, {"gate_failed": True}),
    ],
)
def test_a_condition_behind_a_wider_one_is_never_reached(
    earlier: dict[str, Any], later: dict[str, Any]
) -> None:
    behind = found([earlier], [later])
    before = found([later], [earlier])

    assert behind[1, 0].case is None
    assert behind[1, 0].first == (0,)
    assert before[0, 0].case is not None


def test_two_rules_together_can_leave_nothing_for_a_third() -> None:
    third = found([{"awarded": ["N"]}], [{"awarded": ["P", "L", "F"]}], [{"confidence": ["High"]}])[2, 0]

    assert third.case is None
    assert third.first == (0, 1)


@pytest.mark.parametrize(
    "condition",
    [
        {"awarded": ["F"], "shown_below": 50},
        {"gate_failed": True, "shown_below": 50},
        {"gate_failed": True, "awarded": ["N"]},
        {"from_memory": True, "pattern_present": []},
        {"from_memory": True, "confidence": ["Low"]},
        {"unverified_share_at_least": 0.6, "confidence": ["Low"]},
        {"shown_below": 95, "claim_gap_above": 99, "awarded": ["L"]},
        {"patterns_present_at_least": 13},
        {"pattern_possible": ["opaque-execution"]},
        {"layer_below": {"layer": "ED", "than": "EI", "by": 101}},
    ],
)
def test_a_condition_that_no_diagnosis_meets_is_told_from_one_that_comes_too_late(
    condition: dict[str, Any],
) -> None:
    reach = found([condition])[0, 0]

    assert reach.case is None
    assert reach.first == ()


def test_a_condition_about_memory_needs_a_form_from_memory() -> None:
    data = instrument_data()
    forms = [{**form, "from_memory": False, "grades": ["E3"]} for form in data["forms"]]

    assert found([{"from_memory": True}])[0, 0].case is not None
    assert found([{"from_memory": True}], forms=forms)[0, 0].case is None


def test_one_low_layer_of_several_leaves_shown_high() -> None:
    low = {"any_layer_below": 10, "awarded": ["N"], "patterns_present_at_least": 2}

    assert found([{"shown_below": 50}], [low])[1, 0].case is not None


def test_chains_of_layers_are_followed() -> None:
    chain = {
        "layer_below": {"layer": "ED", "than": "EI", "by": 15},
        "layer_lowest": {"layer": "HD", "by": 10},
        "any_layer_below": 60,
    }

    case = found([chain])[0, 0].case

    assert case is not None
    assert case.layers["EI"] - case.layers["ED"] >= 15
    assert case.layers["ED"] - case.layers["HD"] >= 10
    assert case.layers["HD"] < 60


def test_how_far_a_pattern_can_come_depends_on_what_the_form_asks() -> None:
    quick, full = (pattern_states(an_instrument(), form) for form in ("quick", "full"))

    assert quick["phantom-done"] == "present"
    assert quick["hero-dependence"] == "possible"
    assert quick["rework-loop"] == "not asked"
    assert set(full.values()) == {"present"}
    assert pattern_states(an_instrument(), "pre-scan") == {}
