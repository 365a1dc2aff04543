"""The last reading of an export: what the other items say of those that were drawn.

Whatever a drawn item is surrounded by, little of it is kept: of the changes that name it the earliest, of
what comes back to it the first, and of a crowd no more than it takes to be one.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assessment.records.measures.done import CROWD
from assessment.records.measures.seen import Around
from assessment.records.measures.times import declared
from assessment.records.work import WorkItem

MOST_CHANGES = 100  # that name one drawn item, the earliest first
CROWDED_S = 300  # seconds


@dataclass(slots=True)
class _Crowd:
    """The items that one person moved around the moment at which the same person moved a drawn item."""

    at: float
    moved: dict[tuple[str, str], float] = field(
        default_factory=dict
    )  # item -> seconds from `at`, the nearest

    def add(self, item: tuple[str, str], at: float) -> None:
        if self.size >= CROWD:
            return
        off = at - self.at
        if item not in self.moved or abs(off) < abs(self.moved[item]):
            self.moved[item] = off

    @property
    def size(self) -> int:
        """How many items, with this one, were moved within some five minutes that hold its moment."""
        offs = sorted([0.0, *self.moved.values()])
        within = (sum(start <= each <= start + CROWDED_S for each in offs) for start in offs if start <= 0)
        return max(within)


@dataclass(slots=True)
class _Drawn:
    """A drawn item and what is found around it."""

    item: WorkItem
    done: datetime | None
    around: Around = field(default_factory=Around)
    back: dict[str, tuple[datetime, str]] = field(default_factory=dict)  # by the task that is taken up again
    crowd: _Crowd | None = None
    merged: list[tuple[datetime, str, int]] = field(default_factory=list)
    by_row: dict[int, WorkItem] = field(default_factory=dict)


class Surroundings:
    """What is found around the drawn items, by their rows."""

    def __init__(self, drawn: Mapping[int, WorkItem]) -> None:
        self._drawn = {row: _Drawn(item, declared(item)) for row, item in drawn.items()}
        self._named = defaultdict[str, set[int]](set)  # by what others name a drawn item
        self._tasks = defaultdict[str, set[int]](set)  # the tasks that a drawn change names
        self._results = defaultdict[str, set[int]](set)  # the results that a drawn task names
        self._moved = defaultdict[tuple[str, int], set[int]](set)  # by person and five minutes
        self._changes = set[str]()  # what was taken for a task, and is a change of this export
        self._has_tasks = any(each.item.kind == "task" for each in self._drawn.values())
        self._repairs = defaultdict[str, list[tuple[datetime, str]]](list)  # what puts a name right, and when
        for row, each in self._drawn.items():
            self._note(row, each)

    def _note(self, row: int, each: _Drawn) -> None:
        item = each.item
        for name in {item.ref, item.url} - {""}:
            self._named[name].add(row)
        for link in item.links or ():
            if link.kind == "result":
                self._results[link.ref].add(row)
            if link.kind != "repairs" and item.kind == "change":
                self._tasks[link.ref].add(row)
        if item.steps and item.steps[-1].by is not None:
            at = item.steps[-1].at.timestamp()
            each.crowd = _Crowd(at)
            for slot in (-1, 0, 1):
                self._moved[item.steps[-1].by, int(at // CROWDED_S) + slot].add(row)

    def add(self, row: int, item: WorkItem) -> None:
        """Look at an item of the export, wherever it stands."""
        for link in item.links or ():
            if link.kind == "repairs" and self._has_tasks and (at := _came(item)):
                self._repairs[link.ref].append((at, item.ref))
            for of in self._named.get(link.ref, ()):
                if of != row:
                    self._names(of, row, item, repairs=link.kind == "repairs")
            if item.kind == "change":
                for of in self._tasks.get(link.ref, ()):
                    if of != row:
                        self._comes_back(of, item, link.ref)
        for name in (item.ref, item.url):
            if name in self._tasks and item.kind == "change":
                self._changes.add(name)
            for of in self._results.get(name, ()):
                self._is_result(of, row, item, name)
        self._moves(item)

    def _names(self, of: int, row: int, item: WorkItem, *, repairs: bool) -> None:
        drawn = self._drawn[of]
        if repairs:
            self._comes_back(of, item, "")
        if drawn.item.kind == "task" and item.kind == "change":
            self._merges(drawn, row, item)
            if not repairs:
                self._comes_back(of, item, "", days=True)

    def _is_result(self, of: int, row: int, item: WorkItem, name: str) -> None:
        drawn = self._drawn[of]
        if drawn.item.kind == "task" and item.kind == "change":
            drawn.around.known.add(name)
            self._merges(drawn, row, item)

    def _merges(self, drawn: _Drawn, row: int, item: WorkItem) -> None:
        done = declared(item)
        if done is None or row in drawn.by_row:
            return
        insort(drawn.merged, (done, item.ref, row))
        drawn.by_row[row] = item
        if len(drawn.merged) > MOST_CHANGES:
            del drawn.by_row[drawn.merged.pop()[2]]

    def _comes_back(self, of: int, item: WorkItem, task: str, *, days: bool = False) -> None:
        """Note an item that came after a drawn one was done. `days`: on the same day it is no return."""
        drawn = self._drawn[of]
        at = _came(item)
        if at is None or drawn.done is None or at <= drawn.done:
            return
        if (days or item.whole_days or drawn.item.whole_days) and at.date() == drawn.done.date():
            return
        found = (at, item.ref)
        drawn.back[task] = min(drawn.back.get(task, found), found)

    def _moves(self, item: WorkItem) -> None:
        if not self._moved:
            return
        name, steps = (item.ref, item.url), item.steps or ()
        for step in steps:
            is_written_down = step.at == item.created and len(steps) > 1  # that is not to move it
            if step.by is None or is_written_down:
                continue
            at = step.at.timestamp()
            for of in self._moved.get((step.by, int(at // CROWDED_S)), ()):
                drawn = self._drawn[of]
                if drawn.crowd and name != (drawn.item.ref, drawn.item.url):
                    drawn.crowd.add(name, at)

    def around(self, row: int) -> Around:
        """Return what was found around the drawn item of a row."""
        drawn = self._drawn[row]
        around = drawn.around
        around.changes = [drawn.by_row[of] for _, _, of in drawn.merged]
        back = [at for task, at in drawn.back.items() if task not in self._changes]
        around.back = min((*back, *self._repairs_of_results(drawn)), default=None)
        around.crowd = drawn.crowd.size if drawn.crowd else 1
        return around

    def _repairs_of_results(self, drawn: _Drawn) -> Iterator[tuple[datetime, str]]:
        """Yield what puts right, after a task was done, a change that was its result."""
        for _, _, of in drawn.merged:
            change = drawn.by_row[of]
            for name in {change.ref, change.url} - {""}:
                for at, ref in self._repairs.get(name, ()):
                    same_day = change.whole_days and drawn.done and at.date() == drawn.done.date()
                    if drawn.item.kind == "task" and drawn.done and at > drawn.done and not same_day:
                        yield at, ref


def _came(item: WorkItem) -> datetime | None:
    """Return when an item came: a change when it was merged, a task when it was written down."""
    return declared(item) if item.kind == "change" else item.created
