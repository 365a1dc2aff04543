"""Reports: a frozen diagnosis, the code printed on it, and its paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, inspect, select

from assessment.store.database import reading
from assessment.store.models import Assessment, Holding, Outbox, Report, ReportFile
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
    """A diagnosis as it was frozen: its bytes, and the hash that was noted with them."""

    code: str
    diagnosis: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredPdf:
    """The paper of a report."""

    bytes: bytes
    sha256: str


PdfState = Literal["ready", "waiting", "delayed", "failed"]


def find(report_id: str, *, by: str) -> StoredReport | None:
    """Return the report if the browser whose cookie is `by` may open its assessment; None otherwise."""
    query = (
        _report(report_id)
        .join(Holding, Holding.assessment_id == Report.assessment_id)
        .where(Holding.holder_sha256 == digest(by))
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    return StoredReport(**row._mapping) if row else None


def load(report_id: str) -> StoredReport:
    """Return a report for the back room, which holds everything. Raises LookupError."""
    with reading() as connection:
        row = connection.execute(_report(report_id)).one_or_none()
    if row is None:
        raise LookupError(report_id)
    return StoredReport(**row._mapping)


def count() -> int | None:
    """Return how many reports there are; None where the database has no table for them yet."""
    with reading() as connection:
        if not inspect(connection).has_table(Report.__tablename__):
            return None
        return connection.execute(select(func.count()).select_from(Report)).scalar_one()


def frozen_pages(size: int) -> Iterator[list[Frozen]]:
    """Yield every frozen diagnosis, at most `size` at a time, in the order of their ids.

    Each page is a transaction of its own, so that no writer waits for whoever reads all of them; a report
    that is made meanwhile may be among them or not.
    """
    after = ""
    query = select(Report.id, Report.code, Report.diagnosis, Report.sha256).order_by(Report.id).limit(size)
    while True:
        with reading() as connection:
            rows = connection.execute(query.where(Report.id > after)).all()
        if not rows:
            return
        yield [Frozen(row.code, row.diagnosis, row.sha256) for row in rows]
        after = rows[-1].id


def pdf(report_id: str) -> StoredPdf | None:
    """Return the paper of a report, None while there is none. Ask `find` first who may see it."""
    query = select(ReportFile.pdf, ReportFile.sha256).where(
        ReportFile.report_id == report_id, ReportFile.options == ""
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    return StoredPdf(row.pdf, row.sha256) if row else None


def pdf_state(report_id: str) -> PdfState:
    """Say whether the paper is there, comes at once, comes later than it should, or could not be made."""
    with reading() as connection:
        if connection.execute(
            select(ReportFile.report_id).where(ReportFile.report_id == report_id, ReportFile.options == "")
        ).one_or_none():
            return "ready"
        row = connection.execute(
            select(Outbox.state, Outbox.last_error).where(
                Outbox.report_id == report_id, Outbox.kind == "render"
            )
        ).one_or_none()
    if row and row.state == "failed":
        return "failed"
    return "delayed" if row and row.last_error else "waiting"


def _report(report_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Report.id,
            Report.code,
            Report.assessment_id,
            Assessment.instrument_key,
            Assessment.instrument_sha256,
            Report.diagnosis,
            Report.sha256,
            Report.created_at,
        )
        .join(Assessment, Assessment.id == Report.assessment_id)
        .where(Report.id == report_id)
    )
