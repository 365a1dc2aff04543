"""The tables of the sales desk. Times end in `_at` and are aware UTC; of secrets the SHA-256 is kept.

What is `bytes` is sealed: with the key of its assessment where there is one, else with the key of the desk
(`keys.of_desk`). What the desk itself has written, to find a diagnosis again, is plain.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from assessment.store.database import Base
from assessment.store.models import Id, Owed, Sha256, of_assessment, of_report

SHORT = 120  # characters of a name that the desk gives


def _of_person(**options: Any) -> Mapped[str]:
    return mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), **options)


def _of_listing(**options: Any) -> Mapped[str]:
    return mapped_column(Id, ForeignKey("listing.report_id", ondelete="CASCADE"), **options)


# --- people ----------------------------------------------------------------------------------------


class Person(Base):
    """Somebody who signs in. `password` is an Argon2id hash, "" for who only comes by single sign-on."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # in small letters
    name: Mapped[str] = mapped_column(String(SHORT))
    role: Mapped[str] = mapped_column(String(8))  # sales or admin
    password: Mapped[str] = mapped_column(String(200))
    totp: Mapped[bytes | None] = mapped_column(LargeBinary)  # the secret of the second factor
    totp_step: Mapped[int]  # the last one that was used: no code opens twice
    subject: Mapped[str | None] = mapped_column(
        String(255), unique=True
    )  # issuer and subject of single sign-on
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Session(Base):
    """A browser in which somebody is signed in, known by the hash of its cookie, until the row is gone."""

    __tablename__ = "session"

    token_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    person_id: Mapped[str] = _of_person(index=True)
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class KnownDevice(Base):
    """A browser in which somebody has signed in before: guesses of strangers do not keep them out of it."""

    __tablename__ = "known_device"

    token_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    person_id: Mapped[str] = _of_person(index=True)
    made_at: Mapped[datetime]


class Guess(Base):
    """A try to sign in that was checked, counted for a day: for the account, and for where it came from.

    Both are keyed hashes. A known device has an account of its own, so that it is counted apart.
    """

    __tablename__ = "guess"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_digest: Mapped[str] = mapped_column(Sha256)
    source_digest: Mapped[str] = mapped_column(Sha256)
    made_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index(None, "account_digest", "made_at"), Index(None, "source_digest", "made_at"))


class Audit(Base):
    """What was done: by whom, what, to what, without contents. Each row holds the hash of the one before."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, 3 ...
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(32))  # id of a person, or: leader, command, site
    verb: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(64))  # id of what it was done to
    before_sha256: Mapped[str] = mapped_column(Sha256)
    sha256: Mapped[str] = mapped_column(Sha256)


# --- invitations -----------------------------------------------------------------------------------


class Invitation(Base):
    """A link for one prospect. What becomes of it follows from these times and from what was begun by it.

    `prospect` seals who is asked: name and e-mail. The secret is sealed, too, for reminders.
    """

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = _of_person(index=True)
    token_sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    name: Mapped[str] = mapped_column(String(SHORT))  # what the desk calls it
    organisation: Mapped[str] = mapped_column(String(SHORT))
    language: Mapped[str] = mapped_column(String(40))  # in which the team works
    prospect: Mapped[bytes] = mapped_column(LargeBinary)
    email_digest: Mapped[str | None] = mapped_column(Sha256, index=True)  # of the e-mail
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]  # accepted by a mail server, or copied
    reminded_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # by a person's click

    __table_args__ = (Index(None, "made_at", "id"),)


class Invited(Base):
    """An assessment that was begun by an invitation; `said` is what the leader made of its proposals."""

    __tablename__ = "invited"

    assessment_id: Mapped[str] = of_assessment(primary_key=True)
    invitation_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("invitation.id", ondelete="SET NULL"), index=True
    )
    said: Mapped[bytes] = mapped_column(LargeBinary)


# --- what leaders let the desk see -----------------------------------------------------------------


class Consent(Base):
    """A leader let the desk see a result: the very words, and when; kept when it was taken back, too.

    `leader` seals what the leader said of themselves for the desk: name and e-mail, both optional.
    """

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = of_report(index=True)
    version: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(Text)
    leader: Mapped[bytes | None] = mapped_column(LargeBinary)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Listing(Base):
    """A diagnosis that the desk may see, as it is listed. Without this row it sees nothing of it."""

    __tablename__ = "listing"

    report_id: Mapped[str] = of_report(primary_key=True)
    consent_id: Mapped[str] = mapped_column(Id, ForeignKey("consent.id", ondelete="CASCADE"), unique=True)
    invitation_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("invitation.id", ondelete="SET NULL"), index=True
    )
    code: Mapped[str] = mapped_column(String(16))
    organisation: Mapped[str] = mapped_column(String(SHORT))
    email_digest: Mapped[str | None] = mapped_column(Sha256, index=True)
    form: Mapped[str] = mapped_column(String(40))
    band: Mapped[str] = mapped_column(String(16))  # awarded; "" where none is
    route: Mapped[str] = mapped_column(String(64))  # the destination of the first step
    finished_at: Mapped[datetime]
    shared_at: Mapped[datetime]
    owner_id: Mapped[str | None] = mapped_column(Id, ForeignKey("person.id", ondelete="SET NULL"))
    next_on: Mapped[date | None] = mapped_column(Date)

    # The list is in the order of `shared_at`, whatever it is narrowed to.
    __table_args__ = (
        Index(None, "shared_at", "report_id"),
        Index(None, "band", "shared_at", "report_id"),
        Index(None, "route", "shared_at", "report_id"),
        Index(None, "form", "shared_at", "report_id"),
        Index(None, "owner_id", "shared_at", "report_id"),
        Index(None, "next_on", "report_id"),
    )


class ListingPattern(Base):
    """A pattern that is present in a listed diagnosis."""

    __tablename__ = "listing_pattern"

    report_id: Mapped[str] = _of_listing(primary_key=True)
    pattern: Mapped[str] = mapped_column(String(64), primary_key=True)
    shared_at: Mapped[datetime]

    __table_args__ = (Index(None, "pattern", "shared_at", "report_id"),)


class ListingWord(Base):
    """A word by which a listed diagnosis is found: of its invitation, organisation, code, or a note."""

    __tablename__ = "listing_word"

    report_id: Mapped[str] = _of_listing(primary_key=True)
    # By code point, so that the words that begin alike stand together in the index.
    word: Mapped[str] = mapped_column(
        String(40).with_variant(String(40, collation="C"), "postgresql"), primary_key=True
    )
    shared_at: Mapped[datetime]

    __table_args__ = (Index(None, "word", "shared_at", "report_id"),)


class Note(Base):
    """What somebody at the desk wrote about a listed diagnosis, for the desk."""

    __tablename__ = "note"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = _of_listing(index=True)
    person_id: Mapped[str | None] = mapped_column(Id, ForeignKey("person.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


# --- prepared and sent -----------------------------------------------------------------------------


class Prepared(Owed, Base):
    """A report with a cover, to be sent. Cover, logo and paper are sealed with the key of the assessment.

    Set by the back room. The words of a cover that was sent never change: another cover is another row.
    """

    __tablename__ = "prepared"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = _of_listing(index=True)
    person_id: Mapped[str | None] = mapped_column(Id, ForeignKey("person.id", ondelete="SET NULL"))
    cover: Mapped[bytes] = mapped_column(LargeBinary)  # prepared for, prepared by, contact, message
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)  # PNG
    pages: Mapped[str] = mapped_column(String(16))  # which of the report go: all or glance
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[str | None] = mapped_column(Sha256)  # of the PDF
    last_error: Mapped[str] = mapped_column(String(500))

    __table_args__ = (Index(None, "state", "next_at"),)


class Delivery(Base):
    """One sending of a report to one recipient: by a letter of ours, or by a link that was copied.

    What became of the letter says its row of `letter`; that it was opened, the row of `share`.
    """

    __tablename__ = "delivery"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = _of_listing(index=True)
    prepared_id: Mapped[str | None] = mapped_column(Id, ForeignKey("prepared.id", ondelete="SET NULL"))
    share_id: Mapped[str | None] = mapped_column(Id, ForeignKey("share.id", ondelete="SET NULL"), index=True)
    person_id: Mapped[str | None] = mapped_column(Id, ForeignKey("person.id", ondelete="SET NULL"))
    recipient: Mapped[bytes] = mapped_column(LargeBinary)  # name and address, with the key of the assessment
    is_attached: Mapped[bool] = mapped_column(Boolean)
    made_at: Mapped[datetime]

    __table_args__ = (Index(None, "made_at", "id"),)


class Letter(Owed, Base):
    """A mail of the desk, as it is owed: `sealed` is to whom and with what, blanked when it is settled.

    `id` is what the Message-ID begins with, by which a bounce is recognised. `state` is waiting, sent, failed
    or bounced.
    """

    __tablename__ = "letter"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))  # invitation, reminder or delivery
    invitation_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("invitation.id", ondelete="CASCADE"), index=True
    )
    delivery_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("delivery.id", ondelete="CASCADE"), index=True
    )
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_error: Mapped[str] = mapped_column(String(200))

    __table_args__ = (Index(None, "state", "next_at"),)


# --- other programs --------------------------------------------------------------------------------


class ApiToken(Base):
    """A secret by which a program reads or writes for the desk, within its scopes, until it ends."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    person_id: Mapped[str] = _of_person(index=True)
    name: Mapped[str] = mapped_column(String(SHORT))
    scopes: Mapped[str] = mapped_column(String(200))  # separated by spaces
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class Webhook(Base):
    """An address of another program that is told what happens; `secret` signs what it is told."""

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = _of_person(index=True)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[str] = mapped_column(String(200))  # separated by spaces
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Notice(Owed, Base):
    """One event, as it is owed to one webhook, and the log of what became of it."""

    __tablename__ = "notice"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(Id, ForeignKey("webhook.id", ondelete="CASCADE"), index=True)
    event: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)  # JSON: ids and times, no contents
    last_error: Mapped[str] = mapped_column(String(200))

    __table_args__ = (Index(None, "state", "next_at"),)
