"""What the models refused in an instrument, in plain words and with the line where it stands."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assessment.content.files.located import Fault, KeyPath, TomlFile, leaves
from assessment.core.instrument import Instrument

_REMEDIES = (  # a clue in a model's message, and what to do about it
    ("not below target", "lower the floor or raise the target"),
    ("always has", "correct 'marks' or 'type'"),
    ("needs", "add what is missing"),
    ("give either", "keep one of the two"),
    ("above 1/selection.likely", "lower it, or lower selection.likely"),
    ("not below large", "lower small or raise large"),
    ("bands must begin", "put the bands in the order of their 'above', the first at 0"),
    ("bands must be", "add or remove bands"),
    ("bands must have", "give each band another id"),
    ("would say nothing", "lower it"),
    ("could fall below", "correct one of the two"),
    ("must fall", "put them best first, and join those that stand for as many"),
    ("is coarser than", "make the step smaller, or the spread larger"),
    ("clip must rise", "put the lower rate first"),
    ("fewer than 3 points", "change low, high or step"),
    ("the grades are not", "describe each of the four grades once"),
    ("asked once, under", "move the question, or correct the 'type'"),
    ("asked of opened items", "move the question, or correct the 'type'"),
    ("sum to", "change the weights so that they sum to 1"),
    ("in the lineage", "number the layers from what comes first"),
    ("defined twice", "rename or remove one of the two"),
    ("not defined", "define it, or name one that is"),
    ("no pass asks for it", "ask for it under passes/, or empty its 'marks'"),
    ("hold always", "give the last rule a condition with 'always = true'"),
)


_FORMS = {  # what a pattern of the models asks for
    r"^[A-Z][A-Z0-9]{0,9}[a-z]?$": "use capitals and digits, a capital first, 11 at most, such as 'AB1'",
    r"^[a-z][a-z0-9-]{0,39}$": "use small letters, digits and hyphens, a letter first, 40 at most",
    r"^(https://[^\s/]+(/\S*)?)?$": "write an address that begins with https://",
}
_EXPECTED = {"a valid tuple": "a list", "a valid dictionary": "a table", "a valid string": "a text"}


def explained(error: ValidationError, joined: dict[str, Any], files: Sequence[TomlFile]) -> Iterator[Fault]:
    """Yield each fault that the models found in `joined`, at its place in the files it was joined from."""
    for each in error.errors(include_url=False):
        path = each["loc"]
        message = each["msg"].removeprefix("Value error, ")
        if each["type"] == "too_short" and each["input"]:
            continue  # a list that is only short because an entry of it was refused, which is told anyway
        if each["type"] != "value_error":
            file, inner = _origin(path, files)
            yield file.fault(inner, *_words(each, joined))
        elif path:
            file, inner = _origin(path, files)
            inner += _key_named_in(message, _at(file.data, inner))
            yield file.fault(inner, f"{_owner(joined, path)}{message}", _remedy(message))
        else:
            for line in message.split("\n"):  # between parts: the models tell all of them in one message
                file, inner = _place(line, files)
                yield file.fault(inner, line, _remedy(line))


def _origin(path: KeyPath, files: Sequence[TomlFile]) -> tuple[TomlFile, KeyPath]:
    """Return the file that a path of the joined whole came from, and the path inside it."""
    by_name = {file.name: file for file in files}
    match path:
        case ("layers" | "passes" as room, int(index), *rest):
            return [file for file in files if file.room == room][index], tuple(rest)
        case ("constants", *rest):
            return by_name["constants.toml"], tuple(rest)
        case ("patterns", *_):
            return by_name["patterns.toml"], path
        case ("rules" | "destinations", *_):
            return by_name["routes.toml"], path
        case _:
            return by_name["instrument.toml"], path


def _words(error: ErrorDetails, joined: dict[str, Any]) -> tuple[str, str]:
    """Return a model's error as fault and remedy."""
    path = error["loc"]
    key = next((part for part in reversed(path) if isinstance(part, str)), "the whole")
    if path[0] == "constants":  # they have no ids: only the whole path tells which one it is
        key = ".".join(str(part) for part in path[1:])
    lead = f"{_owner(joined, path[:-1])}'{key}'"
    match error["type"]:
        case "missing":
            return f"{lead} is missing", f"add '{key} = …'"
        case "extra_forbidden":
            return f"{lead} is not a known key", _meant(key, _known_keys(path[:-1]))
        case "string_too_short" | "too_short":
            return f"{lead} is empty", "fill it, or take the whole entry out"
        case "string_pattern_mismatch":
            pattern = error["ctx"]["pattern"]
            return f"{lead} is {_short(error['input'])}", _FORMS.get(
                pattern, f"write it in the form {pattern}"
            )
        case "literal_error":
            return f"{lead} is {_short(error['input'])}", f"use {error['ctx']['expected']}"
        case _:
            expected = error["msg"].removeprefix("Input should be ").partition(", unable")[0]
            for theirs, ours in _EXPECTED.items():
                expected = expected.replace(theirs, ours)
            return f"{lead} is {_short(error['input'])}", f"make it {expected[:1].lower()}{expected[1:]}"


def _remedy(message: str) -> str:
    return next((remedy for clue, remedy in _REMEDIES if clue in message), "correct this entry")


def _meant(key: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(key, names, 1)
    return f"did you mean '{close[0]}'?" if close else f"known keys: {', '.join(names)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _owner(data: Any, path: KeyPath) -> str:
    """Return the nearest named thing around a path as a lead, such as "indicator AB1: "."""
    lead = ""
    kind = ""
    for part in path:
        if isinstance(part, str):
            kind = {"passes": "pass"}.get(part, part.removesuffix("s"))
        data = _at(data, (part,))
        name = _name_of(data)
        lead = lead if name is None else f"{kind} {' '.join(str(name).split())}: "
    return lead


def _name_of(data: Any) -> object:
    named = (data[key] for key in ("id", "indicator", "number") if key in data)
    return next(named, None) if isinstance(data, dict) else None


def _at(data: Any, path: KeyPath) -> Any:
    """Return the value at a key path, None where there is none."""
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _known_keys(path: KeyPath) -> Iterable[str]:
    """Return the keys of the model that stands at a path of an instrument."""
    model: type[BaseModel] | None = Instrument
    for part in path:
        if isinstance(part, str) and model:
            model = _model_in(model.model_fields[part].annotation)
    return model.model_fields if model else ()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation such as `tuple[Frame, ...]` or `Context | None`."""
    if typing.get_origin(annotation) in (tuple, types.UnionType, typing.Union):
        return next((found for each in typing.get_args(annotation) if (found := _model_in(each))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _key_named_in(message: str, table: Any) -> KeyPath:
    """Return the key, perhaps dotted, that the message of a table's own check names; () for none."""
    named = (tuple(word.split(".")) for word in re.findall(r"[A-Za-z_][\w.]*", message))
    return next((keys for keys in named if _at(table, keys) is not None), ())


_NAMED = re.compile(
    r"(indicator|frame|form|pattern|rule|destination|layer|dimension|pass|context|band|confidence)"
    r"(?: number)? (?:'([^']*)'|(\w+))"
)


def _place(message: str, files: Sequence[TomlFile]) -> tuple[TomlFile, KeyPath]:
    """Return the best place for a fault between parts: inside the first thing that it names, at the second.

    The models tell such faults in words, "pattern 'late': indicator 'AB9' is not defined".
    """
    by_name = {file.name: file for file in files}
    if message.startswith("the weights"):
        return next(file for file in files if file.room == "layers"), ("weight",)
    if message.startswith("the places"):
        return next(file for file in files if file.room == "layers"), ("lineage",)
    if message.startswith("the grades"):
        return by_name["instrument.toml"], ("grades",)
    if message.startswith("consistency"):
        return by_name["constants.toml"], ("consistency", "pairs")
    if message.startswith("the last rule"):
        return by_name["routes.toml"], ("rules", len(by_name["routes.toml"].data["rules"]) - 1)
    named = [(kind, quoted or bare) for kind, quoted, bare in _NAMED.findall(message.partition("; ")[0])]
    (kind, name), *others = named
    lists, key = {f"{kind}s"}, "number" if kind == "rule" else "id"
    if "question" in message:
        lists, key = {"checks", "singles"}, "indicator"
    bearing = [
        (file, path)
        for file in files
        for path, value in leaves(file.data)
        if str(value).strip() == name and path[-1] == key
    ]
    # Of two with one name, the second is the one to rename. A layer and a pass have a file for themselves.
    file, path = ([each for each in bearing if lists.intersection(each[1][-3:-2])] or bearing)[-1]
    for _, other in others:
        for inner, value in leaves(_at(file.data, path[:-1])):
            if other in (str(value).strip(), *inner):
                return file, (*path[:-1], *inner)
    return file, path
