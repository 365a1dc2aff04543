"""Migrations: they lead to the models, back, and again, with data, and all or nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Column, Connection, inspect, select

from assessment.settings import ROOT
from assessment.store import answering, assessments, db, mails, outbox, reports, shares
from assessment.store.database import migrate
from tests.store.conftest import an_assessment, finish, keep, memory_in
from tests.store.test_following import another_look


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Flask]:
    """An application over a database without any table."""
    app = memory_in(tmp_path / "instance")
    with app.app_context():
        yield app
        db.engine.dispose()


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names())


def contents() -> dict[str, list[Any]]:
    """Return every row of every table of ours."""
    with db.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in db.metadata.sorted_tables
        }


def fill() -> None:
    """Put a row into every table that has none, with something in each of its columns."""
    with db.engine.begin() as connection:
        for table in db.metadata.sorted_tables:
            if connection.execute(table.select().limit(1)).first() is None:
                connection.execute(table.insert().values({each: of(each, connection) for each in table.c}))


def of(column: Column[Any], connection: Connection) -> Any:
    """Return a value for a column; where it refers to a row, that of the first one."""
    for reference in column.foreign_keys:
        return connection.execute(select(reference.column).limit(1)).scalar_one()
    values = {str: "a word", int: 1, bool: True, bytes: b"sealed", datetime: NOW, date: NOW.date()}
    return values.get(column.type.python_type, NOW)


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_migrations_lead_to_the_models(memory: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, db.metadata) == []


def test_a_model_without_its_migration_is_noticed(memory: Flask) -> None:
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE report DROP COLUMN created_at")
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert [each[0] for each in compare_metadata(context, db.metadata)] == ["add_column"]


def test_the_migrations_are_one_line_of_succession() -> None:
    scripts = ScriptDirectory(migrate.directory)

    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_migrations_go_up_down_and_up_again_with_data(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id)
    report_id = finish(started.assessment_id)
    owed = outbox.take("render", lease_s=30)
    assert owed is not None
    outbox.done(owed, b"%PDF-")
    assert mails.owe(started.assessment_id, name="a mail", to="leader@example.org")
    shared = shares.make(report_id, token="a link", label="The board", evidence=["F1.1"], days=30)  # noqa: S106 no secret
    assert isinstance(shared, shares.Shared)
    assert shares.open_by("a link", holder="theirs", request="a click")
    another_look(started)
    fill()
    before = contents()
    scripts = [each.revision for each in ScriptDirectory(migrate.directory).walk_revisions()]

    for revision in [*scripts[1:], "base"]:
        downgrade(revision=revision)
    assert tables() <= {"alembic_version"}
    upgrade()

    assert [name for name, rows in before.items() if not rows] == []
    assert contents().keys() == before.keys()
    assert not reports.pdf(report_id)  # the first migration takes the tables with all that is in them
    assert keep(an_assessment().assessment_id)


def test_sealing_what_is_kept_and_opening_it_again_loses_nothing(memory: Flask) -> None:
    started = an_assessment("mine")
    keep(started.assessment_id, {"reference": "the second loaf, \N{BREAD}"})
    keep(started.assessment_id, {"reference": "the third"}, version=1, request_id="request 2")
    report_id = finish(started.assessment_id)
    owed = outbox.take("render", lease_s=30)
    assert owed is not None
    outbox.done(owed, b"%PDF-")

    def kept() -> tuple[object, ...]:
        return (
            assessments.held(started.assessment_id, by="mine"),
            answering.entries(started.assessment_id),
            reports.load(report_id),
            reports.pdf(report_id),
        )

    before = kept()

    downgrade(revision="0001")
    with db.engine.connect() as connection:
        plain = connection.exec_driver_sql(
            'SELECT "values", facts, diagnosis, pdf FROM answer JOIN report '
            "USING (assessment_id) JOIN assessment ON assessment.id = report.assessment_id "
            "JOIN report_file ON report_id = report.id"
        ).one()
    upgrade()

    assert [json.loads(each) for each in plain[:3]] == [
        {"reference": "the third"},
        {"form": "quick", "team_size": 7, "label": "Ferry"},
        {"a": 1},
    ]
    assert plain[3] == b"%PDF-"
    assert kept() == before


def test_what_was_kept_in_the_clear_is_not_in_the_file_once_it_is_sealed(memory: Flask) -> None:
    started = an_assessment()
    keep(started.assessment_id, {"reference": "the burnt loaf"})
    downgrade(revision="0001")
    upgrade()
    db.engine.dispose()  # the last connection writes its log into the file

    left = b"".join(path.read_bytes() for path in memory.config["SETTINGS"].instance.glob("site.db*"))

    assert b"burnt" not in left
    assert b"Ferry" not in left


def test_upgrading_again_changes_nothing(memory: Flask) -> None:
    finish(an_assessment().assessment_id)
    before = contents()

    upgrade()

    assert contents() == before


def test_a_migration_that_fails_half_way_leaves_the_database_as_it_was(
    bare: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import op

    make = op.create_table
    made = []

    def fail_at_the_fifth(name: str, *rest: Any, **options: Any) -> Any:
        made.append(name)
        if len(made) == 5:
            raise OSError("the disk is full")
        return make(name, *rest, **options)

    monkeypatch.setattr(op, "create_table", fail_at_the_fifth)
    with pytest.raises(OSError, match="the disk is full"):
        upgrade()

    assert len(made) == 5
    assert tables() == set()
    monkeypatch.undo()
    upgrade()
    assert "outbox" in tables()


@pytest.mark.longer
def test_two_who_upgrade_at_once_do_it_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    environment = {"INSTANCE": str(tmp_path / "instance"), "PATH": "/usr/bin:/bin"}

    both = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ended = [(each.communicate(timeout=60)[1], each.returncode) for each in both]

    assert [code for _, code in ended] == [0, 0, 0], ended
    with memory_in(tmp_path / "instance").app_context():
        assert {table.name for table in db.metadata.sorted_tables} <= tables()
        assert assessments.listed("nobody") == []
        db.engine.dispose()
