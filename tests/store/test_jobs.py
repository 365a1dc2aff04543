"""The back room: whatever happens to the alarm, what is owed is made, and no save waits for it."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from assessment import jobs
from assessment.jobs import Alarm, BackRoom
from assessment.report.confined import Limits
from assessment.report.pdf import FOLDER, PdfError
from assessment.settings import Settings, read_settings
from assessment.store import StoreBusy, assessments, outbox, reports
from assessment.store.database import writing
from assessment.store.models import ReportFile
from assessment.store.reports import StoredReport
from tests.store.conftest import an_assessment, finish
from tests.store.test_outbox import pass_time


def a_paper(report: StoredReport) -> bytes:
    return b"%PDF-1.7 " + report.diagnosis


def settings_of(memory: Flask) -> Settings:
    found = memory.config["SETTINGS"]
    assert isinstance(found, Settings)
    return found


def fails(error: Exception) -> Callable[[StoredReport], bytes]:
    """Return a way of making papers that always fails so."""

    def paper(_report: StoredReport) -> bytes:
        raise error

    return paper


# --- making what is owed --------------------------------------------------------------------------


def test_everything_owed_is_made_and_kept(memory: Flask) -> None:
    owing = [finish(an_assessment().assessment_id, b"%d" % n) for n in range(3)]

    BackRoom(memory, a_paper).deliver()

    made = [reports.pdf(report_id) for report_id in owing]
    assert [each.bytes if each else None for each in made] == [b"%%PDF-1.7 %d" % n for n in range(3)]


def test_what_else_is_owed_waits_for_one_report_and_not_for_all(memory: Flask) -> None:
    made, others = list[str](), ["first", "second"]
    for _ in range(3):
        finish(an_assessment().assessment_id)

    def paper(report: StoredReport) -> bytes:
        made.append("report")
        return a_paper(report)

    def something_else(lease_s: float) -> bool:
        made.extend(others[:1])
        return bool(others and others.pop(0))

    BackRoom(memory, paper, besides=[something_else]).deliver()

    assert made == ["report", "first", "report", "second", "report"]


def test_a_report_that_fails_does_not_hold_up_the_others(memory: Flask) -> None:
    bad, good = finish(an_assessment().assessment_id, b"bad"), finish(an_assessment().assessment_id, b"good")

    def paper(report: StoredReport) -> bytes:
        if report.diagnosis == b"bad":
            raise PdfError("crash", Limits())
        return a_paper(report)

    BackRoom(memory, paper).deliver()

    assert (reports.pdf_state(bad), reports.pdf_state(good)) == ("delayed", "ready")


def test_a_crash_of_the_renderer_is_tried_three_times_and_then_told_to_the_operator_once(
    memory: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    report_id = finish(an_assessment().assessment_id)
    room = BackRoom(memory, fails(PdfError("crash", Limits(), "signal 11")))

    for _ in range(5):
        room.deliver()
        pass_time(60)

    told = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert reports.pdf_state(report_id) == "failed"
    assert len([each for each in caplog.records if each.name == "assessment.jobs"]) == 3
    assert len(told) == 1
    assert report_id in told[0].getMessage()
    assert "signal 11" in told[0].getMessage()


def test_where_pango_is_missing_no_report_is_given_up_and_all_come_once_it_is_there(memory: Flask) -> None:
    owing = [finish(an_assessment().assessment_id) for _ in range(2)]
    without = BackRoom(memory, fails(PdfError("library", Limits())))

    for _ in range(5):
        without.deliver()
        pass_time(outbox.POSTPONED_S + 1)
    assert [reports.pdf_state(each) for each in owing] == ["delayed", "delayed"]
    BackRoom(memory, a_paper).deliver()

    assert [reports.pdf_state(each) for each in owing] == ["ready", "ready"]


def test_a_paper_that_was_lost_is_made_again_by_the_sweep(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id)
    BackRoom(memory, a_paper).deliver()
    first = reports.pdf(report_id)
    with writing() as connection:
        connection.execute(delete(ReportFile))

    assert serve_until(memory, lambda: reports.pdf_state(report_id) == "ready", every_s=0.5, seconds=10)
    assert first is not None
    assert reports.pdf(report_id) == first


def a_letter(report: StoredReport) -> bytes:
    return b"%PDF-1.7 letter " + report.diagnosis


def test_a_paper_on_letter_is_made_when_it_is_asked_for_and_lies_beside_the_other(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id, b"1")
    room = BackRoom(memory, a_paper, letter=a_letter)
    room.deliver()
    assert (reports.pdf_state(report_id), reports.pdf_state(report_id, "letter")) == ("ready", "unasked")

    outbox.owe_cleared(report_id, "letter")
    outbox.owe_cleared(report_id, "letter")
    assert reports.pdf_state(report_id, "letter") == "waiting"
    room.deliver()

    made = [reports.pdf(report_id), reports.pdf(report_id, "letter")]
    assert [each.bytes if each else None for each in made] == [b"%PDF-1.7 1", b"%PDF-1.7 letter 1"]
    assert outbox.owe_again() == 0


def test_a_paper_on_letter_that_was_lost_is_made_again_and_leaves_the_other_alone(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id, b"1")
    outbox.owe_cleared(report_id, "letter")
    room = BackRoom(memory, a_paper, letter=a_letter)
    room.deliver()
    with writing() as connection:
        connection.execute(delete(ReportFile).where(ReportFile.options == "letter"))

    assert outbox.owe_again() == 1
    room.deliver()

    assert reports.pdf_state(report_id, "letter") == "ready"


def test_what_ran_out_of_time_is_not_tried_again(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id)
    tried = []

    def paper(report: StoredReport) -> bytes:
        tried.append(report.id)
        raise PdfError("time", Limits())

    room = BackRoom(memory, paper)
    for _ in range(3):
        room.deliver()
        pass_time(60)

    assert tried == [report_id]
    assert reports.pdf_state(report_id) == "failed"


def test_what_waited_too_long_for_the_processor_is_tried_again(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id)
    tried = []

    def paper(report: StoredReport) -> bytes:
        tried.append(report.id)
        if len(tried) == 1:
            raise PdfError("late", Limits())
        return b"%PDF-"

    room = BackRoom(memory, paper)
    for _ in range(3):
        room.deliver()
        pass_time(60)

    assert len(tried) == 2
    assert reports.pdf_state(report_id) == "ready"


def test_a_fault_of_our_own_is_noted_like_any_other(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id)
    room = BackRoom(memory, fails(KeyError("'D9'")))

    for _ in range(3):
        room.deliver()
        pass_time(60)

    assert reports.pdf_state(report_id) == "failed"


def test_a_store_that_is_busy_is_no_failure_of_the_report(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id)
    room = BackRoom(memory, fails(StoreBusy("database is locked")))

    for _ in range(5):
        with pytest.raises(StoreBusy):
            room.deliver()
        pass_time(60)

    BackRoom(memory, a_paper).deliver()
    assert reports.pdf_state(report_id) == "ready"


def test_a_row_that_ends_all_who_take_it_is_given_up_in_the_end(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id)
    for _ in range(outbox.ATTEMPTS_AT_MOST):
        assert outbox.take("render", lease_s=1)  # and was killed
        pass_time(2)
    room = BackRoom(memory, fails(AssertionError("it is not tried")))

    room.deliver()

    assert reports.pdf_state(report_id) == "failed"


def test_a_back_room_that_is_to_stop_takes_nothing_more(memory: Flask) -> None:
    first, second = (finish(an_assessment().assessment_id) for _ in range(2))

    def paper(report: StoredReport) -> bytes:
        room.stopping = True
        return a_paper(report)

    room = BackRoom(memory, paper)
    room.deliver()

    assert (reports.pdf_state(first), reports.pdf_state(second)) == ("ready", "waiting")


def test_two_back_rooms_share_the_work_and_make_nothing_twice(memory: Flask) -> None:
    owing = [finish(an_assessment().assessment_id) for _ in range(12)]
    made: list[str] = []

    def paper(report: StoredReport) -> bytes:
        made.append(report.id)
        time.sleep(0.01)
        return a_paper(report)

    rooms = [threading.Thread(target=BackRoom(memory, paper).deliver) for _ in range(2)]
    for each in rooms:
        each.start()
    for each in rooms:
        each.join()

    assert sorted(made) == sorted(owing)


def test_the_times_leave_a_render_its_lease_and_a_killed_one_its_minute() -> None:
    longest_render_s = Limits().wall_s

    assert longest_render_s + 10 < jobs.LEASE_S  # also where starting it and keeping its result is slow
    assert jobs.LEASE_S + jobs.SWEEP_EVERY_S + longest_render_s < 60


# --- the alarm ------------------------------------------------------------------------------------


def serve_until(memory: Flask, holds: Callable[[], bool], *, every_s: float, seconds: float) -> bool:
    """Run the back room in this thread until something holds, then stop it by a signal; say if it held."""
    held = []

    def watch() -> None:
        with memory.app_context():
            end = time.monotonic() + seconds
            while not held and time.monotonic() < end:
                if holds():
                    held.append(True)
                time.sleep(0.02)
        # What holds may hold before the back room listens to signals: then the signal would end the tests.
        while signal.getsignal(signal.SIGTERM) == before[signal.SIGTERM] and time.monotonic() < end + 60:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    watching = threading.Thread(target=watch)
    try:
        watching.start()
        jobs.serve(BackRoom(memory, a_paper), settings_of(memory), every_s=every_s)
        watching.join()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return bool(held)


def test_ringing_has_the_paper_made_at_once(memory: Flask) -> None:
    owing: list[str] = []

    def rung() -> bool:
        if not owing:
            time.sleep(0.5)  # the first sweep is over: the next would come in an hour
            owing.append(finish(an_assessment().assessment_id))
            jobs.wake()
        return reports.pdf_state(owing[0]) == "ready"

    assert serve_until(memory, rung, every_s=3600, seconds=10)


def test_without_ringing_the_sweep_finds_what_is_owed(memory: Flask) -> None:
    owing: list[str] = []

    def found() -> bool:
        if not owing:
            owing.append(finish(an_assessment().assessment_id))
        return reports.pdf_state(owing[0]) == "ready"

    assert serve_until(memory, found, every_s=0.5, seconds=10)


def test_folders_left_by_a_back_room_that_was_killed_are_cleared_at_the_start(
    memory: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / f"{FOLDER}x"
    left.mkdir()
    os.utime(left, (0, 0))

    assert serve_until(memory, lambda: not left.exists(), every_s=0.5, seconds=10)


@pytest.mark.parametrize("error", [StoreBusy("database is locked"), KeyError("a fault of our own")])
def test_the_sweep_goes_on_after_whatever_went_wrong(
    memory: Flask, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    report_id = finish(an_assessment().assessment_id)
    take, refused = outbox.take, []

    def refuse_once(kind: str, *, lease_s: float) -> outbox.Owed | None:
        if not refused:
            refused.append(kind)
            raise error
        return take(kind, lease_s=lease_s)

    monkeypatch.setattr(outbox, "take", refuse_once)

    assert serve_until(memory, lambda: reports.pdf_state(report_id) == "ready", every_s=0.4, seconds=10)
    assert str(error) in caplog.text
    assert ("Traceback" in caplog.text) == isinstance(error, KeyError)


# --- keeping no longer than promised ----------------------------------------------------------------


def test_the_back_room_removes_what_was_kept_for_as_long_as_the_settings_say(
    memory: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    an_assessment("mine")
    finish(an_assessment("mine").assessment_id)
    room, now = BackRoom(memory, a_paper), datetime.now(UTC)

    left = []
    for days in (89, 91, 364, 366):
        room.purge(now + timedelta(days=days))
        left.append(len(assessments.listed("mine")))

    assert left == [2, 1, 1, 0]
    assert caplog.text.count("kept long enough and removed") == 2


def test_the_sweep_begins_with_removing(memory: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[datetime] = []
    monkeypatch.setattr(BackRoom, "purge", lambda _, now: removed.append(now))

    assert serve_until(memory, lambda: bool(removed), every_s=0.1, seconds=10)
    assert len(removed) == 1


def test_a_report_that_is_deleted_while_it_waits_is_nobodys_failure(
    memory: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assessment_id = an_assessment().assessment_id
    finish(assessment_id)
    take = outbox.take

    def deleted_meanwhile(kind: str, *, lease_s: float) -> outbox.Owed | None:
        owed = take(kind, lease_s=lease_s)
        assessments.delete(assessment_id)
        return owed

    monkeypatch.setattr(outbox, "take", deleted_meanwhile)

    BackRoom(memory, a_paper).deliver()

    assert caplog.text == ""


def test_finishing_does_not_wait_for_an_alarm_whose_file_is_locked(
    memory: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    jobs.wake()
    other = sqlite3.connect(settings_of(memory).instance / "jobs.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    waits_s: list[float] = []
    connect = sqlite3.connect

    def counted(*place: Any, timeout: float = 5.0, **options: Any) -> sqlite3.Connection:
        waits_s.append(timeout)
        return connect(*place, timeout=timeout, **options)

    monkeypatch.setattr(sqlite3, "connect", counted)

    jobs.wake()  # returns while the file is still locked

    assert "the back room was not woken" in caplog.text
    assert waits_s
    assert sum(waits_s) <= 1  # however often it was opened, a leader does not notice
    other.close()


@pytest.mark.parametrize("content", [b"no database at all" * 100, None])
def test_an_alarm_that_is_broken_neither_fails_a_save_nor_the_back_room(
    memory: Flask, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    alarm = settings_of(memory).instance / "jobs.db"
    alarm.write_bytes(content) if content else alarm.mkdir()
    report_id = finish(an_assessment().assessment_id)

    jobs.wake()

    assert "the back room was not woken" in caplog.text
    assert serve_until(memory, lambda: reports.pdf_state(report_id) == "ready", every_s=0.5, seconds=10)
    assert "the alarm cannot be heard" in caplog.text


def test_a_message_that_was_not_signed_with_our_key_is_not_opened(memory: Flask) -> None:
    settings = settings_of(memory)
    rung: list[bool] = []
    ours = Alarm(settings, within_s=1, work=lambda: rung.append(True))
    theirs = Alarm(
        read_settings({"SECRET_KEY": "the key of somebody else entirely"}, instance=settings.instance),
        within_s=1,
    )

    theirs.ring()
    with pytest.raises(ValueError, match="mismatch"):
        ours.huey.dequeue()
    ours.ring()
    ours.huey.execute(ours.huey.dequeue())

    assert rung == [True]
    ours.close()
    theirs.close()
