"""An invitation: the link and its button, and from there the start page with what it proposes.

As with what is shared: the address with the secret in it shows a page and does nothing, because a mail
scanner follows every link. The button trades it for the cookie and an address that is worth nothing in
another browser. Nothing of a diagnosis is known here; nobody needs an invitation for one.
"""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from assessment.store.sales import invitations
from assessment.store.sales.invitations import Invitation
from assessment.web import capability, guard, proposals, signed
from assessment.web.typed import typed

bp = Blueprint("invited", __name__, url_prefix="/invited")


@bp.get("/<token>")
def link(token: str) -> Response:
    """What a link shows: who invites, what they will see of it and what not, until when, and a button."""
    invitation = invitations.peek(token)
    if invitation is None or not invitation.is_live:
        return _closed(invitation)
    page = render_template(
        "invited/link.html",
        invitation=invitation,
        token=token,
        is_tried_out=signed.person() is not None,
        **guard.carried(),
    )
    return make_response(page)


@bp.post("/<token>")
def open_link(token: str) -> Response:
    """Let this browser begin by the invitation, note that it was opened, and leave the secret behind."""
    name = capability.request_name(guard.request_name(), ["invited", token])
    # Both answers to a double click set the same cookie.
    holder = capability.known_holder() or capability.holder_beginning(name)
    invitation = invitations.open_by(token, is_counted=signed.person() is None)
    if invitation is None or not invitation.is_live:
        return _closed(invitation)
    return capability.give(redirect(proposals.address(holder, invitation.id), 303), holder)


@bp.errorhandler(NotFound)
def _not_found(_: NotFound) -> Response:
    return _closed(None)


def _closed(invitation: Invitation | None) -> Response:
    """Say that a link opens nothing: because it has ended (410), or because there is none here (404)."""
    page = render_template("invited/closed.html", invitation=invitation, typed=typed())
    return make_response(page, 410 if invitation else 404)


@bp.after_request
def _keep_token_home(response: Response) -> Response:
    """Let no address with a token in it travel in a Referer, not even to another page of this site."""
    # The host alone: with no-referrer, the button's form would come with "Origin: null".
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


guard.protect(bp, lambda: (url_for("diagnosis.start"), "To the start"), without_token=("invited.open_link",))
