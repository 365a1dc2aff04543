"""A paper examined: what is wrong with it, in words, by what a reader and a program can find in the file."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import page
from pypdf import PdfReader

from tests.report.made import squeezed

OURS = {"Inter", "Inter-Semi-Bold", "Source-Serif-4-Semi-Bold"}
BULLET = "\N{BULLET}"
HAS_POPPLER = shutil.which("pdftotext") is not None
WORD = re.compile(
    r'<word xMin="([-.0-9]+)" yMin="([-.0-9]+)" xMax="([-.0-9]+)" yMax="([-.0-9]+)">(.*?)</word>'
)


def faults(pdf: bytes, html: str, folder: Path) -> list[str]:
    """Return everything that is wrong with the paper of an HTML page."""
    path = folder / "examined.pdf"
    path.write_bytes(pdf)
    reader = PdfReader(BytesIO(pdf))
    sheets = [each.extract_text() for each in reader.pages]
    return [
        *(f"PDF/UA-1: {each.message}" for each in page.validate_pdf(str(path), profile="ua1").failures),
        *_faults_of_fonts(reader),
        *(f"it holds the file {name}" for name in reader.attachments),
        *(f"it holds {each}" for each in ("/EmbeddedFile", "/JavaScript", "/Launch") if each.encode() in pdf),
        *_missing(sheets, html),
        *(_beyond_the_edge(path) if HAS_POPPLER else ()),
    ]


def _faults_of_fonts(reader: PdfReader) -> Iterator[str]:
    for sheet in reader.pages:
        for font in sheet["/Resources"].get("/Font", {}).values():  # type: ignore[union-attr]
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            name = inner["/BaseFont"].partition("+")[2]
            if name not in OURS:
                yield f"the font {name} is not one of ours"
            if "/FontFile2" not in inner["/FontDescriptor"].get_object():
                yield f"the font {name} is not embedded"


def _missing(sheets: list[str], html: str) -> Iterator[str]:
    """Yield every passage of the page that cannot be read in the paper from its first letter to its last."""
    source = Passages(html)
    *heads, foot = source.running
    whole = ""
    for number, sheet in enumerate(sheets, 1):
        text = squeezed(sheet)
        # A passage may go on behind what stands at the head and foot of every page.
        for each in ("".join(heads), foot, f"Page {number} of {len(sheets)}"):
            text = text.replace(squeezed(each), "", 1)
        whole += text.replace(BULLET, "")  # those of a list are drawn after all of a page
    for passage in source.found:
        if squeezed(passage).replace(BULLET, "") not in whole:
            yield f"cut or lost: {passage[:300]!r}"


def _beyond_the_edge(path: Path) -> Iterator[str]:
    """Yield every word that does not stand on its page as a whole."""
    told = subprocess.run(
        ["pdftotext", "-bbox", str(path), "-"], capture_output=True, check=True
    ).stdout.decode(errors="replace")
    for sheet in told.split("<page ")[1:]:
        width, height = (float(each) for each in re.findall(r'(?:width|height)="([.0-9]+)"', sheet)[:2])
        for left, top, right, bottom, word in WORD.findall(sheet):
            if float(left) < 0 or float(top) < 0 or float(right) > width or float(bottom) > height:
                yield f"beyond the edge of its page: {word[:80]!r}"


class Passages(HTMLParser):
    """The text of a page of ours, a passage for each block; what heads every page apart, no drawings.

    A link is a passage of its own: on paper it may be followed by the page that it leads to.
    """

    INLINE = frozenset("abbr b bdi cite code em i small span strong sub sup wbr".split())
    EMPTY = frozenset("area base br col hr img input link meta wbr".split())
    SILENT = frozenset("head script style svg template title".split())

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.running: list[str] = []
        self._open: list[tuple[str, bool, bool]] = []  # name, silent, running
        self._words = ""
        self.feed(html)
        self._flush()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.INLINE:
            self._flush()
        if tag in self.EMPTY:
            return
        classes = (dict(attrs).get("class") or "").split()
        _, silent, running = self._open[-1] if self._open else ("", False, False)
        self._open.append((tag, silent or tag in self.SILENT, running or "running" in classes))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.INLINE:
            self._flush()
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self._words += data

    def _flush(self) -> None:
        words, self._words = " ".join(self._words.split()), ""
        if words:
            (self.running if self._open and self._open[-1][2] else self.found).append(words)
