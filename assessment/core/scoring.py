"""Observations in, a scorecard out."""

from __future__ import annotations

from dataclasses import dataclass

from assessment.core.instrument import Grade


@dataclass(frozen=True, slots=True)
class Observation:
    """What was found for one indicator: marks that were sound, failing, or could not be verified."""

    sound: int
    failing: int
    unverified: int
    grade: Grade
    link_derived: bool = False

    @property
    def n(self) -> int:
        """How many marks there are, at least 1 in a document that was read."""
        return self.sound + self.failing + self.unverified
