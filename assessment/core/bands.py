"""Which level a composite lies in: the likeliest band of Likely, and the one that Shown has earned."""

from __future__ import annotations

from collections.abc import Sequence

from assessment.core.beta import beta_cdf, beta_match
from assessment.core.constants import Band
from assessment.core.scoring import Estimate


def band_probabilities(estimate: Estimate, bands: Sequence[Band]) -> tuple[float, ...]:
    """Return the probability of each band, lowest first; they sum to 1."""
    a, b = beta_match(estimate.mean, estimate.sd)
    edges = [beta_cdf(band.above / 100, a, b) for band in bands[1:]]
    return tuple(high - low for low, high in zip([0.0, *edges], [*edges, 1.0], strict=True))


def most_likely_band(likely: Estimate, bands: Sequence[Band]) -> tuple[Band, float]:
    """Return the likeliest band of the Likely composite, with its probability."""
    probabilities = band_probabilities(likely, bands)
    best = max(range(len(bands)), key=probabilities.__getitem__)
    return bands[best], probabilities[best]


def awarded_band(shown: Estimate, bands: Sequence[Band], probability: float) -> Band:
    """Return the highest band whose lower cut the Shown composite exceeds this probably."""
    a, b = beta_match(shown.mean, shown.sd)
    reached = [band for band in bands if 1 - beta_cdf(band.above / 100, a, b) >= probability]
    return reached[-1] if reached else bands[0]
