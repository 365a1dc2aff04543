"""What the site prints of the simulation: a part of the tables of the docs, in `content/simulation.toml`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from simulation import coverage

Row = Sequence[str]

# Figures of an earlier implementation, and how they compare, are for whoever reads the docs.
_EARLIER = re.compile(r" \([^()]*\)(?: †)?$")
_MADE = re.compile(r"Made by `make simulate`, ([\d,]+) teams a row, seed \d+, instrument (\S+)\.")
_TRUTH = re.compile(r"The mean truth of these teams is ([\d.]+ ± [\d.]+)")

ABOUT = """\
# Written by `make simulate` from the tables of docs/method.md; a change by hand is lost.
# Pages print it by name: {{ simulation.coverage }}, {{ simulation.coverage.teams }}.
"""
FORMS = [coverage.FORMS[row].name for row in ("quick", "full", "full-recalled")]


def brief(page: str) -> str:
    """Return the file for the site, from the page with all tables."""
    tables = {name: keep(_first_table(_block(page, name))) for name, keep in TABLES.items()}
    made = {name: _found(_MADE, _block(page, name)) for name in TABLES}
    (key,) = {each[2] for each in made.values()}
    truth = _found(_TRUTH, _block(page, "gaming"))[1]
    lines = [ABOUT, f"instrument = {_quoted(key)}", f"truth = {_quoted(truth)}", "", "[teams]"]
    lines += [f"{name} = {_quoted(each[1])}" for name, each in made.items()]
    for name, (head, *rows) in tables.items():
        lines += ["", f"[tables.{name}]", f"head = {_quoted([_begun(cell) for cell in head])}", "rows = ["]
        lines += [*(f"  {_quoted([_begun(row[0]), *row[1:]])}," for row in rows), "]"]
    return "\n".join(lines) + "\n"


def _forms(rows: list[Row]) -> list[Row]:
    return [rows[0], *(row for row in rows[1:] if row[0] in FORMS)]


def _behaviours(rows: list[Row]) -> list[Row]:
    (first, _naive, *readings), *others = rows
    return [[first, "plain mean", *readings], *others]


TABLES: dict[str, Callable[[list[Row]], list[Row]]] = {
    "coverage": _forms,
    "worlds": list,
    "gaming": _behaviours,
}


def _block(page: str, name: str) -> str:
    return page.partition(f"<!-- simulate: {name} -->\n")[2].partition("<!-- /simulate -->")[0]


def _first_table(block: str) -> list[Row]:
    """Return the rows of the first table of a block, its heading first."""
    begun = block[block.index("\n| ") + 1 :].partition("\n\n")[0]
    head, _, *rows = (line.strip("| ").split(" | ") for line in begun.splitlines())
    return [head, *([first, *(_EARLIER.sub("", cell) for cell in cells)] for first, *cells in rows)]


def _begun(words: str) -> str:
    """Return words as they begin a cell of the site: with a capital, and the rest as it is."""
    return words[:1].upper() + words[1:]


def _found(pattern: re.Pattern[str], block: str) -> re.Match[str]:
    found = pattern.search(block)
    if found is None:
        raise ValueError(f"no table says {pattern.pattern!r}")
    return found


def _quoted(what: object) -> str:
    return json.dumps(what, ensure_ascii=False)
