"""Which patterns and which next step simulated teams get, by the diagnosis that the site makes."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.method import FIXED_MARKS, Grade
from assessment.core.scoring import Observation
from simulation import reference
from simulation.common import MIXED, WORLD, About, Study, Team, asked, instrument, truth_of
from simulation.figures import share
from simulation.markdown import number, table
from simulation.world import TEAM_SIZE, Ask, World, answered, chance, composite

DAY = "2026-01-31"
COUNTED = 50  # items of each indicator that a system of record counts


@dataclass(frozen=True, slots=True)
class Row:
    """Teams that answer one form in one way."""

    name: str
    form: str
    grades: Mapping[Grade, float]
    imported: bool = False  # is what a system of record can count counted there?
    world: World = WORLD


OPENED: Mapping[Grade, float] = {"E3": 1}
OPAQUE = World(spread=1.0)
ROWS: dict[str, Row] = {
    "routes-quick": Row("quick", "quick", OPENED),
    "routes-quick-mixed": Row("quick, mixed", "quick", MIXED),
    "routes-quick-opaque": Row("quick, opaque", "quick", OPENED, world=OPAQUE),
    "routes-full": Row("full", "full", OPENED),
    "routes-full-mixed": Row("full, mixed", "full", MIXED),
    "routes-full-opaque": Row("full, opaque", "full", OPENED, world=OPAQUE),
    "routes-full-import": Row("full, import", "full", OPENED, imported=True),
}


def team(row: str, number: int, seed: int) -> Team:
    """Return what is kept of one team: its truth, rule, destination, confidence, and each pattern's state."""
    answering = ROWS[row]
    truth = truth_of(number, seed)
    draws = chance(seed, row, number, "first")
    ask = asked(answering.form, answering.grades, draws)
    if answering.imported:
        ask = {name: _counted(name, each) for name, each in ask.items()}
    seen = answered(instrument(), answering.world, truth, ask, draws)
    document = _document(answering.form, seen, draws)
    result = diagnose(*read_answers({instrument().key: instrument()}.__getitem__, document))
    return (
        composite(instrument(), truth),
        result["route"]["rule"],
        result["route"]["primary"],
        result["confidence"]["grade"],
        *(each["state"] for each in result["patterns"]),
    )


def _counted(name: str, ask: Ask) -> Ask:
    indicator = instrument().indicators[name]
    if not indicator.measured:
        return ask
    return Ask(ask.n if indicator.type in FIXED_MARKS else COUNTED, "E4")


def _document(form: str, seen: Mapping[str, Observation], draws: random.Random) -> bytes:
    """Return the answers as the site would read them: the sample drawn by it, one observer, no delay."""
    contexts = [frame.context.id for frame in instrument().frames.values() if frame.context]
    lines, rate = draws.randint(5, 12), draws.uniform(0.5, 1)
    on_track = sum(draws.random() < rate for _ in range(lines))
    document = {
        "instrument": instrument().key,
        "form": form,
        "as_of": DAY,
        "window_days": instrument().window_days,
        "team_size": TEAM_SIZE,
        "sample_drawn": True,
        "observations": {
            name: {part: value for part, value in asdict(each).items() if part != "link_derived"}
            for name, each in seen.items()
        },
        "context": {name: {"on_track": on_track, "of": lines} for name in contexts},
    }
    return json.dumps(document).encode()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is kept of one team."""

    truth: float
    rule: int
    to: str
    confidence: str | None
    states: Sequence[str]


def outcomes(teams: Sequence[Team]) -> list[Outcome]:
    """Return what `team` kept, by name."""
    return [Outcome(truth, rule, to, grade, states) for truth, rule, to, grade, *states in teams]


# --- tables ---------------------------------------------------------------------------------------

SAID = (
    "Honest teams, samples drawn by the site, one observer. “Quick” and “full”: every item opened (E3). "
    "“Mixed”: the grade of each indicator is drawn, 10 % E4, 60 % E3, 20 % E2, 10 % E1. “Opaque”: how "
    "often an item cannot be verified differs between teams (log-normal, spread 1, about the same 5 % of "
    f"sound items). “Import”: what a system of record can count is counted there (E4, {COUNTED} items). Of "
    "the lines of a report, half to all are shown on track. "
)


def tables(results: Mapping[str, Sequence[Team]], about: About) -> dict[str, str]:
    """Return the tables of routes and of patterns."""
    found = {row: outcomes(results[row]) for row in ROWS}
    most = max(
        share([each.to == to for each in teams]).error
        for teams in found.values()
        for to in {each.to for each in teams}
    )
    error = f"In percent of the teams; the standard error is {most:.1f} at most."
    return {
        "routes": "\n\n".join(
            [
                str(about),
                SAID + error,
                f"**Where the teams are sent**\n\n{_destinations(found)}",
                largest(found),
                f"**By which rule**\n\n{_rules(found)}",
                f"**With which confidence**\n\n{_confidence(found)}",
                f"**Who they are**\n\n{_truths(found)}",
            ]
        ),
        "patterns": "\n\n".join([str(about), SAID + error, PATTERNS_NOTE, _patterns(found)]),
    }


def _header(first: str) -> list[str]:
    return [first, *(row.name for row in ROWS.values())]


def _percent(holds: Sequence[bool]) -> str:
    return number(share(holds).value, 1)


def _destinations(found: Mapping[str, Sequence[Outcome]]) -> str:
    return table(
        _header("next step"),
        [
            [to.name, *(_percent([each.to == to.id for each in teams]) for teams in found.values())]
            for to in instrument().destinations
        ],
    )


def largest(found: Mapping[str, Sequence[Outcome]]) -> str:
    """Return a sentence about the destinations that get more than half of a row's teams."""
    heavy = [
        f"{instrument().destination(to).name} gets {100 * n / len(teams):.1f} % in “{ROWS[row].name}”"
        for row, teams in found.items()
        for to, n in Counter(each.to for each in teams).items()
        if 2 * n > len(teams)
    ]
    return f"{'; '.join(heavy)}." if heavy else "No next step gets more than half of the teams of any column."


def _rules(found: Mapping[str, Sequence[Outcome]]) -> str:
    return table(
        _header("rule"),
        [
            [
                f"{rule.number}: {instrument().destination(rule.to).name}",
                *(_percent([each.rule == rule.number for each in teams]) for teams in found.values()),
            ]
            for rule in instrument().rules
        ],
    )


def _confidence(found: Mapping[str, Sequence[Outcome]]) -> str:
    rows = []
    for level in instrument().constants.confidence.levels:
        cells = []
        for row, teams in found.items():
            figure = share([each.confidence == level for each in teams])
            published = reference.CONFIDENCE.get(level) if row == "routes-quick" else None
            said = "" if published is None else f" ({published})"
            cells.append(number(figure.value, 1) + said)
        rows.append([level, *cells])
    return f"In brackets what was found earlier.\n\n{table(_header('confidence'), rows)}"


def _truths(found: Mapping[str, Sequence[Outcome]]) -> str:
    """Return the truth of the teams that each rule picks: the middle one, and nine of ten around it."""
    rows = []
    for rule in instrument().rules:
        cells = []
        for teams in found.values():
            truths = sorted(each.truth for each in teams if each.rule == rule.number)
            cells.append(_range(truths))
        rows.append([f"{rule.number}: {instrument().destination(rule.to).name}", *cells])
    said = (
        "The true composite of the teams that a rule picked: median, and the range that holds nine of ten "
        "(– where fewer than ten were picked)."
    )
    return f"{said}\n\n{table(_header('rule'), rows)}"


def _range(truths: Sequence[float]) -> str:
    if len(truths) < 10:
        return "–"
    low, middle, high = (truths[round(share * (len(truths) - 1))] for share in (0.05, 0.5, 0.95))
    return f"{middle:.0f} ({low:.0f}–{high:.0f})"


PATTERNS_NOTE = (
    "Present / possible / cannot tell; the rest is not indicated, and – is not asked in that form."
)


def _patterns(found: Mapping[str, Sequence[Outcome]]) -> str:
    rows = []
    for place, pattern in enumerate(instrument().patterns):
        cells = [_states([each.states[place] for each in teams]) for teams in found.values()]
        rows.append([pattern.name, *cells])
    present = [
        f"{sum(each.states.count('present') for each in teams) / len(teams):.2f}" for teams in found.values()
    ]
    rows.append(["present, mean number", *present])
    return table(_header("pattern"), rows)


def _states(states: Sequence[str]) -> str:
    if set(states) == {"not asked"}:
        return "–"
    counted = Counter(states)
    shown = ("present", "possible", "cannot tell")
    return " / ".join(f"{100 * counted[state] / len(states):.0f}" for state in shown)


STUDY = Study(rows=tuple(ROWS), team=team, tables=tables)
