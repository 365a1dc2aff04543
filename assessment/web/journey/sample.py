"""A sample as it is shown: the items to be opened, and those that were replaced."""

from __future__ import annotations

from dataclasses import dataclass

from assessment.core import evidence, opening
from assessment.core.opening import Replaced
from assessment.report.words import lowered
from assessment.web.journey.run import Run


@dataclass(frozen=True, slots=True)
class Drawn:
    """One item of a sample: its number in it, its position in the list, and what is known of it."""

    number: int
    position: int | None
    reference: str  # as it was typed, else as the list has it
    is_answered: bool
    href: str
    opens_at: str  # its own address, "" where the list does not tell it


def sample(run: Run, part: str) -> list[Drawn]:
    """Return the items of a frame that are to be opened."""
    return [
        Drawn(
            number=number,
            position=evidence.item_position(run.records, part, stop.page),
            reference=run.records.get((part, stop.page), {}).get("reference") or run.reference(stop),
            is_answered=run.is_answered(stop),
            href=run.at(stop),
            opens_at=run.opens_at(stop),
        )
        for number, stop in enumerate(run.items(part), 1)
    ]


@dataclass(frozen=True, slots=True)
class Gone:
    """An item of a sample that was replaced, in words; where it is put back, "" where it cannot be."""

    position: int
    words: str
    back: str


def gone(run: Run, part: str) -> list[Gone]:
    """Return the items of a frame that were replaced."""
    return [
        Gone(
            each.position,
            _gone(each),
            run.address("diagnosis.put_back", part=part, page=each.page) if each.may_return else "",
        )
        for each in evidence.sample(run.records, part).replaced
    ]


def _gone(item: Replaced) -> str:
    called = f" ({item.reference})" if item.reference else ""
    instead = f"position {item.instead} took its place" if item.instead else "the list had no other"
    return f"Position {item.position}{called}: {lowered(opening.REASONS[item.reason])}; {instead}."
