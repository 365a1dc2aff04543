"""An opened item, counts in its place, and what is remembered of a population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from wtforms import BooleanField, Field

from assessment.core import opening
from assessment.core.instrument import Check
from assessment.web.forms.fields import (
    COUNTED_FROM,
    MOST_COUNTED,
    PLACE,
    REFERENCE,
    YES_NO,
    OneOf,
    Whole,
    Words,
)
from assessment.web.forms.filled import Excusable, Filled, Question, in_words, made
from assessment.web.forms.frames import excuse_ticks, excuses_of


class _Item(Question):
    draw: ClassVar[int]
    timers: ClassVar[Mapping[str, int]]  # the seconds that a check gives, by indicator id

    def record(self) -> dict[str, Any]:
        """Return the answers with the draw they belong to: after another draw they are another item's."""
        return {**super().record(), "draw": self.draw}


def item_form(asked: tuple[Check, ...], names: Mapping[str, str], draw: int) -> type[Question]:
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
    return made(_Item, fields, draw=draw, timers=timers)


class _Replacing(Filled):
    """Why the item of a page does not apply."""


def replacing_form() -> type[Filled]:
    """Return the form that replaces an item."""
    fields: dict[str, Any] = {
        "reason": OneOf(
            "Why does this item not apply?",
            choices=tuple(opening.REASONS.items()),
            need="Choose why it does not apply.",
        ),
        "reference": Words(
            "Its reference", description="So that somebody else can look it up.", limit=REFERENCE
        ),
    }
    return made(_Replacing, fields)


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
        check_place(self)
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
                f"{in_words(f)} {word.lower()}"
                for (_, word), f in zip(PARTS, self.numbers(check), strict=True)
            ]
            if any(field.data is not None for field in self.numbers(check)):
                yield check.question, ", ".join(told)
        for name in ("source", "place"):
            if text := in_words(self[name]):
                yield self[name].label.text, text


def counts_form(
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
    fields["place"] = place_field()
    return made(_Counts, fields, asked=asked, most=most)


def place_field() -> Words:
    return Words(
        "Where does it lie?", description="The report and its date, if you read it there.", limit=PLACE
    )


def check_place(form: Filled) -> None:
    """What was read somewhere says where."""
    if form["source"].data == "report":
        form.has_text("place", "Write where it lies, or answer that it is from memory.")


# --- what is remembered of a population -------------------------------------------------------------

UNKNOWN = "I cannot say"


class _Recall(Excusable):
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


def recall_form(
    asked: tuple[Check, ...], names: Mapping[str, str], n: int, reasons: tuple[str, ...]
) -> type[Question]:
    excuses = excuses_of(reasons)
    fields: dict[str, Any] = {}
    for check in asked:
        fields[check.indicator] = Whole(f"Number, 0 to {n}", low=0, high=n)
        fields[f"{check.indicator}-unknown"] = BooleanField(UNKNOWN)
    return made(_Recall, {**fields, **excuse_ticks(excuses)}, asked=asked, names=names, n=n, excuses=excuses)
