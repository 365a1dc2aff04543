"""Simulate teams and write the tables of the docs: `python -m simulation [--size 600] [--only coverage]`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping

from assessment.content.files.located import ContentError
from assessment.settings import ROOT
from simulation import reference
from simulation.brief import brief
from simulation.common import SEED, About, instrument
from simulation.markdown import placed
from simulation.studies import STUDIES, processes, results

PAGE = ROOT / "docs" / "method.md"
SITE = ROOT / "content" / "simulation.toml"  # what the site prints of it
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
    """Simulate and write; return 1 where the content is at fault or a table has no place in the page."""
    given = _parser().parse_args(arguments)
    about = About(given.size, given.seed, reference.KEY)
    studies = [STUDIES[given.only]] if given.only else list(STUDIES.values())
    progress = Progress(sum(len(study.rows) for study in studies), given.size)
    pool, code = processes(given.workers), 0
    try:
        instrument()  # at fault in its content, it is told here and once
        for study in studies:  # each is written when it is done, so that stopping loses little
            found = results(pool, study, about.size, about.seed, progress)
            code = _write(study.tables(found, about)) or code
    except ContentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; the tables that were finished are written.\n")
        return 130
    finally:
        pool.shutdown(cancel_futures=True)
    sys.stderr.write(f"\n{given.size} teams a row in {progress.seconds:.0f} s\n")
    return code


def _write(tables: Mapping[str, str]) -> int:
    page, missing = placed(PAGE.read_text(encoding="utf-8"), tables)
    PAGE.write_text(page, encoding="utf-8")
    place = PAGE.relative_to(ROOT)
    for name in missing:
        remedy = f"write '<!-- simulate: {name} -->' and '<!-- /simulate -->' there, each on its own line"
        sys.stderr.write(f"{place}: has no place for the table '{name}'; {remedy}\n")
    if missing:
        return 1
    SITE.write_text(brief(page), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--size", type=_at_least(SMALLEST), default=600, help="teams a row (600)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"another seed, other teams ({SEED})")
    parser.add_argument("--only", choices=STUDIES, help="one study (all)")
    parser.add_argument("--workers", type=_at_least(1), default=None, help="processes (one for each core)")
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} will not do; give a whole number of at least {least}")
        return int(text)

    return number


if __name__ == "__main__":
    sys.exit(main())
