"""Words and tables as Markdown, for the values that pages print."""

from __future__ import annotations

import re
from collections.abc import Iterable

NONE = "\N{EN DASH}"  # a cell without a figure

_MINUS = "\N{MINUS SIGN}"
_TERM = re.compile(r"\[\[[a-z0-9-]+\]\]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]|])")


class Marked(str):
    """Markdown that was made here, such as a link: a table takes it as it is."""

    __slots__ = ()


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table, its columns of figures set flush right.

    An empty line before and after keeps it a block of its own. A cell `[[term]]` stays a term.
    """
    cells = [tuple(_cell(cell) for cell in row) for row in rows]
    rules = (
        "---:" if all(cell.lstrip(_MINUS)[:1].isdigit() or cell == NONE for cell in column) else "---"
        for column in zip(*cells, strict=True)
    )
    return "\n" + "\n".join(f"| {' | '.join(line)} |" for line in (head, tuple(rules), *cells)) + "\n"


def _cell(cell: str) -> str:
    return cell if isinstance(cell, Marked) or _TERM.fullmatch(cell) else text(cell)


def text(words: str) -> str:
    """Return a text that Markdown shows as it is."""
    kept_together = re.sub(r"[ \t\n]+", " ", words.strip()).replace(" %", "\u00a0%")
    return _SPECIAL.sub(r"\\\1", kept_together)


def linked(words: str, url: str) -> str:
    """Return words as a link; as they are where there is no address."""
    return Marked(f"[{text(words)}]({url})") if url else text(words)


def share(rate: float) -> str:
    """Return a share of 1 as a percentage that stays on one line."""
    return spaced(f"{100 * rate:g}%")


def spaced(words: str) -> str:
    """Return a figure whose percent sign stays with it."""
    return words.replace("%", "\u00a0%")


def listed(names: Iterable[str], last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"."""
    *rest, final = names
    return f"{', '.join(rest)} {last} {final}" if rest else final
