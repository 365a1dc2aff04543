"""A link by which somebody sets their password: the first one, or another where an admin has reset the old.

Nothing of the link is kept but what it follows from: a random mark in the place of the password, and the key
of the desk. So there is one for an account at a time, it opens once, and a copy of the database makes none.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from assessment.store import keys
from assessment.store.database import clock, reading, writing
from assessment.store.sales import audit, devices, passwords, sessions
from assessment.store.sales.models import Person
from assessment.store.secret import new_id

LASTS = timedelta(days=1)
_MARK = "link"


@dataclass(frozen=True, slots=True)
class Link:
    """A link that waits to be followed: its secret, whose password it sets, and until when."""

    token: str
    person_id: str
    name: str
    email: str
    expires_at: datetime


def mark(now: datetime) -> str:
    """Return what stands in the place of a password until its owner sets one by a link."""
    return f"{_MARK}:{int((now + LASTS).timestamp())}:{new_id()}"


def is_waiting(kept: str) -> bool:
    """Does somebody have yet to set their password?"""
    return kept.startswith(f"{_MARK}:")


def reset(person_id: str, *, by: str) -> None:
    """Take somebody's password and second factor away, and sign them out: a link sets another password.

    Raises LookupError.
    """
    with writing() as connection:
        here = update(Person).where(Person.id == person_id, Person.ended_at.is_(None))
        reset = here.values(password=mark(clock(connection)), totp=None)
        if not connection.execute(reset).rowcount:
            raise LookupError(person_id)
        sessions.end_all(connection, person_id)
        devices.forget_all(connection, person_id)
        audit.append(connection, by, "access reset", person_id)


def link_of(person_id: str) -> Link | None:
    """Return the link that somebody can still follow; None where there is none."""
    with writing() as connection:  # it may be what the key of the desk is first made for
        return _link(connection, person_id)


def peek(token: str) -> Link | None:
    """Return the link that has this secret; None where it opens nothing (any more). Changes nothing."""
    with reading() as connection:
        return _found(connection, token)


def use(token: str, password: str) -> str | None:
    """Set the password of whoever a link is for; return their id, None where it opens nothing (any more)."""
    hashed = passwords.hashed(password)
    with writing() as connection:
        link = _found(connection, token)
        if link is None:
            return None
        waiting = Person.id == link.person_id, Person.password.startswith(f"{_MARK}:")
        if not connection.execute(update(Person).where(*waiting).values(password=hashed)).rowcount:
            return None  # somebody else was there first
        audit.append(connection, link.person_id, "password set by link", link.person_id)
    return link.person_id


def _found(connection: Connection, token: str) -> Link | None:
    link = _link(connection, token.partition(".")[0])
    same = link and hmac.compare_digest(link.token.encode(), token.encode("utf-8", "replace"))
    return link if same else None


def _link(connection: Connection, person_id: str) -> Link | None:
    asked = select(Person.name, Person.email, Person.password).where(
        Person.id == person_id, Person.ended_at.is_(None)
    )
    row = connection.execute(asked).one_or_none()
    if row is None or not is_waiting(row.password):
        return None
    expires_at = datetime.fromtimestamp(int(row.password.split(":")[1]), UTC)
    if clock(connection) >= expires_at:
        return None
    token = f"{person_id}.{keys.of_desk(connection).digest(f'{person_id} {row.password}')}"
    return Link(token, person_id, row.name, row.email, expires_at)
