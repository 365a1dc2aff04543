"""A wall that the kernel keeps: no sockets and no other programs, for whatever runs in the process.

Audit hooks hold back what is done through Python; a fault in a library of machine code goes past them. So
where the kernel is Linux on one of the machines known here, it is asked to refuse what a report never needs
(seccomp, which takes no privileges and cannot be undone). Elsewhere the hooks stand alone.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """The numbers by which the kernel knows a kind of machine and its calls."""

    arch: int
    clone: int
    clone3: int
    refused: tuple[int, ...]


MACHINES = {
    # socket, connect, socketpair, fork, vfork, execve, kill, ptrace, process_vm_writev, execveat, io_uring
    "x86_64": Machine(0xC000003E, 56, 435, (41, 42, 53, 57, 58, 59, 62, 101, 311, 322, 425)),
    # the same; there is neither fork nor vfork
    "aarch64": Machine(0xC00000B7, 220, 435, (198, 203, 199, 221, 129, 117, 271, 281, 425)),
}

_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # where they lie in what the kernel shows of a call
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_CLONE_THREAD, _OTHER_NUMBERS = 0x00010000, 0x40000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2


class _Step(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


def refuse_network_and_programs() -> bool:
    """Have the kernel refuse them to this process for good. Returns whether it does."""
    machine = MACHINES.get(platform.machine())
    if machine is None or not sys.platform.startswith("linux"):
        return False
    steps = [_Step(*each) for each in _steps(machine)]
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    kernel = ctypes.CDLL(None)
    if kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(kernel.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def _steps(machine: Machine) -> Iterator[tuple[int, int, int, int]]:
    """Yield the program that the kernel runs at each call: what to do, how far to go on yes and no."""
    refuse = (_RETURN, 0, 0, _REFUSE | errno.EPERM)
    allow = (_RETURN, 0, 0, _ALLOW)
    yield (_LOAD, 0, 0, _ARCH)
    yield (_EQUAL, 1, 0, machine.arch)
    yield refuse  # calls numbered as on another machine
    yield (_LOAD, 0, 0, _NUMBER)
    yield (_AT_LEAST, 0, 1, _OTHER_NUMBERS)
    yield refuse
    # A thread may be started, a process may not; whoever asks in the newer way is sent to the older one.
    yield (_EQUAL, 0, 1, machine.clone3)
    yield (_RETURN, 0, 0, _REFUSE | errno.ENOSYS)
    for number in machine.refused:
        yield (_EQUAL, 0, 1, number)
        yield refuse
    yield (_EQUAL, 0, 3, machine.clone)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT)
    yield (_HAS, 1, 0, _CLONE_THREAD)
    yield refuse
    yield allow
