"""What can be found: the pages in their sections, the questions, the terms, and doors beside the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from assessment.content.files.checking import checked
from assessment.content.files.located import read_toml, shown
from assessment.content.pages.page import Page, Question
from assessment.content.pages.terms import Term
from assessment.core.part import Part, Text

Kind = Literal["page", "pattern", "question", "term"]

_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {"p", "li", "dt", "dd", "tr", "pre", "blockquote", "caption", "br"}
_CELLS = frozenset({"td", "th"})


class Door(Part):
    """What is no page and is looked for all the same."""

    url: Annotated[str, Field(pattern=r"^/[a-z0-9/-]*$")]
    title: Text
    description: Text


class Known(Part):
    """What the search knows beside the texts: other doors, and words that stand for others."""

    door: tuple[Door, ...] = ()
    same: tuple[Annotated[tuple[Text, ...], Field(min_length=2)], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a document. The first has no heading; no anchor is that of the whole."""

    anchor: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that can be found, and what it says of itself."""

    url: str
    title: str
    kind: Kind
    description: str
    sections: tuple[Section, ...]


def read_known(path: Path) -> Known:
    """Return what the search knows beside the texts; nothing where there is no such file.

    Raises ContentError with every fault.
    """
    if not path.exists():
        return Known()
    data, locate = read_toml(path)
    return checked(Known, data, shown(path), locate)


def documents(
    pages: Mapping[str, Page], faq: tuple[Question, ...], terms: Mapping[str, Term], doors: tuple[Door, ...]
) -> Iterator[Document]:
    """Yield what can be found, pages in reading order first."""
    by_layout = {page.head.layout: page.url for page in pages.values()}
    for page in pages.values():
        head = page.head
        kind: Kind = "pattern" if str(head.layout) == "pattern" else "page"
        begins, *others = _sections(page.html)
        begins = Section("", "", f"{head.lede}\n{begins.text}")
        yield Document(page.url, head.title, kind, head.description, (begins, *others))
    for question in faq:
        url = f"{by_layout['faq']}#{question.anchor}"
        text = "\n".join(each.text for each in _sections(question.html))
        yield Document(url, question.title, "question", "", (Section("", "", text),))
    for term in terms.values():
        if "glossary" in by_layout:
            text = f"{term.definition}\n{term.origin}."
            yield Document(
                f"{by_layout['glossary']}#{term.id}", term.title, "term", "", (Section("", "", text),)
            )
    for door in doors:
        yield Document(door.url, door.title, "page", door.description, (Section("", "", ""),))


def _sections(html: str) -> list[Section]:
    """Return what HTML says before its first heading, and under each heading that has an address."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [Section(anchor, _line(heading), _lines(text)) for anchor, heading, text in reader.found]


class _Reader(HTMLParser):
    """Text by heading. It reads what was rendered here: every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.found = [["", "", ""]]  # anchor, heading, text
        self._in_heading = False
        self._drawn = 0  # how deep inside a drawing: its words are those of the text beside it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        anchor = dict(attrs).get("id")
        if tag == "svg":
            self._drawn += 1
        if tag in _HEADINGS and anchor:
            self.found.append([anchor, "", ""])
            self._in_heading = True
        elif tag in _BLOCKS:
            self.found[-1][2] += "\n"
        elif tag in _CELLS and not self.found[-1][2].rstrip(" ").endswith("\n"):
            self.found[-1][2] += " · "

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self._drawn -= 1
        if tag in _HEADINGS:
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if not self._drawn:
            self.found[-1][1 if self._in_heading else 2] += data.replace("\n", " ")


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    """Return a text with each block on a line of its own."""
    return "\n".join(line for each in text.split("\n") if (line := _line(each)))
