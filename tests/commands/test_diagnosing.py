"""`diagnose` and `report`: the same bytes for the same answers, one line for a file that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from assessment.core.interchange import canonical
from tests.answers import some_answers
from tests.builders import a_source
from tests.commands.conftest import flask, refused, run

# --- what works -----------------------------------------------------------------------------------


def test_a_diagnosis_is_the_same_bytes_every_time(answers: Path) -> None:
    first, second = flask("diagnose", str(answers)), flask("diagnose", str(answers))

    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert first.stderr == b""
    assert first.stdout == canonical(json.loads(first.stdout))


def test_the_order_of_the_answers_makes_no_difference(answers: Path, tmp_path: Path) -> None:
    turned = dict(reversed(some_answers().items()))
    turned["observations"] = dict(reversed(turned["observations"].items()))
    other = tmp_path / "turned.json"
    other.write_text(json.dumps(turned, indent=4), encoding="utf-8")

    assert run("diagnose", str(other)).stdout == run("diagnose", str(answers)).stdout


def test_a_report_is_a_pdf_and_the_same_bytes_every_time(answers: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"

    for path in (first, second):
        result = run("report", str(answers), "-o", str(path))
        assert result.exit_code == 0, result.output

    assert first.read_bytes().startswith(b"%PDF-1.7")
    assert first.read_bytes() == second.read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["answers.json", "first.pdf", "second.pdf"]


def test_a_report_on_letter_is_asked_for_by_name(answers: Path, tmp_path: Path) -> None:
    a4, letter = tmp_path / "a4.pdf", tmp_path / "letter.pdf"

    for path, more in ((a4, []), (letter, ["--paper", "letter"])):
        assert run("report", str(answers), "-o", str(path), *more).exit_code == 0

    sheets = [PdfReader(path).pages[0].mediabox for path in (a4, letter)]
    assert [(round(each.width), round(each.height)) for each in sheets] == [(595, 842), (612, 792)]
    assert run("report", str(answers), "-o", str(a4), "--paper", "A5").exit_code == 2


def test_a_count_from_an_export_is_diagnosed_with_where_it_comes_from(tmp_path: Path) -> None:
    path, paper, document = tmp_path / "counted.json", tmp_path / "counted.pdf", some_answers()
    name = next(iter(document["observations"]))
    document["observations"][name] = {"sound": 50, "failing": 0, "unverified": 0, "grade": "E4"}
    document["counted"] = {name: a_source()}
    path.write_text(json.dumps(document), encoding="utf-8")

    result, report = run("diagnose", str(path)), run("report", str(path), "-o", str(paper))

    assert json.loads(result.stdout)["answers"]["counted"] == {name: a_source()}
    assert report.exit_code == 0, report.output
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(paper).pages).split())
    assert "counted from an export: GitHub" in text
    assert "abababab abababab" in text


# --- what does not --------------------------------------------------------------------------------


def observed(**changed: Any) -> dict[str, Any]:
    """Return answers in which the first indicator's observation is changed."""
    document = some_answers()
    first = next(iter(document["observations"]))
    document["observations"][first] |= changed
    return document


def with_observation(name: str) -> dict[str, Any]:
    document = some_answers()
    document["observations"][name] = {"sound": 1, "failing": 0, "unverified": 0, "grade": "E3"}
    return document


Text = Callable[[], str]

WRONG: dict[str, Text] = {
    "not JSON": lambda: "{'instrument': 1}",
    "empty": lambda: "",
    "a list": lambda: "[]",
    "not a number": lambda: json.dumps(observed(sound=float("nan"))),
    "infinite": lambda: json.dumps(observed(sound=float("inf"))),
    "negative": lambda: json.dumps(observed(sound=-1)),
    "too many marks": lambda: json.dumps(observed(sound=10_000)),
    "a number as text": lambda: json.dumps(observed(sound="3")),
    "a fraction": lambda: json.dumps(observed(sound=2.5)),
    "too large a number": lambda: json.dumps(observed(sound=10**12)),
    "an unknown grade": lambda: json.dumps(observed(grade="E5")),
    "an unknown key": lambda: json.dumps(observed(certain=True)),
    "an unknown indicator": lambda: json.dumps(with_observation("ZZ9")),
    "another version": lambda: json.dumps(some_answers(instrument="execution-integrity/9.0.0")),
    "an unknown form": lambda: json.dumps(some_answers(form="endless")),
    "no such day": lambda: json.dumps(some_answers(as_of="2026-02-30")),
    "nobody in the team": lambda: json.dumps(some_answers(team_size=0)),
    "ten megabytes": lambda: json.dumps(some_answers(label="a" * 10_000_000)),
    "deep nesting": lambda: "[" * 100_000 + "]" * 100_000,
    "one key twice": lambda: '{"form": "quick", ' + json.dumps(some_answers())[1:],
}


@pytest.mark.parametrize("command", ["diagnose", "report"])
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_gets_one_line_that_names_it(wrong: Text, command: str, tmp_path: Path) -> None:
    path, pdf = tmp_path / "answers.json", tmp_path / "report.pdf"
    path.write_text(wrong(), encoding="utf-8")
    output = ["-o", str(pdf)] if command == "report" else []

    line = refused(run(command, str(path), *output))

    assert line.startswith(f"{path}: ")
    assert "; " in line  # the remedy follows the fault
    assert len(line) < 500
    assert not pdf.exists()


def test_bytes_that_are_not_text_get_their_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_bytes(b"\xff\xfe\x00{")

    assert refused(run("diagnose", str(path))).startswith(f"{path}: ")


def test_a_file_that_is_not_there_gets_its_line(tmp_path: Path) -> None:
    line = refused(run("diagnose", str(tmp_path / "none.json")))

    assert line == f"{tmp_path}/none.json: No such file or directory; name a readable file of answers (JSON)"


def test_a_folder_gets_its_line(tmp_path: Path) -> None:
    assert refused(run("diagnose", str(tmp_path))).startswith(f"{tmp_path}: Is a directory; ")


def test_the_program_itself_answers_a_wrong_file_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_text("{", encoding="utf-8")

    done = flask("diagnose", str(path))

    assert done.returncode == 2
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("output", ["no such folder/report.pdf", "answers.json/report.pdf", "folder"])
def test_a_report_that_cannot_be_written_there_gets_its_line(output: str, answers: Path) -> None:
    target = answers.parent / output
    (answers.parent / "folder").mkdir()

    line = refused(run("report", str(answers), "-o", str(target)))

    assert line.startswith(f"{target}: ")
    assert sorted(each.name for each in answers.parent.iterdir()) == ["answers.json", "folder"]


def test_a_report_is_never_written_over_its_answers(answers: Path) -> None:
    before = answers.read_bytes()

    result = run("report", str(answers), "-o", str(answers))

    assert result.exit_code == 2
    assert "name another file" in result.stderr
    assert answers.read_bytes() == before
