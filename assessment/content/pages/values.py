"""The closed set of values that a page may print with `{{ name }}`: taken from the instrument, never typed.

Each value is Markdown text, so a table from here looks like a table typed in a page. Nothing here names an
indicator, a layer or a destination: a new version of the instrument changes the pages by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from assessment.content.pages.site import Site
from assessment.core.constants import ByGrade, Constants, Downgrade
from assessment.core.duration import in_all
from assessment.core.instrument import Condition, Indicator, Instrument

_TERM = re.compile(r"\[\[[a-z0-9-]+\]\]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]|])")

_NONE = "\N{EN DASH}"  # a cell without a figure

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


def values_of(instrument: Instrument, site: Site, kept: Mapping[str, str]) -> dict[str, str]:
    """Return every value by name; `kept` are those that the settings give, in the place of `USUALLY`."""
    return {
        **USUALLY,
        **kept,
        **{f"address.{name}": url for name, url in site.addresses.items()},
        "site.owner": _text(site.owner),
        "site.contact": site.contact,
        **dict(_plain(instrument)),
        **dict(_forms(instrument)),
        "bands.table": _bands(instrument),
        "confidence.table": _confidence(instrument.constants),
        "crosswalk.table": _crosswalk(instrument),
        "destinations.table": _destinations(instrument),
        "evidence.table": _evidence(instrument.constants),
        "grades.table": _table(
            ("Grade", "Name", "When it holds"), [(g.id, g.name, g.meaning) for g in instrument.grades]
        ),
        "indicators.table": _indicators(instrument),
        "layers.table": _layers(instrument),
        "passes.table": _passes(instrument),
        "patterns.table": _patterns(instrument),
        "routes.table": _routes(instrument),
        "targets.table": _targets(instrument),
    }


def _plain(instrument: Instrument) -> Iterator[tuple[str, str]]:
    constants = instrument.constants
    yield "instrument.key", instrument.key
    yield "instrument.name", _text(instrument.name)
    yield "instrument.status", "under construction" if instrument.draft else "published"
    yield "method.version", constants.method
    yield "method.power", f"{constants.power:g}"
    yield "method.interval", _share(constants.interval)
    yield "method.award-probability", _share(constants.award_probability)
    yield "method.drivers", str(constants.drivers.shown)
    yield "window.days", str(instrument.window_days)
    yield "selection.claimed", f"{constants.selection.claimed:g}"
    yield "selection.likely", f"{constants.selection.likely:g}"
    yield "prior.team", f"{constants.prior.team:g}"
    yield "prior.dimension", f"{constants.prior.dimension:g}"
    yield "prior.indicator", f"{constants.prior.indicator:g}"
    yield "gap.small", f"{constants.claim_gap.small:g}"
    yield "gap.large", f"{constants.claim_gap.large:g}"
    yield "gate.answered", _share(constants.gates.answered_share)
    yield "gate.unverified", _share(constants.gates.unverified_share)
    yield "gate.recalled", _share(constants.gates.recalled_share)
    yield "confidence.first", _text(constants.confidence.levels[0])
    yield "confidence.last", _text(constants.confidence.levels[-1])
    yield "reassessment.probability", _share(constants.reassessment.probability)
    yield "agreement.target", f"{constants.agreement.target:g}"
    yield "patterns.count", str(len(instrument.patterns))
    yield "patterns.present", f"{constants.patterns.present:.2f}"
    yield "patterns.possible", f"{constants.patterns.possible:.2f}"
    yield "patterns.low", f"{100 * constants.patterns.low_below:g}"


def _forms(instrument: Instrument) -> Iterator[tuple[str, str]]:
    for form in instrument.forms:
        asked = instrument.asked(form.id)
        yield f"form.{form.id}.name", _text(form.name)
        yield f"form.{form.id}.indicators", str(len(asked))
        yield f"form.{form.id}.time", in_all(form.minutes)
        yield f"form.{form.id}.purpose", _text(form.purpose)
        yield f"form.{form.id}.limit", _text(form.limit)


def _bands(instrument: Instrument) -> str:
    bands = instrument.constants.bands
    return _table(("Band", "Above", "What it says"), [(b.word, f"{b.above:g}", b.sentence) for b in bands])


def _layers(instrument: Instrument) -> str:
    rows = [
        (
            f"[[{layer.term}]]" if layer.term else layer.name,
            layer.role,
            _share(layer.weight),
            _list(d.name for d in layer.dimensions),
        )
        for layer in instrument.layers
    ]
    return _table(("Layer", "Place in the lineage", "Weight", "Measured by"), rows)


def _crosswalk(instrument: Instrument) -> str:
    dimensions = [d for layer in instrument.layers for d in layer.dimensions]
    rows = [(d.name, d.published or _NONE, d.signal or _NONE) for d in dimensions]
    return _table(("Measured here", "Dimension of the framework", "Signal"), rows)


def _indicators(instrument: Instrument) -> str:
    forms = [form for form in instrument.forms if instrument.asked(form.id)]
    head = ("Indicator", "Name", "Counted in", *(form.id.capitalize() for form in forms), "Floor", "Target")
    rows = []
    for indicator in instrument.indicators.values():
        marks = [str(indicator.marks.get(form.id, _NONE)) for form in forms]
        kind = _KINDS[indicator.type]
        rows.append((indicator.id, indicator.name, kind, *marks, _share(indicator.floor), _target(indicator)))
    return _table(head, rows)


def _target(indicator: Indicator) -> str:
    if indicator.spread is None:
        return _share(indicator.target)
    low, high = 1 - indicator.spread.ceiling, 1 - indicator.spread.floor
    return f"{100 * low:g}\N{EN DASH}{_share(high)}"


def _targets(instrument: Instrument) -> str:
    """Return where the targets come from; the many that share a source share a line."""
    names: dict[str, list[str]] = {}
    for indicator in instrument.indicators.values():
        names.setdefault(indicator.target_source, []).append(indicator.id)
    rows = [(", ".join(ids), source) for source, ids in names.items()]
    return _table(("Indicators", "Where floor and target come from"), rows)


def _passes(instrument: Instrument) -> str:
    forms = [form for form in instrument.forms if instrument.asked(form.id)]
    rows = [
        (
            each.name,
            each.purpose,
            *(f"{each.minutes[f.id]:g}" if f.id in each.minutes else _NONE for f in forms),
        )
        for each in instrument.passes
    ]
    return _table(("Pass", "What you do", *(form.id.capitalize() for form in forms)), rows)


def _evidence(constants: Constants) -> str:
    over, missed = constants.over_claim, constants.false_negative
    rows: list[tuple[str, ...]] = [
        ("Called sound in error, Claimed", *_by_grade(over.claimed)),
        ("Called sound in error, Likely", *_by_grade(over.likely)),
        ("Called sound in error, Shown", *_by_grade(over.shown)[:-1], _NONE),
        ("Sound but missed, Claimed and Likely", *_by_grade(missed.likely)),
        ("Sound but missed, Shown", *_by_grade(missed.shown)),
        ("How alike the items of one list are", *_by_grade(constants.correlation)),
    ]
    return _table(("", "E4", "E3", "E2", "E1"), rows)


def _by_grade(rates: ByGrade) -> tuple[str, ...]:
    return tuple(f"{rate:g}" for rate in (rates.E4, rates.E3, rates.E2, rates.E1))


def _confidence(constants: Constants) -> str:
    rules = constants.confidence
    points, share, days = "{:g} points", "{:.0%}", "{:g} days"
    rows = [
        _downgrade("Half the width of Likely's interval above", rules.half_width, points),
        _downgrade("Marks that could not be verified above", rules.unverified, share),
        _downgrade("Indicators from a report or from memory above", rules.weak_grades, share),
        ("A list longer than its sample, not drawn by this site", "always", _NONE),
        _downgrade("Indicators checked by a second person or from an export below", rules.independent, share),
        _downgrade(
            "Time between the end of the window and the day of finishing above", rules.stale_days, days
        ),
    ]
    return _table(("What lowers confidence", "By one level", "By two levels"), rows)


def _downgrade(what: str, rule: Downgrade, unit: str) -> tuple[str, str, str]:
    twice = _NONE if rule.twice is None else _spaced(unit.format(rule.twice))
    return what, _spaced(unit.format(rule.once)), twice


def _patterns(instrument: Instrument) -> str:
    rows = []
    for pattern in instrument.patterns:
        if pattern.unverified_at_least is not None:
            rule = f"{_share(pattern.unverified_at_least)} of all marks could not be verified"
        else:
            rule = "low: " + " and ".join(pattern.required)
            rule += f", with {' or '.join(pattern.any_of)}" if pattern.any_of else ""
        if pattern.context:
            items = _items_of(pattern.context.id, instrument)
            rule += f", while the {items} are at least {_share(pattern.context.share)} of all"
        rows.append((pattern.name, pattern.meaning, rule))
    return _table(("Pattern", "What it means", "Rule"), rows)


def _items_of(context_id: str, instrument: Instrument) -> str:
    """Return what a context counts: the items of the frame that asks for it."""
    return next(f.items for f in instrument.frames.values() if f.context and f.context.id == context_id)


def _routes(instrument: Instrument) -> str:
    names = {d.id: d.name for d in instrument.destinations}
    rows = [
        (str(rule.number), "; or ".join(_condition(c, instrument) for c in rule.any), names[rule.to])
        for rule in instrument.rules
    ]
    return _table(("Rule", "When", "Next step"), rows)


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
        yield f"confidence is {_list(condition.confidence, 'or')}"
    if condition.unverified_share_at_least is not None:
        yield f"at least {_share(condition.unverified_share_at_least)} of the marks could not be verified"
    if condition.shown_below is not None:
        yield f"Shown is below {condition.shown_below:g}"
    if condition.patterns_present_at_least is not None:
        yield f"{condition.patterns_present_at_least} or more patterns are present"
    if condition.awarded:
        yield f"the awarded band is {_list((bands[band] for band in condition.awarded), 'or')}"
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
    return _list((instrument.pattern(each).name for each in ids), "or") if ids else "any pattern"


def _destinations(instrument: Instrument) -> str:
    rows = [(d.name, d.sentence, d.disclosure or "this site") for d in instrument.destinations]
    return _table(("Next step", "What it is for", "Whose it is"), rows)


# --- words and tables -----------------------------------------------------------------------------


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table, its columns of figures set flush right.

    An empty line before and after keeps it a block of its own. A cell `[[term]]` stays a term.
    """
    cells = [tuple(cell if _TERM.fullmatch(cell) else _text(cell) for cell in row) for row in rows]
    rules = (
        "---:" if all(cell[:1].isdigit() or cell == _NONE for cell in column) else "---"
        for column in zip(*cells, strict=True)
    )
    return "\n" + "\n".join(f"| {' | '.join(line)} |" for line in (head, tuple(rules), *cells)) + "\n"


def _text(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", re.sub(r"[ \t\n]+", " ", text.strip()))


def _share(rate: float) -> str:
    return _spaced(f"{100 * rate:g}%")


def _spaced(text: str) -> str:
    return text.replace("%", "\u00a0%")


def _list(names: Iterable[str], last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"."""
    *rest, final = names
    return f"{', '.join(rest)} {last} {final}" if rest else final
