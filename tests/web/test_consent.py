"""Consent: the desk sees a result when its leader wants it, in words that are kept, and no longer."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from assessment.store.database import reading
from assessment.store.sales import audit, consents
from assessment.store.sales.models import Listing, ListingPattern, ListingWord
from assessment.web import consenting
from tests.desk import consent, shared_with_desk
from tests.leader import OUR_PAGE, Leader
from tests.web.finished import finished, id_of


@pytest.fixture
def leader(app: Flask) -> Leader:
    return Leader(app.test_client())


def standing(app: Flask, result: str) -> consents.Given | None:
    with app.app_context():
        return consents.standing(id_of(result))


def test_nothing_is_ticked_and_nothing_is_shared_before_the_leader_does_so(
    app: Flask, leader: Leader
) -> None:
    result = finished(leader)

    page = leader.open(result)
    form = page.form("/consent")

    assert form.choices["agree"] == ["y"]
    assert "agree" not in form.fields
    assert standing(app, result) is None


def test_without_the_tick_nothing_is_shared_and_what_was_typed_stands_there(
    app: Flask, leader: Leader
) -> None:
    result = finished(leader)

    refused = consent(leader, result, agree=None, name="Ada <b>Lead</b>", email="not an address")

    assert refused.status == 422
    assert "Tick the box" in refused.text
    assert "This is not one address" in refused.text
    fields = refused.form("/consent").fields
    assert (fields["name"], fields["email"]) == ("Ada <b>Lead</b>", "not an address")
    assert standing(app, result) is None


def test_the_very_words_are_kept_with_their_version_and_time(app: Flask, leader: Leader) -> None:
    result = finished(leader)
    read = leader.open(result)

    assert consent(leader, result, name="Ada Lead", email="Ada@Example.org").status == 303

    given = standing(app, result)
    assert given
    assert given.version == consenting.VERSION
    for line in given.words.splitlines():
        assert line in read.text
    assert (given.name, given.email) == ("Ada Lead", "Ada@Example.org")
    after = leader.open(result)
    assert "Ada@Example.org" in after.text
    assert "/consent" not in [form.action[-8:] for form in after.forms]


def test_words_that_have_changed_since_the_page_was_opened_are_read_again_first(
    app: Flask, leader: Leader
) -> None:
    result = finished(leader)

    refused = consent(leader, result, version="0")

    assert refused.status == 422
    assert "have changed" in refused.text
    assert "agree" not in refused.form("/consent").fields
    assert standing(app, result) is None


def test_it_is_listed_by_what_its_result_says(app: Flask, leader: Leader) -> None:
    report_id = shared_with_desk(leader, organisation="Harbour Ltd")

    with app.app_context(), reading() as connection:
        row = connection.execute(select(Listing)).one()
        patterns = set(connection.execute(select(ListingPattern.pattern)).scalars())
        words = set(connection.execute(select(ListingWord.word)).scalars())
        code = connection.execute(select(Listing.code)).scalar_one()
    assert (row.report_id, row.form, row.organisation) == (report_id, "quick", "Harbour Ltd")
    assert row.route
    result = leader.open(f"/reports/{report_id}.json").response.json
    assert patterns == {each["id"] for each in result["patterns"] if each["state"] == "present"}
    assert row.band == (result["bands"]["awarded"] or "")
    assert words == {"harbour", "ltd", *code.lower().split("-"), code.replace("-", "").lower()}


def test_a_double_click_is_one_consent(app: Flask, leader: Leader) -> None:
    result = finished(leader)
    form = leader.open(result).form("/consent")
    fields = {**form.fields, "agree": "y"}

    answers = [leader.client.post(form.action, data=fields, headers=OUR_PAGE).status_code for _ in range(2)]

    assert answers == [303, 303]
    with app.app_context():
        assert len(consents.of(id_of(result))) == 1


def test_a_form_that_comes_again_after_it_was_taken_back_gives_nothing(app: Flask, leader: Leader) -> None:
    result = finished(leader)
    form = leader.open(result).form("/consent")
    fields = {**form.fields, "agree": "y"}
    leader.client.post(form.action, data=fields, headers=OUR_PAGE)
    leader.send(leader.open(result), to="/withdraw")

    leader.client.post(form.action, data=fields, headers=OUR_PAGE)

    assert standing(app, result) is None


def test_it_is_taken_back_with_one_click_and_can_be_given_again(app: Flask, leader: Leader) -> None:
    report_id = shared_with_desk(leader)
    result = f"/reports/{report_id}/"

    assert leader.send(leader.open(result), to="/withdraw").status == 303

    assert standing(app, result) is None
    with app.app_context(), reading() as connection:
        assert connection.execute(select(Listing)).all() == []
    assert consent(leader, result).status == 303
    with app.app_context():
        assert [bool(each.withdrawn_at) for each in consents.of(report_id)] == [False, True]


def test_giving_and_taking_back_stand_in_the_audit_without_contents(app: Flask, leader: Leader) -> None:
    report_id = shared_with_desk(leader, name="Ada Lead", email="ada@example.org", organisation="Harbour Ltd")
    leader.send(leader.open(f"/reports/{report_id}/"), to="/withdraw")

    with app.app_context():
        entries = audit.page()

    told = [(each.who, each.verb, each.what) for each in reversed(entries)]
    assert told == [("leader", "consent given", report_id), ("leader", "consent withdrawn", report_id)]


def test_nobody_but_its_leader_gives_or_takes_back(app: Flask, leader: Leader) -> None:
    report_id = shared_with_desk(leader)
    other = Leader(app.test_client())
    other.start()
    form = other.open("").form()

    answers = [
        other.client.post(
            f"/reports/{which}/consent{more}", data={**form.fields, "agree": "y"}, headers=OUR_PAGE
        )
        for which in (report_id, "x" * 22)
        for more in ("", "/withdraw")
    ]

    assert [each.status_code for each in answers] == [404] * 4
    assert standing(app, f"/reports/{report_id}/")
