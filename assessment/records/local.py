"""The local reader: the same counting beside the files themselves, so that only counts leave the building.

    assess-records measure FILE... --team-size N [--preset gh] [--window-days 90] [--window-end DATE]
        [--start HEX] [-o observations.json]

What it needs is the standard library. It opens the files that it is given and the one that it writes.
"""

from __future__ import annotations

import argparse
import io
import os
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TextIO

from assessment.records import observations, readers
from assessment.records.measured import Measured
from assessment.records.measuring import measured
from assessment.records.observations import Run, checked_start
from assessment.records.people import People
from assessment.records.plan import Plan, read_plan
from assessment.records.source import LOCAL, File, Options, RecordsError
from assessment.records.stages import STAGES
from assessment.records.work import KINDS, Stage

PLAN = "plan.json"
UNUSABLE = 2
_STOPPED = 130


def main(arguments: Sequence[str], plan: Plan, program: str = "assess-records") -> int:
    """Do what a command line says; return the exit code: 0, or 2 with one line about what cannot be used."""
    said = _parser(program).parse_args(arguments)
    if said.command == "systems":
        print(_systems())  # noqa: T201 - a command line of its own
        return 0
    bar = Bar(sys.stderr)
    try:
        found, text = _counted(said, plan, bar)
        bar.clear()
        _write(said.output, text, said.files)
    except (RecordsError, OSError) as error:
        bar.clear()
        print(_line(error), file=sys.stderr)  # noqa: T201
        return UNUSABLE
    except KeyboardInterrupt:
        bar.clear()
        return _STOPPED
    print("\n".join(_told(found, said.output)), file=sys.stderr)  # noqa: T201
    return 0


def own_plan() -> Plan:
    """Return the plan that lies in the program itself."""
    from importlib import resources

    return read_plan((resources.files("assessment.records") / PLAN).read_text("utf-8"))


class _Parser(argparse.ArgumentParser):
    """Refuses in one line, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        self.exit(UNUSABLE, f"{self.prog}: {message}; --help tells what there is\n")


def _parser(program: str) -> argparse.ArgumentParser:
    parser = _Parser(
        program, description="Count what an export tells, here: only counts are written, no name and no item."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    measure = commands.add_parser("measure", help="count some files and write observations.json")
    measure.add_argument("files", nargs="+", metavar="FILE")
    measure.add_argument("--preset", default="", help="the system that wrote them (default: recognised)")
    measure.add_argument("--window-days", type=_days, default=90, metavar="DAYS", help="default: 90")
    measure.add_argument(
        "--window-end", type=_day, default=None, metavar="YYYY-MM-DD", help="its last day (default: today)"
    )
    measure.add_argument("--team-size", type=_team, required=True, metavar="PEOPLE", help="in the team")
    measure.add_argument("--start", default="", metavar="HEX", help="the start of the draws, from the site")
    measure.add_argument("--done", choices=KINDS, default=None, help="what counts as declared done")
    measure.add_argument(
        "--state", action="append", default=[], type=_state, metavar="NAME=STAGE", help=", ".join(STAGES)
    )
    measure.add_argument(
        "--column", action="append", default=[], type=_pair, metavar="FIELD=HEADING", help="for any table"
    )
    measure.add_argument("--zone-minutes", type=int, default=0, metavar="MINUTES", help="ahead of UTC")
    order = measure.add_mutually_exclusive_group()
    order.add_argument("--day-first", action="store_true", default=None, help="02/03 is the second of March")
    order.add_argument("--month-first", action="store_true", help="02/03 is the third of February")
    measure.add_argument("-o", "--output", default="observations.json", metavar="FILE", help="- prints it")
    commands.add_parser("systems", help="say which systems are read, and how each file is made")
    return parser


def _days(text: str) -> int:
    return _whole(text, 1, 3660)


def _team(text: str) -> int:
    return _whole(text, 2, 1_000_000)


def _whole(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no whole number from {least} to {most}")
    return int(text)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no day written as YYYY-MM-DD") from None
    if not 1990 <= day.year <= 2199:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} lies outside 1990 to 2199")
    return day


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is not written as NAME=VALUE")
    return name, value


def _state(text: str) -> tuple[str, Stage]:
    name, _, value = text.rpartition("=")
    for stage in STAGES:
        if stage == value and name:
            return name, stage
    raise argparse.ArgumentTypeError(f"{text[:60]!r}: give NAME= and one of {', '.join(STAGES)}")


def _counted(said: argparse.Namespace, plan: Plan, bar: Bar) -> tuple[Measured, str]:
    """Return what was measured, and the document of it as text. Raises RecordsError and OSError."""
    start = checked_start(said.start) if said.start else ""
    files = [_file(Path(name), bar) for name in said.files]
    options = Options(
        stages=dict(said.state),
        columns=dict(said.column),
        done=said.done,
        zone_minutes=said.zone_minutes,
        day_first=True if said.day_first else False if said.month_first else None,
    )
    last = said.window_end or datetime.now(UTC).date()
    run = Run(plan, said.window_days, last, said.team_size, start)
    wanted = run.wanted(sorted({each.sha256() for each in files}))
    bar.total = sum(each.size for each in files)
    sources = readers.opened(files, said.preset, options, People(), LOCAL)
    found = measured(
        sources, wanted, (), options, files=files, team_size=said.team_size, progress=bar.progress
    )
    return found, observations.written(observations.document(run, found, options))


def _file(path: Path, bar: Bar) -> File:
    if not path.is_file():
        raise RecordsError(str(path), "is no file that can be read", "name the file of an export")
    return File(path.name, path.stat().st_size, partial(_opened, path, bar))


def _write(name: str, text: str, read: Sequence[str]) -> None:
    """Write the document whole or not at all; never over one of the files that were read.

    What is no file, as /dev/null or a pipe, is written to and stays what it is.
    """
    if name == "-":
        sys.stdout.write(text)
        return
    target = Path(name)
    if target.exists() and any(target.samefile(each) for each in read):
        raise RecordsError(name, "is one of the exports", "name another file for the counts")
    if target.exists() and not target.is_file():
        target.write_bytes(text.encode())
        return
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        draft.write_bytes(text.encode())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _line(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'file'}: {error.strerror or error}. Name files that can be used."
    return " ".join(str(error).split())


def _told(found: Measured, output: str) -> list[str]:
    """Return what is said when it is done, for people; there is nothing in it that the document lacks."""
    lines = []
    for file in found.files:
        lines.append(f"{file.name}: {file.rows} rows, {file.items} items, read as {file.understood.reader}")
        lines += [f"  left out: {n} x {why} ({place})" for why, n, place in file.dropped]
        lines += [f"  noted: {n} x {why} ({place})" for why, n, place in file.remarked]
    for count in found.counts:
        if count.cannot:
            lines.append(f"{count.name}: not counted. {count.cannot}")
            continue
        marks = f"{count.sound} sound, {count.failing} failing, {count.unverified} could not verify"
        lines.append(f"{count.name}: {marks}; {len(count.positions)} of {count.population}")
    return [*lines, f"Written to {output}." if output != "-" else "Written to standard output."]


def _systems() -> str:
    told = (f"{each.NAME}: {each.TITLE}\n{each.EXPORT}" for each in readers.READERS)
    return "\n\n".join(each.replace("\n", "\n  ") for each in told)


class Bar:
    """How far the reading is, in one line that is drawn over itself, on a terminal only."""

    _WIDTH = 30

    def __init__(self, out: TextIO) -> None:
        self._out = out if out.isatty() else None
        self._shown = ""
        self.total = 0  # bytes of all files
        self.seen = 0  # bytes that were read in this reading
        self._reading = 0
        self._items = 0

    def progress(self, reading: int, items: int) -> None:
        """Draw how far a reading is: of the first by bytes, of the others by items."""
        if reading != self._reading:
            self._reading, self.seen = reading, 0
        part = self.seen / self.total if self.total else 1.0
        if reading == 1:
            self._items = items
        elif self._items:
            part = items / self._items
        done = round(self._WIDTH * min(part, 1.0))
        bar = "#" * done + "-" * (self._WIDTH - done)
        self._draw(f"Reading {reading} of 3 [{bar}] {items:,} items")

    def clear(self) -> None:
        """Take the line away."""
        self._draw("")

    def _draw(self, line: str) -> None:
        if self._out is not None and line != self._shown:
            self._out.write("\r" + line.ljust(len(self._shown)) + ("\r" if not line else ""))
            self._out.flush()
            self._shown = line


class _Watched(io.FileIO):
    """A file that tells a bar how much of it was read."""

    def __init__(self, path: Path, bar: Bar) -> None:
        super().__init__(os.fspath(path), "rb")
        self._bar = bar

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer, and tell of it."""
        n = super().readinto(buffer) or 0
        self._bar.seen += n
        return n

    def readall(self) -> bytes:
        """Read the rest, and tell of it."""
        data = super().readall() or b""
        self._bar.seen += len(data)
        return data


def _opened(path: Path, bar: Bar) -> BinaryIO:
    return io.BufferedReader(_Watched(path, bar), 1 << 18)
