"""The private link: it opens the diagnosis elsewhere, until it is ended, and never travels."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from tests.leader import OUR_PAGE, Leader
from tests.web.diagnosis.common import FACTS, ITEM, finished, path_of


def test_the_private_link_opens_the_diagnosis_in_another_browser(leader: Leader, other: Leader) -> None:
    link = leader.start().private_link
    leader.draw("F1", 52)
    leader.check_item("F1", 1, reference="ATLAS-1187")

    opened = other.send(other.open(path_of(link)))
    other.base = opened.location

    assert (opened.status, opened.location) == (303, leader.base)
    assert other.open("F1/1").form("/F1/1").fields["reference"] == "ATLAS-1187"
    assert other.answer("F1/2", **ITEM).status == 303


def test_an_unknown_link_opens_nothing(other: Leader) -> None:
    asked = other.open("/diagnosis/resume/nothing")
    sent = other.client.post("/diagnosis/resume/nothing", headers=OUR_PAGE)

    assert (asked.status, sent.status_code) == (404, 404)
    assert "Set-Cookie" not in sent.headers


def test_the_link_is_shown_to_the_browser_that_made_it_and_to_no_other(leader: Leader, other: Leader) -> None:
    begun = leader.send(leader.open("/diagnosis/"), **FACTS)
    shown = leader.open(begun.location)
    leader.base = begun.location.partition("?")[0]
    link = shown.private_link
    other.send(other.open(path_of(link)))

    assert "private-link" not in leader.open("").text
    assert "private-link" not in other.open(begun.location).text
    assert link.rpartition("/")[2] not in begun.location


def test_another_link_works_beside_the_first_until_all_are_ended(
    begun: Leader, other: Leader, app: Flask
) -> None:
    made = begun.send(begun.open(""), to="/link")
    link = begun.open(made.location).private_link
    opened = other.send(other.open(path_of(link)))

    ended = begun.send(begun.open(""), to="/link", end="yes")

    assert (made.status, opened.status, ended.status) == (303, 303, 303)
    assert Leader(app.test_client()).open(path_of(link)).status == 404
    assert other.open(begun.base).status == 200


def test_links_can_be_made_and_ended_after_finishing(leader: Leader, other: Leader, app: Flask) -> None:
    first = leader.start().private_link
    report = finished(leader)

    made = leader.send(leader.open(report), to="/link")
    link = leader.open(made.location).private_link
    opened = other.send(other.open(path_of(link)))
    ended = leader.send(leader.open(report), to="/link", end="yes")

    assert made.location.startswith(report + "?link=")
    assert other.open(opened.location).location == report
    assert other.open(report).status == 200
    assert (ended.status, ended.location) == (303, report)
    for each in (first, link):
        assert Leader(app.test_client()).open(path_of(each)).status == 404


def test_links_can_be_ended_when_the_draft_of_the_questions_has_changed(
    app: Flask, leader: Leader, other: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = leader.start().private_link
    page = leader.open("")
    library = app.extensions["library"]
    changed = {key: each.model_copy(update={"sha256": "0" * 64}) for key, each in library.instruments.items()}
    monkeypatch.setitem(app.extensions, "library", replace(library, instruments=changed))

    assert leader.send(page, to="/link", end="yes").status == 303
    assert other.open(path_of(link)).status == 404


def test_nobody_else_ends_or_makes_a_link(leader: Leader, other: Leader) -> None:
    link = leader.start().private_link
    other.start()
    form = other.open("").form("/link").fields.to_dict()

    for more in ({}, {"end": "yes"}):
        sent = other.client.post(leader.base + "link", data={**form, **more}, headers=OUR_PAGE)
        assert sent.status_code == 404

    assert other.open(path_of(link)).status == 200


def test_the_link_of_one_diagnosis_is_not_shown_as_that_of_another(leader: Leader) -> None:
    first = leader.send(leader.open("/diagnosis/"), **FACTS).location
    leader.start(label="Team Beacon")

    page = leader.open(leader.base + "?" + first.partition("?")[2])

    assert "private-link" not in page.text


@pytest.mark.parametrize("kind", ["known", "unknown", "refused"])
def test_a_token_in_an_address_never_travels_and_its_form_still_says_where_it_is_from(
    leader: Leader, other: Leader, kind: str
) -> None:
    path = path_of(leader.start().private_link) if kind != "unknown" else "/diagnosis/resume/nothing"

    headers = (
        other.client.post(path, headers={"Origin": "https://elsewhere.example"}).headers
        if kind == "refused"
        else other.open(path).response.headers
    )

    # Sends the host alone, and with a form the origin: "no-referrer" would make of that "null".
    assert headers["Referrer-Policy"] == "strict-origin"


def test_every_page_of_a_diagnosis_is_kept_out_of_caches_indexes_and_referers(begun: Leader) -> None:
    begun.draw("F1", 52)

    for path in ("", "check", "F1/where", "F1/sample", "F1/1"):
        headers = begun.open(path).response.headers

        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in headers["X-Robots-Tag"]
