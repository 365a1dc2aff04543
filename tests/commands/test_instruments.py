"""`instrument`: what is asked can be checked, and a version can be closed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assessment.settings import ROOT
from tests.answers import KEY, shipped
from tests.commands.conftest import flask, refused, run

NEXT = KEY.replace("1.0.0", "1.0.1")


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all content, in which the version that ships is an unpublished one without "draft"."""
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder)
    (folder / "instruments" / "published.toml").unlink(missing_ok=True)
    without_draft(folder / "instruments" / KEY)
    monkeypatch.setenv("CONTENT", str(folder))
    return folder


def without_draft(version: Path) -> None:
    path = version / "instrument.toml"
    path.write_text(path.read_text("utf-8").replace("draft = true\n", ""), "utf-8")


def cold_start(tmp_path: Path, content: Path) -> subprocess.CompletedProcess[str]:
    """Let gunicorn load the site as it does before it serves it."""
    return subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "--config", "gunicorn.conf.py"],
        cwd=ROOT,
        env={**os.environ, "CONTENT": str(content), "INSTANCE": str(tmp_path / "instance")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


# --- check ----------------------------------------------------------------------------------------


def test_sound_instruments_are_listed_with_their_hash() -> None:
    instrument = shipped()

    result = run("instrument", "check")

    assert result.exit_code == 0
    state = "draft" if instrument.draft else "closed"
    assert f"{KEY}, {state}, sha256 {instrument.sha256}" in result.stdout.splitlines()


def test_a_broken_instrument_is_told_by_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "content" / "instruments" / "tiny" / "1.0.0"
    folder.mkdir(parents=True)
    (folder / "instrument.toml").write_text('name = "Tiny"\ndraft = perhaps\n', encoding="utf-8")

    done = flask("instrument", "check", CONTENT=str(tmp_path / "content"))

    assert done.returncode == 2
    assert f"{folder / 'instrument.toml'}:2: " in done.stderr.decode()


# --- publish --------------------------------------------------------------------------------------


def test_closing_a_version_records_it_and_closing_it_again_changes_nothing(content: Path) -> None:
    first = run("instrument", "publish", KEY)
    recorded = (content / "instruments" / "published.toml").read_bytes()
    second = run("instrument", "publish", KEY)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert first.stdout.startswith(f"{KEY} is closed, sha256 ")
    assert second.stdout == f"{KEY} is published already, as it is; nothing was changed.\n"
    assert (content / "instruments" / "published.toml").read_bytes() == recorded
    assert run("instrument", "check").stdout.startswith(f"{KEY}, closed, sha256 ")
    assert sorted(path.name for path in (content / "instruments").iterdir()) == [
        KEY.partition("/")[0],
        "published.toml",
    ]


def test_a_draft_is_not_published(content: Path) -> None:
    path = content / "instruments" / KEY / "instrument.toml"
    path.write_text("draft = true\n" + path.read_text("utf-8"), "utf-8")

    line = refused(run("instrument", "publish", KEY))

    assert line.startswith(f"{path}:1: {KEY} is a draft; remove the line")
    assert not (content / "instruments" / "published.toml").exists()


def test_a_version_with_faults_is_not_published(content: Path) -> None:
    path = content / "instruments" / KEY / "routes.toml"
    more = '\n[[destinations]]\nid = "shop"\nname = "Shop"\naction = "Buy"\nsentence = "A shop."\n'
    path.write_text(path.read_text("utf-8") + more, "utf-8")

    line = refused(run("instrument", "publish", KEY))

    assert line.endswith("destination shop: no rule leads there; let a rule lead there, or take it out")
    assert not (content / "instruments" / "published.toml").exists()


def test_a_version_that_was_published_with_other_bytes_is_not_published_again(content: Path) -> None:
    run("instrument", "publish", KEY)
    recorded = (content / "instruments" / "published.toml").read_bytes()
    path = content / "instruments" / KEY / "constants.toml"
    path.write_bytes(path.read_bytes() + b"\n")

    line = refused(run("instrument", "publish", KEY))

    assert line.startswith(f"{path}:1: was changed after {KEY} was published; put it back as it was; ")
    assert (content / "instruments" / "published.toml").read_bytes() == recorded


@pytest.mark.parametrize("key", ["execution-integrity/9.9.9", "../instruments/x", "execution-integrity", ""])
def test_a_version_that_is_not_there_is_not_published(content: Path, key: str) -> None:
    line = refused(run("instrument", "publish", key))

    assert line.startswith(f"{key}: is not in {content}/instruments; name one of: ")


# --- the start ------------------------------------------------------------------------------------


def test_the_site_does_not_start_on_a_published_version_that_was_edited(
    content: Path, tmp_path: Path
) -> None:
    assert run("instrument", "publish", KEY).exit_code == 0
    assert cold_start(tmp_path, content).returncode == 0
    path = content / "instruments" / KEY / "passes" / "f1-done.toml"
    path.write_bytes(path.read_bytes().replace(b"open", b"Open", 1))

    start = cold_start(tmp_path, content)
    checks = [run(group, "check") for group in ("content", "instrument")]

    told = f"{path}:1: was changed after {KEY} was published; put it back as it was; "
    assert start.returncode != 0
    assert [line.startswith(told) for line in start.stderr.splitlines()] == [True]
    assert [refused(each).startswith(told) for each in checks] == [True, True]


def test_the_site_starts_with_the_next_version_beside_a_published_one(content: Path, tmp_path: Path) -> None:
    run("instrument", "publish", KEY)
    folder = content / "instruments"
    shutil.copytree(folder / KEY, folder / NEXT)
    path = folder / NEXT / "passes" / "f1-done.toml"
    path.write_bytes(path.read_bytes().replace(b"open", b"Open", 1))

    assert run("instrument", "publish", NEXT).exit_code == 0
    assert cold_start(tmp_path, content).returncode == 0
    assert run("instrument", "check").stdout.count(", closed, sha256 ") == 2


# --- diff -----------------------------------------------------------------------------------------


def test_the_exit_code_of_a_comparison_says_whether_anything_differs(content: Path) -> None:
    folder = content / "instruments"
    run("instrument", "publish", KEY)
    shutil.copytree(folder / KEY, folder / NEXT)
    same = run("instrument", "diff", KEY, NEXT)
    path = folder / NEXT / "constants.toml"
    path.write_text(path.read_text("utf-8").replace("team = 2.5", "team = 2"), "utf-8")

    other = run("instrument", "diff", KEY, NEXT)
    unknown = run("instrument", "diff", KEY, "nothing/1.0.0")

    assert (same.exit_code, other.exit_code) == (0, 1)
    assert "They ask, score and say the same." in same.stdout.splitlines()
    assert "  constant prior.team: 2.5 → 2" in other.stdout.splitlines()
    assert refused(unknown).startswith("nothing/1.0.0: is not in ")


# --- schema ---------------------------------------------------------------------------------------


def test_the_schemas_are_printed_as_one_document_or_written_as_files(tmp_path: Path) -> None:
    printed = json.loads(run("instrument", "schema").stdout)

    done = run("instrument", "schema", "--write", str(tmp_path / "schemas"))

    assert done.exit_code == 0
    files = {path.relative_to(tmp_path / "schemas").as_posix(): path for path in tmp_path.rglob("*.json")}
    assert {name: json.loads(path.read_text("utf-8")) for name, path in files.items()} == printed
    assert {"instrument.schema.json", "answers.schema.json", "result.schema.json"} <= printed.keys()


def test_schemas_that_cannot_be_written_there_get_their_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    line = refused(run("instrument", "schema", "--write", str(tmp_path / "file")))

    assert line.startswith(f"{tmp_path}/file: ")
    assert line.endswith("; name a folder to write into")
