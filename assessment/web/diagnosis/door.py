"""Who asks this door, and for what: its guard, what every view reads first, and how it answers."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assessment.core import duration
from assessment.store import StoreUnavailable, assessments
from assessment.store.assessments import Held, UnknownAssessment
from assessment.web import capability, refusals
from assessment.web.current import library
from assessment.web.errors import RETRY_AFTER_S
from assessment.web.journey.days import in_words
from assessment.web.journey.run import Run
from assessment.web.refusals import Refused
from assessment.web.typed import typed

bp = Blueprint("diagnosis", __name__, url_prefix="/diagnosis")
bp.add_app_template_filter(duration.in_minutes)
bp.add_app_template_filter(duration.in_halves)
bp.add_app_template_filter(duration.in_all)
bp.add_app_template_filter(in_words)

# These begin in a browser that may hold nothing yet, so there is no token that they could carry.
WITHOUT_TOKEN = ("diagnosis.begin", "diagnosis.reopen")

# A megabyte as a text of two bytes a character, and once more in the file that it came from.
LARGEST_LIST = 4_000_000

_REQUEST_ID = re.compile(r"[0-9a-f]{32}")
_VERSION = re.compile(r"[0-9]{1,9}")


# Before the guard, which reads the form.
@bp.before_request
def _make_room() -> None:
    """Let a list be sent, which is longer than anything that is typed."""
    if request.endpoint == "diagnosis.answer" and (request.view_args or {}).get("page") == "where":
        request.max_content_length = request.max_form_memory_size = LARGEST_LIST


@bp.before_request
def _guard() -> None:
    """Let nothing change that a page of ours in this browser did not ask for."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    is_text = _is_text()
    if not capability.is_our_page(request):
        raise refusals.from_another_site()
    if request.endpoint not in WITHOUT_TOKEN and not capability.is_our_form(request):
        raise refusals.with_older_key() if capability.holder() else refusals.without_key()
    if not is_text:
        raise refusals.unreadable()


def _is_text() -> bool:
    """Is what was sent text? To be asked before the form is read: that would make texts of other bytes, too.

    Browsers send nothing else. In a form with a file, other bytes come as the mark of what was replaced.
    """
    if request.mimetype != "application/x-www-form-urlencoded":
        return True
    try:
        unquote_to_bytes(request.get_data()).decode()
    except UnicodeDecodeError:
        return False
    return True


def held_here(assessment_id: str) -> Held:
    """Return the assessment if this browser may open it; the same 404 whether foreign or unknown."""
    holder = capability.holder()
    held = assessments.held(assessment_id, by=holder) if holder else None
    return held or not_found()


def run_here(assessment_id: str) -> Run:
    """Return the assessment with all that is kept; refused as by `held_here`, and when its draft changed."""
    held = held_here(assessment_id)
    instrument = library().instruments.get(held.instrument_key)
    if instrument is None or instrument.sha256 != held.instrument_sha256:
        raise refusals.changed_draft()
    return Run(held, instrument, assessments.entries(assessment_id))


def open_here(assessment_id: str) -> Run:
    """Return an assessment that can still be answered; a finished one leads to its report."""
    run = run_here(assessment_id)
    if run.held.report_id is None:
        return run
    if request.method == "POST":
        raise refusals.finished()
    abort(redirect(home(run.held), 303))


def not_found() -> NoReturn:
    """Refuse what is not here: a page by a page, a form with what was typed."""
    if request.method == "POST":
        raise refusals.not_here()
    abort(404)


def no_such_question(run: Run, part: str, page: str) -> NoReturn:
    """Refuse a form of a question that is not asked, or of one that never was."""
    if run.knows(part, page):
        raise refusals.no_longer_asked()
    not_found()


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a form carries beside its answers."""

    request_id: str
    version: int  # of what was kept when the form was made
    draw: int  # the draw whose item the form asks about
    back: str
    stays: bool  # is the page left open, and saved in the midst of it?


def envelope() -> Envelope:
    """Return what the form that was sent carries; refused where a part of it is missing."""
    version, draw = request.form.get("version", ""), request.form.get("draw", "0")
    if not _VERSION.fullmatch(version) or not _VERSION.fullmatch(draw):
        raise refusals.incomplete()
    return Envelope(request_name(), int(version), int(draw), leads_back(), "stays" in request.form)


def request_name() -> str:
    """Return the name that the form gives to this request, by which a repetition is known."""
    request_id = request.form.get("request_id", "")
    if not _REQUEST_ID.fullmatch(request_id):
        raise refusals.incomplete()
    return request_id


def leads_back() -> str:
    """Return where a question leads back to: the check page, or nowhere in particular."""
    return "check" if request.values.get("back") == "check" else ""


def home(held: Held, **options: Any) -> str:
    """Return the address at which an assessment is met: its report once there is one, its tasks before."""
    if held.report_id:
        return url_for("reports.show", report_id=held.report_id, **options)
    return url_for(".tasks", assessment_id=held.id, **options)


def show(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page of this door, with what each of its forms carries."""
    holder = capability.holder()
    context.setdefault("request_id", uuid.uuid4().hex)
    context["csrf_token"] = capability.csrf_token(holder) if holder else ""
    return make_response(render_template(f"diagnosis/{template}.html", **context), status)


@bp.errorhandler(Refused)
def _refused(refusal: Refused) -> Response:
    """Say why nothing was done, and hand back what was typed."""
    return show(
        "refused",
        refusal.status,
        refusal=refusal,
        typed=typed(),
        fields=list(request.form.items(multi=True)) if refusal.may_repeat else [],
        onward=_tasks_address() if capability.holder() else url_for(".start"),
    )


@bp.errorhandler(UnknownAssessment)
def _gone(_: UnknownAssessment) -> Response:
    """Hand everything back: the diagnosis was deleted while this was sent."""
    return _refused(refusals.not_here())


@bp.errorhandler(StoreUnavailable)
def _unavailable(_: StoreUnavailable) -> Response:
    """Hand everything back, with a button that sends the very same request again."""
    response = _refused(refusals.store_unavailable())
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _tasks_address() -> str:
    assessment_id = (request.view_args or {}).get("assessment_id")
    return url_for(".tasks", assessment_id=assessment_id) if assessment_id else url_for(".start")
