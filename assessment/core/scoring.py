"""Observations in, a scorecard out: three readings of the same answers, each with its uncertainty.

In the order of docs/method.md: the likelihood of one indicator, pooling over the levels team, dimension
and indicator, aggregation by power means, intervals from a matched Beta. Everything is exact on small
grids: no random numbers, no iteration that could fail to converge, the same figures for the same answers.
What of them may be printed, `gates` say, and how far to trust them, `confidence`.

Scores are soundness from 0 to 100, higher is better; `x` is the same from 0 to 1, `z` its logit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from assessment.core.beta import beta_match, beta_quantile
from assessment.core.constants import Constants, Grid, Prior
from assessment.core.instrument import Indicator, Instrument, Layer
from assessment.core.method import READINGS, Grade, Reading

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


def unverified_of(observations: Mapping[str, Observation]) -> tuple[int, int]:
    """Return how many marks could not be verified, and how many marks there are."""
    seen = observations.values()
    return sum(each.unverified for each in seen), sum(each.n for each in seen)


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
