"""The database: how it is opened, how a transaction begins, and what its failures are called."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, cast

from flask import Flask, current_app
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, DateTime, Dialect, MetaData, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

WAIT_MS = 5000  # how long a writer waits for another before it gives up
LOG_WAIT_MS = 1000  # for those who read the log of the database, before it is emptied later
ASK_AGAIN_S = 0.0003  # how soon the one who writes for all asks again for the lock

PRAGMAS = (
    f"PRAGMA busy_timeout = {WAIT_MS}",
    "PRAGMA journal_mode = WAL",
    # FULL: a transaction that was acknowledged survives a power cut; NORMAL may take it back.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # What is deleted is overwritten, not only forgotten.
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
)

log = logging.getLogger(__name__)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python whatever the database keeps. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table is made from: constraints named by one convention, times in UTC.

    Models subclass this and not `db.Model`, which type checkers cannot follow; a type map given beside
    the registry would be given twice by the extension.
    """

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={dict[str, Any]: JSON, datetime: Instant},
    )


db = SQLAlchemy(model_class=Base)
migrate = Migrate(
    directory=str(Path(__file__).parent / "migrations"), render_as_batch=True, transactional_ddl=True
)


def init_app(app: Flask) -> None:
    """Join the database to an application."""
    # As many connections as there are threads to use them: one that waited for a connection would wait
    # without the limit that the wait for the lock has.
    # And its errors are told without what was about to be kept: that is a team's, not the log's.
    options = {"pool_size": 16, "max_overflow": -1, "hide_parameters": True}
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            if db.engine.url.database:
                # What teams have written is nobody else's on this machine.
                Path(db.engine.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            event.listen(db.engine, "connect", _open_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)
            own = app.extensions["own_connections"] = deque[_OwnConnection]()
            event.listen(db.engine, "engine_disposed", lambda _: _close_all(own))


def _open_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    _keep_private(connection)
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` does
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _keep_private(connection: sqlite3.Connection) -> None:
    """Let nobody else on this machine read a new database; its log takes the same permissions.

    Only a new one: whoever gives a group access to a database of theirs has a reason.
    """
    _, _, name = connection.execute("PRAGMA database_list").fetchone()
    if name and Path(name).stat().st_size == 0:
        Path(name).chmod(0o600)


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE unless it is known that only reading follows: a transaction that reads and then writes
    # is refused at once, without waiting, when another has written in between.
    reads = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


# --- transactions ---------------------------------------------------------------------------------

_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"reads_only": True},
    # By default each statement would see what others have committed by then.
    "postgresql": {"isolation_level": "REPEATABLE READ"},
}


@contextmanager
def reading() -> Iterator[Connection]:
    """Give a connection that sees one state of the database. Raises StoreUnavailable."""
    with _translated(), db.engine.connect() as plain:
        yield plain.execution_options(**_READING.get(plain.dialect.name, {}))


@contextmanager
def writing() -> Iterator[Connection]:
    """Give a connection whose work is committed as a whole when the block ends. Raises StoreUnavailable.

    The lock on the database is held from the first line to the last: think before, not inside.
    """
    with _translated(), db.engine.begin() as connection:
        yield connection


# Carries out a statement with values by name; what it returns knows at least how many rows were changed.
Execute = Callable[[Any, Mapping[str, Any]], Any]

_PLAIN = sqlite.dialect(paramstyle="named")
# Moments are written as SQLAlchemy writes them.
sqlite3.register_adapter(datetime, cast(Any, Instant().dialect_impl(_PLAIN).bind_processor(_PLAIN)))


@contextmanager
def writing_plainly() -> Iterator[Execute]:
    """Be `writing` on SQLite, without what SQLAlchemy does around a statement: it takes longer than these."""
    own: deque[_OwnConnection] = current_app.extensions["own_connections"]
    connection = own.pop() if own else None
    try:
        connection = connection or _OwnConnection()
        connection.begin()
        yield connection.execute
        connection.commit()
    except BaseException as error:
        if connection:
            connection.close()  # and take back what was not committed
        _raise_in_our_words(error)
    own.append(connection)


def _close_all(own: deque[_OwnConnection]) -> None:
    while own:
        own.pop().close()


class _OwnConnection:
    """A connection that is in no pool: to take one from it and to put it back costs as much as an answer."""

    def __init__(self) -> None:
        pooled = db.engine.raw_connection()
        self._driver = cast(sqlite3.Connection, pooled.driver_connection)
        pooled.detach()
        (wait_ms,) = self._driver.execute("PRAGMA busy_timeout").fetchone()
        self._wait_s = wait_ms / 1000
        # SQLite by itself would sleep longer each time before it asks again, up to a tenth of a second.
        self._driver.execute("PRAGMA busy_timeout = 0")

    def begin(self) -> None:
        """Begin to write as soon as no other process does."""
        end = time.monotonic() + self._wait_s
        while True:
            try:
                self._driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if _kind(error) is not StoreBusy or time.monotonic() > end:
                    raise
            time.sleep(ASK_AGAIN_S)

    def execute(self, statement: Any, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """Carry out a statement with values by name."""
        return self._driver.execute(_text(statement), values)

    def commit(self) -> None:
        """Have what was written kept."""
        self._driver.execute("COMMIT")

    def close(self) -> None:
        """Close it for good."""
        self._driver.close()


@cache
def _text(statement: Any) -> str:
    return str(statement.compile(dialect=_PLAIN))


def insert(table: Any, dialect: str) -> Any:
    """Return an INSERT that can say what happens on a conflict, in the words of this database."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def clock(connection: Connection) -> datetime:
    """Return the time by which leases are measured: one clock for all who share the database.

    SQLite has no clock but the machine's, and all who share its file share the machine.
    """
    if connection.dialect.name == "postgresql":
        now: datetime = connection.execute(select(func.clock_timestamp(type_=Instant))).scalar_one()
        return now
    return datetime.now(UTC)


def empty_log() -> None:
    """Have SQLite write its log into the file and cut it to nothing; what it held of deleted rows is gone."""
    if db.engine.dialect.name != "sqlite":
        return
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        if driver is None:
            return
        try:
            driver.execute(f"PRAGMA busy_timeout = {LOG_WAIT_MS}")
            busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            busy = str(error)
        finally:
            driver.execute(PRAGMAS[0])
    if busy:
        log.warning("the log of the database is in use and is emptied with the next removal")


# --- what can go wrong ----------------------------------------------------------------------------


class StoreUnavailable(Exception):
    """Nothing was kept, through no fault of the request: it may be sent again as it is."""


class StoreBusy(StoreUnavailable):
    """Another writer held the database longer than we wait."""


class StoreFull(StoreUnavailable):
    """The disk below the database is full."""


_SQLITE: dict[int, type[StoreUnavailable]] = {
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_IOERR: StoreFull,  # what a full disk is called when the log could not even grow
    sqlite3.SQLITE_CANTOPEN: StoreUnavailable,
    sqlite3.SQLITE_READONLY: StoreUnavailable,
}
_POSTGRESQL: dict[str, type[StoreUnavailable]] = {
    "53100": StoreFull,
    "55P03": StoreBusy,
    "57014": StoreBusy,
    "40001": StoreBusy,
    "40P01": StoreBusy,
}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        _raise_in_our_words(error)


def _raise_in_our_words(error: BaseException) -> NoReturn:
    """Raise what a failure of the database is called here; any other error as it is."""
    if isinstance(error, DBAPIError | sqlite3.Error) and (kind := _kind(error)):
        raise kind(str(_told(error))) from error
    raise error


def _kind(error: DBAPIError | sqlite3.Error) -> type[StoreUnavailable] | None:
    """Return what a failure of the database is called here; None for a fault of our own."""
    told = _told(error)
    if isinstance(told, sqlite3.Error):
        # Extended codes carry the plain one in their lowest byte.
        return _SQLITE.get(getattr(told, "sqlite_errorcode", 0) & 0xFF)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreUnavailable
    return _POSTGRESQL.get(getattr(told, "sqlstate", None) or "")


def _told(error: DBAPIError | sqlite3.Error) -> BaseException | None:
    """Return what the driver said, without SQLAlchemy around it."""
    return error.orig if isinstance(error, DBAPIError) else error
