"""Reports: a frozen diagnosis, the code printed on it, and its paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Row, Select, func, inspect, select
from sqlalchemy.orm import aliased

from assessment.store import keys
from assessment.store.database import reading
from assessment.store.finishing import DIAGNOSIS
from assessment.store.keys import Unreadable
from assessment.store.models import Assessment, AssessmentKey, Following, Holding, Outbox, Report, ReportFile
from assessment.store.secret import digest


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report: `diagnosis` is the canonical document, byte for byte as it was frozen."""

    id: str
    code: str
    assessment_id: str
    instrument_key: str
    instrument_sha256: str
    diagnosis: bytes
    sha256: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Frozen:
    """A diagnosis as it was frozen: its bytes, None where they do not open, and the hash noted with them."""

    code: str
    diagnosis: bytes | None
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredPdf:
    """The paper of a report."""

    bytes: bytes
    sha256: str


# Where the paper of a report is sealed.
PAPER = ("report", "pdf", 1)
_ITS_KEY = AssessmentKey.assessment_id == Report.assessment_id

PdfState = Literal["ready", "waiting", "delayed", "failed", "cleared", "unasked"]


def find(report_id: str, *, by: str) -> StoredReport | None:
    """Return the report if the browser whose cookie is `by` may open its assessment; None otherwise."""
    query = (
        _report(report_id)
        .join(Holding, Holding.assessment_id == Report.assessment_id)
        .where(Holding.holder_sha256 == digest(by))
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    return _opened(row) if row else None


def load(report_id: str) -> StoredReport:
    """Return a report for the back room, which holds everything. Raises LookupError."""
    with reading() as connection:
        row = connection.execute(_report(report_id)).one_or_none()
    if row is None:
        raise LookupError(report_id)
    return _opened(row)


_LATER = aliased(Report)
# When the diagnosis was finished that supersedes a report, null where none does. That is the one finished
# last among those that were begun as another look at the same team after this one ("Measure this team
# again"). It need be neither comparable nor different; a draft supersedes nothing, one that was deleted no
# longer does, and what follows the following one alone does not.
SUPERSEDED_AT = (
    select(func.max(_LATER.created_at))
    .join(Following, Following.assessment_id == _LATER.assessment_id)
    .join(AssessmentKey, AssessmentKey.assessment_id == _LATER.assessment_id)
    .where(Following.earlier_id == Report.assessment_id)
    .correlate(Report)
    .scalar_subquery()
)


def superseded_on(report_id: str) -> date | None:
    """Return the day of the diagnosis that supersedes this one (`SUPERSEDED_AT`), None where none does."""
    with reading() as connection:
        finished_at = connection.execute(
            select(SUPERSEDED_AT).select_from(Report).where(Report.id == report_id)
        ).scalar_one_or_none()
    return finished_at.date() if finished_at else None


def count() -> int | None:
    """Return how many reports there are; None where the database has no table for them yet."""
    with reading() as connection:
        if not inspect(connection).has_table(Report.__tablename__):
            return None
        readable = select(func.count()).select_from(Report).join(AssessmentKey, _ITS_KEY)
        return connection.execute(readable).scalar_one()


def frozen_pages(size: int) -> Iterator[list[Frozen]]:
    """Yield every frozen diagnosis, at most `size` at a time, in the order of their ids.

    Each page is a transaction of its own, so that no writer waits for whoever reads all of them; a report
    that is made meanwhile may be among them or not.
    """
    after = ""
    query = (
        select(
            Report.id,
            Report.assessment_id,
            AssessmentKey.master,
            AssessmentKey.wrapped,
            Report.code,
            Report.diagnosis,
            Report.sha256,
        )
        .join(AssessmentKey, _ITS_KEY)
        .order_by(Report.id)
        .limit(size)
    )
    while True:
        with reading() as connection:
            rows = connection.execute(query.where(Report.id > after)).all()
        if not rows:
            return
        yield [Frozen(row.code, _diagnosis_or_none(row), row.sha256) for row in rows]
        after = rows[-1].id


def _diagnosis_or_none(row: Any) -> bytes | None:
    try:
        return _diagnosis(row)
    except Unreadable:
        return None


def pdf(report_id: str, options: str = "") -> StoredPdf | None:
    """Return the paper of a report, None while there is none. Ask `find` first who may see it.

    `options` names one that is set otherwise than the report as such: "letter" is on Letter.
    """
    query = (
        select(
            Report.assessment_id,
            AssessmentKey.master,
            AssessmentKey.wrapped,
            ReportFile.pdf,
            ReportFile.sha256,
        )
        .join(Report, Report.id == ReportFile.report_id)
        .join(AssessmentKey, _ITS_KEY)
        .where(ReportFile.report_id == report_id, ReportFile.options == options)
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    key = keys.unwrap(row.assessment_id, row.master, row.wrapped)
    return StoredPdf(key.open(row.pdf, *PAPER), row.sha256)


def pdf_state(report_id: str, options: str = "") -> PdfState:
    """Say whether the paper is there, comes at once, comes later than it should, or could not be made.

    "cleared": it was there long enough, and is made again when somebody asks for it. "unasked": nobody has
    asked for it so far.
    """
    with reading() as connection:
        if connection.execute(
            select(ReportFile.report_id).where(
                ReportFile.report_id == report_id, ReportFile.options == options
            )
        ).one_or_none():
            return "ready"
        row = connection.execute(
            select(Outbox.state, Outbox.last_error).where(
                Outbox.report_id == report_id, Outbox.kind == (options or "render")
            )
        ).one_or_none()
    if row is None and options:
        return "unasked"
    if row and row.state in ("failed", "cleared"):
        return "failed" if row.state == "failed" else "cleared"
    return "delayed" if row and row.last_error else "waiting"


def _report(report_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Report.id,
            Report.code,
            Report.assessment_id,
            AssessmentKey.master,
            AssessmentKey.wrapped,
            Assessment.instrument_key,
            Assessment.instrument_sha256,
            Report.diagnosis,
            Report.sha256,
            Report.created_at,
        )
        .join(Assessment, Assessment.id == Report.assessment_id)
        .join(AssessmentKey, _ITS_KEY)
        .where(Report.id == report_id)
    )


def _opened(row: Row[Any]) -> StoredReport:
    return StoredReport(
        row.id,
        row.code,
        row.assessment_id,
        row.instrument_key,
        row.instrument_sha256,
        _diagnosis(row),
        row.sha256,
        row.created_at,
    )


def _diagnosis(row: Any) -> bytes:
    return keys.unwrap(row.assessment_id, row.master, row.wrapped).open(row.diagnosis, *DIAGNOSIS)
