"""The result of a diagnosis: on screen, as PDF, and as the JSON document that both are told from.

A report opens for the browsers that hold its assessment. For everyone else, and for an id that never was,
the answer is the same 404.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, render_template, url_for
from markupsafe import Markup

from assessment.report import sections
from assessment.report.parts import Told
from assessment.store import reports
from assessment.store.reports import StoredReport
from assessment.web import leading_on, private_link
from assessment.web.capability import holder
from assessment.web.current import library, settings

bp = Blueprint("reports", __name__, url_prefix="/reports")

RETRY_AFTER_S = {"waiting": 3, "delayed": 60}  # a report takes about two seconds to set


@bp.get("/<report_id>/")
def show(report_id: str) -> str:
    """Show the whole result, before anything is asked; where its wording is gone, say so."""
    stored = _held(report_id)
    files = {
        "pdf_state": reports.pdf_state(stored.id),
        "pdf": url_for("reports.pdf", report_id=stored.id),
        "document": url_for("reports.document", report_id=stored.id),
        "paper_action": url_for("diagnosis.paper", assessment_id=stored.assessment_id),
        "leave": url_for("diagnosis.leave", assessment_id=stored.assessment_id),
        **private_link.for_page(stored.assessment_id),
    }
    try:
        told = _told(stored)
    except sections.Outdated as error:
        current_app.logger.warning("report %s cannot be told: %s", stored.id, error)
        return render_template("reports/outdated.html", code=stored.code, **files)
    return render_template(
        "reports/result.html",
        told=told,
        theirs=theirs,
        paper=False,
        onward=leading_on.onward(stored),
        onward_action=url_for("diagnosis.lead_on", assessment_id=stored.assessment_id),
        **files,
    )


@bp.get("/<report_id>.pdf")
def pdf(report_id: str) -> Response:
    """Answer the paper; while it is being made, or when it cannot be, a page that says so."""
    stored = _held(report_id)
    made = reports.pdf(stored.id)
    if made is None:
        return _no_paper_yet(stored)
    return _file(made.bytes, "application/pdf", f"{_name(stored)}.pdf")


@bp.get("/<report_id>.json")
def document(report_id: str) -> Response:
    """Answer the result document, byte for byte as it was frozen."""
    stored = _held(report_id)
    return _file(stored.diagnosis, "application/json", f"{_name(stored)}.json")


def theirs(text: str) -> Markup:
    """Return text that somebody typed as markup: escaped, and isolated in its direction."""
    return Markup("<bdi>{}</bdi>").format(text)


def _held(report_id: str) -> StoredReport:
    """Return the report if this browser may see it; else 404, the same for foreign and unknown."""
    by = holder()
    return (reports.find(report_id, by=by) if by else None) or abort(404)


def _told(stored: StoredReport) -> Told:
    result: dict[str, Any] = json.loads(stored.diagnosis)
    try:
        instrument = library().instrument(stored.instrument_key)
    except KeyError:
        raise sections.Outdated(f"there is no {stored.instrument_key} (any more)") from None
    return sections.told(
        result,
        instrument,
        library(),
        base_address=settings().base_url,
        code=stored.code,
        sha256=stored.sha256,
    )


def _no_paper_yet(stored: StoredReport) -> Response:
    state = reports.pdf_state(stored.id)
    response = make_response(
        render_template(
            "reports/waiting.html",
            state=state,
            code=stored.code,
            pdf=url_for("reports.pdf", report_id=stored.id),
            report=url_for("reports.show", report_id=stored.id),
            paper_action=url_for("diagnosis.paper", assessment_id=stored.assessment_id),
            **private_link.for_page(stored.assessment_id),
        ),
        {"failed": 503, "cleared": 404}.get(state, 202),
    )
    if state in RETRY_AFTER_S:
        response.headers["Retry-After"] = str(RETRY_AFTER_S[state])
    return response


def _file(body: bytes, mimetype: str, name: str) -> Response:
    response = Response(body, mimetype=mimetype)
    # The name holds the code alone: nothing that was typed gets into a header.
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _name(stored: StoredReport) -> str:
    return f"{stored.instrument_key.partition('/')[0]}-{stored.code}"
