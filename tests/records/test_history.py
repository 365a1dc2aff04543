"""What the steps of an item tell together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assessment.records.history import History, history_of
from assessment.records.work import Stage, Step

STAGES: dict[str, Stage] = {
    "N": "to-do",
    "P": "in-progress",
    "W": "waiting-for-decision",
    "D": "done",
    "C": "done",
    "X": "abandoned",
}


def day(number: int) -> datetime:
    return datetime(2026, 2, number, tzinfo=UTC)


def history(way: str) -> History:
    """Return the history of an item that was a day in each of some states."""
    return history_of([Step(day(at), state, STAGES[state], "ada") for at, state in enumerate(way, 1)])


@pytest.mark.parametrize(
    ("way", "started", "done", "reopened", "ended"),
    [
        ("NPD", 2, 3, [], False),
        ("NPDC", 2, 3, [], False),
        ("NPDPD", 2, 5, [4], False),
        ("NPDNDP", 2, None, [4, 6], False),
        ("ND", None, 2, [], False),
        ("NWX", 2, None, [], True),
        ("NPDX", 2, None, [], True),
        ("NPDXP", 2, None, [], False),
        ("NNPPDD", 3, 5, [], False),
    ],
)
def test_a_history_tells_when_it_was_begun_done_and_taken_up_again(
    way: str, started: int | None, done: int | None, reopened: list[int], ended: bool
) -> None:
    found = history(way)

    assert found.started == (day(started) if started else None)
    assert found.done == (day(done) if done else None)
    assert found.by == ("ada" if done else None)
    assert found.reopened == tuple(map(day, reopened))
    assert found.ended is ended


def test_a_step_into_the_state_it_is_in_is_none() -> None:
    assert [step.state for step in history("NNPPDD").steps] == ["N", "P", "D"]


def test_steps_are_put_in_order() -> None:
    assert history_of(list(reversed(history("NPD").steps))) == history("NPD")
