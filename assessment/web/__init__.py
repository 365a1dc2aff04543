"""The doors: one module for each first segment of a URL, and what serves every door."""

from __future__ import annotations

from flask import Flask

from assessment.web import (
    access,
    api,
    assets,
    bearer,
    comparing,
    diagnosis,
    errors,
    frozen,
    health,
    invited,
    moved,
    pages,
    pictures,
    problems,
    sales,
    sample_report,
    search,
    security,
    shared,
    sharing,
    verify,
)

GUARDS = (assets, frozen, security, errors, problems, moved, bearer, access)
DOORS = (
    pages,
    pictures,
    sample_report,
    diagnosis,
    sharing,
    shared,
    invited,
    verify,
    search,
    sales,
    api,
    health,
)

OF_REPORTS = (sharing, comparing)  # pages of the door of reports that have a module of their own


def register(app: Flask) -> None:
    """Put the guards in front of an application and open its doors."""
    for guard in GUARDS:
        guard.init_app(app)
    for door in DOORS:
        app.register_blueprint(door.bp)
    if app.config["SETTINGS"].oidc_issuer:
        from assessment.web.sales import sso  # nobody else loads what it stands on

        sso.init_app(app)
    access.check(app)
