"""`rescore`: a stored result is reproduced exactly by its own version, or one line says why not."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from assessment.app import create_app
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.settings import ROOT
from assessment.store import assessments, finishing
from assessment.store.database import writing
from assessment.store.models import Report
from tests.answers import KEY, shipped, some_answers
from tests.commands.conftest import flask, refused, run
from tests.conftest import some_settings

NEXT = KEY.replace("1.0.0", "1.0.1")


def diagnosed(**changed: Any) -> bytes:
    answers = json.dumps(some_answers(**changed)).encode()
    return canonical(diagnose(*read_answers({KEY: shipped()}.__getitem__, answers)))


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A file with the result of a whole quick form."""
    path = tmp_path / "result.json"
    path.write_bytes(diagnosed())
    return path


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all content, with a draft of the next version, whose weights differ."""
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder)
    shutil.copytree(folder / "instruments" / KEY, folder / "instruments" / NEXT)
    path = folder / "instruments" / NEXT / "instrument.toml"
    text = path.read_text("utf-8").replace("draft = true\n", "")
    path.write_text(f"draft = true\n{text}", "utf-8")
    changed(folder / "instruments" / NEXT / "constants.toml", "team = 2.5", "team = 2")
    monkeypatch.setenv("CONTENT", str(folder))
    return folder


def changed(path: Path, find: str, write: str) -> None:
    text = path.read_text("utf-8")
    assert find in text
    path.write_text(text.replace(find, write, 1), "utf-8")


# --- one --------------------------------------------------------------------------------------------


def test_what_diagnose_prints_is_reproduced_exactly(result: Path) -> None:
    done = flask("rescore", str(result))

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"{result}: reproduced exactly\n"


def test_a_figure_that_was_changed_is_told_as_stored_and_as_found(result: Path) -> None:
    document = json.loads(result.read_bytes())
    document["readings"]["shown"]["composite"]["sd"] = 1.5
    result.write_text(json.dumps(document), "utf-8")

    done = run("rescore", str(result))

    assert done.exit_code == 1
    assert done.stdout.startswith(
        f"{result}: not reproduced: readings.shown.composite.sd is 1.5 in the result and "
    )
    assert len(done.stdout.splitlines()) == 1


def test_a_draft_that_has_changed_since_is_told(result: Path, content: Path) -> None:
    folder = content / "instruments"
    (folder / "published.toml").unlink(missing_ok=True)
    shutil.rmtree(folder / KEY)
    (folder / NEXT).rename(folder / KEY)

    done = run("rescore", str(result))

    assert done.exit_code == 1
    assert "its constants were " in done.stdout


def test_another_version_prints_another_diagnosis_and_leaves_the_result_alone(
    result: Path, content: Path
) -> None:
    before = result.read_bytes()

    done = run("rescore", str(result), "--new", NEXT)

    assert done.exit_code == 0
    assert json.loads(done.stdout)["instrument"]["key"] == NEXT
    assert json.loads(done.stdout)["readings"] != json.loads(before)["readings"]
    assert result.read_bytes() == before


def test_a_version_that_is_not_there_makes_no_diagnosis(result: Path) -> None:
    line = refused(run("rescore", str(result), "--new", "nothing/1.0.0"))

    assert line.startswith(f'{result}: instrument: "nothing/1.0.0" is not held here; ')


@pytest.mark.parametrize("text", ["", "{}", "[", json.dumps(some_answers()), "[" * 100_000])
def test_what_is_no_result_gets_its_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(text, "utf-8")

    assert refused(run("rescore", str(path))).startswith(f"{path}: ")


@pytest.mark.parametrize("arguments", [[], ["x.json", "--all"], ["--all", "--new", KEY]])
def test_what_is_to_be_scored_must_be_said(arguments: list[str]) -> None:
    assert run("rescore", *arguments).exit_code == 2


# --- all --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def once_stored(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database keeps 23 results, more than two pages of them, to be copied."""
    folder = tmp_path_factory.mktemp("stored") / "instance"
    shutil.copytree(migrated, folder)
    app = create_app(some_settings(folder))
    with app.app_context():
        for number in range(23):
            freeze(diagnosed(team_size=5 + number))
        app.extensions["sqlalchemy"].engine.dispose()
    return folder


@pytest.fixture
def stored(once_stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A site over a copy of that folder."""
    app = create_app(some_settings(Path(shutil.copytree(once_stored, tmp_path / "instance"))))
    monkeypatch.setenv("INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("SECRET_KEY", app.config["SECRET_KEY"].decode())
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def freeze(diagnosis: bytes) -> None:
    instrument = shipped()
    started = assessments.start(
        holder="h" * 43, instrument_key=KEY, instrument_sha256=instrument.sha256, facts={"form": "quick"}
    )
    finishing.finish(started.assessment_id, diagnosis=diagnosis, seen={})


def test_all_that_is_stored_is_reproduced(stored: Flask) -> None:
    done = flask("rescore", "--all")

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == "23 results: 23 reproduced, 0 differ, 0 without their version\n"


def test_what_was_changed_in_the_database_is_told_by_its_code(stored: Flask) -> None:
    with stored.app_context(), writing() as connection:
        code, diagnosis = connection.execute(
            Report.__table__.select().with_only_columns(Report.code, Report.diagnosis).limit(1)
        ).one()
        connection.execute(
            Report.__table__.update()
            .where(Report.code == code)
            .values(diagnosis=diagnosis[:-1] + bytes([diagnosis[-1] ^ 1]))
        )

    done = run("rescore", "--all")

    assert done.exit_code == 1
    told, summary = done.stdout.splitlines()
    assert told.startswith(f"{code}: not reproduced: its bytes do not open: ")
    assert summary == "23 results: 22 reproduced, 1 differ, 0 without their version"


def test_a_result_whose_version_is_gone_is_counted_apart(stored: Flask, content: Path) -> None:
    folder = content / "instruments"
    (folder / "published.toml").unlink(missing_ok=True)
    shutil.rmtree(folder / KEY)

    done = run("rescore", "--all")

    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == "23 results: 0 reproduced, 0 differ, 23 without their version"
    assert done.stdout.count(f"not reproduced: {KEY} is not held here; put its folder back") == 23


def test_an_empty_database_has_nothing_to_score(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE", str(app.config["SETTINGS"].instance))

    done = run("rescore", "--all")

    assert done.exit_code == 0
    assert done.stdout == "0 results: 0 reproduced, 0 differ, 0 without their version\n"


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE", str(tmp_path / "none"))

    line = refused(run("rescore", "--all"))

    assert line.startswith(f"DATABASE_URL: there is no {tmp_path}/none/site.db; ")
    assert not (tmp_path / "none").exists()


def test_a_database_without_tables_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.db").write_bytes(b"")
    monkeypatch.setenv("INSTANCE", str(tmp_path))

    assert "flask db upgrade" in refused(run("rescore", "--all"))


def test_a_terminal_sees_how_far_it_is(stored: Flask) -> None:
    main, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "rescore", "--all"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        output, _ = process.communicate(timeout=120)
    with open(main, "rb") as screen:
        seen = screen.read1()

    assert output.decode().startswith("23 results: 23 reproduced")
    assert b"Scoring again" in seen
