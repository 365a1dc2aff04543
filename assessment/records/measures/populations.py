"""The populations: which items of an export belong to each, and by which moment they are put in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from assessment.records.measures.days import midnight, workdays
from assessment.records.measures.seen import Told
from assessment.records.measures.times import (
    begun,
    declared,
    given_up,
    is_open,
    promised,
    stays,
)
from assessment.records.work import Kind, WorkItem

DECISION_DAYS = 5  # working days within which a decision is expected
AFTER_FAILURE = re.compile(
    r"^(?:post[- _]?mortem|lessons?[- _]learne[dt])(?:[- _:/](?:actions?|follow[- _]?ups?|items?))?$"
    r"|^(?:incident|corrective)[- _:/](?:actions?|follow[- _]?ups?|items?)$"
)
"""The labels of what is to be done after a failure, in small letters."""


class Window(NamedTuple):
    """The days of a count, and the moments between which they lie: from `start` up to before `stop`."""

    first: date
    last: date
    start: datetime
    stop: datetime

    @classmethod
    def of(cls, first: date, last: date) -> Window:
        """Return the window of two days, both included."""
        return cls(first, last, midnight(first), midnight(last) + timedelta(days=1))

    def holds(self, at: datetime | None) -> datetime | None:
        """Return a moment that lies inside, None for any other."""
        return at if at is not None and self.start <= at < self.stop else None


Belongs = Callable[[WorkItem, Window], datetime | None]


@dataclass(frozen=True, slots=True)
class Population:
    """Some of the items of an export. `belongs` gives the moment by which a member is put in order.

    Of one kind alone are counted: those of `follows` the kind that counts as declared done ("done"), or the
    first kind of which the export tells when it was begun ("begun"). `latest`: the latest are taken, none is
    drawn. `passed`: only what lies before the last day that the export tells of.
    """

    name: str
    noun: str  # as in "the export holds no …"
    belongs: Belongs
    only: Kind | None = None  # the kind that its members are of, None: either
    follows: str = ""
    latest: bool = False
    passed: bool = False

    def kind(self, done: Kind, told: Told) -> Kind | None:
        """Return the one kind that is counted, None for both."""
        if self.follows != "begun":
            return done if self.follows else None
        kinds: tuple[Kind, Kind] = ("task", "change") if done == "task" else ("change", "task")
        return next((kind for kind in kinds if tells_beginnings(told, kind)), done)


def tells_beginnings(told: Told, kind: Kind) -> bool:
    """Does an export tell of this kind when work was begun?"""
    return told.has(kind, "created") if kind == "change" else told.has(kind, "begun")


def _done(item: WorkItem, window: Window) -> datetime | None:
    return window.holds(declared(item))


def _in_progress(item: WorkItem, window: Window) -> datetime | None:
    since = begun(item)
    if since is None or since >= window.stop:
        return None
    return since if is_open(item, window.stop) else None


def _requests(item: WorkItem, window: Window) -> datetime | None:
    return window.holds(item.created)


def _assisted(item: WorkItem, window: Window) -> datetime | None:
    return _done(item, window) if item.assisted else None


def _due(item: WorkItem, window: Window) -> datetime | None:
    days = promised(item, window.first, window.last)
    return midnight(days[0]) if days else None


def late_for(item: WorkItem, first: date, last: date) -> date | None:
    """Return the first day of a window for which an item was promised, at any time, and not done by then.

    One whose date was moved away before it came is late against that date, too: how early it was moved is
    what is asked of it.
    """
    days = promised(item, first, last)
    if not days:
        return None
    done, ended = declared(item), given_up(item)
    if item.ended and ended is None:
        return None  # given up, and nothing says whether before or after
    for day in days:
        if done is not None and done.date() <= day:
            continue
        if ended is not None and ended.date() <= day:
            continue
        return day
    return None


def _late(item: WorkItem, window: Window) -> datetime | None:
    day = late_for(item, window.first, window.last)
    return midnight(day) if day else None


def _waiting(item: WorkItem, window: Window) -> datetime | None:
    if not item.steps:
        return None
    last = None
    for stay in stays(item):
        if stay.until is None:
            overdue = workdays(stay.since, DECISION_DAYS) < window.stop
            last = (window.holds(stay.since) if overdue else None) or last
        else:
            last = window.holds(stay.until) or last
    return last


def _post_failure(item: WorkItem, window: Window) -> datetime | None:
    if item.due is None or not any(AFTER_FAILURE.search(label) for label in item.labels):
        return None
    return midnight(item.due) if window.first <= item.due <= window.last else None


def _none(_item: WorkItem, _window: Window) -> datetime | None:
    return None


POPULATIONS = {
    each.name: each
    for each in (
        Population("done", "items that were declared done", _done, follows="done"),
        Population("latest-done", "items that were declared done", _done, follows="done", latest=True),
        Population("in-progress", "items under way", _in_progress, follows="begun"),
        Population("requests", "requests", _requests, "change"),
        Population("changes", "merged changes", _done, "change"),
        Population("assisted", "merged changes that are marked as made with a machine", _assisted, "change"),
        Population("due", "items due", _due),
        Population("late", "items that were late", _late, passed=True),
        Population("waiting", "items that waited for a decision", _waiting),
        Population("post-failure", "actions due that followed failures", _post_failure),
        # These two are not of items: see `groups`.
        Population("periods", "whole fortnights", _none, follows="begun"),
        Population("areas", "areas in which something was done", _none, follows="done"),
    )
}
"""Every population by its name, as it stands in measures.toml."""
