"""The frame of the pages and the controls in it: found by keyboard, named for who listens, light to load."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from jinja2 import Environment, FileSystemLoader
from wtforms import Form, IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from assessment.app import create_app
from assessment.report.figures import Cut, Span, readings_scale, strip
from assessment.settings import ROOT
from tests.conftest import some_settings

HOME_AT_MOST = 120_000  # bytes with styles and fonts, as they are sent

VOID = {"input", "meta", "link", "br", "img", "hr", "wbr"}


class Elements(HTMLParser):
    """Every element of a page as (tag, attributes), and a complaint for each that is left open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of a tag that has these values."""
        return [a for t, a in self.found if t == tag and all(a.get(k) == v for k, v in wanted.items())]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The whole site, for pages that need no database."""
    return create_app(some_settings(tmp_path_factory.mktemp("layout")))


@pytest.fixture(scope="module")
def macros() -> Environment:
    """The macros alone, as any page imports them."""
    return Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True)


class Asked(Form):
    """One field of each kind that can be refused."""

    seen = RadioField(
        "Can you open it?",
        choices=[SelectChoice("yes", "Yes"), SelectChoice("no", "No")],
        validators=[InputRequired("Choose an answer.")],
    )
    size = IntegerField("How many?", validators=[InputRequired("Give the number.")])
    place = StringField("Where?")


def refused() -> Asked:
    form = Asked()
    form.validate()
    return form


def controls(macros: Environment) -> Any:
    return macros.get_template("macros/forms.html").module


def pictures(macros: Environment) -> Any:
    return macros.get_template("macros/figures.html").module


# --- the frame ----------------------------------------------------------------------------------


def test_a_page_names_its_language_title_and_way_past_the_menu(site: Flask) -> None:
    page = Elements(site.test_client().get("/").get_data(as_text=True))

    assert page.all("html")[0]["lang"] == "en-GB"
    first_link = page.all("a")[0]
    assert first_link["href"] == "#main"
    assert page.all("main", id="main")
    assert len(page.all("h1")) == 1
    assert page.open == []


def test_the_menu_marks_where_one_is(site: Flask) -> None:
    page = Elements(site.test_client().get("/framework/").get_data(as_text=True))

    assert {link["href"] for link in page.all("a", **{"aria-current": "page"})} == {"/framework/"}


def test_a_page_of_content_has_one_canonical_address_and_may_be_indexed(site: Flask) -> None:
    page = Elements(site.test_client().get("/framework/").get_data(as_text=True))

    (canonical,) = page.all("link", rel="canonical")
    assert str(canonical["href"]).endswith("/framework/")
    assert not page.all("meta", name="robots")


def test_a_private_page_is_kept_out_of_every_index(site: Flask) -> None:
    page = Elements(site.test_client().get("/nothing-here/").get_data(as_text=True))

    assert str(page.all("meta", name="robots")[0]["content"]).startswith("noindex")
    assert not page.all("link", rel="canonical")


def test_nothing_on_a_page_is_styled_or_scripted_in_place(site: Flask) -> None:
    for url in ("/", "/method/", "/diagnosis/"):
        page = Elements(site.test_client().get(url).get_data(as_text=True))

        assert not page.all("style"), url
        assert not [attributes for _, attributes in page.found if "style" in attributes], url
        assert not [a for _, a in page.found if any(name.startswith("on") for name in a)], url


def test_the_home_page_is_light_with_its_styles_and_fonts(site: Flask) -> None:
    client = site.test_client()
    home = client.get("/")
    page = Elements(home.get_data(as_text=True))
    sheets = []
    for link in page.all("link", rel="stylesheet"):
        with client.get(str(link["href"])) as answer:
            sheets.append(answer.get_data(as_text=True))
    named = set(re.findall(r'url\("\.\./(fonts/[a-z-]+)\.[0-9a-f]+\.woff2"\)', "".join(sheets)))
    fonts = [(ROOT / f"static/{name}.woff2").stat().st_size for name in named if "italic" not in name]

    assert len(fonts) == 3
    texts = [home.data, *(sheet.encode() for sheet in sheets)]
    assert sum(len(gzip.compress(text)) for text in texts) + sum(fonts) < HOME_AT_MOST


# --- the controls -------------------------------------------------------------------------------


def test_the_summary_of_errors_takes_the_focus_and_leads_to_each_field(macros: Environment) -> None:
    drawn = Elements(str(controls(macros).error_summary(refused())))

    assert "autofocus" in drawn.all("div", role="alert")[0]
    assert [link["href"] for link in drawn.all("a")] == ["#seen-0", "#size"]


def test_without_a_fault_there_is_no_summary(macros: Environment) -> None:
    assert str(controls(macros).error_summary(Asked())) == ""


def test_a_question_is_the_legend_of_its_answers_and_tied_to_hint_and_error(macros: Environment) -> None:
    drawn = Elements(str(controls(macros).choices(refused().seen, "A status is not a result.")))

    group = drawn.all("fieldset")[0]
    assert group["aria-describedby"] == "seen-hint seen-error"
    assert drawn.all("p", id="seen-hint")
    assert drawn.all("p", id="seen-error")
    assert drawn.all("legend")
    for radio in drawn.all("input", type="radio"):
        assert drawn.all("label", **{"for": str(radio["id"])})


def test_a_refused_field_says_so_beside_it(macros: Environment) -> None:
    drawn = Elements(str(controls(macros).number_field(refused().size, unit="items")))

    field = drawn.all("input", id="size")[0]
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "size-error"
    assert drawn.all("label", **{"for": "size"})


def test_a_field_in_order_carries_no_trace_of_errors(macros: Environment) -> None:
    drawn = Elements(str(controls(macros).text_field(refused().place)))

    field = drawn.all("input", id="place")[0]
    assert not {"aria-invalid", "aria-describedby"} & field.keys()


def test_what_is_handed_back_is_text_and_nothing_else(macros: Environment) -> None:
    drawn = str(controls(macros).handed_back([("note", "<script>alert(1)</script>")]))

    assert "&lt;script&gt;" in drawn
    assert "<script>" not in drawn


# --- figures in a page --------------------------------------------------------------------------


def test_a_figure_says_its_finding_as_its_first_child_and_shows_once_without_styles(
    macros: Environment,
) -> None:
    drawn = readings_scale(shown=31, likely=Span(46, 30, 63), claimed=68, cuts=[Cut(0, "partly")])

    said = str(pictures(macros).figure(drawn))

    both = Elements(said).all("svg")
    assert [picture.get("display") for picture in both] == [None, "none"]
    assert all(picture["role"] == "img" for picture in both)
    assert len(re.findall(r"<svg[^>]*>\s*<title>Shown 31, likely 46", said)) == 2


def test_paper_gets_the_wide_drawing_alone(macros: Environment) -> None:
    drawn = readings_scale(shown=31, likely=None, claimed=68, cuts=[Cut(0, "partly")])

    said = str(pictures(macros).figure(drawn, paper=True))

    assert [svg["class"] for svg in Elements(said).all("svg")] == ["figure__wide"]


def test_marks_carry_their_paint_where_no_sheet_reaches(macros: Environment) -> None:
    said = str(pictures(macros).mark(strip(1, 1, 0)))

    sound, failing = Elements(said).all("path")
    assert sound["fill"] != "none"
    assert failing["fill"] == "none"
    assert failing["stroke"]
