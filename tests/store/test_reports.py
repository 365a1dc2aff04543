"""Reports: who sees them, their codes and their paper."""

from __future__ import annotations

import hashlib
import re

import pytest
from flask import Flask

from assessment.store import assessments, finishing, outbox, reports
from assessment.store.secret import LETTERS, new_code
from tests.store.conftest import an_assessment, finish


def test_a_report_opens_for_those_who_hold_its_assessment_and_for_no_other(memory: Flask) -> None:
    started = an_assessment("mine")
    report_id = finish(started.assessment_id)
    assessments.resume(started.resume_token, holder="my phone")

    found = [reports.find(report_id, by=name) for name in ("mine", "my phone", "theirs")]

    assert [each.id if each else None for each in found] == [report_id, report_id, None]
    assert reports.find("no such report", by="mine") is None


def test_an_unknown_report_cannot_be_loaded(memory: Flask) -> None:
    with pytest.raises(LookupError):
        reports.load("no such report")


def test_a_code_says_which_instrument_and_has_no_letter_that_is_mistaken_for_another(memory: Flask) -> None:
    report = reports.load(finish(an_assessment().assessment_id))

    assert re.fullmatch(r"EI(-[2-9ACDEFGHJKMNPQRTVWXY]{4}){2}", report.code)
    assert not set(LETTERS) & set("01BILOSUZ")


def test_codes_differ() -> None:
    # 27 letters in 8 places: two among 2,000 are equal once in 140,000 runs.
    assert len({new_code("execution-integrity/1.0.0") for _ in range(2000)}) == 2000


def test_a_code_that_is_taken_is_drawn_again(memory: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["EI-2222-2222", "EI-2222-2222", "EI-3333-3333"])
    monkeypatch.setattr(finishing, "new_code", lambda _: next(drawn))

    codes = [reports.load(finish(an_assessment().assessment_id)).code for _ in range(2)]

    assert codes == ["EI-2222-2222", "EI-3333-3333"]


def test_the_paper_is_there_once_it_is_made(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id)
    owed = outbox.take("render", lease_s=30)
    assert owed is not None

    outbox.done(owed, b"%PDF-1.7 one")

    paper = reports.pdf(report_id)
    assert paper is not None
    assert paper.bytes == b"%PDF-1.7 one"
    assert paper.sha256 == hashlib.sha256(b"%PDF-1.7 one").hexdigest()
    assert reports.pdf_state(report_id) == "ready"


def test_every_frozen_diagnosis_is_read_once_page_by_page(memory: Flask) -> None:
    made = {reports.load(finish(an_assessment().assessment_id)).code for _ in range(7)}

    pages = list(reports.frozen_pages(3))

    assert [len(page) for page in pages] == [3, 3, 1]
    assert {each.code for page in pages for each in page} == made
    assert reports.count() == 7
    assert pages[0][0].sha256 == hashlib.sha256(pages[0][0].diagnosis).hexdigest()


def test_a_report_that_is_made_while_pages_are_read_disturbs_nothing(memory: Flask) -> None:
    made = {reports.load(finish(an_assessment().assessment_id)).code for _ in range(4)}

    pages = reports.frozen_pages(2)
    first = next(pages)
    finish(an_assessment().assessment_id)
    rest = [each for page in pages for each in page]

    codes = [each.code for each in (*first, *rest)]
    assert made <= set(codes)
    assert len(codes) == len(set(codes))
