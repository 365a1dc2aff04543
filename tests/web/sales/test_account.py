"""Signing in and out, as somebody of the desk meets it."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.store.sales import people, second
from tests.desk import PASSWORD, browser_of, somebody
from tests.leader import OUR_PAGE, Leader, Seen

WRONG = "The address, the password or the code is wrong"


pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def desk(app: Flask) -> Flask:
    """A desk with somebody who can sign in."""
    somebody(app, name="Ada Seller", password=PASSWORD)
    return app


def sign_in(client: FlaskClient, at: str = "/sales/sign-in", **typed: str) -> Seen:
    """Fill in the form as Ada, unless something else is typed."""
    browser = Leader(client)
    page = browser.open(at)
    said = {"email": "ada.seller@example.org", "password": PASSWORD, **typed}
    return browser.send(page, to=page.form().action, **said)


def test_whoever_is_not_signed_in_is_asked_who_they_are_and_comes_to_the_page_they_wanted(
    desk: Flask, client: FlaskClient
) -> None:
    asked = client.get("/sales/account")

    assert (asked.status_code, asked.location) == (303, "/sales/sign-in?next=/sales/account")
    sent = sign_in(client, asked.location)
    assert (sent.status, sent.location) == (303, "/sales/account")
    assert "Ada Seller" in client.get(sent.location).text


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/sales//evil.example", "https://evil.example", "/sales/sign-out", "/sales/\\evil"],
)
def test_nobody_is_led_elsewhere_by_signing_in(desk: Flask, client: FlaskClient, elsewhere: str) -> None:
    said = {"email": "ada.seller@example.org", "password": PASSWORD}
    address = {"path": "/sales/sign-in", "query_string": {"next": elsewhere}}

    form = Seen(client.get(**address), "").form()
    sent = client.post(**address, data=said, headers=OUR_PAGE)

    assert form.action == "/sales/sign-in"
    assert sent.location == "/sales/"


def test_the_cookie_of_a_session_is_for_this_site_alone_and_that_of_the_browser_lasts(
    desk: Flask, client: FlaskClient
) -> None:
    session, device = sign_in(client).response.headers.getlist("Set-Cookie")

    assert session.startswith("person=")
    assert session.endswith("; HttpOnly; Path=/; SameSite=Lax")
    assert device.startswith("device=")
    assert "Max-Age=15552000;" in device
    assert device.endswith("; HttpOnly; Path=/; SameSite=Lax")


@pytest.mark.parametrize("typed", [{"password": "guessed by somebody"}, {"email": "who@example.org"}])
def test_who_is_not_let_in_reads_the_same_words_and_finds_no_password_in_the_page(
    desk: Flask, client: FlaskClient, typed: dict[str, str]
) -> None:
    refused = sign_in(client, **typed)

    assert refused.status == 422
    assert WRONG in refused.text
    assert typed.get("password", PASSWORD) not in refused.text
    assert typed.get("email", "ada.seller@example.org") in refused.text
    assert "Set-Cookie" not in refused.response.headers


def test_an_empty_form_says_what_is_missing(desk: Flask, client: FlaskClient) -> None:
    refused = sign_in(client, email="", password="")

    assert refused.status == 422
    assert "Write the e-mail address." in refused.text
    assert "Write the password." in refused.text


def test_whoever_guesses_is_told_when_to_come_back_and_the_owner_gets_in(
    desk: Flask, client: FlaskClient
) -> None:
    owner = desk.test_client()
    sign_in(owner)
    owner.delete_cookie("person")

    answers = [sign_in(client, password=f"wrong {n}") for n in range(12)]

    assert [each.status for each in answers] == [422] * 10 + [429] * 2
    assert "Try again in 15 minutes." in answers[-1].text
    assert 890 <= int(answers[-1].response.headers["Retry-After"]) <= 900
    assert sign_in(client).status == 429
    assert sign_in(owner).status == 303


def test_every_sign_in_is_a_new_session_and_ends_the_one_before_in_that_browser(
    desk: Flask, client: FlaskClient
) -> None:
    sign_in(client)
    first = client.get_cookie("person")
    assert first
    sign_in(client)
    second = client.get_cookie("person")
    assert second

    assert second.value != first.value
    client.set_cookie("person", first.value)
    assert client.get("/sales/").status_code == 303


def test_signing_out_ends_the_session_for_whoever_else_has_its_cookie(desk: Flask) -> None:
    client, thief = browser_of(desk, somebody(desk, name="Bob")), desk.test_client()
    held = client.get_cookie("person")
    assert held
    thief.set_cookie("person", held.value)
    browser = Leader(client)

    left = browser.send(browser.open("/sales/account"), to="/sales/sign-out")

    assert (left.status, left.location) == (303, "/sales/sign-in?out=y")
    assert client.get_cookie("person") is None
    assert thief.get("/sales/").status_code == 303


def test_another_site_can_neither_sign_somebody_in_nor_out(desk: Flask, client: FlaskClient) -> None:
    sign_in(client)
    said = {"email": "ada.seller@example.org", "password": PASSWORD}
    for path in ("/sales/sign-in", "/sales/sign-out"):
        sent = client.post(path, data=said, headers={"Sec-Fetch-Site": "cross-site"})

        assert sent.status_code == 403
        assert PASSWORD not in sent.text
    assert client.get("/sales/").status_code == 200


# --- the account ------------------------------------------------------------------------------------

OTHER = "another sentence of hers"


@pytest.fixture
def ada(desk: Flask) -> Leader:
    """Ada, signed in."""
    client = desk.test_client()
    assert sign_in(client).status == 303
    return Leader(client)


def change(browser: Leader, **typed: str) -> Seen:
    said = {"password": PASSWORD, "new_password": OTHER, "again": OTHER, **typed}
    return browser.send(browser.open("/sales/account"), to="/sales/account/password", **said)


def test_another_password_ends_the_sessions_of_other_browsers_and_not_this_one(
    desk: Flask, ada: Leader
) -> None:
    elsewhere = desk.test_client()
    sign_in(elsewhere)

    changed = change(ada)

    assert changed.status == 303
    assert "Your password is changed." in ada.open(changed.location).text
    assert elsewhere.get("/sales/").status_code == 303
    assert sign_in(elsewhere).status == 422
    assert sign_in(elsewhere, password=OTHER).status == 303


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"password": "wrong"}, "This is not your password."),
        ({"new_password": "short", "again": "short"}, "Choose a longer one"),
        ({"new_password": "Ada Seller!!!", "again": "Ada Seller!!!"}, "harder to guess"),
        ({"again": "something else"}, "This is not the same."),
        ({"new_password": "", "again": ""}, "Write the new password."),
    ],
)
def test_a_password_is_not_changed_by_what_will_not_do(
    desk: Flask, ada: Leader, typed: dict[str, str], told: str
) -> None:
    refused = change(ada, **typed)

    assert refused.status == 422
    assert told in refused.text
    assert not [
        each for each in (PASSWORD, OTHER, *typed.values()) if each and f'value="{each}"' in refused.text
    ]
    assert sign_in(desk.test_client()).status == 303


def test_whoever_finds_a_browser_signed_in_has_ten_guesses_at_the_password(ada: Leader) -> None:
    answers = [change(ada, password=f"wrong {n}").status for n in range(12)]

    assert answers == [422] * 10 + [429] * 2
    assert change(ada).response.headers["Retry-After"]


def secret_on(page: Seen) -> bytes:
    found = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page.text)
    assert found, page.text
    return base64.b32decode(found[1].replace(" ", ""))


def code_of(secret: bytes, steps: int = 0) -> str:
    return second.code(secret, datetime.now(UTC) + timedelta(seconds=steps * second.STEP_S))


def test_codes_are_set_up_with_the_app_asked_for_at_the_next_sign_in_and_done_without(
    desk: Flask, ada: Leader
) -> None:
    page = ada.open("/sales/account/second-factor")
    secret = secret_on(page)
    refused = ada.send(page, one_time_code="000000", password=PASSWORD)
    assert (refused.status, secret_on(refused)) == (422, secret)
    used = code_of(secret)
    assert ada.send(refused, one_time_code=used, password=PASSWORD).status == 303

    other = desk.test_client()
    assert sign_in(other).status == 422
    assert sign_in(other, one_time_code=used).status == 422
    assert sign_in(other, one_time_code=code_of(secret, 1)).status == 303

    off = ada.open("/sales/account/second-factor")
    assert '<svg class="qr"' not in off.text
    assert ada.send(off, one_time_code="000000", password=PASSWORD).status == 422
    assert ada.send(off, one_time_code=code_of(secret, 1), password=OTHER).status == 422
    assert "Beside the password" in ada.open("/sales/account").text


def test_a_wrong_code_is_a_guess_also_where_codes_are_to_be_asked_for_no_more(
    desk: Flask, ada: Leader
) -> None:
    with desk.app_context():
        [account] = people.everybody()
        assert second.turn_on(account.id, b"s" * 20, second.code(b"s" * 20, datetime.now(UTC)))

    page = ada.open("/sales/account/second-factor")
    answers = [ada.send(page, one_time_code="none", password=PASSWORD).status for _ in range(11)]

    assert answers == [422] * 10 + [429]


def test_every_page_offers_another_secret_and_none_is_in_a_field(ada: Leader) -> None:
    first, another = (ada.open("/sales/account/second-factor") for _ in range(2))

    assert secret_on(first) != secret_on(another)
    assert set(first.form("/second-factor").fields) == {
        "csrf_token",
        "request_id",
        "one_time_code",
        "password",
    }
