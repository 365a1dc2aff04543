"""What of a scorecard may be printed, and a sentence for each thing that may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assessment.core.constants import Constants
from assessment.core.instrument import Instrument
from assessment.core.scoring import Observation, unverified_of
from assessment.core.words import percent


@dataclass(frozen=True, slots=True)
class Gate:
    """What of a scorecard may be printed.

    `passed`: the composite and the layers; if not, `reasons` say why. `likely`: that reading at all.
    `dimensions`: those whose figures may be printed. `withheld` says why the rest of it may not.
    """

    passed: bool
    likely: bool
    dimensions: frozenset[str]
    reasons: tuple[str, ...]
    withheld: tuple[str, ...]


def gate(
    instrument: Instrument,
    form_id: str,
    observations: Mapping[str, Observation],
    not_applicable: Iterable[str] = (),
) -> Gate:
    """Return what may be printed of these observations, with a sentence for each thing that may not.

    Source: docs/method.md, "Gates". Raises KeyError when the instrument has no such form.
    """
    form = instrument.form(form_id)
    reasons = (*_unanswered(instrument, form_id, observations, set(not_applicable)),)
    reasons += (*_mostly_unverified(instrument.constants, observations),)
    withheld = []
    recalled = sum(seen.grade == "E1" for seen in observations.values())
    likely = not form.from_memory and recalled <= instrument.constants.gates.recalled_share * len(
        observations
    )
    if form.from_memory:
        withheld.append(
            f"The {form.name} is answered from memory, so at most Claimed and Shown are printed, "
            "and no dimensions."
        )
    elif not likely:
        withheld.append(
            f"{recalled} of {len(observations)} indicators are from memory, so Likely is withheld."
        )
    dimensions: frozenset[str] = frozenset()
    if not form.prints_dimensions and not form.from_memory:
        withheld.append(f"The {form.name} is too short to print figures for dimensions.")
    elif form.prints_dimensions and not reasons:
        dimensions, thin = _thick_dimensions(instrument, form_id, observations)
        withheld += thin
    return Gate(not reasons, likely, dimensions, reasons, tuple(withheld))


def _unanswered(
    instrument: Instrument, form_id: str, observations: Mapping[str, Observation], left_out: set[str]
) -> Iterable[str]:
    share = instrument.constants.gates.answered_share
    asked = [name for name in instrument.asked(form_id) if name not in left_out]
    for layer in instrument.layers:
        members = [name for name in asked if instrument.layer_of[name].id == layer.id]
        answered = sum(name in observations for name in members)
        # A hair's breadth less, so that 60 % of 5 is 3 in floating point too.
        if answered < share * len(members) - 1e-9:
            yield (
                f"{layer.name}: {answered} of {len(members)} indicators are answered; "
                f"at least {percent(share)} are needed."
            )


def _mostly_unverified(constants: Constants, observations: Mapping[str, Observation]) -> Iterable[str]:
    unverified, marks = unverified_of(observations)
    if marks and unverified >= constants.gates.unverified_share * marks:
        limit = percent(constants.gates.unverified_share)
        yield f"{unverified} of {marks} checks could not be verified; it must be fewer than {limit}."


def _thick_dimensions(
    instrument: Instrument, form_id: str, observations: Mapping[str, Observation]
) -> tuple[frozenset[str], list[str]]:
    """Return the dimensions with enough answers to print, and a sentence about the others."""
    need = instrument.constants.gates.dimension_indicators
    asked = {instrument.dimension_of[name].id for name in instrument.asked(form_id)}
    answered = [instrument.dimension_of[name].id for name in observations]
    thick = frozenset(name for name in asked if answered.count(name) >= need)
    names = {each.id: each.name for layer in instrument.layers for each in layer.dimensions}
    thin = ", ".join(name for each, name in names.items() if each in asked - thick)
    return thick, [
        f"Fewer than {need} indicators are answered, so no figure is printed for: {thin}."
    ] if thin else []
