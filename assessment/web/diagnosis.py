"""A leader's journey: start, tasks, questions, check, finish, resume.

Every POST keeps what it was sent in one committed transaction before it answers 303. What cannot be
kept is refused with a reason, and with every word that was typed.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response

from assessment.core import duration, evidence
from assessment.core.diagnosis import AnswersError, canonical, diagnose, read_answers
from assessment.core.evidence import Stop
from assessment.core.instrument import Instrument
from assessment.jobs import wake
from assessment.store import StoreUnavailable, assessments, mails, outbox, reports
from assessment.store.assessments import Conflict, Finished, Held, Kept, UnknownAssessment
from assessment.web import capability, forms, journey, leading_on, leaving, mailing, private_link, refusals
from assessment.web.current import library
from assessment.web.errors import RETRY_AFTER_S
from assessment.web.forms import Belief, Filled, Question
from assessment.web.journey import Run
from assessment.web.mailing import Mailing
from assessment.web.refusals import Refused
from assessment.web.typed import typed

bp = Blueprint("diagnosis", __name__, url_prefix="/diagnosis")
bp.add_app_template_filter(duration.in_minutes)
bp.add_app_template_filter(duration.in_halves)
bp.add_app_template_filter(duration.in_all)
bp.add_app_template_filter(journey.in_words)

# These begin in a browser that may hold nothing yet, so there is no token that they could carry.
WITHOUT_TOKEN = ("diagnosis.begin", "diagnosis.reopen")

# A megabyte as a text of two bytes a character, and once more in the file that it came from.
LARGEST_LIST = 4_000_000

_REQUEST_ID = re.compile(r"[0-9a-f]{32}")
_VERSION = re.compile(r"[0-9]{1,9}")


# --- start ----------------------------------------------------------------------------------------


@bp.get("/")
def start() -> Response:
    """What a diagnosis takes, the form that begins one, and those that this browser has begun.

    `?instrument=<name>` begins one of another instrument, `?form=<id>` has a length chosen beforehand.
    """
    instrument = _offered()
    chosen = request.args.get("form")
    if chosen is not None and chosen not in {each.id for each in instrument.forms}:
        abort(404)
    return _start(instrument, forms.start_form(instrument, journey.today())(data={"form": chosen}))


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
    return _show(
        "questions",
        instrument=instrument,
        length=length,
        naming=_naming(instrument),
        sittings=journey.sittings(instrument, length.id),
    )


@bp.post("/")
def begin() -> Response:
    """Begin a diagnosis and give this browser the key to it."""
    instrument = _offered()
    form = forms.start_form(instrument, journey.today())(request.form)
    request_id = _request_id()
    if not form.validate():
        return _start(instrument, form, status=422)

    facts = form.record()
    # The same form sent twice, with the same in it, leads to the one diagnosis that it began.
    return _begun(instrument, facts, capability.request_name(request_id, [instrument.key, facts]))


@bp.post("/<assessment_id>/onward")
def lead_on(assessment_id: str) -> Response:
    """Begin the form that looks, of the same team, with what was said from memory as its belief."""
    held, request_id = _held(assessment_id), _request_id()
    if held.report_id is None:
        raise refusals.not_finished()
    stored = reports.find(held.report_id, by=capability.holder() or "") or _not_found()
    onward = leading_on.onward(stored)
    if onward is None:
        raise refusals.leads_nowhere()
    start = capability.request_name(request_id, ["onward", assessment_id])
    return _begun(onward.instrument, onward.facts, start)


def _begun(instrument: Instrument, facts: dict[str, Any], start: str) -> Response:
    """Begin a diagnosis, once for a start of this name, and lead to its tasks."""
    holder = capability.known_holder() or capability.holder_beginning(start)
    begun = assessments.start(
        holder=holder,
        instrument_key=instrument.key,
        instrument_sha256=instrument.sha256,
        facts=facts,
        resume_token=capability.resume_token(holder, start),
    )
    return capability.give(
        redirect(url_for(".tasks", assessment_id=begun.assessment_id, link=start), 303), holder
    )


def _start(instrument: Instrument, form: Filled, status: int = 200) -> Response:
    holder = capability.holder()
    return _show(
        "start",
        status,
        instrument=instrument,
        lengths={each.id: each for each in instrument.forms},
        naming=_naming(instrument),
        others=[(name, each) for name, each in library().offered.items() if each.key != instrument.key],
        begun=journey.begun(assessments.listed(holder), library().instruments) if holder else [],
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
    """Return what an address says beside, to name this instrument: nothing for the site's own."""
    own = instrument.key == library().current.key
    return {} if own else {"instrument": instrument.key.partition("/")[0]}


# --- the tasks and their questions ----------------------------------------------------------------


@bp.get("/<assessment_id>/")
def tasks(assessment_id: str) -> Response:
    """The passes with what is done and left, and the private link."""
    return _tasks(_open(assessment_id))


def _tasks(run: Run, form: Mailing | None = None, **options: Any) -> Response:
    """Show the tasks; `form` is that of the link by mail, where it was refused."""
    progress = evidence.progress(*run.asked)
    return _show(
        "tasks",
        run=run,
        mailing=(form or Mailing()) if mailing.is_offered() else None,
        mailed=mails.latest(run.held.id) if mailing.is_offered() else None,
        mail_action=run.address("diagnosis.mail"),
        rows=journey.tasks(run),
        done=sum(each.answered for each in progress),
        of=sum(each.of for each in progress),
        left=sum(each.minutes_left for each in progress),
        link=private_link.just_made(run.held.id),
        link_action=run.address("diagnosis.link"),
        following=evidence.next_stop(*run.asked),
        **options,
    )


@bp.get("/<assessment_id>/<part>/sample")
def sample(assessment_id: str, part: str) -> Response:
    """Which items of a frame are to be opened."""
    run = _open(assessment_id)
    if part not in run.instrument.frames:
        abort(404)
    rows = journey.sample(run, part)
    if not rows:
        return redirect(run.address("diagnosis.tasks"), 303)
    return _show(
        "sample",
        run=run,
        frame=run.instrument.frames[part],
        where=run.where(part),
        rows=rows,
        onward=next((row for row in rows if not row.is_answered), None),
    )


@bp.get("/<assessment_id>/<part>/<page>")
def question(assessment_id: str, part: str, page: str) -> Response:
    """One question, with what was answered before."""
    if "saved" in request.args:
        return Response(status=204)  # the address alone tells a script what it was led here to know
    run = _open(assessment_id)
    stop = run.stop(part, page)
    if stop is None:
        # An address that other answers led to is left behind by a change, not by an error.
        return redirect(run.address("diagnosis.tasks"), 303) if run.knows(part, page) else abort(404)
    return _question(run, stop, run.filled(stop), version=run.version(stop))


@bp.post("/<assessment_id>/<part>/<page>")
def answer(assessment_id: str, part: str, page: str) -> Response:
    """Keep what was entered on one page and lead on."""
    run = _run(assessment_id)
    sent = _envelope()
    stop = run.stop(part, page) or _no_such_question(run, part, page)
    form = run.form(stop)(CombinedMultiDict((request.form, request.files)))
    if sent.draw != run.draw(stop):
        raise refusals.drawn_anew()
    if isinstance(form, Belief) and form.is_other_than_told():
        raise refusals.belief_is_locked()
    if not form.validate():
        if run.held.report_id:
            raise refusals.finished()
        return _question(run, stop, form, version=sent.version, request_id=sent.request_id, status=422)

    record = run.record(stop, form)
    outcome = assessments.keep(
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
    back = _back()
    return _show(
        TEMPLATES.get(stop.kind, stop.kind),
        status,
        run=run,
        stop=stop,
        form=form,
        version=version,
        request_id=request_id or uuid.uuid4().hex,
        back=back,
        before=run.address("diagnosis.check") if back else run.before(stop),
        place=journey.place(run, stop),
        apart=form.beside(kept) if kept else [],
        saving="saves" if stop.kind in UNDECISIVE and not kept else "",
    )


TEMPLATES = {"artefact": "level", "anchors": "level"}
# What may be kept while it is still filled in, because keeping it draws, shows and locks nothing.
UNDECISIVE = frozenset({"item", "counts", "date", "spread", "artefact", "anchors", "recall", "choice"})


# --- check and finish -----------------------------------------------------------------------------


@bp.get("/<assessment_id>/check")
def check(assessment_id: str) -> Response:
    """Every answer on one page, what is missing and what weakens the result."""
    return _check(_open(assessment_id))


@bp.post("/<assessment_id>/finish")
def finish(assessment_id: str) -> Response:
    """Turn the evidence into a diagnosis, once, and show its report."""
    run = _run(assessment_id)
    report_id = run.held.report_id
    while report_id is None:
        try:
            diagnosis = _diagnosis(run)
        except AnswersError:
            return _check(run, status=422)
        outcome = assessments.finish(assessment_id, diagnosis=canonical(diagnosis), seen=run.entries)
        if isinstance(outcome, Finished):
            report_id = outcome.report_id
            wake()
        else:
            # Another window kept an answer in between: what is finished must hold it.
            run = _run(assessment_id)
    return redirect(url_for("reports.show", report_id=report_id), 303)


def _check(run: Run, status: int = 200) -> Response:
    fault = None
    try:
        _diagnosis(run)
    except AnswersError as error:
        fault = error
    return _show(
        "check",
        status,
        run=run,
        sections=journey.review(run),
        gaps=journey.unanswered(run),
        reasons=journey.gate_reasons(run),
        remarks=evidence.self_check(*run.asked),
        is_empty=not evidence.observations(*run.asked),
        fault=fault,
    )


def _diagnosis(run: Run) -> dict[str, Any]:
    """Return the diagnosis of what is answered so far. Raises AnswersError where that cannot be scored."""
    found = evidence.answers(*run.asked)
    if not found["observations"]:
        raise AnswersError("answers", "no question is answered whole", "answer one")
    # Through the same border as a file: what would be refused there is refused here.
    return diagnose(*read_answers(lambda _: run.instrument, canonical(found)))


# --- the private link -----------------------------------------------------------------------------


@bp.post("/<assessment_id>/link")
def link(assessment_id: str) -> Response:
    """Make one more resume link, or end all there are; also when the diagnosis is finished."""
    held = _held(assessment_id)
    request_id = _request_id()
    if request.form.get("end"):
        assessments.revoke_resume(assessment_id)
        return redirect(_home(held), 303)
    return redirect(_home(held, link=private_link.make(assessment_id, request_id)), 303)


@bp.post("/<assessment_id>/mail")
def mail(assessment_id: str) -> Response:
    """Have one more resume link sent to the address that is given."""
    run, request_id = _open(assessment_id), _request_id()
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
        return _show("resume_unknown", 404)
    return _show("resume", token=token)


@bp.post("/resume/<token>")
def reopen(token: str) -> Response:
    """Give this browser the key that the link stands for, and an address without it."""
    holder = capability.known_holder() or capability.new_holder()
    assessment_id = assessments.resume(token, holder=holder)
    if assessment_id is None:
        return _show("resume_unknown", 404)
    return capability.give(redirect(url_for(".tasks", assessment_id=assessment_id), 303), holder)


@bp.after_request
def _keep_token_home(response: Response) -> Response:
    """Let no address with a token in it travel in a Referer, not even to another page of this site."""
    if request.endpoint in ("diagnosis.resume", "diagnosis.reopen"):
        # The host alone: with no-referrer, the button's form would come with "Origin: null".
        response.headers["Referrer-Policy"] = "strict-origin"
    return response


def _home(held: Held, **options: Any) -> str:
    """Return the address at which an assessment is met: its report once there is one, its tasks before."""
    if held.report_id:
        return url_for("reports.show", report_id=held.report_id, **options)
    return url_for(".tasks", assessment_id=held.id, **options)


@bp.post("/<assessment_id>/paper")
def paper(assessment_id: str) -> Response:
    """Have the PDF of a finished diagnosis made again, where it was kept long enough and is gone."""
    report_id = _held(assessment_id).report_id or _not_found()
    outbox.owe_cleared(report_id)
    wake()
    return redirect(url_for("reports.pdf", report_id=report_id), 303)


# --- leaving --------------------------------------------------------------------------------------


@bp.get("/<assessment_id>/leave")
def leave(assessment_id: str) -> Response:
    """What is kept of a diagnosis, to be taken away, and the form that deletes it."""
    return _leave(_held(assessment_id), leaving.Leaving())


@bp.post("/<assessment_id>/leave")
def delete(assessment_id: str) -> Response:
    """Delete a diagnosis for good; the cookie goes too when it holds nothing else."""
    holder, proof = capability.holder() or "", request.form.get("proof", "")
    if assessments.held(assessment_id, by=holder):
        form = leaving.Leaving(request.form)
        if not form.validate():
            return _leave(_held(assessment_id), form, status=422)
        assessments.delete(assessment_id)
    elif not capability.is_proof(proof, holder, assessment_id):
        raise refusals.not_here()
    gone = redirect(url_for(".left"), 303)
    return gone if assessments.is_holder(holder) else capability.take(gone)


@bp.get("/left")
def left() -> Response:
    """What a browser reads once a diagnosis is deleted."""
    return _show("left")


@bp.get("/<assessment_id>/everything")
def everything(assessment_id: str) -> Response:
    """Answer everything that is kept of a diagnosis, as one JSON file."""
    held = _held(assessment_id)
    return leaving.file(held, library().instruments.get(held.instrument_key))


def _leave(held: Held, form: leaving.Leaving, status: int = 200) -> Response:
    return _show(
        "leave",
        status,
        held=held,
        form=form,
        pages=len(assessments.entries(held.id)),
        home=_home(held),
        proof=capability.proof(capability.holder() or "", held.id),
    )


@bp.before_request
def _make_room() -> None:
    """Let a list be sent, which is longer than anything that is typed."""
    if request.endpoint == "diagnosis.answer" and (request.view_args or {}).get("page") == "where":
        request.max_content_length = request.max_form_memory_size = LARGEST_LIST


# --- who asks, and for what -----------------------------------------------------------------------


@bp.before_request
def _guard() -> None:
    """Let nothing change that a page of ours in this browser did not ask for."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if not capability.is_our_page(request):
        raise refusals.from_another_site()
    if request.endpoint not in WITHOUT_TOKEN and not capability.is_our_form(request):
        raise refusals.without_key(may_repeat=capability.holder() is not None)


def _held(assessment_id: str) -> Held:
    """Return the assessment if this browser may open it; the same 404 whether foreign or unknown."""
    holder = capability.holder()
    held = assessments.held(assessment_id, by=holder) if holder else None
    return held or _not_found()


def _run(assessment_id: str) -> Run:
    """Return the assessment with what is kept of it; refused like `_held`, and when its draft has changed."""
    held = _held(assessment_id)
    instrument = library().instruments.get(held.instrument_key)
    if instrument is None or instrument.sha256 != held.instrument_sha256:
        raise refusals.changed_draft()
    return Run(held, instrument, assessments.entries(assessment_id))


def _open(assessment_id: str) -> Run:
    """Return an assessment that can still be answered; a finished one leads to its report."""
    run = _run(assessment_id)
    if run.held.report_id is None:
        return run
    if request.method == "POST":
        raise refusals.finished()
    abort(redirect(_home(run.held), 303))


def _not_found() -> NoReturn:
    if request.method == "POST":
        raise refusals.not_here()
    abort(404)


def _no_such_question(run: Run, part: str, page: str) -> NoReturn:
    if run.knows(part, page):
        raise refusals.no_longer_asked()
    _not_found()


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a form carries beside its answers."""

    request_id: str
    version: int  # of what was kept when the form was made
    draw: int  # the draw whose item the form asks about
    back: str
    stays: bool  # is the page left open, and saved in the midst of it?


def _envelope() -> Envelope:
    version, draw = request.form.get("version", ""), request.form.get("draw", "0")
    if not _VERSION.fullmatch(version) or not _VERSION.fullmatch(draw):
        raise refusals.incomplete()
    return Envelope(_request_id(), int(version), int(draw), _back(), "stays" in request.form)


def _request_id() -> str:
    """Return the name that the form gives to this request, by which a repetition is known."""
    request_id = request.form.get("request_id", "")
    if not _REQUEST_ID.fullmatch(request_id):
        raise refusals.incomplete()
    return request_id


def _back() -> str:
    """Return where a question leads back to: the check page, or nowhere in particular."""
    return "check" if request.values.get("back") == "check" else ""


# --- answers --------------------------------------------------------------------------------------


def _show(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page of this door, with what each of its forms carries."""
    holder = capability.holder()
    context.setdefault("request_id", uuid.uuid4().hex)
    context["csrf_token"] = capability.csrf_token(holder) if holder else ""
    return make_response(render_template(f"diagnosis/{template}.html", **context), status)


@bp.errorhandler(Refused)
def _refused(refusal: Refused) -> Response:
    """Say why nothing was done, and hand back what was typed."""
    return _show(
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
