"""A private link by mail, to the address that somebody gives as their own."""

from __future__ import annotations

import re
from typing import Any

from wtforms import EmailField
from wtforms.validators import StopValidation

from assessment.store import mails
from assessment.web import capability
from assessment.web.current import settings
from assessment.web.forms import Filled

LONGEST = 254  # characters that a mail server takes
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
TOO_MANY = "Enough links were sent within a day, from here or to this address. Copy the link instead."


class _Address(EmailField):
    """One address, in ASCII: nothing in it can begin another header or another recipient."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0].strip() if valuelist else ""

    def pre_validate(self, form: Any) -> None:
        text = self.data or ""
        if not text:
            raise StopValidation("Write your address.")
        if len(text) > LONGEST or not _ADDRESS.fullmatch(text) or len(text.partition("@")[0]) > 64:
            raise StopValidation("This is not one address. Write it such as name@example.org.")


class Mailing(Filled):
    """The form by which a link is sent."""

    to = _Address("Your own address")


def is_offered() -> bool:
    """Does this site send mail?"""
    return bool(settings().smtp_url)


def owe(assessment_id: str, request_id: str, form: Mailing) -> bool:
    """Have the link sent, once for a request; refuse the form where too many were sent."""
    to = form["to"].data
    name = capability.request_name(request_id, ["mail", assessment_id, to])
    return mails.owe(assessment_id, name=name, to=to) or form.refuse("to", TOO_MANY)
