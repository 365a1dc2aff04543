"""The site as a visitor walks it: from the first page along every link, in a real browser."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from assessment.app import create_app
from tests import scale
from tests.browser import axe
from tests.browser.prepared import served
from tests.conftest import some_settings

pytestmark = pytest.mark.browser

# A page of each kind, for whoever has not the time to walk everywhere.
KINDS = ("/", "/framework/", "/patterns/phantom-done/", "/faq/", "/glossary/", "/sample-report/")
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 800}
FILES = (".pdf", ".json", ".csv", ".xml", ".txt", ".md", ".pem")

LINKS = "[...document.querySelectorAll('a[href], link[href]')].map((link) => [link.href, link.tagName])"
IDS = "[...document.querySelectorAll('[id]')].map((element) => element.id)"


@dataclass
class Walk:
    """What was seen on the way: each page with its ids, what was asked for, and everything that is wrong."""

    url: str
    page: Page
    context: BrowserContext
    pages: set[str]  # what there is to be read
    ids: dict[str, set[str]] = field(default_factory=dict)
    anchors: set[tuple[str, str, str]] = field(default_factory=set)  # page, the page that it leads to, anchor
    asked: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note every request, and everything that the browser complains of."""
        self.page.on("request", lambda request: self.asked.add(request.url))
        self.page.on("console", lambda message: self.wrong.append(f"{self.page.url}: {message.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))

    def read(self, path: str) -> list[str]:
        """Open a page and look at it; return where it leads to on this site."""
        answer = self.page.goto(self.url + path, wait_until="load")
        if answer is None or answer.status != 200:
            self.wrong.append(f"{path}: answered with {answer and answer.status}")
            return []
        self.ids[path] = set(self.page.evaluate(IDS))
        onward = []
        for address, tag in self.page.evaluate(LINKS):
            whole, anchor = urldefrag(urljoin(self.page.url, address))
            if not whole.startswith(f"{self.url}/"):
                continue
            there = whole.removeprefix(self.url)
            if anchor:
                self.anchors.add((path, there, anchor))
            if tag == "LINK" or there.endswith(FILES):
                self._fetch(path, there)
            else:
                onward.append(there)
        return onward

    def look(self, path: str, *, closely: bool) -> None:
        """Note what does not fit a small screen, and, closely, what axe finds on a large one."""
        self.page.set_viewport_size(NARROW)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            self.wrong.append(f"{path}: is {width} pixels wide on a screen of {NARROW['width']}")
        self.page.set_viewport_size(WIDE)
        if closely:
            self.wrong += [f"{path}: {rule}" for rule in axe.violations_in_light_and_dark(self.page)]
            self.page.emulate_media(color_scheme="light")

    def end(self) -> None:
        """Note which anchors lead nowhere, what was asked of others, and what was left with the browser."""
        for path, there, anchor in sorted(self.anchors):
            if there in self.ids and anchor not in self.ids[there]:
                self.wrong.append(f"{path}: leads to {there}#{anchor}, which is not there")
        self.wrong += sorted(each for each in self.asked if not each.startswith(f"{self.url}/"))
        self.wrong += [f"the cookie {cookie['name']}" for cookie in self.context.cookies()]

    def _fetch(self, path: str, there: str) -> None:
        if self.url + there in self.asked:
            return
        self.asked.add(self.url + there)
        status = self.context.request.get(self.url + there).status
        if status not in (200, 202):  # a paper that is still being made
            self.wrong.append(f"{path}: leads to {there}, answered with {status}")


@pytest.fixture
def walk(chromium: Browser, migrated: Path, tmp_path: Path) -> Iterator[Walk]:
    """A visitor who has not been here before."""
    instance = tmp_path / "instance"
    shutil.copytree(migrated, instance)
    app = create_app(some_settings(instance))
    with served(app) as url:
        context = chromium.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 800})
        walk = Walk(url, context.new_page(), context, set(app.extensions["library"].pages))
        walk.listen()
        yield walk
        context.close()
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def test_who_walks_the_site_meets_no_fault_no_stranger_and_takes_no_cookie_home(walk: Walk) -> None:
    everywhere = scale.is_searched_longer()
    ahead, known = deque(["/"] if everywhere else KINDS), {"/", *(() if everywhere else KINDS)}

    while ahead:
        path = ahead.popleft()
        onward = walk.read(path)
        walk.look(path, closely=everywhere)
        if everywhere:
            new = dict.fromkeys(each for each in onward if each not in known)
            known |= new.keys()
            ahead.extend(new)
    walk.end()

    assert walk.wrong == []
    assert walk.ids.keys() >= (walk.pages if everywhere else set(KINDS))
