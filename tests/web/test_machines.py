"""What machines read of the site: it parses, it is whole, and every address in it leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
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


def test_the_feed_has_every_page_once_the_newest_change_first(reader: FlaskClient) -> None:
    root = ElementTree.fromstring(read(reader, "/feed.xml", "application/atom+xml"))  # noqa: S314 our own
    entries = root.findall(f"{ATOM}entry")
    ids = [each.findtext(f"{ATOM}id", "") for each in entries]
    changes = [each.findtext(f"{ATOM}updated", "") for each in entries]

    assert sorted(ids) == sorted(BASE + url for url in PAGES)
    assert changes == sorted(changes, reverse=True)
    assert root.findtext(f"{ATOM}updated") == changes[0]
    assert root.findtext(f"{ATOM}author/{ATOM}name") == LIBRARY.site.owner
    for element in (root, *entries):
        assert all(element.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        assert [
            each.attrib["href"] for each in element.findall(f"{ATOM}link") if each.get("rel") == "self"
        ] == ([f"{BASE}/feed.xml"] if element is root else [])
        assert all(is_there(reader, each.attrib["href"]) for each in element.findall(f"{ATOM}link"))


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


def test_a_page_is_never_hidden_by_an_old_address_nor_is_the_unknown_led_anywhere(
    renamed: FlaskClient,
) -> None:
    assert renamed.get("/faq/", base_url=BASE).status_code == 200
    unknown = renamed.get("/execution/further/", base_url=BASE)
    assert unknown.status_code == 404
    assert "There is nothing at this address" in unknown.text
    assert "no-store" in unknown.headers["Cache-Control"]
