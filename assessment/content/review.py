"""What the site can do without and its editor should know: content that is sound, and hardly meant so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from assessment.content.files.located import Fault, line_with, shown
from assessment.content.library import Library
from assessment.content.pages.page import Page
from assessment.content.pages.written import TERM


def review(root: Path, library: Library, today: date) -> list[Fault]:
    """Return what looks like a slip in a content folder that was read, in order of file and line."""
    pages = library.pages.values()
    return sorted(
        [
            *library.warnings,
            *_unused_terms(root, library),
            *_unread_questions(root, library),
            *_orphans(library),
            *_alike(pages),
            *(fault for page in pages for fault in _about_text(page)),
            *(_at_head(page, "changed", "is in the future", "correct it") for page in _early(pages, today)),
        ]
    )


def _unused_terms(root: Path, library: Library) -> Iterator[Fault]:
    used = {layer.term for instrument in library.instruments.values() for layer in instrument.layers}
    for path in root.rglob("*.md"):
        if path.is_file():
            used |= {found[1].lower() for found in TERM.finditer(path.read_text("utf-8"))}
    file = root / "terms.toml"
    for term in library.terms:
        if term not in used:
            line = line_with(f'id = "{term}"', file)
            yield Fault(
                shown(file), line, f"term '{term}' is used by no page", f"write [[{term}]] or remove it"
            )


def _unread_questions(root: Path, library: Library) -> Iterator[Fault]:
    if not library.faq:
        for path in sorted((root / "faq").glob("*.md")):
            yield Fault(shown(path), 1, "is shown on no page", 'add a page with layout = "faq"')


def _orphans(library: Library) -> Iterator[Fault]:
    """Yield the pages that a reader finds by search or by turning pages alone."""
    linked = {link.target.partition("#")[0] for link in library.links}
    linked |= {entry.url.partition("#")[0] for entry in library.site.links()}
    for page in library.pages.values():
        if page.url not in linked and page.url != "/" and not library.section(page.url):
            yield Fault(page.file, 1, "no page, menu or footer leads here", "link to it where it helps")


def _alike(pages: Iterable[Page]) -> Iterator[Fault]:
    """Yield where two pages cannot be told apart in a list, or have no order."""
    for key in ("title", "description", "order"):
        first: dict[object, Page] = {}
        for page in pages:
            said = getattr(page.head, key)
            if said in first:
                yield _at_head(page, key, f"is that of {first[said].file}", "say what sets this page apart")
            first.setdefault(said, page)


def _about_text(page: Page) -> Iterator[Fault]:
    """Yield that a page says nothing, or gives two headings of it one name."""
    if page.head.layout == "page" and not page.text.strip():
        yield Fault(page.file, 1, "has no text", "write it, or remove the page")
    texts = [heading.text for heading in page.headings]
    for text in sorted({text for text in texts if texts.count(text) > 1}):
        line = line_with(f"# {text}", Path(page.file))
        fault = f"heading '{text}' stands there {texts.count(text)} times: a link can hardly mean one of them"
        yield Fault(page.file, line, fault, "let each say what is below it")


def _early(pages: Iterable[Page], today: date) -> Iterator[Page]:
    return (page for page in pages if page.head.changed > today)


def _at_head(page: Page, key: str, fault: str, remedy: str) -> Fault:
    return Fault(page.file, line_with(f"{key} =", Path(page.file)), f"{key} {fault}", remedy)
