"""Answers: what stands on each page of an assessment, kept once and never over what somebody else kept.

As in `assessments`, every function is one transaction, of which only `keep` may share one with others, and
raises StoreUnavailable where nothing was kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, LargeBinary, String, bindparam, select

from assessment.store import keys
from assessment.store.assessments import Finished, UnknownAssessment, report_of
from assessment.store.database import Execute, Instant, db, insert, reading
from assessment.store.keys import Key
from assessment.store.models import Answer, Assessment, AssessmentKey, Receipt
from assessment.store.together import together


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands on one page, and its version: 1 when first kept, one more with each change."""

    values: dict[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The values are kept, as this version."""

    location: str
    version: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """The same request was carried out before; it led to this location."""

    location: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something else was kept since the form was made, and stands; nothing was changed."""

    entry: Entry


def entries(assessment_id: str) -> dict[tuple[str, str], Entry]:
    """Return what is kept, by (part, page). Raises Unreadable where somebody has changed it."""
    with reading() as connection:
        rows = connection.execute(_ENTRIES, {"assessment_id": assessment_id}).all()
    if not rows:
        return {}
    key = keys.unwrap(assessment_id, rows[0].master, rows[0].wrapped)
    return {(row.part, row.page): _opened(key, row) for row in rows}


_ENTRIES = (
    select(
        Answer.part, Answer.page, Answer.values, Answer.version, AssessmentKey.master, AssessmentKey.wrapped
    )
    .join(AssessmentKey, AssessmentKey.assessment_id == Answer.assessment_id)
    .where(Answer.assessment_id == bindparam("assessment_id"))
)


def _opened(key: Key, row: Any) -> Entry:
    return Entry(key.open_values(row.values, row.part, row.page, row.version), row.version)


def keep(
    assessment_id: str,
    *,
    part: str,
    page: str,
    values: Mapping[str, Any],
    version: int,
    request_id: str,
    location: str,
) -> Kept | Replayed | Conflict | Finished:
    """Keep what was entered on one page, once, if nobody else has changed the page meanwhile.

    `version` is the one that the form was made from, 0 for an empty page. `request_id` names this
    request, so that the same request sent twice is carried out once and led to the same `location`.
    Values that equal what stands are no conflict. Raises UnknownAssessment.
    """
    key = keys.of(assessment_id)
    if key is None:
        raise UnknownAssessment(assessment_id)
    asked = {
        "assessment_id": assessment_id,
        "part": part,
        "page": page,
        "values": key.seal_values(values, part, page, version + 1),
        "version": version,
        "next_version": version + 1,
        "request_id": request_id,
        "content_digest": _content(key, part, page, values),
        "location": location,
        "now": datetime.now(UTC),
    }
    if together(lambda execute: _is_kept(execute, asked)):
        return Kept(location, version + 1)
    with reading() as connection:
        return _why_not(connection, key, asked)


def is_received(assessment_id: str, request_id: str) -> bool:
    """Was a request of this name carried out before?"""
    named = (Receipt.assessment_id == assessment_id, Receipt.request_id == request_id)
    with reading() as connection:
        return connection.execute(select(Receipt.request_id).where(*named)).first() is not None


def _is_kept(execute: Execute, asked: Mapping[str, Any]) -> bool:
    save, receive = _statements(db.engine.dialect.name)
    if execute(save, asked).rowcount == 0:
        return False
    execute(receive, asked)
    return True


@cache
def _statements(dialect: str) -> tuple[Any, Any]:
    """Return the two statements of a save, built once: building them costs more than running them.

    The first writes the answer only if the assessment is unfinished, its key is still there, and the version
    is the one that the form was made from; else it changes no row. As versions only rise, it
    cannot be carried out twice; the second leaves the receipt by which a repetition is recognised.
    """
    open_assessment = (
        select(
            bindparam("assessment_id", type_=String),
            bindparam("part", type_=String),
            bindparam("page", type_=String),
            bindparam("values", type_=LargeBinary),
            bindparam("next_version", type_=Integer),
            bindparam("now", type_=Instant),
        )
        .select_from(Assessment)
        .join(AssessmentKey, AssessmentKey.assessment_id == Assessment.id)
        .where(Assessment.id == bindparam("assessment_id"), Assessment.finished_at.is_(None))
        # PostgreSQL: whoever finishes waits for us, or we see that it is finished. SQLite has one writer.
        .with_for_update(read=True)
    )
    save = insert(Answer, dialect).from_select(
        ["assessment_id", "part", "page", "values", "version", "saved_at"], open_assessment
    )
    save = save.on_conflict_do_update(
        index_elements=[Answer.assessment_id, Answer.part, Answer.page],
        set_={
            "values": save.excluded["values"],
            "version": save.excluded.version,
            "saved_at": save.excluded.saved_at,
        },
        where=Answer.version == bindparam("version"),
    )
    receive = (
        insert(Receipt, dialect)
        .values(
            assessment_id=bindparam("assessment_id"),
            request_id=bindparam("request_id"),
            content_digest=bindparam("content_digest"),
            location=bindparam("location"),
            version=bindparam("next_version"),
            made_at=bindparam("now"),
        )
        .on_conflict_do_nothing()
    )
    return save, receive


def _why_not(
    connection: Connection, key: Key, asked: Mapping[str, Any]
) -> Kept | Replayed | Conflict | Finished:
    """Say why a save changed nothing."""
    receipt = connection.execute(
        select(Receipt.location, Receipt.content_digest).where(
            Receipt.assessment_id == asked["assessment_id"], Receipt.request_id == asked["request_id"]
        )
    ).one_or_none()
    # A form that a browser brings back with its old request id and new values is another request.
    if receipt and receipt.content_digest == asked["content_digest"]:
        return Replayed(receipt.location)
    if report_id := report_of(connection, asked["assessment_id"]):
        return Finished(report_id)
    row = connection.execute(
        select(Answer.part, Answer.page, Answer.values, Answer.version).where(
            Answer.assessment_id == asked["assessment_id"],
            Answer.part == asked["part"],
            Answer.page == asked["page"],
        )
    ).one()
    entry = _opened(key, row)
    if _content(key, row.part, row.page, entry.values) == asked["content_digest"]:
        return Kept(asked["location"], entry.version)
    return Conflict(entry)


_IN_ORDER = json.JSONEncoder(sort_keys=True)  # `json.dumps` would make one for each answer


def _content(key: Key, part: str, page: str, values: Mapping[str, Any]) -> str:
    """Return a hash by which two saves are known to say the same."""
    return key.digest(_IN_ORDER.encode([part, page, values]))
