"""The figures: golden values of the method, and another implementation of it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.bands import awarded_band, most_likely_band
from assessment.core.constants import Grid
from assessment.core.instrument import Indicator, Instrument
from assessment.core.method import GRADES, READINGS
from assessment.core.scoring import (
    Observation,
    Scorecard,
    likelihood,
    power_mean,
    score,
)
from tests.builders import (
    all_failing,
    all_sound,
    all_unverified,
    an_instrument,
    design,
    mixed,
    worked_team,
)
from tests.plain_scoring import plain_score
from tests.scale import search

INSTRUMENT = an_instrument()
CONSTANTS = INSTRUMENT.constants
BANDS = CONSTANTS.bands


def composites(card: Scorecard) -> list[tuple[float, float]]:
    """Return mean and standard deviation of the composite: claimed, likely, shown."""
    parts = [each.composite for each in (card.claimed, card.likely, card.shown)]
    return [(each.mean, each.sd) for each in parts if each]


# --- golden values: computed by another implementation of the same specification -----------------------


@pytest.mark.parametrize(("x", "expected"), [(0.5, -2.3625), (0.25, -2.9073), (0.9, -2.0456)])
def test_the_likelihood_equals_the_one_worked_by_hand(x: float, expected: float) -> None:
    seen = Observation(8, 1, 1, "E3")

    given = likelihood(INSTRUMENT.indicators["VD1"], seen, "likely", CONSTANTS, team_size=8)

    assert given.weight == pytest.approx(0.6897, abs=1e-4)
    assert given.log_at(x) == pytest.approx(expected, abs=1e-4)


def test_a_power_mean_lies_between_the_geometric_and_the_arithmetic() -> None:
    assert power_mean([90, 90, 10], [1, 1, 1], 0.5) == pytest.approx(54.444, abs=1e-3)
    assert power_mean([80, 60, 40], [0.5, 0.3, 0.2], 0.5) == pytest.approx(64.977, abs=1e-3)
    assert power_mean([90, 90, 10], [1, 1, 1], 1) == pytest.approx(63.333, abs=1e-3)


def test_weights_are_rescaled_when_a_part_is_missing() -> None:
    assert power_mean([80, 60], [0.5, 0.3], 0.5) == power_mean([80, 60], [5, 3], 0.5)


@pytest.mark.parametrize(
    ("name", "seen", "mean", "p_low"),
    [
        ("VD1", Observation(8, 1, 1, "E3"), 66.318, 0.2796),
        ("VD1", Observation(10, 0, 0, "E4"), 86.896, None),
        ("VD1", Observation(10, 0, 0, "E1"), 60.343, None),
        ("RC1", Observation(1, 3, 0, "E3"), 25.250, 0.8586),
        ("DC1", Observation(2, 3, 0, "E3"), 38.056, 0.6606),
    ],
)
def test_an_indicator_is_estimated_from_its_own_evidence(
    name: str, seen: Observation, mean: float, p_low: float | None
) -> None:
    own = score(INSTRUMENT, {name: seen}, 8).likely.indicators[name]

    assert own.mean == pytest.approx(mean, abs=1e-3)
    assert p_low is None or own.p_low == pytest.approx(p_low, abs=1e-4)


def test_an_indicators_own_spread_and_chance_of_being_low_follow_from_its_posterior() -> None:
    seen = Observation(8, 1, 1, "E3")
    given = likelihood(INSTRUMENT.indicators["VD1"], seen, "likely", CONSTANTS, team_size=8)
    z = [-5 + i / 4 for i in range(41)]
    x = [1 / (1 + math.exp(-each)) for each in z]
    variance = 2.5**2 + 0.8**2 + 1.5**2
    weight = [math.exp(given.log_at(each) - at * at / (2 * variance)) for each, at in zip(x, z, strict=True)]
    total = sum(weight)
    mean = sum(w * each for w, each in zip(weight, x, strict=True)) / total
    squares = sum(w * each * each for w, each in zip(weight, x, strict=True)) / total

    own = score(INSTRUMENT, {"VD1": seen}, 8).likely.indicators["VD1"]

    assert own.mean == pytest.approx(100 * mean)
    assert own.sd == pytest.approx(100 * math.sqrt(squares - mean * mean))
    assert own.p_low == pytest.approx((sum(weight[:20]) + weight[20] / 2) / total)


def test_as_many_marks_as_an_export_can_hold_neither_overflow_nor_vanish() -> None:
    best = score(INSTRUMENT, {name: Observation(50, 0, 0, "E4") for name in design("full")}, 8)
    worst = score(INSTRUMENT, {name: Observation(0, 50, 0, "E4") for name in design("full")}, 8)

    assert composites(best)[1][0] > 97
    assert composites(worst)[1][0] < 4


GOLDEN = [
    (all_sound, "full", (95.5865, 1.1889), (95.4907, 1.2354), (95.3820, 1.2897)),
    (all_sound, "quick", (94.3557, 2.7379), (94.1914, 2.8692), (94.0001, 3.0249)),
    (all_failing, "full", (4.1593, 1.0727), (4.1593, 1.0727), (4.1117, 1.0516)),
    (all_unverified, "full", (50.0000, 27.4097), (5.0674, 1.5323), (4.1117, 1.0516)),
    (mixed, "full", (63.0851, 7.2796), (55.2459, 7.8126), (41.6666, 7.7694)),
    (mixed, "quick", (57.7975, 12.6512), (48.8702, 13.6188), (33.6805, 12.9857)),
]


@pytest.mark.parametrize(("profile", "form", "claimed", "likely", "shown"), GOLDEN)
def test_a_composite_equals_the_published_one(profile, form, claimed, likely, shown) -> None:
    card = score(INSTRUMENT, profile(form), 8)

    for found, expected in zip(composites(card), (claimed, likely, shown), strict=True):
        assert found == pytest.approx(expected, abs=1e-4)


def test_claiming_everything_from_memory_scores_as_a_claim_and_shows_nothing() -> None:
    card = score(INSTRUMENT, all_sound("full", "E1"), 8)

    assert [mean for mean, _ in composites(card)] == pytest.approx([94.0, 92.8, 5.6], abs=0.05)
    assert card.shown.composite
    assert awarded_band(card.shown.composite, BANDS, 0.9).id == "N"


def test_the_worked_team_reads_as_published() -> None:
    card = score(INSTRUMENT, worked_team(), 8)
    likely, shown = card.likely.composite, card.shown.composite
    assert likely
    assert shown

    assert [mean for mean, _ in composites(card)] == pytest.approx([45.0, 33.5, 19.5], abs=0.05)
    assert (likely.low, likely.high) == pytest.approx((20.9, 47.2), abs=0.05)
    assert (shown.low, shown.high) == pytest.approx((9.4, 31.7), abs=0.05)
    assert [card.likely.layers[name].mean for name in ("EI", "ED", "HD")] == pytest.approx(
        [34.8, 31.1, 33.9], abs=0.05
    )
    band, probability = most_likely_band(likely, BANDS)
    assert (band.id, round(probability, 2)) == ("P", 0.97)
    assert awarded_band(shown, BANDS, 0.9).id == "N"


def test_the_worked_teams_short_form_reads_as_published() -> None:
    subset = {name: seen for name, seen in worked_team().items() if name in design("quick")}

    likely = score(INSTRUMENT, subset, 8).likely.composite

    assert likely
    assert (likely.mean, likely.low, likely.high) == pytest.approx((25.6, 8.8, 46.8), abs=0.05)


def test_a_target_of_spread_grows_with_the_team() -> None:
    indicator = INSTRUMENT.indicators["LD1"]

    targets = {size: indicator.rates(size) for size in (3, 4, 5, 8, 20)}

    assert targets[3] == (0, pytest.approx(1 / 3))
    assert targets[4] == (0, 0.5)
    assert targets[5] == (0.3, pytest.approx(0.6))
    assert targets[8] == targets[20] == (0.3, 0.65)


@pytest.mark.parametrize(
    "spread", [{"ceiling": 1.0}, {"small_floor": 0.4}, {"small_team": 0, "ceiling": 0.7}]
)
def test_a_team_whose_target_does_not_rise_above_its_floor_is_refused(spread: dict[str, float]) -> None:
    """Else every answer of that team would say the same, or nothing."""
    data = INSTRUMENT.indicators["LD1"].model_dump()
    data["spread"] |= spread

    with pytest.raises(ValueError, match="is not below target"):
        Indicator.model_validate(data)


def test_links_that_are_missing_weigh_less_than_work_that_is_missing() -> None:
    seen = Observation(4, 6, 0, "E4")

    plain = score(INSTRUMENT, {"VD1": seen}, 8)
    linked = score(INSTRUMENT, {"VD1": replace(seen, link_derived=True)}, 8)

    assert linked.claimed.indicators["VD1"].mean > plain.claimed.indicators["VD1"].mean
    assert linked.likely.indicators["VD1"].mean > plain.likely.indicators["VD1"].mean
    assert linked.shown == plain.shown


def test_no_other_indicator_moves_an_indicators_own_figure() -> None:
    alone = score(INSTRUMENT, {"VD1": Observation(8, 1, 1, "E3")}, 8)
    among = score(INSTRUMENT, {**all_failing("full"), "VD1": Observation(8, 1, 1, "E3")}, 8)

    assert among.likely.indicators["VD1"] == alone.likely.indicators["VD1"]
    assert among.likely.dimensions["VD"].mean < alone.likely.dimensions["VD"].mean


def test_nothing_answered_gives_no_figure() -> None:
    card = score(INSTRUMENT, {}, 8)

    assert card.likely.composite is None
    assert card.likely.layers == card.likely.dimensions == card.likely.indicators == {}


def test_a_layer_without_answers_is_left_out() -> None:
    only = {name: seen for name, seen in all_sound("full").items() if INSTRUMENT.layer_of[name].id == "ED"}

    likely = score(INSTRUMENT, only, 8).likely

    assert likely.composite
    assert list(likely.layers) == ["ED"]
    assert likely.composite.mean == pytest.approx(likely.layers["ED"].mean)


def on_grids(**grids: Grid) -> Instrument:
    """Return the instrument with other grids, which need not reach as far down as up."""
    return INSTRUMENT.model_copy(update={"constants": CONSTANTS.model_copy(update=grids)})


def test_a_grid_may_end_in_the_middle() -> None:
    low = on_grids(indicator_grid=Grid(low=-5, high=0, step=0.25))
    high = on_grids(indicator_grid=Grid(low=0, high=5, step=0.25))

    assert score(low, all_sound("full"), 8).likely.indicators["VD1"].mean < 50
    assert score(high, all_failing("full"), 8).likely.indicators["VD1"].mean > 50


def test_where_a_team_is_not_known_it_is_taken_to_lie_where_the_grid_does() -> None:
    # Under Claimed an unverified mark says nothing, so only the prior speaks.
    low = on_grids(team_grid=Grid(low=-4.5, high=0, step=0.375))
    high = on_grids(team_grid=Grid(low=0, high=4.5, step=0.375))

    below, above = (score(each, all_unverified("full"), 8).claimed for each in (low, high))

    assert below.composite
    assert above.composite
    assert below.composite.mean < 40
    assert above.composite.mean > 60


# --- another implementation ---------------------------------------------------------------------------


def test_the_worked_teams_layers_follow_from_the_formulas_written_down_plainly() -> None:
    card = score(INSTRUMENT, worked_team(), 8)

    for reading in READINGS:
        figures, plain = card.reading(reading), plain_score(INSTRUMENT, worked_team(), 8, reading)
        assert figures.composite
        for estimate, expected in [
            (figures.composite, plain[""]),
            *((each, plain[layer]) for layer, each in figures.layers.items()),
        ]:
            assert (estimate.mean, estimate.sd) == pytest.approx(expected, abs=1e-6)


@search(12)
@given(st.data())
def test_the_scorer_agrees_with_the_formulas_written_down_plainly(data: st.DataObject) -> None:
    sizes = design("full")
    found = {}
    for name in data.draw(st.lists(st.sampled_from(sorted(sizes)), min_size=1, max_size=8, unique=True)):
        counts = [data.draw(st.integers(0, sizes[name])) for _ in range(3)]
        grade, linked = data.draw(st.sampled_from(GRADES)), data.draw(st.booleans())
        found[name] = Observation(counts[0] + 1, counts[1], counts[2], grade, linked)
    team_size = data.draw(st.sampled_from([3, 5, 8]))
    card = score(INSTRUMENT, found, team_size)

    for reading in READINGS:
        figures, plain = card.reading(reading), plain_score(INSTRUMENT, found, team_size, reading)
        assert figures.composite
        assert (figures.composite.mean, figures.composite.sd) == pytest.approx(plain[""], abs=1e-6)
        for layer, estimate in figures.layers.items():
            assert (estimate.mean, estimate.sd) == pytest.approx(plain[layer], abs=1e-6)
