"""How a frame is looked at: the list, where it lies, how many it holds, or why nobody can look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, FileField, TextAreaField, widgets
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # younger than its stubs

from assessment.core import listing
from assessment.core.evidence import Facts, frame_reasons
from assessment.core.instrument import Frame, Instrument
from assessment.core.listing import ListError, Listing, Table
from assessment.web.forms.fields import (
    LARGEST_LIST,
    NOTE,
    NOTE_LINES,
    PLACE,
    QUERY,
    OneOf,
    Whole,
    Words,
)
from assessment.web.forms.filled import Filled, Question, made

_E_MAIL = re.compile(r"\w@\w")
_TELEPHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{7,30}")

LATEST = "latest"  # the answer that takes the newest items in place of a draw
UNUSED_LIST = "A list is there to open items from. Choose above to open them, or take the list out."
LIST_FIELDS = ("list", "file", "column", "heading", "understood")


class Where(Question):
    frame: ClassVar[Frame]
    kept: ClassVar[Mapping[str, Any]]
    counted: ClassVar[int]  # the largest number of items behind counts that were entered
    excuses: ClassVar[Mapping[str, str]]  # name of the answer -> reason of the closed list
    listed: ClassVar[Mapping[str, Any]]  # what is kept of a list that was given before
    table: Table | None = None  # the list that was sent, as it was understood
    listing: Listing | None = None
    otherwise: int | None = None  # the size that was written beside a list of another one

    def validate(self, extra_validators: Any = None) -> bool:
        # Whatever way was chosen: a browser forgets its file, so the page has to hold the list.
        faults = self._read_list()
        super().validate(extra_validators)
        for name, fault in faults:
            self.refuse(name, fault)
        way = self.how
        if way == "items":
            self.has_text("where", "Write where it is recorded.")
            self.has_text("query", "Write the list or query, so that somebody else finds the same items.")
        if way == "items" or (way == "counts" and self.frame.context):
            self.has_value("population", "Write how many there are. If there are none, write 0.")
        if way in ("items", "counts") and self.frame.context:
            self._check_context()
        if way == "counts" and (self["population"].data or self.counted) < self.counted:
            self.refuse("population", f"You entered counts of {self.counted} items. Correct one of the two.")
        if way == "items" and self.is_another_list() and not self["confirm"].data:
            self.refuse("confirm", "You changed the list or its size. Tick this, or put back what was there.")
        return not self.errors

    def _check_context(self) -> None:
        total, shown = self["context_of"], self["population"]
        self.has_value("context_of", "Write how many there are in all. If there are none, write 0.")
        if not (total.errors or shown.errors) and shown.data > total.data:
            self.refuse("population", f"This is more than the {total.data:,} in all.")

    @property
    def warning(self) -> str:
        """What to look at again in a note, which is kept all the same; empty for most."""
        note = self["note"].data or ""
        numbers = (re.sub(r"\D", "", found[0]) for found in _TELEPHONE.finditer(note))
        if _E_MAIL.search(note) or any(len(each) > 8 for each in numbers):
            return "Your note seems to hold an e-mail address or a telephone number. Take it out if it does."
        return ""

    @property
    def how(self) -> str:
        """How the frame is looked at: taking the latest is a way of opening items, too."""
        way = self["way"].data or ""
        return "items" if way == LATEST else way

    def _read_list(self) -> list[tuple[str, str]]:
        """Understand the list that was pasted or uploaded; return what is wrong with it, by field."""
        area, file = self["list"], self["file"].data
        try:
            if isinstance(file, FileStorage) and (data := file.stream.read(listing.MAX_BYTES + 1)):
                area.data = listing.decoded(data)  # handed back in the page: a browser forgets its file
            if not (area.data or "").strip():
                return []
            if self.how not in ("items", ""):
                return [("list", UNUSED_LIST)]
            self.table = listing.read(area.data)
            self._offer_columns(self.table)
            column, heading = self["column"], self["heading"].data
            self.listing = listing.references(self.table, int(column.data), has_heading=heading)
        except ListError as error:
            return [("list", str(error))]
        written, self["population"].data = self["population"].data, len(self.listing.references)
        self.otherwise = None if written == self["population"].data else written
        self["population"].raw_data, self["population"].process_errors = None, []
        # The tick belongs to the list that it was shown beside, and to no other.
        tick, shown = self["understood"], self.listing.sha256
        tick.data = bool(tick.data and shown in (tick.raw_data or ()))
        tick.render_kw = {"value": shown}
        if tick.data:
            return []
        return [("understood", "Look at what was understood of your list. If it is right, tick this.")]

    def _offer_columns(self, table: Table) -> None:
        """Offer the columns of a table, and propose one to whoever has not chosen yet."""
        column: Any = self["column"]
        names = [(str(i), cell[:60] or f"Column {i + 1}") for i, cell in enumerate(table.columns)]
        choices = [*names, (str(listing.WHOLE), "The whole line")]
        column.choices = [SelectChoice(*pair) for pair in choices]
        if column.data not in dict(choices):
            column.data = str(table.column)
            self["heading"].data = table.has_heading

    @property
    def understood_words(self) -> str:
        """What was understood of a list, in a sentence."""
        if self.listing is None:
            return ""
        found = self.listing.references
        words = f"{len(found):,} items: {', '.join(found[:3])}" if len(found) > 1 else f"1 item: {found[0]}"
        words += f" … {found[-1]}." if len(found) > 3 else "."
        empty = f"{self.listing.empty:,} empty {'line' if self.listing.empty == 1 else 'lines'} left out"
        left = [empty] * bool(self.listing.empty) + [f"{self.listing.repeated:,} repeated"] * bool(
            self.listing.repeated
        )
        other = "" if self.otherwise is None else f"You wrote {self.otherwise:,}; the list counts."
        return " ".join(filter(None, (words, f"{'; '.join(left)}." if left else "", other)))

    @property
    def asks(self) -> str:
        return "Is this the list?" if set(self.errors) == {"understood"} else ""

    def fingerprint(self) -> str:
        """Return that of the list that was given, now or before; empty without one."""
        if self.listing:
            return self.listing.sha256
        same = self.listed.get("count") == self["population"].data
        return str(self.listed.get("sha256", "")) if same else ""

    def said(self) -> Iterator[tuple[str, str]]:
        hidden = {self[name].label.text for name in LIST_FIELDS}
        return (pair for pair in super().said() if pair[0] not in hidden)

    def is_another_list(self) -> bool:
        """Would this list need another sample than the one that was seen?"""
        drawn = self.kept.get("drawn")
        return bool(drawn and self.kept["positions"]) and drawn != self.drawn_from()

    def drawn_from(self) -> dict[str, Any]:
        """Return what a sample of this list would be drawn from."""
        fingerprint = self.fingerprint()
        drawn = {"query": self["query"].data, "population": self["population"].data}
        if self["way"].data == LATEST:
            drawn["latest"] = True
        return {**drawn, "list": fingerprint} if fingerprint else drawn

    def record(self) -> dict[str, Any]:
        record = {"context_of": None, **super().record()}
        for name in ("confirm", *LIST_FIELDS):
            record.pop(name, None)  # it belongs to one sending and is not an answer
        reason = self.excuses.get(record["way"], "")
        record = {**record, "way": "not-applicable" if reason else self.how, "reason": reason}
        return {**record, "latest": True} if self["way"].data == LATEST else record

    @classmethod
    def by_field(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        names = {reason: name for name, reason in cls.excuses.items()}
        way = LATEST if record.get("latest") else record["way"]
        return {**record, "way": names.get(record["reason"], way)}


def noted(form: Filled) -> list[tuple[str, str]]:
    """Return the note of a page with its label; empty without one."""
    note = form["note"] if "note" in form else None
    return [(note.label.text, note.data)] if note and note.data else []


def where_form(
    instrument: Instrument,
    facts: Facts,
    frame: Frame,
    n: int,
    kept: Mapping[str, Any],
    counted: int,
    listed: Mapping[str, Any],
) -> type[Question]:
    which = f"Take the latest {n}" if frame.latest else "This site draws which ones"
    excuses = excuses_of(frame_reasons(instrument, facts, frame))
    ways = [
        ("items", f"Open {n} of them, one by one"),
        *(() if frame.latest else ((LATEST, f"Open the most recent {n} instead: marked as not drawn"),)),
        ("counts", "Enter counts that already exist"),
        ("none", "Nobody can look: could not verify"),
        *excused(excuses),
    ]
    fields: dict[str, Any] = {
        "way": OneOf(
            f"How will you look at the {frame.items}?",
            description=f"Opening items gives the stronger evidence. {which}; "
            f"if there are fewer than {n}, open all.",
            choices=ways,
            need="Choose how you will look.",
        ),
        "where": Words(
            "Where are they recorded?",
            description="The tool, register or folder, so that a colleague finds it.",
            limit=PLACE,
        ),
        "query": Words(
            "Which list or query holds them all?",
            description="The filter, report or view, and how it is sorted. Say what happened, not who.",
            limit=QUERY,
            widget=widgets.TextArea(),
        ),
    }
    before = "With the newest at its top." if frame.latest else "Count before you see which are drawn."
    if frame.context:
        fields["context_of"] = Whole(frame.context.total_question, low=0, high=LARGEST_LIST)
    fields["population"] = Whole(
        frame.context.question if frame.context else "How many does that list hold?",
        description=frame.context.hint if frame.context else before,
        low=0,
        high=LARGEST_LIST,
    )
    fields["note"] = Words(
        "A note, if you like",
        description="What happened, not who. It stands beside your answers, not in the report.",
        limit=NOTE,
        lines=NOTE_LINES,
    )
    fields |= {
        "list": TextAreaField("Paste the list, one reference a line", default=""),
        "file": FileField("Or choose a CSV file"),
        "column": OneOf("Which column holds the references?", choices=()),
        "heading": BooleanField("The first line is a heading"),
        "understood": BooleanField("Yes, this is the list"),
    }
    if kept.get("positions"):
        anew = (
            "Take the latest of the changed list"
            if frame.latest
            else "Draw a new sample from the changed list"
        )
        fields["confirm"] = BooleanField(anew)
    return made(Where, fields, frame=frame, kept=kept, excuses=excuses, counted=counted, listed=listed)


def counted_behind(counts: Mapping[str, Any]) -> int:
    return max((sum(triple.values()) for triple in counts.values() if isinstance(triple, Mapping)), default=0)


def excuses_of(reasons: Iterable[str]) -> dict[str, str]:
    """Return closed reasons by the name that their answer is sent under."""
    return {f"not-applicable-{i}": reason for i, reason in enumerate(reasons)}


def excused(excuses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield an answer for each reason, as a closed list offers it."""
    return ((name, f"Not applicable: {reason}") for name, reason in excuses.items())


def excuse_ticks(excuses: Mapping[str, str]) -> dict[str, Any]:
    """Return a tick for each reason, where there is no closed list that could offer it."""
    return {name: BooleanField(words) for name, words in excused(excuses)}
