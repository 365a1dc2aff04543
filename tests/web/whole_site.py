"""A site with everything that it may offer, for the tests that look at every door and every field."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from assessment.app import create_app
from assessment.settings import Settings
from assessment.store import database
from tests.conftest import some_settings


def settings_of(folder: Path, migrated: Path) -> Settings:
    """Return the settings of a site with a database of its own that sends mail, so that its form is there."""
    instance = folder / "instance"
    shutil.copytree(migrated, instance)
    return some_settings(instance, SMTP_URL="smtp://127.0.0.1:9", MAIL_FROM="a@site.test")


def served(settings: Settings) -> Iterator[Flask]:
    """Give the whole site, then let go of its database. A fault of ours is answered as it is in service."""
    app = create_app(settings)
    yield app
    with app.app_context():
        database.db.engine.dispose()
