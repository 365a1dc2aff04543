"""The tables. Times end in `_at` and are aware UTC; secrets are kept as their SHA-256 alone.

What is `bytes` is sealed with the key of its assessment (`keys`): what was typed, and what was made of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessment.store.database import Base

Id = String(22)  # 128 random bits, URL-safe
Sha256 = String(64)  # in hex
KeyId = String(16)


def of_assessment(**options: Any) -> Mapped[str]:
    """Return the column of what belongs to an assessment and goes with it."""
    return mapped_column(Id, ForeignKey("assessment.id", ondelete="CASCADE"), **options)


def of_report(**options: Any) -> Mapped[str]:
    """Return the column of what belongs to a report and goes with it."""
    return mapped_column(Id, ForeignKey("report.id", ondelete="CASCADE"), **options)


class Assessment(Base):
    """One run of one instrument, pinned to the version it was started with.

    `facts` are what figures are made of; what the team is called is no part of them and sealed in `label`.
    """

    __tablename__ = "assessment"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instrument_key: Mapped[str] = mapped_column(String(80))
    instrument_sha256: Mapped[str] = mapped_column(Sha256)
    facts: Mapped[dict[str, Any]]
    label: Mapped[bytes | None] = mapped_column(LargeBinary)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class AssessmentKey(Base):
    """What an assessment is sealed with, itself wrapped: with which master key, and the result.

    An assessment without this row was deleted: it can be read by nobody, and its other rows are going.
    """

    __tablename__ = "assessment_key"

    assessment_id: Mapped[str] = of_assessment(primary_key=True)
    master: Mapped[str] = mapped_column(String(16))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class DeskKey(Base):
    """What the desk seals with where there is no assessment, wrapped with a master key: one row."""

    __tablename__ = "desk_key"

    name: Mapped[str] = mapped_column(Id, primary_key=True)
    master: Mapped[str] = mapped_column(String(16))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class Following(Base):
    """An assessment that was begun as another look at a team, and after which; None once that is deleted."""

    __tablename__ = "following"

    assessment_id: Mapped[str] = of_assessment(primary_key=True)
    earlier_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("assessment.id", ondelete="SET NULL"), index=True
    )


class Holding(Base):
    """A browser, known by the hash of its cookie, may open an assessment."""

    __tablename__ = "holding"

    holder_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    assessment_id: Mapped[str] = of_assessment(primary_key=True, index=True)
    held_at: Mapped[datetime]


class ResumeToken(Base):
    """A link that gives an assessment to another browser, until it is revoked."""

    __tablename__ = "resume_token"

    token_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    assessment_id: Mapped[str] = of_assessment(index=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Answer(Base):
    """What was entered on one page of the journey, as it was entered."""

    __tablename__ = "answer"

    assessment_id: Mapped[str] = of_assessment(primary_key=True)
    part: Mapped[str] = mapped_column(String(16), primary_key=True)
    page: Mapped[str] = mapped_column(String(16), primary_key=True)
    values: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int]
    saved_at: Mapped[datetime]

    __table_args__ = ({"sqlite_with_rowid": False},)


class Receipt(Base):
    """A request that was carried out, so that sending it again changes nothing.

    The assessment is part of the key: nobody can occupy a request id of somebody else's assessment, and
    an id that was met elsewhere tells nothing about the assessment that it was met in. What was said is
    known by a hash under the assessment's key: nobody else can try out what it may have been.
    """

    __tablename__ = "receipt"

    assessment_id: Mapped[str] = of_assessment(primary_key=True)
    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    content_digest: Mapped[str] = mapped_column(Sha256)
    location: Mapped[str] = mapped_column(String(255))
    version: Mapped[int]
    made_at: Mapped[datetime]

    __table_args__ = ({"sqlite_with_rowid": False},)


class Report(Base):
    """A diagnosis, frozen: the canonical bytes, sealed, their hash, and the code printed on paper.

    `signature` is that of the bytes, by the key of this id; a report of before signatures has none until the
    back room has signed it.
    """

    __tablename__ = "report"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    assessment_id: Mapped[str] = of_assessment(unique=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    diagnosis: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    created_at: Mapped[datetime]
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    signing_key: Mapped[str | None] = mapped_column(KeyId)


class Withdrawn(Base):
    """What is left of a report that was deleted: who has it on paper can be told that it was taken back."""

    __tablename__ = "report_withdrawn"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime]


class ReportFile(Base):
    """The paper of a report. Made again from the diagnosis, it has the same bytes."""

    __tablename__ = "report_file"

    report_id: Mapped[str] = of_report(primary_key=True)
    options: Mapped[str] = mapped_column(String(64), primary_key=True)  # "" is the report as such
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(Sha256)
    made_at: Mapped[datetime]


class IssuedPdf(Base):
    """A PDF of a report that was made, known by its hash: that stays when the PDF itself is removed."""

    __tablename__ = "issued_pdf"

    report_id: Mapped[str] = of_report(primary_key=True)
    sha256: Mapped[str] = mapped_column(Sha256, primary_key=True, index=True)
    options: Mapped[str] = mapped_column(String(64))
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    signing_key: Mapped[str | None] = mapped_column(KeyId)
    made_at: Mapped[datetime]


class SigningKey(Base):
    """A public key that signed something: it stays, so that what was signed can be checked for ever."""

    __tablename__ = "signing_key"

    id: Mapped[str] = mapped_column(KeyId, primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    first_used_at: Mapped[datetime]


class Share(Base):
    """A link by which a report is read until it ends; its name and what it shows are sealed in `said`."""

    __tablename__ = "share"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = of_report(index=True)
    token_sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    said: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    openings: Mapped[int]
    first_opened_at: Mapped[datetime | None]
    last_opened_at: Mapped[datetime | None]


class ShareHolding(Base):
    """A browser, known by the hash of its cookie, has opened a link; `request` names the last click."""

    __tablename__ = "share_holding"

    holder_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    share_id: Mapped[str] = mapped_column(
        Id, ForeignKey("share.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    request: Mapped[str] = mapped_column(String(32))
    opened_at: Mapped[datetime]


class Owed:
    """The columns of what is owed, leased to whoever does it, and tried again (`leasing.Queue`).

    `attempts` counts how often a row was taken, `failures` how often it was reported to have failed; who was
    killed took it and reported nothing.
    """

    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int]
    failures: Mapped[int]
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    made_at: Mapped[datetime]


class Mail(Owed, Base):
    """A mail that is owed or was, to whom and with what sealed in `letter` until it is settled, then gone."""

    __tablename__ = "mail"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    assessment_id: Mapped[str] = of_assessment(index=True)
    letter: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_error: Mapped[str] = mapped_column(String(200))

    __table_args__ = (Index(None, "state", "next_at"),)


class AddressCount(Base):
    """A mail was asked for to an address, which is known for a day by a keyed hash, to be counted."""

    __tablename__ = "address_count"

    mail_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    address_digest: Mapped[str] = mapped_column(Sha256, index=True)
    made_at: Mapped[datetime]


def waiting(now: datetime) -> dict[str, Any]:
    """Return what a row says that is owed and was not taken yet: a mail's, or the outbox's."""
    return {
        "state": "waiting",
        "attempts": 0,
        "failures": 0,
        "next_at": now,
        "last_error": "",
        "made_at": now,
    }


class Outbox(Owed, Base):
    """Work that a finished transaction owes: what, for which report, and how far it has come."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    report_id: Mapped[str] = of_report(index=True)
    last_error: Mapped[str] = mapped_column(String(500))

    __table_args__ = (UniqueConstraint("kind", "report_id"), Index(None, "state", "next_at"))
