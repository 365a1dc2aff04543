"""Answers in, a diagnosis out: puts the method together and says what of it may be told.

`answers` reads what comes in, `result` describes what goes out, `interchange` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assessment.core import gates, scoring
from assessment.core.answers import Answers
from assessment.core.bands import awarded_band, most_likely_band
from assessment.core.confidence import Grading, confidence
from assessment.core.gates import Gate
from assessment.core.instrument import Instrument
from assessment.core.interchange import rounded, sha256
from assessment.core.method import READINGS
from assessment.core.patterns import Finding, Seen, findings
from assessment.core.routing import Case, Driver, Route, fix_first, route, verify_first
from assessment.core.scoring import Estimate, Figures, Observation, Scorecard


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Everything that follows from one set of observations."""

    scorecard: Scorecard
    gate: Gate
    confidence: Grading | None
    findings: tuple[Finding, ...]
    fix_first: tuple[Driver, ...]
    case: Case
    route: Route


def diagnose(instrument: Instrument, answers: Answers) -> dict[str, Any]:
    """Return the result document: figures, findings, drivers and route, rounded to six decimals.

    Pure: the day of finishing is in the answers, and nothing else is looked at. What a gate forbids is
    None, and the reason is in "gate". The answers must have been read by `read_answers`.
    """
    observations = answers.observed()
    outcome = _outcome(instrument, answers, observations)
    card, gate = outcome.scorecard, outcome.gate
    unverified, marks = scoring.unverified_of(observations)
    sound = sum(seen.sound for seen in observations.values())
    document = answers.document()
    from_memory = instrument.form(answers.form).from_memory
    verify = () if from_memory else verify_first(instrument, card.claimed.indicators, card.shown.indicators)
    result = {
        "method": instrument.constants.method,
        "instrument": {"key": instrument.key, "sha256": instrument.sha256},
        "constants_sha256": instrument.constants_sha256,
        "answers_sha256": sha256(document),
        "answers": document,
        "gate": {"passed": gate.passed, "reasons": [*gate.reasons, *gate.withheld]},
        "readings": {name: _reading(instrument, answers.form, outcome, name) for name in READINGS},
        "bands": _bands(instrument, outcome),
        "confidence": {
            "grade": outcome.confidence.grade if outcome.confidence else None,
            "reasons": list(outcome.confidence.reasons) if outcome.confidence else [],
        },
        "items": {"sound": sound, "failing": marks - sound - unverified, "unverified": unverified},
        "patterns": [
            {"id": each.id, "state": each.state, "strength": each.strength, "because": list(each.because)}
            for each in outcome.findings
        ],
        "drivers": {
            "fix_first": [{"id": each.id, "gain": each.gain} for each in outcome.fix_first],
            "verify_first": [{"id": each.id, "gain": each.gain} for each in verify],
        },
        "route": {
            "rule": outcome.route.rule,
            "primary": outcome.route.primary,
            "secondary": list(outcome.route.secondary),
            "reasons": list(outcome.route.reasons),
            "would_change": list(_would_change(instrument, answers, observations, outcome)),
        },
    }
    written: dict[str, Any] = rounded(result)
    return written


def _outcome(instrument: Instrument, answers: Answers, observations: Mapping[str, Observation]) -> _Outcome:
    constants = instrument.constants
    card = scoring.score(instrument, observations, answers.team_size)
    gate = gates.gate(instrument, answers.form, observations, answers.not_applicable)
    from_memory = instrument.form(answers.form).from_memory
    prints_likely = gate.passed and gate.likely
    grading = None
    if gate.passed and not from_memory and card.likely.composite:
        grading = confidence(
            constants,
            card.likely.composite,
            observations,
            undrawn=_is_undrawn(instrument, answers, observations),
            second_observer=answers.second_observer,
            age_days=(answers.as_of - answers.last_day).days,
            prints_likely=gate.likely,
        )
    seen = Seen(
        form=answers.form,
        observations=observations,
        likely=card.likely.indicators if prints_likely else None,
        not_applicable=answers.not_applicable,
        context={name: each.on_track / each.of for name, each in answers.context.items()},
    )
    found = findings(instrument, seen)
    first = fix_first(instrument, card.likely.indicators) if prints_likely else ()
    case = _case(instrument, answers, observations, card, gate, grading, found)
    return _Outcome(card, gate, grading, found, first, case, route(instrument, case))


def _case(
    instrument: Instrument,
    answers: Answers,
    observations: Mapping[str, Observation],
    card: Scorecard,
    gate: Gate,
    grading: Grading | None,
    found: tuple[Finding, ...],
) -> Case:
    """Gather what the rules look at; behind a closed gate they see no figure."""
    constants = instrument.constants
    unverified, marks = scoring.unverified_of(observations)
    shown, claimed = card.shown.composite, card.claimed.composite
    figures = card.likely if gate.likely else card.shown
    is_open = gate.passed and shown is not None and claimed is not None
    awarded = None
    if is_open and shown and not instrument.form(answers.form).from_memory:
        awarded = awarded_band(shown, constants.bands, constants.award_probability).id
    return Case(
        form=answers.form,
        gate_reasons=gate.reasons,
        confidence=grading.grade if grading else None,
        unverified_share=unverified / marks if marks else 0.0,
        shown=shown.mean if is_open and shown else None,
        claim_gap=claimed.mean - shown.mean if is_open and shown and claimed else None,
        awarded=awarded,
        layers={name: each.mean for name, each in figures.layers.items()} if is_open else {},
        dimensions={name: each.mean for name, each in figures.dimensions.items()} if is_open else {},
        findings=found,
    )


def _is_undrawn(instrument: Instrument, answers: Answers, observations: Mapping[str, Observation]) -> bool:
    """Was a sample of a larger population not drawn by the site? The latest items need no draw."""
    if not answers.sample_drawn:
        return True
    for name, given in answers.frames.items():
        frame = instrument.frames[name]
        opened = [c.indicator for c in frame.checks if c.indicator not in answers.counted]
        n = max((observations[name].n for name in opened if name in observations), default=0)
        if given.drawn is False and not frame.latest and n and (given.population or 0) > n:
            return True
    return False


def _would_change(
    instrument: Instrument, answers: Answers, observations: Mapping[str, Observation], outcome: _Outcome
) -> Iterator[str]:
    """Yield a sentence for each of three changes that would lead to another next step."""
    cases = []
    if any(seen.unverified for seen in observations.values()):
        every = "If everything that could not be verified turned out to be"
        sound = {
            name: replace(seen, sound=seen.sound + seen.unverified, unverified=0)
            for name, seen in observations.items()
        }
        failing = {
            name: replace(seen, failing=seen.failing + seen.unverified, unverified=0)
            for name, seen in observations.items()
        }
        cases += [(f"{every} sound", sound), (f"{every} failing", failing)]
    if outcome.fix_first:
        first = outcome.fix_first[0].id
        perfect = replace(observations[first], sound=observations[first].n, failing=0, unverified=0)
        name = instrument.indicators[first].name
        cases.append((f"If “{name}” held throughout", {**observations, first: perfect}))
    for condition, changed in cases:
        to = _outcome(instrument, answers, changed).route.primary
        if to != outcome.route.primary:
            yield f"{condition}, the next step would be: {instrument.destination(to).name}."


# --- what may be told -----------------------------------------------------------------------------


_NO_ESTIMATE = {"mean": None, "sd": None, "low": None, "high": None}


def _reading(instrument: Instrument, form_id: str, outcome: _Outcome, name: str) -> dict[str, Any]:
    """Return one reading with every figure that may not be printed set to None."""
    gate = outcome.gate
    figures: Figures = getattr(outcome.scorecard, name)
    prints = name != "likely" or gate.likely
    whole = prints and gate.passed
    asked = instrument.asked(form_id)
    layers = dict.fromkeys(instrument.layer_of[each].id for each in asked)
    dimensions = dict.fromkeys(instrument.dimension_of[each].id for each in asked)
    return {
        "composite": _estimate(figures.composite if whole else None),
        "layers": {each: _estimate(figures.layers.get(each) if whole else None) for each in layers},
        "dimensions": {
            each: _estimate(figures.dimensions.get(each) if whole and each in gate.dimensions else None)
            for each in dimensions
        },
        "indicators": {
            each: {
                "mean": own.mean if prints else None,
                "sd": own.sd if prints else None,
                "p_low": own.p_low if prints else None,
            }
            for each, own in figures.indicators.items()
        },
    }


def _estimate(estimate: Estimate | None) -> dict[str, float | None]:
    if estimate is None:
        return dict(_NO_ESTIMATE)
    return {"mean": estimate.mean, "sd": estimate.sd, "low": estimate.low, "high": estimate.high}


def _bands(instrument: Instrument, outcome: _Outcome) -> dict[str, Any]:
    likely = outcome.scorecard.likely.composite
    band, probability = None, None
    if likely and outcome.gate.passed and outcome.gate.likely:
        best, probability = most_likely_band(likely, instrument.constants.bands)
        band = best.id
    return {
        "most_likely": {"band": band, "probability": probability},
        "awarded": outcome.case.awarded,
    }
