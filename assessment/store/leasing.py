"""Queues in the database: rows that are owed, leased to whoever does them, tried again, or given up.

Whoever takes a row has it until its lease ends; one that was killed meanwhile simply lets the lease end, and
the row is taken again. The lease is also the ticket with which the outcome is handed in: somebody slower than
the lease can no longer say that it failed. A row has the columns of `models.waiting`, and `lease_until`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from assessment.store.database import clock, reading, writing

TAKEN_TOO_OFTEN = "it was begun too often and never brought to an end"


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that is leased: its id, what it is, how often it was taken, and until when it is ours."""

    id: str
    row: Any
    attempts: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """The rows of one table, and how patiently they are tried.

    After the first failure a row waits for the first of `back_off_s`, and so on; one failure more than there
    are of these ends it. Nobody asks for a lease longer than `lease_at_most`, nor for a longer pause: a time
    further ahead was written by a clock that jumped. `blanked` names columns that nobody needs once the row
    is owed no longer: they are set to None in the transaction that settles it.
    """

    table: Any
    back_off_s: tuple[int, ...]
    attempts_at_most: int
    lease_at_most: timedelta
    error_at_most: int  # characters of `last_error`
    blanked: tuple[str, ...] = ()

    def take(self, *columns: Any, lease_s: float) -> Taken | None:
        """Lease the row that has waited longest and return it with these columns; None when none is due.

        A row that was taken too often is given up on the way.
        """
        table = self.table
        with reading() as connection:  # nearly always there is none, and nobody need wait for the lock
            if (
                connection.execute(select(table.id).where(self.due(clock(connection))).limit(1)).first()
                is None
            ):
                return None
        with writing() as connection:
            now = clock(connection)
            due = (
                select(table.id.label("its_id"), table.attempts.label("so_often"), *columns)
                .where(self.due(now))
                .order_by(table.next_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            while row := connection.execute(due).one_or_none():
                if row.so_often >= self.attempts_at_most:
                    self.settle(connection, table.id == row.its_id, "failed", TAKEN_TOO_OFTEN)
                    continue
                taken = Taken(row.its_id, row, row.so_often + 1, now + timedelta(seconds=lease_s))
                connection.execute(
                    update(table)
                    .where(table.id == taken.id)
                    .values(attempts=taken.attempts, lease_until=taken.lease_until)
                )
                return taken
        return None

    def failed(self, taken: Taken, error: str, *, again: bool = True, **values: Any) -> bool:
        """Note a failure: the row is tried again after a pause, or given up and set to `values`.

        Returns whether it was given up. Nothing changes when somebody else has the row by now.
        """
        with writing() as connection:
            return self.failed_within(connection, taken, error, again=again, **values)

    def failed_within(
        self, connection: Connection, taken: Taken, error: str, *, again: bool = True, **values: Any
    ) -> bool:
        """Do as `failed` does, within a transaction that does more."""
        table = self.table
        mine = and_(table.id == taken.id, table.state == "waiting", table.lease_until == taken.lease_until)
        failures = connection.execute(select(table.failures).where(mine)).scalar_one_or_none()
        if failures is None:
            return False
        if not again or failures >= len(self.back_off_s):
            self.settle(connection, mine, "failed", error, failures=failures + 1, **values)
            return True
        connection.execute(
            update(table)
            .where(mine)
            .values(
                failures=failures + 1,
                lease_until=None,
                next_at=clock(connection) + timedelta(seconds=self.back_off_s[failures]),
                last_error=error[: self.error_at_most],
            )
        )
        return False

    def settle(
        self, connection: Connection, which: ColumnElement[bool], state: str, error: str = "", **values: Any
    ) -> int:
        """Set rows to a state in which they are owed no longer, and to `values`; return how many."""
        said = {"state": state, "lease_until": None, "last_error": error[: self.error_at_most]}
        changed = update(self.table).where(which).values(dict.fromkeys(self.blanked) | said | values)
        return connection.execute(changed).rowcount

    def due(self, now: datetime) -> ColumnElement[bool]:
        """Return the condition that a row may be taken."""
        pause_at_most = timedelta(seconds=2 * max(self.back_off_s))
        return due(self.table, now, lease_at_most=self.lease_at_most, pause_at_most=pause_at_most)


def of_mails(table: Any, *, blanked: str) -> Queue:
    """Return a queue that waits for a mail server over a night; `blanked` is the column of the letter."""
    return Queue(
        table,
        back_off_s=(60, 300, 1800, 7200, 21600),  # one more failure, some nine hours after the first, ends it
        attempts_at_most=12,
        lease_at_most=timedelta(minutes=5),
        error_at_most=200,
        blanked=(blanked,),
    )


def due(
    table: Any, now: datetime, *, lease_at_most: timedelta, pause_at_most: timedelta
) -> ColumnElement[bool]:
    """Return the condition that a row of a table is owed, waits no longer, and is leased to nobody."""
    return and_(
        table.state == "waiting",
        or_(table.next_at <= now, table.next_at > now + pause_at_most),
        or_(
            table.lease_until.is_(None),
            table.lease_until <= now,
            table.lease_until > now + lease_at_most,
        ),
    )
