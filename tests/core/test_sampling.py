"""Samples: inside the list, spread over it, the same for the same key, and not to be foreseen without it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.sampling import offset, positions

STARTS = st.integers(0, 999_999).map(lambda millionths: millionths / 1_000_000)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(population=st.integers(0, 10**9), n=st.integers(1, 50), start=STARTS)
def test_positions_lie_in_the_list_rise_and_are_as_many_as_there_can_be(
    population: int, n: int, start: float
) -> None:
    drawn = positions(population, n, start)

    assert len(drawn) == min(n, population)
    assert list(drawn) == sorted(set(drawn))
    assert all(1 <= position <= population for position in drawn)


def test_positions_follow_the_published_rule() -> None:
    drawn = positions(137, 10, 0.41)

    assert drawn == tuple(math.floor((i + 0.41) * 137 / 10) + 1 for i in range(10))


def test_every_item_of_a_list_can_be_drawn_and_equally_often() -> None:
    starts = [i / 1000 for i in range(1000)]

    seen = [position for start in starts for position in positions(20, 5, start)]

    assert {seen.count(position) for position in range(1, 21)} == {250}


@pytest.mark.parametrize(
    ("population", "n", "start"), [(-1, 5, 0.5), (10, 0, 0.5), (10, 5, 1.0), (10, 5, -0.1)]
)
def test_an_impossible_draw_is_refused(population: int, n: int, start: float) -> None:
    with pytest.raises(ValueError, match="cannot draw"):
        positions(population, n, start)


def test_a_start_is_the_same_again_and_another_for_another_draw_frame_assessment_or_key() -> None:
    first = offset(b"key", "a1", "F1")
    others = [
        offset(b"key", "a1", "F1", draw=2),
        offset(b"key", "a1", "F2"),
        offset(b"key", "a2", "F1"),
        offset(b"other", "a1", "F1"),
        offset(b"key", "a", "1F1"),
    ]

    assert offset(b"key", "a1", "F1") == first
    assert len({first, *others}) == 6


def test_a_start_can_be_printed_whole_with_six_decimals() -> None:
    starts = [offset(b"key", str(i), "F1") for i in range(500)]

    assert all(0 <= start < 1 and start == round(start, 6) for start in starts)
    assert 0.4 < sum(starts) / len(starts) < 0.6
