"""docs/instruments.md tells a method owner every key that there is, and none that is not."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from assessment.core import instrument as models
from assessment.core.constants import ByGrade, Constants
from assessment.core.instrument import Instrument
from assessment.core.method import FIXED_MARKS, AnswerType
from assessment.settings import ROOT

PAGE = (ROOT / "docs" / "instruments.md").read_text("utf-8")
# What stands in files of their own, or is set by the reader.
ELSEWHERE = {
    *("key", "sha256", "constants_sha256"),
    *("layers", "passes", "constants", "patterns", "rules", "destinations"),
}
TABLES = {
    "instrument.toml": models.Instrument,
    "[[grades]]": models.GradeMeaning,
    "[[forms]]": models.Form,
    "layers/*.toml": models.Layer,
    "[[dimensions]]": models.Dimension,
    "[[dimensions.indicators]]": models.Indicator,
    "[dimensions.indicators.spread]": models.Spread,
    "passes/*.toml": models.Pass,
    "[[frames]]": models.Frame,
    "[frames.context]": models.Context,
    "[[frames.checks]]": models.Check,
    "[[singles]]": models.Single,
    "choices": models.Choice,
    "[[patterns]]": models.Pattern,
    "routes.toml, [[rules]]": models.Rule,
    "[[rules.any]]": models.Condition,
    "[[destinations]]": models.Destination,
}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    below = re.split(r"(?m)^##", PAGE.split(f" {heading}\n", 1)[1], maxsplit=1)[0]
    lines = [line for line in below.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(("heading", "model"), TABLES.items(), ids=TABLES)
def test_each_table_holds_the_keys_of_its_model_and_which_must_be_there(
    heading: str, model: type[BaseModel]
) -> None:
    told = {row[0].strip("`"): row[1] for row in rows(heading)}
    known = {
        name: field
        for name, field in model.model_fields.items()
        if model is not Instrument or name not in ELSEWHERE
    }

    assert list(told) == list(known)
    assert [name for name, need in told.items() if need == "must"] == [
        name for name, field in known.items() if field.is_required()
    ]


def test_each_constant_is_told() -> None:
    told = [key for row in rows("constants.toml") for key in re.findall(r"`([^`]*)`", row[0])]

    assert told == list(leaves(Constants))


def leaves(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield the dotted name of every number and text of a model; a table by grade is one of them."""
    for name, field in model.model_fields.items():
        inner = model_in(field.annotation)
        if inner and inner is not ByGrade:
            yield from leaves(inner, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def model_in(annotation: typing.Any) -> type[BaseModel] | None:
    """Return the model inside an annotation such as `tuple[Band, ...]`, None where there is none."""
    if typing.get_origin(annotation) in (tuple, types.UnionType, typing.Union):
        return next((found for each in typing.get_args(annotation) if (found := model_in(each))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def test_each_answer_type_is_told_with_its_marks() -> None:
    told = {row[0].strip("`"): row[2] for row in rows("Answer types")}

    assert list(told) == list(typing.get_args(AnswerType))
    assert {kind: int(told[kind]) for kind in FIXED_MARKS} == FIXED_MARKS
