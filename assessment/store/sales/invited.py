"""Diagnoses that were begun by an invitation: by which, and what their leaders made of its proposals.

That is sealed with the key of the diagnosis, and goes with it. The desk learns it where a leader lets it see
the result, and before that only that the diagnosis was begun and finished.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from assessment.store import keys
from assessment.store.database import clock, insert, reading
from assessment.store.sales import audit, hooks, invitations, models
from assessment.store.sales.invitations import Proposed
from assessment.store.sales.models import Invited

SAID = ("invited", 1)  # where it is sealed


@dataclass(frozen=True, slots=True)
class Said:
    """What a leader who was invited has made of the proposals. `invitation_id` is None once that is gone."""

    invitation_id: str | None
    proposed: Proposed


def begun(connection: Connection, assessment_id: str, said: Said, *, is_onward: bool = False) -> None:
    """Note, within the transaction that begins it, by which invitation an assessment is begun.

    `is_onward`: it goes on from another that was, and does not need the link to open anything still. Raises
    invitations.Ended where the link opens nothing.
    """
    key = keys.read(connection, assessment_id)
    if key is None:
        raise LookupError(assessment_id)
    now = clock(connection)
    kept = select(models.Invitation.id).where(models.Invitation.id == said.invitation_id)
    if not is_onward:
        kept = kept.where(invitations.is_live(now))
    # PostgreSQL: whoever ends it in this moment waits for us, or we see that it has ended.
    invitation_id = connection.execute(kept.with_for_update(read=True)).scalar_one_or_none()
    if invitation_id is None and not is_onward:
        raise invitations.Ended
    connection.execute(
        insert(Invited, connection.dialect.name).values(
            assessment_id=assessment_id,
            invitation_id=invitation_id,
            said=key.seal_values(asdict(said.proposed), *SAID),
        )
    )
    if invitation_id:
        audit.append(connection, audit.LEADER, "diagnosis begun", invitation_id)


def finished(connection: Connection, assessment_id: str, at: datetime) -> None:
    """Note, within the transaction that finishes it, that an assessment is finished: tell who wants to know.

    Without an invitation nothing happens. What is told names the invitation alone.
    """
    by = select(Invited.invitation_id).where(Invited.assessment_id == assessment_id)
    if invitation_id := connection.execute(by).scalar_one_or_none():
        audit.append(connection, audit.LEADER, "diagnosis finished", invitation_id)
        hooks.owe(connection, hooks.FINISHED, {"invitation_id": invitation_id, "finished_at": at})


def said(assessment_id: str) -> Said | None:
    """Return what a leader has made of the proposals; None where nobody had invited them."""
    with reading() as connection:
        return said_within(connection, assessment_id)


def said_within(connection: Connection, assessment_id: str) -> Said | None:
    """Return `said`, within a transaction."""
    kept = select(Invited.invitation_id, Invited.said).where(Invited.assessment_id == assessment_id)
    row = connection.execute(kept).one_or_none()
    key = keys.read(connection, assessment_id) if row else None
    if row is None or key is None:
        return None
    return Said(row.invitation_id, Proposed(**key.open_values(row.said, *SAID)))
