"""The formulas of the method once more, as they are printed, one after the other.

Two uses: tests compare the scorer with it, and the benchmark times the scorer beside it. Nothing is
tabulated or remembered, nothing shared with `assessment.core.scoring`; intervals are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log, sqrt
from typing import Any

from assessment.core.instrument import Instrument
from assessment.core.method import Reading
from assessment.core.scoring import Observation

Z = [-5 + i / 4 for i in range(41)]
MU = [-4.5 + i * 0.375 for i in range(25)]


def plain_score(
    instrument: Instrument, observations: Mapping[str, Observation], team_size: int, reading: Reading
) -> dict[str, tuple[float, float]]:
    """Return mean and standard deviation of the composite ("") and of each layer, one reading."""
    prior = instrument.constants.prior
    members: dict[str, list[str]] = {}
    for name in sorted(observations):
        members.setdefault(instrument.dimension_of[name].id, []).append(name)
    layers = {
        layer.id: [d.id for d in layer.dimensions if d.id in members]
        for layer in instrument.layers
        if any(d.id in members for d in layer.dimensions)
    }
    weights = {layer.id: layer.weight for layer in instrument.layers}

    def composite(scores: Mapping[str, float], only: str = "") -> float:
        power = instrument.constants.power
        values = {}
        for layer, dimensions in layers.items():
            values[layer] = (sum(scores[d] ** power for d in dimensions) / len(dimensions)) ** (1 / power)
        if only:
            return values[only]
        total = sum(weights[layer] for layer in values)
        return sum(weights[layer] / total * value**power for layer, value in values.items()) ** (1 / power)

    given_level = {
        dimension: [level(instrument, observations, team_size, reading, names, z) for z in MU]
        for dimension, names in members.items()
    }
    log_evidence, figures = [], []
    for mu in MU:
        evidence = log(normal(mu, 0, prior.team) / sum(normal(m, 0, prior.team) for m in MU))
        mean, variance = {}, {}
        for dimension, given in given_level.items():
            whole = sum(normal(z, mu, prior.dimension) for z in MU)
            joint = [
                normal(z, mu, prior.dimension) / whole * b for z, (b, _, _) in zip(MU, given, strict=True)
            ]
            total = sum(joint)
            evidence += log(total)
            mean[dimension] = sum(p * m for p, (_, m, _) in zip(joint, given, strict=True)) / total
            squares = sum(p * (v + m * m) for p, (_, m, v) in zip(joint, given, strict=True)) / total
            variance[dimension] = squares - mean[dimension] ** 2
        log_evidence.append(evidence)
        figures.append((mean, variance))
    top = max(log_evidence)
    posterior = [exp(each - top) for each in log_evidence]
    return {
        part: mixed(posterior, [carried(composite, part, *each) for each in figures])
        for part in ("", *layers)
    }


def carried(
    composite: Any, part: str, mean: Mapping[str, float], variance: Mapping[str, float]
) -> tuple[float, float]:
    """Return a score at the conditional means, and its variance by the numeric gradient."""
    here, step, total = composite(mean, part), 1e-3, 0.0
    for dimension in mean:
        slope = (composite({**mean, dimension: mean[dimension] + step}, part) - here) / step
        total += slope**2 * variance[dimension]
    return here, total


def mixed(weights: list[float], parts: list[tuple[float, float]]) -> tuple[float, float]:
    total = sum(weights)
    mean = sum(w * m for w, (m, _) in zip(weights, parts, strict=True)) / total
    squares = sum(w * (v + m * m) for w, (m, v) in zip(weights, parts, strict=True)) / total
    return mean, sqrt(max(0.0, squares - mean**2))


def level(
    instrument: Instrument,
    observations: Mapping[str, Observation],
    team_size: int,
    reading: Reading,
    names: list[str],
    z_d: float,
) -> tuple[float, float, float]:
    """Return the evidence of a dimension's answers for its level, and mean and variance of its score."""
    evidence, means, variances = 1.0, [], []
    sd = instrument.constants.prior.indicator
    whole = sum(normal(z, z_d, sd) for z in Z)
    for name in names:
        joint = []
        for z in Z:
            x = 1 / (1 + exp(-z))
            weight = normal(z, z_d, sd) / whole
            joint.append(
                (x, weight * likelihood(instrument, name, observations[name], team_size, reading, x))
            )
        total = sum(p for _, p in joint)
        mean = sum(x * p for x, p in joint) / total
        evidence *= total
        means.append(mean)
        variances.append(sum(x * x * p for x, p in joint) / total - mean**2)
    n = len(names)
    return evidence, 100 * sum(means) / n, 100**2 * sum(variances) / n**2


def likelihood(
    instrument: Instrument, name: str, seen: Observation, team_size: int, reading: Reading, x: float
) -> float:
    constants = instrument.constants
    floor, target = instrument.indicators[name].rates(team_size)
    theta = min(0.999, max(0.001, floor + (target - floor) * x))
    k, m, u = seen.sound, seen.failing, seen.unverified
    w = 1 / (1 + (k + m + u - 1) * getattr(constants.correlation, seen.grade))
    eps = getattr(getattr(constants.over_claim, reading), seen.grade)
    eta = getattr(getattr(constants.false_negative, reading), seen.grade)
    if reading == "shown":
        if seen.grade == "E1":
            k, u, eps = 0, k + u, 0.0
        p = eps + (1 - eps) * theta
        return exp(w * (k * log(p) + (m + u) * log(1 - p)))
    if seen.link_derived:
        eta = constants.false_negative.link_derived
    p = eps + (1 - eps) * (1 - eta) * theta
    kappa = getattr(constants.selection, reading)
    return exp(w * (k * log(p) + m * log(1 - p) + u * log(theta + kappa * (1 - theta))))


def normal(z: float, mean: float, sd: float) -> float:
    return exp(-((z - mean) ** 2) / (2 * sd**2))
