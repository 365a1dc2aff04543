"""What the site keeps, scores and gives away, held against a journey on paper."""

from __future__ import annotations

import json
from typing import Any

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Frame
from assessment.core.interchange import canonical
from assessment.core.sampling import positions
from tests.journeys.plain import Journey
from tests.journeys.tally import belief, context, counted, is_drawn, left_out, looked_at

NAMES = ("sound", "failing", "unverified", "grade")


def hold_result(journey: Journey, document: bytes) -> None:
    """A stored result is a pure score of what was acknowledged, byte for byte."""
    found = json.loads(document)["answers"]
    hold_answers(journey, found)
    said = {
        "instrument": journey.instrument.key,
        "form": journey.form,
        "team_size": journey.team_size,
        "label": journey.label,
    }
    if not journey.from_memory:
        said["window_end"] = journey.window_end.isoformat()
    assert {name: found[name] for name in said} == said
    answers = {**found, **said, **_on_paper(journey)}
    pure = diagnose(*read_answers(lambda _: journey.instrument, json.dumps(answers).encode()))
    assert document == canonical(pure)


def hold_everything(journey: Journey, kept: dict[str, Any]) -> None:
    """The file of everything that is kept holds what was acknowledged, and nothing else."""
    found = {(page["part"], page["page"]): page["version"] for page in kept["pages"]}
    assert found == {place: entry.version for place, entry in journey.kept.items()}
    hold_answers(journey, kept["answers"])


def hold_answers(journey: Journey, found: dict[str, Any]) -> None:
    """What is about to be scored is what was acknowledged; the sample is the one that its start gives."""
    on_paper = _on_paper(journey)
    assert {name: found[name] for name in on_paper} == on_paper
    frames = {
        part: {
            **{name: said[name] for name in ("where", "query", "population", "drawn", "covers")},
            "opened": len(said["positions"]),
            "replaced": len(said["replaced"]),
        }
        for part, said in found["frames"].items()
    }
    assert frames == looked_at(journey)
    for part, said in found["frames"].items():
        hold_sample(journey, journey.instrument.frames[part], said)


def hold_sample(journey: Journey, frame: Frame, said: dict[str, Any]) -> None:
    """The positions are those that the printed start gives, and free ones for what was replaced."""
    if not said["positions"] and not said["replaced"]:
        return
    population, n = said["population"], journey.sample(frame).n
    drawn = list(range(1, n + 1)) if said["offset"] is None else positions(population, n, said["offset"])
    at = {str(number): position for number, position in enumerate(drawn, 1)}
    for gone, instead in journey.replaced(frame):
        around = [*range(at[gone] + 1, population + 1), *range(1, at[gone])]
        free = [position for position in around if position not in at.values()]
        if instead:
            # Not always the first of them: what took another place may have been put back since.
            place, _, position = instead.partition("-")
            assert place == gone.partition("-")[0]
            assert int(position) in free
            at[instead] = int(position)
    assert said["positions"] == [at[page] for page in journey.opened(frame)]
    assert said["replaced"] == [at[gone] for gone, _ in journey.replaced(frame)]


def _on_paper(journey: Journey) -> dict[str, Any]:
    return {
        "sample_drawn": is_drawn(journey),
        "observations": {
            name: {**dict(zip(NAMES, tally, strict=True)), "link_derived": False}
            for name, tally in counted(journey).items()
        },
        "not_applicable": left_out(journey),
        "context": context(journey),
        "belief": belief(journey),
    }
