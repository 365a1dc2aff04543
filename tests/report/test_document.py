"""The page that the paper is set from: complete, escaped, and free of anything that could fetch or run."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import tinyhtml5
from fontTools.ttLib import TTFont

from assessment.report import document
from assessment.report.document import ASSETS, Typed, coverage
from assessment.report.engine import PACKAGED, SCHEMES
from tests.report.made import ALL_UNVERIFIED, hostile, report, result

SHEETS = {"css/tokens.css", "css/paper.css"}


class Page(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


HOSTILE = (
    "<script>alert(1)</script>",
    "</p></body><link rel=attachment href=file:///etc/passwd>",
    "<style>@import url(http://evil.example/x.css)</style>",
    '" onload="alert(1)',
    "<img src=http://evil.example/x.png>",
    "{{ 7 * 7 }} {% raw %}",
    "</title><h1>Forged</h1>",
    "&lt;script&gt; &amp;",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_typed_text_stays_text(text: str) -> None:
    plain, typed = Page(document.html(report())), Page(document.html(report(hostile(text))))

    assert {tag for tag, _ in typed.tags} == {tag for tag, _ in plain.tags}
    assert "".join(text.split()) in "".join(typed.text.split())
    assert not any(name.startswith("on") for _, attributes in typed.tags for name in attributes)


@pytest.mark.parametrize("text", ["Team Atlas", *HOSTILE])
def test_a_page_loads_two_style_sheets_and_links_only_to_what_may_be_linked(text: str) -> None:
    page = Page(document.html(report(hostile(text))))
    anchors = {attributes["id"] for _, attributes in page.tags if attributes.get("id")}

    assert {each["href"] for each in page.all("link")} == SHEETS
    assert not SHEETS - set(PACKAGED)
    for tag in ("script", "style", "img", "object", "embed", "iframe", "base", "form"):
        assert page.all(tag) == []
    assert not any("style" in attributes or "src" in attributes for _, attributes in page.tags)
    for each in page.all("a"):
        href = each["href"] or ""
        assert href.startswith(SCHEMES) or href.removeprefix("#") in anchors, href


def test_a_page_has_a_language_a_title_a_date_and_one_first_heading() -> None:
    page = Page(document.html(report()))
    levels = [level for level, _ in page.headings]

    assert page.all("html")[0]["lang"] == "en-GB"
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {"name": "dcterms.created", "content": "2026-11-22"} in page.all("meta")


def test_every_id_is_there_once_and_every_section_of_the_contents_exists() -> None:
    for of in (result(), result(ALL_UNVERIFIED, "E2")):
        told = report(of)
        ids = re.findall(r'\bid="([^"]+)"', document.html(told))

        assert len(ids) == len(set(ids))
        assert {anchor for anchor, _ in told.contents} <= set(ids)


def test_every_drawing_has_a_title_and_every_table_an_empty_corner() -> None:
    html = document.html(report())

    for drawing in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        assert re.search(r"<title>[^<]+</title>", drawing)
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        assert re.search(r"<thead>\s*<tr>\s*<td></td>", table)


def test_the_same_report_gives_the_same_page() -> None:
    assert document.html(report()) == document.html(report())


# --- characters -----------------------------------------------------------------------------------


def test_the_known_characters_are_those_of_the_packaged_fonts_that_can_be_seen() -> None:
    fonts = [ASSETS / name for name in PACKAGED if "Inter" in name]
    held = set.intersection(*(set(TTFont(font).getBestCmap()) for font in fonts))
    seen = {point for point in held if unicodedata.category(chr(point))[0] not in "CM"}

    assert coverage() == seen


@pytest.mark.parametrize("letter", ["א", "中", "ب", "😀", "\u202e", "\u200b", "\u00ad"])
def test_a_character_the_fonts_lack_is_printed_as_its_code_point_and_one_line_says_so(letter: str) -> None:
    html = document.html(report(hostile(f"a{letter}b")))

    assert f'<span class="codepoint">U+{ord(letter):04X}</span>' in html
    assert html.count("is printed as its code point in a box") == 1
    assert letter not in re.sub(r"<title>.*?</title>", "", html, count=1)


def test_a_run_of_them_stands_in_one_box() -> None:
    assert Typed(coverage()).set("a\u4e2d\u6587b").count("codepoint") == 1


def test_a_mark_is_set_as_part_of_its_letter_and_stands_in_a_box_where_it_is_none() -> None:
    acute, dot, circumflex = "\u0301", "\u0323", "\u0302"

    assert Typed(coverage()).set(f"e{dot}{circumflex} a{acute}") == "<bdi>\u1ec7 \u00e1</bdi>"
    assert Typed(coverage()).set("x" + acute * 9).count("U+0301") == 9


def test_without_such_a_character_the_line_is_not_there() -> None:
    assert "code point" not in document.html(report(hostile("Ærøskøbing, Łódź, Ελλάδα, Київ")))


@pytest.mark.parametrize("typed", ["Team Atlas", "<b>&amp;</b> ]]> & אב 中文 " + "W" * 200])
def test_a_page_reads_the_same_as_xml_and_as_html(typed: str) -> None:
    page = document.html(report(hostile(typed)))

    as_xml, as_html = ElementTree.XML(page), tinyhtml5.parse(page, namespace_html_elements=False)

    assert [*seen(as_xml)] == [*seen(as_html)]


def seen(root: ElementTree.Element) -> Iterator[tuple[str, dict[str, str], str, str]]:
    """Yield each element with its text, and what follows it but for the space that indents."""
    for each in root.iter():
        # To a reader of HTML the name of a namespace is an attribute.
        attributes = {name: value for name, value in each.attrib.items() if not name.endswith("}xmlns")}
        yield each.tag, attributes, (each.text or "").strip(), (each.tail or "").strip()


def test_a_long_run_of_letters_gets_places_to_break_and_keeps_its_letters() -> None:
    typed = Typed(coverage()).set("x" * 1000)

    assert typed.count("<wbr/>") == 24
    assert str(typed).replace("<wbr/>", "") == f"<bdi>{'x' * 1000}</bdi>"
