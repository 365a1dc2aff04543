"""Leaving: everything can be taken away, and deleted for good."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.store import answering, assessments, outbox, removal, reports
from assessment.store.removal import Periods
from tests.leader import Leader, Seen


@pytest.fixture
def leader(client: FlaskClient) -> Leader:
    """A leader who has begun a quick diagnosis and opened the first item."""
    leader = Leader(client)
    leader.start(form="pre-scan", label="Ferry <b>crew</b>")
    leader.walk()
    return leader


@pytest.fixture
def finished(leader: Leader) -> tuple[Leader, str]:
    """The same, finished; with the address of the result."""
    return leader, leader.finish().location


def delete(leader: Leader, page: Seen | None = None) -> Seen:
    return leader.send(page or leader.open("leave"), to="", sure="y")


def test_tasks_check_and_result_lead_to_leaving(leader: Leader) -> None:
    leave = f"{leader.base}leave"

    assert leave in leader.open("").links
    assert leave in leader.open("check").links
    assert leave in leader.open(leader.finish().location).links


def test_the_page_says_what_goes_and_what_stays(finished: tuple[Leader, str]) -> None:
    leader, _ = finished

    text = leader.open("leave").text

    assert "Ferry &lt;b&gt;crew&lt;/b&gt;" in text
    for said in ("pages of answers", "the result and its PDF", "every private link", "withdrawn", "backup"):
        assert said in text


def test_without_the_tick_nothing_is_deleted_and_the_page_says_what_is_missing(leader: Leader) -> None:
    refused = leader.send(leader.open("leave"))

    assert refused.status == 422
    assert "Tick the box" in refused.text
    assert leader.open("").status == 200


# --- delete -----------------------------------------------------------------------------------------


def test_deleting_leads_to_a_page_that_says_so_and_takes_the_last_cookie_back(
    finished: tuple[Leader, str],
) -> None:
    leader, result = finished
    before = [leader.base, f"{leader.base}leave", f"{leader.base}everything", result, f"{result[:-1]}.json"]

    gone = delete(leader)

    assert (gone.status, gone.location) == (303, "/diagnosis/left")
    assert leader.client.get_cookie("holder") is None
    said = leader.open(gone.location)
    assert said.status == 200
    assert "deleted" in said.text
    assert [leader.open(path).status for path in before] == [404] * 5


def test_the_cookie_stays_while_it_holds_something_else(leader: Leader) -> None:
    first = leader.base
    leader.start(form="pre-scan", label="Night shift")

    delete(leader)

    assert leader.client.get_cookie("holder")
    assert leader.open("").status == 404
    assert leader.open(first).status == 200


def test_a_private_link_of_what_was_deleted_opens_nothing(app: Flask, leader: Leader) -> None:
    page = leader.open("")
    link = leader.open(leader.send(page, to="/link").location).private_link

    delete(leader)

    other = Leader(app.test_client())
    assert other.open(link.removeprefix("http://127.0.0.1:8000")).status == 404


def test_deleting_twice_leads_to_the_same_page(leader: Leader) -> None:
    leader.start(form="pre-scan")  # so that the cookie stays
    page = leader.open("leave")

    assert [delete(leader, page).location for _ in range(2)] == ["/diagnosis/left"] * 2


def test_nobody_else_can_delete_it_or_take_it_away(app: Flask, leader: Leader) -> None:
    stranger = Leader(app.test_client())
    stranger.start(form="pre-scan")
    own = stranger.open("leave")

    for path in ("leave", "everything"):
        assert stranger.open(f"{leader.base}{path}").status == 404
    form = own.form()
    form.action = f"{leader.base}leave"
    sent = stranger.client.post(
        form.action, data={**form.fields, "sure": "y"}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert sent.status_code == 404
    assert leader.open("").status == 200


def test_what_is_typed_in_another_tab_after_the_deletion_is_handed_back(
    app: Flask, client: FlaskClient
) -> None:
    leader = Leader(client)
    leader.start()
    kept = leader.base
    leader.start()
    tab = leader.open(next(link for link in leader.open("").links if leader.is_question(link)))
    delete(leader)

    typed = leader.send(tab, way="items", where="The tracker of the ferry", query="q", population=40)

    assert typed.status == 404
    assert "The tracker of the ferry" in typed.text
    assert "It was deleted" in typed.text

    leader.base = kept  # and when the cookie went with the last one
    tab = leader.open(next(link for link in leader.open("").links if leader.is_question(link)))
    delete(leader)
    typed = leader.send(tab, way="items", where="The tracker of the ferry", query="q", population=40)

    assert typed.status == 403
    assert "The tracker of the ferry" in typed.text


def test_what_is_sent_while_it_is_deleted_is_handed_back(
    leader: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = answering.keep

    def deleted_meanwhile(assessment_id: str, **asked: object) -> object:
        assessments.delete(assessment_id)
        return keep(assessment_id, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(answering, "keep", deleted_meanwhile)
    page = leader.open(next(link for link in leader.open("check").links if leader.is_question(link)))

    sent = leader.send(page)

    assert sent.status == 404
    assert "There is no such diagnosis here" in sent.text


# --- take away --------------------------------------------------------------------------------------


def test_the_file_holds_everything_that_is_kept(app: Flask, finished: tuple[Leader, str]) -> None:
    leader, result = finished

    sent = leader.open("everything").response
    told = json.loads(sent.data)

    assert sent.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "Ferry" not in sent.headers["Content-Disposition"]
    assert "no-store" in sent.headers["Cache-Control"]
    with app.app_context():
        report = reports.load(result.split("/")[2])
        entries = answering.entries(report.assessment_id)
        times = assessments.times(report.assessment_id)
    assert told["facts"]["label"] == "Ferry <b>crew</b>"
    assert {(each["part"], each["page"]): each["values"] for each in told["pages"]} == {
        place: entry.values for place, entry in entries.items()
    }
    assert [each["saved_at"] for each in told["pages"]] == [
        times.saved[place].isoformat() for place in sorted(entries)
    ]
    assert told["report"]["result"] == json.loads(report.diagnosis)
    assert (told["report"]["code"], told["report"]["sha256"]) == (report.code, report.sha256)
    assert [each["sha256"] for each in told["report"]["signatures"] if each["of"] == "result"] == [
        report.sha256
    ]
    assert len(told["assessment"]["opened_in_a_browser_at"]) == len(told["assessment"]["links"]) == 1
    library = app.extensions["library"]
    again = diagnose(*read_answers(library.instruments.__getitem__, canonical(told["answers"])))
    assert canonical(again) == report.diagnosis


def test_a_draft_is_taken_away_as_far_as_it_is(client: FlaskClient) -> None:
    leader = Leader(client)
    leader.start()

    told = json.loads(leader.open("everything").response.data)

    assert (told["pages"], told["report"]) == ([], None)
    assert told["assessment"]["finished_at"] is None
    assert told["answers"]["observations"] == {}


def test_the_file_is_there_when_the_questions_have_changed(
    app: Flask, leader: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "library", replace(app.extensions["library"], instruments={}))

    told = json.loads(leader.open("everything").response.data)

    assert told["pages"]
    assert told["answers"] is None
    assert leader.open("leave").status == 200


# --- a PDF that was cleared ---------------------------------------------------------------------------


def test_a_pdf_that_was_cleared_is_made_again_when_it_is_asked_for(
    app: Flask, finished: tuple[Leader, str]
) -> None:
    leader, result = finished
    with app.app_context():
        owed = outbox.take("render", lease_s=30)
        assert owed
        outbox.done(owed, b"%PDF-")
        periods = Periods(timedelta(days=90), timedelta(days=365), timedelta(hours=24))
        removal.purge(datetime.now(UTC) + timedelta(hours=25), periods)
    pdf = f"{result[:-1]}.pdf"

    assert "Get the PDF" in leader.open(result).text
    waiting = leader.open(pdf)
    assert "not kept" in waiting.text
    again = leader.send(waiting, to="/paper")

    assert (again.status, again.location) == (303, pdf)
    assert leader.open(pdf).status == 202


def test_a_pdf_on_letter_is_made_when_it_is_asked_for(app: Flask, finished: tuple[Leader, str]) -> None:
    leader, result = finished
    letter = f"{result[:-1]}.pdf?paper=letter"
    with app.app_context():
        owed = outbox.take("render", lease_s=30)
        assert owed
        outbox.done(owed, b"%PDF-A4")

    assert f'href="{letter}"' in leader.open(result).text
    offered = leader.open(letter)
    assert offered.status == 404
    assert "made when you ask for it" in offered.text
    asked = leader.send(offered, to="/paper")
    assert (asked.status, asked.location) == (303, letter)
    assert leader.open(letter).status == 202
    with app.app_context():
        owed = outbox.take("letter", lease_s=30)
        assert owed
        outbox.done(owed, b"%PDF-Letter")

    assert leader.open(letter).text == "%PDF-Letter"
    assert leader.open(f"{result[:-1]}.pdf").text == "%PDF-A4"
