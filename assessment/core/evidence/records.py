"""What is asked of whom, and what was entered: the team, the pages, their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from assessment.core.belief import Beliefs

Values = Mapping[str, Any]


Records = Mapping[tuple[str, str], Values]
"""What was entered: (part, page) -> the values of that page, as they were typed or ticked."""


Kind = Literal[
    "where", "belief", "item", "counts", "date", "spread", "artefact", "anchors", "recall", "choice"
]


KINDS: dict[str, Kind] = {
    "count": "counts",
    "elapsed": "counts",
    "date": "date",
    "spread": "spread",
    "artefact": "artefact",
    "anchors": "anchors",
}


MAX_REPORTED = 200
"""Marks of one indicator that a report or a memory can carry; beyond, it is a file that must be counted."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the team before the first question. `as_of` is today, given from outside.

    `latest` is the last day on which something can have happened, where that is not `as_of`: while it is
    today by one clock, it is already tomorrow somewhere. `belief` is what a form from memory said before,
    which this one was begun with: locked, and not asked again.
    """

    form: str
    team_size: int
    window_days: int
    window_end: date
    as_of: date
    label: str = ""
    work: str = ""
    latest: date | None = None
    belief: Beliefs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stop:
    """One page of the journey: `part` is a frame's id, or a pass's id for a single question.

    `page` is "where", "belief", an item's number from "1" or what took its place, "counts", "recall", or
    the indicator's id of a single question.
    """

    part: str
    page: str
    kind: Kind
