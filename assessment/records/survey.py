"""The first reading of an export: what it tells of, and which items belong to which population.

Of an item nothing is kept but the moment by which it is put in order and the number of its row, packed into
one whole number of 63 bits; so a million rows need eight megabytes for each population.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import NamedTuple

from assessment.records.measured import State
from assessment.records.measures.groups import Areas, Periods
from assessment.records.measures.populations import POPULATIONS, Belongs, Population, Window
from assessment.records.measures.seen import Told
from assessment.records.measures.times import BEGUN, worked_from
from assessment.records.work import KINDS, LINK_KINDS, Kind, Stage, WorkItem

MOST_STATES = 500  # that are named
_ROW_BITS = 30
_ROWS = (1 << _ROW_BITS) - 1
_LATEST = (1 << 33) - 1  # seconds: long after anything that is read

_FIELDS = (
    "created started done steps reopened due due_changes touched author doer merged_by owners approvals"
    " replies links defined released flagged areas assisted"
).split()
_BEGUN = "begun"  # something says of an item that work on it has begun


class _Untold:
    """The fields of which no item has told yet, looked up in an item all at once."""

    __slots__ = ("_get", "fields", "more")

    def __init__(self, told: Iterable[str] = ()) -> None:
        self.fields = [name for name in _FIELDS if name not in told]
        self.more = frozenset(name for name in (*LINK_KINDS, _BEGUN) if name not in told)
        self._get = attrgetter(*self.fields) if len(self.fields) > 1 else None

    def values(self, item: WorkItem) -> tuple[object, ...]:
        """Return what stands in these fields of an item."""
        if self._get is not None:
            found: tuple[object, ...] = self._get(item)
            return found
        return tuple(getattr(item, name) for name in self.fields)


class Asked(NamedTuple):
    """A population within a window."""

    population: str
    first: date
    last: date


class Keys:
    """The rows of a population, to be put in the order of their moments and then of the rows themselves."""

    def __init__(self) -> None:
        self._packed = array("q")

    def add(self, at: datetime, row: int) -> None:
        """Note that the item in a row belongs to it. Moments are compared by the second."""
        seconds = int(at.timestamp())
        if not 0 <= seconds <= _LATEST:
            seconds = 0 if seconds < 0 else _LATEST
        self._packed.append(seconds << _ROW_BITS | row)

    @classmethod
    def joined(cls, parts: Iterable[Keys]) -> Keys:
        """Return several as one."""
        whole = cls()
        for each in parts:
            whole._packed.extend(each._packed)
        return whole

    def ordered(self, before: datetime | None = None) -> array[int]:
        """Return the rows in order; with `before` those alone whose moment comes before it."""
        limit = (1 << 63) if before is None else int(before.timestamp()) << _ROW_BITS
        return array("q", (key & _ROWS for key in sorted(self._packed) if key < limit))


@dataclass(slots=True)
class Survey:
    """Everything that is noted in the first reading."""

    asked: Iterable[Asked]
    kinds: Counter[str] = field(default_factory=Counter)
    since: datetime | None = None
    until: datetime | None = None
    periods: dict[Asked, Periods] = field(default_factory=dict)
    areas: dict[Asked, Areas] = field(default_factory=dict)
    _keys: dict[tuple[Asked, Kind], Keys] = field(default_factory=dict)
    _looked: dict[Kind, list[tuple[Belongs, Window, Keys]]] = field(default_factory=dict)
    _untold: dict[Kind, _Untold] = field(default_factory=dict)
    _told: dict[Kind, set[str]] = field(default_factory=dict)
    _states: dict[str, int] = field(default_factory=dict)
    _stages: dict[str, Stage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._looked = {kind: [] for kind in KINDS}
        for asked in dict.fromkeys(self.asked):
            if asked.population == "periods":
                self.periods[asked] = Periods(asked.first, asked.last)
            elif asked.population == "areas":
                self.areas[asked] = Areas(asked.first, asked.last)
            else:
                self._look_for(asked, POPULATIONS[asked.population])
        self._untold = {kind: _Untold() for kind in KINDS}
        self._told = {kind: set() for kind in KINDS}

    def _look_for(self, asked: Asked, population: Population) -> None:
        window = Window.of(asked.first, asked.last)
        for kind in KINDS:
            keys = self._keys[asked, kind] = Keys()
            if population.only in (None, kind):
                self._looked[kind].append((population.belongs, window, keys))

    def add(self, row: int, item: WorkItem) -> None:
        """Note an item."""
        self.kinds[item.kind] += 1
        for belongs, window, keys in self._looked[item.kind]:
            at = belongs(item, window)
            if at is not None:
                keys.add(at, row)
        for periods in self.periods.values():
            periods.add(item)
        for areas in self.areas.values():
            areas.add(item)
        self._tell(item)
        self._place(item)
        self._span(item)

    def _tell(self, item: WorkItem) -> None:
        untold = self._untold[item.kind]
        values = untold.values(item)
        if values.count(None) < len(values):
            self._told[item.kind].update(
                name for name, value in zip(untold.fields, values, strict=True) if value is not None
            )
            self._untold[item.kind] = _Untold(self._told[item.kind])
        if untold.more:
            self._tell_more(item, untold)

    def _tell_more(self, item: WorkItem, untold: _Untold) -> None:
        found = item.link_kinds & untold.more if item.links is not None else frozenset[str]()
        if _BEGUN in untold.more and (item.stage in BEGUN or worked_from(item) is not None):
            found |= {_BEGUN}
        if found:
            self._told[item.kind] |= found
            self._untold[item.kind] = _Untold(self._told[item.kind])

    def _place(self, item: WorkItem) -> None:
        for step in item.steps or ():
            self._met(step.state, step.stage)
        state = item.state or (item.steps[-1].state if item.steps else "")
        if state:
            if state not in self._stages:
                self._met(state, item.stage)
            if state in self._states:
                self._states[state] += 1

    def _met(self, state: str, stage: Stage | None) -> None:
        if state in self._stages:
            return
        if state not in self._states and len(self._states) < MOST_STATES:
            self._states[state] = 0
        if stage is not None and state in self._states:
            self._stages[state] = stage

    def _span(self, item: WorkItem) -> None:
        found = [at for at in (item.created, item.started, item.done, item.touched) if at is not None]
        for events in (item.steps, item.replies, item.approvals):
            if events:
                found.append(events[-1].at)
        if found:
            first, last = min(found), max(found)
            self.since = first if self.since is None else min(self.since, first)
            self.until = last if self.until is None else max(self.until, last)

    def told(self) -> Told:
        """Return which fields the export tells of."""
        return Told({kind: frozenset(found) for kind, found in self._told.items()})

    def states(self) -> tuple[State, ...]:
        """Return the states that were met, those first in which most items are now."""
        met = [State(name, self._stages[name], n) for name, n in self._states.items() if name in self._stages]
        return tuple(sorted(met, key=lambda state: (-state.items, state.name)))

    def rows(self, asked: Asked, kind: Kind | None, before: datetime | None) -> array[int]:
        """Return the rows of a population in order, of one kind or of both."""
        kinds = KINDS if kind is None else (kind,)
        keys = Keys.joined(self._keys[asked, each] for each in kinds)
        return keys.ordered(before if POPULATIONS[asked.population].passed else None)
