"""The instruments: folders of TOML under content/instruments/, each read into one frozen `Instrument`.

    content/instruments/<name>/<version>/
        instrument.toml   its name, its forms, the meaning of its grades
        constants.toml    every number of its scoring
        layers/*.toml     what is measured: one layer a file, in the order of the file names
        passes/*.toml     how it is looked at: one pass a file, in the order of the file names
        patterns.toml     named ways in which execution fails
        routes.toml       the rules that pick the next step, and where they lead
    content/instruments/published.toml
                          the hashes of the versions that are closed: see `publication`

Every fault names file, line, what is wrong and what to do; as many as can be found are told at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assessment.content.files.located import ContentError, Fault, TomlFile, read_toml_file, shown
from assessment.content.instruments import publication
from assessment.content.instruments.faults import explained
from assessment.content.instruments.wording import wording
from assessment.core.instrument import Form, Instrument, Pass

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


def read_instruments(folder: Path) -> dict[str, Instrument]:
    """Return every instrument under a folder by key, "name/1.0.0", in the order of the keys.

    A version that was published is held to the bytes that it was published with.
    Raises ContentError with the faults of all of them.
    """
    faults: list[Fault] = []
    instruments: dict[str, Instrument] = {}
    published = publication.read_published(folder)
    versions = {f"{each.parent.name}/{each.name}": each for each in _versions(folder)}
    for key, version in versions.items():
        try:
            instruments[key] = _as_published(version, published.get(key))
        except ContentError as error:
            faults += error.faults
    faults += [publication.lost(folder, key) for key in published if key not in versions]
    if not instruments and not faults:
        remedy = "add a folder <name>/<version>/ with an instrument.toml"
        faults.append(Fault(shown(folder), 1, "holds no instrument", remedy))
    if faults:
        raise ContentError(faults)
    return instruments


def _as_published(version: Path, published: publication.Published | None) -> Instrument:
    """Return a version as it was published, or a draft. Raises ContentError."""
    # Bytes first: whatever an edit made of a closed version, that it was edited is the one thing to tell.
    if published and (faults := list(publication.departures(version, published))):
        raise ContentError(faults)
    instrument = read_instrument(version)
    if not instrument.draft and not published:
        raise ContentError([publication.unrecorded(version)])
    return instrument


def read_instrument(folder: Path) -> Instrument:
    """Return the instrument in one version's folder; the last two names of its path are its key.

    `sha256` is the hash of the list that `sha256sum` prints for its files in byte order of their names, so
    that anyone can compute it again:
    `find . -name '*.toml' -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum | sha256sum`.
    Raises ContentError.
    """
    return read_with_files(folder)[0]


def read_with_files(folder: Path) -> tuple[Instrument, list[TomlFile]]:
    """Return the instrument in one version's folder, and the files that it was read from.

    Raises ContentError.
    """
    files, faults = _read_files(folder)
    complete = not faults  # else the models would blame other files for what is missing in this one
    faults += [fault for file in files for fault in (*_misplaced(file), *wording(file))]
    if complete:
        joined = _join(folder, files)
        try:
            instrument = Instrument.model_validate(joined)
        except ValidationError as error:
            faults += explained(error, joined, files)
        else:
            faults += _untimed(instrument, files)
            if not faults:
                return instrument, files
    raise ContentError(sorted(set(faults)))


def _versions(folder: Path) -> list[Path]:
    names = (each for each in sorted(folder.glob("*/*")) if each.is_dir())
    return [each for each in names if not each.name.startswith((".", "__"))]


def _read_files(folder: Path) -> tuple[list[TomlFile], list[Fault]]:
    """Return the files that could be read, in byte order of their names, and what hindered the others."""
    files: list[TomlFile] = []
    faults = list(_missing(folder))
    paths = (path for path in folder.rglob("*") if path.is_file())
    for path in sorted(paths, key=lambda path: path.as_posix().encode()):
        name = path.relative_to(folder).as_posix()
        if publication.hidden(name):
            continue
        room, _, base = name.rpartition("/")
        if name not in _SINGLE_FILES and not (room in _ROOMS and base.endswith(".toml")):
            known = f"{', '.join(_SINGLE_FILES)}, layers/*.toml and passes/*.toml"
            faults.append(Fault(shown(path), 1, "is no part of an instrument", f"remove it; known: {known}"))
            continue
        try:
            files.append(read_toml_file(path, folder))
        except ContentError as error:
            faults += error.faults
    return files, faults


def _missing(folder: Path) -> Iterator[Fault]:
    for name in _SINGLE_FILES:
        if not (folder / name).is_file():
            yield Fault(shown(folder / name), 1, "is missing", "write it: every instrument has this file")
    for room in _ROOMS:
        if not any((folder / room).glob("*.toml")):
            yield Fault(shown(folder / room), 1, "holds no .toml file", f"write one for each of the {room}")


def _misplaced(file: TomlFile) -> Iterator[Fault]:
    """Yield the keys of a file that belong into another one."""
    for key in file.data if not file.room else ():
        place = _PLACE_OF_KEY.get(key)
        if key in _SET_BY_READER:
            yield file.fault((key,), f"'{key}' is set by the reader", "remove the line")
        elif place and place != file.name and file.name != "constants.toml":
            yield file.fault((key,), f"'{key}' does not belong here", f"move it to {place}")
        elif not place and file.name in ("patterns.toml", "routes.toml"):
            known = ", ".join(known for known, place in _PLACE_OF_KEY.items() if place == file.name)
            yield file.fault((key,), f"'{key}' is not a known key", f"known keys: {known}")


def _join(folder: Path, files: list[TomlFile]) -> dict[str, Any]:
    """Return the files as the one table that an `Instrument` is validated from."""
    single = {file.name: file for file in files if not file.room}
    own = {key: value for key, value in single["instrument.toml"].data.items() if key not in _PLACE_OF_KEY}
    lists = {
        key: single[place].data[key]
        for key, place in _PLACE_OF_KEY.items()
        if place in ("patterns.toml", "routes.toml") and key in single[place].data
    }
    return {
        **own,
        **lists,
        "constants": single["constants.toml"].data,
        "layers": [file.data for file in files if file.room == "layers"],
        "passes": [file.data for file in files if file.room == "passes"],
        "key": f"{folder.parent.name}/{folder.name}",
        "sha256": publication.hash_of_list({f.name: hashlib.sha256(f.raw).hexdigest() for f in files}),
        "constants_sha256": hashlib.sha256(single["constants.toml"].raw).hexdigest(),
    }


def _untimed(instrument: Instrument, files: list[TomlFile]) -> Iterator[Fault]:
    """Yield what is wrong with minutes: of a form that is none, missing, or more than those of the form."""
    passes = [file for file in files if file.room == "passes"]
    known = [form.id for form in instrument.forms]
    for each, file in zip(instrument.passes, passes, strict=True):
        for name in sorted(each.minutes.keys() - known):
            fault = f"pass {each.id}: form '{name}' is not defined"
            yield file.fault(("minutes", name), fault, f"name one of: {', '.join(known)}")
    whole = next(file for file in files if file.name == "instrument.toml")
    for index, form in enumerate(instrument.forms):
        minutes = 0.0
        for each, file in zip(instrument.passes, passes, strict=True):
            if _asks(instrument, each, form):
                minutes += each.minutes.get(form.id, 0)
                if form.id not in each.minutes:
                    fault = f"pass {each.id}: form '{form.id}' asks it, but 'minutes' has no '{form.id}'"
                    yield file.fault(("minutes",), fault, "add the minutes that it takes")
        if minutes > form.minutes:
            fault = f"form '{form.id}': takes {form.minutes:g} minutes, its passes {minutes:g}"
            yield whole.fault(("forms", index, "minutes"), fault, "raise it to their sum or more")


def _asks(instrument: Instrument, each: Pass, form: Form) -> bool:
    names = [check.indicator for frame in each.frames for check in frame.checks]
    names += [single.indicator for single in each.singles]
    return any(form.id in instrument.indicators[name].marks for name in names)
