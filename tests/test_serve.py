"""`make serve`: two children under one parent, started, watched and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from assessment.serve import FIRST_PAUSE_S, LONGEST_PAUSE_S, SETTLED_S, BackRoom
from assessment.settings import ROOT
from tests.conftest import Site, children_of, fetch, free_port, start_site, stop_site, wait_until

WEB, BACK_ROOM = "gunicorn", "assessment.jobs"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@pytest.fixture
def started(tmp_path: Path, bare_content: Path) -> Iterator[Site]:
    """A site of the test's own."""
    site = start_site(tmp_path / "instance", CONTENT=str(bare_content))
    yield site
    stop_site(site)


def child(site: Site, name: str) -> int | None:
    """Return the process id of the child with this name, or None."""
    return next((pid for pid, words in children_of(site.process.pid).items() if name in words), None)


def is_free(url: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(url.rpartition(":")[2])))
        except OSError:
            return False
        return True


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def serve_and_end(**environ: str) -> subprocess.CompletedProcess[str]:
    """Run the parent where it is expected to refuse; return how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "assessment.serve"],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_site_answers_and_keeps_what_it_needs_in_its_instance(site: Site) -> None:
    response, _ = fetch(site, "/")

    assert response.status == 200
    assert "text/html" in response.headers["Content-Type"]
    assert (site.instance / "site.db").exists()
    assert (site.instance / "secret_key").stat().st_mode & 0o777 == 0o600


@on_linux
def test_a_back_room_that_is_killed_is_started_again_and_the_site_stays_open(started: Site) -> None:
    wait_until(lambda: child(started, BACK_ROOM), seconds=20)
    first = child(started, BACK_ROOM)
    assert first

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: child(started, BACK_ROOM) not in (None, first), seconds=20)
    assert fetch(started, "/healthz")[0].status == 200


@on_linux
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.longer)])
def test_a_signal_ends_both_children_and_frees_the_port(number: signal.Signals, started: Site) -> None:
    children = list(children_of(started.process.pid))
    assert len(children) == 2

    started.process.send_signal(number)

    assert started.process.wait(timeout=20) == 0
    assert not any(is_running(pid) for pid in children)
    assert is_free(started.url)


@pytest.mark.longer
@on_linux
def test_when_the_web_ends_the_parent_ends_with_its_code(started: Site) -> None:
    web, back_room = child(started, WEB), child(started, BACK_ROOM)
    assert web
    assert back_room

    os.kill(web, signal.SIGKILL)

    assert started.process.wait(timeout=20) == 128 + signal.SIGKILL
    assert not is_running(back_room)


@pytest.mark.longer
@on_linux
def test_a_parent_that_is_killed_leaves_no_orphan_on_the_port(started: Site) -> None:
    children = list(children_of(started.process.pid))

    started.process.kill()
    started.process.wait()

    wait_until(lambda: is_free(started.url) and not any(is_running(pid) for pid in children), seconds=20)


def test_a_taken_port_is_one_plain_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = serve_and_end(INSTANCE=str(tmp_path), PORT=str(port))

    assert done.returncode == 2
    assert done.stderr == f"Port {port} on 127.0.0.1 is taken; set PORT to another one.\n"


def test_production_with_a_short_key_refuses_and_names_the_variable(tmp_path: Path) -> None:
    done = serve_and_end(
        INSTANCE=str(tmp_path),
        PORT=str(free_port()),
        **{
            "ENVIRONMENT": "production",
            "SECRET_KEY": "too short",
            "BASE_URL": "https://diagnosis.example.org",
        },
    )

    assert done.returncode == 2
    assert done.stderr.splitlines() == ["SECRET_KEY has 9 bytes; it needs at least 32 random ones"]
    assert done.stdout == ""


def test_broken_content_is_told_in_lines_and_not_served(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()

    done = serve_and_end(
        INSTANCE=str(tmp_path / "instance"), PORT=str(free_port()), CONTENT=str(tmp_path / "content")
    )

    assert done.returncode == 2
    assert str(tmp_path / "content") in done.stderr
    assert "Traceback" not in done.stderr


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Room:
    """A back room whose processes end at once, and when each was started."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.starts: list[float] = []
        self.back_room = BackRoom(self._begin, self.clock)

    def _begin(self) -> subprocess.Popen[bytes]:
        self.starts.append(self.clock.now)
        process = subprocess.Popen([sys.executable, "-c", ""])
        process.wait()
        return process

    def live(self, starts: int) -> None:
        """Let half seconds go by until it has been started so many times, and its end was seen."""
        while len(self.starts) < starts:
            self.clock.now += 0.5
            self.back_room.look_after()
            self.back_room.look_after()  # one look starts it, the next one sees that it has ended


def test_the_pause_before_a_new_start_grows_to_a_limit() -> None:
    room = Room()
    room.back_room.look_after()

    room.live(starts=10)

    pauses = [later - earlier for earlier, later in pairwise(room.starts)]
    assert pauses == [0.5, 1, 2, 4, 8, 16, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_after_a_long_life_the_pause_is_short_again() -> None:
    room = Room()
    room.back_room.look_after()
    room.live(starts=5)
    room.clock.now += LONGEST_PAUSE_S
    room.back_room.look_after()
    room.clock.now += SETTLED_S

    room.back_room.look_after()
    room.clock.now += FIRST_PAUSE_S
    room.back_room.look_after()

    assert room.starts[-1] - room.starts[-2] == SETTLED_S + FIRST_PAUSE_S


def test_a_back_room_that_is_to_start_anew_does_so_as_soon_as_it_has_ended() -> None:
    room = Room()
    room.live(starts=5)  # and is in a long pause

    room.back_room.renew()
    room.back_room.look_after()

    assert len(room.starts) == 6
    assert room.starts[-1] == room.clock.now
