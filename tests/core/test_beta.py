"""The Beta distribution, against tables, sums of binomials and itself."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.beta import beta_cdf, beta_match, beta_quantile, exact_interval, exact_upper
from tests.scale import search


def test_a_beta_is_matched_as_published() -> None:
    a, b = beta_match(62, 7)

    assert (a, b) == pytest.approx((29.191, 17.891), abs=1e-3)
    assert beta_quantile(0.05, a, b) == pytest.approx(0.502, abs=5e-4)
    assert beta_quantile(0.95, a, b) == pytest.approx(0.732, abs=5e-4)


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
