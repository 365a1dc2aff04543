"""What is wanted of an export: which measure stands for what an instrument asks, and within which days.

The site makes a plan of an instrument and of the `measures.toml` beside it; the local reader has one inside,
as JSON. To the readers an indicator and a frame are names and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from assessment.records.measured import ListWanted, Wanted
from assessment.records.measures import MEASURES, POPULATIONS, SMALL_TEAM
from assessment.records.source import RecordsError


@dataclass(frozen=True, slots=True)
class Counting:
    """One count: the indicator that it stands for, the measure, and the days by which its window differs.

    `shift` is how many days earlier its window lies; `days` how long it is, 0: as long as that of the
    assessment.
    """

    indicator: str
    measure: str
    shift: int = 0
    days: int = 0
    link_derived: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: the frame whose items are to be opened, and the population that it is."""

    frame: str
    population: str
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Every count and list that a version of an instrument, named by `key`, can get from an export."""

    key: str
    counts: tuple[Counting, ...] = ()
    lists: tuple[Listing, ...] = ()

    def wanted(
        self, window_end: date, window_days: int, start: Callable[[str], float], *, team_size: int
    ) -> tuple[Wanted, ...]:
        """Return the counts to ask for; `start` gives the U of a draw by the indicator's name.

        What would be a share of the work of a small team is not asked for.
        """
        return tuple(
            Wanted(
                each.indicator,
                each.measure,
                *window(window_end, each.days or window_days, each.shift),
                start(each.indicator),
                link_derived=each.link_derived,
            )
            for each in self.counts
            if each.measure not in SHARES or team_size >= SMALL_TEAM
        )

    def lists_wanted(
        self, window_end: date, window_days: int, start: Callable[[str], float], sizes: Mapping[str, int]
    ) -> tuple[ListWanted, ...]:
        """Return the lists to ask for: of the frames that `sizes` names, as many items as it says."""
        return tuple(
            ListWanted(
                each.frame,
                each.population,
                *window(window_end, window_days, each.shift),
                start(each.frame),
                sizes[each.frame],
            )
            for each in self.lists
            if sizes.get(each.frame)
        )

    def document(self) -> dict[str, Any]:
        """Return the plan as JSON can say it."""
        return {
            "plan": self.key,
            "counts": [asdict(each) for each in self.counts],
            "lists": [asdict(each) for each in self.lists],
        }


SHARES = frozenset(name for name, measure in MEASURES.items() if measure.population == "latest-done")
"""The measures that tell how work is spread over people."""

LISTED = frozenset(POPULATIONS) - {"periods", "areas"}
"""The populations whose items can be opened one by one."""


def window(window_end: date, window_days: int, shift: int = 0) -> tuple[date, date]:
    """Return the first and the last day of a window, both included, as the site reckons them.

    >>> window(date(2026, 5, 31), 30, 1)
    (datetime.date(2026, 4, 30), datetime.date(2026, 5, 30))
    """
    last = window_end - timedelta(days=shift)
    return last - timedelta(days=window_days), last


def read_plan(text: str) -> Plan:
    """Return the plan of a JSON document. Raises RecordsError where it is none."""
    try:
        given = json.loads(text)
        plan = Plan(
            given["plan"],
            tuple(Counting(**each) for each in given["counts"]),
            tuple(Listing(**each) for each in given["lists"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RecordsError("plan", f"is no plan of counts ({error})", "take it as it was built") from None
    unknown = {each.measure for each in plan.counts} - MEASURES.keys()
    unknown |= {each.population for each in plan.lists} - LISTED
    if unknown:
        fault = f"names what this reader does not count: {', '.join(sorted(unknown))}"
        raise RecordsError("plan", fault, "take a reader that was built with the plan")
    return plan
