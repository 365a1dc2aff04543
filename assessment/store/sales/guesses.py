"""Guesses: how many tries to sign in are checked, counted in the database for all processes.

A try is counted before it is checked, so that many at once are no more than one after the other, and
whether there is such an account or not. Who was let in is not counted any more. A browser in which somebody
has signed in before has a count of its own: strangers who guess keep nobody out of it, not even from the same
address.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, select

from assessment.store.database import clock, insert, reading, writing
from assessment.store.keys import keyring
from assessment.store.sales.models import Guess
from assessment.store.secret import new_id

OF_ACCOUNT, ACCOUNT_WITHIN = 10, timedelta(minutes=15)
OF_SOURCE, SOURCE_WITHIN = 30, timedelta(hours=1)
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Later:
    """Too many were tried; the next is checked in so many seconds at the earliest."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What a try is counted for: the account, and where it came from, as keyed hashes."""

    account: str
    source: str


def by_strangers(email: str, source: str) -> Counts:
    """Return what a try from an unknown browser is counted for: the account, and the address of a network."""
    return Counts(_digest("account", email), _digest("source", network(source)))


def by_device(device_sha256: str) -> Counts:
    """Return what a try from a known browser is counted for: that browser alone."""
    return Counts(_digest("device", device_sha256), _digest("device", device_sha256))


def by_person(person_id: str) -> Counts:
    """Return what a try of somebody who is signed in is counted for, as when they change their password."""
    return Counts(_digest("person", person_id), _digest("person", person_id))


def by_network(source: str) -> Counts:
    """Return what a try by single sign-on is counted for, which names no account: where it came from."""
    return Counts(_digest("sso", network(source)), _digest("sso", network(source)))


def take(counts: Counts) -> str | Later:
    """Count a try and return its id, if one may be checked now; else when the next one may be."""
    with reading() as connection:  # those who are held back write nothing and wait for nobody
        if wait := _wait(connection, counts):
            return wait
    with writing() as connection:
        _alone(connection, counts)
        if wait := _wait(connection, counts):
            return wait
        guess, now = new_id(), clock(connection)
        forget_old(connection, now)
        connection.execute(
            insert(Guess, connection.dialect.name).values(
                id=guess, account_digest=counts.account, source_digest=counts.source, made_at=now
            )
        )
    return guess


def forget(guess: str) -> None:
    """Count a try no longer: it was no guess."""
    with writing() as connection:
        connection.execute(delete(Guess).where(Guess.id == guess))


def forget_old(connection: Connection, now: datetime) -> None:
    """Remove what was counted long enough, within a transaction."""
    connection.execute(delete(Guess).where(Guess.made_at < now - KEPT_FOR))


def network(address: str) -> str:
    """Return where somebody is: an IPv4 address, or the network of an IPv6 address, which is theirs whole."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))


def _wait(connection: Connection, counts: Counts) -> Later | None:
    now = clock(connection)
    ends = [
        _free_at(connection, Guess.account_digest == counts.account, now, OF_ACCOUNT, ACCOUNT_WITHIN),
        _free_at(connection, Guess.source_digest == counts.source, now, OF_SOURCE, SOURCE_WITHIN),
    ]
    latest = max((end for end in ends if end), default=None)
    return Later(max(1, -int((now - latest).total_seconds() // 1))) if latest else None


def _free_at(
    connection: Connection, which: ColumnElement[bool], now: datetime, most: int, within: timedelta
) -> datetime | None:
    """Return when fewer than `most` were tried within the period; None where that is so now.

    What was written by a clock that was ahead does not count: it would for longer than it should.
    """
    times = select(Guess.made_at).where(which, Guess.made_at > now - within, Guess.made_at <= now)
    newest = connection.execute(times.order_by(Guess.made_at.desc()).limit(most)).scalars().all()
    return newest[-1] + within if len(newest) == most else None


def _alone(connection: Connection, counts: Counts) -> None:
    """PostgreSQL: who counts for the same waits, or both count too few. SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        for digest in sorted({counts.account, counts.source}):
            connection.execute(select(func.pg_advisory_xact_lock(int(digest[:15], 16))))


def _digest(kind: str, of: str) -> str:
    return keyring().digest_of_address(f"guess {kind} {of}")
