"""The instrument's questions as forms: what may be typed, in which words it is refused, what is kept.

A form is built from the instrument for one stop of the path. It is filled from the record that was kept
there, and gives the record to keep. Texts pass one gate and are then kept exactly as typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FileField,
    Form,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # younger than its stubs
from wtforms.validators import StopValidation

from assessment.core import evidence, listing
from assessment.core.evidence import Facts, Kind, Records, Stop
from assessment.core.instrument import Check, Frame, Indicator, Instrument, Single
from assessment.core.listing import ListError, Listing, Table
from assessment.core.text import stray

# Longest texts, in characters: what a list, a place or a reference needs, and a page of a report bears.
LABEL, PLACE, QUERY, REFERENCE, NOTE = 80, 500, 500, 200, 4_000
NOTE_LINES = 200
LARGEST_TEAM = 5_000
LARGEST_LIST = 1_000_000_000
MOST_COUNTED = 200  # items behind counts that were not opened here
SHORTEST_WINDOW_DAYS, LONGEST_WINDOW_DAYS = 7, 366
FIRST_YEAR = 1990

YES_NO = (("yes", "Yes"), ("no", "No"), ("unverified", "Could not verify"))
COUNTED_FROM = (("report", "Yes"), ("memory", "No, from memory or hearsay"))
KNOWN_FROM = (
    ("record", "The record is open before me"),
    ("report", "From a report, a dashboard or minutes dated in the window"),
    ("memory", "From memory or hearsay"),
)
WORK = (
    ("software", "Software or data"),
    ("service", "Operations, care or customer service"),
    ("projects", "Projects and change"),
    ("research", "Research, design or policy"),
    ("other", "Something else"),
)

_DIGITS = re.compile(r"[0-9]{1,10}|[0-9]{1,3}(?:[ ,\u00a0\u202f][0-9]{3}){1,3}")  # 5000, 5,000, 5 000
_E_MAIL = re.compile(r"\w@\w")
_TELEPHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{7,30}")
_NOT_DIGITS = re.compile(r"[^0-9]")


Pairs = Iterable[tuple[str, str]]
"""What is sent and what is read, for each answer of a closed list."""

# --- fields ---------------------------------------------------------------------------------------


class Words(StringField):
    """A text, kept as typed. `need` is the sentence for an empty one; without it the text may be left out."""

    def __init__(self, label: str, *, limit: int, lines: int = 0, need: str = "", **options: Any) -> None:
        super().__init__(label, default="", **options)
        self.limit = limit
        self.lines = lines  # at most; 0 for any number
        self.need = need

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            # A browser sends the newline of a text area as two characters; one was typed.
            self.data = valuelist[0].replace("\r\n", "\n")

    def pre_validate(self, form: Any) -> None:
        text = self.data or ""
        if self.need and not text.strip():
            raise StopValidation(self.need)
        if len(text) > self.limit:
            raise StopValidation(
                f"This has {len(text):,} characters; at most {self.limit:,} fit. Shorten it."
            )
        if self.lines and text.count("\n") >= self.lines:
            raise StopValidation(
                f"This has {text.count(chr(10)) + 1:,} lines; at most {self.lines:,} fit. Shorten it."
            )
        if stray(text):
            raise StopValidation(
                "This holds a character that cannot be printed. Delete it or type the text anew."
            )


class Whole(IntegerField):
    """A whole number from `low` to `high`, in digits. `need` is the sentence for an empty one."""

    # Not type="number": browsers empty that when something else was typed, and nothing typed may be lost.
    widget = widgets.TextInput()

    def __init__(self, label: str, *, low: int, high: int, need: str = "", **options: Any) -> None:
        super().__init__(label, **options)
        self.low = low
        self.high = high
        self.need = need

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if text := (valuelist[0].strip() if valuelist else ""):
            if not _DIGITS.fullmatch(text):
                raise ValueError("Write a whole number in digits, such as 12.")
            self.data = int(_NOT_DIGITS.sub("", text))

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation
        if self.data is None and self.need:
            raise StopValidation(self.need)
        if self.data is not None and not self.low <= self.data <= self.high:
            raise StopValidation(f"Write a number from {self.low:,} to {self.high:,}.")


class Day(DateField):
    """A date up to `latest`. `need` is the sentence for an empty one."""

    def __init__(self, label: str, *, latest: date, too_late: str, need: str = "", **options: Any) -> None:
        super().__init__(label, **options)
        self.latest = latest
        self.too_late = too_late
        self.need = need

    def process_data(self, value: Any) -> None:
        self.data = date.fromisoformat(value) if isinstance(value, str) else value

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if text := (valuelist[0].strip() if valuelist else ""):
            try:
                self.data = date.fromisoformat(text)
            except ValueError:
                fault = f"“{text[:40]}” is not a date. Write it as year-month-day: 2026-03-31."
                raise ValueError(fault) from None

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation
        if self.data is None and self.need:
            raise StopValidation(self.need)
        if self.data and self.data > self.latest:
            raise StopValidation(self.too_late)
        if self.data and self.data.year < FIRST_YEAR:
            raise StopValidation(f"Write a year from {FIRST_YEAR} on.")


class OneOf(RadioField):
    """One answer of a closed list. `need` is the sentence for none; without it none is an answer."""

    def __init__(self, label: str, *, choices: Pairs, need: str = "", **options: Any) -> None:
        super().__init__(label, choices=[SelectChoice(*pair) for pair in choices], **options)
        self.need = need
        self.type = RadioField.__name__  # templates ask what a field looks like

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            self.data = None
            if self.need:
                raise StopValidation(self.need)
        elif not self.chosen():
            raise StopValidation(self.need or "Choose one of the answers.")

    def chosen(self) -> str:
        """Return the answer in words, empty when there is none."""
        return next((label for _, label, selected, _ in self.iter_choices() if selected), "")


# --- forms ----------------------------------------------------------------------------------------


class Filled(Form):
    """A form that can say what is in it, for the check page and for two versions side by side."""

    def record(self) -> dict[str, Any]:
        """Return what is kept: plain values, ready for JSON."""
        return {field.name: _plain(field.data) for field in self}

    def said(self) -> Iterator[tuple[str, str]]:
        """Yield (question, answer in words) for everything that holds an answer."""
        for field in self:
            if text := _in_words(field):
                yield field.label.text, text

    def beside(self, kept: Filled) -> list[tuple[str, str, str]]:
        """Return (question, answer in `kept`, answer here) for every answer that differs."""
        there, here = dict(kept.said()), dict(self.said())
        pairs = {name: (there.get(name, ""), here.get(name, "")) for name in {**there, **here}}
        return [(name, before, now) for name, (before, now) in pairs.items() if before != now]

    def refuse(self, name: str, fault: str) -> bool:
        """Note a fault that lies between fields beside one of them. Returns False, the verdict."""
        self[name].errors = [*self[name].errors, fault]
        return False

    def has_text(self, name: str, fault: str) -> bool:
        """Is there a text in this field? If there is none, refuse it with these words."""
        field = self[name]
        return bool(field.errors) or bool((field.data or "").strip()) or self.refuse(name, fault)

    def has_value(self, name: str, fault: str) -> bool:
        """Is there a value in this field? If there is none, refuse it with these words."""
        field = self[name]
        return bool(field.errors) or field.data is not None or self.refuse(name, fault)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _in_words(field: Field) -> str:
    if isinstance(field, OneOf):
        return field.chosen()
    if isinstance(field, BooleanField):
        return "Yes" if field.data else ""
    if isinstance(field.data, date):
        return f"{field.data.day} {field.data:%B %Y}"
    if isinstance(field, IntegerField) and field.data is not None:
        return f"{field.data:,}"
    return "" if field.data is None else str(field.data)


def _made(base: type[Any], fields: Mapping[str, Any], **known: Any) -> type[Any]:
    """Return a form class with these fields, which knows these things about what it asks."""
    return type(base.__name__.lstrip("_"), (base,), {**fields, **known})


class _Start(Filled):
    instrument: ClassVar[Instrument]
    today: ClassVar[date]

    @property
    def is_from_memory(self) -> bool:
        """Was a length chosen that is answered from memory?"""
        return self["form"].data in {each.id for each in self.instrument.forms if each.from_memory}

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.is_from_memory:
            for name in LOOKED_AT:
                self[name].errors = []
        return not self.errors

    def record(self) -> dict[str, Any]:
        """Return the facts. Memory has no window to be asked about: it gets the usual one, up to today."""
        if not self.is_from_memory:
            return super().record()
        usual = {"window_days": self.instrument.window_days, "window_end": _plain(self.today), "work": ""}
        return {**super().record(), **usual}


LOOKED_AT = ("window_days", "window_end", "work")  # asked only where records are looked at


def start_form(instrument: Instrument, today: date) -> type[Filled]:
    """Return the form that begins a diagnosis: its length and the team, no name, no e-mail."""
    fields = {
        "form": OneOf(
            "Which diagnosis shall it be?",
            choices=[(each.id, each.name) for each in instrument.forms],
            need="Choose which diagnosis it shall be.",
        ),
        "label": Words(
            "What shall we call the team?",
            description="A short name that you will know again in the report. Not the name of a person.",
            limit=LABEL,
            need="Write a name for the team.",
        ),
        "team_size": Whole(
            "How many people are in the team?",
            description="At least 2. It sets how widely the work should be spread.",
            low=2,
            high=LARGEST_TEAM,
            need="Write how many people are in the team.",
        ),
        "window_days": Whole(
            "How many days are looked at?",
            description="The window. Where what came after must be seen, work from before it is opened.",
            low=SHORTEST_WINDOW_DAYS,
            high=LONGEST_WINDOW_DAYS,
            need="Write how many days are looked at.",
            default=instrument.window_days,
        ),
        "window_end": Day(
            "Which is the last of these days?",
            description="Leave today, or choose an earlier day to see the team as it stood then.",
            latest=today + timedelta(days=1),  # somewhere it is already tomorrow
            too_late="This day is still to come. Choose today or an earlier day.",
            need="Write the last day that is looked at.",
            default=today,
        ),
        "work": OneOf(
            "What kind of work does it do?",
            choices=WORK,
            need="Choose the kind of work that comes closest.",
        ),
    }
    return _made(_Start, fields, instrument=instrument, today=today)


class Question(Filled):
    """A form for one stop of the path."""

    @classmethod
    def of(cls, record: Mapping[str, Any] | None) -> Self:
        """Return the form filled from a kept record, or empty."""
        return cls(data=cls.by_field(record) if record else None)

    @classmethod
    def by_field(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a kept record as values by the name of their field."""
        return dict(record)


class _Excusable(Question):
    """A page that may not apply, for a reason of a closed list.

    `listed` names the field whose answers offer the reasons, too; without it each has a tick of its own.
    """

    listed: ClassVar[str] = ""
    excuses: ClassVar[Mapping[str, str]] = {}  # name of the answer -> reason

    @property
    def ticks(self) -> list[Field]:
        """The ticks by which the page does not apply."""
        return [self[name] for name in self.excuses if not self.listed]

    @property
    def reason(self) -> str:
        """The reason for which the page does not apply; empty when it does."""
        if self.listed:
            return self.excuses.get(self[self.listed].data or "", "")
        return next((self.excuses[tick.name] for tick in self.ticks if tick.data), "")

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if ticked := [tick.name for tick in self.ticks if tick.data][1:]:
            self.refuse(ticked[0], "Tick one reason alone.")
        if not self.reason:
            self.check()
            return not self.errors
        for field in self:
            if not any(field.raw_data or ()):
                field.errors = []  # nothing else is needed
        return not self.errors

    def check(self) -> None:
        """Refuse what an answer lacks."""

    def record(self) -> dict[str, Any]:
        record = {name: value for name, value in super().record().items() if name not in self.excuses}
        if not self.reason:
            return record
        return {**record, **({self.listed: None} if self.listed else {}), "reason": self.reason}

    @classmethod
    def by_field(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        given = [name for name, reason in cls.excuses.items() if reason == record.get("reason")]
        return {**record, **{cls.listed or name: name for name in given}}

    def said(self) -> Iterator[tuple[str, str]]:
        # What was typed beside a reason is kept, but does not count.
        return iter([("Not applicable", self.reason)]) if self.reason else super().said()


def question_form(instrument: Instrument, facts: Facts, records: Records, stop: Stop) -> type[Question]:
    """Return the form class for a stop."""
    if stop.page in instrument.indicators:
        return _single_form(single(instrument, stop), instrument.indicators[stop.page], facts, stop.kind)
    frame, where = instrument.frames[stop.part], records.get((stop.part, "where"), {})
    if stop.kind == "where":
        counts = records.get((stop.part, "counts"), {})
        # A sample that nobody has seen binds nobody to its list.
        seen = where if evidence.is_shown(instrument, facts, records, frame) else {}
        return _where_form(instrument, facts, frame, seen, _counted(counts), where.get("listed") or {})
    asked = evidence.checks_at(instrument, facts, records, stop)
    names = {check.indicator: instrument.indicators[check.indicator].name for check in asked}
    if stop.kind == "recall":
        n = instrument.frame_size(frame, facts.form)
        return _recall_form(asked, names, n, reasons(instrument, facts, frame))
    if stop.kind == "belief":
        told = {**records.get((frame.id, "belief"), {}), **facts.belief}
        told = {name: told[name] for name in names if name in told}
        marks = {name: instrument.indicators[name].marks[facts.form] for name in names}
        sizes = {name: min(n, where["population"]) for name, n in marks.items()}
        return _belief_form(asked, names, sizes, told)
    if stop.kind == "item":
        return _item_form(asked, names, where["draws"])
    return _counts_form(asked, names, where)


def single(instrument: Instrument, stop: Stop) -> Single:
    """Return the question of a stop that is not about an opened item."""
    return next(s for each in instrument.passes for s in each.singles if s.indicator == stop.page)


# --- how a frame is looked at -----------------------------------------------------------------------


LATEST = "latest"  # the answer that takes the newest items in place of a draw
LIST_FIELDS = ("list", "file", "column", "heading", "understood")


class Where(Question):
    frame: ClassVar[Frame]
    kept: ClassVar[Mapping[str, Any]]
    counted: ClassVar[int]  # the largest number of items behind counts that were entered
    excuses: ClassVar[Mapping[str, str]]  # name of the answer -> reason of the closed list
    listed: ClassVar[Mapping[str, Any]]  # what is kept of a list that was given before
    table: Table | None = None  # the list that was sent, as it was understood
    listing: Listing | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        faults = self._read_list() if self.how == "items" else []
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
            self.table = listing.read(area.data)
            self._offer_columns(self.table)
            column, heading = self["column"], self["heading"].data
            self.listing = listing.references(self.table, int(column.data), has_heading=heading)
        except ListError as error:
            return [("list", str(error))]
        self["population"].data = len(self.listing.references)
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
        return f"{words} {'; '.join(left)}{'.' if left else ''}".rstrip()

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


def _where_form(
    instrument: Instrument,
    facts: Facts,
    frame: Frame,
    kept: Mapping[str, Any],
    counted: int,
    listed: Mapping[str, Any],
) -> type[Question]:
    n = instrument.frame_size(frame, facts.form)
    which = f"Take the latest {n}" if frame.latest else "This site draws which ones"
    excuses = _excuses(reasons(instrument, facts, frame))
    ways = [
        ("items", f"Open {n} of them, one by one"),
        *(() if frame.latest else ((LATEST, f"Open the most recent {n} instead: marked as not drawn"),)),
        ("counts", "Enter counts that already exist"),
        ("none", "Nobody can look: could not verify"),
        *_excused(excuses),
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
        widget=widgets.TextArea(),
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
    return _made(Where, fields, frame=frame, kept=kept, excuses=excuses, counted=counted, listed=listed)


def _counted(counts: Mapping[str, Any]) -> int:
    return max((sum(triple.values()) for triple in counts.values() if isinstance(triple, Mapping)), default=0)


def reasons(instrument: Instrument, facts: Facts, frame: Frame) -> tuple[str, ...]:
    """Return the closed reasons for which a frame may be left out: those that all its checks share."""
    asked = [instrument.indicators[c.indicator] for c in frame.checks]
    asked = [indicator for indicator in asked if facts.form in indicator.marks]
    return tuple(r for r in asked[0].not_applicable if all(r in i.not_applicable for i in asked))


def _excuses(reasons: Iterable[str]) -> dict[str, str]:
    """Return closed reasons by the name that their answer is sent under."""
    return {f"not-applicable-{i}": reason for i, reason in enumerate(reasons)}


def _excused(excuses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield an answer for each reason, as a closed list offers it."""
    return ((name, f"Not applicable: {reason}") for name, reason in excuses.items())


def _excuse_ticks(excuses: Mapping[str, str]) -> dict[str, Any]:
    """Return a tick for each reason, where there is no closed list that could offer it."""
    return {name: BooleanField(words) for name, words in _excused(excuses)}


# --- what is expected, before it is known which items are opened ------------------------------------

UNSAID = "I would rather not say"


class Belief(Question):
    """What is expected of the items, check by check. What was told is locked."""

    asked: ClassVar[tuple[Check, ...]]
    names: ClassVar[Mapping[str, str]]
    sizes: ClassVar[Mapping[str, int]]  # of how many items it is asked, by indicator id
    locked: ClassVar[Mapping[str, Any]]  # what was told before, by indicator id

    @property
    def is_locked(self) -> bool:
        """Is there nothing left to say?"""
        return set(self.locked) == set(self.names)

    def pair(self, check: Check) -> tuple[Field, Field]:
        """Return the two fields of a check: its number, and the tick that nothing is said."""
        return self[check.indicator], self[f"{check.indicator}-unsaid"]

    def is_other_than_told(self) -> bool:
        """Does what was sent differ from what is locked? The same sent again does not."""
        if self.is_locked and self["skip"].data:
            return "skipped" not in self.locked.values()
        return any(
            number.raw_data and self._said(check) != self.locked[check.indicator]
            for check in self.asked
            if check.indicator in self.locked
            for number in [self[check.indicator]]
        )

    def validate(self, extra_validators: Any = None) -> bool:
        if self["skip"].data:
            return True  # whatever was typed: it is not said
        super().validate(extra_validators)
        for check in self.asked:
            number, unsaid = self.pair(check)
            if check.indicator in self.locked:
                continue
            if number.data is not None and unsaid.data:
                self.refuse(number.name, f"Write a number or tick “{UNSAID}”, not both.")
            elif number.data is None and not unsaid.data and not number.errors:
                name = self.names[check.indicator]
                self.refuse(number.name, f"{name}: write a number, or tick “{UNSAID}”.")
        return not self.errors

    def _said(self, check: Check) -> Any:
        number, unsaid = self.pair(check)
        if self["skip"].data or unsaid.data:
            return "skipped"
        return {"count": number.data, "of": self.sizes[check.indicator]}

    def record(self) -> dict[str, Any]:
        return {**{check.indicator: self._said(check) for check in self.asked}, **self.locked}

    @classmethod
    def by_field(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        unsaid = {f"{name}-unsaid": True for name, said in record.items() if said == "skipped"}
        return {**{name: said["count"] for name, said in record.items() if said != "skipped"}, **unsaid}

    def told(self, check: Check) -> str:
        """Return what was told of a check, in words; empty while nothing is."""
        told = self.locked.get(check.indicator)
        if told == "skipped":
            return UNSAID
        return f"{told['count']} of {told['of']}" if told else ""

    def said(self) -> Iterator[tuple[str, str]]:
        return ((check.question, told) for check in self.asked if (told := self.told(check)))


def _belief_form(
    asked: tuple[Check, ...], names: Mapping[str, str], sizes: Mapping[str, int], locked: Mapping[str, Any]
) -> type[Question]:
    fields: dict[str, Any] = {"skip": BooleanField(UNSAID)}
    for check in asked:
        n = sizes[check.indicator]
        fields[check.indicator] = Whole(f"Yes for how many of {n}?", low=0, high=n)
        fields[f"{check.indicator}-unsaid"] = BooleanField(UNSAID)
    return _made(Belief, fields, asked=asked, names=names, sizes=sizes, locked=locked)


# --- an opened item, and counts in its place --------------------------------------------------------


class _Item(Question):
    draw: ClassVar[int]
    timers: ClassVar[Mapping[str, int]]  # the seconds that a check gives, by indicator id

    def record(self) -> dict[str, Any]:
        """Return the answers with the draw they belong to: after another draw they are another item's."""
        return {**super().record(), "draw": self.draw}


def _item_form(asked: tuple[Check, ...], names: Mapping[str, str], draw: int) -> type[Question]:
    fields: dict[str, Any] = {
        "reference": Words(
            "Its reference",
            description="Its number or title, so that it is found again. Without it the evidence is weaker.",
            limit=REFERENCE,
        )
    }
    for check in asked:
        fields[check.indicator] = OneOf(
            check.question,
            description=check.hint,
            choices=YES_NO,
            need=f"{names[check.indicator]}: choose an answer.",
        )
    timers = {check.indicator: check.timer_s for check in asked if check.timer_s}
    return _made(_Item, fields, draw=draw, timers=timers)


PARTS = (("sound", "Yes"), ("failing", "No"), ("unverified", "Could not verify"))


class _Counts(Question):
    asked: ClassVar[tuple[Check, ...]]
    most: ClassVar[int]

    def numbers(self, check: Check) -> list[Field]:
        """Return the three number fields of a check: sound, failing, unverified."""
        return [self[f"{check.indicator}-{part}"] for part, _ in PARTS]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for check in self.asked:
            fields = self.numbers(check)
            total = sum(field.data or 0 for field in fields)
            if not any(field.errors for field in fields) and not 1 <= total <= self.most:
                self.refuse(
                    fields[0].name, f"These three make {total}. They must make from 1 to {self.most}."
                )
        _check_place(self)
        return not self.errors

    def record(self) -> dict[str, Any]:
        counts = {
            check.indicator: {
                part: field.data for (part, _), field in zip(PARTS, self.numbers(check), strict=True)
            }
            for check in self.asked
        }
        return {**counts, "source": self["source"].data, "place": self["place"].data}

    @classmethod
    def by_field(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        numbers = {
            f"{check.indicator}-{part}": number
            for check in cls.asked
            for part, number in record.get(check.indicator, {}).items()
        }
        return {**numbers, "source": record["source"], "place": record["place"]}

    def said(self) -> Iterator[tuple[str, str]]:
        for check in self.asked:
            told = [
                f"{_in_words(f)} {word.lower()}"
                for (_, word), f in zip(PARTS, self.numbers(check), strict=True)
            ]
            if any(field.data is not None for field in self.numbers(check)):
                yield check.question, ", ".join(told)
        for name in ("source", "place"):
            if text := _in_words(self[name]):
                yield self[name].label.text, text


def _counts_form(
    asked: tuple[Check, ...], names: Mapping[str, str], where: Mapping[str, Any]
) -> type[Question]:
    most = min(MOST_COUNTED, where.get("population") or MOST_COUNTED)
    fields: dict[str, Any] = {
        f"{check.indicator}-{part}": Whole(
            word,
            low=0,
            high=most,
            need=f"{names[check.indicator]}: write a number under “{word}”, 0 for none.",
        )
        for check in asked
        for part, word in PARTS
    }
    fields["source"] = OneOf(
        "Did you read these counts from a report, a dashboard or minutes dated in the window?",
        choices=COUNTED_FROM,
        need="Choose where the counts come from.",
    )
    fields["place"] = _place_field()
    return _made(_Counts, fields, asked=asked, most=most)


def _place_field() -> Words:
    return Words(
        "Where does it lie?", description="The report and its date, if you read it there.", limit=PLACE
    )


def _check_place(form: Filled) -> None:
    """What was read somewhere says where."""
    if form["source"].data == "report":
        form.has_text("place", "Write where it lies, or answer that it is from memory.")


# --- what is remembered of a population -------------------------------------------------------------

UNKNOWN = "I cannot say"


class _Recall(_Excusable):
    asked: ClassVar[tuple[Check, ...]]
    names: ClassVar[Mapping[str, str]]
    n: ClassVar[int]  # the items that are remembered

    def pair(self, check: Check) -> tuple[Field, Field]:
        """Return the two fields of a check: its number, and the tick that there is none."""
        return self[check.indicator], self[f"{check.indicator}-unknown"]

    def check(self) -> None:
        for check in self.asked:
            number, unknown = self.pair(check)
            if number.data is not None and unknown.data:
                self.refuse(number.name, f"Write a number or tick “{UNKNOWN}”, not both.")
            elif number.data is None and not unknown.data and not number.errors:
                name = self.names[check.indicator]
                self.refuse(number.name, f"{name}: write a number, or tick “{UNKNOWN}”.")

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for number, unknown in map(self.pair, self.asked):
            if self.reason and (number.data is not None or unknown.data):
                self.refuse(number.name, "Take this answer out, or the tick at “Not applicable”.")
        return not self.errors

    def record(self) -> dict[str, Any]:
        if self.reason:
            return {"reason": self.reason}
        pairs = {check.indicator: self.pair(check) for check in self.asked}
        return {name: "unverified" if unknown.data else n.data for name, (n, unknown) in pairs.items()}

    @classmethod
    def by_field(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        unknown = {f"{name}-unknown": True for name, said in record.items() if said == "unverified"}
        numbers = {name: said for name, said in super().by_field(record).items() if said != "unverified"}
        return {**numbers, **unknown}

    def said(self) -> Iterator[tuple[str, str]]:
        if self.reason:
            yield from super().said()
        for check in self.asked:
            number, unknown = self.pair(check)
            told = [f"{number.data} of {self.n}"] if number.data is not None else []
            if told := [*told, *([UNKNOWN] if unknown.data else [])]:
                yield check.from_memory, ", ".join(told)


def _recall_form(
    asked: tuple[Check, ...], names: Mapping[str, str], n: int, reasons: tuple[str, ...]
) -> type[Question]:
    excuses = _excuses(reasons)
    fields: dict[str, Any] = {}
    for check in asked:
        fields[check.indicator] = Whole(f"Number, 0 to {n}", low=0, high=n)
        fields[f"{check.indicator}-unknown"] = BooleanField(UNKNOWN)
    return _made(
        _Recall, {**fields, **_excuse_ticks(excuses)}, asked=asked, names=names, n=n, excuses=excuses
    )


# --- single questions -------------------------------------------------------------------------------


def _known_from_fields() -> dict[str, Any]:
    return {
        "source": OneOf(
            "How do you know?", description="Not needed if it could not be verified.", choices=KNOWN_FROM
        ),
        "reference": Words(
            "What is its reference?",
            description="The number or title of the record or report.",
            limit=REFERENCE,
        ),
    }


def _check_known_from(form: Filled) -> None:
    """A statement says how it is known; one that rests on a record or a report names it."""
    form.has_value("source", "Choose how you know.")
    if form["source"].data in ("record", "report"):
        form.has_text("reference", "Write its reference, or answer that it is from memory.")


def _single_form(asked: Single, indicator: Indicator, facts: Facts, kind: Kind) -> type[Question]:
    excuses = _excuses(indicator.not_applicable)
    if kind == "choice":
        return _choice_form(asked, excuses)
    if kind == "date":
        return _date_form(asked, facts, excuses)
    if kind == "spread" and indicator.is_small_team(facts.team_size):
        return _small_spread_form(asked, excuses)
    if kind == "spread":
        return _spread_form(asked, indicator.marks[facts.form], excuses)
    return _level_form(asked, indicator, excuses)


class _Choice(_Excusable):
    listed = "choice"

    def record(self) -> dict[str, Any]:
        record = super().record()
        return {**record, "choice": _number(record["choice"])}

    @classmethod
    def by_field(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        return super().by_field({**record, "choice": str(record["choice"])})


def _choice_form(asked: Single, excuses: Mapping[str, str]) -> type[Question]:
    texts = [(str(place), each.text) for place, each in enumerate(asked.choices)]
    field = OneOf(
        asked.question,
        description=asked.hint,
        choices=[*texts, ("unverified", UNKNOWN), *_excused(excuses)],
        need="Choose an answer.",
    )
    return _made(_Choice, {"choice": field}, excuses=excuses)


def _number(text: str | None) -> int | str | None:
    return int(text) if text and text.isdecimal() else text


class _Date(_Excusable):
    listed = "answer"

    def check(self) -> None:
        if self["answer"].data == "date":
            self.has_value("date", "Write the date.")
        if self["answer"].data in ("date", "never"):
            _check_known_from(self)

    def record(self) -> dict[str, Any]:
        record = super().record()
        return record if record["answer"] == "date" else {**record, "date": None}


def _date_form(asked: Single, facts: Facts, excuses: Mapping[str, str]) -> type[Question]:
    answers = (
        ("date", "On a date"),
        ("never", "Never"),
        ("no-record", "There is no record: could not verify"),
        *_excused(excuses),
    )
    fields = {
        "answer": OneOf(asked.question, description=asked.hint, choices=answers, need="Choose an answer."),
        "date": Day(
            "On which date?", latest=facts.latest or facts.as_of, too_late="This day is still to come."
        ),
        **_known_from_fields(),
    }
    return _made(_Date, fields, excuses=excuses)


class _Spread(_Excusable):
    def check(self) -> None:
        if self["unverified"].data:
            return
        self.has_value("total", "Write how many you looked at, or tick that it could not be verified.")
        self.has_value("others", "Write a number, 0 for none.")
        self.has_value("source", "Choose where the counts come from.")
        _check_place(self)
        if not self.errors and self["others"].data > self["total"].data:
            self.refuse("others", f"This is more than the {self['total'].data} in all.")


def _spread_form(asked: Single, n: int, excuses: Mapping[str, str]) -> type[Question]:
    fields = {
        "unverified": BooleanField("The list does not show it: could not verify"),
        "total": Whole(
            "How many of the latest did you look at?",
            description=f"Take the latest {n}; if there are fewer, take all.",
            low=1,
            high=MOST_COUNTED,
        ),
        "others": Whole(asked.question, description=asked.hint, low=0, high=MOST_COUNTED),
        "source": OneOf(
            "Did you read these counts from a list, a report or a dashboard dated in the window?",
            choices=COUNTED_FROM,
        ),
        "place": _place_field(),
        **_excuse_ticks(excuses),
    }
    return _made(_Spread, fields, excuses=excuses)


class _SmallSpread(_Excusable):
    listed = "concentrated"

    def check(self) -> None:
        if self["concentrated"].data != "unverified":
            self.has_value("source", "Choose where the answer comes from.")
            _check_place(self)


def _small_spread_form(asked: Single, excuses: Mapping[str, str]) -> type[Question]:
    fields = {
        "concentrated": OneOf(
            asked.small_question,
            description=asked.hint,
            choices=[*YES_NO, *_excused(excuses)],
            need="Choose an answer.",
        ),
        "source": OneOf(
            "Did you read this from a list, a report or a dashboard dated in the window?",
            choices=COUNTED_FROM,
        ),
        "place": _place_field(),
    }
    return _made(_SmallSpread, fields, excuses=excuses)


class _Level(_Excusable):
    listed = "level"

    def check(self) -> None:
        if self["level"].data != "unverified":
            _check_known_from(self)

    def record(self) -> dict[str, Any]:
        record = super().record()
        return {**record, "level": _number(record["level"])}

    @classmethod
    def by_field(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        return super().by_field({**record, "level": str(record["level"])})


def _level_form(asked: Single, indicator: Indicator, excuses: Mapping[str, str]) -> type[Question]:
    # An artefact's states are written best first, a pattern's anchors worst first; 0 is nothing in both.
    texts = list(enumerate(indicator.anchors))
    if indicator.type == "artefact":
        texts = [(len(texts) - 1 - place, text) for place, text in texts]
    levels = [(str(level), text) for level, text in texts]
    fields = {
        "level": OneOf(
            asked.question,
            description=asked.hint,
            choices=[*levels, ("unverified", "Could not verify"), *_excused(excuses)],
            need="Choose the answer that the record supports.",
        ),
        **_known_from_fields(),
    }
    return _made(_Level, fields, excuses=excuses)
