"""The audit: who did what to what, and when, without contents; each row holds the hash of the one before.

A row that is changed, taken out or put in breaks the chain from there on: `flask audit verify` says where.
Whoever can write the database can make a new chain: note the last hash elsewhere now and then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from assessment.store.database import clock, insert, reading
from assessment.store.sales.models import Audit

FIRST = "0" * 64  # what stands before the first row
LOCK = 0x61756469  # PostgreSQL: who appends has the end of the chain alone
AT_ONCE = 1000

COMMAND, LEADER, SITE = "command", "leader", "site"
# Who is not a person of the desk: somebody at the machine, the holder of a diagnosis, the program itself.


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `who` is the id of a person or a word above, `what` the id of what it was done to."""

    number: int
    at: datetime
    who: str
    verb: str
    what: str
    before_sha256: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a walk along the chain found: its rows, the last hash, and the first row that does not fit."""

    rows: int
    last_sha256: str
    broken_at: int | None


_ENTRIES = select(
    Audit.number, Audit.at, Audit.who, Audit.verb, Audit.what, Audit.before_sha256, Audit.sha256
)


def append(connection: Connection, who: str, verb: str, what: str) -> None:
    """Write down, within a transaction that does it, who does what: together or not at all.

    `verb` is a few words in small letters, such as "invitation made"; nothing here holds what was typed.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    last = connection.execute(
        select(Audit.number, Audit.sha256).order_by(Audit.number.desc()).limit(1)
    ).one_or_none()
    number, before = (last.number + 1, last.sha256) if last else (1, FIRST)
    at = clock(connection)
    connection.execute(
        insert(Audit, connection.dialect.name).values(
            number=number,
            at=at,
            who=who,
            verb=verb,
            what=what,
            before_sha256=before,
            sha256=_hash(number, at, who, verb, what, before),
        )
    )


def page(*, before: int | None = None, size: int = 50) -> list[Entry]:
    """Return the newest rows, at most `size`, or those before a number."""
    query = _ENTRIES.order_by(Audit.number.desc()).limit(size)
    if before is not None:
        query = query.where(Audit.number < before)
    with reading() as connection:
        return [Entry(*row) for row in connection.execute(query)]


def verify() -> Checked:
    """Walk along the chain from its first row and return what was found."""
    rows, last = 0, FIRST
    for each in _all():
        whole = _hash(each.number, each.at, each.who, each.verb, each.what, each.before_sha256)
        if each.number != rows + 1 or each.before_sha256 != last or each.sha256 != whole:
            return Checked(rows, last, each.number)
        rows, last = each.number, each.sha256
    return Checked(rows, last, None)


def holds(number: int, sha256: str) -> bool:
    """Is there a row of this number, with this hash? No row is the one before the first."""
    if not number:
        return sha256 == FIRST
    with reading() as connection:
        kept = connection.execute(select(Audit.sha256).where(Audit.number == number)).scalar_one_or_none()
    return kept == sha256


def _all() -> Iterator[Entry]:
    after = 0
    while True:
        with reading() as connection:
            query = _ENTRIES.where(Audit.number > after).order_by(Audit.number).limit(AT_ONCE)
            entries = [Entry(*row) for row in connection.execute(query)]
        if not entries:
            return
        yield from entries
        after = entries[-1].number


def _hash(number: int, at: datetime, who: str, verb: str, what: str, before: str) -> str:
    text = json.dumps([number, at.isoformat(), who, verb, what, before])
    return hashlib.sha256(text.encode()).hexdigest()
