"""Each page as Markdown, whole by itself: where it stands, what it says, what its words mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assessment.content.library import Library
from assessment.content.pages.page import Page
from assessment.content.pages.terms import Term
from assessment.report.exhibit import told_exhibit

TYPE = "text/markdown"

_GAP = re.compile(r"\n{3,}")
_LINK = re.compile(r"\]\((?=[/#])(#?)")


def address(url: str) -> str:
    """Return where the twin of a page is."""
    return f"{url}index.md"


def twin(page: Page, library: Library, base_url: str) -> str:
    """Return a page as Markdown: its links whole, its terms explained at its end."""
    here = base_url + page.url
    text = "\n\n".join(part for part in _parts(page, library, base_url) if part)
    # What leads to a heading of this page, or to another page, is written out.
    text = _GAP.sub("\n\n", text)
    return _LINK.sub(lambda found: f"]({here}#" if found[1] else f"]({base_url}", text) + "\n"


def _parts(page: Page, library: Library, base_url: str) -> Iterator[str]:
    head, site = page.head, library.site
    yield f"# {head.title}"
    yield f"> {head.description}"
    yield f"From <{base_url}{page.url}>, last changed on {page.changed}. {site.name}, {site.owner}."
    yield head.lede
    if drawn := told_exhibit(library.sample, library, head.illustration, base_address=base_url):
        yield head.caption
        yield "\n".join(
            f"- {sentence}: {line.expected} expected, {line.found} found" for sentence, line in drawn.lines
        )
        yield f"{drawn.finding} {drawn.gap}"
    if head.opened:
        yield head.caption
        yield "\n".join(f"- {row.sentence}: {row.words}" for row in head.opened)
    yield page.text
    if head.layout == "faq":
        for question in library.faq:
            yield f"## {question.title}"
            yield question.text
    if head.layout == "glossary":
        for term in sorted(library.terms.values(), key=lambda term: term.title):
            yield f"## {term.title}{term.mark}"
            yield _meaning(term)
            yield _see(term, library)
    if head.action:
        yield f"[{head.action.label}]({head.action.url})"
        yield head.action.note
    if head.layout != "glossary":
        yield _definitions(page.terms)


def _definitions(terms: Iterable[Term]) -> str:
    meant = "\n\n".join(f"**{term.title}{term.mark}**: {_meaning(term)}" for term in terms)
    return f"## Words of the framework on this page\n\n{meant}" if meant else ""


def _meaning(term: Term) -> str:
    return f"{term.definition} Origin: {term.origin}. Defined at <{term.canonical_url}>."


def _see(term: Term, library: Library) -> str:
    return f"See also: {', '.join(library.terms[other].name for other in term.see)}." if term.see else ""
