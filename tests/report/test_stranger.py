"""A stranger with nothing but the files: the paper's text can be reckoned again, and so can the data."""

from __future__ import annotations

import json
import re
from io import BytesIO
from math import comb
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader

from assessment.core.interchange import sha256
from tests.report.made import paper, report, result, squeezed
from tests.web.test_reports import keep

ROW = re.compile(r"^([A-Z]{2}\d) .*? ?(\d+) (\d+) (\d+) (\d+) E\d$", re.M)
INTERVAL = re.compile(r"^([A-Z]{2}\d) .*?\nExact 90 % interval of (\d+) in (\d+): (\d+) % to (\d+) %\.", re.M)


@pytest.fixture(scope="module")
def text() -> str:
    """Everything that can be read in the paper of a diagnosis."""
    sheets = PdfReader(BytesIO(paper(result()))).pages
    return "\n".join(each.extract_text() for each in sheets).replace("\u00a0", " ")


def at_least(k: int, n: int, share: float) -> float:
    """Return how probable k or more of n are where each happens with this probability."""
    return sum(comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k, n + 1))


def solved(k: int, n: int, wanted: float) -> float:
    """Return the probability with which k or more of n are as probable as wanted."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_least(k, n, middle) < wanted else (low, middle)
    return low


def test_from_the_paper_alone_the_counts_add_up_and_an_exact_interval_is_found_again(text: str) -> None:
    counted = text.partition("What was counted")[2]
    rows = {name: [int(each) for each in marks] for name, *marks in ROW.findall(counted)}
    total = re.search(r"^All checks (\d+) (\d+) (\d+) (\d+)", counted, re.M)
    intervals = INTERVAL.findall(text)

    assert total
    assert len(rows) == 12
    assert [sum(column) for column in zip(*rows.values(), strict=True)] == [int(n) for n in total.groups()]
    assert len(intervals) >= 5
    for name, *figures in intervals:
        k, n, low, high = map(int, figures)
        assert (k, n) == (rows[name][0], rows[name][3])
        assert low == round(100 * solved(k, n, 0.05))
        assert high == round(100 * solved(k + 1, n, 0.95))


def test_the_data_that_is_downloaded_is_scored_again_to_the_figures_of_the_paper(
    app: Flask, text: str, tmp_path: Path
) -> None:
    kept = keep(app, result())
    path = tmp_path / "result.json"
    path.write_bytes(kept.get(".json").data)

    scored = app.test_cli_runner().invoke(args=["rescore", str(path)])

    assert scored.exit_code == 0, scored.output
    assert sha256(json.loads(path.read_bytes())) in squeezed(text)
    for reading in report(json.loads(path.read_bytes())).readings:
        assert reading.range
        assert squeezed(f"{reading.range.value} {reading.range.interval}") in squeezed(text)
