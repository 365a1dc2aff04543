"""Invitations at the desk: their list, a new one, and one with what became of it."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.store.sales import invitations, letters
from assessment.store.sales.invitations import Invitation, Proposed
from assessment.web import capability, guard, mailing, refusals, signed
from assessment.web.current import settings
from assessment.web.forms import Filled
from assessment.web.forms.fields import LANGUAGE, NAME, Address, LinkDays, Words
from assessment.web.forms.filled import PROPOSED
from assessment.web.sales.door import bp, show
from assessment.web.sales.fields import BY_HAND, BY_MAIL, Way

WAYS = ((BY_MAIL, "This site mails it"), (BY_HAND, "I pass the link on myself"))


class Inviting(Filled):
    """The form by which somebody is invited."""

    called = Words(
        "What shall the invitation be called?",
        description="For the desk, to know it again. The leader does not see it.",
        limit=NAME,
        lines=1,
        need="Write what it shall be called.",
    )
    organisation = Words("Their organisation", limit=NAME, lines=1)
    name = Words("Their name", limit=NAME, lines=1)
    email = Address("Their e-mail address")
    language = Words(
        "The language in which the team works",
        description="Such as English. For whoever prepares the report; the site itself speaks English.",
        limit=LANGUAGE,
        lines=1,
    )
    days = LinkDays("How long shall the link work?")
    how = Way(choices=WAYS)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self["how"].data == BY_MAIL and not self["email"].errors:
            self.has_text("email", "Write the address to which it is mailed.")
        return not self.errors

    @property
    def proposed(self) -> Proposed:
        return Proposed(**{name: (self[name].data or "").strip() for name in PROPOSED})


@bp.get("/invitations/")
def invitations_list() -> Response:
    """List the invitations, the newest first: everybody's, or with `?whose=mine` one's own."""
    after, is_mine = request.args.get("after", ""), request.args.get("whose") == "mine"
    whose = signed.here().id if is_mine else ""
    if not after.isprintable():
        abort(404)
    found = invitations.page(after=after, person_id=whose, size=invitations.SIZE + 1)
    return show(
        "invitations/list",
        rows=found[: invitations.SIZE],
        is_mine=is_mine,
        is_first=not after,
        is_last=len(found) <= invitations.SIZE,
    )


@bp.get("/invitations/new")
def new_invitation() -> Response:
    """Ask whom to invite."""
    return _new(Inviting(data={"how": BY_MAIL if mailing.is_offered() else BY_HAND}))


@bp.post("/invitations/new")
def make_invitation() -> Response:
    """Make an invitation, once for a form, and owe its mail where that was chosen."""
    person, request_id, form = signed.here(), guard.request_name(), Inviting(request.form)
    if not form.validate():
        return _new(form, status=422)
    is_mailed = form["how"].data == BY_MAIL
    if is_mailed and not mailing.is_offered():
        raise refusals.desk_sends_no_mail()
    called, days, proposed = form["called"].data.strip(), int(form["days"].data), form.proposed
    name = capability.request_name(request_id, [called, days, is_mailed, astuple(proposed)])
    token = capability.invitation_token(signed.token() or "", name)
    try:
        made = invitations.make(
            person.id, token=token, called=called, proposed=proposed, days=days, is_mailed=is_mailed
        )
    except invitations.TooMany:
        raise refusals.too_many_invitations(invitations.MADE_A_DAY_AT_MOST) from None
    return redirect(url_for(".invitation", invitation_id=made.id), 303)


@bp.get("/invitations/<invitation_id>")
def invitation(invitation_id: str) -> Response:
    """Show one: its link, what became of it, and what can be done."""
    found = _found(invitation_id)
    return show(
        "invitations/one",
        invitation=found,
        link=settings().base_url + url_for("invited.link", token=found.token),
        letter=letters.latest(invitation_id=invitation_id),
        beside=invitations.beside(found),
        sends_mail=mailing.is_offered(),
        may_be_mailed=invitations.may_be_mailed(invitation_id),
        letters_at_most=invitations.LETTERS_AT_MOST,
    )


@bp.post("/invitations/<invitation_id>/mail")
def mail_invitation(invitation_id: str) -> Response:
    """Owe the mail: the invitation until one was sent, then a reminder."""
    found = _found(invitation_id)
    guard.request_name()
    if not mailing.is_offered() or not found.proposed.email:
        raise refusals.desk_sends_no_mail()
    try:
        invitations.mail(invitation_id, by=signed.here().id)
    except invitations.Ended:
        raise refusals.invitation_ended() from None
    except invitations.TooMany:
        raise refusals.too_many_letters(invitations.LETTERS_AT_MOST) from None
    return _back_to(invitation_id)


@bp.post("/invitations/<invitation_id>/passed-on")
def pass_on_invitation(invitation_id: str) -> Response:
    """Note that the link was passed on by hand."""
    _found(invitation_id)
    guard.request_name()
    try:
        invitations.passed_on(invitation_id, by=signed.here().id)
    except invitations.Ended:
        raise refusals.invitation_ended() from None
    return _back_to(invitation_id)


@bp.post("/invitations/<invitation_id>/revoke")
def revoke_invitation(invitation_id: str) -> Response:
    """End it: its link opens nothing any more."""
    _found(invitation_id)
    guard.request_name()
    invitations.revoke(invitation_id, by=signed.here().id)
    return _back_to(invitation_id)


def _new(form: Inviting, status: int = 200) -> Response:
    return show("invitations/new", status, form=form, sends_mail=mailing.is_offered())


def _found(invitation_id: str) -> Invitation:
    found = invitations.find(invitation_id) if invitation_id.isprintable() else None
    return found or abort(404)


def _back_to(invitation_id: str) -> Response:
    return redirect(url_for(".invitation", invitation_id=invitation_id), 303)
