"""`flask purge`: counts, removes, and says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from assessment.store import assessments
from assessment.store.database import writing
from assessment.store.models import Assessment
from tests.commands.conftest import refused, run

OLD, YOUNG = timedelta(days=20), timedelta(days=5)


@pytest.fixture
def stored(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A site that keeps drafts for ten days, and has an old one and a young one."""
    monkeypatch.setenv("INSTANCE", str(app.config["SETTINGS"].instance))
    monkeypatch.setenv("SECRET_KEY", app.config["SECRET_KEY"].decode())
    monkeypatch.setenv("KEEP_DRAFTS_DAYS", "10")
    with app.app_context():
        for age in (OLD, YOUNG):
            started = assessments.start(
                holder="mine", instrument_key="good-bread/1.0.0", instrument_sha256="0" * 64, facts={"a": 1}
            )
            with writing() as connection:
                then = datetime.now(UTC) - age
                mine = Assessment.id == started.assessment_id
                connection.execute(Assessment.__table__.update().where(mine).values(started_at=then))
                connection.exec_driver_sql("UPDATE holding SET held_at = '2020-01-01 00:00:00.000000'")
    return app


def kept(app: Flask) -> int:
    with app.app_context():
        return len(assessments.listed("mine"))


def test_a_dry_run_says_what_would_go_and_a_run_removes_it(stored: Flask) -> None:
    told = "1 drafts, 0 finished, 0 of which the key was gone, 0 receipts, 0 PDFs, 0 ended links, "
    told += "0 unused invitations, 0 notices, 0 ended tokens and webhooks\n"

    assert run("purge", "--dry-run").stdout == f"Would remove: {told}"
    assert kept(stored) == 2
    assert run("purge").stdout == f"Removed: {told}"
    assert kept(stored) == 1
    assert run("purge").stdout.startswith("Removed: 0 drafts")


def test_a_period_that_is_no_number_is_named(stored: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEP_DRAFTS_DAYS", "for ever")

    assert refused(run("purge")).startswith("KEEP_DRAFTS_DAYS is 'for ever'")
    assert kept(stored) == 2
