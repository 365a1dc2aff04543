"""What is expected of a sample, before it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from wtforms import BooleanField, Field

from assessment.core.instrument import Check
from assessment.web.forms.fields import Whole
from assessment.web.forms.filled import Question, made

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


def belief_form(
    asked: tuple[Check, ...], names: Mapping[str, str], sizes: Mapping[str, int], locked: Mapping[str, Any]
) -> type[Question]:
    fields: dict[str, Any] = {"skip": BooleanField(UNSAID)}
    for check in asked:
        n = sizes[check.indicator]
        fields[check.indicator] = Whole(f"Yes for how many of {n}?", low=0, high=n)
        fields[f"{check.indicator}-unsaid"] = BooleanField(UNSAID)
    return made(Belief, fields, asked=asked, names=names, sizes=sizes, locked=locked)
