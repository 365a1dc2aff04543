"""How far a result can be trusted: from the best level down, with each reason that lowered it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assessment.core.constants import Constants, Downgrade
from assessment.core.scoring import Estimate, Observation, unverified_of
from assessment.core.words import percent, points

Words = Callable[[float, int], str]  # a figure as a reader sees it, with so many decimals at most


@dataclass(frozen=True, slots=True)
class Grading:
    """How far a result can be trusted, and each reason that lowered it."""

    grade: str
    reasons: tuple[str, ...]


def confidence(
    constants: Constants,
    likely: Estimate,
    observations: Mapping[str, Observation],
    *,
    undrawn: bool,
    second_observer: bool,
    age_days: int,
    prints_likely: bool = True,
) -> Grading:
    """Return the confidence in a result: from the best level, down one or two for each reason.

    `undrawn`: some sample of a larger population was not drawn by the site. `age_days` lie between the
    end of the window and the day of finishing. Where Likely is not printed, no reason gives its width away.
    Source: docs/method.md, "Confidence".
    """
    policy = constants.confidence
    n = len(observations)
    unverified, marks = unverified_of(observations)
    weak = sum(seen.grade in ("E1", "E2") for seen in observations.values()) / n
    counted = 1.0 if second_observer else sum(seen.grade == "E4" for seen in observations.values()) / n
    width = policy.half_width
    if not prints_likely:
        width = width.model_copy(update={"reason": width.withheld})
    found = [
        _above(width, (likely.high - likely.low) / 2, points),
        _above(policy.unverified, unverified / marks, percent),
        _above(policy.weak_grades, weak, percent),
        (1, policy.undrawn) if undrawn else (0, ""),
        _below(policy.independent, counted),
        _above(policy.stale_days, age_days, points),
    ]
    down = sum(levels for levels, _ in found)
    grade = policy.levels[min(down, len(policy.levels) - 1)]
    return Grading(grade, tuple(reason for levels, reason in found if levels))


def _above(limit: Downgrade, value: float, words: Words) -> tuple[int, str]:
    if limit.twice is not None and value > limit.twice:
        return 2, _reason(limit, value, limit.twice, words)
    if value > limit.once:
        return 1, _reason(limit, value, limit.once, words)
    return 0, ""


def _below(limit: Downgrade, share: float) -> tuple[int, str]:
    if share >= limit.once:
        return 0, ""
    return 1, _reason(limit, share, limit.once, percent)


def _reason(limit: Downgrade, value: float, passed: float, words: Words) -> str:
    """Return why confidence is lowered, with as many decimals as tell the value from the limit it passed.

    15.04 % is not "15 %; more than 15 %".
    """
    told = next((d for d in range(1, 6) if words(value, d) != words(passed, d)), 6)
    return limit.reason.format(value=words(value, told), limit=words(passed, told))
