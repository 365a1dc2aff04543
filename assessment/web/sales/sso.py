"""Signing in by the provider that the settings name: the way there, and back.

What belongs to one sign-in follows from a secret in a cookie of ten minutes and the key of the site: nothing
is kept for it. The provider leads back to a page with a button, as does every address with a secret in it.
"""

from __future__ import annotations

import base64
import hmac
import logging
import re
from typing import cast

from flask import Blueprint, Flask, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.settings import Settings
from assessment.sso import NotSignedInError, Provider, Round
from assessment.store.sales import guesses, people
from assessment.store.sales.guesses import Later
from assessment.store.secret import new_token
from assessment.web import capability, guard, refusals, signed
from assessment.web.current import settings
from assessment.web.sales.door import show
from assessment.web.sales.signing import held_back, later, let_in

LASTS_S = 600
LONGEST = 4096  # characters of a code
_HELD = re.compile(r"([A-Za-z0-9_-]{43})(/[A-Za-z0-9_./-]*)?")

bp = Blueprint("sso", __name__, url_prefix="/sales/sso")
log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Open this door, to the provider of the settings."""
    named: Settings = app.config["SETTINGS"]
    app.extensions["sso"] = Provider(named.oidc_issuer, named.oidc_client_id, named.oidc_client_secret)
    app.register_blueprint(bp)


@bp.get("")
def start() -> Response:
    """Lead to the provider, with a cookie by which this browser is known when it comes back."""
    secret = new_token()
    try:
        answer = redirect(_provider().address(_round(secret)), 303)
    except NotSignedInError as error:
        log.error("%s", error)
        raise refusals.sso_unavailable() from None
    answer.set_cookie(
        _cookie_name(),
        secret + signed.came_for(),
        max_age=LASTS_S,
        path="/",
        httponly=True,
        secure=settings().is_https,
        samesite="Lax",
    )
    return answer


@bp.get("/back")
def come_back() -> Response:
    """Show the button that ends the sign-in which this browser began."""
    code, state = request.args.get("code", ""), request.args.get("state", "")
    _begun_here(state)
    if not 0 < len(code) <= LONGEST:
        raise refusals.sso_failed()
    return _go_on()


@bp.post("/back")
def check_in() -> Response:
    """Let in whoever the provider says it is, if they have an account here."""
    asked, to = _begun_here(request.form.get("state", ""))
    guess = guesses.take(guesses.by_network(request.remote_addr or ""))
    if isinstance(guess, Later):
        return held_back(_go_on(429, later(guess)), guess)
    try:
        known = _provider().known(asked, request.form.get("code", "")[:LONGEST])
    except NotSignedInError as error:
        log.warning("%s", error)
        raise refusals.sso_failed() from None
    person_id = people.known_as(known.subject, known.email)
    if person_id is None:
        raise refusals.sso_unknown()
    guesses.forget(guess)
    answer = let_in(person_id, to)
    answer.delete_cookie(_cookie_name(), path="/", httponly=True, secure=settings().is_https, samesite="Lax")
    return answer


def _go_on(status: int = 200, fault: str = "") -> Response:
    answer = show(
        "sso",
        status,
        code=request.values.get("code", ""),
        state=request.values.get("state", ""),
        provider=settings().oidc_name,
        fault=fault,
    )
    answer.headers["Referrer-Policy"] = "strict-origin"  # the address has a secret in it
    return answer


def _begun_here(state: str) -> tuple[Round, str]:
    """Return the sign-in that this browser began, and the page that it came for; refuse any other."""
    held = _HELD.fullmatch(request.cookies.get(_cookie_name(), ""))
    asked = _round(held[1]) if held else None
    if asked is None or not hmac.compare_digest(asked.state.encode(), state.encode("utf-8", "replace")):
        raise refusals.sso_failed()
    return asked, signed.on_to((held and held[2]) or "").get("next", "")


def _round(secret: str) -> Round:
    state, nonce, verifier = (
        base64.urlsafe_b64encode(
            hmac.digest(capability.server_key(f"sso {use}"), secret.encode(), "sha256")
        ).decode()[:43]
        for use in ("state", "nonce", "verifier")
    )
    return Round(state, nonce, verifier, settings().base_url + url_for("sso.come_back"))


def _provider() -> Provider:
    return cast(Provider, current_app.extensions["sso"])


def _cookie_name() -> str:
    return "__Host-sso" if settings().is_https else "sso"


guard.protect(
    bp,
    lambda: (url_for("sales.sign_in"), "To the page where you sign in"),
    without_token=("sso.check_in",),
    secret=signed.token,
)
