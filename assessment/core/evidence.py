"""From what a leader entered, page by page, to observations; and the path through the pages.

The path is a function of the answers: which pages a frame has depends on how it could be looked at and
how many items were drawn. Only answers on the path count, so what was typed on a page that is no longer
part of it neither helps nor harms.

What is stored is what was entered, one mapping per page (`Records`); the triple sound, failing,
unverified is derived here, so that a later version can derive it again.

    where    {"way": "items" | "counts" | "none" | "not-applicable", "where", "query", "reason": str,
              "population", "context_of": int | None, "draws": int, "positions": [int], "offset": float,
              "latest": True where the newest items were taken in place of a draw}
    belief   {an indicator's id: {"count", "of": int} | "skipped", ...}: what is expected, before any item
             is shown; it opens the item pages and is never scored
    replaced which items of a draw did not apply, and what took their places: see `core.opening`
    1 to n   {"reference": str, an indicator's id: "yes" | "no" | "unverified", ...}, as is the page of an
             item that took the place of another, such as 3-11
    counts   {an indicator's id: {"sound", "failing", "unverified": int}, ...,
              "source": "report" | "memory", "place": str}
    singles  a page named by its indicator: see `_from_date`, `_from_spread`, `_from_level`; each may be
             {"reason": a closed not-applicable reason} instead

A form from memory opens nothing. It asks each frame on one page and each single question by its choices:

    recall   {an indicator's id: how many were sound, of its marks, or "unverified", ...} or {"reason"}
    choices  {"choice": int, the place among the choices, from 0, or "unverified"} or {"reason"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, TypeGuard

from assessment.core import opening
from assessment.core.belief import Beliefs
from assessment.core.instrument import (
    FIXED_MARKS,
    Check,
    Form,
    Frame,
    Grade,
    Indicator,
    Instrument,
    Pass,
    Single,
)
from assessment.core.opening import Sample
from assessment.core.scoring import Observation, contradictions, gate, score, unverified_of

__all__ = [
    "Facts",
    "Gap",
    "Observation",
    "PassProgress",
    "Records",
    "Remark",
    "Stop",
    "answers",
    "checks_at",
    "gaps",
    "is_answered",
    "is_belief",
    "is_belief_told",
    "is_shown",
    "item_position",
    "next_stop",
    "not_applicable",
    "observations",
    "progress",
    "sample",
    "self_check",
    "stops",
    "window",
]

Values = Mapping[str, Any]
Records = Mapping[tuple[str, str], Values]
"""What was entered: (part, page) -> the values of that page, as they were typed or ticked."""

Kind = Literal[
    "where", "belief", "item", "counts", "date", "spread", "artefact", "anchors", "recall", "choice"
]

_KINDS: dict[str, Kind] = {
    "count": "counts",
    "elapsed": "counts",
    "date": "date",
    "spread": "spread",
    "artefact": "artefact",
    "anchors": "anchors",
}

MAX_REPORTED = 200
"""Marks of one indicator that a report or a memory can carry; beyond, it is a file that must be counted."""

# The age of the last occurrence, in intervals, and how many of its four marks are sound.
_SOUND_BY_AGE = ((1.0, 4), (1.5, 3), (2.0, 2), (4.0, 1))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the team before the first question. `as_of` is today, given from outside.

    `latest` is the last day on which something can have happened, where that is not `as_of`: while it is
    today by one clock, it is already tomorrow somewhere. `belief` is what a form from memory said before,
    which this one was begun with: locked, and not asked again.
    """

    form: str
    team_size: int
    window_days: int
    window_end: date
    as_of: date
    label: str = ""
    work: str = ""
    latest: date | None = None
    belief: Beliefs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stop:
    """One page of the journey: `part` is a frame's id, or a pass's id for a single question.

    `page` is "where", "belief", an item's number from "1" or what took its place, "counts", "recall", or
    the indicator's id of a single question.
    """

    part: str
    page: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class PassProgress:
    """How far one sitting has come; `of` counts the pages expected, `minutes_left` is an estimate."""

    pass_id: str
    name: str
    answered: int
    of: int
    state: Literal["not started", "under way", "done"]
    minutes_left: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not answered, or a reason why the score will be refused (then without a stop)."""

    stop: Stop | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a second look before the score is made."""

    stop: Stop | None
    sentence: str


# --- the path -----------------------------------------------------------------------------------


def stops(instrument: Instrument, facts: Facts, records: Records) -> tuple[Stop, ...]:
    """Return the pages of this journey in their order: passes, in each its frames, then its singles.

    A frame's "where" page opens the page of what is expected, and that page opens the items: nobody can
    say what is expected of items that are already known. Where the latest are taken, they are known.
    """
    return tuple(s for each in instrument.passes for s in _stops_of(instrument, facts, records, each))


def next_stop(
    instrument: Instrument, facts: Facts, records: Records, after: Stop | None = None
) -> Stop | None:
    """Return the first unanswered page behind `after`, then those before it; None when all are answered."""
    path = stops(instrument, facts, records)
    start = path.index(after) + 1 if after in path else 0
    for stop in path[start:] + path[:start]:
        if not is_answered(instrument, facts, records, stop):
            return stop
    return None


def progress(instrument: Instrument, facts: Facts, records: Records) -> tuple[PassProgress, ...]:
    """Return how far each pass of the form has come; a pass that the form does not ask is left out."""
    return tuple(
        _progress_of(instrument, facts, records, each)
        for each in instrument.passes
        if any(_stops_of(instrument, facts, records, each))
    )


def is_answered(instrument: Instrument, facts: Facts, records: Records, stop: Stop) -> bool:
    """Is everything answered that this page asks? "Could not verify" is an answer, blank is not."""
    values = records.get((stop.part, stop.page), {})
    if stop.kind == "where":
        return _is_looked_at(instrument, facts, instrument.frames[stop.part], values)
    if stop.kind == "belief":
        return is_belief_told(instrument, facts, records, stop.part)
    if stop.kind == "item":
        asked = checks_at(instrument, facts, records, stop)
        return all(values.get(check.indicator) in _MARKS for check in asked)
    if stop.kind == "counts" and stop.part in instrument.frames:
        asked = checks_at(instrument, facts, records, stop)
        population = records[stop.part, "where"].get("population")
        return all(_from_counts(values, check.indicator, population) for check in asked)
    if stop.kind == "recall":
        recalled = _from_recall(instrument, facts, instrument.frames[stop.part], values)
        return bool(_frame_reason(instrument, facts, stop.part, values)) or None not in recalled.values()
    indicator = instrument.indicators[stop.page]
    return _reason(indicator, values) != "" or _at_single(instrument, facts, stop, values) is not None


def is_belief_told(instrument: Instrument, facts: Facts, records: Records, part: str) -> bool:
    """Is it said of each check of a frame what is expected, or that it is not said? Then it is locked."""
    values = records.get((part, "belief"), {})
    asked = checks_at(instrument, facts, records, Stop(part, "belief", "belief"))
    return all(check.indicator in facts.belief or is_belief(values.get(check.indicator)) for check in asked)


def is_belief(value: object) -> bool:
    """Is this what a check is expected to find, as {"count", "of"}, or "skipped"?"""
    return value == "skipped" or _is_expected(value)


def _is_expected(value: object) -> TypeGuard[Mapping[str, int]]:
    if not isinstance(value, Mapping) or not _is_count(value.get("of"), MAX_REPORTED):
        return False
    return value["of"] > 0 and _is_count(value.get("count"), value["of"])


def is_shown(instrument: Instrument, facts: Facts, records: Records, frame: Frame) -> bool:
    """May the items of a frame that were drawn be shown?"""
    return _takes_latest(records, frame) or is_belief_told(instrument, facts, records, frame.id)


def _takes_latest(records: Records, frame: Frame) -> bool:
    """Are the newest items taken, by design or by choice? Then they are known before they are shown."""
    return frame.latest or bool(records.get((frame.id, "where"), {}).get("latest"))


def checks_at(instrument: Instrument, facts: Facts, records: Records, stop: Stop) -> tuple[Check, ...]:
    """Return the checks that a page asks: of an item, those whose sample it belongs to.

    A check with a smaller design size than its frame is asked of the first items only.
    """
    frame = instrument.frames[stop.part]
    rank = _rank(records, stop) if stop.kind == "item" else 1
    return tuple(
        c for c in frame.checks if instrument.indicators[c.indicator].marks.get(facts.form, 0) >= rank
    )


def item_position(records: Records, part: str, page: str) -> int | None:
    """Return the position in the list, from 1, of the item on a page; None: it is not part of the draw."""
    return next((each.position for each in sample(records, part).opened if each.page == page), None)


def sample(records: Records, part: str) -> Sample:
    """Return the items of a frame that are to be opened, and those that were replaced."""
    log = records.get((part, opening.PAGE), {}).get("log", ())
    return opening.sample(_positions(records.get((part, "where"), {})), log)


def _rank(records: Records, item: Stop) -> int:
    """Return how many items of its sample come up to this one, which is among them."""
    return 1 + [each.page for each in sample(records, item.part).opened].index(item.page)


def window(frame: Frame, facts: Facts) -> tuple[date, date]:
    """Return the first and the last day of a frame's window, both included."""
    last = facts.window_end - timedelta(days=frame.window_shift)
    return last - timedelta(days=facts.window_days), last


def _stops_of(instrument: Instrument, facts: Facts, records: Records, each: Pass) -> Iterator[Stop]:
    from_memory = instrument.form(facts.form).from_memory
    for frame in each.frames:
        if not instrument.frame_size(frame, facts.form):
            continue
        if from_memory:
            yield Stop(frame.id, "recall", "recall")
        else:
            yield Stop(frame.id, "where", "where")
            yield from _stops_behind(instrument, facts, records, frame)
    for single in each.singles:
        indicator = instrument.indicators[single.indicator]
        if facts.form in indicator.marks:
            yield Stop(each.id, indicator.id, "choice" if from_memory else _KINDS[indicator.type])


def _stops_behind(instrument: Instrument, facts: Facts, records: Records, frame: Frame) -> Iterator[Stop]:
    """Yield the pages that a frame's "where" page opened."""
    where = records.get((frame.id, "where"), {})
    if not _is_looked_at(instrument, facts, frame, where) or where.get("population") == 0:
        return
    if where["way"] == "items" and not _takes_latest(records, frame):
        yield Stop(frame.id, "belief", "belief")
    if where["way"] == "items" and is_shown(instrument, facts, records, frame):
        yield from (Stop(frame.id, each.page, "item") for each in sample(records, frame.id).opened)
    if where["way"] == "counts":
        yield Stop(frame.id, "counts", "counts")


def _progress_of(instrument: Instrument, facts: Facts, records: Records, each: Pass) -> PassProgress:
    path = tuple(_stops_of(instrument, facts, records, each))
    answered = sum(is_answered(instrument, facts, records, stop) for stop in path)
    of = len(path) + sum(
        _pages_to_come(instrument, facts, records, stop)
        for stop in path
        if not is_answered(instrument, facts, records, stop)
    )
    started = any((stop.part, stop.page) in records for stop in path)
    left = each.minutes.get(facts.form, 0.0) * (1 - answered / of)
    state: Literal["not started", "under way", "done"] = "under way" if started else "not started"
    return PassProgress(each.id, each.name, answered, of, "done" if answered == of else state, left)


def _pages_to_come(instrument: Instrument, facts: Facts, records: Records, stop: Stop) -> int:
    """Return how many pages a page will open when it is answered, at most.

    They are expected from the start, so that the share of what is done never falls.
    """
    if stop.kind == "belief":
        return len(_positions(records[stop.part, "where"]))
    if stop.kind != "where":
        return 0
    frame = instrument.frames[stop.part]
    return instrument.frame_size(frame, facts.form) + (not frame.latest)


# --- from pages to observations -------------------------------------------------------------------

_MARKS = ("yes", "no", "unverified")


def observations(instrument: Instrument, facts: Facts, records: Records) -> dict[str, Observation]:
    """Return what was found, by indicator id. An indicator with any blank mark is not in it."""
    found: dict[str, Observation | None] = {}
    for stop in stops(instrument, facts, records):
        if stop.kind == "where":
            found |= _from_frame(instrument, facts, records, instrument.frames[stop.part])
        elif stop.kind == "recall":
            values = records.get((stop.part, stop.page), {})
            found |= _from_recall(instrument, facts, instrument.frames[stop.part], values)
        elif stop.page in instrument.indicators:
            values = records.get((stop.part, stop.page), {})
            found[stop.page] = _at_single(instrument, facts, stop, values)
    left_out = not_applicable(instrument, facts, records)
    return {name: seen for name, seen in sorted(found.items()) if seen is not None and name not in left_out}


def not_applicable(instrument: Instrument, facts: Facts, records: Records) -> dict[str, str]:
    """Return the reason, from the closed list, of each indicator that was said not to be applicable."""
    reasons: dict[str, str] = {}
    for stop in stops(instrument, facts, records):
        values = records.get((stop.part, stop.page), {})
        if stop.kind == "recall" or (stop.kind == "where" and values.get("way") == "not-applicable"):
            if reason := _frame_reason(instrument, facts, stop.part, values):
                asked = checks_at(instrument, facts, records, stop)
                reasons |= {check.indicator: reason for check in asked}
        elif stop.page in instrument.indicators and (
            reason := _reason(instrument.indicators[stop.page], values)
        ):
            reasons[stop.page] = reason
    return dict(sorted(reasons.items()))


def answers(instrument: Instrument, facts: Facts, records: Records) -> dict[str, Any]:
    """Return the answers document (docs/method.md, "Interchange"), ready to be read and diagnosed."""
    from_memory = instrument.form(facts.form).from_memory
    looked_at = {
        frame.id: frame
        for frame in instrument.frames.values()
        if not from_memory
        and instrument.frame_size(frame, facts.form)
        and _is_looked_at(instrument, facts, frame, records.get((frame.id, "where"), {}))
    }
    context = {
        frame.context.id: {"on_track": where["population"], "of": where["context_of"]}
        for frame in looked_at.values()
        if frame.context
        and (where := records[frame.id, "where"])["way"] in ("items", "counts")
        and where["context_of"] > 0
    }
    found = observations(instrument, facts, records)
    return {
        "instrument": instrument.key,
        "form": facts.form,
        "as_of": facts.as_of.isoformat(),
        "window_days": facts.window_days,
        "window_end": facts.window_end.isoformat(),
        "team_size": facts.team_size,
        "label": facts.label,
        "sample_drawn": not from_memory
        and all(_is_drawn(records, frame, found) for frame in looked_at.values()),
        "second_observer": False,
        "observations": {name: _triple(seen) for name, seen in found.items()},
        "not_applicable": not_applicable(instrument, facts, records),
        "context": context,
        "belief": _beliefs(instrument, facts, records),
        "frames": {
            name: _frame_record(facts, records, frame, is_shown(instrument, facts, records, frame))
            for name, frame in looked_at.items()
        },
    }


def _beliefs(instrument: Instrument, facts: Facts, records: Records) -> dict[str, Any]:
    """Return what was expected, by indicator id: on the pages of the path, and what was carried over."""
    told_before = {name: dict(said) for name, said in facts.belief.items()}
    on_pages = {
        check.indicator: {"count": told["count"], "of": told["of"]}
        for stop in stops(instrument, facts, records)
        if stop.kind == "belief"
        for check in checks_at(instrument, facts, records, stop)
        if _is_expected(told := records.get((stop.part, "belief"), {}).get(check.indicator))
    }
    return {**on_pages, **told_before}


def _is_looked_at(instrument: Instrument, facts: Facts, frame: Frame, where: Values) -> bool:
    """Has the "where" page said all that the way it names needs?"""
    way, population = where.get("way"), where.get("population")
    if way == "none":
        return True
    if way == "not-applicable":
        return bool(_frame_reason(instrument, facts, frame.id, where))
    if frame.context and (population is None or (where.get("context_of") or 0) < population):
        return False
    if way == "items":
        return population is not None and (population == 0 or bool(_positions(where)))
    return way == "counts"


def _reason(indicator: Indicator, values: Values) -> str:
    """Return the reason for which this indicator is not applicable, "" when none of its list was given."""
    reason = values.get("reason")
    return reason if isinstance(reason, str) and reason in indicator.not_applicable else ""


def _frame_reason(instrument: Instrument, facts: Facts, part: str, values: Values) -> str:
    """Return the reason for which every check that a frame is asked is not applicable, "" without one."""
    asked = [instrument.indicators[check.indicator] for check in instrument.frames[part].checks]
    reasons = [_reason(indicator, values) for indicator in asked if facts.form in indicator.marks]
    return reasons[0] if reasons and all(reasons) else ""


def _positions(where: Values) -> tuple[int, ...]:
    return tuple(where.get("positions") or ())


def _from_frame(
    instrument: Instrument, facts: Facts, records: Records, frame: Frame
) -> dict[str, Observation | None]:
    """Return the observation of each indicator that a frame feeds, None where a mark is blank."""
    where = records.get((frame.id, "where"), {})
    form = instrument.form(facts.form)
    asked = {c.indicator: instrument.indicators[c.indicator] for c in frame.checks}
    asked = {name: i for name, i in asked.items() if facts.form in i.marks}
    pages = tuple(_stops_behind(instrument, facts, records, frame))
    if not _is_looked_at(instrument, facts, frame, where) or where["way"] == "not-applicable":
        return {}
    if pages and pages[0].kind == "counts":
        values = records.get((frame.id, "counts"), {})
        return {name: _from_counts(values, name, where.get("population")) for name in asked}
    if pages and not is_shown(instrument, facts, records, frame):
        return {}
    pages = tuple(stop for stop in pages if stop.kind == "item")
    if not pages:
        # No list, or an empty one: the question as a whole was not verified.
        return {name: _unverifiable(i, form, facts) for name, i in asked.items()}
    return {name: _from_items(instrument, facts, records, pages, name) for name in asked}


def _from_items(
    instrument: Instrument, facts: Facts, records: Records, opened: Sequence[Stop], name: str
) -> Observation | None:
    """Count the marks of one indicator over the opened items of its frame."""
    n = instrument.indicators[name].marks[facts.form]
    pages = [records.get((stop.part, stop.page), {}) for stop in opened]
    marks = [values.get(name) for values in pages[:n]]
    if not set(marks) <= set(_MARKS):
        return None
    saved = [values for values in pages if values]
    grade: Grade = "E3" if all(_text(values, "reference") for values in saved) else "E2"
    return Observation(marks.count("yes"), marks.count("no"), marks.count("unverified"), grade)


def _from_counts(values: Values, name: str, population: int | None = None) -> Observation | None:
    """Read three counts that existed already: from a report that is named, or from memory.

    None while one is missing, or while they are more than there are items.
    """
    counts = values.get(name)
    grade = _grade(values, "place") if values.get("source") in ("report", "memory") else None
    if grade is None or not isinstance(counts, Mapping):
        return None
    sound, failing, unverified = (counts.get(key) for key in ("sound", "failing", "unverified"))
    if sound is None or failing is None or unverified is None:
        return None
    most = MAX_REPORTED if population is None else min(MAX_REPORTED, population)
    seen = Observation(sound, failing, unverified, grade)
    return seen if 1 <= seen.n <= most else None


def _from_recall(
    instrument: Instrument, facts: Facts, frame: Frame, values: Values
) -> dict[str, Observation | None]:
    """Read how many of its marks each check of a frame is remembered to have sound; all of it is recall."""
    asked = [instrument.indicators[check.indicator] for check in frame.checks]
    return {
        indicator.id: _recalled(values.get(indicator.id), n)
        for indicator in asked
        if (n := indicator.marks.get(facts.form))
    }


def _from_choice(single: Single, n: int, values: Values) -> Observation | None:
    """Read the choice that was taken for a single question of n marks, None while there is none."""
    choice = values.get("choice")
    if _is_count(choice, len(single.choices) - 1):
        return _recalled(single.choices[choice].sound, n)
    return _recalled(choice, n) if choice == "unverified" else None


def _recalled(sound: object, n: int) -> Observation | None:
    if sound == "unverified":
        return Observation(0, 0, n, "E1")
    return Observation(sound, n - sound, 0, "E1") if _is_count(sound, n) else None


def _is_count(value: object, most: int) -> TypeGuard[int]:
    """Is it a whole number from 0 to the most that is possible? True and False are none."""
    return type(value) is int and 0 <= value <= most


def _at_single(instrument: Instrument, facts: Facts, stop: Stop, values: Values) -> Observation | None:
    """Read the page of a single question in the way in which its form asks it."""
    indicator = instrument.indicators[stop.page]
    if stop.kind != "choice":
        return _from_single(indicator, facts, values)
    each = next(each for each in instrument.passes if each.id == stop.part)
    single = next(single for single in each.singles if single.indicator == indicator.id)
    return _from_choice(single, indicator.marks[facts.form], values)


def _from_single(indicator: Indicator, facts: Facts, values: Values) -> Observation | None:
    """Read the page of a single question, None while it is not complete."""
    if indicator.type == "date":
        return _from_date(indicator, facts, values)
    if indicator.type == "spread":
        return _from_spread(indicator, facts, values)
    if indicator.type in FIXED_MARKS:
        return _from_level(indicator, values)
    return _from_counts(values, indicator.id)


def _from_date(indicator: Indicator, facts: Facts, values: Values) -> Observation | None:
    """Read {"answer": "date" | "never" | "no-record", "date": "YYYY-MM-DD", "reference", "source"}.

    The age is counted to the end of the window; a day behind it, up to today, is the freshest there is.
    """
    answer = values.get("answer")
    marks = FIXED_MARKS["date"]
    if answer == "no-record":
        return Observation(0, 0, marks, "E2")
    grade = _grade(values, "reference")
    if grade is None or answer not in ("date", "never"):
        return None
    if answer == "never":
        return Observation(0, marks, 0, grade)
    happened = _day(values.get("date"))
    if happened is None or happened > (facts.latest or facts.as_of) or indicator.days is None:
        return None
    age = (facts.window_end - happened).days / indicator.days
    sound = next((k for limit, k in _SOUND_BY_AGE if age <= limit), 0)
    return Observation(sound, marks - sound, 0, grade)


def _from_spread(indicator: Indicator, facts: Facts, values: Values) -> Observation | None:
    """Read {"total", "others": int, "source", "place"}, or {"unverified": true}.

    Of a small team only {"concentrated": "yes" | "no" | "unverified"} is read, never a share.
    """
    small = indicator.is_small_team(facts.team_size)
    n = indicator.spread.small_marks if small and indicator.spread else indicator.marks[facts.form]
    if values.get("unverified") or (small and values.get("concentrated") == "unverified"):
        return Observation(0, 0, n, "E2")
    grade = _grade(values, "place")
    if grade is None:
        return None
    if small:
        found = {"no": Observation(n, 0, 0, grade), "yes": Observation(0, n, 0, grade)}
        return found.get(str(values.get("concentrated")))
    total, others = values.get("total"), values.get("others")
    most = n if grade == "E3" else MAX_REPORTED
    if total is None or others is None or not 0 <= others <= total or not 1 <= total <= most:
        return None
    return Observation(others, total - others, 0, grade)


def _from_level(indicator: Indicator, values: Values) -> Observation | None:
    """Read {"level": 0 (nothing) to the number of marks, or "unverified", "reference", "source"}."""
    marks, level = FIXED_MARKS[indicator.type], values.get("level")
    if level == "unverified":
        return Observation(0, 0, marks, "E2")
    grade = _grade(values, "reference")
    if grade is None or not isinstance(level, int) or not 0 <= level <= marks:
        return None
    return Observation(level, marks - level, 0, grade)


def _grade(values: Values, referred: str) -> Grade | None:
    """Derive the grade from where an answer comes from; None when that was not said.

    Seen in the record, and the record is named: E3. Read from a report that is named, or seen without a
    reference: E2. From memory: E1. `referred` is the key that names the record or the report.
    """
    source = values.get("source")
    if source == "record":
        return "E3" if _text(values, referred) else "E2"
    if source == "report":
        return "E2" if _text(values, referred) else None
    return "E1" if source == "memory" else None


def _unverifiable(indicator: Indicator, form: Form, facts: Facts) -> Observation:
    """Return the observation of a question that could not be verified as a whole."""
    return Observation(0, 0, indicator.marks[facts.form], "E2" if "E2" in form.grades else form.grades[0])


def _is_drawn(records: Records, frame: Frame, found: Mapping[str, Observation]) -> bool:
    """Was the sample of a frame drawn by the site, or was there nothing to draw?"""
    where = records[frame.id, "where"]
    population: int | None = where.get("population")
    if frame.latest or where["way"] in ("none", "not-applicable"):
        return True
    if where["way"] == "items" and where.get("draws", 1) == 1 and not where.get("latest"):
        return True
    # Counts without the size of their population may be a selection.
    n = max((found[c.indicator].n for c in frame.checks if c.indicator in found), default=0)
    return population is not None and population <= max(n, len(_positions(where)))


def _frame_record(facts: Facts, records: Records, frame: Frame, shown: bool) -> dict[str, Any]:
    """Return what the report's appendix says of a frame; of items that were never shown, nothing."""
    where = records[frame.id, "where"]
    items = where["way"] == "items" and shown
    draws = items and not _takes_latest(records, frame)
    held = sample(records, frame.id)
    return {
        "where": _text(where, "where"),
        "query": _text(where, "query"),
        "population": where.get("population") if where["way"] in ("items", "counts") else None,
        "positions": [each.position for each in held.opened] if items else [],
        "replaced": [each.position for each in held.replaced] if items else [],
        "offset": where.get("offset") if draws else None,
        "drawn": draws and where.get("draws", 1) == 1,
        "covers": [day.isoformat() for day in window(frame, facts)],
    }


def _triple(seen: Observation) -> dict[str, Any]:
    return {
        "sound": seen.sound,
        "failing": seen.failing,
        "unverified": seen.unverified,
        "grade": seen.grade,
        "link_derived": seen.link_derived,
    }


def _text(values: Values, key: str) -> str:
    return str(values.get(key) or "").strip()


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


# --- before the score -----------------------------------------------------------------------------


def gaps(instrument: Instrument, facts: Facts, records: Records) -> tuple[Gap, ...]:
    """Return what is not answered yet, page by page, then each reason why no score could be made of it."""
    found = [
        Gap(stop, _gap_sentence(instrument, facts, records, stop))
        for stop in stops(instrument, facts, records)
        if not is_answered(instrument, facts, records, stop)
    ]
    form = instrument.form(facts.form)
    left_out = not_applicable(instrument, facts, records)
    if len(left_out) > form.not_applicable_at_most:
        names = ", ".join(instrument.indicators[name].name for name in left_out)
        most = form.not_applicable_at_most
        found.append(
            Gap(None, f"{names}: not applicable, but the {form.name} allows at most {most} of these.")
        )
    closed = gate(instrument, facts.form, observations(instrument, facts, records), left_out)
    return (*found, *(Gap(None, reason) for reason in closed.reasons))


def _gap_sentence(instrument: Instrument, facts: Facts, records: Records, stop: Stop) -> str:
    if stop.part not in instrument.frames or stop.page in instrument.indicators:
        return f"“{instrument.indicators[stop.page].name}”: not answered, so it is left out."
    frame = instrument.frames[stop.part]
    asked = [check.indicator for check in checks_at(instrument, facts, records, stop)]
    if stop.kind == "recall":
        recalled = _from_recall(instrument, facts, frame, records.get((stop.part, stop.page), {}))
        asked = [name for name in asked if recalled[name] is None]
    names = [f"“{instrument.indicators[name].name}”" for name in asked]
    left_out = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} left out"
    if stop.kind == "where":
        return f"{frame.name}: not looked at yet, so {left_out}."
    if stop.kind == "belief":
        return f"{frame.name}: what you expect is not said yet, which opens the items, so {left_out}."
    if stop.kind == "counts":
        return f"{frame.name}: counts are missing, or are more than there are items, so {left_out}."
    if stop.kind == "recall":
        return f"{frame.name}: not answered in full, so {left_out}."
    return f"{frame.name}, item {_rank(records, stop)}: not answered in full, so {left_out} until it is."


def self_check(instrument: Instrument, facts: Facts, records: Records) -> tuple[Remark, ...]:
    """Return what a careful reader would ask about these answers before a score is made of them."""
    remarks = [*_sample_remarks(instrument, facts, records), *_whole_remarks(instrument, facts, records)]
    return tuple(remarks)


def _sample_remarks(instrument: Instrument, facts: Facts, records: Records) -> Iterator[Remark]:
    for stop in stops(instrument, facts, records):
        where = records.get((stop.part, stop.page), {})
        if stop.kind != "where" or not is_answered(instrument, facts, records, stop):
            continue
        frame = instrument.frames[stop.part]
        size = instrument.frame_size(frame, facts.form)
        population = where.get("population") or 0
        if where["way"] == "items" and 0 < population < size:
            yield Remark(stop, f"{frame.name}: {population} of {size} wanted; a small sample says little.")
        if where["way"] in ("items", "counts") and where.get("population") == 0:
            yield Remark(stop, f"{frame.name}: none found, which counts as could not verify.")
        if where["way"] == "items" and where.get("latest"):
            yield Remark(stop, f"{frame.name}: the most recent were taken, so it counts as not drawn.")
        elif where.get("draws", 1) > 1 and not frame.latest:
            yield Remark(stop, f"{frame.name}: drawn {where['draws']} times, so it counts as not drawn.")
        held = sample(records, frame.id)
        if where["way"] == "items" and held.replaced:
            many = len(held.replaced)
            yield Remark(stop, f"{frame.name}: {many} of the sample did not apply; the report says which.")
        opened = [records.get((frame.id, each.page), {}) for each in held.opened]
        if where["way"] == "items" and any(v and not _text(v, "reference") for v in opened):
            yield Remark(stop, f"{frame.name}: an item has no reference, so the whole frame counts as E2.")


def _whole_remarks(instrument: Instrument, facts: Facts, records: Records) -> Iterator[Remark]:
    limits = instrument.constants
    found = observations(instrument, facts, records)
    age = (facts.as_of - facts.window_end).days
    if age > limits.confidence.stale_days.once:
        yield Remark(None, f"The window ended {age} days ago; the team may work differently by now.")
    if not found:
        return
    recalled = sum(seen.grade == "E1" for seen in found.values())
    if instrument.form(facts.form).from_memory:
        pass  # that is what the form is for
    elif recalled == len(found):
        yield Remark(None, "Every answer is from memory: this shows a belief, and nothing else yet.")
    elif recalled > limits.gates.recalled_share * len(found):
        yield Remark(None, f"{recalled} of {len(found)} answers are from memory, so Likely will be withheld.")
    unverified, marks = unverified_of(found)
    if unverified >= limits.gates.unverified_share * marks:
        yield Remark(None, f"{unverified} of {marks} marks could not be verified: too many for a score.")
    # What Likely is too weak to be printed of is too weak to contradict anybody.
    if gate(instrument, facts.form, found, not_applicable(instrument, facts, records)).likely:
        likely = score(instrument, found, facts.team_size).likely.indicators
        yield from (Remark(None, sentence) for sentence in contradictions(instrument, found, likely))
