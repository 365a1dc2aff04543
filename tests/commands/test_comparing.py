"""`compare`: two runs in sentences or as JSON, from answers or results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assessment.core.interchange import canonical
from tests.answers import some_answers
from tests.commands.conftest import flask, refused, run

LATER = {"as_of": "2027-03-01"}


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A file with answers of a hundred days later, in which everything was found failing."""
    document = some_answers(**LATER)
    for seen in document["observations"].values():
        seen["sound"], seen["failing"], seen["unverified"] = 0, sum(list(seen.values())[:3]), 0
    return written(tmp_path / "later.json", document)


def written(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_two_runs_are_told_in_sentences(answers: Path, later: Path) -> None:
    result = run("compare", str(answers), str(later))

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Execution Integrity, version 1.0.0: 12 indicators answered both times."
    assert lines[1].startswith("24 August to 22 November 2026 (Quick diagnosis): Likely ")
    assert lines[2].startswith("1 December 2026 to 1 March 2027 (Quick diagnosis): Likely ")
    assert lines[3].startswith("Likely fell by ")
    assert lines[3].endswith(" %, and 95 % are needed.")
    assert lines[4] == "That is a reliable decline."
    assert len(lines) == 6


def test_no_change_is_told_as_such_and_names_what_was_left_out(answers: Path, tmp_path: Path) -> None:
    document = some_answers(**LATER)
    del document["observations"]["VS2"], document["observations"]["RF1"]

    result = run("compare", str(answers), str(written(tmp_path / "again.json", document)))

    assert "Likely rose" not in result.stdout
    assert "Likely fell" not in result.stdout
    assert "That is no reliable change." in result.stdout.splitlines()
    assert result.stdout.splitlines()[-1] == "Answered only once, and left out: RF1 and VS2."


def test_as_json_it_is_the_same_bytes_every_time(answers: Path, later: Path) -> None:
    first, second = (flask("compare", str(answers), str(later), "--json") for _ in range(2))

    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout == canonical(json.loads(first.stdout))
    assert json.loads(first.stdout)["verdict"] == "reliable decline"


def test_results_are_compared_like_the_answers_in_them(answers: Path, later: Path, tmp_path: Path) -> None:
    names = []
    for path in (answers, later):
        result = tmp_path / f"result-of-{path.name}"
        result.write_bytes(run("diagnose", str(path)).stdout_bytes)
        names.append(str(result))

    assert run("compare", *names).stdout == run("compare", str(answers), str(later)).stdout


def test_runs_that_may_not_be_compared_get_one_line(answers: Path, later: Path) -> None:
    line = refused(run("compare", str(later), str(answers)))

    assert line.startswith(f"{later}, {answers}: later: its window ends before the earlier one begins")
    assert line.endswith("; name the earlier run first")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"instrument": "none/1.0.0"}', '{"answers": {}}'])
def test_a_file_that_holds_no_run_gets_one_line(answers: Path, tmp_path: Path, text: str) -> None:
    unusable = tmp_path / "unusable.json"
    unusable.write_text(text, encoding="utf-8")

    for pair in ((unusable, answers), (answers, unusable)):
        assert refused(run("compare", *map(str, pair))).startswith(f"{unusable}: ")


def test_a_missing_file_gets_one_line(answers: Path, tmp_path: Path) -> None:
    line = refused(run("compare", str(answers), str(tmp_path / "none.json")))

    assert line.endswith("none.json: No such file or directory; name a readable file of answers (JSON)")
