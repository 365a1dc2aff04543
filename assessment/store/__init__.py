"""The memory: what was answered, what was diagnosed, and what is still to be made of it.

`init_app` joins it to the application; `assessments`, `reports` and `outbox` are what the other rooms
call. Each of their functions is one transaction of its own, committed when it returns: there is nothing
for a view to commit.
"""

from __future__ import annotations

from assessment.store.database import Base, StoreBusy, StoreFull, StoreUnavailable, db, init_app

__all__ = ["Base", "StoreBusy", "StoreFull", "StoreUnavailable", "db", "init_app"]
