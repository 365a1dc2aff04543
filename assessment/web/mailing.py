"""A private link by mail, to the address that somebody gives as their own."""

from __future__ import annotations

from assessment.store import mails
from assessment.web import capability
from assessment.web.current import settings
from assessment.web.forms import Filled
from assessment.web.forms.fields import Address

TOO_MANY = "Enough links were sent within a day, from here or to this address. Copy the link instead."


class Mailing(Filled):
    """The form by which a link is sent."""

    to = Address("Your own address", need="Write your address.")


def is_offered() -> bool:
    """Does this site send mail?"""
    return bool(settings().smtp_url)


def owe(assessment_id: str, request_id: str, form: Mailing) -> bool:
    """Have the link sent, once for a request; refuse the form where too many were sent."""
    to = form["to"].data
    name = capability.request_name(request_id, ["mail", assessment_id, to])
    return mails.owe(assessment_id, name=name, to=to) or form.refuse("to", TOO_MANY)
