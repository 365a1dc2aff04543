"""Saves that are made at the same time share one transaction, and with it one sync of the disk.

SQLite has one writer. When thirty leaders answer at once, thirty transactions would queue for the lock,
each with its own sync, and each waiting in the queue blindly: whoever waits sleeps and asks again. So
within a process one thread at a time holds the pen: it begins a transaction, carries out its own save
and those of all who wait by then, commits, and tells them. Nobody is told before the commit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy import Connection

from assessment.store.database import StoreUnavailable, db, writing

T = TypeVar("T")
Work = Callable[[Connection], T]


def together(work: Work[T]) -> T:
    """Return what `work` returns, once it is committed, maybe with the work of others.

    `work` writes through the connection that it is given; what it raises is raised here, and then it has
    left nothing. It may be called twice, when the first transaction failed. Raises StoreUnavailable.
    """
    if db.engine.dialect.name == "sqlite":
        pen: Pen = current_app.extensions["pen"]
        return pen.write(work)
    with (
        writing() as connection
    ):  # other databases have many writers, and commit them in groups by themselves
        return work(connection)


def init_app(app: Flask) -> None:
    """Give an application its pen: whoever writes with it writes to its database."""
    app.extensions["pen"] = Pen()


class Pen:
    """What one thread of a process holds while it writes for all who wait."""

    def __init__(self) -> None:
        self._held = Lock()
        self._waiting: deque[Share] = deque()

    def write(self, work: Work[T]) -> T:
        """Return what `work` returns, as `together` does."""
        mine = Share(work)
        self._waiting.append(mine)
        with self._held:
            if not mine.is_settled:  # by whoever held the pen before
                self._write_for_all()
        if mine.error:
            raise mine.error
        result: T = mine.result
        return result

    def _write_for_all(self) -> None:
        shares: list[Share] = []
        try:
            with writing() as connection:
                shares += self._those_waiting()  # only now: while another process wrote, more have come
                for share in shares:
                    share.result = share.work(connection)
            for share in shares:
                share.error = None
        except StoreUnavailable as error:
            # Whoever has come meanwhile need not wait as long again to hear the same.
            shares += self._those_waiting()
            for share in shares:
                share.error = type(error)(*error.args)
        except Exception:
            # One of them failed and took the others along: now each for itself.
            shares += self._those_waiting()
            for share in shares:
                share.write_alone()
        finally:
            for share in shares:
                share.is_settled = True

    def _those_waiting(self) -> list[Share]:
        found = []
        while self._waiting:
            found.append(self._waiting.popleft())
        return found


class Share:
    """The work of one thread, and what came of it: an error until it is known to be committed."""

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.is_settled = False
        self.result: Any = None
        self.error: BaseException | None = StoreUnavailable("the thread that wrote for this one was ended")

    def write_alone(self) -> None:
        """Carry the work out in a transaction of its own."""
        try:
            with writing() as connection:
                self.result = self.work(connection)
            self.error = None
        except Exception as error:
            self.error = error
