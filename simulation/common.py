"""What every study shares: the instrument, the teams, and how a form is asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from assessment.content.instruments import read_instruments
from assessment.core.instrument import Instrument
from assessment.core.method import FIXED_MARKS, Grade
from assessment.core.scoring import Estimate, Figures, Observation, Scorecard, score
from assessment.settings import ROOT
from simulation import reference
from simulation.world import TEAM_SIZE, Ask, World, chance, soundness

SEED = 1
WORLD = World()
# Of a hundred indicators, how many are counted from an export, opened, read from a report, recalled.
MIXED: Mapping[Grade, float] = {"E4": 10, "E3": 60, "E2": 20, "E1": 10}


FEW = 5  # where a design asks for fewer items, as of reviews in a window, there are no more


@dataclass(frozen=True, slots=True)
class About:
    """What was simulated: the same three make the same tables."""

    size: int
    seed: int
    instrument: str

    def __str__(self) -> str:
        return (
            f"Made by `make simulate`, {self.size:,} teams a row, seed {self.seed}, "
            f"instrument {self.instrument}."
        )


Team = tuple[Any, ...]
"""What a study keeps of one simulated team: plain values, in the study's own order."""


@dataclass(frozen=True, slots=True)
class Study:
    """Rows of simulated teams and the tables that they make, by the name of their place in the docs.

    `team` returns what is kept of one team of a row, from its row, its number and the seed alone.
    """

    rows: Sequence[str]
    team: Callable[[str, int, int], Team]
    tables: Callable[[Mapping[str, Sequence[Team]], About], Mapping[str, str]]


@lru_cache(maxsize=1)
def instrument() -> Instrument:
    """Return the instrument whose figures were published, as it ships."""
    return read_instruments(ROOT / "content" / "instruments")[reference.KEY]


def truth_of(number: int, seed: int, world: World = WORLD) -> dict[str, float]:
    """Return the true soundness of a team by indicator: the same team for the same number in every row."""
    return soundness(instrument(), world, chance(seed, "team", number))


def asked(
    form: str, grades: Mapping[Grade, float], draws: random.Random, *, items: int | None = None
) -> dict[str, Ask]:
    """Return how a form is asked, the grade of each indicator drawn by weight.

    `items` replaces the design's number of items where there can be more of them.
    """
    given = {}
    for name, indicator in instrument().asked(form).items():
        design = indicator.marks[form]
        few = indicator.type in FIXED_MARKS or design < FEW
        several = len(grades) > 1
        grade = draws.choices(list(grades), list(grades.values()))[0] if several else next(iter(grades))
        given[name] = Ask(design if items is None or few else items, grade)
    return given


def scored(observations: Mapping[str, Observation]) -> Scorecard:
    """Return the three readings, by the scorer that the site runs."""
    return score(instrument(), observations, TEAM_SIZE)


def whole(figures: Figures) -> Estimate:
    """Return the composite of a reading in which something was answered. Raises ValueError otherwise."""
    if figures.composite is None:
        raise ValueError("nothing was answered")
    return figures.composite


def plain_mean(observations: Iterable[Observation]) -> float:
    """Return the plain mean of the shares of sound among sound and failing, 0 to 100."""
    shares = [seen.sound / n for seen in observations if (n := seen.sound + seen.failing)]
    return 100 * sum(shares) / len(shares)
