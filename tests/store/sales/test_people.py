"""People and their passwords: who is let in, how many guesses are checked, and what ends sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Connection, select, update

from assessment.store import removal
from assessment.store.database import clock, reading, writing
from assessment.store.sales import audit, devices, guesses, passwords, people, sessions
from assessment.store.sales.guesses import Later
from assessment.store.sales.models import Guess, KnownDevice, Person, Session
from assessment.store.sales.people import Account, LastAdmin, Right, Taken, Wrong
from tests.desk import PASSWORD
from tests.scale import is_searched_longer
from tests.store.conftest import at_once, rows

EMAIL, HERE, THERE = "ada@example.org", "192.0.2.1", "198.51.100.7"


pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def ada(memory: Flask) -> Account:
    return people.add(email="Ada@Example.org", name="Ada", role="sales", password=PASSWORD, by="command")


def an_admin(name: str = "Root") -> Account:
    return people.add(email=f"{name}@example.org", name=name, role="admin", password="", by="command")


def guess(times: int = 1, *, email: str = EMAIL, source: str = HERE, device: str | None = None) -> int:
    """Try wrong passwords and return how many were checked."""
    return sum(
        isinstance(people.check(email, f"wrong {n}", source=source, device=device), Wrong)
        for n in range(times)
    )


def let_time_pass(time: timedelta) -> None:
    with writing() as connection:
        for row in connection.execute(select(Guess.id, Guess.made_at)).all():
            connection.execute(update(Guess).where(Guess.id == row.id).values(made_at=row.made_at - time))


# --- who is let in ----------------------------------------------------------------------------------


def test_who_says_the_password_is_let_in_however_the_address_is_written(ada: Account) -> None:
    assert people.check(" ADA@example.ORG ", PASSWORD, source=HERE) == Right(ada.id)


def test_a_wrong_password_and_an_account_that_is_not_there_are_answered_alike(ada: Account) -> None:
    nobody = people.add(email="sso@example.org", name="No", role="sales", password="", by="command")

    for email, password in ((EMAIL, "wrong"), ("who@example.org", PASSWORD), (nobody.email, ""), (EMAIL, "")):
        assert isinstance(people.check(email, password, source=HERE), Wrong)


def test_a_refusal_is_a_line_of_the_log_without_an_address(
    ada: Account, caplog: pytest.LogCaptureFixture
) -> None:
    guess()
    guess(email="who@example.org")

    assert [each.getMessage() for each in caplog.records] == [
        f"a sign-in was refused: {ada.id}",
        "a sign-in was refused: no such account",
    ]


def test_the_hash_that_is_tried_for_nobody_takes_the_effort_of_a_real_one() -> None:
    assert (
        PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).check_needs_rehash(passwords.NOBODYS)
        is False
    )
    assert not passwords.is_right("", passwords.NOBODYS)


def test_a_password_is_the_same_however_its_letters_are_composed(memory: Flask) -> None:
    composed, taken_apart = "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"

    assert passwords.is_right(taken_apart, passwords.hashed(composed))


def test_who_was_ended_is_not_let_in(ada: Account) -> None:
    people.end(ada.id, by="command")

    assert isinstance(people.check(EMAIL, PASSWORD, source=HERE), Wrong)


def test_who_was_ended_is_not_known_by_single_sign_on_any_more(ada: Account) -> None:
    assert people.known_as("provider subject", EMAIL) == ada.id

    people.end(ada.id, by="command")

    assert people.known_as("provider subject", EMAIL) is None


def test_a_hash_of_less_effort_is_made_anew_when_its_owner_signs_in(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))

    assert people.check(EMAIL, PASSWORD, source=HERE) == Right(ada.id)

    with reading() as connection:
        kept = connection.execute(select(Person.password)).scalar_one()
    assert "t=2" in kept
    assert people.check(EMAIL, PASSWORD, source=HERE) == Right(ada.id)


# --- guesses ----------------------------------------------------------------------------------------


def test_ten_guesses_of_an_account_are_checked_within_a_quarter_of_an_hour_from_wherever_they_come(
    ada: Account,
) -> None:
    tries = 10_000 if is_searched_longer() else 25

    checked = sum(guess(source=f"203.0.{n // 250}.{n % 250}") for n in range(tries))

    assert checked == guesses.OF_ACCOUNT
    held_back = people.check(EMAIL, PASSWORD, source=THERE)
    assert isinstance(held_back, Later)
    assert 0 < held_back.seconds <= 900
    let_time_pass(guesses.ACCOUNT_WITHIN)
    assert people.check(EMAIL, PASSWORD, source=THERE) == Right(ada.id)


def test_an_account_that_is_not_there_is_held_back_as_one_that_is(ada: Account) -> None:
    assert guess(12, email="who@example.org") == guess(12, source=THERE) == guesses.OF_ACCOUNT


def test_thirty_guesses_from_one_place_are_checked_within_an_hour_whatever_they_are_for(
    memory: Flask,
) -> None:
    checked = sum(guess(email=f"somebody{n}@example.org") for n in range(40))

    assert checked == guesses.OF_SOURCE
    assert guess(email="another@example.org", source=THERE) == 1
    let_time_pass(guesses.SOURCE_WITHIN)
    assert guess(email="another@example.org") == 1


def test_a_known_browser_is_let_in_while_strangers_guess_even_from_the_same_address(ada: Account) -> None:
    device = devices.remember(ada.id, None)
    guess(12)
    for n in range(40):
        guess(email=f"somebody{n}@example.org")

    assert isinstance(people.check(EMAIL, PASSWORD, source=HERE), Later)
    assert people.check(EMAIL, PASSWORD, source=HERE, device=device) == Right(ada.id)


def test_a_known_browser_has_ten_guesses_of_its_own_and_none_of_another_account(ada: Account) -> None:
    device = devices.remember(ada.id, None)
    people.add(email="bob@example.org", name="Bob", role="sales", password="", by="command")

    assert guess(12, device=device) == guesses.OF_ACCOUNT
    assert guess(12, email="bob@example.org", device=device) == guesses.OF_ACCOUNT
    assert guess(12, email="bob@example.org", source=THERE) == 0


def test_who_is_let_in_is_not_counted(ada: Account) -> None:
    for _ in range(12):
        assert people.check(EMAIL, PASSWORD, source=HERE) == Right(ada.id)

    assert rows(Guess) == 0


def test_guesses_at_the_same_time_are_no_more_than_one_after_the_other(
    memory: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_have_looked = Barrier(24)

    @contextmanager
    def when_all_have_looked() -> Iterator[Connection]:
        all_have_looked.wait()
        with writing() as connection:
            yield connection

    def take(number: int) -> str | Later:
        return guesses.take(guesses.by_strangers(EMAIL, f"203.0.113.{number}"))

    monkeypatch.setattr(guesses, "writing", when_all_have_looked)
    taken = at_once(memory, 24, take)

    assert sum(isinstance(each, str) for each in taken) == guesses.OF_ACCOUNT


def test_a_clock_that_was_ahead_holds_nobody_back(ada: Account) -> None:
    guess(10)
    let_time_pass(-timedelta(days=400))

    assert people.check(EMAIL, PASSWORD, source=HERE) == Right(ada.id)


def test_guesses_are_forgotten_after_a_day(ada: Account) -> None:
    guess(3)
    let_time_pass(guesses.KEPT_FOR + timedelta(seconds=1))

    guess()

    assert rows(Guess) == 1


def test_the_daily_clearing_removes_guesses_sessions_and_browsers_whose_time_is_over(ada: Account) -> None:
    guess()
    sessions.begin(ada.id)
    devices.remember(ada.id, None)
    periods = removal.Periods(*[timedelta(days=365)] * 3)

    removal.purge(datetime.now(UTC), periods)
    assert [rows(table) for table in (Guess, Session, KnownDevice)] == [1, 1, 1]
    removal.purge(datetime.now(UTC) + timedelta(days=2), periods)
    assert [rows(table) for table in (Guess, Session, KnownDevice)] == [0, 0, 1]
    removal.purge(datetime.now(UTC) + timedelta(days=181), periods)
    assert rows(KnownDevice) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::1", "::2"),
        ("", "not an address"),
    ],
)
def test_what_belongs_to_one_place_is_counted_as_one(one: str, other: str) -> None:
    assert guesses.network(one) == guesses.network(other)
    assert guesses.network(one) != guesses.network("2001:db8:1:3::1")


# --- known browsers ---------------------------------------------------------------------------------


def test_a_browser_keeps_the_secret_that_it_is_known_by_and_takes_none_that_was_given_to_it(
    ada: Account,
) -> None:
    planted = "p" * 43

    own = devices.remember(ada.id, planted)

    assert own != planted
    assert devices.remember(ada.id, own) == own


def test_ten_browsers_are_known_and_the_oldest_make_room(ada: Account) -> None:
    first = devices.remember(ada.id, None)
    for _ in range(devices.AT_MOST):
        last = devices.remember(ada.id, None)

    assert rows(KnownDevice) == devices.AT_MOST
    with reading() as connection:
        assert not devices.is_known(connection, ada.id, first)
        assert devices.is_known(connection, ada.id, last)


def test_a_browser_is_forgotten_after_half_a_year(ada: Account) -> None:
    device = devices.remember(ada.id, None)
    with writing() as connection:
        connection.execute(update(KnownDevice).values(made_at=clock(connection) - devices.KNOWN_FOR))

    with reading() as connection:
        assert not devices.is_known(connection, ada.id, device)


# --- accounts ---------------------------------------------------------------------------------------


def test_an_address_has_one_account(ada: Account) -> None:
    with pytest.raises(Taken):
        people.add(email="ADA@example.org", name="Two", role="admin", password="", by="command")


def test_another_password_ends_every_session_but_one_and_every_known_browser(ada: Account) -> None:
    here, there = sessions.begin(ada.id), sessions.begin(ada.id)
    devices.remember(ada.id, None)

    people.set_password(ada.id, "another sentence of hers", by=ada.id, keep=here)

    assert sessions.find(here)
    assert sessions.find(there) is None
    assert rows(KnownDevice) == 0
    assert isinstance(people.check(EMAIL, PASSWORD, source=HERE), Wrong)
    assert people.check(EMAIL, "another sentence of hers", source=HERE) == Right(ada.id)


@pytest.mark.parametrize("meanwhile", ["another password", "end"])
def test_a_password_that_is_replaced_while_it_is_tried_lets_nobody_in(
    ada: Account, meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = passwords.is_right

    def replaced(password: str, kept: str) -> bool:
        found = tried(password, kept)
        if meanwhile == "end":
            people.end(ada.id, by="command")
        else:
            people.set_password(ada.id, "another sentence of hers", by=ada.id)
        return found

    monkeypatch.setattr(passwords, "is_right", replaced)

    assert isinstance(people.check(EMAIL, PASSWORD, source=HERE), Wrong)


def test_another_role_and_the_end_of_an_account_end_its_sessions(ada: Account) -> None:
    token = sessions.begin(ada.id)
    people.set_role(ada.id, "sales", by="command")
    assert sessions.find(token)

    people.set_role(ada.id, "admin", by="command")
    assert sessions.find(token) is None

    an_admin()
    token = sessions.begin(ada.id)
    people.end(ada.id, by="command")
    assert sessions.find(token) is None
    with pytest.raises(LookupError):
        people.set_password(ada.id, PASSWORD, by="command")


def test_there_is_always_an_admin(ada: Account) -> None:
    root = an_admin()

    with pytest.raises(LastAdmin):
        people.end(root.id, by="command")
    with pytest.raises(LastAdmin):
        people.set_role(root.id, "sales", by="command")
    people.set_role(ada.id, "admin", by="command")
    people.set_role(root.id, "sales", by="command")

    assert [each.role for each in people.everybody()] == ["admin", "sales"]


def test_what_was_done_to_an_account_is_written_down_without_its_address(ada: Account) -> None:
    an_admin()
    people.set_password(ada.id, "another sentence of hers", by=ada.id)
    people.set_role(ada.id, "admin", by="command")
    people.end(ada.id, by="command")

    told = [(each.who, each.verb, each.what) for each in audit.page() if each.what == ada.id]
    assert told == [
        ("command", "person ended", ada.id),
        ("command", "role set to admin", ada.id),
        (ada.id, "password set", ada.id),
        ("command", "person added as sales", ada.id),
    ]


# --- what a password must be ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    ["short", "x" * 201, "a" * 15, "password1234", "123456789012", "Ada@Example.org", "lovelace2026!"],
)
def test_a_password_that_is_easily_guessed_is_refused(bad: str) -> None:
    assert passwords.fault(bad, about=("ada@example.org", "Ada Lovelace"))


@pytest.mark.parametrize("good", [PASSWORD, "correct horse battery", "Größe von Bäumen", "x7#kQ2!mVz9p"])
def test_any_other_is_taken_whatever_it_consists_of(good: str) -> None:
    assert passwords.fault(good, about=("ada@example.org", "Ada Lovelace")) == ""
