"""Many diagnoses that the desk may see, for tests and measurements of its list: rows alone, put in at once.

Nothing was ever answered behind them and there is nothing to open: what a list shows is all that they are.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert

from assessment.core.instrument import Instrument
from assessment.store import keys
from assessment.store.database import writing
from assessment.store.keys import Key, keyring
from assessment.store.models import Assessment, Report
from assessment.store.sales import indexing
from assessment.store.sales.models import Consent, Invitation, Listing, ListingPattern, ListingWord, Note
from assessment.store.secret import DRAWN, LETTERS

AT_ONCE = 1000
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
TRADES = (
    "Bakery Bank Brewery Clinic Dairy Ferry Foundry Garage Library Mill Nursery Orchard Port Quarry".split()
)
PLACES = (
    "Aldbury Burton Carham Dunmore Easton Fenwick Gorley Hexham Ilkley Jarrow Kelso Ludlow Morpeth".split()
)
REMARKS = (
    "Called, asks for prices of the full form.",
    "Wants to see the board in spring; send the report again then.",
    "No budget this year.",
    "Met at the conference, very interested in pods.",
)

Rows = dict[Any, list[dict[str, Any]]]


def list_many(
    app: Flask, count: int, *, person_id: str, instrument: Instrument, seed: int = 7, rare: int = 3
) -> None:
    """Put in so many listings of the last months, as a desk would have them; `rare` of them are of one kind.

    Those are the oldest: of the organisation "Zymurgy Works", in an invitation of their own, with the address
    rare@example.org and the next date 2026-01-02.
    """
    drawn = random.Random(seed)  # noqa: S311 nothing is kept secret by it
    with app.app_context(), writing() as connection:
        key, some = keys.of_desk(connection), range(count // 20 + 2)
        connection.execute(insert(Invitation), [_invitation(each, person_id, key) for each in some])
        for first in range(0, count, AT_ONCE):
            rows: Rows = {}
            for number in range(first, min(first + AT_ONCE, count)):
                for table, row in _rows(number, count, drawn, person_id, instrument, number < rare):
                    rows.setdefault(table, []).append(row)
            for table, those in rows.items():
                connection.execute(insert(table), those)


def _id(kind: str, number: int) -> str:
    return f"{kind}{number:0>{22 - len(kind)}}"


def _invitation(number: int, person_id: str, key: Key) -> dict[str, Any]:
    invitation_id = _id("i", number)
    said = {"name": "", "email": "", "token": f"{number:043}"}
    return {
        "id": invitation_id,
        "person_id": person_id,
        "token_sha256": f"{number:064}",
        "name": _called(number),
        "organisation": "",
        "language": "",
        "prospect": key.seal_values(said, "prospect", invitation_id, 1),
        "made_at": FIRST,
        "expires_at": FIRST + timedelta(days=30),
    }


def _called(invitation: int) -> str:
    return f"Spring {invitation}" if invitation else "Zymurgy in spring"


def _rows(
    number: int, count: int, drawn: random.Random, person_id: str, instrument: Instrument, is_rare: bool
) -> Iterator[tuple[Any, dict[str, Any]]]:
    at = FIRST + timedelta(days=300) * number / count
    report_id, code = _id("r", number), "EI-" + "".join(drawn.choices(LETTERS, k=DRAWN))
    code = f"{code[:-4]}-{code[-4:]}"
    organisation = "Zymurgy Works" if is_rare else f"{drawn.choice(PLACES)} {drawn.choice(TRADES)} {number}"
    text = drawn.choice(REMARKS)
    invitation = 0 if is_rare else drawn.choice([None, 1 + number // 20])
    form = drawn.choices(instrument.forms, weights=range(1, len(instrument.forms) + 1))[0]
    yield (
        Assessment,
        {
            "id": _id("a", number),
            "instrument_key": instrument.key,
            "instrument_sha256": instrument.sha256,
            "facts": {},
            "started_at": at,
            "finished_at": at,
        },
    )
    yield (
        Report,
        {
            "id": report_id,
            "assessment_id": _id("a", number),
            "code": code,
            "diagnosis": b"",
            "sha256": f"{number:064}",
            "created_at": at,
        },
    )
    yield (
        Consent,
        {"id": _id("c", number), "report_id": report_id, "version": "1", "words": "", "given_at": at},
    )
    yield (
        Listing,
        {
            "report_id": report_id,
            "consent_id": _id("c", number),
            "invitation_id": None if invitation is None else _id("i", invitation),
            "code": code,
            "organisation": organisation,
            "email_digest": keyring().digest_of_address(
                "rare@example.org" if is_rare else f"{number}@example.org"
            ),
            "form": form.id,
            "band": drawn.choice(["", *(each.id for each in instrument.constants.bands)]),
            "route": drawn.choice(instrument.destinations).id,
            "finished_at": at,
            "shared_at": at,
            "owner_id": drawn.choice([None, person_id]),
            "next_on": date(2026, 1, 2) if is_rare else drawn.choice([None, date(2027, 1, 1)]),
        },
    )
    for pattern in drawn.sample(instrument.patterns, k=2):
        yield ListingPattern, {"report_id": report_id, "pattern": pattern.id, "shared_at": at}
    yield (
        Note,
        {"id": _id("n", number), "report_id": report_id, "person_id": person_id, "text": text, "made_at": at},
    )
    texts = (code, code.replace("-", ""), organisation, text)
    invited = "" if invitation is None else _called(invitation)
    for word in sorted({word for each in (*texts, invited) for word in indexing.words_of(each)}):
        yield ListingWord, {"report_id": report_id, "word": word, "shared_at": at}
