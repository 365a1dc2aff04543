"""What the steps of an item tell: when it was begun, when it was last declared done, when that was undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assessment.records.work import Step


@dataclass(frozen=True, slots=True)
class History:
    """What a whole history tells. `done` is None unless the item is done now."""

    steps: tuple[Step, ...]
    started: datetime | None
    done: datetime | None
    by: str | None  # whose step declared it done
    ended: bool
    reopened: tuple[datetime, ...]


def history_of(steps: Sequence[Step]) -> History:
    """Return what steps tell; they are put in order, and one into the state it is in already is left out."""
    kept: list[Step] = []
    for step in sorted(steps, key=lambda step: step.at):  # those of the same time keep their order
        if not kept or kept[-1].state != step.state:
            kept.append(step)
    started: datetime | None = None
    done: Step | None = None
    reopened = []
    for step in kept:
        if step.stage in ("in-progress", "waiting-for-decision") and started is None:
            started = step.at
        if step.stage == "done":
            done = done or step  # from "Resolved" to "Closed" it is not done anew
        elif done is not None:
            if step.stage != "abandoned":
                reopened.append(step.at)
            done = None
    return History(
        tuple(kept),
        started,
        done.at if done else None,
        done.by if done else None,
        bool(kept) and kept[-1].stage == "abandoned",
        tuple(reopened),
    )
