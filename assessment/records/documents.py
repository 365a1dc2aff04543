"""A JSON export, entry by entry: a list, pages of lists, one object a line, or a list inside an object.

Only one entry is held at a time. What no system writes is refused with its place: brackets too deep, numbers
too long, NaN, a key that stands twice, and a file that was cut off.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, TextIO

from assessment.records.rows import BACKWARDS, UNDATED
from assessment.records.source import Account, File, Limits, RecordsError, Understood, check_rows
from assessment.records.text import Writing, head_of, opened, writing_of
from assessment.records.work import WorkItem

MOST_ENTRY = 8_000_000  # characters: an issue with all its comments has far less
MOST_DIGITS = 30
AGAIN = "make the export again and leave it as it is"
_PIECE = 1 << 18
_BLANK = re.compile(r"[ \t\n\r\ufeff]*+")
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NEAR_END = 12  # a literal, a number or an escape that the end of a piece cuts shows so near to it


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a document, and where it stands."""

    value: dict[str, Any]
    name: str  # of the file
    line: int
    number: int  # counted from 1

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"{self.name}, line {self.line} (entry {self.number})"


@dataclass(slots=True)
class DocumentSource:
    """A document as a source: `make` returns the work item of an entry, or why it is not read."""

    file: File
    limits: Limits
    understood: Understood
    make: Callable[[dict[str, Any]], WorkItem | str]
    inside: frozenset[str] = frozenset()
    _writing: Writing | None = field(default=None, init=False)

    def items(self, account: Account) -> Iterator[WorkItem]:
        """Yield the items of its entries."""
        self._writing = self._writing or writing_of(self.file, self.limits)
        with closing(opened(self.file, self._writing)) as text:
            for entry in entries(text, self.file, self.limits, account, self.inside):
                made = self.make(entry.value)
                if isinstance(made, str):
                    account.drop(made, entry.place)
                    continue
                account.items += 1
                yield _checked(made, entry, account)


def _checked(item: WorkItem, entry: Entry, account: Account) -> WorkItem:
    """Return an item as it can be counted: done at a time, and not before it was there."""
    if item.stage == "done" and item.done is None and not item.ended:
        account.remark(UNDATED, entry.place)
    elif item.done and item.created and item.done < item.created:
        account.remark(BACKWARDS, entry.place)
    else:
        return item
    return replace(item, done=None, ended=True)


def entries(
    text: TextIO, file: File, limits: Limits, account: Account, inside: frozenset[str] = frozenset()
) -> Iterator[Entry]:
    """Yield the objects of a document; `inside` names the keys under which an object holds the list of them.

    Counts them as rows; what is no object is dropped. Raises RecordsError.
    """
    document = _Document(text, file.name, limits.depth, inside)
    for number, (line, value) in enumerate(document.values(), 1):
        check_rows(number, limits, f"{file.name}, line {line}", "entries")
        account.rows += 1
        if isinstance(value, dict):
            yield Entry(value, file.name, line, number)
        else:
            account.drop("not an object with keys", f"{file.name}, line {line} (entry {number})")


def some_entries(
    file: File, limits: Limits, inside: frozenset[str] = frozenset()
) -> Iterator[dict[str, Any]]:
    """Yield what the entries hold as long as there is no fault: the reading itself will come upon it."""
    try:
        with closing(opened(file, writing_of(file, limits))) as text:
            for entry in entries(text, file, limits, Account(), inside):
                yield entry.value
    except RecordsError:
        return


def first_keys(head: str, inside: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the keys of the first entry, as far as the beginning of a document tells. Never raises."""
    found: set[str] = set()
    try:
        _Document(io.StringIO(head), "", 64, inside).keys(found)
    except (RecordsError, RecursionError):
        pass
    return frozenset(found)


def keys_of(file: File, limits: Limits, inside: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the keys of the first entry, however long it is."""
    first = next(some_entries(file, limits, inside), None)
    return first_keys(head_of(file), inside) if first is None else frozenset(first)


def is_empty_list(head: str) -> bool:
    """Is this the whole of an export in which there was nothing?"""
    return re.fullmatch(r"(?:\[\s*\]\s*)+", head.strip("\ufeff \t\r\n")) is not None


class _Unwanted(ValueError):
    """Something in an entry that no system writes."""


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _Unwanted(f"a number of {len(digits):,} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    if len(digits) > 4 * MOST_DIGITS:
        raise _Unwanted(f"a number of {len(digits):,} digits")
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Unwanted("a number that is too large")
    return number


def _no_number(name: str) -> NoReturn:
    raise _Unwanted(f"{name}, which is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Unwanted("a key that stands twice in one object")
    return made


_DECODER = json.JSONDecoder(
    parse_int=_whole, parse_float=_fraction, parse_constant=_no_number, object_pairs_hook=_once
)


class _Document:
    """The values of a document, pulled from its text piece by piece."""

    def __init__(self, text: TextIO, name: str, depth: int, inside: frozenset[str]) -> None:
        self._source, self._name, self._depth, self._inside = text, name, depth, inside
        self._text, self._at = "", 0
        self._ended = False
        self._line, self._counted = 1, 0  # the line, and how far into the text its lines are counted
        self._column = 0  # of the first character at hand, from 0

    def values(self) -> Iterator[tuple[int, Any]]:
        """Yield the line and value of each entry."""
        if not self._peek():
            self._refuse(self._at, "the file is empty", "export it again; a list with nothing in it is []")
        while sign := self._peek():
            if sign == "[":
                yield from self._list(1)
            elif sign == "{":
                yield from self._object(1)
            else:
                self._refuse(
                    self._at,
                    f"{sign!r} where a list or an object begins",
                    "give the JSON file as it was written",
                )

    def keys(self, found: set[str]) -> None:
        """Add the keys of the first entry, or of the object around an empty list."""
        while (sign := self._peek()) and sign in "[],":  # pages before it may be empty
            self._take(sign)
        self._take("{")
        while self._peek() == '"':
            key, _ = self._value(1)
            found.add(key)
            self._take(":")
            if key in self._inside and self._peek() == "[":
                self._take("[")
                if self._peek() == "{":
                    found.clear()
                    return self.keys(found)
                return None
            self._value(1)
            if self._peek() == ",":
                self._take(",")
        return None

    def _list(self, depth: int) -> Iterator[tuple[int, Any]]:
        self._take("[")
        if self._peek() == "]":
            return self._take("]")
        while True:
            if self._peek() == "[" and depth < 3:  # pages, each a list, in one list
                yield from self._list(depth + 1)
            else:
                line = self._line_of(self._at)
                value, _ = self._value(depth + 1)
                yield line, value
            if self._peek() != ",":
                return self._take("]")
            self._take(",")

    def _object(self, depth: int) -> Iterator[tuple[int, Any]]:
        line, own, held, around = self._line_of(self._at), dict[str, Any](), 0, False
        self._take("{")
        while self._peek() != "}":
            key, _ = self._value(depth + 1)
            if not isinstance(key, str) or key in own:
                fault = (
                    "a key that stands twice in one object"
                    if isinstance(key, str)
                    else "a key without quotes"
                )
                self._refuse(self._at, fault, AGAIN)
            self._take(":")
            if key in self._inside and self._peek() == "[":
                around = True
                yield from self._list(depth + 1)
            else:
                own[key], length = self._value(depth + 1)
                held += length
                if held > MOST_ENTRY:
                    self._refuse(self._at, f"an object of more than {MOST_ENTRY:,} characters", AGAIN)
            if self._peek() == "}":
                break
            self._take(",")
        self._take("}")
        if not around:
            yield line, own

    def _peek(self) -> str:
        """Return the next character that is not blank, "" at the end."""
        while True:
            match = _BLANK.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _take(self, sign: str) -> None:
        found = self._peek()
        if found == sign:
            self._at += 1
        elif not found:
            self._refuse_cut(self._at)
        else:
            self._refuse(self._at, f"{found!r} where {sign!r} was expected", AGAIN)

    def _value(self, depth: int) -> tuple[Any, int]:
        """Return the next value, and how many characters it has."""
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _NEAR_END
                if cut and self._grown():
                    continue
                if error.msg.startswith("Unterminated") or error.pos >= len(self._text.rstrip()):
                    self._refuse_cut(len(self._text))
                self._refuse(error.pos, f"this is no JSON ({error.msg})", AGAIN)
            except _Unwanted as error:
                self._refuse(self._at, f"the entry that begins here has {error}", AGAIN)
            except RecursionError:
                self._refuse_deep()
            if end == len(self._text) and self._grown():
                continue  # a number may go on
            length = end - self._at
            self._check_depth(end, depth)
            self._at = end
            return value, length

    def _check_depth(self, end: int, outer: int) -> None:
        """Take one pair of brackets after the other out of a value, from the inside."""
        value = self._text[self._at : end]
        if "\\" in value:
            value = value.replace("\\\\", "").replace('\\"', "")
        outside = "".join(value.split('"')[::2])  # of what stands in quotes nothing is a bracket
        brackets = outside.encode("ascii", "ignore").translate(_ONE_KIND, _NO_BRACKETS)
        for _ in range(self._depth - outer + 1):
            if not brackets:
                return
            brackets = brackets.replace(b"[]", b"")
        if brackets:
            self._refuse_deep()

    def _grown(self) -> bool:
        """Have more text at hand, unless there is none."""
        if len(self._text) - self._at > MOST_ENTRY:
            self._refuse(self._at, f"one entry of more than {MOST_ENTRY:,} characters", AGAIN)
        return self._more()

    def _more(self) -> bool:
        if self._ended:
            return False
        piece = self._source.read(max(_PIECE, len(self._text) - self._at))
        if not piece:
            self._ended = True
            return False
        self._column = self._column_of(self._at)
        self._line_of(self._at)
        self._text, self._at, self._counted = self._text[self._at :] + piece, 0, 0
        return True

    def _line_of(self, at: int) -> int:
        if at >= self._counted:
            self._line += self._text.count("\n", self._counted, at)
            self._counted = at
        return self._line

    def _column_of(self, at: int) -> int:
        last = self._text.rfind("\n", 0, at)
        return self._column + at if last < 0 else at - last - 1

    def _refuse_deep(self) -> NoReturn:
        self._refuse(self._at, f"brackets more than {self._depth} deep in the entry that begins here", AGAIN)

    def _refuse_cut(self, at: int) -> NoReturn:
        self._refuse(at, "the file ends in the middle of an entry", "it was cut off: make the export again")

    def _refuse(self, at: int, fault: str, remedy: str) -> NoReturn:
        raise RecordsError(
            f"{self._name}, line {self._line_of(at)}, column {self._column_of(at) + 1}", fault, remedy
        )
