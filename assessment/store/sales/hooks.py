"""Webhooks: addresses of other programs that are told what happens, and the notices that are owed to them.

A notice holds ids, a code and times, and no contents: whoever wants to know more asks the API, which says no
more than the desk may see by then. Who a webhook belongs to and what it is told is decided here; how a notice
travels, in `assessment.notices`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from assessment.store import keys
from assessment.store.database import clock, insert, reading, writing
from assessment.store.leasing import Queue, Taken
from assessment.store.models import waiting
from assessment.store.sales import audit
from assessment.store.sales.models import Notice, Person, Webhook
from assessment.store.secret import new_id

FINISHED, SHARED = "diagnosis.finished", "diagnosis.shared"
DELIVERED, OPENED = "delivery.delivered", "delivery.opened"
TEST = "webhook.test"  # asked for on the page, whatever the webhook is told otherwise

# What each event says. A diagnosis that is only finished is nobody's but its leader's: it is not named.
FIELDS: Mapping[str, frozenset[str]] = {
    FINISHED: frozenset({"invitation_id", "finished_at"}),
    SHARED: frozenset({"report_id", "code", "invitation_id", "shared_at"}),
    DELIVERED: frozenset({"delivery_id", "report_id", "delivered_at"}),
    OPENED: frozenset({"delivery_id", "report_id", "opened_at"}),
    TEST: frozenset({"webhook_id", "sent_at"}),
}
EVENTS = (FINISHED, SHARED, DELIVERED, OPENED)  # those that may be chosen

LIVE_AT_MOST = 20  # webhooks that are told something at the same time
LOGGED = 50  # notices of one webhook that its page lists
QUEUE = Queue(
    table=Notice,
    back_off_s=(5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400),  # some three days in all
    attempts_at_most=20,
    lease_at_most=timedelta(minutes=5),
    error_at_most=200,
)
OTHERS_WAIT = timedelta(minutes=1)  # when one notice fails: those beside it, so that it delays nobody else's
TRIED_FOR = timedelta(days=4)
LOG_FOR = timedelta(days=30)

ENDED = "the webhook was ended"

_PLAIN = re.compile(r"[A-Za-z0-9_.:+-]{0,64}")  # of ids, codes and times


class TooMany(Exception):
    """As many webhooks are told something as there may be."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as it is listed; its secret is not here. `person` is the name of whose it is."""

    id: str
    person_id: str
    person: str
    url: str
    events: tuple[str, ...]
    made_at: datetime
    ended_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Logged:
    """A notice in the log. `next_at` is when it is tried again, None when it is not."""

    id: str
    event: str
    body: str
    state: str
    failures: int
    error: str
    made_at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Call:
    """A notice that is leased to whoever hands it over: to which address, what, and signed with what."""

    id: str
    webhook_id: str
    url: str
    secret: bytes
    body: bytes
    made_at: datetime
    taken: Taken


# --- what happens ------------------------------------------------------------------------------------


def owe(connection: Connection, event: str, data: Mapping[str, str | datetime | None]) -> None:
    """Owe a notice to every webhook that is told of this event, within the transaction that makes it happen.

    `data` says what `FIELDS` allows for the event: ids, a code, times. Raises ValueError for anything else.
    """
    told = _checked(event, data)
    live = (
        select(Webhook.id, Webhook.events)
        .join(Person, Person.id == Webhook.person_id)
        .where(Webhook.ended_at.is_(None), Person.ended_at.is_(None))
    )
    for row in connection.execute(live).all():
        if event in row.events.split():
            _write(connection, row.id, event, told)


def _checked(event: str, data: Mapping[str, str | datetime | None]) -> dict[str, str | None]:
    if unknown := data.keys() - FIELDS[event]:
        raise ValueError(f"{event} does not say {', '.join(sorted(unknown))}")
    told: dict[str, str | None] = dict.fromkeys(sorted(FIELDS[event]))
    for name, value in data.items():
        text = _moment(value) if isinstance(value, datetime) else value
        if text is not None and not _PLAIN.fullmatch(text):
            raise ValueError(f"{name} of {event} is no id, code or time")
        told[name] = text
    return told


def _write(
    connection: Connection, webhook_id: str, event: str, data: Mapping[str, str | None], name: str = ""
) -> None:
    now = clock(connection)
    body = json.dumps({"type": event, "timestamp": _moment(now), "data": data}, separators=(",", ":"))
    connection.execute(
        insert(Notice, connection.dialect.name).values(
            id=name or new_id(), webhook_id=webhook_id, event=event, body=body, **waiting(now)
        )
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def forget(connection: Connection, report_id: str) -> None:
    """Forget every notice that names a diagnosis, told or not, when the desk may see it no longer."""
    named = Notice.body.contains(f'"report_id":"{report_id}"', autoescape=True)
    connection.execute(delete(Notice).where(named))


# --- webhooks ----------------------------------------------------------------------------------------


def add(webhook_id: str, *, person_id: str, url: str, events: Collection[str], secret: bytes) -> None:
    """Add a webhook; adding one of the same id again changes nothing. Raises TooMany."""
    with writing() as connection:
        # PostgreSQL: whoever adds another waits for us, or both count too few. SQLite has one writer.
        connection.execute(select(Person.id).order_by(Person.id).with_for_update())
        if connection.execute(select(Webhook.id).where(Webhook.id == webhook_id)).one_or_none():
            return
        live = select(func.count()).select_from(Webhook).where(Webhook.ended_at.is_(None))
        if connection.execute(live).scalar_one() >= LIVE_AT_MOST:
            raise TooMany
        connection.execute(
            insert(Webhook, connection.dialect.name).values(
                id=webhook_id,
                person_id=person_id,
                url=url,
                events=" ".join(each for each in EVENTS if each in events),
                secret=keys.of_desk(connection).seal(secret, "webhook", webhook_id),
                made_at=clock(connection),
            )
        )
        audit.append(connection, person_id, "webhook added", webhook_id)


def end(webhook_id: str, *, by: str) -> None:
    """Tell a webhook nothing any more, also of what is owed to it; `by` is who, as the audit calls them."""
    with writing() as connection:
        live = and_(Webhook.id == webhook_id, Webhook.ended_at.is_(None))
        if not connection.execute(update(Webhook).where(live).values(ended_at=clock(connection))).rowcount:
            return
        QUEUE.settle(connection, _owed_to(webhook_id), "failed", ENDED)
        audit.append(connection, by, "webhook ended", webhook_id)


def test(webhook_id: str, *, name: str, by: str) -> None:
    """Owe a webhook a notice that says nothing, once for a name, to see whether it arrives."""
    with writing() as connection:
        live = select(Webhook.id).where(Webhook.id == webhook_id, Webhook.ended_at.is_(None))
        if connection.execute(live.with_for_update()).one_or_none() is None:
            return
        if connection.execute(select(Notice.id).where(Notice.id == name)).one_or_none():
            return
        told = _checked(TEST, {"webhook_id": webhook_id, "sent_at": clock(connection)})
        _write(connection, webhook_id, TEST, told, name)
        audit.append(connection, by, "webhook tested", webhook_id)


def all_of(person_id: str | None = None) -> list[Hook]:
    """Return the webhooks of somebody, or of everybody, the newest first."""
    query = _HOOKS.order_by(Webhook.made_at.desc(), Webhook.id)
    if person_id is not None:
        query = query.where(Webhook.person_id == person_id)
    with reading() as connection:
        return [_told(row) for row in connection.execute(query)]


def find(webhook_id: str) -> Hook | None:
    """Return a webhook; None where there is none."""
    with reading() as connection:
        row = connection.execute(_HOOKS.where(Webhook.id == webhook_id)).one_or_none()
    return _told(row) if row else None


def log_of(webhook_id: str) -> list[Logged]:
    """Return the notices that a webhook was owed last, the newest first."""
    query = (
        select(
            Notice.id,
            Notice.event,
            Notice.body,
            Notice.state,
            Notice.failures,
            Notice.last_error,
            Notice.made_at,
            Notice.next_at,
        )
        .where(Notice.webhook_id == webhook_id)
        .order_by(Notice.made_at.desc(), Notice.id)
        .limit(LOGGED)
    )
    with reading() as connection:
        return [_entry(row) for row in connection.execute(query)]


def _entry(row: Any) -> Logged:
    next_at = row.next_at if row.state == "waiting" and row.failures else None
    return Logged(row.id, row.event, row.body, row.state, row.failures, row.last_error, row.made_at, next_at)


_HOOKS = select(
    Webhook.id,
    Webhook.person_id,
    Person.name.label("person"),
    Webhook.url,
    Webhook.events,
    Webhook.made_at,
    Webhook.ended_at,
).join(Person, Person.id == Webhook.person_id)


def _told(row: Any) -> Hook:
    return Hook(
        row.id, row.person_id, row.person, row.url, tuple(row.events.split()), row.made_at, row.ended_at
    )


# --- handing over ------------------------------------------------------------------------------------


def take(*, lease_s: float) -> Call | None:
    """Lease the notice that has waited longest, None when none is due.

    What is owed to a webhook that was ended, or to somebody whose account was, is given up on the way.
    """
    while taken := QUEUE.take(Notice.webhook_id, Notice.body, Notice.made_at, lease_s=lease_s):
        with writing() as connection:
            row = connection.execute(
                select(Webhook.url, Webhook.secret, Webhook.ended_at, Person.ended_at.label("left_at"))
                .join(Person, Person.id == Webhook.person_id)
                .where(Webhook.id == taken.row.webhook_id)
            ).one_or_none()
            if row is None or row.ended_at or row.left_at:
                QUEUE.settle(connection, Notice.id == taken.id, "failed", ENDED)
                continue
            secret = keys.of_desk(connection).open(row.secret, "webhook", taken.row.webhook_id)
        return Call(
            taken.id,
            taken.row.webhook_id,
            row.url,
            secret,
            taken.row.body.encode(),
            taken.row.made_at,
            taken,
        )
    return None


def sent(call: Call) -> None:
    """Note that a notice was accepted."""
    with writing() as connection:
        QUEUE.settle(connection, Notice.id == call.id, "sent")


def failed(call: Call, error: str, *, again: bool = True) -> bool:
    """Note why a notice was not accepted: it is tried again after a pause, or given up.

    Whatever else is owed to the same webhook waits a while, so that one that does not answer keeps no other
    webhook waiting. Returns whether the notice was given up.
    """
    with writing() as connection:
        now = clock(connection)
        due = and_(_owed_to(call.webhook_id), Notice.id != call.id, Notice.next_at <= now)
        connection.execute(update(Notice).where(due).values(next_at=now + OTHERS_WAIT))
    return QUEUE.failed(call.taken, error, again=again and now - call.made_at < TRIED_FOR)


def _owed_to(webhook_id: str) -> ColumnElement[bool]:
    return and_(Notice.webhook_id == webhook_id, Notice.state == "waiting")


# --- what is kept long enough --------------------------------------------------------------------------


def settled_before(moment: datetime) -> ColumnElement[bool]:
    """Return the condition that a notice was owed before a moment, and is owed no longer."""
    return and_(Notice.state != "waiting", Notice.made_at < moment)


def ended_before(moment: datetime) -> ColumnElement[bool]:
    """Return the condition that a webhook was ended before a moment."""
    return Webhook.ended_at < moment
