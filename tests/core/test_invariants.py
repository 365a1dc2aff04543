"""What must hold for any answers at all, tried on many (docs/method.md, "What always holds")."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from assessment.core.answers import Answers, read_answers
from assessment.core.bands import band_probabilities
from assessment.core.constants import Constants
from assessment.core.diagnosis import diagnose
from assessment.core.gates import gate
from assessment.core.instrument import Indicator, Instrument
from assessment.core.interchange import DocumentError, canonical
from assessment.core.method import GRADES, READINGS, Grade, Reading
from assessment.core.reassessment import read_run
from assessment.core.scoring import Estimate, Figures, Observation, Scorecard, likelihood, score
from tests.builders import all_failing, an_instrument, answers_data, constants, design, instrument_data
from tests.scale import search

INSTRUMENT = an_instrument()
HELD = {INSTRUMENT.key: INSTRUMENT}
FEW = search(60)
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
    """Fails if the interval is taken from the wrong tails, or the last band does not reach to 1."""
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
    """Fails if an unverified mark weighs more than a sound one."""
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
    """Fails if the over-claim of two readings is exchanged, or p = eps + (1 - eps - eta) theta is used."""
    claimed, likely, shown = (list(figures(each)) for each in readings(score(INSTRUMENT, found, 8)))

    assert all(c >= m - 1e-9 for c, m in zip(claimed, likely, strict=True))
    assert all(m >= s - 1e-9 for m, s in zip(likely, shown, strict=True))


@FEW
@given(profiles())
def test_hiding_failures_never_changes_what_is_shown(found: Found) -> None:
    """Fails if what is unverified is weighed under Shown as it is under Likely, by selection odds."""
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


@st.composite
def some_of_a_form(draw: st.DrawFn, least_marks: int = 1) -> dict[str, int]:
    """Return some indicators of a form that have so many marks at least, with their marks."""
    sizes = design(draw(st.sampled_from(["quick", "full"])))
    names = st.sampled_from(sorted(name for name, n in sizes.items() if n >= least_marks))
    return {name: sizes[name] for name in draw(st.lists(names, min_size=1, unique=True))}


@FEW
@given(sizes=some_of_a_form())
def test_all_sound_is_worth_more_the_better_it_is_shown(sizes: dict[str, int]) -> None:
    """Fails if the correlation is taken from the table turned round, E1 for E4."""
    cards = [
        score(INSTRUMENT, {name: Observation(n, 0, 0, grade) for name, n in sizes.items()}, 8)
        for grade in reversed(GRADES)
    ]

    for worse, better in pairwise(cards):
        for low, high in zip(readings(worse), readings(better), strict=True):
            assert all(h >= w - 1e-9 for w, h in zip(figures(low), figures(high), strict=True))


@FEW
@given(sizes=some_of_a_form(least_marks=4))
def test_all_failing_is_worth_less_the_better_it_is_shown(sizes: dict[str, int]) -> None:
    """Fails if the correlation is taken from the table turned round, E1 for E4.

    Only an indicator of two or three marks may read up to half a point higher at E4 than at E3, because
    an export misses more than an opened item shows; no figure of a whole form does, as the next test says.
    """
    cards = [
        score(INSTRUMENT, {name: Observation(0, n, 0, grade) for name, n in sizes.items()}, 8)
        for grade in reversed(GRADES)
    ]

    for worse, better in pairwise(cards):
        for high, low in zip(readings(worse), readings(better), strict=True):
            assert all(b <= w + 1e-9 for w, b in zip(figures(high), figures(low), strict=True))


@pytest.mark.parametrize("form", ["quick", "full"])
def test_a_whole_form_that_fails_is_worth_less_the_better_it_is_shown(form: str) -> None:
    cards = [score(INSTRUMENT, all_failing(form, grade), 8) for grade in reversed(GRADES)]

    for worse, better in pairwise(cards):
        for high, low in zip(readings(worse), readings(better), strict=True):
            pooled = [replace(each, indicators={}) for each in (high, low)]
            assert all(b <= w + 1e-9 for w, b in zip(*map(figures, pooled), strict=True))


@search(20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter_to_the_last_bit(random: Random) -> None:
    """Fails if a sum is taken in the order of the dictionary."""
    found = {}
    for name, n in design("full").items():
        cuts = sorted(random.choices(range(n + 1), k=2))
        found[name] = Observation(
            cuts[0], cuts[1] - cuts[0], n - cuts[1], random.choice(GRADES), random.random() < 0.5
        )
    shuffled = dict(random.sample(list(found.items()), len(found)))

    assert score(INSTRUMENT, shuffled, 8) == score(INSTRUMENT, found, 8)


@FEW
@given(found=profiles(least=2), data=st.data())
def test_dropping_answers_never_fails(found: Found, data: st.DataObject) -> None:
    """Fails if a dimension or layer without answers is not left out of its mean."""
    kept = data.draw(st.lists(st.sampled_from(sorted(found)), min_size=1, unique=True))

    card = score(INSTRUMENT, {name: found[name] for name in kept}, 8)

    assert card.likely.composite
    assert set(card.likely.indicators) == set(kept)


@FEW
@given(sizes=some_of_a_form())
def test_answers_of_nothing_but_could_not_verify_are_legal(sizes: dict[str, int]) -> None:
    """Fails if a share is taken of the marks that were verified, which are none here."""
    found = {name: Observation(0, 0, n, "E2") for name, n in sizes.items()}

    card = score(INSTRUMENT, found, 8)
    closed = gate(INSTRUMENT, "full", found)

    assert card.likely.composite
    assert set(card.shown.indicators) == set(sizes)
    assert any("could not be verified" in reason for reason in closed.reasons)


@search(200)
@given(
    name=st.sampled_from(sorted(design("full"))),
    marks=st.tuples(st.integers(0, 50), st.integers(0, 50)).filter(sum),
    grade=st.sampled_from(GRADES),
    reading=st.sampled_from(READINGS),
)
def test_a_rate_beyond_floor_or_target_points_at_the_end_of_the_scale(
    name: str, marks: tuple[int, int], grade: Grade, reading: Reading
) -> None:
    """Fails if soundness is read as the rate itself, or the rate may pass floor and target.

    From the share of sound reports that the target would give upwards, more soundness is always likelier;
    from the one that the floor would give downwards, less. So nobody scores beyond 0 or 100, and
    overshooting earns nothing of its own.
    """
    seen = Observation(*marks, 0, grade)
    given_seen = likelihood(INSTRUMENT.indicators[name], seen, reading, INSTRUMENT.constants, 8)
    floor, target = INSTRUMENT.indicators[name].rates(8)
    keep = (1 - given_seen.over_claim) * (1 - given_seen.false_negative)
    at_floor, at_target = (
        given_seen.over_claim + keep * min(0.999, max(0.001, rate)) for rate in (floor, target)
    )
    logs = [given_seen.log_at(i / 20) for i in range(21)]

    if given_seen.sound >= at_target * seen.n:
        assert all(b >= a - 1e-12 for a, b in pairwise(logs))
    if given_seen.sound <= at_floor * seen.n:
        assert all(b <= a + 1e-12 for a, b in pairwise(logs))


@search(12)
@given(
    names=st.lists(st.sampled_from(sorted(design("full"))), min_size=1, max_size=4, unique=True),
    n=st.sampled_from([4, 5, 10]),
    grade=st.sampled_from(GRADES),
)
def test_twice_the_marks_narrow_the_interval_on_average(names: list[str], n: int, grade: Grade) -> None:
    """Fails if marks are discounted for being alike as if all were one, so that more of them add nothing.

    On average over every share that may be found; one lucky small sample may well be narrower.
    """

    def width(times: int, reading: Reading) -> float:
        total = 0.0
        for sound in range(n + 1):
            seen = Observation(sound * times, (n - sound) * times, 0, grade)
            composite = score(INSTRUMENT, dict.fromkeys(names, seen), 8).reading(reading).composite
            assert composite
            total += composite.high - composite.low
        return total / (n + 1)

    for reading in READINGS:
        assert width(2, reading) < width(1, reading)


def test_another_process_gives_the_same_bytes() -> None:
    """Fails if the hash of a text reaches the result, which differs from process to process."""
    script = (
        "import json, sys; from assessment.core.answers import read_answers;"
        "from assessment.core.diagnosis import diagnose; from assessment.core.interchange import canonical;"
        "from tests.builders import an_instrument, answers_data, worked_team;"
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


# --- results are made again from themselves -----------------------------------------------------------


@st.composite
def answered(draw: st.DrawFn) -> Answers:
    """Return a whole answers document of the quick or the full form, read as any other."""
    form = draw(st.sampled_from(["quick", "full"]))
    sizes = design(form)
    found = {}
    for name in draw(st.lists(st.sampled_from(sorted(sizes)), min_size=len(sizes) - 3, unique=True)):
        sound = draw(st.integers(0, sizes[name]))
        unverified = draw(st.integers(0, min(1, sizes[name] - sound)))
        grade = draw(st.sampled_from(GRADES[:3]))
        found[name] = Observation(sound, sizes[name] - sound - unverified, unverified, grade)
    document = answers_data(
        form,
        found,
        as_of="2026-11-22",
        window_end=draw(st.sampled_from(["2026-11-22", "2026-08-01"])),
        team_size=draw(st.integers(5, 30)),
        sample_drawn=draw(st.booleans()),
        second_observer=draw(st.booleans()),
        context=draw(st.sampled_from([{}, {"C1": {"on_track": 8, "of": 10}}])),
        label=draw(st.sampled_from(["", "Team Ätlas", "a\ttab"])),
    )
    for name in found:
        document["observations"][name]["link_derived"] = draw(st.booleans())
    return read_answers(HELD.__getitem__, json.dumps(document).encode())[1]


@search(20)
@given(answered())
def test_a_stored_result_is_made_again_from_itself_to_the_last_byte(answers: Answers) -> None:
    """Fails if the answers in a result leave out a field that something depends on, such as link_derived."""
    stored = canonical(diagnose(INSTRUMENT, answers))

    run = read_run(HELD.__getitem__, stored)
    document = json.loads(stored)

    assert canonical(diagnose(run.instrument, run.answers)) == stored
    assert document["method"] == INSTRUMENT.constants.method
    assert document["instrument"] == {"key": INSTRUMENT.key, "sha256": INSTRUMENT.sha256}
    assert document["constants_sha256"] == INSTRUMENT.constants_sha256


# --- what is let in -----------------------------------------------------------------------------------

SIZES = st.one_of(st.integers(0, 21), st.sampled_from([49, 50, 51, 199, 200, 201, 10**9]))


def frame_of(name: str) -> str | None:
    """Return the frame whose items an indicator is asked of, None for a single question."""
    frames = INSTRUMENT.frames.values()
    return next((frame.id for frame in frames for check in frame.checks if check.indicator == name), None)


def is_possible(form: str, name: str, seen: Observation, population: int | None, team_size: int) -> bool:
    """Say, in the words of the method, whether so many marks at this grade can be."""
    n, size, kind = seen.n, design(form).get(name), INSTRUMENT.indicators[name].type
    if size is None or n < 1 or (form == "pre-scan" and seen.grade != "E1"):
        return False
    if kind == "spread" and team_size < 5:
        return seen.grade != "E4" and n == max(seen.sound, seen.failing, seen.unverified) == 4
    if kind in ("date", "anchors", "artefact"):
        return n == {"date": 4, "anchors": 4, "artefact": 2}[kind]
    if seen.grade == "E2" and seen.unverified == n == size:
        return True
    if n > {"E4": 50, "E3": size, "E2": 200, "E1": 200}[seen.grade]:
        return False
    if population is None:
        return True
    exactly = {"E4": {min(50, population), min(size, population)}, "E3": {min(size, population)}}
    return n <= population and n in exactly.get(seen.grade, {n})


@st.composite
def claimed_marks(draw: st.DrawFn) -> tuple[str, str, Observation, int | None, int]:
    """Return a form, an indicator, marks, a population or none, and a team size: possible or not."""
    form = draw(st.sampled_from(["pre-scan", "quick", "full"]))
    name = draw(st.sampled_from(sorted(INSTRUMENT.indicators)))
    size = design(form).get(name, 5)
    n = draw(st.one_of(SIZES, st.integers(max(0, size - 1), size + 1)))
    grade, unverified = draw(st.sampled_from(GRADES)), draw(st.sampled_from([0, 1, n // 2, n]))
    sound = draw(st.sampled_from([0, 1, n // 2, n]))
    seen = Observation(min(sound, n), max(0, n - sound - unverified), min(unverified, n), grade)
    population = None
    if frame_of(name) and form != "pre-scan" and draw(st.booleans()):
        population = draw(st.one_of(SIZES, st.integers(max(0, seen.n - 1), seen.n + 1)))
    return form, name, seen, population, draw(st.sampled_from([2, 4, 5, 8]))


@search(400)
@given(claimed_marks())
def test_marks_are_let_in_if_and_only_if_they_can_be(claim: tuple[str, str, Observation, int, int]) -> None:
    """Fails if a limit is off by one, or what is drawn at E3 may be fewer than the population allows."""
    form, name, seen, population, team_size = claim
    document = answers_data(form, {name: seen}, team_size=team_size)
    if population is not None:
        frame = frame_of(name)
        assert frame
        size = INSTRUMENT.frame_size(INSTRUMENT.frames[frame], form)
        event(f"with a population of {'more' if population > size else 'as many or fewer'}")
        document["frames"] = {frame: {"population": population}} if size else {}
        population = population if size else None
    possible = is_possible(form, name, seen, population, team_size)
    event("possible" if possible else "impossible")

    try:
        read_answers(HELD.__getitem__, json.dumps(document).encode())
        let_in = True
    except DocumentError:
        let_in = False

    assert let_in == possible


@FEW
@given(eta=st.floats(0, 1), kappa=st.floats(1, 20), links=st.booleans())
def test_missed_proof_never_outweighs_hidden_failure(eta: float, kappa: float, links: bool) -> None:
    """Fails if eta is not held to 1/kappa, where a failing mark would read above an unverified one."""
    data = constants()
    data["selection"] = {"claimed": 1, "likely": kappa}
    from_items = {**dict.fromkeys(GRADES, 0), "E4": 0 if links else eta}
    data["false_negative"] = {
        "claimed": from_items,
        "likely": from_items,
        "shown": dict.fromkeys(GRADES, 0),
        "link_derived": eta if links else 0,
    }

    assert is_valid(Constants, data) == (eta <= 1 / kappa)


@FEW
@given(rates=st.tuples(*[st.floats(0, 0.9)] * 3), grade=st.sampled_from(GRADES[:3]))
def test_the_over_claim_grows_from_each_reading_to_the_stricter_one(
    rates: tuple[float, float, float], grade: Grade
) -> None:
    """Fails if two readings are not compared; then Claimed could lie below Likely, or Likely below Shown."""
    data = constants()
    data["over_claim"] = {
        reading: dict.fromkeys(GRADES, 0.5) | {grade: rate}
        for reading, rate in zip(READINGS, rates, strict=True)
    }

    assert is_valid(Constants, data) == (rates[0] <= rates[1] <= rates[2])


@FEW
@given(first=st.integers(1, 49), second=st.integers(1, 49), error=st.sampled_from([-1, 0, 1]))
def test_weights_sum_to_one(first: int, second: int, error: int) -> None:
    """Fails if the weights of the layers are not added up."""
    data = instrument_data()
    weights = (first, second, 100 - first - second + error)
    for layer, weight in zip(data["layers"], weights, strict=True):
        layer["weight"] = weight / 100

    assert is_valid(Instrument, data) == (error == 0)


@FEW
@given(floor=st.floats(-0.1, 1.1), target=st.floats(-0.1, 1.1))
def test_a_floor_lies_below_its_target(floor: float, target: float) -> None:
    """Fails if floor and target are not compared, or need not be rates."""
    data = {**an_instrument().indicators["VD1"].model_dump(), "floor": floor, "target": target}

    assert is_valid(Indicator, data) == (0 <= floor < target <= 1)


def is_valid(model: type[BaseModel], data: dict[str, Any]) -> bool:
    try:
        model.model_validate(data)
    except ValidationError:
        return False
    return True
