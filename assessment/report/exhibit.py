"""What the first page shows of the sample report: expected beside found, and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assessment.report import figures, parts
from assessment.report.belief import told_beliefs
from assessment.report.reader import Library, Reader
from assessment.report.sample import Sample, told_sample

LONG = 340.0  # pixels of a line that is looked at for itself, not down a column


class Row(Protocol):
    """What a page names: an indicator, and its own sentence for it."""

    @property
    def indicator(self) -> str: ...
    @property
    def sentence(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Exhibit:
    """Some lines of a report, each with a sentence of its own, and the three readings on their scale."""

    lines: tuple[tuple[str, parts.Belief], ...]
    legend: parts.Legend
    finding: str  # of all that was expected
    scale: figures.Figure | None
    readings: tuple[parts.Reading, ...]
    gap: str


def told_exhibit(
    sample: Sample | None, library: Library, rows: Sequence[Row], *, base_address: str
) -> Exhibit | None:
    """Return the lines of some indicators of the sample report; None without one, or without rows.

    An indicator of which nothing was expected has no line.
    """
    if sample is None or not rows:
        return None
    told = told_sample(sample, library, base_address=base_address)
    reader = Reader(sample.result, sample.instrument, library, base_address, "", sample.sha256)
    beliefs = {each.id: each for each in told_beliefs(reader, width=LONG)}
    return Exhibit(
        lines=tuple((row.sentence, beliefs[row.indicator]) for row in rows if row.indicator in beliefs),
        legend=told.belief_legend,
        finding=told.belief_finding,
        scale=told.scale,
        readings=told.readings,
        gap=told.gap.sentence if told.gap else "",
    )
