"""The result of a diagnosis: on screen, as PDF, as the JSON document that both are told from, and as a table.

A report opens for the browsers that hold its assessment. For everyone else, and for an id that never was,
the answer is the same 404. What others are shown of it is behind the door `shared`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from assessment.jobs import wake
from assessment.store import reports
from assessment.store.reports import StoredReport
from assessment.store.sales import consents
from assessment.store.shares import UnknownReport
from assessment.web import (
    capability,
    consenting,
    following,
    guard,
    leading_on,
    private_link,
    refusals,
    showing,
)
from assessment.web.consenting import Consenting
from assessment.web.policy import Sight, sight

bp = Blueprint("reports", __name__, url_prefix="/reports")

# Whoever has just finished sees without a click, and without a script, that the PDF is there. Nobody whose
# PDF takes long has the page change under their eyes again and again, and nobody who has read as far as the
# fields at its end loses what they type there.
LOOK_AGAIN_AFTER_S = 5
JUST_FINISHED = timedelta(seconds=20)


@bp.get("/<report_id>/")
def show(report_id: str) -> Response:
    """Show the whole result, before anything is asked; where its wording is gone, say so."""
    seen = sight(report_id=report_id)
    response = _page(seen)
    if is_to_be_ready_soon(seen.stored):
        response.headers["Refresh"] = str(LOOK_AGAIN_AFTER_S)
    return response


def _page(seen: Sight, form: Consenting | None = None, status: int = 200) -> Response:
    stored = seen.stored
    page = showing.page(
        seen,
        "reports/result.html",
        onward=leading_on.onward(stored),
        onward_action=url_for("diagnosis.lead_on", assessment_id=stored.assessment_id),
        paper_action=url_for("diagnosis.paper", assessment_id=stored.assessment_id),
        leave=url_for("diagnosis.leave", assessment_id=stored.assessment_id),
        share=url_for("reports.share", report_id=stored.id),
        again=following.proposal(stored) and url_for("diagnosis.again", assessment_id=stored.assessment_id),
        compare=url_for("reports.compare", report_id=stored.id),
        **consenting.section(stored, form),
        **private_link.for_page(stored.assessment_id),
    )
    return make_response(page, status)


def is_to_be_ready_soon(stored: StoredReport) -> bool:
    """Is the PDF being made of a diagnosis that was finished just now?"""
    age = datetime.now(UTC) - stored.created_at
    return timedelta() <= age < JUST_FINISHED and reports.pdf_state(stored.id) == "waiting"


@bp.get("/<report_id>.pdf")
def pdf(report_id: str) -> Response:
    """Answer the paper; while it is being made, or when it cannot be, a page that says so."""
    seen = sight(report_id=report_id)
    action = url_for("diagnosis.paper", assessment_id=seen.stored.assessment_id)
    return showing.pdf(seen, paper_action=action)


@bp.get("/<report_id>.json")
def document(report_id: str) -> Response:
    """Answer the result document, byte for byte as it was frozen."""
    return showing.document(sight(report_id=report_id))


@bp.get("/<report_id>.csv")
def table(report_id: str) -> Response:
    """Answer the result as a table."""
    return showing.table(sight(report_id=report_id))


@bp.post("/<report_id>/consent")
def consent(report_id: str) -> Answer:
    """Let the sales desk see the result, once for a form."""
    seen, form = sight(report_id=report_id), Consenting(request.form)
    request_id = guard.request_name()
    if not form.validate():
        return _page(seen, form, status=422)
    try:
        consenting.give(seen.stored, form, capability.request_name(request_id, ["consent", report_id]))
    except UnknownReport:
        raise refusals.not_here() from None
    wake()
    return redirect(url_for(".show", report_id=report_id, _anchor="consent"), 303)


@bp.post("/<report_id>/consent/withdraw")
def withdraw(report_id: str) -> Answer:
    """Take the consent back: the desk forgets the result at once."""
    sight(report_id=report_id)
    guard.request_name()
    consents.withdraw(report_id)
    return redirect(url_for(".show", report_id=report_id, _anchor="consent"), 303)


@bp.before_request
def _make_room() -> None:
    """Let more be sent than fits a field: it is refused beside it, and the text still stands there."""
    if request.endpoint in ("reports.make_share", "reports.consent"):
        request.max_content_length = request.max_form_memory_size = guard.LARGEST_TEXT


def _onward() -> tuple[str, str]:
    """Return where a refused form leads on to: the links of the report, or the report."""
    report_id = (request.view_args or {}).get("report_id", "")
    if request.endpoint in ("reports.consent", "reports.withdraw"):
        return url_for(".show", report_id=report_id), "To the result"
    return url_for(".share", report_id=report_id), "To the links"


guard.protect(bp, _onward)
