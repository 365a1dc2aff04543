"""What reading an export costs: time and memory of counting it, beside the least that reading it could cost.

    python benchmarks/records.py [--rows 50000] [--many 1000000] [--rounds 3]

Made-up exports of a table and of two documents are counted as the local reader counts them, for everything
that the site's own instrument wants of a window that holds them all. Each runs in a process of its own, on
one core; its time is that of the processor, and its memory the highest that the kernel saw. Beside it, in
turns with it, a process that only reads the same file with `csv.DictReader` or `json.load`. Of several rounds
the best is told.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from assessment.content.library import read_library
from assessment.records import packing
from assessment.settings import ROOT

SECONDS, MEGABYTES = 2.0, 200  # for --rows
MANY_MEGABYTES = 300  # for --many
FIRST = datetime(2021, 1, 1, tzinfo=UTC)
DAYS = 1800
LEAST = {
    ".csv": "import csv, sys; sum(1 for _ in csv.DictReader(open(sys.argv[1], newline='')))",
    ".json": "import json, sys; json.load(open(sys.argv[1]))",
}


class Cost(NamedTuple):
    """What a process used."""

    seconds: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--many", type=int, default=1_000_000, help="rows of the long table; 0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    library = read_library(ROOT / "content")
    with TemporaryDirectory() as folder:
        program = Path(folder) / packing.NAME
        program.write_bytes(packing.packed(library.measures[library.current.key]))
        for write in (table, issues, requests):
            path = write(Path(folder), arguments.rows)
            told(program, path, arguments.rows, arguments.rounds, SECONDS, MEGABYTES)
            path.unlink()
        if arguments.many:
            told(program, table(Path(folder), arguments.many), arguments.many, 1, None, MANY_MEGABYTES)


def told(program: Path, path: Path, rows: int, rounds: int, seconds: float | None, megabytes: float) -> None:
    """Count a file and print what it cost."""
    last = (FIRST + timedelta(days=DAYS)).date().isoformat()
    counting = [sys.executable, "-I", str(program), "measure", str(path), "--team-size", "8"]
    counting += ["--window-days", str(DAYS), "--window-end", last, "-o", os.devnull]
    reading = [sys.executable, "-I", "-c", LEAST[path.suffix], str(path)]
    costs = [(cost(counting), cost(reading)) for _ in range(rounds)]
    whole, least = (min(each) for each in zip(*costs, strict=True))
    peak = max(each.megabytes for each, _ in costs)
    kept = peak < megabytes and (seconds is None or whole.seconds <= seconds)
    aim = f"under {megabytes} MB" if seconds is None else f"{seconds:g} s and under {megabytes} MB"
    size = path.stat().st_size / 1e6
    print(  # noqa: T201 it prints a line
        f"{path.name}, {rows:,} rows, {size:.1f} MB: {whole.seconds:.2f} s, {peak:.0f} MB;"
        f" only read {least.seconds:.2f} s, {least.megabytes:.0f} MB;"
        f" {whole.seconds / least.seconds:.1f} times the time (goal {aim}: {'kept' if kept else 'NOT KEPT'})"
    )


def cost(command: list[str]) -> Cost:
    """Return what a process used, on one core. Raises CalledProcessError where it fails."""
    process = subprocess.Popen(  # noqa: S603 our own program
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=_on_one_core
    )
    error = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=error)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _on_one_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


# --- made-up exports ------------------------------------------------------------------------------


def _at(n: int, rows: int, hours: int = 0) -> datetime:
    moment = FIRST + timedelta(seconds=n * (DAYS - 40) * 86_400 // rows, hours=hours)
    return moment.replace(microsecond=0)


def table(folder: Path, rows: int) -> Path:
    """Write a table as Jira exports it, with repeated columns and line breaks inside its cells."""
    headings = (
        "Issue key,Issue id,Issue Type,Summary,Status,Status Category,Assignee,Reporter,Created,Updated"
        ",Resolved,Due Date,Labels,Labels,Component/s,Parent,Description"
    ).split(",")

    def written(moment: datetime) -> str:
        return moment.strftime("%d/%b/%y %I:%M %p")

    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        for n in range(rows):
            made, closed = _at(n, rows), _at(n, rows, 3 + n * 7 % 700)
            state = "Done" if n % 5 else "In Progress"
            writer.writerow(
                [
                    f"KILN-{n}",
                    100_000 + n,
                    "Story",
                    f"Fire kiln {n}, gently",
                    state,
                    state,
                    f"person {n * 7 % 30}",
                    f"person {n * 11 % 30}",
                    written(made),
                    written(closed),
                    written(closed) if n % 5 else "",
                    written(closed + timedelta(days=n % 10 - 5)),
                    "backend",
                    "post-mortem" if n % 50 == 0 else "",
                    f"part {n % 12}",
                    f"KILN-{n // 40}" if n % 3 else "",
                    "As somebody who fires kilns,\nI want a glaze that holds.",
                ]
            )
    return path


def issues(folder: Path, rows: int) -> Path:
    """Write a list as `gh issue list --json` prints it."""
    return _document(folder / "issues.json", rows, _issue)


def requests(folder: Path, rows: int) -> Path:
    """Write a list as `gh pr list --json` prints it."""
    return _document(folder / "requests.json", rows, _request)


def _document(path: Path, rows: int, entry: Callable[[int, int], dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for n in range(rows):
            file.write(("," if n else "[") + json.dumps(entry(n, rows)))
        file.write("]\n")
    return path


def _person(n: int) -> dict[str, str]:
    return {"login": f"person-{n % 30}"}


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _issue(n: int, rows: int) -> dict[str, object]:
    closed = _written(_at(n, rows, 3 + n * 7 % 700))
    return {
        "number": n + 1,
        "title": "Fire kiln",
        "state": "CLOSED" if n % 5 else "OPEN",
        "author": _person(n * 11),
        "assignees": [_person(n * 7)],
        "createdAt": _written(_at(n, rows)),
        "updatedAt": closed,
        "closedAt": closed if n % 5 else None,
        "labels": [{"name": "backend"}],
        "url": f"https://github.example/meadow/kiln/issues/{n + 1}",
        "body": f"As said in #{n // 2 + 1}." if n % 3 else "",
        "comments": [{"author": _person(n), "createdAt": closed}],
    }


def _request(n: int, rows: int) -> dict[str, object]:
    merged, reviewed = _written(_at(n, rows, 50 + n % 100)), _written(_at(n, rows, 20 + n % 40))
    return {
        "number": n + 1,
        "title": "Fire kiln",
        "state": "MERGED" if n % 9 else "OPEN",
        "author": _person(n * 7),
        "createdAt": _written(_at(n, rows)),
        "updatedAt": merged,
        "closedAt": merged if n % 9 else None,
        "mergedAt": merged if n % 9 else None,
        "mergedBy": _person(n),
        "isDraft": False,
        "body": f"Fixes #{n // 3}",
        "labels": [],
        "url": f"https://github.example/meadow/kiln/pull/{n + 1}",
        "closingIssuesReferences": [{"number": n // 3}],
        "reviews": [{"author": _person(n * 3), "state": "APPROVED", "submittedAt": reviewed}],
        "comments": [{"author": _person(n), "createdAt": reviewed}],
    }


if __name__ == "__main__":
    main()
