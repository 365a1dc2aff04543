"""What was prepared and sent in a demonstration: a delivery in every state, of one report."""

from __future__ import annotations

import uuid
from dataclasses import fields

from assessment import papers
from assessment.content.library import Library
from assessment.report import document
from assessment.report.cover import Cover
from assessment.report.pool import Pool
from assessment.settings import Settings
from assessment.store import shares
from assessment.store.sales import deliveries, letters, prepared
from assessment.store.sales.deliveries import Recipient, Sending
from assessment.store.sales.sessions import SignedIn
from assessment.store.secret import new_id, new_token

MESSAGE = (
    "You asked what became of the team that you told us about. This is what they found when they opened "
    "their own work.\n\nThe first page is enough to begin with. All of this is made up."
)
LEASE_S = 60


def fill(library: Library, settings: Settings, by: SignedIn, report_ids: tuple[str, str], mark: str) -> None:
    """Prepare two reports, have the paper of the first made, and send it to several."""
    board = f"The board ({mark})"
    words = [each.name for each in fields(Cover)][:4]  # what is typed stands first
    cover = dict(zip(words, (board, by.name, by.email, MESSAGE), strict=True))
    which: tuple[prepared.Pages, ...] = ("all", "glance")
    for report_id, pages in zip(report_ids, which, strict=True):
        prepared.make(new_id(), report_id=report_id, cover=cover, logo=None, pages=pages, person_id=by.id)
    pool = Pool(document.ASSETS)
    try:
        papers.Covers(papers.covered_paper(library, settings, pool)).make_one(LEASE_S)
    finally:
        pool.close()
    [ready] = prepared.of(report_ids[0])

    def sent(name: str, *, is_mailed: bool = True) -> tuple[str, str]:
        """Send it to one recipient; return the id of the delivery and the secret of the link."""
        to = Recipient(f"{name} ({mark})", f"{name.lower()}@board.example" if is_mailed else "")
        token = new_token()
        made = deliveries.send(Sending(ready.report_id, ready.id, to, days=30), token=token, by=by)
        assert isinstance(made, str)  # noqa: S101 there are few
        return made, token

    sent("Jo", is_mailed=False)
    _, token = sent("Robin")
    _arrived()
    shares.open_by(token, holder=new_token(), request=uuid.uuid4().hex)
    sent("Kim")
    _arrived()
    sent("Alex")
    letters.failed(_taken(), "550 no such mailbox", again=False)
    sent("Toni")
    letters.bounced(_arrived().id, "5.2.2 mailbox full")
    ended, _ = sent("Sam", is_mailed=False)
    deliveries.end(ended, by=by.id)
    sent("Chris")  # is waiting


def _taken() -> letters.Owed:
    owed = letters.take(lease_s=LEASE_S)
    assert owed  # noqa: S101 it was owed just now
    return owed


def _arrived() -> letters.Owed:
    owed = _taken()
    letters.sent(owed)
    return owed
