"""Deliveries: a prepared report is sent to one recipient, by a letter of ours or by a link that was copied.

The link, what is known of the recipient and the letter are made together or not at all. Who the recipient is
stays sealed with the key of the assessment, and goes when the leader takes the consent back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Select, and_, func, or_, select, update

from assessment.store import keys, shares
from assessment.store.database import clock, insert, reading, writing
from assessment.store.models import AssessmentKey, Report, Share
from assessment.store.sales import audit, hooks, letters, prepared
from assessment.store.sales.models import Delivery, Letter, Listing, Person, Prepared
from assessment.store.sales.sessions import SignedIn
from assessment.store.secret import digest, new_id
from assessment.store.shares import TooMany

State = Literal["copied", "waiting", "sent", "failed", "bounced", "opened"]


SENT_A_DAY_AT_MOST = 200  # by one person: more is nobody's work, but that of whoever has taken their account


class TooManyToday(Exception):
    """One person has sent as much as they may within a day."""


class NotSendable(LookupError):
    """The report may not be sent (any more): it is not listed, or what was prepared of it is not there."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is to read a report. Without an address the link is copied, and no letter is owed."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery and what became of it. `person` is who sent it, "" once their account is gone.

    `error` says why a letter is not there (yet). `ended_at` is when the link was revoked or ran out; None
    while it opens the report. Once nothing is kept of it any more `is_live` is False all the same.
    """

    id: str
    report_id: str
    code: str
    organisation: str
    prepared_id: str | None
    share_id: str | None
    person: str
    recipient: Recipient
    is_attached: bool
    made_at: datetime
    letter: str  # the state of its letter, "" where none was owed
    error: str
    is_live: bool
    expires_at: datetime | None
    ended_at: datetime | None
    openings: int
    first_opened_at: datetime | None
    last_opened_at: datetime | None

    @property
    def state(self) -> State:
        """What matters most of it: that it did not arrive, or was opened, or how far the letter is."""
        if self.openings:
            return "opened"
        states: dict[str, State] = {"waiting": "waiting", "failed": "failed", "bounced": "bounced"}
        return states.get(self.letter, "sent" if self.letter else "copied")


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent: which report with which cover, for how many days, and whether the PDF comes along.

    `label` is how its link is called on the leader's page, `message` what its letter says for the sender.
    """

    report_id: str
    prepared_id: str
    recipient: Recipient
    days: int
    is_attached: bool = False
    label: str = ""
    message: str = ""


def send(sending: Sending, *, token: str, by: SignedIn) -> str | TooMany:
    """Make the link, whose secret is `token`, the delivery, and its letter; return the id of the delivery.

    Giving the same secret twice sends once. Raises NotSendable and TooManyToday.
    """
    with writing() as connection:
        listed = _sendable(connection, sending)
        before = select(Delivery.id).join(Share, Share.id == Delivery.share_id)
        known = connection.execute(before.where(Share.token_sha256 == digest(token))).scalar_one_or_none()
        if known:
            return str(known)
        since = clock(connection) - timedelta(days=1)
        today = select(func.count()).where(Delivery.person_id == by.id, Delivery.made_at > since)
        if connection.execute(today).scalar_one() >= SENT_A_DAY_AT_MOST:
            raise TooManyToday
        said = {"label": sending.label, "evidence": [], "prepared": sending.prepared_id}
        shared = shares.make_within(connection, sending.report_id, token=token, said=said, days=sending.days)
        if isinstance(shared, TooMany):
            return shared
        made, key = new_id(), keys.read(connection, shared.assessment_id)
        if key is None:
            raise NotSendable(sending.report_id)
        to = sending.recipient
        connection.execute(
            insert(Delivery, connection.dialect.name).values(
                id=made,
                report_id=sending.report_id,
                prepared_id=sending.prepared_id,
                share_id=shared.id,
                person_id=by.id,
                recipient=key.seal_values({"name": to.name, "address": to.address}, *_place(made)),
                is_attached=sending.is_attached,
                made_at=shared.made_at,
            )
        )
        if to.address:
            values = {
                "to": to.address,
                "name": to.name,
                "sender": by.name,
                "answer_to": by.email,
                "token": token,
                "until": shared.expires_at.date().isoformat(),
                "organisation": listed.organisation,
                "message": sending.message,
            }
            letters.owe(connection, kind="delivery", values=values, delivery_id=made)
        audit.append(connection, by.id, "delivery made", made)
    return made


def _sendable(connection: Connection, sending: Sending) -> Any:
    """Return the listing. PostgreSQL: whoever takes the consent back waits until this has been sent."""
    connection.execute(select(Report.id).where(Report.id == sending.report_id).with_for_update())
    listed = connection.execute(
        select(Listing.organisation)
        .where(Listing.report_id == sending.report_id)
        .with_for_update(read=True, key_share=True)
    ).one_or_none()
    ready = (
        select(Prepared.id)
        .where(
            Prepared.id == sending.prepared_id,
            Prepared.report_id == sending.report_id,
            Prepared.pdf.is_not(None),
        )
        .with_for_update(read=True, key_share=True)
    )
    if listed is None or connection.execute(ready).one_or_none() is None:
        raise NotSendable(sending.report_id)
    return listed


def end(delivery_id: str, *, by: str) -> None:
    """End the link of a delivery at once, also for who reads by it now; a letter that waits is not sent."""
    with writing() as connection:
        now = clock(connection)
        its_share = select(Delivery.share_id).where(Delivery.id == delivery_id).scalar_subquery()
        ended = connection.execute(
            update(Share)
            .where(Share.id == its_share, Share.revoked_at.is_(None), Share.expires_at > now)
            .values(revoked_at=now)
        ).rowcount
        if ended:
            owed = and_(Letter.delivery_id == delivery_id, Letter.state == "waiting")
            letters.QUEUE.settle(connection, owed, "failed", letters.ENDED)
            audit.append(connection, by, "delivery ended", delivery_id)


def note_opening(connection: Connection, share_id: str) -> None:
    """Write down, within the transaction that opens a link first, that the delivery was opened."""
    query = select(Delivery.id, Delivery.report_id).where(Delivery.share_id == share_id)
    for row in connection.execute(query).all():
        told = {"delivery_id": row.id, "report_id": row.report_id, "opened_at": clock(connection)}
        hooks.owe(connection, hooks.OPENED, told)
        audit.append(connection, audit.SITE, "delivery opened", row.id)


def find(delivery_id: str) -> Delivered | None:
    """Return a delivery; None where there is none (any more)."""
    return next(iter(_read(_deliveries().where(Delivery.id == delivery_id))), None)


def of(report_id: str) -> list[Delivered]:
    """Return the deliveries of a report, the newest first."""
    return _read(_in_order(_deliveries().where(Delivery.report_id == report_id)))


def page(*, before: str = "", size: int = 50) -> list[Delivered]:
    """Return the newest deliveries, at most `size`, or those that were made before the one of an id.

    Without such a delivery (any more) they are the newest.
    """
    query = _deliveries()
    if before:
        place = select(Delivery.made_at, Delivery.id).where(Delivery.id == before)
        with reading() as connection:
            row = connection.execute(place).one_or_none()
        if row:
            query = query.where(
                or_(
                    Delivery.made_at < row.made_at,
                    and_(Delivery.made_at == row.made_at, Delivery.id < row.id),
                )
            )
    return _read(_in_order(query).limit(size))


def attached(delivery_id: str) -> tuple[str, bytes] | None:
    """Return the code and the PDF of what goes with the letter of a delivery; None where only a link does.

    Raises NotSendable where it should go and is not there, and where the link was ended since the letter was
    taken, or the desk may see the diagnosis no longer: then nothing of it goes any more.
    """
    with reading() as connection:
        query = (
            select(Delivery.is_attached, Delivery.prepared_id, Listing.code)
            .join(Listing, Listing.report_id == Delivery.report_id)
            .join(Share, Share.id == Delivery.share_id)
            .where(Delivery.id == delivery_id, Share.revoked_at.is_(None))
            .where(Share.expires_at > clock(connection))
        )
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotSendable(delivery_id)
    if not row.is_attached:
        return None
    paper = prepared.paper(row.prepared_id) if row.prepared_id else None
    if paper is None:
        raise NotSendable(delivery_id)
    return row.code, paper.bytes


def sender_of(share_id: str) -> str:
    """Return the name of who of the desk sent what a link shows, "" where that is known no longer."""
    of_person = select(Person.name).join(Delivery, Delivery.person_id == Person.id)
    query = of_person.where(Delivery.share_id == share_id)
    with reading() as connection:
        return connection.execute(query).scalar_one_or_none() or ""


def _in_order(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.order_by(Delivery.made_at.desc(), Delivery.id.desc())


def _deliveries() -> Select[*tuple[Any, ...]]:
    """Ask for deliveries of diagnoses that the desk may see, each with its letter and its link."""
    return (
        select(
            Delivery.id,
            Delivery.report_id,
            Listing.code,
            Listing.organisation,
            Delivery.prepared_id,
            Person.name.label("person"),
            Delivery.recipient,
            Delivery.is_attached,
            Delivery.made_at,
            Letter.state.label("letter"),
            Letter.last_error,
            Share.id.label("share_id"),
            Share.expires_at,
            Share.revoked_at,
            Share.openings,
            Share.first_opened_at,
            Share.last_opened_at,
            AssessmentKey.assessment_id,
            AssessmentKey.master,
            AssessmentKey.wrapped,
        )
        .join(Listing, Listing.report_id == Delivery.report_id)
        .join(Report, Report.id == Delivery.report_id)
        .join(AssessmentKey, AssessmentKey.assessment_id == Report.assessment_id)
        .outerjoin(Person, Person.id == Delivery.person_id)
        .outerjoin(Letter, Letter.delivery_id == Delivery.id)
        .outerjoin(Share, Share.id == Delivery.share_id)
    )


def _read(query: Select[*tuple[Any, ...]]) -> list[Delivered]:
    with reading() as connection:
        now = clock(connection)
        rows = connection.execute(query).all()
    return [_told(row, now) for row in rows]


def _told(row: Any, now: datetime) -> Delivered:
    key = keys.unwrap(row.assessment_id, row.master, row.wrapped)
    said = key.open_values(row.recipient, *_place(row.id))
    has_run_out = row.expires_at is not None and row.expires_at <= now
    ended_at = row.revoked_at or (row.expires_at if has_run_out else None)
    return Delivered(
        id=row.id,
        report_id=row.report_id,
        code=row.code,
        organisation=row.organisation,
        prepared_id=row.prepared_id,
        share_id=row.share_id,
        person=row.person or "",
        recipient=Recipient(said["name"], said["address"]),
        is_attached=row.is_attached,
        made_at=row.made_at,
        letter=row.letter or "",
        error=row.last_error or "",
        is_live=row.share_id is not None and ended_at is None,
        expires_at=row.expires_at,
        ended_at=ended_at,
        openings=row.openings or 0,
        first_opened_at=row.first_opened_at,
        last_opened_at=row.last_opened_at,
    )


def _place(delivery_id: str) -> tuple[str, str, int]:
    return ("delivery", delivery_id, 1)
