"""Finishing: it happens once, holds every answer that was acknowledged, and nothing is answered after it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask

from assessment.store import answering, finishing, reports
from assessment.store.answering import Entry, Kept, Replayed
from assessment.store.assessments import Finished, UnknownAssessment
from assessment.store.finishing import Changed
from assessment.store.models import Outbox, Report
from tests.store.conftest import an_assessment, at_once, finish, keep, rows


def test_finishing_freezes_the_diagnosis_byte_for_byte_and_owes_its_paper(memory: Flask) -> None:
    started = an_assessment("mine")
    keep(started.assessment_id)

    canonical = '{"team":"Fähre"}\n'.encode()

    report_id = finish(started.assessment_id, canonical)

    report = reports.find(report_id, by="mine")
    assert report is not None
    assert report.diagnosis == canonical
    assert report.sha256 == hashlib.sha256(canonical).hexdigest()
    assert report.assessment_id == started.assessment_id
    assert reports.pdf(report_id) is None
    assert reports.pdf_state(report_id) == "waiting"
    assert rows(Outbox) == 1


def test_finishing_again_gives_the_same_report_whatever_the_diagnosis(memory: Flask) -> None:
    started = an_assessment("mine")

    first, second = finish(started.assessment_id, b"one"), finish(started.assessment_id, b"another")

    report = reports.find(first, by="mine")
    assert first == second
    assert report is not None
    assert report.diagnosis == b"one"


def test_fifty_who_finish_at_once_make_one_report_and_owe_one_paper(memory: Flask) -> None:
    started = an_assessment("mine")
    keep(started.assessment_id)
    seen = answering.entries(started.assessment_id)

    outcomes = at_once(
        memory,
        50,
        lambda n: finishing.finish(started.assessment_id, diagnosis=b"%d" % n, seen=seen),
    )

    assert len(set(outcomes)) == 1
    assert isinstance(outcomes[0], Finished)
    assert (rows(Report), rows(Outbox)) == (1, 1)


def test_an_answer_kept_while_the_diagnosis_was_made_is_not_left_out_of_it(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id)
    seen = answering.entries(started.assessment_id)
    keep(started.assessment_id, {"D1": "no"}, request_id="meanwhile", version=1)

    outcome = finishing.finish(started.assessment_id, diagnosis=b"old", seen=seen)

    assert outcome == Changed()
    assert rows(Report) == 0
    assert finish(started.assessment_id)


def test_every_answer_acknowledged_while_others_finish_is_in_what_was_diagnosed(memory: Flask) -> None:
    started = an_assessment()

    def act(number: int) -> Any:
        if number:
            return keep(started.assessment_id, page=str(number), request_id=f"request {number}")
        while True:
            seen = answering.entries(started.assessment_id)
            diagnosis = " ".join(sorted(page for _, page in seen)).encode()
            outcome = finishing.finish(started.assessment_id, diagnosis=diagnosis, seen=seen)
            if isinstance(outcome, Finished):
                return outcome

    finished, *outcomes = at_once(memory, 12, act)

    report = reports.load(finished.report_id)
    kept = {str(n) for n, each in enumerate(outcomes, start=1) if isinstance(each, Kept)}
    assert set(report.diagnosis.decode().split()) == kept
    assert all(each in (Kept("/next", 1), finished) for each in outcomes)


def test_after_finishing_nothing_is_answered_any_more(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id)
    report_id = finish(started.assessment_id)

    changed = keep(started.assessment_id, {"D1": "no"}, version=1, request_id="after")
    added = keep(started.assessment_id, page="2", request_id="also after")

    assert (changed, added) == (Finished(report_id), Finished(report_id))
    assert answering.entries(started.assessment_id) == {("F1", "1"): Entry({"D1": "yes"}, 1)}


def test_a_save_repeated_after_finishing_is_answered_as_it_was(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id, location="/where it led")
    finish(started.assessment_id)

    assert keep(started.assessment_id) == Replayed("/where it led")


def test_an_unknown_assessment_cannot_be_finished(memory: Flask) -> None:
    with pytest.raises(UnknownAssessment):
        finishing.finish("no such assessment", diagnosis=b"", seen={})
