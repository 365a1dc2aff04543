"""Where a fault lies: file, line, fault and remedy, for everything that is read from content/.

`tomllib` says where a syntax error is, but not where a key that it read stood. `read_toml` gives both: the
values, and a function from a key path such as `("passes", 0, "frames", 1, "name")` to its line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KeyPath = tuple[str | int, ...]
Locate = Callable[[KeyPath], int]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a file, and what to do about it. Lines count from 1."""

    file: str
    line: int
    fault: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.fault}; {self.remedy}"


class ContentError(Exception):
    """Files under content/ cannot be used; `faults` holds each fault, one to a line in `str()`."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML file as it was read: its bytes, its values, and where each of them stands."""

    name: str  # from the folder of what it belongs to: "passes/f1-done.toml"
    shown: str
    raw: bytes
    data: dict[str, Any]
    locate: Locate

    @property
    def room(self) -> str:
        """The folder that holds it, "" for the top."""
        return self.name.rpartition("/")[0]

    def fault(self, path: KeyPath, fault: str, remedy: str) -> Fault:
        """Return a fault at the line of a key path."""
        return Fault(self.shown, self.locate(path), fault, remedy)


def shown(path: Path) -> str:
    """Return a path as a person types it: from the current folder where it lies inside, else whole."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes. Raises ContentError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        fault = f"cannot be read: {error.strerror}"
        raise ContentError([Fault(shown(path), 1, fault, "put a readable file there")]) from None


def decode(raw: bytes, file: str) -> str:
    """Return bytes as text. Raises ContentError with the line of the first byte that is not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ContentError([Fault(file, line, "is not UTF-8 text", "save the file as UTF-8")]) from None


def read_text(path: Path) -> str:
    """Return a file's text. Raises ContentError where it cannot be read or is not UTF-8."""
    return decode(read_bytes(path), shown(path))


def line_with(text: str, path: Path) -> int:
    """Return the first line of a file that holds a text, 1 when none does."""
    lines = path.read_text("utf-8").split("\n")
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)


def read_toml(path: Path) -> tuple[dict[str, Any], Locate]:
    """Return a TOML file's values, and the function that gives the line of a key path.

    Raises ContentError with the line of the first syntax error.
    """
    return parse_toml(read_text(path), shown(path))


def read_toml_file(path: Path, folder: Path) -> TomlFile:
    """Return a TOML file under a folder with all that is known of it. Raises ContentError."""
    raw = read_bytes(path)
    data, locate = parse_toml(decode(raw, shown(path)), shown(path))
    return TomlFile(path.relative_to(folder).as_posix(), shown(path), raw, data, locate)


def leaves(data: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield each plain value of nested tables and lists with its key path, in their order."""
    match data:
        case dict():
            for key, value in data.items():
                yield from leaves(value, (*path, key))
        case list() | tuple():
            for index, value in enumerate(data):
                yield from leaves(value, (*path, index))
        case _:
            yield path, data


def parse_toml(text: str, file: str, first_line: int = 1) -> tuple[dict[str, Any], Locate]:
    """Return the values of a TOML text and the function that gives the line of a key path.

    `first_line` is the line of the file on which the text starts (the head of a page starts on its second).
    A path that the text does not hold gets the line of its nearest parent, else `first_line`.
    Raises ContentError.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContentError([_syntax_fault(str(error), text, file, first_line)]) from None
    lines = _Scan(text).lines()

    def locate(path: KeyPath) -> int:
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path, 1) + first_line - 1

    return data, locate


def _syntax_fault(message: str, text: str, file: str, first_line: int) -> Fault:
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    line = int(place[1]) if place else text.rstrip("\n").count("\n") + 1
    what = message[: place.start()] if place else message.removesuffix(" (at end of document)")
    where = f" at column {place[2]}" if place else " at the end of the file"
    fault = f"not TOML: {what[:1].lower()}{what[1:]}{where}"
    return Fault(file, line + first_line - 1, fault, "correct the line, or the one above it")


_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'", re.DOTALL
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^,\]}\n#]+")


class _Scan:
    """The line of every key and array element of a text that `tomllib` has already found to be TOML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.found: dict[KeyPath, int] = {}
        self.tables: dict[KeyPath, int] = {}  # how many tables each array of tables has so far

    def lines(self) -> dict[KeyPath, int]:
        """Return the line of each key path, counted from 1."""
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self._header(2)
            elif self.text.startswith("[", self.at):
                table = self._header(1)
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.found

    def _header(self, brackets: int) -> KeyPath:
        line = self.line
        self._move(self.at + brackets)
        keys = self._keys()
        self._move(self.at + brackets)
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._inside((*path, key), line)
        path = (*path, keys[-1])
        if brackets == 2:
            self.tables[path] = self.tables.get(path, 0) + 1
        path = self._inside(path, line)
        self.found[path] = line
        return path

    def _inside(self, path: KeyPath, line: int) -> KeyPath:
        """Return the path of the table that a header's key stands for: the last one of an array of tables."""
        self.found.setdefault(path, line)
        return (*path, self.tables[path] - 1) if path in self.tables else path

    def _pair(self, table: KeyPath) -> None:
        line = self.line
        path = table
        for key in self._keys():
            path = (*path, key)
            self.found.setdefault(path, line)
        self._move(self.at + 1)  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            quoted = _TEXT.match(self.text, self.at)
            raw = quoted or _BARE_KEY.match(self.text, self.at)
            if raw is None:  # tomllib reads a form of key that this scanner does not know
                raise AssertionError(f"no key at line {self.line}")
            keys.append(tomllib.loads(f"key = {raw[0]}")["key"] if quoted else raw[0])
            self._move(raw.end())
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return keys
            self._move(self.at + 1)

    def _value(self, path: KeyPath) -> None:
        match self.text[self.at]:
            case "[":
                self._list(path)
            case "{":
                self._inline_table(path)
            case _:
                self._skip(_TEXT if self.text[self.at] in "\"'" else _PLAIN)

    def _list(self, path: KeyPath) -> None:
        self._step()
        index = 0
        while self.text[self.at] != "]":
            self.found[(*path, index)] = self.line
            self._value((*path, index))
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self._step()
            index += 1
        self._move(self.at + 1)

    def _inline_table(self, path: KeyPath) -> None:
        self._step()
        while self.text[self.at] != "}":
            self._pair(path)
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self._step()
        self._move(self.at + 1)

    def _step(self) -> None:
        self._move(self.at + 1)
        self._skip(_BLANK)

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self.text, self.at)
        if found:
            self._move(found.end())

    def _move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to
