"""All studies, and how their rows are spread over the cores."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from simulation import coverage, gaming, operating, outcomes, sensitivity
from simulation.common import Study, Team

STUDIES: Mapping[str, Study] = {
    "coverage": coverage.STUDY,
    "gaming": gaming.STUDY,
    "sensitivity": sensitivity.STUDY,
    "operating": operating.STUDY,
    "outcomes": outcomes.STUDY,
}
CHUNK = 10  # teams that a worker takes at once

Told = Callable[[str, int], None]
"""Called with a row and how many of its teams are done."""


def processes(workers: int | None = None) -> ProcessPoolExecutor:
    """Return the processes that simulate, one for each core unless it is said how many.

    They are spawned, not forked: the same on every system, and safe beside threads. Ctrl-C stops the one that
    asked; the others end with it.
    """
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_interrupts)


def _leave_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def results(
    pool: ProcessPoolExecutor, study: Study, size: int, seed: int, told: Told = lambda row, done: None
) -> dict[str, list[Team]]:
    """Return what is kept of `size` teams of each row; the same for any number of processes."""
    return {row: list(_row(pool, study, row, size, seed, told)) for row in study.rows}


def _row(
    pool: ProcessPoolExecutor, study: Study, row: str, size: int, seed: int, told: Told
) -> Iterator[Team]:
    one = partial(_one, study.team, row, seed)
    for number, team in enumerate(pool.map(one, range(size), chunksize=CHUNK), start=1):
        told(row, number)
        yield team


def _one(team: Callable[[str, int, int], Team], row: str, seed: int, number: int) -> Team:
    return team(row, number, seed)
