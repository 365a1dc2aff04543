"""Exports of other systems, read and counted by a child process that can hurt nothing and keeps nothing.

What somebody exports is long, foreign and may be hostile, so it is read behind the limits and walls of
`report.confined`, and never in the process that serves pages. It goes there and what was counted comes back
by files in memory that have no name: nothing is written to a disk, and with the child all of it is gone.

What comes back tells of items, never of a person, and it holds the files once more as a text
(`Read.carried`), where they are small enough: the page that shows what was read carries them to the next
click, so that nobody has to choose them again and the site keeps nothing in between (decision 28).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import signal
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

from assessment.core.text import printable
from assessment.records import plain
from assessment.records.measured import ListWanted, Measured, Wanted
from assessment.records.plan import Plan
from assessment.records.source import File, Options, RecordsError
from assessment.report import confined
from assessment.report.confined import Limits

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = (sys.executable, "-s", "-m", "assessment.counting")
LIMITS = Limits(wall_s=20, cpu_s=12, memory_mib=768, output_mb=16)

LARGEST_MB = 25  # of all files together
CARRIED_MB = 8  # up to which a page carries them
# The longest text in which so much is carried: what cannot be packed grows by a third.
LONGEST_CARRIED = CARRIED_MB * 1_000_000 * 4 // 3 + 500_000
MOST_FILES = 20
LONGEST_NAME = 120  # of a file, in messages
_HEAD = 1_000_000  # bytes in which a document of the local reader is known
AT_ONCE = 2  # children, in each process
PATIENCE_S = 10.0  # how long somebody waits for a turn

_THESE = "These files"
_FEWER = "export fewer days or fewer columns, or count them with the reader on your own machine"
_OUT_OF_TIME = (
    _THESE,
    f"they could not be read within {LIMITS.wall_s:g} seconds, and nothing was counted",
    _FEWER,
)
_FELL_OVER = (_THESE, "they could not be read, and nothing was counted", _FEWER)

_turns = threading.BoundedSemaphore(AT_ONCE)


class Busy(Exception):
    """As many files are being read as may be at once: nothing was read."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One file as it was sent. Its name is shown in messages, and kept nowhere."""

    name: str
    data: bytes

    @classmethod
    def called(cls, name: str, data: bytes) -> Sent:
        """Return a file under the last part of its name, as it can be shown."""
        last = name.replace("\\", "/").rpartition("/")[2]
        return cls(printable(last)[:LONGEST_NAME] or "file", data)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of the files. `preset` names the reader, "" for whichever recognises them.

    `plan` is what a document of the local reader is held against.
    """

    plan: Plan
    wanted: tuple[Wanted, ...] = ()
    lists: tuple[ListWanted, ...] = ()
    options: Options = field(default_factory=Options)
    preset: str = ""
    team_size: int = 0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """With what the local reader was run, whose document was sent in place of the files."""

    window_days: int
    window_end: date
    team_size: int
    start: str
    reader: str


@dataclass(frozen=True, slots=True)
class Read:
    """What was read, or why it was not: the place, the fault and the remedy.

    `carried` is all that was sent, as a text to be sent again; "" where that would be too long. It comes with
    a refusal, too: what was said of the files may be said otherwise.
    """

    measured: Measured | None = None
    elsewhere: Elsewhere | None = None
    refused: tuple[str, str, str] | None = None
    carried: str = ""


def counted(
    files: Sequence[Sent],
    asked: Asked,
    *,
    carried: str = "",
    limits: Limits = LIMITS,
    program: Sequence[str] = PROGRAM,
) -> Read:
    """Return what is counted of some files, or of what a page carried in their place.

    Raises RecordsError where they could not even be looked at, and Busy where others are being read.
    `program` is the child, which tests replace by one that misbehaves.
    """
    _check_size(files, carried)
    if not _turns.acquire(timeout=PATIENCE_S):
        raise Busy
    try:
        code, told = _outcome(_message(files, asked, carried), limits, program)
    except OSError:  # there is no memory for another process, or no number for another file
        code, told = 1, b""
    finally:
        _turns.release()
    if code == 0:
        return _read(told)
    raise RecordsError(*(_OUT_OF_TIME if code in (-signal.SIGALRM, -signal.SIGXCPU) else _FELL_OVER))


def _check_size(files: Sequence[Sent], carried: str) -> None:
    if len(files) > MOST_FILES:
        raise RecordsError(
            _THESE, f"they are {len(files)}, and at most {MOST_FILES} are read at once", "leave some out"
        )
    if sum(len(each.data) for each in files) > LARGEST_MB * 1_000_000:
        fault = f"together they are larger than {LARGEST_MB} MB, and nothing was read"
        raise RecordsError(_THESE, fault, _FEWER)
    if len(carried) > LONGEST_CARRIED:
        raise _not_ours()


def _not_ours() -> RecordsError:
    return RecordsError("This page", "what it carries of your files is damaged", "choose the files again")


def _message(files: Sequence[Sent], asked: Asked, carried: str) -> Iterator[bytes]:
    """Yield what the child is sent: one line that says what is wanted, then the files' bytes."""
    head = {
        "asked": plain.plain(asked),
        "files": [[each.name, len(each.data)] for each in files],
        "carried": bool(carried),
    }
    yield json.dumps(head).encode() + b"\n"
    yield carried.encode("ascii", "replace")
    yield from (each.data for each in files)


def _read(told: bytes) -> Read:
    try:
        return plain.of(Read, json.loads(told))
    except (ValueError, RecursionError):
        raise RecordsError(*_FELL_OVER) from None


def _outcome(message: Iterator[bytes], limits: Limits, program: Sequence[str]) -> tuple[int, bytes]:
    """Return the exit code of the child (negative: a signal), and what it wrote."""
    with _in_memory("sent") as sent, _in_memory("told") as told:
        for piece in message:
            sent.write(piece)
        sent.seek(0)  # which also hands on what was kept back
        code = confined.run(program, limits, given=sent, made=told, cwd=ROOT)
        if os.fstat(told.fileno()).st_size > limits.output_mb * 1_000_000:
            return 1, b""
        told.seek(0)
        return code, told.read()


def _in_memory(name: str) -> BinaryIO:
    """Return a file that lies on no disk and has no name that anybody could open.

    Where the system has none in memory (macOS, to develop on), it has no name either, but may touch a disk.
    """
    if not hasattr(os, "memfd_create"):
        return tempfile.TemporaryFile()
    return os.fdopen(os.memfd_create(name), "w+b")


# --- in the child -------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Be the child: confine, read, count, tell. Return the exit code."""
    wall_s, cpu_s, memory_mib, output_mb = arguments[-1].split(",")
    limits = Limits(float(wall_s), int(cpu_s), int(memory_mib), int(output_mb))
    walls = confined.confine(limits, package=ROOT / "assessment", files=(), scratch=Path(os.devnull))
    # Everything that is used is loaded before a byte of anybody's file is looked at.
    from assessment.records import measuring, observations, readers  # noqa: F401

    walls.seal()
    sys.stdout.buffer.write(json.dumps(plain.plain(_told(sys.stdin.buffer))).encode())
    sys.stdout.buffer.flush()
    return 0


def _told(given: BinaryIO) -> Read:
    """Return what is read of the message of the parent."""
    head = json.loads(given.readline())
    asked, rest = plain.of(Asked, head["asked"]), given.read()
    try:
        files = _unpacked(rest) if head["carried"] else _apart(head["files"], rest)
    except RecordsError as error:
        return Read(refused=(error.place, error.fault, error.remedy))
    del rest  # the pieces are copies, and a table needs the room
    try:
        return _looked_at(files, asked)
    except RecordsError as error:
        return Read(refused=(error.place, error.fault, error.remedy), carried=_packed(files))


def _looked_at(files: Sequence[Sent], asked: Asked) -> Read:
    """Return what is counted of files, or what the local reader counted. Raises RecordsError."""
    from assessment.records import observations

    documents = [each for each in files if observations.is_document(_head(each.data))]
    if not documents:
        return Read(measured=_measured(files, asked), carried=_packed(files))
    if len(files) > 1:
        fault = "it was counted elsewhere, and other files were chosen with it"
        raise RecordsError(documents[0].name, fault, "choose it by itself")
    run, document = observations.read(documents[0].data, asked.plan)
    elsewhere = Elsewhere(run.window_days, run.window_end, run.team_size, run.start, document["reader"])
    return Read(observations.measured(document, asked.plan), elsewhere, carried=_packed(files))


def _head(data: bytes) -> str:
    return data[:_HEAD].decode("utf-8", "replace")


def _measured(sent: Sequence[Sent], asked: Asked) -> Measured:
    from assessment.records import measuring, readers
    from assessment.records.people import People
    from assessment.records.source import ONLINE

    files = [File(each.name, len(each.data), partial(BytesIO, each.data)) for each in sent]
    opened = readers.opened(files, asked.preset, asked.options, People(), ONLINE)
    return measuring.measured(
        opened, asked.wanted, asked.lists, asked.options, files=files, team_size=asked.team_size
    )


def _apart(sizes: Sequence[Sequence[Any]], data: bytes) -> list[Sent]:
    """Return the files that lie in one piece, one after the other."""
    ends = list(accumulate((abs(size) for _, size in sizes), initial=0))
    if len(sizes) > MOST_FILES or ends[-1] != len(data):
        raise _not_ours()
    return [
        Sent.called(str(name), data[at : at + size]) for (name, size), at in zip(sizes, ends, strict=False)
    ]


def _packed(files: Sequence[Sent]) -> str:
    """Return files as a text that a page can carry, "" where they are too large for it."""
    if sum(len(each.data) for each in files) > CARRIED_MB * 1_000_000:
        return ""
    head = json.dumps([[each.name, len(each.data)] for each in files]).encode()
    packed = zlib.compressobj(6)
    pieces = [packed.compress(each) for each in (head, b"\n", *(each.data for each in files))]
    return base64.b64encode(b"".join([*pieces, packed.flush()])).decode()


def _unpacked(carried: bytes) -> list[Sent]:
    """Return the files that a page carried, which may have become anything on the way."""
    most = CARRIED_MB * 1_000_000 + 100_000  # and what they are called
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(base64.b64decode(carried, validate=True), most)
        head, line, rest = data.partition(b"\n")
        if not unpacking.eof or not line:
            raise _not_ours()
        return _apart(json.loads(head), rest)
    except (binascii.Error, zlib.error, ValueError, TypeError, RecursionError) as error:
        if isinstance(error, RecordsError):
            raise
        raise _not_ours() from None


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
