"""The local reader: one line for what it cannot use, a bar on terminals only, and one file that is enough."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from assessment.records import local, packing
from assessment.records.local import Bar
from assessment.records.measures import MEASURES
from assessment.records.observations import read
from assessment.records.plan import Counting, Plan
from tests.commands.conftest import run
from tests.records.files import EXPORTS

PLAN = Plan("lights/1.0.0", tuple(Counting(name, name) for name in MEASURES))
FILES = [str(EXPORTS / "gh" / name) for name in ("issues.json", "prs.json")]
WINDOW = ["--window-days", "700", "--window-end", "2026-06-30", "--team-size", "8"]


def measure(*arguments: str) -> int:
    return local.main(["measure", *arguments], PLAN)


def test_counts_are_written_and_told_and_the_site_accepts_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "observations.json"

    code = measure(*FILES, *WINDOW, "--start", "ab" * 16, "-o", str(output))

    assert code == 0
    made, given = read(output.read_bytes(), PLAN)
    assert made.start == "ab" * 16
    assert (given["reader"], len(given["files"])) == ("gh", 2)
    assert given["observations"]
    told = capsys.readouterr()
    assert told.out == ""
    assert "issues.json: " in told.err
    assert f"Written to {output}." in told.err
    assert "\r" not in told.err  # this is no terminal
    assert [each.name for each in tmp_path.iterdir()] == ["observations.json"]


def test_counts_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure(*FILES, *WINDOW, "-o", "-") == 0

    assert json.loads(capsys.readouterr().out)["plan"] == PLAN.key


def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    code = measure(*FILES, *WINDOW, "-o", str(pipe))

    assert code == 0
    assert pipe.is_fifo()
    assert json.loads(os.read(reading, 60_000))["plan"] == PLAN.key
    os.close(reading)


def test_what_is_said_of_an_export_is_in_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    said = ["--done", "change", "--zone-minutes", "60", "--day-first"]
    said += ["--state", "Bei Anna=in-progress", "--state", "In QA=in-progress", "--column", "doer=Anna"]

    assert measure(*FILES, *WINDOW, *said, "-o", "-") == 0

    written = capsys.readouterr().out
    options = json.loads(written)["options"]
    assert "Anna" not in written  # what a board calls its states and columns stays where it is
    assert options == {
        "columns": ["doer"],
        "day_first": True,
        "done": "change",
        "stages": {"in-progress": 2},
        "zone_minutes": 60,
    }


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["none.json", *WINDOW], "none.json: is no file that can be read. Name the file of an export."),
        ([FILES[0]], "assess-records measure: the following arguments are required: --team-size"),
        ([FILES[0], "--team-size", "1"], "'1' is no whole number from 2 to"),
        ([FILES[0], *WINDOW, "--window-days", "0"], "'0' is no whole number from 1 to 3660"),
        ([FILES[0], *WINDOW, "--window-end", "tomorrow"], "'tomorrow' is no day written as YYYY-MM-DD"),
        ([FILES[0], *WINDOW, "--window-end", "1066-10-14"], "'1066-10-14' lies outside 1990 to 2199"),
        ([FILES[0], *WINDOW, "--start", "feed"], "start: is not what the site prints."),
        ([FILES[0], *WINDOW, "--state", "Doing"], "'Doing': give NAME= and one of to-do, in-progress,"),
        ([FILES[0], *WINDOW, "--column", "done"], "'done' is not written as NAME=VALUE"),
        ([FILES[0], *WINDOW, "--preset", "abacus"], "'abacus' is not known"),
        ([FILES[0], FILES[0], *WINDOW], "issues.json: holds the same as another of these files."),
        ([FILES[0], *WINDOW, "-o", FILES[0]], "is one of the exports. Name another file for the counts."),
        ([FILES[0], *WINDOW, "-o", "/nowhere/at/all.json"], "No such file or directory"),
        ([FILES[0], *WINDOW, "--day-first", "--month-first"], "not allowed with argument"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Path(FILES[0]).read_bytes()
    try:
        code = measure(*arguments)
    except SystemExit as stopped:
        code = int(stopped.code or 0)

    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    assert line in told.err
    assert told.err.count("\n") == 1
    assert Path(FILES[0]).read_bytes() == before


def test_every_system_is_named_with_how_its_file_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert local.main(["systems"], PLAN) == 0

    assert "\n  $ gh issue list" in capsys.readouterr().out


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_drawn_over_itself_on_a_terminal_and_taken_away() -> None:
    out = _Terminal()
    bar = Bar(out)
    bar.total = 100

    bar.progress(1, 0)
    bar.seen = 50
    bar.progress(1, 4000)
    bar.progress(2, 4000)
    bar.clear()

    drawn = out.getvalue().split("\r")
    assert drawn[1].strip() == f"Reading 1 of 3 [{'-' * 30}] 0 items"
    assert drawn[2].strip() == f"Reading 1 of 3 [{'#' * 15}{'-' * 15}] 4,000 items"
    assert drawn[3].strip() == f"Reading 2 of 3 [{'#' * 30}] 4,000 items"
    assert drawn[4].strip() == drawn[5] == ""


def test_elsewhere_no_bar_is_drawn() -> None:
    out = io.StringIO()

    Bar(out).progress(1, 1000)

    assert out.getvalue() == ""


# --- one file --------------------------------------------------------------------------------------


def test_the_program_is_the_same_bytes_each_time_and_has_no_clock_in_it() -> None:
    first = packing.packed(PLAN)

    assert first == packing.packed(PLAN)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert [each.filename for each in archive.infolist()] == sorted(archive.namelist())
    assert first != packing.packed(Plan("lights/1.1.0", PLAN.counts))


def test_a_bare_python_counts_as_the_command_does(tmp_path: Path) -> None:
    program, here, there = (tmp_path / name for name in (packing.NAME, "here.json", "there.json"))
    assert run("records", "pack", "-o", str(program)).exit_code == 0

    # -I: nothing of the environment or of the folder; -S: no site packages.
    bare = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-W",
            "error",
            str(program),
            "measure",
            *FILES,
            *WINDOW,
            "-o",
            str(there),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    command = run("records", "measure", *FILES, *WINDOW, "-o", str(here))

    assert (bare.returncode, command.exit_code) == (0, 0), bare.stderr
    assert there.read_bytes() == here.read_bytes()
    assert json.loads(here.read_bytes())["observations"]


def test_the_command_refuses_in_the_same_line_and_code() -> None:
    refused = run("records", "measure", "none.json", *WINDOW)

    assert refused.exit_code == 2
    assert refused.output == "none.json: is no file that can be read. Name the file of an export.\n"
