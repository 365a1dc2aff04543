"""The second factor: six digits that an app works out from a secret and the time (TOTP, RFC 6238).

The secret is kept sealed with the key of the desk. A code is good for its half minute and the ones beside it,
and opens once: whoever reads it over a shoulder comes too late.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Connection, select, update

from assessment.store import keys
from assessment.store.database import clock, writing
from assessment.store.sales import audit
from assessment.store.sales.models import Person

STEP_S, DIGITS, SECRET_BYTES = 30, 6, 20
BESIDE = (0, -1, 1)  # steps that a clock may be off


def address(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the address that an app reads from a QR code."""
    return _totp(secret).get_provisioning_uri(account, issuer)


def spelled(secret: bytes) -> str:
    """Return a secret as it is typed into an app that reads no QR codes: letters and digits in fours."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def code(secret: bytes, at: datetime) -> str:
    """Return the code of a moment."""
    return _totp(secret).generate(int(at.timestamp())).decode()


def turn_on(person_id: str, secret: bytes, typed: str) -> bool:
    """Ask somebody for codes from now on, if this is one of the secret; return whether it is."""
    with writing() as connection:
        step = _step(secret, typed, clock(connection), after=0)
        if step is None:
            return False
        sealed = keys.of_desk(connection).seal(secret, *_place(person_id))
        own = update(Person).where(Person.id == person_id, Person.totp.is_(None))
        if connection.execute(own.values(totp=sealed, totp_step=step)).rowcount:
            audit.append(connection, person_id, "second factor turned on", person_id)
    return True


def turn_off(person_id: str, typed: str) -> bool:
    """Ask somebody for no codes any more, if this is one of theirs; return whether it is."""
    with writing() as connection:
        if not use(connection, person_id, typed):
            return False
        connection.execute(update(Person).where(Person.id == person_id).values(totp=None))
        audit.append(connection, person_id, "second factor turned off", person_id)
    return True


def use(connection: Connection, person_id: str, typed: str) -> bool:
    """Is this an unused code of somebody's? It is used with that. Who is asked for none has given it."""
    asked = select(Person.totp, Person.totp_step).where(Person.id == person_id)
    row = connection.execute(asked.with_for_update()).one()
    if row.totp is None:
        return True
    secret = keys.of_desk(connection).open(row.totp, *_place(person_id))
    step = _step(secret, typed, clock(connection), after=row.totp_step)
    if step is None:
        return False
    connection.execute(update(Person).where(Person.id == person_id).values(totp_step=step))
    return True


def _step(secret: bytes, typed: str, now: datetime, *, after: int) -> int | None:
    """Return which step a code is of; None where it is of none that may still be used."""
    sent = typed.replace(" ", "").encode("utf-8", "replace")
    this, found = int(now.timestamp()) // STEP_S, None
    for step in (this + beside for beside in BESIDE):
        expected = _totp(secret).generate(step * STEP_S)
        if hmac.compare_digest(expected, sent) and step > after and found is None:
            found = step
    return found


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what apps know; as a keyed hash it is as good as it was.
    return TOTP(secret, DIGITS, SHA1(), STEP_S, enforce_key_length=False)  # noqa: S303


def _place(person_id: str) -> tuple[str, str]:
    return ("totp", person_id)
