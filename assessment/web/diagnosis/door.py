"""Who asks this door, and for what: what every view reads first, and how it answers."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any, NoReturn

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assessment import counting
from assessment.core import duration
from assessment.store import answering, assessments
from assessment.store.assessments import Held
from assessment.web import capability, guard, refusals
from assessment.web.current import library
from assessment.web.guard import request_name
from assessment.web.journey.days import in_words
from assessment.web.journey.run import Run
from assessment.web.sent import pass_over

bp = Blueprint("diagnosis", __name__, url_prefix="/diagnosis")
bp.add_app_template_filter(duration.in_minutes)
bp.add_app_template_filter(duration.in_halves)
bp.add_app_template_filter(duration.in_all)
bp.add_app_template_filter(in_words)

# These begin in a browser that may hold nothing yet, so there is no token that they could carry.
WITHOUT_TOKEN = ("diagnosis.begin", "diagnosis.reopen")

# A megabyte as a text of two bytes a character, and once more in the file that it came from.
LARGEST_LIST = 4_000_000

_VERSION = re.compile(r"[0-9]{1,9}")


# Doors that take exports, which come as files and are carried by their page to the next click.
TAKES_EXPORTS = frozenset({"diagnosis.read_records", "diagnosis.keep_records"})
LARGEST_EXPORT = counting.LARGEST_MB * 1_000_000 + counting.LONGEST_CARRIED + LARGEST_LIST
MOST_PARTS = 1_000  # a choice for each state and each column
# Each holds files in memory: more at once than this wait for their turn elsewhere.
EXPORTS_AT_ONCE = 4
PASSED_OVER = 2 * LARGEST_EXPORT  # bytes of what is not taken that are read all the same

_room = BoundedSemaphore(EXPORTS_AT_ONCE)


# Before the guard below, which reads the form.
@bp.before_request
def _make_room() -> None:
    """Let far more be sent than fits a field: it is refused beside it, and the text still stands there."""
    request.max_content_length = request.max_form_memory_size = LARGEST_LIST
    if request.method == "POST" and request.endpoint in TAKES_EXPORTS and _holds_it():
        _make_room_for_an_export()


def _holds_it() -> bool:
    """Does this browser hold what the address names? Nobody else is given room for a large file."""
    holder, assessment_id = capability.holder(), (request.view_args or {}).get("assessment_id", "")
    return bool(holder and assessments.held(assessment_id, by=holder))


def _make_room_for_an_export() -> None:
    announced, request.max_form_parts = request.content_length, MOST_PARTS
    if announced is not None and announced <= LARGEST_LIST:
        return
    if announced is not None and announced > LARGEST_EXPORT:
        pass_over(LARGEST_LIST, at_most=PASSED_OVER)
        raise refusals.too_large_an_export(counting.LARGEST_MB)
    if not _room.acquire(blocking=False):
        pass_over(LARGEST_LIST, at_most=PASSED_OVER)
        raise refusals.others_are_read()
    g.takes_room = True
    request.max_content_length = LARGEST_EXPORT
    request.max_form_memory_size = counting.LONGEST_CARRIED + LARGEST_LIST


@bp.teardown_request
def _give_room(_: BaseException | None) -> None:
    """Let the next one have the memory."""
    if g.pop("takes_room", False):
        _room.release()


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
    return Run(held, instrument, answering.entries(assessment_id))


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


def _onward() -> tuple[str, str]:
    """Return where a refused form leads on to: the tasks, or the start where none are held here."""
    assessment_id = (request.view_args or {}).get("assessment_id")
    if assessment_id and capability.holder():
        return url_for(".tasks", assessment_id=assessment_id), "To the tasks"
    return url_for(".start"), "To the start"


guard.protect(bp, _onward, without_token=WITHOUT_TOKEN)
