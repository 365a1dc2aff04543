"""Removing: first the key, in a transaction of its own, then everything that it opened.

From the moment the key is gone, nobody can read the assessment, and no page shows it. What a crash leaves
between the two steps are rows that tell nothing; the next removal takes them along.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, literal, select, update

from assessment.store import mails, shares
from assessment.store.database import Instant, clock, empty_log, insert, reading, writing
from assessment.store.keys import keyring
from assessment.store.models import (
    Answer,
    Assessment,
    AssessmentKey,
    Holding,
    Outbox,
    Receipt,
    Report,
    ReportFile,
    Share,
    Withdrawn,
)
from assessment.store.sales import audit, consents, devices, guesses, hooks, invitations, sessions, tokens
from assessment.store.sales.models import ApiToken, Invitation, Listing, Notice, Webhook

AT_ONCE = 20  # assessments whose rows are removed in one transaction: others are waiting to write
RECEIPTS_FOR = timedelta(days=30)  # no browser repeats an older request
ENDED_LINKS_FOR = timedelta(days=30)  # how often they were opened is still of interest

KEYLESS = ~exists().where(AssessmentKey.assessment_id == Assessment.id)


@dataclass(frozen=True, slots=True)
class Periods:
    """How long what is kept: drafts without a change, finished assessments, and PDFs, which can be remade."""

    drafts: timedelta
    finished: timedelta
    papers: timedelta


@dataclass(frozen=True, slots=True)
class Removed:
    """How many of each were removed, or would be. `unreadable`: deleted before, but not to the end."""

    drafts: int
    finished: int
    unreadable: int
    receipts: int
    papers: int
    links: int = 0  # by which a report was shared, and which ended
    invitations: int = 0  # that ended unused
    notices: int = 0  # that webhooks were told, or were not
    tokens: int = 0  # of programs, and webhooks, that ended

    def told(self) -> str:
        """Return the numbers in a line."""
        return (
            f"{self.drafts} drafts, {self.finished} finished, {self.unreadable} of which the key was gone, "
            f"{self.receipts} receipts, {self.papers} PDFs, {self.links} ended links, "
            f"{self.invitations} unused invitations, {self.notices} notices, "
            f"{self.tokens} ended tokens and webhooks"
        )

    def __bool__(self) -> bool:
        return any(astuple(self))


# PostgreSQL: of two who remove at the same time the second waits, and finds what the first has left.
_GONE = select(Assessment.id).where(KEYLESS).order_by(Assessment.id).limit(AT_ONCE).with_for_update()


def shred(which: ColumnElement[bool]) -> int:
    """Destroy the keys of the assessments that are meant, then remove those; return how many keys it were."""
    with writing() as connection:
        meant = select(Assessment.id).where(which)
        of_them = select(Report.id).where(Report.assessment_id.in_(meant))
        listed = consents.forget(connection, Listing.report_id.in_(of_them))  # what it lists is not sealed
        destroyed = (
            connection.execute(
                delete(AssessmentKey)
                .where(AssessmentKey.assessment_id.in_(meant))
                .returning(AssessmentKey.assessment_id)
            )
            .scalars()
            .all()
        )
        for report_id in listed:  # last: whoever writes down what they did has read the key before
            audit.append(connection, audit.SITE, "diagnosis forgotten", report_id)
    for assessment_id in destroyed:
        keyring().forget(assessment_id)
    sweep_out()
    return len(destroyed)


def sweep_out() -> None:
    """Remove every assessment that has no key, and what the log of the database remembers of it."""
    while _removed_some():
        pass
    empty_log()


def _removed_some() -> bool:
    with writing() as connection:
        ids = connection.execute(_GONE).scalars().all()
        if not ids:
            return False
        report = select(Report.code, Report.sha256, Report.created_at, literal(clock(connection), Instant))
        connection.execute(
            insert(Withdrawn, connection.dialect.name).from_select(
                ["code", "sha256", "created_at", "withdrawn_at"], report.where(Report.assessment_id.in_(ids))
            )
        )
        connection.execute(delete(Assessment).where(Assessment.id.in_(ids)))  # and all that refers to it
    return True


# --- what is kept long enough -----------------------------------------------------------------------


def purge(now: datetime, periods: Periods, *, dry_run: bool = False) -> Removed:
    """Remove what was kept for as long as it may be, or only count it.

    A draft is as old as what was last saved in it, or as its last opening in another browser. What is due is
    decided while it is removed: who answers in that moment keeps the draft.
    """
    drafts, finished = _drafts_until(now - periods.drafts), Assessment.finished_at < now - periods.finished
    receipts = Receipt.made_at < now - RECEIPTS_FOR
    papers = ReportFile.made_at < now - periods.papers
    links = shares.ended_before(now - ENDED_LINKS_FOR)
    unused = invitations.unused_before(now - ENDED_LINKS_FOR)
    programs = (
        (Notice, hooks.settled_before(now - hooks.LOG_FOR)),
        (ApiToken, tokens.ended_before(now - hooks.LOG_FOR)),
        (Webhook, hooks.ended_before(now - hooks.LOG_FOR)),
    )
    if dry_run:
        with reading() as connection:
            counted = [
                connection.execute(select(func.count()).select_from(table).where(which)).scalar_one()
                for table, which in (
                    (Assessment, and_(drafts, ~KEYLESS)),
                    (Assessment, and_(finished, ~KEYLESS)),
                    (Assessment, KEYLESS),
                    (Receipt, receipts),
                    (ReportFile, papers),
                    (Share, links),
                    (Invitation, unused),
                    *programs,
                )
            ]
        counted[-2:] = [sum(counted[-2:])]
        return Removed(*counted)
    with writing() as connection:
        unreadable = connection.execute(
            select(func.count()).select_from(Assessment).where(KEYLESS)
        ).scalar_one()
        mails.forget_addresses(connection, now)
        for passing in (guesses, devices, sessions):
            passing.forget_old(connection, now)
        old_receipts = connection.execute(delete(Receipt).where(receipts)).rowcount
        old_papers = _remove_papers(connection, papers)
        old_links = connection.execute(delete(Share).where(links)).rowcount
        old_invitations = connection.execute(delete(Invitation).where(unused)).rowcount
        old_notices, old_tokens, old_hooks = (
            connection.execute(delete(table).where(which)).rowcount for table, which in programs
        )
    return Removed(
        shred(drafts),
        shred(finished),
        unreadable,
        old_receipts,
        old_papers,
        old_links,
        old_invitations,
        old_notices,
        old_tokens + old_hooks,
    )


def _remove_papers(connection: Connection, which: ColumnElement[bool]) -> int:
    """Remove papers, and have the outbox know that they were not lost: they are made again when asked for."""
    connection.execute(
        update(Outbox)
        .where(Outbox.state == "done", Outbox.report_id.in_(select(ReportFile.report_id).where(which)))
        .values(state="cleared")
    )
    return connection.execute(delete(ReportFile).where(which)).rowcount


def _drafts_until(end: datetime) -> ColumnElement[bool]:
    return and_(
        Assessment.finished_at.is_(None),
        Assessment.started_at < end,
        ~exists().where(Answer.assessment_id == Assessment.id, Answer.saved_at >= end),
        ~exists().where(Holding.assessment_id == Assessment.id, Holding.held_at >= end),
    )
