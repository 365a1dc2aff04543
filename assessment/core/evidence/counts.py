"""The counts from exports that were accepted: they stand over what was typed for the same indicators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assessment.core.counted import MAX_COUNTED, Counted, may_be_counted, sizes
from assessment.core.evidence.marks import is_count
from assessment.core.evidence.records import Facts, Records
from assessment.core.instrument import Check, Frame, Instrument
from assessment.core.interchange import MAX_NUMBER
from assessment.core.scoring import Observation

COUNTED = ("records", "counted")
"""The one page that holds them; no part of an instrument has such a name."""

_MARKS = ("sound", "failing", "unverified")


def countable(instrument: Instrument, facts: Facts) -> tuple[str, ...]:
    """Return the indicators of which this form takes a count from an export, for a team of this size."""
    if "E4" not in instrument.form(facts.form).grades:
        return ()
    asked = instrument.asked(facts.form).items()
    return tuple(name for name, indicator in asked if may_be_counted(indicator, facts.team_size))


def counted(instrument: Instrument, facts: Facts, records: Records) -> dict[str, Mapping[str, Any]]:
    """Return the counts that stand, by indicator id, as they are kept."""
    kept = records.get(COUNTED, {}).get("counts") or {}
    return {name: kept[name] for name in sorted(kept) if is_counted(instrument, facts, records, name)}


def is_counted(instrument: Instrument, facts: Facts, records: Records, name: str) -> bool:
    """Does a count from an export stand for this indicator? One that is not possible stands for nothing."""
    if COUNTED not in records:
        return False
    given = (records[COUNTED].get("counts") or {}).get(name)
    indicator = instrument.indicators.get(name)
    if not isinstance(given, Mapping) or indicator is None:
        return False
    return (
        "E4" in instrument.form(facts.form).grades
        and may_be_counted(indicator, facts.team_size)
        and _is_whole(given, indicator.marks.get(facts.form, 0))
    )


def _is_whole(given: Mapping[str, Any], design: int) -> bool:
    """Has a count one mark for each position, and as many of them as an export gives?"""
    marks, positions = [given.get(mark) for mark in _MARKS], given.get("positions")
    population = given.get("population")
    if not all(is_count(each, MAX_COUNTED) for each in marks) or not isinstance(positions, list | tuple):
        return False
    n = sum(each for each in marks if each)
    right = sizes(design, population) if is_count(population, MAX_NUMBER) else ()
    return design > 0 and 0 < n == len(positions) and n in right


def uncounted(instrument: Instrument, facts: Facts, records: Records, frame: Frame) -> tuple[Check, ...]:
    """Return the checks of a frame that the form asks by hand: those for which no count stands."""
    return tuple(
        check
        for check in frame.checks
        if instrument.indicators[check.indicator].marks.get(facts.form)
        and not is_counted(instrument, facts, records, check.indicator)
    )


def size(instrument: Instrument, facts: Facts, records: Records, frame: Frame) -> int:
    """Return how many items of a frame are opened by hand; 0 where all it would ask is counted."""
    marks = (
        instrument.indicators[check.indicator].marks[facts.form]
        for check in uncounted(instrument, facts, records, frame)
    )
    return max(marks, default=0)


def from_count(given: Mapping[str, Any]) -> Observation:
    """Read a count that stands."""
    sound, failing, unverified = (given[mark] for mark in _MARKS)
    return Observation(sound, failing, unverified, "E4", bool(given.get("link_derived")))


def source_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a count comes from, as the document of answers tells it: each file once."""
    source = {name: given[name] for name in Counted.model_fields if name in given}
    return {**source, "files": list(dict.fromkeys(given.get("files") or ()))}
