"""Preparing a report: its cover beside what it covers, what goes along, and what was prepared before."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response as FileResponse
from flask import abort, redirect, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import CombinedMultiDict, FileStorage
from werkzeug.wrappers import Response
from wtforms import BooleanField, FileField
from wtforms.validators import StopValidation

from assessment.jobs import wake
from assessment.report import cover as paper
from assessment.report import logo, sections, typed
from assessment.report.parts import Told
from assessment.store.sales import prepared
from assessment.store.sales.prepared import PreparedReport, TooMany, UnknownListing
from assessment.web import capability, guard, refusals, showing, signed
from assessment.web.forms import Filled
from assessment.web.forms.fields import OneOf, Words
from assessment.web.policy import Sight, sight
from assessment.web.sales.door import bp, show

LOOK_AGAIN_AFTER_S = 3
PAGES = (
    ("all", "The whole report"),
    ("glance", "Its first page alone; the cover says so"),
)


class Printed(Words):
    """Words that are set on paper: with letters that its fonts have."""

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if letter := typed.lacking(self.data or ""):
            shown = f"“{letter}” (U+{ord(letter):04X})" if letter.isprintable() else f"U+{ord(letter):04X}"
            raise StopValidation(
                f"The fonts of the paper lack {shown}. They have Latin, Greek and Cyrillic letters, digits "
                "and the usual signs: write it with these."
            )


class Covering(Filled):
    """The form by which a cover is written."""

    prepared_for = Printed(
        "Prepared for", limit=paper.NAME, lines=1, need="Write for whom the report is prepared."
    )
    prepared_by = Printed("Prepared by", limit=paper.SENDER, lines=1, need="Write who has prepared it.")
    contact = Printed(
        "How to reach you",
        description=f"At most {paper.CONTACT_LINES} lines and {paper.CONTACT} characters.",
        limit=paper.CONTACT,
        lines=paper.CONTACT_LINES,
    )
    message = Printed(
        "A message",
        description=f"At most {paper.MESSAGE:,} characters in {paper.MESSAGE_LINES} lines. An empty line "
        "begins a paragraph.",
        limit=paper.MESSAGE,
        lines=paper.MESSAGE_LINES,
    )
    logo = FileField("A logo")
    no_logo = BooleanField("Leave the logo out")
    pages = OneOf("What goes behind the cover?", choices=PAGES, need="Choose what goes.", default="all")

    # The PNG that was made of the file; None where none was chosen.
    drawn: bytes | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        file = self["logo"].data
        if isinstance(file, FileStorage) and file.filename:
            try:
                # One byte more than is taken is enough to see that it is too large.
                self.drawn = logo.drawn_anew(file.stream.read(logo.LARGEST_KB * 1_000 + 1))
            except logo.LogoError as error:
                self.refuse("logo", str(error))
        if self.errors and self.drawn and not self["logo"].errors:
            self.refuse("logo", "Choose the logo once more: a browser forgets it when a form comes back.")
        return not self.errors

    @property
    def cover(self) -> dict[str, str]:
        """The words of the cover, by name."""
        return {each.name: (each.data or "").strip() for each in self if isinstance(each, Printed)}


@bp.get("/diagnoses/<report_id>/prepare")
def prepare(report_id: str) -> Response:
    """Ask what the cover shall say: as another one said it where the address names it, or anew."""
    seen, person = sight(listed_id=report_id), signed.here()
    like = _found(report_id, request.args["like"]) if "like" in request.args else None
    before = prepared.of(report_id)
    if like:
        form = Covering(data={**like.cover, "pages": like.pages})
    else:
        form = Covering(
            prepared_for=seen.listed.organisation if seen.listed else "",
            prepared_by=person.name,
            contact=person.email,
        )
    return _form(seen, form, like, before)


@bp.post("/diagnoses/<report_id>/prepare")
def make_prepared(report_id: str) -> Response:
    """Keep a cover, once for a form, and have its paper made."""
    seen, request_id, person = sight(listed_id=report_id), guard.request_name(), signed.here()
    form = Covering(CombinedMultiDict((request.form, request.files)))
    named = request.form.get("like", "")
    like = prepared.find(named, report_id=report_id) if named.isprintable() else None
    if not form.validate():
        return _form(seen, form, like, prepared.of(report_id), status=422)
    picture = form.drawn
    if like and like.has_logo and not picture and not form["no_logo"].data:
        picture = prepared.logo(like.id)
    pages, drawn = form["pages"].data, hashlib.sha256(picture or b"").hexdigest()
    name = capability.request_name(request_id, [person.id, report_id, form.cover, pages, drawn])
    try:
        prepared.make(
            name[:22],
            report_id=report_id,
            cover=form.cover,
            logo=picture,
            pages=pages,
            person_id=person.id,
            instead_of=like.id if like else "",
        )
    except UnknownListing:
        abort(404)
    except TooMany:
        raise refusals.too_many_prepared(prepared.AT_MOST) from None
    wake()
    return redirect(url_for(".show_prepared", report_id=report_id, prepared_id=name[:22]), 303)


@bp.get("/diagnoses/<report_id>/prepared/<prepared_id>")
def show_prepared(report_id: str, prepared_id: str) -> Response:
    """Show a cover beside the report that it goes with, and how far its paper is."""
    seen, found = sight(listed_id=report_id), _found(report_id, prepared_id)
    response = show(
        "prepare/one",
        prepared=found,
        sheet=showing.cover(found),
        told=_told(seen),
        theirs=theirs,
        paper=False,
        code=seen.stored.code,
    )
    if found.state == "waiting":
        response.headers["Refresh"] = str(LOOK_AGAIN_AFTER_S)
    return response


@bp.get("/diagnoses/<report_id>/prepared/<prepared_id>.pdf")
def prepared_pdf(report_id: str, prepared_id: str) -> Response:
    """Answer the paper; while there is none, the page that says how far it is."""
    seen, found = sight(listed_id=report_id), _found(report_id, prepared_id)
    made = prepared.paper(found.id)
    if made is None:
        return redirect(url_for(".show_prepared", report_id=report_id, prepared_id=prepared_id), 303)
    return showing.prepared_pdf(seen, made)


@bp.get("/diagnoses/<report_id>/prepared/<prepared_id>.png")
def prepared_logo(report_id: str, prepared_id: str) -> Response:
    """Answer the logo of a cover."""
    sight(listed_id=report_id)
    picture = prepared.logo(_found(report_id, prepared_id).id)
    return FileResponse(picture or abort(404), mimetype="image/png")


@bp.post("/diagnoses/<report_id>/prepared/<prepared_id>/again")
def make_prepared_again(report_id: str, prepared_id: str) -> Response:
    """Have the paper made once more, where that was given up."""
    sight(listed_id=report_id)
    found = _found(report_id, prepared_id)
    guard.request_name()
    prepared.owe_again(found.id, report_id=report_id, person_id=signed.here().id)
    wake()
    return redirect(url_for(".show_prepared", report_id=report_id, prepared_id=prepared_id), 303)


@bp.post("/diagnoses/<report_id>/prepared/<prepared_id>/remove")
def remove_prepared(report_id: str, prepared_id: str) -> Response:
    """Remove what was prepared, unless it was sent."""
    sight(listed_id=report_id)
    found = _found(report_id, prepared_id)
    guard.request_name()
    if not prepared.remove(found.id, report_id=report_id, person_id=signed.here().id):
        raise refusals.was_sent()
    return redirect(url_for(".prepare", report_id=report_id), 303)


def theirs(text: str) -> Markup:
    """Return what somebody typed for a cover, as it will stand on paper."""
    return typed.Typed(typed.coverage()).set(text)


def _form(
    seen: Sight, form: Covering, like: PreparedReport | None, before: list[PreparedReport], status: int = 200
) -> Response:
    return show(
        "prepare/form",
        status,
        form=form,
        like=like,
        before=before,
        told=_told(seen),
        theirs=theirs,
        paper=False,
        report_id=seen.stored.id,
        code=seen.stored.code,
        largest_kb=logo.LARGEST_KB,
    )


def _found(report_id: str, prepared_id: str) -> PreparedReport:
    found = prepared.find(prepared_id, report_id=report_id) if prepared_id.isprintable() else None
    return found or abort(404)


def _told(seen: Sight) -> Told | None:
    """Return what the report says; None where its wording is gone, and no paper can be set of it."""
    try:
        return showing.told(seen.stored)
    except sections.Outdated:
        return None
