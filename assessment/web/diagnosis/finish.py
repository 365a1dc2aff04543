"""Every answer on one page, the report that is made of them, and its paper."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response

from assessment.core import evidence, reassessment
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import DocumentError, canonical
from assessment.jobs import wake
from assessment.store import finishing, outbox
from assessment.store.assessments import Finished
from assessment.web import following, showing
from assessment.web.diagnosis.door import bp, held_here, not_found, open_here, run_here, show
from assessment.web.journey import review
from assessment.web.journey.run import Run


@bp.get("/<assessment_id>/check")
def check(assessment_id: str) -> Response:
    """Every answer on one page, what is missing and what weakens the result."""
    return _check(open_here(assessment_id))


@bp.post("/<assessment_id>/finish")
def finish(assessment_id: str) -> Response:
    """Turn the evidence into a diagnosis, once, and show its report."""
    run = run_here(assessment_id)
    report_id = run.held.report_id
    while report_id is None:
        try:
            diagnosis = _frozen(run)
        except DocumentError:
            return _check(run, status=422)
        outcome = finishing.finish(assessment_id, diagnosis=canonical(diagnosis), seen=run.entries)
        if isinstance(outcome, Finished):
            report_id = outcome.report_id
            wake()
        else:
            # Another window kept an answer in between: what is finished must hold it.
            run = run_here(assessment_id)
    return redirect(url_for("reports.show", report_id=report_id), 303)


def _check(run: Run, status: int = 200) -> Response:
    fault = None
    try:
        _diagnosis(run)
    except DocumentError as error:
        fault = error
    return show(
        "check",
        status,
        run=run,
        sections=review.review(run),
        gaps=review.unanswered(run),
        reasons=review.gate_reasons(run),
        remarks=evidence.self_check(*run.asked),
        is_empty=not evidence.observations(*run.asked),
        fault=fault,
    )


def _frozen(run: Run) -> dict[str, Any]:
    """Return the diagnosis, with the comparison where it follows another. Raises DocumentError."""
    answered = _answered(run)
    diagnosis = diagnose(answered.instrument, answered.answers)
    if found := following.comparison_of(run.held.id, answered):
        diagnosis["comparison"] = found
    return diagnosis


def _diagnosis(run: Run) -> dict[str, Any]:
    """Return the diagnosis of what is answered so far. Raises DocumentError where that cannot be scored."""
    answered = _answered(run)
    return diagnose(answered.instrument, answered.answers)


def _answered(run: Run) -> reassessment.Run:
    """Return what is answered so far. Raises DocumentError where that cannot be scored."""
    found = evidence.answers(*run.asked)
    if not found["observations"]:
        raise DocumentError("answers", "no question is answered whole", "answer one")
    # Through the same border as a file: what would be refused there is refused here.
    return reassessment.Run(*read_answers(lambda _: run.instrument, canonical(found)))


@bp.post("/<assessment_id>/paper")
def paper(assessment_id: str) -> Response:
    """Have the PDF of a finished diagnosis made: again, where it is gone, or on another sheet."""
    report_id, size = held_here(assessment_id).report_id or not_found(), showing.wanted_size()
    outbox.owe_cleared(report_id, size)
    wake()
    return redirect(url_for("reports.pdf", report_id=report_id, paper=size or None), 303)
