"""Leaving: everything that is kept, to be taken away, and what deletes it."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.store import answering, assessments, reports
from assessment.store.assessments import Held
from assessment.web import capability, leaving, refusals
from assessment.web.current import library
from assessment.web.diagnosis.door import bp, held_here, home, show


@bp.get("/<assessment_id>/leave")
def leave(assessment_id: str) -> Response:
    """What is kept of a diagnosis, to be taken away, and the form that deletes it."""
    return _leave(held_here(assessment_id), leaving.Leaving())


@bp.post("/<assessment_id>/leave")
def delete(assessment_id: str) -> Response:
    """Delete a diagnosis for good; the cookie goes too when it holds nothing else."""
    holder, proof = capability.holder() or "", request.form.get("proof", "")
    if assessments.held(assessment_id, by=holder):
        form = leaving.Leaving(request.form)
        if not form.validate():
            return _leave(held_here(assessment_id), form, status=422)
        assessments.delete(assessment_id)
    elif not capability.is_proof(proof, holder, assessment_id):
        raise refusals.not_here()
    gone = redirect(url_for(".left"), 303)
    return gone if assessments.is_holder(holder) else capability.take(gone)


@bp.get("/left")
def left() -> Response:
    """What a browser reads once a diagnosis is deleted."""
    return show("left")


@bp.get("/<assessment_id>/everything")
def everything(assessment_id: str) -> Response:
    """Answer everything that is kept of a diagnosis, as one JSON file."""
    held = held_here(assessment_id)
    return leaving.file(held, library().instruments.get(held.instrument_key))


def _leave(held: Held, form: leaving.Leaving, status: int = 200) -> Response:
    return show(
        "leave",
        status,
        held=held,
        form=form,
        pages=len(answering.entries(held.id)),
        home=home(held),
        is_followed=bool(held.report_id and reports.superseded_on(held.report_id)),
        proof=capability.proof(capability.holder() or "", held.id),
    )
