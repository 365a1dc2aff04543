"""A pasted list or an export of one, turned into references: one for each line, or one column of a table.

What is read is a text that somebody else's tool has written: any line may be too long, any quote may be
missing. What cannot be used is refused in one sentence, never guessed away.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assessment.core.text import stray

MAX_BYTES = 1_000_000
MAX_LINES = 10_000
MAX_REFERENCE = 200
WHOLE = -1
"""The column that stands for the whole line."""

_DELIMITERS = ("\t", ";", ",")
_MAX_COLUMNS = 100
_IDENTIFYING = re.compile(r"\b(id|key|ref|reference|no|nr|number|ticket|issue|case)\b", re.IGNORECASE)


class ListError(ValueError):
    """A list that cannot be used: the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A list as it was understood: its lines, and as a table where it is one."""

    lines: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # empty where the lines are no table
    column: int  # the one that is proposed, from 0, or WHOLE
    has_heading: bool  # does the first row look like a heading?

    @property
    def columns(self) -> tuple[str, ...]:
        """The first cell of each column, by which it is known; none where the lines are no table."""
        return self.rows[0] if self.rows else ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The references of a list, each once, in its order; and how many lines were left out, and why."""

    references: tuple[str, ...]
    empty: int
    repeated: int

    @property
    def sha256(self) -> str:
        """A fingerprint by which the same list is known again."""
        return hashlib.sha256("\n".join(self.references).encode()).hexdigest()


def decoded(data: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 or Windows-1252. Raises ListError."""
    if len(data) > MAX_BYTES:
        raise ListError("The file has more than 1 MB. Export fewer columns, or a part of the list.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[1:200:2].count(0) > len(data[1:200:2]) // 2:
        encodings = ["utf-16-le"]
    elif data[:200:2].count(0) > len(data[:200:2]) // 2:
        encodings = ["utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ListError("The file is no text in UTF-8, UTF-16 or Windows-1252. Save it as CSV in UTF-8.")


def read(text: str) -> Table:
    """Return a list as it is understood. Raises ListError where it is too long."""
    if len(text) > MAX_BYTES:
        raise ListError("The list has more than 1 MB. Paste the references alone.")
    lines = tuple(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    if len(lines) > MAX_LINES + 1 or (len(lines) > MAX_LINES and lines[-1].strip()):
        raise ListError(f"The list has {len(lines):,} lines; at most {MAX_LINES:,} fit. Take a part of it.")
    rows = next((rows for each in _DELIMITERS if (rows := _rows(lines, each))), ())
    if not rows:
        return Table(lines, (), WHOLE, has_heading=False)
    has_heading = _is_heading(rows)
    return Table(lines, rows, _proposed(rows, has_heading=has_heading), has_heading)


def references(table: Table, column: int, *, has_heading: bool) -> Listing:
    """Return the references of a column, or of the whole lines. Raises ListError.

    A heading is left out. Line numbers in what is refused count from 1.
    """
    if column == WHOLE or not table.rows:
        cells = table.lines[has_heading:]
    else:
        cells = tuple(row[column] if column < len(row) else "" for row in table.rows[has_heading:])
    while cells and not cells[-1].strip():
        cells = cells[:-1]  # what stands behind the last line is no empty line
    stripped = [cell.strip() for cell in cells]
    for number, cell in enumerate(stripped, 1 + has_heading):
        if len(cell) > MAX_REFERENCE:
            raise ListError(
                f"Line {number} has {len(cell):,} characters; at most {MAX_REFERENCE} fit. "
                "Choose the column of the references, or shorten it."
            )
        if stray(cell) or "\n" in cell:
            raise ListError(f"Line {number} holds a character that cannot be printed. Delete it.")
    filled = [cell for cell in stripped if cell]
    if not filled:
        raise ListError("There is no reference in it. Choose another column, or paste another list.")
    once = tuple(dict.fromkeys(filled))
    return Listing(once, len(stripped) - len(filled), len(filled) - len(once))


def _rows(lines: Sequence[str], delimiter: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table, none where this delimiter makes none: rows of one length, two columns."""
    if not any(delimiter in line for line in lines[:2]):
        return ()
    try:
        rows = tuple(tuple(row) for row in csv.reader((f"{line}\n" for line in lines), delimiter=delimiter))
    except csv.Error:
        return ()
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    width = len(filled[0]) if filled else 0
    is_table = 2 <= width <= _MAX_COLUMNS and all(len(row) <= width for row in filled)
    # A comma in every title makes no table: nearly all of the rows have nearly all of the columns.
    full = sum(len(row) == width for row in filled)
    return rows if is_table and full >= 0.9 * len(filled) else ()


def _is_heading(rows: Sequence[Sequence[str]]) -> bool:
    """Does the first row look like a heading: no digit in it, and digits in the second?"""
    digits = [any(c.isdigit() for cell in row for c in cell) for row in rows[:2]]
    return digits == [False, True] or any(_IDENTIFYING.search(cell) for cell in rows[0] if len(cell) < 30)


def _proposed(rows: Sequence[Sequence[str]], *, has_heading: bool) -> int:
    """Return the column that names the items: by its heading, else the first whose cells differ."""
    if has_heading:
        for place, cell in enumerate(rows[0]):
            if _IDENTIFYING.search(cell):
                return place
    body = [row for row in rows[has_heading:] if any(row)]
    for place in range(len(rows[0])):
        cells = [row[place].strip() if place < len(row) else "" for row in body]
        if all(cells) and len(set(cells)) == len(cells) and max(map(len, cells)) <= MAX_REFERENCE:
            return place
    return 0
