"""Linear: its export of issues as CSV, of a view or of a whole workspace."""

from __future__ import annotations

from datetime import date, timedelta

from assessment.records.people import People
from assessment.records.rows import Rows, System, columns_of
from assessment.records.source import Account, File, Limits, Options
from assessment.records.tables import headings_of, table_of

NAME = "linear"
TITLE = "Linear"
EXPORT = (
    "In Linear, open the view of the team's issues and choose Export issues as CSV from its menu, or ask an"
    " administrator for Settings, Import and export, Export CSV."
)

_SYSTEM = System(
    NAME,
    {
        "ref": ("ID",),
        "url": ("URL",),
        "state": ("Status",),
        "created": ("Created",),
        "started": ("Started",),
        "done": ("Completed",),
        "stopped": ("Canceled", "Cancelled"),
        "due": ("Due Date",),
        "touched": ("Updated",),
        "author": ("Creator",),
        "doer": ("Assignee",),
        "labels": ("Labels",),
        "parent": ("Parent issue", "Project", "Initiatives"),
    },
    split=frozenset(("labels",)),
)


def recognises(name: str, head: str) -> bool:
    """Is this an export of Linear?"""
    return headings_of(head) >= {"id", "title", "status", "created", "completed"} and bool(
        headings_of(head) & {"canceled", "cycle number", "triaged", "parent issue"}
    )


def open_source(file: File, options: Options, people: People, limits: Limits) -> Rows:
    """Return an export as a source."""
    table = table_of(file, limits)
    return _Issues(table, _SYSTEM, columns_of(table, _SYSTEM), options, people)


class _Issues(Rows):
    def due(self, row: list[str], line: int, account: Account) -> date | None:
        """Return the day on which an issue was due.

        Linear writes it as midnight of whoever exported, in UTC: 23:00 of the day before, for one in Paris.
        """
        found = self.when("due", row, line, account)
        return (found.at + timedelta(hours=0 if found.whole_day else 12)).date() if found else None
