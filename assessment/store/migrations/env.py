"""How migrations run: all that are missing in one transaction, or none.

`flask --app wsgi db upgrade` may be started twice at once: on SQLite the second waits for the first and
then finds nothing to do. A migration that is killed leaves the database as it was.
"""

from __future__ import annotations

from typing import Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from assessment.store import db
from assessment.store.database import Instant
from assessment.store.models import Assessment
from assessment.store.sales import models as _of_the_desk  # noqa: F401  # its tables belong to the same database


def run_migrations() -> None:
    """Run against the database of the application."""
    with db.engine.connect() as connection:
        with_foreign_keys(connection, on=False)
        try:
            context.configure(
                connection=connection,
                target_metadata=Assessment.metadata,
                render_item=spelled,
                **current_app.extensions["migrate"].configure_args,
            )
            with context.begin_transaction():
                context.run_migrations()
                refuse_orphans(connection)
        finally:
            with_foreign_keys(connection, on=True)


def with_foreign_keys(connection: Connection, *, on: bool) -> None:
    """Switch the check of references, which SQLite allows outside of transactions only.

    To change a table SQLite makes a new one and drops the old, and dropping would delete what refers to it.
    """
    driver = connection.connection.driver_connection
    if driver and connection.dialect.name == "sqlite":
        driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def refuse_orphans(connection: Connection) -> None:
    """Check what was not checked while tables were remade. Raises RuntimeError, which undoes it all."""
    if connection.dialect.name != "sqlite":
        return
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        raise RuntimeError(f"the migration leaves rows that refer to nothing: {orphans[:5]}")


def spelled(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Spell a type of ours by the one it is kept as: a migration must not change when the code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


run_migrations()
