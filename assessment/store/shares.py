"""Shares: links by which others read a report, until they end. Whoever follows one holds no assessment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, func, or_, select, update

from assessment.store import keys
from assessment.store.database import clock, insert, reading, writing
from assessment.store.models import AssessmentKey, Report, Share, ShareHolding
from assessment.store.sales import audit
from assessment.store.sales.models import Delivery
from assessment.store.secret import digest, new_id

LIVE_AT_MOST = 20  # links of one report that open it at the same time
LISTED_AT_MOST = 100


AtFirst = Callable[[Connection, str], None]
"""Is told the id of a link that is opened for the first time, and writes down what follows from it."""


class UnknownReport(LookupError):
    """There is no such report (any more)."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A link by which a report is read. Its secret is not here: only the hash of it is kept.

    `evidence` names the pages whose notes are shown to whoever follows it. `openings` were made by hand.
    """

    id: str
    report_id: str
    assessment_id: str
    label: str
    evidence: tuple[str, ...]
    prepared_id: str | None  # the report with a cover that it shows instead, made by the desk
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None  # when it was revoked, or ran out; None while it opens the report
    openings: int
    first_opened_at: datetime | None
    last_opened_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class TooMany:
    """As many links as a report may have are open; no other was made."""


def make(report_id: str, *, token: str, label: str, evidence: Iterable[str], days: int) -> Shared | TooMany:
    """Make a link, whose secret is `token`, 256 bits; giving the same one twice makes one link.

    Raises UnknownReport.
    """
    said = {"label": label, "evidence": list(evidence)}
    with writing() as connection:
        return make_within(connection, report_id, token=token, said=said, days=days)


def make_within(
    connection: Connection, report_id: str, *, token: str, said: Mapping[str, Any], days: int
) -> Shared | TooMany:
    """Do as `make` does, within a transaction that does more; the links of the desk are counted apart."""
    # PostgreSQL: whoever makes another waits for us, or both count too few. SQLite has one writer.
    of = select(Report.assessment_id).where(Report.id == report_id).with_for_update()
    assessment_id = connection.execute(of).scalar_one_or_none()
    key = keys.read(connection, assessment_id) if assessment_id else None
    if key is None:
        raise UnknownReport(report_id)
    now = clock(connection)
    made = connection.execute(_shares().where(Share.token_sha256 == digest(token))).one_or_none()
    if made is None:
        is_of_desk = exists().where(Delivery.share_id == Share.id)
        live = select(func.count()).where(
            Share.report_id == report_id, _is_live(now), is_of_desk if "prepared" in said else ~is_of_desk
        )
        if connection.execute(live).scalar_one() >= LIVE_AT_MOST:
            return TooMany()
        share_id = new_id()
        connection.execute(
            insert(Share, connection.dialect.name).values(
                id=share_id,
                report_id=report_id,
                token_sha256=digest(token),
                said=key.seal_values(said, *_place(share_id)),
                made_at=now,
                expires_at=now + timedelta(days=days),
                openings=0,
            )
        )
        made = connection.execute(_shares().where(Share.id == share_id)).one()
    return _told(made, now)


def of(report_id: str) -> list[Shared]:
    """Return the links of a report: those that open it, then those that ended, the newest of each first."""
    with reading() as connection:
        now = clock(connection)
        in_order = _is_live(now).desc(), Share.made_at.desc(), Share.id
        asked = _shares().where(Share.report_id == report_id).order_by(*in_order)
        rows = connection.execute(asked.limit(LISTED_AT_MOST)).all()
    return [_told(row, now) for row in rows]


def end(report_id: str, share_id: str) -> None:
    """End one link of a report, as its leader, for those too who read by it now.

    What has ended stays as it ended. That a link of the desk was ended is written down.
    """
    with writing() as connection:
        now = clock(connection)
        its = and_(Share.id == share_id, Share.report_id == report_id, _is_live(now))
        if not connection.execute(update(Share).where(its).values(revoked_at=now)).rowcount:
            return
        sent = select(Delivery.id).where(Delivery.share_id == share_id)
        for delivery_id in connection.execute(sent).scalars().all():
            audit.append(connection, audit.LEADER, "delivery ended", delivery_id)


def peek(token: str) -> Shared | None:
    """Return the link that has this secret, ended or not; None where there is none. Changes nothing."""
    with reading() as connection:
        row = connection.execute(_shares().where(Share.token_sha256 == digest(token))).one_or_none()
        return _told(row, clock(connection)) if row else None


def open_by(token: str, *, holder: str, request: str, at_first: AtFirst | None = None) -> Shared | None:
    """Let the browser whose cookie is `holder` read by a link, and count that; None for an unknown link.

    `request` names the click: sent twice it is counted once. `at_first` is called within the transaction
    when nobody has opened it before. A link that has ended is returned as it is, and opens nothing.
    """
    with writing() as connection:
        now = clock(connection)
        asked = _shares().where(Share.token_sha256 == digest(token)).with_for_update(of=Share)
        row = connection.execute(asked).one_or_none()
        if row is None or _ended(row, now):
            return _told(row, now) if row else None
        holding = insert(ShareHolding, connection.dialect.name).values(
            holder_sha256=digest(holder), share_id=row.id, request=request, opened_at=now
        )
        counted = connection.execute(
            holding.on_conflict_do_update(
                index_elements=[ShareHolding.holder_sha256, ShareHolding.share_id],
                set_={"request": holding.excluded.request, "opened_at": holding.excluded.opened_at},
                where=ShareHolding.request != holding.excluded.request,
            ).returning(ShareHolding.share_id)
        ).all()
        if counted:
            connection.execute(
                update(Share)
                .where(Share.id == row.id)
                .values(
                    openings=Share.openings + 1,
                    first_opened_at=func.coalesce(Share.first_opened_at, now),
                    last_opened_at=now,
                )
            )
            if at_first and row.first_opened_at is None:
                at_first(connection, row.id)
        return _told(row, now)


def opened(share_id: str, *, by: str) -> Shared | None:
    """Return the link if the browser whose cookie is `by` has opened it, ended or not; else None."""
    asked = (
        _shares()
        .join(ShareHolding, ShareHolding.share_id == Share.id)
        .where(Share.id == share_id, ShareHolding.holder_sha256 == digest(by))
    )
    with reading() as connection:
        row = connection.execute(asked).one_or_none()
        return _told(row, clock(connection)) if row else None


def _shares() -> Select[*tuple[Any, ...]]:
    """Ask for links of reports whose assessment was not deleted."""
    return (
        select(
            Share.id,
            Share.report_id,
            Report.assessment_id,
            AssessmentKey.master,
            AssessmentKey.wrapped,
            Share.said,
            Share.made_at,
            Share.expires_at,
            Share.revoked_at,
            Share.openings,
            Share.first_opened_at,
            Share.last_opened_at,
        )
        .join(Report, Report.id == Share.report_id)
        .join(AssessmentKey, AssessmentKey.assessment_id == Report.assessment_id)
    )


def ended_before(moment: datetime) -> Any:
    """Return the condition that a link had ended by then."""
    return or_(Share.expires_at < moment, Share.revoked_at < moment)


def _is_live(now: datetime) -> Any:
    return and_(Share.revoked_at.is_(None), Share.expires_at > now)


def _ended(row: Row[Any], now: datetime) -> datetime | None:
    """Return when a link ended, None while it has not."""
    if row.revoked_at:
        revoked_at: datetime = row.revoked_at
        return revoked_at
    return row.expires_at if row.expires_at <= now else None


def _told(row: Row[Any], now: datetime) -> Shared:
    key = keys.unwrap(row.assessment_id, row.master, row.wrapped)
    said = key.open_values(row.said, *_place(row.id))
    return Shared(
        row.id,
        row.report_id,
        row.assessment_id,
        said["label"],
        tuple(said["evidence"]),
        said.get("prepared"),
        row.made_at,
        row.expires_at,
        _ended(row, now),
        row.openings,
        row.first_opened_at,
        row.last_opened_at,
    )


def _place(share_id: str) -> tuple[str, str, int]:
    return ("share", share_id, 1)
