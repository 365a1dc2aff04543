"""What a reader is given, what it gives, and how it refuses.

A reader is a module of `readers` with NAME, TITLE, EXPORT, `recognises` and `open_source` (the protocol
`Reader`). It never holds a whole table: `Source.items` reads the file anew each time it is called, so that a
million rows need no more memory than a few.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from assessment.records.people import People
from assessment.records.work import Kind, Stage, WorkItem

ANY_TABLE = "csv"
"""The reader of tables whose system is not known."""


class RecordsError(ValueError):
    """An export that cannot be used: the place in it, the fault, and the remedy, in plain words."""

    def __init__(self, place: str, fault: str, remedy: str) -> None:
        super().__init__(f"{place}: {fault}. {remedy[:1].upper()}{remedy[1:]}.")
        self.place, self.fault, self.remedy = place, fault, remedy


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read. None: as much as there is (the local reader's rows and bytes)."""

    bytes: int | None = 25_000_000
    rows: int | None = 50_000
    columns: int = 512
    cell: int = 32_768  # characters: the longest description of Jira is one less
    depth: int = 16


ONLINE = Limits()
LOCAL = Limits(bytes=None, rows=None)


@dataclass(frozen=True, slots=True)
class File:
    """One file: what it is called (in messages alone), its size, and how it is opened, anew each time."""

    name: str
    size: int  # bytes
    open: Callable[[], BinaryIO]

    def sha256(self) -> str:
        """Return the fingerprint of its bytes, in hex."""
        digest = hashlib.sha256()
        with self.open() as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Options:
    """What the leader said of the export, where a guess is not enough.

    `stages` maps a state as the export calls it to what it means; `columns` a field of a work item
    (`readers.generic.FIELDS`) to the heading of its column, "" for none; `zone_minutes` is how far times
    without a zone are ahead of UTC; `day_first` says how 02/03/2024 is meant (None: as the file shows).
    """

    stages: Mapping[str, Stage] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    done: Kind | None = None  # which kind counts as declared done; None: tasks where there are any
    zone_minutes: int = 0
    day_first: bool | None = None


@dataclass(slots=True)
class Account:
    """What became of the rows of one reading: each is read, or dropped for a reason that is told.

    `dropped` counts by reason, `first` names the first place of each; `remarked` counts rows that are read
    and that something is said about, such as "finished before it was created, so it is not counted".
    """

    rows: int = 0
    items: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    remarked: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def drop(self, reason: str, place: str) -> None:
        """Note that the row at a place is not read, and why."""
        self.dropped[reason] += 1
        self.first.setdefault(reason, place)

    def remark(self, remark: str, place: str) -> None:
        """Note something about a row that is read."""
        self.remarked[remark] += 1
        self.first.setdefault(remark, place)


@dataclass(frozen=True, slots=True)
class Column:
    """A column (or a key of a JSON object) as it was understood; `field` is "" for one that is not read."""

    heading: str
    field: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What a reader understood of a file before its rows: its columns, and what is to be said of it."""

    reader: str
    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()  # sentences, such as "Separated by semicolons, in UTF-16."
    states: Mapping[str, Stage] = field(default_factory=dict)  # every state met is added by Reading


def check_rows(
    rows: int, limits: Limits, place: str, what: str, shorter: str = "export a shorter time"
) -> None:
    """Refuse what is one too many of an export's rows, which are its `what`. Raises RecordsError."""
    if limits.rows is not None and rows > limits.rows:
        fault = f"more than {limits.rows:,} {what}"
        raise RecordsError(place, fault, f"{shorter}, or use the local reader, which has no such limit")


class Source(Protocol):
    """One file, opened by its reader."""

    understood: Understood

    def items(self, account: Account) -> Iterator[WorkItem]:
        """Yield the work items, from the beginning, each time it is called. Raises RecordsError."""
        ...


class Reader(Protocol):
    """A module of `readers`."""

    NAME: str  # as `--preset` and the form name it: "gh"
    TITLE: str  # "GitHub"
    EXPORT: str  # how the file is made: sentences, and commands that begin with "$ ", each a line

    def recognises(self, name: str, head: str) -> bool:
        """Is this file one of ours? `head` is its first 64 kB as text. Cheap, and never raises."""
        ...

    def open_source(self, file: File, options: Options, people: People, limits: Limits) -> Source:
        """Return the file as a source. Raises RecordsError where it is none of ours after all."""
        ...
