"""Deliveries: to whom reports were sent, and what became of it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flask import Response

from assessment.store.sales import deliveries
from assessment.store.sales.deliveries import Delivered
from assessment.web.api import models
from assessment.web.api.door import VERSION, answered, asked, bp, unknown_place
from assessment.web.problems import Problem


@bp.get(f"{VERSION}/deliveries", provide_automatic_options=False)
def deliveries_page() -> Response:
    """List them, the newest first."""
    query = asked(models.PageAsked)
    if query.after and deliveries.find(query.after) is None:
        raise unknown_place()
    found = deliveries.page(before=query.after or "", size=query.limit + 1)
    items = [models.Delivery(**_told(each)) for each in found[: query.limit]]
    return answered(models.Deliveries(items=items, next=items[-1].id if len(found) > query.limit else None))


@bp.get(f"{VERSION}/deliveries/<delivery_id>", provide_automatic_options=False)
def delivery(delivery_id: str) -> Response:
    """Show one."""
    asked(models.NothingAsked)
    found = deliveries.find(delivery_id)
    if found is None:
        raise Problem(404, "There is no such delivery, or the desk may see its diagnosis no longer.")
    return answered(models.Delivery(**_told(found)))


_SAME = {each.name for each in fields(Delivered)} & models.Delivery.model_fields.keys() - {"recipient"}


def _told(found: Delivered) -> dict[str, Any]:
    recipient = models.Recipient(name=found.recipient.name, address=found.recipient.address)
    return {**{name: getattr(found, name) for name in _SAME}, "recipient": recipient, "state": found.state}
