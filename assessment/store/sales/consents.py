"""Consents: a leader lets the desk see a result, in words that are kept, and takes that back.

Nothing else opens a diagnosis to the desk. Giving lists it; taking back removes the listing, and whatever the
desk keeps about a diagnosis refers to that row and goes with it, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from assessment.store import keys
from assessment.store.database import clock, empty_log, insert, reading, writing
from assessment.store.keys import Key, keyring
from assessment.store.models import AssessmentKey, Report, Share
from assessment.store.sales import audit, hooks, indexing
from assessment.store.sales.models import (
    SHORT,
    Consent,
    Delivery,
    Invitation,
    Invited,
    Listing,
    ListingPattern,
)
from assessment.store.secret import digest, new_id
from assessment.store.shares import UnknownReport


@dataclass(frozen=True, slots=True)
class Facts:
    """By what a diagnosis is listed, as its result says it: `band` is "" where none was awarded."""

    form: str
    band: str
    route: str  # where the first step leads
    patterns: tuple[str, ...]  # those that are present


@dataclass(frozen=True, slots=True)
class Given:
    """A consent: the words that were agreed to, and who the leader said that they are, where they did."""

    id: str
    report_id: str
    version: str
    words: str
    name: str
    email: str
    organisation: str
    given_at: datetime
    withdrawn_at: datetime | None


def give(
    report_id: str,
    *,
    version: str,
    words: str,
    facts: Facts,
    name: str = "",
    email: str = "",
    organisation: str = "",
    by: str = audit.LEADER,
    request: str = "",
) -> Given:
    """Let the desk see a result. While a consent stands it is returned as it is, and no other is given.

    `request` names the form that was sent: one that comes again after the consent was taken back leaves it
    taken back. Raises UnknownReport.
    """
    consent_id = digest(f"{report_id}:{request}")[:22] if request else new_id()
    said = {"name": name.strip(), "email": email.strip(), "organisation": organisation.strip()}
    with writing() as connection:
        report, key = _reported(connection, report_id)
        known = select(*_CONSENTS).where(
            Consent.report_id == report_id, or_(Consent.withdrawn_at.is_(None), Consent.id == consent_id)
        )
        given = connection.execute(known.order_by(Consent.withdrawn_at.is_not(None))).first()
        if given is None:
            now = clock(connection)
            connection.execute(
                insert(Consent, connection.dialect.name).values(
                    id=consent_id,
                    report_id=report_id,
                    version=version,
                    words=words,
                    leader=key.seal_values(said, *_place(consent_id)),
                    given_at=now,
                )
            )
            _list(connection, report, consent_id, facts, said, now)
            audit.append(connection, by, "consent given", report_id)
            given = connection.execute(known).one()
        return _told(given, key)


def withdraw(report_id: str, *, by: str = audit.LEADER) -> None:
    """Take every consent of a report back: the desk forgets it at once. Without one nothing changes."""
    with writing() as connection:
        try:
            _reported(connection, report_id)
        except UnknownReport:
            return
        taken_back = connection.execute(
            update(Consent)
            .where(Consent.report_id == report_id, Consent.withdrawn_at.is_(None))
            .values(withdrawn_at=clock(connection))
        ).rowcount
        if not taken_back:
            return
        forget(connection, Listing.report_id == report_id)
        audit.append(connection, by, "consent withdrawn", report_id)
    empty_log()


def standing(report_id: str) -> Given | None:
    """Return the consent by which the desk sees a report; None where it does not."""
    return next((each for each in of(report_id) if each.withdrawn_at is None), None)


def of(report_id: str) -> list[Given]:
    """Return all consents of a report, the newest first, those that were taken back, too."""
    asked = (
        select(*_CONSENTS, AssessmentKey.assessment_id, AssessmentKey.master, AssessmentKey.wrapped)
        .join(Report, Report.id == Consent.report_id)
        .join(AssessmentKey, AssessmentKey.assessment_id == Report.assessment_id)
        .where(Consent.report_id == report_id)
        .order_by(Consent.given_at.desc(), Consent.id)
    )
    with reading() as connection:
        rows = connection.execute(asked).all()
    return [_told(row, keys.unwrap(row.assessment_id, row.master, row.wrapped)) for row in rows]


def forget(connection: Connection, which: ColumnElement[bool]) -> list[str]:
    """End, within a transaction, what the desk has of these listings, and the links that it made of them.

    Returns of which reports.
    """
    made = select(Delivery.share_id).join(Listing, Listing.report_id == Delivery.report_id).where(which)
    now = clock(connection)
    opens = and_(Share.revoked_at.is_(None), Share.expires_at > now)
    connection.execute(update(Share).where(Share.id.in_(made), opens).values(revoked_at=now))
    listed = delete(Listing).where(which).returning(Listing.report_id)  # and all that refers to it
    forgotten = list(connection.execute(listed).scalars().all())
    for report_id in forgotten:
        hooks.forget(connection, report_id)
    return forgotten


_CONSENTS = (
    Consent.id,
    Consent.report_id,
    Consent.version,
    Consent.words,
    Consent.leader,
    Consent.given_at,
    Consent.withdrawn_at,
)


def _reported(connection: Connection, report_id: str) -> tuple[Any, Key]:
    """Return the row of a report and its key. Whoever gives or takes back next waits for this transaction."""
    row = connection.execute(
        select(Report.id, Report.assessment_id, Report.code, Report.created_at)
        .where(Report.id == report_id)
        .with_for_update()
    ).one_or_none()
    key = keys.read(connection, row.assessment_id) if row else None
    if row is None or key is None:
        raise UnknownReport(report_id)
    return row, key


def _list(
    connection: Connection, report: Any, consent_id: str, facts: Facts, said: dict[str, str], now: datetime
) -> None:
    """Let the desk find a report, and tell the programs that want to know."""
    invited = connection.execute(
        select(Invitation.id, Invitation.email_digest)
        .join(Invited, Invited.invitation_id == Invitation.id)
        .where(Invited.assessment_id == report.assessment_id)
    ).one_or_none()
    of_invitation = invited.email_digest if invited else None
    connection.execute(
        insert(Listing, connection.dialect.name).values(
            report_id=report.id,
            consent_id=consent_id,
            invitation_id=invited.id if invited else None,
            code=report.code,
            organisation=said["organisation"][:SHORT],
            email_digest=keyring().digest_of_address(said["email"]) if said["email"] else of_invitation,
            form=facts.form,
            band=facts.band,
            route=facts.route,
            finished_at=report.created_at,
            shared_at=now,
        )
    )
    if facts.patterns:
        rows = [
            {"report_id": report.id, "pattern": each, "shared_at": now}
            for each in dict.fromkeys(facts.patterns)
        ]
        connection.execute(insert(ListingPattern, connection.dialect.name), rows)
    indexing.index(connection, report.id)
    told = {"report_id": report.id, "code": report.code, "shared_at": now}
    hooks.owe(connection, hooks.SHARED, {**told, "invitation_id": invited.id if invited else None})


def _told(row: Any, key: Key) -> Given:
    said = key.open_values(row.leader, *_place(row.id))
    return Given(
        row.id,
        row.report_id,
        row.version,
        row.words,
        said["name"],
        said["email"],
        said["organisation"],
        row.given_at,
        row.withdrawn_at,
    )


def _place(consent_id: str) -> tuple[str, str, int]:
    return ("consent", consent_id, 1)
