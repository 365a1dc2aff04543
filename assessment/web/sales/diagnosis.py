"""One diagnosis at the desk: its result without what its leader wrote, and what the desk does about it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.report import sections
from assessment.store.sales import consents, deliveries, invited, listings, notes, people
from assessment.store.sales.listings import Listed, NotListed
from assessment.web import capability, guard, refusals, showing, signed
from assessment.web.forms import Filled
from assessment.web.forms.fields import NOTE, NOTE_LINES, Chosen, Day, Words
from assessment.web.journey.days import today
from assessment.web.policy import Sight, sight
from assessment.web.sales.door import bp, show
from assessment.web.sales.naming import names

AHEAD = timedelta(days=2 * 366)  # how far a next date may lie


class Noting(Filled):
    """The form by which a note is written."""

    text = Words("A note", limit=NOTE, lines=NOTE_LINES, need="Write the note.")


class Assigning(Filled):
    """The form that says who takes care of a diagnosis."""

    owner = Chosen("Owner")


class Planning(Filled):
    """The form that says when something is to be done about it."""

    next_on = Day("Next date", latest=date.max, too_late="")

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not self.errors and self["next_on"].data and self["next_on"].data > today() + AHEAD:
            self.refuse("next_on", "Choose a day within two years.")
        return not self.errors


@bp.get("/diagnoses/<report_id>/")
def diagnosis(report_id: str) -> Response:
    """Show one."""
    return _page(sight(listed_id=report_id))


@bp.post("/diagnoses/<report_id>/notes")
def add_note(report_id: str) -> Response:
    """Keep a note, once for a form."""
    seen, request_id, form = sight(listed_id=report_id), guard.request_name(), Noting(request.form)
    if not form.validate():
        return _page(seen, status=422, noting=form)
    text = form["text"].data.strip()
    name = capability.request_name(request_id, ["note", report_id, text])
    try:
        notes.add(report_id, text, person_id=signed.here().id, request=name)
    except notes.TooMany:
        raise refusals.too_many_notes(notes.AT_MOST) from None
    except NotListed:
        raise refusals.no_longer_shared() from None
    return _back(report_id, "notes")


@bp.post("/diagnoses/<report_id>/notes/<note_id>/remove")
def remove_note(report_id: str, note_id: str) -> Response:
    """Remove a note for good."""
    sight(listed_id=report_id)
    guard.request_name()
    if note_id.isprintable():  # what is not names none, and PostgreSQL refuses a NUL
        notes.remove(report_id, note_id, person_id=signed.here().id)
    return _back(report_id, "notes")


@bp.post("/diagnoses/<report_id>/owner")
def set_owner(report_id: str) -> Response:
    """Say who takes care of it."""
    seen, form = sight(listed_id=report_id), Assigning(request.form)
    guard.request_name()
    try:
        listings.assign(report_id, form["owner"].data or None, by=signed.here().id)
    except listings.UnknownOwner:
        form.refuse("owner", "Nobody of that name works at the desk now. Choose somebody else.")
        return _page(seen, status=422, assigning=form)
    except NotListed:
        raise refusals.no_longer_shared() from None
    return _back(report_id, "care")


@bp.post("/diagnoses/<report_id>/next-date")
def set_next_date(report_id: str) -> Response:
    """Say when something is to be done about it, or that nothing is."""
    seen, form = sight(listed_id=report_id), Planning(request.form)
    guard.request_name()
    if not form.validate():
        return _page(seen, status=422, planning=form)
    try:
        listings.plan(report_id, form["next_on"].data, by=signed.here().id)
    except NotListed:
        raise refusals.no_longer_shared() from None
    return _back(report_id, "care")


def _page(
    seen: Sight,
    *,
    status: int = 200,
    noting: Noting | None = None,
    assigning: Assigning | None = None,
    planning: Planning | None = None,
) -> Response:
    listed, stored = seen.listed, seen.stored
    assert listed is not None  # noqa: S101 it is what the desk is shown a report by
    given, said = consents.standing(stored.id), invited.said(stored.assessment_id)
    if given is None:  # taken back in this moment
        abort(404)
    try:
        told = showing.told(stored)
    except sections.Outdated:
        told = None
    return show(
        "diagnosis",
        status=status,
        listed=listed,
        names=names(),
        given=given,
        language=said.proposed.language if said else "",
        notes=notes.of(stored.id),
        sent=deliveries.of(stored.id),
        noting=noting or Noting(),
        assigning=_owners(assigning or Assigning(data={"owner": listed.owner_id or ""}), listed),
        planning=planning or Planning(data={"next_on": listed.next_on}),
        told=told,
        theirs=showing.theirs,
        paper=False,
    )


def _owners(form: Assigning, listed: Listed) -> Assigning:
    """Let a form offer everybody who may take care of a diagnosis, and who does now."""
    some = [each for each in people.everybody() if each.ended_at is None or each.id == listed.owner_id]
    field = form["owner"]
    if isinstance(field, Chosen):
        field.offer([("", "Nobody"), *((each.id, each.name) for each in some)])
    return form


def _back(report_id: str, part: str) -> Response:
    return redirect(url_for(".diagnosis", report_id=report_id, _anchor=part), 303)
