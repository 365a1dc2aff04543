"""The tasks of a diagnosis, and the private links by which it goes on elsewhere."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.core import evidence
from assessment.store import assessments, mails
from assessment.web import capability, mailing, private_link, refusals
from assessment.web.diagnosis.door import bp, held_here, home, open_here, show
from assessment.web.guard import request_name
from assessment.web.journey import counted as exported
from assessment.web.journey import exports
from assessment.web.journey import tasks as passes
from assessment.web.journey.run import Run
from assessment.web.mailing import Mailing


@bp.get("/<assessment_id>/")
def tasks(assessment_id: str) -> Response:
    """The passes with what is done and left, and the private link."""
    return _tasks(open_here(assessment_id))


def _tasks(run: Run, form: Mailing | None = None, **options: Any) -> Response:
    """Show the tasks; `form` is that of the link by mail, where it was refused."""
    progress = evidence.progress(*run.asked)
    return show(
        "tasks",
        run=run,
        mailing=(form or Mailing()) if mailing.is_offered() else None,
        mailed=mails.latest(run.held.id) if mailing.is_offered() else None,
        mail_action=run.address("diagnosis.mail"),
        rows=passes.tasks(run),
        counted=exported.counted(run),
        can_count=bool(exports.countable(run)),
        done=sum(each.answered for each in progress),
        of=sum(each.of for each in progress),
        left=sum(each.minutes_left for each in progress),
        link=private_link.just_made(run.held.id),
        link_action=run.address("diagnosis.link"),
        following=evidence.next_stop(*run.asked),
        **options,
    )


@bp.post("/<assessment_id>/link")
def link(assessment_id: str) -> Response:
    """Make one more resume link, or end all there are; also when the diagnosis is finished."""
    held = held_here(assessment_id)
    request_id = request_name()
    if request.form.get("end"):
        assessments.revoke_resume(assessment_id)
        return redirect(home(held), 303)
    return redirect(home(held, link=private_link.make(assessment_id, request_id)), 303)


@bp.post("/<assessment_id>/mail")
def mail(assessment_id: str) -> Response:
    """Have one more resume link sent to the address that is given."""
    run, request_id = open_here(assessment_id), request_name()
    if not mailing.is_offered():
        raise refusals.no_mail()
    form = Mailing(request.form)
    if not form.validate():
        return _tasks(run, form, status=422, request_id=request_id)
    if not mailing.owe(assessment_id, request_id, form):
        return _tasks(run, form, status=429, request_id=request_id)
    return redirect(run.address("diagnosis.tasks", _anchor="by-mail"), 303)


@bp.get("/resume/<token>")
def resume(token: str) -> Response:
    """What a resume link shows: a page with a button, because a mail scanner follows every link."""
    if not assessments.resume_peek(token):
        return show("resume_unknown", 404)
    return show("resume", token=token)


@bp.post("/resume/<token>")
def reopen(token: str) -> Response:
    """Give this browser the key that the link stands for, and an address without it."""
    holder = capability.known_holder() or capability.new_holder()
    assessment_id = assessments.resume(token, holder=holder)
    if assessment_id is None:
        return show("resume_unknown", 404)
    return capability.give(redirect(url_for(".tasks", assessment_id=assessment_id), 303), holder)


@bp.after_request
def _keep_token_home(response: Response) -> Response:
    """Let no address with a token in it travel in a Referer, not even to another page of this site."""
    if request.endpoint in ("diagnosis.resume", "diagnosis.reopen"):
        # The host alone: with no-referrer, the button's form would come with "Origin: null".
        response.headers["Referrer-Policy"] = "strict-origin"
    return response
