"""The list of the desk, and the page of one diagnosis: what is found, what is shown, and what never is."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.desk import browser_of, shared_with_desk, somebody
from tests.leader import Leader


@pytest.fixture
def seller(app: Flask) -> Leader:
    """Somebody of the desk at a browser: fills in forms as a leader does."""
    return Leader(browser_of(app, somebody(app)))


@pytest.fixture
def report_id(app: Flask) -> str:
    return shared_with_desk(
        Leader(app.test_client()), organisation="Harbour Ltd", name="Ada", email="ada@example.org"
    )


def test_what_is_shared_is_listed(seller: Leader, report_id: str) -> None:
    page = seller.open("/sales/")
    assert "Harbour Ltd" in page.text
    one = seller.open(f"/sales/diagnoses/{report_id}/")
    assert one.status == 200
