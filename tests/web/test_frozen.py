"""What is given before Flask is asked: the same as Flask would say, in the coding that a visitor takes."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from assessment.app import create_app
from assessment.settings import ROOT, Settings, read_settings
from assessment.web import frozen, security
from assessment.web.frozen import Front, Frozen
from tests.conftest import some_settings

DECODED = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
BROWSER = "gzip, deflate, br, zstd"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Flask]:
    """The site as it is served: with everything made that is made before anybody asks."""
    instance = tmp_path_factory.mktemp("frozen") / "instance"
    shutil.copytree(migrated, instance)
    app = create_app(some_settings(instance))
    frozen.compress(app)
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def behind(app: Flask) -> Client:
    """A visitor who is let in by Flask itself, past what stands in front of it."""
    assert isinstance(app.wsgi_app, Front)
    return Client(app.wsgi_app.onward)


def kept(app: Flask) -> dict[str, Frozen]:
    found: dict[str, Frozen] = app.extensions["pages"]
    return found


def told(answer: TestResponse) -> tuple[int, set[tuple[str, str]], bytes]:
    return answer.status_code, set(answer.headers), answer.data


# --- the same as without it -----------------------------------------------------------------------------


WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"headers": {"Accept-Encoding": BROWSER}},
    {"headers": {"Accept-Encoding": "gzip"}},
    {"headers": {"If-None-Match": "*"}},
    {"headers": {"If-None-Match": '"another"'}},
    {"headers": {"Range": "bytes=0-9", "If-Modified-Since": "Wed, 21 Oct 2026 07:28:00 GMT"}},
    {"headers": {"Cookie": "holder=abc"}, "query_string": "utm_source=x&q=%00"},
    {"headers": {"X-Forwarded-Host": "evil.example"}},
    {"method": "HEAD", "headers": {"Accept-Encoding": "br"}},
    {"base_url": "https://localhost:8443"},
)


def test_what_is_frozen_is_what_flask_would_say(app: Flask, client: FlaskClient, behind: Client) -> None:
    addresses = [path for path in kept(app) if not path.startswith(("/static/", "/sample-report/"))]
    addresses += ["/sample-report/", "/sample-report/report.json", "/static/css/base.css"]

    different = [
        (path, way)
        for path in addresses
        for way in (WAYS if path in ("/", "/feed.xml", "/static/css/base.css") else WAYS[:2])
        if told(client.open(path, **way)) != told(behind.open(path, **way))
    ]

    assert len(addresses) > 20
    assert different == []


def test_flask_is_not_asked_for_it(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("Flask was asked")

    monkeypatch.setattr(app.wsgi_app, "onward", asked)

    assert {client.get(f"{path}?a=b").status_code for path in kept(app)} == {200}


@pytest.mark.parametrize(
    ("path", "way", "status"),
    [
        ("/framework", {}, 308),
        ("/framework//", {}, 308),
        ("/framework/", {"method": "POST"}, 405),
        ("/static/css/base.css", {"method": "POST"}, 405),
        ("/framework/", {"method": "OPTIONS"}, 200),
        ("/framework/", {"base_url": "http://evil.example"}, 400),
        ("/static/css/base.css", {"base_url": "http://evil.example"}, 400),
        ("/framework/", {"headers": {"Host": "localhost/"}}, 400),
        ("/framework/", {"headers": {"If-Match": '"another"'}}, 412),
        ("/framework/nowhere/", {}, 404),
        ("/static/css/", {}, 404),
    ],
)
def test_everything_else_is_left_to_flask(
    path: str, way: dict[str, Any], status: int, client: FlaskClient, behind: Client
) -> None:
    answer = client.open(path, **way)

    assert answer.status_code == status
    assert answer.status_code == behind.open(path, **way).status_code


def test_a_name_that_is_not_the_sites_own_stays_refused_however_often_it_asks(
    client: FlaskClient,
) -> None:
    client.get("/", base_url="http://localhost:5000")

    answers = [client.get("/", base_url=f"http://evil.example:{port}") for port in (80, 5000, 5000)]

    assert {each.status_code for each in answers} == {400}
    assert client.get("/", base_url="http://localhost:5000").status_code == 200


def test_however_many_names_it_is_asked_for_under_it_remembers_few(app: Flask, client: FlaskClient) -> None:
    answers = [client.get("/", base_url=f"http://localhost:{port}") for port in range(5000, 5200)]

    assert {each.status_code for each in answers} == {200}
    assert isinstance(app.wsgi_app, Front)
    assert len(app.wsgi_app._hosts) <= frozen.HOSTS_KEPT


def test_over_https_what_is_frozen_tells_the_browser_to_stay_there(tmp_path: Path) -> None:
    site = guarded(
        read_settings(
            {
                "ENVIRONMENT": "production",
                "SECRET_KEY": "k" * 32,
                "BASE_URL": "https://diagnosis.example.org",
                "PROXY_COUNT": "1",
            },
            tmp_path,
        )
    )
    behind_a_proxy = {"X-Forwarded-Host": "diagnosis.example.org", "X-Forwarded-Proto": "https"}

    answer = site.get("/", headers=behind_a_proxy, base_url="http://127.0.0.1:8000")

    assert answer.text == "home"
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert site.get("/", base_url="http://127.0.0.1:8000").status_code == 400


def guarded(settings: Settings) -> FlaskClient:
    """Return a visitor of a small application with one frozen answer."""
    app = Flask("guarded")
    app.config["SETTINGS"] = settings
    frozen.init_app(app)
    security.init_app(app)
    app.extensions["pages"] = {"/": Frozen(b"home", "text/html")}
    return app.test_client()


# --- codings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("deflate, zstd", ""),
        (BROWSER, "br"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("*", "br"),
        ("gzip, *;q=0", "gzip"),
        ("br;q=0, *", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br;q=0.001", "br"),
        ("br; q=0.5 , identity;q=1.0", ""),
        ("identity;q=0.5, *;q=0.4", ""),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0, *;q=0.1", "br"),
        ("identity;q=0", ""),  # nothing else is taken either: what is plain helps more than a refusal
        ("*;q=0", ""),
        ("br;q=much", ""),
        (",;,=;q=;", ""),
    ],
)
def test_a_visitor_gets_the_coding_they_like_best(accepted: str, coding: str, client: FlaskClient) -> None:
    answer = client.get("/method/", headers={"Accept-Encoding": accepted})

    assert answer.headers.get("Content-Encoding", "") == coding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert DECODED[coding](answer.data) == client.get("/method/").data


def test_every_coding_says_the_same_under_an_etag_of_its_own(app: Flask) -> None:
    texts = [each for each in kept(app).values() if each.chosen("br") is not each.plain]

    for each in texts:
        variants = {coding: each.chosen(coding) for coding in ("br", "gzip", "")}
        assert {DECODED[coding](made.body) for coding, made in variants.items()} == {each.body}
        assert len({made.etag for made in variants.values()}) == 3
    assert len(texts) > 40


def test_what_is_compressed_already_is_given_as_it_is(app: Flask, client: FlaskClient) -> None:
    font = next(path for path in kept(app) if path.endswith(".woff2"))

    answer = client.get(font, headers={"Accept-Encoding": BROWSER})

    assert "Content-Encoding" not in answer.headers
    assert "Vary" not in answer.headers
    assert answer.content_type == "font/woff2"


def test_nothing_is_compressed_for_a_request(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compressed(*_: object, **__: object) -> bytes:
        raise AssertionError("compressed for a request")

    monkeypatch.setattr(brotli, "compress", compressed)
    monkeypatch.setattr(gzip, "compress", compressed)

    asked = {path: client.get(path, headers={"Accept-Encoding": BROWSER}) for path in kept(app)}

    assert {each.status_code for each in asked.values()} == {200}
    assert asked["/sample-report/"].headers["Content-Encoding"] == "br"


def test_a_page_takes_a_quarter_of_its_bytes_and_the_first_one_with_all_it_loads_less_than_120_kb(
    app: Flask, client: FlaskClient
) -> None:
    home = client.get("/").text
    loaded = [path for path in kept(app) if path.startswith("/static/") and f'"{path}"' in home]
    sheets = "".join(client.get(path).text for path in loaded if path.endswith(".css"))
    fonts = [path for path in kept(app) if path.endswith(".woff2") and path.rpartition("/")[2] in sheets]

    def taken(path: str) -> int:
        return len(client.get(path, headers={"Accept-Encoding": BROWSER}).data)

    pages_ = [path for path, each in kept(app).items() if each.mimetype == "text/html"]
    assert sum(map(taken, pages_)) <= 0.25 * sum(len(kept(app)[path].body) for path in pages_)
    assert len(fonts) >= 3
    assert taken("/") + sum(map(taken, {*loaded, *fonts})) < 120_000


# --- asking again -----------------------------------------------------------------------------------------


def again(client: FlaskClient, known: str, accepted: str = BROWSER) -> TestResponse:
    return client.get("/method/", headers={"If-None-Match": known, "Accept-Encoding": accepted})


@pytest.mark.parametrize(
    "known",
    ["{}", "W/{}", "*", '"other", {}', '"a,b" , W/"other",{}'],
    ids=["its own", "weakened by a proxy", "any", "one of two", "one of three"],
)
def test_who_has_it_is_not_sent_it_again(known: str, client: FlaskClient) -> None:
    first = client.get("/method/", headers={"Accept-Encoding": BROWSER})

    answer = again(client, known.format(first.headers["ETag"]))

    assert answer.status_code == 304
    assert answer.data == b""
    assert answer.headers["ETag"] == first.headers["ETag"]
    assert {"Cache-Control", "Vary", "Content-Security-Policy"} <= set(answer.headers.keys())
    assert not {"Content-Type", "Content-Encoding", "Content-Length"} & set(answer.headers.keys())


@pytest.mark.parametrize("known", ['"other"', "", "{}x", "nonsense"])
def test_who_has_something_else_is_sent_it(known: str, client: FlaskClient) -> None:
    etag = client.get("/method/", headers={"Accept-Encoding": BROWSER}).headers["ETag"]

    assert again(client, known.format(etag.strip('"'))).status_code == 200


def test_who_has_another_coding_is_sent_the_one_they_take_now(client: FlaskClient) -> None:
    plain = client.get("/method/").headers["ETag"]

    assert again(client, plain).status_code == 200
    assert again(client, plain, accepted="").status_code == 304


def test_a_view_may_answer_with_something_frozen_under_headers_of_its_own(app: Flask) -> None:
    table = Frozen(b"a,b", "text/csv", "private, no-store", {"Content-Disposition": "attachment"})

    with app.test_request_context("/anywhere", headers={"If-None-Match": '"other"'}):
        answer: Response = frozen.answer(table)
        assert request.path == "/anywhere"

    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Date" not in answer.headers  # the server gives one, and no answer has two


def test_the_static_files_are_all_there_under_both_of_their_addresses(app: Flask) -> None:
    files = [path for path in (ROOT / "static").rglob("*") if path.is_file()]

    served = [path for path in kept(app) if path.startswith("/static/")]

    assert len(served) == 2 * (len(files) + 1)  # with the sheets of every page as one
