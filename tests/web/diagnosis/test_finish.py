"""Finishing: once, with gaps, and for good."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask

from tests.leader import OUR_PAGE, Leader
from tests.web.diagnosis.common import ITEM


def test_an_empty_diagnosis_cannot_be_finished(begun: Leader) -> None:
    page = begun.open("check")
    token = begun.open("F1/where").form("/where").fields

    forced = begun.client.post(
        begun.base + "finish",
        data={"csrf_token": token["csrf_token"], "request_id": token["request_id"]},
        headers=OUR_PAGE,
    )

    assert "Nothing can be scored yet" in page.text
    assert page.forms == []
    assert forced.status_code == 422


def test_finishing_twice_gives_one_report(begun: Leader) -> None:
    begun.walk()
    page = begun.open("check")

    first, second = begun.send(page), begun.send(page)
    third = begun.send(page, request_id="0" * 32)

    assert first.status == 303
    assert re.fullmatch(r"/reports/[\w-]+/", first.location)
    assert first.location == second.location == third.location


def test_finishing_with_gaps_is_allowed(begun: Leader) -> None:
    begun.answer("F8/RC1", answer="never", source="memory")

    assert begun.finish().status == 303


def test_a_finished_diagnosis_leads_to_its_report_and_takes_no_answer(begun: Leader) -> None:
    begun.draw("F1", 52)
    item = begun.open("F1/1")
    begun.answer("F8/RC1", answer="never", source="memory")
    report = begun.finish().location

    late = begun.send(item, **ITEM)
    wrong = begun.send(item, VD1="yes")

    assert (late.status, wrong.status) == (409, 409)
    assert "ATLAS-1187" in late.text
    for path in ("", "check", "F1/1", "F1/sample"):
        assert (begun.open(path).status, begun.open(path).location) == (303, report)


def test_a_diagnosis_of_a_changed_draft_says_so_and_hands_back_the_text(
    app: Flask, begun: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    library = app.extensions["library"]
    changed = {key: each.model_copy(update={"sha256": "0" * 64}) for key, each in library.instruments.items()}
    monkeypatch.setitem(app.extensions, "library", replace(library, instruments=changed))

    sent = begun.send(page, **ITEM)

    assert (sent.status, begun.open("").status) == (409, 409)
    assert "The questions have changed" in sent.text
    assert "ATLAS-1187" in sent.text
