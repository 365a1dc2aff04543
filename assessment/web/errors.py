"""What a visitor reads when something is refused or fails: plain words, a remedy, and their own text back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, ServiceUnavailable

from assessment.store import StoreUnavailable
from assessment.web import problems
from assessment.web.typed import typed

RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind of error in words: what it is called, what happened, what to do."""

    title: str
    happened: str
    remedy: str


REFUSALS = {
    400: Refusal(
        "That request could not be understood",
        "Something in what your browser sent was incomplete or damaged.",
        "Go back, reload the page and send it again.",
    ),
    403: Refusal(
        "That was not allowed",
        "The form did not come from a page of this site that belongs to this browser. "
        "This happens when cookies are blocked, or when a page was open since before they were cleared.",
        "Open the page again from your private link or from the start, and send it from there.",
    ),
    404: Refusal(
        "There is nothing at this address",
        "The page may have moved, or the address may be incomplete. A diagnosis or a report is shown only to "
        "the browser that holds it.",
        "Check the address, begin at the home page, or open your diagnosis with its private link.",
    ),
    405: Refusal(
        "This address does not take that",
        "The page was asked for in a way that it does not answer, as when an address that only takes a form "
        "is opened by itself.",
        "Go back to the page with the form and send it from there.",
    ),
    409: Refusal(
        "This was changed somewhere else",
        "Another tab or device has saved a different answer to the same question since this page was opened.",
        "Reload the page to see what is saved now, then decide which of the two is right.",
    ),
    413: Refusal(
        "That is too much at once",
        "What you sent is larger than this site takes in one form. Nothing of it was saved.",
        "Use the Back button of your browser: your text is still in the form. Shorten it and send it again.",
    ),
    500: Refusal(
        "Something failed on our side",
        "The fault is in the site, not in what you did. It has been recorded.",
        "Try again in a minute. Every answer that was confirmed as saved is safe.",
    ),
    503: Refusal(
        "The site is busy or being worked on",
        "It cannot answer this at the moment.",
        "Try again in a minute. Every answer that was confirmed as saved is safe.",
    ),
}


def init_app(app: Flask) -> None:
    """Answer every error of the application with a page in plain words."""
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(StoreUnavailable, unavailable)


def refused(error: HTTPException) -> Response:
    """Return the page of an error, with its status and the headers that belong to it."""
    if problems.are_asked_for():
        return problems.answer(problems.of(error))
    code = error.code or 500
    kind = REFUSALS.get(code) or REFUSALS[400 if code < 500 else 500]
    # What was too large to be read cannot be handed back.
    texts = [] if isinstance(error, RequestEntityTooLarge) else typed()
    page = render_template("errors/error.html", code=code, kind=kind, typed=texts)
    answer = make_response(page, code)
    for name, value in error.get_headers():  # Allow of a 405, Retry-After of a 503
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def unavailable(_: StoreUnavailable) -> Response:
    """Return the page that says to come back: the database cannot be reached now."""
    return refused(ServiceUnavailable(retry_after=RETRY_AFTER_S))
