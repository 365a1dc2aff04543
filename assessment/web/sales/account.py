"""The account of whoever is signed in: their password, and the second factor."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.report.verify import qr
from assessment.store.sales import passwords, people, second
from assessment.store.sales.guesses import Later
from assessment.store.sales.people import Account
from assessment.web import capability, signed
from assessment.web.current import library
from assessment.web.forms import Filled
from assessment.web.guard import request_name
from assessment.web.sales.door import bp, show
from assessment.web.sales.fields import Code, Secret
from assessment.web.sales.signing import held_back, later

WRONG = "This is not your password."


class Changing(Filled):
    """Another password, by somebody who knows the one before."""

    password = Secret("The password you have")
    new_password = Secret("The new password", need="Write the new password.")
    again = Secret("The new password once more", need="Write the new password once more.")

    def suits(self, *about: str) -> bool:
        """Will the new password do, and is it the same both times?"""
        if fault := passwords.fault(self["new_password"].data, about=about):
            return self.refuse("new_password", fault)
        if self["again"].data != self["new_password"].data:
            return self.refuse("again", "This is not the same. Type it once more.")
        return True


class Turning(Filled):
    """The second factor, on or off, by somebody who has both."""

    password = Secret("Your password")
    one_time_code = Code("The code that your app shows")


@bp.get("/account")
def account() -> Response:
    """Show whose account it is, and what its owner can change."""
    return _account(Changing())


@bp.post("/account/password")
def change_password() -> Response:
    """Set another password; everybody else who is signed in with this account is so no longer."""
    form, own = Changing(request.form), _own()
    request_name()
    if not form.validate() or not form.suits(own.name, own.email):
        return _account(form, 422)
    if (knows := people.check_own(own.id, form["password"].data)) is not True:
        return _refused(form, knows, lambda status: _account(form, status))
    people.set_password(own.id, form["new_password"].data, by=own.id, keep=signed.token() or "")
    return redirect(url_for("sales.account", done="password"), 303)


@bp.get("/account/second-factor")
def second_factor() -> Response:
    """Show the secret that an app works codes out from, or ask whether to do without."""
    return _second(Turning())


@bp.post("/account/second-factor")
def turn_on() -> Response:
    """Ask for codes from now on, once the app has shown that it can."""
    form, own, name = Turning(request.form), _own(), request_name()
    if not form.validate():
        return _second(form, 422, name)
    code = form["one_time_code"].data
    knows = people.check_own(
        own.id, form["password"].data, also=lambda: second.turn_on(own.id, _secret(name), code)
    )
    if knows is None:
        form.refuse("one_time_code", "This is not the code of this moment. Type the one that is shown now.")
        return _second(form, 422, name)
    if knows is not True:
        return _refused(form, knows, lambda status: _second(form, status, name))
    return redirect(url_for("sales.account", done="second"), 303)


@bp.post("/account/second-factor/off")
def turn_off() -> Response:
    """Ask for no codes any more."""
    form, own, name = Turning(request.form), _own(), request_name()
    if not form.validate():
        return _second(form, 422, name)
    code = form["one_time_code"].data
    knows = people.check_own(own.id, form["password"].data, also=lambda: second.turn_off(own.id, code))
    if knows is None:
        form.refuse(
            "one_time_code", "This is not the code of this moment, or it was used. Wait for the next."
        )
        return _second(form, 422, name)
    if knows is not True:
        return _refused(form, knows, lambda status: _second(form, status, name))
    return redirect(url_for("sales.account", done="off"), 303)


def _own() -> Account:
    account = people.find(signed.here().id)
    assert account is not None  # noqa: S101 whoever is signed in has one
    return account


def _refused(form: Filled, outcome: Later | bool | None, page: Callable[[int], Response]) -> Response:
    """Answer with the page of a form whose sender does not know the password, or may not be asked now."""
    if isinstance(outcome, Later):
        form.refuse("password", later(outcome))
        return held_back(page(429), outcome)
    form.refuse("password", WRONG)
    return page(422)


def _account(form: Changing, status: int = 200) -> Response:
    return show("account", status, account=_own(), form=form, done=request.args.get("done", ""))


def _second(form: Turning, status: int = 200, name: str = "") -> Response:
    own, carried = _own(), {"request_id": name} if name else {}
    page: dict[str, Any] = {}
    if not own.has_second:
        name = name or uuid.uuid4().hex
        carried = {"request_id": name}
        secret = _secret(name)
        address = second.address(secret, account=own.email, issuer=library().site.name)
        drawn = qr(address, "QR code that gives the secret to your app")
        page = {"qr": drawn, "secret": second.spelled(secret)}
    return show("second_factor", status, account=own, form=form, **page, **carried)


def _secret(name: str) -> bytes:
    """Return the secret that the form of this name offers: the same however often it is refused.

    It is in no field of the form: it follows from the session, the form and the key of the site.
    """
    text = f"{signed.token()} {name}"
    return hmac.digest(capability.server_key("second factor"), text.encode(), "sha256")[: second.SECRET_BYTES]
