"""What a measure is given beside the item: what other items say of it, and what the export tells at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from assessment.records.measured import Answer
from assessment.records.measures.times import QUIET
from assessment.records.work import Kind, WorkItem

Mark = tuple[Answer, str]
"""How an item is marked, and why, in words that tell of no person."""


@dataclass(frozen=True, slots=True)
class Told:
    """The fields that at least one item of each kind tells of.

    The kinds of links stand as fields of their own, and "begun" where anything says that work has begun.
    """

    fields: Mapping[Kind, frozenset[str]]

    def has(self, kind: Kind, *names: str) -> bool:
        """Does any item of this kind tell of any of these fields?"""
        return any(name in self.fields.get(kind, ()) for name in names)

    def follows_up(self, kind: Kind) -> bool:
        """Can it be told from this export that a later item came back to one of this kind?"""
        return any(self.has(each, "repairs") for each in ("task", "change")) or (
            self.has("change", "reason", "result") if kind == "task" else self.has("change", "reason")
        )

    def joins(self) -> bool:
        """Can it be told from this export which change belongs to which task?"""
        return self.has("change", "reason", "result") or self.has("task", "result")


@dataclass(frozen=True, slots=True)
class View:
    """The window of a count, what the export tells of, and the last moment that it knows."""

    first: date
    last: date
    told: Told
    until: datetime

    def reaches(self, day: date) -> bool:
        """Does the export go on until the end of a day? A last week without any entry counts as read."""
        return day <= (self.until + QUIET).date()


@dataclass(slots=True)
class Around:
    """What the other items of an export say of one item.

    `changes` are merged changes that name a task, or that it names as its result, the earliest first. `back`
    is the first later item that puts the item right or takes its task up again: when, and what it is called.
    `crowd` counts the items that one person moved within five minutes, with this one among them.
    `known` are those of its results that are items of the export themselves.
    """

    changes: list[WorkItem] = field(default_factory=list)
    back: tuple[datetime, str] | None = None
    crowd: int = 1
    known: set[str] = field(default_factory=set)


def sound(because: str) -> Mark:
    return "sound", because


def failing(because: str) -> Mark:
    return "failing", because


def unverified(because: str) -> Mark:
    return "unverified", because
