"""The site as gunicorn serves it, which a test may hinder through files in its instance folder.

`clock` holds the seconds by which the clock is wrong. While `hold-before` or `hold-after` is there, the next
POST is held where it stands, before anything is done or after everything is but the answer; it takes the file
away as it comes to stand there, and goes on once `held` is gone. A locked database is waited for less long.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from flask import Flask

from assessment.app import create_app
from assessment.settings import Settings
from assessment.store import database

LOCK_WAIT_MS = 200


def hindered() -> Flask:
    """Return the whole site with what hinders it built in."""
    database.PRAGMAS = (f"PRAGMA busy_timeout = {LOCK_WAIT_MS}", *database.PRAGMAS[1:])
    app = create_app()
    settings: Settings = app.config["SETTINGS"]
    _shift_clock(settings.instance / "clock")
    app.wsgi_app = _Held(app.wsgi_app, settings.instance)
    return app


def _shift_clock(file: Path) -> None:
    """Let every module of the product read a clock that is wrong by what the file says."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            wrong_by = float(file.read_text()) if file.exists() else 0
            return datetime.now(tz) + timedelta(seconds=wrong_by)

    for name, module in list(sys.modules.items()):
        if name.startswith("assessment.") and getattr(module, "datetime", None) is datetime:
            module.datetime = Shifted


class _Held:
    def __init__(self, serve: Callable[..., Iterable[bytes]], folder: Path) -> None:
        self.serve = serve
        self.folder = folder

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        is_sent = environ["REQUEST_METHOD"] == "POST"
        if is_sent:
            self._hold("hold-before")
        answer = self.serve(environ, start_response)
        if is_sent:
            self._hold("hold-after")
        return answer

    def _hold(self, where: str) -> None:
        held = self.folder / "held"
        with contextlib.suppress(FileNotFoundError):  # nobody asked for it
            (self.folder / where).rename(held)
            while held.exists():
                time.sleep(0.01)


app = hindered()
