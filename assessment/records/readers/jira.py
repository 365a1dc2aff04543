"""Jira: the issues of a search, exported as CSV with all fields or with those that are shown.

A column that holds several values stands there several times: "Sprint", "Sprint", "Comment", "Comment".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from assessment.records.people import People
from assessment.records.rows import Rows, System, columns_of
from assessment.records.source import File, Limits, Options
from assessment.records.tables import Table, headings_of, plain, table_of
from assessment.records.work import Link, LinkKind, Reply

NAME = "jira"
TITLE = "Jira"
EXPORT = (
    "Search for the team's issues (Filters, advanced search), then choose Export, Export CSV (all fields)."
    " Jira exports at most 1,000 issues at a time: export several times, by the day of creation, and give all"
    " the files."
)

# The headings are in the language of whoever exports: here also in German, French and Spanish.
_KEYS = ("Issue key", "Vorgangsschlüssel", "Clé de ticket", "Clé du ticket", "Clave de incidencia")
_SYSTEM = System(
    NAME,
    {
        "ref": (*_KEYS, "Key"),
        "state": ("Status", "État", "Statut", "Estado"),
        "category": ("Status Category", "Statuskategorie", "Catégorie d'état", "Categoría de estado"),
        "resolution": ("Resolution", "Lösung", "Résolution", "Resolución"),
        "created": ("Created", "Erstellt", "Création", "Créée", "Créé", "Creada"),
        "started": ("Custom field (Actual start)",),
        "done": ("Resolved", "Resolution date", "Erledigt", "Résolu", "Résolue", "Resuelta"),
        "moved": ("Status Category Changed",),  # when it was done, where no resolution is kept
        "due": ("Due date", "Due", "Fälligkeitsdatum", "Date d'échéance", "Échéance", "Fecha de vencimiento"),
        "touched": ("Updated", "Aktualisiert", "Mise à jour", "Actualizada"),
        "author": ("Reporter", "Creator", "Autor", "Ersteller", "Rapporteur", "Informador"),
        "doer": (
            "Assignee",
            "Zugewiesene Person",
            "Bearbeiter",
            "Personne assignée",
            "Responsable",
            "Persona asignada",
        ),
        "labels": (
            "Labels",
            "Label",
            "Issue Type",
            "Stichwörter",
            "Vorgangstyp",
            "Étiquettes",
            "Type de ticket",
            "Etiquetas",
            "Tipo de Incidencia",
        ),
        "areas": (
            "Component/s",
            "Components",
            "Component",
            "Komponenten",
            "Komponente/n",
            "Composants",
            "Componentes",
        ),
        "parent": (
            "Parent key",
            "Parent",
            "Custom field (Epic Link)",
            "Epic Link",
            "Custom field (Parent Link)",
        ),
    },
    split=frozenset(),
)
# What the kinds of links mean, by the words of their columns: "Outward issue link (Implements)".
_LINK = re.compile(r"(inward|outward) issue link \((.+)\)")
_REASON = re.compile(r"implement|realiz|realis|satisf|deliver|part of|parent|hierarch")
_REPAIRS = re.compile(r"fix|repair|correct|resolve")
_CAUSED = re.compile(r"caus|problem/incident|regress|introduc")
_MERGED = re.compile(r"\bstate=MERGED\b|\"state\":\s*\"MERGED\"")
_NUMBERS = {"author": ("Reporter Id", "Creator Id"), "doer": ("Assignee Id",)}


def recognises(name: str, head: str) -> bool:
    """Is this a table of Jira's?"""
    found = headings_of(head)
    if "issue key" in found:
        return bool(found & {"status", "issue type", "created", "issue id"})
    return not found.isdisjoint(map(plain, _KEYS))


def open_source(file: File, options: Options, people: People, limits: Limits) -> Rows:
    """Return an export as a source."""
    table = table_of(file, limits)
    found = columns_of(table, _SYSTEM)
    if table.at("Parent key"):  # the others are then the number that Jira itself goes by
        numbers = table.at("Parent", "Parent id")
        found["parent"] = tuple(at for at in found["parent"] if at not in numbers)
    for at, heading in enumerate(table.headings):
        if name := _kind_of_link(heading):
            found[name] = (*found.get(name, ()), at)
    return _Issues(table, found, options, people)


def _kind_of_link(heading: str) -> str:
    """Return the field that a column of links is, "" for none: what merely relates is no reason."""
    link = _LINK.fullmatch(plain(heading))
    if not link:
        return ""
    way, words = link.groups()
    if way == "outward" and _REASON.search(words):
        return "parent"
    if (way == "outward" and _REPAIRS.search(words)) or (way == "inward" and _CAUSED.search(words)):
        return "repairs"
    return ""


class _Issues(Rows):
    def __init__(
        self, table: Table, columns: Mapping[str, tuple[int, ...]], options: Options, people: People
    ) -> None:
        super().__init__(table, _SYSTEM, columns, options, people)
        self._comments = table.at("Comment", "Comments", "Kommentar", "Commentaire", "Comentario")
        self._made = table.at("Custom field (Development)", "Development")
        self._numbers = {name: table.at(*headings) for name, headings in _NUMBERS.items()}

    def person(self, name: str, row: list[str]) -> str | None:
        """Return the code of a person by the number of their account, where the export has it.

        Comments name people so, and two people may have one name; that of a program is told by its name.
        """
        number = next((row[at] for at in self._numbers.get(name, ()) if row[at]), "")
        if number and name not in self.columns:
            return self.people.code(number)
        code = super().person(name, row)
        return self.people.code(number) if code and number else code

    def replies(self, row: list[str]) -> tuple[Reply, ...] | None:
        """Return the comments: each is written as "12/Feb/26 3:45 PM;account;text"."""
        if not self._comments:
            return None
        found = (row[at].split(";", 2) for at in self._comments if row[at])
        return tuple(
            Reply(at, self.people.code(parts[1]))
            for parts in found
            if len(parts) == 3 and (at := self.clock.at(parts[0]))
        )

    def links(self, row: list[str]) -> tuple[Link, ...] | None:
        """Return what an issue names, and that a change made for it was merged: Jira counts it, unnamed."""
        found = super().links(row)
        if not self._made:
            return found
        is_merged = any(_MERGED.search(row[at]) for at in self._made if row[at])
        return (*(found or ()), Link("a merged change", "result")) if is_merged else found or ()

    def link_kinds(self) -> frozenset[LinkKind]:
        """Return of which kinds of links the table tells."""
        return super().link_kinds() | ({"result"} if self._made else frozenset())
