"""Notes: what people of the desk write about a listed diagnosis, for the desk. It is found by their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from assessment.store.database import clock, insert, reading, writing
from assessment.store.sales import audit, indexing
from assessment.store.sales.listings import NotListed
from assessment.store.sales.models import Listing, Note, Person
from assessment.store.secret import digest

AT_MOST = 200  # of one diagnosis


class TooMany(Exception):
    """There are as many notes as a diagnosis may have; no other was kept."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A note. `person` is the name of who wrote it, "" where they are gone."""

    id: str
    text: str
    person: str
    made_at: datetime


def add(report_id: str, text: str, *, person_id: str, request: str) -> None:
    """Keep a note, once for a request of this name. Raises NotListed, TooMany."""
    note_id = digest(f"{report_id}:{request}")[:22]
    with writing() as connection:
        # Who adds another waits for us on PostgreSQL, too, or both count too few.
        listed = select(Listing.report_id).where(Listing.report_id == report_id).with_for_update()
        if connection.execute(listed).one_or_none() is None:
            raise NotListed(report_id)
        of = select(func.count()).select_from(Note).where(Note.report_id == report_id)
        if connection.execute(of).scalar_one() >= AT_MOST:
            raise TooMany(report_id)
        row = insert(Note, connection.dialect.name).values(
            id=note_id, report_id=report_id, person_id=person_id, text=text, made_at=clock(connection)
        )
        if connection.execute(row.on_conflict_do_nothing().returning(Note.id)).one_or_none():
            indexing.index(connection, report_id)
            audit.append(connection, person_id, "note added", report_id)


def remove(report_id: str, note_id: str, *, person_id: str) -> None:
    """Remove a note for good, whoever wrote it; `person_id` removes it. One that is gone stays gone."""
    with writing() as connection:
        gone = delete(Note).where(Note.id == note_id, Note.report_id == report_id)
        if connection.execute(gone).rowcount:
            indexing.index(connection, report_id)
            audit.append(connection, person_id, "note removed", report_id)


def of(report_id: str) -> list[Noted]:
    """Return the notes of a diagnosis, the newest first."""
    asked = (
        select(Note.id, Note.text, Person.name, Note.made_at)
        .outerjoin(Person, Person.id == Note.person_id)
        .where(Note.report_id == report_id)
        .order_by(Note.made_at.desc(), Note.id)
    )
    with reading() as connection:
        return [Noted(row.id, row.text, row.name or "", row.made_at) for row in connection.execute(asked)]
