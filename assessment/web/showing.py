"""A report as it is shown to whoever may see it: its page, its paper, its document and its table."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, current_app, make_response, render_template, request
from markupsafe import Markup

from assessment.core.instrument import Instrument
from assessment.report import sections
from assessment.report.cover import Cover
from assessment.report.parts import Told
from assessment.report.table import table as as_table
from assessment.store import reports
from assessment.store.reports import StoredPdf, StoredReport
from assessment.store.sales.prepared import PreparedReport
from assessment.web import guard
from assessment.web.current import library, settings
from assessment.web.policy import Sight

RETRY_AFTER_S = {"waiting": 3, "delayed": 60}  # a report takes about two seconds to set


def page(sight: Sight, template: str, **more: Any) -> str:
    """Return the page of the whole result; where its wording is gone, one that says so."""
    stored = sight.stored
    context = {
        "shared": sight.shared,
        "pdf_state": reports.pdf_state(stored.id),
        **{part: sight.address(part) for part in ("pdf", "document", "table")},
        **more,
    }
    try:
        said = told(stored)
    except sections.Outdated as error:
        current_app.logger.warning("report %s cannot be told: %s", stored.id, error)
        return render_template("reports/outdated.html", code=stored.code, **context)
    return render_template(template, told=said, theirs=theirs, paper=False, **context)


def pdf(sight: Sight, **waiting: Any) -> Response:
    """Answer the paper; while it is being made, or when it cannot be, a page that says so."""
    size = wanted_size()
    made = reports.pdf(sight.stored.id, size)
    if made is None:
        return _no_paper_yet(sight, size, waiting)
    return _file(made.bytes, "application/pdf", f"{_name(sight.stored)}{'-' if size else ''}{size}.pdf")


def prepared_pdf(sight: Sight, paper: StoredPdf) -> Response:
    """Answer the paper that was made with a cover."""
    return _file(paper.bytes, "application/pdf", f"{_name(sight.stored)}.pdf")


def wanted_size() -> str:
    """Return the sheet that is asked for, in an address or a form: "" is A4, as is what is no sheet."""
    return "letter" if request.values.get("paper") == "letter" else ""


def document(sight: Sight) -> Response:
    """Answer the result document, byte for byte as it was frozen."""
    return _file(sight.stored.diagnosis, "application/json", f"{_name(sight.stored)}.json")


def table(sight: Sight) -> Response:
    """Answer the result as a table; where its wording is gone, the page that says so."""
    stored = sight.stored
    try:
        made = as_table(json.loads(stored.diagnosis), _instrument(stored), library(), code=stored.code)
    except sections.Outdated:
        return make_response(page(sight, "reports/outdated.html"), 404)
    return _file(made, "text/csv", f"{_name(stored)}.csv")


def cover(found: PreparedReport) -> Cover:
    """Return a cover as it is shown; its logo has an address of its own there."""
    words: dict[str, Any] = dict(found.cover)
    return Cover(prepared_on=found.made_at.date(), first_alone=found.pages == "glance", **words)


def theirs(text: str) -> Markup:
    """Return text that somebody typed as markup: escaped, and isolated in its direction."""
    return Markup("<bdi>{}</bdi>").format(text)


def told(stored: StoredReport) -> Told:
    """Return everything that a report says. Raises sections.Outdated where its wording is gone."""
    result: dict[str, Any] = json.loads(stored.diagnosis)
    return sections.told(
        result,
        _instrument(stored),
        library(),
        base_address=settings().base_url,
        code=stored.code,
        sha256=stored.sha256,
    )


def _instrument(stored: StoredReport) -> Instrument:
    try:
        return library().instrument(stored.instrument_key)
    except KeyError:
        raise sections.Outdated(f"there is no {stored.instrument_key} (any more)") from None


def _no_paper_yet(sight: Sight, size: str, more: dict[str, Any]) -> Response:
    state = reports.pdf_state(sight.stored.id, size)
    response = make_response(
        render_template(
            "reports/waiting.html",
            state=state,
            shared=sight.shared,
            code=sight.stored.code,
            pdf=sight.address("pdf") + (f"?paper={size}" if size else ""),
            size=size,
            report=sight.address("show"),
            **guard.carried(),
            **more,
        ),
        {"failed": 503, "cleared": 404, "unasked": 404}.get(state, 202),
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
