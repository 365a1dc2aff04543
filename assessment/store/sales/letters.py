"""Letters: mails of the desk that are owed, each to one recipient, and what became of them.

To whom a letter goes and with what is sealed with the key of the desk, and blanked in the transaction that
settles the row: what is left says when it was owed and what became of it. As everywhere, whoever takes a row
has it until its lease ends.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from assessment.store import keys, leasing
from assessment.store.database import clock, insert, reading, writing
from assessment.store.keys import Unreadable
from assessment.store.leasing import Taken
from assessment.store.models import Share, waiting
from assessment.store.sales import audit, hooks
from assessment.store.sales.models import Delivery, Invitation, Letter

Kind = Literal["invitation", "reminder", "delivery"]

# What every letter is written from. `to` is one address, `name` what its holder is called or "", `sender` and
# `answer_to` who of the desk writes, `token` the secret of the link in it, `until` the last day on which that
# opens anything, such as 2026-11-30.
NEEDED = frozenset({"to", "name", "sender", "answer_to", "token", "until"})
# And what may come along: the organisation it is about, and words of the sender's own.
WELCOME = frozenset({"organisation", "message"})

QUEUE = leasing.of_mails(Letter, blanked="sealed")

ENDED = "its link was ended before it was sent"
LOST = "its address cannot be read any more"


@dataclass(frozen=True, slots=True)
class Owed:
    """A letter, leased: its kind, what it is written from, what it belongs to, and when it was owed."""

    id: str
    kind: Kind
    values: dict[str, str]
    invitation_id: str | None
    delivery_id: str | None
    made_at: datetime
    taken: Taken


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a letter: `state` is waiting, sent, failed or bounced; `error` says why."""

    kind: Kind
    state: str
    error: str
    made_at: datetime


def owe(
    connection: Connection,
    *,
    kind: Kind,
    values: Mapping[str, str],
    invitation_id: str | None = None,
    delivery_id: str | None = None,
) -> str:
    """Owe a letter, within the transaction that makes what it belongs to, and return its id.

    `values` are what it is written from (NEEDED, and WELCOME where there is any). Raises ValueError where
    one is missing or unknown: the letter could never be written. Raises Unreadable.
    """
    if not NEEDED <= values.keys() <= NEEDED | WELCOME:
        raise ValueError(f"a letter is written from {sorted(NEEDED)}, not from {sorted(values)}")
    name = secrets.token_hex(16)
    connection.execute(
        insert(Letter, connection.dialect.name).values(
            id=name,
            kind=kind,
            invitation_id=invitation_id,
            delivery_id=delivery_id,
            sealed=keys.of_desk(connection).seal_values(values, *_place(name)),
            **waiting(clock(connection)),
        )
    )
    return name


def take(*, lease_s: float) -> Owed | None:
    """Lease the letter that has waited longest, None when none is due. `lease_s` is at most 300 s.

    What can no longer be sent is given up on the way: its link was ended, or its address cannot be read.
    """
    columns = Letter.kind, Letter.invitation_id, Letter.delivery_id, Letter.sealed, Letter.made_at
    while taken := QUEUE.take(*columns, lease_s=lease_s):
        row = taken.row
        with reading() as connection:
            values = _opened(connection, taken)
            is_open = _opens_something(connection, row)
        if values is None or not is_open:
            _failed(taken, LOST if values is None else ENDED, again=False)
            continue
        return Owed(taken.id, row.kind, values, row.invitation_id, row.delivery_id, row.made_at, taken)
    return None


def sent(owed: Owed) -> None:
    """Note that a mail server has accepted a letter, and forget to whom it went."""
    with writing() as connection:
        unsettled = and_(Letter.id == owed.id, Letter.state.in_(("waiting", "failed")))
        if not QUEUE.settle(connection, unsettled, "sent"):
            return  # it came back already, or what it belonged to was deleted
        _note_sent(connection, owed)
        audit.append(connection, audit.SITE, f"{owed.kind} sent", _what(owed))


def failed(owed: Owed, error: str, *, again: bool) -> bool:
    """Note why a letter was not sent: it is tried again after a pause, or given up and its address forgotten.

    `error` names no address. Returns whether it was given up. Nothing changes when somebody else has it.
    """
    return _failed(owed.taken, error, again=again)


def bounced(name: str, reason: str) -> bool:
    """Note that a letter came back; `reason` names no address. Returns False where there is none."""
    with writing() as connection:
        row = connection.execute(_LETTERS.where(Letter.id == name).with_for_update()).one_or_none()
        if row is None:
            return False
        if row.state != "bounced":
            QUEUE.settle(connection, Letter.id == name, "bounced", reason)
            audit.append(connection, audit.SITE, f"{row.kind} bounced", _what(row))
    return True


def latest(*, invitation_id: str | None = None, delivery_id: str | None = None) -> Became | None:
    """Return what became of the letter that was owed last for an invitation or a delivery; None of none."""
    of = Letter.invitation_id == invitation_id if invitation_id else Letter.delivery_id == delivery_id
    query = (
        select(Letter.kind, Letter.state, Letter.last_error, Letter.made_at)
        .where(of)
        .order_by(Letter.made_at.desc(), Letter.id)
        .limit(1)
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    return Became(row.kind, row.state, row.last_error, row.made_at) if row else None


_LETTERS = select(Letter.id, Letter.kind, Letter.state, Letter.invitation_id, Letter.delivery_id)


def _failed(taken: Taken, error: str, *, again: bool) -> bool:
    with writing() as connection:
        is_given_up = QUEUE.failed_within(connection, taken, error, again=again)
        if is_given_up:
            audit.append(connection, audit.SITE, f"{taken.row.kind} not sent", _what(taken.row))
    return is_given_up


def _note_sent(connection: Connection, owed: Owed) -> None:
    """Write down with an invitation when it was sent or reminded of; tell programs of a delivery."""
    now = clock(connection)
    if owed.kind == "delivery":
        report = select(Delivery.report_id).where(Delivery.id == owed.delivery_id)
        told = {"delivery_id": owed.delivery_id, "report_id": connection.execute(report).scalar_one()}
        hooks.owe(connection, hooks.DELIVERED, {**told, "delivered_at": now})
        return
    sent: dict[str, Any] = {"sent_at": func.coalesce(Invitation.sent_at, now)}
    noted = sent if owed.kind == "invitation" else {"reminded_at": now}
    connection.execute(update(Invitation).where(Invitation.id == owed.invitation_id).values(noted))


def _what(row: Any) -> str:
    return str(row.invitation_id or row.delivery_id or row.id)


def _opened(connection: Connection, taken: Taken) -> dict[str, str] | None:
    try:
        return keys.of_desk(connection).open_values(taken.row.sealed, *_place(taken.id))
    except Unreadable:
        return None


def _opens_something(connection: Connection, row: Any) -> bool:
    """Does the link in a letter still open what it is about?"""
    now = clock(connection)
    still: ColumnElement[bool] = or_(
        select(Invitation.id)
        .where(
            Invitation.id == row.invitation_id, Invitation.revoked_at.is_(None), Invitation.expires_at > now
        )
        .exists(),
        select(Delivery.id)
        .join(Share, Share.id == Delivery.share_id)
        .where(Delivery.id == row.delivery_id, Share.revoked_at.is_(None), Share.expires_at > now)
        .exists(),
    )
    return bool(connection.execute(select(still)).scalar_one())


def _place(name: str) -> tuple[str, str, int]:
    return ("letter", name, 1)
