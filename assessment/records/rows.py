"""The rows of a table as work items: which column tells what, and what is to be said of a row.

Every reader of tables is a `System` over this: the headings by which its columns are known, and what its
cells hold that others' do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from assessment.records import stages
from assessment.records.given import address
from assessment.records.given import name as shown
from assessment.records.moments import Moment, Moments
from assessment.records.people import People
from assessment.records.source import Account, Column, Options, Understood
from assessment.records.study import SHORT, clocks_of, study_of
from assessment.records.tables import Table
from assessment.records.work import Link, LinkKind, Reply, Stage, WorkItem

FIELDS: Mapping[str, str] = {
    "ref": "what it is called",
    "url": "where it opens",
    "state": "its state",
    "category": "the kind of its state",
    "resolution": "how it ended",
    "created": "created",
    "started": "begun",
    "done": "finished",
    "stopped": "given up",
    "moved": "came into its state",
    "due": "due",
    "touched": "last changed",
    "author": "who asked for it",
    "doer": "who did it",
    "approved_by": "who approved it",
    "approved_at": "when it was approved",
    "reopened": "reopened (how often, or when)",
    "released": "released",
    "links": "its results (addresses, changes)",
    "parent": "what it was done for",
    "repairs": "what it puts right",
    "labels": "labels",
    "areas": "parts of the system",
}
"""What a column can tell, in the words in which it is shown."""

LISTS = frozenset("links parent repairs labels areas".split())  # every column of these is read
BACKWARDS = "finished before it was created, so it is not counted"
UNDATED = "done, but it is not told when, so it is not counted"
CONTRARY = "has a day on which it was finished, but its state says that it is not done"
BY_LINE = "line "  # is how an item is called that no column names
NAMELESS = "nothing by which it is called"

_NOTHING = frozenset(
    ("", "-", "--", "—", "n/a", "na", "null", "none", "nil", "\\n", "0", "unassigned", "never")
)
_PIECES = re.compile(r"[,;\n|]+")
_KINDS: Mapping[str, LinkKind] = {"links": "result", "parent": "reason", "repairs": "repairs"}


@dataclass(frozen=True, slots=True)
class System:
    """What tells the tables of one system from others."""

    name: str
    headings: Mapping[str, tuple[str, ...]]  # a field, and by which headings it is known, the best first
    split: frozenset[str] = LISTS  # whose cells hold several values
    signs: Mapping[str, str] = field(default_factory=dict)  # what stands before a number, by field
    clock: int | None = None  # how far its times are ahead of UTC, where that is known
    notes: tuple[str, ...] = ()


def columns_of(table: Table, system: System) -> dict[str, tuple[int, ...]]:
    """Return where each field stands in a table, by the headings of its system."""
    return {name: at for name, known in system.headings.items() if (at := _ordered(table, known))}


class Rows:
    """A table as a source of work items. What a system has of its own, its reader adds by overriding."""

    def __init__(
        self,
        table: Table,
        system: System,
        columns: Mapping[str, tuple[int, ...]],
        options: Options,
        people: People,
    ) -> None:
        self.table, self.system, self.columns, self.people = table, system, columns, people
        self.said = options.stages
        study = study_of(table, columns)
        self._times, notes = clocks_of(table, study, options, system.clock)
        self.clock = next(iter(self._times.values()), Moments(zone_minutes=options.zone_minutes))
        self._proposed = study.proposals()
        self._kinds = frozenset(kind for name, kind in _KINDS.items() if name in columns)
        self._at = {name: columns.get(name, ()) for name in FIELDS}
        self._values: dict[tuple[str, ...], tuple[str, ...]] = {}  # of a field and its cells: they come again
        self._stages: dict[str, Stage] = {}
        fields = {at: name for name, places in columns.items() for at in places}
        # A heading that stands more than once is one column to whoever reads of it.
        shown = dict.fromkeys(
            (heading, fields.get(at, "")) for at, heading in enumerate(table.headings) if heading
        )
        self.understood = Understood(
            system.name,
            tuple(Column(heading, name) for heading, name in shown),
            (*table.notes, *notes, *system.notes),
            self._proposed,
        )

    def items(self, account: Account) -> Iterator[WorkItem]:
        """Yield the work items, from the beginning, each time it is called. Raises RecordsError."""
        for line, row in self.table.rows(account):
            item = self._item(line, row, account)
            if item is not None:
                account.items += 1
                yield item

    def text(self, name: str, row: list[str]) -> str:
        """Return what the columns of a field hold: the first that holds anything."""
        for at in self._at[name]:
            if found := row[at].strip():
                return found
        return ""

    def when(self, name: str, row: list[str], line: int, account: Account) -> Moment | None:
        """Return the time in a field; what cannot be read is told."""
        for at in self._at[name]:
            if not (written := row[at]):
                continue
            if found := self._times[at](written):
                return found
            if written.strip().casefold() not in _NOTHING:
                account.remark(f"a time ({FIELDS[name]}) that cannot be read", self.table.place(line))
        return None

    def several(self, name: str, row: list[str]) -> tuple[str, ...]:
        """Return every value of a field, of all its columns, each once; labels in small letters."""
        cells = (name, *[row[at] for at in self._at[name]])
        if sum(map(len, cells)) > SHORT:
            return tuple(dict.fromkeys(self._pieces(*cells)))
        if cells not in self._values:
            if len(self._values) >= 20_000:
                self._values.clear()
            self._values[cells] = tuple(dict.fromkeys(self._pieces(*cells)))
        return self._values[cells]

    def person(self, name: str, row: list[str]) -> str | None:
        """Return the code of the person in a field."""
        known = self.text(name, row)[:SHORT]
        return self.people.code(known) if known and known.casefold() not in _NOTHING else None

    def ref(self, row: list[str], line: int) -> str:
        """Return what an item is called; where no column tells it, by its line."""
        if "ref" not in self.columns:
            return f"{BY_LINE}{line}"
        return self._signed("ref", shown(self.text("ref", row)))

    def url(self, row: list[str]) -> str:
        """Return where an item opens, "" where the table does not say."""
        return address(self.text("url", row))

    def stage(self, state: str) -> Stage | None:
        """Return what a state means; None where there is none."""
        if not state:
            return None
        if state not in self._stages:
            if len(self._stages) >= 10_000:
                self._stages.clear()
            meant = self.said.get(state) or self._proposed.get(state) or stages.guess(state)
            self._stages[state] = meant
        return self._stages[state]

    def links(self, row: list[str]) -> tuple[Link, ...] | None:
        """Return what an item names; None where the table has no column for it."""
        if not self._kinds:
            return None
        return tuple(
            Link(self._signed(name, value[:500]), kind)
            for name, kind in _KINDS.items()
            if name in self.columns
            for value in self.several(name, row)
        )

    def link_kinds(self) -> frozenset[LinkKind]:
        """Return of which kinds of links the table tells."""
        return self._kinds

    def replies(self, row: list[str]) -> tuple[Reply, ...] | None:
        """Return who answered on an item and when; None: a table seldom tells."""
        return None

    def due(self, row: list[str], line: int, account: Account) -> date | None:
        """Return the day on which an item was due, by its writer's clock."""
        found = self.when("due", row, line, account)
        if found is None or found.whole_day or found.zoned:
            return found.at.date() if found else None
        return (found.at + self._times[self.columns["due"][0]].shift).date()

    def _signed(self, name: str, called: str) -> str:
        sign = self.system.signs.get(name)
        return sign + called if sign and called.isdecimal() else called

    def _item(self, line: int, row: list[str], account: Account) -> WorkItem | None:
        ref = self.ref(row, line)
        if not ref:
            account.drop(NAMELESS, self.table.place(line))
            return None
        has = self.columns
        state = shown(self.text("state", row))
        stage = self.stage(state)
        created = self.when("created", row, line, account)
        started = self.when("started", row, line, account)
        touched = self.when("touched", row, line, account)
        done, ended = self._ending(row, line, stage, created, account)
        replies = self.replies(row)
        return WorkItem(
            ref=ref,
            url=self.url(row),
            created=created.at if created else None,
            started=started.at if started else None,
            done=done.at if done else None,
            ended=ended,
            state=state,
            stage=stage,
            whole_days=bool(
                (created and created.whole_day)
                or (done and done.whole_day)
                or (started and started.whole_day)
            ),
            reopened=self._reopened(row, done or touched or created) if "reopened" in has else None,
            due=self.due(row, line, account) if "due" in has else None,
            touched=touched.at if touched else max((reply.at for reply in replies or ()), default=None),
            author=self.person("author", row),
            doer=self.person("doer", row),
            approvals=self._approvals(row, line, account) if "approved_at" in has else None,
            replies=replies,
            links=self.links(row),
            link_kinds=self.link_kinds(),
            released=self._released(row, line, account) if "released" in has else None,
            labels=self.several("labels", row) if "labels" in has else (),
            areas=self.several("areas", row) if "areas" in has else None,
        )

    def _pieces(self, name: str, *cells: str) -> Iterator[str]:
        for cell in cells:
            written = cell.casefold() if name == "labels" else cell
            for piece in _PIECES.split(written) if name in self.system.split else (written,):
                if (value := piece.strip()).casefold() not in _NOTHING:
                    yield value

    def _ending(
        self, row: list[str], line: int, stage: Stage | None, created: Moment | None, account: Account
    ) -> tuple[Moment | None, bool]:
        """Return when an item was declared done, and whether it ended without that."""
        done = self.when("done", row, line, account)
        if stage == "abandoned" or (stage != "done" and self.text("stopped", row)):
            return None, True
        if (resolution := self.text("resolution", row)) and self.stage(resolution) == "abandoned":
            return None, True
        if done is None and stage == "done":
            done = self.when("moved", row, line, account)
        if done is None:
            if stage == "done" or self._is_unread("done", row):
                account.remark(UNDATED, self.table.place(line))
                return None, True
            return None, False
        if stage not in (None, "done"):
            account.remark(CONTRARY, self.table.place(line))
            return None, False
        if created and _is_before(done, created):
            account.remark(BACKWARDS, self.table.place(line))
            return None, True
        return done, False

    def _is_unread(self, name: str, row: list[str]) -> bool:
        return self.text(name, row).casefold() not in _NOTHING

    def _reopened(self, row: list[str], known: Moment | None) -> tuple[datetime, ...] | None:
        """Return when an item was reopened; of how often alone, each at the last time that is known."""
        written = self.text("reopened", row).casefold()
        if written in _NOTHING or written in ("no", "false"):
            return ()
        if written in ("yes", "true"):
            written = "1"
        if written.isdecimal() and len(written) < 4:
            return (known.at,) * min(int(written), 20) if known else None
        found = self._times[self.columns["reopened"][0]](written)
        return (found.at,) if found else None

    def _approvals(self, row: list[str], line: int, account: Account) -> tuple[Reply, ...] | None:
        at = self.when("approved_at", row, line, account)
        if at is not None:
            return (Reply(at.at, self.person("approved_by", row), approves=True),)
        return None if self._is_unread("approved_by", row) or self._is_unread("approved_at", row) else ()

    def _released(self, row: list[str], line: int, account: Account) -> tuple[datetime, ...] | None:
        at = self.when("released", row, line, account)
        if at is not None:
            return (at.at,)
        return None if self._is_unread("released", row) else ()


def _ordered(table: Table, known: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(at for heading in known for at in table.at(heading))


def _is_before(one: Moment, other: Moment) -> bool:
    """Is one earlier than the other, as far as both tell?"""
    if one.whole_day or other.whole_day:
        return one.at.date() < other.at.date()
    return one.at < other.at
