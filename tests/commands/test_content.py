"""`content check`: sound content is counted, broken content is told by file and line."""

from __future__ import annotations

from pathlib import Path

from tests.commands.conftest import flask, run


def test_sound_content_is_counted() -> None:
    result = run("content", "check")

    assert result.exit_code == 0
    assert result.stdout.startswith("Content is sound: ")


def test_broken_content_is_told_by_file_and_line(tmp_path: Path) -> None:
    pages = tmp_path / "content" / "pages"
    pages.mkdir(parents=True)
    (pages / "index.md").write_text("+++\ntitle = \n+++\nWelcome.\n", encoding="utf-8")

    done = flask("content", "check", CONTENT=str(tmp_path / "content"))

    assert done.returncode == 2
    assert f"{pages / 'index.md'}:2: " in done.stderr.decode()
    assert all("; " in line for line in done.stderr.decode().splitlines())
