"""An invitation at the leader's side: what they are told and make of it, and that it can be done without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from assessment.settings import Settings
from assessment.store.database import reading
from assessment.store.sales import audit, hooks, invited, models
from assessment.store.secret import new_id
from assessment.web import capability
from tests.desk import consent
from tests.invited import PROPOSED, Inviter, Link, begun, opened
from tests.leader import OUR_PAGE, Leader, Seen
from tests.web.finished import finished, id_of
from tests.web.whole_site import served, settings_of


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    return settings_of(tmp_path_factory.mktemp("invited"), migrated)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    yield from served(settings)


@pytest.fixture(scope="module")
def inviter(app: Flask) -> Inviter:
    return Inviter.of(app, "Ada <Seller>")


@pytest.fixture
def link(inviter: Inviter) -> Link:
    return inviter.invite()


def said(app: Flask, leader: Leader) -> invited.Said | None:
    with app.app_context():
        return invited.said(id_of(leader.base))


# --- the link ---------------------------------------------------------------------------------------


def test_a_link_that_is_only_fetched_tells_who_invites_and_changes_nothing(
    link: Link, client: FlaskClient
) -> None:
    for headers in ({}, {"User-Agent": "MailScanner/1.0"}, {"Sec-Purpose": "prefetch"}):
        fetched = client.get(link.path, headers=headers)
        assert fetched.status_code == 200
        assert "Ada &lt;Seller&gt;" in fetched.text
        assert "Set-Cookie" not in fetched.headers
        assert fetched.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert fetched.headers["Cache-Control"] == "private, no-store"
        assert fetched.headers["Referrer-Policy"] == "strict-origin"
        assert not [text for text in PROPOSED.values() if text in fetched.text]
    scanned = client.post(link.path, data={"request_id": "ab" * 16})  # a program that presses buttons

    assert scanned.status_code == 403
    assert link.now.opened_at is None
    assert link.now.state == "made"


@pytest.mark.parametrize("where", ["behind the link", "on the start page"])
def test_the_leader_is_told_what_will_be_seen_and_what_not(
    link: Link, client: FlaskClient, where: str
) -> None:
    path = link.path if where == "behind the link" else opened(client, link.path)

    page = " ".join(client.get(path).text.split())

    for told in (
        "that this link was opened",
        "that a diagnosis was started by it",
        "that it was finished",
        "Nothing else.",
        "Any answer or any figure, unless you let them.",
        "Your notes, and the references to what you opened. Not even then.",
    ):
        assert told in page


def test_a_person_who_presses_the_button_is_noted_once_and_meets_the_proposals(
    app: Flask, link: Link, client: FlaskClient
) -> None:
    start = opened(client, link.path)
    first = link.now.opened_at
    again = opened(client, link.path)

    page = Seen(client.get(start), start)

    assert link.now.opened_at == first is not None
    assert again == start  # the same browser, with the same cookie
    assert link.path.rpartition("/")[2] not in start
    for name, text in PROPOSED.items():
        assert page.form("").fields[name] == text
    assert page.text.count('class="proposed"') == 4
    with app.app_context():
        noted = [each.verb for each in audit.page(size=200) if each.what == link.id]
    assert noted == ["invitation opened", "invitation made"]


def test_the_start_page_of_an_invitation_opens_it_in_no_other_browser(app: Flask, link: Link) -> None:
    start = opened(app.test_client(), link.path)

    other = Leader(app.test_client())
    other.start()  # and has a cookie of its own
    for stranger in (other, Leader(app.test_client())):
        page = stranger.open(start)

        assert page.status == 200
        assert not [text for text in PROPOSED.values() if text in page.text]
        assert "This browser does not know the invitation" in page.text


def test_what_somebody_of_the_desk_tries_out_is_not_counted(link: Link, inviter: Inviter) -> None:
    assert "is not counted" in inviter.open(link.path).text

    start = opened(inviter.client, link.path)

    assert PROPOSED["organisation"] in inviter.open(start).text
    assert link.now.opened_at is None


# --- what is begun by it ----------------------------------------------------------------------------


def test_what_the_leader_changes_is_theirs_and_sealed_with_the_key_of_the_diagnosis(
    app: Flask, link: Link, client: FlaskClient
) -> None:
    leader = begun(client, link.path, organisation="Southwind", name="", email="l@south.example")

    made = said(app, leader)

    assert made
    assert made.invitation_id == link.id
    assert (made.proposed.organisation, made.proposed.name) == ("Southwind", "")
    assert (made.proposed.email, made.proposed.language) == ("l@south.example", "English")
    assert link.now.state == "started"
    assert "Southwind" not in link.see().text  # the desk still sees what it proposed, and no more
    with app.app_context(), reading() as connection:
        kept = connection.execute(select(models.Invited.said)).scalars().all()
    assert not [each for each in kept if b"Southwind" in each]
    everything = json.loads(client.get(f"{leader.base}everything").data)
    assert everything["invited"]["organisation"] == "Southwind"
    assert "Southwind" not in json.dumps(everything["facts"])


def test_a_form_that_is_sent_twice_begins_one_diagnosis(app: Flask, link: Link, client: FlaskClient) -> None:
    start = opened(client, link.path)
    form = Seen(client.get(start), start).form("")
    for name, value in {"form": "quick", "label": "A", "team_size": "8", "work": "other"}.items():
        form.fields[name] = value

    first, second = (client.post(form.action, data=form.fields, headers=OUR_PAGE) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]


def test_a_refused_form_keeps_what_was_made_of_the_proposals(link: Link, client: FlaskClient) -> None:
    start = opened(client, link.path)

    refused = Leader(client).send(
        Seen(client.get(start), start), form="quick", organisation="South", email="no address"
    )

    assert refused.status == 422
    assert "This is not one address" in refused.text
    fields = refused.form("").fields
    assert (fields["organisation"], fields["email"], fields["name"]) == ("South", "no address", "Lee Leader")
    assert refused.text.count('class="proposed"') == 2  # what was changed is no proposal any more


def test_the_link_works_in_another_browser_and_for_another_diagnosis(app: Flask, link: Link) -> None:
    first = begun(app.test_client(), link.path, name="One")
    second = begun(app.test_client(), link.path, name="Two")

    assert first.base != second.base
    assert [made and made.proposed.name for made in (said(app, first), said(app, second))] == ["One", "Two"]
    assert first.open(second.base).status == 404


def test_what_carries_counts_on_belongs_to_the_invitation_even_after_its_time(
    app: Flask, link: Link, client: FlaskClient
) -> None:
    leader = begun(client, link.path, form="pre-scan")
    leader.walk()
    result = leader.finish().location
    link.run_out()

    onward = leader.send(leader.open(result), to="/onward")

    assert onward.status == 303, onward.text
    leader.base = onward.location.partition("?")[0]
    made = said(app, leader)
    assert made
    assert (made.invitation_id, made.proposed.name) == (link.id, "Lee Leader")


def test_without_an_invitation_nothing_is_asked_and_nothing_is_kept(app: Flask, client: FlaskClient) -> None:
    leader = Leader(client)
    page = leader.open("/diagnosis/")
    leader.start()

    assert page.form("").names.isdisjoint(PROPOSED)
    assert said(app, leader) is None


# --- an invitation that has ended -------------------------------------------------------------------


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_link_that_has_ended_says_so_and_leads_to_a_diagnosis_without_it(
    link: Link, client: FlaskClient, how: str
) -> None:
    path = link.path
    if how == "revoked":
        link.press("/revoke")
    else:
        link.run_out()

    page = Seen(client.get(path), path)
    pressed = client.post(path, data={"request_id": "ab" * 16}, headers=OUR_PAGE)

    assert (page.status, pressed.status_code) == (410, 410)
    assert "Set-Cookie" not in pressed.headers
    assert "Nobody needs an invitation" in page.text
    assert "/diagnosis/" in page.links
    assert link.now.opened_at is None


def test_an_unknown_link_opens_nothing_and_leads_to_a_diagnosis_too(client: FlaskClient) -> None:
    for path in ("/invited/" + "a" * 43, "/invited/x"):
        page = Seen(client.get(path), path)

        assert page.status == 404
        assert "This link opens nothing" in page.text


@pytest.mark.parametrize("lost", ["the link", "the cookie"])
def test_a_form_whose_invitation_is_lost_begins_nothing_unasked_and_hands_everything_back(
    app: Flask, link: Link, client: FlaskClient, lost: str
) -> None:
    start, leader = opened(client, link.path), Leader(client)
    page = leader.open(start)
    if lost == "the link":
        link.press("/revoke")
    else:
        client.delete_cookie("holder")
    facts = {"form": "quick", "label": "Team Atlas", "team_size": 8, "work": "other"}

    refused = leader.send(page, organisation="Southwind", **facts)

    assert refused.status == 409
    assert "Southwind" in refused.text
    assert "nobody is told that you did" in refused.text
    assert link.now.started_at is None
    begins = leader.send(refused)  # sent again as it stands, it begins without the invitation
    assert begins.status == 303
    leader.base = begins.location.partition("?")[0]
    assert said(app, leader) is None
    assert link.now.started_at is None


def test_what_was_begun_goes_on_when_the_link_is_revoked(app: Flask, link: Link, client: FlaskClient) -> None:
    leader = begun(client, link.path)
    link.press("/revoke")

    assert leader.open("").status == 200
    assert said(app, leader)
    assert link.now.state == "started"


# --- finished, shared and deleted -------------------------------------------------------------------


def test_finishing_is_told_to_the_desk_without_naming_the_diagnosis(
    app: Flask, link: Link, client: FlaskClient
) -> None:
    with app.app_context():
        hooks.add(
            new_id(),
            person_id=link.now.person_id,
            url="https://hooks.example.org/x",
            events=[hooks.FINISHED],
            secret=b"s" * 32,
        )
    result = finished_by(link, client)

    with app.app_context(), reading() as connection:
        [notice] = connection.execute(
            select(models.Notice.body).where(models.Notice.body.contains(link.id))
        ).scalars()
        noted = [each for each in audit.page(size=200) if each.what == link.id]

    assert link.now.state == "finished"
    assert json.loads(notice)["data"].keys() == {"invitation_id", "finished_at"}
    assert id_of(result) not in notice
    assert [each.verb for each in noted][:2] == ["diagnosis finished", "diagnosis begun"]
    assert {each.who for each in noted[:3]} == {audit.LEADER}
    desk = link.see().text
    assert id_of(result) not in desk
    assert "not with the desk" in desk


def test_the_consent_begins_with_what_the_leader_said_and_names_the_invitation(
    app: Flask, link: Link, client: FlaskClient
) -> None:
    result = finished_by(link, client, organisation="Southwind")
    leader = Leader(client)

    page = leader.open(result)
    fields = page.form("/consent").fields
    assert consent(leader, result).status == 303

    assert (fields["organisation"], fields["email"]) == ("Southwind", PROPOSED["email"])
    assert "by which invitation of theirs I began" in page.text
    with app.app_context(), reading() as connection:
        row = connection.execute(
            select(models.Listing.invitation_id, models.Listing.organisation).where(
                models.Listing.report_id == id_of(result)
            )
        ).one()
    assert tuple(row) == (link.id, "Southwind")
    assert link.now.state == "shared"
    listed = next(each for each in link.see().links if "invitation=" in each)
    assert id_of(result) in link.by.open(listed).text


def test_a_diagnosis_that_is_deleted_is_no_longer_counted(link: Link, client: FlaskClient) -> None:
    leader = begun(client, link.path)
    leader.send(leader.open("leave"), sure="y")

    assert link.now.state == "opened"
    assert link.now.started_at is None


def finished_by(link: Link, client: FlaskClient, **facts: str) -> str:
    """Begin and finish a quick diagnosis by a link; return the address of its result."""
    return finished(Leader(client), at=opened(client, link.path), more=facts)


def test_a_cookie_of_ours_is_known_by_itself_and_a_planted_one_is_not(app: Flask) -> None:
    with app.test_request_context():
        ours = capability.holder_beginning("a name")
    planted = ours[:-4] + "AAAA"

    def known(value: str) -> str | None:
        with app.test_request_context(headers={"Cookie": f"holder={value}"}):
            return capability.known_holder()

    assert known(ours) == ours
    assert known(planted) is None
