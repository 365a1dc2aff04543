"""One site for all tests of a module: each begins a diagnosis of its own in its database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.app import create_app
from assessment.settings import Settings
from assessment.store import database
from tests.conftest import some_settings
from tests.leader import Leader


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    """Settings over one database for all tests of a module."""
    instance = tmp_path_factory.mktemp("journey") / "instance"
    shutil.copytree(migrated, instance)
    return some_settings(instance)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    """The whole site, for leaders who do not know of each other."""
    app = create_app(settings)
    app.testing = True
    yield app
    with app.app_context():
        database.db.engine.dispose()


@pytest.fixture
def leader(client: FlaskClient) -> Leader:
    """A leader who has begun nothing."""
    return Leader(client)


@pytest.fixture
def begun(leader: Leader) -> Leader:
    """A leader with a fresh diagnosis."""
    leader.start()
    return leader


@pytest.fixture
def other(app: Flask) -> Leader:
    """Somebody else, or the same leader at another browser."""
    return Leader(app.test_client())
