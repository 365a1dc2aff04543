"""What an instrument holds, and whether all of it can come about: what `flask instrument check` looks at.

The reader refuses what could not be asked or scored. Here stands what could, and would be in vain: a rule
that is never reached, a destination that nothing leads to, a pattern that no form asks for.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

from assessment.content.files.checking import texts_of
from assessment.content.files.located import ContentError, Fault, TomlFile
from assessment.content.instruments.reading import read_instruments, read_with_files
from assessment.core.instrument import Condition, Form, Instrument
from assessment.core.reach import Reach, pattern_states, reaches

# The placeholders of a reason that are empty unless the condition has one of these tests.
_FILLED_BY = {
    "gate": ("gate_failed",),
    "patterns": ("patterns_present_at_least", "pattern_present", "pattern_possible"),
    "layer": ("layer_lowest", "layer_below", "any_layer_below"),
    "points": ("layer_lowest", "layer_below", "any_layer_below"),
}


def check(folder: Path) -> tuple[str, ...]:
    """Return, in lines to print, what the instruments of a folder hold. Raises ContentError."""
    faults: list[Fault] = []
    lines: list[str] = []
    for key in read_instruments(folder):
        try:
            lines += _summary(inspected(folder / key))
        except ContentError as error:
            faults += error.faults
    if faults:
        raise ContentError(faults)
    return tuple(lines)


def inspected(version: Path) -> Instrument:
    """Return the instrument in one version's folder. Raises ContentError where anything of it is in vain."""
    instrument, files = read_with_files(version)
    by_name = {file.name: file for file in files}
    faults = [
        *_empty(instrument, by_name["instrument.toml"]),
        *_unreached(instrument, by_name["routes.toml"]),
        *_unfilled(instrument, by_name["routes.toml"]),
        *_unused(instrument, by_name["routes.toml"]),
        *_unasked(instrument, by_name["patterns.toml"]),
    ]
    if faults:
        raise ContentError(sorted(set(faults)))
    return instrument


def _empty(instrument: Instrument, whole: TomlFile) -> Iterator[Fault]:
    """Yield the forms that ask nothing."""
    for at, form in enumerate(instrument.forms):
        if not instrument.asked(form.id):
            remedy = "give it marks in the layers, or take it out"
            yield whole.fault(("forms", at), f"form '{form.id}': no indicator has marks for it", remedy)


def _unreached(instrument: Instrument, routes: TomlFile) -> Iterator[Fault]:
    """Yield the rules that no diagnosis gets, and the conditions that never decide."""
    found = reaches(instrument)
    for at, rule in enumerate(instrument.rules):
        own = [each for each in found if each.rule == at]
        unreached = [each for each in own if each.case is None]
        if len(unreached) == len(own):
            first = tuple(sorted({number for each in own for number in each.first}))
            whole = Reach(at, 0, None, first)
            yield routes.fault(("rules", at), *_why(f"rule {rule.number}", whole))
            continue
        for each in unreached:
            what = f"rule {rule.number}: condition {each.condition + 1}"
            yield routes.fault(("rules", at, "any", each.condition), *_why(what, each))


def _why(what: str, found: Reach) -> tuple[str, str]:
    if not found.first:
        remedy = "correct its tests, or take it out"
        return f"{what} can never hold: no diagnosis of any form meets all its tests", remedy
    numbers = " or ".join(str(number) for number in found.first)
    fault = f"{what} is never reached: whenever it holds, rule {numbers} comes first"
    return fault, f"put it before rule {found.first[0]}, or take it out"


def _unfilled(instrument: Instrument, routes: TomlFile) -> Iterator[Fault]:
    """Yield the placeholders of reasons that the tests beside them leave empty."""
    for at, rule in enumerate(instrument.rules):
        for index, condition in enumerate(rule.any):
            for name in _placeholders(condition):
                tests = _FILLED_BY.get(name, ())
                if tests and not condition.model_fields_set.intersection(tests):
                    fault = f"rule {rule.number}: nothing in this condition fills '{{{name}}}'"
                    path = ("rules", at, "any", index, "reason")
                    yield routes.fault(path, fault, f"add one of the tests {', '.join(tests)}, or reword it")


def _placeholders(condition: Condition) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(condition.reason) if name})


def _unused(instrument: Instrument, routes: TomlFile) -> Iterator[Fault]:
    """Yield the destinations that no rule leads to."""
    led_to = {rule.to for rule in instrument.rules}
    for at, destination in enumerate(instrument.destinations):
        if destination.id not in led_to:
            fault = f"destination {destination.id}: no rule leads there"
            yield routes.fault(("destinations", at), fault, "let a rule lead there, or take it out")


def _unasked(instrument: Instrument, patterns: TomlFile) -> Iterator[Fault]:
    """Yield the patterns whose members are together in no form."""
    states = [pattern_states(instrument, form.id) for form in instrument.forms]
    for at, pattern in enumerate(instrument.patterns):
        if not any(each.get(pattern.id) in ("present", "possible") for each in states):
            fault = f"pattern {pattern.id}: no form asks for all that it needs"
            remedy = "ask its members, and its context, in one form; or take it out"
            yield patterns.fault(("patterns", at), fault, remedy)


# --- the summary ----------------------------------------------------------------------------------


def _summary(instrument: Instrument) -> Iterator[str]:
    state = "draft" if instrument.draft else "closed"
    parts = {
        "layers": len(instrument.layers),
        "dimensions": sum(len(layer.dimensions) for layer in instrument.layers),
        "indicators": len(instrument.indicators),
        "patterns": len(instrument.patterns),
        "rules": len(instrument.rules),
        "destinations": len(instrument.destinations),
        "words": _word_count(instrument),
    }
    yield f"{instrument.key}, {state}, sha256 {instrument.sha256}"
    yield "  " + ", ".join(f"{count} {name}" for name, count in parts.items())
    yield "  every rule can be reached, every outcome is routed"
    for form in instrument.forms:
        asked = instrument.asked(form.id).values()
        marks = sum(indicator.marks[form.id] for indicator in asked)
        yield f"  {form.id}: {len(asked)} indicators, {marks} marks, about {form.minutes:g} minutes"
        yield f"    {_patterns_of(instrument, form)}"


def _patterns_of(instrument: Instrument, form: Form) -> str:
    """Return which patterns a form can find, and how far."""
    if form.from_memory:
        return "from memory: no patterns"
    states = pattern_states(instrument, form.id)
    words = {
        "present": "patterns that can be present",
        "possible": "only possible",
        "cannot tell": "cannot be told",
        "not asked": "not asked",
    }
    groups = {
        word: [name for name, found in states.items() if found == state] for state, word in words.items()
    }
    return (
        "; ".join(f"{word}: {', '.join(names)}" for word, names in groups.items() if names) or "no patterns"
    )


def _word_count(instrument: Instrument) -> int:
    texts = texts_of(instrument.model_dump(mode="json"))
    return sum(len(text.split()) for _, text in texts if " " in text)
