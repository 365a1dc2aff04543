"""A sample after replacements: always distinct positions of the list, and every step can be taken back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core import opening, sampling

STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=12)


def after(drawn: tuple[int, ...], population: int, steps: list[tuple[bool, int]]) -> list:
    """Return the log after replacing (True) or putting back (False) whatever each number points at."""
    log: list = []
    for replaces, number in steps:
        held = opening.sample(drawn, log)
        among = held.opened if replaces else held.replaced
        if not among:
            continue
        page = among[number % len(among)].page
        if replaces:
            log = opening.with_replaced(drawn, log, population, page, "stray", "")
        else:
            log = opening.with_returned(drawn, log, page)
    return log


@settings(max_examples=300, deadline=None, derandomize=True)
@given(spare=st.sampled_from([-2, 0, 1, 2, 3, 50]), n=st.integers(1, 10), steps=STEPS)
def test_what_is_opened_are_distinct_positions_of_the_list_none_of_which_was_replaced(
    spare: int, n: int, steps: list[tuple[bool, int]]
) -> None:
    """Turns red when a position that is taken is given, or none where there is one."""
    population = max(1, n + spare)
    drawn = sampling.positions(population, n, 0.5)

    log = after(drawn, population, steps)

    held = opening.sample(drawn, log)
    positions = [each.position for each in (*held.opened, *held.replaced)]
    assert len(set(positions)) == len(positions)
    assert all(1 <= position <= population for position in positions)
    # As many as there can be: a place falls away only while the list has no other.
    assert len(held.opened) == min(len(drawn), population - len(held.replaced))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(population=st.integers(1, 60), n=st.integers(1, 10), steps=STEPS)
def test_putting_everything_back_gives_the_drawn_sample(
    population: int, n: int, steps: list[tuple[bool, int]]
) -> None:
    """Turns red when `may_return` holds for what was replaced twice."""
    drawn = sampling.positions(population, n, 0.5)
    log = after(drawn, population, steps)

    while back := [each.page for each in opening.sample(drawn, log).replaced if each.may_return]:
        log = opening.with_returned(drawn, log, back[0])

    assert log == []
    assert tuple(each.position for each in opening.sample(drawn, log).opened) == drawn


def test_of_a_list_of_a_thousand_million_the_next_one_is_found_at_once() -> None:
    assert opening.following(10**9, {10**9, 1, 2}, 10**9) == 3


def test_what_is_not_open_cannot_be_replaced_and_what_is_open_cannot_return() -> None:
    drawn = (2, 5, 8)
    log = opening.with_replaced(drawn, [], 10, "2", "stray", "")

    assert opening.with_replaced(drawn, log, 10, "2", "stray", "") == log
    assert opening.with_replaced(drawn, log, 10, "9", "stray", "") == log
    assert opening.with_returned(drawn, log, "3") == log
