"""The pages of the site: whole, linked, cheap to ask for again, and without a cookie."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.app import create_app
from assessment.content.library import read_library
from assessment.settings import ROOT, Settings
from assessment.web import pages
from assessment.web.capability import HOLDER_LIFE_SECONDS
from tests.conftest import some_settings

LIBRARY = read_library(ROOT / "content")
PAGES = list(LIBRARY.pages)
NAMED = ("canonical", "alternate")  # links that a browser does not follow by itself
EMPTY = {"meta", "link", "br", "hr", "img", "input", "path", "circle"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    text: str = ""
    inside: list[str] = field(default_factory=list)


class Document(HTMLParser):
    """What a page holds: its elements in order, each with its text and the names of those around it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Element(tag, {k: v or "" for k, v in attrs}, inside=[each.name for each in self.open])
        self.elements.append(found)
        if tag not in EMPTY:
            self.open.append(found)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().name != tag:
            pass

    def handle_data(self, data: str) -> None:
        for each in self.open:
            each.text += data

    def all(self, *names: str) -> list[Element]:
        return [each for each in self.elements if each.name in names]

    def ids(self) -> list[str]:
        return [each.attributes["id"] for each in self.elements if "id" in each.attributes]


def read(client: FlaskClient, url: str) -> Document:
    response = client.get(url)
    assert response.status_code == 200, url
    return Document(response.text)


@pytest.fixture(scope="module")
def settings(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of one site for all tests here: reading changes nothing."""
    instance = tmp_path_factory.mktemp("pages") / "instance"
    shutil.copytree(migrated, instance)
    return some_settings(instance)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    """The site."""
    app = create_app(settings)
    app.testing = True
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor who has not been here before."""
    return app.test_client()


# --- every page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", PAGES)
def test_reading_sets_no_cookie(client: FlaskClient, url: str):
    response = client.get(url)

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("url", PAGES)
def test_a_page_has_one_title_and_headings_that_skip_no_level(client: FlaskClient, url: str):
    levels = [int(each.name[1]) for each in read(client, url).all("h1", "h2", "h3", "h4", "h5", "h6")]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(here <= before + 1 for before, here in pairwise(levels))


def test_no_two_pages_have_one_title_or_one_description(client: FlaskClient):
    found = [read(client, url) for url in PAGES]
    titles = [page.all("title")[0].text for page in found]
    described = [
        each.attributes["content"]
        for page in found
        for each in page.all("meta")
        if each.attributes.get("name") == "description"
    ]

    assert len(set(titles)) == len(titles) == len(PAGES)
    assert len(set(described)) == len(described) == len(PAGES)


@pytest.mark.parametrize("url", PAGES)
def test_a_page_names_its_own_address_from_the_settings(client: FlaskClient, settings: Settings, url: str):
    links = read(client, url).all("link")

    assert [each.attributes["href"] for each in links if each.attributes["rel"] == "canonical"] == [
        settings.base_url + url
    ]


@pytest.mark.parametrize("url", PAGES)
def test_no_id_stands_twice_on_a_page(client: FlaskClient, url: str):
    ids = read(client, url).ids()

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("url", PAGES)
def test_a_page_brings_no_style_or_script_of_its_own_and_loads_nothing_from_elsewhere(
    client: FlaskClient, url: str
):
    page = read(client, url)
    loaded = [each.attributes["src"] for each in page.elements if "src" in each.attributes]
    loaded += [each.attributes["href"] for each in page.all("link") if each.attributes["rel"] not in NAMED]

    assert not page.all("style", "iframe")
    assert [each.attributes for each in page.all("script")] == [{"type": "application/ld+json"}]  # data
    assert not [
        each for each in page.elements if any(k == "style" or k.startswith("on") for k in each.attributes)
    ]
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)


def links_of(client: FlaskClient, url: str) -> Iterator[str]:
    for each in read(client, url).all("a"):
        yield urljoin(url, each.attributes["href"])


@pytest.mark.parametrize("url", PAGES)
def test_every_link_leads_to_something_that_is_there(client: FlaskClient, url: str):
    for link in links_of(client, url):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in ("https", "mailto")
            assert parts.netloc or parts.scheme == "mailto"
            continue
        target = read(client, parts.path)
        assert not parts.fragment or parts.fragment in target.ids(), link


@pytest.mark.parametrize("url", PAGES)
def test_every_file_that_a_page_loads_is_there(app: Flask, url: str):
    page = read(app.test_client(), url)

    for each in page.all("link", "img"):
        address = each.attributes.get("src") or each.attributes["href"]
        if each.attributes.get("rel") != "canonical":
            with app.test_client().get(address) as response:
                assert response.status_code == 200, address


@pytest.mark.parametrize("url", PAGES)
def test_every_table_says_what_its_rows_and_columns_are(client: FlaskClient, url: str):
    for cell in read(client, url).all("th"):
        assert cell.attributes["scope"] in ("col", "row")
        assert cell.text.strip()


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", PAGES)
def test_a_marked_word_opens_a_definition_that_is_on_the_page(client: FlaskClient, url: str):
    page = read(client, url)
    opened = [each for each in page.all("button") if each.attributes.get("class") == "term"]
    definitions = {each.attributes["id"]: each for each in page.elements if "popover" in each.attributes}

    assert [each.attributes["popovertarget"] for each in opened] == list(definitions)
    assert not [each for each in opened if {"a", "h1", "h2", "h3"} & set(each.inside)]
    for term in LIBRARY.pages[url].terms:
        assert term.definition in definitions[term.anchor].text
        assert term.origin in definitions[term.anchor].text
        assert term.canonical_shown in definitions[term.anchor].text


def test_the_glossary_has_every_term_with_origin_and_canonical_link(client: FlaskClient):
    page = read(client, "/glossary/")
    links = {each.attributes["href"] for each in page.all("a")}

    for term in LIBRARY.terms.values():
        assert term.id in page.ids()
        assert term.canonical_url in links
        assert term.origin in client.get("/glossary/").text.replace("&#39;", "'")


def test_the_questions_are_all_answered_on_one_page(client: FlaskClient):
    page = read(client, "/faq/")
    asked = [each.text for each in page.all("h2")]

    assert asked == [question.title for question in LIBRARY.faq]
    assert len(asked) >= 17  # the owner's three and the fourteen that their pages answer


def test_the_first_page_shows_the_idea_and_the_way_in(client: FlaskClient):
    page = read(client, "/")
    lede = next(each.text for each in page.all("p") if each.attributes.get("class") == "lede")

    assert "open the work and count" in lede
    assert [
        each
        for each in page.all("a")
        if each.attributes["href"] == "/diagnosis/" and each.attributes.get("class") == "button"
    ]
    assert "made-up team" in page.all("figcaption")[0].text


def test_what_the_first_page_draws_stands_so_in_the_sample_report(client: FlaskClient):
    def drawn(page: Document) -> list[str]:
        found = [each.text.strip() for each in page.all("svg") if each.attributes.get("role") == "img"]
        return [each for each in found if "expected" in each or "taken on trust" in each]

    first, sample = drawn(read(client, "/")), drawn(read(client, "/sample-report/"))

    assert len(first) == len(LIBRARY.pages["/"].head.illustration) + 2  # the scale is drawn wide and narrow
    assert set(first) <= set(sample)


def test_a_page_shows_the_way_to_it_and_marks_itself(client: FlaskClient):
    page = read(client, "/method/")

    way = [each for each in page.all("a") if "ol" in each.inside and "nav" in each.inside]

    assert [each.attributes["href"] for each in way] == ["/", "/method/"]
    assert [each.attributes.get("aria-current", "") for each in way] == ["", "page"]


def test_the_method_page_prints_what_the_instrument_holds(client: FlaskClient):
    instrument = LIBRARY.current
    words = read(client, "/method/").all("main")[0].text

    for named in (
        *(indicator.name for indicator in instrument.indicators.values()),
        *(pattern.name for pattern in instrument.patterns),
        *(destination.sentence for destination in instrument.destinations),
        *(grade.meaning for grade in instrument.grades),
        *(band.sentence for band in instrument.constants.bands),
        instrument.key,
    ):
        assert named in words
    assert (
        f"at least {instrument.constants.award_probability:.0%}".replace("%", "\N{NO-BREAK SPACE}%") in words
    )
    for destination in instrument.destinations:
        assert destination.disclosure in words


def test_the_privacy_page_names_the_life_of_the_cookie_as_it_is_set(client: FlaskClient):
    assert f"{HOLDER_LIFE_SECONDS // 86_400} days" in read(client, "/privacy/").all("main")[0].text


# --- asking again ---------------------------------------------------------------------------------


@pytest.mark.parametrize("url", PAGES)
def test_who_has_a_page_already_is_not_sent_it_again(client: FlaskClient, url: str):
    first = client.get(url)

    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})

    assert not first.headers["ETag"].startswith("W/")
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "public" in again.headers["Cache-Control"]


def test_other_content_has_another_etag(client: FlaskClient):
    assert len({client.get(url).headers["ETag"] for url in PAGES}) == len(PAGES)


def test_a_page_is_the_same_for_everyone_however_they_ask(client: FlaskClient):
    plain = client.get("/framework/").data

    assert client.get("/framework/", base_url="http://localhost:1234").data == plain
    assert client.get("/framework/?utm_source=x", headers={"Cookie": "holder=abc"}).data == plain


def test_every_page_is_rendered_before_anyone_asks(app: Flask, monkeypatch: pytest.MonkeyPatch):
    def rendered(template: str, **_: object) -> str:
        raise AssertionError(f"{template} was rendered for a request")

    monkeypatch.setattr(pages, "render_template", rendered)

    assert {app.test_client().get(url).status_code for url in PAGES} == {200}


def test_what_is_asked_first_does_not_colour_what_is_kept(app: Flask):
    app.test_client().get("/about/", base_url="http://localhost:1234")

    assert "localhost:1234" not in app.test_client().get("/").text


def test_a_page_can_be_asked_for_without_its_body(client: FlaskClient):
    response = client.head("/method/")

    assert response.status_code == 200
    assert response.data == b""
    assert response.headers["ETag"] == client.get("/method/").headers["ETag"]


# --- addresses ------------------------------------------------------------------------------------


def test_a_missing_slash_is_put_right(client: FlaskClient):
    response = client.get("/framework")

    assert response.status_code == 308
    assert urlsplit(response.headers["Location"]).path == "/framework/"


@pytest.mark.parametrize(
    "url", ["/nowhere/", "/framework/nowhere/", "/../content/site.toml", "/index/", "/nowhere/index.md"]
)
def test_what_is_no_page_is_not_found(client: FlaskClient, url: str):
    assert client.get(url).status_code == 404


def test_a_page_takes_nothing_in(client: FlaskClient):
    assert client.post("/framework/", data={"a": "b"}).status_code == 405


# --- in a browser ---------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_definition_opens_and_closes_without_javascript(site: Any, chromium: Any):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + "/framework/")
    definition = page.locator("#term-human-debt")
    assert not definition.is_visible()

    page.get_by_role("button", name="Human Debt").click()

    assert definition.is_visible()
    definition.get_by_role("button", name="Close").click()
    assert not definition.is_visible()
    context.close()
