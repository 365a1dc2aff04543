"""What is shown before the first question: what a browser has begun, and what a form asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assessment.core.instrument import Check, Frame, Indicator, Instrument, Pass, Single
from assessment.store.assessments import Held


@dataclass(frozen=True, slots=True)
class Begun:
    """An assessment that a browser holds, and what it is called: "One round"."""

    held: Held
    length: str


def begun(listed: Iterable[Held], instruments: Mapping[str, Instrument]) -> list[Begun]:
    """Return what a browser has begun; without its length where that version of the questions is gone."""
    return [Begun(held, _length(held, instruments.get(held.instrument_key))) for held in listed]


def _length(held: Held, instrument: Instrument | None) -> str:
    lengths = instrument.forms if instrument else ()
    return next((each.name for each in lengths if each.id == held.facts["form"]), "")


@dataclass(frozen=True, slots=True)
class Sitting:
    """A pass as one form asks it: frames with their size and checks, then single questions."""

    each: Pass
    minutes: float
    frames: list[tuple[Frame, int, list[tuple[Check, Indicator]]]]
    singles: list[
        tuple[Single, Indicator, list[str]]
    ]  # with the answers that it offers, where they are texts


def sittings(instrument: Instrument, form_id: str) -> list[Sitting]:
    """Return what a form asks, in the order of the passes."""
    asked = instrument.asked(form_id)
    recalled = {form.id for form in instrument.forms if form.from_memory}
    found = []
    for each in instrument.passes:
        frames = [
            (
                frame,
                instrument.frame_size(frame, form_id),
                [(c, asked[c.indicator]) for c in frame.checks if c.indicator in asked],
            )
            for frame in each.frames
            if instrument.frame_size(frame, form_id)
        ]
        singles = [
            (single, asked[single.indicator], _answers(single, asked[single.indicator], form_id in recalled))
            for single in each.singles
            if single.indicator in asked
        ]
        if frames or singles:
            found.append(Sitting(each, each.minutes[form_id], frames, singles))
    return found


def _answers(single: Single, indicator: Indicator, is_recalled: bool) -> list[str]:
    if is_recalled:
        return [choice.text for choice in single.choices]
    return list(indicator.anchors) if indicator.type in ("anchors", "artefact") else []
