"""The measures of many items at once: fortnights, areas, and how the latest work is spread.

Where one mark tells of several items, or of people, no item stands behind it as an example.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from assessment.records.measured import Answer, Example
from assessment.records.measures.seen import Mark, View, failing, sound, unverified
from assessment.records.measures.times import begun, declared
from assessment.records.work import Kind, WorkItem

SMALL_TEAM = 5
"""Of a team of fewer people no share of work is counted: it would point at a person."""

PERIODS = 4
AREAS = 5
MOST_AREAS = 20_000  # different ones in an export; of more, none is the one with most items
_FORTNIGHT = 14


def spread(doers: Iterable[str | None]) -> tuple[int, int, int]:
    """Return how many items the busiest person did not do, how many they did, and how many are unknown."""
    known = Counter(doers)
    unknown = known.pop(None, 0)
    most = max(known.values(), default=0)
    return known.total() - most, most, unknown


@dataclass(slots=True)
class Periods:
    """The last whole fortnights of a window, up to four, and the one before them: what was begun and done."""

    first: date
    last: date
    begun: Counter[tuple[Kind, int]] = field(default_factory=Counter)  # 0 is the latest fortnight
    done: Counter[tuple[Kind, int]] = field(default_factory=Counter)

    @property
    def population(self) -> int:
        """How many whole fortnights the window has, at most four."""
        return min(((self.last - self.first).days + 1) // _FORTNIGHT, PERIODS)

    def add(self, item: WorkItem) -> None:
        """Note when an item was begun and when it was declared done."""
        since, until = begun(item), declared(item)
        since = since or until  # what was done had begun by then
        if since is not None and (age := self._age(since)) is not None:
            self.begun[item.kind, age] += 1
        if until is not None and (age := self._age(until)) is not None:
            self.done[item.kind, age] += 1

    def _age(self, at: datetime) -> int | None:
        days = self.last.toordinal() - at.toordinal()
        return days // _FORTNIGHT if 0 <= days < _FORTNIGHT * (PERIODS + 1) else None

    def examples(self, kind: Kind, since: date | None, view: View) -> tuple[Example, ...]:
        """Return each fortnight with its mark, the oldest first; `since` is the export's first day."""
        return tuple(self._example(kind, age, since, view) for age in reversed(range(self.population)))

    def _example(self, kind: Kind, age: int, since: date | None, view: View) -> Example:
        last = self.last - timedelta(days=_FORTNIGHT * age)
        first = last - timedelta(days=_FORTNIGHT - 1)
        started, finished = self.begun[kind, age], self.done[kind, age + 1]
        because = f"{started} begun, {finished} done in the fortnight before"
        answer: Answer = "sound" if 10 * started <= 11 * finished else "failing"
        if since is None or since > first - timedelta(days=_FORTNIGHT):
            answer, because = "unverified", "the export does not reach back to the fortnight before"
        elif not view.reaches(last):
            answer, because = "unverified", "the export ends before this fortnight does"
        elif not started and not finished:
            answer, because = "unverified", "nothing was begun, and nothing done in the fortnight before"
        return Example(f"{first} to {last}", "", answer, because)


@dataclass(slots=True)
class Area:
    """One part of the system: how much was done in it, and by how many people; two are enough to know."""

    items: int = 0
    people: set[str] = field(default_factory=set)
    unknown: bool = False


@dataclass(slots=True)
class Areas:
    """The areas in which something was declared done within a window."""

    first: date
    last: date
    found: dict[tuple[Kind, str], Area] = field(default_factory=dict)
    too_many: bool = False

    def add(self, item: WorkItem) -> None:
        """Note in which areas an item was done, and that somebody did it."""
        done = declared(item)
        if not item.areas or done is None or not self.first <= done.date() <= self.last:
            return
        person = item.doer or (item.author if item.kind == "change" else None)
        for name in set(item.areas):
            if len(self.found) >= MOST_AREAS and (item.kind, name) not in self.found:
                self.too_many = True
                continue
            area = self.found.setdefault((item.kind, name), Area())
            area.items += 1
            if person is None:
                area.unknown = True
            elif len(area.people) < 2:
                area.people.add(person)

    def examples(self, kind: Kind) -> tuple[Example, ...]:
        """Return the areas with most items, at most five, each with its mark."""
        own = [(name, area) for (of, name), area in self.found.items() if of == kind]
        own.sort(key=lambda each: (-each[1].items, each[0]))
        return tuple(Example(name, "", *two_can_do(area)) for name, area in own[:AREAS])


def two_can_do(area: Area) -> Mark:
    """Was something done in this area by two people or more?"""
    items = f"{area.items} {'item' if area.items == 1 else 'items'} done"
    if len(area.people) > 1:
        return sound(f"{items}, by two people or more")
    if area.unknown:
        return unverified(f"{items}, and the export does not say by whom each")
    return failing(f"{items}, all by one person")
