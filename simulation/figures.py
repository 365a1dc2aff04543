"""Figures of many teams, each with the error that comes from simulating so many and no more."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TIMES_ERROR = 3.0  # how many standard errors apart two figures may be and still be called the same


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its standard error, from so many teams."""

    value: float
    error: float
    size: int

    def agrees(self, published: float, teams: int, digits: int) -> bool:
        """Is it within sampling error of a published figure from so many teams, rounded to `digits`?

        The published figure's own error is that of this one, for its number of teams.
        """
        combined = math.hypot(self.error, self.error * math.sqrt(self.size / teams))
        return abs(self.value - published) <= TIMES_ERROR * combined + 0.5 / math.pow(10, digits)


def mean(values: Iterable[float]) -> Figure:
    """Return the mean of two values or more."""
    given = list(values)
    return Figure(statistics.fmean(given), statistics.stdev(given) / math.sqrt(len(given)), len(given))


def share(holds: Iterable[bool]) -> Figure:
    """Return in how many of a hundred cases it holds; the error is that of Agresti and Coull, never 0."""
    given = list(holds)
    n, wider = len(given), (sum(given) + 2) / (len(given) + 4)
    return Figure(100 * sum(given) / n, 100 * math.sqrt(wider * (1 - wider) / (n + 4)), n)


def rank_correlation(a: Sequence[float], b: Sequence[float]) -> Figure:
    """Return Spearman's correlation; the error is that of Bonett and Wright."""
    r = statistics.correlation(_ranks(a), _ranks(b))
    return Figure(r, (1 - r * r) * math.sqrt((1 + r * r / 2) / len(a)), len(a))


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value, equal values sharing the mean of their ranks."""
    order = sorted(values)
    first = {value: i for i, value in reversed(list(enumerate(order)))}
    last = {value: i for i, value in enumerate(order)}
    return [(first[value] + last[value]) / 2 for value in values]


@dataclass(frozen=True, slots=True)
class Retest:
    """How much a score moves when another sample of the same team is looked at."""

    icc: Figure  # share of the variance that is between teams, one measurement each
    sem: Figure  # standard error of one measurement, in points
    mdc90: Figure  # the smallest change that is not chance, at 90 %


def retest(first: Sequence[float], second: Sequence[float]) -> Retest:
    """Return the agreement of two measurements of each team, by one-way analysis of variance."""
    n = len(first)
    squares = [(a - b) ** 2 / 2 for a, b in zip(first, second, strict=True)]
    within = mean(squares)
    between = 2 * statistics.variance([(a + b) / 2 for a, b in zip(first, second, strict=True)])
    icc = (between - within.value) / (between + within.value)
    sem = math.sqrt(within.value)
    error = within.error / (2 * sem)
    scale = statistics.NormalDist().inv_cdf(0.95) * math.sqrt(2)
    return Retest(
        icc=Figure(icc, (1 - icc * icc) / math.sqrt(n - 1), n),
        sem=Figure(sem, error, n),
        mdc90=Figure(scale * sem, scale * error, n),
    )
