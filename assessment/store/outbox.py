"""The outbox: what finished transactions owe, leased to whoever does it.

The rows are the truth. Whoever takes one has it until its lease ends; one that was killed meanwhile
simply lets the lease end, and the row is taken again. The lease is also the ticket with which the
outcome is handed in: somebody slower than the lease can no longer say that it failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, exists, or_, select, update

from assessment.store import keys, leasing, signatures
from assessment.store.database import clock, insert, reading, writing
from assessment.store.keys import Key
from assessment.store.models import Outbox, Report, ReportFile, waiting
from assessment.store.reports import PAPER
from assessment.store.secret import new_id

FAILURES_AT_MOST = 3
# Whoever takes a row more often than this without an outcome is ended by it, and should give it up.
ATTEMPTS_AT_MOST = 25
BACK_OFF_S = (5, 20)
# Where nothing can be made at all, before the operator has done something.
POSTPONED_S = 300
# What was given up is begun anew after this: by then the site may have been mended.
GIVEN_UP_FOR = timedelta(hours=3)
# Which paper a kind of row owes: the options that it is kept under. "" is the report as such, owed from the
# start; any other is owed when somebody asks for it.
PAPERS = {"render": "", "letter": "letter"}
# Nobody asks for a longer lease or pause, so a time further ahead was written by a clock that jumped.
LEASE_AT_MOST = timedelta(minutes=2)
PAUSE_AT_MOST = timedelta(seconds=2 * POSTPONED_S)


@dataclass(frozen=True, slots=True)
class Owed:
    """One row, leased: what is to be done, for which report, how often it was taken, and until when."""

    id: str
    kind: str
    report_id: str
    attempts: int
    lease_until: datetime


def take(*kinds: str, lease_s: float) -> Owed | None:
    """Lease the row of these kinds that has waited longest, None when none is due; for at most 120 s."""
    with writing() as connection:
        now = clock(connection)
        row = connection.execute(
            select(Outbox.id, Outbox.kind, Outbox.report_id, Outbox.attempts)
            .where(Outbox.kind.in_(kinds), _due(now))
            .order_by(Outbox.next_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return None
        owed = Owed(row.id, row.kind, row.report_id, row.attempts + 1, now + timedelta(seconds=lease_s))
        connection.execute(
            update(Outbox)
            .where(Outbox.id == owed.id)
            .values(attempts=owed.attempts, lease_until=owed.lease_until)
        )
    return owed


def done(owed: Owed, pdf: bytes) -> None:
    """Keep the paper and settle the row, in one transaction. The first paper of a report stays.

    A report that was deleted meanwhile gets none.
    """
    with writing() as connection:
        key = _key_of(connection, owed.report_id)
        if key is None:
            return
        now, options = clock(connection), PAPERS[owed.kind]
        connection.execute(
            insert(ReportFile, connection.dialect.name)
            .values(
                report_id=owed.report_id,
                options=options,
                pdf=key.seal(pdf, *PAPER),
                sha256=signatures.note_pdf(connection, owed.report_id, options, pdf, now),
                made_at=now,
            )
            .on_conflict_do_nothing()
        )
        # Whoever made it: it is there.
        connection.execute(
            update(Outbox).where(Outbox.id == owed.id).values(state="done", lease_until=None, last_error="")
        )


def _key_of(connection: Connection, report_id: str) -> Key | None:
    """Return the key that the paper of a report is sealed with; None where the report was deleted."""
    of = select(Report.assessment_id).where(Report.id == report_id)
    assessment_id = connection.execute(of).scalar_one_or_none()
    return keys.read(connection, assessment_id) if assessment_id else None


def failed(owed: Owed, error: str, *, again: bool = True) -> bool:
    """Note a failure: try again after a pause, or give up after the third, or at once when `again` is false.

    Returns whether the row was given up, for three hours: see `owe_again`. Nothing changes when somebody
    else has the row by now.
    """
    with writing() as connection:
        mine = and_(Outbox.id == owed.id, Outbox.state == "waiting", Outbox.lease_until == owed.lease_until)
        failures = connection.execute(select(Outbox.failures).where(mine)).scalar_one_or_none()
        if failures is None:
            return False
        given_up = not again or failures + 1 >= FAILURES_AT_MOST
        pause = timedelta(seconds=BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
        connection.execute(
            update(Outbox)
            .where(mine)
            .values(
                state="failed" if given_up else "waiting",
                failures=failures + 1,
                lease_until=None,
                next_at=clock(connection) + pause,
                last_error=error[:500],
            )
        )
    return given_up


def postponed(owed: Owed, error: str) -> None:
    """Note that nothing could be made, through no fault of the report: it is tried again in five minutes.

    That counts neither as a failure nor as an attempt. Nothing changes when somebody else has the row.
    """
    with writing() as connection:
        connection.execute(
            update(Outbox)
            .where(Outbox.id == owed.id, Outbox.state == "waiting", Outbox.lease_until == owed.lease_until)
            .values(
                attempts=0,
                lease_until=None,
                next_at=clock(connection) + timedelta(seconds=POSTPONED_S),
                last_error=error[:500],
            )
        )


def owe_cleared(report_id: str, options: str = "") -> None:
    """Owe a paper that was cleared or not asked for before; nothing changes where it is there or owed.

    Nor where the report was deleted meanwhile.
    """
    kind = next(kind for kind, each in PAPERS.items() if each == options)
    with writing() as connection:
        if _key_of(connection, report_id) is None:
            return
        now = clock(connection)
        if options:
            connection.execute(
                insert(Outbox, connection.dialect.name)
                .values(
                    id=new_id(),
                    kind=kind,
                    report_id=report_id,
                    **waiting(now),
                )
                .on_conflict_do_nothing()
            )
        connection.execute(
            update(Outbox)
            .where(Outbox.kind == kind, Outbox.report_id == report_id, Outbox.state == "cleared")
            .values(state="waiting", attempts=0, failures=0, next_at=now, lease_until=None)
        )


def owe_again() -> int:
    """Owe what is done but has no paper (any more), and what was given up three hours ago; say how many."""
    with reading() as connection:  # nearly always there is none, and nobody need wait for the lock
        lost = connection.execute(select(Outbox.id).where(_lost(clock(connection))).limit(1)).first()
    if lost is None:
        return 0
    with writing() as connection:
        now = clock(connection)
        return connection.execute(
            update(Outbox)
            .where(_lost(now))
            .values(state="waiting", attempts=0, failures=0, next_at=now, lease_until=None)
        ).rowcount


def _lost(now: datetime) -> ColumnElement[bool]:
    paper = exists().where(
        ReportFile.report_id == Outbox.report_id,
        ReportFile.options == case(PAPERS, value=Outbox.kind),
    )
    return and_(
        Outbox.kind.in_(PAPERS),
        or_(
            and_(Outbox.state == "done", ~paper),
            and_(
                Outbox.state == "failed",
                or_(Outbox.next_at <= now - GIVEN_UP_FOR, Outbox.next_at > now + PAUSE_AT_MOST),
            ),
        ),
    )


def _due(now: datetime) -> ColumnElement[bool]:
    return leasing.due(Outbox, now, lease_at_most=LEASE_AT_MOST, pause_at_most=PAUSE_AT_MOST)
