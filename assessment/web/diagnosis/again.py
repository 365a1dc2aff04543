"""Another look at a team: begun from a finished diagnosis, to be compared with it when it is finished."""

from __future__ import annotations

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from assessment.web import capability, following, forms, refusals
from assessment.web.diagnosis.door import bp, held_here, home, not_found, show
from assessment.web.diagnosis.start import begin_with
from assessment.web.following import Proposal
from assessment.web.forms import Filled
from assessment.web.guard import request_name
from assessment.web.journey.days import today
from assessment.web.policy import own


@bp.get("/<assessment_id>/again")
def again(assessment_id: str) -> Response:
    """Ask for the facts of another look at the same team, with those of the earlier one filled in."""
    held = held_here(assessment_id)
    if held.report_id is None:
        return redirect(home(held), 303)
    proposed = _proposal(assessment_id) or abort(404)
    return _again(assessment_id, proposed, _form(proposed)(data=proposed.facts))


@bp.post("/<assessment_id>/again")
def begin_again(assessment_id: str) -> Response:
    """Begin another look at a team, which remembers the one that it follows."""
    proposed, request_id = _proposal(assessment_id), request_name()
    if proposed is None:
        raise refusals.not_to_be_repeated()
    form = _form(proposed)(request.form)
    if not form.validate():
        return _again(assessment_id, proposed, form, status=422)
    facts = form.record()
    start = capability.request_name(request_id, ["again", assessment_id, facts])
    return begin_with(proposed.instrument, facts, start, follows=assessment_id)


def _proposal(assessment_id: str) -> Proposal | None:
    held = held_here(assessment_id)
    if held.report_id is None:
        return None
    stored = own(held.report_id) or not_found()
    return following.proposal(stored, work=held.facts.get("work", ""))


def _form(proposed: Proposal) -> type[Filled]:
    return forms.again_form(proposed.instrument, today(), proposed.after)


def _again(assessment_id: str, proposed: Proposal, form: Filled, status: int = 200) -> Response:
    return show(
        "again",
        status,
        proposed=proposed,
        lengths={each.id: each for each in proposed.instrument.forms},
        form=form,
        home=home(held_here(assessment_id)),
    )
