"""People of the desk: accounts, their roles and passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from argon2 import PasswordHasher
from sqlalchemy import select

from assessment.store.database import clock, insert, reading, writing
from assessment.store.sales import audit
from assessment.store.sales.models import Person
from assessment.store.secret import new_id

Role = Literal["sales", "admin"]
ROLES = get_args(Role)

# 19 MiB and two passes, what OWASP asks for at least: some 20 ms, and little enough memory for many at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Taken(Exception):
    """There is an account with this address already."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account. `ended_at`: from then on they cannot sign in."""

    id: str
    email: str
    name: str
    role: Role
    made_at: datetime
    ended_at: datetime | None


def add(*, email: str, name: str, role: Role, password: str, by: str) -> Account:
    """Make an account; `by` is who does it, as the audit calls them. Raises Taken."""
    made = new_id()
    hashed = _HASHER.hash(password) if password else ""
    with writing() as connection:
        row = insert(Person, connection.dialect.name).values(
            id=made,
            email=email.strip().lower(),
            name=name,
            role=role,
            password=hashed,
            totp_step=0,
            made_at=clock(connection),
        )
        if not connection.execute(row.on_conflict_do_nothing().returning(Person.id)).one_or_none():
            raise Taken(email)
        audit.append(connection, by, f"person added as {role}", made)
    account = find(made)
    assert account is not None  # noqa: S101 it was made above
    return account


def find(person_id: str) -> Account | None:
    """Return an account; None where there is none."""
    with reading() as connection:
        row = connection.execute(_ACCOUNTS.where(Person.id == person_id)).one_or_none()
    return _told(row) if row else None


def everybody() -> list[Account]:
    """Return all accounts, in the order of their names."""
    with reading() as connection:
        return [_told(row) for row in connection.execute(_ACCOUNTS.order_by(Person.name, Person.id))]


_ACCOUNTS = select(Person.id, Person.email, Person.name, Person.role, Person.made_at, Person.ended_at)


def _told(row: Any) -> Account:
    return Account(row.id, row.email, row.name, row.role, row.made_at, row.ended_at)
