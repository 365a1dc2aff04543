"""What is the same for everyone: whole answers, made once, and given before Flask is asked for anything.

Each is kept as it is, as gzip and as Brotli, under a strong ETag for each. Most of what a content page costs
is the machinery around it, so what needs none of it is answered in front of it: a GET or HEAD of exactly such
an address, under a name of the site. Everything else goes on to Flask, whose views give the same by `answer`.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import brotli
from flask import Flask, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import SecurityError
from werkzeug.http import parse_accept_header, parse_etags
from werkzeug.utils import get_content_type
from werkzeug.wsgi import get_host

from assessment.web.security import headers_for_everyone

PAGE_LIFE_S = 300  # a corrected sentence is seen by everyone after this; until then an ETag saves the bytes
PAGE_CACHE = f"public, max-age={PAGE_LIFE_S}"
ETAG_DIGITS = 32
PLAIN = "identity"
CODINGS = ("br", "gzip", PLAIN)  # where a visitor takes several alike, the first
COMPRESSED = ("text/", "application/json", "application/xml", "application/ld+json")
HOSTS_KEPT = 64  # names and ports under which the site was asked for


@dataclass(frozen=True, slots=True)
class Variant:
    """An answer in one coding: its bytes, and the headers that are its own."""

    body: bytes
    etag: str
    quoted: str  # the ETag as a browser says it back
    headers: tuple[tuple[str, str], ...]
    unchanged: tuple[tuple[str, str], ...]  # those that go with a 304


@dataclass(frozen=True)
class Frozen:
    """One answer, whole: what it says, as what, for how long, and headers that no other has."""

    body: bytes
    mimetype: str
    cache: str = PAGE_CACHE
    headers: Mapping[str, str] = field(default_factory=dict)

    def chosen(self, accepted: str) -> Variant:
        """Return the variant for an Accept-Encoding header; the plain one where it takes no other."""
        return self.variants[_preferred(accepted)] if self._is_text and accepted else self.plain

    @cached_property
    def plain(self) -> Variant:
        """The bytes as they are."""
        return self._variant(PLAIN, self.body)

    @cached_property
    def variants(self) -> Mapping[str, Variant]:
        """All of them, by coding. Made when first asked for: see `compress`."""
        return {
            **{coding: self._variant(coding, body) for coding, body in _compressed(self.body).items()},
            PLAIN: self.plain,
        }

    @property
    def _is_text(self) -> bool:
        return self.mimetype.startswith(COMPRESSED) or self.mimetype.endswith("+xml")

    def _variant(self, coding: str, body: bytes) -> Variant:
        etag = hashlib.sha256(body).hexdigest()[:ETAG_DIGITS]
        quoted = f'"{etag}"'
        own = {
            "Content-Type": get_content_type(self.mimetype, "utf-8"),
            "Content-Length": str(len(body)),
            "ETag": quoted,
            "Cache-Control": self.cache,
        }
        if self._is_text:
            own["Vary"] = "Accept-Encoding"
        if coding != PLAIN:
            own["Content-Encoding"] = coding
        headers = tuple({**own, **self.headers}.items())
        return Variant(body, etag, quoted, headers, tuple(each for each in headers if _says_more(each[0])))


def _says_more(header: str) -> bool:
    """Does a header say more than what the bytes are that a 304 leaves out?"""
    return not header.startswith("Content-")


@lru_cache(maxsize=512)  # a file has two addresses
def _compressed(body: bytes) -> Mapping[str, bytes]:
    return {"br": brotli.compress(body), "gzip": gzip.compress(body, mtime=0)}


@lru_cache(maxsize=256)
def _preferred(accepted: str) -> str:
    """Return the coding that an Accept-Encoding header likes best, of those that we have (RFC 9110, 12.5.3).

    Where it refuses them all, the plain one: a page that a broken header cannot read helps more than none.
    """
    said = {name.lower(): weight for name, weight in parse_accept_header(accepted)}
    said.setdefault("gzip", said.get("x-gzip", said.get("*", 0)))
    weights = {coding: said.get(coding, said.get("*", 0)) for coding in CODINGS}
    best = max(CODINGS, key=lambda coding: weights[coding])  # the first of the best
    return best if weights[best] else PLAIN


def compress(app: Flask) -> None:
    """Make every variant now: before the server forks, so that none is made for a visitor, nor twice."""
    answers: Mapping[str, Frozen] = app.extensions["pages"]
    with ThreadPoolExecutor() as pool:  # the compressors let go of the interpreter
        list(pool.map(lambda each: each.chosen("br"), answers.values()))


def answer(frozen: Frozen) -> Response:
    """Answer from a view what is the same for everyone; 304 to whoever has it already."""
    variant = frozen.chosen(request.headers.get("Accept-Encoding", ""))
    response = Response(variant.body, headers=Headers(variant.headers))
    response.make_conditional(request)
    response.headers.pop("Date", None)  # the server gives one
    return response


def init_app(app: Flask) -> None:
    """Answer what is frozen before Flask. `app.extensions["pages"]` holds it, by address."""
    app.extensions.setdefault("pages", {})
    app.wsgi_app = Front(app, app.wsgi_app)  # type: ignore[method-assign]  # how Flask documents it


class Front:
    """What stands in front of Flask: gives what is frozen, and lets everything else pass."""

    def __init__(self, app: Flask, onward: WSGIApplication) -> None:
        self.onward = onward
        self._app = app
        self._guards = list(headers_for_everyone(app.config["SETTINGS"]).items())
        self._hosts: set[str] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        frozen: Frozen | None = self._app.extensions["pages"].get(environ.get("PATH_INFO", ""))
        method = environ["REQUEST_METHOD"]
        if (
            frozen is None
            or method not in ("GET", "HEAD")
            or "HTTP_IF_MATCH" in environ
            or not self._is_ours(environ)
        ):
            return self.onward(environ, start_response)
        variant = frozen.chosen(environ.get("HTTP_ACCEPT_ENCODING", ""))
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known and (known == variant.quoted or parse_etags(known).contains_weak(variant.etag)):
            start_response("304 NOT MODIFIED", [*variant.unchanged, *self._guards])
            return []
        start_response("200 OK", [*variant.headers, *self._guards])
        return [] if method == "HEAD" else [variant.body]

    def _is_ours(self, environ: WSGIEnvironment) -> bool:
        """Is the site asked for under a name of its own? Where it is not, Flask says what it says."""
        host = environ.get("HTTP_HOST", "")
        if host in self._hosts:
            return True
        try:
            found = get_host(environ, self._app.config["TRUSTED_HOSTS"])
        except SecurityError:
            return False
        if host and found and len(self._hosts) < HOSTS_KEPT:
            self._hosts.add(host)
        return bool(host and found)
