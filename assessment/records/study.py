"""What a table is found to hold before its rows are read: the order of its days, and what its states mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from assessment.records import stages
from assessment.records.moments import Moments, Order, order_of
from assessment.records.source import Account, Options
from assessment.records.tables import Table, plain
from assessment.records.work import Stage

TIMES = frozenset("created started done stopped moved due touched approved_at released".split())
"""The fields that are times."""

SHORT = 300  # characters: what is longer is no name, and does not come again
_SAMPLE = 500  # rows by which the order of days is seen
_LONGEST_TIME = 120  # characters
_STUDIED = 50_000  # rows by which a state without a telling name is understood


@dataclass(slots=True)
class Study:
    """What the rows of a table were found to hold before they are read."""

    days: dict[int, set[str]] = field(default_factory=dict)  # by column: the beginnings of its times
    states: Counter[str] = field(default_factory=Counter)
    finished: Counter[str] = field(default_factory=Counter)  # of them, those with a day of finishing
    categories: dict[str, str] = field(default_factory=dict)  # of a state, where the export tells

    def learn(self, row: list[str], state_at: int, category_at: int, done_at: tuple[int, ...]) -> None:
        """Note what a row tells of the states."""
        state = row[state_at].strip()[:SHORT]
        self.states[state] += 1
        self.finished[state] += any(row[at] for at in done_at)
        if category_at >= 0 and state not in self.categories:
            self.categories[state] = row[category_at]

    def proposals(self) -> dict[str, Stage]:
        """Return what each state is proposed to mean."""
        return {state: self._meaning(state, rows) for state, rows in self.states.items()}

    def _meaning(self, state: str, rows: int) -> Stage:
        """Return the meaning by the name where that says more than a kind can; else by the kind of the state,
        by the name, and last by whether its items are finished.
        """
        named = stages.known(state)
        if named in ("abandoned", "waiting-for-decision"):
            return named
        is_finished = self.finished[state] * 2 >= rows and self.finished[state] > 0
        return (
            stages.known(self.categories.get(state, ""))
            or named
            or ("done" if is_finished else "in-progress")
        )


def study_of(table: Table, columns: Mapping[str, tuple[int, ...]]) -> Study:
    study = Study()
    times = [at for name in (*TIMES, "reopened") for at in columns.get(name, ())]
    study.days = {at: set() for at in times}
    state_at = columns.get("state", (-1,))[0]
    category_at = columns.get("category", (-1,))[0]
    done_at = columns.get("done", ())
    rows = table.rows(Account())
    for _, row in islice(rows, _SAMPLE):
        for at in times:
            study.days[at].add(row[at][:_LONGEST_TIME])
        study.learn(row, state_at, category_at, done_at)
    open_ = [at for at in times if not order_of(study.days[at])[1]]
    if state_at >= 0 or open_:
        for _, row in islice(rows, _STUDIED):
            for at in open_:
                study.days[at].add(row[at][:10])
            study.learn(row, state_at, category_at, done_at)
    del study.states[""]
    return study


def clocks_of(
    table: Table, study: Study, options: Options, clock: int | None
) -> tuple[dict[int, Moments], list[str]]:
    """Return how the times of each column are read, and what is to be said of that."""
    orders = {at: order_of(texts) for at, texts in study.days.items()}
    said: Order | None = None
    if options.day_first is not None:
        said = "day" if options.day_first else "month"
    sure = {order for order, is_sure in orders.values() if order and is_sure}
    common = next(iter(sure)) if len(sure) == 1 else None  # one program wrote all the columns
    times: dict[int, Moments] = {}
    clocks: dict[tuple[Order, int], Moments] = {}
    zoneless = False
    unsure: set[str] = set()
    for at, (order, is_sure) in orders.items():
        chosen = said or (order if is_sure else common or order) or common or "day"
        if order and not (is_sure or said or common):
            unsure.add(chosen)
        is_utc = "utc" in plain(table.headings[at])
        ahead = 0 if is_utc else clock if clock is not None else options.zone_minutes
        times[at] = clocks.setdefault((chosen, ahead), Moments(chosen, ahead))
        if not is_utc and clock is None:
            zoneless = zoneless or any(
                (read := times[at](text)) and not read.zoned for text in study.days[at]
            )
    return times, list(_told(times, orders, unsure, zoneless, options.zone_minutes))


def _told(
    times: Mapping[int, Moments],
    orders: Mapping[int, tuple[Order | None, bool]],
    unsure: set[str],
    zoneless: bool,
    ahead: int,
) -> Iterator[str]:
    for order in sorted({times[at].order for at, (order, _) in orders.items() if order}):
        example = "13 February is 13/02" if order == "day" else "13 February is 02/13"
        if order in unsure:
            yield f"Nothing tells whether days or months come first; it was read as: {example}."
        else:
            yield f"The {order} comes first in its days: {example}."
    if zoneless:
        clock = f"{ahead / 60:+g} hours from UTC" if ahead else "UTC"
        yield f"Times without a zone are taken to be {clock}."
