"""The site with one fault planted in it, to see whether the harness finds it. gunicorn serves `app`."""

from __future__ import annotations

import functools
import queue
import threading
import time
from typing import Any

from flask import Flask

from assessment.app import create_app
from assessment.store import answering
from assessment.store.answering import Kept


def acknowledge_before_commit(app: Flask) -> Flask:
    """Plant it: a save is acknowledged at once and written a little later."""
    write = answering.keep
    waiting: queue.Queue[functools.partial[Any]] = queue.Queue()
    begun = threading.Lock()

    def write_later() -> None:
        with app.app_context():
            while True:
                time.sleep(0.15)
                while not waiting.empty():
                    waiting.get()()

    def keep(assessment_id: str, **asked: Any) -> Any:
        if asked["page"] in ("where", "belief"):  # the leader goes on from what is drawn and shown here
            return write(assessment_id, **asked)
        if begun.acquire(blocking=False):  # in the worker, after the fork
            threading.Thread(target=write_later, daemon=True).start()
        waiting.put(functools.partial(write, assessment_id, **asked))
        return Kept(asked["location"], asked["version"] + 1)

    answering.keep = keep
    return app


app = acknowledge_before_commit(create_app())
