"""Single questions: dates, spreads, states, and what may not apply."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from assessment.store import database
from assessment.store.models import Assessment
from assessment.web.journey import run
from tests.leader import Leader
from tests.web.diagnosis.common import errors, kept


@pytest.mark.parametrize(
    ("path", "typed", "faults"),
    [
        ("F8/RC1", {}, ["Choose an answer."]),
        ("F8/RC1", {"answer": "date"}, ["Write the date.", "Choose how you know."]),
        (
            "F8/RC1",
            {"answer": "date", "date": "2999-01-01", "source": "memory"},
            ["This day is still to come. Write the day on which it happened."],
        ),
        (
            "F8/RC1",
            {"answer": "never", "source": "record"},
            ["Write its reference, or answer that it is from memory."],
        ),
        (
            "F1/LD1",
            {},
            [
                "Write how many you looked at, or tick that it could not be verified.",
                "Write a number, 0 for none.",
                "Choose where the counts come from.",
            ],
        ),
        ("F1/LD1", {"total": 10, "others": 11, "source": "memory"}, ["This is more than the 10 in all."]),
    ],
)
def test_an_incomplete_single_question_is_refused(
    begun: Leader, path: str, typed: dict[str, Any], faults: list[str]
) -> None:
    page = begun.answer(path, **typed)

    assert page.status == 422
    assert errors(page) == faults


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("F8/RC1", {"answer": "date", "date": "2026-01-31", "source": "record", "reference": "Log 7"}),
        ("F8/RC1", {"answer": "never", "source": "memory"}),
        ("F8/RC1", {"answer": "no-record"}),
        ("F1/LD1", {"total": 10, "others": 4, "source": "report", "place": "Board"}),
        ("F1/LD1", {"unverified": "y"}),
    ],
)
def test_a_complete_single_question_is_kept(
    app: Flask, begun: Leader, path: str, typed: dict[str, Any]
) -> None:
    sent = begun.answer(path, **typed)

    part, page = path.split("/")
    record = kept(app, begun)[part, page].values
    assert sent.status == 303
    assert {name: str(record[name]) for name in typed} == {
        name: "True" if name == "unverified" else str(value) for name, value in typed.items()
    }


def test_a_small_team_is_never_asked_for_a_share(leader: Leader) -> None:
    leader.start(team_size=4)

    page = leader.open("F1/LD1")

    assert "total" not in page.form("/LD1").names
    assert leader.answer("F1/LD1", concentrated="no", source="memory").status == 303


def test_where_it_is_already_tomorrow_today_can_be_answered(
    app: Flask, leader: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "today", lambda: date(2026, 6, 30))
    leader.start(window_end="2026-06-30")
    with app.app_context(), database.writing() as connection:  # as if it had been started on that day
        connection.execute(
            update(Assessment)
            .where(Assessment.id == leader.base.split("/")[2])
            .values(started_at=datetime(2026, 6, 30, 12, tzinfo=UTC))
        )
    said = {"answer": "date", "source": "record", "reference": "Log 7"}

    late = leader.answer("F8/RC1", date="2026-07-02", **said)
    kept_today = leader.answer("F8/RC1", date="2026-07-01", **said)
    report = leader.finish().location

    assert errors(late) == ["This day is still to come. Write the day on which it happened."]
    assert kept_today.status == 303
    found = leader.client.get(report.rstrip("/") + ".json").json
    assert found["answers"]["as_of"] == "2026-06-30"
    assert found["answers"]["observations"]["RC1"]["sound"] == 4


def test_a_look_back_may_end_years_ago(leader: Leader) -> None:
    leader.start(window_end="2021-06-30")

    assert "From 2 March 2021 to 31 May 2021." in leader.open("F1/where").text
    late = leader.answer("F8/RC1", answer="date", date="2021-07-01", source="memory")
    assert errors(late) == ["This day is still to come. Write the day on which it happened."]


def test_a_single_question_may_not_apply_where_the_instrument_allows_it(app: Flask, leader: Leader) -> None:
    leader.start(form="full")

    sent = leader.answer("F7/AI3", level="not-applicable-0")

    assert sent.status == 303
    record = kept(app, leader)["F7", "AI3"].values
    assert (record["level"], record["reason"]) == (None, "no AI-assisted work in the window")
    assert leader.open("F7/AI3").form("/AI3").fields["level"] == "not-applicable-0"
    assert "no AI-assisted work in the window" in leader.open("check").text
    assert "not-applicable-0" not in leader.open("F8/VS4").form("/VS4").choices["level"]


def test_answers_whose_wording_is_provisional_are_called_so(leader: Leader) -> None:
    leader.start(form="full")

    assert "The wording of these answers is provisional." in leader.open("F8/VS4").text
    assert "provisional" not in leader.open("F7/AI3").text
    assert "The wording of these answers is provisional." in leader.open("/diagnosis/questions/full").text
