"""The named patterns, and what to fix and to verify first: each with the counts behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from assessment.core.instrument import Pattern
from assessment.report import parts
from assessment.report.reader import OPENED, Reader
from assessment.report.words import count, listed, lowered, opened, percent, spelled, tenth


def told_patterns(reader: Reader) -> parts.Patterns:
    """Return every pattern by what can be said of it, the strongest first."""
    found = reader.result.get("patterns") or ()
    by_state: dict[str, list[parts.PatternTold]] = {}
    for each in found:
        by_state.setdefault(each["state"], []).append(told_pattern(reader, each))
    for state in ("present", "possible"):
        by_state.get(state, []).sort(key=lambda each: strength_of(reader, each.id), reverse=True)
    return parts.Patterns(
        present=tuple(by_state.get("present", ())),
        possible=tuple(by_state.get("possible", ())),
        unclear=tuple(by_state.get("cannot tell", ())),
        others=tuple(
            _named(lead, by_state[state])
            for state, lead in (
                ("not indicated", "Not indicated"),
                ("does not apply", "Does not apply"),
                ("not asked", f"Not asked in the {lowered(reader.instrument.form(reader.form_id).name)}"),
            )
            if state in by_state
        ),
        note=patterns_note(reader),
    )


def patterns_note(reader: Reader) -> str:
    """Return what the strength of a pattern is."""
    limits = reader.instrument.constants.patterns
    return (
        "The strength of a pattern is the probability that what it names is low, by the evidence of its own "
        f"observations. From {limits.present:.2f} it is present, from {limits.possible:.2f} possible."
    )


def strength_of(reader: Reader, pattern_id: str) -> float:
    return next(
        float(each["strength"] or 0) for each in reader.result["patterns"] if each["id"] == pattern_id
    )


def told_pattern(reader: Reader, found: Mapping[str, Any]) -> parts.PatternTold:
    pattern = reader.instrument.pattern(found["id"])
    seen = tuple(reader.seen[each] for each in found["because"] if each in reader.seen)
    strength = found.get("strength")
    return parts.PatternTold(
        id=pattern.id,
        name=pattern.name,
        state=found["state"],
        meaning=pattern.meaning,
        # A pattern of the share of open checks is no probability, and its sentence gives the share.
        strength="" if strength is None or pattern.unverified_at_least is not None else _told(strength),
        first_move=pattern.first_move,
        because=because(reader, pattern, found),
        seen=() if found["state"] == "cannot tell" else seen,
        page=reader.page_about(pattern.id),
    )


def _told(strength: float) -> str:
    """Return a strength rounded down, as any probability: one that falls short of a limit reads so."""
    return f"{min(math.floor(strength * 100 + 1e-9), 99) / 100:.2f}"


def because(reader: Reader, pattern: Pattern, found: Mapping[str, Any]) -> str:
    """Return what triggered a pattern beside its observations, or why nobody can tell."""
    if found["state"] == "cannot tell":
        return unclear(reader, pattern, found["because"])
    if pattern.unverified_at_least is not None:
        return (
            f"{opened(spelled(reader.marks.unverified))} of {count(reader.marks.n, 'check')} could not be "
            f"verified; the pattern is named from {percent(pattern.unverified_at_least)}."
        )
    told = [reader.context_sentence(pattern.context.id)] if pattern.context else []
    limit = reader.instrument.constants.patterns.present
    if found["state"] == "possible" and found["strength"] >= limit:
        form = lowered(reader.instrument.form(reader.form_id).name)
        told.append(f"The {form} asks too little of it to call it present.")
    return " ".join(told)


def unclear(reader: Reader, pattern: Pattern, in_the_way: Sequence[str]) -> str:
    """Return the first thing that keeps a pattern from being told."""
    limit = reader.instrument.constants.patterns.unverified_share
    for each in in_the_way:
        seen = reader.seen.get(each)
        if seen is None or seen.state == "not-answered":
            return f"“{reader.instrument.indicators[each].name}” was not answered."
        if seen.marks and seen.marks.unverified > limit * seen.marks.n:
            checks = count(seen.marks.n, "check")
            return f"“{seen.name}”: {seen.marks.unverified} of {checks} could not be verified."
    if pattern.context and not reader.context_sentence(pattern.context.id):
        asked = next(
            frame.context.question
            for frame in reader.instrument.frames.values()
            if frame.context and frame.context.id == pattern.context.id
        )
        return f"“{asked}” was not recorded."
    return "The estimate that it rests on is withheld."


def told_advice(reader: Reader, key: str) -> tuple[parts.Advice, ...]:
    """Return what to fix first or to verify first; `key` is its name in the document."""
    drivers = (reader.result.get("drivers") or {}).get(key) or ()
    return tuple(line for each in drivers if (line := advice(reader, key, each["id"], each["gain"])))


def advice(reader: Reader, key: str, indicator_id: str, gain: float) -> parts.Advice | None:
    """Return one line of advice, or None where there is nothing to fix or nothing left to verify."""
    indicator, seen = reader.instrument.indicators[indicator_id], reader.seen[indicator_id]
    if seen.marks is None:
        return None
    if key == "fix_first":
        _, target = indicator.rates(reader.team_size)
        if not seen.marks.failing or seen.marks.sound >= target * seen.marks.n:
            return None  # nothing failed, or more would not raise the score
        return parts.Advice(
            seen, indicator.fix, f"Sound throughout, it would lift the whole by {tenth(gain)} points."
        )
    if not seen.marks.unverified and seen.grade in OPENED:
        return None
    return parts.Advice(
        seen, indicator.verify, f"{opened(tenth(gain))} points between Claimed and Shown rest on it."
    )


def weighing_none(reader: Reader) -> str:
    """Return what to say where nothing weighs most."""
    if not reader.weighs:
        return "Not weighed yet: there are no figures to weigh by. What was found stands below."
    return "Nothing stands out: no pattern shows, and nothing is left to fix."


def fix_none(reader: Reader) -> str:
    """Return what to say where there is nothing to fix first."""
    if not reader.weighs:
        return "Not weighed: there are no figures to weigh by."
    if reader.marks.failing:
        return "What has most to gain did not fail: verify it first."
    return "Nothing to fix first: no check failed."


def verify_none(reader: Reader) -> str:
    """Return what to say where nothing stands out to be verified first."""
    if reader.marks.n and reader.recalled() == reader.marks.n:
        return "Every check is from memory, so each is worth opening."
    if not reader.marks.unverified and reader.share_opened() == 1:
        how = " on opened work" if not reader.marks_at("E4") else ""
        return f"Nothing waits: every check was verified{how}."
    return "Nothing stands out to be verified first."


def _named(lead: str, patterns: Sequence[parts.PatternTold]) -> str:
    return f"{lead}: {listed([each.name for each in patterns])}."
