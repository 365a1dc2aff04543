"""HTML in, PDF bytes out, made by a child process that can hurt nothing.

The layout engine reads text that strangers typed, so it runs where a fault stays small: a process of
its own, in its own process group, with a clean environment, behind the limits and walls of
`report.confined`: `python -m assessment.report.pdf` gets ready (`report.engine`), waits to be told that
there is a page, reads it as HTML in JSON from standard input and writes the PDF to standard output. Each
child sets one page and ends, so no page can leave anything behind for the next; to be rid of the second
that getting ready takes, `report.pool` has one wait.

What somebody typed is in no file that has a name: the page, the PDF and the complaints pass through open
files that are gone with the two processes, however these end. The child's folder holds copies of our fonts.
"""

from __future__ import annotations

import fcntl
import json
import mimetypes
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Literal

from assessment.report import confined
from assessment.report.confined import Limits, Walls
from assessment.report.engine import PACKAGED, Engine

ROOT = Path(__file__).resolve().parent.parent.parent

# Only packaged fonts: with the machine's own, the bytes would depend on the machine.
FONTS = Path(__file__).with_name("fonts.conf")

PROGRAM = (sys.executable, "-s", "-m", "assessment.report.pdf")

# The folder of a child, in the folder for temporary files. Its parent holds it locked while it lives.
FOLDER = "report-child-"
STALE_S = 600

Reason = Literal["time", "late", "memory", "size", "crash", "refused", "library"]

# Exit codes of the child; the words are the parent's.
_MEMORY, _SIZE, _REFUSED, _LIBRARY = 64, 65, 66, 67
_REASONS: dict[int, Reason] = {_MEMORY: "memory", _SIZE: "size", _REFUSED: "refused", _LIBRARY: "library"}
_SIGNALS: dict[int, Reason] = {signal.SIGXCPU: "time", signal.SIGALRM: "late", signal.SIGXFSZ: "size"}

_WORDS: dict[Reason, str] = {
    "time": "the report took more than {cpu_s} s of the processor and was stopped",
    "late": "the report was not set within {wall_s:g} s: the machine was busy, or the layout program hung",
    "memory": "the report needed more than {memory_mib} MiB of memory and was stopped",
    "size": "the report grew beyond {output_mb} MB and was stopped",
    "crash": "the layout program ended unexpectedly",
    "refused": "the report was set with faults and is not issued",
    "library": (
        "Pango, which sets the text of the PDF, is not installed. Debian and Ubuntu: "
        "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; Fedora: dnf install pango; "
        "Alpine: apk add pango; macOS: brew install pango"
    ),
}


class PdfError(Exception):
    """No PDF was made. `reason` names the limit or fault; the words say what can be done, if anything."""

    def __init__(self, reason: Reason, limits: Limits, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        words = _WORDS[reason].format(
            wall_s=limits.wall_s, cpu_s=limits.cpu_s, memory_mib=limits.memory_mib, output_mb=limits.output_mb
        )
        super().__init__(f"{words} ({detail})" if detail else words)

    @property
    def worth_retrying(self) -> bool:
        """May the same report succeed later? Not when it was too long, too large, or set with faults."""
        return self.reason in ("late", "crash", "memory", "library")


def make_pdf(
    html: str,
    *,
    assets: Path,
    limits: Limits | None = None,
    program: Sequence[str] = PROGRAM,
    cover: str = "",
    first_alone: bool = False,
) -> bytes:
    """Return the PDF of a complete HTML page: tagged (PDF/UA-1), with embedded fonts.

    The same page gives the same bytes, in any process, on any day. `assets` is the folder of static
    files; `program` is the child, which tests replace by one that misbehaves. `cover` is the page of a
    sheet that goes in front, `first_alone` leaves out what is behind the first. Raises PdfError.
    """
    with Child(assets, limits, program) as child:
        return child.make(html, cover, first_alone)


class Child:
    """A process that gets ready and waits for one page. Whoever starts it closes it."""

    def __init__(self, assets: Path, limits: Limits | None = None, program: Sequence[str] = PROGRAM) -> None:
        self._limits = limits or Limits()
        with ExitStack() as open_until_closed:
            self._page, self._pdf, self._faults = (
                open_until_closed.enter_context(tempfile.TemporaryFile()) for _ in range(3)
            )
            folder = open_until_closed.enter_context(tempfile.TemporaryDirectory(prefix=FOLDER))
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            open_until_closed.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX)
            bell, rope = os.pipe()
            self._rope = open_until_closed.enter_context(open(rope, "wb", buffering=0))
            with open(bell, "rb") as heard:
                self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                    [*program, str(heard.fileno()), str(assets), _spelled(self._limits)],
                    cwd=ROOT,
                    env=_environment(folder),
                    stdin=self._page,
                    stdout=self._pdf,
                    stderr=self._faults,
                    pass_fds=(heard.fileno(),),
                    process_group=0,
                )
            open_until_closed.callback(confined.end, self._process)
            self._open = open_until_closed.pop_all()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_alive(self) -> bool:
        """Does it still wait, or work?"""
        return self._process.poll() is None

    def make(self, html: str, cover: str = "", first_alone: bool = False) -> bytes:
        """Return the PDF of a page, once, as `make_pdf` does. Raises PdfError."""
        limits = self._limits
        self._page.write(json.dumps([html, cover, first_alone], ensure_ascii=False).encode())
        self._page.seek(0)
        try:
            self._rope.write(b"!")
        except BrokenPipeError:
            pass  # it has ended already, and its exit code says why
        code = self._outcome()
        if code:
            raise PdfError(_reason(code), limits, _last_line(self._faults))
        self._pdf.seek(0)
        made = self._pdf.read()
        if len(made) >= limits.output_mb * 1_000_000:
            raise PdfError("size", limits)
        if not made.startswith(b"%PDF-"):
            raise PdfError("crash", limits, "it wrote no PDF")
        return made

    def _outcome(self) -> int:
        """Wait for the exit code (negative: a signal); nothing of the group goes on."""
        try:
            return _code(self._process, self._limits.wall_s)
        except subprocess.TimeoutExpired:
            return -signal.SIGALRM
        finally:
            confined.end(self._process)

    def close(self) -> None:
        """End the process, whatever it does, and remove its folder."""
        self._open.close()


def _code(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Return the exit code of a process that ends within so many seconds. Raises TimeoutExpired."""
    if process.poll() is None and hasattr(os, "pidfd_open"):
        # The kernel says when it has ended; `wait` would look every 50 ms.
        ended = os.pidfd_open(process.pid)
        try:
            waiting = select.poll()
            waiting.register(ended, select.POLLIN)
            waiting.poll(1000 * seconds)
        finally:
            os.close(ended)
        seconds = 0
    return process.wait(timeout=seconds)


def clear_left_folders() -> None:
    """Remove the folders of children whose parent was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        try:
            found = folder.lstat()
        except OSError:
            continue  # its own parent removes it just now
        # Others may have put something here under such a name, or a link that leads elsewhere.
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
        if ours and found.st_mtime < time.time() - STALE_S and not _is_held(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_held(folder: Path) -> bool:
    """Does somebody hold a folder locked, or is it gone by now?"""
    try:
        found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(found)
    return False


def _reason(code: int) -> Reason:
    return _SIGNALS.get(-code, "crash") if code < 0 else _REASONS.get(code, "crash")


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read()[-2000:].decode("utf-8", "replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def _environment(folder: str) -> dict[str, str]:
    """Return what the child sees: no secrets, no time zone, no fonts of the machine, a folder of its own."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
        if name in os.environ
    }
    return {
        **kept,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HOME": folder,
        "TMPDIR": folder,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "FONTCONFIG_FILE": str(FONTS),
    }


def _spelled(limits: Limits) -> str:
    return f"{limits.wall_s:g},{limits.cpu_s},{limits.memory_mib},{limits.output_mb}"


# --- in the child -------------------------------------------------------------------------------


def confine(limits: Limits, assets: Path) -> Walls:
    """Give this process, the child, its limits and its walls."""
    files = [*(assets / name for name in PACKAGED), FONTS]
    return confined.confine(
        limits, package=ROOT / "assessment", files=files, scratch=Path(tempfile.gettempdir())
    )


def main(arguments: Sequence[str]) -> int:
    """Be the child: confine, get ready, wait, read, set, write. Return the exit code; complain on stderr."""
    bell, assets, spelled = arguments
    wall_s, cpu_s, memory_mib, output_mb = spelled.split(",")
    limits = Limits(float(wall_s), int(cpu_s), int(memory_mib), int(output_mb))
    walls = confine(limits, Path(assets))
    # That the machine's fonts are out of reach is meant.
    warnings.filterwarnings("ignore", "No fonts configured")
    mimetypes.knownfiles.clear()  # what this machine calls its files is out of reach, and of no interest
    try:
        engine = Engine(Path(assets))
    except OSError as fault:  # a library of the system is missing
        return _complain(_LIBRARY, str(fault))
    walls.seal()
    if not confined.is_rung(int(bell)):
        engine.rehearse()
    if not confined.wait_for(int(bell)):
        return 0
    confined.begin(limits)
    try:
        html, cover, first_alone = json.loads(sys.stdin.buffer.read())
        pdf, faults = engine.set(html, cover, first_alone)
    except MemoryError:
        return _complain(_MEMORY, "out of memory")
    if faults:
        return _complain(_REFUSED, faults[0])
    if len(pdf) > limits.output_mb * 1_000_000:
        return _complain(_SIZE, f"{len(pdf)} bytes")
    sys.stdout.buffer.write(pdf)
    sys.stdout.buffer.flush()
    return 0


def _complain(code: int, words: str) -> int:
    # One line: the parent keeps the last one.
    sys.stderr.write(" ".join(words.split()) + "\n")
    return code


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)  # taking the page apart again helps nobody
