"""Belief: what was said before anything was opened. It is never scored, and stands beside the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assessment.core.instrument import Choice, Form, Instrument, Single

Beliefs = Mapping[str, Mapping[str, Any]]
"""By indicator id: {"count", "of": int}; "words" where a choice was taken, in its own words."""


def looking(instrument: Instrument) -> Form | None:
    """Return the first form that opens items, to which one from memory leads; None where there is none."""
    return next((each for each in instrument.forms if not each.from_memory), None)


def choice_of(instrument: Instrument, indicator_id: str, sound: int) -> tuple[Single, Choice] | None:
    """Return the question, and the choice that so many sound marks stand for; None where none is offered."""
    singles = (single for each in instrument.passes for single in each.singles)
    choices = (
        (single, choice)
        for single in singles
        for choice in single.choices
        if single.indicator == indicator_id and choice.sound == sound
    )
    return next(choices, None)


def carried(
    instrument: Instrument, answers: Mapping[str, Any], into: Instrument, form: str
) -> dict[str, dict[str, Any]]:
    """Return what was answered from memory as the beliefs of a form that looks, by indicator id.

    `answers` is the answers document of a form from memory of `instrument`; `form` is one of `into`, which
    may be a later version. What could not be said, or is not asked there, is no belief.
    """
    asked = into.asked(form)
    found: dict[str, dict[str, Any]] = {}
    for name, seen in answers["observations"].items():
        n = seen["sound"] + seen["failing"]
        if name not in asked or not n:
            continue
        found[name] = {"count": seen["sound"], "of": n}
        if chosen := choice_of(instrument, name, seen["sound"]):
            found[name]["words"] = chosen[1].text
    return found
