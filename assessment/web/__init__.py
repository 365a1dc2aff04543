"""The doors: one module for each first segment of a URL, and what serves every door."""

from __future__ import annotations

from flask import Flask

from assessment.web import (
    access,
    assets,
    comparing,
    diagnosis,
    errors,
    frozen,
    health,
    invited,
    moved,
    pages,
    pictures,
    sales,
    sample_report,
    search,
    security,
    shared,
    sharing,
    verify,
)

GUARDS = (assets, frozen, security, errors, moved, access)
DOORS = (pages, pictures, sample_report, diagnosis, sharing, shared, invited, verify, search, sales, health)

OF_REPORTS = (sharing, comparing)  # pages of the door of reports that have a module of their own


def register(app: Flask) -> None:
    """Put the guards in front of an application and open its doors."""
    for guard in GUARDS:
        guard.init_app(app)
    for door in DOORS:
        app.register_blueprint(door.bp)
    access.check(app)
