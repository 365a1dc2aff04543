"""Invitations: read, and made."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from flask import Response, request, url_for

from assessment.store.sales import invitations
from assessment.store.sales.invitations import Proposed
from assessment.store.secret import new_token
from assessment.web import bearer, capability, mailing
from assessment.web.api import models
from assessment.web.api.door import VERSION, answered, asked, bp, sent, unknown_place
from assessment.web.current import settings
from assessment.web.forms.fields import is_address
from assessment.web.problems import Problem

A_DAY_S = "86400"
KEY = re.compile(r"[!-~]{1,64}")


@bp.get(f"{VERSION}/invitations", provide_automatic_options=False)
def invitations_page() -> Response:
    """List them, the newest first."""
    query = asked(models.PageAsked)
    if query.after and invitations.find(query.after) is None:
        raise unknown_place()
    found = invitations.page(after=query.after or "", size=query.limit + 1)
    items = [models.Invitation(**_told(each)) for each in found[: query.limit]]
    return answered(models.Invitations(items=items, next=items[-1].id if len(found) > query.limit else None))


@bp.get(f"{VERSION}/invitations/<invitation_id>", provide_automatic_options=False)
def invitation(invitation_id: str) -> Response:
    """Show one."""
    asked(models.NothingAsked)
    found = invitations.find(invitation_id)
    if found is None:
        raise Problem(404, "There is no such invitation (any more).")
    return answered(models.Invitation(**_told(found)))


@bp.post(f"{VERSION}/invitations", provide_automatic_options=False)
def make_invitation() -> Response:
    """Make one, and mail it where that is asked for. The same key with the same body makes it once."""
    asked(models.NothingAsked)
    body = sent(models.NewInvitation)
    if body.email and not is_address(body.email):
        errors = [{"at": "email", "fault": "is no mail address"}]
        raise Problem(422, "The body is not as it must be.", errors=errors)
    if body.mail and not body.email:
        errors = [{"at": "email", "fault": "is needed to mail it"}]
        raise Problem(422, "The body is not as it must be.", errors=errors)
    if body.mail and not mailing.is_offered():
        raise Problem(409, "This site sends no mail: pass the link on yourself.")
    try:
        made = invitations.make(
            bearer.caller().person_id,
            token=_token(body),
            called=body.called.strip(),
            proposed=Proposed(
                body.organisation.strip(), body.name.strip(), body.email, body.language.strip()
            ),
            days=body.days,
            is_mailed=body.mail,
        )
    except invitations.TooMany:
        words = f"{invitations.MADE_A_DAY_AT_MOST} invitations a day are made for one person at most."
        raise Problem(429, words, headers={"Retry-After": A_DAY_S}) from None
    link = settings().base_url + url_for("invited.link", token=made.token)
    response = answered(models.NewlyInvited(**_told(made), link=link), 201)
    response.headers["Location"] = url_for(".invitation", invitation_id=made.id)
    return response


def _token(body: models.NewInvitation) -> str:
    """Return the secret of an invitation: the same for the same request of the same token sent again."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return new_token()
    if not KEY.fullmatch(key):
        errors = [{"at": "Idempotency-Key", "fault": "is not 1 to 64 visible characters of ASCII"}]
        raise Problem(422, "A header is not as it must be.", errors=errors)
    name = capability.request_name(key, body.model_dump())
    return capability.invitation_token(bearer.caller().token_id, name)


_SAME = {each.name for each in fields(invitations.Invitation)} & models.Invitation.model_fields.keys()


def _told(found: invitations.Invitation) -> dict[str, Any]:
    proposed = found.proposed
    return {
        **{name: getattr(found, name) for name in _SAME},
        "organisation": proposed.organisation,
        "name": proposed.name,
        "email": proposed.email,
        "language": proposed.language,
        "state": found.state,
        "is_live": found.is_live,
    }
