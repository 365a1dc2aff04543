"""An instrument that was dropped into content/, in Chromium, from the start to the downloaded PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from tests import scale
from tests.another import another, content_beside, content_instead, foreign_names
from tests.browser import steps
from tests.conftest import Site, start_site, stop_site

pytestmark = pytest.mark.browser

INSTRUMENT = another()
WIDTHS = [320, 768, 1440]


@pytest.fixture(params=["beside", "instead"] if scale.is_searched_longer() else ["beside"])
def harbour(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """The site as it is served, with the instrument beside the one that ships, or instead of it."""
    content = {"beside": content_beside, "instead": content_instead}[request.param](tmp_path)
    site = start_site(tmp_path / "instance", CONTENT=str(content))
    yield site
    stop_site(site)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that holds nothing yet."""
    context = chromium.new_context(accept_downloads=True)
    yield context
    context.close()


def begin(page: Page, site: Site) -> None:
    """Find the instrument from the start page, choose its longest form, and begin."""
    page.goto(f"{site.url}/diagnosis/")
    other = page.get_by_role("link", name=INSTRUMENT.name, exact=True)
    if other.count():
        other.click()
    page.get_by_role("radio", name=re.compile(INSTRUMENT.forms[-1].name)).check()
    page.get_by_label("What shall we call the team?").fill("Pier 4")
    page.get_by_label("How many people are in the team?").fill("6")
    page.get_by_label("Something else").check()
    steps.begin(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pier 4")


def walk(page: Page) -> set[str]:
    """Answer every page that follows, and return which kinds of pages there were."""
    before, met = page.url, set[str]()
    page.get_by_role("link", name="Begin with the first").click()
    for _ in range(80):
        page.wait_for_url(lambda url, before=before: url != before)  # each answer leads to another page
        before = page.url
        if before.endswith("/check"):
            return met
        met.add(answer(page))
    raise AssertionError("the journey does not end")


def answer(page: Page) -> str:
    """Answer the page that is open by what it asks; return which kind it was."""
    if page.url.endswith("/sample"):
        page.get_by_role("link", name=re.compile(r"^Open item \d$")).click()
        return "sample"
    if page.url.endswith("NOTICE/where"):
        page.get_by_label("Not applicable").check()
        steps.save(page)
        return "not applicable"
    if page.url.endswith("ORDER/where"):
        page.get_by_label("Enter counts that already exist").check()
        steps.save(page)
        return "where"
    if page.locator("#way-0").count():
        steps.list_of(page)
        return "where"
    if page.locator("#answer-0").count():
        steps.date(page)
        return "date"
    if page.locator("#total").count():
        steps.spread(page)
        return "spread"
    if page.locator("#level-0").count():
        return level(page)
    if page.url.endswith("/counts"):
        steps.counts(page)
        return "counts"
    steps.item(page, page.url.rpartition("/")[2], ("Yes", "No", "Could not verify"))
    return "item"


def level(page: Page) -> str:
    """Choose the second level that is offered, and name the record."""
    levels = page.locator("input[name=level]")
    met = "anchors" if levels.count() > 5 else "artefact"
    levels.nth(1).check()
    page.get_by_label("The record is open before me").check()
    page.get_by_label("What is its reference?").fill("Book 2")
    steps.save(page)
    return met


def said(page: Page) -> str:
    """Return what the page says between its menu and its foot."""
    return " ".join((page.locator("main").text_content() or "").split())


def squeezed(text: str) -> str:
    """Return a text without its spaces: on paper a line may end anywhere."""
    return re.sub(r"\s+", "", text)


@pytest.mark.longer
def test_it_is_begun_answered_and_told_up_to_the_pdf(context: BrowserContext, harbour: Site) -> None:
    page = context.new_page()
    begin(page, harbour)

    met = walk(page)
    steps.finish(page)
    screen = said(page)
    pdf = steps.paper(page)

    assert met == {
        *("where", "sample", "item", "counts", "not applicable"),
        *("date", "spread", "artefact", "anchors"),
    }
    paper = squeezed("".join(sheet.extract_text() for sheet in PdfReader(BytesIO(pdf)).pages))
    own = [
        *(layer.name for layer in INSTRUMENT.layers),
        *(pattern.name for pattern in INSTRUMENT.patterns),
        *(band.word for band in INSTRUMENT.constants.bands),
        INSTRUMENT.forms[-1].name,
        f"{INSTRUMENT.key} (draft)",
    ]
    assert [name for name in own if name not in screen] == []
    assert [name for name in own if squeezed(name) not in paper] == []
    assert any(destination.name in screen for destination in INSTRUMENT.destinations)
    assert [name for name in foreign_names() if name in screen or squeezed(name) in paper] == []
    assert re.search(r"HL-[0-9A-Z]{4}-[0-9A-Z]{4}", paper)

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert too_wide <= 0, width
