"""git: the output of `git log` in the format of `EXPORT`, with `--numstat` or without.

Every commit is a change that was done when it was committed. With `--first-parent` that is one for each merge
or commit on the main branch, which is what is meant by a change elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from assessment.records.mentions import HASH, MENTIONED, assisted, named, once, tickets
from assessment.records.moments import Moments
from assessment.records.people import People
from assessment.records.source import (
    Account,
    Column,
    File,
    Limits,
    Options,
    RecordsError,
    Source,
    Understood,
    check_rows,
)
from assessment.records.text import Writing, opened, writing_of
from assessment.records.work import Reply, WorkItem

NAME = "git"
TITLE = "git"
COMMAND = (
    'git log --first-parent --date=iso-strict --numstat --pretty=format:"'
    '%x1e%H%x1f%P%x1f%aN%x1f%aE%x1f%ad%x1f%cN%x1f%cE%x1f%cd%x1f%D%x1f%s%x1f%b%x1f" > git-log.txt'
)
EXPORT = f"In a clone of the repository (--numstat may be left out):\n$ {COMMAND}"

_RECORD, _FIELD = "\x1e", "\x1f"
_FIELDS = 12  # eleven, and what --numstat adds behind the last separator
_COLUMNS = (
    ("hash", "ref"),
    ("parents", ""),
    ("author name", "author"),
    ("author e-mail", "author"),
    ("author date", ""),
    ("committer name", ""),
    ("committer e-mail", ""),
    ("committer date", "done"),
    ("tags", "released"),
    ("subject", "links"),
    ("body", "links"),
)
_PIECE = 1 << 20
_MOST_RECORD = 32_000_000  # characters: the first import of a large project has some
_BEGINS = re.compile(r"\s*\x1e[0-9a-f]{40}(?:[0-9a-f]{24})?\x1f")
_OTHER = re.compile(r"\s*commit [0-9a-f]{40}\b")
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TAG = re.compile(r"(?:^|, )tag: ")
_SIGNED = re.compile(
    r"^(reviewed|acked|approved|signed-off)-by[ \t]*+:[ \t]*+([^\n<]{0,200})"
    r"<([^\n<>@]{1,200}@[^\n<>@]{1,200})>",
    re.IGNORECASE | re.MULTILINE,
)
_NUMSTAT = re.compile(r"^(?:\d+|-)\t(?:\d+|-)\t(.+)$", re.MULTILINE)


def recognises(name: str, head: str) -> bool:
    """Is it a log, in our format or in that of git itself (which is refused with the command)?"""
    return _BEGINS.match(head) is not None or _OTHER.match(head) is not None


def open_source(file: File, options: Options, people: People, limits: Limits) -> Source:
    """Return a log."""
    writing = writing_of(file, limits)
    with closing(opened(file, writing)) as text:
        if not _BEGINS.match(text.read(200)):
            raise RecordsError(file.name, "this is another format of git log", f"make it by: {COMMAND}")
    return _Source(file, writing, options, people, limits)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a whole log tells anything of: without it nothing is known, and not that there is none."""

    numstat: bool
    tags: bool
    trailers: bool


class _Source:
    """A log."""

    def __init__(
        self, file: File, writing: Writing, options: Options, people: People, limits: Limits
    ) -> None:
        self._file, self._writing, self._people, self._limits = file, writing, people, limits
        self._moments = Moments(zone_minutes=options.zone_minutes)
        self._told = self._look_through()
        columns = tuple(Column(heading, field) for heading, field in _COLUMNS)
        columns += (Column("numstat", "areas"),) if self._told.numstat else ()
        notes = [f"{'With' if self._told.numstat else 'Without'} --numstat."]
        if not self._told.tags:
            notes.append("No tag is named in it, so nothing is known of releases.")
        if not self._told.trailers:
            notes.append("No commit names who reviewed it, so nothing is known of approvals.")
        self.understood = Understood(NAME, columns, tuple(notes))

    def items(self, account: Account) -> Iterator[WorkItem]:
        """Yield the commits, as they stand in the log."""
        releases: dict[str, datetime] = {}  # by the commits that are still to come: the first that has each
        for line, record in self._records():
            account.rows += 1
            place = f"{self._file.name}, line {line} (commit {account.rows:,})"
            check_rows(account.rows, self._limits, place, "commits", "add --since to the command")
            item = self._item(record, releases)
            if isinstance(item, str):
                account.drop(item, place)
                continue
            account.items += 1
            yield item

    def _look_through(self) -> _Told:
        numstat = tags = trailers = False
        for _, record in self._records():
            fields = record.split(_FIELD)
            if len(fields) == _FIELDS:
                numstat = numstat or _NUMSTAT.search(fields[11]) is not None
                tags = tags or _TAG.search(fields[8]) is not None
                trailers = trailers or any(
                    way.casefold() != "signed-off" or mail.casefold() != fields[3].casefold()
                    for way, _, mail in _SIGNED.findall(fields[10])
                )
            if numstat and tags and trailers:
                break
        return _Told(numstat, tags, trailers)

    def _records(self) -> Iterator[tuple[int, str]]:
        """Yield each record with the line on which it begins."""
        with closing(opened(self._file, self._writing)) as text:
            yield from _split(text, self._file.name)

    def _item(self, record: str, releases: dict[str, datetime]) -> WorkItem | str:
        fields = record.split(_FIELD)
        if len(fields) != _FIELDS:
            return "not the fields of the documented format, or cut off in the middle"
        ident, parents, name, mail, *_, committed, refs, subject, body, stat = fields
        done = self._moments.at(committed)
        if not _HASH.fullmatch(ident) or done is None:
            return "no hash, or no time at which it was committed"
        author = self._person(name, mail)
        released = self._released(ident, parents, refs, done, releases)
        text = f"{subject}\n\n{body}"
        return WorkItem(
            ref=ident[:HASH],
            kind="change",
            done=done,
            state="committed",
            stage="done",
            touched=done,
            author=author,
            doer=author,
            approvals=self._approvals(body, author, done),
            links=tuple(once([*named(text, signs="#!"), *tickets(subject)])),
            link_kinds=MENTIONED,
            released=released,
            areas=_areas(stat) if self._told.numstat else None,
            assisted=assisted(body),
        )

    def _person(self, name: str, mail: str) -> str | None:
        """Return the code of a person by their mail address; None for a program, by either of its names."""
        local = mail.partition("@")[0].rpartition("+")[2]
        if any(one.strip() and self._people.code(one) is None for one in (name, local)):
            return None
        return self._people.code(mail.strip() or name.strip())

    def _approvals(self, body: str, author: str | None, done: datetime) -> tuple[Reply, ...] | None:
        """Return who reviewed it, by its trailers; so does who signs off what another has made."""
        if not self._told.trailers:
            return None
        signed = ((each[1], self._person(each[2], each[3])) for each in _SIGNED.finditer(body))
        return tuple(
            Reply(done, who, approves=True)
            for way, who in signed
            if way.casefold() != "signed-off" or who != author
        )

    def _released(
        self, ident: str, parents: str, refs: str, done: datetime, releases: dict[str, datetime]
    ) -> tuple[datetime, ...] | None:
        """Return the first release that has a commit: a tag, on it or on one that came after it."""
        if not self._told.tags:
            return None
        later = releases.pop(ident, None)
        first = done if _TAG.search(refs) else later
        if first is None:
            return ()
        for parent in parents.split():
            releases[parent] = min(first, releases.get(parent, first))
        return (first,)


def _split(text: TextIO, name: str) -> Iterator[tuple[int, str]]:
    at_hand, line = "", 1
    while piece := text.read(_PIECE):
        at_hand += piece
        if len(at_hand) > _MOST_RECORD:
            raise RecordsError(f"{name}, line {line}", "a commit without an end", "make the log again")
        *whole, at_hand = at_hand.split(_RECORD)
        for record in whole:
            if record.strip():
                yield line, record
            line += record.count("\n")
    if at_hand.strip():
        yield line, at_hand


def _areas(stat: str) -> tuple[str, ...]:
    """Return the folders at the top in which files were changed; a renamed file is where it went."""
    found = set()
    for line in _NUMSTAT.finditer(stat):
        path = line[1]
        if path.startswith('"'):
            path = _unquoted(path)
        if " => " in path:
            path = _renamed(path)
        folder, found_one, _ = path.lstrip("/").partition("/")
        if found_one and folder:
            found.add(folder)
    return tuple(sorted(found))


def _renamed(path: str) -> str:
    """Return where a file went: "kiln/{old => new}/fire.py", or two whole paths."""
    before, _, rest = path.partition("{")
    both, _, after = rest.partition("}")
    if " => " in both:
        return before + both.rpartition(" => ")[2] + after
    return path.rpartition(" => ")[2]


def _unquoted(path: str) -> str:
    """Return a path that git has put in quotes, whose bytes beyond ASCII are written in octal."""
    raw = re.sub(rb"\\([0-7]{3})", lambda byte: bytes([int(byte[1], 8) & 255]), path.strip('"').encode())
    return "".join(sign if sign.isprintable() else " " for sign in raw.decode("utf-8", "replace"))
