"""Static files: lasting addresses for what a template names, and nothing outside the folder."""

from __future__ import annotations

import hashlib
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.settings import ROOT
from assessment.web.security import HEADERS

BASE = ROOT / "static" / "css" / "base.css"


def address(app: Flask, name: str) -> str:
    return str(app.jinja_env.globals["asset"](name))


def test_an_address_carries_the_hash_of_what_is_there(app: Flask, client: FlaskClient) -> None:
    path = address(app, "css/base.css")

    response = client.get(path, buffered=True)

    assert hashlib.sha256(BASE.read_bytes()).hexdigest()[:12] in path
    assert response.data == BASE.read_bytes()
    assert response.content_type.startswith("text/css")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_plain_address_is_kept_for_an_hour_and_then_asked_for_again(client: FlaskClient) -> None:
    response = client.get("/static/css/base.css", buffered=True)
    again = client.get(
        "/static/css/base.css", headers={"If-None-Match": response.headers["ETag"]}, buffered=True
    )

    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert again.status_code == 304


def test_the_sheets_of_every_page_are_sent_as_one_which_names_the_fonts_as_pages_do(
    app: Flask, client: FlaskClient
) -> None:
    sent = client.get(address(app, "css/site.css"), buffered=True).text
    home = client.get("/").text

    assert all(f".{name}" in sent for name in ("skip", "card", "fig-sound"))
    assert sent.index("@layer reset, base") < sent.index("@font-face")
    for font in ("inter", "display", "heading"):
        named = address(app, f"fonts/{font}.woff2")
        assert f'url("..{named.removeprefix("/static")}")' in sent
        assert f'<link rel="preload" href="{named}" as="font"' in home
        assert client.get(named, buffered=True).status_code == 200


def test_static_files_are_for_this_site_alone(client: FlaskClient) -> None:
    headers = client.get("/static/css/base.css", buffered=True).headers

    assert "Access-Control-Allow-Origin" not in headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/css/",
        "/static/none.css",
        "/static/../wsgi.py",
        "/static/%2e%2e/wsgi.py",
        "/static/css/base.000000000000.css",
    ],
)
def test_nothing_else_is_served(path: str, client: FlaskClient) -> None:
    assert client.get(path, buffered=True).status_code == 404


def test_a_name_that_is_not_there_is_found_by_the_first_test_and_not_by_a_visitor(app: Flask) -> None:
    with pytest.raises(KeyError):
        address(app, "css/none.css")


def test_every_file_that_a_style_sheet_names_is_there(client: FlaskClient) -> None:
    named = [
        (sheet.name, target)
        for sheet in (ROOT / "static" / "css").glob("*.css")
        for target in re.findall(r"url\(\"?([^)\"]+)\"?\)", sheet.read_text(encoding="utf-8"))
    ]

    missing = [
        f"{sheet}: {target}" for sheet, target in named if not (ROOT / "static" / "css" / target).is_file()
    ]

    assert named
    assert missing == []


def test_sheets_that_meet_on_a_page_mean_nothing_different_by_a_class() -> None:
    named = {
        name: set(
            re.findall(r"\.([a-z][\w-]+)", re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S))
        )
        for name in ("desk", "report", "components", "layout", "cover")
        if (sheet := BASE.with_name(f"{name}.css")).exists()
    }
    shared = named["components"] | named["layout"]

    assert named["desk"] & (named["report"] | named["cover"]) - shared == set()
