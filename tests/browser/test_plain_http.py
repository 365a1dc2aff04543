"""A site under a name of its own and over plain http: no Sec-Fetch-Site says where a form is from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request, expect

from tests.browser import steps
from tests.conftest import CHROMIUM, CHROMIUM_ARGUMENTS, Site, free_port, start_site, stop_site

pytestmark = pytest.mark.browser

NAME = "teams.test"  # resolved by the browser alone, to this machine


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory, bare_content: Path) -> Iterator[str]:
    """The address of a running site whose name is not that of this machine."""
    port = free_port()
    address = f"http://{NAME}:{port}"
    instance, content = tmp_path_factory.mktemp("named") / "instance", str(bare_content)
    site: Site = start_site(instance, PORT=str(port), BASE_URL=address, CONTENT=content)
    yield address
    stop_site(site)


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Iterator[Browser]:
    """A browser that finds that name on this machine."""
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, rules])
    yield browser
    browser.close()


def test_a_leader_starts_saves_and_goes_on_elsewhere_over_plain_http(browser: Browser, named: str) -> None:
    context, elsewhere = browser.new_context(), browser.new_context()
    page, other = context.new_page(), elsewhere.new_page()
    sent: list[Request] = []
    for each in (page, other):
        each.on("request", lambda request: sent.append(request) if request.method == "POST" else None)

    base = steps.start(page, named)
    link = steps.private_link(page)
    page.goto(base + "F1/where")
    steps.list_of(page)
    other.goto(link)
    other.get_by_role("button", name="Open the diagnosis").click()
    other.wait_for_url(base)
    other.goto(base + "F8/RC1")
    steps.date(other)
    other.goto(base + "check")
    steps.finish(other)
    other.get_by_role("button", name="Make another link").click()
    expect(other.get_by_label("Your private link")).to_be_visible()

    headers = [request.all_headers() for request in sent]
    assert len(headers) == 7
    # This is what it is about: nothing but Origin tells, and it does tell.
    assert not any("sec-fetch-site" in each for each in headers)
    assert {each["origin"] for each in headers} == {named}
    token = urlsplit(link).path.rpartition("/")[2]
    assert not any(token in each.get("referer", "") for each in headers)
    context.close()
    elsewhere.close()


def test_no_request_carries_the_token_of_the_link_that_led_to_it(browser: Browser, named: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    steps.start(page, named)
    link = steps.private_link(page)
    token = urlsplit(link).path.rpartition("/")[2]
    referers: list[str] = []
    page.on("request", lambda request: referers.append(request.all_headers().get("referer", "")))

    page.goto(link)
    page.get_by_role("button", name="Open the diagnosis").click()
    page.wait_for_url(f"{named}/diagnosis/*/")
    page.wait_for_load_state()

    assert any(each == f"{named}/" for each in referers)
    assert not any(token in each for each in referers)
    context.close()
