"""Azure DevOps: the work items of a query or a backlog, exported as CSV."""

from __future__ import annotations

from assessment.records.people import People
from assessment.records.rows import Rows, System, columns_of
from assessment.records.source import File, Limits, Options
from assessment.records.tables import headings_of, table_of

NAME = "azure"
TITLE = "Azure DevOps"
EXPORT = (
    "In Boards, Queries, open a query of the team's work items, add the columns Created Date, Activated Date,"
    " Closed Date, Changed Date, Assigned To, Created By, Parent, Tags and Area Path, and choose Export to"
    " CSV."
)

_SYSTEM = System(
    NAME,
    {
        "ref": ("ID", "Work Item ID"),
        "state": ("State",),
        "resolution": ("Resolution", "Resolved Reason", "Reason"),
        "created": ("Created Date",),
        "started": ("Activated Date",),
        # Where a process ends with Resolved, nothing is closed after it.
        "done": ("Closed Date", "Resolved Date"),
        "moved": ("State Change Date",),
        "due": ("Due Date", "Target Date"),
        "touched": ("Changed Date",),
        "author": ("Created By",),
        "doer": ("Assigned To",),
        "labels": ("Tags", "Work Item Type"),
        "areas": ("Area Path",),
        "parent": ("Parent",),
    },
    split=frozenset(("labels",)),
    signs={"ref": "#", "parent": "#"},
)


def recognises(name: str, head: str) -> bool:
    """Is this an export of Azure DevOps?"""
    return headings_of(head) >= {"id", "work item type", "state"}


def open_source(file: File, options: Options, people: People, limits: Limits) -> Rows:
    """Return an export as a source."""
    table = table_of(file, limits)
    return Rows(table, _SYSTEM, columns_of(table, _SYSTEM), options, people)
