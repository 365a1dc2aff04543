"""Observations in, a scorecard out: three readings of the same answers, each with its uncertainty.

In the order of docs/method.md: the likelihood of one indicator, pooling over the levels team, dimension
and indicator, aggregation by power means, intervals from a matched Beta, then the gates, the bands and
the confidence that say what of it may be printed. Everything is exact on small grids: no random numbers,
no iteration that could fail to converge, the same figures for the same answers.

Scores are soundness from 0 to 100, higher is better; `x` is the same from 0 to 1, `z` its logit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from assessment.core.instrument import (
    READINGS,
    Band,
    Constants,
    Downgrade,
    Grade,
    Grid,
    Indicator,
    Instrument,
    Layer,
    Prior,
    Reading,
)

Words = Callable[[float, int], str]  # a figure as a reader sees it, with so many decimals at most


# --- what goes in and comes out -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Observation:
    """What was found for one indicator: marks that were sound, failing, or could not be verified."""

    sound: int
    failing: int
    unverified: int
    grade: Grade
    link_derived: bool = False

    @property
    def n(self) -> int:
        """How many marks there are, at least 1 in a document that was read."""
        return self.sound + self.failing + self.unverified


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score with its standard deviation and its interval, all from 0 to 100."""

    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OwnEstimate:
    """What one indicator's own evidence says; `p_low` is the probability that it is low, from 0 to 1."""

    mean: float
    sd: float
    p_low: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One reading. Layers, dimensions and indicators without any answer are not in it.

    `composite` is None when nothing was answered at all.
    """

    composite: Estimate | None
    layers: Mapping[str, Estimate]
    dimensions: Mapping[str, Estimate]
    indicators: Mapping[str, OwnEstimate]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The three readings of the same observations, before any gate."""

    claimed: Figures
    likely: Figures
    shown: Figures

    def reading(self, name: Reading) -> Figures:
        """Return one reading by its name."""
        return {"claimed": self.claimed, "likely": self.likely, "shown": self.shown}[name]


def score(instrument: Instrument, observations: Mapping[str, Observation], team_size: int) -> Scorecard:
    """Return the three readings of these observations; an indicator that is not in them is left out.

    The order of `observations` does not matter, to the last bit.
    Raises KeyError for an indicator that the instrument lacks.
    Source: docs/method.md, "From marks to three readings".
    """
    return Scorecard(*(_read(instrument, observations, team_size, reading) for reading in READINGS))


# --- the likelihood of one indicator --------------------------------------------------------------


class Likelihood(NamedTuple):
    """What a soundness x makes of the marks of one indicator, under one reading.

    `sound`, `failing`, `unverified` are marks; `weight` discounts them for being alike; `floor` and
    `target` are rates; `over_claim` and `false_negative` are the shares of failing marks reported sound
    and of sound marks reported failing. `selection` is how many times likelier a failing mark is to be
    unverifiable; None: what is unverified counts as failing.
    """

    sound: int
    failing: int
    unverified: int
    weight: float
    floor: float
    target: float
    clip: tuple[float, float]
    over_claim: float
    false_negative: float
    selection: float | None

    def log_at(self, x: float) -> float:
        """Return the log likelihood at soundness x, from 0 to 1, up to a constant."""
        low, high = self.clip
        theta = min(high, max(low, self.floor + (self.target - self.floor) * x))
        p = self.over_claim + (1 - self.over_claim) * (1 - self.false_negative) * theta
        missing = 1 - p if self.selection is None else theta + self.selection * (1 - theta)
        return self.weight * (
            self.sound * math.log(p) + self.failing * math.log(1 - p) + self.unverified * math.log(missing)
        )


def likelihood(
    indicator: Indicator, seen: Observation, reading: Reading, constants: Constants, team_size: int
) -> Likelihood:
    """Return the likelihood of one observation under one reading."""
    floor, target = indicator.rates(team_size)
    weight = 1 / (1 + (seen.n - 1) * _by_grade(constants.correlation, seen.grade))
    eps = _by_grade(getattr(constants.over_claim, reading), seen.grade)
    eta = _by_grade(getattr(constants.false_negative, reading), seen.grade)
    if reading == "shown":
        selection = None
        sound, unverified = seen.sound, seen.unverified
        if seen.grade == "E1":
            # Recall is not shown. The over-claim then only scales the likelihood: leave it out.
            sound, unverified, eps = 0, seen.sound + seen.unverified, 0.0
    else:
        selection = getattr(constants.selection, reading)
        sound, unverified = seen.sound, seen.unverified
        eta = constants.false_negative.link_derived if seen.link_derived else eta
    return Likelihood(
        sound, seen.failing, unverified, weight, floor, target, constants.clip, eps, eta, selection
    )


def _by_grade(table: object, grade: Grade) -> float:
    value: float = getattr(table, grade)
    return value


# --- pooling --------------------------------------------------------------------------------------

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """The grids and the discrete model on them: every row is normalised, so the rows are the model."""

    x: Row  # soundness at the points of the indicator grid
    x_squared: Row
    team: Row  # P(mu)
    dimension: tuple[Row, ...]  # P(z_d | mu), a row for each mu
    indicator: tuple[Row, ...]  # P(z_i | z_d), a row for each z_d
    own: Row  # P(z_i) of an indicator on its own


@lru_cache(maxsize=16)
def _tables(prior: Prior, indicator_grid: Grid, team_grid: Grid) -> _Tables:
    z, mu = indicator_grid.points(), team_grid.points()
    x = tuple(1 / (1 + math.exp(-point)) for point in z)
    alone = math.sqrt(prior.team**2 + prior.dimension**2 + prior.indicator**2)
    return _Tables(
        x=x,
        x_squared=tuple(map(mul, x, x)),
        team=_normal(mu, 0.0, prior.team),
        dimension=tuple(_normal(mu, centre, prior.dimension) for centre in mu),
        indicator=tuple(_normal(z, centre, prior.indicator) for centre in mu),
        own=_normal(z, 0.0, alone),
    )


def _normal(points: Row, centre: float, sd: float) -> Row:
    return _normalised([math.exp(-((point - centre) ** 2) / (2 * sd**2)) for point in points])


def _normalised(weights: Sequence[float]) -> Row:
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def _dot(a: Iterable[float], b: Iterable[float]) -> float:
    return sum(map(mul, a, b), 0.0)


def _from_logs(logs: Sequence[float]) -> list[float]:
    """Return exp(log - max): products in logs neither overflow nor vanish all at once."""
    top = max(logs)
    return [math.exp(log - top) for log in logs]


# Most questions about a change ask again about the indicators that did not change.
@lru_cache(maxsize=4096)
def _at_points(given: Likelihood, tables: _Tables) -> Row:
    return tuple(_from_logs([given.log_at(x) for x in tables.x]))


@lru_cache(maxsize=4096)
def _given_dimension(given: Likelihood, tables: _Tables) -> tuple[Row, Row, Row]:
    """Return, for each z_d, the log evidence of an indicator, and the mean and variance of its x."""
    at = _at_points(given, tables)
    first, second = tuple(map(mul, at, tables.x)), tuple(map(mul, at, tables.x_squared))
    logs, means, variances = [], [], []
    for row in tables.indicator:
        evidence = _dot(row, at)
        mean = _dot(row, first) / evidence
        logs.append(math.log(evidence))
        means.append(mean)
        variances.append(max(0.0, _dot(row, second) / evidence - mean * mean))
    return tuple(logs), tuple(means), tuple(variances)


@lru_cache(maxsize=4096)
def _own(given: Likelihood, tables: _Tables, low_below: float) -> OwnEstimate:
    """Return what an indicator's own evidence says, so that no other indicator moves it."""
    posterior = _normalised(list(map(mul, tables.own, _at_points(given, tables))))
    mean = _dot(posterior, tables.x)
    variance = sum(p * (x - mean) ** 2 for p, x in zip(posterior, tables.x, strict=True))
    # The grid has a point at the limit itself: half of it lies on either side.
    p_low = sum(
        p if x < low_below - 1e-9 else p / 2
        for p, x in zip(posterior, tables.x, strict=True)
        if x <= low_below + 1e-9
    )
    return OwnEstimate(100 * mean, 100 * math.sqrt(variance), p_low)


class _Level(NamedTuple):
    """A dimension, for each mu: the log evidence for that mu, the mean and the variance of its score."""

    logs: Row
    means: Row
    variances: Row


def _dimension(given: Sequence[Likelihood], tables: _Tables) -> _Level:
    """Return a dimension given the team's level, from its answered indicators (one or more)."""
    parts = [_given_dimension(each, tables) for each in given]
    n = len(parts)
    evidence = _from_logs([sum(column) for column in zip(*(logs for logs, _, _ in parts), strict=True)])
    means = [100 * sum(column) / n for column in zip(*(means for _, means, _ in parts), strict=True)]
    variances = [
        100**2 * sum(column) / n**2 for column in zip(*(variances for _, _, variances in parts), strict=True)
    ]
    mixed = [_mixed(list(map(mul, row, evidence)), means, variances) for row in tables.dimension]
    logs, centres, spreads = zip(*mixed, strict=True)
    return _Level(tuple(map(math.log, logs)), centres, spreads)


def _mixed(
    weights: Sequence[float], means: Sequence[float], variances: Sequence[float]
) -> tuple[float, float, float]:
    """Return the sum of the weights, and mean and variance of the mixture by total variance."""
    total = sum(weights)
    mean = _dot(weights, means) / total
    # The variance of the means about their own mean: a difference of squares would lose digits.
    spread = sum(w * (v + (m - mean) ** 2) for w, m, v in zip(weights, means, variances, strict=True))
    return total, mean, spread / total


# --- aggregation ----------------------------------------------------------------------------------


def power_mean(values: Sequence[float], weights: Sequence[float], power: float) -> float:
    """Return the weighted power mean; the weights are rescaled to sum to 1.

    >>> round(power_mean([90, 90, 10], [1, 1, 1], 0.5), 3)
    54.444
    """
    return float((_dot(weights, (value**power for value in values)) / sum(weights)) ** (1 / power))


def _read(
    instrument: Instrument, observations: Mapping[str, Observation], team_size: int, reading: Reading
) -> Figures:
    constants = instrument.constants
    tables = _tables(constants.prior, constants.indicator_grid, constants.team_grid)
    # Sorted, because floating-point sums depend on their order.
    given = {
        name: likelihood(instrument.indicators[name], observations[name], reading, constants, team_size)
        for name in sorted(observations)
    }
    own = {name: _own(each, tables, constants.patterns.low_below) for name, each in given.items()}
    levels = {
        dimension.id: _dimension(members, tables)
        for layer in instrument.layers
        for dimension in sorted(layer.dimensions, key=lambda each: each.id)
        if (members := [given[name] for name in sorted(i.id for i in dimension.indicators) if name in given])
    }
    if not levels:
        return Figures(None, {}, {}, own)
    logs = [sum(column) for column in zip(*(levels[name].logs for name in sorted(levels)), strict=True)]
    mu = list(map(mul, tables.team, _from_logs(logs)))
    layers = [layer for layer in instrument.layers if any(d.id in levels for d in layer.dimensions)]
    aggregates = _aggregates(layers, levels, constants)
    return Figures(
        composite=_estimate(mu, aggregates.composite, constants.interval),
        layers={
            layer.id: _estimate(mu, at_mu, constants.interval)
            for layer, at_mu in zip(layers, aggregates.layers, strict=True)
        },
        dimensions={
            name: _estimate(mu, list(zip(level.means, level.variances, strict=True)), constants.interval)
            for name, level in levels.items()
        },
        indicators=own,
    )


class _Aggregates(NamedTuple):
    """Composite and layers, for each mu: mean and variance."""

    composite: list[tuple[float, float]]
    layers: list[list[tuple[float, float]]]


def _aggregates(layers: Sequence[Layer], levels: Mapping[str, _Level], constants: Constants) -> _Aggregates:
    weights = [layer.weight for layer in layers]
    answered = [
        [d.id for d in sorted(layer.dimensions, key=lambda d: d.id) if d.id in levels] for layer in layers
    ]
    composite, by_layer = [], []
    for i in range(len(next(iter(levels.values())).means)):
        means = [[levels[name].means[i] for name in names] for names in answered]
        variances = [[levels[name].variances[i] for name in names] for names in answered]
        composite_at, layers_at = _at_level(means, variances, weights, constants)
        composite.append(composite_at)
        by_layer.append(layers_at)
    return _Aggregates(composite, [list(column) for column in zip(*by_layer, strict=True)])


def _at_level(
    means: list[list[float]], variances: list[list[float]], weights: list[float], constants: Constants
) -> tuple[tuple[float, float], list[tuple[float, float]]]:
    """Return mean and variance of the composite and of each layer, at the conditional means of one mu.

    The variance is carried by the numeric gradient: how far the result moves when one dimension does.
    """
    power, step = constants.power, constants.gradient_step
    scores = [_equal_mean(group, power) for group in means]
    composite = power_mean(scores, weights, power)
    composite_variance = 0.0
    layers = []
    for place, group in enumerate(means):
        layer_variance = 0.0
        for d, variance in enumerate(variances[place]):
            moved = _equal_mean([*group[:d], group[d] + step, *group[d + 1 :]], power)
            result = power_mean([*scores[:place], moved, *scores[place + 1 :]], weights, power)
            layer_variance += ((moved - scores[place]) / step) ** 2 * variance
            composite_variance += ((result - composite) / step) ** 2 * variance
        layers.append((scores[place], layer_variance))
    return (composite, composite_variance), layers


def _equal_mean(values: Sequence[float], power: float) -> float:
    return power_mean(values, [1.0] * len(values), power)


def _estimate(mu: Sequence[float], at_mu: Sequence[tuple[float, float]], interval: float) -> Estimate:
    """Mix a score over the levels of the team and give it the interval of the matched Beta."""
    means, variances = zip(*at_mu, strict=True)
    _, mean, variance = _mixed(mu, means, variances)
    sd = math.sqrt(variance)
    a, b = beta_match(mean, sd)
    tail = (1 - interval) / 2
    return Estimate(mean, sd, 100 * beta_quantile(tail, a, b), 100 * beta_quantile(1 - tail, a, b))


# --- Beta -----------------------------------------------------------------------------------------


def beta_match(mean: float, sd: float) -> tuple[float, float]:
    """Return the parameters of the Beta with this mean and standard deviation (on 0 to 100).

    >>> [round(parameter, 3) for parameter in beta_match(62, 7)]
    [29.191, 17.891]
    """
    m, v = mean / 100, (sd / 100) ** 2
    # A Beta cannot be wider than two points at its ends; a hair's breadth inside is as wide as it gets.
    c = max(m * (1 - m) / v - 1, 1e-6)
    return m * c, (1 - m) * c


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return P(X <= x) of a Beta: the regularised incomplete beta function, by continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)  # the fraction converges fast on this side only
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(scale) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta by Lentz's method.

    Source: DLMF 8.17.22, the value of which is 1 / (1 + d1 / (1 + d2 / ...)); here its inverse.
    """
    tiny = 1e-300
    value, c, d = 1.0, 1.0, 0.0
    for k in range(1, 100_000):
        m = k // 2
        if k % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + term * d or tiny)
        c = 1 + term / c or tiny
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the x with P(X <= x) = p, to 1e-12, by bisection.

    Newton's step is taken where it stays inside the bracket: the same point, found in a fifth of the steps.
    """
    low, high = 0.0, 1.0
    x = a / (a + b)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    for _ in range(200):
        excess = beta_cdf(x, a, b) - p
        low, high = (low, x) if excess > 0 else (x, high)
        density = math.exp(scale + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x)) if 0 < x < 1 else 0.0
        step = x - excess / density if density > 0 else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - x) < 1e-12 or high - low < 1e-12:
            return following
        x = following
    return x


def exact_interval(count: int, n: int, level: float = 0.90) -> tuple[float, float]:
    """Return the two-sided Clopper-Pearson interval of a rate, `count` of `n`, from 0 to 1.

    >>> [round(limit, 3) for limit in exact_interval(7, 10)]
    [0.393, 0.913]
    """
    tail = (1 - level) / 2
    low = beta_quantile(tail, count, n - count + 1) if count else 0.0
    high = beta_quantile(1 - tail, count + 1, n - count) if count < n else 1.0
    return low, high


def exact_upper(count: int, n: int, level: float = 0.90) -> float:
    """Return the one-sided upper Clopper-Pearson limit of a rate, `count` of `n`, from 0 to 1.

    None failing of ten still allows a true rate of a fifth:

    >>> round(exact_upper(0, 10), 3)
    0.206
    """
    return beta_quantile(level, count + 1, n - count) if count < n else 1.0


# --- bands ----------------------------------------------------------------------------------------


def band_probabilities(estimate: Estimate, bands: Sequence[Band]) -> tuple[float, ...]:
    """Return the probability of each band, lowest first; they sum to 1."""
    a, b = beta_match(estimate.mean, estimate.sd)
    edges = [beta_cdf(band.above / 100, a, b) for band in bands[1:]]
    return tuple(high - low for low, high in zip([0.0, *edges], [*edges, 1.0], strict=True))


def most_likely_band(likely: Estimate, bands: Sequence[Band]) -> tuple[Band, float]:
    """Return the likeliest band of the Likely composite, with its probability."""
    probabilities = band_probabilities(likely, bands)
    best = max(range(len(bands)), key=probabilities.__getitem__)
    return bands[best], probabilities[best]


def awarded_band(shown: Estimate, bands: Sequence[Band], probability: float) -> Band:
    """Return the highest band whose lower cut the Shown composite exceeds this probably."""
    a, b = beta_match(shown.mean, shown.sd)
    reached = [band for band in bands if 1 - beta_cdf(band.above / 100, a, b) >= probability]
    return reached[-1] if reached else bands[0]


# --- gates ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gate:
    """What of a scorecard may be printed.

    `passed`: the composite and the layers; if not, `reasons` say why. `likely`: that reading at all.
    `dimensions`: those whose figures may be printed. `withheld` says why the rest of it may not.
    """

    passed: bool
    likely: bool
    dimensions: frozenset[str]
    reasons: tuple[str, ...]
    withheld: tuple[str, ...]


def gate(
    instrument: Instrument,
    form_id: str,
    observations: Mapping[str, Observation],
    not_applicable: Iterable[str] = (),
) -> Gate:
    """Return what may be printed of these observations, with a sentence for each thing that may not.

    Source: docs/method.md, "Gates". Raises KeyError when the instrument has no such form.
    """
    form = instrument.form(form_id)
    reasons = (*_unanswered(instrument, form_id, observations, set(not_applicable)),)
    reasons += (*_mostly_unverified(instrument.constants, observations),)
    withheld = []
    recalled = sum(seen.grade == "E1" for seen in observations.values())
    likely = not form.from_memory and recalled <= instrument.constants.gates.recalled_share * len(
        observations
    )
    if form.from_memory:
        withheld.append(
            f"The {form.name} is answered from memory, so at most Claimed and Shown are printed, "
            "and no dimensions."
        )
    elif not likely:
        withheld.append(
            f"{recalled} of {len(observations)} indicators are from memory, so Likely is withheld."
        )
    dimensions: frozenset[str] = frozenset()
    if not form.prints_dimensions and not form.from_memory:
        withheld.append(f"The {form.name} is too short to print figures for dimensions.")
    elif form.prints_dimensions and not reasons:
        dimensions, thin = _thick_dimensions(instrument, form_id, observations)
        withheld += thin
    return Gate(not reasons, likely, dimensions, reasons, tuple(withheld))


def _unanswered(
    instrument: Instrument, form_id: str, observations: Mapping[str, Observation], left_out: set[str]
) -> Iterable[str]:
    share = instrument.constants.gates.answered_share
    asked = [name for name in instrument.asked(form_id) if name not in left_out]
    for layer in instrument.layers:
        members = [name for name in asked if instrument.layer_of[name].id == layer.id]
        answered = sum(name in observations for name in members)
        # A hair's breadth less, so that 60 % of 5 is 3 in floating point too.
        if answered < share * len(members) - 1e-9:
            yield (
                f"{layer.name}: {answered} of {len(members)} indicators are answered; "
                f"at least {percent(share)} are needed."
            )


def _mostly_unverified(constants: Constants, observations: Mapping[str, Observation]) -> Iterable[str]:
    unverified, marks = unverified_of(observations)
    if marks and unverified >= constants.gates.unverified_share * marks:
        limit = percent(constants.gates.unverified_share)
        yield f"{unverified} of {marks} checks could not be verified; it must be fewer than {limit}."


def _thick_dimensions(
    instrument: Instrument, form_id: str, observations: Mapping[str, Observation]
) -> tuple[frozenset[str], list[str]]:
    """Return the dimensions with enough answers to print, and a sentence about the others."""
    need = instrument.constants.gates.dimension_indicators
    asked = {instrument.dimension_of[name].id for name in instrument.asked(form_id)}
    answered = [instrument.dimension_of[name].id for name in observations]
    thick = frozenset(name for name in asked if answered.count(name) >= need)
    names = {each.id: each.name for layer in instrument.layers for each in layer.dimensions}
    thin = ", ".join(name for each, name in names.items() if each in asked - thick)
    return thick, [
        f"Fewer than {need} indicators are answered, so no figure is printed for: {thin}."
    ] if thin else []


def unverified_of(observations: Mapping[str, Observation]) -> tuple[int, int]:
    """Return how many marks could not be verified, and how many marks there are."""
    seen = observations.values()
    return sum(each.unverified for each in seen), sum(each.n for each in seen)


# --- confidence -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grading:
    """How far a result can be trusted, and each reason that lowered it."""

    grade: str
    reasons: tuple[str, ...]


def confidence(
    constants: Constants,
    likely: Estimate,
    observations: Mapping[str, Observation],
    *,
    undrawn: bool,
    second_observer: bool,
    age_days: int,
    prints_likely: bool = True,
) -> Grading:
    """Return the confidence in a result: from the best level, down one or two for each reason.

    `undrawn`: some sample of a larger population was not drawn by the site. `age_days` lie between the
    end of the window and the day of finishing. Where Likely is not printed, no reason gives its width away.
    Source: docs/method.md, "Confidence".
    """
    policy = constants.confidence
    n = len(observations)
    unverified, marks = unverified_of(observations)
    weak = sum(seen.grade in ("E1", "E2") for seen in observations.values()) / n
    counted = 1.0 if second_observer else sum(seen.grade == "E4" for seen in observations.values()) / n
    width = policy.half_width
    if not prints_likely:
        width = width.model_copy(update={"reason": width.withheld})
    found = [
        _above(width, (likely.high - likely.low) / 2, points),
        _above(policy.unverified, unverified / marks, percent),
        _above(policy.weak_grades, weak, percent),
        (1, policy.undrawn) if undrawn else (0, ""),
        _below(policy.independent, counted),
        _above(policy.stale_days, age_days, points),
    ]
    down = sum(levels for levels, _ in found)
    grade = policy.levels[min(down, len(policy.levels) - 1)]
    return Grading(grade, tuple(reason for levels, reason in found if levels))


def _above(limit: Downgrade, value: float, words: Words) -> tuple[int, str]:
    if limit.twice is not None and value > limit.twice:
        return 2, _reason(limit, value, limit.twice, words)
    if value > limit.once:
        return 1, _reason(limit, value, limit.once, words)
    return 0, ""


def _below(limit: Downgrade, share: float) -> tuple[int, str]:
    if share >= limit.once:
        return 0, ""
    return 1, _reason(limit, share, limit.once, percent)


def _reason(limit: Downgrade, value: float, passed: float, words: Words) -> str:
    """Return why confidence is lowered, with as many decimals as tell the value from the limit it passed.

    15.04 % is not "15 %; more than 15 %".
    """
    told = next((d for d in range(1, 6) if words(value, d) != words(passed, d)), 6)
    return limit.reason.format(value=words(value, told), limit=words(passed, told))


def percent(share: float, decimals: int = 1) -> str:
    """Return a share as a reader sees it.

    >>> percent(0.15), percent(0.1541), percent(0.1504, 2)
    ('15 %', '15.4 %', '15.04 %')
    """
    return f"{points(100 * share, decimals)} %"


def points(value: float, decimals: int = 1) -> str:
    """Return a figure with so many decimals at most, and none when it is whole.

    >>> points(12), points(20.04), points(3.26), points(20.04, 2)
    ('12', '20', '3.3', '20.04')
    """
    return f"{value:.{decimals}f}".rstrip("0").removesuffix(".")


# --- consistency ----------------------------------------------------------------------------------


def contradictions(
    instrument: Instrument, found: Mapping[str, Observation], likely: Mapping[str, OwnEstimate]
) -> tuple[str, ...]:
    """Return a sentence for each pair of indicators that seldom differ this much.

    A low score that is mostly missing evidence contradicts nothing: it is passed over.
    """
    limits = instrument.constants.consistency
    most = instrument.constants.patterns.unverified_share
    return tuple(
        pair.sentence
        for pair in limits.pairs
        if pair.high in likely
        and pair.low in likely
        and likely[pair.high].mean > 100 * limits.high_above
        and likely[pair.low].mean < 100 * limits.low_below
        and found[pair.low].unverified <= most * found[pair.low].n
    )
