"""Invitations at the desk: made, mailed or passed on, reminded of, revoked; and what is not shown."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from assessment.app import create_app
from assessment.settings import Settings
from assessment.store.sales import audit, invitations, letters
from tests.conftest import some_settings
from tests.invited import NEW, PROPOSED, Inviter, begun
from tests.web.whole_site import served, settings_of

HOSTILE = '"><script>alert(1)</script>&=HYPERLINK("http://x")'


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    return settings_of(tmp_path_factory.mktemp("inviting"), migrated)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    yield from served(settings)


@pytest.fixture(scope="module")
def inviter(app: Flask) -> Inviter:
    return Inviter.of(app)


def send_letters(app: Flask) -> list[letters.Owed]:
    sent = []
    with app.app_context():
        while owed := letters.take(lease_s=60):
            letters.sent(owed)
            sent.append(owed)
    return sent


def test_an_invitation_by_hand_shows_its_link_and_is_sent_when_somebody_says_so(inviter: Inviter) -> None:
    link = inviter.invite()

    page = link.see()
    assert link.path.startswith("/invited/")
    assert "Not sent yet" in page.text
    assert link.press("/passed-on").location == link.page
    assert "I have reminded them myself" in link.see().text
    assert link.now.state == "sent"
    link.press("/passed-on")
    assert link.now.reminded_at


def test_an_invitation_by_mail_is_owed_with_it(app: Flask, inviter: Inviter) -> None:
    link = inviter.invite(how="mail")
    waiting = link.see()

    [letter] = send_letters(app)

    assert "the mail is waiting to go" in waiting.text
    assert "I have passed it on" not in waiting.text
    assert letter.values["to"] == PROPOSED["email"]
    assert letter.values["organisation"] == PROPOSED["organisation"]
    assert link.path.endswith(letter.values["token"])
    assert link.now.state == "sent"


def test_no_reminder_is_offered_or_mailed_on_the_day_of_the_mail(app: Flask, inviter: Inviter) -> None:
    link = inviter.invite()
    before = link.see()
    inviter.press(before, "/mail")
    send_letters(app)

    after, refused = link.see(), inviter.press(before, "/mail")

    assert not [form for form in after.forms if form.action.endswith("/mail")]
    assert "no other goes now" in after.text
    assert refused.status == 409
    assert "One a day is sent" in refused.text
    assert send_letters(app) == []


def test_a_mail_that_was_not_sent_says_why_and_can_be_sent_again(app: Flask, inviter: Inviter) -> None:
    link = inviter.invite(how="mail")
    with app.app_context():
        owed = letters.take(lease_s=60)
        assert owed
        letters.failed(owed, "the mail server refused the address (550)", again=False)

    page = link.see().text

    assert "the mail server refused the address (550)" in page
    assert "Mail was not sent" in inviter.open("/sales/invitations/").text
    assert link.press("/mail").status == 303
    assert len(send_letters(app)) == 1


def test_a_form_that_is_sent_twice_makes_one_invitation_and_one_mail(app: Flask, inviter: Inviter) -> None:
    form = inviter.open(NEW)
    said = {"called": "Twice", "how": "mail", **PROPOSED}

    first, second = inviter.press(form, NEW, **said), inviter.press(form, NEW, **said)

    assert first.location == second.location
    assert len(send_letters(app)) == 1


def test_a_refused_form_says_why_and_keeps_what_was_typed(inviter: Inviter) -> None:
    refused = inviter.press(
        inviter.open(NEW), NEW, called="", how="mail", organisation=HOSTILE, name="x" * 121, email=""
    )

    assert refused.status == 422
    for fault in ("Write what it shall be called.", "at most 120 fit", "Write the address to which it is"):
        assert fault in refused.text
    assert "<script>" not in refused.text
    assert refused.form(NEW).fields["organisation"] == HOSTILE


@pytest.mark.parametrize("field", ["called", "organisation", "name", "language", "email"])
def test_no_field_takes_a_second_line(inviter: Inviter, field: str) -> None:
    said = {"called": "A", "how": "hand", field: "a@example.org\nBcc: b@example.org"}

    assert inviter.press(inviter.open(NEW), NEW, **said).status == 422


def test_whatever_is_typed_is_shown_as_text(inviter: Inviter, app: Flask) -> None:
    link = inviter.invite(
        called=HOSTILE, organisation=HOSTILE, name=HOSTILE, language=HOSTILE[:40], email=PROPOSED["email"]
    )

    for path in (link.page, "/sales/invitations/", link.path):
        assert "<script>" not in inviter.open(path).text
    begun(app.test_client(), link.path)
    assert "<script>" not in link.see().text


def test_a_revoked_invitation_says_so_and_offers_nothing_any_more(app: Flask, inviter: Inviter) -> None:
    link = inviter.invite()
    before = link.see()

    link.press("/revoke")

    page = link.see()
    assert "it was revoked" in page.text
    assert "Link works until" not in page.text
    assert "invitation-link" not in page.text
    assert [form.action for form in page.forms if link.id in form.action] == []
    late = inviter.press(before, "/passed-on")  # from a page that was opened before
    assert late.status == 409
    assert "This invitation has ended" in late.text
    with app.app_context():
        assert audit.page(size=1)[0].verb == "invitation revoked"


def test_the_list_shows_everybodys_and_ones_own_and_goes_on_to_older_ones(
    app: Flask, inviter: Inviter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "SIZE", 2)
    bo = Inviter.of(app, "Bo Colleague")
    for name in ("One", "Two", "Three"):
        bo.invite(called=f"Of Bo {name}")

    mine = bo.open("/sales/invitations/?whose=mine")
    older = next(link for link in mine.links if "after=" in link)

    assert "Of Bo Three" in inviter.open("/sales/invitations/").text
    assert "Of Bo One" not in mine.text
    assert "Of Bo One" in bo.open(older).text
    assert "Of Bo Two" not in bo.open(older).text
    assert "You have invited nobody" in Inviter.of(app, "Cy New").open("/sales/invitations/?whose=mine").text


def test_another_invitation_to_the_same_address_is_named(inviter: Inviter) -> None:
    first = inviter.invite(called="The first one", email="twice@example.org")
    second = inviter.invite(called="The second one", email="Twice@example.org")

    assert "The first one" in second.see().text
    assert second.page in first.see().links


def test_where_no_mail_is_sent_none_is_offered(tmp_path: Path, migrated: Path) -> None:
    shutil.copytree(migrated, tmp_path / "instance")
    app = create_app(some_settings(tmp_path / "instance"))
    inviter = Inviter.of(app)

    page = inviter.open(NEW)
    link = inviter.invite()

    assert "This site sends no mail" in page.text
    assert "how" not in page.form(NEW).choices
    assert not [form for form in link.see().forms if form.action.endswith("/mail")]
    refused = inviter.press(page, NEW, called="A", how="mail", email="a@example.org")
    assert refused.status == 409
