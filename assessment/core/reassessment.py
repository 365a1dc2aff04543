"""The same team again: has it changed, or could chance alone have moved the figures this far?

Two runs are compared on Likely, over the indicators that were answered both times, and both are scored with
the constants and targets of the later one. What a gate forbids is not compared either.
Source: docs/method.md, "Measuring again".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Literal, cast

from assessment.core import gates, scoring
from assessment.core.answers import Answers, check_answers
from assessment.core.constants import Constants
from assessment.core.gates import Gate
from assessment.core.instrument import Form, Indicator, Instrument
from assessment.core.interchange import DocumentError, read_object, sha256
from assessment.core.result import Verdict, read_result
from assessment.core.scoring import Estimate, Figures, Observation, OwnEstimate

# Why two runs cannot be compared: of what they are, which days they looked at, or which gate is closed.
Obstacle = Literal["instrument", "method", "order", "windows", "earlier", "later", "both", "nothing"]


@dataclass(frozen=True, slots=True)
class Change:
    """How far a score moved, in points, and how sure that is.

    `standard_error` is that of the difference, `z` the difference over it. `probability` is that of a true
    change in the direction seen, from .5 to 1; `detectable` is the least change to be told from chance.
    """

    difference: float
    standard_error: float
    z: float
    probability: float
    detectable: float
    verdict: Verdict


def change(constants: Constants, earlier: Estimate | OwnEstimate, later: Estimate | OwnEstimate) -> Change:
    """Return how far the later estimate lies from the earlier one, and whether that is reliable.

    Raises ValueError when both are without any uncertainty: then there is nothing to compare it with.
    """
    policy = constants.reassessment
    error = math.hypot(earlier.sd, later.sd)
    if not error:
        raise ValueError("two estimates without any uncertainty cannot be compared")
    difference = later.mean - earlier.mean
    z = difference / error
    probability = math.erfc(-abs(z) / math.sqrt(2)) / 2
    verdict: Verdict = "no reliable change"
    if probability >= policy.probability:
        verdict = "reliable improvement" if difference > 0 else "reliable decline"
    return Change(difference, error, z, probability, policy.standard_errors * error, verdict)


class NotComparableError(ValueError):
    """Two runs that cannot be compared: where, why, and what to do about it, in one line."""

    def __init__(self, kind: Obstacle, place: str, fault: str, remedy: str) -> None:
        super().__init__(f"{place}: {fault}; {remedy}")
        self.kind, self.place, self.fault, self.remedy = kind, place, fault, remedy


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an instrument: the version it was answered with, and its answers, read and checked."""

    instrument: Instrument
    answers: Answers

    @property
    def window(self) -> tuple[date, date]:
        """The first and the last day that it looked at."""
        return self.answers.last_day - timedelta(days=self.answers.window_days), self.answers.last_day

    @property
    def form(self) -> Form:
        """The form that was answered."""
        return self.instrument.form(self.answers.form)


def read_run(instrument_of: Callable[[str], Instrument], text: bytes) -> Run:
    """Return the run in an answers document, or in a result document, which holds its answers.

    Raises DocumentError, one line, for anything else, and for a result whose answers are not those it names.
    """
    document = read_object(text)
    answers = document.get("answers")
    if not isinstance(answers, dict):
        return Run(*check_answers(instrument_of, document))
    if read_result(text)[0].answers_sha256 != sha256(answers):
        fault, remedy = "does not belong to the answers beside it", "take the result as it was written"
        raise DocumentError("answers_sha256", fault, remedy)
    return Run(*check_answers(instrument_of, answers))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs of one team, compared over `indicators`; `left_out` were answered once, or two ways."""

    earlier: Run
    later: Run
    indicators: tuple[str, ...]
    left_out: tuple[str, ...]
    before: Estimate
    after: Estimate
    change: Change
    then: Figures  # Likely of the earlier run, over what both answered
    now: Figures
    dimensions: frozenset[str]  # those whose figures may be printed

    def document(self) -> dict[str, Any]:
        """Return it as plain data, to be written as JSON."""
        return {
            "method": self.later.instrument.constants.method,
            "scored_with": {"key": self.later.instrument.key, "sha256": self.later.instrument.sha256},
            "indicators": list(self.indicators),
            "left_out": list(self.left_out),
            "earlier": _told(self.earlier, self.before),
            "later": _told(self.later, self.after),
            **asdict(self.change),
        }


def _told(run: Run, likely: Estimate) -> dict[str, Any]:
    return {
        "instrument": run.instrument.key,
        "form": run.answers.form,
        "answers_sha256": sha256(run.answers.document()),
        "window": [day.isoformat() for day in run.window],
        "likely": asdict(likely),
    }


@dataclass(frozen=True, slots=True)
class Shared:
    """What two runs have in common: indicators answered alike both times, and the others.

    `dimensions` are those whose figures may be printed for both.
    """

    indicators: tuple[str, ...]
    left_out: tuple[str, ...]
    dimensions: frozenset[str]


def shared(earlier: Run, later: Run) -> Shared:
    """Return what of two runs can be compared; nothing is scored for it.

    Raises NotComparableError, one line, when the runs are of two instruments or methods, when their windows
    meet, or when a gate forbids the figure of either.
    """
    _check_kinship(earlier, later)
    _check_windows(earlier, later)
    sides: tuple[tuple[Literal["earlier", "later"], Run], ...] = (("earlier", earlier), ("later", later))
    for kind, run in sides:
        _check_gate(kind, kind, run.instrument, run.form, run.answers.observed(), run.answers.not_applicable)
    both, once = _answered(earlier, later)
    form = _shorter_form(earlier, later)
    excused = {*earlier.answers.not_applicable, *later.answers.not_applicable}
    printed = frozenset(each.id for layer in later.instrument.layers for each in layer.dimensions)
    for run in (earlier, later):
        gate = _check_gate("both", "answered both times", later.instrument, form, _seen(run, both), excused)
        printed &= gate.dimensions
    if not both:
        place, remedy = "answered both times", "answer the same indicators again"
        raise NotComparableError("nothing", place, "no indicator", remedy)
    return Shared(both, once, printed)


def compare(earlier: Run, later: Run) -> Comparison:
    """Return how Likely changed from one run to a later one. Raises NotComparableError as `shared` does."""
    common, instrument = shared(earlier, later), later.instrument
    then, now = (
        scoring.score(instrument, _seen(run, common.indicators), run.answers.team_size).likely
        for run in (earlier, later)
    )
    # Something was answered both times, or `shared` had refused.
    before, after = cast(Estimate, then.composite), cast(Estimate, now.composite)
    return Comparison(
        earlier,
        later,
        common.indicators,
        common.left_out,
        before,
        after,
        change(instrument.constants, before, after),
        then,
        now,
        common.dimensions,
    )


def _seen(run: Run, names: Collection[str]) -> dict[str, Observation]:
    return {name: found for name, found in run.answers.observed().items() if name in names}


def _check_kinship(earlier: Run, later: Run) -> None:
    """Refuse two instruments, and two methods of scoring."""
    if fault := unlike(earlier.instrument, later.instrument):
        same = _name(earlier.instrument) == _name(later.instrument)
        remedy = "compare two runs of one instrument, with the same major version of the method"
        raise NotComparableError("method" if same else "instrument", "later.instrument", fault, remedy)


def _name(instrument: Instrument) -> str:
    return instrument.key.partition("/")[0]


def unlike(earlier: Instrument, later: Instrument) -> str:
    """Return why no result of one may be compared with one of the other, "" where they may be."""
    if _name(earlier) != _name(later):
        return f"{later.key} is another instrument than {earlier.key}"
    methods = earlier.constants.method, later.constants.method
    if len({method.partition(".")[0] for method in methods}) > 1:
        return f"method {methods[1]} scores otherwise than method {methods[0]}"
    return ""


def _check_windows(earlier: Run, later: Run) -> None:
    """Refuse two looks at the same days: what is counted twice has not changed."""
    end, start = earlier.window[1], later.window[0]
    if earlier.window[0] > later.window[1]:
        remedy = "name the earlier run first"
        fault = f"its window ends before the earlier one begins, on {earlier.window[0]}"
        raise NotComparableError("order", "later", fault, remedy)
    if start <= end:
        days = later.answers.window_days
        fault = f"its window begins on {start}, and the earlier one ends on {end}"
        remedy = f"let a window of {days} days end on {first_end(end, days)} or after"
        raise NotComparableError("windows", "later.window_end", fault, remedy)


def first_end(earlier_end: date, window_days: int) -> date:
    """Return the first day on which a window of so many days may end, to begin after an earlier one."""
    return earlier_end + timedelta(days=window_days + 1)


def _check_gate(
    kind: Literal["earlier", "later", "both"],
    place: str,
    instrument: Instrument,
    form: Form,
    seen: Mapping[str, Observation],
    excused: Iterable[str],
) -> Gate:
    """Return the gate of what was seen; refuse what prints no Likely, with the reason that the gate gives."""
    gate = gates.gate(instrument, form.id, seen, excused)
    if gate.reasons or not gate.likely:
        fault = " ".join(gate.reasons) or gate.withheld[0]
        remedy = "compare runs that both print Likely"
        raise NotComparableError(kind, place, fault.removesuffix("."), remedy)
    return gate


def _answered(earlier: Run, later: Run) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the indicators answered alike both times, and the others, in the later instrument's order."""
    first, second = earlier.answers.observations.keys(), later.answers.observations.keys()
    order = {name: place for place, name in enumerate(later.instrument.indicators)}
    both = {
        name
        for name in first & second
        if not _asked_otherwise(later.instrument.indicators[name], earlier, later)
    }
    once = sorted((first | second) - both, key=lambda name: (order.get(name, len(order)), name))
    return tuple(sorted(both, key=order.__getitem__)), tuple(once)


def _asked_otherwise(indicator: Indicator, earlier: Run, later: Run) -> bool:
    """Was this a share once and a yes or no the other time, as the team grew or shrank past the limit?"""
    return indicator.is_small_team(earlier.answers.team_size) != indicator.is_small_team(
        later.answers.team_size
    )


def _shorter_form(earlier: Run, later: Run) -> Form:
    """Return the form of the two that asks less: what both answered is held to its gate."""
    forms = [form for form in later.instrument.forms if form.id in (earlier.form.id, later.form.id)]
    return min(forms, key=lambda form: len(later.instrument.asked(form.id)))
