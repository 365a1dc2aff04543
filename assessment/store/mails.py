"""Mails that are owed: a private link to an address that somebody gave as their own.

Address and link are sealed with the key of the assessment, and blanked in the transaction that settles the
row: what is left says when a mail was owed and what became of it. As in the outbox, whoever takes a row has
it until its lease ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from assessment.store import keys
from assessment.store.database import clock, insert, reading, writing
from assessment.store.keys import Unreadable
from assessment.store.models import AddressCount, Assessment, Mail, ResumeToken, waiting
from assessment.store.secret import digest, new_token

A_DAY_AT_MOST = 5  # for one assessment
TO_ONE_AT_MOST = 10  # a day to one address, for all assessments together
BACK_OFF_S = (60, 300, 1800, 7200, 21600)  # one more failure, some nine hours after the first, ends it
ATTEMPTS_AT_MOST = 12
# Nobody asks for a longer lease or pause, so a time further ahead was written by a clock that jumped.
LEASE_AT_MOST = timedelta(minutes=5)
PAUSE_AT_MOST = timedelta(seconds=2 * BACK_OFF_S[-1])

ENDED = "the link was ended before it was sent"
LOST = "its address cannot be read any more"
TAKEN_TOO_OFTEN = "sending it was begun too often and never brought to an end"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, leased: to whom, the secret of the link in it, when it was asked for, and until when."""

    id: str
    to: str
    token: str
    made_at: datetime
    lease_until: datetime


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
    with reading() as connection:  # nearly always there is none, and nobody need wait for the lock
        if connection.execute(select(Mail.id).where(_due(clock(connection))).limit(1)).first() is None:
            return None
    with writing() as connection:
        now = clock(connection)
        due = (
            select(Mail.id, Mail.assessment_id, Mail.letter, Mail.attempts, Mail.made_at)
            .where(_due(now))
            .order_by(Mail.next_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        while row := connection.execute(due).one_or_none():
            said = _opened(connection, row.id, row.assessment_id, row.letter)
            fault = LOST if said is None else TAKEN_TOO_OFTEN if row.attempts >= ATTEMPTS_AT_MOST else ""
            if said and not fault and not _is_open(connection, said["token"]):
                fault = ENDED
            if fault or said is None:
                _settle(connection, Mail.id == row.id, "failed", fault)
                continue
            letter = Letter(row.id, said["to"], said["token"], row.made_at, now + timedelta(seconds=lease_s))
            connection.execute(
                update(Mail)
                .where(Mail.id == row.id)
                .values(attempts=row.attempts + 1, lease_until=letter.lease_until)
            )
            return letter
    return None


def sent(letter: Letter) -> None:
    """Note that a mail was accepted, and forget to whom it went."""
    with writing() as connection:
        _settle(connection, Mail.id == letter.id, "sent", "")


def failed(letter: Letter, error: str, *, again: bool) -> bool:
    """Note why a mail was not sent: it is tried again after a pause, or given up and its address forgotten.

    `error` names no address. Returns whether it was given up. Nothing changes when somebody else has it.
    """
    with writing() as connection:
        mine = and_(Mail.id == letter.id, Mail.state == "waiting", Mail.lease_until == letter.lease_until)
        failures = connection.execute(select(Mail.failures).where(mine)).scalar_one_or_none()
        if failures is None:
            return False
        if not again or failures >= len(BACK_OFF_S):
            _settle(connection, mine, "failed", error)
            return True
        connection.execute(
            update(Mail)
            .where(mine)
            .values(
                failures=failures + 1,
                lease_until=None,
                next_at=clock(connection) + timedelta(seconds=BACK_OFF_S[failures]),
                last_error=error[:200],
            )
        )
    return False


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


def _settle(connection: Connection, which: ColumnElement[bool], state: str, error: str) -> None:
    connection.execute(
        update(Mail).where(which).values(state=state, letter=None, lease_until=None, last_error=error[:200])
    )


def _opened(
    connection: Connection, name: str, assessment_id: str, letter: bytes | None
) -> dict[str, str] | None:
    try:
        key = keys.read(connection, assessment_id)
        return key.open_values(letter, "mail", name) if key and letter else None
    except Unreadable:
        return None


def _is_open(connection: Connection, token: str) -> bool:
    query = select(ResumeToken.token_sha256).where(
        ResumeToken.token_sha256 == digest(token), ResumeToken.revoked_at.is_(None)
    )
    return connection.execute(query).one_or_none() is not None


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        Mail.state == "waiting",
        or_(Mail.next_at <= now, Mail.next_at > now + PAUSE_AT_MOST),
        or_(Mail.lease_until.is_(None), Mail.lease_until <= now, Mail.lease_until > now + LEASE_AT_MOST),
    )
