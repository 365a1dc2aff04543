"""Pages that were renamed: whoever comes to an old address is led to the page, for good."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from assessment.web import errors
from assessment.web.current import library

LIFE_S = 3600  # a wrong line of the file is forgotten after an hour
FOR_GOOD = 308


def init_app(app: Flask) -> None:
    """Lead on from old addresses. Asked only where nothing else answers, so none can hide what is there."""
    app.register_error_handler(NotFound, led_on)


def led_on(error: NotFound) -> Response:
    """Return the way to the page that was at this address; where none was, the page that says so."""
    new = address_of(request.path)
    if not new:
        return errors.refused(error)
    response = Response(status=FOR_GOOD, headers={"Location": new}, mimetype="text/plain")
    response.cache_control.public = True
    response.cache_control.max_age = LIFE_S
    return response


def address_of(path: str) -> str:
    """Return where the page is now that was at an address, with or without its last slash; "" for no page."""
    renamed = library().redirects
    return renamed.get(path) or renamed.get(f"{path}/") or ""
