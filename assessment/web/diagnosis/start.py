"""Beginning: the start page, the questions to read before it, and the diagnosis that is begun."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.core.instrument import Instrument
from assessment.store import assessments
from assessment.store.sales import invitations
from assessment.store.sales import invited as by_invitation
from assessment.store.sales.invited import Said
from assessment.web import capability, forms, leading_on, proposals, refusals
from assessment.web.current import library
from assessment.web.diagnosis.door import bp, held_here, not_found, show
from assessment.web.forms import Filled
from assessment.web.guard import request_name
from assessment.web.journey import before
from assessment.web.journey.days import today
from assessment.web.policy import own
from assessment.web.proposals import Invited


@bp.get("/")
def start() -> Response:
    """What a diagnosis takes, the form that begins one, and those that this browser has begun.

    `?instrument=<name>` begins one of another instrument, `?form=<id>` has a length chosen beforehand.
    """
    instrument = _offered()
    chosen = request.args.get("form")
    if chosen is not None and chosen not in {each.id for each in instrument.forms}:
        abort(404)
    invited = proposals.here()
    form = _form(instrument, invited)(data={"form": chosen, **proposals.filled(invited)})
    return _start(instrument, form, invited)


@bp.get("/questions")
def any_questions() -> Response:
    """Lead to the questions of the first length that looks at records, or of the first that there is."""
    instrument = _offered()
    first = next((each for each in instrument.forms if not each.from_memory), instrument.forms[0])
    return redirect(url_for(".questions", form=first.id, **_naming(instrument)))


@bp.get("/questions/<form>")
def questions(form: str) -> Response:
    """Every question of one length, to read or print before starting."""
    instrument = _offered()
    length = next((each for each in instrument.forms if each.id == form), None) or abort(404)
    return show(
        "questions",
        instrument=instrument,
        length=length,
        naming=_naming(instrument),
        sittings=before.sittings(instrument, length.id),
    )


@bp.post("/")
def begin() -> Response:
    """Begin a diagnosis and give this browser the key to it."""
    instrument, invited = _offered(), proposals.here()
    form = _form(instrument, invited)(request.form)
    request_id = request_name()
    if not form.validate():
        return _start(instrument, form, invited, status=422)
    if invited and not invited.invitation:
        return _start(instrument, form, invited, status=409)

    facts, said = form.record(), proposals.said(invited, form)
    # The same form sent twice, with the same in it, leads to the one diagnosis that it began.
    content = [instrument.key, facts, *([said.invitation_id, astuple(said.proposed)] if said else [])]
    try:
        return begin_with(instrument, facts, capability.request_name(request_id, content), said=said)
    except invitations.Ended:
        return _start(instrument, form, proposals.here(), status=409)


@bp.post("/<assessment_id>/onward")
def lead_on(assessment_id: str) -> Response:
    """Begin the form that looks, of the same team, with what was said from memory as its belief."""
    held, request_id = held_here(assessment_id), request_name()
    if held.report_id is None:
        raise refusals.not_finished()
    stored = own(held.report_id) or not_found()
    onward = leading_on.onward(stored)
    if onward is None:
        raise refusals.leads_nowhere()
    start = capability.request_name(request_id, ["onward", assessment_id])
    # Whoever went this far by an invitation goes on by it: it was told before that this is seen, too.
    said = by_invitation.said(assessment_id)
    return begin_with(onward.instrument, onward.facts, start, said=said, is_onward=True)


def begin_with(
    instrument: Instrument,
    facts: dict[str, Any],
    start: str,
    *,
    follows: str | None = None,
    said: Said | None = None,
    is_onward: bool = False,
) -> Response:
    """Begin a diagnosis, once for a start of this name, and lead to its tasks.

    `follows` is the assessment that it is another look after; `said` and `is_onward` are those of
    `assessments.start`, whose invitations.Ended is raised.
    """
    holder = capability.known_holder() or capability.holder_beginning(start)
    begun = assessments.start(
        holder=holder,
        instrument_key=instrument.key,
        instrument_sha256=instrument.sha256,
        facts=facts,
        resume_token=capability.resume_token(holder, start),
        follows=follows,
        said=said,
        is_onward=is_onward,
    )
    return capability.give(
        redirect(url_for(".tasks", assessment_id=begun.assessment_id, link=start), 303), holder
    )


def _form(instrument: Instrument, invited: Invited | None) -> type[Filled]:
    is_invited = invited is not None and invited.invitation is not None
    return forms.start_form(instrument, today(), is_invited=is_invited)


def _start(instrument: Instrument, form: Filled, invited: Invited | None, status: int = 200) -> Response:
    holder = capability.holder()
    naming = _naming(instrument)
    if invited and not invited.is_live:
        naming.pop("invited")  # sent again, the form begins without it
    return show(
        "start",
        status,
        instrument=instrument,
        lengths={each.id: each for each in instrument.forms},
        naming=naming,
        counts_exports=instrument.key in library().measures,
        invited=invited,
        proposed=proposals.filled(invited),
        refused=status == 409,
        lost=proposals.typed() if status == 409 else [],
        others=[(name, each) for name, each in library().offered.items() if each.key != instrument.key],
        begun=before.begun(assessments.listed(holder), library().instruments) if holder else [],
        form=form,
    )


def _offered() -> Instrument:
    """Return the instrument that the address names, the site's own where it names none."""
    name = request.args.get("instrument")
    found = library().current if name is None else library().offered.get(name)
    if found is None and request.method == "POST":
        raise refusals.not_offered()
    return found or abort(404)


def _naming(instrument: Instrument) -> dict[str, Any]:
    """Return what an address says beside, to name this instrument, unless it is the site's own.

    And the invitation, where this request names one.
    """
    own = instrument.key == library().current.key
    return {**({} if own else {"instrument": instrument.key.partition("/")[0]}), **proposals.named()}
