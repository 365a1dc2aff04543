"""Saves that are made at the same time share one transaction, and with it one sync of the disk.

SQLite has one writer. When thirty leaders answer at once, thirty transactions would queue for the lock,
each with its own sync, and each waiting in the queue blindly: whoever waits sleeps and asks again. So
within a process one thread at a time holds the pen: it begins a transaction, carries out its own save
and those of all who wait by then, commits, tells them, and hands the pen to the first who has come
meanwhile. Nobody is told before the commit.

Nobody waits without end. Who waits for the pen gives up after as long as a writer waits for the lock of
the database, takes the own save back, and hears that the store is busy. A save that was taken into a
transaction by then cannot be taken back, so its thread waits for the outcome, which comes: the transaction
of all waits for the lock once, and, when one save spoiled it, the saves are made one by one only until one
does not get the lock, or until as long again has passed. Those that are left hear that the store is busy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock
from typing import Any, TypeVar

from flask import Flask, current_app

from assessment.store.database import (
    WAIT_MS,
    Execute,
    StoreBusy,
    StoreUnavailable,
    db,
    writing,
    writing_plainly,
)

T = TypeVar("T")
Work = Callable[[Execute], T]


def together(work: Work[T]) -> T:
    """Return what `work` returns, once it is committed, maybe with the work of others.

    `work` writes by what it is given; what it raises is raised here, and then it has left nothing. It may
    be called twice, when the first transaction failed. Raises StoreUnavailable.
    """
    if db.engine.dialect.name == "sqlite":
        pen: Pen = current_app.extensions["pen"]
        return pen.write(work)
    return _apart(work)


def _apart(work: Work[T]) -> T:
    """Be `together` on other databases: they have many writers, and commit them in groups by themselves."""
    with writing() as connection:
        # Noted at once: a driver of PostgreSQL forgets the rows of an INSERT when its cursor is closed.
        return work(connection.execution_options(preserve_rowcount=True).execute)


def init_app(app: Flask) -> None:
    """Give an application its pen: whoever writes with it writes to its database."""
    app.extensions["pen"] = Pen()


class Pen:
    """What one thread of a process holds while it writes for all who wait, each `wait_s` seconds at most."""

    def __init__(self, wait_s: float = WAIT_MS / 1000) -> None:
        self.wait_s = wait_s
        # Guards the two below: a share is either taken into a transaction or taken back, never both.
        self._queue = Lock()
        self._waiting: list[Share] = []
        self._holder: Share | None = None

    def write(self, work: Work[T]) -> T:
        """Return what `work` returns, as `together` does."""
        mine = Share(work)
        try:
            called = self._join(mine)
            if called and not called.wait(self.wait_s):
                if self._take_back(mine):
                    raise StoreBusy("others of this process wrote longer than we wait")
                called.wait()
            if self._holder is mine:
                self._write_for_all()
        finally:
            self._leave(mine)
        if mine.error:
            raise mine.error
        result: T = mine.result
        return result

    def _join(self, mine: Share) -> Event | None:
        """Join those who wait; return what to wait for, None where nobody held the pen: now this one does."""
        with self._queue:
            self._waiting.append(mine)
            if self._holder is None:
                self._holder = mine
            else:
                mine.called = Event()
            return mine.called

    def _leave(self, mine: Share) -> None:
        """Have nothing written for a thread that goes, and hand the pen on if it holds it."""
        with self._queue:
            if mine in self._waiting:
                self._waiting.remove(mine)
            if self._holder is mine:
                self._holder = self._waiting[0] if self._waiting else None
                if self._holder:
                    self._holder.call()

    def _write_for_all(self) -> None:
        shares: list[Share] = []
        try:
            with writing_plainly() as execute:
                shares += self._those_waiting()  # only now: while another process wrote, more have come
                for share in shares:
                    share.result = share.work(execute)
            for share in shares:
                share.error = None
        except StoreUnavailable as error:
            # Whoever has come meanwhile need not wait as long again to hear the same.
            shares += self._those_waiting()
            _refuse(shares, error)
        except Exception:
            # One of them failed and took the others along: now each for itself.
            shares += self._those_waiting()
            _write_each_alone(shares, self.wait_s)
        finally:
            for share in shares:
                share.call()

    def _those_waiting(self) -> list[Share]:
        with self._queue:
            found, self._waiting = self._waiting, []
        return found

    def _take_back(self, share: Share) -> bool:
        """Take a share out of the queue; false when it is in a transaction by now."""
        with self._queue:
            if share not in self._waiting:
                return False
            self._waiting.remove(share)
        return True


class Share:
    """The work of one thread, and what came of it: an error until it is known to be committed."""

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        # Set when the outcome is known, or it is this one's turn to hold the pen; none for who need not wait.
        self.called: Event | None = None
        self.result: Any = None
        self.error: BaseException | None = StoreUnavailable("the thread that wrote for this one was ended")

    def call(self) -> None:
        """Have the thread that waits for this one go on."""
        if self.called:
            self.called.set()

    def write_alone(self) -> None:
        """Carry the work out in a transaction of its own. Raises StoreUnavailable."""
        try:
            with writing_plainly() as execute:
                self.result = self.work(execute)
            self.error = None
        except StoreUnavailable:
            raise
        except Exception as error:
            self.error = error


def _write_each_alone(shares: list[Share], within_s: float) -> None:
    end = time.monotonic() + within_s
    for number, share in enumerate(shares):
        try:
            if time.monotonic() > end:
                raise StoreBusy("others wrote longer than we wait")
            share.write_alone()
        except StoreUnavailable as error:
            # Those that are left would wait as long, one after the other, to hear the same.
            _refuse(shares[number:], error)
            return


def _refuse(shares: list[Share], error: StoreUnavailable) -> None:
    for share in shares:
        # Each its own: an error that is raised in several threads would gather their tracebacks.
        share.error = type(error)(*error.args)
