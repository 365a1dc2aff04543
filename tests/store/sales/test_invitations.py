"""Invitations: how far each has come, how often somebody is written to, and when one is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from assessment.store import assessments, removal
from assessment.store.database import db, reading, writing
from assessment.store.sales import audit, invitations, invited, letters, models, people
from assessment.store.sales.invitations import Invitation, Proposed
from assessment.store.sales.invited import Said
from assessment.store.secret import new_token
from tests.store.conftest import at_once, finish

LEE = Proposed("Northwind", "Lee Leader", "Lee@northwind.example", "English")
KEPT = removal.Periods(timedelta(days=180), timedelta(days=730), timedelta(days=90))


@pytest.fixture
def ada(memory: Flask) -> str:
    return people.add(email="ada@example.org", name="Ada", role="sales", password="", by="command").id


def invite(person_id: str, **given: Any) -> Invitation:
    asked: dict[str, Any] = {"token": new_token(), "called": "Lee", "proposed": LEE, "days": 30}
    return invitations.make(person_id, **asked | given)


def found(invitation: Invitation) -> Invitation:
    now = invitations.find(invitation.id)
    assert now
    return now


def started(invitation: Invitation, **given: Any) -> str:
    said = Said(invitation.id, Proposed("Southwind"))
    return assessments.start(
        holder="h",
        instrument_key="some/1.0.0",
        instrument_sha256="ab" * 32,
        facts={"label": "Ferry"},
        said=said,
        **given,
    ).assessment_id


def set_to(invitation: Invitation, **values: Any) -> None:
    with writing() as connection:
        which = update(models.Invitation).where(models.Invitation.id == invitation.id)
        connection.execute(which.values(values))


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def a_day_goes_by() -> None:
    with writing() as connection:
        connection.execute(update(models.Letter).values(made_at=days_ago(1)))


def send_letters() -> list[letters.Owed]:
    """Send every letter that is owed, as the post room does; return them."""
    sent = []
    while owed := letters.take(lease_s=60):
        letters.sent(owed)
        sent.append(owed)
    return sent


# --- how far it has come ----------------------------------------------------------------------------


def test_an_invitation_comes_as_far_as_what_has_happened(ada: str) -> None:
    made = invite(ada)
    states = [made.state]

    invitations.passed_on(made.id, by=ada)
    states.append(found(made).state)
    invitations.open_by(made.token)
    states.append(found(made).state)
    assessment_id = started(made)
    states.append(found(made).state)
    finish(assessment_id)
    states.append(found(made).state)
    assessments.delete(assessment_id)
    states.append(found(made).state)

    assert states == ["made", "sent", "opened", "started", "finished", "opened"]
    assert invitations.peek(made.token) == found(made)
    assert invitations.peek(new_token()) is None
    assert made.token not in repr(made)


def test_what_the_desk_wrote_of_a_person_and_the_secret_are_sealed(ada: str) -> None:
    made = invite(ada)

    with reading() as connection:
        row = connection.execute(select(models.Invitation)).one()

    assert made.proposed == LEE
    for text in (LEE.name, LEE.email, made.token):
        assert not [
            value for value in row if text in str(value) or text.encode() in bytes(str(value), "utf8")
        ]
        assert text.encode() not in row.prospect


def test_the_same_secret_makes_one_invitation_and_one_letter(memory: Flask, ada: str) -> None:
    token = new_token()

    made = at_once(memory, 4, lambda _: invite(ada, token=token, is_mailed=True).id)

    assert len(set(made)) == 1
    assert len(send_letters()) == 1


def test_a_link_is_opened_once_however_often_it_is_pressed(memory: Flask, ada: str) -> None:
    made = invite(ada)

    at_once(memory, 4, lambda _: invitations.open_by(made.token))

    noted = [each.verb for each in audit.page() if each.what == made.id]
    assert noted == ["invitation opened", "invitation made"]
    assert invitations.open_by(new_token()) is None


def test_a_link_that_has_ended_is_neither_opened_nor_begun_by_nor_written_about(ada: str) -> None:
    over, revoked = invite(ada), invite(ada)
    set_to(over, expires_at=days_ago(1))
    invitations.revoke(revoked.id, by=ada)
    ended_at = found(revoked).ended_at
    invitations.revoke(revoked.id, by=ada)

    for each in (over, revoked):
        seen = invitations.open_by(each.token)
        assert seen
        assert not seen.is_live
        assert seen.opened_at is None
        with pytest.raises(invitations.Ended):
            started(each)
        with pytest.raises(invitations.Ended):
            invitations.mail(each.id, by=ada)
        with pytest.raises(invitations.Ended):
            invitations.passed_on(each.id, by=ada)
    assert found(revoked).ended_at == ended_at
    with reading() as connection:
        assert connection.execute(select(models.Invited)).all() == []


def test_an_invitation_that_is_not_there_can_only_be_missed(ada: str) -> None:
    assert invitations.find("nobody") is None
    for act in (invitations.revoke, invitations.mail, invitations.passed_on):
        with pytest.raises(invitations.UnknownInvitation):
            act("nobody", by=ada)


def test_what_was_said_outlives_the_invitation_and_goes_on_with_what_is_carried_on(ada: str) -> None:
    made = invite(ada)
    first = started(made)
    with writing() as connection:
        connection.execute(models.Invitation.__table__.delete())

    kept = invited.said(first)
    assert kept
    onward = assessments.start(
        holder="h",
        instrument_key="some/1.0.0",
        instrument_sha256="ab" * 32,
        facts={},
        said=kept,
        is_onward=True,
    ).assessment_id

    assert kept == Said(None, Proposed("Southwind"))
    assert invited.said(onward) == kept
    assert invited.said("nobody") is None


# --- letters ----------------------------------------------------------------------------------------


def test_the_mail_of_an_invitation_brings_its_link_and_notes_that_it_was_sent(ada: str) -> None:
    made = invite(ada, is_mailed=True)
    waiting = found(made)

    [letter] = send_letters()

    assert (waiting.letter, waiting.state) == ("waiting", "made")
    assert letter.kind == "invitation"
    assert (letter.values["to"], letter.values["token"]) == (LEE.email, made.token)
    assert (letter.values["sender"], letter.values["answer_to"]) == ("Ada", "ada@example.org")
    assert (found(made).letter, found(made).state) == ("sent", "sent")


def test_a_reminder_goes_a_day_later_and_not_without_end(ada: str) -> None:
    made = invite(ada, is_mailed=True)
    send_letters()
    with pytest.raises(invitations.TooMany):
        invitations.mail(made.id, by=ada)

    kinds = []
    for _ in range(invitations.LETTERS_AT_MOST - 1):
        a_day_goes_by()
        invitations.mail(made.id, by=ada)
        kinds += [each.kind for each in send_letters()]
    a_day_goes_by()

    assert set(kinds) == {"reminder"}
    assert found(made).reminded_at
    with pytest.raises(invitations.TooMany):
        invitations.mail(made.id, by=ada)


def test_a_mail_that_did_not_arrive_can_be_sent_again_at_once(ada: str) -> None:
    made = invite(ada, is_mailed=True)
    owed = letters.take(lease_s=60)
    assert owed
    letters.failed(owed, "the mail server refused the address (550)", again=False)

    assert found(made).letter == "failed"
    invitations.mail(made.id, by=ada)
    assert [each.kind for each in send_letters()] == ["invitation"]


def test_without_an_address_nothing_is_mailed(ada: str) -> None:
    made = invite(ada, proposed=Proposed("Northwind"))

    with pytest.raises(ValueError, match=made.id):
        invitations.mail(made.id, by=ada)


def test_whoever_passes_it_on_again_has_reminded(ada: str) -> None:
    made = invite(ada)

    invitations.passed_on(made.id, by=ada)
    first = found(made)
    invitations.passed_on(made.id, by=ada)

    assert (first.sent_at is None, first.reminded_at) == (False, None)
    assert found(made).sent_at == first.sent_at
    assert found(made).reminded_at


# --- the list ---------------------------------------------------------------------------------------


def test_the_list_is_read_page_by_page_without_gap_or_repetition(ada: str) -> None:
    bo = people.add(email="bo@example.org", name="Bo", role="sales", password="", by="command").id
    made = [invite(ada if number % 3 else bo, called=str(number)).id for number in range(10)]
    set_all = days_ago(1)
    with writing() as connection:  # of the same moment: the id decides
        connection.execute(update(models.Invitation).values(made_at=set_all))

    pages, after = [], ""
    while page := invitations.page(after=after, size=3):
        pages.append([each.id for each in page])
        after = page[-1].id

    assert sorted(each for page in pages for each in page) == sorted(made)
    assert [len(each) for each in pages] == [3, 3, 3, 1]
    assert {each.person for each in invitations.page(person_id=bo)} == {"Bo"}
    assert len(invitations.page(after="gone", size=3)) == 3


def test_a_page_asks_for_no_more_however_many_stand_on_it(ada: str) -> None:
    invite(ada)
    with asked() as of_one:
        invitations.page()
    for _ in range(5):
        invite(ada)

    with asked() as of_six:
        invitations.page()

    assert len(of_six) == len(of_one)


@contextmanager
def asked() -> Iterator[list[str]]:
    """Give the statements that are sent to the database."""
    statements: list[str] = []

    def note(*of: Any) -> None:
        statements.append(of[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_nobody_makes_more_within_a_day_than_one_person_may(
    ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MADE_A_DAY_AT_MOST", 2)
    invite(ada)
    second = invite(ada)

    with pytest.raises(invitations.TooMany):
        invite(ada)
    set_to(second, made_at=days_ago(2))
    assert invite(ada)


def test_the_others_to_one_address_are_found_whatever_its_capitals(ada: str) -> None:
    first, other = invite(ada), invite(ada, proposed=Proposed(email="lee@NORTHWIND.example"))
    invite(ada, proposed=Proposed(email="somebody@else.example"))
    nobody = invite(ada, proposed=Proposed())

    assert [each.id for each in invitations.beside(first)] == [other.id]
    assert invitations.beside(nobody) == []


# --- forgotten --------------------------------------------------------------------------------------


def test_only_what_has_ended_long_ago_and_is_of_no_use_is_forgotten(ada: str) -> None:
    live, lately, over, revoked, used = (invite(ada, is_mailed=True) for _ in range(5))
    started(used)
    set_to(lately, expires_at=days_ago(29))
    set_to(over, expires_at=days_ago(31))
    set_to(revoked, revoked_at=days_ago(31))
    set_to(used, expires_at=days_ago(31))

    counted = removal.purge(datetime.now(UTC), KEPT, dry_run=True)
    before = {each.id for each in invitations.page()}
    removed = removal.purge(datetime.now(UTC), KEPT)

    assert counted.invitations == removed.invitations == 2
    assert len(before) == 5
    assert {each.id for each in invitations.page()} == {live.id, lately.id, used.id}
    with reading() as connection:
        kept = connection.execute(select(models.Letter.invitation_id)).scalars()
        assert set(kept) == {live.id, lately.id, used.id}
    assert "2 unused invitations" in removed.told()
