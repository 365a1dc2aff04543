"""People of the desk: accounts, their roles and passwords, and who is let in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, select, update

from assessment.store.database import clock, insert, reading, writing
from assessment.store.sales import audit, devices, guesses, passwords, recovery, second, sessions
from assessment.store.sales.guesses import Later
from assessment.store.sales.models import Person
from assessment.store.secret import digest, new_id

Role = Literal["sales", "admin"]
ROLES = get_args(Role)
LONGEST_SUBJECT = 255

log = logging.getLogger(__name__)


class Taken(Exception):
    """There is an account with this address already."""


class LastAdmin(Exception):
    """Without this admin there would be none."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account. `ended_at`: from then on they cannot sign in."""

    id: str
    email: str
    name: str
    role: Role
    made_at: datetime
    ended_at: datetime | None
    has_password: bool
    has_second: bool  # is asked for a code of their app, too
    is_waiting: bool  # has yet to set a password, by a link

    @property
    def means(self) -> str:
        """Say with what they sign in: code (and a password), password, nothing (yet), or sso."""
        if self.has_password:
            return "code" if self.has_second else "password"
        return "nothing" if self.is_waiting else "sso"


# --- signing in -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Right:
    """Somebody has shown who they are."""

    person_id: str


class Wrong:
    """Something of it is wrong, and nobody is told what: there may be no such account."""


def check(
    email: str, password: str, code: str = "", *, source: str, device: str | None = None
) -> Right | Wrong | Later:
    """Find out whether somebody is who they say. It takes the same time whether there is such an account.

    `code` is that of their second factor, where they have one; `source` is the address that they come from,
    `device` the secret of a browser that may be known.
    """
    email = spelled(email)
    asked = select(Person.id, Person.password).where(Person.email == email, Person.ended_at.is_(None))
    with reading() as connection:
        row = connection.execute(asked).one_or_none()
        person_id, kept = (row.id, row.password) if row else ("", "")
        is_known = devices.is_known(connection, person_id, device or "")
    counts = (
        guesses.by_device(devices.sha256(person_id, device or ""))
        if is_known
        else guesses.by_strangers(email, source)
    )
    guess = guesses.take(counts)
    if isinstance(guess, Later):
        return guess
    if not passwords.is_right(password, kept):
        log.warning("a sign-in was refused: %s", person_id or "no such account")
        return Wrong()
    with writing() as connection:
        # Whoever set another password, or ended the account, while this one was tried was there first.
        same = asked.where(Person.password == kept).with_for_update()
        opens = connection.execute(same).one_or_none() and second.use(connection, person_id, code)
    if not opens:
        log.warning("a sign-in was refused for its code: %s", person_id)
        return Wrong()
    guesses.forget(guess)
    if passwords.is_outdated(kept):
        _rehash(person_id, kept, password)
    return Right(person_id)


def known_as(subject: str, email: str) -> str | None:
    """Return who single sign-on says somebody is; None where they have no account (any more).

    `subject` is for good. An account is bound to it at the first time, by an `email` that was verified.
    """
    if len(subject) > LONGEST_SUBJECT:
        subject = digest(subject)
    here = Person.ended_at.is_(None)
    with writing() as connection:
        known = select(Person.id, Person.ended_at).where(Person.subject == subject)
        if bound := connection.execute(known).one_or_none():
            return None if bound.ended_at else str(bound.id)
        unbound = select(Person.id, Person.password).where(
            Person.email == spelled(email), Person.subject.is_(None), here
        )
        row = connection.execute(unbound.with_for_update()).one_or_none() if email else None
        if row is None:
            return None
        kept = "" if recovery.is_waiting(row.password) else row.password  # nobody needs the link any more
        _changed(connection, row.id, subject=subject, password=kept)
        audit.append(connection, row.id, "single sign-on bound", row.id)
    return str(row.id)


def check_own(
    person_id: str, password: str, *, also: Callable[[], bool] = lambda: True
) -> bool | Later | None:
    """Does somebody who is signed in know their password, too? Their guesses are counted by themselves.

    `also` is asked after a right password, and says whether they know what else they must: None where it is
    only that which they do not. That is a guess, too.
    """
    guess = guesses.take(guesses.by_person(person_id))
    if isinstance(guess, Later):
        return guess
    with reading() as connection:
        kept = connection.execute(select(Person.password).where(Person.id == person_id)).scalar_one_or_none()
    if not passwords.is_right(password, kept or ""):
        return False
    if not also():
        return None
    guesses.forget(guess)
    return True


def _rehash(person_id: str, kept: str, password: str) -> None:
    hashed = passwords.hashed(password)
    with writing() as connection:
        same = Person.id == person_id, Person.password == kept
        connection.execute(update(Person).where(*same).values(password=hashed))


# --- accounts ---------------------------------------------------------------------------------------


def add(*, email: str, name: str, role: Role, password: str | None, by: str) -> Account:
    """Make an account; `by` is who does it, as the audit calls them. Raises Taken.

    With None for the password they set it themselves, by a link (`recovery`); with "" they have none.
    """
    made = new_id()
    hashed = passwords.hashed(password) if password else ""
    with writing() as connection:
        row = insert(Person, connection.dialect.name).values(
            id=made,
            email=spelled(email),
            name=name,
            role=role,
            password=recovery.mark(clock(connection)) if password is None else hashed,
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


def find_by_email(email: str) -> Account | None:
    """Return the account with an address; None where there is none."""
    with reading() as connection:
        row = connection.execute(_ACCOUNTS.where(Person.email == spelled(email))).one_or_none()
    return _told(row) if row else None


def everybody() -> list[Account]:
    """Return all accounts, in the order of their names."""
    with reading() as connection:
        return [_told(row) for row in connection.execute(_ACCOUNTS.order_by(Person.name, Person.id))]


def set_password(person_id: str, password: str, *, by: str, keep: str = "") -> None:
    """Set somebody's password. Whoever is signed in by the one before is so no longer, but one session.

    `keep` is the secret of that session. No browser is known to them from before. Raises LookupError.
    """
    hashed = passwords.hashed(password)
    with writing() as connection:
        _changed(connection, person_id, password=hashed)
        sessions.end_all(connection, person_id, but=keep)
        devices.forget_all(connection, person_id)
        audit.append(connection, by, "password set", person_id)


def set_role(person_id: str, role: Role, *, by: str) -> None:
    """Give somebody a role, and end their sessions, where it is another. Raises LookupError, LastAdmin."""
    with writing() as connection:
        if _row(connection, person_id).role == role:
            return
        _keep_an_admin(connection, person_id)
        _changed(connection, person_id, role=role)
        sessions.end_all(connection, person_id)
        audit.append(connection, by, f"role set to {role}", person_id)


def end(person_id: str, *, by: str) -> None:
    """End an account: nobody is signed in by it, or ever signs in again. Raises LookupError, LastAdmin."""
    with writing() as connection:
        if _row(connection, person_id).ended_at:
            return
        _keep_an_admin(connection, person_id)
        _changed(connection, person_id, ended_at=clock(connection))
        sessions.end_all(connection, person_id)
        devices.forget_all(connection, person_id)
        audit.append(connection, by, "person ended", person_id)


def spelled(email: str) -> str:
    """Return an address as accounts are known by it."""
    return email.strip().lower()


def _row(connection: Connection, person_id: str) -> Any:
    asked = select(Person.role, Person.ended_at).where(Person.id == person_id)
    row = connection.execute(asked.with_for_update()).one_or_none()
    if row is None:
        raise LookupError(person_id)
    return row


def _changed(connection: Connection, person_id: str, **values: Any) -> None:
    changed = update(Person).where(Person.id == person_id, Person.ended_at.is_(None)).values(**values)
    if not connection.execute(changed).rowcount:
        raise LookupError(person_id)


def _keep_an_admin(connection: Connection, person_id: str) -> None:
    """Raise LastAdmin if nobody else is one. On PostgreSQL two who would both leave none wait here."""
    admins = select(Person.id).where(Person.role == "admin", Person.ended_at.is_(None))
    ids = connection.execute(admins.order_by(Person.id).with_for_update()).scalars().all()
    if list(ids) == [person_id]:
        raise LastAdmin(person_id)


_ACCOUNTS = select(
    Person.id,
    Person.email,
    Person.name,
    Person.role,
    Person.made_at,
    Person.ended_at,
    Person.password,
    Person.totp.is_not(None).label("has_second"),
)


def _told(row: Any) -> Account:
    return Account(
        row.id,
        row.email,
        row.name,
        row.role,
        row.made_at,
        row.ended_at,
        passwords.is_hash(row.password),
        row.has_second,
        recovery.is_waiting(row.password),
    )
