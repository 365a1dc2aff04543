"""Fields: what may be typed into one, in which words it is refused, and how large it may be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms import (
    DateField,
    EmailField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    widgets,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # younger than its stubs
from wtforms.validators import StopValidation

from assessment.core.text import stray

# Longest texts, in characters: what a list, a place or a reference needs, and a page of a report bears.
LABEL, PLACE, QUERY, REFERENCE, NOTE = 80, 500, 500, 200, 4_000
NOTE_LINES = 200
NAME, LANGUAGE = 120, 40  # of an organisation or a person; of a language
LARGEST_TEAM = 5_000
LARGEST_LIST = 1_000_000_000
MOST_COUNTED = 200  # items behind counts that were not opened here
SHORTEST_WINDOW_DAYS, LONGEST_WINDOW_DAYS = 7, 366
FIRST_YEAR = 1990
LINK_DAYS, USUAL_LINK_DAYS = (7, 30, 90), 30

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
_NOT_DIGITS = re.compile(r"[^0-9]")

LONGEST_ADDRESS = 254  # characters that a mail server takes
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)


Pairs = Iterable[tuple[str, str]]
"""What is sent and what is read, for each answer of a closed list."""


class Words(StringField):
    """A text, kept as typed. `need` is the sentence for an empty one; without it the text may be left out."""

    def __init__(self, label: str, *, limit: int, lines: int = 0, need: str = "", **options: Any) -> None:
        if lines > 1:
            options.setdefault("widget", widgets.TextArea())  # a line would lose what divides them
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


class Address(EmailField):
    """One mail address, in ASCII: nothing in it can begin another header or another recipient.

    `need` is the sentence for an empty one; without it the address may be left out.
    """

    def __init__(self, label: str, *, need: str = "", **options: Any) -> None:
        super().__init__(label, default="", **options)
        self.need = need

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0].strip() if valuelist else ""

    def pre_validate(self, form: Any) -> None:
        text = self.data or ""
        if self.need and not text:
            raise StopValidation(self.need)
        if text and not is_address(text):
            raise StopValidation("This is not one address. Write it such as name@example.org.")


def is_address(text: str) -> bool:
    """Is this one mail address, of a kind that every mail server takes?"""
    return (
        len(text) <= LONGEST_ADDRESS and bool(_ADDRESS.fullmatch(text)) and len(text.partition("@")[0]) <= 64
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
                raise ValueError(f"Write a whole number from {self.low:,} to {self.high:,}, in digits.")
            self.data = int(_NOT_DIGITS.sub("", text))

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation
        if self.data is None and self.need:
            raise StopValidation(self.need)
        if self.data is not None and not self.low <= self.data <= self.high:
            raise StopValidation(f"Write a number from {self.low:,} to {self.high:,}.")


class AnyDay(DateField):
    """A date, or none; what is not one is refused in plain words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if text := (valuelist[0].strip() if valuelist else ""):
            try:
                self.data = date.fromisoformat(text)
            except ValueError:
                fault = f"“{text[:40]}” is not a date. Write it as year-month-day: 2026-03-31."
                raise ValueError(fault) from None


class Day(AnyDay):
    """A date up to `latest`. `need` is the sentence for an empty one."""

    def __init__(self, label: str, *, latest: date, too_late: str, need: str = "", **options: Any) -> None:
        super().__init__(label, **options)
        self.latest = latest
        self.too_late = too_late
        self.need = need

    def process_data(self, value: Any) -> None:
        self.data = date.fromisoformat(value) if isinstance(value, str) else value

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


class LinkDays(OneOf):
    """For how many days a link works."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(
            label,
            choices=[(str(n), f"{n} days") for n in LINK_DAYS],
            need="Choose how long it shall work.",
            default=str(USUAL_LINK_DAYS),
            **options,
        )


class Several(SelectMultipleField):
    """Any number of answers of a closed list. `need` is the sentence for none."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()

    def __init__(self, label: str, *, choices: Pairs, need: str, **options: Any) -> None:
        super().__init__(label, choices=[SelectChoice(*pair) for pair in choices], **options)
        self.need = need
        self.type = RadioField.__name__  # templates ask what a field looks like

    def pre_validate(self, form: Any) -> None:
        known = {value for value, *_ in self.iter_choices()}
        if not self.data or not known.issuperset(self.data):
            raise StopValidation(self.need)


class Chosen(SelectField):
    """One of a list that is too long for radios. Whoever asks looks whether it is one that they know."""

    def __init__(self, label: str, *, choices: Pairs = (), **options: Any) -> None:
        super().__init__(label, validate_choice=False, default="", **options)
        self.offer(choices)

    def pre_validate(self, form: Any) -> None:
        if stray(self.data or ""):
            raise StopValidation("Choose one of the list.")

    def offer(self, choices: Pairs) -> None:
        """Offer these."""
        self.choices = [SelectChoice(*pair) for pair in choices]
