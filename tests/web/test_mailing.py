"""The link by mail as a leader meets it: asked for on the tasks, and told there what became of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from assessment.app import create_app
from assessment.settings import Settings
from assessment.store import database, mails
from tests.browser import axe, steps
from tests.conftest import some_settings
from tests.leader import OUR_PAGE, Leader
from tests.mail_server import MailServer, mail_server, post_room

ADDRESS = "leader@example.org"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site that sends mail."""
    return some_settings(settings.instance, SMTP_URL="smtp://127.0.0.1:9", MAIL_FROM="a@site.test")


@pytest.fixture
def begun(app: Flask) -> Leader:
    leader = Leader(app.test_client())
    leader.start()
    return leader


def sends(app: Flask, server: MailServer) -> None:
    """Have everything sent that is owed."""
    with app.app_context():
        post_room(app, server.url).deliver()


def test_a_leader_has_the_link_sent_and_is_told_what_became_of_it(app: Flask, begun: Leader) -> None:
    tasks = begun.open("")
    asked = send(begun, tasks, ADDRESS)
    waiting = begun.open("")
    with mail_server() as server:
        sends(app, server)
    done = begun.open("")

    assert asked.status_code == 303
    assert asked.headers["Location"].endswith("#by-mail")
    assert "is on its way" in waiting.text
    assert "was handed to the mail server" in done.text
    assert ADDRESS not in waiting.text + done.text
    assert len(server.accepted) == 1


def send(leader: Leader, page: Any, to: str) -> Any:
    """Send the form of the mail with an address."""
    form = page.form("/mail")
    return leader.client.post(form.action, data={**form.fields, "to": to}, headers=OUR_PAGE)


def test_what_the_server_refused_stands_on_the_tasks_page(app: Flask, begun: Leader) -> None:
    send(begun, begun.open(""), ADDRESS)
    with mail_server(to_recipient=["550 unknown"]) as server:
        sends(app, server)

    assert "could not be sent: the mail server refused the address (550)" in begun.open("").text


@pytest.mark.parametrize(
    "to",
    [
        "",
        "nobody",
        "a@b",
        "a b@example.org",
        "a@example.org, b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "<a@example.org>",
        "ä@example.org",
        "a" * 65 + "@example.org",
        "a@" + "b" * 250 + ".org",
        "a\x00@example.org",
        "<script>alert(1)</script>@example.org",
    ],
)
def test_what_is_no_address_is_handed_back_with_a_reason(app: Flask, begun: Leader, to: str) -> None:
    refused = send(begun, begun.open(""), to)

    assert refused.status_code == 422
    assert 'class="error-summary"' in refused.text
    assert "<script>" not in refused.text.partition("<main")[2]
    with app.app_context():
        assert mails.latest(begun.base.split("/")[2]) is None


def test_the_sixth_within_a_day_is_refused_with_the_address_still_there(begun: Leader) -> None:
    codes = [send(begun, begun.open(""), f"a{n}@example.org").status_code for n in range(5)]
    refused = send(begun, begun.open(""), "a6@example.org")

    assert codes == [303] * 5
    assert refused.status_code == 429
    assert 'value="a6@example.org"' in refused.text


def test_a_double_click_sends_one_mail(app: Flask, begun: Leader) -> None:
    tasks = begun.open("")
    for _ in range(2):
        send(begun, tasks, ADDRESS)

    with mail_server() as server:
        sends(app, server)

    assert len(server.accepted) == 1


def test_a_stranger_can_have_nothing_sent(app: Flask, begun: Leader) -> None:
    tasks, stranger = begun.open(""), Leader(app.test_client())
    stranger.start()
    fields = {**stranger.open("").form("/mail").fields, "to": ADDRESS}
    answer = stranger.client.post(tasks.form("/mail").action, data=fields, headers=OUR_PAGE)

    assert answer.status_code == 404


def test_without_a_mail_server_nothing_is_promised(settings: Settings) -> None:
    app = create_app(some_settings(settings.instance))
    begun = Leader(app.test_client())
    begun.start()

    tasks = begun.open("")
    sent = begun.client.post(
        begun.base + "mail", data={**tasks.form("/link").fields, "to": ADDRESS}, headers=OUR_PAGE
    )

    assert "by mail" not in tasks.text
    assert 'type="email"' not in tasks.text
    assert sent.status_code == 409
    with app.app_context():
        database.db.engine.dispose()


# --- in a browser ---------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_field_fits_every_width_and_axe_finds_nothing_before_and_after(app: Flask, chromium: Any) -> None:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    try:
        base = steps.start(page, f"http://127.0.0.1:{server.server_port}")
        assert_sound(page)
        ask(page, "nonsense")
        expect(page.locator(".error-summary")).to_be_focused()
        assert_sound(page)
        page.goto(base)
        ask(page, ADDRESS)
        expect(page.get_by_role("status")).to_contain_text("on its way")
        assert_sound(page)
    finally:
        context.close()
        server.shutdown()


def ask(page: Page, to: str) -> None:
    """Have the link sent to an address."""
    page.get_by_label("Your own address").fill(to)
    page.get_by_role("button", name="Send a link").click()
    page.wait_for_load_state()


def assert_sound(page: Page) -> None:
    """Look at the page in every width, and let axe look at it."""
    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe.violations_in_light_and_dark(page) == []
