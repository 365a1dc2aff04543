"""What the start page knows of an invitation that this browser has opened, and what is made of it there."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from assessment.core.text import printable
from assessment.store.sales import invitations
from assessment.store.sales.invitations import Invitation, Proposed
from assessment.store.sales.invited import Said
from assessment.web import capability
from assessment.web.forms import Filled
from assessment.web.forms.filled import PROPOSED
from assessment.web.typed import NAMES


@dataclass(frozen=True, slots=True)
class Invited:
    """What an address says of an invitation: the one that this browser has opened, or none that it knows."""

    invitation: Invitation | None

    @property
    def is_live(self) -> bool:
        return self.invitation is not None and self.invitation.is_live


def address(holder: str, invitation_id: str) -> str:
    """Return where the browser of a holder begins a diagnosis by an invitation that it has opened."""
    return url_for("diagnosis.start", invited=capability.ticket(holder, invitation_id))


def named() -> dict[str, str]:
    """Return what an address carries on to stay with the invitation that this request names."""
    ticket = request.args.get("invited")
    return {"invited": ticket} if ticket else {}


def here() -> Invited | None:
    """Return what this request says of an invitation; None where it names none."""
    ticket, holder = request.args.get("invited"), capability.holder()
    if not ticket:
        return None
    invitation_id = ticket.partition(".")[0]
    is_its = holder and hmac.compare_digest(
        ticket.encode("utf-8", "replace"), capability.ticket(holder, invitation_id).encode()
    )
    return Invited(invitations.find(invitation_id) if is_its else None)


def filled(invited: Invited | None) -> dict[str, Any]:
    """Return the proposals by the names of their fields; nothing where there are none."""
    if invited is None or invited.invitation is None:
        return {}
    return {name: getattr(invited.invitation.proposed, name) for name in PROPOSED}


def typed() -> list[tuple[str, str]]:
    """Return what was typed into the fields of the proposals, as (name, text), to be handed back."""
    sent = ((NAMES[name], request.form.get(name, "")) for name in PROPOSED)
    return [(name, printable(text)) for name, text in sent if text.strip()]


def said(invited: Invited | None, form: Filled) -> Said | None:
    """Return what the leader has made of the proposals in a form; None where nobody invited them."""
    if invited is None or invited.invitation is None:
        return None
    return Said(invited.invitation.id, Proposed(**{name: form[name].data for name in PROPOSED}))
