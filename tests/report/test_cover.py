"""A cover: whatever a sender writes on it, it is one sheet, and the report behind it is what it was."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from pypdf import PdfReader

from assessment.report import cover, document
from assessment.report.cover import Cover
from assessment.report.pdf import FONTS, PdfError
from assessment.report.pool import Pool
from assessment.settings import ROOT
from tests import scale
from tests.naughty import KEPT
from tests.report import made
from tests.report.examined import faults
from tests.report.made import squeezed
from tests.report.test_document import HOSTILE, Page

DAY = date(2026, 9, 30)
USUAL = Cover(
    "Northwind Logistics",
    "Ada Seller, PeopleNotTech",
    "ada@example.org\n+44 20 7946 0000",
    "Dear Mr Verne,\n\nthank you for opening the work with us.\nThe first page has it all.\n\nAda",
    DAY,
)
# The widest letters of the fonts, and one of the usual ones.
WIDEST = ("\N{ROMAN NUMERAL EIGHT}", "\N{CYRILLIC CAPITAL LETTER SHCHA}", "\N{PER MILLE SIGN}", "W")


def filled(words: str, longest: int, lines: int = 1) -> str:
    """Return as long a text as a field takes, in as many lines as it takes, of these words."""
    whole = (words * longest)[:longest]
    first = whole.split("\n")
    return "\n".join([*first[: lines - 1], " ".join(first[lines - 1 :])]).strip()


def longest(letter: str, word: int, parting: str) -> Cover:
    """Return a cover in which every field is full, with words of so many letters."""
    one = filled(letter * min(word, 20) + " ", cover.NAME)
    return Cover(
        one,
        one[: cover.SENDER],
        filled(letter * 14 + "\n", cover.CONTACT, cover.CONTACT_LINES),
        filled(letter * word + parting, cover.MESSAGE, cover.MESSAGE_LINES),
        DAY,
        picture(300, 300),
        first_alone=True,
    )


def picture(width: int, height: int) -> bytes:
    file = BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def everything_hostile() -> Cover:
    """Return a cover with what breaks whoever is careless in every field, as if no form had refused it."""
    lines = [each for each in (*HOSTILE, *KEPT) if "\n" not in each]
    return Cover(
        f"</title></h1>{lines[1]}"[: cover.NAME],
        f'"><script>{lines[2]}'[: cover.SENDER],
        filled("\n".join(lines[3:6]), cover.CONTACT, cover.CONTACT_LINES),
        filled("\n\n".join(lines), cover.MESSAGE, cover.MESSAGE_LINES),
        DAY,
        picture(1000, 400),
    )


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Children that set the papers."""
    pool = Pool(document.ASSETS, limits=made.PATIENT)
    yield pool
    pool.close()


def set_with(pool: Pool, given: Cover | None, of: dict[str, Any] | None = None) -> bytes:
    return document.paper(
        of or made.result(),
        made.instrument(),
        made.library(),
        base_address=made.BASE,
        code=made.CODE,
        cover=given,
        pool=pool,
    )


@pytest.fixture(scope="module")
def plain(pool: Pool) -> PdfReader:
    """The report without a cover."""
    return PdfReader(BytesIO(set_with(pool, None)))


def drawn(sheet: Any) -> tuple[list[bytes], str, list[str]]:
    """Return what is drawn on a sheet, to the byte, what is read on it, and where its links lead out.

    Drawings are numbered through a paper, so each is told by what it draws and not by its number.
    """
    links = [str(each.get_object().get("/A")) for each in sheet.get("/Annots", ())]
    drawings = list(_drawings(sheet.get_contents().get_data(), sheet["/Resources"]))
    return drawings, sheet.extract_text(), [each for each in links if "URI" in each]


def _drawings(content: bytes, resources: Any) -> Iterator[bytes]:
    yield re.sub(rb"/x\d+ Do", b"/x Do", content)
    for name in re.findall(rb"/x\d+(?= Do)", content):
        inner = resources["/XObject"][name.decode()].get_object()
        yield from _drawings(inner.get_data(), inner.get("/Resources") or resources)


def letters(paper: PdfReader) -> dict[str, dict[str, Any]]:
    """Return the outlines of the letters of a paper, by font."""
    fonts = {}
    for sheet in paper.pages:
        for font in sheet["/Resources"].get("/Font", {}).values():  # type: ignore[attr-defined]
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            embedded = inner["/FontDescriptor"].get_object()["/FontFile2"].get_object().get_data()
            fonts[str(inner["/BaseFont"])] = BytesIO(embedded)
    return {name: _outlines(TTFont(file)) for name, file in fonts.items()}


def _outlines(font: TTFont) -> dict[str, Any]:
    outlines = {name: font["glyf"][name].getCoordinates(font["glyf"]) for name in font.getGlyphOrder()}
    return {name: (list(points), list(ends)) for name, (points, ends, _) in outlines.items() if points}


def test_the_most_hostile_cover_leaves_every_sheet_of_the_report_as_it_was(
    pool: Pool, plain: PdfReader
) -> None:
    result = made.result()
    before = json.dumps(result)

    covered = PdfReader(BytesIO(set_with(pool, everything_hostile(), result)))

    assert len(covered.pages) == len(plain.pages) + 1
    assert [drawn(each) for each in covered.pages[1:]] == [drawn(each) for each in plain.pages]
    of_both = letters(covered)
    for font, outlines in letters(plain).items():
        assert len(outlines) > 20
        assert outlines.items() <= of_both[font].items()
    assert json.dumps(result) == before


def test_a_paper_with_a_cover_is_whole(pool: Pool, tmp_path: Path) -> None:
    told, given = made.report(), replace(USUAL, logo=picture(600, 200))

    pdf = set_with(pool, given)

    assert faults(pdf, document.cover_html(told, given) + document.html(told), tmp_path) == []
    outline = [str(each.title) for each in PdfReader(BytesIO(pdf)).outline if not isinstance(each, list)]
    assert outline[0] == "Cover"


def test_the_first_page_alone_is_that_of_the_whole_report_and_its_cover_says_so(
    pool: Pool, plain: PdfReader, tmp_path: Path
) -> None:
    given = replace(USUAL, first_alone=True)

    pdf = set_with(pool, given)

    front, first = PdfReader(BytesIO(pdf)).pages
    assert drawn(first) == drawn(plain.pages[0])
    assert f"Page1of{len(plain.pages)}" in squeezed(first.extract_text())
    assert "thefirstpageofthereport,notthewholeofit" in squeezed(front.extract_text())
    assert faults(pdf, document.cover_html(made.report(), given), tmp_path) == []
    assert set_with(pool, given) == pdf
    # Nothing is told to be a link that leads nowhere.
    assert all("/OBJR" in str(kids) for kids in links_told(PdfReader(BytesIO(pdf))))


def links_told(paper: PdfReader) -> Iterator[list[Any]]:
    """Yield what each link is made of, by the structure that a paper is read aloud from."""
    waiting = [paper.trailer["/Root"]["/StructTreeRoot"]]  # type: ignore[index]
    while waiting:
        kids = waiting.pop().get("/K", [])
        inner = [each.get_object() for each in (kids if isinstance(kids, list) else [kids])]
        told = [each for each in inner if isinstance(each, dict)]
        yield from ([kid.get_object() for kid in each["/K"]] for each in told if each.get("/S") == "/Link")
        waiting += told


def test_a_cover_says_whose_it_is_what_it_is_not_and_where_the_report_is_verified(pool: Pool) -> None:
    front = PdfReader(BytesIO(set_with(pool, replace(USUAL, first_alone=True)))).pages[0]

    words = squeezed(front.extract_text())

    for said in (
        "Northwind Logistics",
        "thank you for opening the work with us.",
        "Ada Seller, PeopleNotTech",
        "+44 20 7946 0000",
        "30 September 2026",
        made.CODE,
        "This cover is by its sender and is not part of the diagnosis: the signature of the figures and "
        "their SHA-256 do not cover it.",
        f"{made.BASE.removeprefix('https://')}/verify/{made.CODE}",
    ):
        assert squeezed(said) in words, said


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_typed_on_a_cover_stays_text(text: str) -> None:
    told = made.report()
    without = Page(document.cover_html(told, Cover("A", "B", "C", "D", DAY)))

    typed = Page(document.cover_html(told, Cover(text, text, text, text, DAY)))

    assert {tag for tag, _ in typed.tags} == {tag for tag, _ in without.tags}
    assert "".join(typed.text.split()).count("".join(text.split())) == 4
    assert not any("src" in attributes or "style" in attributes for _, attributes in typed.tags)


# In one process of its own, which never has the layout engine set anything else.
ON_HOW_MANY = (
    "import json, sys; from pathlib import Path; from assessment.report import engine;"
    "made = engine.Engine(Path(sys.argv[1]));"
    "[made._cover(each) for each in json.load(sys.stdin)]; print(json.dumps(made._faults.found))"
)


def test_the_longest_words_of_the_widest_letters_stand_on_one_sheet() -> None:
    # Words that leave most of each line free, those that are broken, and as many paragraphs as there may be.
    words = (14, 20, 26, 30, 40, 49, 55, 62, 100, 1200) if scale.is_searched_longer() else (62,)
    of = WIDEST if scale.is_searched_longer() else WIDEST[:2]
    told = [
        made.report(made.result(label=label)) for label in ("\N{ROMAN NUMERAL EIGHT}" * 80, "\u4e2d " * 40)
    ]

    pages = [
        document.cover_html(told[number % 2], longest(letter, word, parting))
        for number, (letter, word, parting) in enumerate(
            (letter, word, parting) for letter in of for word in words for parting in (" ", "\n\n")
        )
    ]

    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ON_HOW_MANY, str(document.ASSETS)],
        input=json.dumps(pages).encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={"FONTCONFIG_FILE": str(FONTS), "PATH": ""},
    )
    assert json.loads(said.stdout) == []


def test_what_would_need_a_second_sheet_is_refused_and_not_cut(pool: Pool) -> None:
    with pytest.raises(PdfError, match="the cover does not fit on one sheet") as failed:
        set_with(pool, replace(USUAL, message="\n".join("W" * 400)))

    assert not failed.value.worth_retrying


def test_a_page_may_hold_a_picture_within_itself_and_none_from_elsewhere(pool: Pool) -> None:
    told = made.report()
    page = document.cover_html(told, replace(USUAL, logo=picture(60, 20)))

    for elsewhere in ("data:image/svg+xml;base64,PHN2Zy8+", "https://example.org/logo.png", "logo.png"):
        start = page.index("data:image/png")
        changed = page[:start] + elsewhere + page[page.index('"', start) :]
        with pytest.raises(PdfError) as failed:
            pool.make(document.html(told), changed)
        assert failed.value.reason == "refused"
