"""Style sheets, scripts, fonts and pictures: frozen answers, at addresses that carry the hash of the content.

A template writes `asset("css/report.css")`. The address it gets may be kept for ever, because other
content would have another address. The plain address works too.

The sheets that every page needs are one, `css/site.css`: they are read from five files and sent as one. It
names the fonts by their lasting addresses, so that a page may send for them before the sheet has come.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from flask import Flask

from assessment.content.files.located import ContentError, Fault, shown
from assessment.settings import ROOT
from assessment.web.frozen import Frozen

STATIC = ROOT / "static"
PREFIX = "/static/"
PLAIN_CACHE = "public, max-age=3600"
LASTING_CACHE = "public, max-age=31536000, immutable"
HASH_DIGITS = 12
SITE = "css/site.css"
SHEETS = ("tokens", "base", "layout", "components", "figures")  # in this order: the first fixes the layers
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".md": "text/markdown",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}

_FONT = re.compile(rb"fonts/[a-z-]+\.woff2")


def init_app(app: Flask) -> None:
    """Read the static files of the site and give templates `asset`. Raises ContentError."""
    found = sorted(path for path in STATIC.rglob("[!.]*[!~]") if path.is_file())
    if unknown := [path for path in found if path.suffix not in TYPES]:
        remedy = f"use one of: {', '.join(TYPES)}"
        raise ContentError(
            Fault(shown(path), 1, "is of a kind that the site does not send", remedy) for path in unknown
        )
    files = {path.relative_to(STATIC).as_posix(): (path.read_bytes(), TYPES[path.suffix]) for path in found}
    hashed = {name: _hashed(name, content) for name, (content, _) in files.items()}
    files[SITE] = (_site(files, hashed), "text/css")
    hashed[SITE] = _hashed(SITE, files[SITE][0])
    app.extensions["static"] = {
        PREFIX + address: Frozen(*files[name], cache)
        for addresses, cache in ((dict(zip(files, files, strict=True)), PLAIN_CACHE), (hashed, LASTING_CACHE))
        for name, address in addresses.items()
    }

    @app.template_global()
    def asset(name: str) -> str:
        """Return the lasting address of a file under static/. Raises KeyError when there is none."""
        return PREFIX + hashed[name]


def _site(files: Mapping[str, tuple[bytes, str]], hashed: Mapping[str, str]) -> bytes:
    """Return the sheets of every page as one."""
    joined = b"\n".join(files[f"css/{name}.css"][0] for name in SHEETS)
    return _FONT.sub(lambda found: hashed[found[0].decode()].encode(), joined)


def _hashed(name: str, content: bytes) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:HASH_DIGITS]}{dot}{ending}"
