"""What machines read of the site: it parses, it is whole, and every address in it leads somewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.app import create_app
from assessment.content.library import read_library
from assessment.settings import ROOT
from assessment.store import database
from assessment.web import machines
from assessment.web.machines import linked, news
from assessment.web.security import PRIVATE_DOORS
from tests.conftest import some_settings

LIBRARY = read_library(ROOT / "content")
PAGES = LIBRARY.pages
BASE = "https://diagnosis.example"
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
DAYS_LEFT = 30


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all that is only read; its database is never asked."""
    app = create_app(some_settings(tmp_path_factory.mktemp("machines"), BASE_URL=BASE))
    yield app
    with app.app_context():
        database.db.engine.dispose()


@pytest.fixture
def reader(site: Flask) -> FlaskClient:
    return site.test_client()


def read(reader: FlaskClient, url: str, mimetype: str) -> str:
    """Return what an address of the site answers, asked for as it is written in a map."""
    response = reader.get(url.removeprefix(BASE), base_url=BASE)
    assert response.status_code == 200, url
    assert response.mimetype == mimetype, url
    return response.text


def is_there(reader: FlaskClient, url: str) -> bool:
    assert url.startswith(f"{BASE}/"), url
    return reader.get(urlsplit(url).path, base_url=BASE).status_code == 200


def test_what_machines_read_is_the_same_for_everyone_and_kept(reader: FlaskClient) -> None:
    for url in machines.answers(LIBRARY, some_settings(ROOT / "instance")):
        first = reader.get(url, base_url=BASE)
        again = reader.get(url, base_url=BASE, headers={"If-None-Match": first.headers["ETag"]})

        assert (first.status_code, again.status_code) == (200, 304), url
        assert "Set-Cookie" not in first.headers
        assert "public" in first.headers["Cache-Control"]


def test_the_sitemap_has_every_page_with_its_last_change_and_the_sample_report(reader: FlaskClient) -> None:
    root = ElementTree.fromstring(read(reader, "/sitemap.xml", "application/xml"))  # noqa: S314 our own
    listed = {each.findtext(f"{MAP}loc"): each.findtext(f"{MAP}lastmod") for each in root}

    assert listed == {
        **{BASE + page.url: page.changed.isoformat() for page in PAGES.values()},
        f"{BASE}/sample-report/": None,
    }
    assert all(is_there(reader, url) for url in listed if url)


def test_robots_may_read_the_pages_and_not_what_belongs_to_a_leader(reader: FlaskClient) -> None:
    lines = read(reader, "/robots.txt", "text/plain").splitlines()

    assert "Disallow: /reports/" in lines
    assert "Disallow: /" not in lines
    assert f"Sitemap: {BASE}/sitemap.xml" in lines
    assert {f"Disallow: /{door}/" for door in PRIVATE_DOORS} <= set(lines)


def test_the_feed_has_every_page_once_the_newest_change_first(reader: FlaskClient) -> None:
    root = ElementTree.fromstring(read(reader, "/feed.xml", "application/atom+xml"))  # noqa: S314 our own
    entries = root.findall(f"{ATOM}entry")
    ids = [each.findtext(f"{ATOM}id", "") for each in entries]
    changes = [each.findtext(f"{ATOM}updated", "") for each in entries]

    assert sorted(ids) == sorted(BASE + url for url in PAGES)
    assert root.findtext(f"{ATOM}id") not in ids
    assert changes == sorted(changes, reverse=True)
    assert root.findtext(f"{ATOM}updated") == changes[0]
    assert all(datetime.fromisoformat(each).tzinfo for each in changes)
    assert root.findtext(f"{ATOM}author/{ATOM}name") == LIBRARY.site.owner
    for element in (root, *entries):
        assert all(element.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        assert [
            each.attrib["href"] for each in element.findall(f"{ATOM}link") if each.get("rel") == "self"
        ] == ([f"{BASE}/feed.xml"] if element is root else [])
        assert all(is_there(reader, each.attrib["href"]) for each in element.findall(f"{ATOM}link"))


def test_whatever_a_page_is_called_the_feed_says_so_and_can_be_read() -> None:
    hostile = "</title> <b> & ]]> \" '"
    page = PAGES["/faq/"]
    head = page.head.model_copy(update={"title": hostile, "description": hostile})
    site = LIBRARY.site.model_copy(update={"name": hostile, "description": hostile, "owner": hostile})
    library = replace(LIBRARY, site=site, pages={page.url: replace(page, head=head)})

    root = ElementTree.fromstring(news.feed(library, BASE))  # noqa: S314 our own

    said = ["title", "subtitle", "author/{ATOM}name", "entry/{ATOM}title", "entry/{ATOM}summary"]
    assert [root.findtext(ATOM + path.replace("{ATOM}", ATOM)) for path in said] == [hostile] * 5


def test_the_index_for_language_models_leads_to_every_page_as_markdown(reader: FlaskClient) -> None:
    lines = read(reader, "/llms.txt", "text/plain").splitlines()
    links = [found.groups() for line in lines if (found := re.match(r"- \[(.+)\]\((.+)\): \S.+", line))]
    found = {url: title for title, url in links}

    assert lines[0] == f"# {LIBRARY.site.name}"
    assert lines[2] == f"> {LIBRARY.site.description}"
    assert len([line for line in lines if line.startswith("- ")]) == len(links)
    assert {BASE + url + "index.md": page.head.title for url, page in PAGES.items()}.items() <= found.items()
    assert all(is_there(reader, url) for url in found)


def test_whoever_finds_a_weakness_is_told_whom_to_tell(reader: FlaskClient) -> None:
    told = dict(
        line.split(": ", 1) for line in read(reader, "/.well-known/security.txt", "text/plain").splitlines()
    )

    assert told["Contact"] == LIBRARY.site.contact
    assert told["Canonical"] == f"{BASE}/.well-known/security.txt"
    assert told["Preferred-Languages"] == "en"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", told["Expires"])


def test_security_txt_holds_for_another_month_and_less_than_a_year() -> None:
    expires = LIBRARY.site.security_expires

    assert expires is not None
    assert timedelta(days=DAYS_LEFT) <= expires - today() <= timedelta(days=366), (
        "write a later day for security_expires in content/site.toml, less than a year ahead"
    )


def today() -> date:
    return datetime.now(UTC).date()


# --- pages as Markdown ----------------------------------------------------------------------------


def twin(reader: FlaskClient, url: str) -> str:
    return read(reader, f"{url}index.md", "text/markdown")


def test_every_page_is_there_as_markdown_with_its_title_description_and_address(reader: FlaskClient) -> None:
    for url, page in PAGES.items():
        lines = twin(reader, url).splitlines()

        assert lines[0] == f"# {page.head.title}"
        assert lines[2] == f"> {page.head.description}"
        assert f"<{BASE}{url}>" in lines[4]
        assert page.changed.isoformat() in lines[4]


def test_no_markdown_holds_what_only_this_site_can_read(reader: FlaskClient) -> None:
    for url in PAGES:
        text = twin(reader, url)

        assert "[[" not in text, url
        assert "{{" not in text, url
        assert not re.search(r"</?[a-z]+[ >]", text), url


def test_links_in_markdown_are_whole_and_lead_somewhere(reader: FlaskClient) -> None:
    seen = set()
    for url in PAGES:
        links = re.findall(r"\]\(([^)\s]*)\)", twin(reader, url))

        assert all(each.startswith(("https://", "mailto:")) for each in links), url
        seen |= {each for each in links if each.startswith(BASE)}
    assert seen
    assert all(is_there(reader, each) for each in seen)


def test_a_mark_stands_at_the_first_use_of_a_word_and_at_its_definition(reader: FlaskClient) -> None:
    for url, page in PAGES.items():
        if page.head.layout == "glossary":
            continue
        text, _, defined = twin(reader, url).partition("\n## Words of the framework on this page\n")

        for term in page.terms:
            assert f"**{term.title}{term.mark}**: {term.definition}" in defined, url
            assert f"<{term.canonical_url}>" in defined
            if term.mark:
                assert len(re.findall(f"{re.escape(term.name)}s?{term.mark}", text, re.IGNORECASE)) == 1, url
        assert text.count("™") + text.count("®") == len([term for term in page.terms if term.mark]), url


def test_the_markdown_of_the_questions_has_every_answer_and_that_of_the_glossary_every_word(
    reader: FlaskClient,
) -> None:
    for question in LIBRARY.faq:
        assert f"## {question.title}\n\n{question.text[:20]}" in twin(reader, "/faq/")
    for term in LIBRARY.terms.values():
        assert f"## {term.title}{term.mark}\n\n{term.definition}" in twin(reader, "/glossary/")


def test_tables_and_figures_of_the_instrument_stand_in_the_markdown(reader: FlaskClient) -> None:
    text = twin(reader, "/method/")

    for indicator in LIBRARY.current.indicators.values():
        assert indicator.name in text.replace("\\", "")


def test_the_markdown_of_the_first_page_tells_what_its_illustration_shows(reader: FlaskClient) -> None:
    head = PAGES["/"].head

    for row in head.illustration:
        assert f"- {row.sentence}: " in twin(reader, "/")
    assert head.caption in twin(reader, "/")


# --- what the head of a page says -------------------------------------------------------------------


EVERY = (*PAGES, "/sample-report/")


class Head(HTMLParser):
    """What the head of a page says: its meta and link elements, and its data."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: list[dict[str, str]] = []
        self.data: list[str] = []
        self._in_data = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and "content" in given:
            self.meta[given.get("property") or given["name"]] = given["content"]
        if tag == "link":
            self.links.append(given)
        self._in_data = tag == "script" and given.get("type") == "application/ld+json"

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data.append(data)


@pytest.fixture(scope="module")
def heads(site: Flask) -> dict[str, Head]:
    return {url: Head(read(site.test_client(), url, "text/html")) for url in EVERY}


def test_a_page_says_how_it_is_shown_where_somebody_links_to_it(heads: dict[str, Head]) -> None:
    for url, head in heads.items():
        assert head.meta["og:url"] == BASE + url
        assert head.meta["og:title"]
        assert head.meta["og:description"] == head.meta["description"], url
        assert head.meta["og:type"] == ("website" if url == "/" else "article")
        assert (head.meta["og:site_name"], head.meta["og:locale"]) == (LIBRARY.site.name, "en_GB")
        assert head.meta["twitter:card"] == "summary_large_image"
        assert head.meta["og:image:alt"].startswith(head.meta["og:title"])
    titles = [head.meta["og:title"] for head in heads.values()]
    assert sorted(titles) == sorted(set(titles))


def test_each_page_has_a_picture_that_is_there_in_the_size_that_it_says(
    heads: dict[str, Head], reader: FlaskClient
) -> None:
    found = [head.meta["og:image"] for head in heads.values()]

    assert len(set(found)) == len(EVERY)
    for url, head in heads.items():
        answer = reader.get(head.meta["og:image"].removeprefix(BASE), base_url=BASE)
        assert (answer.status_code, answer.mimetype) == (200, "image/png"), url
        size = tuple(int.from_bytes(answer.data[at : at + 4]) for at in (16, 20))  # of the header of a PNG
        assert size == (int(head.meta["og:image:width"]), int(head.meta["og:image:height"])) == (1200, 630)


def test_a_page_leads_to_its_markdown_and_to_the_feed(heads: dict[str, Head]) -> None:
    for url, head in heads.items():
        others = {each["type"]: each["href"] for each in head.links if each["rel"] == "alternate"}
        markdown = {"text/markdown": f"{url}index.md"} if url in PAGES else {}

        assert others == {"application/atom+xml": "/feed.xml", **markdown}


def test_markdown_says_which_page_it_is_another_form_of(reader: FlaskClient) -> None:
    for url in PAGES:
        assert reader.get(f"{url}index.md", base_url=BASE).headers["Link"] == (
            f'<{BASE}{url}>; rel="canonical"'
        )


# --- what a page is, as data ------------------------------------------------------------------------


def things(head: Head) -> dict[str, dict[str, Any]]:
    """Return what the data of a page says, by kind."""
    (data,) = head.data
    read = json.loads(data)
    assert read["@context"] == "https://schema.org"
    found = {each["@type"]: each for each in read["@graph"]}
    assert len(found) == len(read["@graph"])
    return found


def texts(of: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of some data with the key that it stands under."""
    if isinstance(of, dict):
        for name, value in of.items():
            yield from texts(value, name)
    elif isinstance(of, list):
        for each in of:
            yield from texts(each, key)
    elif isinstance(of, str):
        yield key, of


def test_every_page_says_what_it_is(heads: dict[str, Head]) -> None:
    kinds = {"page": {"Article"}, "pattern": {"Article"}, "faq": {"FAQPage"}, "glossary": {"DefinedTermSet"}}

    for url, head in heads.items():
        own = kinds.get(PAGES[url].head.layout, set()) if url in PAGES else set()
        way = set() if url == "/" else {"BreadcrumbList"}
        assert things(head).keys() == {"Organization", "WebSite"} | way | own, url


def test_addresses_in_the_data_are_whole_and_lead_somewhere(
    heads: dict[str, Head], reader: FlaskClient
) -> None:
    addresses = {"url", "item", "image", "mainEntityOfPage", "sameAs", "urlTemplate"}
    found = {
        text.partition("{")[0]
        for head in heads.values()
        for key, text in texts(things(head))
        if key in addresses
    }

    assert all(each.startswith("https://") for each in found)
    for each in found:
        if each.startswith(BASE):
            target = reader.get(each.removeprefix(BASE).partition("#")[0], base_url=BASE)
            assert target.status_code == 200, each
            assert "#" not in each or f'id="{each.partition("#")[2]}"' in target.text, each


def test_a_reference_within_the_data_names_something_that_is_in_it(heads: dict[str, Head]) -> None:
    for url, head in heads.items():
        named = {each["@id"] for each in things(head).values() if "@id" in each}
        meant = {text for key, text in texts(things(head)) if key == "@id"}

        assert meant <= named, url


def test_no_mark_stands_twice_in_the_data(heads: dict[str, Head]) -> None:
    for head in heads.values():
        for _, text in texts(things(head)):
            assert not re.search("[™®]\\s*[™®]", text)
    for each in things(heads["/glossary/"])["DefinedTermSet"]["hasDefinedTerm"]:
        assert len(re.findall("[™®]", each["name"] + each.get("alternateName", ""))) <= 1


def test_the_data_of_the_glossary_has_every_word(heads: dict[str, Head]) -> None:
    told = things(heads["/glossary/"])["DefinedTermSet"]
    found = {each["name"]: each for each in told["hasDefinedTerm"]}

    assert found.keys() == {term.title for term in LIBRARY.terms.values()}
    for term in LIBRARY.terms.values():
        each = found[term.title]
        assert each["description"] == term.definition
        assert each["sameAs"] == term.canonical_url
        assert each["url"] == f"{BASE}/glossary/#{term.id}"
        assert each["inDefinedTermSet"] == told["@id"]
        assert each.get("alternateName", term.title) == term.title + term.mark


def test_the_data_of_the_questions_has_every_answer_in_full(heads: dict[str, Head]) -> None:
    asked = things(heads["/faq/"])["FAQPage"]["mainEntity"]

    assert [each["name"] for each in asked] == [question.title for question in LIBRARY.faq]
    assert all(len(each["acceptedAnswer"]["text"]) > 40 for each in asked)
    assert not any(re.search("<[a-z/]|&[a-z]+;", each["acceptedAnswer"]["text"]) for each in asked)


def test_the_data_of_a_text_says_what_it_is_about_and_when_it_was_changed(heads: dict[str, Head]) -> None:
    for url, head in heads.items():
        told = things(head).get("Article")
        if not told:
            continue
        page = PAGES[url]
        assert (told["headline"], told["description"]) == (page.head.title, page.head.description)
        assert told["dateModified"] == page.changed.isoformat()
        assert told["image"] == head.meta["og:image"]
        term = LIBRARY.terms.get(url.split("/")[-2])
        assert told.get("about", {}).get("name") == (term.title if term else None), url


def test_the_way_to_a_page_begins_at_home_and_ends_with_it(heads: dict[str, Head]) -> None:
    for url, head in heads.items():
        if url == "/":
            continue
        steps = things(head)["BreadcrumbList"]["itemListElement"]
        assert (steps[0]["item"], steps[-1]["item"]) == (f"{BASE}/", BASE + url)
        assert [each["position"] for each in steps] == list(range(1, len(steps) + 1))
        assert all(each["name"] for each in steps)


def test_search_engines_are_told_of_the_search_where_there_is_one() -> None:
    for doors in ((), ("/search",)):
        site = LIBRARY.site.model_copy(update={"doors": doors})
        told = linked.website(replace(LIBRARY, site=site), BASE)

        found = told.get("potentialAction", {}).get("target", {}).get("urlTemplate")
        assert found == (f"{BASE}/search?q={{search_term_string}}" if doors else None)


def test_no_word_of_a_page_can_end_its_data() -> None:
    hostile = "</script><script>alert(1)</script><!-- & \u2028"
    site = LIBRARY.site.model_copy(update={"name": hostile})

    data = linked.data(replace(LIBRARY, site=site), BASE, "/")

    assert "<" not in data
    assert hostile in [text for _, text in texts(json.loads(data))]


# --- renamed pages ----------------------------------------------------------------------------------


@pytest.fixture
def renamed(site: Flask) -> Iterator[FlaskClient]:
    """The site after pages were renamed; one line names an address that is a page."""
    moved = {"/execution/": "/framework/", "/old.html": "/method/#the-score", "/faq/": "/glossary/"}
    site.extensions["library"] = replace(LIBRARY, redirects=moved)
    yield site.test_client()
    site.extensions["library"] = LIBRARY


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/execution/", "/framework/"),
        ("/execution", "/framework/"),
        ("/execution/?utm_source=x", "/framework/"),
        ("/old.html", "/method/#the-score"),
    ],
)
def test_whoever_comes_to_an_old_address_is_led_to_the_page_for_good(
    renamed: FlaskClient, old: str, new: str
) -> None:
    response = renamed.get(old, base_url=BASE)

    assert response.status_code == 308
    assert response.headers["Location"] == new
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in response.headers


def test_a_slash_that_was_forgotten_is_no_renaming_and_nobody_keeps_it(renamed: FlaskClient) -> None:
    response = renamed.get("/framework", base_url=BASE)

    assert (response.status_code, response.headers["Location"]) == (308, f"{BASE}/framework/")
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_page_is_never_hidden_by_an_old_address_nor_is_the_unknown_led_anywhere(
    renamed: FlaskClient,
) -> None:
    assert renamed.get("/faq/", base_url=BASE).status_code == 200
    unknown = renamed.get("/execution/further/", base_url=BASE)
    assert unknown.status_code == 404
    assert "There is nothing at this address" in unknown.text
    assert "no-store" in unknown.headers["Cache-Control"]
