"""Which versions of instruments are closed: `published.toml` holds the hash of every file of each.

A result is only worth its version, so a version never changes once it is used. `flask instrument publish`
writes its hashes down; from then on reading compares them, and a file that was changed, removed or added
keeps the site from starting. What is to be different goes into a copy of the folder: the next version.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from assessment.content.files.checking import checked
from assessment.content.files.located import ContentError, Fault, read_bytes, read_toml, shown
from assessment.core.instrument import Instrument

FILE = "published.toml"

_HEAD = """\
# The closed versions: the SHA-256 of each, and of each of its files. Written by `flask instrument publish`,
# never by hand. A version that stands here does not change any more; a change goes into the next version.
"""
_PUT_BACK = "put it back as it was; what is to change goes into a copy of the folder, the next version"

_KEY = re.compile(r"[^/]+/\d+\.\d+\.\d+")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Published(BaseModel):
    """The hash of a closed version and of each of its files, by their names from its folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: Sha256
    files: Annotated[dict[str, Sha256], Field(min_length=1)]


def hidden(name: str) -> bool:
    """Is a file, named from its version's folder, one that editors leave behind and no part of it?"""
    return any(part.startswith(".") for part in name.split("/"))


def hash_of_list(files: Mapping[str, str]) -> str:
    """Return the hash of a version from those of its files: of what `sha256sum` prints for them, sorted."""
    lines = "".join(f"{files[name]}  {name}\n" for name in sorted(files, key=str.encode))
    return hashlib.sha256(lines.encode()).hexdigest()


def read_published(folder: Path) -> dict[str, Published]:
    """Return the closed versions under a folder of instruments, by key; none where no file tells of any.

    Raises ContentError.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    data, locate = read_toml(path)
    published: dict[str, Published] = {}
    faults: list[Fault] = []
    for key, entry in data.items():
        try:
            published[key] = _entry(key, entry, path)
        except ContentError as error:
            line = locate((key,))
            faults += [Fault(each.file, line, each.fault, each.remedy) for each in error.faults]
    if faults:
        raise ContentError(faults)
    return published


def _entry(key: str, entry: object, path: Path) -> Published:
    """Return one entry of the file. Raises ContentError, without its line."""
    remedy = "put the file back as `flask instrument publish` wrote it"
    if not _KEY.fullmatch(key):
        raise ContentError([Fault(shown(path), 1, f"'{key}' is no version of an instrument", remedy)])
    try:
        found = checked(Published, entry if isinstance(entry, dict) else {}, shown(path), lambda _: 1)
    except ContentError as error:
        raise ContentError(Fault(e.file, 1, f"{key}: {e.fault}", remedy) for e in error.faults) from None
    if hash_of_list(found.files) != found.sha256:
        raise ContentError([Fault(shown(path), 1, f"{key}: 'sha256' is not that of its 'files'", remedy)])
    return found


def departures(folder: Path, published: Published) -> Iterator[Fault]:
    """Yield a fault for each file of a version that is not as it was published, or is new.

    Raises ContentError where a file cannot be read.
    """
    here, key = _hashes(folder), f"{folder.parent.name}/{folder.name}"
    for name in sorted(here.keys() | published.files.keys()):
        if here.get(name) != published.files.get(name):
            how = "changed" if name in here and name in published.files else "removed"
            how = how if name in published.files else "added"
            remedy = (
                _PUT_BACK if how != "added" else _PUT_BACK.replace("put it back as it was", "take it out")
            )
            yield Fault(shown(folder / name), 1, f"was {how} after {key} was published", remedy)


def _hashes(folder: Path) -> dict[str, str]:
    """Return the hash of each file of a version by its name."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: hashlib.sha256(read_bytes(path)).hexdigest() for name, path in paths.items() if not hidden(name)
    }


def unrecorded(folder: Path) -> Fault:
    """Return the fault of a version that calls itself closed and was never published."""
    key = f"{folder.parent.name}/{folder.name}"
    remedy = f"publish it with `flask instrument publish {key}`, or write 'draft = true'"
    return Fault(shown(folder / "instrument.toml"), 1, f"is no draft, and {FILE} does not hold {key}", remedy)


def lost(folder: Path, key: str) -> Fault:
    """Return the fault of a published version whose folder is not there."""
    _, locate = read_toml(folder / FILE)
    remedy = f"put the folder {shown(folder / key)} back: what was made with it needs it"
    return Fault(shown(folder / FILE), locate((key,)), f"{key} was published and is not there", remedy)


def is_published(folder: Path, key: str) -> bool:
    """Was this version published, with the bytes that it has? Raises ContentError if with other ones."""
    published = read_published(folder).get(key)
    if published and (faults := list(departures(folder / key, published))):
        raise ContentError(faults)
    return published is not None


def with_closed(folder: Path, instrument: Instrument) -> bytes:
    """Return what `published.toml` of a folder holds once this version is closed, too.

    Raises ContentError for a draft.
    """
    version = folder / instrument.key
    if instrument.draft:
        file = version / "instrument.toml"
        _, locate = read_toml(file)
        remedy = "remove the line 'draft = true' once nothing of it will change, then publish it"
        raise ContentError([Fault(shown(file), locate(("draft",)), f"{instrument.key} is a draft", remedy)])
    files = _hashes(version)
    closed = Published(sha256=hash_of_list(files), files=files)
    if closed.sha256 != instrument.sha256:
        fault = "changed while it was being checked"
        raise ContentError([Fault(shown(version), 1, fault, "publish it again once nobody edits it")])
    return _written({**read_published(folder), instrument.key: closed})


def _written(published: Mapping[str, Published]) -> bytes:
    """Return the file as TOML, in the order of names and of numbers of versions."""
    parts = [_HEAD]
    for key in sorted(published, key=_order):
        parts.append(f'\n["{key}"]\nsha256 = "{published[key].sha256}"\n\n["{key}".files]\n')
        files = published[key].files
        parts += [f'"{name}" = "{files[name]}"\n' for name in sorted(files, key=str.encode)]
    return "".join(parts).encode()


def _order(key: str) -> tuple[str, list[int]]:
    name, _, version = key.partition("/")
    return name, [int(part) for part in version.split(".")]
