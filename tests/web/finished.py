"""A finished diagnosis at a leader's browser, without the hour that it takes to answer one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from assessment.core.answers import Answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.store import finishing
from assessment.store.assessments import Finished
from assessment.web.current import library
from tests.leader import Leader
from tests.report import made
from tests.report.made import ATLAS

Counts = dict[str, tuple[int, int, int]]


def days_ago(days: int) -> date:
    return datetime.now(UTC).date() - timedelta(days=days)


def finished(
    leader: Leader,
    found: Counts = ATLAS,
    *,
    ended: int = 120,
    at: str = "/diagnosis/",
    more: dict[str, Any] | None = None,
    **facts: Any,
) -> str:
    """Finish a quick diagnosis whose window ended so many days ago; return the address of its result.

    It is begun at the start page at an address, where `more` is said than the facts.
    """
    end = days_ago(ended).isoformat()
    said = {"team_size": 8, "window_days": 90, "label": "Team Atlas", **facts}
    leader.start(at, form="quick", window_end=end, **said, **more or {})
    answered = made.answers(found, as_of=end, window_end=end, **said)
    answered.pop("work", None)
    with leader.client.application.app_context():
        diagnosis = diagnose(library().current, Answers.model_validate(answered))
        outcome = finishing.finish(id_of(leader.base), diagnosis=canonical(diagnosis), seen={})
    assert isinstance(outcome, Finished)
    return f"/reports/{outcome.report_id}/"


def id_of(address: str) -> str:
    """Return the id of the assessment or the report that an address lies below."""
    return address.split("/")[2]
