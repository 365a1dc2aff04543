"""How fast three readings are made of a form's answers, beside the same formulas written down plainly.

    python benchmarks/scoring.py [--rounds 5]

The rival is tests/plain_scoring.py: no tables, nothing remembered. Both take turns
within each round, on answers that neither has seen before, so nothing is remembered from round to round;
their means are compared, so the speed is that of the same figures. `diagnose` is everything that follows
from a document: reading it, three readings, patterns, drivers, the route and what would change it.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.method import READINGS
from assessment.core.scoring import Observation, score
from tests.builders import an_instrument, answers_data, design
from tests.plain_scoring import plain_score

INSTRUMENT = an_instrument()
GOAL_MS = {"quick": 100, "full": 200}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    chance = random.Random(1)  # noqa: S311 answers of a made-up team, not a secret
    for form in GOAL_MS:
        print(line(form, [answered(form, chance) for _ in range(rounds)]))  # noqa: T201 it prints a line


def answered(form: str, chance: random.Random) -> dict[str, Observation]:
    """Return answers of a made-up team: any split of marks, opened items."""
    found = {}
    for name, n in design(form).items():
        sound = chance.randint(0, n)
        unverified = chance.randint(0, n - sound) // 2
        found[name] = Observation(sound, n - sound - unverified, unverified, "E3")
    return found


def line(form: str, teams: list[dict[str, Observation]]) -> str:
    """Return the median times of a form and their ratio, with the spread of the ratio."""
    ours, plain, whole = [], [], []
    for found in teams:
        seconds, card = timed(lambda found=found: score(INSTRUMENT, found, 8))
        ours.append(seconds)
        seconds, rival = timed(
            lambda found=found: [plain_score(INSTRUMENT, found, 8, reading) for reading in READINGS]
        )
        plain.append(seconds)
        for reading, figures in zip(READINGS, rival, strict=True):
            composite = card.reading(reading).composite
            if composite is None or abs(composite.mean - figures[""][0]) > 1e-6:
                raise SystemExit(f"{form}, {reading}: the two do not agree")
    for found in (answered(form, random.Random(i)) for i in range(len(teams))):  # noqa: S311
        text = json.dumps(answers_data(form, found)).encode()
        read = read_answers({INSTRUMENT.key: INSTRUMENT}.__getitem__, text)
        whole.append(timed(lambda read=read: diagnose(*read))[0])
    ratios = [slow / fast for slow, fast in zip(plain, ours, strict=True)]
    return (
        f"scoring, {form} form, three readings: {ms(ours)} ms (goal {GOAL_MS[form]}); written plainly "
        f"{ms(plain)} ms, {statistics.median(ratios):.0f} times as long "
        f"[{min(ratios):.0f} to {max(ratios):.0f}]; the whole diagnosis {ms(whole)} ms"
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def ms(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.0f}"


if __name__ == "__main__":
    main()
