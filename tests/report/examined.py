"""A paper examined: what is wrong with it, in words, by what a reader and a program can find in the file."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import page
from pypdf import PdfReader

from tests.report.made import squeezed

OURS = {"Inter", "Inter-Semi-Bold", "Source-Serif-4-Semi-Bold"}
BULLET = "\N{BULLET}"
# As the engine writes them: a mark for the structure and its end, a font, glyphs; and the letters of these.
DRAWN = re.compile(rb"/MCID (\d+)>>\s+BDC|(EMC)|(/\w+) [\d.]+ Tf|\[([^]]*)\] TJ")
GLYPHS = re.compile(rb"<(\w+)>")
LETTERS = re.compile(rb"^<(\w{4})> <(\w+)>$", re.MULTILINE)
HAS_POPPLER = shutil.which("pdftotext") is not None
WORD = re.compile(
    r'<word xMin="([-.0-9]+)" yMin="([-.0-9]+)" xMax="([-.0-9]+)" yMax="([-.0-9]+)">(.*?)</word>'
)


def faults(pdf: bytes, html: str, folder: Path) -> list[str]:
    """Return everything that is wrong with the paper of an HTML page."""
    path = folder / "examined.pdf"
    path.write_bytes(pdf)
    reader = PdfReader(BytesIO(pdf))
    return [
        *(f"PDF/UA-1: {each.message}" for each in page.validate_pdf(str(path), profile="ua1").failures),
        *_faults_of_fonts(reader),
        *(f"it holds the file {name}" for name in reader.attachments),
        *(f"it holds {each}" for each in ("/EmbeddedFile", "/JavaScript", "/Launch") if each.encode() in pdf),
        *_missing(read_aloud(reader), html),
        *(_beyond_the_edge(path) if HAS_POPPLER else ()),
    ]


def _faults_of_fonts(reader: PdfReader) -> Iterator[str]:
    for sheet in reader.pages:
        for font in sheet["/Resources"].get("/Font", {}).values():  # type: ignore[attr-defined]
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            name = inner["/BaseFont"].partition("+")[2]
            if name not in OURS:
                yield f"the font {name} is not one of ours"
            if "/FontFile2" not in inner["/FontDescriptor"].get_object():
                yield f"the font {name} is not embedded"


def _missing(whole: str, html: str) -> Iterator[str]:
    """Yield every passage of the page that is not read out whole, and in its place."""
    whole, read = squeezed(whole).replace(BULLET, ""), 0
    for passage in Passages(html).found:
        words = squeezed(passage).replace(BULLET, "")
        at = whole.find(words, read)
        if at >= 0:
            read = at + len(words)
        else:
            yield f"{'out of its place' if words in whole else 'cut or lost'}: {passage[:300]!r}"


def read_aloud(reader: PdfReader) -> str:
    """Return the text of a paper as its structure leads a reader through it, which no page break parts.

    What the structure does not lead to is left out: what stands at the head and foot of every page.
    """
    root = reader.trailer["/Root"]["/StructTreeRoot"]  # type: ignore[index]
    pieces = {each.indirect_reference.idnum: _pieces(each) for each in reader.pages}  # type: ignore[union-attr]
    return "".join(_told(root["/K"], pieces, {}))


def _told(kids: Any, pieces: Mapping[int, Mapping[int, str]], near: Mapping[int, str]) -> Iterator[str]:
    """Yield the text below one place of the structure; `near` holds that of the page it stands on."""
    for kid in kids if isinstance(kids, list) else [kids]:
        kid = kid.get_object()
        if isinstance(kid, int):
            yield near.get(kid, "")  # a drawing says its words in its title
        elif kid.get("/Type") == "/StructElem":
            own = pieces[kid.raw_get("/Pg").idnum] if "/Pg" in kid else near
            yield from _told(kid.get("/K", []), pieces, own)


def _pieces(sheet: Any) -> dict[int, str]:
    """Return the text of a page by the number under which the structure knows each piece of it."""
    fonts = {
        name.encode(): {
            glyph: bytes.fromhex(letters.decode()).decode("utf-16-be")
            for glyph, letters in LETTERS.findall(font["/ToUnicode"].get_data())
        }
        for name, font in sheet["/Resources"].get("/Font", {}).items()
    }
    found: dict[int, str] = {}
    number, font = -1, dict[bytes, str]()
    for mark, end, chosen, shown in DRAWN.findall(sheet.get_contents().get_data()):
        if mark or end:
            number = int(mark or -1)
        elif chosen:
            font = fonts[chosen]
        else:
            glyphs = b"".join(GLYPHS.findall(shown))
            letters = (font[glyphs[n : n + 4]] for n in range(0, len(glyphs), 4))
            found[number] = found.get(number, "") + "".join(letters)
    return found


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
    """The text of a page of ours, a passage for each block; no drawings.

    A link is a passage of its own: on paper it may be followed by the page that it leads to.
    """

    INLINE = frozenset("abbr b bdi cite code em i small span strong sub sup wbr".split())
    EMPTY = frozenset("area base br col hr img input link meta wbr".split())
    SILENT = frozenset("head script style svg template title".split())

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []  # name, silent
        self._words = ""
        self.feed(html)
        self._flush()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.INLINE:
            self._flush()
        if tag in self.EMPTY:
            return
        silent = bool(self._open) and self._open[-1][1]
        self._open.append((tag, silent or tag in self.SILENT))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.INLINE:
            self._flush()
        if tag in self.EMPTY:
            return
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self._words += data

    def _flush(self) -> None:
        words, self._words = " ".join(self._words.split()), ""
        if words:
            self.found.append(words)
