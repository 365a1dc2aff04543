"""Known devices: browsers in which somebody has signed in before."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from assessment.store.database import clock, insert, writing
from assessment.store.sales.models import KnownDevice
from assessment.store.secret import digest, new_token

KNOWN_FOR = timedelta(days=180)
AT_MOST = 10  # of one person


def sha256(person_id: str, device: str) -> str:
    """Return under which hash a browser is known for somebody: the secret of its cookie, and whose it is."""
    return digest(f"{person_id} {device}")


def is_known(connection: Connection, person_id: str, device: str) -> bool:
    """Has somebody signed in before in the browser with this secret?"""
    oldest = clock(connection) - KNOWN_FOR
    which = KnownDevice.token_sha256 == sha256(person_id, device), KnownDevice.made_at > oldest
    return connection.execute(select(KnownDevice.person_id).where(*which)).first() is not None


def remember(person_id: str, device: str | None) -> str:
    """Know a browser for somebody who has signed in in it; return the secret for its cookie.

    It keeps the one it has where it is known by it. One that it merely has may be known to whoever gave it.
    """
    with writing() as connection:
        if device and is_known(connection, person_id, device):
            return device
        device, now = new_token(), clock(connection)
        own = KnownDevice.person_id == person_id
        kept = select(KnownDevice.token_sha256).where(own).order_by(KnownDevice.made_at.desc())
        newest = connection.execute(kept.limit(AT_MOST - 1)).scalars().all()
        connection.execute(delete(KnownDevice).where(own, KnownDevice.token_sha256.not_in(newest)))
        connection.execute(
            insert(KnownDevice, connection.dialect.name).values(
                token_sha256=sha256(person_id, device), person_id=person_id, made_at=now
            )
        )
    return device


def forget_old(connection: Connection, now: datetime) -> None:
    """Remove browsers that were known long enough, within a transaction."""
    connection.execute(delete(KnownDevice).where(KnownDevice.made_at < now - KNOWN_FOR))


def forget_all(connection: Connection, person_id: str, *, but: str = "") -> None:
    """Know none of somebody's browsers any more, except the one with this secret, within a transaction."""
    connection.execute(
        delete(KnownDevice).where(
            KnownDevice.person_id == person_id, KnownDevice.token_sha256 != sha256(person_id, but)
        )
    )
