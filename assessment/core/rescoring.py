"""A stored result, scored again: its own version gives the same figures, or it is said why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assessment.core import comparison
from assessment.core.answers import check_answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Instrument
from assessment.core.interchange import DocumentError, sha256
from assessment.core.reassessment import Run
from assessment.core.result import Result, read_result

Verdict = Literal["reproduced", "differs", "without its version"]

# Where a result says what it was made with; what differs there is told before any figure.
_PINS = ("instrument", "constants_sha256")


@dataclass(frozen=True, slots=True)
class Rescored:
    """What became of a result that was scored again, and why, in one line without its end."""

    verdict: Verdict
    why: str


def rescore(instrument_of: Callable[[str], Instrument], text: bytes) -> Rescored:
    """Score the answers of a result document again, with the very version that it names.

    `instrument_of` raises KeyError for a version that is not held here. Raises DocumentError, one line, for
    a text that is no result.
    """
    result, stored = read_result(text)
    found = sha256(stored["answers"])
    if found != result.answers_sha256:
        why = f"answers_sha256 is {result.answers_sha256}, but that of its answers is {found}"
        return Rescored("differs", f"{why}: one of them was changed after the diagnosis")
    key = result.instrument.key
    if result.answers.instrument != key:
        why = f"instrument.key is {key}, but its answers are to {result.answers.instrument}"
        return Rescored("differs", why)
    try:
        instrument = instrument_of(key)
    except KeyError:
        return Rescored("without its version", f"{key} is not held here; put its folder back")
    reasons = list(_pins(result, instrument))
    try:
        run = Run(*check_answers({key: instrument}.__getitem__, stored["answers"]))
        made = diagnose(run.instrument, run.answers)
        if stored.get("comparison"):
            made["comparison"] = comparison.again(instrument_of, stored["comparison"], run)
        figure = _first_difference(stored, made)
    except DocumentError as error:
        figure = f"its answers are refused now: {error}"
    if reasons and not figure:
        figure = "every figure is the same"
    reasons += [figure] if figure else []
    return (
        Rescored("differs", "; ".join(reasons)) if reasons else Rescored("reproduced", "reproduced exactly")
    )


def score_with(instrument_of: Callable[[str], Instrument], text: bytes, key: str) -> dict[str, Any]:
    """Return another diagnosis of the answers in a result document, with the version of this key.

    Raises DocumentError, one line, for a text that is no result, a version that is not held here, and
    answers that the version does not ask for.
    """
    _, stored = read_result(text)
    return diagnose(*check_answers(instrument_of, {**stored["answers"], "instrument": key}))


def _pins(result: Result, instrument: Instrument) -> Iterator[str]:
    """Yield how the version that is held here differs from the one that a result names."""
    pinned, held = result.instrument.sha256, instrument.sha256
    if pinned != held:
        yield f"{instrument.key} was {pinned} when it was made, and is {held} here"
    pinned, held = result.constants_sha256, instrument.constants_sha256
    if pinned != held:
        yield f"its constants were {pinned}, and are {held} here"


def _first_difference(stored: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    """Return the first path, in the order of the document, at which two results differ; "" for none."""
    figures = sorted(key for key in stored.keys() | made.keys() if key not in _PINS)
    found = (each for key in figures for each in _differences(key, stored.get(key), made.get(key)))
    return next(found, "")


def _differences(path: str, stored: Any, made: Any) -> Iterator[str]:
    if isinstance(stored, Mapping) and isinstance(made, Mapping):
        for key in sorted(stored.keys() | made.keys()):
            yield from _differences(f"{path}.{key}", stored.get(key), made.get(key))
    elif isinstance(stored, list) and isinstance(made, list) and len(stored) == len(made):
        for index, (one, other) in enumerate(zip(stored, made, strict=True)):
            yield from _differences(f"{path}.{index}", one, other)
    elif stored != made:
        yield f"{path} is {_told(stored)} in the result and {_told(made)} now"


def _told(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 80 else f"{text[:79]}…"
