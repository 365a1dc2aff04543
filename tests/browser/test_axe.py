"""axe finds nothing against WCAG 2.2 AA on any type of page, in the light and in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.browser import steps
from tests.conftest import Site

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


@dataclass(frozen=True)
class Visit:
    """A browser with a diagnosis under way, and the result of one that is finished."""

    page: Page
    url: str
    base: str
    link: str
    result: str
    memory: str  # a diagnosis that is answered from memory
    full: str  # one of everything that can be asked

    def to(self, path: str, base: str = "") -> None:
        """Open a page; a path without a slash in front lies below the diagnosis."""
        self.page.goto(self.url + path if path.startswith("/") else (base or self.base) + path)


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser for all page types; light and dark are asked of each."""
    context = chromium.new_context(reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture(scope="module")
def visit(context: BrowserContext, site: Site) -> Visit:
    """One finished diagnosis, and one with three items opened and a list that is counted."""
    page = context.new_page()
    done = steps.start(page, site.url, "Team Beacon")
    steps.walk(page, done)
    steps.finish(page)
    result = page.url.removeprefix(site.url)
    memory = steps.start(page, site.url, form="pre-scan")
    full = steps.start(page, site.url, form="full")
    base = steps.start(page, site.url)
    link = steps.private_link(page).removeprefix(site.url)
    page.goto(base + "F1/where")
    steps.list_of(page, population=8)
    for number, marks in enumerate((("Yes",), ("No",), ("Could not verify",)), start=1):
        page.goto(f"{base}F1/{number}")
        steps.item(page, f"ATLAS-{number}", marks)
    page.goto(base + "F2/where")
    steps.answer(page, "F2/where")
    page.goto(base + "F8/RC1")
    steps.date(page)
    return Visit(page, site.url, base, link, result, memory, full)


def refused_start(visit: Visit) -> None:
    visit.to("/diagnosis/")
    steps.begin(visit.page)


def refused_item(visit: Visit) -> None:
    visit.to("F1/5")
    steps.save(visit.page)


def refused_counts(visit: Visit) -> None:
    visit.to("F2/counts")
    steps.save(visit.page)


def recall(visit: Visit) -> None:
    visit.to("F7a/recall", visit.memory)


def refused_recall(visit: Visit) -> None:
    visit.to("F1/recall", visit.memory)
    steps.save(visit.page)


def choice(visit: Visit) -> None:
    visit.to("F8/RC1", visit.memory)


def anchors(visit: Visit) -> None:
    visit.to("F8/VS4", visit.full)


def another_draw(visit: Visit) -> None:
    visit.to("F1/where")
    visit.page.locator("#population").fill("9")
    steps.save(visit.page)


def conflict(visit: Visit) -> None:
    other = visit.page.context.new_page()
    other.goto(visit.base + "F1/1")
    visit.to("F1/1")
    # Never the same twice: equal answers are no conflict.
    other.get_by_label("Its reference").fill(f"{other.get_by_label('Its reference').input_value()}+")
    steps.save(other)
    other.wait_for_load_state()  # closing a page in the middle of its navigation may never end
    other.close()
    visit.page.get_by_label("Its reference").fill("typed in this window")
    steps.save(visit.page)


def handed_back(visit: Visit) -> None:
    visit.to("F1/1")
    visit.page.evaluate("document.querySelector('[name=csrf_token]').value = 'of another day'")
    steps.save(visit.page)


def fresh_link_of_result(visit: Visit) -> None:
    visit.to(visit.result)
    visit.page.get_by_role("button", name="Make another link").click()


def fresh_tasks(visit: Visit) -> None:
    visit.to("")
    visit.page.get_by_role("button", name="Make another link").click()


def refused_leave(visit: Visit) -> None:
    visit.to("leave")
    visit.page.get_by_role("button", name="Delete this diagnosis").click()


# Page type -> how to get there, and the status it answers with.
PAGES: dict[str, tuple[str | Callable[[Visit], None], int]] = {
    "home": ("/", 200),
    "framework": ("/framework/", 200),
    "questions and answers": ("/faq/", 200),
    "method": ("/method/", 200),
    "glossary": ("/glossary/", 200),
    "privacy": ("/privacy/", 200),
    "start": ("/diagnosis/", 200),
    "refused start": (refused_start, 422),
    "every question": ("/diagnosis/questions/full", 200),
    "every question to memory": ("/diagnosis/questions/pre-scan", 200),
    "tasks": ("", 200),
    "tasks with a fresh link": (fresh_tasks, 200),
    "list": ("F3a/where", 200),
    "list with a context": ("F6a/where", 200),
    "list that may not apply": ("F7a/where", 200),
    "changed list": (another_draw, 422),
    "sample": ("F1/sample", 200),
    "item": ("F1/4", 200),
    "answered item": ("F1/2", 200),
    "refused item": (refused_item, 422),
    "counts": ("F2/counts", 200),
    "refused counts": (refused_counts, 422),
    "date": ("F8/RC1", 200),
    "anchors": (anchors, 200),
    "recall": (recall, 200),
    "refused recall": (refused_recall, 422),
    "choice": (choice, 200),
    "spread": ("F1/LD1", 200),
    "check": ("check", 200),
    "leave": ("leave", 200),
    "refused leave": (refused_leave, 422),
    "left": ("/diagnosis/left", 200),
    "conflict": (conflict, 409),
    "handed back": (handed_back, 403),
    "not found": ("/diagnosis/AAAAAAAAAAAAAAAAAAAAAA/", 404),
    "private link": ("the link", 200),
    "unknown link": ("/diagnosis/resume/nothing", 404),
    "result": ("the result", 200),
    "result with a link": (fresh_link_of_result, 200),
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit: Visit, name: str) -> None:
    way, status = PAGES[name]
    statuses: list[int] = []

    def note(answer: Response) -> None:
        if answer.request.is_navigation_request():
            statuses.append(answer.status)

    visit.page.on("response", note)
    if callable(way):
        way(visit)
    else:
        visit.to({"the link": visit.link, "the result": visit.result}.get(way, way))
    visit.page.remove_listener("response", note)

    assert statuses[-1] == status
    for scheme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=scheme)
        found = Axe().run(visit.page, options=RULES).response
        assert len(found["passes"]) > 10  # it did look
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
