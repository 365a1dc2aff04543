"""What an answerer gains by hiding, by remembering and by choosing the items, in each reading."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assessment.core.method import READINGS
from assessment.core.scoring import Observation
from simulation import reference
from simulation.common import (
    WORLD,
    About,
    Study,
    Team,
    asked,
    instrument,
    plain_mean,
    scored,
    truth_of,
    whole,
)
from simulation.figures import mean
from simulation.markdown import Published, cell, note, table
from simulation.world import answered, chance, composite

Found = Mapping[str, Observation]
Behaviour = Callable[[Found], Found]

ROWS = {"gaming": "full", "gaming-quick": "quick"}  # the form that is asked
READINGS_TOLD = ("Naive", "Claimed", "Likely", "Shown")


def _each(change: Callable[[Observation], Observation]) -> Behaviour:
    """Return the behaviour that changes every indicator alike."""
    return lambda found: {name: change(seen) for name, seen in found.items()}


def _honest(seen: Observation) -> Observation:
    return seen


def _hide(seen: Observation) -> Observation:
    return replace(seen, failing=0, unverified=seen.unverified + seen.failing)


def _hide_half(seen: Observation) -> Observation:
    hidden = seen.failing // 2
    return replace(seen, failing=seen.failing - hidden, unverified=seen.unverified + hidden)


def _all_recalled(seen: Observation) -> Observation:
    return Observation(seen.n, 0, 0, "E1")


def _recalled(seen: Observation) -> Observation:
    return replace(seen, grade="E1")


def _cherry_pick(seen: Observation) -> Observation:
    swapped = math.ceil(seen.failing / 2)
    return replace(seen, sound=seen.sound + swapped, failing=seen.failing - swapped)


def _leave_out(found: Found) -> Found:
    """Answer of each layer only the best, as few as the gate lets pass."""
    kept: dict[str, Observation] = {}
    for layer in instrument().layers:
        members = [i.id for d in layer.dimensions for i in d.indicators if i.id in found]
        need = math.ceil(instrument().constants.gates.answered_share * len(members) - 1e-9)
        best = sorted(members, key=lambda name: (-found[name].sound / found[name].n, name))[:need]
        kept |= {name: found[name] for name in best}
    return kept


BEHAVIOURS: dict[str, tuple[str, Behaviour]] = {
    "honest": ("honest", _each(_honest)),
    "hide": ("hides all failures as “could not verify”", _each(_hide)),
    "hide-half": ("hides half of them", _each(_hide_half)),
    "all-recalled": ("claims everything, from memory", _each(_all_recalled)),
    "recalled": ("honest, but everything from memory", _each(_recalled)),
    "cherry-pick": ("cherry-picks: swaps half the failures for good items", _each(_cherry_pick)),
    "leave-out": ("leaves the worst questions out, as many as the gate allows", _leave_out),
}
HIDERS = ("hide", "hide-half")


def team(row: str, number: int, seed: int) -> Team:
    """Return the true composite of a team and, for each behaviour, Naive, Claimed, Likely and Shown."""
    return told(row, number, seed, tuple(BEHAVIOURS))


def told(row: str, number: int, seed: int, behaviours: Sequence[str]) -> Team:
    """Return what `team` does, for some of the behaviours."""
    truth = truth_of(number, seed)
    ask = asked(ROWS[row], {"E3": 1}, chance(seed, row, number, "grades"))
    honest = answered(instrument(), WORLD, truth, ask, chance(seed, row, number, "first"))
    found: list[float] = [composite(instrument(), truth)]
    for name in behaviours:
        entered = BEHAVIOURS[name][1](honest)
        card = scored(entered)
        found.append(plain_mean(entered.values()))
        found += [whole(card.reading(name)).mean for name in READINGS]
    return tuple(found)


def by_behaviour(
    teams: Sequence[Team], behaviours: Sequence[str] = tuple(BEHAVIOURS)
) -> dict[str, list[tuple[float, ...]]]:
    """Return for each behaviour the Naive, Claimed, Likely and Shown of every team."""
    return {
        name: [each[1 + 4 * place : 5 + 4 * place] for each in teams] for place, name in enumerate(behaviours)
    }


def largest_change(
    teams: Sequence[Team], behaviour: str, behaviours: Sequence[str] = tuple(BEHAVIOURS)
) -> float:
    """Return by how many points a behaviour moves Shown from the honest, at most."""
    found = by_behaviour(teams, behaviours)
    pairs = zip(found[behaviour], found["honest"], strict=True)
    return max(abs(changed[3] - honest[3]) for changed, honest in pairs)


def tables(results: Mapping[str, Sequence[Team]], about: About) -> dict[str, str]:
    """Return the tables of what gaming gains, one for each form."""
    truth = mean(each[0] for each in results["gaming"])
    said = (
        "Every item opened (E3), the form as specified. The mean truth of these teams is "
        f"{truth.value:.1f} ± {truth.error:.1f} (earlier: {reference.GAMING_TRUTH})."
    )
    moved = ", ".join(
        f"{max(largest_change(teams, name) for teams in results.values()):.1e} ({BEHAVIOURS[name][0]})"
        for name in HIDERS
    )
    most = f"The most by which hiding moved the Shown of any team, in points: {moved}."
    every = [each for teams in results.values() for found in by_behaviour(teams).values() for each in found]
    ordered = sum(claimed >= likely >= shown for _, claimed, likely, shown in every)
    order = f"Claimed ≥ Likely ≥ Shown in {ordered:,} of {len(every):,} results."
    parts = [f"**The {form} form**\n\n{_table(row, results[row])}" for row, form in ROWS.items()]
    return {
        "gaming": "\n\n".join([str(about), said, *parts, f"{most} {order}", note(reference.GAMING_TEAMS)])
    }


def _table(row: str, teams: Sequence[Team]) -> str:
    rows = []
    for name, values in by_behaviour(teams).items():
        columns = [mean(each[place] for each in values) for place in range(len(READINGS_TOLD))]
        published: Sequence[Published | None] = [None] * len(columns)
        if row == "gaming" and name in reference.GAMING:
            published = [Published(each, 1, reference.GAMING_TEAMS) for each in reference.GAMING[name]]
        rows.append([BEHAVIOURS[name][0], *(cell(f, 1, p) for f, p in zip(columns, published, strict=True))])
    return table(["behaviour", *READINGS_TOLD], rows)


STUDY = Study(rows=tuple(ROWS), team=team, tables=tables)
