"""Pairs of indicators that seldom differ as much as these answers say: something to look at once more."""

from __future__ import annotations

from collections.abc import Mapping

from assessment.core.instrument import Instrument
from assessment.core.scoring import Observation, OwnEstimate


def contradictions(
    instrument: Instrument, found: Mapping[str, Observation], likely: Mapping[str, OwnEstimate]
) -> tuple[str, ...]:
    """Return a sentence for each pair of indicators that seldom differ this much.

    A low score that is mostly missing evidence contradicts nothing: it is passed over.
    """
    limits = instrument.constants.consistency
    most = instrument.constants.patterns.unverified_share
    return tuple(
        pair.sentence
        for pair in limits.pairs
        if pair.high in likely
        and pair.low in likely
        and likely[pair.high].mean > 100 * limits.high_above
        and likely[pair.low].mean < 100 * limits.low_below
        and found[pair.low].unverified <= most * found[pair.low].n
    )
