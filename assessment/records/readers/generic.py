"""Any table of work: the leader says which column tells what, from what is proposed here.

A proposal is made by the heading of a column and by what stands in it: a column called "Created by" is no
time, and one that holds addresses is where items open, whatever its heading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from assessment.records.headings import KNOWN
from assessment.records.moments import Moments
from assessment.records.people import People
from assessment.records.rows import FIELDS as FIELDS
from assessment.records.rows import LISTS, Rows, System
from assessment.records.source import ANY_TABLE, Account, File, Limits, Options, RecordsError
from assessment.records.study import TIMES
from assessment.records.tables import Table, headings_of, is_table, plain, table_of

NAME = ANY_TABLE
TITLE = "Any table (CSV)"
EXPORT = (
    "Save the list of items as CSV, with one line of headings and one row an item: what it is called, when it"
    " was created and when it was finished, and whatever else is known."
)

_BY_HEADING: dict[str, list[tuple[str, int]]] = {}
for _name, _headings in KNOWN.items():
    for _rank, _heading in enumerate(_headings.split(",")):
        _BY_HEADING.setdefault(_heading, []).append((_name, _rank))
_FRAME = re.compile(
    r"^(date|datum|fecha)\s((de|du|d)\s)?|\s(date|time|datetime|timestamp|at|on|day|utc|datum|am|le)$"
)
_SIGNS = re.compile(r"[^\w]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_REF = re.compile(r"[#!]?\d{1,12}|[A-Za-z][\w.]{0,20}(?:[-_/#][A-Za-z]{0,4}\d{1,12})+|[0-9a-f]{7,40}")
Columns = Mapping[str, tuple[int, ...]]  # where each field stands in a table

_SAMPLE = 200
_MOST_OF = 0.8  # of what a column holds must be what it is taken for


def recognises(name: str, head: str) -> bool:
    """Is this a table at all? Whoever asks has asked the readers of particular systems before."""
    start = head.lstrip("\ufeff \t\r\n")[:1]
    return bool(start) and start not in "{[<" and is_table(head) and len(headings_of(head)) > 1


def open_source(file: File, options: Options, people: People, limits: Limits) -> Rows:
    """Return a table as a source, its columns as the leader said and else as they are proposed."""
    table = table_of(file, limits)
    sample = [row for _, row in islice(table.rows(Account()), _SAMPLE)]
    _refuse_data_as_headings(table)
    proposed = _proposed(table, sample)
    columns, notes = _said(table, proposed, options.columns)
    if "ref" not in columns:
        notes.append("No column tells what an item is called, so each is called by its line.")
    if "approved_by" in columns and "approved_at" not in columns:
        notes.append("Who approved is not counted, because no column tells when.")
    return Rows(table, System(NAME, {}, notes=tuple(notes)), columns, options, people)


def _said(
    table: Table, proposed: Columns, wanted: Mapping[str, str]
) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """Return the columns as the leader said, and what is to be told of them.

    A column that is said to be one thing is no other. What was said of another table that is read beside
    this one is not known here, and is told. Raises RecordsError for a field that there is not.
    """
    if not wanted:
        return dict(proposed), ["What each column tells is proposed by its heading and its cells."]
    notes = []
    chosen: dict[str, tuple[int, ...]] = {}
    for name, heading in wanted.items():
        if name not in FIELDS:
            raise RecordsError(
                "The columns", f"{name[:40]!r} is nothing that is read", "choose one of those shown"
            )
        at = table.at(heading) if heading.strip() else ()
        if heading.strip() and not at:
            notes.append(
                f"There is no column {heading[:80]!r}; what is proposed for “{FIELDS[name]}” is read."
            )
        elif name in LISTS and set(at) & set(proposed.get(name, ())):
            chosen[name] = proposed[name]  # one of several that tell it stands for all of them
        else:
            chosen[name] = at if name in LISTS else at[:1]
    taken = {at for columns in chosen.values() for at in columns}
    kept = {
        name: rest
        for name, columns in proposed.items()
        if name not in chosen and (rest := tuple(at for at in columns if at not in taken))
    }
    return kept | {name: at for name, at in chosen.items() if at}, notes


def _proposed(table: Table, sample: Sequence[Sequence[str]]) -> dict[str, tuple[int, ...]]:
    """Return which columns are proposed for each field: by heading where the cells agree, then by cells."""
    held = [[cell for row in sample if (cell := row[at].strip())] for at in range(len(table.headings))]
    ranked = sorted(
        (rank, at, name)
        for at, heading in enumerate(table.headings)
        for name, rank in _BY_HEADING.get(_meant(heading), ())
        if _agrees(name, held[at])
    )
    found: dict[str, tuple[int, ...]] = {}
    taken: set[int] = set()
    for _, at, name in ranked:
        if at not in taken and (name in LISTS or name not in found):
            found[name] = (*found.get(name, ()), at)
            taken.add(at)
    _by_content(held, found)
    return found


def _by_content(held: Sequence[Sequence[str]], found: dict[str, tuple[int, ...]]) -> None:
    """Add what the cells alone tell: an address, a name for each item, two columns of days."""
    taken = {at for places in found.values() for at in places}
    free = [at for at in range(len(held)) if at not in taken and held[at]]
    if "url" not in found and (urls := [at for at in free if _is_mostly(_is_address, held[at])]):
        found["url"] = (urls[0],)
        free.remove(urls[0])
    if "ref" not in found:
        called = [at for at in free if _is_mostly(_REF.fullmatch, held[at]) and _are_all_different(held[at])]
        found |= {"ref": (called[0],)} if called else {}
    if "created" not in found and "done" not in found:
        days = [at for at in free if _are_times(held[at])]
        if len(days) == 2:
            first, last = sorted(days, key=lambda at: (-len(held[at]), _middle(held[at])))
            found |= {"created": (first,), "done": (last,)}


def _agrees(name: str, held: Sequence[str]) -> bool:
    """Does what a column holds agree with its heading? An empty one does."""
    if not held:
        return True
    if name in TIMES:
        return _are_read(held)
    if name == "url":
        return _is_mostly(_is_address, held)
    return name in ("ref", "reopened", "areas") or not _are_times(held)


def _meant(heading: str) -> str:
    """Return a heading in the form in which headings are known: "Finished_Date" as "finished"."""
    words = _SIGNS.sub(" ", plain(_CAMEL.sub(" ", heading)).replace("_", " ")).strip()
    while words not in _BY_HEADING and (shorter := _FRAME.sub("", words, 1)) != words:
        words = shorter
    return words


def _is_mostly(test: Callable[[str], object], held: Sequence[str]) -> bool:
    return sum(bool(test(cell)) for cell in held) >= len(held) * _MOST_OF


def _is_address(cell: str) -> bool:
    return cell.startswith(("https://", "http://"))


def _are_all_different(held: Sequence[str]) -> bool:
    return len(set(held)) == len(held)


def _are_times(held: Sequence[str]) -> bool:
    """Are these times, without anything that says so? Then small numbers are none."""
    if all(cell.replace(".", "", 1).isdecimal() and len(cell) != 8 and len(cell) < 10 for cell in held):
        return False
    return _are_read(held)


def _are_read(held: Sequence[str]) -> bool:
    """Can most of these be read as times, in either order of day and month?"""
    return any(_is_mostly(Moments(order), held) for order in ("day", "month"))


def _middle(held: Sequence[str]) -> float:
    times = sorted(found.at.timestamp() for cell in held if (found := Moments()(cell)))
    return times[len(times) // 2] if times else 0.0


def _refuse_data_as_headings(table: Table) -> None:
    if any(_are_times([heading]) for heading in table.headings if heading):
        raise RecordsError(
            table.file.name,
            "has no line of headings: its first line holds a day",
            "write a line above it that says what each column tells",
        )
