"""GitLab: its export of issues as CSV, which it sends by mail. Merge requests are read as JSON (`gitlab`)."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from assessment.records.mentions import home_of, named
from assessment.records.people import People
from assessment.records.rows import Rows, System, columns_of
from assessment.records.source import File, Limits, Options, RecordsError
from assessment.records.tables import headings_of, table_of
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
        "ref": ("IID", "Issue ID"),
        "url": ("URL",),
        "state": ("State",),
        "created": ("Created At (UTC)", "Created At"),
        "done": ("Closed At (UTC)", "Closed At"),
        "due": ("Due Date",),
        "touched": ("Updated At (UTC)", "Updated At"),
        "author": ("Author Username", "Author"),
        "doer": ("Assignee Username", "Assignee(s) Username(s)", "Assignee"),
        "labels": ("Labels", "Type"),
        "parent": ("Parent IID", "Epic ID"),
    },
    split=frozenset(("labels",)),
    clock=0,
)

_IN_WORDS: frozenset[LinkKind] = frozenset(("reason",))


def recognises(name: str, head: str) -> bool:
    """Is this an export of issues or merge requests of GitLab?"""
    found = headings_of(head)
    return bool(found & {"issue id", "iid", "mr iid"}) and "url" in found and "author username" in found


def open_source(file: File, options: Options, people: People, limits: Limits) -> Rows:
    """Return an export as a source. Raises RecordsError for merge requests, of which it tells too little."""
    table = table_of(file, limits)
    if table.at("MR IID"):
        raise RecordsError(
            file.name,
            "is GitLab's table of merge requests, which does not tell when they were merged",
            "export them as JSON",
        )
    # An epic is called by another sign than an issue, and an issue may have either above it.
    system = replace(_SYSTEM, signs={"ref": "#", "parent": "#" if table.at("Parent IID") else "&"})
    return _Issues(table, system, columns_of(table, system), options, people)


class _Issues(Rows):
    @cached_property
    def _text(self) -> tuple[int, ...]:
        return self.table.at("Description")

    def person(self, name: str, row: list[str]) -> str | None:
        """Return the code of a person; of several to whom an issue was given, of the first."""
        code = super().person(name, row)
        first, comma, _ = self.text(name, row).partition(",")
        return self.people.code(first) if code and comma else code

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
