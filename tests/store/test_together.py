"""Saves that share a transaction: nobody is told early, and nobody pays for another's fault."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from assessment.store import StoreBusy, StoreUnavailable, answering, assessments, database, db
from assessment.store.answering import Conflict, Kept, Replayed
from assessment.store.assessments import UnknownAssessment
from assessment.store.database import Execute
from assessment.store.together import Pen, _apart, together
from tests.conftest import wait_until
from tests.store.conftest import an_assessment, keep, memory_in


@contextmanager
def all_waiting(
    memory: Flask, works: list[Callable[[], Any]], pen: Pen | None = None
) -> Iterator[list[Future[Any]]]:
    """Let these begin, each in a thread of its own, while another process writes; it ends with the block.

    `pen` is the one that they wait for, where it is not that of the application.
    """
    pen = pen or memory.extensions["pen"]
    other = sqlite3.connect(
        memory.config["SETTINGS"].instance / "site.db", isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")

    def run(work: Callable[[], Any]) -> Any:
        with memory.app_context():
            return work()

    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(run, work) for work in works]
        # All wait, or some have heard already that they waited too long.
        wait_until(lambda: len(pen._waiting) == len(works) or any(f.done() for f in futures), seconds=60)
        try:
            yield futures
        finally:
            other.execute("ROLLBACK")
            other.close()


@pytest.fixture
def commits(memory: Flask) -> list[float]:
    """When the database committed, in order."""
    an_assessment()
    times: list[float] = []
    on_commit(lambda: times.append(time.monotonic()))
    return times


def on_commit(act: Callable[[], object]) -> None:
    """Have something done right before whatever the database commits from now on."""

    def watch(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(lambda statement: act() if statement == "COMMIT" else None)

    db.engine.dispose()  # those that are open are not watched
    event.listen(db.engine, "connect", watch)


def saves(assessment_id: str, count: int) -> list[Callable[[], Any]]:
    return [lambda n=n: keep(assessment_id, page=str(n), request_id=f"request {n}") for n in range(count)]


def test_those_who_wait_together_are_written_together(memory: Flask, commits: list[float]) -> None:
    started = an_assessment()
    commits.clear()

    with all_waiting(memory, saves(started.assessment_id, 12)) as futures:
        pass

    assert [each.result() for each in futures] == [Kept("/next", 1)] * 12
    assert len(answering.entries(started.assessment_id)) == 12
    assert 1 <= len(commits) <= 2


def test_nobody_is_told_before_the_commit(memory: Flask) -> None:
    started = an_assessment()
    told: list[int] = []
    told_at_commit: list[int] = []
    on_commit(lambda: told_at_commit.append(len(told)))

    def work(save: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: told.append(1) if save() else None

    with all_waiting(memory, [work(save) for save in saves(started.assessment_id, 8)]):
        assert told == []

    assert len(told) == 8
    # Whoever was told before a commit was told of an earlier one.
    assert told_at_commit[0] == 0


def test_one_who_fails_takes_nobody_along(memory: Flask) -> None:
    started = an_assessment()
    works = saves(started.assessment_id, 6)

    def fail() -> Any:
        return keep("no such assessment", request_id="request of nobody")

    with all_waiting(memory, [*works[:3], fail, *works[3:]]) as futures:
        pass

    outcomes = [each.exception() or each.result() for each in futures]
    assert outcomes.count(Kept("/next", 1)) == 6
    assert [type(each) for each in outcomes].count(UnknownAssessment) == 1
    assert len(answering.entries(started.assessment_id)) == 6


def test_whoever_fails_half_way_leaves_nothing(memory: Flask) -> None:
    started = an_assessment()

    def half(execute: Execute) -> None:
        execute(text("UPDATE assessment SET facts = '{}'"), {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        together(half)

    held = assessments.held(started.assessment_id, by="a holder")
    assert held is not None
    assert held.facts["team_size"] == 7


def test_however_many_wait_for_a_locked_database_none_waits_longer_than_one(
    memory: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = an_assessment()
    monkeypatch.setattr(database, "PRAGMAS", ("PRAGMA busy_timeout = 500", *database.PRAGMAS[1:]))
    db.engine.dispose()
    waits: list[int] = []  # each waits for the lock as long as is allowed

    def counted() -> AbstractContextManager[Execute]:
        waits.append(1)
        return database.writing_plainly()

    monkeypatch.setattr("assessment.store.together.writing_plainly", counted)

    with all_waiting(memory, saves(started.assessment_id, 12)) as futures:
        errors = [each.exception(timeout=60) for each in futures]
        waited = len(waits)

    assert [type(each) for each in errors] == [StoreBusy] * 12
    assert 1 <= waited <= 4  # twelve in a row would wait twelve times
    assert answering.entries(started.assessment_id) == {}
    assert keep(started.assessment_id) == Kept("/next", 1)


def test_when_the_thread_that_writes_is_ended_the_others_hear_that_nothing_was_kept(memory: Flask) -> None:
    started = an_assessment()
    ended = threading.Event()

    def end(_: Execute) -> None:
        ended.set()
        raise SystemExit

    with all_waiting(memory, [lambda: together(end), *saves(started.assessment_id, 3)]) as futures:
        pass

    outcomes = [each.exception() or each.result() for each in futures]
    assert ended.is_set()
    assert isinstance(outcomes[0], SystemExit | StoreUnavailable)
    kept = sum(each == Kept("/next", 1) for each in outcomes[1:])
    assert len(answering.entries(started.assessment_id)) == kept
    assert all(isinstance(each, Kept | StoreUnavailable | SystemExit) for each in outcomes[1:])
    assert keep(started.assessment_id, page="9", request_id="later") == Kept("/next", 1)


def test_two_databases_in_one_process_are_not_mixed_up(memory: Flask, tmp_path: Path, empty: Path) -> None:
    other = memory_in(shutil.copytree(empty, tmp_path / "other"))
    here = an_assessment("mine")
    with other.app_context():
        there = an_assessment("mine")

    with all_waiting(memory, saves(here.assessment_id, 4)), other.app_context():
        assert keep(there.assessment_id) == Kept("/next", 1)

    assert len(answering.entries(here.assessment_id)) == 4
    with other.app_context():
        assert len(answering.entries(there.assessment_id)) == 1
        db.engine.dispose()


# --- nobody waits without end ---------------------------------------------------------------------


@contextmanager
def pen_held(memory: Flask, pen: Pen, work: Callable[[Execute], Any]) -> Iterator[Future[Any]]:
    """Let another thread write with this pen, and go on as soon as its work has begun."""
    begun = threading.Event()

    def first(execute: Execute) -> Any:
        begun.set()
        return work(execute)

    def run() -> Any:
        with memory.app_context():
            return pen.write(first)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run)
        assert begun.wait(60)
        yield future


def test_who_waits_too_long_for_the_pen_hears_so_and_nothing_of_theirs_is_written(memory: Flask) -> None:
    pen, go_on = Pen(wait_s=0.1), threading.Event()
    written: list[str] = []

    with pen_held(memory, pen, lambda _: go_on.wait(60)) as slow:
        with pytest.raises(StoreBusy):  # while the other still writes
            pen.write(lambda _: written.append("late"))
        go_on.set()

    assert slow.result() is True
    assert pen.write(lambda _: written.append("later")) is None
    assert written == ["later"]


def test_what_was_taken_into_a_transaction_waits_for_its_outcome(memory: Flask) -> None:
    pen = Pen(wait_s=0.3)
    slow = threading.Event()

    def first(_: Execute) -> str:
        slow.wait(1.5)  # the other share is in this transaction and has waited too long by now
        return "first"

    with all_waiting(
        memory, [lambda: pen.write(first), lambda: pen.write(lambda _: "second")], pen
    ) as futures:
        pass

    assert [each.result() for each in futures] == ["first", "second"]


def test_after_a_spoiled_transaction_the_first_that_gets_no_lock_ends_it_for_all(
    memory: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[float] = []
    real = database.writing_plainly

    @contextmanager
    def writing() -> Iterator[Execute]:
        begun.append(time.monotonic())
        if len(begun) > 1:
            raise StoreBusy("database is locked")
        with real() as execute:
            yield execute

    monkeypatch.setattr("assessment.store.together.writing_plainly", writing)
    pen = Pen()

    def fail(_: Execute) -> None:
        raise ZeroDivisionError

    works = [lambda: pen.write(fail), *[lambda: pen.write(lambda _: None)] * 5]
    with all_waiting(memory, works, pen) as futures:
        pass

    assert [type(each.exception()) for each in futures] == [StoreBusy] * 6
    assert len(begun) == 2


def test_saves_made_one_by_one_share_one_time_to_wait(memory: Flask) -> None:
    pen = Pen(wait_s=0.4)
    tries: list[int] = []

    def slow(_: Execute) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ZeroDivisionError
        time.sleep(0.3)

    with all_waiting(memory, [lambda: pen.write(slow)] * 6, pen) as futures:
        pass

    outcomes = [type(each.exception()) for each in futures]
    assert outcomes.count(type(None)) == 2
    assert outcomes.count(StoreBusy) == 4


class Forgetful(sqlite3.Cursor):
    """A cursor as PostgreSQL's drivers have them: once closed, it forgets how many rows it changed."""

    is_closed = False

    def close(self) -> None:
        super().close()
        self.is_closed = True

    @property
    def rowcount(self) -> int:
        return -1 if self.is_closed else super().rowcount


class ForgetfulConnection(sqlite3.Connection):
    def cursor(self, *_: Any) -> Any:
        return super().cursor(Forgetful)


def test_a_driver_that_forgets_its_rows_lets_no_stale_save_be_taken_for_kept(
    memory: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.engine.dispose()  # those that are open forget nothing
    event.listen(db.engine, "do_connect", lambda *given: given[-1].update(factory=ForgetfulConnection))
    monkeypatch.setattr(Pen, "write", lambda _, work: _apart(work))
    started = an_assessment()

    first = keep(started.assessment_id, {"D1": "yes"})
    stale = keep(started.assessment_id, {"D1": "no"}, request_id="request 2")
    again = keep(started.assessment_id, {"D1": "yes"})

    assert first == Kept("/next", 1)
    assert isinstance(stale, Conflict)
    assert again == Replayed("/next")
