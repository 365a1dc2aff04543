"""The people of the desk, for its admins: who they are, what they may, and how they get in again."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField

from assessment.store.sales import passwords, people, recovery
from assessment.store.sales.models import SHORT
from assessment.store.sales.people import Account, LastAdmin, Taken
from assessment.web import refusals, signed
from assessment.web.current import settings
from assessment.web.forms import Filled
from assessment.web.forms.fields import Address, OneOf, Words
from assessment.web.guard import request_name
from assessment.web.sales.door import bp, show
from assessment.web.sales.fields import Secret
from assessment.web.sales.signing import let_in

ROLES = (
    ("sales", "Sales: invites, sees what leaders consented to, prepares and sends"),
    ("admin", "Admin: also looks after people, and reads the audit"),
)

MEANS = {
    "code": "password and code",
    "password": "password",
    "nothing": "nothing yet",
    "sso": "single sign-on",
}


class Adding(Filled):
    """Somebody new."""

    name = Words("Name", limit=SHORT, need="Write the name.")
    email = Address("E-mail address", need="Write the address by which they will sign in.")
    role = OneOf("What may they do?", choices=ROLES, need="Choose what they may do.", default="sales")


class Appointing(Filled):
    """Another role."""

    role = OneOf("What may they do?", choices=ROLES, need="Choose what they may do.")


class Sure(Filled):
    """What cannot be taken back."""

    sure = BooleanField("Yes, this account shall end")


class Choosing(Filled):
    """The password of somebody who follows a link."""

    new_password = Secret("Your new password", need="Write the new password.")
    again = Secret("The same once more", need="Write the new password once more.")


@bp.get("/people/")
def everybody() -> Response:
    """List everybody."""
    return show("people", accounts=people.everybody(), means=MEANS)


@bp.get("/people/new")
def new_person() -> Response:
    """Ask who is new."""
    return show("new_person", form=Adding())


@bp.post("/people/")
def add_person() -> Response:
    """Make an account, whose owner sets the password by a link."""
    form = Adding(request.form)
    request_name()
    if not form.validate():
        return show("new_person", 422, form=form)
    said = {name: form[name].data.strip() for name in ("name", "email", "role")}
    try:
        made = people.add(**said, password=None, by=signed.here().id)
    except Taken:
        form.refuse("email", "There is an account with this address already: it is in the list.")
        return show("new_person", 422, form=form)
    return redirect(url_for("sales.person", person_id=made.id), 303)


@bp.get("/people/<person_id>")
def person(person_id: str) -> Response:
    """Show one account and what can be done to it; of one's own, nothing."""
    return _person(_account(person_id), Sure())


@bp.post("/people/<person_id>/role")
def set_role(person_id: str) -> Response:
    """Give somebody another role, which ends their sessions."""
    account, form = _somebody_else(person_id), Appointing(request.form)
    if not form.validate():
        return _person(account, Sure(), form, 422)
    try:
        people.set_role(account.id, form["role"].data, by=signed.here().id)
    except LastAdmin:
        raise refusals.last_admin() from None
    return redirect(url_for("sales.person", person_id=account.id), 303)


@bp.post("/people/<person_id>/reset")
def reset_person(person_id: str) -> Response:
    """Take password and second factor away, and show the link by which another password is set."""
    account = _somebody_else(person_id)
    recovery.reset(account.id, by=signed.here().id)
    return redirect(url_for("sales.person", person_id=account.id), 303)


@bp.post("/people/<person_id>/end")
def end_person(person_id: str) -> Response:
    """End an account for good."""
    account, form = _somebody_else(person_id), Sure(request.form)
    if not form["sure"].data:
        form.refuse("sure", "Tick that it shall end, or leave this page.")
        return _person(account, form, status=422)
    try:
        people.end(account.id, by=signed.here().id)
    except LastAdmin:
        raise refusals.last_admin() from None
    return redirect(url_for("sales.person", person_id=account.id), 303)


@bp.get("/password/<secret>")
def choose_password(secret: str) -> Response:
    """Ask whoever follows a link for their password; the link is used by what they send."""
    return _choose(secret, Choosing())


@bp.post("/password/<secret>")
def set_password(secret: str) -> Response:
    """Set a password by a link, once, and let its owner in."""
    link, form = recovery.peek(secret) or abort(404), Choosing(request.form)
    if not form.validate():
        return _choose(secret, form, 422)
    password = form["new_password"].data
    if fault := passwords.fault(password, about=(link.name, link.email)):
        form.refuse("new_password", fault)
    elif form["again"].data != password:
        form.refuse("again", "This is not the same. Type it once more.")
    if form.errors:
        return _choose(secret, form, 422)
    return let_in(recovery.use(secret, password) or abort(404))


def _account(person_id: str) -> Account:
    return people.find(person_id) or abort(404)


def _somebody_else(person_id: str) -> Account:
    """Return whose account is meant: not one's own, whose owner would soon be locked out."""
    account = _account(person_id)
    request_name()
    if account.id == signed.here().id or account.ended_at:
        abort(404)
    return account


def _person(account: Account, sure: Sure, role: Appointing | None = None, status: int = 200) -> Response:
    link = recovery.link_of(account.id) if account.is_waiting else None
    return show(
        "person",
        status,
        account=account,
        means=MEANS,
        is_own=account.id == signed.here().id,
        link=settings().base_url + url_for("sales.choose_password", secret=link.token) if link else "",
        until=link and link.expires_at,
        role=role or Appointing(data={"role": account.role}),
        sure=sure,
    )


def _choose(secret: str, form: Choosing, status: int = 200) -> Response:
    link = recovery.peek(secret) or abort(404)
    answer = show("choose_password", status, link=link, secret=secret, form=form)
    answer.headers["Referrer-Policy"] = "strict-origin"  # the address is the secret
    return answer
