"""Signing in and out."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.store.sales import devices, people, sessions
from assessment.store.sales.guesses import Later
from assessment.store.sales.people import Right
from assessment.web import refusals, signed
from assessment.web.current import settings
from assessment.web.forms import Filled
from assessment.web.forms.fields import Words
from assessment.web.sales.door import bp, show
from assessment.web.sales.fields import Email, Secret

WRONG = "The address, the password or the code is wrong, or there is no such account."


class SigningIn(Filled):
    """What somebody says to be let in."""

    email = Email()
    password = Secret("Password")
    one_time_code = Words("Code of your app", limit=20)


@bp.get("/sign-in")
def sign_in() -> Response:
    """Ask who it is."""
    return _ask(SigningIn())


@bp.post("/sign-in")
def check_in() -> Response:
    """Let in whoever is who they say, to the page that they came for; the session is always a new one."""
    form = SigningIn(request.form)
    if not form.validate():
        return _ask(form, status=422)
    said = form["email"].data, form["password"].data, form["one_time_code"].data
    outcome = people.check(*said, source=request.remote_addr or "", device=signed.device())
    if isinstance(outcome, Later):
        form.refuse("password", later(outcome))
        return held_back(_ask(form, status=429), outcome)
    if not isinstance(outcome, Right):
        form.refuse("password", WRONG)
        return _ask(form, status=422)
    return let_in(outcome.person_id)


def let_in(person_id: str, to: str = "") -> Response:
    """Begin a session of somebody in this browser, and lead to the page that they came for."""
    if before := signed.token():
        sessions.end(before)
    try:
        token = sessions.begin(person_id)
    except LookupError:  # ended a moment ago
        raise refusals.not_signed_in() from None
    device = devices.remember(person_id, signed.device())
    answer = redirect(to or signed.came_for() or url_for("sales.home"), 303)
    return signed.give_device(signed.give(answer, token), device)


@bp.post("/sign-out")
def sign_out() -> Response:
    """End the session of this browser, for whoever else holds its cookie, too."""
    if token := signed.token():
        sessions.end(token)
    return signed.take(redirect(url_for("sales.sign_in", out="y"), 303))


def later(outcome: Later) -> str:
    """Return what somebody reads who has tried too often."""
    minutes = -(-outcome.seconds // 60)
    return f"Too many were tried. Try again in {'a minute' if minutes == 1 else f'{minutes} minutes'}."


def held_back(answer: Response, outcome: Later) -> Response:
    """Say to programs, too, when the next try is taken."""
    answer.headers["Retry-After"] = str(outcome.seconds)
    return answer


def _ask(form: SigningIn, status: int = 200) -> Response:
    action = url_for("sales.check_in", **signed.on_to(signed.came_for()))
    sso = ""
    if settings().oidc_issuer:
        sso = url_for("sso.start", **signed.on_to(signed.came_for()))
    return show(
        "sign_in",
        status,
        form=form,
        action=action,
        has_left="out" in request.args,
        sso=sso,
        sso_name=settings().oidc_name,
    )
