"""Style sheets, fonts and pictures: answered before Flask, at addresses that carry the hash of the content.

A template writes `asset("css/base.css")`. The address it gets may be kept for ever, because other
content would have another address. The plain address works too, for what one style sheet says of a font.
"""

from __future__ import annotations

import hashlib
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from assessment.settings import ROOT
from assessment.web.security import headers_of_every_answer

STATIC = ROOT / "static"
PREFIX = "/static/"
PLAIN_LIFE_S = 3600
HASH_DIGITS = 12


def init_app(app: Flask) -> None:
    """Serve the static files of the site and give templates `asset`."""
    addresses = {
        path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*")) if path.is_file()
    }
    hashed = {name: _hashed(name, path.read_bytes()) for name, path in addresses.items()}
    immutable = frozenset(PREFIX + name for name in hashed.values())
    guards = headers_of_every_answer(app.config["SETTINGS"])
    files = WhiteNoise(
        app.wsgi_app,
        max_age=PLAIN_LIFE_S,
        allow_all_origins=False,  # no other site has business with these files
        immutable_file_test=lambda path, url: url in immutable,
        add_headers_function=lambda headers, path, url: _complete(headers, guards),
    )
    for name, path in addresses.items():
        files.add_file_to_dictionary(PREFIX + name, str(path))
        files.add_file_to_dictionary(PREFIX + hashed[name], str(path))
    app.wsgi_app = files  # type: ignore[method-assign]  # how Flask documents the wrapping of an application

    @app.template_global()
    def asset(name: str) -> str:
        """Return the lasting address of a file under static/. Raises KeyError when there is none."""
        return PREFIX + hashed[name]


def _hashed(name: str, content: bytes) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:HASH_DIGITS]}{dot}{ending}"


def _complete(headers: Headers, guards: dict[str, str]) -> None:
    for name, value in guards.items():
        headers[name] = value
