"""The doors: one module for each first segment of a URL, and what serves every door."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

DOORS = ("pages", "diagnosis", "reports", "health")


def register(app: Flask) -> None:
    """Open the doors of the application and put the guards in front of them."""
    for name in ("assets", "security", "errors"):
        if find_spec(f"assessment.web.{name}"):
            import_module(f"assessment.web.{name}").init_app(app)
    for name in DOORS:
        if find_spec(f"assessment.web.{name}"):
            app.register_blueprint(import_module(f"assessment.web.{name}").bp)
