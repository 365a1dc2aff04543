"""What several do in the same moment, which one writer at a time would hide.

Run on SQLite, and on PostgreSQL too where POSTGRESQL is the address of a server on which databases may be
made, and psycopg is installed: POSTGRESQL=postgresql+psycopg://postgres@127.0.0.1:5432
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, select, text

from assessment.store import assessments, db, finishing, outbox, shares, verification
from assessment.store.assessments import Finished, UnknownAssessment
from assessment.store.database import reading
from assessment.store.models import Answer, Assessment, Outbox, Report, Share, Withdrawn
from assessment.store.shares import UnknownReport
from tests.store.conftest import an_assessment, at_once, finish, keep, memory_in, rows

SERVER = os.environ.get("POSTGRESQL", "")
TURNS = 10


@contextmanager
def a_database() -> Iterator[str]:
    """Give the address of a new database of PostgreSQL, which is gone afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    server = create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield f"{SERVER}/{name}"
        connection.execute(text(f"DROP DATABASE {name}"))
    server.dispose()


@pytest.fixture(params=["sqlite", *(["postgresql"] if SERVER else [])])
def memory(request: pytest.FixtureRequest, tmp_path: Path, empty: Path) -> Iterator[Flask]:
    """An application over a fresh database of each kind; its context is open for the test."""
    folder = tmp_path / "instance"
    if request.param == "sqlite":
        shutil.copytree(empty, folder)
        app = memory_in(folder)
        with app.app_context():
            yield app
            db.engine.dispose()
        return
    with a_database() as address:
        app = memory_in(folder, DATABASE_URL=address)
        with app.app_context():
            upgrade()
            yield app
            db.engine.dispose()


def code_of(report_id: str) -> str:
    with reading() as connection:
        return connection.execute(select(Report.code).where(Report.id == report_id)).scalar_one()


def test_those_who_delete_in_the_same_moment_are_all_told_that_it_is_done(memory: Flask) -> None:
    for _ in range(TURNS):
        ids = [an_assessment().assessment_id for _ in range(6)]
        codes = [code_of(finish(each)) for each in ids]

        done = at_once(memory, 6, lambda number, ids=ids: assessments.delete(ids[number]))

        assert done == [True] * 6
        assert rows(Assessment) == 0
        assert all((found := verification.find(each)) and found.withdrawn_at for each in codes)


def test_what_is_deleted_twice_in_the_same_moment_is_withdrawn_once(memory: Flask) -> None:
    for turn in range(TURNS):
        assessment_id = an_assessment().assessment_id
        finish(assessment_id)

        done = at_once(memory, 4, lambda _, of=assessment_id: assessments.delete(of))

        assert sorted(done) == [False] * 3 + [True]
        assert rows(Withdrawn) == turn + 1


def test_what_is_finished_and_deleted_in_the_same_moment_is_one_report_or_none(memory: Flask) -> None:
    def finish_or_delete(number: int, of: str) -> object:
        try:
            return finishing.finish(of, diagnosis=b"{}", seen={}) if number else assessments.delete(of)
        except UnknownAssessment:
            return None

    for _ in range(TURNS):
        begun = an_assessment().assessment_id

        deleted, *finished = at_once(memory, 4, lambda number, of=begun: finish_or_delete(number, of))

        assert deleted
        assert len({each.report_id for each in finished if isinstance(each, Finished)}) <= 1
        assert rows(Report) == 0


def test_another_look_begins_whether_or_not_the_earlier_one_is_deleted_in_that_moment(memory: Flask) -> None:
    def follow_or_delete(number: int, earlier: str) -> object:
        if number == 0:
            return assessments.delete(earlier)
        return assessments.start(
            holder="h", instrument_key="a/1.0.0", instrument_sha256="", facts={}, follows=earlier
        )

    for turn in range(TURNS):
        earlier = an_assessment().assessment_id

        at_once(memory, 4, lambda number, earlier=earlier: follow_or_delete(number, earlier))

        assert rows(Assessment) == 3 * (turn + 1)


def test_a_link_is_made_opened_or_gone_when_the_report_is_deleted_in_that_moment(memory: Flask) -> None:
    def act(number: int, of: str, report_id: str) -> str:
        if number == 0:
            assessments.delete(of)
        elif number < 3:
            shares.open_by(f"token of {of}", holder=f"reader {number}", request="a click")
        else:
            try:
                shares.make(report_id, token=f"{number} of {of}", label="", evidence=(), days=7)
            except UnknownReport:
                return "gone"
        return "done"

    for _ in range(TURNS):
        of = an_assessment().assessment_id
        report_id = finish(of)
        shares.make(report_id, token=f"token of {of}", label="", evidence=(), days=7)

        done = at_once(memory, 6, lambda number, of=of, report=report_id: act(number, of, report))

        assert Counter(done)["done"] >= 3
        assert rows(Share) == 0


def test_a_paper_of_a_report_that_is_deleted_in_that_moment_is_neither_kept_nor_owed(memory: Flask) -> None:
    for _ in range(TURNS):
        of = an_assessment().assessment_id
        report_id = finish(of)
        owed = outbox.take("render", lease_s=30)
        assert owed
        acts = (
            lambda of=of: assessments.delete(of),
            lambda owed=owed: outbox.done(owed, b"%PDF-1.7"),
            lambda report_id=report_id: outbox.owe_cleared(report_id, "letter"),
        )

        at_once(memory, 3, lambda number, acts=acts: acts[number]())

        assert rows(Outbox) == 0


def test_a_private_link_opens_or_is_unknown_when_its_assessment_is_deleted_in_that_moment(
    memory: Flask,
) -> None:
    for _ in range(TURNS):
        begun = an_assessment()

        def act(number: int, begun: assessments.Started = begun) -> object:
            if number == 0:
                return assessments.delete(begun.assessment_id)
            return assessments.resume(begun.resume_token, holder=f"browser {number}")

        deleted, *opened = at_once(memory, 4, act)

        assert deleted
        assert set(opened) <= {begun.assessment_id, None}


def test_whoever_reads_sees_one_state_whatever_is_committed_meanwhile(memory: Flask) -> None:
    begun = an_assessment()
    query = select(Answer.page).where(Answer.assessment_id == begun.assessment_id)

    with reading() as connection:
        before = connection.execute(query).all()
        keep(begun.assessment_id)

        assert connection.execute(query).all() == before == []
