"""The figures: golden values of the method, the Beta, bands, gates, confidence, contradictions."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.instrument import GRADES, READINGS, Grade, Grid, Indicator, Instrument
from assessment.core.scoring import (
    Estimate,
    Observation,
    OwnEstimate,
    Scorecard,
    awarded_band,
    band_probabilities,
    beta_cdf,
    beta_match,
    beta_quantile,
    confidence,
    contradictions,
    exact_interval,
    exact_upper,
    gate,
    likelihood,
    most_likely_band,
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


# --- Beta -------------------------------------------------------------------------------------------


def test_a_beta_is_matched_as_published() -> None:
    a, b = beta_match(62, 7)

    assert (a, b) == pytest.approx((29.191, 17.891), abs=1e-3)
    assert beta_quantile(0.05, a, b) == pytest.approx(0.502, abs=5e-4)
    assert beta_quantile(0.95, a, b) == pytest.approx(0.732, abs=5e-4)
    assert band_probabilities(Estimate(62, 7, 0, 0), BANDS) == pytest.approx([0, 0.047, 0.952, 0], abs=5e-4)


SHAPES = st.floats(0.05, 900)


@search(200)
@given(a=SHAPES, b=SHAPES, p=st.floats(0.001, 0.999))
def test_a_quantile_is_where_the_distribution_reaches_it(a: float, b: float, p: float) -> None:
    x = beta_quantile(p, a, b)

    assert 0 <= x <= 1
    # Steep ends: one step of floating point in x can be more than 1e-8 in probability.
    assert beta_cdf(max(0, x - 1e-11), a, b) - 1e-8 <= p <= beta_cdf(min(1, x + 1e-11), a, b) + 1e-8


@search(100)
@given(a=st.integers(1, 60), b=st.integers(1, 60), x=st.floats(0, 1))
def test_a_beta_with_whole_parameters_is_a_sum_of_binomials(a: int, b: int, x: float) -> None:
    n = a + b - 1
    tail = sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))

    assert beta_cdf(x, a, b) == pytest.approx(tail, abs=1e-10)


def test_a_spread_wider_than_any_beta_is_taken_as_the_widest() -> None:
    a, b = beta_match(50, 60)

    assert (a, b) == pytest.approx((5e-7, 5e-7))
    assert beta_match(50, 40) == pytest.approx((0.28125, 0.28125))
    assert beta_quantile(0.05, a, b) <= beta_quantile(0.95, a, b)


@pytest.mark.parametrize(
    ("n", "limits"),
    [
        (5, (0.369, 0.584, 0.753)),
        (10, (0.206, 0.337, 0.450)),
        (25, (0.088, 0.147, 0.199)),
        (60, (0.038, 0.063, 0.086)),
    ],
)
def test_an_auditors_upper_limits_are_those_of_the_tables(n: int, limits: tuple[float, ...]) -> None:
    assert [exact_upper(count, n) for count in (0, 1, 2)] == pytest.approx(limits, abs=1e-3)


def test_exact_intervals_are_those_of_the_tables() -> None:
    assert exact_interval(7, 10) == pytest.approx((0.393, 0.913), abs=1e-3)
    assert exact_interval(9, 10) == pytest.approx((0.606, 0.995), abs=1e-3)
    assert exact_interval(0, 10)[0] == 0
    assert exact_interval(10, 10)[1] == exact_upper(10, 10) == 1


# --- bands ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mean", "band"), [(10, "N"), (30, "P"), (60, "L"), (95, "F")])
def test_the_most_likely_band_holds_most_of_the_probability(mean: float, band: str) -> None:
    found, probability = most_likely_band(Estimate(mean, 4, 0, 0), BANDS)

    assert found.id == band
    assert probability > 0.8


def test_a_band_is_awarded_only_when_its_cut_is_passed_with_nine_in_ten() -> None:
    at_the_cut = Estimate(50, 4, 0, 0)
    safely_above = Estimate(55.5, 4, 0, 0)

    assert awarded_band(at_the_cut, BANDS, 0.9).id == "P"
    assert awarded_band(safely_above, BANDS, 0.9).id == "L"
    assert awarded_band(safely_above, BANDS, 0.95).id == "P"


def test_a_band_is_awarded_at_its_very_cut_and_at_the_very_probability() -> None:
    a_little_above = Estimate(50.4, 0.5, 0, 0)
    sure = 1 - beta_cdf(0.5, *beta_match(50.4, 0.5))

    assert 0.7 < sure < 0.9
    assert awarded_band(a_little_above, BANDS, 0.9).id == "P"
    assert awarded_band(a_little_above, BANDS, sure).id == "L"


def test_where_no_band_is_reached_the_lowest_is_awarded() -> None:
    assert awarded_band(Estimate(5, 2, 0, 0), BANDS[1:], 0.9).id == "P"


# --- gates ------------------------------------------------------------------------------------------


def without(found: dict[str, Observation], *names: str) -> dict[str, Observation]:
    return {name: seen for name, seen in found.items() if name not in names}


def test_a_complete_full_form_prints_everything() -> None:
    passed = gate(INSTRUMENT, "full", all_sound("full"))

    assert passed.passed
    assert passed.likely
    assert len(passed.dimensions) == 9
    assert passed.reasons == passed.withheld == ()


def test_a_short_form_prints_no_dimension_and_says_so() -> None:
    passed = gate(INSTRUMENT, "quick", all_sound("quick"))

    assert passed.passed
    assert passed.dimensions == frozenset()
    assert "dimensions" in passed.withheld[0]


def test_each_layer_needs_six_tenths_of_its_indicators() -> None:
    found = all_sound("quick")

    one_missing = gate(INSTRUMENT, "quick", without(found, "LD1"))
    two_missing = gate(INSTRUMENT, "quick", without(found, "LD1", "DC3"))
    one_does_not_apply = gate(INSTRUMENT, "quick", without(found, "LD1", "VS2"), ["VS2"])

    assert one_missing.passed
    assert one_does_not_apply.passed
    assert two_missing.reasons == ("Layer HD: 2 of 4 indicators are answered; at least 60 % are needed.",)


def test_exactly_six_tenths_are_enough() -> None:
    # Ten indicators in the layer: six answered are six tenths, however 0.6 is stored.
    human = [name for name in design("full") if INSTRUMENT.layer_of[name].id == "HD"]
    assert len(human) == 11

    found = gate(INSTRUMENT, "full", without(all_sound("full"), *human[:4]), [human[10]])

    assert found.passed


def test_could_not_verify_counts_as_answered_but_half_of_it_is_too_much() -> None:
    marks = sum(design("quick").values())
    below, at_half = all_sound("quick"), all_sound("quick")
    for name, n in design("quick").items():
        below[name] = Observation(n - n // 2, 0, n // 2, "E3")
        at_half[name] = Observation(n // 2, 0, n - n // 2, "E3")

    exactly = all_unverified("quick") | {
        name: Observation(n, 0, n, "E2") for name, n in design("quick").items()
    }

    assert gate(INSTRUMENT, "quick", below).passed
    assert gate(INSTRUMENT, "quick", exactly).reasons == (
        "79 of 158 checks could not be verified; it must be fewer than 50 %.",
    )
    assert gate(INSTRUMENT, "quick", at_half).reasons[0].startswith("42 of 79" if marks == 79 else "?")


def test_likely_is_withheld_when_more_than_half_is_from_memory() -> None:
    half, more = all_sound("quick"), all_sound("quick")
    names = sorted(half)
    half |= {name: replace(half[name], grade="E1") for name in names[:6]}
    more |= {name: replace(more[name], grade="E1") for name in names[:7]}

    assert gate(INSTRUMENT, "quick", half).likely
    assert gate(INSTRUMENT, "quick", more).passed
    assert not gate(INSTRUMENT, "quick", more).likely
    assert "7 of 12 indicators are from memory" in " ".join(gate(INSTRUMENT, "quick", more).withheld)


def test_a_form_from_memory_prints_claimed_and_shown_only() -> None:
    found = gate(INSTRUMENT, "pre-scan", all_sound("pre-scan", "E1"))

    assert found.passed
    assert not found.likely
    assert found.dimensions == frozenset()
    assert found.withheld == (
        "The pre-scan form is answered from memory, so at most Claimed and Shown are printed, "
        "and no dimensions.",
    )


def test_a_dimension_needs_two_answered_indicators() -> None:
    found = gate(INSTRUMENT, "full", without(all_sound("full"), "LD2", "LD3"))
    two = gate(INSTRUMENT, "full", without(all_sound("full"), "LD3"))

    assert found.passed
    assert len(two.dimensions) == 9
    assert "LD" not in found.dimensions
    assert found.withheld == (
        "Fewer than 2 indicators are answered, so no figure is printed for: Dimension LD.",
    )


def test_every_thin_dimension_is_named() -> None:
    found = gate(INSTRUMENT, "full", without(all_sound("full"), "LD2", "LD3", "AI2", "AI3"))

    assert found.withheld[0].endswith("for: Dimension AI, Dimension LD.")


# --- confidence -------------------------------------------------------------------------------------


def reasons_of(found: dict[str, Observation], half_width: float = 5, **facts: object) -> tuple[str, ...]:
    given = {"undrawn": False, "second_observer": True, "age_days": 0, **facts}
    return confidence(CONSTANTS, Estimate(50, 3, 50 - half_width, 50 + half_width), found, **given).reasons


@pytest.mark.parametrize(
    ("half_width", "told"),
    [
        (12.04, ["12.04", "12"]),
        (12.1, ["12.1", "12"]),
        (12.000_3, ["12.0003", "12"]),
        (18, ["18", "12"]),
        (25.01, ["25.01", "25"]),
    ],
)
def test_no_reason_is_rounded_until_it_contradicts_itself(half_width: float, told: list[str]) -> None:
    [reason] = reasons_of(all_sound("full", "E4"), half_width)

    assert re.findall(r"\d+(?:\.\d+)?", reason) == told


def test_a_share_just_below_its_limit_is_not_told_as_the_limit() -> None:
    counted = 1999  # of 10,000, which is 19.99 %, where 20 % are wanted
    found = {f"{n}": Observation(1, 0, 0, "E4" if n < counted else "E3") for n in range(10_000)}

    [reason] = reasons_of(found, second_observer=False)

    assert re.findall(r"\d+(?:\.\d+)? %", reason) == ["19.99 %", "20 %"]


def graded(found: dict[str, Observation], half_width: float = 5, **facts: object) -> tuple[str, list[str]]:
    given = {"undrawn": False, "second_observer": True, "age_days": 0, **facts}
    likely = Estimate(50, 3, 50 - half_width, 50 + half_width)
    grading = confidence(CONSTANTS, likely, found, **given)
    return grading.grade, [" ".join(reason.split()[:2]) for reason in grading.reasons]


def test_confidence_starts_high() -> None:
    assert graded(all_sound("full")) == ("High", [])


@pytest.mark.parametrize(
    ("facts", "grade", "reason"),
    [
        ({"half_width": 12}, "High", None),
        ({"half_width": 12.1}, "Moderate", "width 12.1"),
        ({"half_width": 25.1}, "Low", "width 25.1"),
        ({"undrawn": True}, "Moderate", "not drawn"),
        ({"second_observer": False}, "Moderate", "independent 0"),
        ({"age_days": 60}, "High", None),
        ({"age_days": 61}, "Moderate", "stale 61"),
    ],
)
def test_each_weakness_lowers_confidence(facts: dict[str, object], grade: str, reason: str | None) -> None:
    assert graded(all_sound("full"), **facts) == (grade, [reason] if reason else [])


@pytest.mark.parametrize(("unverified", "grade"), [(3, "High"), (4, "Moderate"), (7, "Moderate"), (8, "Low")])
def test_what_could_not_be_verified_lowers_confidence(unverified: int, grade: str) -> None:
    found = {"VD1": Observation(20 - unverified, 0, unverified, "E4")}

    assert graded(found)[0] == grade


@pytest.mark.parametrize(("weak", "grade"), [(3, "High"), (4, "Moderate"), (6, "Moderate"), (7, "Low")])
def test_answers_from_reports_and_memory_lower_confidence(weak: int, grade: str) -> None:
    names = sorted(design("full"))[:10]
    grades: list[Grade] = ["E2", "E1"] * 5
    found = {name: Observation(2, 0, 0, grades[i] if i < weak else "E3") for i, name in enumerate(names)}

    assert graded(found)[0] == grade


def test_a_fifth_counted_from_an_export_is_an_independent_check() -> None:
    names = sorted(design("full"))[:10]
    found = {name: Observation(2, 0, 0, "E4" if i < 2 else "E3") for i, name in enumerate(names)}

    assert graded(found, second_observer=False)[0] == "High"
    assert graded(without(found, names[0]), second_observer=False)[0] == "Moderate"


def test_a_reason_names_the_figure_and_the_limit_that_it_passed() -> None:
    facts = {"undrawn": False, "second_observer": False, "age_days": 61}
    found = {"VD1": Observation(12, 0, 8, "E2")}

    reasons = confidence(CONSTANTS, Estimate(50, 3, 20, 80), found, **facts).reasons

    assert reasons == (
        "width 30 over 25",
        "unverified 40 % over 35 %",
        "weak grades 100 % over 60 %",
        "independent 0 % under 20 %",
        "stale 61 over 60",
    )


def test_the_width_of_a_reading_that_is_withheld_is_not_told() -> None:
    facts = {"undrawn": False, "second_observer": True, "age_days": 0, "prints_likely": False}

    grading = confidence(CONSTANTS, Estimate(50, 3, 20, 80), all_sound("full"), **facts)

    assert (grading.grade, grading.reasons) == ("Low", ("width over 25",))


def test_confidence_has_a_floor() -> None:
    grade, reasons = graded(all_unverified("full", "E1"), half_width=40, undrawn=True, second_observer=False)

    assert grade == "Very low"
    assert len(reasons) == 5


def test_the_typical_grades_are_the_published_ones() -> None:
    quick, full = (score(INSTRUMENT, mixed(form), 8).likely.composite for form in ("quick", "full"))
    alone = {"undrawn": False, "second_observer": False, "age_days": 0}
    assert quick
    assert full

    assert confidence(CONSTANTS, quick, mixed("quick"), **alone).grade == "Low"
    assert confidence(CONSTANTS, full, mixed("full"), **alone).grade in ("Moderate", "Low")


# --- contradictions ---------------------------------------------------------------------------------


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
