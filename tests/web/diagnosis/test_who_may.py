"""Who may: forms of this site, this browser's key, and addresses that lead somewhere."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.leader import OUR_PAGE, Leader
from tests.web.diagnosis.common import FACTS, ITEM, kept


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_a_form_of_another_site_is_refused_with_its_text(
    app: Flask, begun: Leader, headers: dict[str, str]
) -> None:
    begun.draw("F1", 52)

    sent = begun.send(begun.open("F1/1"), headers=headers, **ITEM)
    start = begun.send(begun.open("/diagnosis/"), headers=headers, **FACTS)

    assert (sent.status, start.status) == (403, 403)
    assert "ATLAS-1187" in sent.text
    assert "Team Atlas" in start.text
    assert sent.forms == []
    assert ("F1", "1") not in kept(app, begun)


@pytest.mark.parametrize("headers", [OUR_PAGE, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}])
def test_a_form_of_our_own_is_accepted_from_new_browsers_and_old(
    begun: Leader, headers: dict[str, str]
) -> None:
    begun.draw("F1", 52)

    assert begun.send(begun.open("F1/1"), headers=headers, **ITEM).status == 303


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é"])
def test_a_form_without_the_token_of_this_browser_is_refused_with_its_text(begun: Leader, token: Any) -> None:
    begun.draw("F1", 52)

    sent = begun.send(begun.open("F1/1"), csrf_token=token, **ITEM)

    assert sent.status == 403
    assert "ATLAS-1187" in sent.text


def test_when_the_cookie_is_gone_nothing_typed_is(begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    begun.client.delete_cookie("holder")

    sent = begun.send(page, **ITEM)

    assert sent.status == 403
    assert "ATLAS-1187" in sent.text


def test_a_foreign_diagnosis_and_one_that_never_was_look_the_same(begun: Leader, other: Leader) -> None:
    other.start()
    begun.draw("F1", 52)
    pages = ["", "check", "F1/where", "F1/sample", "F1/1", "F8/RC1"]

    for path in pages:
        foreign, unknown = (
            other.open(begun.base + path),
            other.open("/diagnosis/AAAAAAAAAAAAAAAAAAAAAA/" + path),
        )

        assert (foreign.status, unknown.status) == (404, 404)
        assert foreign.text == unknown.text


def test_what_is_sent_to_a_foreign_diagnosis_is_handed_back(app: Flask, begun: Leader, other: Leader) -> None:
    begun.draw("F1", 52)
    other.start()
    page = begun.open("F1/1")
    token = other.open("F1/where").form("/where").fields["csrf_token"]

    sent = other.send(page, **{**ITEM, "csrf_token": token})

    assert sent.status == 404
    assert "ATLAS-1187" in sent.text
    assert ("F1", "1") not in kept(app, begun)


@pytest.mark.parametrize(
    "path", ["F9/where", "F1/nowhere", "F1/0", "F1/001", "F8/VD1", "F9/sample", "where", "F1/%00"]
)
def test_an_address_that_no_answer_leads_to_is_not_there(begun: Leader, path: str) -> None:
    assert begun.open(path).status == 404


@pytest.mark.parametrize("path", ["F1/1", "F1/sample", "F2/counts"])
def test_an_address_that_other_answers_lead_to_goes_back_to_the_tasks(begun: Leader, path: str) -> None:
    page = begun.open(path)

    assert (page.status, page.location) == (303, begun.base)


def test_an_answer_to_a_question_no_longer_asked_is_handed_back(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    begun.answer("F1/where", way="counts")

    sent = begun.send(page, **ITEM)

    assert sent.status == 409
    assert "ATLAS-1187" in sent.text
    assert ("F1", "1") not in kept(app, begun)
