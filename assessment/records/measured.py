"""What is asked of a reading, and what it answers: counts by measure, and lists to draw samples from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from assessment.records.source import Understood
from assessment.records.work import Stage

MOST = 50
"""How many items of a population are counted; of more, a systematic sample of so many."""

Answer = Literal["sound", "failing", "unverified"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One count that is wanted, under the name by which the asker knows it.

    `first` and `last` are the days of its window, both included; `start` is the U of its draw, in [0, 1).
    `most` is how many are counted at most.
    """

    name: str  # the asker's own: an indicator's id
    measure: str  # a key of `measures.MEASURES`
    first: date
    last: date
    start: float
    most: int = MOST
    link_derived: bool = False


@dataclass(frozen=True, slots=True)
class ListWanted:
    """A list whose items are to be opened: its population and window, how many, and the U of its draw."""

    name: str  # the asker's own: a frame's id
    population: str  # a key of `measures.POPULATIONS`
    first: date
    last: date
    start: float
    size: int


@dataclass(frozen=True, slots=True)
class Example:
    """One of the items behind a count: what it is called, where it opens, how it was marked, and why."""

    reference: str
    url: str
    answer: Answer
    because: str  # "merged change #31 on 2026-05-02", "no change names it"; never of a person


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted under one name. The three marks sum to `len(positions)`, the items that were counted.

    `examples` holds every item that was counted, in the order of the positions. `cannot` says in a sentence
    why the export cannot tell at all, "" where it can; then there are no marks.
    """

    name: str
    measure: str
    sound: int
    failing: int
    unverified: int
    link_derived: bool
    population: int
    positions: tuple[int, ...]
    offset: float
    first: date
    last: date
    examples: tuple[Example, ...] = ()
    cannot: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A population as a list to draw from: how many, and what stands at the positions drawn and behind them.

    `references` holds by position the items drawn and three that would take the place of each.
    """

    name: str
    population: int
    positions: tuple[int, ...]
    offset: float
    references: dict[int, tuple[str, str]]  # position -> what it is called, where it opens


@dataclass(frozen=True, slots=True)
class State:
    """A state that was met: what it was taken to mean, and in how many items it is the last."""

    name: str
    stage: Stage
    items: int


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file as it was read."""

    name: str
    sha256: str
    bytes: int
    rows: int
    items: int
    understood: Understood
    dropped: tuple[tuple[str, int, str], ...]  # reason, how many, the first place
    remarked: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that a reading answers."""

    files: tuple[ReadFile, ...]
    states: tuple[State, ...]
    counts: tuple[Count, ...]
    lists: tuple[Listed, ...]
    span: tuple[date, date] | None  # the first and last day that any item tells of
    kinds: dict[str, int]  # how many tasks and changes
    done: str  # the kind that was counted as declared done
