"""What a person typed into a form that was refused, in the words of the form."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import HTTPException

from assessment.core.text import printable
from assessment.web import forms
from assessment.web.current import library

# What the site's own forms carry beside the answers; nobody typed it.
CARRIED = frozenset(
    "request_id version draw back stays csrf_token end proof sure days with how like pages no_logo "
    "carried seen preset zone day_first done take state stage column open references".split(),
)
# What is never shown again, nor sent along by a page that sends a form once more.
SECRETS = frozenset({"password", "new_password", "again", "one_time_code"})
NAMES = {
    "role": "Role",
    "label": "Name of the team",
    "team_size": "People in the team",
    "window_days": "Days of the window",
    "window_end": "Last day of the window",
    "work": "Kind of work",
    "way": "How you will look",
    "where": "Where it is recorded",
    "query": "List or query",
    "population": "How many it holds",
    "list": "The list",
    "note": "Note",
    "context_of": "How many in all",
    "reference": "Reference",
    "place": "Where it lies",
    "source": "Source",
    "to": "Your own address",
    "called": "Name of the link",
    "skip": "Say nothing",
    "prepared_for": "Prepared for",
    "prepared_by": "Prepared by",
    "message": "Message",
    "organisation": "Organisation",
    "name": "Name",
    "email": "E-mail address",
    "language": "Language of work",
}


def typed() -> list[tuple[str, str]]:
    """Return what was typed into the form that was sent, as (name, text); empty when none was sent."""
    if request.method != "POST":
        return []
    try:
        sent = request.form
    except HTTPException:  # the body itself is what could not be read
        return []
    names = {**NAMES, **_indicators()}
    answers = dict(forms.YES_NO)
    return [
        (_name(name, names), answers.get(text, printable(text.replace("\r\n", "\n"))))
        for name, text in sent.items(multi=True)
        if name.partition("-")[0] not in CARRIED | SECRETS and text.strip()
    ]


def _indicators() -> dict[str, str]:
    """Return the names of indicators by id, but of ids that mean one thing here and another there."""
    held = library().instruments.values()
    known = {(each.id, each.name) for instrument in held for each in instrument.indicators.values()}
    ids = [name for name, _ in known]
    return {name: words for name, words in known if ids.count(name) == 1}


def _name(field: str, names: dict[str, str]) -> str:
    """Return what a field is called: "AB1-sound" is "It was weighed, sound"."""
    first, _, rest = field.partition("-")
    return ", ".join([names.get(first, first.replace("_", " ")), *([rest] if rest else [])])
