"""Bands: how probable each is, and which one is earned."""

from __future__ import annotations

import pytest

from assessment.core.bands import awarded_band, band_probabilities, most_likely_band
from assessment.core.beta import beta_cdf, beta_match
from assessment.core.scoring import Estimate
from tests.builders import an_instrument

BANDS = an_instrument().constants.bands


def test_the_bands_share_the_probability_as_published() -> None:
    probabilities = band_probabilities(Estimate(62, 7, 0, 0), BANDS)

    assert probabilities == pytest.approx([0, 0.047, 0.952, 0], abs=5e-4)


@pytest.mark.parametrize(("mean", "band"), [(10, "N"), (30, "P"), (60, "L"), (95, "F")])
def test_the_most_likely_band_holds_most_of_the_probability(mean: float, band: str) -> None:
    found, probability = most_likely_band(Estimate(mean, 4, 0, 0), BANDS)

    assert found.id == band
    assert probability > 0.8


def test_a_band_is_awarded_only_when_its_cut_is_passed_with_nine_in_ten() -> None:
    at_the_cut = Estimate(50, 4, 0, 0)
    safely_above = Estimate(55.5, 4, 0, 0)

    assert awarded_band(at_the_cut, BANDS, 0.9).id == "P"
    assert awarded_band(safely_above, BANDS, 0.9).id == "L"
    assert awarded_band(safely_above, BANDS, 0.95).id == "P"


def test_a_band_is_awarded_at_its_very_cut_and_at_the_very_probability() -> None:
    a_little_above = Estimate(50.4, 0.5, 0, 0)
    sure = 1 - beta_cdf(0.5, *beta_match(50.4, 0.5))

    assert 0.7 < sure < 0.9
    assert awarded_band(a_little_above, BANDS, 0.9).id == "P"
    assert awarded_band(a_little_above, BANDS, sure).id == "L"


def test_where_no_band_is_reached_the_lowest_is_awarded() -> None:
    assert awarded_band(Estimate(5, 2, 0, 0), BANDS[1:], 0.9).id == "P"
