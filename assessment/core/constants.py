"""The numbers of the scoring, as each version of an instrument sets them in its constants.toml."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from assessment.core.method import GRADES, READINGS
from assessment.core.part import Id, Part, Rate, Share, Text


class ByGrade(Part):
    E4: Rate
    E3: Rate
    E2: Rate
    E1: Rate


class OverClaim(Part):
    claimed: ByGrade
    likely: ByGrade
    shown: ByGrade  # E1 is not used: recall is not shown, its sound marks count as unverified


class FalseNegative(Part):
    claimed: ByGrade
    likely: ByGrade
    shown: ByGrade
    link_derived: Rate  # replaces claimed and likely where the count comes from links


class Selection(Part):
    """How many times likelier a failing item is to be unverifiable; under shown it is a deviation."""

    claimed: Annotated[float, Field(ge=1)]
    likely: Annotated[float, Field(ge=1)]


class Prior(Part):
    """Standard deviations on the logit scale."""

    team: Annotated[float, Field(gt=0)]
    dimension: Annotated[float, Field(gt=0)]
    indicator: Annotated[float, Field(gt=0)]


class Grid(Part):
    """The points at which a probability is reckoned, on the logit scale."""

    low: float
    high: float
    step: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not 2 <= (self.high - self.low) / self.step <= 200:
            raise ValueError(
                f"step {self.step:g} makes fewer than 3 points of {self.low:g} to {self.high:g}, "
                "or more than 201"
            )
        return self

    def points(self) -> tuple[float, ...]:
        """Return the points from low to high, both included."""
        count = round((self.high - self.low) / self.step) + 1
        return tuple(self.low + i * self.step for i in range(count))


class Band(Part):
    """A level, from `above` up to where the next one begins."""

    id: Id
    above: Annotated[float, Field(ge=0, lt=100)]
    word: Annotated[str, Field(min_length=1, max_length=30)]  # it is drawn below a scale
    sentence: Text


class Gates(Part):
    """When the composite, Likely and a dimension may be printed."""

    answered_share: Rate
    unverified_share: Rate
    recalled_share: Rate
    dimension_indicators: Annotated[int, Field(ge=1)]


class ClaimGap(Part):
    """Points by which Claimed may stand above Shown before the words change.

    Below `small` the gap is small; above `large` much of the picture has not been shown.
    """

    small: Annotated[float, Field(gt=0, lt=100)]
    large: Annotated[float, Field(gt=0, lt=100)]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.small >= self.large:
            raise ValueError(f"small {self.small:g} is not below large {self.large:g}")
        return self


class Downgrade(Part):
    """Confidence loses one level above the first limit, two above the second (where there is one)."""

    once: float
    twice: float | None = None
    reason: Text  # {value} is the figure found, {limit} the limit it passed


class HalfWidth(Downgrade):
    """Where Likely may not be printed, neither may its width: then `withheld` is the reason."""

    withheld: Text  # {limit} is the limit it passed


class Confidence(Part):
    """GRADE mechanics: start at the first level, step down per line, never below the last."""

    levels: tuple[Text, ...]
    half_width: HalfWidth  # points of the 90 % interval of Likely
    unverified: Downgrade  # share of marks
    weak_grades: Downgrade  # share of indicators at E1 or E2
    undrawn: Text  # reason: a frame larger than its sample was not drawn
    independent: Downgrade  # share of indicators at E4; below `once` costs a level
    stale_days: Downgrade  # days between the end of the window and the day of finishing


class PatternLimits(Part):
    present: Rate
    possible: Rate
    unverified_share: Rate
    low_below: Rate  # soundness below which an indicator counts as low


class Drivers(Part):
    shown: Annotated[int, Field(ge=1)]


class ReassessmentPolicy(Part):
    """When a later run differs reliably: the probability of the direction, and the least change seen.

    `standard_errors` of the difference are the least change that can be told from chance.
    """

    probability: Annotated[float, Field(gt=0.5, lt=1)]
    standard_errors: Annotated[float, Field(gt=0)]


class AgreementPolicy(Part):
    """How far two observers of the same items should agree beyond chance, 1 being always."""

    target: Rate


class Contradiction(Part):
    """Two indicators that seldom disagree this much: the self-check points at the pair."""

    high: Id
    low: Id
    sentence: Text


class Consistency(Part):
    high_above: Rate
    low_below: Rate
    pairs: tuple[Contradiction, ...]


class Constants(Part):
    """Every number of the scoring that is a policy of this instrument, none of them in code."""

    method: Text
    clip: tuple[Share, Share]
    over_claim: OverClaim
    false_negative: FalseNegative
    correlation: ByGrade
    selection: Selection
    prior: Prior
    indicator_grid: Grid
    team_grid: Grid
    power: Annotated[float, Field(ge=0.01, le=1)]
    gradient_step: Annotated[float, Field(ge=1e-6, le=1)]
    interval: Share
    bands: tuple[Band, ...]
    award_probability: Share
    claim_gap: ClaimGap
    gates: Gates
    confidence: Confidence
    patterns: PatternLimits
    drivers: Drivers
    reassessment: ReassessmentPolicy
    agreement: AgreementPolicy
    consistency: Consistency

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        limit = 1 / self.selection.likely
        for reading in ("claimed", "likely"):
            for grade in GRADES:
                if getattr(getattr(self.false_negative, reading), grade) > limit:
                    raise ValueError(
                        f"false_negative.{reading}.{grade} is above 1/selection.likely: "
                        "a failing item would score above an unverified one"
                    )
        if self.false_negative.link_derived > limit:
            raise ValueError("false_negative.link_derived is above 1/selection.likely")
        for reading in READINGS:
            for grade in GRADES:
                used = (reading, grade) != ("shown", "E1")  # what is recalled is not shown
                if used and getattr(getattr(self.over_claim, reading), grade) == 1:
                    raise ValueError(f"over_claim.{reading}.{grade} is 1: a sound mark would say nothing")
        if fault := next(self._crossed(), ""):
            raise ValueError(fault)
        if self.team_grid.step > self.prior.team:
            raise ValueError("team_grid.step is coarser than the spread prior.team")
        if self.indicator_grid.step > min(self.prior.dimension, self.prior.indicator):
            raise ValueError("indicator_grid.step is coarser than the spreads of dimension and indicator")
        starts = [band.above for band in self.bands]
        if not 2 <= len(starts) <= 9:
            raise ValueError(f"bands must be two to nine, not {len(starts)}")
        if len(self.confidence.levels) < 2:
            raise ValueError("confidence.levels needs at least two levels")
        if starts[0] != 0 or any(after <= before for before, after in pairwise(starts)):
            raise ValueError("bands must begin at 0 and rise")
        if len({band.id for band in self.bands}) < len(self.bands):
            raise ValueError("bands must have ids of their own")
        if self.clip[0] >= self.clip[1]:
            raise ValueError("clip must rise")
        return self

    def _crossed(self) -> Iterator[str]:
        """Yield what would put a stricter reading above a kinder one."""
        if self.selection.claimed > self.selection.likely:
            yield "selection.claimed is above selection.likely: Claimed could fall below Likely"
        for kinder, stricter in pairwise(READINGS):
            words = f"{kinder.capitalize()} could fall below {stricter.capitalize()}"
            # What is over-claimed lowers a reading, what was wrongly failed raises it.
            for name, lower, higher in (
                ("over_claim", kinder, stricter),
                ("false_negative", stricter, kinder),
            ):
                rates = getattr(self, name)
                for grade in GRADES:
                    if (stricter, grade) == ("shown", "E1"):
                        continue  # what is recalled is not shown
                    if getattr(getattr(rates, lower), grade) > getattr(getattr(rates, higher), grade):
                        yield f"{name}.{lower}.{grade} is above {name}.{higher}.{grade}: {words}"
