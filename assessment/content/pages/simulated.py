"""Tables of the simulation as values that a page may print: `simulation.toml`, written by `make simulate`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from assessment.content.files.checking import checked
from assessment.content.files.located import read_toml, shown
from assessment.content.pages.tables import spaced, table, text
from assessment.core.part import Part, Slug, Text


class _Table(Part):
    head: Annotated[tuple[Text, ...], Field(min_length=2)]
    rows: Annotated[tuple[tuple[str, ...], ...], Field(min_length=1)]


class _Simulated(Part):
    instrument: Text
    teams: dict[Slug, Text]
    truth: Text
    tables: dict[Slug, _Table]


def read_simulated(path: Path) -> Mapping[str, str]:
    """Return the values by name; none where there is no such file. Raises ContentError with every fault."""
    if not path.exists():
        return {}
    data, locate = read_toml(path)
    read = checked(_Simulated, data, shown(path), locate)
    return {
        "simulation.instrument": text(read.instrument),
        "simulation.truth": text(read.truth),
        **{f"simulation.{name}.teams": text(teams) for name, teams in read.teams.items()},
        **{f"simulation.{name}": _table(each) for name, each in read.tables.items()},
    }


def _table(given: _Table) -> str:
    head = tuple(spaced(cell.replace(" %", "%")) for cell in given.head)
    return table(head, given.rows)
