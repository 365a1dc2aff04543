"""The published schemas are those of the models, and another program's validator agrees with them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from assessment.content.files.located import TomlFile
from assessment.content.instruments.reading import read_with_files
from assessment.content.instruments.schemas import schemas, written
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Instrument
from assessment.core.interchange import canonical
from assessment.settings import ROOT
from tests.another import FOLDER, any_answers
from tests.answers import KEY
from tests.builders import answers_data, worked_team
from tests.scale import search

PUBLISHED = ROOT / "docs" / "schemas"
FOLDERS = [ROOT / "content" / "instruments" / KEY, FOLDER]
TOML_SCHEMAS = {"layers": "layer", "passes": "pass"}


@cache
def files(folder: Path) -> tuple[Instrument, tuple[TomlFile, ...]]:
    instrument, read = read_with_files(folder)
    return instrument, tuple(read)


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads((PUBLISHED / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(name: str, document: Any) -> list[str]:
    """Return what a validator finds wrong with a document."""
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(document)]


def diagnosed(instrument: Instrument, answers: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(answers).encode()
    made = canonical(diagnose(*read_answers({instrument.key: instrument}.__getitem__, text)))
    document: dict[str, Any] = json.loads(made)
    return document


def test_the_published_schemas_are_those_of_the_models() -> None:
    expected = {name: written(schema).decode() for name, schema in schemas().items()}

    held = {path.relative_to(PUBLISHED).as_posix(): path for path in PUBLISHED.rglob("*.json")}

    assert held.keys() == expected.keys()
    for name, text in expected.items():
        assert held[name].read_text("utf-8") == text, (
            f"run `flask instrument schema --write docs/schemas`: {name}"
        )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
def test_an_instrument_as_it_is_joined_is_valid(folder: Path) -> None:
    instrument, _ = files(folder)

    assert faults("instrument", instrument.model_dump(mode="json", exclude_unset=True)) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
def test_each_file_of_an_instrument_is_valid_by_itself(folder: Path) -> None:
    _, read = files(folder)

    for file in read:
        name = TOML_SCHEMAS.get(file.room, file.name.removesuffix(".toml"))
        assert faults(f"toml/{name}", file.data) == [], file.name


def test_the_answers_of_the_worked_team_and_their_result_are_valid() -> None:
    instrument, _ = files(FOLDERS[0])
    answers = answers_data("full", worked_team(), context={"C1": {"on_track": 8, "of": 10}})

    assert faults("answers", answers) == []
    assert faults("result", diagnosed(instrument, answers)) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
@search(15)
@given(data=st.data())
def test_any_answers_and_their_result_are_valid(folder: Path, data: st.DataObject) -> None:
    instrument, _ = files(folder)
    answers = data.draw(any_answers(instrument))

    assert faults("answers", answers) == []
    assert faults("result", diagnosed(instrument, answers)) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("answers", {"form": 3}),
        ("answers", {"observations": {"VD1": {"sound": -1, "failing": 0, "unverified": 0, "grade": "E3"}}}),
        ("answers", {"observations": {"VD1": {"sound": 1, "failing": 0, "unverified": 0, "grade": "E5"}}}),
        ("answers", {"certain": True}),
        ("answers", {"team_size": 1}),
        ("result", {"answers_sha256": "x"}),
        ("result", {"items": {"sound": 1, "failing": 1}}),
        ("result", {"note": "x"}),
    ],
)
def test_a_document_with_a_wrong_value_is_not_valid(name: str, change: dict[str, Any]) -> None:
    instrument, _ = files(FOLDERS[0])
    answers = answers_data("full", worked_team())
    document = answers if name == "answers" else diagnosed(instrument, answers)

    assert len(faults(name, {**document, **change})) == 1


def test_a_misspelt_key_in_a_file_of_an_instrument_is_not_valid() -> None:
    _, read = files(FOLDERS[0])
    data = next(file.data for file in read if file.name == "routes.toml")

    assert len(faults("toml/routes", {**data, "ruels": []})) == 1
