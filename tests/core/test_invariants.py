"""What must hold for any answers at all, tried on many (docs/method.md, "What always holds")."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.instrument import GRADES
from assessment.core.scoring import (
    Estimate,
    Figures,
    Observation,
    Scorecard,
    band_probabilities,
    score,
)
from tests.builders import all_failing, all_sound, an_instrument, design
from tests.scale import SCALE

INSTRUMENT = an_instrument()
FEW = settings(max_examples=60 * SCALE, deadline=None, derandomize=True)
Found = dict[str, Observation]


@st.composite
def profiles(draw: st.DrawFn, least: int = 1) -> Found:
    """Return answers to some indicators of a form: any split of marks, any grade, sometimes from links."""
    sizes = design(draw(st.sampled_from(["quick", "full"])))
    names = draw(st.lists(st.sampled_from(sorted(sizes)), min_size=least, unique=True))
    found = {}
    for name in names:
        n = draw(st.integers(1, sizes[name]))
        sound = draw(st.integers(0, n))
        unverified = draw(st.integers(0, n - sound))
        grade, linked = draw(st.sampled_from(GRADES)), draw(st.booleans())
        found[name] = Observation(sound, n - sound - unverified, unverified, grade, linked)
    return found


def figures(reading: Figures) -> Iterator[float]:
    """Yield every mean of a reading in a fixed order."""
    if reading.composite:
        yield reading.composite.mean
    for part in (reading.layers, reading.dimensions, reading.indicators):
        yield from (part[name].mean for name in sorted(part))


def readings(card: Scorecard) -> tuple[Figures, Figures, Figures]:
    return card.claimed, card.likely, card.shown


def moved(found: Found, name: str, take: str, give: str) -> Found:
    """Return the answers with one mark of an indicator moved."""
    seen = found[name]
    changes = {take: getattr(seen, take) - 1, give: getattr(seen, give) + 1}
    return {**found, name: replace(seen, **changes)}


@FEW
@given(found=profiles(), team_size=st.integers(2, 40))
def test_every_score_is_bounded_and_every_interval_ordered(found: Found, team_size: int) -> None:
    """Fails if the power mean is taken of unclipped values, or a quantile leaves its bracket."""
    for reading in readings(score(INSTRUMENT, found, team_size)):
        estimates = [reading.composite, *reading.layers.values(), *reading.dimensions.values()]
        for estimate in estimates:
            assert isinstance(estimate, Estimate)
            assert 0 <= estimate.low <= estimate.high <= 100
            assert 0 <= estimate.mean <= 100
            assert estimate.sd >= 0
            probabilities = band_probabilities(estimate, INSTRUMENT.constants.bands)
            assert sum(probabilities) == pytest.approx(1, abs=1e-12)
            assert all(p >= -1e-12 for p in probabilities)
        assert all(0 <= own.mean <= 100 and 0 <= own.p_low <= 1 for own in reading.indicators.values())


@FEW
@given(found=profiles(), data=st.data())
def test_a_better_mark_never_lowers_any_figure(found: Found, data: st.DataObject) -> None:
    """Fails if the u term is weighted above a sound mark, or p = eps + (1 - eps - eta) theta is used."""
    moves = [
        (name, take, give)
        for name, seen in found.items()
        for take, give in (("failing", "sound"), ("failing", "unverified"), ("unverified", "sound"))
        if getattr(seen, take)
    ]
    if not moves:
        return
    name, take, give = data.draw(st.sampled_from(moves))

    before, after = score(INSTRUMENT, found, 8), score(INSTRUMENT, moved(found, name, take, give), 8)

    for worse, better in zip(readings(before), readings(after), strict=True):
        for low, high in zip(figures(worse), figures(better), strict=True):
            assert high >= low - 1e-9


@FEW
@given(profiles())
def test_claimed_is_never_below_likely_nor_likely_below_shown(found: Found) -> None:
    """Fails if the over-claim of a reading is put at another reading's, or eta stays under Shown."""
    claimed, likely, shown = (list(figures(each)) for each in readings(score(INSTRUMENT, found, 8)))

    assert all(c >= m - 1e-9 for c, m in zip(claimed, likely, strict=True))
    assert all(m >= s - 1e-9 for m, s in zip(likely, shown, strict=True))


@FEW
@given(profiles())
def test_hiding_failures_never_changes_what_is_shown(found: Found) -> None:
    """Fails if the u term under Shown is anything but u ln(1 - p)."""
    hidden = {
        name: replace(seen, failing=0, unverified=seen.failing + seen.unverified)
        for name, seen in found.items()
    }

    honest, gamed = score(INSTRUMENT, found, 8).shown, score(INSTRUMENT, hidden, 8).shown

    assert list(figures(gamed)) == pytest.approx(list(figures(honest)), abs=1e-9)


@FEW
@given(profiles())
def test_what_is_recalled_is_not_shown(found: Found) -> None:
    """Fails if E1's sound marks are kept under Shown."""
    recalled = {name: replace(seen, grade="E1") for name, seen in found.items()}
    unverified = {
        name: replace(seen, sound=0, unverified=seen.sound + seen.unverified)
        for name, seen in recalled.items()
    }

    assert list(figures(score(INSTRUMENT, recalled, 8).shown)) == pytest.approx(
        list(figures(score(INSTRUMENT, unverified, 8).shown)), abs=1e-9
    )


@pytest.mark.parametrize("form", ["quick", "full"])
def test_better_grades_raise_a_perfect_score_and_lower_a_failing_one(form: str) -> None:
    """Fails if the correlation or the over-claim falls with a weaker grade.

    An indicator of two or three marks may read half a point higher at E4 than at E3 when all of them
    fail, because links are missed more often; no composite, layer or dimension does.
    """
    sound = [score(INSTRUMENT, all_sound(form, grade), 8) for grade in reversed(GRADES)]
    failing = [score(INSTRUMENT, all_failing(form, grade), 8) for grade in reversed(GRADES)]

    for worse, better in pairwise(sound):
        for low, high in zip(readings(worse), readings(better), strict=True):
            assert all(h >= w - 1e-9 for w, h in zip(figures(low), figures(high), strict=True))
    for worse, better in pairwise(failing):
        for high, low in zip(readings(worse), readings(better), strict=True):
            pooled = [replace(each, indicators={}) for each in (high, low)]
            assert all(b <= w + 1e-9 for w, b in zip(*map(figures, pooled), strict=True))


@FEW
@given(found=profiles(), data=st.data())
def test_the_order_of_answers_does_not_matter_to_the_last_bit(found: Found, data: st.DataObject) -> None:
    """Fails if a sum is taken in the order of the dictionary."""
    shuffled = dict(data.draw(st.permutations(list(found.items()))))

    assert score(INSTRUMENT, shuffled, 8) == score(INSTRUMENT, found, 8)


@FEW
@given(found=profiles(least=2), data=st.data())
def test_dropping_answers_never_fails(found: Found, data: st.DataObject) -> None:
    """Fails if a dimension or layer without answers is not left out of its mean."""
    kept = data.draw(st.lists(st.sampled_from(sorted(found)), min_size=1, unique=True))

    card = score(INSTRUMENT, {name: found[name] for name in kept}, 8)

    assert card.likely.composite
    assert set(card.likely.indicators) == set(kept)


def test_answers_of_nothing_but_could_not_verify_are_legal() -> None:
    for name, n in design("full").items():
        card = score(INSTRUMENT, {name: Observation(0, 0, n, "E2")}, 8)

        assert card.shown.indicators[name].mean <= card.likely.indicators[name].mean


def test_a_rate_above_the_target_earns_no_more_than_the_target() -> None:
    """Fails if theta is not clipped: the all-sound score would depend on how far the target lies below 1."""
    easy = INSTRUMENT.indicators["RF4"].model_copy(update={"target": 0.6})
    assert easy.rates(8) == (0, 0.6)

    exactly, above = (
        score(INSTRUMENT, {"RF4": Observation(k, 10 - k, 0, "E4")}, 8).likely.indicators["RF4"].mean
        for k in (6, 10)
    )

    assert exactly < above < 100


def test_twice_the_marks_narrow_the_interval_on_average() -> None:
    """Fails if the design effect cancels the gain of more marks."""
    shares = [i / 10 for i in range(11)]

    def width(n: int) -> float:
        total = 0.0
        for share in shares:
            found = {
                name: Observation(round(share * n), n - round(share * n), 0, "E3") for name in design("full")
            }
            composite = score(INSTRUMENT, found, 8).likely.composite
            assert composite
            total += composite.high - composite.low
        return total / len(shares)

    assert width(20) < width(10) < width(5)


def test_another_process_gives_the_same_bytes() -> None:
    """Fails if the order of a set or a hash of text reaches the result."""
    script = (
        "import json, sys; from assessment.core.diagnosis import *; from tests.builders import *;"
        "i = an_instrument(); f = lambda key: {i.key: i}[key];"
        "a = answers_data('full', worked_team(), context={'C1': {'on_track': 8, 'of': 10}});"
        "sys.stdout.buffer.write(canonical(diagnose(*read_answers(f, json.dumps(a).encode()))))"
    )
    root = Path(__file__).resolve().parents[2]

    written = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }

    assert len(written) == 1
    assert len(written.pop()) > 5000
