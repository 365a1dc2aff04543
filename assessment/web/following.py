"""Another look at a team: what it is begun with, and what is kept of the comparison when it is finished."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from assessment.core import comparison
from assessment.core.belief import looking
from assessment.core.instrument import Form, Instrument
from assessment.core.interchange import DocumentError
from assessment.core.reassessment import Run, first_end, read_run, unlike
from assessment.report.change import window
from assessment.store import following
from assessment.store.reports import StoredReport
from assessment.web.current import library
from assessment.web.forms.fields import SHORTEST_WINDOW_DAYS
from assessment.web.journey.days import today


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another look at a team: its questions, what is proposed, and from when on it can be compared.

    `after` is the last day that the earlier look saw. `full_from` is the first day on which a window of the
    same length can end, `shortest_from` the same of the shortest that may be chosen.
    """

    instrument: Instrument
    facts: dict[str, Any]
    after: date
    full_from: date
    shortest_from: date

    @property
    def is_shortened(self) -> bool:
        """Is a shorter window proposed than the earlier one, because the same length does not fit yet?"""
        return today() < self.full_from

    @property
    def is_too_early(self) -> bool:
        """Is it too early for even the shortest window?"""
        return today() < self.shortest_from


def proposal(stored: StoredReport, *, work: str = "") -> Proposal | None:
    """Return what another look at the same team is begun with, None where it could never be compared.

    That is so after answers from memory, and where the questions are offered no more or are scored
    otherwise. `work` is the kind of work that was named at the start.
    """
    answered = library().instruments.get(stored.instrument_key)
    offered = library().offered.get(stored.instrument_key.partition("/")[0])
    if answered is None or offered is None or unlike(answered, offered):
        return None
    answers = json.loads(stored.diagnosis)["answers"]
    form = _form(answered, offered, answers["form"])
    if form is None:
        return None
    after, days = window(answers)[1], int(answers["window_days"])
    fits = (today() - after).days - 1
    facts = {
        "form": form.id,
        "label": answers.get("label", ""),
        "team_size": answers["team_size"],
        "window_days": min(days, max(fits, SHORTEST_WINDOW_DAYS)),
        "window_end": today(),
        "work": work,
    }
    return Proposal(
        offered, facts, after, first_end(after, days), first_end(after, min(days, SHORTEST_WINDOW_DAYS))
    )


def _form(answered: Instrument, offered: Instrument, form_id: str) -> Form | None:
    """Return the form to propose: the same, or one that looks where that is not offered any more."""
    before = next((each for each in answered.forms if each.id == form_id), None)
    if before is None or before.from_memory:
        return None
    same = next((each for each in offered.forms if each.id == form_id and not each.from_memory), None)
    return same or looking(offered)


def read(stored: StoredReport) -> Run | None:
    """Return a finished diagnosis to be compared, None where its questions are not held here any more."""
    held = library().instruments.get(stored.instrument_key)
    if held is None or held.sha256 != stored.instrument_sha256:
        return None
    try:
        return read_run({held.key: held}.__getitem__, stored.diagnosis)
    except DocumentError:
        return None


def compared(stored: StoredReport, later: Run) -> dict[str, Any]:
    """Return the comparison of a later run with an earlier, finished one, or why there is none."""
    earlier = read(stored)
    if earlier is None:
        return comparison.missing("unreadable", f"{stored.instrument_key} is not held here as it was")
    return comparison.frozen(earlier, later, code=stored.code, sha256=stored.sha256)


def comparison_of(assessment_id: str, run: Run) -> dict[str, Any] | None:
    """Return what a diagnosis that is being finished keeps of the one that it follows; None without one."""
    found = following.followed(assessment_id)
    if found is None:
        return None
    earlier = following.opened(found)
    if earlier is None:
        return comparison.missing("deleted", "the earlier diagnosis was deleted before this one was finished")
    return compared(earlier, run)
