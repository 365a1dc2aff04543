"""The pages about named patterns: what they print is taken from the instrument, so that none tells another
rule than the one that scores.

`pages` are the addresses of the pages about patterns, by pattern; one without a page is named without a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assessment.content.files.located import Fault
from assessment.content.pages.page import Head, Source, address
from assessment.content.pages.tables import Marked, linked, listed, share, table, text
from assessment.core.instrument import Instrument, Pattern
from assessment.core.patterns import State
from assessment.core.reach import pattern_states


def pages_about(sources: Sequence[Source]) -> dict[str, str]:
    """Return the addresses of the pages about patterns, by pattern."""
    return {
        each.head.pattern: address(each.name)
        for each in sources
        if isinstance(each.head, Head) and each.head.pattern
    }


def values_of_patterns(
    sources: Sequence[Source], instrument: Instrument
) -> dict[str, Mapping[str, str] | None]:
    """Return, by file, the values that only the page about a pattern may print.

    None for a page about a pattern that the instrument has not: then nobody knows what it may print.
    """
    pages = pages_about(sources)
    known = {each.id: pattern_values(each, instrument, pages) for each in instrument.patterns}
    return {
        each.file: known.get(each.head.pattern)
        for each in sources
        if isinstance(each.head, Head) and each.head.pattern
    }


def pattern_faults(sources: Sequence[Source], instrument: Instrument | None) -> Iterator[Fault]:
    """Yield which pages of the layout "pattern" are about none, or about that of another page.

    `instrument` is None where it could not be read: then every pattern may be one of its own.
    """
    first: dict[str, str] = {}
    for source in sources:
        head = source.head
        if not isinstance(head, Head) or not (head.pattern or head.layout == "pattern"):
            continue
        if not head.pattern or head.layout != "pattern":
            line = source.locate(("pattern" if head.pattern else "layout",))
            fault = "a page about a pattern needs 'pattern' and its layout"
            yield Fault(source.file, line, fault, 'write layout = "pattern" and pattern = ..., or neither')
            continue
        line = source.locate(("pattern",))
        known = [each.id for each in instrument.patterns] if instrument else [head.pattern]
        if instrument and head.pattern not in known:
            fault = f"pattern '{head.pattern}' is not one of {instrument.key}"
            yield Fault(source.file, line, fault, f"use one of: {', '.join(known)}")
        if head.pattern in first:
            fault = f"pattern '{head.pattern}' is that of {first[head.pattern]}"
            yield Fault(source.file, line, fault, "keep one of them")
        first.setdefault(head.pattern, source.file)


def pattern_values(pattern: Pattern, instrument: Instrument, pages: Mapping[str, str]) -> dict[str, str]:
    """Return the values of the page about one pattern."""
    return {
        "pattern.meaning": text(pattern.meaning),
        "pattern.rule": _rule(pattern, instrument),
        "pattern.forms": " ".join(_forms(pattern, instrument)),
        "pattern.first-move": text(pattern.first_move),
        "pattern.practice": f"{text(pattern.practice[:1].upper() + pattern.practice[1:])}.",
        "pattern.related": _related(pattern, instrument, pages),
    }


def patterns_table(instrument: Instrument, pages: Mapping[str, str]) -> str:
    """Return every pattern with its rule, in ids."""
    rows = []
    for pattern in instrument.patterns:
        if pattern.unverified_at_least is not None:
            rule = f"{share(pattern.unverified_at_least)} of all marks could not be verified"
        else:
            rule = "low: " + " and ".join(pattern.required)
            rule += f", with {' or '.join(pattern.any_of)}" if pattern.any_of else ""
        if pattern.context:
            rule += f", while {_context(pattern.context.id, pattern.context.share, instrument)}"
        rows.append((linked(pattern.name, pages.get(pattern.id, "")), pattern.meaning, rule))
    return table(("Pattern", "What it means", "Rule"), rows)


def patterns_list(instrument: Instrument, pages: Mapping[str, str]) -> str:
    """Return every pattern with its meaning, under the layer that holds the first indicator it needs."""
    layer_of = {
        indicator.id: layer.id
        for layer in instrument.layers
        for dimension in layer.dimensions
        for indicator in dimension.indicators
    }
    groups = [
        (layer.name, [each for each in instrument.patterns if layer_of.get(_first(each)) == layer.id])
        for layer in sorted(instrument.layers, key=lambda layer: layer.lineage)
    ]
    groups.append(("Across all layers", [each for each in instrument.patterns if not each.required]))
    return "\n".join(
        f"\n### {text(name)}\n\n" + "\n".join(_entry(each, pages) for each in group)
        for name, group in groups
        if group
    )


def patterns_states(instrument: Instrument) -> str:
    """Return what a report means by each thing that it says of a pattern."""
    limits = instrument.constants.patterns
    present, possible = f"{limits.present:.2f}", f"{limits.possible:.2f}"
    told = {
        "Present": f"Its strength is {present} or more. Strength is the probability that what the rule names "
        "is low, by the evidence of its own indicators.",
        "Possible": f"Its strength lies between {possible} and {present}, or the form asks too little to say "
        "more.",
        "Cannot tell": f"What the rule needs was not answered, more than {share(limits.unverified_share)} of "
        "its checks could not be verified, or too much was from memory. That is no verdict: it says where to "
        "look.",
        "Not indicated": f"Its strength is below {possible}. That is no proof that it is absent.",
    }
    return "\n" + "\n".join(f"{state}\n:   {words}\n" for state, words in told.items())


def _first(pattern: Pattern) -> str:
    return pattern.required[0] if pattern.required else ""


def _entry(pattern: Pattern, pages: Mapping[str, str]) -> str:
    return f"{linked(pattern.name, pages.get(pattern.id, ''))}\n:   {text(pattern.meaning)}\n"


def _rule(pattern: Pattern, instrument: Instrument) -> str:
    """Return when a pattern is found, with the names of its indicators and what is opened for each."""
    if pattern.unverified_at_least is not None:
        return (
            f"At least {share(pattern.unverified_at_least)} of all checks in a result could not be verified."
        )
    low = f"{100 * instrument.constants.patterns.low_below:g}"
    lead = "All of these must be low:" if len(pattern.required) > 1 else "This must be low:"
    lines = ["", lead, "", *_indicators(pattern.required, instrument)]
    if pattern.any_of:
        lead = "And so must at least one of these:" if len(pattern.any_of) > 1 else "And so must this:"
        lines += ["", lead, "", *_indicators(pattern.any_of, instrument)]
    lines += ["", f"Low is a soundness below {low} of 100, by the evidence of that indicator alone."]
    if pattern.context:
        context = _context(pattern.context.id, pattern.context.share, instrument)
        lines[-1] += f" The pattern is named only while {context}."
    return "\n".join([*lines, ""])


def _indicators(ids: tuple[str, ...], instrument: Instrument) -> Iterator[str]:
    for each in ids:
        indicator = instrument.indicators[each]
        yield f"- **{text(indicator.name)}** ({each}). {text(indicator.verify)}"


def _context(context_id: str, least: float, instrument: Instrument) -> str:
    """Return what must hold beside the indicators: a share of the items of the frame that asks for it."""
    items = next(f.items for f in instrument.frames.values() if f.context and f.context.id == context_id)
    return f"the {text(items)} are at least {share(least)} of all"


def _forms(pattern: Pattern, instrument: Instrument) -> Iterator[str]:
    """Yield the most that each form can say of a pattern, one sentence for each answer."""
    said: dict[State, list[str]] = {}
    for form in instrument.forms:
        state = pattern_states(instrument, form.id).get(pattern.id)
        # A form from memory reads no patterns.
        said.setdefault(state or "not asked", []).append(f"the {form.name[:1].lower()}{form.name[1:]}")
    sentences: tuple[tuple[State, str, str], ...] = (
        ("present", "can find it present", "can find it present"),
        ("possible", "can find it possible and no more, because it asks less", "possible at most"),
        ("not asked", "does not look for it", "do not look for it"),
    )
    for state, one, many in sentences:
        if forms := said.get(state):
            names = listed(forms)
            yield f"{names[:1].upper()}{text(names[1:])} {one if len(forms) == 1 else many}."


def _related(pattern: Pattern, instrument: Instrument, pages: Mapping[str, str]) -> str:
    """Return which other patterns count one of the same things."""
    if pattern.unverified_at_least is not None:
        return "It looks at the checks of every indicator at once."
    own = {*pattern.required, *pattern.any_of}
    sharing = [
        linked(each.name, pages.get(each.id, ""))
        for each in instrument.patterns
        if each.id != pattern.id and own & {*each.required, *each.any_of}
    ]
    if not sharing:
        return "No other pattern counts the same things."
    return Marked(f"It shares an indicator with {listed(sharing)}.")
