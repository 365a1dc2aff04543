"""Webhooks: what they are told, that it is owed with what happened, and that one keeps no other waiting."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from assessment.store import removal
from assessment.store.database import clock, reading, writing
from assessment.store.removal import Periods
from assessment.store.sales import hooks, people, tokens
from assessment.store.sales.models import Notice, Person, Webhook
from assessment.store.sales.people import Account

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
SHARED = {"report_id": "r" * 22, "code": "EI-7F3K-92QD", "invitation_id": None, "shared_at": AT}


@pytest.fixture
def ada(memory: Flask) -> Account:
    return people.add(email="ada@example.org", name="Ada", role="sales", password="", by="command")


def a_hook(person: Account, name: str = "a" * 22, *events: str) -> str:
    hooks.add(
        name,
        person_id=person.id,
        url=f"https://{name[0]}.example/hook",
        events=events or hooks.EVENTS,
        secret=b"s" * 32,
    )
    return name


def happen(event: str = hooks.SHARED, **data: object) -> None:
    with writing() as connection:
        hooks.owe(connection, event, data or SHARED)  # type: ignore[arg-type]


def later(by: timedelta) -> None:
    """Move everything that waits this much nearer."""
    with writing() as connection:
        for row in connection.execute(select(Notice.id, Notice.next_at)).all():
            values = {"next_at": row.next_at - by, "lease_until": None}
            connection.execute(update(Notice).where(Notice.id == row.id).values(values))


def test_an_event_is_owed_to_every_webhook_that_is_told_of_it(ada: Account) -> None:
    told, other = a_hook(ada), a_hook(ada, "b" * 22, hooks.OPENED)

    happen()

    (logged,) = hooks.log_of(told)
    body = json.loads(logged.body)
    assert (logged.event, logged.state) == ("diagnosis.shared", "waiting")
    assert body["type"] == "diagnosis.shared"
    assert body["data"] == {**SHARED, "shared_at": "2026-11-23T14:00:00.000Z"}
    assert hooks.log_of(other) == []


def test_what_did_not_happen_is_owed_to_nobody(ada: Account) -> None:
    told = a_hook(ada)

    def fail() -> None:
        with writing() as connection:
            hooks.owe(connection, hooks.SHARED, SHARED)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert hooks.log_of(told) == []


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (hooks.FINISHED, {"report_id": "r" * 22}),  # nobody but its leader knows of it
        (hooks.SHARED, {"organisation": "Ferry"}),
        (hooks.SHARED, {"code": "Ada Prospect"}),
        (hooks.SHARED, {"code": "ada@example.org"}),
        (hooks.SHARED, {"code": "x" * 65}),
    ],
)
def test_a_notice_holds_ids_a_code_and_times_and_nothing_else(
    ada: Account, event: str, data: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=event), writing() as connection:
        hooks.owe(connection, event, data)


def test_the_secret_of_a_webhook_is_kept_sealed(ada: Account) -> None:
    name = a_hook(ada)

    with reading() as connection:
        kept = connection.execute(select(Webhook.secret)).scalar_one()

    assert b"s" * 32 not in kept
    happen()
    call = hooks.take(lease_s=30)
    assert call
    assert (call.webhook_id, call.secret) == (name, b"s" * 32)


def test_a_notice_is_tried_again_until_it_is_given_up_and_then_is_in_the_log(ada: Account) -> None:
    name, tries = a_hook(ada), 0
    happen()

    while call := hooks.take(lease_s=30):
        tries += 1
        hooks.failed(call, "the answer was 500")
        later(timedelta(days=1))

    (logged,) = hooks.log_of(name)
    assert tries == len(hooks.QUEUE.back_off_s) + 1 == logged.failures
    assert (logged.state, logged.error, logged.next_at) == ("failed", "the answer was 500", None)


def test_a_webhook_that_does_not_answer_lets_those_of_others_pass(ada: Account) -> None:
    slow, quick = a_hook(ada), a_hook(ada, "b" * 22, hooks.OPENED)
    for _ in range(3):
        happen()
    happen(hooks.OPENED, delivery_id="d" * 22)
    first = hooks.take(lease_s=30)
    assert first
    assert first.webhook_id == slow

    hooks.failed(first, "no answer within 5 s")

    # It is told of openings, too: all that is left for it waits, and only the other's is due.
    due = []
    while call := hooks.take(lease_s=30):
        due.append(call.webhook_id)
    assert due == [quick]


def test_a_webhook_that_was_ended_is_told_nothing_that_was_owed_to_it(ada: Account) -> None:
    name = a_hook(ada)
    happen()

    hooks.end(name, by=ada.id)
    happen()

    assert hooks.take(lease_s=30) is None
    assert [(each.state, each.error) for each in hooks.log_of(name)] == [("failed", hooks.ENDED)]


def test_the_webhooks_of_somebody_whose_account_was_ended_are_told_nothing(ada: Account) -> None:
    name = a_hook(ada)
    happen()

    with writing() as connection:
        connection.execute(update(Person).values(ended_at=clock(connection)))
    happen()

    assert hooks.take(lease_s=30) is None
    assert [each.state for each in hooks.log_of(name)] == ["failed"]


def test_a_diagnosis_that_is_forgotten_is_named_in_no_notice(ada: Account) -> None:
    name = a_hook(ada)
    happen()
    happen(**{**SHARED, "report_id": "q" * 22})

    with writing() as connection:
        hooks.forget(connection, "r" * 22)

    assert [json.loads(each.body)["data"]["report_id"] for each in hooks.log_of(name)] == ["q" * 22]


def test_there_are_only_so_many_webhooks_at_once(ada: Account) -> None:
    for number in range(hooks.LIVE_AT_MOST):
        a_hook(ada, f"{number:022}")

    with pytest.raises(hooks.TooMany):
        a_hook(ada)

    a_hook(ada, f"{0:022}")  # one that is there already is no other
    hooks.end(f"{0:022}", by=ada.id)
    a_hook(ada)
    assert sum(each.is_live for each in hooks.all_of()) == hooks.LIVE_AT_MOST


def test_a_test_is_owed_whatever_a_webhook_is_told_otherwise(ada: Account) -> None:
    name = a_hook(ada, "a" * 22, hooks.OPENED)

    for _ in range(2):  # a double click
        hooks.test(name, name="t" * 22, by=ada.id)

    assert [each.event for each in hooks.log_of(name)] == [hooks.TEST]


def test_what_is_told_and_what_is_ended_is_forgotten_after_a_while(ada: Account) -> None:
    live, ended = a_hook(ada), a_hook(ada, "b" * 22)
    happen()
    hooks.end(ended, by=ada.id)
    for secret, days in (("t" * 43, 90), ("u" * 43, 10)):
        tokens.make(secret, person_id=ada.id, name="A program", scopes=tokens.SCOPES, days=days)
    periods = Periods(*[timedelta(days=1000)] * 3)
    then = datetime.now(UTC) + hooks.LOG_FOR + timedelta(days=15)

    before = removal.purge(datetime.now(UTC), periods)
    counted = removal.purge(then, periods, dry_run=True)
    removed = removal.purge(then, periods)

    assert not before
    assert (removed.notices, removed.tokens) == (counted.notices, counted.tokens) == (1, 2)
    assert [hook.id for hook in hooks.all_of()] == [live]
    assert [each.state for each in hooks.log_of(live)] == ["waiting"]
    assert [each.expires_at > then for each in tokens.all_of()] == [True]
