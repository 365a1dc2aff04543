"""What guards a door that takes forms: who sent one, whether it can be read, and how it is refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection
from urllib.parse import unquote_to_bytes

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from assessment.store import StoreUnavailable
from assessment.store.assessments import UnknownAssessment
from assessment.web import capability, refusals
from assessment.web.errors import RETRY_AFTER_S
from assessment.web.refusals import Refused
from assessment.web.typed import SECRETS, typed

# What is typed into a field, however far beyond its limit, is refused beside it up to here.
LARGEST_TEXT = 4_000_000

_REQUEST_ID = re.compile(r"[0-9a-f]{32}")

Onward = Callable[[], tuple[str, str]]
"""Returns where a refused form leads on to, and how that is called."""


Secret = Callable[[], str | None]
"""Returns the secret of this browser that the token of a form follows from; None where it has none."""


def protect(
    bp: Blueprint,
    onward: Onward,
    *,
    without_token: Collection[str] = (),
    secret: Secret = capability.holder,
) -> None:
    """Let nothing change behind a door that a page of ours in this browser did not ask for.

    `without_token` names what begins in a browser that may hold nothing yet, so that there is no token that
    its form could carry. What must happen before the form is read is to be registered before this.
    """

    @bp.before_request
    def guard() -> None:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return
        is_text = _is_text()
        if not capability.is_our_page(request):
            raise refusals.from_another_site()
        if request.endpoint not in without_token and not capability.is_our_form(request, secret()):
            raise refusals.with_older_key() if secret() else refusals.without_key()
        if not is_text:
            raise refusals.unreadable()

    @bp.errorhandler(Refused)
    def refused(refusal: Refused) -> Response:
        """Say why nothing was done, and hand back what was typed."""
        held = secret()
        address, called = onward()
        page = render_template(
            "errors/refused.html",
            refusal=refusal,
            typed=typed(),
            fields=_fields() if refusal.may_repeat else [],
            csrf_token=capability.csrf_token(held) if held else "",
            onward=address,
            onward_called=called,
        )
        return make_response(page, refusal.status)

    @bp.errorhandler(UnknownAssessment)
    def gone(_: UnknownAssessment) -> Response:
        """Hand everything back: the diagnosis was deleted while this was sent."""
        return refused(refusals.not_here())

    @bp.errorhandler(StoreUnavailable)
    def unavailable(_: StoreUnavailable) -> Response:
        """Hand everything back, with a button that sends the very same request again."""
        response = refused(refusals.store_unavailable())
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response


def carried(secret: Secret = capability.holder) -> dict[str, str]:
    """Return what every form carries: whose it is, and its name among the requests."""
    held = secret()
    return {
        "csrf_token": capability.csrf_token(held) if held else "",
        "request_id": uuid.uuid4().hex,
    }


def request_name() -> str:
    """Return the name that the form gives to this request, by which a repetition is known."""
    request_id = request.form.get("request_id", "")
    if not _REQUEST_ID.fullmatch(request_id):
        raise refusals.incomplete()
    return request_id


def _fields() -> list[tuple[str, str]]:
    return [each for each in request.form.items(multi=True) if each[0] not in SECRETS]


def _is_text() -> bool:
    """Is what was sent text? To be asked before the form is read: that would make texts of other bytes, too.

    Browsers send nothing else. In a form with a file, other bytes come as the mark of what was replaced.
    """
    if request.mimetype != "application/x-www-form-urlencoded":
        return True
    try:
        unquote_to_bytes(request.get_data()).decode()
    except UnicodeDecodeError:
        return False
    return True
