"""How a leader lets the sales desk see a result: the words, the form beside them, and what is listed then."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from flask import url_for
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired

from assessment.store.reports import StoredReport
from assessment.store.sales import consents, invited
from assessment.store.sales.consents import Facts
from assessment.store.sales.models import SHORT
from assessment.web.current import library
from assessment.web.forms import Filled
from assessment.web.forms.fields import Address, Words

# Raised with every change of a word below. What was agreed to is kept as it was read, with its version.
VERSION = "1"
_TERMS = (
    "The people of the sales desk of {owner} see this result as it stands on this page, what the team is "
    "called, and what I write below.",
    "They see no reference and no note that I wrote beside my answers, and nothing of another diagnosis of "
    "mine but what this result says of it.",
    "They may write to me, keep notes about this result, have programs of theirs read how it is listed, and "
    "send its report, with a cover of their own and every figure as it is, to people whom they choose.",
    "I can take this back on this page whenever I want. The desk then loses the result, its notes about it, "
    "and the links that it made. What somebody has downloaded or received as a file stays with them.",
)
# And after the first, where the leader was invited.
_INVITED = (
    "They see by which invitation of theirs I began, and the language in which I said that the team works."
)
_AGREED = "I let the sales desk of {owner} see this result, on these terms."


class Consenting(Filled):
    """The form by which a consent is given. Only the tick is needed."""

    version = HiddenField(default=VERSION)
    agree = BooleanField(validators=[InputRequired("Tick the box if the desk shall see this result.")])
    name = Words("Your name", description="May be left out.", limit=SHORT)
    email = Address("Your e-mail address", description="May be left out. Then nobody can write to you.")
    organisation = Words("Your organisation", description="May be left out.", limit=SHORT)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self["version"].data != VERSION:
            self["agree"].data = False
            self.refuse("agree", "These words have changed since you opened the page. Read them once more.")
        return not self.errors


def terms(*, is_invited: bool = False) -> list[str]:
    """Return what a leader agrees to, sentence by sentence; one more where an invitation began it."""
    told = (*_TERMS[:1], _INVITED, *_TERMS[1:]) if is_invited else _TERMS
    return [each.format(owner=library().site.owner) for each in told]


def agreed() -> str:
    """Return what stands beside the box to be ticked."""
    return _AGREED.format(owner=library().site.owner)


def section(stored: StoredReport, form: Consenting | None = None) -> dict[str, Any]:
    """Return what a result page says about the desk: that it sees the result, or the form that lets it.

    An invited leader finds there what they made of the proposals, to be changed once more.
    """
    said = invited.said(stored.assessment_id)
    return {
        "consent": consents.standing(stored.id),
        "consenting": form or Consenting(data=asdict(said.proposed) if said else None),
        "consent_terms": terms(is_invited=said is not None),
        "consent_agreed": agreed(),
        "desk_owner": library().site.owner,
        "consent_action": url_for("reports.consent", report_id=stored.id),
        "withdraw_action": url_for("reports.withdraw", report_id=stored.id),
    }


def give(stored: StoredReport, form: Consenting, name: str) -> None:
    """Keep the consent that a form gives, once for a request of this name. Raises UnknownReport."""
    consents.give(
        stored.id,
        version=VERSION,
        words="\n".join([*terms(is_invited=invited.said(stored.assessment_id) is not None), agreed()]),
        facts=facts(stored),
        name=form["name"].data,
        email=form["email"].data,
        organisation=form["organisation"].data,
        request=name,
    )


def facts(stored: StoredReport) -> Facts:
    """Return by what a result is listed."""
    result = json.loads(stored.diagnosis)
    return Facts(
        form=result["answers"]["form"],
        band=result["bands"]["awarded"] or "",
        route=result["route"]["primary"],
        patterns=tuple(each["id"] for each in result.get("patterns") or () if each["state"] == "present"),
    )
