"""The forms of the site: what they show of their fields, and how somebody comes to each of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.datastructures import MultiDict

from assessment.store import outbox, removal
from assessment.store.removal import Periods
from tests.desk import consent
from tests.invited import invitation_in
from tests.leader import OUR_PAGE, Leader, Seen, some_answer
from tests.web.diagnosis.common import count, path_of
from tests.web.finished import finished


@dataclass
class Field:
    """A field as the page shows it."""

    name: str
    kind: str  # "text", "area", "number", "date", "email", "file", "radio", "checkbox", "hidden", "button"
    values: list[str] = field(default_factory=list)  # what is in it, or what it offers


@dataclass
class Sheet:
    """A form as the page shows it: where it is sent, and its fields by name."""

    action: str
    fields: dict[str, Field] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[str]:
        return [each.name for each in self.fields.values() if each.kind in kinds]


class _Sheets(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.sheets, self.tags = path, list[Sheet](), Counter[tuple[str, ...]]()
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags[(tag, *(name for name, _ in attrs))] += 1
        if tag == "main":
            self.sheets.clear()  # the search above it is on every page
        if tag == "form":
            self.sheets.append(Sheet(given.get("action") or self.path))
        name = given.get("name", "")
        if not name or not self.sheets or tag not in ("input", "textarea", "button", "select"):
            return
        kind = {"textarea": "area", "button": "button", "select": "select"}.get(
            tag, given.get("type", "text")
        )
        kind = "number" if kind == "text" and given.get("inputmode") == "numeric" else kind
        shown = self.sheets[-1].fields.setdefault(name, Field(name, kind))
        if tag == "textarea":
            self._area = shown
            shown.values = [""]
        else:
            shown.values.append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area.values[0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self._area.values[0] = self._area.values[0].replace("\r\n", "\n").removeprefix("\n")
            self._area = None


def read(page: Seen) -> _Sheets:
    """Return what stands on a page: its forms, and how often it has which tag with which attributes."""
    reader = _Sheets(page.path)
    reader.feed(page.text)
    return reader


@dataclass
class Place:
    """A page that holds a form: how somebody comes to it, and where its form is sent."""

    make: Callable[[], tuple[Leader, str]]
    to: str = ""
    leader: Leader = field(init=False)
    path: str = field(init=False)
    action: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.leader, self.path = self.make()

    def open(self) -> Seen:
        """Open the page, a new one where the form has done what it is for."""
        page = self.leader.open(self.path)
        if not any(each.action.endswith(self.to) for each in page.forms):
            self.leader, self.path = self.make()
            page = self.leader.open(self.path)
        return page

    def sheet(self, page: Seen | None = None) -> Sheet:
        """Return the form as the page shows it."""
        found = read(page or self.open()).sheets
        sheet = next(each for each in found if each.action.endswith(self.to))
        self.action = sheet.action
        return sheet

    def filled(self) -> tuple[Sheet, MultiDict[str, str]]:
        """Return the form and what an ordinary person sends with it."""
        page = self.open()
        seen = page.form(self.to)
        given = MultiDict(seen.fields)
        for name, value in self.said(page).items():
            given.poplist(name)
            given.add(name, str(value))
        return self.sheet(page), given

    def said(self, page: Seen) -> dict[str, Any]:
        names = page.form(self.to).names
        if "label" in names:
            return {"form": "quick", "label": "Atlas", "team_size": 8, "window_days": 90, "work": "other"}
        if "source" in names and "reference" not in names and "total" not in names:
            marks = {name: 2 for name in names if name.endswith(("-sound", "-failing", "-unverified"))}
            chosen = {"concentrated": "no"} if "concentrated" in names else {}
            return {**marks, **chosen, "source": "report"}
        if "agree" in names:
            return {"agree": "y"}
        if "called" in names:
            return {"called": "The board"}
        if "reason" in names:
            return {"reason": page.form(self.to).choices["reason"][0]}
        return some_answer(self.path, page) if "version" in names else {}

    def send(self, given: Any, **options: Any) -> Seen:
        """Send a form, as a mapping or as the bytes of a body."""
        kind = {"content_type": "application/x-www-form-urlencoded"} if isinstance(given, bytes) else {}
        action = self.action or self.sheet().action
        sent = self.leader.client.post(
            action, data=given, headers=OUR_PAGE, buffered=True, **{**kind, **options}
        )
        return Seen(sent, action)


@dataclass
class Ways:
    """How each form of the site is come to."""

    app: Flask

    def begun(self, **facts: Any) -> Leader:
        leader = Leader(self.app.test_client())
        leader.start(**facts)
        return leader

    def at(self, path: str, **facts: Any) -> Callable[[], tuple[Leader, str]]:
        return lambda: (self.begun(**facts), path)

    def start(self) -> tuple[Leader, str]:
        return Leader(self.app.test_client()), "/diagnosis/"

    def belief(self) -> tuple[Leader, str]:
        leader = self.begun()
        leader.answer("F1/where", way="items", where="a", query="b", population=9)
        return leader, "F1/belief"

    def item(self) -> tuple[Leader, str]:
        leader = self.begun()
        leader.draw("F1", 52)
        return leader, "F1/1"

    def replace(self) -> tuple[Leader, str]:
        leader, path = self.item()
        return leader, f"{path}/replace"

    def put_back(self) -> tuple[Leader, str]:
        leader, path = self.replace()
        page = leader.open(path)
        leader.send(page, reason=page.form().choices["reason"][0])
        return leader, "F1/sample"

    def counts(self) -> tuple[Leader, str]:
        leader = self.begun()
        leader.answer("F2/where", way="counts")
        return leader, "F2/counts"

    def counted(self) -> tuple[Leader, str]:
        leader = self.begun()
        count(self.app, leader, "VD1", "VD2")
        return leader, "records/"

    def finish(self) -> tuple[Leader, str]:
        leader = self.begun(form="pre-scan")
        leader.answer("F8/RC1", choice="0")
        return leader, "check"

    def resume(self) -> tuple[Leader, str]:
        link = Leader(self.app.test_client()).start().private_link
        return Leader(self.app.test_client()), path_of(link)

    def onward(self) -> tuple[Leader, str]:
        leader, _ = self.finish()
        return leader, leader.finish().location

    def again(self) -> tuple[Leader, str]:
        leader = Leader(self.app.test_client())
        finished(leader)
        return leader, "again"

    def paper(self) -> tuple[Leader, str]:
        leader, result = self.onward()
        with self.app.app_context():
            while owed := outbox.take("render", lease_s=30):
                outbox.done(owed, b"%PDF-1.7")
            periods = Periods(timedelta(days=90), timedelta(days=365), timedelta(hours=24))
            removal.purge(datetime.now(UTC) + timedelta(hours=25), periods)
        return leader, result[:-1] + ".pdf"

    def share(self) -> tuple[Leader, str]:
        leader, result = self.onward()
        return leader, f"{result}share/look?days=30"

    def end_share(self) -> tuple[Leader, str]:
        leader, look = self.share()
        return leader, leader.send(leader.open(look), to="/share").location

    def invited(self) -> tuple[Leader, str]:
        return Leader(self.app.test_client()), invitation_in(self.app)

    def start_invited(self) -> tuple[Leader, str]:
        leader, link = self.invited()
        return leader, leader.send(leader.open(link)).location

    def consent(self) -> tuple[Leader, str]:
        leader = Leader(self.app.test_client())
        return leader, finished(leader)

    def withdraw(self) -> tuple[Leader, str]:
        leader, result = self.consent()
        consent(leader, result)
        return leader, result

    def shared(self) -> tuple[Leader, str]:
        leader, made = self.end_share()
        found = re.search(r'id="share-link"[^>]*>(.*?)</textarea>', leader.open(made).text)
        assert found
        return Leader(self.app.test_client()), path_of(found[1])

    def shared_paper(self) -> tuple[Leader, str]:
        reader, link = self.shared()
        seen = reader.send(reader.open(link)).location
        self.paper()
        return reader, seen[:-1] + ".pdf"


# Where the form of each place is sent, and how somebody comes to it.
PLACES: dict[str, tuple[str, Callable[[Ways], Callable[[], tuple[Leader, str]]]]] = {
    "start": ("/diagnosis/", lambda ways: ways.start),
    "link": ("/link", lambda ways: ways.at("")),
    "mail": ("/mail", lambda ways: ways.at("")),
    "where": ("/where", lambda ways: ways.at("F4a/where")),
    "belief": ("/belief", lambda ways: ways.belief),
    "item": ("/1", lambda ways: ways.item),
    "replace": ("", lambda ways: ways.replace),
    "put back": ("/back", lambda ways: ways.put_back),
    "counts": ("/counts", lambda ways: ways.counts),
    "date": ("/RC1", lambda ways: ways.at("F8/RC1")),
    "spread": ("/LD1", lambda ways: ways.at("F1/LD1")),
    "small spread": ("/LD1", lambda ways: ways.at("F1/LD1", team_size=3)),
    "artefact": ("/AI3", lambda ways: ways.at("F7/AI3", form="full")),
    "anchors": ("/VS4", lambda ways: ways.at("F8/VS4", form="full")),
    "recall": ("/recall", lambda ways: ways.at("F1/recall", form="pre-scan")),
    "choice": ("/RC1", lambda ways: ways.at("F8/RC1", form="pre-scan")),
    "remove records": ("/remove", lambda ways: ways.counted),
    "finish": ("/finish", lambda ways: ways.finish),
    "delete": ("", lambda ways: ways.at("leave")),
    "resume": ("", lambda ways: ways.resume),
    "onward": ("/onward", lambda ways: ways.onward),
    "again": ("", lambda ways: ways.again),
    "paper": ("/paper", lambda ways: ways.paper),
    "share": ("/share", lambda ways: ways.share),
    "end share": ("/end", lambda ways: ways.end_share),
    "invited": ("", lambda ways: ways.invited),
    "start invited": ("", lambda ways: ways.start_invited),
    "consent": ("/consent", lambda ways: ways.consent),
    "withdraw": ("/withdraw", lambda ways: ways.withdraw),
    "shared": ("", lambda ways: ways.shared),
    "shared paper": ("/paper", lambda ways: ways.shared_paper),
}


def place_called(app: Flask, name: str) -> Place:
    """Return a form on a fresh page."""
    to, way = PLACES[name]
    return Place(way(Ways(app)), to)
