"""The layout engine, made ready before there is a page; in the child of `report.pdf` alone.

What all reports have in common is done while nobody waits: the fonts are loaded, the style sheets are read,
and a page of our own is set, so that nothing is done for the first time when a leader waits. Of a page itself
nothing is kept: each child sets one.

Every warning of the engine is an error: a report with a missing font or a dropped rule is refused, not
shipped.
"""

from __future__ import annotations

import base64
import gc
import logging
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from xml.etree import ElementTree

if TYPE_CHECKING:
    import weasyprint
    from weasyprint.urls import URLFetcher

# The only files a report may load, by exact name below the folder of static files.
SHEETS = ("css/tokens.css", "css/paper.css")
PACKAGED = (
    *SHEETS,
    "fonts/paper/Inter-Regular.ttf",
    "fonts/paper/Inter-SemiBold.ttf",
    "fonts/paper/SourceSerif4Subhead-Semibold.ttf",
)

# Relative addresses in the page resolve against this name, which can never resolve to a machine.
BASE = "https://report.invalid/"

SCHEMES = ("https:", "http:", "mailto:")

VARIANT = "pdf/ua-1"

# Set before there is a page; it says nothing, but has some of everything that a report is made of.
REHEARSAL = Path(__file__).with_name("rehearsal.html")

# How large the words of a cover are, by a class of its page that paper.css knows.
COVER_SIZES = tuple(f"cover cover--{each}" for each in ("l", "m", "s", "xs", "xs cover--xxs"))

# The one picture that a page may hold, and only within itself.
PICTURE = "data:image/png;base64,"

Made = TypeVar("Made")
MakePages = Callable[[Any, Any, Any, list[Any]], Iterator[Any]]


class Engine:
    """Sets a page. Takes half a second to get ready; raises OSError where its libraries are missing."""

    def __init__(self, assets: Path) -> None:
        import weasyprint
        import weasyprint.layout
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetchingError

        # One page, and then the process ends: looking for what is left over takes longer than it is worth.
        gc.disable()
        weasyprint.layout.make_all_pages = _with_references(weasyprint.layout.page.make_all_pages)
        self._faults = _Faults()
        logging.getLogger("weasyprint").addHandler(self._faults)
        self._fetcher = _fetcher(assets)
        self._fonts = FontConfiguration()
        self._sheets: dict[str, weasyprint.CSS] = {}
        for name in SHEETS:
            try:
                self._sheets[name] = weasyprint.CSS(
                    url=BASE + name, url_fetcher=self._fetcher, font_config=self._fonts
                )
            except URLFetchingError:
                continue  # left to the page that names it, which is then refused

    def rehearse(self) -> None:
        """Set a page of our own."""
        self.set(REHEARSAL.read_text(encoding="utf-8"))
        gc.collect()

    def set(self, html: str, cover: str = "", first_alone: bool = False) -> tuple[bytes, list[str]]:
        """Return the PDF of a page and everything that was wrong with it.

        `cover` is a page of its own that goes in front: the other is laid out without knowing of it. With
        `first_alone` the first sheet goes, and no other; it stays the sheet that it is of the whole.
        """
        return _with_room(lambda: self._set(html, cover, first_alone))

    def _set(self, html: str, cover: str, first_alone: bool) -> tuple[bytes, list[str]]:
        document = self._laid_out(*self._read(html))
        if first_alone:
            document = document.copy(document.pages[:1])
            _lead_nowhere_else(document.pages[0])
        if cover:
            document = document.copy([self._cover(cover), *document.pages])
        self._faults.found += _ways_out(document)
        pdf = document.write_pdf(pdf_variant=VARIANT)
        return pdf, self._faults.found

    def _cover(self, html: str) -> Any:
        """Return the one sheet of a cover: at the first size, from the largest, at which one holds it."""
        for size in COVER_SIZES:
            laid_out = self._laid_out(*self._read(html, size))
            if len(laid_out.pages) == 1:
                return laid_out.pages[0]
        self._faults.found.append("the cover does not fit on one sheet")
        return laid_out.pages[0]

    def _read(self, html: str, name: str = "") -> tuple[weasyprint.HTML, list[weasyprint.CSS]]:
        """Return a page, whose root is of this class, and the sheets that it names."""
        page = _read(html, self._fetcher, name)
        return page, list(self._named_by(page))

    def _laid_out(self, page: weasyprint.HTML, sheets: list[weasyprint.CSS]) -> Any:
        return page.render(font_config=self._fonts, stylesheets=sheets, pdf_variant=VARIANT)

    def _named_by(self, page: weasyprint.HTML) -> Iterator[weasyprint.CSS]:
        """Yield the sheets that a page names, if they have been read, and have the engine read the others."""
        for link in page.etree_element.iter("link"):
            sheet = self._sheets.get(link.get("href", ""))
            if sheet and link.get("rel") == "stylesheet":
                link.set("rel", "")
                yield sheet


class _Faults(logging.Handler):
    """Collects what the layout engine complains about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


def _read(html: str, fetcher: URLFetcher, name: str) -> weasyprint.HTML:
    """Return a page. A report is XML, too, and read as such: a reader of HTML takes many times as long."""
    import weasyprint

    try:
        root = ElementTree.XML(html)
    except ElementTree.ParseError:
        return weasyprint.HTML(string=html, base_url=BASE, url_fetcher=fetcher)
    if name:
        root.set("class", name)
    page = weasyprint.HTML(string="", base_url=BASE, url_fetcher=fetcher)
    page.etree_element = root
    page.wrapper_element = type(page.wrapper_element).from_html_root(root)
    return page


def _with_references(make: MakePages) -> MakePages:
    """Return a way to make pages that knows, from the second time on, where the references on them lead.

    The engine lays pages out once without references. The second time it finds that it knows where they
    lead, and lays them out a third time with that. Told in between, it needs no third; the paper is the
    same to the byte.
    """

    def made(context: Any, root: Any, html: Any, pages: list[Any]) -> Iterator[Any]:
        for (_, style), reference in context.target_collector.counter_lookup_items.items() if pages else ():
            at = reference.page_maker_index
            if style == "content" and at is not None:
                counters = context.page_maker[at + 1][3][1]  # as they stand when its page has been made
                reference.cached_page_counter_values = deepcopy(counters)
                reference.parse_again(counters)
        yield from make(context, root, html, pages)

    return made


def _lead_nowhere_else(page: Any) -> None:
    """Make words of the links that lead from a sheet to others, which are not there."""
    links = page.links
    page.links = []
    for link in links:
        kind, target, _, box = link
        if kind == "internal" and target not in page.anchors:
            box.element_tag = "span"  # else the structure of the PDF has a link that leads nowhere
        else:
            page.links.append(link)


def _ways_out(document: Any) -> Iterator[str]:
    """Yield what would lead out of the paper by another way than a link to a page or an address for mail."""
    for page in document.pages:
        for kind, target, *_ in page.links:
            if kind == "attachment" or (kind == "external" and not target.lower().startswith(SCHEMES)):
                yield f"a link to {target[:80]!r} is not allowed"
    for _ in document.metadata.attachments or ():
        yield "a file in the paper is not allowed"


def _fetcher(assets: Path) -> URLFetcher:
    """Return a fetcher of the packaged files, and of pictures within a page; it refuses all else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    types = {".css": "text/css", ".ttf": "font/ttf"}
    known = {BASE + name: assets / name for name in PACKAGED}

    class Packaged(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            if url.startswith(PICTURE):
                picture = base64.b64decode(url.removeprefix(PICTURE), validate=True)
                return URLFetcherResponse(url, picture, {"Content-Type": "image/png"})
            file = known.get(url)
            if file is None:
                raise PermissionError("only packaged files may be loaded")
            return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": types[file.suffix]})

    return Packaged()


def _with_room(work: Callable[[], Made]) -> Made:
    """Do something with room for deep calls.

    CPython keeps the frames of calls in pieces of 16 KiB. A loop that calls across the end of one asks the
    kernel for a piece at every turn and gives it back, a tenth of the time of an engine that goes deep. A
    frame that wants much gets a large piece, and leaves the rest of it to the calls below.
    """
    return work()


_with_room.__code__ = _with_room.__code__.replace(co_stacksize=65_000)
