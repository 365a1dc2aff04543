"""A report as one HTML page for paper, and the paper itself.

The page is complete but for two style sheets and the fonts, which the renderer knows by name. Text that
somebody typed is set character by character in what the packaged fonts hold; any other character is
printed as its code point in a box, and one line says so.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateAssertionError
from jinja2.meta import find_referenced_templates
from markupsafe import Markup

from assessment.core.instrument import Instrument
from assessment.core.interchange import sha256
from assessment.report.confined import Limits
from assessment.report.parts import Told
from assessment.report.pdf import ROOT, make_pdf
from assessment.report.pool import Pool
from assessment.report.reader import Library
from assessment.report.sections import told

ASSETS = ROOT / "static"
TEMPLATES = ROOT / "templates"
PAPER = "paper/report.html"

# The sheets that a report can be set on. The word is what its papers are kept under, too.
Size = Literal["", "letter"]

# A run of letters without a space is given places to break: the layout engine would try every one.
BREAK_AFTER = 40


def paper(
    result: Mapping[str, Any],
    instrument: Instrument,
    library: Library,
    *,
    base_address: str,
    code: str = "",
    size: Size = "",
    limits: Limits | None = None,
    pool: Pool | None = None,
) -> bytes:
    """Return the PDF of a result: the same result, words and address give the same bytes.

    `base_address` is the address of the site that issues the report; `code` the code of an issued report;
    `size` the sheet, A4 unless told; `pool` whose children set it, where there is one: it has limits of its
    own. Takes about a second, and another one without a pool. Raises PdfError.
    """
    report = told(
        result, instrument, library, base_address=base_address, code=code, sha256=sha256(dict(result))
    )
    page = html(report, size)
    return pool.make(page) if pool else make_pdf(page, assets=ASSETS, limits=limits)


def html(report: Told, size: Size = "") -> str:
    """Return a report as the HTML page that the paper is set from."""
    typed = Typed(coverage())
    template = environment().get_template(PAPER)
    # Rendered in one go: whether a box was needed is known only when all of it has been set.
    body = template.render(told=report, paper=True, theirs=typed.set, typed=typed, size=size)
    return body


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates of the paper. A name that a template misspells is an error, not a gap."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )


def read_templates(name: str = PAPER) -> None:
    """Read a template, the paper's unless told, and those that it names: none is read later."""
    known = environment()
    with contextlib.suppress(TemplateAssertionError):  # names what is for screens alone, and so no paper's
        known.get_template(name)
        source, _, _ = FileSystemLoader(TEMPLATES).get_source(known, name)
        for named in find_referenced_templates(known.parse(source)):
            if named:
                read_templates(named)


@lru_cache(maxsize=1)
def coverage() -> frozenset[int]:
    """Return the code points that the fonts for text on paper hold, but for those that cannot be seen."""
    ranges = Path(__file__).with_name("coverage.txt").read_text(encoding="ascii").split()
    pairs = (each.partition("-") for each in ranges)
    held = {point for first, _, last in pairs for point in range(int(first, 16), int(last or first, 16) + 1)}
    # Marks that stand alone, and are no part of a letter: the engine does not say in the PDF what they are.
    return frozenset(point for point in held if not unicodedata.category(chr(point)).startswith("M"))


class Typed:
    """Sets text that somebody typed, and remembers whether some of it could not be set as typed."""

    def __init__(self, known: frozenset[int]) -> None:
        self.known = known
        self.boxed = False

    def set(self, text: str) -> Markup:
        """Return text as markup: escaped, isolated in its direction, breakable, every character visible."""
        words = unicodedata.normalize("NFC", " ".join(text.split()))
        return Markup("<bdi>{}</bdi>").format(Markup("").join(self._pieces(words)))

    def _pieces(self, text: str) -> Iterator[Markup]:
        for is_known, letters in groupby(text, key=lambda letter: ord(letter) in self.known):
            if is_known:
                yield from _breakable("".join(letters))
            else:
                self.boxed = True
                # One box for a run of them: the engine takes long over many small ones.
                points = " ".join(f"U+{ord(x):04X}" for x in letters)
                yield Markup('<span class="codepoint">{}</span><wbr/>').format(points)


def _breakable(text: str) -> Iterator[Markup]:
    """Yield text with places to break inside words that are longer than a line should be."""
    for number, word in enumerate(text.split(" ")):
        if number:
            yield Markup(" ")
        for start in range(0, len(word), BREAK_AFTER):
            yield (Markup("<wbr/>") if start else Markup("")) + Markup("{}").format(
                word[start : start + BREAK_AFTER]
            )
