"""What is told of a count that was made from an export: by which reader, of which files, of what items.

The marks themselves are an observation at E4; here stands where they come from, so that whoever holds the
same files can count them again.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictFloat, StrictInt

from assessment.core.fields import Day, Name, Part, Positive
from assessment.core.instrument import Indicator
from assessment.core.method import FIXED_MARKS

MAX_COUNTED = 50  # marks of one indicator counted from an export
MAX_FILES = 20

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Counted(Part):
    """Where the count of one indicator comes from.

    `positions` count from 1 in the population as the reader orders it, and `offset` is the start of their
    draw. `covers` are the first and last day; `local` says that it was counted on the team's own machine.
    """

    reader: Name
    title: Name | None = None
    measure: Name
    files: Annotated[tuple[Sha256, ...], Field(strict=False, min_length=1, max_length=MAX_FILES)]
    population: Positive
    positions: Annotated[tuple[Positive, ...], Field(strict=False, min_length=1, max_length=MAX_COUNTED)]
    offset: Annotated[StrictInt | StrictFloat, Field(ge=0, lt=1)]
    covers: Annotated[tuple[Day, Day], Field(strict=False)]
    local: bool = False


def may_be_counted(indicator: Indicator, team_size: int) -> bool:
    """May the marks of an indicator be counted from an export? Never the share of work in a small team."""
    return indicator.type not in FIXED_MARKS and not indicator.is_small_team(team_size)


def sizes(design: int, population: int) -> set[int]:
    """Return how many marks an export gives: a sample of 50, or as many as are opened by hand."""
    return {min(MAX_COUNTED, population), min(design, population)}
