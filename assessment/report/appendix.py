"""What stands behind a report: samples, counts, constants, versions, limits, words.

It is there so that a stranger can take any figure apart with nothing but the paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from assessment.core.constants import ByGrade, Downgrade, Grid
from assessment.core.instrument import Frame
from assessment.core.method import FIXED_MARKS, GRADES
from assessment.report import parts
from assessment.report.exports import exports_note, told_exports, told_files
from assessment.report.reader import Reader, link
from assessment.report.words import NBSP, count, listed, lowered, opened, percent, span, spelled

NOT_RECORDED = "not recorded"


def told_appendix(reader: Reader) -> parts.Appendix:
    """Return the appendices of a report."""
    return parts.Appendix(
        samples=tuple(_samples(reader)),
        samples_missing=_samples_missing(reader),
        samples_note=_samples_note(reader),
        exports=tuple(told_exports(reader)),
        exports_note=exports_note(reader),
        files=told_files(reader),
        grades=tuple(
            parts.Fact(f"{each.id} {each.name}", each.meaning)
            for each in reader.instrument.grades
            if each.id in reader.form.grades
        ),
        counts=_counts(reader),
        constants=tuple(_constants(reader)),
        versions=tuple(_versions(reader)),
        limits=tuple(_limits(reader)),
        checking=tuple(_checking(reader)),
        words=tuple(_words(reader)),
    )


# --- samples ------------------------------------------------------------------------------------


def _samples(reader: Reader) -> Iterator[parts.Sample]:
    recorded = _recorded(reader)
    for frame in _frames(reader):
        if recorded.get(frame.id):
            yield _sample(reader, frame, recorded[frame.id])


def _samples_missing(reader: Reader) -> str:
    missing = [lowered(each.name) for each in _frames(reader) if not _recorded(reader).get(each.id)]
    return (
        f"Where they were found and how many there are was not recorded for: {listed(missing)}."
        if missing
        else ""
    )


def _frames(reader: Reader) -> Iterator[Frame]:
    """Yield the populations that the form draws from, but for those of which all was counted."""
    for frame in reader.instrument.frames.values():
        if _feeds(reader, frame):
            yield frame


def _feeds(reader: Reader, frame: Frame) -> list[str]:
    """Return the indicators that are answered by opening items of a population."""
    names = [check.indicator for check in frame.checks if check.indicator in reader.asked]
    return [name for name in names if name not in reader.counted]


def _recorded(reader: Reader) -> Mapping[str, Any]:
    recorded: Mapping[str, Any] = reader.answers.get("frames") or {}
    return recorded


def _sample(reader: Reader, frame: Frame, record: Mapping[str, Any]) -> parts.Sample:
    """Return where a population was found and what was drawn; where nobody looked, only that."""
    feeds = _feeds(reader, frame)
    population = record.get("population")
    covers = record.get("covers")
    return parts.Sample(
        id=frame.id,
        name=frame.name,
        where=str(record.get("where") or ""),
        query=str(record.get("query") or ""),
        population=NOT_RECORDED if population is None else count(population, frame.item, frame.items),
        drawn=_drawn(record),
        positions=_positions(record),
        covers=span(*(date.fromisoformat(each) for each in covers)) if covers else NOT_RECORDED,
        feeds=listed(feeds),
        instead=_instead(reader, feeds, record),
    )


def _instead(reader: Reader, feeds: Sequence[str], record: Mapping[str, Any]) -> str:
    """Return the one thing to say of a population that nobody looked at, "" where somebody did."""
    if (
        any(record.get(key) for key in ("where", "query", "positions"))
        or record.get("population") is not None
    ):
        return ""
    excused = reader.answers.get("not_applicable") or {}
    reasons = {excused[each] for each in feeds if each in excused}
    found = [seen.marks for each in feeds if (seen := reader.seen[each]).marks]
    if reasons and not found:
        return f"Not applicable: {listed([lowered(each) for each in sorted(reasons)])}."
    if found and all(marks.unverified == marks.n for marks in found):
        return "Nobody could look: counted as could not be verified."
    return ""


def _drawn(record: Mapping[str, Any]) -> str:
    if not record:
        return NOT_RECORDED
    if not record.get("drawn"):
        return "not drawn by this site"
    start = record.get("offset")
    return "drawn by this site" + ("" if start is None else f", start {start:g}")


def _positions(record: Mapping[str, Any]) -> str:
    positions = record.get("positions")
    if not positions:
        return NOT_RECORDED
    words = listed([str(each) for each in positions])
    replaced = record.get("replaced")
    return (
        f"{words}; not applicable and replaced: {listed([str(e) for e in replaced])}" if replaced else words
    )


def _samples_note(reader: Reader) -> str:
    drawn = (
        "At least one sample was not drawn by this site; whoever chose it may have chosen what looked best."
    )
    if reader.answers.get("sample_drawn"):
        drawn = (
            "Positions are drawn in equal steps from one start: with N items in the list, n to be opened "
            "and the start U, they are the whole part of (i + U) × N ÷ n, plus one, for i from 0 to n − 1."
        )
    recorded = _recorded(reader)
    if any(frame.window_shift and recorded.get(frame.id, {}).get("covers") for frame in _frames(reader)):
        return f"{drawn} Where it counts what came after an item, the dates covered end before the window."
    return drawn


# --- counts, constants --------------------------------------------------------------------------


def _counts(reader: Reader) -> parts.Table:
    """Return the counts that every figure is computed from, with their sum."""
    rows = []
    for each in reader.seen.values():
        if each.marks is None:
            rows.append(parts.Row(f"{each.id} {each.name}", ("–", "–", "–", "–", each.sentence.rstrip("."))))
        else:
            small = reader.asked[each.id].is_small_team(reader.team_size)
            counts = _one_word(each.marks) if small else _numbers(each.marks)
            rows.append(parts.Row(f"{each.id} {each.name}", (*counts, str(each.marks.n), each.grade)))
    rows.append(parts.Row("All checks", (*_numbers(reader.marks), str(reader.marks.n), "")))
    note = _fixed_note(reader)
    if any(each.is_small_team(reader.team_size) for each in reader.asked.values()):
        note += " In a team this small, whether work is spread is one word; it counts as all of its checks."
    return parts.Table(
        "What was counted",
        ("sound", "failing", "could not be verified", "checks", "grade"),
        tuple(rows),
        note.strip(),
        numeric=4,
        totalled=True,
    )


def _fixed_note(reader: Reader) -> str:
    """Return how many checks an answer counts as that is no count of items."""
    words = {"date": "a date", "anchors": "an anchor", "artefact": "a state"}
    asked = {each.type for each in reader.asked.values()}
    told: dict[int, list[str]] = {}
    for kind, n in FIXED_MARKS.items():
        if kind in asked:
            told.setdefault(n, []).append(words[kind])
    said = [f"{' or '.join(names)} counts as {spelled(n)} checks" for n, names in told.items()]
    return f"{opened(', '.join(said))}." if said else ""


def _numbers(marks: parts.Marks) -> tuple[str, str, str]:
    return str(marks.sound), str(marks.failing), str(marks.unverified)


def _one_word(marks: parts.Marks) -> tuple[str, str, str]:
    """Return the answer of a small team where its marks count: all of them are of one outcome."""
    words = ("spread", "concentrated", "could not be verified")
    held = (marks.sound, marks.failing, marks.unverified)
    first, second, third = (word if number else "–" for word, number in zip(words, held, strict=True))
    return first, second, third


def _constants(reader: Reader) -> Iterator[parts.Table]:
    c = reader.instrument.constants
    rows = [
        *(
            _by_grade(f"A failing item is reported sound: {name}", getattr(c.over_claim, name.lower()))
            for name in ("Claimed", "Likely")
        ),
        _by_grade("A failing item is reported sound: Shown", c.over_claim.shown, recalled="not shown"),
        *(
            _by_grade(f"A sound item is reported failing: {name}", getattr(c.false_negative, name.lower()))
            for name in ("Claimed", "Likely", "Shown")
        ),
        _by_grade("Items of one sample are alike (correlation)", c.correlation),
    ]
    yield parts.Table("Constants by grade of evidence", GRADES, tuple(rows), numeric=4)
    yield parts.Table("Other constants", ("value",), tuple(_others(reader)))
    yield _targets(reader)


def _by_grade(head: str, values: ByGrade, recalled: str = "") -> parts.Row:
    cells = [f"{getattr(values, grade):g}" for grade in GRADES]
    return parts.Row(head, (*cells[:-1], recalled or cells[-1]))


def _others(reader: Reader) -> Iterator[parts.Row]:
    c = reader.instrument.constants
    yield parts.Row("Method", (c.method,))
    yield parts.Row(
        "A failing item is likelier to be one that could not be verified",
        (
            f"by a factor of {c.selection.claimed:g} under Claimed and {c.selection.likely:g} under Likely; "
            "under Shown an unverified item always counts as failing",
        ),
    )
    yield parts.Row(
        "A sound item is reported failing, where links between systems were counted",
        (f"{c.false_negative.link_derived:g}",),
    )
    low, high = c.clip
    yield parts.Row("Rates are kept between", (f"{low:g} and {high:g}",))
    prior = c.prior
    yield parts.Row(
        "Spread of the prior, on the logit scale",
        (f"team {prior.team:g}, dimension {prior.dimension:g}, indicator {prior.indicator:g}",),
    )
    yield parts.Row(
        "Points at which it is reckoned, on the logit scale",
        (f"indicator {_grid(c.indicator_grid)}; team {_grid(c.team_grid)}",),
    )
    yield parts.Row("Step by which an influence is measured", (f"{c.gradient_step:g}",))
    yield parts.Row("Power of the mean over dimensions and layers", (f"{c.power:g}",))
    weights = [f"{layer.name} {layer.weight:.2f}" for layer in reader.instrument.layers]
    yield parts.Row("Weights of the layers", (listed(weights),))
    bands = [f"{band.above:g} {band.word}" for band in c.bands]
    yield parts.Row("Levels, each from", (listed(bands),))
    yield parts.Row(
        "A level is awarded when it is exceeded under Shown with probability", (f"{c.award_probability:g}",)
    )
    yield parts.Row("Intervals", (percent(c.interval),))
    gap = c.claim_gap
    yield parts.Row(
        "Claimed above Shown",
        (f"a small gap below {gap.small:g} points, much not shown above {gap.large:g}",),
    )
    gates = c.gates
    yield parts.Row(
        "A figure of the whole needs",
        (
            f"{percent(gates.answered_share)} of each layer’s indicators answered, and less than "
            f"{percent(gates.unverified_share)} of all checks unverified",
        ),
    )
    yield parts.Row(
        "Likely is withheld when more indicators are recalled than", (percent(gates.recalled_share),)
    )
    yield parts.Row(
        "A figure of a dimension needs", (count(gates.dimension_indicators, "indicator") + " answered",)
    )
    limits = c.patterns
    yield parts.Row(
        "A pattern",
        (
            f"present from {limits.present:g}, possible from {limits.possible:g}; low is a soundness below "
            f"{limits.low_below * 100:g}; untold where more than {percent(limits.unverified_share)} of an "
            "indicator’s checks are unverified",
        ),
    )
    yield parts.Row("Indicators to fix and to verify first", (f"{c.drivers.shown} of each at most",))
    again = c.reassessment
    yield parts.Row(
        "A later result differs reliably",
        (
            f"from a probability of {again.probability:g}; least change seen {again.standard_errors:g} "
            "standard errors",
        ),
    )
    yield parts.Row("Two observers should agree beyond chance", (f"{c.agreement.target:g} at least",))
    consistency = c.consistency
    yield parts.Row(
        "Two answers seldom go together when one is",
        (f"above {consistency.high_above * 100:g} and the other below {consistency.low_below * 100:g}",),
    )
    confidence = c.confidence
    yield parts.Row(
        "Confidence falls one level",
        (
            f"half width of Likely above {_steps(confidence.half_width)} points; "
            f"unverified checks above {_steps(confidence.unverified, share=True)}; "
            f"indicators at E1 or E2 above {_steps(confidence.weak_grades, share=True)}; "
            f"counted from an export or by a second observer below {percent(confidence.independent.once)}; "
            f"window older than {confidence.stale_days.once:g} days; a sample not drawn by this site",
        ),
    )


def _grid(grid: Grid) -> str:
    return f"{_signed(grid.low)} to {_signed(grid.high)} in steps of {grid.step:g}"


def _signed(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _steps(limit: Downgrade, *, share: bool = False) -> str:
    def shown(value: float) -> str:
        return percent(value) if share else f"{value:g}"

    return shown(limit.once) + (f", two levels above {shown(limit.twice)}" if limit.twice is not None else "")


def _targets(reader: Reader) -> parts.Table:
    rows = []
    for indicator in reader.asked.values():
        floor, target = indicator.rates(reader.team_size)
        rows.append(
            parts.Row(
                f"{indicator.id} {indicator.name}",
                (
                    str(indicator.marks[reader.form_id]),
                    f"{floor:.2f}",
                    f"{target:.2f}",
                    indicator.target_source.replace(" %", f"{NBSP}%"),
                ),
            )
        )
    return parts.Table(
        "Floors and targets",
        ("checks", "floor", "target", "where the target comes from"),
        tuple(rows),
        "A rate at the floor is 0 of 100, a rate at the target 100; beyond them nothing is gained or lost.",
        numeric=3,
    )


# --- versions, limits, words --------------------------------------------------------------------


def _versions(reader: Reader) -> Iterator[parts.Fact]:
    result = reader.result
    yield parts.Fact(
        "Report", reader.code or "made on the command line, without a code", code=bool(reader.code)
    )
    yield parts.Fact(
        "Instrument", str(result["instrument"]["key"]) + (" (draft)" if reader.instrument.draft else "")
    )
    yield parts.Fact("Method", str(result["method"]))
    yield parts.Fact("SHA-256, instrument", str(result["instrument"]["sha256"]), code=True)
    yield parts.Fact("SHA-256, constants", str(result["constants_sha256"]), code=True)
    yield parts.Fact("SHA-256, answers", str(result["answers_sha256"]), code=True)
    if reader.sha256:
        yield parts.Fact("SHA-256, result", reader.sha256, code=True)


def _limits(reader: Reader) -> Iterator[str]:
    yield f"{reader.form.name}. {reader.form.limit}"
    yield (
        "A low figure with many unverified checks means that much cannot be shown. It does not mean that it "
        "did not happen."
    )
    yield (
        "Small teams, research, and work that is not kept in tickets leave fewer traces, and read lower here "
        "for that reason alone."
    )
    yield (
        "The unit is a piece of work, never a person. This report says nothing about anyone’s effort, "
        "talent, mood or well-being, and must not be used for decisions about individuals."
    )
    if not reader.form.from_memory:
        yield from _limits_of_looking()
    yield "Two results whose intervals overlap must not be ranked."
    yield "The constants are choices, printed below. Experience will change them, under a new version."


def _limits_of_looking() -> Iterator[str]:
    """Yield the limits of a report for which work was opened."""
    yield (
        "Nobody was asked for an opinion. That is a choice of scope; it does not say that what people know "
        "and notice is worth less."
    )
    yield (
        "The figures describe the days that were looked at. That a low figure foretells later failure has "
        "not been tested."
    )
    yield (
        "Hiding what failed, or recalling instead of opening, gains nothing under Shown. Picking good items "
        "is made harder when this site draws the sample. Invented records, or a team that agrees to mislead, "
        "would not be found."
    )


def _checking(reader: Reader) -> Iterator[str]:
    level = percent(reader.instrument.constants.interval)
    counts = "Every count above stands in the table “What was counted”."
    exact = (
        f"The exact {level} interval of k in n is the interval of Clopper and Pearson; "
        "any statistics program gives the same limits."
    )
    yield counts if reader.form.from_memory else f"{counts} {exact}"
    again = "part “answers”, scored again with the versions named here, gives"
    if reader.result.get("comparison"):  # the counts of the earlier diagnosis are no answers of this one
        again = "parts “answers” and “comparison”, scored again with the versions named here, give"
    yield (
        f"The result is kept as a JSON document. Its {again} the same document, byte for byte, and the "
        "same SHA-256."
    )


def _words(reader: Reader) -> Iterator[parts.Word]:
    for layer in reader.chain():
        if term := reader.term(layer):
            yield parts.Word(
                opened(term.name),
                term.mark,
                term.definition,
                _sentence(term.origin),
                link(term.canonical_url),
            )


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."
