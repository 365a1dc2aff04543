"""The path through the pages, as a function of what was entered, and how far somebody has come on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeGuard

from assessment.core import opening
from assessment.core.evidence.counts import COUNTED, is_counted, size, uncounted
from assessment.core.evidence.marks import (
    MARKS,
    at_single,
    frame_reason,
    from_counts,
    from_recall,
    is_count,
    reason_in,
)
from assessment.core.evidence.records import KINDS, MAX_REPORTED, Facts, Records, Stop, Values
from assessment.core.instrument import Check, Frame, Instrument, Pass
from assessment.core.opening import Opened, Sample


@dataclass(frozen=True, slots=True)
class PassProgress:
    """How far one sitting has come; `of` counts the pages expected, `minutes_left` is an estimate."""

    pass_id: str
    name: str
    answered: int
    of: int
    state: Literal["not started", "under way", "done"]
    minutes_left: float


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
        return is_looked_at(instrument, facts, instrument.frames[stop.part], values)
    if stop.kind == "belief":
        return is_belief_told(instrument, facts, records, stop.part)
    if stop.kind == "item":
        asked = checks_at(instrument, facts, records, stop)
        return all(values.get(check.indicator) in MARKS for check in asked)
    if stop.kind == "counts" and stop.part in instrument.frames:
        asked = checks_at(instrument, facts, records, stop)
        population = records[stop.part, "where"].get("population")
        return all(from_counts(values, check.indicator, population) for check in asked)
    if stop.kind == "recall":
        frame = instrument.frames[stop.part]
        recalled = from_recall(instrument, facts, frame, values)
        return bool(frame_reason(instrument, facts, frame, values)) or None not in recalled.values()
    indicator = instrument.indicators[stop.page]
    return reason_in(indicator, values) != "" or at_single(instrument, facts, stop, values) is not None


def is_belief_told(instrument: Instrument, facts: Facts, records: Records, part: str) -> bool:
    """Is it said of each check of a frame what is expected, or that it is not said? Then it is locked.

    Of what is counted nothing needs to be said; where all is, its items stay hidden as long as before.
    """
    values, frame = records.get((part, "belief"), {}), instrument.frames[part]
    asked = uncounted(instrument, facts, records, frame) or uncounted(instrument, facts, {}, frame)
    return all(check.indicator in facts.belief or is_belief(values.get(check.indicator)) for check in asked)


def is_belief(value: object) -> bool:
    """Is this what a check is expected to find, as {"count", "of"}, or "skipped"?"""
    return value == "skipped" or is_expected(value)


def is_expected(value: object) -> TypeGuard[Mapping[str, int]]:
    if not isinstance(value, Mapping) or not is_count(value.get("of"), MAX_REPORTED):
        return False
    return value["of"] > 0 and is_count(value.get("count"), value["of"])


def is_shown(instrument: Instrument, facts: Facts, records: Records, frame: Frame) -> bool:
    """May the items of a frame that were drawn be shown?"""
    return takes_latest(records, frame) or is_belief_told(instrument, facts, records, frame.id)


def takes_latest(records: Records, frame: Frame) -> bool:
    """Are the newest items taken, by design or by choice? Then they are known before they are shown.

    Also while nobody looks at them: they were seen, whatever way of looking was chosen since.
    """
    where = records.get((frame.id, "where"), {})
    return frame.latest or bool(where.get("latest") or (where.get("drawn") or {}).get("latest"))


def checks_at(instrument: Instrument, facts: Facts, records: Records, stop: Stop) -> tuple[Check, ...]:
    """Return the checks that a page asks: of an item, those whose sample it belongs to.

    A check with a smaller design size than its frame is asked of the first items only, and one that was
    counted from an export nowhere.
    """
    asked = uncounted(instrument, facts, records, instrument.frames[stop.part])
    rank = rank_of(records, stop) if stop.kind == "item" else 1
    return tuple(c for c in asked if instrument.indicators[c.indicator].marks[facts.form] >= rank)


def item_position(records: Records, part: str, page: str) -> int | None:
    """Return the position in the list, from 1, of the item on a page; None: it is not part of the draw."""
    return next((each.position for each in sample(records, part).opened if each.page == page), None)


def sample(records: Records, part: str) -> Sample:
    """Return the items of a frame that are to be opened, and those that were replaced."""
    log = records.get((part, opening.PAGE), {}).get("log", ())
    return opening.sample(positions_in(records.get((part, "where"), {})), log)


def opened(instrument: Instrument, facts: Facts, records: Records, frame: Frame) -> tuple[Opened, ...]:
    """Return the items of a frame's sample that are opened: no more than what is not counted asks of."""
    drawn = sample(records, frame.id).opened
    return drawn[: size(instrument, facts, records, frame)] if COUNTED in records else drawn


def rank_of(records: Records, item: Stop) -> int:
    """Return how many items of its sample come up to this one, which is among them."""
    return 1 + [each.page for each in sample(records, item.part).opened].index(item.page)


def window(frame: Frame, facts: Facts) -> tuple[date, date]:
    """Return the first and the last day of a frame's window, both included."""
    last = facts.window_end - timedelta(days=frame.window_shift)
    return last - timedelta(days=facts.window_days), last


def _stops_of(instrument: Instrument, facts: Facts, records: Records, each: Pass) -> Iterator[Stop]:
    from_memory = instrument.form(facts.form).from_memory
    for frame in each.frames:
        if not size(instrument, facts, records, frame):
            continue
        if from_memory:
            yield Stop(frame.id, "recall", "recall")
        else:
            yield Stop(frame.id, "where", "where")
            yield from stops_behind(instrument, facts, records, frame)
    for single in each.singles:
        indicator = instrument.indicators[single.indicator]
        if facts.form in indicator.marks and not is_counted(instrument, facts, records, indicator.id):
            yield Stop(each.id, indicator.id, "choice" if from_memory else KINDS[indicator.type])


def stops_behind(instrument: Instrument, facts: Facts, records: Records, frame: Frame) -> Iterator[Stop]:
    """Yield the pages that a frame's "where" page opened."""
    where = records.get((frame.id, "where"), {})
    if not is_looked_at(instrument, facts, frame, where) or where.get("population") == 0:
        return
    if where["way"] == "items" and not takes_latest(records, frame):
        yield Stop(frame.id, "belief", "belief")
    if where["way"] == "items" and is_shown(instrument, facts, records, frame):
        for each in opened(instrument, facts, records, frame):
            yield Stop(frame.id, each.page, "item")
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
    left = (
        each.minutes.get(facts.form, 0.0)
        * (1 - answered / of)
        * _share_asked(instrument, facts, records, each)
    )
    state: Literal["not started", "under way", "done"] = "under way" if started else "not started"
    return PassProgress(each.id, each.name, answered, of, "done" if answered == of else state, left)


def _pages_to_come(instrument: Instrument, facts: Facts, records: Records, stop: Stop) -> int:
    """Return how many pages a page will open when it is answered, at most.

    They are expected from the start, so that the share of what is done never falls.
    """
    if stop.kind == "belief":
        return len(positions_in(records[stop.part, "where"]))
    if stop.kind != "where":
        return 0
    frame = instrument.frames[stop.part]
    return size(instrument, facts, records, frame) + (not frame.latest)


def _share_asked(instrument: Instrument, facts: Facts, records: Records, each: Pass) -> float:
    """Return how much of what a pass asks is asked by hand, from 0 to 1: the rest is counted."""
    if COUNTED not in records:
        return 1.0
    names = [c.indicator for frame in each.frames for c in frame.checks]
    names += [single.indicator for single in each.singles]
    asked = [name for name in names if facts.form in instrument.indicators[name].marks]
    by_hand = [name for name in asked if not is_counted(instrument, facts, records, name)]
    return len(by_hand) / len(asked)


def is_looked_at(instrument: Instrument, facts: Facts, frame: Frame, where: Values) -> bool:
    """Has the "where" page said all that the way it names needs?"""
    way, population = where.get("way"), where.get("population")
    if way == "none":
        return True
    if way == "not-applicable":
        return bool(frame_reason(instrument, facts, frame, where))
    if frame.context and (population is None or (where.get("context_of") or 0) < population):
        return False
    if way == "items":
        return population is not None and (population == 0 or bool(positions_in(where)))
    return way == "counts"


def positions_in(where: Values) -> tuple[int, ...]:
    return tuple(where.get("positions") or ())
