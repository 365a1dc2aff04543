"""Which diagnosis of the same team an assessment follows, as long as that one is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from assessment.store import reports
from assessment.store.database import reading
from assessment.store.models import AssessmentKey, Following, Report
from assessment.store.reports import StoredReport


@dataclass(frozen=True, slots=True)
class Followed:
    """What the report of the earlier diagnosis is known by; None each where that was deleted since."""

    report_id: str | None = None
    code: str | None = None
    created_at: datetime | None = None


def followed(assessment_id: str) -> Followed | None:
    """Return what an assessment was begun as a second look after, None where it was not."""
    query = (
        select(Report.id, Report.code, Report.created_at)
        .select_from(Following)
        .outerjoin(AssessmentKey, AssessmentKey.assessment_id == Following.earlier_id)
        .outerjoin(Report, Report.assessment_id == AssessmentKey.assessment_id)
        .where(Following.assessment_id == assessment_id)
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    return Followed(*row) if row else None


def opened(earlier: Followed) -> StoredReport | None:
    """Return the report of the earlier diagnosis, None where it was deleted."""
    try:
        return reports.load(earlier.report_id) if earlier.report_id else None
    except LookupError:
        return None  # deleted in between
