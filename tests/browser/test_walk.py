"""A leader in Chromium, from the start to the downloaded PDF, with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from pypdf import PdfReader

from tests.browser import by_requests, steps
from tests.conftest import Site

pytestmark = pytest.mark.browser


@pytest.fixture(params=[False, True], ids=["without JavaScript", "with JavaScript"])
def context(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that holds nothing yet."""
    context = chromium.new_context(java_script_enabled=request.param, accept_downloads=True)
    yield context
    context.close()


def test_a_leader_walks_from_the_start_to_the_downloaded_pdf(context: BrowserContext, site: Site) -> None:
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    base = steps.start(page, site.url)

    steps.walk(page, base)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    steps.finish(page)
    pdf = steps.paper(page)

    assert pdf.startswith(b"%PDF-1.7")
    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(pdf)).pages)
    assert "Team Atlas" in text
    assert re.search(r"EI-[0-9A-Z]{4}-[0-9A-Z]{4}", text)
    assert complaints == []


def test_memory_is_asked_for_three_things_and_then_on_five_pages(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/diagnosis/")
    expect(page.get_by_label("How many days are looked at?")).to_be_visible()
    page.get_by_role("radio", name=re.compile("Pre-scan")).check()
    expect(page.get_by_label("How many days are looked at?")).to_be_hidden()
    expect(page.get_by_label("Software or data")).to_be_hidden()

    base = steps.start(page, site.url, form="pre-scan")
    steps.walk(page, base)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    steps.finish(page)

    expect(page.get_by_role("heading", level=1)).to_contain_text("all from memory")


def test_the_private_link_goes_on_in_another_browser(
    context: BrowserContext, chromium: Browser, site: Site
) -> None:
    page = context.new_page()
    base = steps.start(page, site.url)
    link = steps.private_link(page)
    page.goto(base + "F1/where")
    steps.list_of(page)
    page.goto(base + "F1/1")
    steps.item(page, "ATLAS-1187")

    elsewhere = chromium.new_context()
    other = elsewhere.new_page()
    other.goto(link)
    other.get_by_role("button", name="Open the diagnosis").click()
    other.wait_for_url(base)
    other.goto(base + "F1/1")

    assert other.get_by_label("Its reference").input_value() == "ATLAS-1187"
    elsewhere.close()


def test_a_double_click_on_save_keeps_one_answer_and_goes_on(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    base = site.url + by_requests.drawn(context, site.url).base
    page.goto(base + "F1/1")
    page.get_by_label("Its reference").fill("ATLAS-1187")
    for name in ("VD1", "VD2", "IN1", "FR1"):
        page.locator(f"#{name}-0").check()

    page.locator("main form button").first.dblclick()
    page.wait_for_url(base + "F1/2")

    expect(page.get_by_text("1 of 3 opened")).to_be_visible()


def test_going_back_and_sending_again_is_harmless(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    base = site.url + by_requests.drawn(context, site.url).base
    page.goto(base + "F1/1")
    steps.item(page, "ATLAS-1187")
    page.go_back()

    assert page.get_by_label("Its reference").input_value() == "ATLAS-1187"
    steps.save(page)

    page.wait_for_url(base + "F1/2")


def test_a_refused_page_takes_the_focus_to_what_is_wrong(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/diagnosis/")

    steps.begin(page)
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="Write a name for the team.").click()

    expect(page.get_by_label("What shall we call the team?")).to_be_focused()


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_no_page_of_the_journey_is_wider_than_the_screen(chromium: Browser, site: Site, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    memory = site.url + by_requests.begun(context, site.url, form="pre-scan", work=None).base
    base = site.url + by_requests.drawn(context, site.url, form="full").base
    below = ("", "F1/where", "F1/sample", "F1/1", "F2/where", "F8/RC1", "F1/LD1", "F7/AI3", "F8/VS4", "check")
    before = ("/diagnosis/", "/diagnosis/questions/full", "/diagnosis/questions/pre-scan")

    for path in (
        *(base + path for path in below),
        *(memory + path for path in ("", "F1/recall", "F7a/recall", "F8/RC1", "check")),
        *(site.url + path for path in before),
    ):
        page.goto(path)
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert too_wide <= 0, path
    context.close()
