"""The closed set of values that a page may print with `{{ name }}`: taken from the instrument, never typed.

Each value is Markdown text, so a table from here looks like a table typed in a page. Nothing here names an
indicator, a layer or a destination: a new version of the instrument changes the pages by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assessment.content.pages.patterns import patterns_list, patterns_states, patterns_table
from assessment.content.pages.site import Site
from assessment.content.pages.tables import NONE, listed, share, spaced, table, text
from assessment.core.constants import ByGrade, Constants, Downgrade
from assessment.core.duration import in_all
from assessment.core.instrument import Condition, Indicator, Instrument

_KINDS = {
    "count": "items",
    "elapsed": "durations",
    "date": "date",
    "anchors": "scale of five",
    "artefact": "state",
    "spread": "share of a list",
}


# How long what is kept where the settings say nothing else.
USUALLY = {"keep.drafts": "90 days", "keep.finished": "365 days", "keep.pdfs": "24 hours"}


def values_of(
    instrument: Instrument, site: Site, kept: Mapping[str, str], pages: Mapping[str, str]
) -> dict[str, str]:
    """Return every value by name; `kept` are those that the settings give, in the place of `USUALLY`.

    `pages` are the addresses of the pages about patterns, by pattern.
    """
    return {
        **USUALLY,
        **kept,
        **{f"address.{name}": url for name, url in site.addresses.items()},
        "site.owner": text(site.owner),
        "site.contact": site.contact,
        **dict(_plain(instrument)),
        **dict(_forms(instrument)),
        "bands.table": _bands(instrument),
        "confidence.table": _confidence(instrument.constants),
        "crosswalk.table": _crosswalk(instrument),
        "destinations.table": _destinations(instrument),
        "evidence.table": _evidence(instrument.constants),
        "grades.table": table(
            ("Grade", "Name", "When it holds"), [(g.id, g.name, g.meaning) for g in instrument.grades]
        ),
        "indicators.table": _indicators(instrument),
        "layers.table": _layers(instrument),
        "passes.table": _passes(instrument),
        "patterns.list": patterns_list(instrument, pages),
        "patterns.states": patterns_states(instrument),
        "patterns.table": patterns_table(instrument, pages),
        "routes.table": _routes(instrument),
        "targets.table": _targets(instrument),
    }


def _plain(instrument: Instrument) -> Iterator[tuple[str, str]]:
    constants = instrument.constants
    yield "instrument.key", instrument.key
    yield "instrument.name", text(instrument.name)
    yield "instrument.status", "under construction" if instrument.draft else "published"
    yield "method.version", constants.method
    yield "method.power", f"{constants.power:g}"
    yield "method.interval", share(constants.interval)
    yield "method.award-probability", share(constants.award_probability)
    yield "method.drivers", str(constants.drivers.shown)
    yield "window.days", str(instrument.window_days)
    yield "selection.claimed", f"{constants.selection.claimed:g}"
    yield "selection.likely", f"{constants.selection.likely:g}"
    yield "prior.team", f"{constants.prior.team:g}"
    yield "prior.dimension", f"{constants.prior.dimension:g}"
    yield "prior.indicator", f"{constants.prior.indicator:g}"
    yield "gap.small", f"{constants.claim_gap.small:g}"
    yield "gap.large", f"{constants.claim_gap.large:g}"
    yield "gate.answered", share(constants.gates.answered_share)
    yield "gate.unverified", share(constants.gates.unverified_share)
    yield "gate.recalled", share(constants.gates.recalled_share)
    yield "confidence.first", text(constants.confidence.levels[0])
    yield "confidence.last", text(constants.confidence.levels[-1])
    yield "reassessment.probability", share(constants.reassessment.probability)
    yield "agreement.target", f"{constants.agreement.target:g}"
    yield "patterns.count", str(len(instrument.patterns))
    yield "patterns.present", f"{constants.patterns.present:.2f}"
    yield "patterns.possible", f"{constants.patterns.possible:.2f}"
    yield "patterns.low", f"{100 * constants.patterns.low_below:g}"


def _forms(instrument: Instrument) -> Iterator[tuple[str, str]]:
    for form in instrument.forms:
        asked = instrument.asked(form.id)
        yield f"form.{form.id}.name", text(form.name)
        yield f"form.{form.id}.indicators", str(len(asked))
        yield f"form.{form.id}.time", in_all(form.minutes)
        yield f"form.{form.id}.purpose", text(form.purpose)
        yield f"form.{form.id}.limit", text(form.limit)


def _bands(instrument: Instrument) -> str:
    bands = instrument.constants.bands
    return table(("Band", "Above", "What it says"), [(b.word, f"{b.above:g}", b.sentence) for b in bands])


def _layers(instrument: Instrument) -> str:
    rows = [
        (
            f"[[{layer.term}]]" if layer.term else layer.name,
            layer.role,
            share(layer.weight),
            listed(d.name for d in layer.dimensions),
        )
        for layer in instrument.layers
    ]
    return table(("Layer", "Place in the lineage", "Weight", "Measured by"), rows)


def _crosswalk(instrument: Instrument) -> str:
    dimensions = [d for layer in instrument.layers for d in layer.dimensions]
    rows = [(d.name, d.published or NONE, d.signal or NONE) for d in dimensions]
    return table(("Measured here", "Dimension of the framework", "Signal"), rows)


def _indicators(instrument: Instrument) -> str:
    forms = [form for form in instrument.forms if instrument.asked(form.id)]
    head = ("Indicator", "Name", "Counted in", *(form.id.capitalize() for form in forms), "Floor", "Target")
    rows = []
    for indicator in instrument.indicators.values():
        marks = [str(indicator.marks.get(form.id, NONE)) for form in forms]
        kind = _KINDS[indicator.type]
        rows.append((indicator.id, indicator.name, kind, *marks, share(indicator.floor), _target(indicator)))
    return table(head, rows)


def _target(indicator: Indicator) -> str:
    if indicator.spread is None:
        return share(indicator.target)
    low, high = 1 - indicator.spread.ceiling, 1 - indicator.spread.floor
    return f"{100 * low:g}\N{EN DASH}{share(high)}"


def _targets(instrument: Instrument) -> str:
    """Return where the targets come from; the many that share a source share a line."""
    names: dict[str, list[str]] = {}
    for indicator in instrument.indicators.values():
        names.setdefault(indicator.target_source, []).append(indicator.id)
    rows = [(", ".join(ids), source) for source, ids in names.items()]
    return table(("Indicators", "Where floor and target come from"), rows)


def _passes(instrument: Instrument) -> str:
    forms = [form for form in instrument.forms if instrument.asked(form.id)]
    rows = [
        (
            each.name,
            each.purpose,
            *(f"{each.minutes[f.id]:g}" if f.id in each.minutes else NONE for f in forms),
        )
        for each in instrument.passes
    ]
    return table(("Pass", "What you do", *(form.id.capitalize() for form in forms)), rows)


def _evidence(constants: Constants) -> str:
    over, missed = constants.over_claim, constants.false_negative
    rows: list[tuple[str, ...]] = [
        ("Called sound in error, Claimed", *_by_grade(over.claimed)),
        ("Called sound in error, Likely", *_by_grade(over.likely)),
        ("Called sound in error, Shown", *_by_grade(over.shown)[:-1], NONE),
        ("Sound but missed, Claimed and Likely", *_by_grade(missed.likely)),
        ("Sound but missed, Shown", *_by_grade(missed.shown)),
        ("How alike the items of one list are", *_by_grade(constants.correlation)),
    ]
    return table(("", "E4", "E3", "E2", "E1"), rows)


def _by_grade(rates: ByGrade) -> tuple[str, ...]:
    return tuple(f"{rate:g}" for rate in (rates.E4, rates.E3, rates.E2, rates.E1))


def _confidence(constants: Constants) -> str:
    rules = constants.confidence
    points, part, days = "{:g} points", "{:.0%}", "{:g} days"
    rows = [
        _downgrade("Half the width of Likely's interval above", rules.half_width, points),
        _downgrade("Marks that could not be verified above", rules.unverified, part),
        _downgrade("Indicators from a report or from memory above", rules.weak_grades, part),
        ("A list longer than its sample, not drawn by this site", "always", NONE),
        _downgrade("Indicators checked by a second person or from an export below", rules.independent, part),
        _downgrade(
            "Time between the end of the window and the day of finishing above", rules.stale_days, days
        ),
    ]
    return table(("What lowers confidence", "By one level", "By two levels"), rows)


def _downgrade(what: str, rule: Downgrade, unit: str) -> tuple[str, str, str]:
    twice = NONE if rule.twice is None else spaced(unit.format(rule.twice))
    return what, spaced(unit.format(rule.once)), twice


def _routes(instrument: Instrument) -> str:
    names = {d.id: d.name for d in instrument.destinations}
    rows = [
        (str(rule.number), "; or ".join(_condition(c, instrument) for c in rule.any), names[rule.to])
        for rule in instrument.rules
    ]
    return table(("Rule", "When", "Next step"), rows)


def _condition(condition: Condition, instrument: Instrument) -> str:
    """Return the tests of a condition in words: all of them must hold."""
    return " and ".join(_tests(condition, instrument))


def _tests(condition: Condition, instrument: Instrument) -> Iterator[str]:
    layers = {layer.id: layer.name for layer in instrument.layers}
    bands = {band.id: band.word for band in instrument.constants.bands}
    if condition.gate_failed:
        yield "the answers do not support a figure"
    if condition.from_memory:
        yield "everything was answered from memory"
    if condition.confidence:
        yield f"confidence is {listed(condition.confidence, 'or')}"
    if condition.unverified_share_at_least is not None:
        yield f"at least {share(condition.unverified_share_at_least)} of the marks could not be verified"
    if condition.shown_below is not None:
        yield f"Shown is below {condition.shown_below:g}"
    if condition.patterns_present_at_least is not None:
        yield f"{condition.patterns_present_at_least} or more patterns are present"
    if condition.awarded:
        yield f"the awarded band is {listed((bands[band] for band in condition.awarded), 'or')}"
    if condition.claim_gap_above is not None:
        yield f"Claimed is more than {condition.claim_gap_above:g} points above Shown"
    if condition.layer_lowest:
        lowest = condition.layer_lowest
        yield f"{layers[lowest.layer]} is the lowest layer by {lowest.by:g} points or more"
    if condition.layer_below:
        below = condition.layer_below
        yield f"{layers[below.layer]} lies {below.by:g} points or more below {layers[below.than]}"
    if condition.any_layer_below is not None:
        yield f"a layer is below {condition.any_layer_below:g}"
    if condition.pattern_present is not None:
        yield f"present: {_pattern_names(condition.pattern_present, instrument)}"
    if condition.pattern_possible is not None:
        yield f"possible: {_pattern_names(condition.pattern_possible, instrument)}"
    if condition.always:
        yield "no rule above holds"


def _pattern_names(ids: tuple[str, ...], instrument: Instrument) -> str:
    return listed((instrument.pattern(each).name for each in ids), "or") if ids else "any pattern"


def _destinations(instrument: Instrument) -> str:
    rows = [(d.name, d.sentence, d.disclosure or "this site") for d in instrument.destinations]
    return table(("Next step", "What it is for", "Whose it is"), rows)
