"""Invitations: a link for one prospect, and how far they have come with it.

What the desk sees of it are times: that the link was opened, and that a diagnosis was begun and finished by
it. Whatever is in that diagnosis is its leader's; what they made of the proposals, too (`invited`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select, update

from assessment.store import keys
from assessment.store.database import clock, insert, reading, writing
from assessment.store.keys import Key
from assessment.store.models import Assessment, AssessmentKey
from assessment.store.sales import audit, letters, models
from assessment.store.sales.models import Invited, Letter, Listing, Person
from assessment.store.secret import digest, new_id

MADE_A_DAY_AT_MOST = 200  # by one person
LETTERS_AT_MOST = 5  # to one prospect, by one invitation
LETTERS_EVERY = timedelta(hours=20)  # no two within less, unless the first did not arrive
SIZE = 50  # of a page

State = Literal["made", "sent", "opened", "started", "finished", "shared"]


class UnknownInvitation(LookupError):
    """There is no such invitation (any more)."""


class Ended(Exception):
    """The invitation was revoked, or its time is over."""


class TooMany(Exception):
    """As many were made or sent as may be within this time; no other was."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What an invitation proposes, and what its leader makes of it: each may be empty."""

    organisation: str = ""
    name: str = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link for one prospect. `called` is what the desk calls it, `person` the name of who invites.

    The times that follow from what was begun by it are the first of each. `letter` is what became of the
    newest mail about it: "waiting", "sent", "failed", "bounced", or "" where none was owed.
    """

    id: str
    person_id: str
    person: str
    person_email: str
    called: str
    proposed: Proposed
    token: str = field(repr=False)
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None  # when it was revoked, or ran out; None while it opens
    is_revoked: bool
    sent_at: datetime | None
    reminded_at: datetime | None
    opened_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    shared_at: datetime | None
    letter: str

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    @property
    def state(self) -> State:
        """Return how far it has come, whether or not it has ended."""
        reached: tuple[tuple[datetime | None, State], ...] = (
            (self.shared_at, "shared"),
            (self.finished_at, "finished"),
            (self.started_at, "started"),
            (self.opened_at, "opened"),
            (self.sent_at, "sent"),
        )
        return next((state for at, state in reached if at), "made")

    @property
    def reached_at(self) -> datetime:
        """Return when it came so far."""
        at: datetime = getattr(self, f"{self.state}_at")
        return at


# --- made at the desk -------------------------------------------------------------------------------


def make(
    person_id: str,
    *,
    token: str,
    called: str,
    proposed: Proposed,
    days: int,
    is_mailed: bool = False,
    by: str = "",
) -> Invitation:
    """Make an invitation, whose secret is `token`, 256 bits; giving the same one twice makes one.

    `is_mailed` owes the mail with it, to the address that is proposed. `by` is who does it as the audit
    calls them, where it is not the person. Raises TooMany, and LookupError where there is no such person.
    """
    made = new_id()
    with writing() as connection:
        # PostgreSQL: whoever makes another for the same person waits, so that both are counted.
        whose = select(Person.id).where(Person.id == person_id, Person.ended_at.is_(None)).with_for_update()
        if connection.execute(whose).one_or_none() is None:
            raise LookupError(person_id)
        known = models.Invitation.token_sha256 == digest(token)
        if before := _told(connection, _invitations().where(known)):
            return before[0]
        now = clock(connection)
        recent = select(func.count()).where(
            models.Invitation.person_id == person_id,
            models.Invitation.made_at.between(now - timedelta(days=1), now),
        )
        if connection.execute(recent).scalar_one() >= MADE_A_DAY_AT_MOST:
            raise TooMany
        prospect = {"name": proposed.name, "email": proposed.email, "token": token}
        connection.execute(
            insert(models.Invitation, connection.dialect.name).values(
                id=made,
                person_id=person_id,
                token_sha256=digest(token),
                name=called,
                organisation=proposed.organisation,
                language=proposed.language,
                prospect=keys.of_desk(connection).seal_values(prospect, *_place(made)),
                email_digest=keys.keyring().digest_of_address(proposed.email) if proposed.email else None,
                made_at=now,
                expires_at=now + timedelta(days=days),
            )
        )
        audit.append(connection, by or person_id, "invitation made", made)
        if is_mailed:
            _owe(connection, _read(connection, made), "invitation", by or person_id)
        return _read(connection, made)


def page(*, after: str = "", person_id: str = "", size: int = SIZE) -> list[Invitation]:
    """Return the newest invitations, or those that come after one; `person_id` those of one person alone."""
    made_at, its_id = models.Invitation.made_at, models.Invitation.id
    asked = _invitations().order_by(made_at.desc(), its_id.desc()).limit(size)
    if person_id:
        asked = asked.where(models.Invitation.person_id == person_id)
    with reading() as connection:
        if after:
            last = connection.execute(select(made_at).where(its_id == after)).scalar_one_or_none()
            if last is None:  # it was removed meanwhile: the list begins again
                return page(person_id=person_id, size=size)
            asked = asked.where(or_(made_at < last, and_(made_at == last, its_id < after)))
        return _told(connection, asked)


def find(invitation_id: str) -> Invitation | None:
    """Return an invitation; None where there is none."""
    with reading() as connection:
        found = _told(connection, _invitations().where(models.Invitation.id == invitation_id))
    return found[0] if found else None


def beside(invitation: Invitation) -> list[Invitation]:
    """Return the other invitations to the same address, the newest first, ten at most."""
    if not invitation.proposed.email:
        return []
    to_it = (
        models.Invitation.email_digest.in_(keys.keyring().digests_of_address(invitation.proposed.email)),
        models.Invitation.id != invitation.id,
    )
    asked = _invitations().where(*to_it).order_by(models.Invitation.made_at.desc()).limit(10)
    with reading() as connection:
        return _told(connection, asked)


def revoke(invitation_id: str, *, by: str) -> None:
    """End an invitation: its link opens nothing any more. What has ended stays as it ended.

    What was begun by it goes on. Raises UnknownInvitation.
    """
    with writing() as connection:
        if not _locked(connection, invitation_id).is_live:
            return
        _set(connection, invitation_id, revoked_at=clock(connection))
        audit.append(connection, by, "invitation revoked", invitation_id)


def mail(invitation_id: str, *, by: str) -> None:
    """Owe the mail with the link: the invitation until one was sent, then a reminder.

    Raises UnknownInvitation, Ended, TooMany, and ValueError where there is no address.
    """
    with writing() as connection:
        invitation = _locked(connection, invitation_id)
        if not invitation.is_live:
            raise Ended
        _owe(connection, invitation, "reminder" if invitation.sent_at else "invitation", by)


def may_be_mailed(invitation_id: str) -> bool:
    """Tell whether one more letter may go to the prospect now: one a day, and a few in all."""
    with reading() as connection:
        return _may_be_mailed(connection, invitation_id)


def passed_on(invitation_id: str, *, by: str) -> None:
    """Note that somebody gave the prospect the link by another way than our mail: sent, or reminded of it.

    Raises UnknownInvitation, Ended.
    """
    with writing() as connection:
        invitation, now = _locked(connection, invitation_id), clock(connection)
        if not invitation.is_live:
            raise Ended
        noted = {"reminded_at": now} if invitation.sent_at else {"sent_at": now}
        _set(connection, invitation_id, **noted)
        verb = "reminded by hand" if invitation.sent_at else "link passed on"
        audit.append(connection, by, verb, invitation_id)


def _owe(connection: Connection, invitation: Invitation, kind: letters.Kind, by: str) -> None:
    if not invitation.proposed.email:
        raise ValueError(invitation.id)
    if not _may_be_mailed(connection, invitation.id):
        raise TooMany
    values = {
        "to": invitation.proposed.email,
        "name": invitation.proposed.name,
        "sender": invitation.person,
        "answer_to": invitation.person_email,
        "organisation": invitation.proposed.organisation,
        "token": invitation.token,
        "until": invitation.expires_at.date().isoformat(),
    }
    letters.owe(connection, kind=kind, values=values, invitation_id=invitation.id)
    audit.append(connection, by, f"{kind} to be mailed", invitation.id)


def _may_be_mailed(connection: Connection, invitation_id: str) -> bool:
    owed = select(Letter.state, Letter.made_at).where(Letter.invitation_id == invitation_id)
    before, now = connection.execute(owed).all(), clock(connection)
    lately = [row for row in before if row.state in ("waiting", "sent") and row.made_at > now - LETTERS_EVERY]
    return not lately and len(before) < LETTERS_AT_MOST


# --- opened by whoever was given the link ------------------------------------------------------------


def peek(token: str) -> Invitation | None:
    """Return the invitation whose link has this secret, ended or not; None of none. Changes nothing."""
    with reading() as connection:
        found = _told(connection, _invitations().where(models.Invitation.token_sha256 == digest(token)))
    return found[0] if found else None


def open_by(token: str, *, is_counted: bool = True) -> Invitation | None:
    """Note that a person has opened a link, the first time; None for an unknown one.

    One that has ended is returned as it is. `is_counted` is False for people of the desk who try it out.
    """
    found = peek(token)
    if found is None or not found.is_live or found.opened_at or not is_counted:
        return found
    with writing() as connection:
        try:
            found = _locked(connection, found.id)
        except UnknownInvitation:
            return None
        if not found.is_live or found.opened_at:
            return found
        now = clock(connection)
        _set(connection, found.id, opened_at=now)
        audit.append(connection, audit.LEADER, "invitation opened", found.id)
    return replace(found, opened_at=now)


# --- which of them ---------------------------------------------------------------------------------


def is_live(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a link opens something."""
    return and_(models.Invitation.revoked_at.is_(None), models.Invitation.expires_at > now)


def unused_before(moment: datetime) -> ColumnElement[bool]:
    """Return the condition that an invitation had ended by then, and nothing that is kept was begun by it."""
    its_id = models.Invitation.id
    return and_(
        or_(models.Invitation.expires_at < moment, models.Invitation.revoked_at < moment),
        ~exists().where(Invited.invitation_id == its_id),
        ~exists().where(Listing.invitation_id == its_id),
    )


# --- how it is read ----------------------------------------------------------------------------------


def _place(invitation_id: str) -> tuple[str, str, int]:
    return ("prospect", invitation_id, 1)


def _first(of: Any) -> Any:
    """Ask for the first time that something happened to an assessment that was begun by an invitation."""
    return (
        select(func.min(of))
        .select_from(Invited)
        .join(Assessment, Assessment.id == Invited.assessment_id)
        .join(AssessmentKey, AssessmentKey.assessment_id == Assessment.id)  # or it is deleted, and going
        .where(Invited.invitation_id == models.Invitation.id)
        .scalar_subquery()
    )


_SHARED = select(func.min(Listing.shared_at)).where(Listing.invitation_id == models.Invitation.id)
_NEWEST = select(Letter.state).where(Letter.invitation_id == models.Invitation.id)


def _invitations() -> Any:
    kept = models.Invitation
    return select(
        kept.id,
        kept.person_id,
        Person.name.label("person"),
        Person.email.label("person_email"),
        kept.name,
        kept.organisation,
        kept.language,
        kept.prospect,
        kept.made_at,
        kept.expires_at,
        kept.revoked_at,
        kept.sent_at,
        kept.reminded_at,
        kept.opened_at,
        _first(Assessment.started_at).label("started_at"),
        _first(Assessment.finished_at).label("finished_at"),
        _SHARED.scalar_subquery().label("shared_at"),
        _NEWEST.order_by(Letter.made_at.desc(), Letter.id).limit(1).scalar_subquery().label("letter"),
    ).join(Person, Person.id == kept.person_id)


def _locked(connection: Connection, invitation_id: str) -> Invitation:
    """Return an invitation that nobody else changes until this transaction ends. Raises UnknownInvitation."""
    row = select(models.Invitation.id).where(models.Invitation.id == invitation_id).with_for_update()
    if connection.execute(row).one_or_none() is None:
        raise UnknownInvitation(invitation_id)
    return _read(connection, invitation_id)


def _read(connection: Connection, invitation_id: str) -> Invitation:
    [found] = _told(connection, _invitations().where(models.Invitation.id == invitation_id))
    return found


def _set(connection: Connection, invitation_id: str, **values: datetime) -> None:
    which = update(models.Invitation).where(models.Invitation.id == invitation_id)
    connection.execute(which.values(values))


def _told(connection: Connection, asked: Any) -> list[Invitation]:
    """Return the invitations that are asked for; however many, the key and the time are asked for once."""
    rows = connection.execute(asked).all()
    if not rows:
        return []
    key, now = keys.of_desk(connection), clock(connection)
    return [_opened(row, key, now) for row in rows]


def _opened(row: Row[Any], key: Key, now: datetime) -> Invitation:
    said = key.open_values(row.prospect, *_place(row.id))
    ends_at = min(filter(None, (row.revoked_at, row.expires_at)))
    return Invitation(
        id=row.id,
        person_id=row.person_id,
        person=row.person,
        person_email=row.person_email,
        called=row.name,
        proposed=Proposed(row.organisation, said["name"], said["email"], row.language),
        token=said["token"],
        made_at=row.made_at,
        expires_at=row.expires_at,
        ended_at=ends_at if row.revoked_at or row.expires_at <= now else None,
        is_revoked=row.revoked_at is not None,
        sent_at=row.sent_at,
        reminded_at=row.reminded_at,
        opened_at=row.opened_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        shared_at=row.shared_at,
        letter=row.letter or "",
    )
