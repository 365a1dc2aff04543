"""The database: how it is opened, and what is said when it is busy or full."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, StatementError

from assessment.store import StoreBusy, StoreFull, StoreUnavailable, answering, assessments, database, db
from assessment.store.answering import Entry, Kept, _statements
from assessment.store.database import reading, writing
from assessment.store.models import Answer, Assessment, Receipt
from assessment.store.together import together
from tests.store.conftest import an_assessment, at_once, entry, keep, memory_in


def pragma(name: str) -> object:
    with db.engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("secure_delete", 1),
        ("trusted_schema", 0),
    ],
)
def test_every_connection_is_opened_for_durability(memory: Flask, name: str, value: object) -> None:
    assert at_once(memory, 3, lambda _: pragma(name)) == [value] * 3


def test_joining_the_memory_opens_no_connection(memory: Flask) -> None:
    # One made before the fork would be shared by processes.
    opened: list[object] = []
    engine = database.db.engine
    event.listen(engine, "connect", lambda connection, _: opened.append(connection))

    assert engine.pool.checkedin() == 0
    assert opened == []
    an_assessment()
    assert len(opened) == 1


def test_a_new_database_and_its_log_can_be_read_by_their_owner_alone(tmp_path: Path) -> None:
    app = memory_in(tmp_path / "instance")
    with app.app_context():
        upgrade()
        an_assessment()
        files = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "instance").glob("site.db*")}
        db.engine.dispose()

    assert {"site.db", "site.db-wal"} <= files.keys()
    assert set(files.values()) == {0o600}


def test_access_that_was_given_to_a_database_stays(memory: Flask) -> None:
    file = memory.config["SETTINGS"].instance / "site.db"
    file.chmod(0o640)

    an_assessment()

    assert file.stat().st_mode & 0o777 == 0o640


# --- busy -----------------------------------------------------------------------------------------


@contextmanager
def locked(memory: Flask) -> Iterator[sqlite3.Connection]:
    """Hold the database as another process does that writes."""
    other = sqlite3.connect(
        memory.config["SETTINGS"].instance / "site.db", isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


@pytest.fixture
def impatient(memory: Flask, monkeypatch: pytest.MonkeyPatch) -> int:
    """The memory, whose writers wait for 300 ms only."""
    monkeypatch.setattr(database, "PRAGMAS", ("PRAGMA busy_timeout = 300", *database.PRAGMAS[1:]))
    db.engine.dispose()
    return 300


def test_a_writer_that_waits_too_long_is_told_that_the_store_is_busy(memory: Flask, impatient: int) -> None:
    started = an_assessment()

    with locked(memory), pytest.raises(StoreBusy):  # while the other still writes
        keep(started.assessment_id)

    assert pragma("busy_timeout") == impatient
    assert entry(started.assessment_id) is None


def test_a_save_that_was_refused_may_be_sent_again_as_it_was(memory: Flask, impatient: int) -> None:
    started = an_assessment()
    with locked(memory), pytest.raises(StoreUnavailable):
        keep(started.assessment_id)

    assert keep(started.assessment_id) == Kept("/next", 1)


def test_a_writer_that_waits_for_another_gets_its_turn(memory: Flask) -> None:
    started = an_assessment()

    with locked(memory) as other:
        waiting = threading.Timer(0.3, lambda: other.execute("ROLLBACK"))
        waiting.start()
        outcome = keep(started.assessment_id)
        waiting.join()

    assert outcome == Kept("/next", 1)


def test_reading_goes_on_while_another_writes(memory: Flask, impatient: int) -> None:
    started = an_assessment("mine")
    keep(started.assessment_id)

    with locked(memory):
        assert assessments.held(started.assessment_id, by="mine")
        assert entry(started.assessment_id) == Entry({"D1": "yes"}, 1)


# --- full -----------------------------------------------------------------------------------------


def test_a_full_disk_loses_nothing_and_recovers_by_itself(memory: Flask) -> None:
    started = an_assessment()
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    event.listen(db.engine, "connect", limit)
    db.engine.dispose()
    kept = {}

    def fill() -> None:
        for n in range(1000):
            keep(started.assessment_id, {"D1": "x" * 500}, page=str(n), request_id=f"request {n}")
            kept["F1", str(n)] = Entry({"D1": "x" * 500}, 1)

    with pytest.raises(StoreFull):
        fill()

    assert kept
    assert answering.entries(started.assessment_id) == kept

    event.remove(db.engine, "connect", limit)
    db.engine.dispose()
    page = str(len(kept))
    assert keep(started.assessment_id, page=page, request_id=f"request {page}") == Kept("/next", 1)


def test_a_database_that_is_not_there_is_unavailable_and_no_fault_of_the_request(
    memory: Flask,
) -> None:
    db.engine.dispose()
    folder = memory.config["SETTINGS"].instance
    folder.rename(folder.with_name("elsewhere"))

    with pytest.raises(StoreUnavailable):
        an_assessment()


def test_a_fault_of_our_own_keeps_its_name(memory: Flask) -> None:
    with pytest.raises(IntegrityError):
        assessments.new_resume("no such assessment")


# --- transactions ---------------------------------------------------------------------------------


def test_a_transaction_that_fails_leaves_nothing(memory: Flask) -> None:
    started = an_assessment()

    def fail_half_way() -> None:
        with writing() as connection:
            connection.execute(database.insert(Answer, "sqlite").values(**_answer(started.assessment_id)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert entry(started.assessment_id) is None


def test_what_belongs_to_an_assessment_goes_with_it(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id)

    with writing() as connection:
        connection.execute(Assessment.__table__.delete())

    with reading() as connection:
        assert connection.execute(select(Answer.page)).all() == []
        assert connection.execute(select(Receipt.request_id)).all() == []


def _answer(assessment_id: str, **given: object) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "assessment_id": assessment_id,
        "part": "F1",
        "page": "1",
        "values": b"sealed",
        "version": 1,
        "saved_at": now,
    } | given


def test_a_save_can_be_said_in_the_words_of_postgresql() -> None:
    save, receive = (str(each.compile(dialect=postgresql.dialect())) for each in _statements("postgresql"))

    assert "ON CONFLICT (assessment_id, part, page) DO UPDATE" in save
    assert "FOR SHARE" in save  # who finishes at the same time waits
    assert "ON CONFLICT DO NOTHING" in receive


# --- times ----------------------------------------------------------------------------------------


def test_a_time_is_read_back_as_the_same_moment_in_utc(memory: Flask) -> None:
    started = an_assessment()
    abroad = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with writing() as connection:
        connection.execute(
            database.insert(Answer, "sqlite").values(**_answer(started.assessment_id, saved_at=abroad))
        )

    with reading() as connection:
        read = connection.execute(select(Answer.saved_at)).scalar_one()

    assert read == abroad
    assert read.tzinfo is UTC


def test_a_save_writes_its_time_as_everything_else_does(memory: Flask) -> None:
    started, before = an_assessment(), datetime.now(UTC)
    with writing() as connection:
        row = _answer(started.assessment_id, page="2", saved_at=before)
        connection.execute(database.insert(Answer, "sqlite").values(**row))

    keep(started.assessment_id, page="1")

    saved = assessments.times(started.assessment_id).saved
    assert before <= saved["F1", "1"] <= datetime.now(UTC)
    with reading() as connection:
        texts = connection.exec_driver_sql("SELECT saved_at FROM answer").scalars().all()
    assert len(texts) == 2
    assert len({re.sub("[0-9]", "0", each) for each in texts}) == 1


def test_a_time_without_zone_is_refused(memory: Flask) -> None:
    started = an_assessment()
    naive = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001 what is refused

    row = database.insert(Answer, "sqlite").values(**_answer(started.assessment_id, saved_at=naive))
    with pytest.raises(StatementError, match="no time zone"), writing() as connection:
        connection.execute(row)
    with pytest.raises(ValueError, match="no time zone"):
        together(lambda execute: execute(text("SELECT :now"), {"now": naive}))
