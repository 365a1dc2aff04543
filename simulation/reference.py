"""The figures that were published for this instrument, from another implementation: what ours stand beside.

They are data, not targets: nothing here is used to simulate. The published tables give no standard error;
it is taken to be ours, scaled to the number of teams that was simulated there.
"""

from __future__ import annotations

KEY = "execution-integrity/1.0.0"
TEAMS = 2500  # behind the tables of forms and worlds
GAMING_TEAMS = 2000

COVERAGE_COLUMNS = ("icc", "sem", "mdc90", "rank", "band", "wrongly", "coverage", "width", "bias")

# By row of coverage.ROWS, in the order of COVERAGE_COLUMNS; shares in percent.
COVERAGE: dict[str, tuple[float, ...]] = {
    "quick": (0.66, 11.8, 27.4, 0.78, 74, 18, 90.0, 41, -1.4),
    "quick-5": (0.62, 12.3, 28.5, 0.75, 72, 22, 90.7, 43, -1.3),
    "quick-8": (0.68, 11.4, 26.5, 0.80, 74, 18, 90.1, 40, -1.4),
    "quick-10": (0.71, 10.8, 25.1, 0.81, 76, 16, 89.7, 38, -1.5),
    "full-recalled": (0.47, 16.1, 37.5, 0.68, 65, 19, 79.1, 39, -3.0),
    "full-10-mixed": (0.86, 7.1, 16.4, 0.93, 85, 11, 89.4, 23, -0.4),
    "full-10-opened": (0.90, 6.1, 14.2, 0.94, 86, 10, 90.1, 21, -0.2),
    "full-10-counted": (0.90, 5.8, 13.6, 0.94, 86, 10, 89.0, 19, -0.2),
    "full-25-counted": (0.95, 4.3, 10.0, 0.97, 90, 6, 90.1, 15, -0.4),
    "full-50-counted": (0.97, 3.5, 8.1, 0.98, 92, 5, 90.9, 13, -0.6),
}

# Coverage in percent, bias in points; None where none was published.
WORLDS: dict[str, tuple[float | None, float | None]] = {
    "unrelated": (90.3, None),
    "uneven": (90.0, None),
    "strong-full": (87.9, -4.5),
    "strong-quick": (84.7, -9.6),
    "selection-1": (79.0, -6.6),
    "selection-8": (79.0, 8.3),
    "over-claim": (73.0, None),
}

# Naive, Claimed, Likely, Shown.
GAMING: dict[str, tuple[float, float, float, float]] = {
    "honest": (60.3, 59.8, 51.8, 40.1),
    "hide": (100.0, 94.4, 80.2, 40.1),
    "hide-half": (67.4, 76.4, 60.1, 40.1),
    "all-recalled": (100.0, 94.0, 92.8, 5.6),
    "recalled": (60.3, 57.9, 27.3, 5.6),
    "cherry-pick": (84.9, 92.4, 90.2, 80.2),
}
GAMING_TRUTH = 52.1

# Mean shift in points from the published aggregator, by power; its rank correlation was .99 or more for all.
POWERS: dict[float, float] = {1.0: 1.2, 0.5: 0.0, 0.0: -1.2, -1.0: -3.8}
# Rank correlations with the published weights.
WEIGHTS = {"mean": 0.987, "worst": 0.950, "equal": 0.993}

# Rank correlation with the truth of a plain mean of shares, and of Likely.
NAIVE: dict[str, tuple[float, float]] = {"full": (0.885, 0.910), "quick": (0.745, 0.775)}

# In percent of the teams that answer the quick form, every item opened.
CONFIDENCE: dict[str, int] = {"Low": 91, "Very low": 5}

# Present or possible in so many percent of the teams, where the members are truly at 0.1. Of how many teams
# was not said; 300 was the fewest of any simulation.
OPERATING: dict[str, int] = {"watermelon-reporting": 75, "phantom-done": 86, "untested-safety-net": 95}
OPERATING_TEAMS = 300
