"""The task list: the passes of a form, what is done of each, and where it goes on."""

from __future__ import annotations

from dataclasses import dataclass

from assessment.core import evidence
from assessment.core.evidence import PassProgress, Stop
from assessment.core.instrument import Instrument, Pass
from assessment.web.journey.run import Run


@dataclass(frozen=True, slots=True)
class Task:
    """One row of the task list: a pass, how far it has come, and where it goes on."""

    each: Pass
    progress: PassProgress
    href: str


def tasks(run: Run) -> list[Task]:
    """Return a row for each pass of the form."""
    rows = []
    for progress in evidence.progress(*run.asked):
        each = _pass(run.instrument, progress.pass_id)
        path = [stop for stop in run.path if of_pass(each, stop)]
        first = next((stop for stop in path if not run.is_answered(stop)), path[0])
        rows.append(Task(each, progress, run.at(first)))
    return rows


def _pass(instrument: Instrument, pass_id: str) -> Pass:
    return next(each for each in instrument.passes if each.id == pass_id)


def of_pass(each: Pass, stop: Stop) -> bool:
    return stop.part == each.id or stop.part in {frame.id for frame in each.frames}
