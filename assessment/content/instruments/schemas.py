"""The JSON Schemas (draft 2020-12) of what goes in and out, made from the models that read it.

They say what each single value may be. What no single value can know (an indicator that no pass asks,
marks that do not fit a form) is told by the readers alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from assessment.core.answers import Answers
from assessment.core.constants import Constants
from assessment.core.instrument import Instrument, Layer, Pass
from assessment.core.result import Result

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SET_BY_READER = ("key", "sha256", "constants_sha256")
_ROUTES = ("rules", "destinations")
_ELSEWHERE = (*_SET_BY_READER, *_ROUTES, "layers", "passes", "constants", "patterns")


def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by the name of its file: the three documents, and each file of an instrument."""
    instrument = _schema(Instrument)
    own = [name for name in Instrument.model_fields if name not in _ELSEWHERE]
    return {
        "instrument.schema.json": instrument,
        "answers.schema.json": _schema(Answers),
        "result.schema.json": _schema(Result),
        "toml/instrument.schema.json": _only(instrument, own),
        "toml/constants.schema.json": _schema(Constants),
        "toml/layer.schema.json": _schema(Layer),
        "toml/pass.schema.json": _schema(Pass),
        "toml/patterns.schema.json": _only(instrument, ["patterns"]),
        "toml/routes.schema.json": _only(instrument, _ROUTES),
    }


def written(schema: Mapping[str, Any]) -> bytes:
    """Return a schema as its file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=2).encode() + b"\n"


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return {"$schema": DRAFT, **model.model_json_schema()}


def _only(schema: Mapping[str, Any], names: Any) -> dict[str, Any]:
    """Return a schema with some of its properties, and the definitions that these need."""
    properties = {name: schema["properties"][name] for name in names}
    needed: dict[str, Any] = {}
    _gather(properties, schema["$defs"], needed)
    return {
        "$schema": DRAFT,
        "type": "object",
        "properties": properties,
        "required": [name for name in schema["required"] if name in properties],
        "additionalProperties": False,
        "$defs": dict(sorted(needed.items())),
    }


def _gather(data: Any, definitions: Mapping[str, Any], needed: dict[str, Any]) -> None:
    """Note every definition that data refers to, and those that they refer to."""
    if isinstance(data, list):
        for each in data:
            _gather(each, definitions, needed)
    elif isinstance(data, dict):
        name = str(data.get("$ref", "")).removeprefix("#/$defs/")
        if name and name not in needed:
            needed[name] = definitions[name]
            _gather(definitions[name], definitions, needed)
        for each in data.values():
            _gather(each, definitions, needed)
