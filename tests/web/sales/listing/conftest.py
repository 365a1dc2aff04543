"""One site for all tests of a module, somebody of the desk, and a diagnosis that they may see."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from assessment.app import create_app
from assessment.store.database import db
from tests.conftest import some_settings
from tests.desk import browser_of, shared_with_desk, somebody
from tests.leader import Leader
from tests.report.made import ALL_FAILING


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Flask]:
    """One site for all: what a test here leaves behind is in no other's way."""
    folder = tmp_path_factory.mktemp("listing") / "instance"
    shutil.copytree(migrated, folder)
    app = create_app(some_settings(folder))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def leader(app: Flask) -> Leader:
    return Leader(app.test_client())


@pytest.fixture(scope="module")
def seller(app: Flask) -> Leader:
    """Somebody of the desk at a browser: opens pages and sends forms as a leader does."""
    return Leader(browser_of(app, somebody(app)))


@pytest.fixture(scope="module")
def report_id(leader: Leader) -> str:
    """A diagnosis with every pattern that its leader, Jo of Harbour Ltd, lets the desk see."""
    jo = {"organisation": "Harbour Ltd", "name": "Jo Lead", "email": "jo@harbour.example"}
    return shared_with_desk(leader, ALL_FAILING, **jo)
