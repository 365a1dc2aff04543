"""One Markdown file, one page: its head, its address, its text.

A file begins with a head in TOML between two lines `+++`; what follows is Markdown. The path of the file is
its address: `pages/method.md` is `/method/`, `pages/index.md` is `/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from assessment.content.files.checking import checked, texts_of
from assessment.content.files.located import ContentError, Fault, Locate, decode, parse_toml, shown
from assessment.content.pages import markup
from assessment.content.pages.markup import Heading, Html
from assessment.content.pages.terms import Term, typed_for_markdown, typed_mark
from assessment.content.pages.written import written
from assessment.core.part import Part, Text
from assessment.core.text import stray

LARGEST_PAGE = 64_000  # bytes: five times the longest page; Markdown's time grows faster than its text

Reader = Literal["boards", "leaders", "engineers"]

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Action(Part):
    """The one button of a page, and what to know before it is pressed."""

    label: Text
    url: Text
    note: str = ""


class Row(Part):
    """One line of an illustration: what was expected of an indicator and found, in the sample report."""

    indicator: Text
    sentence: Text


class Opened(Part):
    """One line of items as an illustration: a sentence of a check, and how many of them it may hold for."""

    sentence: Text
    sound: Annotated[int, Field(ge=0, le=20)]
    failing: Annotated[int, Field(ge=0, le=20)]
    unverified: Annotated[int, Field(ge=0, le=20)]

    @property
    def words(self) -> str:
        """What the marks say."""
        n = self.sound + self.failing + self.unverified
        unseen = f"; {self.unverified} could not be verified" if self.unverified else ""
        return f"{self.sound} of {n} held up{unseen}."


class Head(Part):
    """What a page says about itself."""

    title: Text
    description: Annotated[str, Field(min_length=20, max_length=200)]
    changed: date
    order: Annotated[int, Field(ge=0)]
    readers: tuple[Reader, ...] = ()
    layout: Literal["page", "home", "faq", "glossary", "pattern"] = "page"
    pattern: str = ""  # the id of the one that a page of the layout "pattern" is about
    short: str = ""  # the title where room is small: links to the page before and after
    lede: str = ""
    action: Action | None = None
    illustration: tuple[Row, ...] = ()
    opened: tuple[Opened, ...] = ()  # made up, to show what looking may show
    caption: str = ""  # of the illustration, or of the items


class QuestionHead(Part):
    """What a question of the FAQ says about itself: `title` is the question."""

    title: Annotated[str, Field(pattern=r"\?$")]
    changed: date
    order: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class Source:
    """A file before it is rendered: its head checked, its body on line `first_line` and after."""

    file: str
    name: str  # the path below its folder, without the ending: "framework", "concepts/drift"
    head: Head | QuestionHead
    locate: Locate  # the line of a key of the head
    body: str
    first_line: int

    @property
    def level(self) -> int:
        """The level of the heading that its title is."""
        return 2 if isinstance(self.head, QuestionHead) else 1

    def line_of(self, text: str) -> int:
        """Return the line of the body on which a text stands first, else the first of the body."""
        for number, line in enumerate(self.body.split("\n"), self.first_line):
            if text in line:
                return number
        return self.first_line


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the FAQ with its answer."""

    anchor: str
    title: str
    changed: date
    order: int
    html: Html
    text: str  # the same as Markdown, terms and values written out


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `terms` are those whose definition it carries, in the order of their first use."""

    url: str
    head: Head
    html: Html
    text: str  # the same as Markdown, terms and values written out
    headings: tuple[Heading, ...]
    terms: tuple[Term, ...]
    anchors: frozenset[str]
    sections: tuple[tuple[str, str], ...]  # (anchor, text) of what a list of contents names
    changed: date
    file: str

    @property
    def name(self) -> str:
        """Its title where room is small."""
        return self.head.short or self.head.title

    @property
    def parts(self) -> tuple[Html, ...]:
        """The text divided before its headings of level 2: what stands before the first, then each."""
        return tuple(Html(part) for part in re.split("(?=<h2)", self.html) if part.strip())


@dataclass(frozen=True, slots=True)
class Link:
    """Where a page points to, and where that is written."""

    target: str
    file: str
    line: int


def address(name: str) -> str:
    """Return the address of a page: "/" for "index", "/framework/" for "framework" and "framework/index"."""
    *folders, last = name.split("/")
    parts = folders if last == "index" else [*folders, last]
    return "/" + "".join(f"{part}/" for part in parts)


def markdown_files(folder: Path, root: Path, faults: list[Fault]) -> Iterator[Path]:
    """Yield the Markdown files below a folder, in order of path; add to `faults` what does not belong there.

    A link that leads out of the root is not followed: it could publish a file that is not content.
    """
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue  # what editors and file managers leave behind
        if not path.resolve().is_relative_to(root.resolve()):
            remedy = "put the file itself there"
            faults.append(Fault(shown(path), 1, "is a link that leads out of the content folder", remedy))
        elif path.is_file() and path.suffix != ".md":
            faults.append(Fault(shown(path), 1, "is not read by anything", "remove it, or name it .md"))
        elif path.is_file():
            yield path


def read_source(path: Path, folder: Path, head: type[Head] | type[QuestionHead]) -> Source:
    """Return a file with its head checked. Raises ContentError with everything that is wrong with it."""
    file = shown(path)
    name = path.relative_to(folder).with_suffix("").as_posix()
    text = _text(path, file)
    if not all(_NAME.fullmatch(part) for part in name.split("/")):
        remedy = "name it in lower-case letters and digits, joined by hyphens"
        raise ContentError([Fault(file, 1, "its name would make an untidy address", remedy)])
    parts = re.split(r"^\+\+\+[ \t]*$", text, maxsplit=2, flags=re.MULTILINE)
    if len(parts) < 3 or parts[0].strip():
        raise ContentError([Fault(file, 1, "has no head", "begin with +++, then title and so on, then +++")])
    first_line = text.count("\n", 0, len(text) - len(parts[2])) + 1
    data, locate = parse_toml(parts[1], file, text[: len(parts[0])].count("\n") + 1)
    return Source(file, name, checked(head, data, file, locate), locate, parts[2], first_line)


def _text(path: Path, file: str) -> str:
    try:
        with path.open("rb") as opened:
            raw = opened.read(LARGEST_PAGE + 1)
    except OSError as error:
        fault = Fault(file, 1, error.strerror or "cannot be read", "make it readable for the site")
        raise ContentError([fault]) from None
    if len(raw) > LARGEST_PAGE:
        remedy = "divide it into two pages"
        raise ContentError([Fault(file, 1, f"has more than {LARGEST_PAGE} bytes", remedy)])
    text = decode(raw, file).replace("\r\n", "\n")
    if found := stray(text):
        line = text.count("\n", 0, found.start()) + 1
        raise ContentError([Fault(file, line, f"holds the character U+{ord(found[0]):04X}", "remove it")])
    return text


def source_faults(
    source: Source, terms: Mapping[str, Term] | None, values: Mapping[str, str] | None
) -> Iterator[Fault]:
    """Yield what the text and the head of a file may not say."""
    yield from markup.faults(
        source.body,
        file=source.file,
        first_line=source.first_line,
        terms=terms,
        values=values,
        above=source.level,
    )
    for path, text in texts_of(source.head.model_dump()):
        if unread := typed_for_markdown(text):
            fault, remedy = f"'{unread}' is shown as it is typed here", "write the name or the figure itself"
            yield Fault(source.file, source.locate(path), fault, remedy)
        if found := typed_mark(text, terms or {}):
            fault = f"the mark '{found[0]}' is typed by hand"
            yield Fault(
                source.file, source.locate(path), fault, "write the name alone: the text carries the mark"
            )


def page(
    source: Source, questions: tuple[Source, ...], terms: Mapping[str, Term], values: Mapping[str, str]
) -> tuple[Page, tuple[Question, ...], tuple[Link, ...]]:
    """Return a page, the questions that stand on it, and where it points to.

    The questions belong to the page of layout "faq": what the page has explained they need not explain again.
    Raises ContentError when a text cannot be rendered.
    """
    head = source.head
    if not isinstance(head, Head):
        raise TypeError(f"{source.file} is a question, not a page")
    used: set[str] = set()
    rendered = _rendered(source, terms, values, used)
    said: set[str] = set()
    text = written(source.body, terms=terms, values=values, used=said)
    shown_terms, links = list(rendered.terms), _links(source, rendered)
    if head.action:
        links.append(Link(head.action.url, source.file, source.locate(("action", "url"))))
    answered: list[Question] = []
    for each in questions:
        answer = _rendered(each, terms, values, used)
        shown_terms += answer.terms
        links += _links(each, answer)
        anchor = each.name.replace("/", "-")
        text_of = written(each.body, terms=terms, values=values, used=said)
        answered.append(
            Question(anchor, each.head.title, each.head.changed, each.head.order, answer.html, text_of)
        )
    anchors = {heading.anchor for heading in rendered.headings} | {question.anchor for question in answered}
    if head.layout == "glossary":
        anchors |= terms.keys()
    made = Page(
        url=address(source.name),
        head=head,
        html=rendered.html,
        text=text,
        headings=rendered.headings,
        terms=tuple(terms[each] for each in shown_terms),
        anchors=frozenset(anchors),
        sections=(
            *((heading.anchor, heading.text) for heading in rendered.headings if heading.level == 2),
            *((question.anchor, question.title) for question in answered),
            *((each, terms[each].title) for each in _listed(terms) if head.layout == "glossary"),
        ),
        changed=max([head.changed, *(question.changed for question in answered)]),
        file=source.file,
    )
    return made, tuple(answered), tuple(links)


def _listed(terms: Mapping[str, Term]) -> list[str]:
    """Return the ids of all terms by their titles, as the glossary lists them."""
    return sorted(terms, key=lambda each: terms[each].title)


def _rendered(
    source: Source, terms: Mapping[str, Term], values: Mapping[str, str], used: set[str]
) -> markup.Rendered:
    try:
        rendered = markup.render(source.body, terms=terms, values=values, used=used)
    except RecursionError:
        fault = Fault(
            source.file, source.first_line, "is nested too deeply to be read", "make its lists flatter"
        )
        raise ContentError([fault]) from None
    found = [
        Fault(source.file, source.line_of(slip.beside), slip.fault, slip.remedy) for slip in rendered.slips
    ]
    level = source.level
    for heading in rendered.headings:  # those in quotations and lists, too
        here = heading.level
        if not source.level < here <= level + 1:
            skips = f"heading skips from level {level} to {here}"
            told = skips if here > source.level else f"a heading of level {here}"
            line = source.line_of(heading.text)
            found.append(Fault(source.file, line, told, f"use {'#' * (level + 1)}"))
        level = heading.level
    if found:
        raise ContentError(found)
    return rendered


def _links(source: Source, rendered: markup.Rendered) -> list[Link]:
    return [Link(target, source.file, source.line_of(target)) for target in rendered.links]
