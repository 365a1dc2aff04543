"""What every door needs of the application that is serving it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

from assessment.settings import Settings

if TYPE_CHECKING:
    from assessment.content.library import Library


def library() -> Library:
    """Return the content read at start: pages, terms and instruments."""
    return cast("Library", current_app.extensions["library"])


def settings() -> Settings:
    """Return the checked settings of this application."""
    return cast(Settings, current_app.config["SETTINGS"])
