"""Who may see a report: decided here, for its page, its files and whatever else tells of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, url_for

from assessment.store import reports, shares
from assessment.store.reports import StoredReport
from assessment.store.sales import listings, tokens
from assessment.store.sales.listings import Listed
from assessment.store.shares import Shared
from assessment.web import bearer, capability, signed


class Ended(Exception):
    """This browser was given the report by a link that has ended since."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared.id)
        self.shared = shared


@dataclass(frozen=True, slots=True)
class Sight:
    """A report that this browser may see: as its leader's, by the link that it was shared by, or at the desk.

    The desk sees what is `listed`, and of the report nothing but its own page.
    """

    stored: StoredReport
    shared: Shared | None = None
    listed: Listed | None = None

    def address(self, part: str) -> str:
        """Return where a part of the report lies for who sees it so: "show", "pdf", "document", "table"."""
        if self.shared:
            return url_for(f"shared.{part}", share_id=self.shared.id)
        if self.listed:
            return url_for("sales.diagnosis", report_id=self.stored.id)
        return url_for(f"reports.{part}", report_id=self.stored.id)


def sight(*, report_id: str = "", share_id: str = "", listed_id: str = "") -> Sight:
    """Return the report if this browser may see it: by holding its assessment, by an open link, at the desk.

    `listed_id` names one that its leader lets the desk see, shown to who is signed in there and to programs
    of the desk. Everything else is 404, the same for foreign and unknown. Raises Ended where the link was
    opened in this browser and has ended.
    """
    if listed_id:
        return _at_the_desk(listed_id) or abort(404)
    by = capability.holder()
    shared = shares.opened(share_id, by=by) if by and share_id else None
    if shared and not shared.is_live:
        raise Ended(shared)
    stored = None
    if shared:
        try:
            stored = reports.load(shared.report_id)
        except LookupError:  # deleted in this moment
            abort(404)
    elif report_id:
        stored = own(report_id)
    return Sight(stored, shared) if stored else abort(404)


def own(report_id: str) -> StoredReport | None:
    """Return the report if this browser holds its assessment; None in every other case."""
    by = capability.holder()
    # Part of an address may name it. What cannot be printed is no name of ours, and PostgreSQL refuses a NUL.
    return reports.find(report_id, by=by) if by and report_id.isprintable() else None


def _at_the_desk(report_id: str) -> Sight | None:
    is_of_desk = signed.person() is not None or bearer.may(tokens.LISTINGS)
    if not is_of_desk or not report_id.isprintable():
        return None
    listed = listings.find(report_id)
    try:
        return Sight(reports.load(report_id), listed=listed) if listed else None
    except LookupError:  # deleted in this moment
        return None
