"""The headers of every answer, and what is not let in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import event

from assessment.app import create_app
from assessment.settings import Settings, read_settings
from assessment.store import db
from assessment.web import capability, security
from tests.conftest import some_settings
from tests.report.made import result
from tests.web.test_reports import keep

ALWAYS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "manifest-src 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


def guarded(settings: Settings) -> FlaskClient:
    """Return a visitor of a small application behind the same guards."""
    app = Flask("guarded")
    app.config["SETTINGS"] = settings
    security.init_app(app)
    app.add_url_rule("/whoami", "whoami", view_func=lambda: f"{request.remote_addr} {request.url}")
    app.add_url_rule("/take", "take", view_func=lambda: str(len(request.form)), methods=["POST"])
    return app.test_client()


def production(instance: Path, **environ: str) -> Settings:
    return read_settings(
        {
            "ENVIRONMENT": "production",
            "SECRET_KEY": "k" * 32,
            "BASE_URL": "https://diagnosis.example.org",
            **environ,
        },
        instance,
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/faq/",
        "/diagnosis/",
        "/diagnosis/none/",
        "/reports/none/",
        "/reports/none.pdf",
        "/nowhere",
        "/healthz",
    ],
)
def test_every_answer_carries_the_whole_set_of_headers(path: str, client: FlaskClient) -> None:
    response = client.get(path)

    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "Strict-Transport-Security" not in response.headers  # this site is reached over http


@pytest.mark.parametrize("path", ["/diagnosis/", "/diagnosis/none/", "/reports/none/", "/reports/none.pdf"])
def test_private_addresses_travel_to_no_other_site(path: str, client: FlaskClient) -> None:
    response = client.get(path)

    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_page_that_does_not_exist_is_not_kept(client: FlaskClient) -> None:
    response = client.get("/nowhere")

    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/", "/faq/", "/method/"])
def test_a_content_page_may_be_kept_and_sets_no_cookie(path: str, client: FlaskClient) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert "no-store" not in response.headers["Cache-Control"]
    assert "Set-Cookie" not in response.headers
    assert "X-Robots-Tag" not in response.headers


def test_over_https_the_browser_is_told_to_stay_there(tmp_path: Path) -> None:
    client = guarded(production(tmp_path))

    response = client.get("/whoami", base_url="https://diagnosis.example.org")

    assert response.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_a_name_that_is_not_the_sites_own_is_refused(tmp_path: Path) -> None:
    client = guarded(production(tmp_path))

    assert client.get("/whoami", base_url="https://diagnosis.example.org").status_code == 200
    assert client.get("/whoami", base_url="https://evil.example").status_code == 400
    assert client.get("/whoami", base_url="http://127.0.0.1:8000").status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9"])
def test_in_development_the_site_answers_to_the_names_of_this_machine(host: str, tmp_path: Path) -> None:
    client = guarded(some_settings(tmp_path))

    assert client.get("/whoami", base_url=f"http://{host}").status_code == 200
    assert client.get("/whoami", base_url="http://evil.example").status_code == 400


def test_forwarded_headers_are_believed_only_from_proxies_that_are_set(tmp_path: Path) -> None:
    forwarded = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    direct, behind = guarded(some_settings(tmp_path)), guarded(some_settings(tmp_path, PROXY_COUNT="1"))

    assert direct.get("/whoami", headers=forwarded).text == "127.0.0.1 http://localhost/whoami"
    assert behind.get("/whoami", headers=forwarded).text == "192.0.2.7 https://localhost/whoami"


def test_too_large_a_request_is_refused_before_it_is_read(tmp_path: Path) -> None:
    client = guarded(some_settings(tmp_path))

    assert client.post("/take", data={"note": "a" * (security.LARGEST_REQUEST - 100)}).text == "1"
    assert client.post("/take", data={"note": "a" * security.LARGEST_REQUEST}).status_code == 413


def test_an_error_is_logged_by_the_name_of_its_door_and_not_by_its_address(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(token: str) -> str:
        raise RuntimeError("planted")

    app.add_url_rule("/planted/<token>", "planted", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    answer = app.test_client().get("/planted/the-key-to-a-diagnosis")

    assert answer.status_code == 500
    assert "GET planted failed" in caplog.text
    assert "the-key-to-a-diagnosis" not in caplog.text


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/diagnosis/%00/",
        "/diagnosis/?instrument=%00",
        "/reports/%00/",
        "/reports/%00.pdf",
        "/reports/%00/share",
        "/reports/{id}/compare?with=%00",
        "/shared/%00",
        "/shared/r/%00/",
        "/verify/%00",
        "/verify/?code=%00",
        "/verify/key-%00.pem",
    ],
)
def test_a_name_with_a_nul_in_it_is_unknown_and_never_asked_for(path: str, app: Flask) -> None:
    # PostgreSQL takes such a question for a fault; SQLite does not.
    kept, asked = keep(app, result()), list[Any]()

    def note(_connection: object, _cursor: object, _statement: str, values: Any, *_: object) -> None:
        asked.extend(values if isinstance(values, tuple) else values.values())

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)

    assert kept.client.get(path.format(id=kept.id)).status_code == 404
    assert [each for each in asked if "\0" in str(each)] == []


# --- secrets that are worked out ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    [
        lambda: capability.share_token("a holder", "a name"),
        lambda: capability.resume_token("a holder", "a name"),
        lambda: capability.holder_beginning("a name"),
        lambda: capability.proof("deleting", "an assessment"),
        lambda: capability.csrf_token("a holder"),
    ],
    ids=["of a link for others", "of a private link", "of a browser", "of what was held", "of a form"],
)
def test_without_the_key_of_the_server_nobody_works_a_secret_out(
    secret: Callable[[], str], app: Flask, settings: Settings
) -> None:
    other = create_app(replace(settings, secret_key=b"another key that is long enough too"))

    with app.app_context():
        ours, again = secret(), secret()
    with other.app_context():
        theirs = secret()

    assert ours == again
    assert ours != theirs
    assert len(ours) >= 43


def test_a_file_that_is_sent_stays_in_memory(app: Flask) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    sent, kind = head + bytes(900_000) + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"

    with app.test_request_context("/", method="POST", data=sent, content_type=kind):
        request.max_content_length = 1_000_000

        assert isinstance(request.files["file"].stream, BytesIO)
