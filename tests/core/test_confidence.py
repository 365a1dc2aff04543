"""Confidence: what lowers it, by how much, and in which words."""

from __future__ import annotations

import re

import pytest

from assessment.core.confidence import confidence
from assessment.core.method import Grade
from assessment.core.scoring import Estimate, Observation, score
from tests.builders import all_sound, all_unverified, an_instrument, design, mixed

INSTRUMENT = an_instrument()
CONSTANTS = INSTRUMENT.constants


def reasons_of(found: dict[str, Observation], half_width: float = 5, **facts: object) -> tuple[str, ...]:
    given = {"undrawn": False, "second_observer": True, "age_days": 0, **facts}
    return confidence(CONSTANTS, Estimate(50, 3, 50 - half_width, 50 + half_width), found, **given).reasons


@pytest.mark.parametrize(
    ("half_width", "told"),
    [
        (12.04, ["12.04", "12"]),
        (12.1, ["12.1", "12"]),
        (12.000_3, ["12.0003", "12"]),
        (18, ["18", "12"]),
        (25.01, ["25.01", "25"]),
    ],
)
def test_no_reason_is_rounded_until_it_contradicts_itself(half_width: float, told: list[str]) -> None:
    [reason] = reasons_of(all_sound("full", "E4"), half_width)

    assert re.findall(r"\d+(?:\.\d+)?", reason) == told


def test_a_share_just_below_its_limit_is_not_told_as_the_limit() -> None:
    counted = 1999  # of 10,000, which is 19.99 %, where 20 % are wanted
    found = {f"{n}": Observation(1, 0, 0, "E4" if n < counted else "E3") for n in range(10_000)}

    [reason] = reasons_of(found, second_observer=False)

    assert re.findall(r"\d+(?:\.\d+)? %", reason) == ["19.99 %", "20 %"]


def graded(found: dict[str, Observation], half_width: float = 5, **facts: object) -> tuple[str, list[str]]:
    given = {"undrawn": False, "second_observer": True, "age_days": 0, **facts}
    likely = Estimate(50, 3, 50 - half_width, 50 + half_width)
    grading = confidence(CONSTANTS, likely, found, **given)
    return grading.grade, [" ".join(reason.split()[:2]) for reason in grading.reasons]


def test_confidence_starts_high() -> None:
    assert graded(all_sound("full")) == ("High", [])


@pytest.mark.parametrize(
    ("facts", "grade", "reason"),
    [
        ({"half_width": 12}, "High", None),
        ({"half_width": 12.1}, "Moderate", "width 12.1"),
        ({"half_width": 25.1}, "Low", "width 25.1"),
        ({"undrawn": True}, "Moderate", "not drawn"),
        ({"second_observer": False}, "Moderate", "independent 0"),
        ({"age_days": 60}, "High", None),
        ({"age_days": 61}, "Moderate", "stale 61"),
    ],
)
def test_each_weakness_lowers_confidence(facts: dict[str, object], grade: str, reason: str | None) -> None:
    assert graded(all_sound("full"), **facts) == (grade, [reason] if reason else [])


@pytest.mark.parametrize(("unverified", "grade"), [(3, "High"), (4, "Moderate"), (7, "Moderate"), (8, "Low")])
def test_what_could_not_be_verified_lowers_confidence(unverified: int, grade: str) -> None:
    found = {"VD1": Observation(20 - unverified, 0, unverified, "E4")}

    assert graded(found)[0] == grade


@pytest.mark.parametrize(("weak", "grade"), [(3, "High"), (4, "Moderate"), (6, "Moderate"), (7, "Low")])
def test_answers_from_reports_and_memory_lower_confidence(weak: int, grade: str) -> None:
    names = sorted(design("full"))[:10]
    grades: list[Grade] = ["E2", "E1"] * 5
    found = {name: Observation(2, 0, 0, grades[i] if i < weak else "E3") for i, name in enumerate(names)}

    assert graded(found)[0] == grade


def test_a_fifth_counted_from_an_export_is_an_independent_check() -> None:
    names = sorted(design("full"))[:10]
    found = {name: Observation(2, 0, 0, "E4" if i < 2 else "E3") for i, name in enumerate(names)}

    assert graded(found, second_observer=False)[0] == "High"
    assert graded({name: found[name] for name in names[1:]}, second_observer=False)[0] == "Moderate"


def test_a_reason_names_the_figure_and_the_limit_that_it_passed() -> None:
    facts = {"undrawn": False, "second_observer": False, "age_days": 61}
    found = {"VD1": Observation(12, 0, 8, "E2")}

    reasons = confidence(CONSTANTS, Estimate(50, 3, 20, 80), found, **facts).reasons

    assert reasons == (
        "width 30 over 25",
        "unverified 40 % over 35 %",
        "weak grades 100 % over 60 %",
        "independent 0 % under 20 %",
        "stale 61 over 60",
    )


def test_the_width_of_a_reading_that_is_withheld_is_not_told() -> None:
    facts = {"undrawn": False, "second_observer": True, "age_days": 0, "prints_likely": False}

    grading = confidence(CONSTANTS, Estimate(50, 3, 20, 80), all_sound("full"), **facts)

    assert (grading.grade, grading.reasons) == ("Low", ("width over 25",))


def test_confidence_has_a_floor() -> None:
    grade, reasons = graded(all_unverified("full", "E1"), half_width=40, undrawn=True, second_observer=False)

    assert grade == "Very low"
    assert len(reasons) == 5


def test_the_typical_grades_are_the_published_ones() -> None:
    quick, full = (score(INSTRUMENT, mixed(form), 8).likely.composite for form in ("quick", "full"))
    alone = {"undrawn": False, "second_observer": False, "age_days": 0}
    assert quick
    assert full

    assert confidence(CONSTANTS, quick, mixed("quick"), **alone).grade == "Low"
    assert confidence(CONSTANTS, full, mixed("full"), **alone).grade in ("Moderate", "Low")
