"""Errors: a page in plain words for each, the status kept, what was typed handed back."""

from __future__ import annotations

import pytest
from flask import abort, request
from flask.testing import FlaskClient
from werkzeug.exceptions import TooManyRequests

from assessment.app import create_app
from assessment.web.errors import REFUSALS
from tests.conftest import some_settings


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A visitor of a site with a few addresses that refuse or break, as it is served: no fault escapes."""
    app = create_app(some_settings(tmp_path_factory.mktemp("refusing")))
    app.add_url_rule("/refuse/<int:code>", "refuse", abort, methods=["GET", "POST"])

    app.add_url_rule("/folder/", "folder", lambda: "")

    @app.post("/break")
    def fall_apart() -> str:
        raise RuntimeError("secret detail of the inside")

    @app.post("/form")
    def form() -> str:
        return request.form["reference"]

    @app.get("/slow-down")
    def slow_down() -> str:
        raise TooManyRequests(retry_after=60)

    return app.test_client()


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_refusal_is_a_page_with_its_status_and_a_remedy(refusing: FlaskClient, code: int) -> None:
    answer = refusing.get(f"/refuse/{code}")

    page = answer.get_data(as_text=True)
    assert answer.status_code == code
    assert answer.mimetype == "text/html"
    assert page.count("<h1>") == 1
    assert REFUSALS[code].remedy in page
    assert 'content="noindex' in page


@pytest.mark.parametrize(("code", "like"), [(418, 400), (422, 400), (501, 500), (504, 500)])
def test_a_rare_error_is_explained_as_its_kind_and_keeps_its_status(
    refusing: FlaskClient, code: int, like: int
) -> None:
    answer = refusing.get(f"/refuse/{code}")

    assert answer.status_code == code
    assert REFUSALS[like].title in answer.get_data(as_text=True)


def test_an_unknown_address_is_explained(refusing: FlaskClient) -> None:
    answer = refusing.get("/nothing-here/")

    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.get_data(as_text=True)


def test_a_fault_of_ours_tells_nothing_of_the_inside(refusing: FlaskClient) -> None:
    answer = refusing.post("/break", data={"where": "the tracker"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "secret detail" not in page
    assert "Traceback" not in page
    assert "the tracker" in page, "what was typed is handed back"


def test_what_was_typed_comes_back_escaped_and_without_what_the_form_carries(refusing: FlaskClient) -> None:
    sent = {
        "where_it_is": "<b>the 'board'</b>\nsecond line",
        "csrf_token": "hidden-token",
        "request_id": "hidden-request",
        "version": "7",
        "empty": "  ",
        "odd": "a\x00b",
    }

    page = refusing.post("/refuse/403", data=sent).get_data(as_text=True)

    assert "&lt;b&gt;the &#39;board&#39;&lt;/b&gt;\nsecond line" in page
    assert "where it is" in page
    assert "hidden-" not in page
    assert "empty" not in page
    assert "a\N{REPLACEMENT CHARACTER}b" in page


def test_a_page_that_was_only_asked_for_hands_nothing_back(refusing: FlaskClient) -> None:
    page = refusing.get("/refuse/404?text=typed").get_data(as_text=True)

    assert "What you had typed" not in page


def test_too_much_at_once_is_refused_in_words(refusing: FlaskClient) -> None:
    answer = refusing.post("/form", data={"reference": "x" * 1_000_000})

    assert answer.status_code == 413
    assert "Back button" in answer.get_data(as_text=True)


def test_an_error_keeps_the_headers_that_say_what_to_do(refusing: FlaskClient) -> None:
    assert "POST" in refusing.get("/break").headers["Allow"]
    assert refusing.get("/slow-down").headers["Retry-After"] == "60"


def test_a_redirect_is_not_an_error(refusing: FlaskClient) -> None:
    assert refusing.get("/folder").status_code == 308
