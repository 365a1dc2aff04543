"""`make serve`: the web and the back room as two children of one parent.

The parent brings the database up to date, starts both, says where the site is, and then only watches:
a back room that ends is started again; a web that ends takes the parent with it, so that whatever
supervises the parent notices; a signal stops both. Should the parent itself be killed, the kernel
stops the children, and no orphan keeps the port.

SIGHUP is handed on to the web, which reads content and templates again; where it found them whole it says so
(SIGUSR1), and the back room is started anew. In development a saved file does the same as SIGHUP.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from assessment.settings import ROOT, Settings, settings_or_exit

MIGRATE = ("flask", "--app", "wsgi", "db", "upgrade")
WEB = ("gunicorn", "--config", "gunicorn.conf.py")
BACK_ROOM = ("assessment.jobs",)
READ_AGAIN = (ROOT / "templates", ROOT / "static")  # beside the content

GRACE_S = 25  # gunicorn gives its requests 20 s
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30
SETTLED_S = 60  # a back room that has lived this long starts again without a long pause
LOOK_EVERY_S = 0.2
PR_SET_PDEATHSIG = 1  # prctl(2)

Child = subprocess.Popen[bytes]


def main() -> int:
    """Serve until a signal comes or the web ends; return the exit code."""
    settings = settings_or_exit(os.environ)
    if is_taken(settings):
        _say(f"Port {settings.port} on {settings.host} is taken; set PORT to another one.", to=sys.stderr)
        return 2
    told = Told()
    code = migrate()
    if code or told.stop:
        return code
    saved = None if settings.is_production else Saved((settings.content, *READ_AGAIN))
    web, back_room = start(WEB), BackRoom(lambda: start(BACK_ROOM))
    try:
        if _answers(settings, web, told):
            _say(f"The site is open at {settings.base_url}/ (Ctrl-C closes it).")
        while web.poll() is None and not told.stop:
            time.sleep(LOOK_EVERY_S)
            _follow(told, saved, web, back_room)
        ended = web.poll()
    finally:
        end((web, back_room.process))
    if ended is None:
        return 0
    _say(f"The web process ended with code {ended}.", to=sys.stderr)
    return ended if ended >= 0 else 128 - ended


class Told:
    """What signals have told this process. They only assign: one may come while any lock is held."""

    def __init__(self) -> None:
        self.stop = self.read_again = self.was_read = False
        # A terminal that is closed sends SIGHUP as well; nohup asks not to care.
        self._terminal = _has_terminal() and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._hang_up)
        signal.signal(signal.SIGUSR1, self._was_read)

    def _stop(self, *_: object) -> None:
        self.stop = True

    def _hang_up(self, *_: object) -> None:
        if self._terminal and not _has_terminal():
            self.stop = True
        else:
            self.read_again = True

    def _was_read(self, *_: object) -> None:
        self.was_read = True


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


class Saved:
    """Notices files that were saved, made or removed below some folders."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        self._known = self._seen = self._look()

    def is_news(self) -> bool:
        """Is anything else than before, and at rest since the last look? An editor may save many files."""
        before, self._seen = self._seen, self._look()
        if self._seen != before or self._seen == self._known:
            return False
        self._known = self._seen
        return True

    def _look(self) -> frozenset[tuple[str, int, int]]:
        return frozenset(
            (str(path), status.st_mtime_ns, status.st_size)
            for folder in self._folders
            for path, status in _files(folder)
        )


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.rglob("[!.]*[!~]"):  # what editors keep beside a file is nobody's content
        with contextlib.suppress(OSError):  # gone since
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                yield path, status


def _follow(told: Told, saved: Saved | None, web: Child, back_room: BackRoom) -> None:
    """Have the web read again what was saved, and let the back room follow where it did."""
    if saved and saved.is_news():
        told.read_again = True
    if told.read_again:
        told.read_again = False
        web.send_signal(signal.SIGHUP)
    if told.was_read:
        told.was_read = False
        _say("Content and templates were read again.")
        back_room.renew()
    back_room.look_after()


def is_taken(settings: Settings) -> bool:
    """Does somebody else listen on the port? Asked first, for an answer in one line."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return True
    return False


def migrate() -> int:
    """Bring the database to the newest migration; return the exit code and show the words of a failure."""
    child = start(MIGRATE, output=subprocess.PIPE)
    words, _ = child.communicate()
    if child.returncode:
        _say(words.decode(errors="replace").rstrip(), to=sys.stderr)
    return child.returncode


class BackRoom:
    """The process that renders reports; started again, after a pause that grows, whenever it ends."""

    def __init__(self, begin: Callable[[], Child], clock: Callable[[], float] = time.monotonic) -> None:
        self._start, self._clock = begin, clock
        self._pause_s = FIRST_PAUSE_S
        self._start_at: float | None = None
        self._renewed = False
        self._begin()

    def _begin(self) -> None:
        self.process = self._start()
        self._began_at = self._clock()

    def renew(self) -> None:
        """Have it end what it holds and start again, with content and templates as they are now."""
        self._renewed = True
        self.process.terminate()  # nothing happens to one that has ended: it starts soon anyway

    def look_after(self) -> None:
        """Notice its end and start it again once the pause is over."""
        if self._renewed and self.process.poll() is not None:
            self._renewed, self._start_at, self._pause_s = False, None, FIRST_PAUSE_S
            self._begin()
        elif self._start_at is not None:
            if self._clock() >= self._start_at:
                self._start_at = None
                self._begin()
        elif (code := self.process.poll()) is not None:
            if self._clock() - self._began_at >= SETTLED_S:
                self._pause_s = FIRST_PAUSE_S
            _say(
                f"The back room ended with code {code}; it starts again in {self._pause_s:g} s.",
                to=sys.stderr,
            )
            self._start_at = self._clock() + self._pause_s
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)


def start(module: tuple[str, ...], output: int | None = None) -> Child:
    """Start a Python module as a child that does not outlive this process.

    It has a session of its own: Ctrl-C reaches the parent alone, which then stops the children in order.
    """
    return subprocess.Popen(  # noqa: S603 our own modules, named above
        [sys.executable, "-m", *module],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
        env={**os.environ, "SERVED_BY": str(os.getpid())},
        preexec_fn=_die_with_parent(os.getpid()) if sys.platform == "linux" else None,
    )


def _die_with_parent(parent: int) -> Callable[[], None]:
    prctl = ctypes.CDLL(None).prctl  # looked up here: little is safe between fork and exec

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it went before the kernel was asked
            os._exit(1)

    return ask_the_kernel


def end(children: tuple[Child, ...]) -> None:
    """Ask the children to finish what they hold, and end those that do not within the grace."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + GRACE_S
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _answers(settings: Settings, web: Child, told: Told) -> bool:
    """Wait until the web listens; false when it ended or was stopped before."""
    # An address that means every interface (0.0.0.0, ::) is none that can be gone to.
    host = settings.host if settings.host.strip("0.:") else "localhost"
    while web.poll() is None and not told.stop:
        try:
            socket.create_connection((host, settings.port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def _say(text: str, to: TextIO | None = None) -> None:
    stream = to or sys.stdout
    stream.write(text + "\n")
    stream.flush()  # a pipe would keep the address to itself


if __name__ == "__main__":
    sys.exit(main())
