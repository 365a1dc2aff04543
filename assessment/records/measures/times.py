"""When an item was begun, declared done, given up and promised, from whatever its export tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from assessment.records.work import Stage, WorkItem

BEGUN: frozenset[Stage] = frozenset(("in-progress", "waiting-for-decision"))
FOLLOW_UP = timedelta(days=30)
# What was done shortly before the last entry of an export may still come back. A quiet week is no such end.
QUIET = timedelta(days=7)


def declared(item: WorkItem) -> datetime | None:
    """Return when an item was declared done: the last time, also where it was reopened since."""
    if item.ended:
        return None
    if item.done is not None or not item.steps:
        return item.done
    return next((step.at for step in reversed(item.steps) if step.stage == "done"), None)


def worked_from(item: WorkItem) -> datetime | None:
    """Return when work on an item began, None where the export does not say."""
    if item.started is not None or not item.steps:
        return item.started
    return next((step.at for step in item.steps if step.stage in BEGUN), None)


def begun(item: WorkItem) -> datetime | None:
    """Return from when on an item counts as begun: a change from its opening, when work on it has begun.

    A task that is in progress now, and of which nothing says since when, from its creation.
    """
    if item.kind == "change":
        return item.created or item.started
    return worked_from(item) or (item.created if item.stage in BEGUN else None)


def is_open(item: WorkItem, at: datetime) -> bool:
    """Was an item that had begun neither done nor given up at a moment?"""
    before = [step.stage for step in item.steps or () if step.at < at]
    if before:
        # A change has no stage between its opening and its end.
        return before[-1] in BEGUN or (item.kind == "change" and before[-1] == "to-do")
    if item.ended:
        return False
    done = declared(item)
    if done is not None:
        return done >= at
    return item.kind == "change" or item.stage is None or item.stage in BEGUN


def given_up(item: WorkItem) -> datetime | None:
    """Return when an item was abandoned, None where it was not or nothing says when."""
    if not item.ended:
        return None
    return next((step.at for step in reversed(item.steps or ()) if step.stage == "abandoned"), None)


def promised(item: WorkItem, first: date, last: date) -> list[date]:
    """Return the days within a window on which an item was due at any time, in order."""
    if not item.due_changes:
        return [item.due] if item.due is not None and first <= item.due <= last else []
    days = {item.due, *(change.before for change in item.due_changes or ())}
    return sorted(day for day in days if day is not None and first <= day <= last)


def changed_in_time(item: WorkItem, day: date) -> date | None:
    """Return when a promise for a day was first changed, at the latest on that day; None where it was not."""
    changes = (change.at.date() for change in item.due_changes or () if change.before == day)
    return min((at for at in changes if at <= day), default=None)


class Stay(NamedTuple):
    """How long an item waited for a decision; `until` is None while it still does."""

    since: datetime
    until: datetime | None


def stays(item: WorkItem) -> Iterator[Stay]:
    """Yield each stay of an item in a state that waits for a decision."""
    since = None
    for step in item.steps or ():
        waits = step.stage == "waiting-for-decision"
        if waits and since is None:
            since = step.at
        elif not waits and since is not None:
            yield Stay(since, step.at)
            since = None
    if since is not None:
        yield Stay(since, None)
