"""The diagnoses that leaders let the desk see: their list, and what it is narrowed to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import abort, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from assessment.store.sales import listings, people
from assessment.store.sales.listings import NOBODY, Filters, Key
from assessment.web import keyset, signed
from assessment.web.forms import Filled
from assessment.web.forms.fields import AnyDay, Chosen, Words
from assessment.web.forms.filled import made
from assessment.web.journey.days import today
from assessment.web.sales.door import bp, show
from assessment.web.sales.naming import NO_BAND, names

LONGEST_SEARCH = 200  # characters
SEARCHED = (
    "Words of the invitation, the organisation, the code or a note, or the beginnings of them; or one whole \
e-mail address."
)
NONE = "none"  # no band, no owner
DUE = "due"


class _Narrowing(Filled):
    """What the list is narrowed to. Nothing of it is needed."""

    def filters(self) -> Filters:
        """Return it as the list is asked for it."""
        said = {name: self[name].data or None for name in ("band", "pattern", "route", "form", "owner")}
        since, until = self["since"].data, self["until"].data
        return Filters(
            text=self["q"].data or "",
            band="" if said["band"] == NONE else said["band"],
            pattern=said["pattern"],
            route=said["route"],
            form=said["form"],
            invitation_id=self["invitation"].data or None,
            owner_id=NOBODY if said["owner"] == NONE else said["owner"],
            due_on=today() if self["next"].data == DUE else None,
            since=_midnight(since) if since else None,
            before=_midnight(until + timedelta(days=1)) if until and until < date.max else None,
        )


def narrowing(sent: MultiDict[str, str]) -> _Narrowing:
    """Return the form that narrows the list, as it was sent in an address."""
    known, mine = names(), signed.here()
    others = [(each.id, each.name) for each in people.everybody() if each.id != mine.id]
    owners = [(mine.id, "Me"), (NONE, "Nobody"), *others]
    fields = {
        "q": Words("Search", description=SEARCHED, limit=LONGEST_SEARCH, lines=1),
        "band": _any_of("Band", *known.bands.items(), (NONE, NO_BAND)),
        "pattern": _any_of("Pattern that is present", *known.patterns.items()),
        "route": _any_of("Next step", *known.routes.items()),
        "form": _any_of("Form", *known.forms.items()),
        "owner": _any_of("Owner", *owners),
        "next": _any_of("Next date", (DUE, "Today or before")),
        "since": AnyDay("Shared from"),
        "until": AnyDay("Shared until"),
        "invitation": Words("Invitation", limit=22),
    }
    form: _Narrowing = made(_Narrowing, fields)(sent)
    return form


def _any_of(label: str, *choices: tuple[str, str]) -> Chosen:
    return Chosen(label, choices=[("", "Any"), *choices])


@bp.get("/")
def home() -> Response:
    """List them, the newest first, a page of them; the address names what they are narrowed to."""
    form = narrowing(request.args)
    context: dict[str, Any] = {"form": form, "names": names(), "today": today()}
    if not form.validate():
        return show("listing", status=422, found=None, **context)
    filters = form.filters()
    found = listings.page(filters, after=_key(request.args.get("after", "")))
    said: dict[str, Any] = {
        name: value for name, value in request.args.items() if value and name in form and name != "after"
    }
    return show(
        "listing",
        found=found,
        invitation=listings.invitation_called(filters.invitation_id or ""),
        is_narrowed=bool(filters),
        narrowed=said,
        newest=url_for(".home", **said) if request.args.get("after") else "",
        onward=url_for(".home", **said, after=keyset.text_of(found.after)) if found.after else "",
        **context,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _key(text: str) -> Key | None:
    """Return the place that an address names, None for the beginning; what is no place is not found."""
    return keyset.key_of(text) or abort(404) if text else None
