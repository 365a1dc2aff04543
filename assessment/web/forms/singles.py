"""Single questions: a date, a spread, a state, a choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField

from assessment.core.evidence import Facts, Kind
from assessment.core.instrument import Indicator, Single
from assessment.web.forms.fields import (
    COUNTED_FROM,
    KNOWN_FROM,
    MOST_COUNTED,
    REFERENCE,
    YES_NO,
    Day,
    OneOf,
    Whole,
    Words,
)
from assessment.web.forms.filled import Excusable, Filled, Question, made
from assessment.web.forms.frames import excuse_ticks, excused, excuses_of
from assessment.web.forms.items import UNKNOWN, check_place, place_field


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


def single_form(asked: Single, indicator: Indicator, facts: Facts, kind: Kind) -> type[Question]:
    excuses = excuses_of(indicator.not_applicable)
    if kind == "choice":
        return _choice_form(asked, excuses)
    if kind == "date":
        return _date_form(asked, facts, excuses)
    if kind == "spread" and indicator.is_small_team(facts.team_size):
        return _small_spread_form(asked, excuses)
    if kind == "spread":
        return _spread_form(asked, indicator.marks[facts.form], excuses)
    return _level_form(asked, indicator, excuses)


class _Choice(Excusable):
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
        choices=[*texts, ("unverified", UNKNOWN), *excused(excuses)],
        need="Choose an answer.",
    )
    return made(_Choice, {"choice": field}, excuses=excuses)


def _number(text: str | None) -> int | str | None:
    return int(text) if text and text.isdecimal() else text


class _Date(Excusable):
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
        *excused(excuses),
    )
    fields = {
        "answer": OneOf(asked.question, description=asked.hint, choices=answers, need="Choose an answer."),
        "date": Day(
            "On which date?",
            latest=facts.latest or facts.as_of,
            too_late="This day is still to come. Write the day on which it happened.",
        ),
        **_known_from_fields(),
    }
    return made(_Date, fields, excuses=excuses)


class _Spread(Excusable):
    def check(self) -> None:
        if self["unverified"].data:
            return
        self.has_value("total", "Write how many you looked at, or tick that it could not be verified.")
        self.has_value("others", "Write a number, 0 for none.")
        self.has_value("source", "Choose where the counts come from.")
        check_place(self)
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
        "place": place_field(),
        **excuse_ticks(excuses),
    }
    return made(_Spread, fields, excuses=excuses)


class _SmallSpread(Excusable):
    listed = "concentrated"

    def check(self) -> None:
        if self["concentrated"].data != "unverified":
            self.has_value("source", "Choose where the answer comes from.")
            check_place(self)


def _small_spread_form(asked: Single, excuses: Mapping[str, str]) -> type[Question]:
    fields = {
        "concentrated": OneOf(
            asked.small_question,
            description=asked.hint,
            choices=[*YES_NO, *excused(excuses)],
            need="Choose an answer.",
        ),
        "source": OneOf(
            "Did you read this from a list, a report or a dashboard dated in the window?",
            choices=COUNTED_FROM,
        ),
        "place": place_field(),
    }
    return made(_SmallSpread, fields, excuses=excuses)


class _Level(Excusable):
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
            choices=[*levels, ("unverified", "Could not verify"), *excused(excuses)],
            need="Choose the answer that the record supports.",
        ),
        **_known_from_fields(),
    }
    return made(_Level, fields, excuses=excuses)
