"""Sessions: they open nothing once they are ended, by whatever ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from assessment.store.database import clock, writing
from assessment.store.sales import people, sessions
from assessment.store.sales.models import Person, Session
from assessment.store.sales.people import Account


@pytest.fixture
def ada(memory: Flask) -> Account:
    return people.add(email="Ada@Example.org", name="Ada", role="sales", password="", by="command")


def back(**ago: timedelta) -> None:
    """Move what is written of every session back in time."""
    with writing() as connection:
        now = clock(connection)
        connection.execute(update(Session).values({name: now - each for name, each in ago.items()}))


def test_who_is_signed_in_is_found_by_the_secret_alone(ada: Account) -> None:
    token = sessions.begin(ada.id)

    found = sessions.find(token)

    assert found == sessions.SignedIn(ada.id, "Ada", "ada@example.org", "sales")
    assert sessions.find(token[:-1] + ("A" if token[-1] != "A" else "B")) is None


def test_signing_out_ends_one_session(ada: Account) -> None:
    here, there = sessions.begin(ada.id), sessions.begin(ada.id)

    sessions.end(here)

    assert sessions.find(here) is None
    assert sessions.find(there)


def test_every_session_but_one_is_ended(ada: Account) -> None:
    here, there = sessions.begin(ada.id), sessions.begin(ada.id)

    with writing() as connection:
        sessions.end_all(connection, ada.id, but=here)

    assert sessions.find(here)
    assert sessions.find(there) is None


@pytest.mark.parametrize(
    "ago",
    [
        {"seen_at": sessions.IDLE_AT_MOST},
        {"made_at": sessions.LASTS_AT_MOST},
        {"made_at": -timedelta(days=1), "seen_at": -timedelta(days=1)},
    ],
    ids=["idle", "old", "of the future"],
)
def test_time_ends_a_session(ada: Account, ago: dict[str, timedelta]) -> None:
    token = sessions.begin(ada.id)

    back(**ago)

    assert sessions.find(token) is None


def test_a_session_that_is_used_lasts(ada: Account) -> None:
    token = sessions.begin(ada.id)
    back(seen_at=sessions.IDLE_AT_MOST - timedelta(minutes=5))
    assert sessions.find(token)

    back_then = sessions.IDLE_AT_MOST - timedelta(minutes=5)
    back(made_at=2 * back_then)

    assert sessions.find(token)


def test_an_account_that_was_ended_is_signed_in_nowhere(ada: Account) -> None:
    token = sessions.begin(ada.id)
    with writing() as connection:
        connection.execute(update(Person).values(ended_at=clock(connection)))

    assert sessions.find(token) is None
    with pytest.raises(LookupError):
        sessions.begin(ada.id)
