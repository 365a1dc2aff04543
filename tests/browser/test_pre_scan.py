"""The shortest form at the pace of a person, and the form that looks begun from its result."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import axe, steps
from tests.conftest import Site

pytestmark = pytest.mark.browser

# The keystroke-level model (Card, Moran and Newell, 1980), in seconds: a key pressed by an average typist,
# a hand moved to a target, a thought before each answer. Its words are read at 250 a minute.
KEY_S, POINT_S, THINK_S, WORDS_A_SECOND = 0.28, 1.1, 1.35, 250 / 60


@dataclass
class Person:
    """Somebody whose time is counted by what they do, on whatever machine."""

    page: Page
    seconds: float = 0.0
    read: set[str] = field(default_factory=set)

    def answer(self, question: Locator, text: str) -> None:
        """Read a question once, think, and type the answer into its field."""
        self._read(question)
        target = question.get_by_role("textbox")
        target.click()
        self.page.keyboard.type(text)
        self.seconds += THINK_S + POINT_S + KEY_S * len(text)

    def choose(self, question: Locator, target: Locator) -> None:
        """Read a question once, think, and click an answer."""
        self._read(question)
        target.click()
        self.seconds += THINK_S + POINT_S

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button and wait for what comes."""
        self.page.get_by_role("button", name=name).first.click()
        self.page.wait_for_load_state()
        self.seconds += POINT_S

    def _read(self, question: Locator) -> None:
        text = question.inner_text()
        if text not in self.read:
            self.read.add(text)
            self.seconds += len(text.split()) / WORDS_A_SECOND


@pytest.mark.parametrize(
    "scripted",
    [
        pytest.param(False, id="without JavaScript"),
        pytest.param(True, id="with JavaScript", marks=pytest.mark.longer),
    ],
)
def test_seven_answers_take_less_than_90_seconds_and_lead_on_to_the_quick_form(
    chromium: Browser, site: Site, scripted: bool
) -> None:
    context = chromium.new_context(java_script_enabled=scripted)
    page = context.new_page()
    base = steps.start(page, site.url, form="pre-scan")
    person = Person(page)
    page.get_by_role("link", name="Begin with the first").click()

    answered = 0
    while not page.url.endswith("/check"):
        questions = page.locator("main fieldset.question")
        for i in range(questions.count()):
            if questions.nth(i).get_by_role("textbox").count():
                person.answer(questions.nth(i), "4")
            else:
                person.choose(questions.nth(i), questions.nth(i).get_by_role("radio").nth(1))
            answered += 1
        person.press(re.compile("^Save"))
    person.press("Finish and see the result")

    print(f"{answered} answers in {person.seconds:.0f} s at the pace of a person")  # noqa: T201
    assert answered == 7
    assert person.seconds < 90
    expect(page.get_by_role("heading", level=1)).to_contain_text("all from memory")

    if scripted:
        assert axe.violations(page) == []
    page.get_by_role("button", name="Start the Quick diagnosis with these counts").dblclick()
    page.wait_for_url(re.compile(r"/diagnosis/[\w-]+/\?link="))
    expect(page.get_by_role("heading", level=1)).to_have_text("Team Atlas")
    begun = page.url.partition("?")[0]
    assert begun != base
    page.goto(begun + "F1/where")
    page.get_by_label("one by one").check()
    page.get_by_label("Where are they recorded?").fill("The tracker")
    page.get_by_label("Which list or query holds them all?").fill("closed, newest first")
    page.locator("#population").fill("40")
    steps.save(page)
    expect(page.get_by_text("You said 4 of 10 before looking").first).to_be_visible()
    page.goto(f"{site.url}/diagnosis/")
    expect(page.get_by_role("main").get_by_role("link", name="Team Atlas")).to_have_count(2)
    context.close()
