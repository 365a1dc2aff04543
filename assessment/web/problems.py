"""How the API refuses: as a problem in JSON (RFC 9457), in words, and with no value that was sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
UNDER = "/api/"


class Problem(Exception):
    """A request of a program that is not carried out. `errors` says where, and what is wrong there."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Iterable[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers or {}


def init_app(app: Flask) -> None:
    """Answer every problem, wherever it is found."""
    app.register_error_handler(Problem, answer)


def answer(problem: Problem) -> Response:
    """Return the answer to a problem."""
    said = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "errors": problem.errors,
    }
    response = Response(json.dumps(said), problem.status, mimetype=MEDIA_TYPE)
    response.headers.update(problem.headers)
    return response


def are_asked_for() -> bool:
    """Is this a request of a program, whose errors are problems and no pages?"""
    return request.path.startswith(UNDER)


def of(error: HTTPException) -> Problem:
    """Return an error of the site as a problem."""
    status = error.code or 500
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return Problem(status, _WORDS.get(status, "This request cannot be carried out."), headers=kept)


_WORDS = {
    400: "The request is incomplete or damaged.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The request is larger than this site takes.",
    500: "The fault is in the site. It has been recorded.",
    503: "The site cannot answer now. Ask again in a while.",
}
