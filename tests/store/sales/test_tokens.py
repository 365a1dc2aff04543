"""Tokens: they open what they were made for, until they are revoked, run out, or their person has gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from assessment.store.database import clock, reading, writing
from assessment.store.sales import people, tokens
from assessment.store.sales.models import ApiToken, Audit, Person
from assessment.store.sales.people import Account


@pytest.fixture
def ada(memory: Flask) -> Account:
    return people.add(email="ada@example.org", name="Ada", role="sales", password="", by="command")


def a_token(person: Account, secret: str = "t" * 43, days: int = 30) -> str:
    tokens.make(secret, person_id=person.id, name="Our CRM", scopes=[tokens.LISTINGS, "all"], days=days)
    return secret


def test_a_token_opens_what_it_was_made_for_and_nothing_else(ada: Account) -> None:
    secret = a_token(ada)

    caller = tokens.caller(secret)

    assert caller
    assert (caller.person_id, caller.scopes) == (ada.id, {tokens.LISTINGS})
    assert tokens.caller("u" * 43) is None


def test_of_a_token_only_the_hash_is_kept(ada: Account) -> None:
    secret = a_token(ada)

    with reading() as connection:
        row = connection.execute(select(*ApiToken.__table__.columns)).one()

    assert secret not in str(tuple(row))


def test_a_token_that_was_revoked_opens_nothing_and_the_audit_says_who_did_it(ada: Account) -> None:
    secret = a_token(ada)
    (made,) = tokens.all_of(ada.id)

    tokens.revoke(made.id, by=ada.id)

    assert tokens.caller(secret) is None
    assert [each.is_live for each in tokens.all_of()] == [False]
    with reading() as connection:
        said = connection.execute(select(Audit.verb, Audit.what).order_by(Audit.number)).all()
    assert [tuple(each) for each in said[-2:]] == [("token made", made.id), ("token revoked", made.id)]


@pytest.mark.parametrize("values", [{"expires_at": timedelta(0)}, {"made_at": timedelta(days=1)}])
def test_a_token_that_ran_out_or_is_of_the_future_opens_nothing(
    ada: Account, values: dict[str, timedelta]
) -> None:
    secret = a_token(ada)

    with writing() as connection:
        now = clock(connection)
        connection.execute(update(ApiToken).values({name: now + each for name, each in values.items()}))

    assert tokens.caller(secret) is None


def test_the_tokens_of_somebody_whose_account_was_ended_open_nothing(ada: Account) -> None:
    secret = a_token(ada)

    with writing() as connection:
        connection.execute(update(Person).values(ended_at=clock(connection)))

    assert tokens.caller(secret) is None
    assert [each.is_live for each in tokens.all_of()] == [False]


def test_its_last_use_is_noted_once_a_minute(ada: Account) -> None:
    secret = a_token(ada)

    tokens.caller(secret)
    (first,) = tokens.all_of()
    tokens.caller(secret)
    (second,) = tokens.all_of()

    assert first.used_at
    assert first.used_at == second.used_at


def test_the_same_request_sent_twice_makes_one_token(ada: Account) -> None:
    a_token(ada)
    a_token(ada)

    assert len(tokens.all_of()) == 1


def test_one_person_has_only_so_many_tokens_that_work(ada: Account) -> None:
    for number in range(tokens.LIVE_AT_MOST):
        a_token(ada, f"{number:043}")

    with pytest.raises(tokens.TooMany):
        a_token(ada)


def test_a_token_is_shown_only_for_a_while_after_it_was_made(ada: Account) -> None:
    secret = a_token(ada)

    assert tokens.peek(secret, within=timedelta(minutes=5))
    assert tokens.peek(secret, within=timedelta(0)) is None
