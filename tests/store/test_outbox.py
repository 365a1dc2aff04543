"""The outbox: what is owed is done once, whoever is killed meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from assessment.store import outbox, reports
from assessment.store.database import reading, writing
from assessment.store.models import Outbox, ReportFile
from assessment.store.outbox import Owed
from tests.store.conftest import an_assessment, at_once, finish

LEASE_S = 30


def owe() -> str:
    """Finish an assessment; return the report whose paper is owed now."""
    return finish(an_assessment().assessment_id)


def take() -> Owed | None:
    return outbox.take("render", lease_s=LEASE_S)


def taken() -> Owed:
    owed = take()
    assert owed is not None
    return owed


def pass_time(seconds: float) -> None:
    """Let the rows grow older; negative: set the clock of the machine back."""
    shift = timedelta(seconds=seconds)
    with writing() as connection:
        for row in connection.execute(select(Outbox.id, Outbox.next_at, Outbox.lease_until)).all():
            connection.execute(
                update(Outbox)
                .where(Outbox.id == row.id)
                .values(next_at=row.next_at - shift, lease_until=row.lease_until and row.lease_until - shift)
            )


def state_of(report_id: str) -> tuple[str, str]:
    with reading() as connection:
        row = connection.execute(
            select(Outbox.state, Outbox.last_error).where(Outbox.report_id == report_id)
        ).one()
    return row.state, row.last_error


def test_nothing_is_owed_before_a_diagnosis_is_finished(memory: Flask) -> None:
    an_assessment()

    assert take() is None


def test_what_is_owed_is_taken_by_one(memory: Flask) -> None:
    report_id = owe()

    first, second = take(), take()

    assert first is not None
    assert (first.report_id, first.attempts) == (report_id, 1)
    assert second is None


def test_many_who_take_at_once_take_different_rows(memory: Flask) -> None:
    owing = {owe() for _ in range(5)}

    rows = [row for row in at_once(memory, 12, lambda _: take()) if row]

    assert sorted(row.report_id for row in rows) == sorted(owing)


def test_the_longest_owed_is_taken_first(memory: Flask) -> None:
    owing = [owe() for _ in range(3)]

    assert [taken().report_id for _ in range(3)] == owing


def test_work_of_one_kind_is_not_taken_by_who_does_another(memory: Flask) -> None:
    owe()

    assert outbox.take("mail", lease_s=LEASE_S) is None


def test_what_is_done_is_not_owed_any_more(memory: Flask) -> None:
    report_id = owe()
    outbox.done(taken(), b"%PDF-")
    pass_time(3600)

    assert take() is None
    assert state_of(report_id) == ("done", "")


def test_a_row_whose_taker_was_killed_is_taken_again_when_its_lease_ends(memory: Flask) -> None:
    report_id = owe()
    killed = taken()

    pass_time(LEASE_S - 5)
    assert take() is None
    pass_time(10)
    again = taken()

    assert (again.report_id, again.attempts) == (report_id, killed.attempts + 1)


def test_however_often_its_taker_is_killed_a_row_is_not_given_up_as_failed(memory: Flask) -> None:
    report_id = owe()

    for _ in range(10):
        taken()
        pass_time(LEASE_S + 1)
    outbox.done(taken(), b"%PDF-")

    assert reports.pdf_state(report_id) == "ready"


def test_a_failure_is_tried_again_after_a_pause_that_grows(memory: Flask) -> None:
    owe()
    pauses = []

    for _ in range(2):
        assert not outbox.failed(taken(), "no memory")
        waited = 0
        while take_or_none_and_put_back() is None:
            pass_time(1)
            waited += 1
        pauses.append(waited)

    assert pauses == sorted(set(pauses))
    assert sum(pauses) < 60


def take_or_none_and_put_back() -> Owed | None:
    """Return a row that is due and leave it due."""
    owed = take()
    if owed:
        with writing() as connection:
            connection.execute(update(Outbox).where(Outbox.id == owed.id).values(lease_until=None))
    return owed


def test_after_the_third_failure_it_is_given_up_and_says_why(memory: Flask) -> None:
    report_id = owe()
    given_up = []

    for number in range(3):
        given_up.append(outbox.failed(taken(), f"fault {number}"))
        pass_time(60)

    assert given_up == [False, False, True]
    assert take() is None
    assert state_of(report_id) == ("failed", "fault 2")
    assert reports.pdf_state(report_id) == "failed"


def test_what_would_fail_again_is_given_up_at_once(memory: Flask) -> None:
    report_id = owe()

    assert outbox.failed(taken(), "it took longer than 15 s", again=False)

    pass_time(3600)
    assert take() is None
    assert reports.pdf_state(report_id) == "failed"


def test_whoever_is_slower_than_the_lease_cannot_say_that_it_failed(memory: Flask) -> None:
    report_id = owe()
    slow = taken()
    pass_time(LEASE_S + 1)
    quick = taken()

    assert not outbox.failed(slow, "too late", again=False)

    assert state_of(report_id) == ("waiting", "")
    outbox.done(quick, b"%PDF-")
    assert not outbox.failed(slow, "too late", again=False)
    assert state_of(report_id) == ("done", "")


def test_a_paper_made_twice_is_kept_once(memory: Flask) -> None:
    report_id = owe()
    slow = taken()
    pass_time(LEASE_S + 1)
    quick = taken()

    outbox.done(quick, b"%PDF- the first")
    outbox.done(slow, b"%PDF- the second")

    paper = reports.pdf(report_id)
    assert paper is not None
    assert paper.bytes == b"%PDF- the first"


@pytest.mark.parametrize("days", [1, 400])
def test_a_clock_that_is_set_back_holds_nothing_up(memory: Flask, days: int) -> None:
    report_id = owe()
    taken()
    pass_time(-86400 * days)

    assert taken().report_id == report_id


# --- what is owed again ---------------------------------------------------------------------------


def lose_paper() -> None:
    with writing() as connection:
        connection.execute(delete(ReportFile))


def test_a_paper_that_was_lost_is_owed_again(memory: Flask) -> None:
    report_id = owe()
    outbox.done(taken(), b"%PDF-")
    assert outbox.owe_again() == 0

    lose_paper()

    assert outbox.owe_again() == 1
    assert taken().report_id == report_id
    assert outbox.owe_again() == 0


def test_what_was_given_up_is_owed_again_after_hours_with_all_its_tries(memory: Flask) -> None:
    report_id = owe()
    outbox.failed(taken(), "it took longer than 15 s", again=False)
    pass_time(2 * 3600)
    assert outbox.owe_again() == 0

    pass_time(3700)

    assert outbox.owe_again() == 1
    for _ in range(2):
        assert not outbox.failed(taken(), "a crash")
        pass_time(60)
    assert reports.pdf_state(report_id) == "delayed"
    outbox.done(taken(), b"%PDF-")
    assert reports.pdf_state(report_id) == "ready"


def test_what_was_postponed_waits_minutes_and_counts_neither_as_failure_nor_as_attempt(
    memory: Flask,
) -> None:
    report_id = owe()

    for _ in range(outbox.ATTEMPTS_AT_MOST + 1):
        owed = taken()
        assert owed.attempts == 1
        outbox.postponed(owed, "Pango is not installed")
        pass_time(outbox.POSTPONED_S - 10)
        assert take() is None
        assert reports.pdf_state(report_id) == "delayed"
        pass_time(20)

    outbox.done(taken(), b"%PDF-")
    assert reports.pdf_state(report_id) == "ready"


def test_whoever_is_slower_than_the_lease_cannot_postpone(memory: Flask) -> None:
    owe()
    slow = taken()
    pass_time(LEASE_S + 1)
    quick = taken()

    outbox.postponed(slow, "too late")

    assert not outbox.failed(quick, "in time")
