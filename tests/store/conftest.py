"""A memory of one's own: a database at the newest migration in a temporary folder, and nothing around it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from assessment import store
from assessment.settings import read_settings
from assessment.store import answering, assessments, db, finishing
from assessment.store.answering import Entry
from assessment.store.assessments import Finished, Started

T = TypeVar("T")


def memory_in(folder: Path, **environ: str) -> Flask:
    """Return an application that has the memory and no door, over a database in this folder."""
    environ = {"SECRET_KEY": "a key for tests that is long enough", **environ}
    settings = read_settings(environ, instance=folder)
    app = Flask("memory", root_path=str(folder))
    app.config.update(
        SETTINGS=settings, SECRET_KEY=settings.secret_key, SQLALCHEMY_DATABASE_URI=settings.database_url
    )
    store.init_app(app)
    return app


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated, empty database, to be copied."""
    folder = tmp_path_factory.mktemp("memory")
    with memory_in(folder).app_context():
        upgrade()
        db.engine.dispose()
    return folder


@pytest.fixture
def memory(tmp_path: Path, empty: Path) -> Iterator[Flask]:
    """An application over a fresh database; its context is open for the test."""
    folder = tmp_path / "instance"
    shutil.copytree(empty, folder)
    app = memory_in(folder)
    with app.app_context():
        yield app
        db.engine.dispose()


# --- what tests begin with ------------------------------------------------------------------------


def an_assessment(holder: str = "a holder") -> Started:
    """Return a started assessment of a quick form."""
    return assessments.start(
        holder=holder,
        instrument_key="execution-integrity/1.0.0",
        instrument_sha256="ab" * 32,
        facts={"form": "quick", "team_size": 7, "label": "Ferry"},
    )


def keep(assessment_id: str, values: dict[str, Any] | None = None, **given: Any) -> Any:
    """Keep one answer; what a test does not name is that of a first save of page F1/1."""
    asked: dict[str, Any] = {
        "part": "F1",
        "page": "1",
        "version": 0,
        "request_id": "request 1",
        "location": "/next",
    }
    return answering.keep(assessment_id, values=values or {"D1": "yes"}, **asked | given)


def finish(assessment_id: str, diagnosis: bytes = b'{"a":1}\n') -> str:
    """Finish with whatever is answered; return the report's id."""
    seen = answering.entries(assessment_id)
    outcome = finishing.finish(assessment_id, diagnosis=diagnosis, seen=seen)
    assert isinstance(outcome, Finished)
    return outcome.report_id


def entry(assessment_id: str, part: str = "F1", page: str = "1") -> Entry | None:
    """Return what stands on one page."""
    return answering.entries(assessment_id).get((part, page))


def rows(table: Any) -> int:
    """Return how many rows a table has."""
    with db.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def at_once(app: Flask, count: int, act: Callable[[int], T]) -> list[T]:
    """Return the results of `count` threads that begin to act together, each in a context of its own."""
    together = Barrier(count)

    def run(number: int) -> T:
        with app.app_context():
            together.wait()
            return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
