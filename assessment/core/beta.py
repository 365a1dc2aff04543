"""The Beta distribution: matched to a score, its probabilities and quantiles, and exact limits of a rate."""

from __future__ import annotations

import math


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
