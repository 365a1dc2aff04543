"""Letters of the desk: each is sent once it is owed, to one recipient, and blanked afterwards."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from assessment.store.database import clock, insert, reading, writing
from assessment.store.models import DeskKey
from assessment.store.sales import audit, letters, people
from assessment.store.sales.models import Invitation, Letter
from assessment.store.secret import new_id

VALUES = {
    "to": "bo@example.org",
    "name": "Bo Prospect",
    "sender": "Ada Seller",
    "answer_to": "ada@example.org",
    "token": "t" * 43,
    "until": "2099-12-31",
}


@pytest.fixture
def invitation_id(memory: Flask) -> str:
    """An invitation that can be opened for thirty days."""
    person = people.add(email="ada@example.org", name="Ada", role="sales", password="", by="command")
    name = new_id()
    with writing() as connection:
        now = clock(connection)
        connection.execute(
            insert(Invitation, connection.dialect.name).values(
                id=name,
                person_id=person.id,
                token_sha256="ab" * 32,
                name="Bo",
                organisation="Acme",
                language="English",
                prospect=b"",
                made_at=now,
                expires_at=now + timedelta(days=30),
            )
        )
    return name


def owe(invitation_id: str, kind: letters.Kind = "invitation", **values: str) -> str:
    with writing() as connection:
        return letters.owe(connection, kind=kind, values=VALUES | values, invitation_id=invitation_id)


def taken() -> letters.Owed:
    found = letters.take(lease_s=60)
    assert found is not None
    return found


def row(table: Any, name: str) -> Any:
    with reading() as connection:
        return connection.execute(select(table).where(table.id == name)).one()


def state(invitation_id: str) -> tuple[str, str]:
    found = letters.latest(invitation_id=invitation_id)
    assert found is not None
    return found.state, found.error


def test_a_letter_is_taken_with_what_it_is_written_from_and_blanked_once_it_is_sent(
    invitation_id: str,
) -> None:
    name = owe(invitation_id, organisation="Acme")
    sealed = row(Letter, name).sealed

    owed = taken()
    letters.sent(owed)

    assert (owed.kind, owed.invitation_id, owed.values) == (
        "invitation",
        invitation_id,
        VALUES | {"organisation": "Acme"},
    )
    assert b"bo@example.org" not in sealed
    assert row(Letter, name).sealed is None
    assert state(invitation_id) == ("sent", "")
    assert letters.take(lease_s=60) is None


def test_an_invitation_says_when_it_was_sent_and_when_it_was_reminded_of(invitation_id: str) -> None:
    for kind in ("invitation", "reminder"):
        owe(invitation_id, kind)
        letters.sent(taken())

    noted = row(Invitation, invitation_id)
    assert noted.sent_at < noted.reminded_at
    assert [each.verb for each in audit.page(size=2)] == ["reminder sent", "invitation sent"]
    assert {each.what for each in audit.page(size=2)} == {invitation_id}


def test_what_was_owed_by_a_transaction_that_came_to_nothing_is_not_owed(invitation_id: str) -> None:
    with contextlib.suppress(RuntimeError), writing() as connection:
        letters.owe(connection, kind="invitation", values=VALUES, invitation_id=invitation_id)
        raise RuntimeError

    # Nor is the key kept that was made for it: what is sealed next can be read by whoever starts next.
    name = owe(invitation_id)

    assert taken().id == name
    with reading() as connection:
        assert connection.execute(select(func.count()).select_from(DeskKey)).scalar_one() == 1


@pytest.mark.parametrize("values", [{"token": None}, {"html": "<p>"}])
def test_a_letter_that_could_not_be_written_is_not_owed(
    invitation_id: str, values: dict[str, str | None]
) -> None:
    wrong = {key: value for key, value in (VALUES | values).items() if value is not None}

    with pytest.raises(ValueError, match="a letter is written from"), writing() as connection:
        letters.owe(connection, kind="invitation", values=wrong, invitation_id=invitation_id)


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_a_letter_whose_link_was_ended_is_not_sent_any_more(invitation_id: str, ended: str) -> None:
    name = owe(invitation_id)
    with writing() as connection:
        connection.execute(update(Invitation).values({ended: clock(connection)}))

    assert letters.take(lease_s=60) is None
    assert state(invitation_id) == ("failed", letters.ENDED)
    assert row(Letter, name).sealed is None


def test_a_letter_whose_address_cannot_be_read_does_not_hold_up_the_next(invitation_id: str) -> None:
    owe(invitation_id)
    with writing() as connection:
        connection.execute(update(Letter).values(sealed=b"something else"))
    next_one = owe(invitation_id)

    assert taken().id == next_one


def test_what_failed_is_tried_again_and_in_the_end_given_up_and_blanked(invitation_id: str) -> None:
    name = owe(invitation_id)
    for _ in letters.QUEUE.back_off_s:
        assert not letters.failed(taken(), "the mail server is busy", again=True)
        assert state(invitation_id) == ("waiting", "the mail server is busy")
        assert letters.take(lease_s=60) is None
        with writing() as connection:
            connection.execute(update(Letter).values(next_at=clock(connection)))

    assert letters.failed(taken(), "the mail server is busy", again=True)
    assert state(invitation_id) == ("failed", "the mail server is busy")
    assert row(Letter, name).sealed is None
    assert audit.page(size=1)[0].verb == "invitation not sent"


def test_a_letter_that_ends_all_who_take_it_is_given_up_and_blanked(invitation_id: str) -> None:
    name = owe(invitation_id)
    with writing() as connection:
        connection.execute(update(Letter).values(attempts=letters.QUEUE.attempts_at_most))

    assert letters.take(lease_s=60) is None
    assert (row(Letter, name).state, row(Letter, name).sealed) == ("failed", None)


def test_a_letter_that_came_back_says_so_however_often_it_is_told(invitation_id: str) -> None:
    name = owe(invitation_id)
    owed = taken()
    letters.sent(owed)

    assert letters.bounced(name, "no such mailbox (5.1.1)")
    assert letters.bounced(name, "no such mailbox (5.1.1)")
    letters.sent(owed)  # told late

    assert state(invitation_id) == ("bounced", "no such mailbox (5.1.1)")
    assert [each.verb for each in audit.page(size=2)] == ["invitation bounced", "invitation sent"]
    assert not letters.bounced("0" * 32, "of nobody")


def test_what_is_deleted_takes_its_letters_along(invitation_id: str) -> None:
    owe(invitation_id)
    owed = taken()
    with writing() as connection:
        connection.execute(delete(Invitation))

    letters.sent(owed)

    assert letters.latest(invitation_id=invitation_id) is None
