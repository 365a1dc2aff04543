"""The link by which a password is set: it opens once, for a day, and until there is another."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from assessment.store.database import clock, db, reading, writing
from assessment.store.sales import devices, people, recovery, second, sessions
from assessment.store.sales.models import KnownDevice, Person
from assessment.store.sales.people import Account, Right, Wrong
from assessment.store.sales.recovery import Link
from tests.desk import PASSWORD
from tests.store.conftest import at_once, rows

EMAIL, HERE = "ada@example.org", "192.0.2.1"
OTHER = "another sentence of hers"


pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def ada(memory: Flask) -> Account:
    """Somebody who was added by an admin."""
    return people.add(email=EMAIL, name="Ada", role="sales", password=None, by="command")


def link_of(account: Account) -> Link:
    link = recovery.link_of(account.id)
    assert link
    return link


def test_who_was_added_sets_a_password_by_the_link_and_is_let_in_by_nothing_before(ada: Account) -> None:
    link = link_of(ada)
    with reading() as connection:
        mark = connection.execute(select(Person.password)).scalar_one()
    for said in (mark, "", link.token):
        assert isinstance(people.check(EMAIL, said, source=HERE), Wrong)

    assert recovery.use(link.token, PASSWORD) == ada.id

    assert people.check(EMAIL, PASSWORD, source=HERE) == Right(ada.id)


def test_a_link_opens_once(memory: Flask, ada: Account) -> None:
    token = link_of(ada).token

    used = at_once(memory, 6, lambda n: recovery.use(token, f"sentence number {n} of hers"))

    assert sum(each is not None for each in used) == 1
    assert recovery.peek(token) is None
    assert recovery.link_of(ada.id) is None


def test_looking_at_a_link_does_not_use_it(ada: Account) -> None:
    token = link_of(ada).token

    assert recovery.peek(token) == recovery.peek(token) == link_of(ada)


def test_a_reset_takes_password_codes_sessions_and_known_browsers_away_at_once(ada: Account) -> None:
    recovery.use(link_of(ada).token, PASSWORD)
    secret = b"twenty bytes of keys"
    with reading() as connection:
        now = clock(connection)
    second.turn_on(ada.id, secret, second.code(secret, now))
    session = sessions.begin(ada.id)
    devices.remember(ada.id, None)

    recovery.reset(ada.id, by="an admin")

    assert sessions.find(session) is None
    assert rows(KnownDevice) == 0
    assert isinstance(people.check(EMAIL, PASSWORD, source=HERE), Wrong)
    recovery.use(link_of(ada).token, OTHER)
    assert people.check(EMAIL, OTHER, source=HERE) == Right(ada.id)


def test_another_reset_ends_the_link_before(ada: Account) -> None:
    before = link_of(ada).token

    recovery.reset(ada.id, by="an admin")

    assert recovery.peek(before) is None
    assert recovery.use(before, PASSWORD) is None
    assert recovery.peek(link_of(ada).token)


def test_a_link_ends_after_a_day_and_with_the_account(ada: Account) -> None:
    token = link_of(ada).token
    with writing() as connection:
        over = recovery.mark(clock(connection) - recovery.LASTS)
        connection.execute(update(Person).values(password=over))
    assert recovery.link_of(ada.id) is None

    recovery.reset(ada.id, by="an admin")
    token = link_of(ada).token
    people.end(ada.id, by="command")
    assert recovery.peek(token) is None
    assert recovery.use(token, PASSWORD) is None
    with pytest.raises(LookupError):
        recovery.reset(ada.id, by="an admin")


@pytest.mark.parametrize("token", ["", ".", "x" * 87, "{id}", "{id}.", "{id}.{zeros}", "{id}.é"])
def test_what_is_no_link_opens_nothing(ada: Account, token: str) -> None:
    token = token.format(id=ada.id, zeros="0" * 64)

    assert recovery.peek(token) is None
    assert recovery.use(token, PASSWORD) is None


def test_a_copy_of_the_database_holds_no_link(memory: Flask, ada: Account) -> None:
    secret = link_of(ada).token.partition(".")[2]
    path = Path(str(db.engine.url.database))
    with sqlite3.connect(path) as connection:
        told = "\n".join(connection.iterdump())
    connection.close()

    assert secret not in told
