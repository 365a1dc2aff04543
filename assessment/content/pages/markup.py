"""Markdown to HTML, with the terms of the registry and the values of the instrument in it.

Three things are said in a page that Markdown does not know: `[[craft]]` is a term, `{{ name }}` is a
value that the instrument holds, and a heading gets an address. What a page may not say (a mark typed by
hand, raw HTML, a heading that skips a level) is found here too, each with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from assessment.content.files.checking import choice
from assessment.content.files.located import Fault
from assessment.content.pages.terms import Term, typed_mark
from assessment.content.pages.written import TERM, VALUE

# Python-Markdown takes quadratic time over open brackets and recurses over nested blocks; measured: 1,000
# brackets in one paragraph 0.1 s, 5,000 already 5 s. No page that is meant to be read comes near these.
LONGEST_LINE = 4_000
MOST_BRACKETS = 200  # in one block, from blank line to blank line
DEEPEST_INDENT = 24  # columns

PICTURES = "/static/"  # a page asks no other site for anything
LONG_CELL = 60  # characters: a cell that holds sentences wants a wider column than one that holds a name

_CODE = re.compile(r"(`+).*?\1")
_HTML = re.compile(r"<(?!https://|mailto:)[A-Za-z/!?]")
_HEADING = re.compile(r"(#{1,6})\s*\S")
_UNDERLINE = re.compile(r"(?:=+|-+)\s*")


class Html(str):
    """HTML made here from a file of the project: templates print it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page: its level (2 to 6), its address on the page, its text."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Slip:
    """What a reader would miss or stumble over, and the text that it stands beside."""

    beside: str
    fault: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of one Markdown text. `terms` are the ids used, in the order of their first use."""

    html: Html
    headings: tuple[Heading, ...]
    terms: tuple[str, ...]
    links: tuple[str, ...]
    slips: tuple[Slip, ...]


def render(body: str, *, terms: Mapping[str, Term], values: Mapping[str, str], used: set[str]) -> Rendered:
    """Return a Markdown text as HTML.

    The first use of a term shows its mark and opens its definition; a later one is its name alone. `used`
    holds the ids that the page has shown so far, and grows. Unknown terms and values are left out: `faults`
    names them. Raises RecursionError on blocks nested beyond reason.
    """
    writer = Markdown(extensions=["tables", "def_list", "sane_lists", "toc", "smarty"], output_format="html")
    # Without these two, a tag in the text is shown as text: a page cannot bring a script or a style.
    writer.preprocessors.deregister("html_block")
    writer.inlinePatterns.deregister("html")
    ours = _Ours(terms, used)
    ours.extendMarkdown(writer)
    html = writer.convert(VALUE.sub(lambda found: values.get(found[1], ""), body))
    # The contents are put there by the extension "toc", nested as the headings are.
    headings = tuple(_flat(getattr(writer, "toc_tokens", [])))
    return Rendered(Html(html), headings, tuple(ours.first), tuple(ours.links), tuple(ours.slips))


def faults(
    body: str,
    *,
    file: str,
    first_line: int,
    terms: Mapping[str, Term] | None,
    values: Mapping[str, str] | None,
    above: int = 1,
) -> Iterator[Fault]:
    """Yield what a Markdown text may not say, each with its line. `above` is the level of its title.

    `terms` or `values` is None where they could not be read: then nothing is said about them.
    """
    for number, line in enumerate(body.split("\n"), first_line):
        bare = _CODE.sub("", line)
        for fault, remedy in _line_faults(bare, terms, values):
            yield Fault(file, number, fault, remedy)
    yield from _heading_faults(body, file, first_line, above)
    yield from _block_faults(body, file, first_line)


def _line_faults(
    line: str, terms: Mapping[str, Term] | None, values: Mapping[str, str] | None
) -> Iterator[tuple[str, str]]:
    if typed := typed_mark(line, terms or {}):
        yield f"the mark '{typed[0]}' is typed by hand", f"write [[{typed[1] or 'term'}]]"
    if tag := _HTML.search(line):
        yield (
            f"raw HTML ('{line[tag.start() :][:12]}')",
            "write it in Markdown, or put a tag's name in backticks",
        )
    if terms is not None:
        for found in TERM.finditer(line):
            if found[1].lower() not in terms:
                yield (
                    f"term '{found[1]}' is not in terms.toml",
                    f"add it there; known: {choice(found[1], sorted(terms))}",
                )
    left = TERM.sub("", line)
    if "[[" in left:
        yield "'[[' without a term", "write [[term-id]], in lower-case letters, digits and hyphens"
    if values is not None:
        for found in VALUE.finditer(line):
            if found[1] not in values:
                yield f"value '{found[1]}' is not known", f"use one of: {choice(found[1], sorted(values))}"
    if "{{" in VALUE.sub("", line):
        yield "'{{' without a value", "write {{ name }}, in lower-case letters, digits, dots and hyphens"


def _heading_faults(body: str, file: str, first_line: int, above: int) -> Iterator[Fault]:
    level = above
    lines = body.split("\n")
    for number, line in enumerate(lines):
        if (
            number
            and _UNDERLINE.fullmatch(line)
            and lines[number - 1].strip()
            and "|" not in lines[number - 1]
        ):
            yield Fault(file, first_line + number, "a heading made by underlining", "write it with ##")
        found = _HEADING.match(line)
        if not found:
            continue
        here = len(found[1])
        if here <= above:
            remedy = f"the title is it: begin with {'#' * (above + 1)}"
            yield Fault(file, first_line + number, f"a heading of level {here}", remedy)
        elif here > level + 1:
            remedy = f"use {'#' * (level + 1)}"
            yield Fault(file, first_line + number, f"heading skips from level {level} to {here}", remedy)
        level = here


def _block_faults(body: str, file: str, first_line: int) -> Iterator[Fault]:
    brackets = 0
    for number, line in enumerate(body.split("\n"), first_line):
        if len(line) > LONGEST_LINE:
            yield Fault(file, number, f"a line of {len(line)} characters", f"keep it below {LONGEST_LINE}")
        if len(line) - len(line.lstrip(" \t>")) > DEEPEST_INDENT:
            yield Fault(file, number, "nested too deeply", f"indent by {DEEPEST_INDENT} columns at most")
        brackets = brackets + line.count("[") if line.strip() else 0
        if brackets > MOST_BRACKETS:
            yield Fault(
                file, number, f"more than {MOST_BRACKETS} '[' in one block", "divide it by blank lines"
            )
            brackets = 0


class _Ours(Extension):
    """What is added to Markdown, and what was found while rendering one text."""

    def __init__(self, terms: Mapping[str, Term], used: set[str]) -> None:
        super().__init__()
        self.terms = terms
        self.used = used
        self.first: list[str] = []
        self.links: list[str] = []
        self.slips: list[Slip] = []

    def extendMarkdown(self, md: Markdown) -> None:
        md.inlinePatterns.register(_TermUse(TERM.pattern, md), "term", 175)  # before links, after code
        md.treeprocessors.register(_Finish(md, self), "finish", 15)  # after inline, before toc and smarty


class _TermUse(InlineProcessor):
    """`[[id]]` and letters that follow it at once: a plural."""

    def handleMatch(  # type: ignore[override]
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        return Element("term", {"id": m[1], "ending": m[2]}), m.start(0), m.end(0)


class _Finish(Treeprocessor):
    """Terms to names and buttons, tables to tables that can be read aloud and scrolled; links are noted."""

    def __init__(self, md: Markdown, found: _Ours) -> None:
        super().__init__(md)
        self.found = found
        self.tables = 0

    def run(self, root: Element) -> None:
        self._walk(root, plain=False)

    def _walk(self, parent: Element, *, plain: bool) -> None:
        for child in list(parent):
            # A button inside a link or a heading could not be reached, or would be read as part of it.
            inside = plain or child.tag in ("a", "h2", "h3", "h4", "h5", "h6")
            if child.tag == "term":
                self._term(parent, child, plain=inside)
            elif child.tag == "table":
                self._walk(child, plain=inside)
                self._table(parent, child)
            else:
                self._note(child)
                self._walk(child, plain=inside)

    def _note(self, element: Element) -> None:
        if element.tag == "a":
            target = element.get("href", "")
            self.found.links.append(target)
            if not (
                "".join(element.itertext()).strip()
                or any(each.tag in ("img", "term") for each in element.iter())
            ):
                self.found.slips.append(Slip(target, "a link without words", "write [what is there](...)"))
        if element.tag == "img":
            source = element.get("src", "")
            self.found.links.append(source)
            if not element.get("alt", "").strip():
                remedy = "write ![what it shows](...)"
                self.found.slips.append(Slip(source, "a picture without an alternative text", remedy))
            if not source.startswith(PICTURES):
                remedy = f"put it into static/img/ and write {PICTURES}img/..."
                self.found.slips.append(Slip(source, f"the picture '{source}' is not of this site", remedy))

    def _term(self, parent: Element, use: Element, *, plain: bool) -> None:
        written = use.get("id", "")
        term = self.found.terms.get(written.lower())
        name = ""
        if term:
            name = (term.title if written[0].isupper() else term.name) + use.get("ending", "")
        if term and not plain and term.id not in self.found.used:
            self.found.used.add(term.id)
            self.found.first.append(term.id)
            use.tag = "button"
            use.attrib.clear()
            use.attrib.update({"type": "button", "class": "term", "popovertarget": term.anchor})
            use.text = AtomicString(name + term.mark)
        else:
            _dissolve(parent, use, name)

    def _table(self, parent: Element, table: Element) -> None:
        self.tables += 1
        for cell in [*table.iter("th"), *table.iter("td")]:
            # The library aligns by a style attribute, which the site's security policy refuses.
            if "right" in cell.attrib.pop("style", ""):
                cell.set("class", "numeric")
            elif len("".join(cell.itertext())) > LONG_CELL:
                cell.set("class", "long")
        for cell in table.iterfind("thead/tr/th"):
            cell.set("scope", "col")
            if not (cell.text or "").strip() and not len(cell):
                cell.tag = "td"  # an empty corner heads nothing
                del cell.attrib["scope"]
        columns = ["".join(cell.itertext()).strip() for cell in table.iterfind("thead/tr/*")]
        for row in table.iterfind("tbody/tr"):
            row[0].tag = "th"
            row[0].set("scope", "row")
            for column, cell in zip(columns, row, strict=False):
                if cell.tag == "td" and column:
                    cell.set("data-column", column)  # shown where there is no room for columns
        table.set("class", "stacks")
        # On a narrow screen a table scrolls by itself; it must be reached by keyboard, too.
        attributes = {
            "class": "scroll",
            "role": "region",
            "tabindex": "0",
            "aria-label": f"Table {self.tables}",
        }
        frame = Element("div", attributes)
        frame.tail, table.tail = table.tail, "\n"
        parent[list(parent).index(table)] = frame
        frame.append(table)


def _dissolve(parent: Element, child: Element, text: str) -> None:
    """Put text in the place of a child."""
    text += child.tail or ""
    at = list(parent).index(child)
    if at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
    parent.remove(child)


def _flat(tokens: list[dict[str, object]]) -> Iterator[Heading]:
    for token in tokens:
        yield Heading(int(str(token["level"])), str(token["id"]), unescape(str(token["name"])))
        children = token["children"]
        if isinstance(children, list):
            yield from _flat(children)
