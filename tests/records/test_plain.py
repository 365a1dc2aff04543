"""Values as JSON and back by their types, as one process tells them another."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from assessment.records import plain
from assessment.records.measured import Listed, Wanted
from assessment.records.source import Options

WANTED = Wanted("AB1", "stayed-done", date(2026, 1, 1), date(2026, 3, 31), 0.25)
VALUES = [
    WANTED,
    Options(stages={"Open": "to-do"}, columns={"done": "Closed"}, done="task"),
    Listed("F1", 4, (1, 3), 0.5, {1: ("#7", "https://a.example/7")}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda each: type(each).__name__)
def test_a_value_comes_back_as_it_went(value: Any) -> None:
    assert plain.of(type(value), json.loads(json.dumps(plain.plain(value)))) == value


def test_what_has_a_default_may_be_missing() -> None:
    assert plain.of(Options, {}) == Options()


@pytest.mark.parametrize(
    "change",
    [
        {"first": "2026-02-30"},
        {"first": 7},
        {"start": float("nan")},
        {"start": "0.5"},
        {"most": True},
        {"link_derived": 1},
        {"name": None},
        {"more": 1},
    ],
)
def test_what_is_of_another_type_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is no |day|month"):
        plain.of(Wanted, plain.plain(WANTED) | change)


@pytest.mark.parametrize(
    "value", [[], {"stages": {"Open": "later"}}, {"stages": []}, {"columns": {"a": 1}}, {"done": "both"}]
)
def test_what_is_not_offered_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is no "):
        plain.of(Options, value)


def test_what_lacks_a_part_is_refused() -> None:
    whole = plain.plain(WANTED)

    for name in ("name", "measure", "first", "last", "start"):
        with pytest.raises(ValueError, match="is no Wanted"):
            plain.of(Wanted, {each: whole[each] for each in whole if each != name})
