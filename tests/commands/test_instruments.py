"""`instrument`: what is asked can be checked."""

from __future__ import annotations

from pathlib import Path

from tests.answers import KEY, shipped
from tests.commands.conftest import flask, run


def test_sound_instruments_are_listed_with_their_hash() -> None:
    instrument = shipped()

    result = run("instrument", "check")

    assert result.exit_code == 0
    assert f"{KEY}, draft, sha256 {instrument.sha256}" in result.stdout.splitlines()


def test_a_broken_instrument_is_told_by_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "content" / "instruments" / "tiny" / "1.0.0"
    folder.mkdir(parents=True)
    (folder / "instrument.toml").write_text('name = "Tiny"\ndraft = perhaps\n', encoding="utf-8")

    done = flask("instrument", "check", CONTENT=str(tmp_path / "content"))

    assert done.returncode == 2
    assert f"{folder / 'instrument.toml'}:2: " in done.stderr.decode()
