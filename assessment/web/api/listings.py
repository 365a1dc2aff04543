"""The diagnoses that leaders let the desk see."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, url_for

from assessment.store.sales import listings
from assessment.store.sales.listings import Filters, Listed
from assessment.web import keyset, policy
from assessment.web.api import models
from assessment.web.api.door import VERSION, answered, asked, bp, unknown_place
from assessment.web.current import settings


@bp.get(f"{VERSION}/listings", provide_automatic_options=False)
def listings_page() -> Response:
    """List them, the newest first."""
    query = asked(models.ListingsAsked)
    filters = Filters(
        text=query.q or "",
        band=query.band,
        route=query.route,
        form=query.form,
        pattern=query.pattern,
        invitation_id=query.invitation_id,
    )
    after = keyset.key_of(query.after) if query.after else None
    if query.after and after is None:
        raise unknown_place()
    found = listings.page(filters, after=after, size=query.limit)
    return answered(
        models.Listings(
            items=[models.Listing(**told(each)) for each in found.rows],
            next=keyset.text_of(found.after) if found.after else None,
        )
    )


@bp.get(f"{VERSION}/listings/<report_id>", provide_automatic_options=False)
def listing(report_id: str) -> Response:
    """Show one, with the readings of its result."""
    asked(models.NothingAsked)
    seen = policy.sight(listed_id=report_id)
    assert seen.listed is not None  # noqa: S101 it is what a program is shown a report by
    readings = json.loads(seen.stored.diagnosis)["readings"]
    return answered(models.WholeListing(**told(seen.listed), readings=_composites(readings)))


def _composites(readings: Any) -> models.Readings:
    """Return the readings of the whole, of all that a result says."""
    names = models.Estimate.model_fields
    return models.Readings(
        **{
            reading: models.Estimate(**{name: readings[reading]["composite"][name] for name in names})
            for reading in models.Readings.model_fields
        }
    )


def told(listed: Listed) -> dict[str, Any]:
    """Return what is said of a diagnosis in the list."""
    return {
        "report_id": listed.report_id,
        "code": listed.code,
        "organisation": listed.organisation,
        "form": listed.form,
        "band": listed.band or None,
        "route": listed.route,
        "patterns": list(listed.patterns),
        "finished_at": listed.finished_at,
        "shared_at": listed.shared_at,
        "owner": listed.owner or None,
        "next_on": listed.next_on,
        "invitation_id": listed.invitation_id,
        "url": settings().base_url + url_for("sales.diagnosis", report_id=listed.report_id),
    }
