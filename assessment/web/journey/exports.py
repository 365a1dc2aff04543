"""What is wanted of an export for one diagnosis, and what was found in it, as the page shows it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from werkzeug.datastructures import MultiDict

from assessment.core import evidence, sampling
from assessment.core.instrument import Frame
from assessment.core.scoring import Observation
from assessment.core.text import stray
from assessment.counting import Asked, Elsewhere
from assessment.records.measured import Count, Example, Listed, Measured, ReadFile
from assessment.records.measures import MEASURES, POPULATIONS
from assessment.records.observations import starts
from assessment.records.plan import Plan
from assessment.records.readers import READERS, generic
from assessment.records.source import Options
from assessment.records.work import KINDS
from assessment.report import figures
from assessment.report.words import count
from assessment.report.words import listed as listed_in_words
from assessment.web.capability import server_key
from assessment.web.current import library
from assessment.web.forms import exports as forms
from assessment.web.forms.exports import Export
from assessment.web.journey.days import in_words
from assessment.web.journey.run import Run

EXAMPLES = 5
ELSEWHERE = (
    "Counted elsewhere, with the window, the team and the draws of this diagnosis. The files stayed there."
)
LONGEST_LINK = 2_000  # characters
AGAIN = {"preset": "", "zone": "0", "day_first": ""}  # what is said before and after
DONE = "done"  # the population of what was declared done
SHIFTED = " Where it is asked what came after an item, earlier days are counted."
TITLES = {each.NAME: each.TITLE for each in READERS}


def asked(run: Run, options: Options, preset: str) -> Asked:
    """Return what is wanted of an export: each count that this form takes, and each list that is opened."""
    facts, plan = run.facts, plan_for(run.instrument.key)
    names = countable(run)
    frames = [each for each in run.instrument.frames.values() if _opens(run, each)]
    sizes = {each.id: run.instrument.frame_size(each, facts.form) for each in frames}
    wanted = plan.wanted(
        facts.window_end, facts.window_days, starts(start_of(run), ()), team_size=facts.team_size
    )
    return Asked(
        plan=plan,
        wanted=tuple(each for each in wanted if each.name in names),
        lists=plan.lists_wanted(facts.window_end, facts.window_days, partial(_start_of_list, run), sizes),
        options=options,
        preset=preset,
        team_size=facts.team_size,
    )


def countable(run: Run) -> tuple[str, ...]:
    """Return the indicators of which this diagnosis takes counts from exports."""
    planned = {each.indicator for each in plan_for(run.instrument.key).counts}
    return tuple(name for name in evidence.countable(run.instrument, run.facts) if name in planned)


def helps_with(run: Run, frame: Frame) -> bool:
    """Can an export answer something that is asked of this frame, or be its list?"""
    lists = {each.frame for each in plan_for(run.instrument.key).lists}
    asked = {check.indicator for check in frame.checks}
    return bool(countable(run)) and (frame.id in lists or not asked.isdisjoint(countable(run)))


def plan_for(key: str) -> Plan:
    """Return what can be counted for a version of an instrument; nothing where nobody has said it."""
    return library().measures.get(key) or Plan(key)


def start_of(run: Run) -> str:
    """Return the secret of the draws of this diagnosis, in hex, which the local reader is given, too.

    So the same files give the same counts on either side, and nobody knew the positions when the work was
    done. It opens nothing and tells nothing of the draws in which items are opened by hand.
    """
    return hmac.digest(server_key("counts"), run.held.id.encode(), "sha256").hex()


def otherwise(run: Run, read: Elsewhere) -> str:
    """Return what a count made elsewhere was asked otherwise than this diagnosis asks; "" for nothing."""
    facts = run.facts
    if (read.window_days, read.window_end) != (facts.window_days, facts.window_end):
        return (
            f"It was counted for the {read.window_days} days up to {in_words(read.window_end)}, and this "
            f"diagnosis looks at the {facts.window_days} days up to {in_words(facts.window_end)}."
        )
    if read.team_size != facts.team_size:
        return f"It was counted for a team of {read.team_size}, and this is one of {facts.team_size}."
    if read.start != start_of(run):
        return "It was counted without the start of the draws of this diagnosis, or with that of another."
    return ""


def _start_of_list(run: Run, frame: str) -> float:
    draw = draw_to_come(run, run.instrument.frames[frame])
    return sampling.offset(server_key("sample"), run.held.id, frame, draw)


@dataclass(frozen=True, slots=True)
class Found:
    """One set of marks as a page shows it: drawn, and in words."""

    drawing: figures.Drawing
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One question that was counted, and what stands for it now."""

    id: str
    name: str
    question: str
    measured: str  # what of an export is counted for it
    found: Found
    of: str  # what was counted, of how many, in which days
    examples: list[Example]
    more: int  # items that were counted and are not among the examples
    link_derived: bool
    now: Found | None  # what was answered by hand, or counted before
    now_called: str  # "What you answered", "What is counted now"
    chosen: str  # before the leader says: the count where nothing stands, what stands where it is the same
    whose: bool  # would items tell whose they are?


@dataclass(frozen=True, slots=True)
class Preview:
    """What was read, and what could be counted of it."""

    summary: str
    span: str
    is_local: bool
    lines: list[Line]
    cannot: list[tuple[str, str]]  # the name of a question, and why it cannot be counted
    files: tuple[ReadFile, ...]
    listed: list[tuple[Frame, Listed]]
    seen: str  # the fingerprint of all that was shown, by which a change of it is known

    @property
    def is_remarked(self) -> bool:
        """Was a row dropped, or is there a remark on one?"""
        return any(file.dropped or file.remarked for file in self.files)

    def passed_over(self, file: ReadFile) -> list[str]:
        """Return the columns of a file that tell nothing that is counted."""
        return [each.heading for each in file.understood.columns if not each.field]

    def read(self, file: ReadFile) -> str:
        """Return what was read of a file, in a sentence."""
        dropped = sum(many for _, many, _ in file.dropped)
        gone = f"{dropped:,}" if dropped else "none"
        return f"{title(file)}: {file.rows:,} {'row' if file.rows == 1 else 'rows'} read, {gone} dropped."


def preview(run: Run, measured: Measured, *, is_local: bool) -> Preview:
    """Return what was measured, in the order in which the questions are asked.

    `is_local`: it was counted on the leader's own machine, and only the counts were brought.
    """
    counts = {each.name: each for each in measured.counts}
    asked = [name for name in _in_order(run) if name in counts]
    lines = [_line(run, counts[name]) for name in asked if _is_told(counts[name])]
    cannot = [
        (run.instrument.indicators[name].name, counts[name].cannot or _none(counts[name]))
        for name in asked
        if not _is_told(counts[name])
    ]
    return Preview(
        summary=_summary(measured, len(lines), len(asked)),
        span=ELSEWHERE if is_local else _span(run, measured),
        is_local=is_local,
        lines=lines,
        cannot=cannot,
        files=measured.files,
        listed=[(run.instrument.frames[each.name], each) for each in measured.lists if each.population],
        seen=fingerprint(measured),
    )


def _is_told(counted: Count) -> bool:
    return not counted.cannot and bool(counted.positions)


def _none(counted: Count) -> str:
    return f"There is none from {in_words(counted.first)} to {in_words(counted.last)} in these files."


def _summary(measured: Measured, told: int, asked: int) -> str:
    """Return the one line that says it all."""
    files, items = len(measured.files), sum(each.items for each in measured.files)
    answered = "is" if told == 1 else "are"
    return (
        f"{count(files, 'file')}, {items:,} {'item' if items == 1 else 'items'}, "
        f"{_declared_done(measured):,} declared done in the window: "
        f"{told or 'none'} of the {asked} questions that exports can answer {answered} counted."
    )


def _declared_done(measured: Measured) -> int:
    sizes = (each.population for each in measured.counts if MEASURES[each.measure].population == DONE)
    return max(sizes, default=0)


def _span(run: Run, measured: Measured) -> str:
    """Return of which days the files tell, beside those of the diagnosis where they do not meet."""
    if measured.span is None:
        return "No item in these files has a day."
    first, last = measured.span
    told = f"The files tell of {in_words(first)} to {in_words(last)}"
    begins = run.facts.window_end - timedelta(days=run.facts.window_days)
    if first <= run.facts.window_end and last >= begins:
        is_shifted = any(each.last < run.facts.window_end for each in measured.counts if _is_told(each))
        return f"{told}.{SHIFTED * is_shifted}"
    return (
        f"{told}, and the window of this diagnosis is {in_words(begins)} to {in_words(run.facts.window_end)}."
    )


def fingerprint(measured: Measured) -> str:
    """Return that of everything which is counted, so that what is kept is what was looked at."""
    said = [
        [
            *(each.name, each.measure, each.sound, each.failing, each.unverified, each.link_derived),
            *(each.population, *each.positions),
        ]
        for each in measured.counts
    ]
    return hashlib.sha256(json.dumps([[file.sha256 for file in measured.files], said]).encode()).hexdigest()


def _line(run: Run, counted: Count) -> Line:
    now = evidence.observations(*run.asked).get(counted.name)
    is_counted = evidence.is_counted(*run.asked, counted.name)
    examples = [each if may_open(each.url) else replace(each, url="") for each in counted.examples[:EXAMPLES]]
    new, old = _marks(counted), _marks(now) if now else None
    return Line(
        id=counted.name,
        name=run.instrument.indicators[counted.name].name,
        question=_questions(run).get(counted.name, ""),
        measured=run.instrument.indicators[counted.name].measured,
        found=found(*new),
        of=_of(counted),
        examples=examples,
        more=len(counted.positions) - len(examples) if examples else 0,
        link_derived=counted.link_derived,
        now=found(*old) if old else None,
        now_called="what is counted now" if is_counted else "what you answered",
        chosen=(forms.KEEP if is_counted and new == old else "") if old else forms.USE,
        whose=MEASURES[counted.measure].population == "latest-done",
    )


def _marks(each: Count | Observation) -> tuple[int, int, int]:
    return each.sound, each.failing, each.unverified


def may_open(url: str) -> bool:
    """May a page link there? Files are written by anybody."""
    return url.startswith(("https://", "http://")) and not stray(url) and len(url) <= LONGEST_LINK


def found(sound: int, failing: int, unverified: int) -> Found:
    """Return marks as a page shows them."""
    marks = ((sound, "sound"), (failing, "failing"), (unverified, "could not be verified"))
    words = ", ".join(f"{many:,} {called}" for many, called in marks if many)
    return Found(figures.strip(sound, failing, unverified), f"{words}.")


def _of(counted: Count) -> str:
    n, days = len(counted.positions), f"{in_words(counted.first)} to {in_words(counted.last)}"
    if n == counted.population:
        return f"All {n:,} from {days}." if n > 1 else f"The only one from {days}."
    if POPULATIONS[MEASURES[counted.measure].population].latest:
        return f"The latest {n:,} of {counted.population:,} from {days}."
    return f"{n:,} of {counted.population:,}, drawn by this site, from {days}."


def _opens(run: Run, frame: Frame) -> bool:
    """Are items of this frame opened, whose list a file may be? The newest are taken by hand."""
    return not (frame.latest or frame.context) and evidence.size(*run.asked, frame) > 0


def _is_seen(run: Run, frame: Frame) -> bool:
    return bool(run.where(frame.id).get("positions")) and evidence.is_shown(*run.asked, frame)


def draw_to_come(run: Run, frame: Frame) -> int:
    """Return which draw of a frame another list would have: a sample that nobody has seen is none."""
    draws = int(run.where(frame.id).get("draws", 0))
    return draws + 1 if _is_seen(run, frame) else max(draws, 1)


def _questions(run: Run) -> dict[str, str]:
    checks = {c.indicator: c.question for frame in run.instrument.frames.values() for c in frame.checks}
    singles = {single.indicator: single.question for each in run.instrument.passes for single in each.singles}
    return {**singles, **checks}


def _in_order(run: Run) -> Iterator[str]:
    """Yield the indicators of a form in the order in which it asks them."""
    asked = run.instrument.asked(run.facts.form)
    for each in run.instrument.passes:
        checks = [check.indicator for frame in each.frames for check in frame.checks]
        yield from (name for name in checks if name in asked)
        yield from (single.indicator for single in each.singles if single.indicator in asked)


# --- the form ---------------------------------------------------------------------------------------


def form(
    sent: MultiDict[str, str] | None = None,
    *,
    run: Run | None = None,
    measured: Measured | None = None,
    preview: Preview | None = None,
) -> Export:
    """Return the form of an export, with what was sent in it and all that was understood to be changed."""
    sent = sent if sent is not None else MultiDict()
    again = {name: sent.get(name, default) for name, default in AGAIN.items()}
    if run is None or measured is None or preview is None:
        return forms.export_form(_presets())(data=again)
    tables = [each.understood for each in measured.files if each.understood.reader == generic.NAME]
    headings = list(dict.fromkeys(column.heading for each in tables for column in each.columns))
    held = {column.field: column.heading for each in tables for column in each.columns}
    states = measured.states[: forms.MOST_STATES]
    kind = forms.export_form(
        _presets(),
        choices={each.id: (each.name, each.chosen) for each in preview.lines},
        lists={frame.id: _list_label(run, frame, listed) for frame, listed in preview.listed},
        states=[(each.name, f"{each.name} ({count(each.items, 'item')})") for each in states],
        columns=generic.FIELDS if tables else {},
        headings=headings,
        kinds=[each for each in KINDS if measured.kinds.get(each)],
    )
    taken = MultiDict(
        (n, v) for n, v in sent.items(multi=True) if n.startswith(("take-", "open-", "references"))
    )
    return kind(
        taken,
        data={
            **again,
            "done": measured.done,
            **{f"stage-{i}": each.stage for i, each in enumerate(states)},
            **{f"column-{field}": held.get(field, "") for field in generic.FIELDS if tables},
        },
    )


def _presets() -> list[tuple[str, str]]:
    """Return the systems whose exports are read; what is read in two shapes is offered once."""
    found: dict[str, str] = {}
    for each in READERS:
        found.setdefault(each.NAME.partition("-")[0], each.TITLE)
    return list(found.items())


def title(file: ReadFile) -> str:
    """Return what the system is called that a file is from; several where it was counted elsewhere."""
    names = file.understood.reader.split(", ")
    return listed_in_words(list(dict.fromkeys(TITLES.get(each, each) for each in names)))


def local_command(run: Run) -> str:
    """Return the command by which the files are counted on the leader's own machine."""
    facts = run.facts
    return (
        f"python3 assess-records.pyz measure FILE --window-days {facts.window_days} "
        f"--window-end {facts.window_end} --team-size {facts.team_size} --start {start_of(run)}"
    )


def readers() -> dict[str, list[str]]:
    """Return how each kind of export is made, by its system: sentences, and commands that begin with "$ "."""
    found: dict[str, list[str]] = {}
    for each in READERS:
        found.setdefault(each.TITLE, []).extend(each.EXPORT.splitlines())
    return found


def _list_label(run: Run, frame: Frame, listed: Listed) -> str:
    n = len(listed.positions)
    words = f"{frame.name}: open {n} of the {listed.population:,} in these files"
    return f"{words}, in place of the sample that stands" if _is_seen(run, frame) else words
