"""What tests are built from: a whole instrument with short words, observations, answers, entered pages.

The numbers of the instrument are those of the method's table; its words are made up, so that a test of
the method does not stand or fall with the wording of the shipped instrument.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from assessment.core.evidence import COUNTED, Facts, checks_at, next_stop
from assessment.core.instrument import Instrument
from assessment.core.method import Grade
from assessment.core.sampling import positions
from assessment.core.scoring import Observation

# id, type, marks in the pre-scan, quick and full form (0: not asked), floor, target
TABLE = """
VD1 count    10  8 10 .50 .95
VD2 count    10  8 10 .30 .90
VD3 count     0  0 10 .20 .80
VD4 count     0  0 10 .40 .90
IN1 count     0  8 10 .20 .80
IN2 count     0  0 10 .40 .90
IN3 count     0  0  5 .20 .80
IN4 count     0  0 10 .60 .95
RC1 date      4  4  4  0   1
RC2 elapsed   0  0  5 .20 .80
RC3 count     0  0  5 .20 .80
FR1 count    10  8 10 .70 .95
FR2 count     0  8 10 .40 .90
FR3 count     0  0 10 .40 .90
FR4 elapsed   0  0  5 .20 .80
RF1 count     5  5  5 .50 .95
RF2 count     0  0  5 .10 .80
RF3 count     0  0  5 .20 .80
RF4 count     0  0  5  0  .60
AI1 count    10  5 10 .50 .95
AI2 count     0  0  5 .20 .80
AI3 artefact  0  0  2  0   1
DC1 count     5  5  5 .20 .80
DC2 elapsed   0  0  5 .20 .80
DC3 count     0  5 10 .40 .90
DC4 count     0  0  4  0  .75
VS1 date      0  0  4  0   1
VS2 count     0  5  5 .20 .80
VS3 count     0  0  3 .20 .80
VS4 anchors   0  0  4  0   1
LD1 spread    0 10 20 .30 .95
LD2 count     0  0  5 .20 .80
LD3 count     0  0  5 .20 .80
"""
LAYERS = {
    "EI": (0.50, ("VD", "IN", "RC")),
    "ED": (0.30, ("FR", "RF", "AI")),
    "HD": (0.20, ("DC", "VS", "LD")),
}
NOT_APPLICABLE = {
    **dict.fromkeys(("AI1", "AI2", "AI3"), "no AI-assisted work in the window"),
    **dict.fromkeys(("RC2", "RC3", "VS2"), "no failure or problem in 180 days"),
    "FR4": "nothing is reviewed by others",
    "RF2": "nothing was late",
    "LD2": "no absence of 3 days",
}
DAYS = {"RC1": 90, "VS1": 45}
PASSES = {
    "F1": ({"F1": "VD1 VD2 IN1 FR1 VD3 VD4 IN2 FR3 IN3"}, "LD1"),
    "F2": ({"F2": "FR2"}, ""),
    "F3": ({"F3a": "DC3", "F3b": "RF2"}, ""),
    "F4": ({"F4a": "DC1", "F4b": "DC2"}, ""),
    "F5": ({"F5a": "VS2", "F5b": "RC2", "F5c": "RC3"}, ""),
    "F6": ({"F6a": "RF1", "F6b": "RF3", "F6c": "RF4"}, ""),
    "F7": ({"F7a": "AI1", "F7b": "AI2"}, "AI3"),
    "F8": (
        {"F8a": "IN4", "F8b": "FR4", "F8c": "DC4", "F8d": "VS3", "F8e": "LD2", "F8f": "LD3"},
        "RC1 VS1 VS4",
    ),
}
PATTERNS: list[dict[str, Any]] = [
    {
        "id": "watermelon-reporting",
        "required": ["RF1"],
        "any_of": ["RF2", "RF3"],
        "alone": "possible",
        "context": {"id": "C1", "share": 0.70},
    },
    {"id": "phantom-done", "required": ["VD1"], "any_of": ["VD2", "VD4", "FR1"]},
    {"id": "hero-dependence", "required": ["LD1"], "any_of": ["LD2", "LD3"], "alone": "possible"},
    {"id": "decision-fog", "required": ["DC1"], "any_of": ["DC2", "IN1"]},
    {"id": "ai-drift", "required": ["AI1"], "any_of": ["AI2", "AI3", "FR1"]},
    {"id": "untested-safety-net", "required": ["RC1"], "any_of": ["RC2", "RC3"], "alone": "possible"},
    {"id": "rework-loop", "required": ["FR1"], "any_of": ["FR3", "VD3"]},
    {"id": "silent-slippage", "required": ["DC3"], "any_of": ["RF2", "VS2"]},
    {"id": "overload-intake", "required": ["DC4", "DC3"]},
    {"id": "lessons-not-landing", "required": ["RC3", "VS3"]},
    {"id": "busy-no-outcome", "required": ["RF4"], "any_of": ["VD4", "FR2"]},
    {"id": "opaque-execution", "unverified_at_least": 0.30},
]
HUMAN = ["decision-fog", "silent-slippage", "hero-dependence"]
RULES: list[dict[str, Any]] = [
    {
        "number": 0,
        "to": "recheck",
        "secondary": False,
        "any": [
            {"gate_failed": True, "reason": "No score: {gate}"},
            {"from_memory": True, "reason": "The {form} shows nothing yet."},
            {"confidence": ["Very low"], "reason": "Confidence is {confidence}."},
        ],
    },
    {
        "number": 1,
        "to": "techledculture",
        "any": [{"unverified_share_at_least": 0.30, "reason": "{unverified_share} unverified."}],
    },
    {
        "number": 2,
        "to": "contact",
        "any": [
            {"shown_below": 15, "reason": "Shown is {shown}."},
            {"patterns_present_at_least": 3, "reason": "Present: {patterns}."},
            {"awarded": ["N"], "claim_gap_above": 25, "reason": "The gap is {claim_gap}."},
        ],
    },
    {
        "number": 3,
        "to": "techledculture",
        "any": [
            {"layer_lowest": {"layer": "HD", "by": 5}, "reason": "{layer} is lowest by {points}."},
            {"pattern_present": HUMAN, "reason": "Present: {patterns}."},
        ],
    },
    {
        "number": 4,
        "to": "bienestarly",
        "names": "pattern-practice",
        "any": [
            {"pattern_present": [], "reason": "Present: {patterns}."},
            {"any_layer_below": 50, "reason": "{layer} is below 50."},
        ],
    },
    {
        "number": 5,
        "to": "execution-pods",
        "any": [
            {
                "awarded": ["L", "F"],
                "layer_below": {"layer": "ED", "than": "EI", "by": 15},
                "reason": "{layer} is {points} below.",
            },
            {
                "awarded": ["L", "F"],
                "pattern_possible": ["ai-drift", "hero-dependence"],
                "reason": "Possible: {patterns}.",
            },
        ],
    },
    {
        "number": 6,
        "to": "none",
        "secondary": False,
        "any": [{"awarded": ["L", "F"], "reason": "Nothing to do."}],
    },
    {
        "number": 7,
        "to": "bienestarly",
        "names": "dimension-practice",
        "any": [{"always": True, "reason": "Nothing stands out."}],
    },
]


def constants() -> dict[str, Any]:
    """Return the constants of method 1.0.0, as they are written in TOML."""
    eta = {"E4": 0.05, "E3": 0.02, "E2": 0.01, "E1": 0}
    return {
        "method": "1.0.0",
        "clip": [0.001, 0.999],
        "over_claim": {
            "claimed": dict.fromkeys(("E4", "E3", "E2", "E1"), 0.005),
            "likely": {"E4": 0.02, "E3": 0.05, "E2": 0.15, "E1": 0.30},
            "shown": {"E4": 0.04, "E3": 0.10, "E2": 0.35, "E1": 1},
        },
        "false_negative": {
            "claimed": eta,
            "likely": eta,
            "shown": dict.fromkeys(("E4", "E3", "E2", "E1"), 0),
            "link_derived": 0.30,
        },
        "correlation": {"E4": 0.02, "E3": 0.05, "E2": 0.15, "E1": 0.40},
        "selection": {"claimed": 1, "likely": 3},
        "prior": {"team": 2.5, "dimension": 0.8, "indicator": 1.5},
        "indicator_grid": {"low": -5, "high": 5, "step": 0.25},
        "team_grid": {"low": -4.5, "high": 4.5, "step": 0.375},
        "power": 0.5,
        "gradient_step": 1e-3,
        "interval": 0.90,
        "bands": [
            {"id": band, "above": above, "word": word, "sentence": f"It is {word}."}
            for band, above, word in (
                ("N", 0, "not evidenced"),
                ("P", 15, "partly"),
                ("L", 50, "largely"),
                ("F", 85, "fully"),
            )
        ],
        "award_probability": 0.90,
        "claim_gap": {"small": 10, "large": 25},
        "gates": {
            "answered_share": 0.60,
            "unverified_share": 0.50,
            "recalled_share": 0.50,
            "dimension_indicators": 2,
        },
        "confidence": {
            "levels": ["High", "Moderate", "Low", "Very low"],
            "half_width": {
                "once": 12,
                "twice": 25,
                "reason": "width {value} over {limit}",
                "withheld": "width over {limit}",
            },
            "unverified": {"once": 0.15, "twice": 0.35, "reason": "unverified {value} over {limit}"},
            "weak_grades": {"once": 0.30, "twice": 0.60, "reason": "weak grades {value} over {limit}"},
            "undrawn": "not drawn",
            "independent": {"once": 0.20, "reason": "independent {value} under {limit}"},
            "stale_days": {"once": 60, "reason": "stale {value} over {limit}"},
        },
        "patterns": {"present": 0.70, "possible": 0.50, "unverified_share": 0.50, "low_below": 0.5},
        "drivers": {"shown": 5},
        "reassessment": {"probability": 0.95, "standard_errors": 1.645},
        "agreement": {"target": 0.62},
        "consistency": {
            "high_above": 0.80,
            "low_below": 0.30,
            "pairs": [
                {"high": high, "low": low, "sentence": f"{high} is high and {low} is low."}
                for high, low in (("VD1", "RF1"), ("AI1", "VD2"), ("FR1", "VS2"), ("DC3", "RF2"))
            ],
        },
    }


def instrument_data() -> dict[str, Any]:
    """Return a whole instrument as plain data, to be changed by a test and validated."""
    rows = [line.split() for line in TABLE.split("\n") if line]
    indicators = [_indicator(*row) for row in rows]
    return {
        "key": "execution-integrity/1.0.0",
        "name": "Test",
        "language": "en-GB",
        "window_days": 90,
        "grades": [{"id": g, "name": g, "meaning": f"Means {g}."} for g in ("E4", "E3", "E2", "E1")],
        "forms": [
            _form("pre-scan", 1, grades=["E1"], from_memory=True),
            _form("quick", 2),
            _form("full", 6, prints_dimensions=True),
        ],
        "layers": [
            {
                "id": layer,
                "name": f"Layer {layer}",
                "role": "role",
                "term": "term",
                "meaning": "meaning",
                "lineage": len(LAYERS) - rank,
                "weight": weight,
                "dimensions": [
                    {
                        "id": dimension,
                        "name": f"Dimension {dimension}",
                        "published": "published",
                        "signal": "signal",
                        "practice": f"the practice of {dimension}",
                        "indicators": [i for i in indicators if i["id"].startswith(dimension)],
                    }
                    for dimension in dimensions
                ],
            }
            for rank, (layer, (weight, dimensions)) in enumerate(LAYERS.items())
        ],
        "passes": [_pass(name, frames, singles) for name, (frames, singles) in PASSES.items()],
        "constants": constants(),
        "patterns": [
            {
                **pattern,
                "name": pattern["id"].replace("-", " ").capitalize(),
                "meaning": "meaning",
                "first_move": "move",
                "practice": f"the practice of {pattern['id']}",
            }
            for pattern in PATTERNS
        ],
        "rules": RULES,
        "destinations": [
            {"id": name, "name": name.capitalize(), "action": "Go", "sentence": "Sentence."}
            for name in ("recheck", "techledculture", "contact", "bienestarly", "execution-pods", "none")
        ],
        "sha256": "0" * 64,
        "constants_sha256": "1" * 64,
    }


@cache
def an_instrument() -> Instrument:
    """Return the whole instrument: 33 indicators, three forms, twelve patterns, eight rules."""
    return Instrument.model_validate(instrument_data())


def _form(name: str, not_applicable: int, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": f"{name} form",
        "purpose": "purpose",
        "limit": "limit",
        "minutes": 10,
        "not_applicable_at_most": not_applicable,
        **more,
    }


def _indicator(
    name: str, kind: str, pre_scan: str, quick: str, full: str, floor: str, target: str
) -> dict[str, Any]:
    marks = {"pre-scan": int(pre_scan), "quick": int(quick), "full": int(full)}
    more: dict[str, Any] = {}
    if kind == "spread":
        more["spread"] = {
            "people": 2,
            "ceiling": 0.70,
            "floor": 0.35,
            "small_team": 5,
            "small_floor": 0,
            "small_marks": 4,
            "small_sound": "spread",
            "small_failing": "concentrated",
        }
    if kind in ("date", "anchors"):
        more["anchors"] = ["worst", "bad", "middling", "good", "best"]
    if kind == "artefact":
        more["anchors"] = ["current", "partial", "absent"]
    return {
        "id": name,
        "name": f"Name of {name}",
        "type": kind,
        "marks": {form: n for form, n in marks.items() if n},
        "floor": float(floor),
        "target": float(target),
        "target_source": "norm",
        "days": DAYS.get(name),
        "not_applicable": [NOT_APPLICABLE[name]] if name in NOT_APPLICABLE else [],
        "sentence": "{sound} of {n}",
        "weak": f"{name} is weak",
        "fix": f"Fix {name}.",
        "verify": f"Verify {name}.",
        **more,
    }


def _pass(name: str, frames: dict[str, str], singles: str) -> dict[str, Any]:
    words = {"question": "Is it so?", "hint": "Look."}
    recalled = {**words, "from_memory": "How many of them are so?"}
    choices = [{"text": text, "sound": n} for text, n in (("Lately", 4), ("Longer ago", 1), ("Never", 0))]
    return {
        "id": name,
        "name": f"Pass {name}",
        "purpose": "purpose",
        "minutes": {"pre-scan": 0.2, "quick": 2, "full": 7},
        "frames": [
            {
                "id": frame,
                "name": f"Frame {frame}",
                "item": "item",
                "items": "items",
                "find": "Make the list.",
                "window_shift": 30 if frame == "F1" else 0,
                "latest": frame == "F8c",
                "context": _context() if frame == "F6a" else None,
                "checks": [{"indicator": i, **recalled} for i in indicators.split()],
            }
            for frame, indicators in frames.items()
        ],
        "singles": [
            {"indicator": i, "title": f"Title of {i}", "choices": choices if i == "RC1" else [], **words}
            for i in singles.split()
        ],
    }


def _context() -> dict[str, Any]:
    return {
        "id": "C1",
        "total_question": "How many lines?",
        "question": "How many on track?",
        "hint": "Count.",
        "sentence": "{on_track} of {of} on track",
    }


# --- observations -------------------------------------------------------------------------------


def design(form: str) -> dict[str, int]:
    """Return the design size of every indicator of a form."""
    return {name: i.marks[form] for name, i in an_instrument().asked(form).items()}


def all_sound(form: str, grade: Grade = "E3") -> dict[str, Observation]:
    """Return a form in which every mark is sound."""
    return {name: Observation(n, 0, 0, grade) for name, n in design(form).items()}


def all_failing(form: str, grade: Grade = "E3") -> dict[str, Observation]:
    """Return a form in which every mark is failing."""
    return {name: Observation(0, n, 0, grade) for name, n in design(form).items()}


def all_unverified(form: str, grade: Grade = "E3") -> dict[str, Observation]:
    """Return a form in which no mark could be verified."""
    return {name: Observation(0, 0, n, grade) for name, n in design(form).items()}


def mixed(form: str, grade: Grade = "E3") -> dict[str, Observation]:
    """Return a form with six tenths sound, three failing and one unverified, as far as marks divide."""
    found = {}
    for name, n in design(form).items():
        sound, unverified = round(0.6 * n), round(0.1 * n)
        found[name] = Observation(sound, n - sound - unverified, unverified, grade)
    return found


WORKED_TEAM = """
VD1 6 2 2 E3; VD2 5 4 1 E3; VD3 4 5 1 E3; VD4 7 2 1 E2; IN1 5 5 0 E3; IN2 6 4 0 E4; IN3 3 2 0 E3
IN4 9 1 0 E4; RC1 1 3 0 E3; RC2 3 1 1 E2; RC3 1 3 1 E3; FR1 8 2 0 E4; FR2 6 4 0 E4; FR3 8 2 0 E4
FR4 3 2 0 E4; RF1 2 2 1 E3; RF2 1 4 0 E3; RF3 2 2 1 E3; RF4 1 4 0 E3; AI1 5 3 2 E3; AI2 2 2 1 E2
AI3 0 2 0 E3; DC1 2 3 0 E3; DC2 3 2 0 E2; DC3 6 3 1 E3; DC4 2 2 0 E4; VS1 2 2 0 E2; VS2 2 2 1 E2
VS3 1 2 0 E3; VS4 2 2 0 E1; LD1 9 11 0 E4; LD2 2 3 0 E2; LD3 2 3 0 E3
"""


def worked_team() -> dict[str, Observation]:
    """Return the worked team of the method: 33 answers of mixed grades, team size 8."""
    found: dict[str, Observation] = {}
    for row in WORKED_TEAM.replace("\n", ";").split(";"):
        if row.strip():
            name, sound, failing, unverified, grade = row.split()
            found[name] = Observation(int(sound), int(failing), int(unverified), grade)
    return found


# --- answers --------------------------------------------------------------------------------------


def answers_data(form: str, found: dict[str, Observation], **more: Any) -> dict[str, Any]:
    """Return an answers document over these observations, drawn, by one observer, of a team of eight."""
    return {
        "instrument": "execution-integrity/1.0.0",
        "form": form,
        "as_of": "2026-11-22",
        "window_days": 90,
        "team_size": 8,
        "sample_drawn": True,
        "second_observer": False,
        "observations": {
            name: {
                "sound": seen.sound,
                "failing": seen.failing,
                "unverified": seen.unverified,
                "grade": seen.grade,
            }
            for name, seen in found.items()
        },
        **more,
    }


def a_source(population: int = 61, n: int = 50, **changes: Any) -> dict[str, Any]:
    """Return where a count of n items of a population comes from: made on the site from one file."""
    source = {
        "reader": "gh",
        "title": "GitHub",
        "measure": "linked-result",
        "files": ["ab" * 32],
        "population": population,
        "positions": list(positions(population, n, 0.25)),
        "offset": 0.25,
        "covers": ["2026-08-24", "2026-11-22"],
        "local": False,
    }
    return {**source, **changes}


# --- entered pages --------------------------------------------------------------------------------


def some_facts(form: str = "quick", **changes: Any) -> Facts:
    """Return the facts of a team of eight on the day its window ended."""
    day = date(2026, 11, 22)
    values = {"form": form, "team_size": 8, "window_days": 90, "window_end": day, "as_of": day}
    return Facts(**{**values, **changes})


Pages = dict[tuple[str, str], dict[str, Any]]


def entered(facts: Facts, *, mark: str = "yes", population: int = 40, records: Pages | None = None) -> Pages:
    """Return the pages of a leader who opens every drawn item and notes each reference.

    Pages that `records` already holds are kept; the others are filled with `mark` and fresh dates.
    """
    instrument = an_instrument()
    pages: Pages = dict(records or {})
    while stop := next_stop(instrument, facts, pages):
        if stop.kind == "where":
            frame = instrument.frames[stop.part]
            pages[stop.part, "where"] = where(instrument.frame_size(frame, facts.form), population)
        elif stop.kind == "belief":
            asked = checks_at(instrument, facts, pages, stop)
            pages[stop.part, "belief"] = dict.fromkeys((check.indicator for check in asked), "skipped")
        elif stop.kind == "item":
            asked = checks_at(instrument, facts, pages, stop)
            answers = {check.indicator: mark for check in asked}
            pages[stop.part, stop.page] = {**answers, "reference": f"{stop.part}-{stop.page}"}
        elif stop.kind == "recall":
            asked = checks_at(instrument, facts, pages, stop)
            n = {check.indicator: instrument.indicators[check.indicator].marks[facts.form] for check in asked}
            pages[stop.part, stop.page] = {"yes": n, "no": dict.fromkeys(n, 0)}.get(
                mark, dict.fromkeys(n, mark)
            )
        elif stop.kind == "choice":
            pages[stop.part, stop.page] = {"choice": {"yes": 0, "no": 2}.get(mark, mark)}
        else:
            pages[stop.part, stop.page] = single(stop.kind, facts)
    return pages


def where(n: int, population: int = 40, **changes: Any) -> dict[str, Any]:
    """Return a "where" page whose items are opened one by one, drawn with a start of a half."""
    page = {
        "way": "items",
        "where": "tracker",
        "query": "closed in the window",
        "population": population,
        "context_of": population + 2,
        "draws": 1,
        "positions": list(positions(population, n, 0.5)),
        "offset": 0.5,
    }
    return {**page, **changes}


def counts(*names: str, population: int = 61, **changes: Any) -> Pages:
    """Return the page of what was counted from an export: of fifty items one failing, one unverified."""
    n = min(50, population)
    marks = {"sound": n - 2, "failing": 1, "unverified": 1, "link_derived": False}
    count = {**marks, **a_source(population, n), **changes}
    return {COUNTED: {"counts": {name: dict(count) for name in names}}}


def single(kind: str, facts: Facts) -> dict[str, Any]:
    """Return a good answer, with its reference, to a single question."""
    recorded = {"source": "record", "reference": "log 7", "place": "log 7"}
    if kind == "date":
        return {"answer": "date", "date": facts.window_end.isoformat(), **recorded}
    if kind == "spread" and facts.team_size < 5:
        return {"concentrated": "no", **recorded}
    if kind == "spread":
        return {"total": 10, "others": 8, **recorded}
    return {"level": 2, **recorded}
