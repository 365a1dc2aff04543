"""Deliveries: one recipient, one link, one letter, made together; and gone with the leader's consent."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from assessment.store import shares
from assessment.store.database import clock, reading, writing
from assessment.store.models import Share
from assessment.store.sales import audit, consents, deliveries, hooks, letters, people
from assessment.store.sales.deliveries import NotSendable, Recipient, Sending
from assessment.store.sales.models import Delivery, Letter, Notice, Prepared
from assessment.store.sales.people import Account
from assessment.store.sales.sessions import SignedIn
from assessment.store.shares import TooMany
from tests import desk
from tests.store.conftest import an_assessment, at_once, finish, rows

BO = Recipient("Bo Reader", "bo@example.org")


@pytest.fixture
def ada(memory: Flask) -> Account:
    return people.add(email="ada@example.org", name="Ada", role="sales", password="", by="command")


@pytest.fixture
def sending(ada: Account) -> Iterator[Sending]:
    """A prepared report of a diagnosis that the desk may see, to be sent to Bo by mail."""
    report_id = listed()
    return Sending(report_id, desk.prepare(report_id, ada), BO, days=30, message="As we said.")


def listed() -> str:
    report_id = finish(an_assessment().assessment_id)
    facts = consents.Facts(form="quick", band="", route="", patterns=())
    consents.give(report_id, version="1", words="Yes.", facts=facts, organisation="Acme")
    return report_id


def by(person: Account) -> SignedIn:
    return SignedIn(person.id, person.name, person.email, person.role)


def send(sending: Sending, ada: Account, token: str = "t" * 43) -> str:
    made = deliveries.send(sending, token=token, by=by(ada))
    assert isinstance(made, str)
    return made


def found(delivery_id: str) -> deliveries.Delivered:
    delivered = deliveries.find(delivery_id)
    assert delivered is not None
    return delivered


def test_a_delivery_is_a_link_and_a_letter_that_brings_it(sending: Sending, ada: Account) -> None:
    made = send(sending, ada)

    owed = letters.take(lease_s=60)
    assert owed is not None
    assert owed.delivery_id == made
    assert owed.values["to"] == "bo@example.org"
    assert owed.values["message"] == "As we said."
    shared = shares.peek(owed.values["token"])
    assert shared is not None
    assert shared.prepared_id == sending.prepared_id
    assert owed.values["until"] == shared.expires_at.date().isoformat()
    told = found(made)
    assert (told.recipient, told.person, told.organisation, told.state) == (BO, "Ada", "Acme", "waiting")
    assert audit.page(size=1)[0].verb == "delivery made"


def test_a_link_that_is_copied_owes_no_letter(sending: Sending, ada: Account) -> None:
    made = send(replace(sending, recipient=Recipient("Bo Reader")), ada)

    assert letters.take(lease_s=60) is None
    assert (found(made).state, found(made).letter) == ("copied", "")


def test_the_same_request_sends_once_however_often_it_comes(
    memory: Flask, sending: Sending, ada: Account
) -> None:
    made = at_once(memory, 8, lambda _: send(sending, ada))

    assert len(set(made)) == 1
    assert (rows(Delivery), rows(Letter), rows(Share)) == (1, 1, 1)


def test_who_the_recipient_is_stands_in_the_database_sealed(sending: Sending, ada: Account) -> None:
    send(sending, ada)

    with reading() as connection:
        kept = [
            connection.execute(select(column)).scalar_one() for column in (Delivery.recipient, Letter.sealed)
        ]
    assert all(b"bo@" not in each for each in kept)


@pytest.mark.parametrize("what", ["report", "prepared", "unfinished", "withdrawn"])
def test_nothing_is_sent_of_what_the_desk_may_not_send(sending: Sending, ada: Account, what: str) -> None:
    wrong = sending
    if what == "report":
        wrong = replace(sending, report_id=listed())  # with the cover of another
    if what == "prepared":
        wrong = replace(sending, prepared_id="x" * 22)
    if what == "unfinished":
        with writing() as connection:
            connection.execute(update(Prepared).values(pdf=None))
    if what == "withdrawn":
        consents.withdraw(sending.report_id)

    with pytest.raises(NotSendable):
        send(wrong, ada)

    assert (rows(Delivery), rows(Letter), rows(Share)) == (0, 0, 0)


def test_the_desk_cannot_use_up_the_links_that_a_leader_may_make(sending: Sending, ada: Account) -> None:
    for number in range(shares.LIVE_AT_MOST):
        send(sending, ada, token=f"{number:043}")

    one_more = deliveries.send(sending, token="u" * 43, by=by(ada))
    of_leader = shares.make(sending.report_id, token="v" * 43, label="", evidence=[], days=7)

    assert one_more == TooMany()
    assert not isinstance(of_leader, TooMany)
    assert rows(Delivery) == rows(Letter) == shares.LIVE_AT_MOST


def test_a_delivery_that_is_ended_opens_nothing_and_its_letter_is_not_sent(
    sending: Sending, ada: Account
) -> None:
    made = send(sending, ada)

    deliveries.end(made, by=ada.id)
    deliveries.end(made, by=ada.id)

    assert letters.take(lease_s=60) is None
    told = found(made)
    assert (told.is_live, told.state, told.error) == (False, "failed", letters.ENDED)
    assert [each.verb for each in audit.page(size=2)] == ["delivery ended", "delivery made"]
    shared = shares.open_by("t" * 43, holder="h" * 43, request="r" * 32)
    assert shared is not None
    assert not shared.is_live
    with reading() as connection:
        assert connection.execute(select(Letter.sealed)).scalar_one() is None


@pytest.mark.parametrize("ended", ["by the desk", "by the leader", "withdrawn"])
def test_a_letter_that_was_taken_brings_no_paper_once_its_link_is_ended(
    sending: Sending, ada: Account, ended: str
) -> None:
    made = send(replace(sending, is_attached=True), ada)
    assert letters.take(lease_s=60)
    assert deliveries.attached(made)

    if ended == "by the desk":
        deliveries.end(made, by=ada.id)
    if ended == "by the leader":
        shares.end(sending.report_id, found(made).share_id or "")
    if ended == "withdrawn":
        consents.withdraw(sending.report_id)

    with pytest.raises(NotSendable):
        deliveries.attached(made)


def test_a_link_of_the_desk_that_its_leader_ends_is_written_down_once(sending: Sending, ada: Account) -> None:
    made = send(sending, ada)
    before = audit.page(size=1)[0].number

    for _ in range(2):
        shares.end(sending.report_id, found(made).share_id or "")

    [written] = [each for each in audit.page() if each.number > before]
    assert (written.who, written.verb, written.what) == (audit.LEADER, "delivery ended", made)


def test_the_first_opening_is_told_once_and_every_one_is_counted(sending: Sending, ada: Account) -> None:
    webhook()
    made = send(sending, ada)

    for request in ("a" * 32, "a" * 32, "b" * 32):
        shares.open_by("t" * 43, holder="h" * 43, request=request, at_first=deliveries.note_opening)

    told = found(made)
    assert (told.state, told.openings) == ("opened", 2)
    assert [each.verb for each in audit.page(size=2)] == ["delivery opened", "delivery made"]
    assert events() == [hooks.OPENED]


def webhook() -> None:
    [someone] = people.everybody()
    hooks.add("w" * 22, person_id=someone.id, url="https://hook.test/", events=hooks.EVENTS, secret=b"s" * 32)


def events() -> list[str]:
    with reading() as connection:
        return list(connection.execute(select(Notice.event).where(Notice.event.like("delivery.%"))).scalars())


def test_programs_are_told_when_a_letter_was_handed_over(sending: Sending, ada: Account) -> None:
    webhook()
    send(sending, ada)
    owed = letters.take(lease_s=60)
    assert owed is not None

    letters.sent(owed)
    letters.sent(owed)

    assert events() == [hooks.DELIVERED]


def test_what_a_leader_takes_back_takes_the_deliveries_along(sending: Sending, ada: Account) -> None:
    made = send(sending, ada)
    shares.open_by("t" * 43, holder="h" * 43, request="r" * 32)

    consents.withdraw(sending.report_id)

    assert deliveries.find(made) is None
    assert deliveries.page() == []
    assert rows(Letter) == 0
    [shared] = shares.of(sending.report_id)
    assert not shared.is_live


def test_the_list_is_read_page_by_page_without_a_gap(sending: Sending, ada: Account) -> None:
    made = [send(sending, ada, token=f"{number:043}") for number in range(7)]
    with writing() as connection:  # some in the same moment
        connection.execute(
            update(Delivery).where(Delivery.id.in_(made[:5])).values(made_at=clock(connection))
        )

    seen: list[str] = []
    while page := deliveries.page(before=seen[-1] if seen else "", size=2):
        seen += [each.id for each in page]

    assert sorted(seen) == sorted(made)
    assert [each.id for each in deliveries.of(sending.report_id)] == seen


def test_a_link_that_has_run_out_says_when(sending: Sending, ada: Account) -> None:
    made = send(sending, ada)
    with writing() as connection:
        connection.execute(update(Share).values(expires_at=clock(connection) - timedelta(days=1)))

    told = found(made)

    assert not told.is_live
    assert told.ended_at == told.expires_at
    assert letters.take(lease_s=60) is None


def test_what_is_sent_while_its_consent_is_taken_back_is_ended_or_never_was(
    memory: Flask, ada: Account
) -> None:
    for _ in range(3):
        report_id = listed()
        sending = Sending(report_id, desk.prepare(report_id, ada), BO, days=30)

        def act(number: int, sending: Sending = sending) -> None:
            if number == 3:
                consents.withdraw(sending.report_id)
                return
            with contextlib.suppress(NotSendable):
                send(sending, ada, token=f"{number}{sending.report_id:0>42}")

        at_once(memory, 6, act)

        assert deliveries.of(report_id) == []
        assert all(not each.is_live for each in shares.of(report_id))
    assert letters.take(lease_s=60) is None
