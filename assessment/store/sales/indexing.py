"""The words by which the desk finds a diagnosis again: how they are cut, and how they are kept.

A word is a run of letters and digits in small letters, whatever stands around it; a code that is read from
paper is found by its groups and as one word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, select

from assessment.store.database import insert
from assessment.store.sales.models import Invitation, Listing, ListingWord, Note

LONGEST = 40  # characters of a word that are kept, and looked for

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text, each once, in their order."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return list(dict.fromkeys(word[:LONGEST] for word in _WORD.findall(plain)))


def index(connection: Connection, report_id: str) -> None:
    """Write down, within a transaction, by which words a listing is found now."""
    listing = connection.execute(
        select(
            Listing.shared_at, Listing.code, Listing.organisation, Invitation.name, Invitation.organisation
        )
        .outerjoin(Invitation, Invitation.id == Listing.invitation_id)
        .where(Listing.report_id == report_id)
    ).one_or_none()
    if listing is None:
        return
    shared_at, code, *texts = listing
    notes = connection.execute(select(Note.text).where(Note.report_id == report_id)).scalars()
    texts = [code, code.replace("-", ""), *filter(None, texts), *notes]
    _keep(connection, report_id, {word for text in texts for word in words_of(text)}, shared_at)


def _keep(connection: Connection, report_id: str, words: Iterable[str], shared_at: object) -> None:
    kept = select(ListingWord.word).where(ListingWord.report_id == report_id)
    words, before = set(words), set(connection.execute(kept).scalars())
    if gone := before - words:
        # One by one, and not in one statement: a long note has more words than a statement has room for.
        connection.execute(
            delete(ListingWord).where(
                ListingWord.report_id == report_id, ListingWord.word == bindparam("gone")
            ),
            [{"gone": each} for each in sorted(gone)],
        )
    if new := words - before:
        rows = [{"report_id": report_id, "word": each, "shared_at": shared_at} for each in sorted(new)]
        connection.execute(insert(ListingWord, connection.dialect.name), rows)
