"""Sessions: a browser in which somebody of the desk is signed in, for as long as its row is there.

The cookie holds 256 random bits and nothing else. What ends a session removes its row, and from then on the
cookie is worth nothing: signing out, another password, another role, the end of the account, and time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from assessment.store.database import clock, insert, reading, writing
from assessment.store.sales import audit
from assessment.store.sales.models import Person, Session
from assessment.store.secret import digest, new_token

IDLE_AT_MOST = timedelta(minutes=30)
LASTS_AT_MOST = timedelta(hours=8)
SEEN_EVERY = timedelta(minutes=1)  # a session that is used is written down no more often than this


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in: `role` is "sales" or "admin"."""

    id: str
    name: str
    email: str
    role: str

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


def begin(person_id: str) -> str:
    """Sign somebody in: return the secret of a new session, 43 characters. Raises LookupError."""
    token = new_token()
    with writing() as connection:
        here = select(Person.id).where(Person.id == person_id, Person.ended_at.is_(None)).with_for_update()
        if connection.execute(here).one_or_none() is None:
            raise LookupError(person_id)
        now = clock(connection)
        forget_old(connection, now)
        connection.execute(
            insert(Session, connection.dialect.name).values(
                token_sha256=digest(token), person_id=person_id, made_at=now, seen_at=now
            )
        )
        audit.append(connection, person_id, "signed in", person_id)
    return token


def find(token: str) -> SignedIn | None:
    """Return who is signed in with this secret; None where nobody is (any more)."""
    asked = (
        select(Person.id, Person.name, Person.email, Person.role, Session.made_at, Session.seen_at)
        .join(Session, Session.person_id == Person.id)
        .where(Session.token_sha256 == digest(token), Person.ended_at.is_(None))
    )
    with reading() as connection:
        now = clock(connection)
        row = connection.execute(asked.where(~_is_over(now))).one_or_none()
    if row is None:
        return None
    if now - row.seen_at >= SEEN_EVERY:
        _seen(token)
    return SignedIn(row.id, row.name, row.email, row.role)


def end(token: str) -> None:
    """Sign out: the session is gone."""
    with writing() as connection:
        gone = delete(Session).where(Session.token_sha256 == digest(token)).returning(Session.person_id)
        if person_id := connection.execute(gone).scalar_one_or_none():
            audit.append(connection, person_id, "signed out", person_id)


def forget_old(connection: Connection, now: datetime) -> None:
    """Remove the sessions that time has ended, within a transaction."""
    connection.execute(delete(Session).where(_is_over(now)))


def end_all(connection: Connection, person_id: str, *, but: str = "") -> None:
    """End every session of somebody, except the one with this secret, within a transaction."""
    connection.execute(
        delete(Session).where(Session.person_id == person_id, Session.token_sha256 != digest(but))
    )


def _seen(token: str) -> None:
    with writing() as connection:
        # Never made anew: a session that was ended meanwhile stays ended.
        connection.execute(
            update(Session).where(Session.token_sha256 == digest(token)).values(seen_at=clock(connection))
        )


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Return the condition that time has ended a session; one of the future was begun by a wrong clock."""
    return or_(
        Session.made_at <= now - LASTS_AT_MOST,
        Session.seen_at <= now - IDLE_AT_MOST,
        and_(Session.made_at > now, Session.seen_at > now),
    )
