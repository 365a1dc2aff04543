"""The generator: teams whose truth is known, and what an answerer would enter about them.

It shares nothing with the scorer but the instrument's data (which indicators there are, their floors and
targets, the error rates of a grade): its own draws, its own power mean. The same names give the same team
and the same answers on every machine, however the work is spread.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from assessment.core.instrument import Indicator, Instrument
from assessment.core.method import Grade
from assessment.core.scoring import Observation

TEAM_SIZE = 8
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class World:
    """How teams are, and how those who answer for them err.

    `team`, `dimension`, `indicator`: standard deviations of soundness on the logit scale, about `centre`.
    `respondent`: standard deviation of the logarithm of the over-claim, between respondents.
    `unverifiable`: how often a sound item cannot be verified; a failing one `selection` times as often,
    and `spread` is the standard deviation of the logarithm of that, between teams.
    `level`: the soundness of everything in every team, from 0 to 1, where teams do not differ at all.
    """

    centre: float = 0.2
    team: float = 0.9
    dimension: float = 0.7
    indicator: float = 0.9
    respondent: float = 0.5
    unverifiable: float = 0.05
    selection: float = 3.0
    spread: float = 0.0
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One indicator as it is asked: how many items, and how its evidence is obtained."""

    n: int
    grade: Grade


def chance(*name: object) -> random.Random:
    """Return a source of chance for a name: the same draws for the same name, other draws for another."""
    return random.Random("/".join(map(str, name)))  # noqa: S311 (made-up teams keep no secret)


def soundness(instrument: Instrument, world: World, draws: random.Random) -> dict[str, float]:
    """Return the true soundness of a team, from 0 to 1, for every indicator of the instrument."""
    if world.level is not None:
        return dict.fromkeys(instrument.indicators, world.level)
    level = draws.gauss(world.centre, world.team)
    truth = {}
    for layer in instrument.layers:
        for dimension in layer.dimensions:
            about = draws.gauss(level, world.dimension)
            for indicator in dimension.indicators:
                truth[indicator.id] = 1 / (1 + math.exp(-draws.gauss(about, world.indicator)))
    return truth


def answered(
    instrument: Instrument,
    world: World,
    truth: Mapping[str, float],
    asked: Mapping[str, Ask],
    draws: random.Random,
) -> dict[str, Observation]:
    """Return what one honest respondent enters for the indicators that are asked."""
    # The mean of exp(N(-s²/2, s)) is 1, so that respondents over-claim at the rate of the grade on average.
    eager = draws.lognormvariate(-(world.respondent**2) / 2, world.respondent)
    hidden = world.unverifiable * (draws.lognormvariate(0, world.spread) if world.spread else 1)
    errors, found = instrument.constants, {}
    for name, ask in asked.items():
        theta = rate(instrument.indicators[name], truth[name])
        found[name] = entered(
            opened(theta, getattr(errors.correlation, ask.grade), ask.n, draws),
            ask.grade,
            over_claim=min(1.0, getattr(errors.over_claim.likely, ask.grade) * eager),
            false_negative=getattr(errors.false_negative.likely, ask.grade),
            hidden=(min(hidden, 1 / world.selection), min(hidden * world.selection, 1.0)),
            draws=draws,
        )
    return found


def rate(indicator: Indicator, x: float) -> float:
    """Return how often an item is sound where the soundness is x, from 0 to 1."""
    floor, target = indicator.rates(TEAM_SIZE)
    return floor + (target - floor) * x


def opened(theta: float, correlation: float, n: int, draws: random.Random) -> list[bool]:
    """Return n items, each sound at the rate theta, alike in so far as they come from one sample.

    An item is sound where a normal variable that it half shares with the others lies below a threshold.
    Any two items correlate by `correlation` at a rate of one half, and by less towards 0 and 1.
    """
    if correlation == 0:
        return [draws.random() < theta for _ in range(n)]
    shared = math.sin(math.pi / 2 * correlation)  # Sheppard: so far must the normal variables correlate
    threshold = _NORMAL.inv_cdf(theta) - draws.gauss(0, math.sqrt(shared))
    own = math.sqrt(1 - shared)
    return [draws.gauss(0, own) < threshold for _ in range(n)]


def entered(
    items: Sequence[bool],
    grade: Grade,
    *,
    over_claim: float,
    false_negative: float,
    hidden: tuple[float, float],
    draws: random.Random,
) -> Observation:
    """Return what is entered for these items: some cannot be verified, some are entered wrongly.

    `hidden`: how often a sound and a failing item cannot be verified.
    """
    sound = failing = unverified = 0
    for is_sound in items:
        if draws.random() < hidden[not is_sound]:
            unverified += 1
        elif is_sound and draws.random() >= false_negative:
            sound += 1
        elif draws.random() < over_claim:
            sound += 1
        else:
            failing += 1
    return Observation(sound, failing, unverified, grade)


# --- the truth as figures -------------------------------------------------------------------------


def composite(
    instrument: Instrument,
    truth: Mapping[str, float],
    *,
    power: float | None = None,
    weights: Mapping[str, float] | None = None,
) -> float:
    """Return the true composite of a team, 0 to 100, over the indicators given."""
    return combined(instrument, dimensions(instrument, truth), power=power, weights=weights)


def dimensions(instrument: Instrument, truth: Mapping[str, float]) -> dict[str, float]:
    """Return the mean soundness of each dimension, 0 to 100, over the indicators given."""
    means = {}
    for layer in instrument.layers:
        for dimension in layer.dimensions:
            members = [truth[i.id] for i in dimension.indicators if i.id in truth]
            if members:
                means[dimension.id] = 100 * sum(members) / len(members)
    return means


def combined(
    instrument: Instrument,
    means: Mapping[str, float],
    *,
    power: float | None = None,
    weights: Mapping[str, float] | None = None,
) -> float:
    """Return the composite of dimension means by power means; `weights` are the layers' by id."""
    p = instrument.constants.power if power is None else power
    scores, shares = [], []
    for layer in instrument.layers:
        members = [means[d.id] for d in layer.dimensions if d.id in means]
        if members:
            scores.append(_power_mean(members, [1.0] * len(members), p))
            shares.append(layer.weight if weights is None else weights[layer.id])
    return _power_mean(scores, shares, p)


def _power_mean(values: Sequence[float], weights: Sequence[float], p: float) -> float:
    total = sum(weights)
    if p == 0:
        return math.exp(sum(w * math.log(v) for w, v in zip(weights, values, strict=True)) / total)
    powers = sum(w * math.pow(v, p) for w, v in zip(weights, values, strict=True))
    return math.pow(powers / total, 1 / p)
