"""The generator makes the teams and the answers that it says, the same ones everywhere."""

from __future__ import annotations

import ast
import math
import statistics

import pytest

from assessment.settings import ROOT
from simulation.common import asked, instrument, truth_of
from simulation.studies import processes, results
from simulation.world import TEAM_SIZE, Ask, World, answered, chance, composite, entered, opened, rate
from tests.simulation.slices import only_row

SEED = 7
TIMES = 4.0  # standard errors that a rate may be off
FIRST_TEAM = 71.98905091298069  # the true composite of the first team of the docs


def test_it_takes_nothing_from_the_scorer_but_the_shape_of_an_observation() -> None:
    tree = ast.parse((ROOT / "simulation" / "world.py").read_text(encoding="utf-8"))
    taken = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("assessment")
        for alias in node.names
    }

    assert taken == {
        "assessment.core.method.Grade",
        "assessment.core.instrument.Indicator",
        "assessment.core.instrument.Instrument",
        "assessment.core.scoring.Observation",
    }


def test_teams_differ_as_the_factor_model_says() -> None:
    first, second = (each.indicators for each in instrument().layers[0].dimensions[:2])
    names = (first[0].id, first[1].id, second[0].id)
    world = World()
    spread = world.team**2 + world.dimension**2 + world.indicator**2

    truths = [truth_of(number, SEED) for number in range(2000)]
    one, beside, apart = ([math.log(t[name] / (1 - t[name])) for t in truths] for name in names)

    assert statistics.fmean(one) == pytest.approx(world.centre, abs=TIMES * math.sqrt(spread / 2000))
    assert statistics.variance(one) == pytest.approx(spread, rel=TIMES * math.sqrt(2 / 2000))
    together = (world.team**2 + world.dimension**2) / spread
    assert statistics.correlation(one, beside) == pytest.approx(together, abs=TIMES / math.sqrt(2000))
    assert statistics.correlation(one, apart) == pytest.approx(world.team**2 / spread, abs=TIMES / 2000**0.5)


@pytest.mark.parametrize("theta", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("correlation", [0.0, 0.05, 0.4])
def test_items_are_sound_at_the_rate_asked_for(theta: float, correlation: float) -> None:
    draws = chance(SEED, theta, correlation)

    first = [opened(theta, correlation, 2, draws)[0] for _ in range(20_000)]

    assert statistics.fmean(first) == pytest.approx(
        theta, abs=TIMES * math.sqrt(theta * (1 - theta) / 20_000)
    )


@pytest.mark.parametrize("correlation", [0.02, 0.15, 0.4])
def test_two_items_at_a_rate_of_one_half_correlate_as_the_grade_says_and_others_less(
    correlation: float,
) -> None:
    at_half, at_nine_tenths = (_correlation(theta, correlation) for theta in (0.5, 0.9))

    assert at_half == pytest.approx(correlation, abs=TIMES / math.sqrt(20_000))
    assert at_nine_tenths < correlation


def _correlation(theta: float, correlation: float) -> float:
    draws = chance(SEED, theta, correlation)
    pairs = [opened(theta, correlation, 2, draws) for _ in range(20_000)]
    return statistics.correlation([float(a) for a, _ in pairs], [float(b) for _, b in pairs])


def test_what_is_entered_errs_at_the_rates_asked_for() -> None:
    draws, n = chance(SEED, "entered"), 20_000
    rates = {"over_claim": 0.3, "false_negative": 0.1, "hidden": (0.05, 0.15)}

    sound = entered([True] * n, "E1", draws=draws, **rates)
    failing = entered([False] * n, "E1", draws=draws, **rates)

    assert sound.unverified / n == pytest.approx(0.05, abs=0.007)
    assert failing.unverified / n == pytest.approx(0.15, abs=0.012)
    assert failing.sound / (failing.sound + failing.failing) == pytest.approx(0.3, abs=0.016)
    # A sound item that was taken for a failing one can still be claimed, as the scorer's own model has it.
    assert sound.failing / (sound.sound + sound.failing) == pytest.approx(0.1 * 0.7, abs=0.009)


def test_respondents_over_claim_at_the_rate_of_the_grade_on_average_and_each_at_their_own() -> None:
    name = next(iter(instrument().indicators))
    world, claimed = World(unverifiable=0), []
    for number in range(2000):
        seen = answered(
            instrument(), world, {name: 0.0}, {name: Ask(50, "E1")}, chance(SEED, "claims", number)
        )
        claimed.append(seen[name].sound / 50)
    theta = rate(instrument().indicators[name], 0.0)
    over_claim = instrument().constants.over_claim.likely.E1

    expected = theta + (1 - theta) * over_claim
    assert statistics.fmean(claimed) == pytest.approx(
        expected, abs=TIMES * statistics.stdev(claimed) / 2000**0.5
    )


def test_a_rate_runs_from_the_floor_to_the_target() -> None:
    for indicator in instrument().indicators.values():
        assert (rate(indicator, 0), rate(indicator, 1)) == pytest.approx(indicator.rates(TEAM_SIZE))


def test_the_true_composite_is_the_methods_power_mean() -> None:
    power, weights = instrument().constants.power, [layer.weight for layer in instrument().layers]
    truth = {
        name: 0.1 if instrument().layer_of[name] == instrument().layers[0] else 0.9
        for name in instrument().indicators
    }

    expected = (weights[0] * 10**power + sum(weights[1:]) * 90**power) ** (1 / power)
    assert composite(instrument(), truth) == pytest.approx(expected)


def test_the_same_names_give_the_same_answers_and_another_number_gives_others() -> None:
    def answers(number: int) -> object:
        draws = chance(SEED, "same", number)
        truth = truth_of(number, SEED)
        return truth, answered(instrument(), World(), truth, asked("quick", {"E3": 1, "E2": 1}, draws), draws)

    assert answers(3) == answers(3)
    assert answers(3) != answers(4)


def test_the_first_team_is_the_one_that_the_docs_were_made_with() -> None:
    # Should another version of Python draw otherwise, the tables of the docs have to be made again.
    assert composite(instrument(), truth_of(0, 1)) == pytest.approx(FIRST_TEAM, abs=1e-9)


def test_results_do_not_depend_on_how_many_processes_made_them() -> None:
    study, found = only_row("quick"), []
    for workers in (1, 2):
        with processes(workers) as pool:
            found.append(results(pool, study, 12, SEED))

    assert found[0] == found[1]
