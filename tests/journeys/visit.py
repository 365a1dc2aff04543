"""A leader's browsers before the real site: every request is held against a journey on paper."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from io import BytesIO
from itertools import count
from random import Random
from typing import Any, ClassVar

from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.test import TestResponse

from assessment.core.instrument import Instrument
from tests.journeys.plain import Journey, Place, Sent
from tests.leader import OUR_PAGE

LAST_DAY = date(2025, 12, 31)  # a look back: no clock has a say in what comes out
FREE = ("reference", "where", "query", "note", "place")
TEXT = (*FREE, "list", "date", "population", "total", "others")

_RUNS = count()  # a request of one run is none of another


@dataclass
class Site:
    """The site before and after a new version of its questions was published, over one database."""

    before: Flask
    after: Flask
    database: sqlite3.Connection

    def change(self) -> int:
        """Return a number that is another one after anything was written."""
        return int(self.database.execute("PRAGMA data_version").fetchone()[0])


@dataclass
class Round:
    """One assessment: what it is on paper, where it is, and its links."""

    journey: Journey
    id: str
    links: list[str] = field(default_factory=list)
    is_gone: bool = False
    report: str = ""
    document: bytes = b""

    @property
    def base(self) -> str:
        return f"/diagnosis/{self.id}/"


@dataclass
class Browser:
    """One browser: its client, the token of its forms, and what it may open."""

    client: FlaskClient
    token: str = ""
    held: set[str] = field(default_factory=set)


@dataclass
class Tab:
    """A page as it was opened: what its form carries."""

    browser: Browser
    round: Round
    place: Place
    version: int
    draw: int
    token: str
    request_id: str
    names: frozenset[str] = frozenset()  # the fields it has, where it was really fetched


class Visit:
    """What any deed of a leader is made of: a request, and what has to come of it."""

    site: ClassVar[Site]
    instruments: ClassVar[tuple[Instrument, Instrument]]  # before and after a new version was published
    form: ClassVar[str]
    met: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.run = next(_RUNS)
        self.is_published = False
        self.is_sound = False  # has every step come to its end?
        self.tabs: list[Tab] = []
        self.sent: list[tuple[Tab, Sent, bool]] = []
        self.rounds: list[Round] = []
        self.browsers = [Browser(self.site.before.test_client()) for _ in range(2)]

    @property
    def round(self) -> Round:
        return self.rounds[-1]

    @property
    def journey(self) -> Journey:
        return self.round.journey

    def meet(self, what: str) -> None:
        self.met[what] += 1

    def chance(self, taste: int) -> Random:
        """Return what decides the rest of a step: another one in every step, whatever the taste."""
        return Random(f"{taste} {self.asked}")  # noqa: S311  # not a secret

    def request_id(self) -> str:
        self.asked += 1
        return f"{self.run:016x}{self.asked:016x}"

    # --- requests ------------------------------------------------------------------------------------

    def get(self, browser: Browser, path: str) -> TestResponse:
        """Fetch a page, which changes nothing."""
        before = self.site.change()
        response = browser.client.get(path)
        assert self.site.change() == before, f"GET {path} has written"
        assert response.status_code < 500, path
        return response

    def post(self, browser: Browser, path: str, data: dict[str, Any], expected: int, changes: bool) -> Any:
        """Send a form; it gets this answer, and only what changes something writes."""
        before = self.site.change()
        response = browser.client.post(path, data=data, headers=OUR_PAGE)
        assert response.status_code == expected, (path, data, response.status_code, expected)
        assert (self.site.change() != before) == changes, f"{path} has {'not ' * changes}written"
        return response

    def carried(self, browser: Browser) -> dict[str, str]:
        return {"csrf_token": browser.token, "request_id": self.request_id()}

    def refusal(self, browser: Browser, one: Round) -> int:
        """Return how every form of an assessment is refused in a browser, 0 where it is not."""
        if not browser.token:
            return 403
        return 0 if one.id in browser.held and not one.is_gone else 404

    # --- beginning ---------------------------------------------------------------------------------

    def begin(self, chance: Random) -> None:
        """Begin an assessment in the first browser, by a click or a double click."""
        browser = self.browsers[0]
        instrument = self.instruments[self.is_published]
        team_size = chance.choice([3, 8, 40])
        data = {
            "form": self.form,
            "label": "Team <b>Atlas",
            "team_size": str(team_size),
            "window_days": str(instrument.window_days),
            "window_end": LAST_DAY.isoformat(),
            "work": "software",
            "request_id": self.request_id(),
        }
        path = f"/diagnosis/?instrument={instrument.key.partition('/')[0]}"
        clicks = [self.post(browser, path, data, 303, changes=True)]
        if chance.random() < 0.2:
            clicks.append(browser.client.post(path, data=data, headers=OUR_PAGE))
        where = {click.headers["Location"] for click in clicks}
        assert len(where) == 1
        journey = Journey(instrument, self.form, team_size, LAST_DAY, data["label"])
        self.came_to(browser, where.pop(), journey)

    def came_to(self, browser: Browser, location: str, journey: Journey) -> None:
        """Be led to the tasks of what was begun, with its link."""
        one = Round(journey, location.split("/")[2])
        page = self.get(browser, location).text
        one.links = [link_on(page)]
        browser.token, browser.held = token_on(page), browser.held | {one.id}
        self.rounds.append(one)
        self.tabs, self.sent, self.here = self.tabs[-2:], self.sent[-2:], journey.path()[-1]

    # --- answering -----------------------------------------------------------------------------------

    def open(self, browser: Browser, place: Place) -> Tab | None:
        """Fetch a question; its form carries what stands, and its page shows it."""
        one, journey = self.round, self.journey
        response = self.get(browser, one.base + "/".join(place))
        if not browser.token or one.is_gone or one.id not in browser.held:
            assert response.status_code == 404
            self.meet("a page refused")
            return None
        if journey.is_finished or place not in journey.path():
            onward = one.report if journey.is_finished else one.base
            assert (response.status_code, response.headers["Location"]) == (303, onward)
            self.meet("a page left behind")
            return None
        assert response.status_code == 200
        page = response.text
        if 'name="version"' not in page:
            assert place[1] == "belief"
            assert journey.is_told(journey.instrument.frames[place[0]])
            return None
        kept = journey.said(*place)
        for name in TEXT:
            assert place[1] == "belief" or str(escape(kept.get(name, ""))) in page, (place, name)
        tab = self.fresh(browser, place)
        assert (hidden(page, "version"), hidden(page, "draw")) == (str(tab.version), str(tab.draw))
        assert token_on(page) == browser.token
        return replace(tab, names=frozenset(re.findall(r' name="([^"]+)"', page)))

    def fresh(self, browser: Browser, place: Place) -> Tab:
        """Return a page as it would be opened now: what is fetched is held against the same."""
        version, draw = self.journey.version_of(place), self.journey.draw_of(place)
        return Tab(browser, self.round, place, version, draw, browser.token, self.request_id())

    def send(self, tab: Tab, fields: dict[str, str], *, stays: bool = False) -> str:
        """Fill in a page and send it; return what became of it."""
        missing = {name for name in fields if name != "confirm"} - tab.names
        assert not tab.names or not missing, (tab.place, missing)
        return self.carry(tab, Sent(tab.place, fields, tab.version, tab.draw, tab.request_id), stays)

    def carry(self, tab: Tab, sent: Sent, stays: bool) -> str:
        """Send what was typed, and hold the answer against what it has to be."""
        browser, one = tab.browser, tab.round
        status, why = self.verdict(tab, sent)
        data: dict[str, Any] = {
            "csrf_token": tab.token,
            "request_id": sent.request_id,
            "version": str(sent.version),
            "draw": str(sent.draw),
            "back": "",
            **sent.fields,
            **({"stays": "1"} if stays else {}),
        }
        if "file" in sent.fields:
            data |= {"file": (BytesIO(data.pop("list").encode()), "list.csv")}
        path = one.base + "/".join(sent.place)
        response = self.post(browser, path, data, status, changes=why == "kept")
        self.meet(f"{why}: {one.journey.kind(sent.place)}" if why == "kept" else why)
        if status == 303:
            self.sent.append((tab, sent, stays))
            onward = response.headers["Location"]
            assert onward.startswith(one.base)
            assert (
                not stays
                or why == "replayed"
                or onward.endswith(f"?saved={one.journey.version_of(sent.place)}")
            )
            return why
        page = response.text
        for name, text in sent.fields.items():
            if name in TEXT and not ("file" in sent.fields and name == "list" and status != 422):
                assert str(escape(text)) in page, f"{status} {why}: {name} is not handed back"
        if why == "an old key":
            # The page that refuses has the form in it, with a key that fits.
            assert token_on(page) == browser.token
            return self.carry(replace(tab, token=browser.token), sent, stays)
        if why == "conflict":
            for name, text in one.journey.said(*sent.place).items():
                is_shown = name not in FREE or text == sent.fields.get(name) or str(escape(text)) in page
                assert is_shown, "what the other window saved is not shown"
            tab.version, tab.request_id = int(hidden(page, "version")), self.request_id()
            assert tab.version == one.journey.version_of(sent.place)
        return why

    def verdict(self, tab: Tab, sent: Sent) -> tuple[int, str]:
        if tab.browser.token and tab.token != tab.browser.token:
            return 403, "an old key"
        if refused := self.refusal(tab.browser, tab.round):
            return refused, "no key" if refused == 403 else "not here"
        return tab.round.journey.receive(sent)

    # --- the private link --------------------------------------------------------------------------

    def follow_link(self, browser: Browser) -> None:
        one = self.round
        if not one.links:
            return
        link = one.links[-1]
        page = self.get(browser, link)
        assert page.status_code == (404 if one.is_gone else 200)
        if one.is_gone:
            self.post(browser, link, {"request_id": self.request_id()}, 404, changes=False)
            self.meet("link of what is gone")
            return
        is_new = one.id not in browser.held
        sent = self.post(browser, link, {"request_id": self.request_id()}, 303, changes=is_new)
        assert sent.headers["Location"] == one.base
        home = self.get(browser, one.base)
        if one.journey.is_finished:
            home = self.get(browser, one.report)
        browser.token, browser.held = token_on(home.text), browser.held | {one.id}
        self.meet("link opened")


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def token_on(page: str) -> str:
    return hidden(page, "csrf_token")


def link_on(page: str) -> str:
    """Return the path of the private link that a page shows."""
    found = re.search(r'id="private-link"[^>]*>\w+://[^/]+(.*?)</textarea>', page)
    assert found
    return found[1]
