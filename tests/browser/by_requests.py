"""A diagnosis as it stands when a test begins: made by requests that carry the cookies of its browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from flask.testing import FlaskClient
from playwright.sync_api import APIResponse, BrowserContext
from werkzeug.datastructures import Headers, MultiDict

from tests.browser.steps import POPULATION
from tests.leader import Leader


@dataclass(frozen=True)
class _Answer:
    """An answer as `Leader` reads one."""

    status_code: int
    headers: Headers
    text: str

    def get_data(self, *, as_text: bool) -> str:
        return self.text


@dataclass(frozen=True)
class _Requests:
    """What `Leader` asks of a client, asked of a running site."""

    context: BrowserContext
    url: str

    def get(self, path: str) -> _Answer:
        return self._answer(self.context.request.get(self.url + path, max_redirects=0))

    def post(self, path: str, *, data: MultiDict[str, str], headers: Mapping[str, str]) -> _Answer:
        body, kind = urlencode(list(data.items(multi=True))), "application/x-www-form-urlencoded"
        return self._answer(
            self.context.request.post(
                self.url + path, data=body, headers={**headers, "Content-Type": kind}, max_redirects=0
            )
        )

    def _answer(self, given: APIResponse) -> _Answer:
        return _Answer(given.status, Headers(given.headers), given.text())


def leader(context: BrowserContext, url: str) -> Leader:
    """Return a leader at this browser: what is answered by requests, its pages show."""
    return Leader(cast(FlaskClient, _Requests(context, url)))


def begun(context: BrowserContext, url: str, **facts: Any) -> Leader:
    """Return a leader who has begun a diagnosis."""
    begun = leader(context, url)
    begun.start(**facts)
    return begun


def drawn(context: BrowserContext, url: str, *, population: int = POPULATION, **facts: Any) -> Leader:
    """Return a leader whose first list is drawn."""
    drawn = begun(context, url, **facts)
    drawn.draw("F1", population)
    return drawn
