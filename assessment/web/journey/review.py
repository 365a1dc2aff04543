"""Every answer on one page, what is missing, and why no figure could be made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assessment.core import evidence
from assessment.core.evidence import Gap, Stop
from assessment.core.instrument import Pass
from assessment.web import forms
from assessment.web.journey import counted
from assessment.web.journey.days import in_words
from assessment.web.journey.run import Run
from assessment.web.journey.sample import gone
from assessment.web.journey.tasks import of_pass


@dataclass(frozen=True, slots=True)
class Line:
    """What was answered of one item, and where it is changed."""

    number: int
    cells: list[str]  # its reference, then one answer for each check
    href: str
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What was answered at one stop, and where it is changed; for an opened list, its items too."""

    title: str
    said: list[tuple[str, str]]
    href: str  # empty for what can no longer be changed
    is_answered: bool
    warning: str  # what to look at again in its note
    columns: list[str]
    lines: list[Line]


def review(run: Run) -> list[tuple[Pass, list[Row]]]:
    """Return every stop of the path with its answers, by pass, and what was counted in place of some."""
    stops = [(stop, _row(run, stop)) for stop in run.path if stop.kind != "item"]
    exported = [(one, _counted_row(run, one)) for one in counted.counted(run)]
    found = []
    for each in run.instrument.passes:
        rows = [row for stop, row in stops if of_pass(each, stop)]
        rows += [row for one, row in exported if counted.of_pass(each, one)]
        if rows:
            found.append((each, rows))
    return found


def _counted_row(run: Run, one: counted.Counted) -> Row:
    said = [("Counted from an export", one.sentence), ("Source", one.source)]
    return Row(one.title, said, run.address("diagnosis.records"), True, "", [], [])


def _row(run: Run, stop: Stop) -> Row:
    form = run.filled(stop)
    said = list(form.said())
    if stop.kind == "where" and run.where(stop.part).get("way") in ("none", "not-applicable"):
        note = forms.noted(form)
        said = [*said[:1], *note]  # what was typed for another way of looking is kept, but does not count
    elif stop.kind == "where" and said:
        first, last = evidence.window(run.instrument.frames[stop.part], run.facts)
        said.insert(1, ("Days covered", f"{in_words(first)} to {in_words(last)}"))
    items = run.items(stop.part) if stop.kind == "where" else []
    if stop.kind == "where" and run.has_replaced(stop.part):
        said += [("Replaced", each.words) for each in gone(run, stop.part)]
    asked = evidence.checks_at(*run.asked, items[0]) if items else ()
    is_locked = stop.kind == "belief" and run.is_answered(stop)
    return Row(
        title=_title(run, stop),
        said=said,
        href="" if is_locked else run.at(stop, back="check"),
        is_answered=run.is_answered(stop),
        warning=form.warning if isinstance(form, forms.Where) else "",
        columns=[run.instrument.indicators[check.indicator].name for check in asked],
        lines=[_line(run, n, item, [check.indicator for check in asked]) for n, item in enumerate(items, 1)],
    )


def _line(run: Run, number: int, item: Stop, asked: list[str]) -> Line:
    values = run.records.get((item.part, item.page), {})
    words = dict(forms.YES_NO)
    cells = [values.get("reference", ""), *(words.get(values.get(name, ""), "") for name in asked)]
    return Line(number, cells, run.at(item, back="check"), run.is_answered(item))


def _title(run: Run, stop: Stop) -> str:
    """Return what a stop is called on the check page."""
    if stop.kind in ("where", "recall"):
        return run.instrument.frames[stop.part].name
    if stop.kind == "belief":
        return f"{run.instrument.frames[stop.part].name}: what you expect"
    if stop.page == "counts":
        return f"{run.instrument.frames[stop.part].name}: counts"
    return forms.single(run.instrument, stop).title


def unanswered(run: Run) -> list[Gap]:
    """Return what is not answered: of the items of one sample the first alone, which leads to the others."""
    found: dict[tuple[str, str], list[Gap]] = {}
    for gap in evidence.gaps(*run.asked):
        if gap.stop:
            kind = "item" if gap.stop.kind == "item" else gap.stop.page
            found.setdefault((gap.stop.part, kind), []).append(gap)
    return [_together(gaps) for gaps in found.values()]


def _together(gaps: list[Gap]) -> Gap:
    more = len(gaps) - 1
    if not more:
        return gaps[0]
    also = f"{more} more of its items {'is' if more == 1 else 'are'} not answered in full either."
    return replace(gaps[0], sentence=f"{gaps[0].sentence} {also}")


def gate_reasons(run: Run) -> list[str]:
    """Return why no overall figure could be made of the answers as they stand."""
    return [gap.sentence for gap in evidence.gaps(*run.asked) if gap.stop is None]
