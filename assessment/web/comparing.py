"""Two finished diagnoses that a browser holds beside each other: which can be compared, and what changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from flask import abort, render_template, request, url_for

from assessment.core.reassessment import NotComparableError, Run, shared
from assessment.report import parts
from assessment.report.change import told_change, why_not
from assessment.report.reader import Reader
from assessment.report.words import day, span
from assessment.store import assessments
from assessment.store.assessments import Held
from assessment.store.reports import StoredReport
from assessment.web import capability, following
from assessment.web.current import library, settings
from assessment.web.policy import own, sight
from assessment.web.reports import bp

FROM_MEMORY = "It was answered from memory, and prints no Likely that could be compared."


@dataclass(frozen=True, slots=True)
class Other:
    """Another finished diagnosis: where it is compared, or why it cannot be."""

    label: str
    told: str  # its length, when it was finished, and what it looked at
    href: str
    why_not: str
    is_later: bool = False


@bp.get("/<report_id>/compare")
def compare(report_id: str) -> str:
    """List the other diagnoses of this browser, and compare with the one that `?with=` names."""
    stored = sight(report_id=report_id).stored
    chosen = request.args.get("with")
    other = (own(chosen) or abort(404)) if chosen else None
    held = [each for each in assessments.listed(capability.holder() or "") if each.report_id]
    this = next((each for each in held if each.report_id == report_id), None)
    now = following.read(stored)
    return render_template(
        "reports/compare.html",
        code=stored.code,
        label=this.facts["label"] if this else "",
        told={"change": _change(stored, other, now) if other else None},
        paper=False,
        others=[_other(each, stored, now) for each in held if each.report_id != report_id],
        is_readable=now is not None,
        home=url_for(".show", report_id=report_id),
    )


def _change(stored: StoredReport, other: StoredReport, now: Run | None) -> parts.ThenAndNow | None:
    if now is None:
        return None
    result = {**json.loads(stored.diagnosis), "comparison": following.compared(other, now)}
    reader = Reader(result, now.instrument, library(), settings().base_url, stored.code, stored.sha256)
    return told_change(reader)


def _other(held: Held, stored: StoredReport, now: Run | None) -> Other:
    """Return how another diagnosis stands to this one."""
    report_id = held.report_id or ""
    label, finished = str(held.facts["label"]), held.finished_at
    said = f"Finished on {day(finished.date())}" if finished else "Finished"
    found = own(report_id)
    then = following.read(found) if found else None
    if now is None or then is None:
        return Other(label, f"{said}.", "", why_not("unreadable", ""))
    if then.form.from_memory:
        return Other(label, f"{then.form.name}. {said}.", "", FROM_MEMORY)
    said = f"{then.form.name}. {said}; it looked at {span(*then.window)}."
    try:
        shared(then, now)
    except NotComparableError as error:
        if error.kind == "order":
            return _later(label, said, report_id, stored, then, now)
        return Other(label, said, "", _why(error, "earlier", now))
    return Other(label, said, _address(stored.id, report_id), "")


def _later(label: str, said: str, report_id: str, stored: StoredReport, then: Run, now: Run) -> Other:
    """Return how a diagnosis of later days stands to this one: its own page compares them."""
    try:
        shared(now, then)
    except NotComparableError as error:
        return Other(label, said, "", _why(error, "later", now))
    return Other(label, said, _address(report_id, stored.id), "", is_later=True)


def _why(error: NotComparableError, other_is: Literal["earlier", "later"], now: Run) -> str:
    """Return why the other one cannot be compared with this one, as a sentence about the other."""
    if error.kind == "windows":
        return f"Some of these days were seen by this one, too, which looked at {span(*now.window)}."
    if error.kind in ("earlier", "later"):
        which = "It" if error.kind == other_is else "This one"
        return f"{which} prints no Likely: {error.fault}."
    return why_not(error.kind, error.fault)


def _address(later_id: str, earlier_id: str) -> str:
    return f"{url_for('.compare', report_id=later_id)}?{urlencode({'with': earlier_id})}"
