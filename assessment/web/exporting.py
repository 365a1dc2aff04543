"""What is the same for everyone as files, and what nginx has to know to give them as the site does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from assessment.web.frozen import CODINGS, PLAIN, Frozen, compress
from assessment.web.security import headers_for_everyone

FILES = "files"  # the folder of what is given, apart from what nginx reads
ENDINGS = {"br": ".br", "gzip": ".gz", PLAIN: ""}
MARK = "# Written by `flask content export`; the next one writes it anew.\n"


def exported(app: Flask) -> dict[str, bytes]:
    """Return the bytes of each frozen answer in every coding, by the name of its file."""
    compress(app)
    kept: Mapping[str, Frozen] = app.extensions["pages"]
    return {
        file_of(path) + ENDINGS[coding]: variant.body
        for path, frozen in kept.items()
        for coding in CODINGS
        if (variant := frozen.chosen(coding)) is not frozen.plain or coding == PLAIN
    }


def file_of(path: str) -> str:
    """Return the name of the file behind an address: a page is the index of a folder."""
    return FILES + path + ("index.html" if path.endswith("/") else "")


def nginx(app: Flask, folder: Path) -> dict[str, bytes]:
    """Return what a server of nginx includes, by file name, when the files lie in this folder.

    Each address is named, so nothing else is given, and nothing under another type or for longer than here.
    """
    kept: Mapping[str, Frozen] = app.extensions["pages"]
    common = [
        "types { }",
        "gzip_static on;",
        "gzip_vary on;",
        *(
            f"add_header {name} {_quoted(value)};"
            for name, value in headers_for_everyone(app.config["SETTINGS"]).items()
        ),
    ]
    locations = [_location(path, frozen, folder) for path, frozen in sorted(kept.items())]
    return {
        "common.conf": (MARK + "\n".join(common) + "\n").encode(),
        "nginx.conf": (MARK + "\n".join(locations)).encode(),
    }


def _location(path: str, frozen: Frozen, folder: Path) -> str:
    own = dict(frozen.plain.headers)
    kind = own.pop("Content-Type")
    headers = {name: value for name, value in own.items() if name not in ("Content-Length", "ETag", "Vary")}
    lines = [
        f"root {_quoted(str(folder / FILES))};",
        f"try_files {_quoted(file_of(path).removeprefix(FILES))} =404;",
        f"default_type {_quoted(kind)};",
        *(f"add_header {name} {_quoted(value)};" for name, value in headers.items()),
        f"include {_quoted(str(folder / 'common.conf'))};",
    ]
    return f"location = {path} {{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
