"""A report as one HTML page for paper, the cover that may stand before it, and the paper itself.

Each page is complete but for two style sheets and the fonts, which the renderer knows by name. The page of
the report does not know of its cover: its sheets are the same with one and without.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateAssertionError
from jinja2.meta import find_referenced_templates

from assessment.core.instrument import Instrument
from assessment.core.interchange import sha256
from assessment.report.confined import Limits
from assessment.report.cover import Cover
from assessment.report.parts import Told
from assessment.report.pdf import ROOT, make_pdf
from assessment.report.pool import Pool
from assessment.report.reader import Library
from assessment.report.sections import told
from assessment.report.typed import Typed, coverage

ASSETS = ROOT / "static"
TEMPLATES = ROOT / "templates"
PAPER = "paper/report.html"
COVER = "paper/cover.html"

# The sheets that a report can be set on. The word is what its papers are kept under, too.
Size = Literal["", "letter"]


def paper(
    result: Mapping[str, Any],
    instrument: Instrument,
    library: Library,
    *,
    base_address: str,
    code: str = "",
    size: Size = "",
    cover: Cover | None = None,
    limits: Limits | None = None,
    pool: Pool | None = None,
) -> bytes:
    """Return the PDF of a result: the same result, words and address give the same bytes.

    `base_address` is the address of the site that issues the report; `code` the code of an issued report;
    `size` the sheet, A4 unless told; `cover` what goes in front of it, and how much of it goes; `pool` whose
    children set it, where there is one: it has limits of its own. Takes about a second, and another one
    without a pool. Raises PdfError.
    """
    report = told(
        result, instrument, library, base_address=base_address, code=code, sha256=sha256(dict(result))
    )
    page, front = html(report, size), cover_html(report, cover) if cover else ""
    alone = cover is not None and cover.first_alone
    if pool:
        return pool.make(page, front, alone)
    return make_pdf(page, assets=ASSETS, limits=limits, cover=front, first_alone=alone)


def html(report: Told, size: Size = "") -> str:
    """Return a report as the HTML page that the paper is set from."""
    typed = Typed(coverage())
    template = environment().get_template(PAPER)
    # Rendered in one go: whether a box was needed is known only when all of it has been set.
    body = template.render(told=report, paper=True, theirs=typed.set, typed=typed, size=size)
    return body


def cover_html(report: Told, cover: Cover) -> str:
    """Return the cover of a report as the HTML page of one A4 sheet."""
    typed = Typed(coverage())
    template = environment().get_template(COVER)
    return template.render(told=report, cover=cover, paper=True, theirs=typed.set)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates of the paper. A name that a template misspells is an error, not a gap."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )


def read_templates(*names: str) -> None:
    """Read templates, the papers' unless told, and those that they name: none is read later."""
    for name in names or (PAPER, COVER):
        _read_template(name)


def _read_template(name: str) -> None:
    known = environment()
    with contextlib.suppress(TemplateAssertionError):  # names what is for screens alone, and so no paper's
        known.get_template(name)
        source, _, _ = FileSystemLoader(TEMPLATES).get_source(known, name)
        for named in find_referenced_templates(known.parse(source)):
            if named:
                _read_template(named)
