"""A slice of the simulation: 300 teams that answer the quick form, beside the tables of the docs."""

from __future__ import annotations

import math
import re
from functools import cache

import pytest

from assessment.settings import ROOT
from simulation import coverage, gaming, outcomes, reference
from simulation.__main__ import PAGE, SITE
from simulation.brief import brief
from simulation.common import SEED, instrument
from simulation.figures import TIMES_ERROR, Figure, mean

TEAMS = 300
HONEST_AND_HIDING = ("honest", "hide")
PLACES = ("coverage", "worlds", "gaming", "sensitivity", "naive", "operating", "patterns", "routes")


@cache
def quick() -> dict[str, Figure]:
    """Return the figures of the quick form as specified."""
    taken = [coverage.single("quick", number, SEED) for number in range(TEAMS)]
    return coverage.figures(taken, again=False)


@cache
def gamed() -> tuple[tuple[float, ...], ...]:
    """Return the readings of the honest and of those who hide all failures."""
    return tuple(gaming.told("gaming-quick", number, SEED, HONEST_AND_HIDING) for number in range(TEAMS))


def test_the_interval_of_likely_holds_the_truth_about_as_often_as_it_says() -> None:
    assert 85 <= quick()["coverage"].value <= 95


def test_likely_is_not_far_off_on_average() -> None:
    assert abs(quick()["bias"].value) < 3


def test_hiding_failures_never_moves_what_is_shown() -> None:
    assert gaming.largest_change(gamed(), "hide", HONEST_AND_HIDING) <= 1e-9


def test_hiding_gains_most_in_a_plain_mean_and_least_in_shown() -> None:
    hidden = gaming.by_behaviour(gamed(), HONEST_AND_HIDING)["hide"]
    naive, claimed, likely, shown = (mean(each[place] for each in hidden).value for place in range(4))

    assert naive > claimed > likely > shown


def test_no_result_reads_more_likely_than_claimed_or_more_shown_than_likely() -> None:
    found = gaming.by_behaviour(gamed(), HONEST_AND_HIDING)

    assert all(claimed >= likely >= shown for each in found.values() for _, claimed, likely, shown in each)


# --- the tables of the docs -----------------------------------------------------------------------


@cache
def block(name: str) -> str:
    """Return what stands between the markers of a table."""
    page = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- simulate: {name} -->\n(.*?)<!-- /simulate -->", page, re.DOTALL)
    assert found, f"docs/method.md has no place for the table '{name}'"
    return found[1]


def cells(name: str, first: str) -> list[list[str]]:
    """Return the cells of every row of a block whose first cell is this."""
    rows = [line.strip("| ").split(" | ") for line in block(name).splitlines() if line.startswith("| ")]
    return [row[1:] for row in rows if row[0] == first]


def told(cell: str) -> Figure:
    """Return the figure of a cell, and its error."""
    found = re.match(r"(−?[\d.]+) ± ([\d.]+)", cell)
    assert found, cell
    return Figure(float(found[1].replace("−", "-")), float(found[2]), 0)


def agree(ours: Figure, theirs: Figure) -> bool:
    """Are two figures the same within their errors, and the digits that are printed?"""
    return abs(ours.value - theirs.value) <= TIMES_ERROR * math.hypot(ours.error, theirs.error) + 0.05


@pytest.mark.parametrize("name", PLACES)
def test_every_table_says_how_it_was_made(name: str) -> None:
    first = block(name).splitlines()[0]

    made = re.fullmatch(
        r"Made by `make simulate`, ([\d,]+) teams a row, seed (\d+), instrument (\S+)\.", first
    )
    assert made, first
    assert int(made[1].replace(",", "")) >= 600
    assert (int(made[2]), made[3]) == (SEED, reference.KEY)


@pytest.mark.parametrize("column", ["coverage", "width", "bias"])
def test_the_docs_say_of_the_quick_form_what_the_slice_does(column: str) -> None:
    row = cells("coverage", coverage.FORMS["quick"].name)[0]
    place = ["coverage", "width", "bias"].index(column)

    assert agree(quick()[column], told(row[place]))


@pytest.mark.parametrize("behaviour", HONEST_AND_HIDING)
@pytest.mark.parametrize("reading", gaming.READINGS_TOLD)
def test_the_docs_say_of_gaming_what_the_slice_does(behaviour: str, reading: str) -> None:
    place = gaming.READINGS_TOLD.index(reading)
    ours = mean(each[place] for each in gaming.by_behaviour(gamed(), HONEST_AND_HIDING)[behaviour])

    _full, short = cells("gaming", gaming.BEHAVIOURS[behaviour][0])
    assert agree(ours, told(short[place]))


def test_the_docs_have_every_row_that_is_simulated() -> None:
    rules = [f"{rule.number}: {instrument().destination(rule.to).name}" for rule in instrument().rules]
    expected = {
        "coverage": [row.name for row in coverage.FORMS.values()],
        "worlds": [row.name for row in coverage.WORLDS.values()],
        "gaming": [words for words, _ in gaming.BEHAVIOURS.values()],
        "patterns": [pattern.name for pattern in instrument().patterns],
        "routes": [*(to.name for to in instrument().destinations), *rules],
    }

    missing = [(name, row) for name, rows in expected.items() for row in rows if not cells(name, row)]
    assert missing == []


def test_the_docs_have_every_column_of_the_routes() -> None:
    (header, *_) = cells("routes", "next step")

    assert header == [row.name for row in outcomes.ROWS.values()]


def test_no_next_step_gets_more_than_half_of_the_teams_or_the_docs_name_it() -> None:
    for row, heading in zip(range(len(outcomes.ROWS)), outcomes.ROWS.values(), strict=True):
        for to in instrument().destinations:
            percent = float(cells("routes", to.name)[0][row])
            assert percent <= 50 or f"{to.name} gets {percent:.1f} % in “{heading.name}”" in block("routes")


def test_the_site_prints_of_the_tables_what_the_docs_say() -> None:
    assert SITE.read_text(encoding="utf-8") == brief(PAGE.read_text(encoding="utf-8"))
