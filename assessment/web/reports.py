"""The result of a diagnosis: on screen, as PDF, as the JSON document that both are told from, and as a table.

A report opens for the browsers that hold its assessment. For everyone else, and for an id that never was,
the answer is the same 404. What others are shown of it is behind the door `shared`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, make_response, request, url_for

from assessment.store import reports
from assessment.store.reports import StoredReport
from assessment.web import following, guard, leading_on, private_link, showing
from assessment.web.policy import sight

bp = Blueprint("reports", __name__, url_prefix="/reports")

# Whoever has just finished sees without a click, and without a script, that the PDF is there. Nobody whose
# PDF takes long has the page change under their eyes again and again.
LOOK_AGAIN_AFTER_S = 5
JUST_FINISHED = timedelta(minutes=1)


@bp.get("/<report_id>/")
def show(report_id: str) -> Response:
    """Show the whole result, before anything is asked; where its wording is gone, say so."""
    seen = sight(report_id=report_id)
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
        **private_link.for_page(stored.assessment_id),
    )
    response = make_response(page)
    if is_to_be_ready_soon(stored):
        response.headers["Refresh"] = str(LOOK_AGAIN_AFTER_S)
    return response


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


@bp.before_request
def _make_room() -> None:
    """Let more be sent than fits a field: it is refused beside it, and the text still stands there."""
    if request.endpoint == "reports.make_share":
        request.max_content_length = request.max_form_memory_size = guard.LARGEST_TEXT


def _onward() -> tuple[str, str]:
    """Return where a refused form leads on to: the links of the report."""
    report_id = (request.view_args or {}).get("report_id", "")
    return url_for(".share", report_id=report_id), "To the links"


guard.protect(bp, _onward)
