"""A leader at a browser without JavaScript: opens pages, fills in their forms, sends what a browser would.

What is not typed is sent as the page had it: hidden fields, texts, chosen radios. So a test says only
what a person would do, and a form that lacks something fails as it would for a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class SeenForm:
    """One form of a page: where it is sent, and the fields it would send untouched."""

    action: str
    method: str
    fields: MultiDict[str, str] = field(default_factory=MultiDict)
    choices: dict[str, list[str]] = field(default_factory=dict)  # the values that radios offer
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[SeenForm] = []
        self.links: list[str] = []
        self._area: str | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "main":
            self.forms.clear()  # the search above it is on every page
        if tag == "form":
            self.forms.append(SeenForm(given.get("action", ""), given.get("method", "get")))
        if tag == "option" and self.forms and self._select:
            fields = self.forms[-1].fields
            if "selected" in given or self._select not in fields:
                fields.setlist(self._select, [given.get("value", "")])  # the first where none is chosen
        if not self.forms or not given.get("name"):
            return
        form, name = self.forms[-1], given["name"]
        if tag == "select":
            form.names.add(name)
            self._select = name
        if tag == "textarea":
            form.names.add(name)
            form.fields.add(name, "")
            self._area = name
        if tag == "input":
            form.names.add(name)
            if given.get("type") in ("radio", "checkbox"):
                form.choices.setdefault(name, []).append(given["value"])
                if "checked" not in dict(attrs):
                    return
            form.fields.add(name, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "textarea" and self._area:
            fields = self.forms[-1].fields
            # As a browser reads it: one kind of line break, and the first one is not part of the text.
            fields[self._area] = fields[self._area].replace("\r\n", "\n").removeprefix("\n")
            self._area = None


@dataclass(frozen=True)
class Seen:
    """An answer of the site as a person meets it."""

    response: TestResponse
    path: str

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def location(self) -> str:
        return self.response.headers.get("Location", "")

    @property
    def text(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def forms(self) -> list[SeenForm]:
        return self._read().forms

    @property
    def links(self) -> list[str]:
        return self._read().links

    def form(self, ending: str = "") -> SeenForm:
        """Return the first form, or the first whose address ends so."""
        return next(form for form in self.forms if form.action.endswith(ending))

    @property
    def private_link(self) -> str:
        return self.link("private")

    def link(self, kind: str) -> str:
        """Return the address of the link that is shown to be copied."""
        found = re.search(rf'id="{kind}-link"[^>]*>(.*?)</textarea>', self.text)
        assert found, f"no {kind} link on {self.path}: {self.text}"
        return found[1]

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.text)
        return reader


@dataclass
class Leader:
    """A person with one browser, and the diagnosis that they have begun in it."""

    client: FlaskClient
    base: str = ""  # the address of their diagnosis, with a slash at its end

    def open(self, path: str) -> Seen:
        """Open a page; a path without a slash in front lies below the diagnosis."""
        path = path if path.startswith("/") else self.base + path
        return Seen(self.client.get(path), path)

    def send(self, page: Seen, *, to: str = "", headers: Mapping[str, str] = OUR_PAGE, **typed: Any) -> Seen:
        """Fill in the form that is sent to an address and send it; None takes a field out."""
        seen = page.form(to)
        fields = seen.fields.copy()
        for name, value in typed.items():
            name = name if name in seen.names else name.replace("__", "-")
            fields.poplist(name)
            if value is not None:
                fields.add(name, str(value))
        return Seen(self.client.post(seen.action or page.path, data=fields, headers=headers), seen.action)

    def answer(self, path: str, **typed: Any) -> Seen:
        """Open a question and answer it."""
        return self.send(self.open(path), **typed)

    def start(self, at: str = "/diagnosis/", **facts: Any) -> Seen:
        """Begin a diagnosis and return its tasks, with the private link on them."""
        said = {
            "form": "quick",
            "label": "Team Atlas",
            "team_size": 8,
            "window_days": 90,
            "work": "software",
            **facts,
        }
        begun = self.send(self.open(at), **said)
        assert begun.status == 303, begun.text
        self.base = begun.location.partition("?")[0]
        return self.open(begun.location)

    def draw(self, part: str, population: int, **typed: Any) -> Seen:
        """Say where a frame is recorded, have its sample drawn, and say nothing of what is expected."""
        said = {"way": "items", "where": "The tracker", "query": "closed, newest first", **typed}
        return self.shown(self.answer(f"{part}/where", population=population, **said))

    def shown(self, sent: Seen) -> Seen:
        """Have the items shown that a list was sent for, where it is asked first what is expected."""
        return self.answer(sent.location, skip="y") if sent.location.endswith("/belief") else sent

    def check_item(self, part: str, number: int, mark: str = "yes", **typed: Any) -> Seen:
        """Open an item and give every check the same answer, unless one is named."""
        page = self.open(f"{part}/{number}")
        marks = dict.fromkeys(page.form(f"/{part}/{number}").choices, mark)
        return self.send(page, **{"reference": f"{part}-{number}", **marks, **typed})

    def walk(self, given: Callable[[str, Seen], Mapping[str, Any]] | None = None) -> None:
        """Follow the journey from the tasks to the check page, answering what each page asks."""
        given = given or some_answer
        path = next(link for link in self.open("").links if self.is_question(link))
        for _ in range(400):
            page = self.open(path)
            if path.endswith("/check"):
                return
            if path.endswith("/sample"):
                path = next(link for link in page.links if self.is_question(link) and link[-1].isdigit())
                continue
            sent = self.send(page, **given(path.removeprefix(self.base), page))
            assert sent.status == 303, (path, re.findall(r'class="error"[^>]*>(.*?)</p>', sent.text))
            path = sent.location
        raise AssertionError("the journey does not end")

    def is_question(self, link: str) -> bool:
        """Does a link lead to a question of this diagnosis?"""
        part, _, page = link.removeprefix(self.base).partition("/")
        return link.startswith(self.base) and bool(part and page) and "/" not in page

    def finish(self) -> Seen:
        """Finish from the check page."""
        return self.send(self.open("check"), to="/finish")


def some_answer(path: str, page: Seen) -> dict[str, Any]:
    """Return what somebody enters who has every record at hand: 40 in each list, all of it sound."""
    names, choices = page.forms[0].names, page.forms[0].choices
    recorded = {"source": "record", "reference": "Log 7"}
    if path.endswith("/where"):
        more = {"context_of": 44} if "context_of" in names else {}
        return {"way": "items", "where": "The tracker", "query": "newest first", "population": 40, **more}
    if path.endswith("/belief"):
        return {name.removesuffix("-unsaid"): 2 for name in names if name.endswith("-unsaid")}
    if path.endswith("/recall"):
        return {name.removesuffix("-unknown"): 4 for name in names if name.endswith("-unknown")}
    if "choice" in names:
        return {"choice": 0}
    if "answer" in names:
        return {"answer": "date", "date": "2025-12-31", **recorded}
    if "level" in names:
        return {"level": max(level for level in choices["level"] if level.isdigit()), **recorded}
    if "total" in names:
        return {"total": 10, "others": 8, "source": "report", "place": "Board of Monday"}
    if "concentrated" in names:
        return {"concentrated": "no", "source": "memory"}
    return {"reference": path.replace("/", "-"), **dict.fromkeys(choices, "yes")}
