"""Figures have the value and the error that statistics gives them, and stand where the page has a place."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import pytest

import simulation.__main__ as command
from simulation.common import About, Study
from simulation.figures import Figure, mean, rank_correlation, retest, share
from simulation.markdown import OUTSIDE, Published, cell, number, placed, table
from simulation.studies import STUDIES
from simulation.world import chance


def test_a_mean_has_the_error_of_a_mean() -> None:
    assert mean([1, 2, 3, 4]) == Figure(2.5, statistics.stdev([1, 2, 3, 4]) / 2, 4)


def test_a_share_of_none_is_not_certain() -> None:
    none = share([False] * 100)

    assert none.value == 0
    assert 0 < none.error < 2


def test_a_rank_correlation_sees_order_alone_and_shares_ranks_between_equals() -> None:
    assert rank_correlation([1, 2, 3, 40], [1, 4, 9, 10]).value == pytest.approx(1)
    assert rank_correlation([1, 1, 2, 2], [1, 2, 3, 4]).value == pytest.approx(2 / math.sqrt(5))


def test_a_retest_recovers_how_teams_differ_and_how_samples_do() -> None:
    draws = chance(5)
    truth = [draws.gauss(50, 20) for _ in range(4000)]
    first, second = ([each + draws.gauss(0, 10) for each in truth] for _ in range(2))

    found = retest(first, second)

    for figure, expected in ((found.icc, 0.8), (found.sem, 10), (found.mdc90, 1.645 * math.sqrt(2) * 10)):
        assert abs(figure.value - expected) <= 3 * figure.error
    assert found.sem.error == pytest.approx(10 / math.sqrt(2 * 4000), rel=0.1)


@pytest.mark.parametrize(("value", "agrees"), [(90.0, True), (94.7, True), (94.8, False), (85.3, True)])
def test_two_figures_agree_within_three_errors_of_their_difference(value: float, agrees: bool) -> None:
    ours = Figure(value, 1.0, 1000)  # three times the root of two, and half of the last digit: 4.74

    assert ours.agrees(90.0, teams=1000, digits=0) == agrees


def test_a_cell_holds_figure_error_and_what_was_published_and_marks_a_difference() -> None:
    figure = Figure(-1.46, 0.31, 600)

    assert cell(figure, 2) == "−1.46 ± 0.31"
    assert cell(figure, 1, Published(-1.4, 1, 2500)) == "−1.5 ± 0.3 (−1.4)"
    assert cell(figure, 1, Published(3.0, 1, 2500)) == f"−1.5 ± 0.3 (3.0) {OUTSIDE}"
    assert number(-0.001, 1) == "0.0"


def test_a_table_is_plain_markdown() -> None:
    assert table(["a", "b"], [["c", "1"]]) == "| a | b |\n| --- | --: |\n| c | 1 |"


PAGE = "before\n<!-- simulate: one -->\nold\n<!-- /simulate -->\nafter <!-- simulate: two -->\n"


def test_a_table_replaces_what_stood_in_its_place_and_nothing_else() -> None:
    page, missing = placed(PAGE, {"one": "new", "two": "lost"})

    assert page == PAGE.replace("old", "new")
    assert missing == ["two"]
    assert placed(page, {"one": "new"}) == (page, [])


def test_a_table_without_a_place_is_told_with_file_fault_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "method.md"
    page.write_text(PAGE)
    monkeypatch.setattr(command, "PAGE", page)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    study = Study(
        rows=(),
        team=lambda row, number, seed: (),
        tables=lambda rows, about: {"one": str(about), "three": ""},
    )
    monkeypatch.setattr(command, "STUDIES", {"made-up": study})

    code = command.main(["--size", "30"])

    assert code == 1
    assert "Made by `make simulate`, 30 teams a row, seed 1, instrument " in page.read_text()
    (fault,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("method.md: ")]
    assert fault.startswith("method.md: has no place for the table 'three'; write '<!-- simulate: three -->'")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--size", "2"], "argument --size: '2' will not do; give a whole number of at least 30"),
        (["--size", "many"], "argument --size: 'many' will not do; give a whole number of at least 30"),
        (["--workers", "0"], "argument --workers: '0' will not do; give a whole number of at least 1"),
    ],
)
def test_a_number_that_will_not_do_is_refused_in_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main(arguments)

    assert capsys.readouterr().err.splitlines()[-1].endswith(told)


def test_no_two_rows_share_a_name_and_every_study_has_rows() -> None:
    rows = [row for study in STUDIES.values() for row in study.rows]

    assert len(rows) == len(set(rows)) >= 25
    assert str(About(600, 1, "a/1.0.0")).endswith("600 teams a row, seed 1, instrument a/1.0.0.")
