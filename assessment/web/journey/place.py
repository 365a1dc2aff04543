"""Where a question stands: in its pass, in its sample, and what was found so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from assessment.core import evidence
from assessment.core.duration import in_minutes
from assessment.core.evidence import Stop, Values
from assessment.core.instrument import Frame, Indicator, Single
from assessment.report import figures
from assessment.web import forms
from assessment.web.journey.run import Run
from assessment.web.journey.tasks import of_pass


@dataclass(frozen=True, slots=True)
class Tally:
    """What one check has found in the items opened so far."""

    check: str
    name: str
    drawing: figures.Drawing
    others: tuple[int, ...]  # without the item on this page: sound, failing, could not be verified, waiting


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the pass of a question has come; of what is asked from memory, one short sitting, the whole."""

    answered: int
    of: int
    words: str  # "Loaves baked · item 4 of 8 · about 3 minutes left in this part"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands, and for an item its place in the sample."""

    standing: Standing
    frame: Frame | None  # None for a single question
    single: Single | None  # None for a page of a frame
    size: int  # items that are drawn or remembered; 0 for a single question
    is_provisional: bool  # is the wording of its answers still to be tried out?
    window: tuple[date, date] | None
    where: Values
    number: int  # of the item in its sample, from 1; 0 for what is no item
    of: int
    position: int | None
    opened: int
    tallies: list[Tally]
    next_is_open: bool  # is the next item of the sample still to be opened?
    opens_items: bool  # will the items be shown once it is answered?

    @property
    def marks(self) -> figures.Drawing:
        """One mark of each kind, from which a script may draw another tally."""
        return figures.strip(1, 1, 1, waiting=1)

    def button(self, back: str) -> str:
        """Return what the button of the page says it does."""
        if self.opens_items:
            return "Save and show the items"
        if back:
            return "Save and go back to your answers"
        return f"Save and open item {self.number + 1}" if self.next_is_open else "Save and go on"


def place(run: Run, stop: Stop) -> Place:
    """Return where a question stands."""
    frame = run.instrument.frames.get(stop.part) if stop.page not in run.instrument.indicators else None
    items = run.items(stop.part) if stop.kind == "item" else []
    number = items.index(stop) + 1 if items else 0
    return Place(
        standing=_standing(run, stop, frame, f"item {number} of {len(items)}" if number else ""),
        frame=frame,
        single=None if frame else forms.single(run.instrument, stop),
        size=run.instrument.frame_size(frame, run.facts.form) if frame else 0,
        is_provisional=frame is None and run.instrument.indicators[stop.page].provisional,
        window=evidence.window(frame, run.facts) if frame else None,
        where=run.where(stop.part),
        number=number,
        of=len(items),
        position=evidence.item_position(run.records, stop.part, stop.page) if items else None,
        opened=sum(map(run.is_answered, items)),
        tallies=_tallies(run, items, stop),
        next_is_open=number < len(items) and not run.is_answered(items[number]),
        opens_items=stop.kind == "belief",
    )


def _standing(run: Run, stop: Stop, frame: Frame | None, item: str) -> Standing:
    progress = evidence.progress(*run.asked)
    if run.length.from_memory:
        whole = sum(each.answered for each in progress), sum(each.of for each in progress)
        return Standing(*whole, f"Page {run.path.index(stop) + 1} of {len(run.path)}")
    each = next(p for p in run.instrument.passes if of_pass(p, stop))
    its = next(p for p in progress if p.pass_id == each.id)
    left = f"{in_minutes(its.minutes_left)} left in this part" if its.minutes_left else ""
    words = filter(None, (frame.name if frame else its.name, item, left))
    return Standing(its.answered, its.of, " · ".join(words))


def _tallies(run: Run, items: list[Stop], here: Stop) -> list[Tally]:
    """Return one tally for each check that the page of an item asks, in the order of the checks."""
    names = run.instrument.indicators
    return [
        _tally(run, names[check.indicator], items, here)
        for check in (evidence.checks_at(*run.asked, here) if items else ())
    ]


def _tally(run: Run, of: Indicator, items: list[Stop], here: Stop) -> Tally:
    marks = {
        item: run.records.get((item.part, item.page), {}).get(of.id)
        for item in items
        if of.id in {check.indicator for check in evidence.checks_at(*run.asked, item)}
    }
    sound, failing, unverified, waiting = _counts(marks.values())
    others = _counts(mark for item, mark in marks.items() if item != here)
    return Tally(of.id, of.name, figures.strip(sound, failing, unverified, waiting=waiting), others)


def _counts(marks: Iterable[str | None]) -> tuple[int, ...]:
    """Return how many are sound, failing, could not be verified, and wait for an answer."""
    given = list(marks)
    return tuple(map(given.count, ("yes", "no", "unverified", None)))
