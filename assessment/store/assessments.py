"""Assessments: start, hold, leave, resume.

Every function is one transaction, committed before it returns.
What is returned are frozen values, not rows: nothing read later can differ from what was read here. All
raise StoreUnavailable (StoreBusy after five seconds of waiting for another writer, StoreFull on a full
disk); then nothing was kept and the same call may be made again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    select,
    update,
)

from assessment.store import keys, removal
from assessment.store.database import insert, reading, writing
from assessment.store.keys import Unreadable
from assessment.store.models import (
    Answer,
    Assessment,
    AssessmentKey,
    Following,
    Holding,
    Report,
    ResumeToken,
    ShareHolding,
)
from assessment.store.sales import invited
from assessment.store.sales.invited import Said
from assessment.store.secret import digest, new_id, new_token

LISTED_AT_MOST = 100
LABEL = ("facts", "label", 1)  # where the name of the team is sealed

log = logging.getLogger(__name__)


class UnknownAssessment(LookupError):
    """There is no such assessment."""


@dataclass(frozen=True, slots=True)
class Started:
    """An assessment, and the secret of its resume link: shown now or never, only its hash is kept."""

    assessment_id: str
    resume_token: str


@dataclass(frozen=True, slots=True)
class Held:
    """An assessment that a browser may open."""

    id: str
    instrument_key: str
    instrument_sha256: str
    facts: dict[str, Any]
    started_at: datetime
    finished_at: datetime | None
    report_id: str | None


@dataclass(frozen=True, slots=True)
class Finished:
    """The assessment is finished; nothing can be answered any more."""

    report_id: str


# --- start and hold -------------------------------------------------------------------------------


def start(
    *,
    holder: str,
    instrument_key: str,
    instrument_sha256: str,
    facts: Mapping[str, Any],
    resume_token: str | None = None,
    follows: str | None = None,
    said: Said | None = None,
    is_onward: bool = False,
) -> Started:
    """Begin an assessment for the browser whose cookie is `holder`, pinned to one instrument version.

    `resume_token` is the secret of its resume link, 256 bits; a random one is made when none is given. It
    also names the start: whoever starts again with the same one, even at the same time, gets the assessment
    that was begun with it, and no other is made. `follows` is the finished assessment of the same team
    that this one is another look after. `said` is what an invited leader has made of the proposals; raises
    invitations.Ended, and begins nothing, where the invitation has ended, unless the assessment only goes
    on from one that was begun by it (`is_onward`).
    """
    started = Started(new_id(), resume_token or new_token())
    now = datetime.now(UTC)
    key, raw = keys.new(started.assessment_id)
    shown = {name: value for name, value in facts.items() if name != "label"}
    label = key.seal(facts["label"].encode("utf-8", "surrogatepass"), *LABEL) if "label" in facts else None
    with writing() as connection:
        connection.execute(
            insert(Assessment, connection.dialect.name).values(
                id=started.assessment_id,
                instrument_key=instrument_key,
                instrument_sha256=instrument_sha256,
                facts=shown,
                label=label,
                started_at=now,
            )
        )
        keys.keep(connection, key, raw)
        if not _keep_token(connection, started.assessment_id, started.resume_token, now):
            # PostgreSQL has waited for the other to commit, so it can be seen; SQLite has one writer.
            connection.execute(sqlalchemy.delete(Assessment).where(Assessment.id == started.assessment_id))
            begun = connection.execute(_begun_with(started.resume_token)).scalar_one()
            return replace(started, assessment_id=begun)
        _hold(connection, started.assessment_id, holder, now)
        if follows:
            # Nothing, where it was deleted in this moment; PostgreSQL has whoever deletes it now wait for us.
            kept = select(AssessmentKey.assessment_id).where(AssessmentKey.assessment_id == follows)
            earlier = kept.with_for_update(read=True, key_share=True).scalar_subquery()
            noted = insert(Following, connection.dialect.name)
            connection.execute(noted.values(assessment_id=started.assessment_id, earlier_id=earlier))
        if said:
            invited.begun(connection, started.assessment_id, said, is_onward=is_onward)
    return started


def is_holder(of: str) -> bool:
    """Is this the cookie of a browser that holds something here? Nobody else's is worth taking over."""
    held = select(Holding.assessment_id).where(Holding.holder_sha256 == digest(of))
    shared = select(ShareHolding.share_id).where(ShareHolding.holder_sha256 == digest(of))
    with reading() as connection:
        return connection.execute(held.union_all(shared).limit(1)).one_or_none() is not None


def held(assessment_id: str, *, by: str) -> Held | None:
    """Return the assessment if the browser whose cookie is `by` may open it; None in every other case."""
    asked = {"holder_sha256": digest(by), "assessment_id": assessment_id}
    with reading() as connection:
        row = connection.execute(_HELD, asked).one_or_none()
    return _as_held(row) if row else None


def read(assessment_id: str) -> Held | None:
    """Return an assessment for a part of it to be shown to whoever may see that; None where it is gone."""
    with reading() as connection:
        row = connection.execute(_READ, {"assessment_id": assessment_id}).one_or_none()
    return _as_held(row) if row else None


def listed(by: str) -> list[Held]:
    """Return the assessments that a browser may open, the newest first, at most 100.

    One that cannot be read is left out, so that it does not hide the others.
    """
    with reading() as connection:
        rows = connection.execute(_LISTED, {"holder_sha256": digest(by)}).all()
    found = []
    for row in rows:
        try:
            found.append(_as_held(row))
        except Unreadable as error:
            log.error("%s", error)
    return found


# Built once: building a question costs more than asking it.
_ANYBODYS = (
    select(
        Assessment.id,
        Assessment.instrument_key,
        Assessment.instrument_sha256,
        Assessment.facts,
        Assessment.label,
        AssessmentKey.master,
        AssessmentKey.wrapped,
        Assessment.started_at,
        Assessment.finished_at,
        Report.id.label("report_id"),
    )
    .join(AssessmentKey, AssessmentKey.assessment_id == Assessment.id)
    .outerjoin(Report, Report.assessment_id == Assessment.id)
)
_OF_HOLDER = _ANYBODYS.join(Holding, Holding.assessment_id == Assessment.id).where(
    Holding.holder_sha256 == bindparam("holder_sha256")
)
_READ = _ANYBODYS.where(Assessment.id == bindparam("assessment_id"))
_HELD = _OF_HOLDER.where(Assessment.id == bindparam("assessment_id"))
_LISTED = _OF_HOLDER.order_by(Assessment.started_at.desc(), Assessment.id).limit(LISTED_AT_MOST)


def _as_held(row: Row[Any]) -> Held:
    key = keys.unwrap(row.id, row.master, row.wrapped)
    called = (
        {} if row.label is None else {"label": key.open(row.label, *LABEL).decode("utf-8", "surrogatepass")}
    )
    return Held(
        row.id,
        row.instrument_key,
        row.instrument_sha256,
        {**row.facts, **called},
        row.started_at,
        row.finished_at,
        row.report_id,
    )


def _hold(connection: Connection, assessment_id: str, holder: str, now: datetime) -> None:
    connection.execute(
        insert(Holding, connection.dialect.name)
        .values(holder_sha256=digest(holder), assessment_id=assessment_id, held_at=now)
        .on_conflict_do_nothing()
    )


def report_of(connection: Connection, assessment_id: str) -> str | None:
    """Return the report of an assessment, None while it has none; on PostgreSQL nobody else may add it."""
    asked = (
        select(Assessment.id)
        .join(AssessmentKey, AssessmentKey.assessment_id == Assessment.id)
        .where(Assessment.id == assessment_id)
        .with_for_update()
    )
    if connection.execute(asked).one_or_none() is None:
        raise UnknownAssessment(assessment_id)
    return connection.execute(
        select(Report.id).where(Report.assessment_id == assessment_id)
    ).scalar_one_or_none()


# --- leave ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Times:
    """When things happened to an assessment, beside its start and end; links with when they were ended."""

    saved: dict[tuple[str, str], datetime]
    opened: list[datetime]
    links: list[tuple[datetime, datetime | None]]


def times(assessment_id: str) -> Times:
    """Return when each page was saved last, a browser was given the assessment, and a link was made."""
    saved = select(Answer.part, Answer.page, Answer.saved_at).where(Answer.assessment_id == assessment_id)
    opened = select(Holding.held_at).where(Holding.assessment_id == assessment_id)
    links = select(ResumeToken.made_at, ResumeToken.revoked_at).where(
        ResumeToken.assessment_id == assessment_id
    )
    with reading() as connection:
        return Times(
            {(row.part, row.page): row.saved_at for row in connection.execute(saved)},
            sorted(connection.execute(opened).scalars()),
            sorted((row.made_at, row.revoked_at) for row in connection.execute(links)),
        )


def delete(assessment_id: str) -> bool:
    """Delete an assessment for good, its key first; return whether there was one.

    Of a finished one code, hash and date of its report stay, as withdrawn. Nothing else does.
    """
    return removal.shred(Assessment.id == assessment_id) > 0


# --- resume ---------------------------------------------------------------------------------------


def resume(token: str, *, holder: str) -> str | None:
    """Let the browser whose cookie is `holder` open what the link stands for.

    Returns the assessment's id, None for a link that is unknown or revoked. A link is not used up.
    """
    kept = _behind(token).join(AssessmentKey, AssessmentKey.assessment_id == ResumeToken.assessment_id)
    with writing() as connection:
        # PostgreSQL: whoever deletes it waits for us, or we see that it is deleted.
        assessment_id = connection.execute(
            kept.with_for_update(read=True, key_share=True, of=AssessmentKey)
        ).scalar_one_or_none()
        if assessment_id:
            _hold(connection, assessment_id, holder, datetime.now(UTC))
    return assessment_id


def resume_peek(token: str) -> str | None:
    """Return the id of the assessment that the link stands for, None for a link unknown or revoked.

    Changes nothing, however often a mail scanner follows it.
    """
    with reading() as connection:
        return connection.execute(_behind(token)).scalar_one_or_none()


def new_resume(assessment_id: str, token: str | None = None) -> str:
    """Return the secret of one more resume link; those given before go on working.

    `token` is that secret, 256 bits, where the caller has made it; giving it twice makes one link.
    """
    token = token or new_token()
    with writing() as connection:
        _keep_token(connection, assessment_id, token, datetime.now(UTC))
    return token


def revoke_resume(assessment_id: str) -> None:
    """End every resume link of an assessment. Browsers that hold it already go on holding it."""
    with writing() as connection:
        connection.execute(
            update(ResumeToken)
            .where(ResumeToken.assessment_id == assessment_id, ResumeToken.revoked_at.is_(None))
            .values(revoked_at=datetime.now(UTC))
        )


def _behind(token: str) -> Select[Any]:
    return _begun_with(token).where(ResumeToken.revoked_at.is_(None))


def _begun_with(token: str) -> Select[Any]:
    """Ask for the assessment of a link, ended or not."""
    return select(ResumeToken.assessment_id).where(ResumeToken.token_sha256 == digest(token))


def _keep_token(connection: Connection, assessment_id: str, token: str, now: datetime) -> bool:
    """Keep the hash of a token; return False where it is kept already, for whatever assessment."""
    kept = connection.execute(
        insert(ResumeToken, connection.dialect.name)
        .values(token_sha256=digest(token), assessment_id=assessment_id, made_at=now)
        .on_conflict_do_nothing()
        .returning(ResumeToken.token_sha256)
    )
    return kept.one_or_none() is not None
