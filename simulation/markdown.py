"""Tables as plain Markdown, and where they stand in a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulation.figures import Figure

OUTSIDE = "†"


def note(teams: int) -> str:
    """Return how to read a cell, beside figures that were published of so many teams."""
    return (
        "A cell holds the figure ± its standard error and, in brackets, that of an earlier, unpublished "
        f"implementation of the same specification ({teams:,} teams). {OUTSIDE} marks a figure further from "
        "it than three standard errors of the difference. What the specification left open was chosen "
        "so that they agree: that is calibration, not replication."
    )


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as it was published: rounded to so many digits, of so many teams."""

    value: float
    digits: int
    teams: int


def cell(figure: Figure, digits: int, published: Published | None = None) -> str:
    """Return a figure with its error, and what was published, marked where they differ."""
    text = f"{number(figure.value, digits)} ± {figure.error:.{digits}f}"
    if published is None:
        return text
    agrees = figure.agrees(published.value, published.teams, published.digits)
    return f"{text} ({number(published.value, published.digits)}){'' if agrees else f' {OUTSIDE}'}"


def number(value: float, digits: int) -> str:
    """Return a number with a true minus sign, and never minus zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; its first column is words, the others are figures."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def placed(page: str, blocks: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return a page with each block between its markers, and the names of those that have none there."""
    missing = []
    for name, block in blocks.items():
        begin, end = f"<!-- simulate: {name} -->\n", "<!-- /simulate -->"
        before, found, after = page.partition(begin)
        _, closed, rest = after.partition(end)
        if found and closed:
            page = f"{before}{begin}{block}\n{end}{rest}"
        else:
            missing.append(name)
    return page, missing
