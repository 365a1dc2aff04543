"""The people of the desk, as an admin looks after them; and their link to a password."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from assessment.store.sales import audit, people
from assessment.store.sales.people import Right
from tests.desk import PASSWORD, browser_of, somebody
from tests.leader import Leader, Seen
from tests.web.diagnosis.common import path_of

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def admin(app: Flask) -> Leader:
    """An admin at a browser."""
    return Leader(browser_of(app, somebody(app, "admin", name="Root")))


def added(admin: Leader, **typed: str) -> Seen:
    """Add Bob, and return the page that shows his link."""
    said = {"name": "Bob <b>", "email": "Bob@example.org", "role": "sales", **typed}
    sent = admin.send(admin.open("/sales/people/new"), to="/sales/people/", **said)
    return admin.open(sent.location) if sent.status == 303 else sent


def link_on(page: Seen) -> str:
    """Return the path of the link that a page shows to be passed on."""
    found = re.search(r'id="password-link"[^>]*>(.*?)</textarea>', page.text)
    assert found, page.text
    return path_of(html.unescape(found[1]))


def test_who_is_added_sets_a_password_by_a_link_and_is_signed_in(app: Flask, admin: Leader) -> None:
    link = link_on(added(admin))
    bob = Leader(app.test_client())
    chosen = {"new_password": PASSWORD, "again": PASSWORD}

    page = bob.open(link)
    assert "Bob &lt;b&gt;" in page.text
    assert page.response.headers["Referrer-Policy"] == "strict-origin"
    assert "Set-Cookie" not in page.response.headers
    assert bob.send(page, **{**chosen, "again": "something else"}).status == 422
    worn = dict.fromkeys(chosen, "password1234")
    refused = bob.send(page, **worn)
    assert "harder to guess" in refused.text
    sent = bob.send(page, **chosen)

    assert (sent.status, sent.location) == (303, "/sales/")
    assert "Bob &lt;b&gt;" in bob.open("/sales/").text
    assert bob.open(link).status == 404
    with app.app_context():
        assert isinstance(people.check("bob@example.org", PASSWORD, source=""), Right)


def test_what_is_amiss_with_somebody_new_is_said_and_nobody_is_added(app: Flask, admin: Leader) -> None:
    added(admin)

    for typed, told in (
        ({"name": ""}, "Write the name."),
        ({"email": "nobody"}, "This is not one address."),
        ({"role": "owner"}, "Choose what they may do."),
        ({"email": "bob@EXAMPLE.org"}, "There is an account with this address already"),
    ):
        refused = added(admin, **typed)
        assert refused.status == 422
        assert told in refused.text
    with app.app_context():
        assert len(people.everybody()) == 2


def test_a_role_is_changed_and_an_account_reset_and_ended_each_at_once(app: Flask, admin: Leader) -> None:
    bob = somebody(app, name="Bob", password=PASSWORD)
    address = f"/sales/people/{bob.id}"

    browser = Leader(browser_of(app, bob))
    assert admin.send(admin.open(address), to="/role", role="admin").status == 303
    assert browser.open("/sales/").status == 303
    browser = Leader(browser_of(app, bob))
    assert browser.open("/sales/people/").status == 200

    assert admin.send(admin.open(address), to="/reset").status == 303
    assert browser.open("/sales/").status == 303
    link = link_on(admin.open(address))

    unsure = admin.send(admin.open(address), to="/end")
    assert (unsure.status, "Tick that it shall end" in unsure.text) == (422, True)
    assert admin.send(admin.open(address), to="/end", sure="y").status == 303
    assert browser.open(link).status == 404
    ended = admin.open(address)
    assert "Ended" in ended.text
    assert "/reset" not in ended.text


def test_an_admin_can_do_nothing_to_their_own_account(app: Flask, admin: Leader) -> None:
    bob = somebody(app, name="Bob")
    with app.app_context():
        own = next(f"/sales/people/{each.id}" for each in people.everybody() if each.id != bob.id)

    page = admin.open(own)
    assert "This is your own account" in page.text
    assert [form.action for form in page.forms] == ["/sales/sign-out"]
    elsewhere = admin.open(f"/sales/people/{bob.id}").form("/end")
    for action in ("role", "reset", "end"):
        fields = {**elsewhere.fields.to_dict(), "sure": "y", "role": "sales"}
        sent = admin.client.post(f"{own}/{action}", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
        assert sent.status_code == 404
    assert admin.open("/sales/people/").status == 200


def test_the_audit_shows_who_did_what_with_names_and_leads_from_page_to_page(
    app: Flask, admin: Leader
) -> None:
    bob = somebody(app, name="Bob")
    with app.app_context():
        for _ in range(30):
            people.set_role(bob.id, "admin", by="command")
            people.set_role(bob.id, "sales", by=bob.id)

    newest = admin.open("/sales/audit/")
    older = admin.open(next(link for link in newest.links if "before=" in link))

    assert "role set to sales" in newest.text
    assert "Somebody at the machine" in newest.text
    numbers = [int(n) for page in (newest, older) for n in re.findall(r'list__what">(\d+)<', page.text)]
    assert numbers == list(range(numbers[0], 0, -1))
    with app.app_context():
        assert audit.page(size=1)[0].sha256 in newest.text
    for amiss in ("x", "-1", "1e3", "9" * 30, "\N{FULLWIDTH DIGIT ONE}"):
        assert admin.client.get("/sales/audit/", query_string={"before": amiss}).status_code == 404
