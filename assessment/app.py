"""The factory: joins the rooms, one line each."""

from __future__ import annotations

import os
import sys
import traceback
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from flask import Flask, Request, request
from jinja2 import TemplateError, TemplateSyntaxError

from assessment import commands
from assessment.settings import ROOT, Settings, read_settings, settings_or_exit

TEMPLATES, STATIC = ROOT / "templates", ROOT / "static"


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
    app.extensions["library"] = read_library(settings.content, settings.kept, STATIC)
    store.init_app(app)
    web.register(app)
    web.pages.freeze(app)
    return app


def whole_site(settings: Settings) -> Flask:
    """Return the whole site as it is served: with every template in memory, so that it reads none later.

    Raises ContentError also where a template is broken.
    """
    from assessment.content.files.located import ContentError, Fault, shown
    from assessment.web.pages import ask_each_time

    try:
        app = create_app(settings)
        if not settings.is_production:
            ask_each_time(app)
        for name in app.jinja_env.list_templates(filter_func=is_template):
            app.jinja_env.get_template(name)
    except ContentError:
        raise
    except Exception as error:
        place = _place_in_templates(error)
        if place is None:
            raise
        kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
        fault = Fault(shown(place[0]), place[1], f"{kind}{error}", "correct the template")
        raise ContentError([fault]) from error
    return app


def is_template(name: str) -> bool:
    """Is a file under templates/ a template, and not what an editor leaves beside it?"""
    return not name.rpartition("/")[2].startswith(".") and not name.endswith("~")


def _place_in_templates(error: Exception) -> tuple[Path, int] | None:
    """Return the innermost file and line of a template that an error comes from; None when there is none."""
    if isinstance(error, TemplateSyntaxError) and error.filename:
        return Path(error.filename), error.lineno
    frames = [(Path(each.filename), each.lineno or 1) for each in traceback.extract_tb(error.__traceback__)]
    return next((each for each in reversed(frames) if each[0].is_relative_to(TEMPLATES)), None)


class _Asked(Request):
    """A request whose files stay in memory: of what somebody sends, nothing is laid on a disk by itself."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return BytesIO()


class _Site(Flask):
    request_class = _Asked

    def log_exception(self, exc_info: Any) -> None:
        # By the name of the door, not by its address: an address may hold the key to a diagnosis.
        self.logger.error("%s %s failed", request.method, request.endpoint, exc_info=exc_info)


def bare_app() -> Flask:
    """Return the application with its commands and nothing else: no settings, content, database or door."""
    app = _Site("assessment", template_folder=TEMPLATES, static_folder=None, root_path=str(ROOT))
    commands.init_app(app)
    return app


def site_or_exit() -> Flask:
    """Return the whole site; what keeps it from starting is told on stderr in plain lines, exit code 2."""
    from assessment.content.files.located import ContentError

    settings = settings_or_exit(os.environ)
    try:
        return whole_site(settings)
    except ContentError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
