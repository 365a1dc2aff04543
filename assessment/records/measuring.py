"""From what the readers give to counts: which items are counted, how each is marked, and why.

An export is read at most three times: to see what it tells and who belongs to which population, to take the
items that were drawn, and to see what the others say of them. Nothing holds the whole of it, unless it is
short: then what was read first is kept at hand.
"""

from __future__ import annotations

import gc
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from assessment.core import sampling
from assessment.records.around import Surroundings
from assessment.records.measured import (
    MOST,
    Answer,
    Count,
    Example,
    Listed,
    ListWanted,
    Measured,
    ReadFile,
    Wanted,
)
from assessment.records.measures import MEASURES, POPULATIONS, SMALL_TEAM, Measure
from assessment.records.measures.days import midnight
from assessment.records.measures.done import doer
from assessment.records.measures.groups import spread
from assessment.records.measures.seen import Around, View
from assessment.records.rows import BY_LINE
from assessment.records.source import ANY_TABLE, Account, File, Options, RecordsError, Source
from assessment.records.survey import Asked, Survey
from assessment.records.work import Kind, WorkItem

AT_HAND = 50_000  # items that are kept between the readings
STAND_BY = 3  # positions behind a drawn one, which may take its place

Progress = Callable[[int, int], None]
"""Is told every thousand items which reading this is, from 1 to 3, and how many items it has seen."""

_TOO_SMALL = f"A team of fewer than {SMALL_TEAM} gets no share of work: it would point at a person."
_TOO_MANY_AREAS = "The export names too many areas to tell which of them matter."


def measured(
    sources: Sequence[Source],
    wanted: Sequence[Wanted] = (),
    lists: Sequence[ListWanted] = (),
    options: Options | None = None,
    *,
    files: Sequence[File],
    team_size: int,
    progress: Progress | None = None,
) -> Measured:
    """Return what some opened files answer: a count for each that is wanted, and each list.

    `files` are those that the sources were opened from, in the same order. Of a team of fewer people than
    `measures.SMALL_TEAM` no share is counted, whatever is wanted. Raises RecordsError, and KeyError for a
    measure or a population that there is none of.
    """
    reading = _Reading(sources, files, progress or (lambda _reading, _items: None))
    with _without_collecting():
        return _measured(reading, wanted, lists, options or Options(), team_size)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Look for no cycles: work items are in none, and looking at all of them time and again takes a tenth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _measured(
    reading: _Reading,
    wanted: Sequence[Wanted],
    lists: Sequence[ListWanted],
    options: Options,
    team_size: int,
) -> Measured:
    asked = [Asked(MEASURES[each.measure].population, each.first, each.last) for each in wanted]
    asked += [Asked(each.population, each.first, each.last) for each in lists]
    survey = Survey(asked)
    for row, item in reading.items(1):
        if not reading.stands_twice(item):
            survey.add(row, item)
    counting = _Counting(survey, options, team_size)
    planned = [counting.planned(each) for each in wanted]
    listed = [counting.listed(each) for each in lists]
    drawn = reading.taken(
        {row for each in planned for row in each.rows} | {r for each in listed for r in each.rows}
    )
    marked = {row for each in planned if counting.looks_around(each) for row in each.rows}
    found = Surroundings({row: drawn[row] for row in marked})
    for row, item in reading.items(3) if marked else ():
        found.add(row, item)
    around = {row: found.around(row) for row in marked}
    span = (survey.since.date(), survey.until.date()) if survey.since and survey.until else None
    return Measured(
        files=tuple(reading.read),
        states=survey.states(),
        counts=tuple(each.counted(drawn, around, counting) for each in planned),
        lists=tuple(each.referred(drawn) for each in listed),
        span=span,
        kinds=dict(sorted(survey.kinds.items())),
        done=counting.done,
    )


class _Reading:
    """Some files, read from the beginning as often as they are needed, each item with its row."""

    def __init__(self, sources: Sequence[Source], files: Sequence[File], progress: Progress) -> None:
        self._sources = list(zip(files, sources, strict=True))
        self._progress = progress
        self._kept: list[WorkItem] | None = []
        self._met = set[int]()  # hashes of what was met
        self._account = Account()
        self.read: list[ReadFile] = []

    def items(self, reading: int) -> Iterator[tuple[int, WorkItem]]:
        """Yield each item and its row. Raises RecordsError."""
        if reading > 1 and self._kept is not None:
            yield from enumerate(self._kept)
            return
        row = 0
        for file, source in self._sources:
            account = self._account = Account()
            for item in source.items(account):
                if reading == 1:
                    self._keep(item)
                if row % 1000 == 0:
                    self._progress(reading, row)
                yield row, item
                row += 1
            if reading == 1:
                self._note(_read_file(file, source, account))
        self._progress(reading, row)

    def stands_twice(self, item: WorkItem) -> bool:
        """Note an item of the first reading; did these files hold it before?"""
        file, source = self._sources[len(self.read)]
        is_one = len(self._sources) == 1
        if not (item.ref or item.url):
            return False
        if is_one and source.understood.reader == ANY_TABLE and not item.url:
            return False  # two rows of any table may well be called alike
        # Two files may have been made on two days; in one the pages of a list may overlap.
        last = item.done if is_one else None
        is_called_by_line = item.ref.startswith(BY_LINE) and not item.url
        where = len(self.read) if is_called_by_line else -1
        known = hash((item.kind, item.ref, item.url, item.created or item.done, last, where))
        if known not in self._met:
            self._met.add(known)
            return False
        self._account.drop("it stands there twice, and is counted once", f"{file.name}: {item.ref}")
        self._account.items -= 1
        return True

    def _note(self, read: ReadFile) -> None:
        if read.rows and any(read.sha256 == each.sha256 for each in self.read):
            raise RecordsError(read.name, "holds the same as another of these files", "give each file once")
        self.read.append(read)

    def _keep(self, item: WorkItem) -> None:
        if self._kept is not None:
            self._kept.append(item)
            if len(self._kept) > AT_HAND:
                self._kept = None

    def taken(self, rows: set[int]) -> dict[int, WorkItem]:
        """Return the items of some rows."""
        if not rows:
            return {}
        found: dict[int, WorkItem] = {}
        for row, item in self.items(2):
            if row in rows:
                found[row] = item
                if len(found) == len(rows):
                    break
        return found


def _read_file(file: File, source: Source, account: Account) -> ReadFile:
    def told(reasons: Counter[str]) -> tuple[tuple[str, int, str], ...]:
        return tuple((reason, n, account.first.get(reason, "")) for reason, n in reasons.most_common())

    return ReadFile(
        name=file.name,
        sha256=file.sha256(),
        bytes=file.size,
        rows=account.rows,
        items=account.items,
        understood=source.understood,
        dropped=told(account.dropped),
        remarked=told(account.remarked),
    )


@dataclass(frozen=True, slots=True)
class _Planned:
    """A count before its items are at hand: which rows are looked at."""

    wanted: Wanted
    measure: Measure
    population: int
    positions: tuple[int, ...]
    rows: tuple[int, ...]
    offset: float
    cannot: str
    examples: tuple[Example, ...] = ()

    def counted(
        self, drawn: Mapping[int, WorkItem], around: Mapping[int, Around], counting: _Counting
    ) -> Count:
        """Return the count of the items."""
        count = self._count(counting)
        if self.cannot:
            return count
        if self.measure.name == "spread-of-work":
            whose = spread(doer(drawn[row], around.get(row, Around())) for row in self.rows)
            return _checked(_marked(count, whose), "the export does not say who did them")
        examples = self.examples
        if judge := self.measure.judge:
            view = counting.view(self.wanted)
            nothing = Around()
            examples = tuple(
                Example(drawn[row].ref, drawn[row].url, *judge(drawn[row], around.get(row, nothing), view))
                for row in self.rows
            )
        marks = Counter[Answer](each.answer for each in examples)
        whose = marks["sound"], marks["failing"], marks["unverified"]
        return _checked(replace(_marked(count, whose), examples=examples), next(e.because for e in examples))

    def _count(self, counting: _Counting) -> Count:
        wanted = self.wanted
        return Count(
            name=wanted.name,
            measure=wanted.measure,
            sound=0,
            failing=0,
            unverified=0,
            link_derived=wanted.link_derived and counting.done == "task",
            population=self.population,
            positions=() if self.cannot else self.positions,
            offset=self.offset,
            first=wanted.first,
            last=wanted.last,
            cannot=self.cannot,
        )


def _marked(count: Count, marks: tuple[int, int, int]) -> Count:
    return replace(count, sound=marks[0], failing=marks[1], unverified=marks[2])


def _checked(count: Count, because: str) -> Count:
    """Return a count; without its marks where not one item could be verified."""
    if count.sound or count.failing:
        return count
    which = "The only one" if count.unverified == 1 else f"None of the {count.unverified}"
    verb = "could not" if count.unverified == 1 else "could"
    cannot = f"{which} {verb} be verified: {because}."
    return replace(count, unverified=0, positions=(), examples=(), cannot=cannot)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A list before its items are at hand."""

    wanted: ListWanted
    population: int
    positions: tuple[int, ...]
    shown: Mapping[int, int]  # position -> row

    @property
    def rows(self) -> tuple[int, ...]:
        return tuple(self.shown.values())

    def referred(self, drawn: Mapping[int, WorkItem]) -> Listed:
        """Return the list with what its items are called and where they open."""
        items = {position: drawn[row] for position, row in self.shown.items()}
        references = {position: (item.ref, item.url) for position, item in items.items()}
        wanted = self.wanted
        return Listed(wanted.name, self.population, self.positions, wanted.start, references)


class _Counting:
    """What the first reading found, asked for one count or list at a time."""

    def __init__(self, survey: Survey, options: Options, team_size: int) -> None:
        self._survey = survey
        self._is_small = team_size < SMALL_TEAM
        self._told = survey.told()
        self._rows: dict[tuple[Asked, Kind | None], array[int]] = {}
        self.done: Kind = options.done or ("task" if survey.kinds["task"] else "change")

    def view(self, wanted: Wanted) -> View:
        """Return what a measure is given beside the item."""
        until = self._survey.until or midnight(wanted.last)
        return View(wanted.first, wanted.last, self._told, until)

    def looks_around(self, planned: _Planned) -> bool:
        """Is it needed for a count what other items say of its own? Who did a task may be told by itself."""
        return planned.measure.around and (planned.measure.judge is not None or self._told.joins())

    def planned(self, wanted: Wanted) -> _Planned:
        """Return which items a count looks at."""
        measure = MEASURES[wanted.measure]
        population = POPULATIONS[measure.population]
        kind = population.kind(self.done, self._told)
        asked = Asked(population.name, wanted.first, wanted.last)
        cannot = _TOO_SMALL if measure.name == "spread-of-work" and self._is_small else ""
        cannot = cannot or measure.lacks(self._told, kind or self.done)
        if population.name in ("periods", "areas"):
            return self._grouped(wanted, measure, asked, kind or self.done, cannot)
        rows = self._ordered(asked, kind)
        n, size = len(rows), min(len(rows), wanted.most, MOST)
        offset = 0.0 if population.latest else wanted.start
        positions: tuple[int, ...] = ()
        if size:
            latest = tuple(range(n - size + 1, n + 1))
            positions = latest if population.latest else sampling.positions(n, size, wanted.start)
        cannot = cannot or ("" if n else f"The export holds no {population.noun} in these days.")
        found = () if cannot else tuple(rows[position - 1] for position in positions)
        return _Planned(wanted, measure, n, positions, found, offset, cannot)

    def _grouped(self, wanted: Wanted, measure: Measure, asked: Asked, kind: Kind, cannot: str) -> _Planned:
        survey, since = self._survey, self._survey.since
        if asked in survey.periods:
            examples = survey.periods[asked].examples(
                kind, since.date() if since else None, self.view(wanted)
            )
        else:
            areas = survey.areas[asked]
            examples = areas.examples(kind)
            cannot = cannot or (_TOO_MANY_AREAS if areas.too_many else "")
        n = len(examples)
        noun = POPULATIONS[measure.population].noun
        cannot = cannot or ("" if n else f"There are no {noun} in these days.")
        return _Planned(wanted, measure, n, tuple(range(1, n + 1)), (), 0.0, cannot, examples)

    def listed(self, wanted: ListWanted) -> _Drawing:
        """Return which items of a population are shown as drawn, and which could take their places."""
        population = POPULATIONS[wanted.population]
        rows = self._ordered(
            Asked(population.name, wanted.first, wanted.last), population.kind(self.done, self._told)
        )
        n = len(rows)
        if not n or wanted.size < 1:
            return _Drawing(wanted, n, (), {})
        size = min(n, wanted.size)
        latest = tuple(range(n, n - size, -1))
        drawn = latest if population.latest else sampling.positions(n, size, wanted.start)
        near = {(position - 1 + more) % n + 1 for position in drawn for more in range(STAND_BY + 1)}
        return _Drawing(wanted, n, drawn, {position: rows[position - 1] for position in sorted(near)})

    def _ordered(self, asked: Asked, kind: Kind | None) -> array[int]:
        if (asked, kind) not in self._rows:
            until: datetime | None = self._survey.until
            before = midnight(until.date()) if until else None
            self._rows[asked, kind] = self._survey.rows(asked, kind, before)
        return self._rows[asked, kind]
