"""Tokens: secrets by which other programs read or write for the desk, each for what it was made for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from assessment.store.database import clock, insert, reading, writing
from assessment.store.sales import audit
from assessment.store.sales.models import ApiToken, Person
from assessment.store.secret import digest, new_id

LISTINGS, DELIVERIES = "listings:read", "deliveries:read"
INVITATIONS, INVITING = "invitations:read", "invitations:write"
SCOPES = (LISTINGS, INVITATIONS, INVITING, DELIVERIES)

LIVE_AT_MOST = 20  # tokens of one person that work at the same time
USED_EVERY = timedelta(minutes=1)  # the use of a token is written down no more often than this


class TooMany(Exception):
    """Somebody has as many tokens that work as they may have."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed; its secret is not kept. `person` is the name of whose it is."""

    id: str
    person_id: str
    person: str
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None  # when it was revoked, or ran out; None while it works
    used_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that has shown a token: which one, whose, and what it may do."""

    token_id: str
    person_id: str
    scopes: frozenset[str]


def make(token: str, *, person_id: str, name: str, scopes: Collection[str], days: int) -> None:
    """Make a token whose secret is `token`, 256 bits; giving the same one twice makes one. Raises TooMany."""
    made = new_id()
    with writing() as connection:
        # PostgreSQL: whoever makes another waits for us, or both count too few. SQLite has one writer.
        connection.execute(select(Person.id).where(Person.id == person_id).with_for_update())
        now = clock(connection)
        if connection.execute(select(ApiToken.id).where(ApiToken.token_sha256 == digest(token))).first():
            return
        mine = and_(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
        if (
            connection.execute(select(func.count()).select_from(ApiToken).where(mine)).scalar_one()
            >= LIVE_AT_MOST
        ):
            raise TooMany
        connection.execute(
            insert(ApiToken, connection.dialect.name).values(
                id=made,
                token_sha256=digest(token),
                person_id=person_id,
                name=name,
                scopes=" ".join(each for each in SCOPES if each in scopes),
                made_at=now,
                expires_at=now + timedelta(days=days),
            )
        )
        audit.append(connection, person_id, "token made", made)


def revoke(token_id: str, *, by: str) -> None:
    """Have a token work no longer; `by` is who does it, as the audit calls them."""
    with writing() as connection:
        live = and_(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
        if connection.execute(update(ApiToken).where(live).values(revoked_at=clock(connection))).rowcount:
            audit.append(connection, by, "token revoked", token_id)


def peek(token: str, *, within: timedelta) -> Token | None:
    """Return the token with this secret if it was made within a period and works."""
    with reading() as connection:
        now = clock(connection)
        row = connection.execute(_TOKENS.where(ApiToken.token_sha256 == digest(token))).one_or_none()
    found = _told(row, now) if row else None
    return found if found and found.is_live and now - found.made_at <= within else None


def find(token_id: str) -> Token | None:
    """Return a token; None where there is none."""
    with reading() as connection:
        now = clock(connection)
        row = connection.execute(_TOKENS.where(ApiToken.id == token_id)).one_or_none()
    return _told(row, now) if row else None


def all_of(person_id: str | None = None) -> list[Token]:
    """Return the tokens of somebody, or of everybody, the newest first."""
    query = _TOKENS.order_by(ApiToken.made_at.desc(), ApiToken.id)
    if person_id is not None:
        query = query.where(ApiToken.person_id == person_id)
    with reading() as connection:
        now = clock(connection)
        return [_told(row, now) for row in connection.execute(query)]


def caller(token: str) -> Caller | None:
    """Return who shows this secret, and note that it was used; None where it opens nothing (any more)."""
    with reading() as connection:
        now = clock(connection)
        row = connection.execute(
            select(ApiToken.id, ApiToken.person_id, ApiToken.scopes, ApiToken.used_at)
            .join(Person, Person.id == ApiToken.person_id)
            .where(
                ApiToken.token_sha256 == digest(token),
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > now,
                ApiToken.made_at <= now,  # one of the future was made by a wrong clock
                Person.ended_at.is_(None),
            )
        ).one_or_none()
    if row is None:
        return None
    if row.used_at is None or now - row.used_at >= USED_EVERY:
        with writing() as connection:
            connection.execute(
                update(ApiToken).where(ApiToken.id == row.id).values(used_at=clock(connection))
            )
    return Caller(row.id, row.person_id, frozenset(row.scopes.split()))


def ended_before(moment: datetime) -> ColumnElement[bool]:
    """Return the condition that a token was revoked, or ran out, before a moment."""
    return or_(ApiToken.revoked_at < moment, ApiToken.expires_at < moment)


_TOKENS = select(
    ApiToken.id,
    ApiToken.person_id,
    Person.name.label("person"),
    Person.ended_at.label("left_at"),
    ApiToken.name,
    ApiToken.scopes,
    ApiToken.made_at,
    ApiToken.expires_at,
    ApiToken.revoked_at,
    ApiToken.used_at,
).join(Person, Person.id == ApiToken.person_id)


def _told(row: Any, now: datetime) -> Token:
    ran_out = row.expires_at if row.expires_at <= now else None
    ends = [each for each in (row.revoked_at, ran_out, row.left_at) if each]
    return Token(
        row.id,
        row.person_id,
        row.person,
        row.name,
        tuple(row.scopes.split()),
        row.made_at,
        row.expires_at,
        min(ends, default=None),
        row.used_at,
    )
