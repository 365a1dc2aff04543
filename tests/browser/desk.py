"""A leader's desk: questions open in tabs, what is typed into them, and what has become of it."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Request, Response, expect

from assessment.store.keys import Keyring
from tests.browser import by_requests
from tests.browser.cable import Cable
from tests.browser.hindering import Hindered
from tests.leader import Leader

SAVED = re.compile(r"^Saved \d\d:\d\d\.$")
BUTTON = "main form [type=submit]"
ENTERED = """names => {
  const { elements } = document.querySelector("[data-question]");
  return Object.fromEntries(names.map((name) => [name, elements[name].value]));
}"""

# Quotes, mark-up, what begins a formula, right to left, letters of two parts, faces of many, blanks at both
# ends.
LINE = (
    "  ATLAS-1 “so” \"and\" 'so' `x` <b>&amp;&lt;</b> </textarea></pre>{{ 7*7 }} %0D%0A + = @ \\n שלום "
    "\N{RIGHT-TO-LEFT OVERRIDE}back\N{POP DIRECTIONAL FORMATTING} مرحبا é e\N{COMBINING ACUTE ACCENT} ﬁ Ω "
    "\N{MATHEMATICAL FRAKTUR CAPITAL U} 👩\N{ZERO WIDTH JOINER}👩\N{ZERO WIDTH JOINER}👧 🇸🇪 ☝🏽 "
)


def line(length: int) -> str:
    """Return a text of so many characters in one line, with a blank at its end."""
    return (LINE * (length // len(LINE) + 1))[: length - 2] + ". "


def lines(length: int) -> str:
    """Return a text of so many characters in many lines, empty ones first, with a blank at its end."""
    whole = "\n\n\tfirst\n" + f"{LINE}\n\n \t{LINE.strip()}\n" * (length // len(LINE) + 1)
    return whole[: length - 3] + ".\n "


# --- what is entered ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """A question and what is entered there, by the names of its fields."""

    path: str
    texts: Mapping[str, str]  # typed
    chosen: Mapping[str, str]  # of what is offered
    saves_itself: bool  # once it is whole, where there are scripts

    @property
    def entered(self) -> dict[str, str]:
        """Everything, by the names of the fields."""
        return {**self.texts, **self.chosen}

    @property
    def in_words(self) -> list[str]:
        """Everything as a page says it that shows no form, sorted."""
        words = {"yes": "Yes", "no": "No", "unverified": "Could not verify"}
        return sorted(words.get(each, each) for each in self.entered.values())


ITEM = Question(
    "F1/1",
    {"reference": line(200)},
    {"VD1": "no", "VD2": "unverified", "IN1": "yes", "FR1": "no"},
    saves_itself=True,
)
LIST = Question(
    "F2/where",
    {"where": line(500), "query": lines(500), "population": "40", "note": lines(4000)},
    {"way": "items"},
    saves_itself=False,
)
DATE = Question(
    "F8/RC1",
    {"date": f"{datetime.now(UTC):%Y-%m-%d}", "reference": line(200)},
    {"answer": "date", "source": "record"},
    saves_itself=True,
)


# --- a tab ----------------------------------------------------------------------------------------


@dataclass
class Tab:
    """A question in a tab of its browser."""

    page: Page
    address: str
    question: Question
    has_scripts: bool
    saved_elsewhere: int = 0  # how often somebody else has saved the question

    @property
    def saves_itself(self) -> bool:
        return self.has_scripts and self.question.saves_itself

    @property
    def status(self) -> Locator:
        """What the page says of itself: whether it is saved."""
        return self.page.locator("form [role=status]").last

    def open(self) -> None:
        """Open the question, anew."""
        self.page.goto(self.address)

    def type(self) -> None:
        """Type the texts. The page is not whole by then, so it does not save itself yet."""
        for name, text in self.question.texts.items():
            self.page.locator(f"form [name={name}]").fill(text)

    def choose(self) -> None:
        """Choose the answers, in front: a click waits for its tab to be drawn, behind others that is rare."""
        self.page.bring_to_front()
        for name, value in self.question.chosen.items():
            self.page.locator(f'form [name={name}][value="{value}"]').check()

    def send(self, button: str = "") -> Response:
        """Press the button of the page, or the one of this name, and return the answer."""
        self.page.bring_to_front()
        found = self.page.get_by_role("button", name=button) if button else self.page.locator(BUTTON).first
        with self.page.expect_navigation() as coming:
            found.click()
        answer = coming.value
        assert answer is not None
        return answer

    def press(self) -> None:
        """Press the button and wait for nothing."""
        self.page.locator(BUTTON).first.click(no_wait_after=True)

    def hand_on_button(self) -> Callable[[], None]:
        """Lay the hand on the button, and return what clicks there, whatever is under way."""
        button = self.page.locator(BUTTON).first
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box is not None
        return lambda: self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def send_again(self) -> None:
        """Have the browser send again what got no answer, and wait for nothing."""
        self.page.context.new_cdp_session(self.page).send("Page.reload")

    def sees_no_answer(self) -> None:
        """See the browser say that no answer came."""
        expect(self.page).to_have_url("chrome-error://chromewebdata/")

    def gets_through(self) -> None:
        """Have the browser send again what got no answer, until there is one."""
        expect(self.page).not_to_have_url(self.address)
        while self.page.url.startswith("chrome-error:"):
            with contextlib.suppress(Error):  # what it says where there is no answer again
                self.page.reload()

    # --- what is seen -----------------------------------------------------------------------------

    def holds(self) -> None:
        """See that the form holds everything that was entered, to the letter."""
        entered = self.question.entered
        assert self.page.evaluate(ENTERED, list(entered)) == entered

    def hands_back(self) -> None:
        """See that the page shows everything that was entered, to the letter, as what was not saved."""
        assert sorted(self.page.locator(".handed-back pre").all_inner_texts()) == self.question.in_words

    def says_not_saved(self, why: str = "") -> None:
        """See the page say that it is not saved, where scripts let it say anything."""
        if self.saves_itself:
            expect(self.status).to_have_text(re.compile(f"^Not saved: {why}"))
        elif self.has_scripts:
            expect(self.status).to_have_text("Not saved yet: press the button.")

    def says_saved(self) -> None:
        """See the page say that it is saved, where it saves itself."""
        if self.saves_itself:
            expect(self.status).to_have_text(SAVED)


# --- the desk -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """What the database holds of a question: its versions, the values, and which requests made them."""

    version: int
    values: dict[str, Any]
    requests: set[str]


@dataclass
class Desk:
    """A leader with a diagnosis whose first list is drawn, and questions of it in tabs of one browser."""

    site: Hindered
    chromium: Browser
    has_scripts: bool
    contexts: list[BrowserContext] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    sent: dict[str, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )  # request ids by address
    cable: Cable | None = None
    told: set[str] = field(default_factory=set)  # the requests of which the browser heard that they are kept

    def __post_init__(self) -> None:
        self.context = self._browser()
        self.leader: Leader = by_requests.leader(self.context, self.site.url)
        self.link = self.leader.start().private_link
        self.leader.draw("F1", 40)
        self.base = self.site.url + self.leader.base

    def _browser(self) -> BrowserContext:
        context = self.chromium.new_context(java_script_enabled=self.has_scripts)
        context.on("request", self._note_sent)
        context.on("response", self._note_told)
        self.contexts.append(context)
        return context

    def lay_cable(self) -> Cable:
        """Reach the site through a cable from now on, which may be cut. Cookies know no ports."""
        self.cable = Cable(self.site.port)
        self.base = self.cable.url + self.leader.base
        return self.cable

    def take_another_device(self) -> None:
        """Go on in another browser, to which the private link gives the diagnosis."""
        self.context = self._browser()
        self.follow_link()

    def follow_link(self) -> None:
        """Open the diagnosis with its private link, in a tab of its own."""
        page = self.context.new_page()
        page.goto(self.link)
        page.get_by_role("button", name="Open the diagnosis").click()
        page.wait_for_url(self.base)
        page.close()

    def open(self, *questions: Question) -> None:
        """Open questions, each in a tab."""
        for each in questions:
            tab = Tab(self.context.new_page(), self.base + each.path, each, self.has_scripts)
            tab.open()
            self.tabs.append(tab)

    def in_all(self, do: Callable[[Tab], object]) -> None:
        """Do something in every tab."""
        for tab in self.tabs:
            do(tab)

    def close(self) -> None:
        """Leave it."""
        for context in self.contexts:
            context.close()
        if self.cable:
            self.cable.close()

    # --- what is kept -----------------------------------------------------------------------------

    def _note_sent(self, request: Request) -> None:
        if name := _request_id(request):
            self.sent[request.url][name] += 1

    def _note_told(self, response: Response) -> None:
        if response.status == 303 and (name := _request_id(response.request)):
            self.told.add(name)

    def told_of(self, tab: Tab) -> set[str]:
        """Return the requests of a tab's question of which the browser heard that they are kept."""
        return self.told & {*self.sent[tab.address]}

    def kept(self, tab: Tab) -> Kept | None:
        """Return what the database holds of a tab's question."""
        assessment_id = self.leader.base.strip("/").rpartition("/")[2]
        part, page = tab.question.path.split("/")
        with contextlib.closing(sqlite3.connect(self.site.instance / "site.db")) as connection:
            rows = connection.execute(
                'SELECT version, "values" FROM answer WHERE assessment_id = ? AND part = ? AND page = ?',
                (assessment_id, part, page),
            ).fetchall()
            if not rows:
                return None
            ((version, values),) = rows
            wrapped = connection.execute(
                "SELECT assessment_id, master, wrapped FROM assessment_key WHERE assessment_id = ?",
                (assessment_id,),
            ).fetchone()
            receipts = connection.execute(
                "SELECT request_id FROM receipt WHERE assessment_id = ?", (assessment_id,)
            ).fetchall()
        key = Keyring([each.encode() for each in self.site.keys]).unwrap(*wrapped)
        requests = {name for (name,) in receipts} & {*self.sent[tab.address]}
        return Kept(version, key.open_values(values, part, page, version), requests)


def _request_id(request: Request) -> str:
    """Return the name that a form gives to its request; empty for what is no form of ours."""
    if request.method != "POST":
        return ""
    found = re.search(rb'request_id(?:=|"\r\n\r\n)([0-9a-f]{32})', request.post_data_buffer or b"")
    return found[1].decode() if found else ""
