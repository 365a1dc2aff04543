"""Whole journeys over HTTP: the result is what the method makes of what was entered, and of nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.core.sampling import positions
from tests.leader import Leader, Seen

LAST_DAY = date(2025, 12, 31)  # a look back: no clock has a say in what comes out
MARKS = {"y": "yes", "n": "no", "u": "unverified"}

# What a leader enters: a letter for each opened item.
DONE = {"VD1": "yyyynuyy", "VD2": "ynynynun", "IN1": "yyyyyyyy", "FR1": "nyyyyyuu"}
COMMITMENTS = {"DC3": "yynyu"}
DECISIONS = {"DC1": "yny"}
LINES = {"RF1": "nnyuy"}

# What that comes to, counted by hand: sound, failing, could not verify, grade.
OBSERVED = {
    "VD1": (6, 1, 1, "E3"),
    "VD2": (3, 4, 1, "E3"),
    "IN1": (8, 0, 0, "E3"),
    "FR1": (5, 1, 2, "E3"),
    "LD1": (4, 6, 0, "E2"),
    "FR2": (5, 2, 1, "E1"),
    "DC3": (3, 1, 1, "E2"),  # one of its items has no reference
    "DC1": (2, 1, 0, "E3"),  # a list of three, opened whole
    "VS2": (0, 0, 5, "E2"),  # nobody could look
    "RF1": (2, 2, 1, "E3"),
    "RC1": (3, 1, 0, "E3"),  # a hundred days ago, of ninety
}


@pytest.fixture
def leader(app: Flask) -> Leader:
    """A leader who has begun the diagnosis of a team of eight."""
    leader = Leader(app.test_client())
    leader.start(window_end=LAST_DAY)
    return leader


# --- the passes, as one leader goes through them ----------------------------------------------------


def done_items(leader: Leader) -> None:
    leader.draw("F1", 52)
    open_items(leader, "F1", DONE)
    leader.answer("F1/LD1", total=10, others=4, source="report", place="Board of Monday")


def work_in_progress(leader: Leader) -> None:
    leader.answer("F2/where", way="counts", population=30)
    leader.answer("F2/counts", FR2__sound=5, FR2__failing=2, FR2__unverified=1, source="memory")


def commitments(leader: Leader) -> None:
    leader.draw("F3a", 11)
    open_items(leader, "F3a", COMMITMENTS)
    leader.answer("F3a/2", reference="")


def decisions(leader: Leader) -> None:
    leader.draw("F4a", 3)
    open_items(leader, "F4a", DECISIONS)


def problems(leader: Leader) -> None:
    leader.answer("F5a/where", way="none")


def reports(leader: Leader) -> None:
    leader.draw("F6a", 9, context_of=12)
    open_items(leader, "F6a", LINES)


def ai_work(leader: Leader) -> None:
    leader.answer("F7a/where", way="not-applicable-0")


def recovery(leader: Leader) -> None:
    day = LAST_DAY - timedelta(days=100)
    leader.answer("F8/RC1", answer="date", date=day, source="record", reference="Log 7")


Pass = Callable[[Leader], None]
PASSES: Sequence[Pass] = (
    done_items,
    work_in_progress,
    commitments,
    decisions,
    problems,
    reports,
    ai_work,
    recovery,
)


def open_items(leader: Leader, part: str, marks: dict[str, str]) -> None:
    """Open every item of a sample and answer each check with its letter."""
    for i, letters in enumerate(zip(*marks.values(), strict=True)):
        sent = leader.check_item(part, i + 1, **{n: MARKS[x] for n, x in zip(marks, letters, strict=True)})
        assert sent.status == 303


def enter(leader: Leader, passes: Sequence[Pass] = PASSES) -> None:
    """Go through passes in this order."""
    for each in passes:
        each(leader)


# --- what comes out ---------------------------------------------------------------------------------


def stored(leader: Leader, finished: Seen) -> bytes:
    """Return the diagnosis as it was stored."""
    answer = leader.client.get(finished.location.rstrip("/") + ".json")
    assert answer.status_code == 200
    return answer.data


def drawn(leader: Leader, part: str) -> list[int]:
    """Return the positions that the site showed for a frame."""
    return [int(cell) for cell in re.findall(r"<td>(\d+)</td>", leader.open(f"{part}/sample").text)]


def scored(app: Flask, answers: dict[str, Any]) -> bytes:
    """Return what the core makes of a file of answers."""
    instrument = app.extensions["library"].current
    return canonical(diagnose(*read_answers(lambda _: instrument, json.dumps(answers).encode())))


def test_the_stored_result_is_a_pure_score_of_what_was_entered(app: Flask, leader: Leader) -> None:
    enter(leader)
    sizes = {"F1": 52, "F2": 30, "F3a": 11, "F4a": 3, "F5a": None, "F6a": 9, "F7a": None}
    shown = {part: drawn(leader, part) for part in sizes}

    document = stored(leader, leader.finish())

    # Where the draw began is the one thing that nobody entered; the positions shown must follow from it.
    starts = {part: each["offset"] for part, each in json.loads(document)["answers"]["frames"].items()}
    for part, found in shown.items():
        assert not found or found == list(positions(sizes[part] or 0, len(found), starts[part]))
    answers = {
        "instrument": app.extensions["library"].current.key,
        "form": "quick",
        "as_of": LAST_DAY.isoformat(),
        "window_days": 90,
        "window_end": LAST_DAY.isoformat(),
        "team_size": 8,
        "label": "Team Atlas",
        "sample_drawn": False,  # eight counts stand for a list of thirty
        "second_observer": False,
        "observations": {
            name: {"sound": k, "failing": m, "unverified": u, "grade": grade, "link_derived": False}
            for name, (k, m, u, grade) in OBSERVED.items()
        },
        "not_applicable": {"AI1": "no AI-assisted work in the window"},
        "context": {"C1": {"on_track": 9, "of": 12}},
        "belief": {},
        "frames": {
            part: {
                "where": "The tracker" if shown[part] else "",
                "query": "closed, newest first" if shown[part] else "",
                "population": size,
                "positions": shown[part],
                "offset": starts[part],
                "drawn": bool(shown[part]),
                "replaced": [],
                "covers": covered(30 if part == "F1" else 0),
            }
            for part, size in sizes.items()
        },
    }
    assert json.loads(document)["answers"] == answers
    assert document == scored(app, answers)


def covered(days_earlier: int) -> list[str]:
    """Return the first and last day of the window, which reaches ninety days back from its last."""
    last = LAST_DAY - timedelta(days=days_earlier)
    return [(last - timedelta(days=90)).isoformat(), last.isoformat()]


def test_the_order_of_the_passes_does_not_matter(app: Flask, leader: Leader) -> None:
    other = Leader(app.test_client())
    other.start(window_end=LAST_DAY)

    enter(leader, PASSES)
    enter(other, PASSES[::-1])

    forwards, backwards = (json.loads(stored(each, each.finish())) for each in (leader, other))
    for figure in ("readings", "bands", "confidence", "items", "patterns", "drivers", "route", "gate"):
        assert forwards[figure] == backwards[figure]


def test_a_branch_that_was_left_does_not_count(leader: Leader) -> None:
    enter(leader)

    leader.answer("F1/where", way="counts")
    counts = {f"{name}__{part}": 1 for name in DONE for part in ("sound", "failing", "unverified")}
    leader.answer("F1/counts", **counts, source="memory")

    found = json.loads(stored(leader, leader.finish()))["answers"]["observations"]
    assert {found[name]["sound"] for name in DONE} == {1}
    assert {found[name]["grade"] for name in DONE} == {"E1"}


def test_a_journey_begun_in_one_browser_is_ended_in_another(app: Flask) -> None:
    first, second = Leader(app.test_client()), Leader(app.test_client())
    link = first.start(window_end=LAST_DAY).private_link
    enter(first, PASSES[:3])

    opened = second.send(second.open("/" + link.split("/", 3)[3]))
    second.base = opened.location
    enter(second, PASSES[3:])
    report = second.finish().location

    assert second.open(report).status == 200
    assert first.open("check").location == report
    assert first.open(report).status == 200


def test_following_the_buttons_alone_leads_from_the_first_question_to_the_check_page(leader: Leader) -> None:
    leader.walk()

    tasks = leader.open("")
    assert tasks.text.count(">Done</span>") == 8
    assert "Not answered" not in leader.open("check").text
    assert json.loads(stored(leader, leader.finish()))["gate"]["passed"]
