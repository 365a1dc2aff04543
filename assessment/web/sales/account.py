"""Signing in and out."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.store.sales import devices, people, sessions
from assessment.store.sales.guesses import Later
from assessment.store.sales.people import Right
from assessment.web import signed
from assessment.web.forms import Filled
from assessment.web.sales.door import bp, show
from assessment.web.sales.fields import Email, Secret

WRONG = "The address or the password is wrong, or there is no such account."


class SigningIn(Filled):
    """What somebody says to be let in."""

    email = Email()
    password = Secret("Password")


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
    email, password = form["email"].data, form["password"].data
    outcome = people.check(email, password, source=request.remote_addr or "", device=signed.device())
    if isinstance(outcome, Later):
        form.refuse("password", f"Too many were tried. Try again in {_minutes(outcome.seconds)}.")
        answer = _ask(form, status=429)
        answer.headers["Retry-After"] = str(outcome.seconds)
        return answer
    if not isinstance(outcome, Right):
        form.refuse("password", WRONG)
        return _ask(form, status=422)
    return let_in(outcome.person_id)


def let_in(person_id: str) -> Response:
    """Begin a session of somebody in this browser, and lead to the page that they came for."""
    if before := signed.token():
        sessions.end(before)
    token = sessions.begin(person_id)
    device = devices.remember(person_id, signed.device())
    answer = redirect(signed.came_for() or url_for("sales.home"), 303)
    return signed.give_device(signed.give(answer, token), device)


@bp.post("/sign-out")
def sign_out() -> Response:
    """End the session of this browser, for whoever else holds its cookie, too."""
    if token := signed.token():
        sessions.end(token)
    return signed.take(redirect(url_for("sales.sign_in"), 303))


@bp.get("/account")
def account() -> Response:
    """Show whose account it is."""
    return show("account")


def _ask(form: SigningIn, status: int = 200) -> Response:
    action = url_for("sales.check_in", **signed.on_to(signed.came_for()))
    return show("sign_in", status, form=form, action=action)


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
