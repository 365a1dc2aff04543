"""Simulate teams and write the tables of the docs: `python -m simulation [--size 600] [--seed 1]`."""

from __future__ import annotations

import argparse
import sys
import time

from assessment.settings import ROOT
from simulation import reference
from simulation.common import SEED, About
from simulation.markdown import placed
from simulation.studies import STUDIES, blocks, results

PAGE = ROOT / "docs" / "method.md"
SMALLEST = 30  # teams a row: fewer have no standard error worth printing


class Progress:
    """How far it is, on standard error: one line for a person who looks on, else a line for each row."""

    def __init__(self, rows: int, size: int) -> None:
        self.rows, self.size, self.row, self.finished = rows, size, "", 0
        self.begun = time.monotonic()

    def __call__(self, row: str, done: int) -> None:
        self.finished += done == self.size
        line = f"{self.finished}/{self.rows} rows, {row}: {done}/{self.size} teams, {self.seconds:.0f} s"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line}")
        elif done == self.size:
            sys.stderr.write(f"{line}\n")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun


def main(arguments: list[str] | None = None) -> int:
    """Simulate and write; return 1 where a table has no place in the page."""
    given = _parser().parse_args(arguments)
    about = About(given.size, given.seed, reference.KEY)
    progress = Progress(sum(len(study.rows) for study in STUDIES), given.size)
    found = [(study, results(study, about.size, about.seed, given.workers, progress)) for study in STUDIES]
    tables = blocks(found, about)
    page, missing = placed(PAGE.read_text(encoding="utf-8"), tables)
    PAGE.write_text(page, encoding="utf-8")
    sys.stderr.write(f"\n{given.size} teams a row in {progress.seconds:.0f} s\n")
    place = PAGE.relative_to(ROOT)
    for name in missing:
        remedy = f"write '<!-- simulate: {name} -->' and '<!-- /simulate -->' there, each on its own line"
        sys.stderr.write(f"{place}: has no place for the table '{name}'; {remedy}\n")
    return 1 if missing else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--size", type=_size, default=600, help="teams a row (600)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"another seed, other teams ({SEED})")
    parser.add_argument("--workers", type=int, default=None, help="processes (one for each core)")
    return parser


def _size(text: str) -> int:
    size = int(text)
    if size < SMALLEST:
        raise argparse.ArgumentTypeError(f"{size} teams are too few; give at least {SMALLEST}")
    return size


if __name__ == "__main__":
    sys.exit(main())
