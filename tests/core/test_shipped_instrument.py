"""The shipped instrument carries the numbers of the method, for every indicator and form that it has."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assessment.content.instruments import read_instruments
from assessment.core.diagnosis import diagnose, read_answers
from assessment.core.instrument import Instrument
from tests.builders import all_sound, an_instrument, answers_data, mixed

TABLE = an_instrument()
FOLDER = Path(__file__).resolve().parents[2] / "content" / "instruments"
WORDS = {
    "reason",
    "withheld",
    "word",
    "sentence",
    "undrawn",
    "name",
    "meaning",
    "first_move",
    "practice",
    "pairs",
}


@cache
def shipped() -> Instrument:
    return read_instruments(FOLDER)[TABLE.key]


def numbers(value: Any) -> Any:
    """Return a dump without its wording, so that only what decides is compared."""
    if isinstance(value, dict):
        return {key: numbers(each) for key, each in value.items() if key not in WORDS}
    return [numbers(each) for each in value] if isinstance(value, list) else value


def test_its_constants_are_those_of_the_method() -> None:
    assert numbers(shipped().constants.model_dump(mode="json")) == numbers(
        TABLE.constants.model_dump(mode="json")
    )


def test_its_pairs_that_seldom_differ_are_those_of_the_method() -> None:
    pairs = [{(p.high, p.low) for p in each.constants.consistency.pairs} for each in (shipped(), TABLE)]

    assert pairs[0] == pairs[1]


@pytest.mark.parametrize("name", list(TABLE.indicators))
def test_an_indicator_it_asks_has_the_floor_target_and_sizes_of_the_table(name: str) -> None:
    ours, table = shipped().indicators[name], TABLE.indicators[name]
    forms = {form.id for form in shipped().forms}

    for team_size in (2, 3, 5, 8, 30):
        assert ours.rates(team_size) == table.rates(team_size)
    assert ours.marks == {form: n for form, n in table.marks.items() if form in forms}
    assert (ours.type, ours.not_applicable) == (table.type, table.not_applicable)
    assert table.type != "date" or ours.days == table.days


def test_its_layers_dimensions_and_weights_are_those_of_the_table() -> None:
    def shape(instrument: Instrument) -> list[Any]:
        return [
            (each.id, each.lineage, each.weight, [d.id for d in each.dimensions])
            for each in instrument.layers
        ]

    assert shape(shipped()) == shape(TABLE)


def test_its_patterns_have_the_rules_of_the_method() -> None:
    ours, table = (
        [numbers(pattern.model_dump(mode="json")) for pattern in each.patterns] for each in (shipped(), TABLE)
    )

    assert ours == table


def test_its_routes_have_the_conditions_of_the_method() -> None:
    ours, table = (
        [numbers(rule.model_dump(mode="json")) for rule in each.rules] for each in (shipped(), TABLE)
    )

    assert ours == table


def test_its_forms_allow_as_much_not_applicable_as_the_method() -> None:
    for form in shipped().forms:
        other = TABLE.form(form.id)
        assert form.not_applicable_at_most == other.not_applicable_at_most
        assert (form.grades, form.from_memory, form.prints_dimensions) == (
            other.grades,
            other.from_memory,
            other.prints_dimensions,
        )


@pytest.mark.parametrize(
    ("profile", "claimed", "likely", "shown"),
    [
        (all_sound, (94.3557, 2.7379), (94.1914, 2.8692), (94.0001, 3.0249)),
        (mixed, (57.7975, 12.6512), (48.8702, 13.6188), (33.6805, 12.9857)),
    ],
)
def test_its_quick_form_reads_as_published(profile: Any, claimed: Any, likely: Any, shown: Any) -> None:
    text = json.dumps(answers_data("quick", profile("quick"))).encode()

    result = diagnose(*read_answers({TABLE.key: shipped()}.__getitem__, text))

    for name, expected in (("claimed", claimed), ("likely", likely), ("shown", shown)):
        figure = result["readings"][name]["composite"]
        assert (figure["mean"], figure["sd"]) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("perfect", [True, False])
def test_every_sentence_of_its_route_and_confidence_is_filled_in(perfect: bool) -> None:
    found = all_sound("quick") if perfect else mixed("quick")
    text = json.dumps(answers_data("quick", found, sample_drawn=False)).encode()

    result = diagnose(*read_answers({TABLE.key: shipped()}.__getitem__, text))

    sentences = [*result["route"]["reasons"], *result["confidence"]["reasons"], *result["gate"]["reasons"]]
    assert sentences
    assert not any("{" in sentence or "}" in sentence or "  " in sentence for sentence in sentences)
