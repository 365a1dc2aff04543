"""Forms as they are filled, kept and told: the one that begins a diagnosis, and what questions share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from werkzeug.datastructures import CombinedMultiDict, FileStorage, MultiDict
from wtforms import BooleanField, Field, FileField, Form, IntegerField

from assessment.core.instrument import Form as Length
from assessment.core.instrument import Instrument
from assessment.core.reassessment import first_end
from assessment.web.forms.fields import (
    LABEL,
    LARGEST_TEAM,
    LONGEST_WINDOW_DAYS,
    NAME,
    SHORTEST_WINDOW_DAYS,
    WORK,
    Address,
    Day,
    OneOf,
    Whole,
    Words,
)


class Filled(Form):
    """A form that can say what is in it, for the check page and for two versions side by side."""

    def record(self) -> dict[str, Any]:
        """Return what is kept: plain values, ready for JSON."""
        return {field.name: _plain(field.data) for field in self}

    def said(self) -> Iterator[tuple[str, str]]:
        """Yield (question, answer in words) for everything that holds an answer."""
        for field in self:
            if text := in_words(field):
                yield field.label.text, text

    def beside(self, kept: Filled) -> list[tuple[str, str, str]]:
        """Return (question, answer in `kept`, answer here) for every answer that differs."""
        there, here = dict(kept.said()), dict(self.said())
        pairs = {name: (there.get(name, ""), here.get(name, "")) for name in {**there, **here}}
        return [(name, before, now) for name, (before, now) in pairs.items() if before != now]

    @property
    def asks(self) -> str:
        """What a page asks once more before it keeps what was sent, where nothing is wrong; "" elsewhere."""
        return ""

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


def in_words(field: Field) -> str:
    if isinstance(field, OneOf):
        return field.chosen()
    if isinstance(field, BooleanField):
        return "Yes" if field.data else ""
    if isinstance(field.data, date):
        return _in_words(field.data)
    if isinstance(field, IntegerField) and field.data is not None:
        return f"{field.data:,}"
    return "" if field.data is None else str(field.data)


def _in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def made(base: type[Any], fields: Mapping[str, Any], **known: Any) -> type[Any]:
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


class _Again(_Start):
    after: ClassVar[date]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        days, end = self["window_days"], self["window_end"]
        if days.errors or end.errors:
            return False
        first = first_end(self.after, days.data)
        if end.data < first:
            self.refuse(
                "window_end",
                f"The earlier diagnosis looked at the days up to {_in_words(self.after)}, and no day may be "
                f"looked at twice. {days.data} days can end on {_in_words(first)} at the earliest.",
            )
        return not self.errors


class _InvitedStart(_Start):
    def record(self) -> dict[str, Any]:
        """Return the facts: what was made of the proposals is none of the team's."""
        return {name: value for name, value in super().record().items() if name not in PROPOSED}


PROPOSED = ("organisation", "name", "email", "language")  # what an invitation may propose


def start_form(instrument: Instrument, today: date, *, is_invited: bool = False) -> type[Filled]:
    """Return the form that begins a diagnosis: its length and the team, no name, no e-mail.

    `is_invited` adds what an invitation proposes, all of which may be left out.
    """
    fields = _facts(instrument, today, instrument.forms)
    base: type[Filled] = _Start
    if is_invited:
        base, fields = _InvitedStart, {**fields, **proposed_fields()}
    return made(base, fields, instrument=instrument, today=today)


def again_form(instrument: Instrument, today: date, after: date) -> type[Filled]:
    """Return the form that begins another look at a team, which may see no day up to `after`."""
    lengths = [each for each in instrument.forms if not each.from_memory]
    known = {"instrument": instrument, "today": today, "after": after}
    return made(_Again, _facts(instrument, today, lengths), **known)


def _facts(instrument: Instrument, today: date, lengths: Iterable[Length]) -> dict[str, Field]:
    return {
        "form": OneOf(
            "Which diagnosis shall it be?",
            choices=[(each.id, each.name) for each in lengths],
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


def proposed_fields() -> dict[str, Field]:
    """Return the fields for what an invitation proposes, named as in PROPOSED."""
    return {
        "organisation": Words("Your organisation", limit=NAME),
        "name": Words("Your name", limit=NAME),
        "email": Address("Your e-mail address"),
        "language": Words("The language in which the team works", limit=LABEL),
    }


class Question(Filled):
    """A form for one stop of the path."""

    @classmethod
    def sent(cls, texts: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> Self:
        """Return the form as it was sent. A file counts where one is asked for: elsewhere it is no text."""
        asked = {field.name for field in cls() if isinstance(field, FileField)}
        taken = [(name, file) for name, file in files.items(multi=True) if name in asked]
        return cls(CombinedMultiDict((texts, MultiDict(taken))))

    @classmethod
    def of(cls, record: Mapping[str, Any] | None) -> Self:
        """Return the form filled from a kept record, or empty."""
        return cls(data=cls.by_field(record) if record else None)

    @classmethod
    def by_field(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a kept record as values by the name of their field."""
        return dict(record)


class Excusable(Question):
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
