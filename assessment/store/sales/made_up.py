"""What a demonstration needs of the store: whether there is nothing in it yet, and times that have passed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import inspect, select, update

from assessment.store.database import Base, Instant, reading, writing
from assessment.store.models import Assessment, Report, Share
from assessment.store.sales.models import (
    Consent,
    Delivery,
    Invitation,
    Letter,
    Listing,
    ListingPattern,
    ListingWord,
    Note,
    Person,
    Prepared,
)

# By which column each is found, of those whose times are told together.
_OF_REPORT = (Consent, Listing, ListingPattern, ListingWord, Note, Prepared, Delivery, Share)


def is_empty() -> bool:
    """Has nobody begun anything here, and is nobody of the desk?"""
    with reading() as connection:
        kept = (connection.execute(select(table).limit(1)).first() for table in (Assessment.id, Person.id))
        return not any(kept)


def in_the_past(by: timedelta, *, report_id: str = "", invitation_id: str = "") -> None:
    """Let everything that is kept of a report, or of an invitation, have happened so much earlier.

    The audit stays as it is: it is bound to when it was written.
    """
    with writing() as connection:
        if report_id:
            begun = select(Report.assessment_id).where(Report.id == report_id).scalar_subquery()
            _shift(connection, Assessment, Assessment.id == begun, by)
            _shift(connection, Report, Report.id == report_id, by)
            for model in _OF_REPORT:
                _shift(connection, model, model.report_id == report_id, by)
        if invitation_id:
            _shift(connection, Invitation, Invitation.id == invitation_id, by)
            _shift(connection, Letter, Letter.invitation_id == invitation_id, by)


def _shift(connection: Any, model: type[Base], which: Any, by: timedelta) -> None:
    names = inspect(model).primary_key
    times = [column for column in model.__table__.columns if isinstance(column.type, Instant)]
    for row in connection.execute(select(*names, *times).where(which)).all():
        found = row._mapping
        same = [column == found[column] for column in names]
        moved = {each.name: found[each] - by for each in times if found[each] is not None}
        connection.execute(update(model).where(*same).values(moved))
