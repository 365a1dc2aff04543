"""How often each pattern is found where all of its members are truly weak, middling or strong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assessment.core.patterns import Seen, findings
from simulation.common import WORLD, About, Study, Team, instrument, scored
from simulation.figures import Figure, share
from simulation.markdown import number, table
from simulation.world import Ask, answered, chance

FORM = "full"
LEVELS = (0.1, 0.7, 0.9)
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
    said = (
        "The full form as specified, every item opened (E3); all members of a pattern have the same true "
        "soundness (0 to 1), and eight of ten lines of the report are on track. In percent of the teams; "
        f"the standard error is {max(f.error for each in found.values() for f in each.values()):.1f} at "
        "most."
    )
    rows = [
        [
            instrument().pattern(name).name,
            *(number(found[name, LEVELS[0]][state].value, 1) for state in ("seen", "present")),
            *(number(found[name, level]["present"].value, 1) for level in LEVELS[1:]),
        ]
        for name in _patterns()
    ]
    header = [
        "pattern",
        f"truth {LEVELS[0]}: present or possible",
        f"truth {LEVELS[0]}: present",
        *(f"truth {level}: present" for level in LEVELS[1:]),
    ]
    return {"operating": "\n\n".join([str(about), said, table(header, rows)])}


STUDY = Study(rows=ROWS, team=team, tables=tables)
