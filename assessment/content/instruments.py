"""The instruments: folders of TOML under content/instruments/, each read into one frozen `Instrument`.

    content/instruments/<name>/<version>/
        instrument.toml   its name, its forms, the meaning of its grades
        constants.toml    every number of its scoring
        layers/*.toml     what is measured: one layer a file, in the order of the file names
        passes/*.toml     how it is looked at: one pass a file, in the order of the file names
        patterns.toml     named ways in which execution fails
        routes.toml       the rules that pick the next step, and where they lead

Every fault names file, line, what is wrong and what to do; as many as can be found are told at once.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import string
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from assessment.content.located import ContentError, Fault, KeyPath, Locate, decode, parse_toml, shown
from assessment.core.instrument import Instrument

_SINGLE_FILES = ("instrument.toml", "constants.toml", "patterns.toml", "routes.toml")
_ROOMS = ("layers", "passes")
_SET_BY_READER = ("key", "sha256", "constants_sha256")
_PLACE_OF_KEY = {
    "layers": "layers/",
    "passes": "passes/",
    "constants": "constants.toml",
    "patterns": "patterns.toml",
    "rules": "routes.toml",
    "destinations": "routes.toml",
}


# --- reading ------------------------------------------------------------------------------------


def read_instruments(folder: Path) -> dict[str, Instrument]:
    """Return every instrument under a folder by key, "name/1.0.0", in the order of the keys.

    Raises ContentError with the faults of all of them.
    """
    faults: list[Fault] = []
    instruments: dict[str, Instrument] = {}
    for version in _versions(folder):
        try:
            instrument = read_instrument(version)
            instruments[instrument.key] = instrument
        except ContentError as error:
            faults += error.faults
    if not instruments and not faults:
        remedy = "add a folder <name>/<version>/ with an instrument.toml"
        faults.append(Fault(shown(folder), 1, "holds no instrument", remedy))
    if faults:
        raise ContentError(faults)
    return instruments


def read_instrument(folder: Path) -> Instrument:
    """Return the instrument of one version's folder; its two parent folders' names are its key.

    `sha256` is the hash of the list that `sha256sum` prints for its files in byte order of their names, so
    anyone can compute it again:
    `find . -name '*.toml' -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum | sha256sum`.
    Raises ContentError.
    """
    files, faults = _read_files(folder)
    faults += [fault for file in files for fault in (*_misplaced(file), *_wording(file))]
    readable = {file.name for file in files}
    if not any(fault.line and fault.file not in {f.shown for f in files} for fault in faults) and all(
        name in readable for name in _SINGLE_FILES
    ):
        joined = _join(folder, files)
        try:
            instrument = Instrument.model_validate(joined)
        except ValidationError as error:
            faults += _located(error, joined, files)
        else:
            faults += _unsized(instrument, files)
    if faults:
        raise ContentError(sorted(set(faults)))
    return instrument


@dataclass(frozen=True, slots=True)
class _File:
    name: str  # inside the version's folder: "layers/1-execution-integrity.toml"
    shown: str
    raw: bytes
    data: dict[str, Any]
    locate: Locate

    @property
    def room(self) -> str:
        """The folder that holds it, "" for the version's own."""
        return self.name.rpartition("/")[0]

    def fault(self, path: KeyPath, fault: str, remedy: str) -> Fault:
        return Fault(self.shown, self.locate(path), fault, remedy)


def _versions(folder: Path) -> list[Path]:
    names = (each for each in sorted(folder.glob("*/*")) if each.is_dir())
    return [each for each in names if not each.name.startswith((".", "__"))]


def _read_files(folder: Path) -> tuple[list[_File], list[Fault]]:
    """Return the files that could be read, in byte order of their names, and what hindered the others."""
    files: list[_File] = []
    faults = [
        Fault(shown(folder / name), 1, "is missing", "every instrument has this file")
        for name in _SINGLE_FILES
        if not (folder / name).is_file()
    ]
    faults += [
        Fault(shown(folder / room), 1, "holds no .toml file", f"write one file for each of the {room}")
        for room in _ROOMS
        if not any((folder / room).glob("*.toml"))
    ]
    for path in sorted((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.as_posix().encode()):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in name.split("/")):
            continue  # what editors and file managers leave behind is no part of the instrument
        if not (
            name in _SINGLE_FILES
            or (path.suffix == ".toml" and name.count("/") == 1 and path.parent.name in _ROOMS)
        ):
            remedy = f"an instrument has {', '.join(_SINGLE_FILES)}, layers/*.toml and passes/*.toml: rename or remove it"
            faults.append(Fault(shown(path), 1, "is no part of an instrument", remedy))
            continue
        try:
            raw = path.read_bytes()
            data, locate = parse_toml(decode(raw, shown(path)), shown(path))
            files.append(_File(name, shown(path), raw, data, locate))
        except ContentError as error:
            faults += error.faults
    return files, faults


def _misplaced(file: _File) -> Iterator[Fault]:
    """Yield the keys of a file that joins with others which belong into another file."""
    own = {"patterns.toml": {"patterns"}, "routes.toml": {"rules", "destinations"}}.get(file.name)
    if file.name == "instrument.toml":
        own = set(Instrument.model_fields) - set(_PLACE_OF_KEY) - set(_SET_BY_READER)
    for key in file.data if own is not None else ():
        if key in _SET_BY_READER:
            yield file.fault((key,), f"'{key}' is set by the reader", "remove the line")
        elif own is not None and key not in own:
            place = _PLACE_OF_KEY.get(key)
            yield file.fault(
                (key,), f"'{key}' does not belong here", f"move it to {place}" if place else _meant(key, own)
            )


def _join(folder: Path, files: list[_File]) -> dict[str, Any]:
    single = {file.name: file for file in files if not file.room}
    return {
        **single["instrument.toml"].data,
        **single["patterns.toml"].data,
        **single["routes.toml"].data,
        "constants": single["constants.toml"].data,
        "layers": [file.data for file in files if file.room == "layers"],
        "passes": [file.data for file in files if file.room == "passes"],
        "key": f"{folder.parent.name}/{folder.name}",
        "sha256": _sha256_of(files),
        "constants_sha256": hashlib.sha256(single["constants.toml"].raw).hexdigest(),
    }


def _sha256_of(files: list[_File]) -> str:
    lines = "".join(f"{hashlib.sha256(file.raw).hexdigest()}  {file.name}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


# --- faults of shape, and where they stand ------------------------------------------------------


def _located(error: ValidationError, joined: dict[str, Any], files: list[_File]) -> Iterator[Fault]:
    """Yield each fault that the models found with its file and line."""
    for each in error.errors(include_url=False):
        path = each["loc"]
        if each["type"] == "value_error" and not path:
            for message in _message(each["msg"]).split("\n"):
                file, inner = _search(message, files)
                yield file.fault(inner, message, _remedy(message))
            continue
        file, inner = _origin(path, files)
        fault, remedy = _words(each, joined)
        if each["type"] == "value_error":  # found by a table's own check: point to the key that it names
            table = _at(file.data, inner)
            named = (tuple(word.split(".")) for word in re.findall(r"[\w.]+", fault))
            inner += next((keys for keys in named if _holds(table, keys)), ())
        yield file.fault(inner, fault, remedy)


def _origin(path: KeyPath, files: list[_File]) -> tuple[_File, KeyPath]:
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


def _words(error: Any, joined: dict[str, Any]) -> tuple[str, str]:
    """Return a model's error as fault and remedy in plain words."""
    path: KeyPath = error["loc"]
    key = str(next((part for part in reversed(path) if isinstance(part, str)), ""))
    if error["type"] == "value_error":
        message = _message(error["msg"])
        return f"{_owner(joined, path)}{message}", _remedy(message)
    owner = _owner(joined, path[:-1])
    match error["type"]:
        case "missing":
            return f"{owner}'{key}' is missing", f"add a line '{key} = …'"
        case "extra_forbidden":
            return f"{owner}'{key}' is not a known key", _meant(key, _known_keys(path[:-1]))
        case "string_too_short" | "too_short":
            return f"{owner}'{key}' is empty", "fill it, or take the whole entry out"
        case "string_pattern_mismatch":
            return f"{owner}'{key}' is {error['input']!r}", f"write it in the form {error['ctx']['pattern']}"
        case "literal_error":
            return f"{owner}'{key}' is {error['input']!r}", f"use {error['ctx']['expected']}"
        case _:
            expected = error["msg"].removeprefix("Input should be ")
            return (
                f"{owner}'{key}' is {_short(error['input'])}",
                f"it should be {expected[:1].lower()}{expected[1:]}",
            )


def _message(message: str) -> str:
    return message.removeprefix("Value error, ")


def _remedy(message: str) -> str:
    for clue, remedy in (
        ("not below target", "lower the floor or raise the target"),
        ("always has", "correct 'marks' or 'type'"),
        ("needs", "add it"),
        ("above 1/selection.likely", "lower it, or lower selection.likely"),
        ("bands must rise", "put the bands in the order of 'above'"),
        ("sum to", "change the weights so that they sum to 1"),
        ("defined twice", "rename or remove one of the two"),
        ("not defined", "define it, or name one that is"),
        ("no pass asks for it", "add a check or a single for it under passes/, or empty its marks"),
        ("hold always", "give the last rule a condition with always = true"),
    ):
        if clue in message:
            return remedy
    return "correct this entry"


def _meant(key: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(key, names, 1)
    return f"did you mean '{close[0]}'?" if close else f"known keys: {', '.join(names) or 'none'}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _owner(data: Any, path: KeyPath) -> str:
    """Return the nearest thing with a name around a path, as a lead: "indicator VD1: "."""
    name = ""
    kind = ""
    for part in path:
        kind = part if isinstance(part, str) else kind
        data = _step(data, part)
        if isinstance(data, dict) and (data.get("id") or data.get("indicator") or "number" in data):
            name = f"{kind.removesuffix('es') if kind == 'passes' else kind.removesuffix('s')} "
            name += str(data.get("id") or data.get("indicator") or data["number"])
    return f"{name}: " if name else ""


def _step(data: Any, part: str | int) -> Any:
    try:
        return data[part]
    except (KeyError, IndexError, TypeError):
        return None


def _at(data: Any, path: KeyPath) -> Any:
    for part in path:
        data = _step(data, part)
    return data


def _holds(table: Any, keys: KeyPath) -> bool:
    return _at(table, keys) is not None


def _known_keys(path: KeyPath) -> set[str]:
    """Return the keys of the model that stands at a path of an instrument."""
    model: Any = Instrument
    for part in path:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(part)
            model = _model_in(field.annotation) if field else None
    return set(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else set()


def _model_in(annotation: Any) -> Any:
    """Return the model inside an annotation such as `tuple[Frame, ...]` or `Context | None`."""
    if typing.get_origin(annotation) in (tuple, types.UnionType, typing.Union, typing.Annotated):
        return next((found for each in typing.get_args(annotation) if (found := _model_in(each))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _search(message: str, files: list[_File]) -> tuple[_File, KeyPath]:
    """Return the best place for a fault that lies between parts: inside the thing it names first, at the second.

    The models tell such faults in words, "pattern 'ai-drift': indicator 'AI9' is not defined".
    """
    names = re.findall(
        r"'([^']+)'|\b(?:indicator|rule) (\w+):", message.partition("; known")[0].partition(", ")[0]
    )
    wanted = [quoted or bare for quoted, bare in names]
    last = "defined twice" in message
    keys = {"question": ("indicator",), "a quest": ("indicator",), "rule nu": ("number",)}.get(
        message[:7], ("id", "number")
    )
    keys = ("indicator",) if message.startswith(("question for", "a question")) else keys
    if "weights" in message:
        return next((file, ("weight",)) for file in files if file.room == "layers")
    if "last rule" in message:
        routes = next(file for file in files if file.name == "routes.toml")
        return routes, ("rules", len(routes.data["rules"]) - 1)
    places = [
        (file, path)
        for file in files
        for path, value in _leaves(file.data)
        if wanted and str(value) == wanted[0] and path and path[-1] in keys
    ]
    if not places:
        return next(file for file in files if file.name == "instrument.toml"), ()
    file, path = places[-1 if last else 0]
    if len(wanted) > 1:
        inside = path[:-1]
        for each, value in _leaves(_at(file.data, inside)):
            if wanted[1] in (str(value), *(str(part) for part in each)):
                return file, (*inside, *each)
    return file, path


def _leaves(data: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield each plain value with its key path, in the order of the file."""
    match data:
        case dict():
            for key, value in data.items():
                yield from _leaves(value, (*path, key))
        case list():
            for index, value in enumerate(data):
                yield from _leaves(value, (*path, index))
        case _:
            yield path, data


# --- faults of wording --------------------------------------------------------------------------

# The instrument counts what can be opened. These words ask for, or report, what somebody feels or holds true.
_FEELING = (
    r"feel\w*|felt|belie[fv]\w*|(?:dis)?agree\w*|(?:dis|un)?satisf\w*|morale|engage(?:d|ment)|(?:un)?happ(?:y|ier|iness)"
    r"|mood\w*|opinions?|sentiments?|attitudes?|(?:un)?comfortable|motivat\w*|perce(?:ive\w*|ptions?)"
    r"|well-?being|psychological\w*|stress\w*|enthusias\w*|confident"
)
# What the method does not claim (docs/method.md, "What is not claimed").
_CLAIMS = r"validated|certif\w*|scientifically|predicts|proves|guarantee\w*|benchmark\w*|percentile\w*|best practice\w*"
_MARKS = "™®℠"

_REFUSED = (
    (
        re.compile(rf"\b(?:{_FEELING})\b", re.IGNORECASE),
        "speaks of feeling or opinion",
        "say what can be opened and seen",
    ),
    (re.compile(rf"\b(?:{_CLAIMS})\b", re.IGNORECASE), "claims more than is known", "say what was counted"),
    (
        re.compile(f"[{_MARKS}]"),
        "is a mark typed by hand",
        "name the term by its id; terms.toml holds its mark",
    ),
)

_COUNTS = frozenset({"sound", "failing", "unverified", "seen", "n"})
_ROUTE = frozenset(
    {"unverified_share", "shown", "patterns", "claim_gap", "layer", "points", "confidence", "gate", "form"}
)


def _wording(file: _File) -> Iterator[Fault]:
    """Yield what is wrong with the words of a file: refused words, unknown placeholders, questions without a mark."""
    for path, text in _leaves(file.data):
        if not isinstance(text, str):
            continue
        for words, fault, remedy in _REFUSED:
            for found in words.findall(text):
                yield file.fault(path, f"'{found}' {fault}", remedy)
        if str(path[-1]).endswith("question") and text and not text.endswith("?"):
            yield file.fault(
                path, f"'{path[-1]}' does not end with a question mark", "ask one plain question"
            )
        yield from _placeholders(file, path, text)


def _placeholders(file: _File, path: KeyPath, text: str) -> Iterator[Fault]:
    allowed = _allowed(path)
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        yield file.fault(path, f"'{path[-1]}' has a brace that does not pair", "write placeholders as {name}")
        return
    known = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none here"
    for name in sorted(names - allowed):
        yield file.fault(path, f"'{{{name}}}' is not a known placeholder of '{path[-1]}'", f"known: {known}")


def _allowed(path: KeyPath) -> frozenset[str]:
    """Return the placeholders that the text at a path of a file may hold."""
    keys = [part for part in path if isinstance(part, str)]
    match keys:
        case [*_, "indicators", "sentence"]:
            return _COUNTS
        case [*_, "context", "sentence"]:
            return frozenset({"on_track", "of"})
        case ["confidence", _, "reason"]:
            return frozenset({"value", "limit"})
        case ["rules", "any", "reason"]:
            return _ROUTE
        case _:
            return frozenset()


# --- what a form needs --------------------------------------------------------------------------


def _unsized(instrument: Instrument, files: list[_File]) -> Iterator[Fault]:
    """Yield the passes that a form asks without saying how many minutes they take, and forms shorter than their passes."""
    passes = [file for file in files if file.room == "passes"]
    whole = next(file for file in files if file.name == "instrument.toml")
    for index, form in enumerate(instrument.forms):
        minutes = 0.0
        for each, file in zip(instrument.passes, passes, strict=True):
            questions = [*(check for frame in each.frames for check in frame.checks), *each.singles]
            if any(form.id in instrument.indicators[question.indicator].marks for question in questions):
                minutes += each.minutes.get(form.id, 0)
                if form.id not in each.minutes:
                    fault = f"pass {each.id}: form '{form.id}' asks it, but 'minutes' has no '{form.id}'"
                    yield file.fault(("minutes",), fault, "add the minutes that it takes")
        if minutes > form.minutes:
            fault = f"form '{form.id}': {form.minutes:g} minutes, but its passes take {minutes:g}"
            yield whole.fault(("forms", index, "minutes"), fault, "raise it to their sum or more")


# --- the summary for the command line -----------------------------------------------------------


def check(folder: Path) -> tuple[str, ...]:
    """Return, a line each, what the instruments of a folder hold, when nothing is wrong. Raises ContentError."""
    return tuple(line for instrument in read_instruments(folder).values() for line in _summary(instrument))


def _summary(instrument: Instrument) -> Iterator[str]:
    draft = ", draft" if instrument.draft else ""
    dimensions = sum(len(layer.dimensions) for layer in instrument.layers)
    yield f"{instrument.key}{draft}: sha256 {instrument.sha256}"
    yield (
        f"  {len(instrument.layers)} layers, {dimensions} dimensions, {len(instrument.indicators)} indicators, "
        f"{len(instrument.patterns)} patterns, {len(instrument.rules)} rules, "
        f"{len(instrument.destinations)} destinations, {_word_count(instrument):,} words"
    )
    for form in instrument.forms:
        asked = instrument.asked(form.id)
        marks = sum(indicator.marks[form.id] for indicator in asked.values())
        yield f"  {form.id}: {len(asked)} indicators, {marks} checks on opened work, about {form.minutes:g} minutes"


def _word_count(instrument: Instrument) -> int:
    texts = (value for _, value in _leaves(instrument.model_dump(mode="json")) if isinstance(value, str))
    return sum(len(text.split()) for text in texts if " " in text)
