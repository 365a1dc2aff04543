"""Ten ways in which a content folder breaks, and what is said of each: file, line, fault and remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HEAD = """+++
title = "Bread"
description = "How bread is made and kept, in a few words."
changed = 2026-11-22
order = 990
+++
"""
PAGE = "pages/about/bread.md"
CLOSED = "instruments/execution-integrity/1.0.0/passes/f1-done.toml"


@dataclass(frozen=True, slots=True)
class Breakage:
    """What is done to a sound folder, and how the one line that tells of it begins and ends."""

    do: Callable[[Path], object]
    told: str  # from the folder on: file, line and fault
    remedy: str


def _page(text: str) -> Callable[[Path], object]:
    def write(content: Path) -> None:
        path = content / PAGE
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

    return write


def _said(body: str) -> Callable[[Path], object]:
    """Write a page whose body begins on line 7."""
    return _page(HEAD + body)


def _appended(name: str, text: str) -> Callable[[Path], object]:
    def append(content: Path) -> None:
        with (content / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return append


def _twice(content: Path) -> None:
    (content / "pages" / "about").mkdir()
    (content / "pages" / "about" / "index.md").write_text(HEAD, "utf-8")


TEN = {
    "a head that is not TOML": Breakage(
        _page(HEAD.replace('"Bread"', "Bread")), f"{PAGE}:2: not TOML: invalid value", "correct the line"
    ),
    "a head without its title": Breakage(
        _page(HEAD.replace('title = "Bread"\n', "")), f"{PAGE}:1: 'title' is missing", "add it: title = ..."
    ),
    "a term that nobody defined": Breakage(
        _said("A [[kraft]]."), f"{PAGE}:7: term 'kraft' is not in terms.toml", "add it there"
    ),
    "a link to no page": Breakage(
        _said("[Flour](/flour/)."), f"{PAGE}:7: link '/flour/' leads to no page", "use one of: /"
    ),
    "a mark typed by hand": Breakage(
        _said("Our Craft™."), f"{PAGE}:7: the mark '™' is typed by hand", "write [[term]]"
    ),
    "a picture without an alternative": Breakage(
        _said("## Loaf\n\n![](/static/img/favicon.svg)"),
        f"{PAGE}:9: a picture without an alternative text",
        "write ![what it shows](...)",
    ),
    "one address for two files": Breakage(
        _twice, "pages/about/index.md:1: its address /about/ is that of ", "rename one of them"
    ),
    "a registry of terms that ends too soon": Breakage(
        _appended("terms.toml", '\n[[term]\nid = "late"\n'),
        "terms.toml:",
        "correct the line, or the one above",
    ),
    "a menu that was lost": Breakage(
        lambda content: (content / "site.toml").unlink(),
        "site.toml:1: cannot be read: No such file",
        "put a readable file there",
    ),
    "a closed instrument that was changed": Breakage(
        _appended(CLOSED, "\n# a late thought\n"),
        f"{CLOSED}:1: was changed after ",
        "put it back as it was",
    ),
}
