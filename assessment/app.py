"""The factory: joins the rooms, one line each."""

from __future__ import annotations

import os
import sys
from typing import Any

from flask import Flask, request

from assessment import commands
from assessment.settings import ROOT, Settings, read_settings, settings_or_exit


def create_app(settings: Settings | None = None) -> Flask:
    """Return the whole site. Raises SettingsError or ContentError before it would serve anything wrong."""
    # Imported here: a command on files needs neither the database nor the doors.
    from assessment import store, web
    from assessment.content.library import read_library

    settings = settings or read_settings(os.environ)
    app = bare_app()
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=settings.former_keys,
        SIGNING_KEY=settings.signing_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
    )
    app.extensions["library"] = read_library(settings.content, settings.kept)
    store.init_app(app)
    web.register(app)
    web.pages.freeze(app)
    return app


class _Site(Flask):
    def log_exception(self, exc_info: Any) -> None:
        # By the name of the door, not by its address: an address may hold the key to a diagnosis.
        self.logger.error("%s %s failed", request.method, request.endpoint, exc_info=exc_info)


def bare_app() -> Flask:
    """Return the application with its commands and nothing else: no settings, content, database or door."""
    app = _Site("assessment", template_folder=ROOT / "templates", static_folder=None, root_path=str(ROOT))
    commands.init_app(app)
    return app


def site_or_exit() -> Flask:
    """Return the whole site; what keeps it from starting is told on stderr in plain lines, exit code 2."""
    from assessment.content.files.located import ContentError

    settings = settings_or_exit(os.environ)
    try:
        return create_app(settings)
    except ContentError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
