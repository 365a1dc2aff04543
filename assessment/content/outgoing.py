"""Every address that leads out of the site, and where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from assessment.content.files.located import line_with, shown
from assessment.content.library import Library

SCHEME = "https://"


def outgoing(root: Path, library: Library) -> Mapping[str, tuple[str, ...]]:
    """Return the places that use each outgoing address: file and line, the file alone where a value gives it.

    Addresses of mail are left out: whether one is read, nobody can ask.
    """
    places: dict[str, dict[str, None]] = {}
    for url, place in _written(root, library):
        if url.startswith(SCHEME):
            places.setdefault(url.partition("#")[0], {})[place] = None
    return {url: tuple(found) for url, found in sorted(places.items())}


def _written(root: Path, library: Library) -> Iterator[tuple[str, str]]:
    canonical = [term.canonical_url for term in library.terms.values()]
    for name, urls in (("site.toml", library.site.outgoing.values()), ("terms.toml", canonical)):
        for url in urls:
            yield url, _place(url, root / name)
    for instrument in library.offered.values():
        for destination in instrument.destinations:
            yield (
                destination.url,
                _place(destination.url, root / "instruments" / instrument.key / "routes.toml"),
            )
    for link in library.links:
        text = Path(link.file).read_text("utf-8")
        yield link.target, f"{link.file}:{link.line}" if link.target in text else link.file


def _place(url: str, file: Path) -> str:
    line = line_with(f'"{url}"', file)
    return f"{shown(file)}:{line}"
