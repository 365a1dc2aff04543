"""The pages about patterns: a report leads to them, and they lead back."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient

from assessment.content.library import Library
from tests.web.test_pages import Document, read

SAMPLE = "/sample-report/"
TOLD = ("present", "possible", "cannot tell")


def leads(page: Document, part: str) -> list[str]:
    """Return the addresses of a page that hold a part."""
    return [found for each in page.all("a") if part in (found := each.attributes.get("href", ""))]


def states(app: Flask) -> dict[str, str]:
    """Return what the sample report says of each pattern."""
    found: Library = app.extensions["library"]
    assert found.sample
    return {each["id"]: each["state"] for each in found.sample.result["patterns"]}


def test_each_pattern_that_a_report_tells_of_leads_to_its_page_and_back(
    app: Flask, client: FlaskClient
) -> None:
    told = [name for name, state in states(app).items() if state in TOLD]
    report = read(client, SAMPLE)

    assert {urlsplit(each).path for each in leads(report, "/patterns/")} - {"/patterns/"} == {
        f"/patterns/{each}/" for each in told
    }
    for each in told:
        assert leads(read(client, f"/patterns/{each}/"), f"{SAMPLE}#") == [f"{SAMPLE}#pattern-{each}"]
        assert f"pattern-{each}" in report.ids()


def test_what_the_sample_report_does_not_find_is_not_said_to_be_there(
    app: Flask, client: FlaskClient
) -> None:
    absent = [name for name, state in states(app).items() if state not in TOLD]

    assert absent
    for each in absent:
        page = read(client, f"/patterns/{each}/")
        assert leads(page, f"{SAMPLE}#") == [f"{SAMPLE}#patterns"]
        assert "The sample report of a made-up team does not find it." in page.all("article")[0].text
