"""The memory: what was answered, what was diagnosed, and what is still to be made of it.

`init_app` joins it to the application; `assessments`, `reports` and `outbox` are what the other rooms
call. Each of their functions is one transaction of its own, committed when it returns: there is nothing
for a view to commit.
"""

from __future__ import annotations

from flask import Flask

from assessment.store import database, keys, signatures, together
from assessment.store.database import Base, StoreBusy, StoreFull, StoreUnavailable, db

__all__ = ["Base", "StoreBusy", "StoreFull", "StoreUnavailable", "db", "init_app"]


def init_app(app: Flask) -> None:
    """Join the memory to an application. Opens no connection: those are made after the fork, when used."""
    database.init_app(app)
    keys.init_app(app)
    signatures.init_app(app)
    together.init_app(app)
