"""GitLab: its export of issues as CSV, which it sends by mail. Merge requests are read as JSON (`gitlab`)."""

from __future__ import annotations

from collections.abc import Mapping

from assessment.records.mentions import home_of, named
from assessment.records.people import People
from assessment.records.rows import Rows, System, columns_of, said
from assessment.records.source import File, Limits, Options
from assessment.records.tables import Table, headings_of, table_of
from assessment.records.work import Link, LinkKind

NAME = "gitlab-csv"
TITLE = "GitLab"
EXPORT = (
    "In Plan, Issues of a project, choose Export as CSV from the menu of actions; GitLab sends the file by"
    " mail. Merge requests come as JSON."
)

_SYSTEM = System(
    NAME,
    {
        "ref": ("Issue ID", "IID"),
        "url": ("URL",),
        "state": ("State",),
        "created": ("Created At (UTC)", "Created At"),
        "done": ("Closed At (UTC)", "Closed At"),
        "due": ("Due Date",),
        "touched": ("Updated At (UTC)", "Updated At"),
        "author": ("Author Username", "Author"),
        "doer": ("Assignee Username", "Assignee"),
        "labels": ("Labels",),
        "parent": ("Epic ID", "Parent IID", "Parent ID"),
    },
    split=frozenset(("labels",)),
    signs={"ref": "#", "parent": "&"},
    clock=0,
)

_IN_WORDS: frozenset[LinkKind] = frozenset(("reason", "repairs"))


def recognises(name: str, head: str) -> bool:
    """Is this an export of issues of GitLab?"""
    found = headings_of(head)
    return bool(found & {"issue id", "iid"}) and "url" in found and "author username" in found


def open_source(file: File, options: Options, people: People, limits: Limits) -> Rows:
    """Return an export as a source."""
    table = table_of(file, limits)
    return _Issues(table, said(table, columns_of(table, _SYSTEM), options), options, people)


class _Issues(Rows):
    def __init__(
        self, table: Table, columns: Mapping[str, tuple[int, ...]], options: Options, people: People
    ) -> None:
        super().__init__(table, _SYSTEM, columns, options, people)
        self._text = table.at("Description")

    def links(self, row: list[str]) -> tuple[Link, ...] | None:
        """Return what an issue names in its description, and its epic."""
        found = super().links(row)
        text = next((row[at] for at in self._text if row[at]), "")
        if not text:
            return () if self._text and found is None else found
        return tuple(dict.fromkeys((*named(text, home_of(self.url(row)), "#!"), *(found or ()))))

    def link_kinds(self) -> frozenset[LinkKind]:
        """Return of which kinds of links the table tells."""
        return super().link_kinds() | (_IN_WORDS if self._text else frozenset())
