"""Then and now: what a diagnosis keeps of the earlier one of the same team that it follows.

It is worked out once, when the later one is finished, and frozen inside its result with the counts of the
earlier one: so it can be taken apart with nothing but that document, and stays as it is when the earlier
one is deleted. Source: docs/method.md, "Measuring again".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Literal

from assessment.core.answers import check_answers
from assessment.core.constants import Constants
from assessment.core.instrument import Instrument
from assessment.core.interchange import rounded
from assessment.core.reassessment import Comparison, NotComparableError, Run, change, compare
from assessment.core.scoring import Estimate, OwnEstimate

# What of the earlier answers is kept: counts, and what they are counted of. No name, no note, no reference.
KEPT = frozenset("instrument form as_of window_days window_end team_size observations not_applicable".split())


def frozen(earlier: Run, later: Run, *, code: str, sha256: str) -> dict[str, Any]:
    """Return what the later of two runs keeps: which is the earlier, and what changed or why nobody can say.

    The earlier one is known by the `code` of its report and the `sha256` of its result document.
    """
    followed = {"code": code, "sha256": sha256, "answers": _counts(earlier)}
    try:
        found = compare(earlier, later)
    except NotComparableError as error:
        return _without(followed, error.kind, error.fault)
    document: dict[str, Any] = rounded(
        {
            "earlier": followed,
            "not_comparable": None,
            "indicators": list(found.indicators),
            "left_out": list(found.left_out),
            "changes": _changes(found),
        }
    )
    return document


def missing(kind: Literal["deleted", "unreadable"], fault: str) -> dict[str, Any]:
    """Return what is kept where the earlier diagnosis is gone, or was made with questions that are gone."""
    return _without(None, kind, fault)


def again(
    instrument_of: Callable[[str], Instrument], comparison: Mapping[str, Any], later: Run
) -> dict[str, Any]:
    """Return a kept comparison, made once more from the counts in it. Raises DocumentError."""
    earlier = comparison["earlier"]
    if earlier is None:
        return dict(comparison)
    run = Run(*check_answers(instrument_of, earlier["answers"]))
    return frozen(run, later, code=earlier["code"], sha256=earlier["sha256"])


def _counts(run: Run) -> dict[str, Any]:
    return {name: value for name, value in run.answers.document().items() if name in KEPT}


def _without(followed: Mapping[str, Any] | None, kind: str, fault: str) -> dict[str, Any]:
    return {
        "earlier": followed,
        "not_comparable": {"kind": kind, "fault": fault},
        "indicators": [],
        "left_out": [],
        "changes": None,
    }


def _changes(found: Comparison) -> dict[str, Any]:
    """Return how the whole and each part of it changed; a dimension only where its figure may be printed."""
    constants, then, now = found.later.instrument.constants, found.then, found.now
    return {
        "whole": _changed(constants, found.before, found.after),
        "layers": {
            each: _changed(constants, then.layers[each], now.layers[each])
            for each in now.layers
            if each in then.layers
        },
        "dimensions": {
            each: _changed(constants, then.dimensions[each], now.dimensions[each])
            for each in now.dimensions
            if each in found.dimensions and each in then.dimensions
        },
        "indicators": {
            each: _changed(constants, then.indicators[each], now.indicators[each])
            for each in found.indicators
        },
    }


def _changed(
    constants: Constants, then: Estimate | OwnEstimate, now: Estimate | OwnEstimate
) -> dict[str, Any]:
    return {"then": _figure(then), "now": _figure(now), **asdict(change(constants, then, now))}


def _figure(estimate: Estimate | OwnEstimate) -> dict[str, float]:
    if isinstance(estimate, OwnEstimate):
        return {"mean": estimate.mean, "sd": estimate.sd}
    return asdict(estimate)
