"""Assessments: who may open them, what is kept, and who comes back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessment.store import answering, assessments
from assessment.store.answering import Conflict, Entry, Kept, Replayed
from assessment.store.assessments import Started, UnknownAssessment
from assessment.store.models import Answer, Assessment, Receipt
from tests.store.conftest import an_assessment, at_once, entry, finish, keep, rows

# --- who may open an assessment -------------------------------------------------------------------


def test_an_assessment_opens_for_the_browser_that_started_it_and_for_no_other(memory: Flask) -> None:
    started = an_assessment(holder="mine")

    mine = assessments.held(started.assessment_id, by="mine")

    assert mine is not None
    assert mine.facts == {"form": "quick", "team_size": 7, "label": "Ferry"}
    assert (mine.instrument_key, mine.instrument_sha256) == ("execution-integrity/1.0.0", "ab" * 32)
    assert mine.started_at.utcoffset() is not None
    assert (mine.finished_at, mine.report_id) == (None, None)
    assert assessments.held(started.assessment_id, by="theirs") is None
    assert assessments.held("no such assessment", by="mine") is None


def test_a_browser_lists_its_own_assessments_the_newest_first(memory: Flask) -> None:
    first, second = an_assessment("mine"), an_assessment("mine")
    an_assessment("theirs")

    listed = assessments.listed("mine")

    assert [each.id for each in listed] == [second.assessment_id, first.assessment_id]


def test_a_finished_assessment_says_when_and_where_its_report_is(memory: Flask) -> None:
    started = an_assessment("mine")
    report_id = finish(started.assessment_id)

    mine = assessments.held(started.assessment_id, by="mine")

    assert mine is not None
    assert mine.report_id == report_id
    assert mine.finished_at is not None
    assert mine.finished_at >= mine.started_at


LINK = "s" * 43


def test_fifty_starts_of_one_name_begin_one_assessment_with_one_link(memory: Flask) -> None:
    def start(_: int) -> Started:
        return assessments.start(
            holder="mine",
            instrument_key="execution-integrity/1.0.0",
            instrument_sha256="ab" * 32,
            facts={"label": "Ferry"},
            resume_token=LINK,
        )

    begun = at_once(memory, 50, start)

    assert len(set(begun)) == 1
    assert rows(Assessment) == 1
    assert assessments.resume_peek(LINK) == begun[0].assessment_id
    assert [each.id for each in assessments.listed("mine")] == [begun[0].assessment_id]


def test_a_holder_is_known_by_what_it_holds(memory: Flask) -> None:
    an_assessment("mine")

    assert assessments.is_holder("mine")
    assert not assessments.is_holder("planted by somebody")


# --- resuming -------------------------------------------------------------------------------------


def test_a_resume_link_opens_the_assessment_in_another_browser_as_often_as_it_is_used(memory: Flask) -> None:
    started = an_assessment("mine")

    opened = [assessments.resume(started.resume_token, holder=name) for name in ("phone", "phone", "desk")]

    assert opened == [started.assessment_id] * 3
    assert assessments.held(started.assessment_id, by="phone")
    assert assessments.held(started.assessment_id, by="desk")


def test_looking_at_a_resume_link_opens_nothing(memory: Flask) -> None:
    started = an_assessment("mine")

    assert all(assessments.resume_peek(started.resume_token) for _ in range(10))
    assert assessments.held(started.assessment_id, by="scanner") is None


def test_an_unknown_link_opens_nothing(memory: Flask) -> None:
    started = an_assessment("mine")

    wrong = started.resume_token[:-1] + ("A" if started.resume_token[-1] != "A" else "B")

    assert not assessments.resume_peek(wrong)
    assert assessments.resume(wrong, holder="thief") is None


def test_revoking_ends_every_link_and_leaves_those_who_hold_the_assessment(memory: Flask) -> None:
    started = an_assessment("mine")
    another = assessments.new_resume(started.assessment_id)
    assert assessments.resume_peek(started.resume_token)
    assert assessments.resume_peek(another)

    assessments.revoke_resume(started.assessment_id)

    assert assessments.resume(started.resume_token, holder="phone") is None
    assert assessments.resume(another, holder="phone") is None
    assert assessments.held(started.assessment_id, by="mine")
    assert assessments.resume_peek(assessments.new_resume(started.assessment_id))


def test_a_link_made_twice_is_one_link(memory: Flask) -> None:
    started = an_assessment("mine")

    again = assessments.new_resume(started.assessment_id, token=started.resume_token)

    assert again == started.resume_token
    assert assessments.resume_peek(again)


def test_neither_cookie_nor_resume_secret_is_in_the_files_of_the_database(
    memory: Flask, tmp_path: Path
) -> None:
    started = an_assessment("the value of a cookie")
    assessments.resume(started.resume_token, holder="the cookie of another")

    files = b"".join(path.read_bytes() for path in tmp_path.rglob("site.db*"))

    assert started.assessment_id.encode() in files  # which shows that the search would find the others
    for secret in ("the value of a cookie", "the cookie of another", started.resume_token):
        assert secret.encode() not in files


# --- keeping answers ------------------------------------------------------------------------------


def test_what_is_kept_can_be_read_with_its_version(memory: Flask) -> None:
    started = an_assessment()

    first = keep(started.assessment_id, {"D1": "yes"}, request_id="request 1", location="/a")
    second = keep(started.assessment_id, {"D1": "no"}, request_id="request 2", version=1, location="/b")

    assert (first, second) == (Kept("/a", 1), Kept("/b", 2))
    assert answering.entries(started.assessment_id) == {("F1", "1"): Entry({"D1": "no"}, 2)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(
    values=st.dictionaries(
        st.text(max_size=8),
        st.text(st.characters(exclude_categories=["Cs"]))
        | st.integers(-(10**9), 10**9)
        | st.none()
        | st.booleans()
        | st.lists(st.integers(0, 99), max_size=5),
        min_size=1,
        max_size=5,
    )
)
def test_stored_equals_typed(memory: Flask, values: dict[str, Any]) -> None:
    started = an_assessment()

    keep(started.assessment_id, values)

    assert entry(started.assessment_id) == Entry(values, 1)


def test_the_same_request_is_carried_out_once_and_leads_where_it_led(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id, {"D1": "yes"}, location="/where it led")

    again = keep(started.assessment_id, {"D1": "yes"}, location="/somewhere else")

    assert again == Replayed("/where it led")
    assert entry(started.assessment_id) == Entry({"D1": "yes"}, 1)


def test_a_late_repetition_does_not_undo_what_came_after(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id, {"D1": "yes"}, request_id="request 1")
    keep(started.assessment_id, {"D1": "no"}, request_id="request 2", version=1)

    late = keep(started.assessment_id, {"D1": "yes"}, request_id="request 1")

    assert late == Replayed("/next")
    assert entry(started.assessment_id) == Entry({"D1": "no"}, 2)


def test_a_form_brought_back_with_its_old_request_id_and_new_values_is_not_taken_for_a_repetition(
    memory: Flask,
) -> None:
    started = an_assessment()
    keep(started.assessment_id, {"D1": "yes"})

    edited = keep(started.assessment_id, {"D1": "no"})

    assert edited == Conflict(Entry({"D1": "yes"}, 1))


def test_a_form_made_before_somebody_else_saved_changes_nothing_and_shows_what_stands(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id, {"D1": "yes"}, request_id="in one tab")

    other = keep(started.assessment_id, {"D1": "no"}, request_id="in another")

    assert other == Conflict(Entry({"D1": "yes"}, 1))
    assert entry(started.assessment_id) == Entry({"D1": "yes"}, 1)


def test_after_a_conflict_the_page_can_be_saved_from_the_version_that_stands(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id, {"D1": "yes"}, request_id="in one tab")
    conflict = keep(started.assessment_id, {"D1": "no"}, request_id="in another")

    mine = keep(started.assessment_id, {"D1": "no"}, request_id="in another", version=conflict.entry.version)

    assert mine == Kept("/next", 2)


def test_saying_what_already_stands_is_no_conflict(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id, {"D1": "yes", "D2": "no"}, request_id="in one tab")

    same = keep(started.assessment_id, {"D2": "no", "D1": "yes"}, request_id="in another", location="/on")

    assert same == Kept("/on", 1)


def test_a_request_id_of_another_assessment_neither_tells_nor_blocks_anything(memory: Flask) -> None:
    theirs, mine = an_assessment("theirs"), an_assessment("mine")
    keep(theirs.assessment_id, request_id="the same id", location="/theirs")

    outcome = keep(mine.assessment_id, request_id="the same id", location="/mine")

    assert outcome == Kept("/mine", 1)
    assert keep(mine.assessment_id, request_id="the same id", location="/mine") == Replayed("/mine")


def test_one_request_id_on_two_pages_loses_neither(memory: Flask) -> None:
    started = an_assessment()

    outcomes = [keep(started.assessment_id, page=page) for page in ("1", "2")]

    assert outcomes == [Kept("/next", 1)] * 2
    assert set(answering.entries(started.assessment_id)) == {("F1", "1"), ("F1", "2")}


def test_there_is_no_keeping_in_an_unknown_assessment(memory: Flask) -> None:
    with pytest.raises(UnknownAssessment):
        keep("no such assessment")

    assert (rows(Answer), rows(Receipt)) == (0, 0)


# --- many at once ---------------------------------------------------------------------------------


def test_of_many_who_answer_one_page_at_once_one_is_kept_and_the_others_are_shown_it(memory: Flask) -> None:
    started = an_assessment()

    outcomes = at_once(
        memory, 12, lambda n: keep(started.assessment_id, {"D1": str(n)}, request_id=f"request {n}")
    )

    stands = entry(started.assessment_id)
    assert stands is not None
    assert Counter(type(each) for each in outcomes) == {Kept: 1, Conflict: 11}
    assert isinstance(outcomes[int(stands.values["D1"])], Kept)
    assert all(each == Conflict(stands) for each in outcomes if isinstance(each, Conflict))


def test_one_request_sent_many_times_at_once_is_carried_out_once(memory: Flask) -> None:
    started = an_assessment()

    outcomes = at_once(memory, 12, lambda _: keep(started.assessment_id))

    assert Counter(outcomes) == {Kept("/next", 1): 1, Replayed("/next"): 11}
    assert entry(started.assessment_id) == Entry({"D1": "yes"}, 1)


def test_many_who_answer_different_pages_at_once_lose_nothing(memory: Flask) -> None:
    started = an_assessment()

    def leader(number: int) -> list[Any]:
        return [
            keep(
                started.assessment_id,
                {"D1": f"{number}/{n}"},
                part=f"F{number}",
                page=str(n),
                request_id=f"{number}/{n}",
            )
            for n in range(25)
        ]

    outcomes = [each for every in at_once(memory, 8, leader) for each in every]

    kept = answering.entries(started.assessment_id)
    assert outcomes == [Kept("/next", 1)] * 200
    assert {place: each.values["D1"] for place, each in kept.items()} == {
        (f"F{number}", str(n)): f"{number}/{n}" for number in range(8) for n in range(25)
    }
