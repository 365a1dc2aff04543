"""From the values of one page to sound, failing and could not be verified, and the grade they have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeGuard

from assessment.core.evidence.records import MAX_REPORTED, Facts, Stop, Values
from assessment.core.instrument import Form, Frame, Indicator, Instrument, Single
from assessment.core.method import FIXED_MARKS, Grade
from assessment.core.scoring import Observation

# The age of the last occurrence, in intervals, and how many of its four marks are sound.
_SOUND_BY_AGE = ((1.0, 4), (1.5, 3), (2.0, 2), (4.0, 1))


MARKS = ("yes", "no", "unverified")


def reason_in(indicator: Indicator, values: Values) -> str:
    """Return the reason for which this indicator is not applicable, "" when none of its list was given."""
    reason = values.get("reason")
    return reason if isinstance(reason, str) and reason in indicator.not_applicable else ""


def frame_reasons(instrument: Instrument, facts: Facts, frame: Frame) -> tuple[str, ...]:
    """Return the closed reasons for which a frame may be left out: those that all its checks share."""
    asked = [instrument.indicators[check.indicator] for check in frame.checks]
    lists = [indicator.not_applicable for indicator in asked if facts.form in indicator.marks]
    return tuple(reason for reason in lists[0] if all(reason in each for each in lists)) if lists else ()


def frame_reason(instrument: Instrument, facts: Facts, frame: Frame, values: Values) -> str:
    """Return the reason for which a frame was left out, "" when none of its list was given."""
    reason = values.get("reason")
    known = frame_reasons(instrument, facts, frame)
    return reason if isinstance(reason, str) and reason in known else ""


def from_counts(values: Values, name: str, population: int | None = None) -> Observation | None:
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


def from_recall(
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
    if is_count(choice, len(single.choices) - 1):
        return _recalled(single.choices[choice].sound, n)
    return _recalled(choice, n) if choice == "unverified" else None


def _recalled(sound: object, n: int) -> Observation | None:
    if sound == "unverified":
        return Observation(0, 0, n, "E1")
    return Observation(sound, n - sound, 0, "E1") if is_count(sound, n) else None


def is_count(value: object, most: int) -> TypeGuard[int]:
    """Is it a whole number from 0 to the most that is possible? True and False are none."""
    return type(value) is int and 0 <= value <= most


def at_single(instrument: Instrument, facts: Facts, stop: Stop, values: Values) -> Observation | None:
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
    return from_counts(values, indicator.id)


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
        return "E3" if text_in(values, referred) else "E2"
    if source == "report":
        return "E2" if text_in(values, referred) else None
    return "E1" if source == "memory" else None


def unverifiable(indicator: Indicator, form: Form, facts: Facts) -> Observation:
    """Return the observation of a question that could not be verified as a whole."""
    return Observation(0, 0, indicator.marks[facts.form], "E2" if "E2" in form.grades else form.grades[0])


def text_in(values: Values, key: str) -> str:
    return str(values.get(key) or "").strip()


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
