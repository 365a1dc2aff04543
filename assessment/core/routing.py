"""What to do next: what to fix first, what to verify first, and the rule that picks the next step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assessment.core.instrument import Condition, Instrument, Rule
from assessment.core.patterns import Finding
from assessment.core.scoring import OwnEstimate, power_mean
from assessment.core.words import percent, points

# --- drivers --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Driver:
    """One indicator and how many points of the composite it stands for."""

    id: str
    gain: float


def fix_first(instrument: Instrument, likely: Mapping[str, OwnEstimate]) -> tuple[Driver, ...]:
    """Return what would raise the composite most if it were perfect, best first.

    Computed at the indicators' own Likely means, without pooling: one of them is set to 100 and the power
    means are taken again.
    """
    means = {name: own.mean for name, own in likely.items()}
    if not means:
        return ()
    now = _composite(instrument, means)
    gains = {name: _composite(instrument, {**means, name: 100.0}) - now for name in means}
    return _first(instrument, gains)


def verify_first(
    instrument: Instrument, claimed: Mapping[str, OwnEstimate], shown: Mapping[str, OwnEstimate]
) -> tuple[Driver, ...]:
    """Return where evidence alone would raise what is shown most, best first.

    The distance between an indicator's claimed and shown mean, times its direct weight.
    """
    answered = _grouped(instrument, claimed)
    gains = {
        name: (claimed[name].mean - shown[name].mean) * weight / len(dimensions) / len(members)
        for weight, dimensions in answered
        for members in dimensions
        for name in members
    }
    return _first(instrument, gains)


def _first(instrument: Instrument, gains: Mapping[str, float]) -> tuple[Driver, ...]:
    # Rounded, so that equal gains stay equal whatever the last bits of their sums are.
    order = sorted(gains, key=lambda name: (-round(gains[name], 9), name))
    return tuple(Driver(name, gains[name]) for name in order[: instrument.constants.drivers.shown])


def _grouped(instrument: Instrument, answered: Iterable[str]) -> list[tuple[float, list[list[str]]]]:
    """Return the answered indicators by dimension by layer, with the layer's weight; empty ones left out."""
    known = set(answered)
    groups = []
    for layer in instrument.layers:
        members = [[i.id for i in d.indicators if i.id in known] for d in layer.dimensions]
        if filled := [names for names in members if names]:
            groups.append((layer.weight, filled))
    return groups


def _composite(instrument: Instrument, means: Mapping[str, float]) -> float:
    power = instrument.constants.power
    weights, layers = [], []
    for weight, dimensions in _grouped(instrument, means):
        scores = [sum(means[name] for name in members) / len(members) for members in dimensions]
        weights.append(weight)
        layers.append(power_mean(scores, [1.0] * len(scores), power))
    return power_mean(layers, weights, power)


# --- routes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """All that a rule may look at. Figures that a gate forbids are None or empty, and no rule sees them.

    `layers` and `dimensions` are means of Likely, or of Shown where Likely is withheld; the figures of
    dimensions serve to name the weakest, even in a form that prints none.
    """

    form: str
    gate_reasons: tuple[str, ...]
    confidence: str | None
    unverified_share: float
    shown: float | None
    claim_gap: float | None
    awarded: str | None
    layers: Mapping[str, float]
    dimensions: Mapping[str, float]
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Route:
    """The rule that fired, where it leads, what may stand beside it, and why."""

    rule: int
    primary: str
    secondary: tuple[str, ...]
    reasons: tuple[str, ...]


def route(instrument: Instrument, case: Case) -> Route:
    """Return the next step: the first rule that holds, with the reason of each condition that does.

    Secondary steps are the destinations of later rules that hold too, at most two, other than the first.
    A rule that stands alone has none and is none; a rule that always holds means "otherwise".
    Source: docs/method.md, "Routes". The last rule of an instrument always holds.
    """
    fired = next(rule for rule in instrument.rules if _reasons(instrument, case, rule))
    reasons = [*_reasons(instrument, case, fired), *_practice(instrument, case, fired)]
    secondary: list[str] = []
    for rule in instrument.rules[instrument.rules.index(fired) + 1 :]:
        otherwise = any(condition.always for condition in rule.any)
        if fired.secondary and rule.secondary and not otherwise and _reasons(instrument, case, rule):
            secondary.append(rule.to)
    others = tuple(dict.fromkeys(to for to in secondary if to != fired.to))
    return Route(fired.number, fired.to, others[:2], tuple(reasons))


def _reasons(instrument: Instrument, case: Case, rule: Rule) -> tuple[str, ...]:
    """Return the printed reason of each condition of a rule that holds, none if the rule does not hold."""
    held = ((condition, _holds(instrument, case, condition)) for condition in rule.any)
    return tuple(condition.reason.format(**words) for condition, words in held if words is not None)


def _holds(instrument: Instrument, case: Case, condition: Condition) -> dict[str, str] | None:
    """Return what fills the placeholders of a condition's reason; None when a test of it does not hold."""
    words = {
        "gate": " ".join(case.gate_reasons),
        "form": instrument.form(case.form).name,
        "confidence": case.confidence or "",
        "unverified_share": percent(case.unverified_share),
        "shown": "" if case.shown is None else points(case.shown),
        "claim_gap": "" if case.claim_gap is None else points(case.claim_gap),
        "patterns": "",
        "layer": "",
        "points": "",
    }
    for found in _tests(instrument, case, condition):
        if found is None:
            return None
        words |= found
    return words


def _tests(instrument: Instrument, case: Case, condition: Condition) -> Iterator[dict[str, str] | None]:
    """Yield for each test of a condition what it adds to the words, None for one that does not hold."""
    if condition.gate_failed:
        yield _if(bool(case.gate_reasons))
    if condition.from_memory:
        yield _if(instrument.form(case.form).from_memory)
    if condition.confidence is not None:
        yield _if(case.confidence in condition.confidence)
    if condition.unverified_share_at_least is not None:
        yield _if(case.unverified_share >= condition.unverified_share_at_least)
    if condition.shown_below is not None:
        yield _if(case.shown is not None and case.shown < condition.shown_below)
    if condition.claim_gap_above is not None:
        yield _if(case.claim_gap is not None and case.claim_gap > condition.claim_gap_above)
    if condition.awarded is not None:
        yield _if(case.awarded in condition.awarded)
    yield from _pattern_tests(instrument, case, condition)
    yield from _layer_tests(instrument, case, condition)


def _if(holds: bool) -> dict[str, str] | None:
    return {} if holds else None


def _pattern_tests(
    instrument: Instrument, case: Case, condition: Condition
) -> Iterator[dict[str, str] | None]:
    present = [found.id for found in case.findings if found.state == "present"]
    possible = [found.id for found in case.findings if found.state == "possible"]
    if condition.patterns_present_at_least is not None:
        yield _named(instrument, present if len(present) >= condition.patterns_present_at_least else [])
    if condition.pattern_present is not None:
        yield _named(instrument, _among(present, condition.pattern_present))
    if condition.pattern_possible is not None:
        yield _named(instrument, _among(possible, condition.pattern_possible))


def _among(found: list[str], wanted: tuple[str, ...]) -> list[str]:
    """Return those of the patterns that a condition names; it names all of them by naming none."""
    return [name for name in found if not wanted or name in wanted]


def _named(instrument: Instrument, patterns: list[str]) -> dict[str, str] | None:
    names = ", ".join(instrument.pattern(name).name for name in patterns)
    return {"patterns": names} if names else None


def _layer_tests(instrument: Instrument, case: Case, condition: Condition) -> Iterator[dict[str, str] | None]:
    names = {layer.id: layer.name for layer in instrument.layers}
    if condition.layer_lowest is not None:
        layer = condition.layer_lowest.layer
        others = [mean for name, mean in case.layers.items() if name != layer]
        below = min(others) - case.layers[layer] if layer in case.layers and others else None
        yield _layer_words(names[layer], below, condition.layer_lowest.by)
    if condition.layer_below is not None:
        layer, than = condition.layer_below.layer, condition.layer_below.than
        both = layer in case.layers and than in case.layers
        below = case.layers[than] - case.layers[layer] if both else None
        yield _layer_words(names[layer], below, condition.layer_below.by)
    if condition.any_layer_below is not None:
        lowest = _lowest(case.layers)
        below = condition.any_layer_below - case.layers[lowest] if lowest else 0.0
        yield {"layer": names[lowest], "points": points(below)} if lowest and below > 0 else None


def _layer_words(name: str, below: float | None, by: float) -> dict[str, str] | None:
    return None if below is None or below < by else {"layer": name, "points": points(below)}


def _lowest(means: Mapping[str, float]) -> str | None:
    return min(means, key=lambda name: (means[name], name)) if means else None


def _practice(instrument: Instrument, case: Case, rule: Rule) -> tuple[str, ...]:
    """Return the practice that a rule names: of the strongest pattern present, else of what is weakest."""
    present = [found for found in case.findings if found.state == "present"]
    if not rule.names:
        return ()
    if rule.names == "pattern-practice" and present:
        strongest = max(present, key=lambda found: found.strength or 0.0)
        return (f"Start with {instrument.pattern(strongest.id).practice}.",)
    dimensions = {each.id: each for layer in instrument.layers for each in layer.dimensions}
    candidates = case.dimensions
    if rule.names == "pattern-practice" and (layer := _lowest(case.layers)):
        members = {each.id for of in instrument.layers if of.id == layer for each in of.dimensions}
        candidates = {name: mean for name, mean in case.dimensions.items() if name in members}
    weakest = _lowest(candidates)
    return (f"Start with {dimensions[weakest].practice}.",) if weakest else ()
