"""The factory: joins the rooms, one line each."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from assessment import cli, web
from assessment.settings import ROOT, Settings, read_settings


def create_app(settings: Settings | None = None) -> Flask:
    """Return the whole site. Raises SettingsError or ContentError before it would serve anything wrong."""
    app = bare_app(settings or read_settings(os.environ))
    if find_spec("assessment.content.library"):
        content = import_module("assessment.content")
        app.extensions["library"] = content.read_library(app.config["SETTINGS"].content)
    if find_spec("assessment.store.models"):
        import_module("assessment.store").init_app(app)
    web.register(app)
    return app


def bare_app(settings: Settings | None) -> Flask:
    """Return the application with its commands and nothing else: no content read, no database, no door."""
    app = Flask("assessment", template_folder=ROOT / "templates", static_folder=None, root_path=str(ROOT))
    if settings:
        app.config.update(
            SETTINGS=settings, SECRET_KEY=settings.secret_key, SQLALCHEMY_DATABASE_URI=settings.database_url
        )
    cli.init_app(app)
    return app
