"""What a leader does in a real browser, in terms of what is on the page."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

POPULATION = 3  # short lists: every page type is met, and no test waits for more of the same


def start(page: Page, url: str, label: str = "Team Atlas", form: str = "quick") -> str:
    """Begin a diagnosis and return its address, with a slash at its end. The private link is on the page."""
    page.goto(f"{url}/diagnosis/?form={form}")
    page.get_by_label("What shall we call the team?").fill(label)
    page.get_by_label("How many people are in the team?").fill("8")
    if (work := page.get_by_label("Software or data")).is_visible():  # memory is not asked for it
        work.check()
    begin(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(label)
    return page.url.partition("?")[0]


def begin(page: Page) -> None:
    """Press the button that begins a diagnosis."""
    page.get_by_role("button", name="Start", exact=True).click()


def private_link(page: Page) -> str:
    """Return the link that the tasks show after the start."""
    return page.get_by_label("Your private link").input_value()


def save(page: Page) -> None:
    """Press the one button that saves the page, and wait for the page that comes then.

    Going back from a page, or closing it, while it is still on its way may fail or never end.
    """
    page.locator("main form [type=submit]").first.click()
    page.wait_for_load_state()


def list_of(page: Page, *, population: int = POPULATION) -> None:
    """Say where a list is recorded and have its sample drawn."""
    page.get_by_label("one by one").check()
    page.get_by_label("Where are they recorded?").fill("The tracker")
    page.get_by_label("Which list or query holds them all?").fill("closed in the window, newest first")
    if page.locator("#context_of").count():
        page.locator("#context_of").fill(str(population + 1))
    page.locator("#population").fill(str(population))
    save(page)
    if page.url.endswith("/belief"):
        expectation(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Open these \d+ items"))


def expectation(page: Page) -> None:
    """Say what is expected of the first check, and nothing of the others."""
    page.locator("main form input[inputmode=numeric]").first.fill("2")
    silent = page.get_by_label("I would rather not say")
    for i in range(1, silent.count()):
        silent.nth(i).check()
    save(page)


def item(page: Page, reference: str, marks: tuple[str, ...] = ("Yes",)) -> None:
    """Answer an opened item: its reference, then each check with the next of these marks."""
    page.get_by_label("Its reference").fill(reference)
    checks = page.locator("fieldset.question")
    for i in range(checks.count()):
        checks.nth(i).get_by_label(marks[i % len(marks)], exact=True).check()
    save(page)


def counts(page: Page) -> None:
    """Enter counts that were read from a report."""
    for name, number in (("Yes", 2), ("No", 1), ("Could not verify", 0)):
        page.get_by_role("textbox", name=name, exact=True).fill(str(number))
    page.get_by_role("radio", name="Yes", exact=True).check()
    page.get_by_label("Where does it lie?").fill("Report of May")
    save(page)


def date(page: Page) -> None:
    """Give the date of the last rehearsal, from its record."""
    page.get_by_label("On a date").check()
    page.get_by_label("On which date?").fill("2025-12-31")
    page.get_by_label("The record is open before me").check()
    page.get_by_label("What is its reference?").fill("Log 7")
    save(page)


def spread(page: Page) -> None:
    """Say how the latest done items are spread."""
    page.locator("#total").fill("10")
    page.locator("#others").fill("7")
    page.get_by_label("No, from memory or hearsay").check()
    save(page)


def level(page: Page) -> None:
    """Choose the first state or anchor, from memory."""
    page.locator("#level-0").check()
    page.get_by_label("From memory or hearsay").check()
    save(page)


def recall(page: Page) -> None:
    """Say how many of a population it were, and of the last question that it cannot be said."""
    numbers = page.get_by_label(re.compile("^Number, 0 to"))
    for i in range(numbers.count() - 1):
        numbers.nth(i).fill("4")
    page.get_by_label("I cannot say").last.check()
    save(page)


def choice(page: Page) -> None:
    """Take the second of the answers that are offered."""
    page.locator("#choice-1").check()
    save(page)


def walk(page: Page, base: str) -> None:
    """Go from the tasks to the check page by what each page offers."""
    page.goto(base)
    page.get_by_role("link", name="Begin with the first").click()
    for _ in range(80):
        path = page.url.removeprefix(base)
        if path == "check":
            return
        answer(page, path)
    raise AssertionError("the journey does not end")


def answer(page: Page, path: str) -> None:
    """Answer the page that is open."""
    if path.endswith("sample"):
        page.get_by_role("link", name=re.compile(r"^Open item \d$")).click()
    elif path == "F2/where":
        page.get_by_label("Enter counts that already exist").check()
        save(page)
    elif path == "F5a/where":
        page.get_by_label("Nobody can look: could not verify").check()
        save(page)
    elif path == "F7a/where":
        page.get_by_label("Not applicable").check()
        save(page)
    elif path.endswith("where"):
        list_of(page)
    elif path.endswith("counts"):
        counts(page)
    elif path.endswith("recall"):
        recall(page)
    elif page.locator("#choice-0").count():
        choice(page)
    elif page.locator("#answer-0").count():
        date(page)
    elif page.locator("#total").count():
        spread(page)
    elif page.locator("#level-0").count():
        level(page)
    else:
        item(page, path.replace("/", "-"), ("Yes", "No", "Could not verify", "Yes"))


def finish(page: Page) -> None:
    """Finish from the check page and arrive at the result."""
    page.get_by_role("button", name="Finish and see the result").click()
    page.wait_for_url(re.compile(r"/reports/[\w-]+/$"))


def paper(page: Page) -> bytes:
    """Wait on the result until the PDF is made, and download it. It arrives within a minute."""
    link: Any = page.get_by_role("link", name="Download the PDF")
    for _ in range(240):
        if link.count():
            break
        page.wait_for_timeout(250)
        page.reload()
    with page.expect_download() as download:
        link.click()
    return download.value.path().read_bytes()
