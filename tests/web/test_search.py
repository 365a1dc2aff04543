"""The search as a visitor meets it: what they would type leads where it should, safely."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from assessment.app import create_app
from assessment.content.library import read_library
from assessment.content.search.index import MOST_HITS, Index
from assessment.content.search.texts import Document, Section
from assessment.settings import ROOT
from tests.conftest import some_settings


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A visitor of one site for all: nothing here writes to a database."""
    return create_app(some_settings(tmp_path_factory.mktemp("search"))).test_client()


# What a visitor would type, as they would, and the page or the answer that comes first. Half are misspelt.
QUESTIONS = {
    "how long does it take": "/faq/#how-long-does-it-take",
    "is it validated": "/faq/#is-it-validated",
    "can it be gamed": "/faq/#can-it-be-gamed",
    "how is the score calculated": "/method/",
    "do you store cookies": "/privacy/",
    "can I delete my data": "/privacy/",
    "what is an example report like": "/sample-report/",
    "is my team asked anything": "/faq/#is-my-team-asked",
    "backups never tested": "/patterns/untested-safety-net/",
    "start diagnosis": "/diagnosis/",
    "what does it cost": "/faq/#what-does-it-cost",
    "is my data safe": "/faq/#who-sees-what-i-enter",
    "compare two teams": "/faq/#can-teams-be-compared",
    "how often should I repeat it": "/faq/#how-often-should-it-be-repeated",
    "whom do I contact": "/about/",
    "accessibility": "/about/",
    "watermellon reprting": "/patterns/watermelon-reporting/",
    "confidnce levle": "/method/",
    "tecnical dept": "/framework/technical-debt/",
    "overlaod": "/patterns/overload-intake/",
    "psycological saftey": "/glossary/#psychological-safety",
    "decison log": "/patterns/decision-fog/",
    "next stpes": "/next-steps/",
    "fantom done": "/patterns/phantom-done/",
    "hero dependance": "/patterns/hero-dependence/",
    "ai drfit": "/patterns/ai-drift/",
    "sampel report": "/sample-report/",
    "veryfy report": "/verify/",
    "what if I cant verfy somthing": "/faq/#what-if-i-cannot-verify",
    "why dont surveis work": "/faq/#why-not-surveys",
    "glosary": "/glossary/",
    "privicy": "/privacy/",
}


def asked(client: FlaskClient, typed: str) -> str:
    response = client.get(f"/search?q={quote_plus(typed)}")
    assert response.status_code == 200
    return response.text


def results(page: str) -> list[str]:
    return re.findall(r'results__title"><a href="([^"]+)"', page)


@pytest.mark.parametrize(("typed", "address"), QUESTIONS.items())
def test_a_question_of_a_visitor_leads_where_it_is_answered(client: FlaskClient, typed: str, address: str):
    first = results(asked(client, typed))[0]

    assert first == address or (not address.startswith("/faq/#") and first.partition("#")[0] == address)


def test_everything_that_the_site_says_can_be_found_by_its_name(client: FlaskClient):
    library = read_library(ROOT / "content")
    named = [(page.head.title, url) for url, page in library.pages.items()]
    named += [(question.title, f"/faq/#{question.anchor}") for question in library.faq]
    named += [(term.title, f"/glossary/#{term.id}") for term in library.terms.values()]

    lost = {title: url for title, url in named if url not in results(asked(client, title))[:3]}

    assert lost == {}


def test_every_result_leads_to_something_that_is_there(client: FlaskClient):
    found = {url for typed in (*QUESTIONS, "report", "debt", "team") for url in results(asked(client, typed))}

    for url in found:
        path, _, anchor = url.partition("#")
        page = client.get(path)
        assert page.status_code in (200, 202), url  # the sample report may still be on its way
        assert not anchor or f'id="{anchor}"' in page.text, url


def test_what_was_found_is_marked_and_what_was_mended_is_told(client: FlaskClient):
    page = asked(client, "waht is humn debt")

    assert "Showing results for <strong><bdi>what is human debt</bdi></strong>" in page
    assert "<mark>Human</mark>" in page
    assert page.count('<li>\n    <p class="results__title">') <= MOST_HITS


def test_who_finds_nothing_is_shown_where_to_begin(client: FlaskClient):
    for typed in ("xyzzyplugh", "🦆🦆🦆", "?!", "שלום עולם"):
        page = asked(client, typed)

        assert "Nothing here is about" in page
        assert {"/framework/", "/method/", "/faq/"} <= set(results(page))


def test_the_page_asks_before_anything_was_asked(client: FlaskClient):
    page = client.get("/search")

    assert '<input class="input" id="q" name="q" type="search" value=""' in page.text
    assert "Nothing here is about" not in page.text
    assert "Set-Cookie" not in page.headers
    assert '<meta name="robots" content="noindex' in page.text


HOSTILE = [
    "<script>alert(1)</script>",
    "<script>alert(1)</script> humn debt",
    "<script>xyzzyplugh</script>",
    "<xyzzyplugh>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %}",
    "' OR 1=1 --",
    "(((((((((((a+)+)+)+$ [ ] * ? \\",
    "a" * 200_000,
    "word " * 1_000,
    "debt " * 1_000,
    "\0debt\0",
    "‮debt‬ עברית",
    "👩‍👩‍👧‍👦 debt",
    "e\u0301" * 150,
    "-" * 5_000,
    "debt-" * 2_000,
]


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_typed_is_answered_and_shown_as_text(client: FlaskClient, typed: str):
    page = asked(client, typed)

    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "<xyzzyplugh" not in page
    assert "\0" not in page
    assert "\u202e" not in page
    assert len(page) < 60_000


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF%FE", "%00", "debt%ED%B0%80", "%"])
def test_bytes_that_are_no_text_are_answered(client: FlaskClient, raw: str):
    assert client.get(f"/search?q={raw}").status_code == 200


def test_what_a_page_says_is_shown_as_text_where_it_is_found(client: FlaskClient):
    library = client.application.extensions["library"]
    said = Document("/faq/", "<i>Tags</i>", "page", "", (Section("a", "<u>Of</u>", "A <b>tag</b> is bold."),))
    client.application.extensions["library"] = replace(library, index=lambda: Index([said]))

    page = asked(client, "bold")
    client.application.extensions["library"] = library

    assert "&lt;i&gt;Tags&lt;/i&gt;: &lt;u&gt;Of&lt;/u&gt;</a>" in page
    assert "A &lt;b&gt;tag&lt;/b&gt; is <mark>bold</mark>." in page


def test_what_nothing_is_about_is_said_back_as_text(client: FlaskClient):
    assert "Nothing here is about “<bdi>&lt;xyzzyplugh&gt;</bdi>”" in asked(client, "<xyzzyplugh>")


def test_what_is_cut_is_told(client: FlaskClient):
    assert "only as much of it as stands above" in asked(client, "debt " * 1_000)


def test_a_browser_can_be_told_of_the_search(client: FlaskClient):
    named = re.search(r'<link rel="search"[^>]* href="([^"]+)"', client.get("/search").text)
    assert named

    described = ElementTree.fromstring(client.get(named[1]).text)  # noqa: S314 our own

    address = described[-1].attrib["template"]
    assert address.endswith("/search?q={searchTerms}")


@pytest.mark.browser
def test_a_visitor_searches_without_javascript_and_without_a_mouse(site: Any, chromium: Any):
    from tests.browser import axe

    context = chromium.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{site.url}/search")
    page.get_by_role("searchbox", name="What are you looking for?").fill("humn debt " + quote("x" * 30))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q=humn\+debt"))

    assert page.locator("mark").count() > 2
    assert context.cookies() == []
    context.close()
    page = chromium.new_page(reduced_motion="reduce", viewport={"width": 320, "height": 640})
    page.goto(f"{site.url}/search?q=humn+debt+{'x' * 150}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe.violations_in_light_and_dark(page) == []
    page.close()
