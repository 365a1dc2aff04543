"""A table of text, row by row: whatever separates its cells, and whatever its quotes hold."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from assessment.records import text
from assessment.records.source import Account, File, Limits, RecordsError
from assessment.records.text import Writing

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SHORT = "fewer cells than headings: those that lack are taken to be empty"
LONG = "more cells than headings, so it cannot be told which is which"
EMPTY = "nothing in it"
AGAIN = "the line of headings again"

_LONGEST_ROW = 4_000_000  # characters: no row of work is longer, and a line is read whole
_ABOVE = 10  # lines that may stand above the headings: the name of a query, a day
_END = "\x03 the end of the file \x03"  # is what the last row is, unless a quotation mark is still open
_SAID = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """A file of rows below a line of headings. Headings that stand more than once are kept apart."""

    file: File
    limits: Limits
    writing: Writing
    separator: str
    headings: tuple[str, ...]
    above: int  # rows that stand above the first row of cells, the headings among them
    notes: tuple[str, ...]

    def at(self, *headings: str) -> tuple[int, ...]:
        """Return where the columns of these headings stand, in the order of the table."""
        wanted = set(map(plain, headings))
        return tuple(at for at, heading in enumerate(self.headings) if plain(heading) in wanted)

    def rows(self, account: Account) -> Iterator[tuple[int, list[str]]]:
        """Yield the line at which each row begins and its cells, as many as there are headings and one more.

        The last, at -1, is always empty: it stands for a column that the table does not have. What cannot
        be read is told to the account. Raises RecordsError.
        """
        width = len(self.headings)
        again = list(self.headings)
        empty = 0
        for line, row in islice(self._records(), self.above, None):
            if not row:  # an empty line is no row
                empty += 1
                if self.limits.rows is not None and empty > 2 * self.limits.rows:
                    raise RecordsError(
                        self.place(line), f"follows {empty - 1:,} empty lines", "leave them out of the file"
                    )
                continue
            account.rows += 1
            if self.limits.rows is not None and account.rows > self.limits.rows:
                raise RecordsError(
                    self.place(line),
                    f"is beyond {self.limits.rows:,} rows",
                    "export a shorter time, or read the file where it lies with the local reader",
                )
            if len(row) != width:
                if not self._is_fitted(row, width, line, account):
                    continue
            elif row[0] == again[0] and row == again:
                account.drop(AGAIN, self.place(line))
                continue
            row.append("")
            yield line, row

    def place(self, line: int) -> str:
        """Return where a row is, in words."""
        return f"{self.file.name}, line {line}"

    def _is_fitted(self, row: list[str], width: int, line: int, account: Account) -> bool:
        """Is the row of another width made to fit? What is left out is told."""
        if not any(map(str.strip, row)):
            account.drop(EMPTY, self.place(line))
            return False
        if len(row) < width:
            account.remark(SHORT, self.place(line))
            row.extend([""] * (width - len(row)))
            return True
        if any(map(str.strip, row[width:])):
            account.drop(LONG, self.place(line))
            return False
        del row[width:]
        return True

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        return _records(self.file, self.writing, self.separator, self.limits)


def table_of(file: File, limits: Limits) -> Table:
    """Open a file as a table. Raises RecordsError where it is none, or where a limit is passed."""
    writing = text.writing_of(file, limits)
    head = text.head_of(file)
    _refuse_other_kinds(file.name, head)
    separator, said = _separator(head)
    above, line, headings = _headings(file, writing, separator, limits, skipped=int(said))
    if len(headings) > limits.columns:
        raise RecordsError(
            f"{file.name}, line {line}",
            f"has {len(headings):,} columns; at most {limits.columns} are read",
            "export fewer columns",
        )
    return Table(file, limits, writing, separator, headings, above, tuple(_notes(writing, separator, line)))


def headings_of(head: str) -> frozenset[str]:
    """Return the plain headings in the beginning of a file, to recognise it by. Never raises."""
    separator, said = _separator(head)
    try:
        rows = [row for row in _some(head, separator, _ABOVE + 1)[int(said) :] if _names(row) > 1]
    except csv.Error:
        return frozenset()
    return frozenset(map(plain, rows[0])) if rows else frozenset()


def is_table(head: str) -> bool:
    """Are most of the first rows as wide as the first of them? Never raises."""
    separator, said = _separator(head)
    return said or _fit(head, separator)[0]


def plain(heading: str) -> str:
    """Return a heading without what differs from one export to another: case, spaces, a mark of a BOM."""
    return " ".join(heading.strip("\ufeff \t").casefold().split())


def _refuse_other_kinds(name: str, head: str) -> None:
    start = head.lstrip()[:200].casefold()
    if start.startswith(("<!doctype html", "<html", "<table")):
        raise RecordsError(name, "this is a web page, not a table", "export the items as CSV")
    if start.startswith("{\\rtf"):
        raise RecordsError(name, "this is a document, not a table", "export the items as CSV")


def _separator(head: str) -> tuple[str, bool]:
    """Return what separates the cells, and whether a line of its own says so, as spreadsheets write it."""
    first = head.lstrip("\ufeff").split("\n", 1)[0]
    if (said := _SAID.fullmatch(first.rstrip("\r"))) and said[1] in SEPARATORS:
        return said[1], True
    return max(SEPARATORS, key=lambda separator: _fit(head, separator)), False


def _fit(head: str, separator: str) -> tuple[bool, int, int]:
    """Return how well a separator fits: whether most rows are as wide as the headings would be, how early
    they would stand, and how wide they would be.
    """
    try:
        widths = [len(row) for row in _some(head, separator, 25)]
    except csv.Error:
        return False, -_ABOVE, 0
    start, width = next(((at, wide) for at, wide in enumerate(widths[:_ABOVE]) if wide > 1), (_ABOVE, 0))
    rows = [wide for wide in widths[start:] if wide]
    return width > 1 and rows.count(width) * 2 >= len(rows), -start, width


def _some(head: str, separator: str, most: int) -> list[list[str]]:
    """Return the first rows of a beginning; the last may be cut short."""
    return list(islice(csv.reader(io.StringIO(head, newline=""), delimiter=separator), most))


def _names(row: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _headings(
    file: File, writing: Writing, separator: str, limits: Limits, skipped: int
) -> tuple[int, int, tuple[str, ...]]:
    """Return how many rows there are down to the headings, their line, and what they are."""
    only: tuple[int, int, tuple[str, ...]] | None = None
    for above, (line, row) in enumerate(islice(_records(file, writing, separator, limits), _ABOVE)):
        if above < skipped or not _names(row):
            continue
        found = above + 1, line, tuple(cell.strip("\ufeff \t\r\n")[:200] for cell in row)
        if _names(row) > 1:
            return found
        only = only or found
    if only is None:
        raise RecordsError(file.name, "has no line of headings", "export it again with its headings")
    return only


def _notes(writing: Writing, separator: str, line: int) -> Iterator[str]:
    if separator != "," or writing.is_unusual:
        written = f", written in {writing.called}" if writing.is_unusual else ""
        yield f"Cells are separated by {SEPARATORS[separator]}{written}."
    if line > 1:
        yield f"The headings stand in line {line}; what stands above them is not read."


def _records(file: File, writing: Writing, separator: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Yield every record of a file with the line at which it begins, an empty line as an empty list."""
    held = 0
    line = 1

    def lines() -> Iterator[str]:
        nonlocal held
        while piece := stream.readline(_LONGEST_ROW):
            held += len(piece)
            if held >= _LONGEST_ROW:
                raise RecordsError(
                    f"{file.name}, line {line}",
                    "begins a row that does not end",
                    "see whether a quotation mark is never closed there, and export it again",
                )
            yield piece
        yield _END

    with text.opened(file, writing) as stream:
        reader = csv.reader(lines(), delimiter=separator)
        row: list[str] = []
        try:
            for row in reader:
                if held > limits.cell:
                    _check_cells(file.name, line, row, limits)
                if row == [_END]:
                    return
                if row and row[-1].endswith(_END):
                    break
                yield line, row
                held = 0
                line = reader.line_num + 1
        except csv.Error as fault:
            raise _too_large(f"{file.name}, line {line}", limits) from fault
    raise RecordsError(
        f"{file.name}, line {line}",
        "begins a row with a quotation mark that is never closed",
        "export it again whole: the end of it may be missing",
    )


def _check_cells(name: str, line: int, row: list[str], limits: Limits) -> None:
    for at, cell in enumerate(row, start=1):
        if len(cell) > limits.cell:
            raise _too_large(f"{name}, line {line}, column {at}", limits)


def _too_large(place: str, limits: Limits) -> RecordsError:
    return RecordsError(
        place,
        f"holds a cell of more than {limits.cell:,} characters",
        "leave that column out of the export; if it should be short, a quotation mark there is never closed",
    )
