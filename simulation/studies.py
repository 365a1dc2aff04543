"""All studies, and how their rows are spread over the cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from simulation import coverage, gaming, operating, outcomes, sensitivity
from simulation.common import About, Study, Team

STUDIES: tuple[Study, ...] = (
    coverage.STUDY,
    gaming.STUDY,
    sensitivity.STUDY,
    operating.STUDY,
    outcomes.STUDY,
)
CHUNK = 10  # teams that a worker takes at once

Told = Callable[[str, int], None]
"""Called with a row and how many of its teams are done."""


def results(
    study: Study, size: int, seed: int, workers: int | None = None, told: Told = lambda row, done: None
) -> dict[str, list[Team]]:
    """Return what is kept of `size` teams of each row; the same for any number of workers."""
    # Spawned, not forked: the same on every system, and safe in a process that has threads.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
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


def blocks(found: Sequence[tuple[Study, Mapping[str, Sequence[Team]]]], about: About) -> dict[str, str]:
    """Return the Markdown of every study by the name of its place."""
    return {name: text for study, rows in found for name, text in study.tables(rows, about).items()}
