"""Signing in and out, as somebody of the desk meets it."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from assessment.store.sales import passwords
from tests.desk import PASSWORD, browser_of, somebody
from tests.leader import OUR_PAGE, Leader, Seen

WRONG = "The address, the password or the code is wrong"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


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
