"""Who of the desk is signed in, and in which browser: two more cookies, which only its people get."""

from __future__ import annotations

import re
from typing import Any, cast

from flask import g, request
from werkzeug.wrappers import Response

from assessment.store.sales import devices, sessions
from assessment.store.sales.sessions import SignedIn
from assessment.web.current import settings

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def token() -> str | None:
    """Return the secret of the session that this browser names; what does not look like one is none."""
    return _secret_in(cookie_name())


def device() -> str | None:
    """Return the secret by which this browser may be known to somebody who has signed in in it before."""
    return _secret_in(device_cookie_name())


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


def give_device(response: Response, value: str) -> Response:
    """Set the cookie by which a browser is known for half a year, signed in or not."""
    response.set_cookie(
        device_cookie_name(),
        value,
        max_age=int(devices.KNOWN_FOR.total_seconds()),
        path="/",
        httponly=True,
        secure=settings().is_https,
        samesite="Lax",
    )
    return response


def cookie_name() -> str:
    """Return the cookie's name: with the `__Host-` prefix, which needs Secure, where the site is https."""
    return "__Host-person" if settings().is_https else "person"


def device_cookie_name() -> str:
    """Return the name of the cookie by which a browser is known, with the same prefix."""
    return "__Host-device" if settings().is_https else "device"


def _secret_in(name: str) -> str | None:
    value = request.cookies.get(name, "")
    return value if _TOKEN.fullmatch(value) else None


# A page of the desk; nothing that a browser would take for an address elsewhere.
_PAGE = re.compile(r"/sales/[A-Za-z0-9_-][A-Za-z0-9_./-]*")


def on_to(path: str) -> dict[str, Any]:
    """Return what an address says beside, to come back to a page of the desk; nothing for its first."""
    return {"next": path} if _PAGE.fullmatch(path) and not path.startswith("/sales/sign-") else {}


def came_for() -> str:
    """Return the page of the desk that the address names; "" where it names none."""
    return str(on_to(request.args.get("next", "")).get("next", ""))
