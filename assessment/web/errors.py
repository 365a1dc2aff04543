"""What a visitor reads when something is refused or fails: plain words, a remedy, and their own text back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

# What the site's own forms carry beside the answers; nobody typed it.
CARRIED = frozenset({"csrf_token", "request_id", "version"})
UNPRINTABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127), "\N{REPLACEMENT CHARACTER}")


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
    410: Refusal(
        "This is gone",
        "What was here has been removed or revoked, and it will not come back.",
        "If it was a link that someone gave you, ask them for a new one.",
    ),
    413: Refusal(
        "That is too much at once",
        "What you sent is larger than this site takes in one form. Nothing of it was saved.",
        "Use the Back button of your browser: your text is still in the form. Shorten it and send it again.",
    ),
    429: Refusal(
        "Too many requests",
        "This browser has asked for more in a short time than the site answers.",
        "Wait a minute and try again. What you had saved is safe.",
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


def refused(error: HTTPException) -> Response:
    """Return the page of an error, with its status and the headers that belong to it."""
    code = error.code or 500
    kind = REFUSALS.get(code) or REFUSALS[400 if code < 500 else 500]
    page = render_template("errors/error.html", code=code, kind=kind, typed=typed(error))
    answer = make_response(page, code)
    for name, value in error.get_headers():  # Allow of a 405, Retry-After of a 429 or 503
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def typed(error: HTTPException) -> list[tuple[str, str]]:
    """Return what was typed into a refused form, as pairs of field name and text.

    Empty when nothing was sent or when the request was too large to be read.
    """
    if request.method != "POST" or isinstance(error, RequestEntityTooLarge):
        return []
    try:
        sent = request.form
    except HTTPException:  # the body itself is what could not be read
        return []
    return [
        (name.replace("_", " "), text.translate(UNPRINTABLE))
        for name, text in sent.items(multi=True)
        if name not in CARRIED and text.strip()
    ]
