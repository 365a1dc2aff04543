"""Who of the desk is signed in: the second cookie of the site, which only its people get."""

from __future__ import annotations

import re
from typing import cast

from flask import g, request
from werkzeug.wrappers import Response

from assessment.store.sales import sessions
from assessment.store.sales.sessions import SignedIn
from assessment.web.current import settings

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def token() -> str | None:
    """Return the secret of the session that this browser names; what does not look like one is none."""
    value = request.cookies.get(cookie_name(), "")
    return value if _TOKEN.fullmatch(value) else None


def person() -> SignedIn | None:
    """Return who is signed in, read once for a request; None where nobody is."""
    if "person" not in g:
        held = token()
        g.person = sessions.find(held) if held else None
    return cast("SignedIn | None", g.person)


def here() -> SignedIn:
    """Return who is signed in, behind a door that nobody else comes through (`access`)."""
    found = person()
    if found is None:
        raise LookupError("nobody is signed in; this door is not on the list of those that need it")
    return found


def give(response: Response, value: str) -> Response:
    """Set the cookie of a session on a response; the browser forgets it when it is closed."""
    response.set_cookie(
        cookie_name(), value, path="/", httponly=True, secure=settings().is_https, samesite="Lax"
    )
    return response


def take(response: Response) -> Response:
    """Take the cookie back."""
    response.delete_cookie(cookie_name(), path="/", httponly=True, secure=settings().is_https, samesite="Lax")
    return response


def cookie_name() -> str:
    """Return the cookie's name: with the `__Host-` prefix, which needs Secure, where the site is https."""
    return "__Host-person" if settings().is_https else "person"
