"""`make serve`: the web and the back room as two children of one parent.

The parent brings the database up to date, starts both, says where the site is, and then only watches:
a back room that ends is started again; a web that ends takes the parent with it, so that whatever
supervises the parent notices; a signal stops both. Should the parent itself be killed, the kernel
stops the children, and no orphan keeps the port.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from assessment.settings import ROOT, Settings, settings_or_exit

MIGRATE = ("flask", "--app", "wsgi", "db", "upgrade")
WEB = ("gunicorn", "--config", "gunicorn.conf.py")
BACK_ROOM = ("assessment.jobs",)

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
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    code = migrate()
    if code or stop.is_set():
        return code
    web, back_room = start(WEB), BackRoom(lambda: start(BACK_ROOM))
    try:
        if _answers(settings, web, stop):
            _say(f"The site is open at {settings.base_url}/ (Ctrl-C closes it).")
        while web.poll() is None and not stop.wait(LOOK_EVERY_S):
            back_room.look_after()
        ended = web.poll()
    finally:
        end((web, back_room.process))
    if ended is None:
        return 0
    _say(f"The web process ended with code {ended}.", to=sys.stderr)
    return ended if ended >= 0 else 128 - ended


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
        self._begin()

    def _begin(self) -> None:
        self.process = self._start()
        self._began_at = self._clock()

    def look_after(self) -> None:
        """Notice its end and start it again once the pause is over."""
        if self._start_at is not None:
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


def _answers(settings: Settings, web: Child, stop: threading.Event) -> bool:
    """Wait until the web listens; false when it ended or was stopped before."""
    # An address that means every interface (0.0.0.0, ::) is none that can be gone to.
    host = settings.host if settings.host.strip("0.:") else "localhost"
    while web.poll() is None and not stop.is_set():
        try:
            socket.create_connection((host, settings.port), timeout=1).close()
        except OSError:
            stop.wait(0.05)
        else:
            return True
    return False


def _say(text: str, to: TextIO | None = None) -> None:
    stream = to or sys.stdout
    stream.write(text + "\n")
    stream.flush()  # a pipe would keep the address to itself


if __name__ == "__main__":
    sys.exit(main())
