"""Which diagnosis of the same team an assessment follows, as long as that one is there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from assessment.store import reports
from assessment.store.database import reading
from assessment.store.models import AssessmentKey, Following, Report
from assessment.store.reports import StoredReport


@dataclass(frozen=True, slots=True)
class Followed:
    """The report of the earlier diagnosis, None where that was deleted since."""

    report: StoredReport | None


def followed(assessment_id: str) -> Followed | None:
    """Return what an assessment was begun as a second look after, None where it was not."""
    query = (
        select(Following.assessment_id, Report.id)
        .outerjoin(AssessmentKey, AssessmentKey.assessment_id == Following.earlier_id)
        .outerjoin(Report, Report.assessment_id == AssessmentKey.assessment_id)
        .where(Following.assessment_id == assessment_id)
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    try:
        return Followed(reports.load(row.id) if row.id else None)
    except LookupError:
        return Followed(None)  # deleted in between
