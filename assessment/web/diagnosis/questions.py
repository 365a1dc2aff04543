"""The questions, one a page: the sample, a page filled in, and what a saved page meets."""

from __future__ import annotations

import uuid

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from assessment.core.evidence import Stop
from assessment.store import answering
from assessment.store.answering import Conflict, Kept
from assessment.store.assessments import Finished
from assessment.web import refusals
from assessment.web.diagnosis.door import (
    bp,
    envelope,
    leads_back,
    no_such_question,
    open_here,
    run_here,
    show,
)
from assessment.web.forms import Belief, Question
from assessment.web.journey import exports, place
from assessment.web.journey import sample as samples
from assessment.web.journey.run import Run


@bp.get("/<assessment_id>/<part>/sample")
def sample(assessment_id: str, part: str) -> Response:
    """Which items of a frame are to be opened."""
    run = open_here(assessment_id)
    if part not in run.instrument.frames:
        abort(404)
    rows = samples.sample(run, part)
    if not rows and not run.has_replaced(part):
        return redirect(run.address("diagnosis.tasks"), 303)
    return show(
        "sample",
        run=run,
        frame=run.instrument.frames[part],
        where=run.where(part),
        rows=rows,
        gone=samples.gone(run, part),
        draw=run.where(part)["draws"],
        onward=next((row for row in rows if not row.is_answered), None),
    )


@bp.get("/<assessment_id>/<part>/<page>")
def question(assessment_id: str, part: str, page: str) -> Response:
    """One question, with what was answered before."""
    if "saved" in request.args:
        return Response(status=204)  # the address alone tells a script what it was led here to know
    run = open_here(assessment_id)
    stop = run.stop(part, page)
    if stop is None:
        # An address that other answers led to is left behind by a change, not by an error.
        return redirect(run.address("diagnosis.tasks"), 303) if run.knows(part, page) else abort(404)
    return _question(run, stop, run.filled(stop), version=run.version(stop))


@bp.post("/<assessment_id>/<part>/<page>")
def answer(assessment_id: str, part: str, page: str) -> Response:
    """Keep what was entered on one page and lead on."""
    run = run_here(assessment_id)
    sent = envelope()
    stop = run.stop(part, page) or no_such_question(run, part, page)
    form = run.form(stop).sent(request.form, request.files)
    if sent.draw != run.draw(stop):
        raise refusals.drawn_anew()
    if isinstance(form, Belief) and form.is_other_than_told():
        raise refusals.belief_is_locked()
    if not form.validate():
        if run.held.report_id:
            raise refusals.finished()
        return _question(run, stop, form, version=sent.version, request_id=sent.request_id, status=422)

    record = run.record(stop, form)
    outcome = answering.keep(
        assessment_id,
        part=part,
        page=page,
        values=record,
        version=sent.version,
        request_id=sent.request_id,
        location=_saved(run, stop, sent.version + 1)
        if sent.stays
        else run.after_saving(stop, record).onward(stop, sent.back),
    )

    if isinstance(outcome, Finished):
        raise refusals.finished()
    if isinstance(outcome, Conflict) and stop.kind == "belief":
        raise refusals.belief_is_locked()
    if isinstance(outcome, Conflict):
        kept = run.form(stop).of(outcome.entry.values)
        return _question(run, stop, form, version=outcome.entry.version, kept=kept, status=409)
    if sent.stays and isinstance(outcome, Kept):
        return redirect(_saved(run, stop, outcome.version), 303)
    return redirect(outcome.location, 303)


def _saved(run: Run, stop: Stop, version: int) -> str:
    """Return where a save leads that leaves its page open: to nothing new, and to the version it made."""
    return run.at(stop, saved=version)


def _question(
    run: Run,
    stop: Stop,
    form: Question,
    *,
    version: int,
    request_id: str = "",
    kept: Question | None = None,
    status: int = 200,
) -> Response:
    """Show a question; with `kept`, what another page has saved meanwhile beside what was typed."""
    back = leads_back()
    return show(
        TEMPLATES.get(stop.kind, stop.kind),
        status,
        run=run,
        stop=stop,
        form=form,
        version=version,
        request_id=request_id or uuid.uuid4().hex,
        back=back,
        before=run.address("diagnosis.check") if back else run.before(stop),
        place=place.place(run, stop),
        may_count=stop.kind == "where" and exports.helps_with(run, run.instrument.frames[stop.part]),
        apart=form.beside(kept) if kept else [],
        saving="saves" if stop.kind in UNDECISIVE and not kept else "",
    )


TEMPLATES = {"artefact": "level", "anchors": "level"}
# What may be kept while it is still filled in, because keeping it draws, shows and locks nothing.
UNDECISIVE = frozenset({"item", "counts", "date", "spread", "artefact", "anchors", "recall", "choice"})
