"""Leaving: what was typed is not in a stolen file, and what was deleted is nowhere."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from assessment.store import answering, assessments, database, db, finishing, keys, outbox, removal, reports
from assessment.store.assessments import UnknownAssessment
from assessment.store.database import reading, writing
from assessment.store.keys import Keyring, Unreadable
from assessment.store.models import Answer, Assessment, AssessmentKey, Receipt, Report, ReportFile, Withdrawn
from assessment.store.removal import Periods, Removed, purge
from tests.store.conftest import an_assessment, finish, keep, memory_in, rows

PERIODS = Periods(timedelta(days=90), timedelta(days=365), timedelta(hours=24))
NOTHING = Removed(0, 0, 0, 0, 0)
TYPED = (b"Ferry", b"burnt", b"seventh", b"%PDF-")


def bytes_on_disk(memory: Flask) -> bytes:
    """Return all that the database and its log hold."""
    return b"".join(path.read_bytes() for path in memory.config["SETTINGS"].instance.glob("site.db*"))


def a_finished_one(holder: str = "mine") -> tuple[str, str]:
    """Return an assessment with an answer that was changed, a report and a paper; and the report's id."""
    assessment_id = an_assessment(holder).assessment_id
    keep(assessment_id, {"reference": "the burnt loaf"})
    keep(assessment_id, {"reference": "the seventh loaf"}, version=1, request_id="request 2")
    report_id = finish(assessment_id, b'{"label":"Ferry","reference":"the seventh loaf"}')
    owed = outbox.take("render", lease_s=30)
    assert owed is not None
    outbox.done(owed, b"%PDF-1.7 Ferry, the seventh loaf")
    return assessment_id, report_id


# --- a stolen database ------------------------------------------------------------------------------


def test_a_stolen_database_tells_nothing_that_was_typed(memory: Flask) -> None:
    a_finished_one()

    stolen = bytes_on_disk(memory)

    assert [word for word in TYPED if word in stolen] == []


def test_what_is_sealed_opens_in_its_own_place_and_version_only(memory: Flask) -> None:
    key, _ = keys.new("one")
    other, _ = keys.new("one")
    sealed = key.seal(b"text", "F1", "1", 2)

    assert key.open(sealed, "F1", "1", 2) == b"text"
    for opener, place in (
        (key, ("F1", "1", 3)),
        (key, ("F1", "2", 2)),
        (other, ("F1", "1", 2)),
    ):
        with pytest.raises(Unreadable):
            opener.open(sealed, *place)
    with pytest.raises(Unreadable):
        key.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "F1", "1", 2)


def test_the_length_of_what_is_sealed_does_not_tell_a_yes_from_a_no() -> None:
    key, _ = keys.new("one")

    assert (
        len({len(key.seal_values({"D1": said}, "F1", "1", 1)) for said in ("yes", "no", "unverified")}) == 1
    )


def test_the_answer_of_another_page_put_in_its_place_is_not_taken_for_one(memory: Flask) -> None:
    assessment_id = an_assessment().assessment_id
    keep(assessment_id, {"D1": "yes"}, page="1")
    keep(assessment_id, {"D1": "no"}, page="2", request_id="request 2")

    with writing() as connection:
        other = select(Answer.values).where(Answer.page == "2").scalar_subquery()
        connection.execute(Answer.__table__.update().where(Answer.page == "1").values(values=other))

    with pytest.raises(Unreadable):
        answering.entries(assessment_id)


def test_the_same_answers_of_two_teams_have_different_digests(memory: Flask) -> None:
    for _ in range(2):
        keep(an_assessment().assessment_id, {"D1": "yes"})

    with reading() as connection:
        digests = connection.execute(select(Receipt.content_digest)).scalars().all()

    assert len(set(digests)) == 2


def test_a_new_secret_key_opens_what_the_one_before_it_sealed_and_nothing_opens_without_it(
    memory: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    assessment_id = an_assessment("mine").assessment_id
    keep(assessment_id)
    old, new = memory.config["SECRET_KEY"], b"another key that is long enough"

    memory.extensions["keyring"] = Keyring([new, old])
    assert answering.entries(assessment_id)
    assert an_assessment("mine")

    memory.extensions["keyring"] = Keyring([new])
    with pytest.raises(Unreadable, match="another SECRET_KEY"):
        keep(assessment_id, version=1, request_id="request 2")
    assert len(assessments.listed("mine")) == 1  # the other one is not hidden by it
    assert assessment_id in caplog.text


def test_a_key_that_is_wrapped_anew_needs_the_secret_key_before_no_longer(memory: Flask) -> None:
    assessment_id, report_id = a_finished_one()
    before, report = answering.entries(assessment_id), reports.load(report_id)
    old, new = memory.config["SECRET_KEY"], b"another key that is long enough"

    memory.extensions["keyring"] = Keyring([new])
    assert keys.wrap_anew() == 0  # nobody can, and nothing is lost by it
    memory.extensions["keyring"] = Keyring([new, old])
    assert [keys.wrap_anew() for _ in range(2)] == [1, 0]

    memory.extensions["keyring"] = Keyring([new])
    assert answering.entries(assessment_id) == before
    assert reports.load(report_id) == report


# --- deleting ---------------------------------------------------------------------------------------


def test_what_is_deleted_is_nowhere_and_others_keep_theirs(memory: Flask) -> None:
    assessment_id, report_id = a_finished_one()
    theirs, their_report = a_finished_one("theirs")
    with reading() as connection:
        wrapped = connection.execute(
            select(AssessmentKey.wrapped).where(AssessmentKey.assessment_id == assessment_id)
        ).scalar_one()
        sealed = connection.execute(
            select(Answer.values).where(Answer.assessment_id == assessment_id)
        ).scalar_one()
    assert wrapped in bytes_on_disk(memory)

    assert assessments.delete(assessment_id)

    left = bytes_on_disk(memory)
    assert [each for each in (wrapped, sealed, assessment_id.encode(), *TYPED) if each in left] == []
    assert assessments.held(assessment_id, by="mine") is None
    assert reports.find(report_id, by="mine") is None
    assert not assessments.is_holder("mine")
    assert answering.entries(theirs)
    assert reports.pdf(their_report)


def test_of_a_report_that_is_deleted_code_hash_and_dates_stay(memory: Flask) -> None:
    assessment_id, report_id = a_finished_one()
    report = reports.load(report_id)

    assessments.delete(assessment_id)

    with reading() as connection:
        [left] = connection.execute(select(Withdrawn.__table__)).all()
    assert (left.code, left.sha256, left.created_at) == (report.code, report.sha256, report.created_at)
    assert timedelta(0) <= datetime.now(UTC) - left.withdrawn_at < timedelta(minutes=1)


def test_a_code_that_was_withdrawn_is_not_given_out_again(
    memory: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["EI-2222-2222", "EI-2222-2222", "EI-3333-3333"])
    monkeypatch.setattr(finishing, "new_code", lambda _: next(drawn))
    assessments.delete(a_finished_one()[0])

    assert reports.load(a_finished_one()[1]).code == "EI-3333-3333"


def test_deleting_what_is_gone_changes_nothing(memory: Flask) -> None:
    assessment_id, _ = a_finished_one()

    assert [assessments.delete(assessment_id) for _ in range(2)] == [True, False]
    assert rows(Withdrawn) == 1


def test_a_save_from_another_tab_is_refused_once_it_is_deleted(memory: Flask) -> None:
    assessment_id = an_assessment().assessment_id
    keep(assessment_id)
    key = keys.of(assessment_id)
    assessments.delete(assessment_id)

    with pytest.raises(UnknownAssessment):
        keep(assessment_id, version=1, request_id="request 2")
    # Another process may still have the key at hand: it writes nothing with it either.
    memory.extensions["keyring"]._at_hand[assessment_id] = (b"", key)
    with pytest.raises(UnknownAssessment):
        keep(assessment_id, version=1, request_id="request 2")
    assert rows(Answer) == 0


def test_a_paper_that_comes_after_its_report_was_deleted_is_not_kept(memory: Flask) -> None:
    assessment_id = an_assessment().assessment_id
    finish(assessment_id)
    owed = outbox.take("render", lease_s=30)
    assert owed is not None
    assessments.delete(assessment_id)

    outbox.done(owed, b"%PDF-")

    assert rows(ReportFile) == 0


def test_a_crash_between_key_and_rows_leaves_what_nobody_reads_until_the_next_removal(
    memory: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assessment_id, report_id = a_finished_one()

    def crash() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(removal, "sweep_out", crash)
        with pytest.raises(KeyboardInterrupt):
            assessments.delete(assessment_id)

    assert rows(Answer) == 1
    assert rows(AssessmentKey) == 0
    assert assessments.held(assessment_id, by="mine") is None
    assert assessments.listed("mine") == []
    assert answering.entries(assessment_id) == {}
    assert reports.find(report_id, by="mine") is None
    assert reports.pdf(report_id) is None
    assert (reports.count(), list(reports.frozen_pages(10))) == (0, [])
    with pytest.raises(LookupError):
        reports.load(report_id)
    with pytest.raises(UnknownAssessment):
        keep(assessment_id, version=2, request_id="request 3")

    assert purge(datetime.now(UTC), PERIODS) == Removed(0, 0, 1, 0, 0)
    assert [rows(table) for table in (Assessment, Answer, Receipt, Report, ReportFile)] == [0] * 5
    assert rows(Withdrawn) == 1


def test_a_log_in_use_does_not_stop_a_deletion_and_is_emptied_with_the_next(
    memory: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "LOG_WAIT_MS", 10)
    assessment_id, _ = a_finished_one()
    file = memory.config["SETTINGS"].instance / "site.db"
    with sqlite3.connect(file, isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM answer").fetchone()

        assert assessments.delete(assessment_id)

        reader.execute("COMMIT")
    reader.close()
    assert "is emptied with the next removal" in caplog.text
    purge(datetime.now(UTC), PERIODS)
    assert file.with_name("site.db-wal").stat().st_size == 0


# --- kept long enough -------------------------------------------------------------------------------


def test_nothing_is_removed_before_its_time(memory: Flask) -> None:
    keep(an_assessment().assessment_id)
    a_finished_one()
    now = datetime.now(UTC)

    assert purge(now + timedelta(hours=23), PERIODS) == NOTHING
    assert rows(Assessment) == 2


def test_a_draft_that_lies_for_as_long_as_it_may_is_removed(memory: Flask) -> None:
    keep(an_assessment().assessment_id)
    a_finished_one()

    removed = purge(datetime.now(UTC) + timedelta(days=90, minutes=1), PERIODS)

    assert (removed.drafts, removed.finished) == (1, 0)
    assert rows(Assessment) == rows(Report) == 1
    assert rows(Withdrawn) == 0


@pytest.mark.parametrize("touch", ["answer", "resume"])
def test_a_draft_that_was_touched_is_as_young_as_that(touch: str, memory: Flask) -> None:
    started = an_assessment()
    with writing() as connection:  # begun long ago
        long_ago = datetime.now(UTC) - timedelta(days=100)
        connection.execute(Assessment.__table__.update().values(started_at=long_ago))
        connection.exec_driver_sql("UPDATE holding SET held_at = '2020-01-01 00:00:00.000000'")
    assert purge(datetime.now(UTC), PERIODS, dry_run=True).drafts == 1

    if touch == "answer":
        keep(started.assessment_id)
    else:
        assessments.resume(started.resume_token, holder="another browser")

    assert purge(datetime.now(UTC), PERIODS) == NOTHING


def test_a_finished_one_is_removed_after_its_period_and_withdrawn(memory: Flask) -> None:
    a_finished_one()

    removed = purge(datetime.now(UTC) + timedelta(days=366), PERIODS)

    assert (removed.drafts, removed.finished) == (0, 1)
    assert rows(Assessment) == 0
    assert rows(Withdrawn) == 1


def test_receipts_go_after_a_month_and_a_repeated_request_still_does_no_harm(memory: Flask) -> None:
    assessment_id = an_assessment().assessment_id
    first = keep(assessment_id)

    assert purge(datetime.now(UTC) + timedelta(days=31), PERIODS).receipts == 1
    assert keep(assessment_id) == first


def test_a_paper_is_cleared_after_its_hours_and_made_again_only_when_it_is_asked_for(memory: Flask) -> None:
    _, report_id = a_finished_one()

    assert purge(datetime.now(UTC) + timedelta(hours=25), PERIODS).papers == 1
    assert reports.pdf_state(report_id) == "cleared"
    assert outbox.owe_again() == 0
    assert outbox.take("render", lease_s=30) is None

    outbox.owe_cleared(report_id)
    assert reports.pdf_state(report_id) == "waiting"
    owed = outbox.take("render", lease_s=30)
    assert owed is not None
    outbox.done(owed, b"%PDF-1.7 again")
    assert reports.pdf_state(report_id) == "ready"


def test_a_dry_run_counts_what_would_go_and_removes_nothing(memory: Flask) -> None:
    keep(an_assessment().assessment_id)
    a_finished_one()
    later = datetime.now(UTC) + timedelta(days=400)

    counted = purge(later, PERIODS, dry_run=True)

    assert counted == Removed(1, 1, 0, 3, 1)
    assert rows(Assessment) == 2
    assert purge(later, PERIODS) == counted


def test_many_are_removed_whatever_their_number(memory: Flask) -> None:
    for _ in range(removal.AT_ONCE + 3):
        an_assessment()

    purge(datetime.now(UTC) + timedelta(days=91), PERIODS)

    assert rows(Assessment) == 0


def test_a_copy_made_before_opens_with_the_secret_key_as_the_privacy_page_says(
    memory: Flask, tmp_path: Path
) -> None:
    assessment_id, _ = a_finished_one()
    backup = tmp_path / "backup"
    backup.mkdir()
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"VACUUM INTO '{backup}/site.db'")
    assessments.delete(assessment_id)

    with memory_in(backup).app_context():
        assert answering.entries(assessment_id)
        db.engine.dispose()
