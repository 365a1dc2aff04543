"""What the process that sets a report may do, once it has confined itself.

By the kernel, whatever runs in the process: limits on time, memory and the size of files, no core dump, no
turn before the web; no sockets and no other programs (`report.kernel`, on the machines it knows).

By Python's audit hooks, for what is done through Python: nothing is read but the modules of this
installation and the files that a report is made of; nothing is written, made, moved or removed outside the
folder for its scratch files; there are no sockets, no processes, no signals to others, no other limits and no
links. Once the layout engine has its libraries (`Walls.seal`), ctypes is refused too.

What the hooks are not: a wall against machine code. The libraries that the engine has loaded call the kernel
without asking Python, and so would whoever ran code of their own inside one of them: they could read the
files of this user, and reach nobody with what they read. Nor are questions refused whether a file exists. The
hooks are there so that a fault of the engine (an address that is fetched after all, a file that is included)
ends the process instead of reaching anything.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from assessment.report import kernel

# How far behind the web a report stands when both want the processor.
BEHIND = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What one report may use: seconds by the clock and of the processor, memory, and size of the file."""

    wall_s: float = 15
    cpu_s: int = 12
    memory_mib: int = 1024
    output_mb: int = 20


def run(program: Sequence[str], limits: Limits, *, given: BinaryIO, made: BinaryIO, cwd: Path) -> int:
    """Run a child that reads one file and writes another; return its exit code (negative: a signal).

    It is told its limits as its last argument, and ended where it does not end by itself.
    """
    process = subprocess.Popen(  # noqa: S603 - our own program, no shell
        [*program, f"{limits.wall_s:g},{limits.cpu_s},{limits.memory_mib},{limits.output_mb}"],
        cwd=cwd,
        env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=given,
        stdout=made,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        return process.wait(timeout=limits.wall_s)
    except subprocess.TimeoutExpired:
        return -signal.SIGALRM
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a child and the whole group that it leads: whatever it may have started goes with it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def confine(limits: Limits, *, package: Path, files: Sequence[Path], scratch: Path) -> Walls:
    """Give this process its limits and its walls, for good.

    `package` is the folder of our own modules, `files` what may be read beside modules, `scratch` the only
    folder that may be written to.
    """
    mib, mb = 1024 * 1024, 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_mib * mib,) * 2)
    # The hard limit a second later: at the soft one the signal says why the process ended.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output_mb * mb,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Python ignores this signal by default; a file that grows too large must end the process.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.nice(BEHIND)
    begin(limits)
    kernel.refuse_network_and_programs()
    walls = Walls(package, files, scratch)
    sys.addaudithook(walls)
    return walls


def begin(limits: Limits) -> None:
    """Let the time by the clock begin now. Should the parent be killed, nobody else ends this process."""
    signal.alarm(int(limits.wall_s) + 1)


def wait_for(bell: int) -> bool:
    """Wait as long as it takes until somebody rings; False when whoever could ring is gone."""
    signal.alarm(0)
    return bool(os.read(bell, 1))


def is_rung(bell: int) -> bool:
    """Has somebody rung, or is whoever could ring gone?"""
    return bool(select.select([bell], [], [], 0)[0])


class Walls:
    """An audit hook: raises PermissionError at what a report may not do."""

    def __init__(self, package: Path, files: Sequence[Path], scratch: Path) -> None:
        root = os.path.realpath(package.parent)
        searched = {os.path.realpath(each) for each in sys.path}
        # The folder around our package is searched for modules but holds other things too: its names may be
        # listed, and nothing in it may be read but the package.
        self._listed = searched
        self._modules = (*(searched - {root, os.path.realpath(".")}), os.path.realpath(package))
        self._files = {os.path.realpath(each) for each in files}
        self._scratch = os.path.realpath(scratch)
        self._sealed = False
        self._passed: set[str] = set()
        self._rules: dict[str, Callable[[tuple[Any, ...]], bool]] = {
            "open": self._may_open,
            "os.rename": lambda given: (
                self._changes(given[0], given[2]) and self._changes(given[1], given[3])
            ),
            **{event: lambda given: self._may_list(given[0]) for event in ("os.listdir", "os.scandir")},
            **{event: lambda given: self._changes(given[0], given[-1]) for event in _CHANGES_AT},
            **{event: lambda given: self._changes(given[0], -1) for event in _CHANGES},
        }

    def seal(self) -> None:
        """Refuse ctypes too, now that every library is loaded."""
        self._sealed = True
        self._passed.clear()

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        if event in self._passed:
            return  # most of what is heard: Python tells each `id()`, and a page asks for many thousands
        rule = self._rules.get(event)
        if rule is None:
            if event.startswith(_NEVER) or (self._sealed and event.startswith("ctypes.")):
                raise PermissionError(f"a report may not use {event}")
            self._passed.add(event)
        elif not rule(given):
            raise PermissionError(f"a report may not use {event} on {given[0]!r:.200}")

    def _may_open(self, given: tuple[Any, ...]) -> bool:
        path, _, flags = given
        if isinstance(path, int):
            return True  # opened before, by these rules or by the parent
        real = _real(path)
        if real is None:
            return False
        if _lies_in(real, self._scratch):
            return True
        if flags & _WRITES or os.path.isdir(real):  # what is below an open folder could be named without it
            return False
        return real in self._files or any(_lies_in(real, each) for each in self._modules)

    def _may_list(self, path: Any) -> bool:
        if isinstance(path, int):
            return True
        real = _real(path if path is not None else ".")
        return real is not None and (
            real in self._listed or any(_lies_in(real, each) for each in (self._scratch, *self._modules))
        )

    def _changes(self, path: Any, folder: Any) -> bool:
        """May this be changed? `folder` is the number of an open folder in which the path begins, or -1."""
        if isinstance(path, int):
            return True  # what is open for writing lies in the scratch folder, or is the parent's
        if isinstance(folder, int) and folder >= 0:
            # Only folders below the scratch folder can have been opened.
            return os.path.basename(name := os.fsdecode(path)) == name and name not in ("", ".", "..")
        real = _real(path)
        return real is not None and _lies_in(real, self._scratch)


_NEVER = (
    *("socket.", "subprocess.", "pty.", "resource.", "syslog.", "sqlite3.", "signal.pthread_kill"),
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.kill"),
    *("os.link", "os.symlink", "os.chdir", "os.getxattr", "os.listxattr", "os.chflags"),
)
# What changes something, with the number of an open folder as its last argument, and without.
_CHANGES_AT = ("os.mkdir", "os.rmdir", "os.remove", "os.chmod", "os.chown", "os.utime")
_CHANGES = ("os.truncate", "os.setxattr", "os.removexattr")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _real(path: Any) -> str | None:
    """Return where a path leads in the end; None for one that may begin in another folder than it seems."""
    name = os.fsdecode(path)
    if not os.path.isabs(name) and ".." in name.split(os.sep):
        return None
    return os.path.realpath(name)


def _lies_in(real: str, folder: str) -> bool:
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)
