"""From all pages on the path to observations, and to the document that they are diagnosed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assessment.core.evidence.counts import counted, from_count, size, source_of, uncounted
from assessment.core.evidence.marks import (
    MARKS,
    at_single,
    frame_reason,
    from_counts,
    from_recall,
    reason_in,
    text_in,
    unverifiable,
)
from assessment.core.evidence.path import (
    checks_at,
    is_expected,
    is_looked_at,
    is_shown,
    opened,
    positions_in,
    sample,
    stops,
    stops_behind,
    takes_latest,
    window,
)
from assessment.core.evidence.records import Facts, Records, Stop
from assessment.core.instrument import Frame, Instrument
from assessment.core.method import Grade
from assessment.core.scoring import Observation


def observations(instrument: Instrument, facts: Facts, records: Records) -> dict[str, Observation]:
    """Return what was found, by indicator id. An indicator with any blank mark is not in it.

    A count from an export stands over whatever was typed of its indicator.
    """
    found: dict[str, Observation | None] = {}
    for stop in stops(instrument, facts, records):
        if stop.kind == "where":
            found |= _from_frame(instrument, facts, records, instrument.frames[stop.part])
        elif stop.kind == "recall":
            values = records.get((stop.part, stop.page), {})
            found |= from_recall(instrument, facts, instrument.frames[stop.part], values)
        elif stop.page in instrument.indicators:
            values = records.get((stop.part, stop.page), {})
            found[stop.page] = at_single(instrument, facts, stop, values)
    found |= {name: from_count(given) for name, given in counted(instrument, facts, records).items()}
    left_out = not_applicable(instrument, facts, records)
    return {name: seen for name, seen in sorted(found.items()) if seen is not None and name not in left_out}


def not_applicable(instrument: Instrument, facts: Facts, records: Records) -> dict[str, str]:
    """Return the reason, from the closed list, of each indicator that was said not to be applicable."""
    reasons: dict[str, str] = {}
    for stop in stops(instrument, facts, records):
        values = records.get((stop.part, stop.page), {})
        if stop.kind == "recall" or (stop.kind == "where" and values.get("way") == "not-applicable"):
            if reason := frame_reason(instrument, facts, instrument.frames[stop.part], values):
                asked = checks_at(instrument, facts, records, stop)
                reasons |= {check.indicator: reason for check in asked}
        elif stop.page in instrument.indicators and (
            reason := reason_in(instrument.indicators[stop.page], values)
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
        and size(instrument, facts, records, frame)
        and is_looked_at(instrument, facts, frame, records.get((frame.id, "where"), {}))
    }
    context = {
        frame.context.id: {"on_track": where["population"], "of": where["context_of"]}
        for frame in looked_at.values()
        if frame.context
        and (where := records[frame.id, "where"])["way"] in ("items", "counts")
        and where["context_of"] > 0
    }
    found = observations(instrument, facts, records)
    exported = counted(instrument, facts, records)
    typed = {name: seen for name, seen in found.items() if name not in exported}
    document = {
        "instrument": instrument.key,
        "form": facts.form,
        "as_of": facts.as_of.isoformat(),
        "window_days": facts.window_days,
        "window_end": facts.window_end.isoformat(),
        "team_size": facts.team_size,
        "label": facts.label,
        "sample_drawn": not from_memory
        and all(_is_drawn(records, frame, typed) for frame in looked_at.values()),
        "second_observer": False,
        "observations": {name: _triple(seen) for name, seen in found.items()},
        "not_applicable": not_applicable(instrument, facts, records),
        "context": context,
        "belief": _beliefs(instrument, facts, records),
        "frames": {
            name: _frame_record(instrument, facts, records, frame) for name, frame in looked_at.items()
        },
    }
    if exported:
        document["counted"] = {name: source_of(given) for name, given in exported.items()}
    return document


def _beliefs(instrument: Instrument, facts: Facts, records: Records) -> dict[str, Any]:
    """Return what was expected, by indicator id: on the pages of the path, and what was carried over."""
    told_before = {name: dict(said) for name, said in facts.belief.items()}
    on_pages = {
        check.indicator: {"count": told["count"], "of": told["of"]}
        for stop in stops(instrument, facts, records)
        if stop.kind == "belief"
        for check in checks_at(instrument, facts, records, stop)
        if is_expected(told := records.get((stop.part, "belief"), {}).get(check.indicator))
    }
    return {**on_pages, **told_before}


def _from_frame(
    instrument: Instrument, facts: Facts, records: Records, frame: Frame
) -> dict[str, Observation | None]:
    """Return the observation of each indicator that a frame feeds, None where a mark is blank."""
    where = records.get((frame.id, "where"), {})
    form = instrument.form(facts.form)
    checks = uncounted(instrument, facts, records, frame)
    asked = {c.indicator: instrument.indicators[c.indicator] for c in checks}
    pages = tuple(stops_behind(instrument, facts, records, frame))
    if not is_looked_at(instrument, facts, frame, where) or where["way"] == "not-applicable":
        return {}
    if pages and pages[0].kind == "counts":
        values = records.get((frame.id, "counts"), {})
        return {name: from_counts(values, name, where.get("population")) for name in asked}
    if pages and not is_shown(instrument, facts, records, frame):
        return {}
    pages = tuple(stop for stop in pages if stop.kind == "item")
    if not pages:
        # No list, or an empty one: the question as a whole was not verified.
        return {name: unverifiable(i, form, facts) for name, i in asked.items()}
    return {name: _from_items(instrument, facts, records, pages, name) for name in asked}


def _from_items(
    instrument: Instrument, facts: Facts, records: Records, opened: Sequence[Stop], name: str
) -> Observation | None:
    """Count the marks of one indicator over the opened items of its frame."""
    n = instrument.indicators[name].marks[facts.form]
    pages = [records.get((stop.part, stop.page), {}) for stop in opened]
    marks = [values.get(name) for values in pages[:n]]
    if not set(marks) <= set(MARKS):
        return None
    saved = [values for values in pages if values]
    grade: Grade = "E3" if all(text_in(values, "reference") for values in saved) else "E2"
    return Observation(marks.count("yes"), marks.count("no"), marks.count("unverified"), grade)


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
    return population is not None and population <= max(n, len(positions_in(where)))


def _frame_record(instrument: Instrument, facts: Facts, records: Records, frame: Frame) -> dict[str, Any]:
    """Return what the report's appendix says of a frame; of items that were never shown, nothing."""
    where = records[frame.id, "where"]
    items = where["way"] == "items" and is_shown(instrument, facts, records, frame)
    draws = items and not takes_latest(records, frame)
    held, looked_at = sample(records, frame.id), opened(instrument, facts, records, frame)
    return {
        "where": text_in(where, "where"),
        "query": text_in(where, "query"),
        "population": where.get("population") if where["way"] in ("items", "counts") else None,
        "positions": [each.position for each in looked_at] if items else [],
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
