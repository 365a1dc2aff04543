"""What whoever holds a report may be told: that it was issued, whether it stands, and its hash.

Nothing here opens what a team has written: it is told from codes, hashes, dates and public keys.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import exists, select, update

from assessment.seal import Signature
from assessment.store import keys, signatures
from assessment.store.database import clock, reading, writing
from assessment.store.finishing import DIAGNOSIS
from assessment.store.keys import Unreadable
from assessment.store.models import Assessment, AssessmentKey, IssuedPdf, Report, SigningKey, Withdrawn
from assessment.store.reports import SUPERSEDED_AT
from assessment.store.secret import DRAWN, INITIALS_AT_MOST, LETTERS

AT_ONCE = 50  # reports of before that are signed in one transaction

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Issued:
    """A report that was issued. Of a withdrawn one only code, hash and dates are left."""

    code: str
    sha256: str
    created_at: datetime
    is_withdrawn: bool = False
    withdrawn_at: datetime | None = None  # None also while what is left of it is being removed
    superseded_at: datetime | None = None
    instrument_key: str = ""
    signature: Signature | None = None
    public: bytes | None = None  # the key that checks the signature


@dataclass(frozen=True, slots=True)
class Known:
    """A file that was issued: the code of its report, and what the file is of it.

    "layout": a PDF that was set with options. "cover": one with a cover in front; "cover-first": the first
    page behind a cover. "figures": the result, written another way.
    """

    code: str
    what: Literal["result", "pdf", "layout", "cover", "cover-first", "figures"]


def as_code(typed: str) -> str:
    """Return a code as it is printed, however it was typed; "" for what can be none.

    >>> as_code(" ei7f3k 92qd ")
    'EI-7F3K-92QD'
    """
    plain = "".join(letter for letter in typed[:64].upper() if letter.isascii() and letter.isalnum())
    initials, drawn = plain[:-DRAWN], plain[-DRAWN:]
    if not initials.isalpha() or len(initials) > INITIALS_AT_MOST or not set(drawn) <= set(LETTERS):
        return ""
    return f"{initials}-{drawn[:4]}-{drawn[4:]}"


def find(code: str) -> Issued | None:
    """Return what is known of the report with this code; None where there never was one."""
    with reading() as connection:
        row = connection.execute(_ISSUED.where(Report.code == code)).one_or_none()
        if row is not None:
            return _as_issued(row)
        gone = connection.execute(select(Withdrawn).where(Withdrawn.code == code)).one_or_none()
    if gone is None:
        return None
    return Issued(gone.code, gone.sha256, gone.created_at, is_withdrawn=True, withdrawn_at=gone.withdrawn_at)


_ISSUED = (
    select(
        Report.code,
        Report.sha256,
        Report.created_at,
        Report.signature,
        Report.signing_key,
        SigningKey.public,
        Assessment.instrument_key,
        SUPERSEDED_AT.label("superseded_at"),
        exists().where(AssessmentKey.assessment_id == Report.assessment_id).label("is_kept"),
    )
    .join(Assessment, Assessment.id == Report.assessment_id)
    .outerjoin(SigningKey, SigningKey.id == Report.signing_key)
)


def _as_issued(row: Any) -> Issued:
    if not row.is_kept:  # deleted, and its other rows are about to go
        return Issued(row.code, row.sha256, row.created_at, is_withdrawn=True)
    return Issued(
        row.code,
        row.sha256,
        row.created_at,
        superseded_at=row.superseded_at,
        instrument_key=row.instrument_key,
        signature=_signature("result", row),
        public=row.public,
    )


def _signature(of: Literal["result", "pdf"], row: Any) -> Signature | None:
    return Signature(of, row.sha256, row.signing_key, row.signature) if row.signature else None


def known(file_sha256: str, figures_sha256: str = "", *, code: str = "") -> Known | None:
    """Return what a file is, by its hash; None where no such file was issued, or its PDF was withdrawn.

    `figures_sha256` is the hash of its canonical form, where it has one. The same answers have the same
    result: where several reports do, the one with this code comes first.
    """
    pdf = (
        select(Report.code, IssuedPdf.options)
        .join(IssuedPdf, IssuedPdf.report_id == Report.id)
        .where(IssuedPdf.sha256 == file_sha256)
        .where(exists().where(AssessmentKey.assessment_id == Report.assessment_id))
    )
    with reading() as connection:
        found = connection.execute(pdf).all()
        for row in _nearest(found, code):
            return Known(row.code, _OF_OPTIONS.get(row.options, "layout"))
        for sha256, what in ((file_sha256, "result"), (figures_sha256, "figures")):
            results = [
                connection.execute(select(table.code).where(table.sha256 == sha256)).all()
                for table in (Report, Withdrawn)
            ]
            for row in _nearest([*results[0], *results[1]], code):
                return Known(row.code, "result" if what == "result" else "figures")
    return None


_OF_OPTIONS: dict[str, Literal["pdf", "cover", "cover-first"]] = {
    "": "pdf",
    "cover": "cover",
    "cover-first": "cover-first",
}


def _nearest(rows: Sequence[Any], code: str) -> list[Any]:
    return sorted(rows, key=lambda row: row.code != code)[:1]


def signatures_of(code: str) -> list[Signature]:
    """Return every signature of a report: that of its result, then those of its PDFs, the oldest first.

    There is none of a report that was withdrawn.
    """
    kept = exists().where(AssessmentKey.assessment_id == Report.assessment_id)
    result = select(Report.sha256, Report.signature, Report.signing_key).where(Report.code == code, kept)
    pdfs = (
        select(IssuedPdf.sha256, IssuedPdf.signature, IssuedPdf.signing_key)
        .join(Report, Report.id == IssuedPdf.report_id)
        .where(Report.code == code, kept)
        .order_by(IssuedPdf.made_at, IssuedPdf.sha256)
    )
    with reading() as connection:
        found = [_signature("result", row) for row in connection.execute(result)]
        found += [_signature("pdf", row) for row in connection.execute(pdfs)]
    return [each for each in found if each]


def public_key(key_id: str) -> bytes | None:
    """Return a public key that this site signs with, or has signed with; None for any other."""
    mine = signatures.signer()
    if key_id == mine.id:
        return mine.public
    with reading() as connection:
        return connection.execute(
            select(SigningKey.public).where(SigningKey.id == key_id)
        ).scalar_one_or_none()


def sign_older() -> int:
    """Sign every report that was frozen before reports were signed; return how many it were.

    What no key of this site opens, or what is not what was frozen, stays unsigned.
    """
    done, after = 0, ""
    unsigned = (
        select(Report.id, Report.assessment_id, Report.sha256, Report.diagnosis)
        .where(Report.signature.is_(None))
        .order_by(Report.id)
        .limit(AT_ONCE)
    )
    while True:
        with reading() as connection:
            if connection.execute(unsigned.where(Report.id > after)).first() is None:
                return done
        with writing() as connection:
            rows = connection.execute(unsigned.where(Report.id > after)).all()
            for row in rows:
                if diagnosis := _opened(connection, row):
                    signed = signatures.sign(connection, diagnosis, clock(connection))
                    connection.execute(update(Report).where(Report.id == row.id).values(**signed))
                    done += 1
        after = rows[-1].id if rows else after


def _opened(connection: Any, row: Any) -> bytes | None:
    try:
        key = keys.read(connection, row.assessment_id)
        diagnosis = key.open(row.diagnosis, *DIAGNOSIS) if key else None
    except Unreadable as error:
        log.error("%s, so its report is not signed", error)
        return None
    if diagnosis and hashlib.sha256(diagnosis).hexdigest() != row.sha256:
        log.error("report %s is not what was frozen, so it is not signed", row.id)
        return None
    return diagnosis
