"""Small parts of the simulation, for tests."""

from __future__ import annotations

from dataclasses import replace

from simulation import coverage
from simulation.common import Study


def only_row(row: str) -> Study:
    """Return the study of coverage with one of its rows alone."""
    return replace(coverage.STUDY, rows=(row,))
