"""Finishing: the diagnosis becomes the one report of its assessment, signed, and its paper is owed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from assessment.store import keys, signatures
from assessment.store.answering import Entry
from assessment.store.assessments import Finished, UnknownAssessment, report_of
from assessment.store.database import clock, insert, writing
from assessment.store.models import Answer, Assessment, Outbox, Report, Withdrawn, waiting
from assessment.store.sales import invited
from assessment.store.secret import new_code, new_id

DIAGNOSIS = ("report", "diagnosis", 1)


@dataclass(frozen=True, slots=True)
class Changed:
    """An answer was kept after the diagnosis was begun: read the entries and diagnose again."""


def finish(
    assessment_id: str, *, diagnosis: bytes, seen: Mapping[tuple[str, str], Entry]
) -> Finished | Changed:
    """Freeze the diagnosis as the one report of the assessment, and owe its paper.

    `diagnosis` is the canonical document; `seen` are the entries that it was made from. Finishing again
    gives the same report, whatever the diagnosis. Raises UnknownAssessment.
    """
    with writing() as connection:
        if report_id := report_of(connection, assessment_id):
            return Finished(report_id)
        if _versions(connection, assessment_id) != {place: entry.version for place, entry in seen.items()}:
            return Changed()
        return Finished(_freeze(connection, assessment_id, diagnosis, clock(connection)))


def _versions(connection: Connection, assessment_id: str) -> dict[tuple[str, str], int]:
    query = select(Answer.part, Answer.page, Answer.version).where(Answer.assessment_id == assessment_id)
    return {(row.part, row.page): row.version for row in connection.execute(query)}


def _freeze(connection: Connection, assessment_id: str, diagnosis: bytes, now: datetime) -> str:
    """Write the signed report and the row that owes its paper, close the assessment; return the id of it."""
    key = keys.read(connection, assessment_id)
    if key is None:
        raise UnknownAssessment(assessment_id)
    report_id = new_id()
    dialect = connection.dialect.name
    connection.execute(
        insert(Report, dialect).values(
            id=report_id,
            assessment_id=assessment_id,
            code=_free_code(connection, assessment_id),
            diagnosis=key.seal(diagnosis, *DIAGNOSIS),
            sha256=hashlib.sha256(diagnosis).hexdigest(),
            created_at=now,
            **signatures.sign(connection, diagnosis, now),
        )
    )
    connection.execute(
        insert(Outbox, dialect).values(
            id=new_id(),
            kind="render",
            report_id=report_id,
            **waiting(now),
        )
    )
    connection.execute(update(Assessment).where(Assessment.id == assessment_id).values(finished_at=now))
    invited.finished(connection, assessment_id, now)
    return report_id


def _free_code(connection: Connection, assessment_id: str) -> str:
    key = connection.execute(
        select(Assessment.instrument_key).where(Assessment.id == assessment_id)
    ).scalar_one()
    while True:
        code = new_code(key)
        taken = select(Report.code).union(select(Withdrawn.code)).subquery()
        if connection.execute(select(taken).where(taken.c.code == code)).one_or_none() is None:
            return code
