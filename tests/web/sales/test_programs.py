"""The pages of tokens and webhooks: what is secret is shown once, and what is ended is over."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from assessment.store.database import clock, writing
from assessment.store.sales import hooks, tokens
from assessment.store.sales.models import ApiToken, Webhook
from assessment.web.sales.programs import SHOWN_FOR
from tests.desk import browser_of, somebody
from tests.leader import OUR_PAGE, Leader, Seen

PAGE = "/sales/programs/"


@pytest.fixture
def ada(app: Flask) -> Leader:
    return Leader(browser_of(app, somebody(app)))


@pytest.fixture
def grace(app: Flask) -> Leader:
    return Leader(browser_of(app, somebody(app, "sales", "Grace Seller")))


def send(by: Leader, page: Seen, to: str, **typed: Any) -> TestResponse:
    """Fill in the form that is sent to an address and send it; a list is several boxes that are ticked."""
    form = page.form(to)
    return by.client.post(form.action, data={**form.fields, **typed}, headers=OUR_PAGE)


def make_token(by: Leader, **typed: Any) -> TestResponse:
    said = {"called": "Our CRM", "scopes": [tokens.LISTINGS], "days": "30", **typed}
    return send(by, by.open(PAGE), "/tokens", **said)


def add_webhook(by: Leader, **typed: Any) -> TestResponse:
    said = {"url": "https://crm.example.org/hook", "events": [hooks.SHARED, hooks.OPENED], **typed}
    return send(by, by.open(PAGE), "/webhooks", **said)


def shown(page: Seen, name: str) -> str:
    """Return the secret that a page shows; "" where it shows none."""
    found = re.search(rf'id="{name}"[^>]*>(.*?)</textarea>', page.text)
    return html.unescape(found[1]) if found else ""


def test_a_token_is_shown_to_the_browser_that_made_it_and_opens_what_was_ticked(
    app: Flask, ada: Leader, grace: Leader
) -> None:
    made = make_token(ada)

    page = ada.open(made.location)
    secret = shown(page, "token")
    with app.app_context():
        caller = tokens.caller(secret)
    assert made.status_code == 303
    assert secret not in made.location
    assert caller
    assert caller.scopes == {tokens.LISTINGS}
    assert shown(ada.open(PAGE), "token") == ""
    assert shown(grace.open(made.location), "token") == ""
    assert "Our CRM" in grace.open(PAGE).text


def test_a_token_that_was_made_a_while_ago_is_shown_to_nobody(app: Flask, ada: Leader) -> None:
    made = make_token(ada)

    with app.app_context(), writing() as connection:
        connection.execute(update(ApiToken).values(made_at=clock(connection) - SHOWN_FOR))

    assert shown(ada.open(made.location), "token") == ""


def test_a_form_that_is_sent_twice_makes_one(app: Flask, ada: Leader) -> None:
    page = ada.open(PAGE)

    tokens_made = {
        send(ada, page, "/tokens", called="A", scopes=["listings:read"], days="30").location for _ in range(2)
    }
    hooks_made = {
        send(ada, page, "/webhooks", url="https://a.example/", events=list(hooks.EVENTS)).location
        for _ in range(2)
    }

    assert len(tokens_made) == len(hooks_made) == 1
    with app.app_context():
        assert (len(tokens.all_of()), len(hooks.all_of())) == (1, 1)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"called": " "}, "Write what the program is called."),
        ({"called": "x" * 121}, "at most 120 fit"),
        ({"scopes": []}, "Choose at least one thing"),
        ({"scopes": ["everything"]}, "Choose at least one thing"),
        ({"days": "10000"}, "Choose how long"),
    ],
)
def test_a_token_that_is_asked_for_amiss_is_not_made(
    app: Flask, ada: Leader, typed: dict[str, Any], fault: str
) -> None:
    answer = make_token(ada, **typed)

    assert answer.status_code == 422
    assert fault in answer.text
    with app.app_context():
        assert tokens.all_of() == []


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"url": ""}, "must begin with https://"),
        ({"url": "http://crm.example.org/"}, "must begin with https://"),
        ({"url": "https://127.0.0.1/"}, "This address is not public."),
        ({"events": []}, "Choose at least one event."),
    ],
)
def test_a_webhook_that_is_asked_for_amiss_is_not_added(
    app: Flask, ada: Leader, typed: dict[str, Any], fault: str
) -> None:
    answer = add_webhook(ada, **typed)

    assert answer.status_code == 422
    assert fault in answer.text
    assert html.escape(typed.get("url", "https://crm.example.org/hook")) in answer.text
    with app.app_context():
        assert hooks.all_of() == []


def test_whoever_sees_a_token_may_revoke_it(app: Flask, ada: Leader, grace: Leader) -> None:
    secret = shown(ada.open(make_token(ada).location), "token")

    answer = send(grace, grace.open(PAGE), "/revoke")

    assert answer.status_code == 303
    with app.app_context():
        assert tokens.caller(secret) is None
    assert "/revoke" not in ada.open(PAGE).text


def test_the_secret_of_a_webhook_is_shown_to_the_browser_that_added_it(
    app: Flask, ada: Leader, grace: Leader
) -> None:
    added = add_webhook(ada)

    secret = shown(ada.open(added.location), "secret")
    with app.app_context(), writing() as connection:
        hooks.owe(connection, hooks.SHARED, {"report_id": "r" * 22})
    with app.app_context():
        call = hooks.take(lease_s=30)
    assert call
    assert secret == f"whsec_{base64.b64encode(call.secret).decode()}"
    assert shown(ada.open(added.location.partition("?")[0]), "secret") == ""
    assert shown(grace.open(added.location), "secret") == ""
    with app.app_context(), writing() as connection:
        connection.execute(update(Webhook).values(made_at=clock(connection) - SHOWN_FOR))
    assert shown(ada.open(added.location), "secret") == ""


def test_the_log_says_what_became_of_a_test_and_an_ended_webhook_is_told_nothing(
    app: Flask, ada: Leader
) -> None:
    path = add_webhook(ada).location.partition("?")[0]

    send(ada, ada.open(path), "/test")
    with app.app_context():
        call = hooks.take(lease_s=30)
        assert call
        hooks.failed(call, "the answer was 500")
    log = ada.open(path).text
    send(ada, ada.open(path), "/end")
    ended = ada.open(path)

    assert "webhook.test" in log
    assert "failed once: the answer was 500" in log
    assert "Tried again at" in log
    assert "the webhook was ended" in ended.text
    assert [form.action for form in ended.forms if "webhooks" in form.action] == []


@pytest.mark.parametrize("path", ["webhooks/none", "webhooks/" + "n" * 22])
def test_what_never_was_is_not_there(ada: Leader, path: str) -> None:
    assert ada.open(PAGE + path).status == 404
