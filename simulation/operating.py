"""How often each pattern is found where all of its members are truly weak, middling or strong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assessment.core.patterns import Seen, findings
from simulation import reference
from simulation.common import WORLD, About, Study, Team, instrument, scored
from simulation.figures import Figure, share
from simulation.markdown import Published, cell, note, table
from simulation.world import Ask, answered, chance

FORM = "full"
WEAK = 0.1
LEVELS = (WEAK, 0.7, 0.9)
ON_TRACK = 0.8  # of the lines of a report: enough for a pattern that needs most of them to be


def _members(pattern_id: str) -> tuple[str, ...]:
    pattern = instrument().pattern(pattern_id)
    return (*pattern.required, *pattern.any_of)


ROWS = ("operating",)


def team(row: str, number: int, seed: int) -> Team:
    """Return, for each level and each pattern of indicators, the state in which one team has it."""
    states: list[str] = []
    for level in LEVELS:
        truth = dict.fromkeys(instrument().indicators, level)
        ask = {name: Ask(indicator.marks[FORM], "E3") for name, indicator in instrument().asked(FORM).items()}
        seen = answered(instrument(), WORLD, truth, ask, chance(seed, row, number, level))
        # A pattern reads nothing but its members' own evidence, so nothing else has to be scored.
        members = {name for pattern_id in _patterns() for name in _members(pattern_id)}
        contexts = [pattern.context.id for pattern in instrument().patterns if pattern.context]
        found = findings(
            instrument(),
            Seen(
                form=FORM,
                observations=seen,
                likely=scored({name: seen[name] for name in members}).likely.indicators,
                not_applicable=(),
                context=dict.fromkeys(contexts, ON_TRACK),
            ),
        )
        states += [each.state for each in found if each.id in _patterns()]
    return tuple(states)


def _patterns() -> list[str]:
    return [pattern.id for pattern in instrument().patterns if pattern.required]


def shares(teams: Sequence[Team]) -> dict[tuple[str, float], dict[str, Figure]]:
    """Return by pattern and level how many of a hundred teams have it present, and present or possible."""
    found = {}
    for place, level in enumerate(LEVELS):
        for i, pattern_id in enumerate(_patterns()):
            states = [each[place * len(_patterns()) + i] for each in teams]
            found[pattern_id, level] = {
                "present": share(state == "present" for state in states),
                "seen": share(state in ("present", "possible") for state in states),
            }
    return found


def tables(results: Mapping[str, Sequence[Team]], about: About) -> dict[str, str]:
    """Return the table of how sharp the patterns are."""
    found = shares(results[ROWS[0]])
    rows = []
    for name in _patterns():
        known = reference.OPERATING.get(name)
        published = None if known is None else Published(known, 0, reference.OPERATING_TEAMS)
        rows.append(
            [
                instrument().pattern(name).name,
                cell(found[name, WEAK]["seen"], 1, published),
                *(cell(found[name, level]["present"], 1) for level in LEVELS),
            ]
        )
    header = ["pattern", f"at {WEAK}: present or possible", *(f"at {level}: present" for level in LEVELS)]
    return {
        "operating": "\n\n".join([str(about), SAID, table(header, rows), note(reference.OPERATING_TEAMS)])
    }


SAID = (
    "The full form as specified, every item opened (E3); all members of a pattern have the same true "
    "soundness, from 0 to 1, and eight of ten lines of the report are on track. In percent of the teams. "
    "Earlier, for the patterns together: 75 to 95 present or possible at 0.1, 1 to 4 present at 0.7, none "
    "at 0.9. Not every pattern keeps to that here."
)

STUDY = Study(rows=ROWS, team=team, tables=tables)
