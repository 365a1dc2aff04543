"""One leader's journey as a request sees it: what is asked, what is kept, what comes next.

A `Run` is read once for a request and never changes. It holds no rule of the method: the path, the
progress and the gaps are asked of `core.evidence`, the positions of `core.sampling`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from flask import url_for

from assessment.core import evidence, opening, sampling
from assessment.core.duration import in_minutes
from assessment.core.evidence import Facts, Gap, PassProgress, Records, Stop, Values
from assessment.core.instrument import Check, Form, Frame, Indicator, Instrument, Pass, Single
from assessment.core.listing import Listing
from assessment.core.opening import Replaced
from assessment.report import figures
from assessment.report.words import lowered
from assessment.store.assessments import Entry, Held
from assessment.web import forms
from assessment.web.capability import server_key
from assessment.web.forms import Question

_ITEM = re.compile(r"[1-9][0-9]?(-[1-9][0-9]{0,9})?")


def today() -> date:
    """Return the day it is in UTC; somewhere it is already the next."""
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class Run:
    """One assessment with the instrument it is pinned to and everything that is kept of it."""

    held: Held
    instrument: Instrument
    entries: Mapping[tuple[str, str], Entry]

    @cached_property
    def facts(self) -> Facts:
        """What was said at the start.

        A window that had already ended then is a look back, made as of its last day. Otherwise the
        diagnosis is made as of today, whatever day the window was begun on.
        """
        kept = self.held.facts
        window_end = date.fromisoformat(kept["window_end"])
        looks_back = window_end < self.held.started_at.date()
        now = max(window_end, today())
        return Facts(
            form=kept["form"],
            team_size=kept["team_size"],
            window_days=kept["window_days"],
            window_end=window_end,
            as_of=window_end if looks_back else now,
            latest=window_end if looks_back else today() + timedelta(days=1),
            label=kept["label"],
            work=kept["work"],
            belief=kept.get("belief", {}),
        )

    @property
    def work(self) -> str:
        """The kind of work that the team does, in the words in which it was asked; empty when it was not."""
        return dict(forms.WORK).get(self.facts.work, "")

    @property
    def length(self) -> Form:
        """The form that is answered."""
        return self.instrument.form(self.facts.form)

    @cached_property
    def records(self) -> Records:
        """What is kept, by (part, page), without the answers to items of an earlier draw."""
        return {
            (part, page): entry.values
            for (part, page), entry in self.entries.items()
            if "draw" not in entry.values or entry.values["draw"] == self.where(part).get("draws")
        }

    @property
    def asked(self) -> tuple[Instrument, Facts, Records]:
        """What `core.evidence` wants to know."""
        return self.instrument, self.facts, self.records

    @cached_property
    def path(self) -> tuple[Stop, ...]:
        """The stops that the answers so far lead through."""
        return evidence.stops(*self.asked)

    # --- one stop -----------------------------------------------------------------------------------

    def stop(self, part: str, page: str) -> Stop | None:
        """Return the stop at an address; None when the path does not lead there."""
        return next((stop for stop in self.path if (stop.part, stop.page) == (part, page)), None)

    def knows(self, part: str, page: str) -> bool:
        """Could the path lead to this address, with other answers?"""
        if part in self.instrument.frames and (
            page in ("where", "belief", "counts", "recall") or _ITEM.fullmatch(page)
        ):
            return True
        singles = ((each.id, s.indicator) for each in self.instrument.passes for s in each.singles)
        return (part, page) in singles

    def filled(self, stop: Stop) -> Question:
        """Return the form of a stop with what is kept in it."""
        kept = self.records.get((stop.part, stop.page))
        if kept is None and (reference := self.reference(stop)):
            return self.form(stop)(data={"reference": reference})
        return self.form(stop).of(kept)

    def reference(self, stop: Stop) -> str:
        """Return what an item is called in the list that was given; empty where there was none."""
        if stop.kind != "item":
            return ""
        position = evidence.item_position(self.records, stop.part, stop.page)
        listed = self.where(stop.part).get("listed") or {}
        return str(listed.get("references", {}).get(str(position), ""))

    def form(self, stop: Stop) -> type[Question]:
        """Return the form class of a stop."""
        return forms.question_form(*self.asked, stop)

    def version(self, stop: Stop) -> int:
        """Return the version of what is kept at a stop, 0 for nothing."""
        entry = self.entries.get((stop.part, stop.page))
        return entry.version if entry else 0

    def draw(self, stop: Stop) -> int:
        """Return the draw that an item belongs to, 0 for a stop that is no item."""
        return int(self.where(stop.part)["draws"]) if stop.kind == "item" else 0

    def replaced(self, part: str) -> list[Mapping[str, Any]]:
        """Return the log of what was replaced in the sample of a frame (`core.opening`)."""
        return list(self.records.get((part, opening.PAGE), {}).get("log", ()))

    def has_replaced(self, part: str) -> bool:
        """Is a sample opened of which something was replaced?"""
        return self.where(part).get("way") == "items" and bool(self.replaced(part))

    def is_answered(self, stop: Stop) -> bool:
        """Is everything answered that this stop asks?"""
        return evidence.is_answered(*self.asked, stop)

    # --- saving -------------------------------------------------------------------------------------

    def record(self, stop: Stop, form: Question) -> dict[str, Any]:
        """Return what to keep of a valid form: for a list that is opened, with the sample drawn from it."""
        return self._with_sample(stop.part, form) if isinstance(form, forms.Where) else form.record()

    def _with_sample(self, part: str, form: forms.Where) -> dict[str, Any]:
        """Draw from the list, or keep the sample while the list is the one that it was drawn from.

        A sample that was seen stays in the record even when the way of looking changes: coming back to
        the list is no way to another sample. Until it is shown, which is after it was said what is expected,
        a changed list changes the first draw: nobody has seen it.
        """
        frame, before, record = self.instrument.frames[part], self.where(part), form.record()
        seen = {
            "draws": before.get("draws", 0),
            "positions": before.get("positions", []),
            "offset": before.get("offset"),
            "drawn": before.get("drawn"),
            "listed": before.get("listed"),
        }
        drawn = form.drawn_from()
        if record["way"] != "items" or seen["drawn"] == drawn:
            return {**record, **seen}
        is_seen = seen["positions"] and evidence.is_shown(*self.asked, frame)
        draws = seen["draws"] + 1 if is_seen else max(seen["draws"], 1)
        latest = frame.latest or bool(record.get("latest"))
        start = 0.0 if latest else sampling.offset(server_key("sample"), self.held.id, part, draws)
        n = self.instrument.frame_size(frame, self.facts.form)
        # The latest items are the first of a list that begins with the newest: nothing is drawn.
        among = min(record["population"], n) if latest else record["population"]
        positions = list(sampling.positions(among, n, start))
        sample = {"draws": draws, "positions": positions, "offset": start, "drawn": drawn}
        # Of the same list, described otherwise, what is known of its items stays true.
        same = seen["listed"] if "list" in drawn else None
        listed = _kept_of_list(form.listing, positions) if form.listing else same
        return {**record, **sample, "listed": listed}

    def after_saving(self, stop: Stop, record: Mapping[str, Any]) -> Run:
        """Return the run as it would be with this record kept."""
        kept = Entry(dict(record), self.version(stop) + 1)
        return replace(self, entries={**self.entries, (stop.part, stop.page): kept})

    def where(self, part: str) -> Values:
        """Return how a frame is looked at, empty before that is said."""
        entry = self.entries.get((part, "where"))
        return entry.values if entry else {}

    # --- the way ------------------------------------------------------------------------------------

    def items(self, part: str) -> list[Stop]:
        """Return the stops of the items that are opened of a frame, in the order of their positions."""
        return [stop for stop in self.path if stop.part == part and stop.kind == "item"]

    def onward(self, stop: Stop, back: str) -> str:
        """Return the address that follows a stop whose answer is kept."""
        if stop.kind == "where" and (belief := self.stop(stop.part, "belief")):
            if not self.is_answered(belief):
                return self.at(belief)
        if stop.kind in ("where", "belief") and not all(map(self.is_answered, self.items(stop.part))):
            return self.sample_at(stop.part)
        if back == "check":
            return self.address("diagnosis.check")
        following = evidence.next_stop(*self.asked, after=stop)
        return self.at(following) if following else self.address("diagnosis.check")

    def sample_at(self, part: str) -> str:
        """Return the address of the sample of a frame."""
        return self.address("diagnosis.sample", part=part)

    def in_place_of(self, part: str, page: str) -> str:
        """Return the address of what took the place of a replaced item, or of the sample."""
        gone = evidence.sample(self.records, part).replaced
        successor = next((each.successor for each in gone if each.page == page), "")
        stop = self.stop(part, successor)
        return self.at(stop) if stop else self.sample_at(part)

    def before(self, stop: Stop) -> str:
        """Return the address of the page before a stop: the sample, the stop before it, or the tasks."""
        if stop.kind == "item" and stop == self.items(stop.part)[0]:
            return self.sample_at(stop.part)
        place = self.path.index(stop)
        return self.at(self.path[place - 1]) if place else self.address("diagnosis.tasks")

    def at(self, stop: Stop, **options: Any) -> str:
        """Return the address of a stop."""
        return self.address("diagnosis.question", part=stop.part, page=stop.page, **options)

    def address(self, endpoint: str, **options: Any) -> str:
        """Return the address of a page of this assessment."""
        return url_for(endpoint, assessment_id=self.held.id, **options)


def _kept_of_list(listing: Listing, positions: Sequence[int]) -> dict[str, Any]:
    """Return what is kept of a list: its fingerprint, and by position the items drawn and three for each.

    The three are those that would take its place. The others are nobody's business: who wants another
    sample gives the list again.
    """
    n = len(listing.references)
    wanted = set(positions)
    for position in positions:
        spares = set(positions)
        while len(spares) < len(positions) + 3 and (spare := opening.following(position, spares, n)):
            spares.add(spare)
        wanted |= spares
    names = {str(p): listing.references[p - 1] for p in sorted(wanted)}
    return {"sha256": listing.sha256, "count": n, "references": names}


# --- before starting --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begun:
    """An assessment that a browser holds, and what it is called: "One round"."""

    held: Held
    length: str


def begun(listed: Iterable[Held], instruments: Mapping[str, Instrument]) -> list[Begun]:
    """Return what a browser has begun; without its length where that version of the questions is gone."""
    return [Begun(held, _length(held, instruments.get(held.instrument_key))) for held in listed]


def _length(held: Held, instrument: Instrument | None) -> str:
    lengths = instrument.forms if instrument else ()
    return next((each.name for each in lengths if each.id == held.facts["form"]), "")


@dataclass(frozen=True, slots=True)
class Sitting:
    """A pass as one form asks it: frames with their size and checks, then single questions."""

    each: Pass
    minutes: float
    frames: list[tuple[Frame, int, list[tuple[Check, Indicator]]]]
    singles: list[
        tuple[Single, Indicator, list[str]]
    ]  # with the answers that it offers, where they are texts


def sittings(instrument: Instrument, form_id: str) -> list[Sitting]:
    """Return what a form asks, in the order of the passes."""
    asked = instrument.asked(form_id)
    recalled = {form.id for form in instrument.forms if form.from_memory}
    found = []
    for each in instrument.passes:
        frames = [
            (
                frame,
                instrument.frame_size(frame, form_id),
                [(c, asked[c.indicator]) for c in frame.checks if c.indicator in asked],
            )
            for frame in each.frames
            if instrument.frame_size(frame, form_id)
        ]
        singles = [
            (single, asked[single.indicator], _answers(single, asked[single.indicator], form_id in recalled))
            for single in each.singles
            if single.indicator in asked
        ]
        if frames or singles:
            found.append(Sitting(each, each.minutes[form_id], frames, singles))
    return found


def _answers(single: Single, indicator: Indicator, is_recalled: bool) -> list[str]:
    if is_recalled:
        return [choice.text for choice in single.choices]
    return list(indicator.anchors) if indicator.type in ("anchors", "artefact") else []


# --- the task list ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Task:
    """One row of the task list: a pass, how far it has come, and where it goes on."""

    each: Pass
    progress: PassProgress
    href: str


def tasks(run: Run) -> list[Task]:
    """Return a row for each pass of the form."""
    rows = []
    for progress in evidence.progress(*run.asked):
        each = _pass(run.instrument, progress.pass_id)
        path = [stop for stop in run.path if _of_pass(each, stop)]
        first = next((stop for stop in path if not run.is_answered(stop)), path[0])
        rows.append(Task(each, progress, run.at(first)))
    return rows


def _pass(instrument: Instrument, pass_id: str) -> Pass:
    return next(each for each in instrument.passes if each.id == pass_id)


def _of_pass(each: Pass, stop: Stop) -> bool:
    return stop.part == each.id or stop.part in {frame.id for frame in each.frames}


# --- a sample ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawn:
    """One item of a sample: its number in it, its position in the list, and what is known of it."""

    number: int
    position: int | None
    reference: str  # as it was typed, else as the list has it
    is_answered: bool
    href: str


def sample(run: Run, part: str) -> list[Drawn]:
    """Return the items of a frame that are to be opened."""
    return [
        Drawn(
            number=number,
            position=evidence.item_position(run.records, part, stop.page),
            reference=run.records.get((part, stop.page), {}).get("reference") or run.reference(stop),
            is_answered=run.is_answered(stop),
            href=run.at(stop),
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


# --- where a question stands ------------------------------------------------------------------------


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
    each = next(p for p in run.instrument.passes if _of_pass(p, stop))
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


# --- every answer on one page -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """What was answered of one item, and where it is changed."""

    number: int
    cells: list[str]  # its reference, then one answer for each check
    href: str
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What was answered at one stop, and where it is changed; for an opened list, its items too."""

    title: str
    said: list[tuple[str, str]]
    href: str  # empty for what can no longer be changed
    is_answered: bool
    warning: str  # what to look at again in its note
    columns: list[str]
    lines: list[Line]


def review(run: Run) -> list[tuple[Pass, list[Row]]]:
    """Return every stop of the path with its answers, by pass."""
    rows = [(stop, _row(run, stop)) for stop in run.path if stop.kind != "item"]
    return [
        (each, [row for stop, row in rows if _of_pass(each, stop)])
        for each in run.instrument.passes
        if any(_of_pass(each, stop) for stop, _ in rows)
    ]


def _row(run: Run, stop: Stop) -> Row:
    form = run.filled(stop)
    said = list(form.said())
    if stop.kind == "where" and run.where(stop.part).get("way") in ("none", "not-applicable"):
        note = forms.noted(form)
        said = [*said[:1], *note]  # what was typed for another way of looking is kept, but does not count
    elif stop.kind == "where" and said:
        first, last = evidence.window(run.instrument.frames[stop.part], run.facts)
        said.insert(1, ("Days covered", f"{in_words(first)} to {in_words(last)}"))
    items = run.items(stop.part) if stop.kind == "where" else []
    if stop.kind == "where" and run.has_replaced(stop.part):
        said += [("Replaced", each.words) for each in gone(run, stop.part)]
    asked = evidence.checks_at(*run.asked, items[0]) if items else ()
    is_locked = stop.kind == "belief" and run.is_answered(stop)
    return Row(
        title=_title(run, stop),
        said=said,
        href="" if is_locked else run.at(stop, back="check"),
        is_answered=run.is_answered(stop),
        warning=form.warning if isinstance(form, forms.Where) else "",
        columns=[run.instrument.indicators[check.indicator].name for check in asked],
        lines=[_line(run, n, item, [check.indicator for check in asked]) for n, item in enumerate(items, 1)],
    )


def _line(run: Run, number: int, item: Stop, asked: list[str]) -> Line:
    values = run.records.get((item.part, item.page), {})
    words = dict(forms.YES_NO)
    cells = [values.get("reference", ""), *(words.get(values.get(name, ""), "") for name in asked)]
    return Line(number, cells, run.at(item, back="check"), run.is_answered(item))


def _title(run: Run, stop: Stop) -> str:
    """Return what a stop is called on the check page."""
    if stop.kind in ("where", "recall"):
        return run.instrument.frames[stop.part].name
    if stop.kind == "belief":
        return f"{run.instrument.frames[stop.part].name}: what you expect"
    if stop.page == "counts":
        return f"{run.instrument.frames[stop.part].name}: counts"
    return forms.single(run.instrument, stop).title


def unanswered(run: Run) -> list[Gap]:
    """Return what is not answered: of the items of one sample the first alone, which leads to the others."""
    found: dict[tuple[str, str], list[Gap]] = {}
    for gap in evidence.gaps(*run.asked):
        if gap.stop:
            kind = "item" if gap.stop.kind == "item" else gap.stop.page
            found.setdefault((gap.stop.part, kind), []).append(gap)
    return [_together(gaps) for gaps in found.values()]


def _together(gaps: list[Gap]) -> Gap:
    more = len(gaps) - 1
    if not more:
        return gaps[0]
    also = f"{more} more of its items {'is' if more == 1 else 'are'} open too."
    return replace(gaps[0], sentence=f"{gaps[0].sentence} {also}")


def gate_reasons(run: Run) -> list[str]:
    """Return why no overall figure could be made of the answers as they stand."""
    return [gap.sentence for gap in evidence.gaps(*run.asked) if gap.stop is None]


# --- words ------------------------------------------------------------------------------------------


def in_words(day: date) -> str:
    """Return a date as it is read.

    >>> in_words(date(2026, 3, 1))
    '1 March 2026'
    """
    return f"{day.day} {day:%B %Y}"
