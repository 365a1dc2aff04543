"""Contradictions: which pairs are named, and which differ too little or rest on too little."""

from __future__ import annotations

import pytest

from assessment.core.contradictions import contradictions
from assessment.core.scoring import Observation, OwnEstimate, score
from tests.builders import an_instrument

INSTRUMENT = an_instrument()


def test_a_pair_that_seldom_differs_this_much_is_named() -> None:
    good, bad = Observation(10, 0, 0, "E3"), Observation(0, 5, 0, "E3")
    found = {"VD1": good, "RF1": bad, "AI1": good}

    named = contradictions(INSTRUMENT, found, score(INSTRUMENT, found, 8).likely.indicators)

    assert named == ("VD1 is high and RF1 is low.",)


@pytest.mark.parametrize(("sound", "failing"), [((3, 2), (0, 5)), ((10, 0), (3, 2))])
def test_a_pair_that_differs_less_is_not(sound: tuple[int, int], failing: tuple[int, int]) -> None:
    found = {"VD1": Observation(*sound, 0, "E3"), "RF1": Observation(*failing, 0, "E3")}

    assert contradictions(INSTRUMENT, found, score(INSTRUMENT, found, 8).likely.indicators) == ()


@pytest.mark.parametrize(
    ("high", "low", "unverified", "named"),
    [
        (80.1, 29.9, 0, True),
        (80.0, 29.9, 0, False),
        (80.1, 30.0, 0, False),
        (80.5, 29.9, 0, True),
        (80.1, 30.2, 0, False),
        (80.1, 29.9, 2, True),
        (80.1, 29.9, 3, False),
    ],
)
def test_a_pair_differs_beyond_its_limits_and_rests_on_evidence(
    high: float, low: float, unverified: int, named: bool
) -> None:
    found = {"VD1": Observation(10, 0, 0, "E3"), "RF1": Observation(0, 4 - unverified, unverified, "E3")}
    likely = {"VD1": OwnEstimate(high, 5, 0.1), "RF1": OwnEstimate(low, 5, 0.9)}

    assert bool(contradictions(INSTRUMENT, found, likely)) is named


def test_missing_evidence_contradicts_nothing() -> None:
    found = {"VD1": Observation(10, 0, 0, "E3"), "RF1": Observation(0, 0, 5, "E2")}

    likely = score(INSTRUMENT, found, 8).likely.indicators

    assert likely["RF1"].mean < 30
    assert contradictions(INSTRUMENT, found, likely) == ()
