"""Mails that are owed: a private link to an address that somebody gave as their own.

Address and link are sealed with the key of the assessment, and blanked in the transaction that settles the
row: what is left says when a mail was owed and what became of it. As in the outbox, whoever takes a row has
it until its lease ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from assessment.store import keys, leasing
from assessment.store.database import clock, insert, reading, writing
from assessment.store.keys import Unreadable
from assessment.store.leasing import Taken
from assessment.store.models import AddressCount, Assessment, Mail, ResumeToken, waiting
from assessment.store.secret import digest, new_token

A_DAY_AT_MOST = 5  # for one assessment
TO_ONE_AT_MOST = 10  # a day to one address, for all assessments together
QUEUE = leasing.of_mails(Mail, blanked="letter")

ENDED = "the link was ended before it was sent"
LOST = "its address cannot be read any more"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, leased: to whom, the secret of the link in it, and when it was asked for."""

    id: str
    to: str
    token: str
    made_at: datetime
    taken: Taken


@dataclass(frozen=True, slots=True)
class Mailed:
    """What became of a mail: `state` is "waiting", "sent" or "failed"; `error` why it was not sent (yet)."""

    state: str
    error: str
    made_at: datetime


def owe(assessment_id: str, *, name: str, to: str) -> bool:
    """Owe a mail with one more private link to an address, once for a name of at most 32 characters.

    Returns False, and owes nothing, where enough were owed within the last day, for this assessment or to
    this address. Raises LookupError where there
    is no such assessment (any more).
    """
    with writing() as connection:
        # PostgreSQL: whoever asks at the same time waits, so that both are counted. SQLite has one writer.
        connection.execute(select(Assessment.id).where(Assessment.id == assessment_id).with_for_update())
        key = keys.read(connection, assessment_id)
        if key is None:
            raise LookupError(assessment_id)
        now, token, dialect = clock(connection), new_token(), connection.dialect.name
        if connection.execute(select(Mail.id).where(Mail.id == name)).one_or_none():
            return True
        recent = select(func.count()).where(
            Mail.assessment_id == assessment_id, Mail.made_at > now - timedelta(days=1)
        )
        if connection.execute(recent).scalar_one() >= A_DAY_AT_MOST:
            return False
        if not _counted(connection, name, to, now):
            return False
        connection.execute(
            insert(ResumeToken, dialect).values(
                token_sha256=digest(token), assessment_id=assessment_id, made_at=now
            )
        )
        connection.execute(
            insert(Mail, dialect).values(
                id=name,
                assessment_id=assessment_id,
                letter=key.seal_values({"to": to, "token": token}, "mail", name),
                **waiting(now),
            )
        )
    return True


def _counted(connection: Connection, name: str, to: str, now: datetime) -> bool:
    """Count a mail to an address, unless enough went there within a day; what is older is forgotten."""
    address = keys.keyring().digest_of_address(to)
    # PostgreSQL: whoever counts the same address waits. SQLite has one writer.
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(int(address[:15], 16))))
    forget_addresses(connection, now)
    query = select(func.count()).where(AddressCount.address_digest == address)
    if connection.execute(query).scalar_one() >= TO_ONE_AT_MOST:
        return False
    values = {"mail_id": name, "address_digest": address, "made_at": now}
    connection.execute(insert(AddressCount, connection.dialect.name).values(values))
    return True


def forget_addresses(connection: Connection, now: datetime) -> None:
    """Forget to which addresses mails were asked for more than a day ago, or by a clock that ran ahead."""
    within = AddressCount.made_at.between(now - timedelta(days=1), now)
    connection.execute(delete(AddressCount).where(~within))


def take(*, lease_s: float) -> Letter | None:
    """Lease the mail that has waited longest, None when none is due. `lease_s` is at most 300 s.

    What can no longer be sent is given up on the way: its link was ended, or its address cannot be read.
    """
    while taken := QUEUE.take(Mail.assessment_id, Mail.letter, Mail.made_at, lease_s=lease_s):
        with reading() as connection:
            said = _opened(connection, taken)
            is_open = said is not None and _is_open(connection, said["token"])
        if said is None or not is_open:
            QUEUE.failed(taken, LOST if said is None else ENDED, again=False)
            continue
        return Letter(taken.id, said["to"], said["token"], taken.row.made_at, taken)
    return None


def sent(letter: Letter) -> None:
    """Note that a mail was accepted, and forget to whom it went."""
    with writing() as connection:
        QUEUE.settle(connection, Mail.id == letter.id, "sent")


def failed(letter: Letter, error: str, *, again: bool) -> bool:
    """Note why a mail was not sent: it is tried again after a pause, or given up and its address forgotten.

    `error` names no address. Returns whether it was given up. Nothing changes when somebody else has it.
    """
    return QUEUE.failed(letter.taken, error, again=again)


def latest(assessment_id: str) -> Mailed | None:
    """Return what became of the mail that was asked for last; None where none ever was."""
    query = (
        select(Mail.state, Mail.last_error, Mail.made_at)
        .where(Mail.assessment_id == assessment_id)
        .order_by(Mail.made_at.desc(), Mail.id)
        .limit(1)
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    return Mailed(row.state, row.last_error, row.made_at) if row else None


def _opened(connection: Connection, taken: Taken) -> dict[str, str] | None:
    row = taken.row
    try:
        key = keys.read(connection, row.assessment_id)
        return key.open_values(row.letter, "mail", taken.id) if key and row.letter else None
    except Unreadable:
        return None


def _is_open(connection: Connection, token: str) -> bool:
    query = select(ResumeToken.token_sha256).where(
        ResumeToken.token_sha256 == digest(token), ResumeToken.revoked_at.is_(None)
    )
    return connection.execute(query).one_or_none() is not None
