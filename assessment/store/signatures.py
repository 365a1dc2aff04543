"""What issued reports are known by: their signatures, the keys behind those, and the hash of every PDF.

A report is signed in the transaction that freezes it. The key that signs may change; what was signed before
stays signed, because each signature names its key and every public key that was ever used is kept.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy import Connection

from assessment.seal import Signer
from assessment.store.database import insert
from assessment.store.models import IssuedPdf, SigningKey


def init_app(app: Flask) -> None:
    """Give an application its signing key, which follows from SIGNING_KEY, or else from SECRET_KEY."""
    app.extensions["signer"] = Signer(app.config.get("SIGNING_KEY") or app.config["SECRET_KEY"])


def signer() -> Signer:
    """Return what this application signs with."""
    found: Signer = current_app.extensions["signer"]
    return found


def sign(connection: Connection, data: bytes, now: datetime) -> dict[str, bytes | str]:
    """Return the signature of a file as columns, and keep the public key that checks it."""
    mine = signer()
    connection.execute(
        insert(SigningKey, connection.dialect.name)
        .values(id=mine.id, public=mine.public, first_used_at=now)
        .on_conflict_do_nothing()
    )
    return {"signature": mine.sign(data), "signing_key": mine.id}


def note_pdf(
    connection: Connection,
    report_id: str,
    options: str,
    pdf: bytes,
    now: datetime,
    *,
    is_signed: bool = True,
) -> str:
    """Keep what a PDF is known by, for as long as its report is kept; return its hash.

    One with a cover is not signed: the signatures of a report say nothing about words of its sender.
    """
    sha256 = hashlib.sha256(pdf).hexdigest()
    signed = sign(connection, pdf, now) if is_signed else {}
    connection.execute(
        insert(IssuedPdf, connection.dialect.name)
        .values(report_id=report_id, sha256=sha256, options=options, made_at=now, **signed)
        .on_conflict_do_nothing()
    )
    return sha256
