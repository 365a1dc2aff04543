"""The finish page says by itself that the PDF is there, with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.prepared import served
from tests.report.made import result
from tests.web.test_reports import HOLDER, keep, make_paper

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_finish_page_shows_the_pdf_as_ready_without_a_click(
    app: Flask, chromium: Any, monkeypatch: pytest.MonkeyPatch, scripts: bool
) -> None:
    monkeypatch.setattr("assessment.web.reports.LOOK_AGAIN_AFTER_S", 1)
    kept = keep(app, result())
    with served(app) as url, chromium.new_context(java_script_enabled=scripts) as context:
        context.add_cookies([{"name": "holder", "value": HOLDER, "url": url}])
        page = context.new_page()
        page.goto(f"{url}/reports/{kept.id}/")
        expect(page.get_by_text("The PDF is being prepared")).to_be_visible()

        make_paper(app)

        expect(page.get_by_role("link", name="Download the PDF").first).to_be_visible(timeout=30_000)
