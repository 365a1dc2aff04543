"""Whether the parts of an instrument fit together: what no single part of it can know."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from assessment.core.method import GRADES

if TYPE_CHECKING:
    from assessment.core.instrument import Indicator, Instrument, Single


def faults_of(instrument: Instrument) -> Iterator[str]:
    """Yield what does not fit together between the parts, in words that name both."""
    known = [i.id for layer in instrument.layers for d in layer.dimensions for i in d.indicators]
    yield from _repeated("indicator", known)
    yield from _repeated("frame", [f.id for each in instrument.passes for f in each.frames])
    yield from _repeated("pattern", [p.id for p in instrument.patterns])
    yield from _repeated("layer", [layer.id for layer in instrument.layers])
    yield from _repeated("dimension", [d.id for layer in instrument.layers for d in layer.dimensions])
    yield from _repeated("pass", [each.id for each in instrument.passes])
    yield from _repeated("form", [form.id for form in instrument.forms])
    yield from _repeated("context", [f.context.id for f in instrument.frames.values() if f.context])
    yield from _repeated("destination", [d.id for d in instrument.destinations])
    if sorted(grade.id for grade in instrument.grades) != sorted(GRADES):
        yield "the grades are not E1, E2, E3 and E4, each once"
    total = sum(layer.weight for layer in instrument.layers)
    if abs(total - 1) > 1e-9:
        yield f"the weights of the layers sum to {total:g}, not to 1"
    places = sorted(layer.lineage for layer in instrument.layers)
    if places != list(range(1, len(places) + 1)):
        found = ", ".join(str(place) for place in places)
        yield f"the places of the layers in the lineage are {found}, not 1 to {len(places)}, each once"
    forms = {form.id for form in instrument.forms}
    for indicator in instrument.indicators.values():
        for form_id in indicator.marks.keys() - forms:
            yield f"indicator {indicator.id}: form '{form_id}' is not defined; known forms: {_list(forms)}"
    asked = [c.indicator for f in instrument.frames.values() for c in f.checks]
    asked += [s.indicator for each in instrument.passes for s in each.singles]
    yield from _repeated("question for indicator", asked)
    for name in asked:
        if name not in known:
            yield f"a question asks for indicator '{name}', which is not defined"
    for name in known:
        if instrument.indicators[name].marks and name not in asked:
            yield f"indicator {name}: no pass asks for it"
    yield from _kind_faults(instrument)
    for pair in instrument.constants.consistency.pairs:
        for name in (pair.high, pair.low):
            if name not in known:
                yield f"consistency: indicator '{name}' is not defined"
    yield from _memory_faults(instrument)
    yield from _pattern_faults(instrument, set(known))
    yield from _route_faults(instrument)


def _kind_faults(instrument: Instrument) -> Iterator[str]:
    """Yield what is asked in a way that its answer type does not have."""
    of_items = {c.indicator for f in instrument.frames.values() for c in f.checks}
    for name, indicator in instrument.indicators.items():
        counted = indicator.type in ("count", "elapsed")
        if name in of_items and not counted:
            yield f"question for indicator '{name}': type '{indicator.type}' is asked once, under 'singles'"
        if counted and indicator.marks and name not in of_items:
            yield f"indicator {name}: type '{indicator.type}' is asked of opened items, under 'checks'"


def _memory_faults(instrument: Instrument) -> Iterator[str]:
    """Yield what a form from memory asks without saying how."""
    for form_id in (form.id for form in instrument.forms if form.from_memory):
        asked = instrument.asked(form_id)
        for frame in instrument.frames.values():
            checks = [check for check in frame.checks if check.indicator in asked]
            for check in checks:
                if not check.from_memory:
                    yield (
                        f"question for indicator '{check.indicator}': form '{form_id}' asks it from memory, "
                        "so it needs 'from_memory', which asks how many"
                    )
            sizes = sorted({asked[check.indicator].marks[form_id] for check in checks})
            if len(sizes) > 1:
                yield (
                    f"frame '{frame.id}': of the same items form '{form_id}' always has the same number of "
                    f"marks, not {' and '.join(map(str, sizes))}"
                )
        for single in (single for each in instrument.passes for single in each.singles):
            if single.indicator in asked:
                yield from _choice_faults(single, asked[single.indicator], form_id)


def _choice_faults(single: Single, indicator: Indicator, form_id: str) -> Iterator[str]:
    lead = f"question for indicator '{single.indicator}': form '{form_id}'"
    if indicator.type == "spread":
        # A share of a small team would point at a person, and a choice cannot know how large it is.
        yield f"{lead} asks it from memory by choices, but type 'spread' always has a share"
    elif len(single.choices) < 2:
        yield f"{lead} asks it from memory, so it needs two or more 'choices'"
    elif any(after.sound >= before.sound for before, after in pairwise(single.choices)):
        # A report knows only how many marks are sound, and says with them which choice was taken.
        yield f"{lead} asks it from memory, so the 'sound' of its 'choices' must fall from one to the next"
    elif (most := max(choice.sound for choice in single.choices)) > indicator.marks[form_id]:
        yield f"{lead} always has {indicator.marks[form_id]} marks, but one of its choices has {most} sound"


def _pattern_faults(instrument: Instrument, known: set[str]) -> Iterator[str]:
    contexts = {f.context.id for f in instrument.frames.values() if f.context}
    for pattern in instrument.patterns:
        for name in (*pattern.required, *pattern.any_of):
            if name not in known:
                yield f"pattern '{pattern.id}': indicator '{name}' is not defined"
        if pattern.context and pattern.context.id not in contexts:
            yield f"pattern '{pattern.id}': context '{pattern.context.id}' is not defined"


def _route_faults(instrument: Instrument) -> Iterator[str]:
    destinations = {d.id for d in instrument.destinations}
    patterns = {p.id for p in instrument.patterns}
    layers = {layer.id for layer in instrument.layers}
    bands = {band.id for band in instrument.constants.bands}
    levels = set(instrument.constants.confidence.levels)
    yield from _repeated("rule number", [str(rule.number) for rule in instrument.rules])
    for rule in instrument.rules:
        if rule.to not in destinations:
            yield f"rule {rule.number}: destination '{rule.to}' is not defined; known: {_list(destinations)}"
        for condition in rule.any:
            for name in (*(condition.pattern_present or ()), *(condition.pattern_possible or ())):
                if name not in patterns:
                    yield f"rule {rule.number}: pattern '{name}' is not defined"
            for name in set(condition.awarded or ()) - bands:
                yield f"rule {rule.number}: band '{name}' is not defined; known: {_list(bands)}"
            for name in set(condition.confidence or ()) - levels:
                yield f"rule {rule.number}: confidence '{name}' is not defined; known: {_list(levels)}"
            named = [condition.layer_lowest.layer] if condition.layer_lowest else []
            named += (
                [condition.layer_below.layer, condition.layer_below.than] if condition.layer_below else []
            )
            for name in named:
                if name not in layers:
                    yield f"rule {rule.number}: layer '{name}' is not defined; known: {_list(layers)}"
    if not any(condition.always for condition in instrument.rules[-1].any):
        yield "the last rule must hold always, so that every outcome is routed"


def _repeated(what: str, names: list[str]) -> Iterator[str]:
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"{what} '{name}' is defined twice"


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))
