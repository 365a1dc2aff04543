"""Made-up work items of March 2026, an export of them, and the mark that one of them gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

from assessment.records.measured import Count, ListWanted, Measured, Wanted
from assessment.records.measures import MEASURES
from assessment.records.measuring import measured
from assessment.records.source import Account, File, Options, Understood
from assessment.records.work import Kind, Link, Reply, Stage, Step, WorkItem

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
ANN, BEN, CAT = "ann", "ben", "cat"  # codes of people, which exports never have in such words


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """Return a moment by the day of March; 40 is the ninth of April."""
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1)


def on(day: int) -> date:
    """Return a day of March."""
    return at(day).date()


def task(ref: str = "T-1", *, done: int | None = 10, **more: Any) -> WorkItem:
    """Return a task, done on the tenth unless it is said otherwise."""
    return WorkItem(ref, **{"kind": "task", "created": at(2), "done": at(done) if done else None, **more})


def change(ref: str = "#1", *, done: int | None = 10, **more: Any) -> WorkItem:
    """Return a change by Ann, merged on the tenth unless it is said otherwise."""
    own = {"kind": "change", "created": at(2), "done": at(done) if done else None, "author": ANN}
    return WorkItem(ref, **{**own, **more})


def names(*refs: str) -> tuple[Link, ...]:
    """Return links to what an item was done for."""
    return tuple(Link(ref, "reason") for ref in refs)


def repairs(*refs: str) -> tuple[Link, ...]:
    """Return links to what an item puts right."""
    return tuple(Link(ref, "repairs") for ref in refs)


def reply(day: int, by: str | None, hour: int = 12) -> tuple[Reply, ...]:
    """Return one reply."""
    return (Reply(at(day, hour), by),)


def way(*steps: tuple[int, Stage], by: str | None = ANN) -> tuple[Step, ...]:
    """Return steps into states that are called as what they mean."""
    return tuple(Step(at(day), stage, stage, by) for day, stage in steps)


class Export:
    """An export that holds some items, and says so each time it is read."""

    def __init__(self, items: Sequence[WorkItem]) -> None:
        self._items = items
        self.understood = Understood("csv")
        self.readings = 0

    def items(self, account: Account) -> Iterator[WorkItem]:
        self.readings += 1
        for item in self._items:
            account.rows += 1
            account.items += 1
            yield item


def file(text: str = "an export") -> File:
    """Return the file that an export was."""
    return File("export.json", len(text), lambda: BytesIO(text.encode()))


def read(
    items: Sequence[WorkItem],
    *wanted: Wanted,
    lists: Sequence[ListWanted] = (),
    done: Kind | None = None,
    team_size: int = 8,
) -> Measured:
    """Return what a reading of some items answers."""
    return measured([Export(items)], wanted, lists, Options(done=done), files=[file()], team_size=team_size)


def wanted(measure: str, first: date = FIRST, last: date = LAST, **more: Any) -> Wanted:
    """Return a count that is wanted of March."""
    return Wanted(**{"name": measure, "measure": measure, "first": first, "last": last, "start": 0.5, **more})


def count(measure: str, *items: WorkItem, done: Kind | None = None, team_size: int = 8) -> Count:
    """Return the count of some items of an export that goes on until the end of May."""
    # Without such an end most of what was done in March could still come back.
    end = WorkItem("the-end", "change", created=at(92))
    return read([*items, end], wanted(measure), done=done, team_size=team_size).counts[0]


def mark(measure: str, item: WorkItem, *others: WorkItem, done: Kind | None = None) -> str:
    """Return how an item is marked: "cannot" where the export tells nothing of the measure at all.

    "out" where it is not one of those that are looked at.
    """
    kind = done or (item.kind if MEASURES[measure].population == "done" else None)
    found = count(measure, item, *others, done=kind)
    if found.cannot.startswith(("None of the", "The only one")):
        return "unverified"
    if found.cannot.startswith("The export holds no "):
        return "out"
    if found.cannot:
        return "cannot"
    return next((each.answer for each in found.examples if each.reference == item.ref), "out")
