"""What was counted from an export, and so is not asked: a line for each, where the questions would stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assessment.core import evidence
from assessment.core.instrument import Pass
from assessment.report import figures
from assessment.report.words import span
from assessment.web.journey.run import Run


@dataclass(frozen=True, slots=True)
class Counted:
    """One question that an export has answered."""

    id: str
    title: str
    sentence: str  # "48 sound, 1 failing, 1 could not be verified"
    source: str  # "GitHub, 50 of 61, 24 August to 22 November 2026"


def counted(run: Run) -> list[Counted]:
    """Return what was counted, in the order in which it would be asked."""
    found = evidence.counted(*run.asked)
    return [
        Counted(
            id=name,
            title=run.instrument.indicators[name].name,
            sentence=figures.counts(*(found[name][mark] for mark in ("sound", "failing", "unverified"))),
            source=_source(found[name]),
        )
        for each in run.instrument.passes
        for name in _names(each)
        if name in found
    ]


def of_pass(each: Pass, one: Counted) -> bool:
    return one.id in _names(each)


def _names(each: Pass) -> list[str]:
    checks = [check.indicator for frame in each.frames for check in frame.checks]
    return [*checks, *(single.indicator for single in each.singles)]


def _source(given: evidence.Values) -> str:
    n, population = len(given["positions"]), given["population"]
    many = f"all {n}" if n == population else f"{n} of {population}"
    days = span(*(date.fromisoformat(each) for each in given["covers"]))
    return f"{given.get('title') or given['reader']}, {many}, {days}"
