"""Which named ways of failing a scorecard shows, and which it cannot tell.

A pattern joins indicators by "and" (the smallest probability of being low counts) and "or" (the largest).
It never says more than the evidence: an unanswered or mostly unverified member makes it "cannot tell".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from assessment.core.instrument import Instrument, Pattern
from assessment.core.scoring import Observation, OwnEstimate, unverified_of

State = Literal["present", "possible", "not indicated", "cannot tell", "does not apply", "not asked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One pattern in one scorecard.

    `strength` is the probability that carries it, from 0 to 1 (the share itself for a pattern of shares);
    None where there is none to give. `because` are the indicators that carried it, or, where it cannot be
    told, those that stood in the way.
    """

    id: str
    state: State
    strength: float | None
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What patterns look at. `likely` is None while that reading is withheld.

    `context` holds, by its id, the share of lines that were shown on track.
    """

    form: str
    observations: Mapping[str, Observation]
    likely: Mapping[str, OwnEstimate] | None
    not_applicable: Collection[str]
    context: Mapping[str, float]


def findings(instrument: Instrument, seen: Seen) -> tuple[Finding, ...]:
    """Return every pattern with its state, in the instrument's order; none for a form from memory.

    Source: docs/method.md, "Patterns".
    """
    if instrument.form(seen.form).from_memory:
        return ()
    return tuple(_finding(instrument, pattern, seen) for pattern in instrument.patterns)


def _finding(instrument: Instrument, pattern: Pattern, seen: Seen) -> Finding:
    if pattern.unverified_at_least is not None:
        return _by_share(pattern, pattern.unverified_at_least, seen)
    asked = instrument.asked(seen.form)
    group = [name for name in pattern.any_of if name in asked]
    answered = [name for name in group if name in seen.observations]
    if not asked.keys() >= set(pattern.required) or (
        pattern.any_of and not group and pattern.alone == "not-asked"
    ):
        return Finding(pattern.id, "not asked", None, ())
    if any(name in seen.not_applicable for name in pattern.required):
        return Finding(pattern.id, "does not apply", None, ())
    limits = instrument.constants.patterns
    unclear = [name for name in pattern.required if _is_unclear(seen, name, limits.unverified_share)]
    if pattern.any_of and not answered and pattern.alone == "not-asked":
        if all(name in seen.not_applicable for name in group):
            return Finding(pattern.id, "does not apply", None, ())
        unclear += [name for name in group if name not in seen.not_applicable]
    if seen.likely is None or unclear or (pattern.context and pattern.context.id not in seen.context):
        return Finding(pattern.id, "cannot tell", None, tuple(unclear))
    if pattern.context and seen.context[pattern.context.id] < pattern.context.share:
        return Finding(pattern.id, "not indicated", None, ())
    alone = bool(pattern.any_of) and not answered
    strength, because = _strength(pattern, answered, seen.likely)
    state: State = "not indicated"
    if strength >= limits.possible:
        state = "present" if strength >= limits.present and not alone else "possible"
    return Finding(pattern.id, state, strength, because)


def _is_unclear(seen: Seen, name: str, limit: float) -> bool:
    """Is a required indicator unanswered, or are more of its marks unverified than may be?"""
    found = seen.observations.get(name)
    return found is None or found.unverified > limit * found.n


def _strength(
    pattern: Pattern, answered: list[str], likely: Mapping[str, OwnEstimate]
) -> tuple[float, tuple[str, ...]]:
    """Return the strength and the indicators that carry it: all that are required, the lowest of the rest."""
    low = {name: likely[name].p_low for name in (*pattern.required, *answered)}
    if pattern.any_of and not answered:
        first = pattern.required[0]
        return low[first], (first,)
    carried = min(low[name] for name in pattern.required)
    if not answered:
        return carried, pattern.required
    lowest = max(answered, key=lambda name: low[name])
    return min(carried, low[lowest]), (*pattern.required, lowest)


def _by_share(pattern: Pattern, limit: float, seen: Seen) -> Finding:
    """A pattern of the share of unverified marks needs no probability, so it holds even without Likely."""
    unverified, marks = unverified_of(seen.observations)
    if not marks:
        return Finding(pattern.id, "cannot tell", None, ())
    present = unverified >= limit * marks
    missing = {name: found.unverified for name, found in seen.observations.items() if found.unverified}
    because = tuple(sorted(missing, key=lambda name: (-missing[name], name))) if present else ()
    return Finding(pattern.id, "present" if present else "not indicated", unverified / marks, because)
