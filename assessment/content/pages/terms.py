"""The registry of the framework's words: each with its mark, definition, origin and canonical address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from assessment.content.files.checking import below, checked, texts_of
from assessment.content.files.located import ContentError, Fault, Locate, read_toml, shown
from assessment.core.part import Part, Text

Address = Annotated[str, Field(pattern=r"^https://[^\s/]+(/\S*)?$")]

_MARK = re.compile(r"[™®℠]|\((?:tm|r|sm)\)", re.IGNORECASE)


class Term(Part):
    """One word of the framework.

    `name` is written as it stands inside a sentence; `definition` says in our own words what it means and
    can stand alone; `origin` says who coined it; `canonical_url` is where its owner defines it.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    name: Text
    mark: Literal["", "™", "®"] = ""
    definition: Text
    origin: Text
    canonical_url: Address
    see: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name as it begins a sentence."""
        return self.name[:1].upper() + self.name[1:]

    @property
    def anchor(self) -> str:
        """The id of its definition on a page that uses it."""
        return f"term-{self.id}"

    @property
    def canonical_shown(self) -> str:
        """The canonical address as it is read: without the scheme."""
        return self.canonical_url.removeprefix("https://").rstrip("/")


def typed_mark(text: str, terms: Mapping[str, Term]) -> tuple[str, str] | None:
    """Return the mark that stands in a text, also as an entity or as (TM), and the id of the term before it.

    The id is empty when no known term stands before it; the answer is None when there is no mark.
    """
    written = unescape(text)
    found = _MARK.search(written)
    if not found:
        return None
    before = written[: found.start()].rstrip().lower()
    known = [term.id for term in terms.values() if before.endswith(term.name.lower())]
    return found[0], known[0] if known else ""


def typed_for_markdown(text: str) -> str:
    """Return how a term or a value begins that stands where neither is read; "" where none does."""
    return next((start for start in ("[[", "{{") if start in text), "")


def read_terms(path: Path) -> dict[str, Term]:
    """Return the terms of a file by id, in its order. Raises ContentError with every fault."""
    data, locate = read_toml(path)
    faults: list[Fault] = list(_shape_faults(data, shown(path), locate))
    if faults:
        raise ContentError(faults)
    terms: list[Term] = []
    for number, entry in enumerate(data["term"]):
        try:
            terms.append(checked(Term, entry, shown(path), below(locate, ("term", number))))
        except ContentError as error:
            faults += error.faults
    if faults:
        raise ContentError(faults)
    faults += _term_faults(terms, shown(path), locate)
    if faults:
        raise ContentError(faults)
    return {term.id: term for term in terms}


def _shape_faults(data: Mapping[str, Any], file: str, locate: Locate) -> Iterator[Fault]:
    for key in data.keys() - {"term"}:
        yield Fault(file, locate((key,)), f"'{key}' is not known", "write each entry below [[term]]")
    entries = data.get("term")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        yield Fault(file, 1, "holds no [[term]]", "begin each entry with [[term]]")


def _term_faults(terms: list[Term], file: str, locate: Locate) -> Iterator[Fault]:
    ids = [term.id for term in terms]
    for number, term in enumerate(terms):
        if term.id in ids[:number]:
            yield Fault(
                file, locate(("term", number, "id")), f"term '{term.id}' is defined twice", "keep one"
            )
        for other in term.see:
            if other not in ids:
                line = locate(("term", number, "see"))
                yield Fault(
                    file, line, f"term '{other}' is not defined", "define it, or leave it out of 'see'"
                )
        for path, text in texts_of(term.model_dump(exclude={"mark"})):
            if unread := typed_for_markdown(text):
                fault = f"'{unread}' is shown as it is typed here"
                yield Fault(file, locate(("term", number, *path)), fault, "write the name alone")
            if found := typed_mark(text, {}):
                remedy = "write the name alone: the key 'mark' carries it"
                line = locate(("term", number, *path))
                yield Fault(file, line, f"the mark '{found[0]}' is typed by hand", remedy)
