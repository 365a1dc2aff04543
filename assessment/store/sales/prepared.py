"""Prepared reports: a report of a listed diagnosis with a cover, made by the back room, to be sent.

A cover never changes: whoever wants another one prepares another. Cover, logo and paper are sealed with the
key of the assessment, and gone with it, or with the consent of its leader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, and_, delete, exists, func, select

from assessment.store import keys, signatures
from assessment.store.database import clock, insert, reading, writing
from assessment.store.keys import Key
from assessment.store.leasing import Queue, Taken
from assessment.store.models import AssessmentKey, Report, waiting
from assessment.store.reports import StoredPdf
from assessment.store.sales import audit
from assessment.store.sales.models import Delivery, Listing, Person, Prepared

AT_MOST = 40  # of one report

Pages = Literal["all", "glance"]
State = Literal["ready", "waiting", "delayed", "failed"]

# What a paper is noted as among the PDFs of its report, by which pages of it go.
OPTIONS = {"all": "cover", "glance": "cover-first"}

QUEUE = Queue(
    Prepared, back_off_s=(5, 20), attempts_at_most=25, lease_at_most=timedelta(minutes=2), error_at_most=500
)


class UnknownListing(LookupError):
    """The desk sees no such diagnosis (any more)."""


class TooMany(Exception):
    """As many as one report may have are prepared of it."""


@dataclass(frozen=True, slots=True)
class PreparedReport:
    """A report with a cover. `cover` holds its words by name; what was sent stays until its report goes."""

    id: str
    report_id: str
    by: str  # the name of who prepared it, "" where that account is gone
    cover: Mapping[str, str]
    has_logo: bool
    pages: Pages
    state: State
    made_at: datetime
    is_sent: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """What the back room has taken: the words of a cover, its logo, and of which report how much goes."""

    taken: Taken
    report_id: str
    cover: Mapping[str, str]
    logo: bytes | None
    pages: Pages
    made_at: datetime


def make(
    prepared_id: str,
    *,
    report_id: str,
    cover: Mapping[str, str],
    logo: bytes | None,
    pages: Pages,
    person_id: str,
    instead_of: str = "",
) -> None:
    """Prepare a report: what it says is kept, and its paper owed. Giving the same id twice makes one.

    `instead_of` names another of the same report that this one takes the place of, unless that was sent.
    Raises UnknownListing or TooMany.
    """
    with writing() as connection:
        key = _key_of_listed(connection, report_id)
        if connection.execute(select(Prepared.id).where(Prepared.id == prepared_id)).first():
            return
        if instead_of and instead_of != prepared_id and _remove(connection, report_id, instead_of):
            audit.append(connection, person_id, "prepared report removed", instead_of)
        count = select(func.count()).select_from(Prepared).where(Prepared.report_id == report_id)
        if connection.execute(count).scalar_one() >= AT_MOST:
            raise TooMany(report_id)
        connection.execute(
            insert(Prepared, connection.dialect.name).values(
                id=prepared_id,
                report_id=report_id,
                person_id=person_id,
                cover=key.seal_values(cover, *_place(prepared_id, "cover")),
                logo=key.seal(logo, *_place(prepared_id, "logo")) if logo else None,
                pages=pages,
                **waiting(clock(connection)),
            )
        )
        audit.append(connection, person_id, "report prepared", prepared_id)


def remove(prepared_id: str, *, report_id: str, person_id: str) -> bool:
    """Remove what was prepared, unless it was sent; return whether it was there and is gone."""
    with writing() as connection:
        if not _remove(connection, report_id, prepared_id):
            return False
        audit.append(connection, person_id, "prepared report removed", prepared_id)
    return True


def _remove(connection: Connection, report_id: str, prepared_id: str) -> bool:
    mine = and_(Prepared.id == prepared_id, Prepared.report_id == report_id, ~_IS_SENT)
    return connection.execute(delete(Prepared).where(mine)).rowcount == 1


_IS_SENT = exists().where(Delivery.prepared_id == Prepared.id).correlate(Prepared)


def find(prepared_id: str, *, report_id: str = "") -> PreparedReport | None:
    """Return what was prepared, of this report where one is named; None where there is none."""
    query = _prepared().where(Prepared.id == prepared_id)
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None or (report_id and row.report_id != report_id):
        return None
    return _told(row)


def of(report_id: str) -> list[PreparedReport]:
    """Return what was prepared of a report, the newest first."""
    query = _prepared().where(Prepared.report_id == report_id).order_by(Prepared.made_at.desc(), Prepared.id)
    with reading() as connection:
        return [_told(row) for row in connection.execute(query)]


def logo(prepared_id: str) -> bytes | None:
    """Return the logo on a cover as PNG; None where there is none."""
    row = _opened(prepared_id, Prepared.logo)
    return row[0].open(row[1].logo, *_place(prepared_id, "logo")) if row and row[1].logo else None


def paper(prepared_id: str) -> StoredPdf | None:
    """Return the PDF, cover and report; None while there is none."""
    row = _opened(prepared_id, Prepared.pdf, Prepared.sha256)
    if row is None or row[1].pdf is None:
        return None
    return StoredPdf(row[0].open(row[1].pdf, *_place(prepared_id, "pdf")), row[1].sha256)


# --- the back room --------------------------------------------------------------------------------


def take(*, lease_s: float) -> Owed | None:
    """Lease what has waited longest for its paper; None when nothing is due."""
    columns = (
        Prepared.report_id.label("report_id"),
        Prepared.cover.label("cover"),
        Prepared.logo.label("logo"),
        Prepared.pages.label("pages"),
        Prepared.made_at.label("made_at"),
    )
    taken = QUEUE.take(*columns, lease_s=lease_s)
    if taken is None:
        return None
    with reading() as connection:
        key = _key_of(connection, taken.row.report_id)
    if key is None:  # deleted in this moment, and its row is about to go
        return None
    row = taken.row
    return Owed(
        taken,
        row.report_id,
        key.open_values(row.cover, *_place(taken.id, "cover")),
        key.open(row.logo, *_place(taken.id, "logo")) if row.logo else None,
        row.pages,
        row.made_at,
    )


def done(owed: Owed, pdf: bytes) -> None:
    """Keep the paper, settle the row, and note by what the paper is known, in one transaction.

    What was removed meanwhile gets none.
    """
    with writing() as connection:
        key = _key_of(connection, owed.report_id)
        if key is None:
            return
        sealed = key.seal(pdf, *_place(owed.taken.id, "pdf"))
        mine = and_(Prepared.id == owed.taken.id, Prepared.pdf.is_(None))
        if not QUEUE.settle(connection, mine, "done", pdf=sealed):
            return
        sha256 = signatures.note_pdf(
            connection, owed.report_id, OPTIONS[owed.pages], pdf, clock(connection), is_signed=False
        )
        QUEUE.settle(connection, Prepared.id == owed.taken.id, "done", sha256=sha256)


def failed(owed: Owed, error: str, *, again: bool = True) -> bool:
    """Note a failure: it is tried again after a pause, or given up; return whether it was given up."""
    return QUEUE.failed(owed.taken, error, again=again)


def owe_again(prepared_id: str, *, report_id: str, person_id: str) -> None:
    """Owe the paper once more of what was given up; `person_id` asks for it."""
    given_up = and_(Prepared.id == prepared_id, Prepared.report_id == report_id, Prepared.state == "failed")
    with writing() as connection:
        now = clock(connection)
        if QUEUE.settle(connection, given_up, "waiting", attempts=0, failures=0, next_at=now):
            audit.append(connection, person_id, "report prepared again", prepared_id)


# --- rows -----------------------------------------------------------------------------------------


def _prepared() -> Select[*tuple[Any, ...]]:
    """Ask for what was prepared of reports that the desk sees, and whose assessment was not deleted."""
    return (
        select(
            Prepared.id,
            Prepared.report_id,
            Person.name,
            Report.assessment_id,
            AssessmentKey.master,
            AssessmentKey.wrapped,
            Prepared.cover,
            Prepared.logo.is_not(None).label("has_logo"),
            Prepared.pages,
            Prepared.state,
            Prepared.last_error,
            Prepared.made_at,
            _IS_SENT.label("is_sent"),
        )
        .join(Report, Report.id == Prepared.report_id)
        .join(AssessmentKey, AssessmentKey.assessment_id == Report.assessment_id)
        .outerjoin(Person, Person.id == Prepared.person_id)
    )


def _told(row: Row[Any]) -> PreparedReport:
    key = keys.unwrap(row.assessment_id, row.master, row.wrapped)
    settled: dict[str, State] = {"done": "ready", "failed": "failed"}
    return PreparedReport(
        row.id,
        row.report_id,
        row.name or "",
        key.open_values(row.cover, *_place(row.id, "cover")),
        row.has_logo,
        row.pages,
        settled.get(row.state, "delayed" if row.last_error else "waiting"),
        row.made_at,
        row.is_sent,
    )


def _opened(prepared_id: str, *columns: Any) -> tuple[Key, Row[Any]] | None:
    """Return columns of what was prepared, and the key that opens them."""
    query = (
        select(Report.assessment_id, AssessmentKey.master, AssessmentKey.wrapped, *columns)
        .select_from(Prepared)
        .join(Report, Report.id == Prepared.report_id)
        .join(AssessmentKey, AssessmentKey.assessment_id == Report.assessment_id)
        .where(Prepared.id == prepared_id)
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    return (keys.unwrap(row.assessment_id, row.master, row.wrapped), row) if row else None


def _key_of_listed(connection: Connection, report_id: str) -> Key:
    """Return what a report is sealed with. Raises UnknownListing where the desk does not see it.

    On PostgreSQL whoever takes a consent back waits until this transaction ends.
    """
    listed = select(Listing.report_id).where(Listing.report_id == report_id)
    row = connection.execute(listed.with_for_update(key_share=True)).one_or_none()
    key = _key_of(connection, report_id) if row else None
    if key is None:
        raise UnknownListing(report_id)
    return key


def _key_of(connection: Connection, report_id: str) -> Key | None:
    of_report = select(Report.assessment_id).where(Report.id == report_id)
    assessment_id = connection.execute(of_report).scalar_one_or_none()
    return keys.read(connection, assessment_id) if assessment_id else None


def _place(prepared_id: str, part: str) -> tuple[str, str, str, int]:
    return ("prepared", prepared_id, part, 1)
