"""Exports of the systems in which a team works: read, looked at, and kept as counts.

A file goes no further than the child process that reads it. Between two clicks it lies in the page itself, so
that this site holds nothing of it (decision 28).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from assessment import counting
from assessment.core.evidence import COUNTED
from assessment.counting import Busy, Read, Sent
from assessment.records import packing
from assessment.records.measured import Measured
from assessment.records.source import RecordsError
from assessment.store import answering
from assessment.store.answering import Conflict
from assessment.store.assessments import Finished
from assessment.web import capability, refusals
from assessment.web.diagnosis.door import bp, envelope, open_here, run_here, show
from assessment.web.errors import RETRY_AFTER_S
from assessment.web.forms import exports as forms
from assessment.web.forms.exports import Export
from assessment.web.journey import accepting, exports
from assessment.web.journey.counted import counted
from assessment.web.journey.exports import Preview
from assessment.web.journey.run import Run


@dataclass(frozen=True, slots=True)
class Looked:
    """What was sent and what became of it; without a preview it could not be read."""

    form: Export
    read: Read
    preview: Preview | None = None


@bp.get("/<assessment_id>/records/")
def records(assessment_id: str) -> Response:
    """What can be counted from an export, how one is made, and what is counted already."""
    run = open_here(assessment_id)
    if not exports.countable(run):
        abort(redirect(run.address("diagnosis.tasks"), 303))
    return _page(run, Looked(exports.form(), Read()))


@bp.post("/<assessment_id>/records/")
def read_records(assessment_id: str) -> Response:
    """Read some files and show what was understood of them. Nothing is kept."""
    run = _counted_here(assessment_id)
    envelope()
    try:
        looked = _looked(run)
    except Busy:
        return _busy(run)
    return _page(run, looked, status=200 if looked.preview else 422)


@bp.post("/<assessment_id>/records/keep")
def keep_records(assessment_id: str) -> Response:
    """Count once more what the page carried, and keep the counts that were chosen."""
    run, sent = _counted_here(assessment_id), envelope()
    try:
        looked = _looked(run)
    except Busy:
        return _busy(run)
    if looked.preview is None or looked.read.measured is None:
        return _page(run, looked, status=422)
    if looked.preview.seen != request.form.get("seen"):
        return _page(run, looked, status=422, has_changed=True)
    if not looked.form.validate():
        return _page(run, looked, status=422)

    chosen, measured = looked.form, looked.read.measured
    asked = [sent.request_id, [chosen.using(), chosen.lists(), bool(chosen["references"].data)]]
    # Also what leaves a count out was said of what stood then: on a page that came back it may stand now.
    if sent.version != run.version_at(*COUNTED) and not answering.is_received(
        assessment_id, _request(asked, COUNTED)
    ):
        return _beside(run, looked.read, measured)

    is_local = looked.read.elsewhere is not None
    kept = accepting.kept(run, measured, chosen, is_local=is_local)
    # The lists first: should one of them not be kept, the counts are still to be kept by the same button.
    for (part, page), values in kept.items():
        outcome = answering.keep(
            assessment_id,
            part=part,
            page=page,
            values=values,
            version=sent.version if (part, page) == COUNTED else run.version_at(part, page),
            request_id=_request(asked, (part, page)),
            location=run.address("diagnosis.tasks"),
        )
        if isinstance(outcome, Finished):
            raise refusals.finished()
        if isinstance(outcome, Conflict):
            return _beside(run_here(assessment_id), looked.read, measured)
    return redirect(run.address("diagnosis.tasks"), 303)


def _request(asked: Sequence[Any], kept: tuple[str, str]) -> str:
    """Return the name of the part of a request by which one page is kept: of the same choices, the same."""
    request_id, chosen = asked
    return capability.request_name(request_id, [*kept, chosen])


@bp.post("/<assessment_id>/records/remove")
def remove_records(assessment_id: str) -> Response:
    """Take counts away, one or all of them: what was answered by hand stands again."""
    run, sent = _counted_here(assessment_id), envelope()
    while True:
        counts = _without(run.records.get(COUNTED, {}).get("counts", {}), request.form.get("indicator", ""))
        outcome = answering.keep(
            assessment_id,
            part=COUNTED[0],
            page=COUNTED[1],
            values={"counts": counts},
            version=run.version_at(*COUNTED),
            request_id=sent.request_id,
            location=run.address("diagnosis.records"),
        )
        if isinstance(outcome, Finished):
            raise refusals.finished()
        if not isinstance(outcome, Conflict):
            return redirect(run.address("diagnosis.records"), 303)
        run = run_here(assessment_id)  # another window kept something in between


@bp.get("/<assessment_id>/records/assess-records.pyz")
def local_reader(assessment_id: str) -> Response:
    """Answer the reader as one file, for whoever counts where the exports are."""
    run = open_here(assessment_id)
    if not exports.countable(run):
        abort(404)
    disposition = {"Content-Disposition": f'attachment; filename="{packing.NAME}"'}
    return Response(_packed(run.instrument.key), mimetype="application/zip", headers=disposition)


@cache
def _packed(key: str) -> bytes:
    return packing.packed(exports.plan_for(key))


def _without(counts: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {each: counts[each] for each in counts if name and each != name}


def _counted_here(assessment_id: str) -> Run:
    run = open_here(assessment_id)
    if not exports.countable(run):
        raise refusals.not_counted_here()
    return run


def _looked(run: Run) -> Looked:
    """Read what was sent, or what the page carried. Raises Busy."""
    files, carried = _files(), request.form.get("carried", "")
    if not files and not carried:
        return _refused("Choose a file first.", "")
    asked = exports.asked(run, forms.said(request.form), request.form.get("preset", ""))
    try:
        read = counting.counted(files, asked, carried="" if files else carried)
    except RecordsError as error:
        return _refused(str(error), carried)
    if read.measured is None:
        return _refused(str(RecordsError(*read.refused or ("", "", ""))), read.carried)
    if read.elsewhere and (why := exports.otherwise(run, read.elsewhere)):
        return _refused(f"{why} Count again with the command below.", "")
    preview = exports.preview(run, read.measured, is_local=read.elsewhere is not None)
    form = exports.form(request.form, run=run, measured=read.measured, preview=preview)
    return Looked(form, read, preview)


def _refused(fault: str, carried: str) -> Looked:
    form = exports.form(request.form)
    form.refuse("files", fault)
    return Looked(form, Read(carried=carried))


def _files() -> list[Sent]:
    sent = request.files.getlist("files")
    return [Sent.called(each.filename, each.stream.read()) for each in sent if each.filename]


def _busy(run: Run) -> Response:
    """Say that others are being read: what the page carried is still in it."""
    form = exports.form(request.form)
    form.refuse("files", "Other files are being read at this moment. Try again in a few seconds.")
    answer = _page(run, Looked(form, Read(carried=request.form.get("carried", ""))), status=503)
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _beside(run: Run, read: Read, measured: Measured) -> Response:
    """Show what another window has kept meanwhile beside what was counted here."""
    preview = exports.preview(run, measured, is_local=read.elsewhere is not None)
    form = exports.form(request.form, run=run, measured=measured, preview=preview)
    return _page(run, Looked(form, read, preview), status=409, is_apart=True)


def _page(run: Run, looked: Looked, status: int = 200, **more: Any) -> Response:
    return show(
        "records",
        status,
        run=run,
        form=looked.form,
        preview=looked.preview,
        carried=looked.read.carried,
        version=run.version_at(*COUNTED),
        standing=counted(run),
        readers=exports.readers(),
        local=exports.local_command(run),
        largest_mb=counting.LARGEST_MB,
        carried_mb=counting.CARRIED_MB,
        **more,
    )
