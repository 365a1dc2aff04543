"""An item that does not apply: the next position takes its place, and it can be put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from assessment.core import evidence, opening
from assessment.core.evidence import Stop
from assessment.store import answering
from assessment.store.answering import Conflict
from assessment.store.assessments import Finished
from assessment.web import forms, refusals
from assessment.web.diagnosis.door import bp, envelope, no_such_question, open_here, run_here, show
from assessment.web.forms import Filled
from assessment.web.journey.run import Run

Log = list[Mapping[str, Any]]


@bp.get("/<assessment_id>/<part>/<page>/replace")
def replacing(assessment_id: str, part: str, page: str) -> Response:
    """Why an item does not apply, before the next one takes its place."""
    run = open_here(assessment_id)
    stop = run.stop(part, page)
    if stop is None or stop.kind != "item":
        is_known = part in run.instrument.frames and run.knows(part, page)
        return redirect(run.sample_at(part), 303) if is_known else abort(404)
    called = run.filled(stop).data.get("reference")
    return _replacing(run, stop, forms.replacing_form()(data={"reference": called}))


@bp.post("/<assessment_id>/<part>/<page>/replace")
def replace(assessment_id: str, part: str, page: str) -> Response:
    """Let the next position take the place of an item, for every check."""
    run, form = _with_this_draw(assessment_id, part, page), forms.replacing_form()(request.form)
    reason, reference = form["reason"].data, form["reference"].data

    def more(run: Run) -> Log:
        if _is_enough(run, part):
            return run.replaced(part)
        population = run.where(part)["population"]
        return opening.with_replaced(
            _drawn(run, part), run.replaced(part), population, page, reason, reference
        )

    if run.stop(part, page) and form.validate() and not _is_enough(run, part):
        run = _kept(run, part, more)
    stop = run.stop(part, page)
    if stop is None:
        return redirect(run.in_place_of(part, page), 303)  # now or before, by a double click or elsewhere
    if not form.errors:
        form.refuse("reason", "Half of this sample was replaced already: describe the list anew instead.")
    return _replacing(run, stop, form, status=422)


@bp.post("/<assessment_id>/<part>/<page>/back")
def put_back(assessment_id: str, part: str, page: str) -> Response:
    """Put an item back in its place, with what was answered about it."""
    run = _with_this_draw(assessment_id, part, page)

    def fewer(run: Run) -> Log:
        return opening.with_returned(_drawn(run, part), run.replaced(part), page)

    _kept(run, part, fewer)
    return redirect(run.sample_at(part), 303)


def _with_this_draw(assessment_id: str, part: str, page: str) -> Run:
    """Return the run if a form that was sent speaks of an item of the sample that stands."""
    run, sent = run_here(assessment_id), envelope()
    if run.held.report_id:
        raise refusals.finished()
    if part not in run.instrument.frames or not run.knows(part, page):
        no_such_question(run, part, page)
    if page not in {item.page for item in run.items(part)} | _pages_gone(run, part):
        no_such_question(run, part, page)
    if sent.draw != run.where(part).get("draws"):
        raise refusals.drawn_anew()
    return run


def _pages_gone(run: Run, part: str) -> set[str]:
    return {each.page for each in evidence.sample(run.records, part).replaced}


def _drawn(run: Run, part: str) -> list[int]:
    return list(run.where(part)["positions"])


def _is_enough(run: Run, part: str) -> bool:
    """Was as much replaced as may be?"""
    return len(run.replaced(part)) >= opening.most(_drawn(run, part))


def _kept(run: Run, part: str, changed: Callable[[Run], Log]) -> Run:
    """Keep the log as it is changed, again where another window changed it meanwhile; return the run then."""
    sent = envelope()
    while True:
        values = {"draw": sent.draw, "log": changed(run)}
        outcome = answering.keep(
            run.held.id,
            part=part,
            page=opening.PAGE,
            values=values,
            version=run.version(Stop(part, opening.PAGE, "item")),
            request_id=sent.request_id,
            location=run.sample_at(part),
        )
        if isinstance(outcome, Finished):
            raise refusals.finished()
        run = run_here(run.held.id)
        if not isinstance(outcome, Conflict):
            return run
        if run.where(part).get("draws") != sent.draw:
            raise refusals.drawn_anew()


def _replacing(run: Run, stop: Stop, form: Filled, status: int = 200) -> Response:
    return show(
        "replacing",
        status,
        run=run,
        stop=stop,
        form=form,
        frame=run.instrument.frames[stop.part],
        where=run.where(stop.part),
        position=evidence.item_position(run.records, stop.part, stop.page),
        most=opening.most(_drawn(run, stop.part)),
    )
