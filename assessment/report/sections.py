"""Everything a report says, worked out once for screen and paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assessment.core.belief import looking
from assessment.core.instrument import Dimension, Instrument, Layer
from assessment.report import appendix, figures, findings, glance, parts
from assessment.report.belief import belief_finding, belief_note, beliefs, told_beliefs
from assessment.report.change import told_change
from assessment.report.reader import POLARITY, Library, Reader, link
from assessment.report.verify import told_verify
from assessment.report.words import day, listed, lowered, percent, span

BY_RULE = "The step is picked by the published rules, and by nothing else."
MADE_UP = "A sample: the team and every count are made up. Questions, scoring and words are the real ones."


class Outdated(LookupError):
    """A result names what the instrument, a draft that was changed since, does not know any more."""


def told(
    result: Mapping[str, Any],
    instrument: Instrument,
    library: Library,
    *,
    base_address: str,
    code: str = "",
    sha256: str = "",
    made_up: bool = False,
) -> parts.Told:
    """Return everything that the report of a result says.

    `result` is the document of docs/method.md, "Interchange", as it was stored; `instrument` the version
    it names; `base_address` the address of this site, without a slash at its end; `code` the code of an
    issued report, "" for one made on the command line; `sha256` the hash of the stored document.
    With `made_up` it says so, on the first page and at the foot of every other.
    Raises Outdated when the document names what this wording of the instrument lacks.
    """
    if lacking := tuple(lacks(result, instrument)):
        raise Outdated(f"{instrument.key} does not know {listed(lacking)} (any more)")
    report = _told(Reader(result, instrument, library, base_address, code, sha256))
    return _marked_as_made_up(report) if made_up else report


def _marked_as_made_up(report: parts.Told) -> parts.Told:
    return replace(
        report,
        made_up=MADE_UP,
        document_title=f"Sample report · {report.document_title}",
        foot=f"A sample: the team is made up. {report.foot}",
    )


def lacks(result: Mapping[str, Any], instrument: Instrument) -> Iterator[str]:
    """Yield what a result names and an instrument does not know, by id."""
    form = str(result["answers"]["form"])
    forms = {each.id for each in instrument.forms}
    known = {
        *(instrument.asked(form) if form in forms else ()),
        *(each.id for each in instrument.patterns),
        *(each.id for each in instrument.destinations),
        *(each.id for each in instrument.constants.bands),
    }
    if form not in forms:
        yield form
    drivers = result.get("drivers") or {}
    named = [
        *result["answers"]["observations"],
        *(each["id"] for each in result.get("patterns") or ()),
        *(each["id"] for key in ("fix_first", "verify_first") for each in drivers.get(key) or ()),
        *(result["route"]["primary"], *result["route"]["secondary"]),
        *filter(None, (result["bands"]["awarded"], result["bands"]["most_likely"]["band"])),
    ]
    yield from sorted(set(named) - known)


def _told(reader: Reader) -> parts.Told:
    form = reader.form
    shown, likely, claimed = (glance.told_reading(reader, each) for each in ("shown", "likely", "claimed"))
    readings = (shown, claimed) if form.from_memory else (shown, likely, claimed)
    printed = shown.range is not None and claimed.range is not None
    step = told_step(reader)
    patterns = findings.told_patterns(reader)
    fix, verify = findings.told_advice(reader, "fix_first"), findings.told_advice(reader, "verify_first")
    label = str(reader.answers.get("label") or "")
    confidence = glance.told_confidence(reader)
    weighing = glance.weighing_most(reader, patterns, fix, verify)
    return parts.Told(
        site=reader.library.site.name,
        language=reader.instrument.language,
        title=glance.title(reader),
        document_title=" · ".join(filter(None, (f"{form.name}: {glance.title(reader)}", label, reader.code))),
        subject=f"{form.name} of one team, {observed(reader)}",
        foot="About the work of a team. Not for decisions about individuals.",
        contents=tuple(contents(reader)),
        lede=tuple(glance.lede(reader)),
        form=form.name,
        label=label,
        observed=observed(reader),
        finished=day(reader.as_of),
        finished_on=reader.as_of.isoformat(),
        team=f"team of {reader.team_size}",
        code=reader.code,
        draft=draft(reader),
        polarity=POLARITY,
        most_likely=glance.most_likely(reader),
        readings_heading=readings_heading(reader, printed),
        gate=reader.gate,
        map_note=map_note(reader),
        readings=readings,
        scale=glance.scale(reader, shown.range, likely.range, claimed.range) if printed else None,
        gap=glance.gap(reader, shown.range, claimed.range),
        marks=reader.marks,
        marks_sentence=glance.marks_sentence(reader),
        tally=figures.tally(reader.marks.sound, reader.marks.failing, reader.marks.unverified),
        marks_legend=_titled(figures.MARKS_LEGEND, ("filled mark", "crossed ring", "dotted ring")),
        readings_legend=readings_legend(reader),
        confidence=confidence,
        findings_heading=findings_heading(reader),
        findings=weighing,
        findings_none=findings.weighing_none(reader),
        step=step,
        change=told_change(reader),
        belief=tuple(told_beliefs(reader)),
        belief_note=belief_note(reader),
        belief_finding=belief_finding(reader),
        belief_legend=_titled(figures.BELIEF_LEGEND, ("open ring", "disc", "dotted outline")),
        lineage=tuple(told_layer(reader, each) for each in reader.chain()),
        chain=chain_drawn(reader),
        layers=tuple(told_details(reader)),
        dimensions=dimensions_drawn(reader),
        indicators_note=indicators_note(reader),
        exact_legend=exact_legend(reader),
        patterns=patterns,
        fix_first=fix,
        fix_none=findings.fix_none(reader),
        verify_first=verify,
        verify_none=findings.verify_none(reader),
        disclosure=disclosure(reader),
        attribution=reader.library.site.attribution,
        appendix=appendix.told_appendix(reader),
        verify=told_verify(reader),
    )


def contents(reader: Reader) -> Iterator[tuple[str, str]]:
    """Yield the sections behind the first page, by anchor and name."""
    if reader.result.get("comparison"):
        yield "then-and-now", "Then and now"
    if beliefs(reader):
        yield "belief", "Belief beside record"
    yield "lineage", "The lineage"
    yield "indicators", "Dimensions and indicators"
    if not reader.form.from_memory:
        yield "patterns", "Patterns"
        yield "fix-first", "Fix first, verify first"
    yield "next-step", "Why this next step"
    yield "limits", "What this report does not say"
    if not reader.form.from_memory:
        yield "samples", "Samples"
    if reader.counted:
        yield "counted", "Counted from exports"
    yield "counts", "Counts"
    yield "constants", "Constants"
    yield "versions", "Versions, and how to check this report"
    if any(reader.term(layer) for layer in reader.chain()):
        yield "words", "Words of the framework"
    if reader.code:
        yield "verify", "How to verify this report"


def observed(reader: Reader) -> str:
    """Return when the work was observed; from memory, when the answers were given."""
    if reader.form.from_memory:
        return f"from memory on {day(reader.as_of)}"
    return f"observed {span(*reader.window())}"


def readings_heading(reader: Reader, printed: bool) -> str:
    if not printed:
        return "No figure yet" if reader.form.from_memory else "An evidence map only"
    return ("Two" if reader.form.from_memory else "Three") + " readings of the same checks"


def readings_legend(reader: Reader) -> parts.Legend:
    shown, likely, claimed = _titled(figures.READINGS_LEGEND, ("diamond", "bar with a line", "ring"))
    return (shown, claimed) if reader.form.from_memory else (shown, likely, claimed)


def findings_heading(reader: Reader) -> str:
    if reader.form.from_memory:
        return "What was said"
    return "What weighs most" if reader.weighs else "What to verify first"


def map_note(reader: Reader) -> str:
    """Return where to look when there is no figure."""
    if reader.form.from_memory:
        return "What was said stands below, answer by answer."
    return "What was found stands below, check by check. What to verify first says how to get to a figure."


def draft(reader: Reader) -> str:
    if reader.result["instrument"]["sha256"] != reader.instrument.sha256:
        return (
            "Draft: this result was made with an earlier wording of the instrument than the one it is told "
            "in, and may be discarded."
        )
    if not reader.instrument.draft:
        return ""
    return (
        f"Draft: version {reader.instrument.version} of the instrument is not closed yet, "
        "and results made with it may be discarded."
    )


def disclosure(reader: Reader) -> str:
    """Return whose the places are that a next step may lead to, and what picks it."""
    said = dict.fromkeys(each.disclosure for each in reader.instrument.destinations if each.disclosure)
    return " ".join([*said, BY_RULE])


def told_step(reader: Reader) -> parts.Step:
    route = reader.result["route"]
    return parts.Step(
        rule=int(route["rule"]),
        primary=destination(reader, route["primary"]),
        others=tuple(destination(reader, each) for each in route["secondary"]),
        reasons=tuple(route["reasons"]),
        would_change=tuple(route["would_change"]),
        unchanged=unchanged(reader),
    )


def unchanged(reader: Reader) -> str:
    """Return under which changes the next step would stay the same, "" where none was tried."""
    if reader.form.from_memory:
        return ""
    return (
        "It would stay the same with every open check sound, with every one failing, and with the "
        "first thing to fix put right."
    )


def destination(reader: Reader, destination_id: str) -> parts.Destination:
    found = reader.instrument.destination(destination_id)
    # A page of this site is no offer: its name says what to do, its action where to do it.
    title = f"{found.action}: {found.name}" if found.url or found.site_setting else found.name
    return parts.Destination(title, found.action, found.sentence, link_of(reader, found.id), found.disclosure)


def link_of(reader: Reader, destination_id: str) -> parts.Link:
    """Return where a destination leads: its own address, one of the settings, or a page of this site."""
    found = reader.instrument.destination(destination_id)
    url = reader.library.site.address(found.site_setting) if found.site_setting else ""
    return link(url or found.url or start_of(reader))


def start_of(reader: Reader) -> str:
    """Return where the next diagnosis with these questions begins; after memory, with a form that looks."""
    name, form = reader.instrument.key.partition("/")[0], reader.instrument.form(reader.form_id)
    longer = looking(reader.instrument) if form.from_memory else None
    said = [
        *([f"instrument={name}"] if name != reader.library.site.instrument else []),
        *([f"form={longer.id}"] if longer else []),
    ]
    return f"{reader.base_address}/diagnosis/{'?' if said else ''}{'&'.join(said)}"


def told_layer(reader: Reader, layer: Layer) -> parts.Layer:
    name, mark = reader.named(layer)
    return parts.Layer(layer.id, name, mark, layer.role, layer.meaning, layer_sentence(reader, layer))


def chain_drawn(reader: Reader) -> figures.Figure | None:
    """Return the layers on one scale, None where none of them has a figure."""
    lanes = [_lane(reader, "layers", each.id, reader.named(each)[0], each.role) for each in reader.chain()]
    return _lanes_drawn(reader, lanes, chained=True)


def dimensions_drawn(reader: Reader) -> figures.Figure | None:
    """Return the dimensions on one scale, None where the form is too short for their figures."""
    lanes = [
        _lane(reader, "dimensions", each.id, each.name, "")
        for layer in reader.instrument.layers
        for each in layer.dimensions
        if reader.asked_in(each)
    ]
    return _lanes_drawn(reader, lanes, chained=False)


def _lane(reader: Reader, part: str, part_id: str, name: str, note: str) -> figures.Lane:
    shown, likely, claimed = (reader.figure(each, part, part_id) for each in ("shown", "likely", "claimed"))
    return figures.Lane(
        name,
        note,
        shown.mean if shown else None,
        likely.span if likely else None,
        claimed.mean if claimed else None,
    )


def _lanes_drawn(reader: Reader, lanes: Sequence[figures.Lane], *, chained: bool) -> figures.Figure | None:
    if all(lane.shown is None for lane in lanes):
        return None
    return figures.interval_rows(lanes, reader.cuts(), chained=chained, estimates=not reader.form.from_memory)


def layer_sentence(reader: Reader, layer: Layer) -> str:
    """Return the readings of a layer in words, each with its interval."""
    told = reader.readings_in_words("layers", layer.id)
    return told or "No figure is printed: the whole was not verified well enough."


def told_details(reader: Reader) -> Iterator[parts.LayerDetail]:
    for layer in reader.instrument.layers:
        dimensions = tuple(told_dimension(reader, each) for each in layer.dimensions if reader.asked_in(each))
        if dimensions:
            yield parts.LayerDetail(*reader.named(layer), dimensions)


def indicators_note(reader: Reader) -> str:
    level = percent(reader.instrument.constants.interval)
    form = reader.form
    if form.from_memory:
        return (
            f"Each line gives the counts as they were said{grade_once(reader)}, and the soundness of this "
            f"indicator by its own answer alone. {POLARITY}"
        )
    short = (
        "" if form.prints_dimensions else f" The {lowered(form.name)} is too short for figures of dimensions."
    )
    return (
        f"Each line gives the counts, the exact {level} interval of the share that held up (what could not "
        "be verified counts as not held up), the grade of the evidence, and the soundness of this indicator "
        f"by its own evidence alone: few items leave much room, so it stands nearer the middle than the "
        f"whole. {POLARITY}{short}"
    )


def exact_legend(reader: Reader) -> parts.Legend:
    """Return what the bars of the indicators mean, nothing where there are none."""
    if not any(seen.share for seen in reader.seen.values()):
        return ()
    return _titled(figures.EXACT_LEGEND, ("bar", "line", "triangle"))


def grade_once(reader: Reader) -> str:
    """Return the grade of all answers where they have one; else that each line gives its own."""
    if not reader.is_one_grade:
        return ", the grade of that evidence"
    grade = next(each for each in reader.instrument.grades if each.id == reader.form.grades[0])
    return f" (all of it {grade.id}, {lowered(grade.name)})"


def told_dimension(reader: Reader, dimension: Dimension) -> parts.Dimension:
    sentence = reader.readings_in_words("dimensions", dimension.id)
    return parts.Dimension(
        dimension.id,
        dimension.name,
        " · ".join(filter(None, (dimension.published, dimension.signal))),
        sentence,
        tuple(reader.seen[each.id] for each in reader.asked_in(dimension)),
    )


def _titled(legend: parts.Legend, titles: Sequence[str]) -> parts.Legend:
    """Return a legend whose marks are named by their shape: on paper every picture needs its words."""
    return tuple(
        (replace(mark, title=title), words) for (mark, words), title in zip(legend, titles, strict=True)
    )
