"""The second factor: codes of the app open once, within their time, and nothing opens without one."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from assessment.store import keys
from assessment.store.database import clock, reading
from assessment.store.sales import audit, guesses, people, second
from assessment.store.sales.models import Guess, Person
from assessment.store.sales.people import Account, Right, Wrong
from tests.desk import PASSWORD
from tests.store.conftest import at_once, rows

SECRET = b"twenty bytes of keys"
EMAIL, HERE = "ada@example.org", "192.0.2.1"


pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def ada(memory: Flask) -> Account:
    return people.add(email=EMAIL, name="Ada", role="sales", password=PASSWORD, by="command")


@pytest.fixture
def asked(ada: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Somebody who is asked for codes since this half minute, whose code is used."""
    assert second.turn_on(ada.id, SECRET, code_in(0))
    return ada


def now() -> datetime:
    with reading() as connection:
        return clock(connection)


def code_in(steps: int) -> str:
    return second.code(SECRET, now() + timedelta(seconds=steps * second.STEP_S))


def check(code: str) -> Right | Wrong | guesses.Later:
    return people.check(EMAIL, PASSWORD, code, source=HERE)


def test_codes_are_those_that_the_standard_gives_for_its_secret() -> None:
    """RFC 6238, appendix B, the last six of its eight digits."""
    known = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}

    for seconds, code in known.items():
        assert second.code(b"12345678901234567890", datetime.fromtimestamp(seconds).astimezone()) == code


def test_the_address_for_the_app_names_secret_account_and_site() -> None:
    address = urlsplit(second.address(SECRET, account=EMAIL, issuer="A Site"))

    said = parse_qs(address.query)
    assert (address.scheme, address.netloc, address.path) == (
        "otpauth",
        "totp",
        "/A%20Site:ada%40example.org",
    )
    assert base64.b32decode(said["secret"][0]) == SECRET
    assert (said["issuer"], said["digits"], said["period"]) == (["A Site"], ["6"], ["30"])
    assert second.spelled(SECRET).replace(" ", "") == said["secret"][0]


def test_nothing_is_turned_on_before_the_app_has_shown_a_code_of_the_secret(ada: Account) -> None:
    assert not second.turn_on(ada.id, SECRET, second.code(b"another secret, long", now()))

    assert check("") == Right(ada.id)


def test_password_and_code_open_and_neither_does_alone(asked: Account) -> None:
    assert isinstance(check(""), Wrong)
    assert isinstance(check("000000"), Wrong)
    assert isinstance(people.check(EMAIL, "wrong", code_in(1), source=HERE), Wrong)
    assert check(code_in(1)) == Right(asked.id)


def test_a_code_opens_once_and_none_that_is_older_does_afterwards(asked: Account) -> None:
    this, following = code_in(0), code_in(1)

    assert check(following) == Right(asked.id)
    assert isinstance(check(following), Wrong)
    assert isinstance(check(this), Wrong)


def test_of_many_who_send_a_code_at_the_same_time_one_is_let_in(memory: Flask, asked: Account) -> None:
    code = code_in(1)

    outcomes = at_once(memory, 8, lambda n: people.check(EMAIL, PASSWORD, code, source=f"203.0.113.{n}"))

    assert outcomes.count(Right(asked.id)) == 1


def test_a_code_of_two_steps_ahead_or_of_another_secret_opens_nothing(asked: Account) -> None:
    assert isinstance(check(code_in(3)), Wrong)
    assert isinstance(check(second.code(b"another secret, long", now() + timedelta(seconds=30))), Wrong)
    assert isinstance(check("\N{FULLWIDTH DIGIT ONE}" * 6), Wrong)


def test_a_wrong_code_is_a_guess(asked: Account) -> None:
    check("000000")

    assert rows(Guess) == 1


def test_it_is_turned_off_by_a_code_and_not_without(asked: Account) -> None:
    assert not second.turn_off(asked.id, "000000")
    assert isinstance(check(""), Wrong)

    assert second.turn_off(asked.id, code_in(1))
    assert check("") == Right(asked.id)
    assert [each.verb for each in audit.page(size=2)] == [
        "second factor turned off",
        "second factor turned on",
    ]


def test_the_secret_is_kept_sealed_and_for_this_account_alone(asked: Account) -> None:
    with reading() as connection:
        sealed = connection.execute(select(Person.totp)).scalar_one()
        key = keys.of_desk(connection)

    assert sealed
    assert SECRET not in sealed
    assert key.open(sealed, "totp", asked.id) == SECRET
    with pytest.raises(keys.Unreadable):
        key.open(sealed, "totp", "somebody else")
