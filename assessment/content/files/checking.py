"""From what a file holds to a frozen model, or to faults with their lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from assessment.content.files.located import ContentError, Fault, KeyPath, Locate, leaves

Model = TypeVar("Model", bound=BaseModel)

FEW = 8  # names that are read at a glance
NEAREST = 4  # of more names, how many are told


def checked(model: type[Model], data: Mapping[str, Any], file: str, locate: Locate) -> Model:
    """Return data as a model. Raises ContentError with the line of every key that is wrong or missing."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = []
        for each in error.errors():
            where = ".".join(str(part) for part in each["loc"])
            fault, remedy = _in_words(where, each["type"], each["msg"], model)
            found.append(Fault(file, locate(each["loc"]), fault, remedy))
        raise ContentError(found) from None


def texts_of(data: Any) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text inside data with its key path."""
    return ((path, value) for path, value in leaves(data) if isinstance(value, str))


def choice(wrong: str, names: Iterable[str]) -> str:
    """Return the names that could have been meant: all where they are few, else those most like it."""
    known = list(names)
    if len(known) <= FEW:
        return ", ".join(known)
    like = get_close_matches(wrong, known, n=NEAREST, cutoff=0)
    return f"{', '.join(like)} (the nearest of {len(known)})"


def below(locate: Locate, path: KeyPath) -> Locate:
    """Return the lines of what lies below a key path, such as one entry of an array of tables."""
    return lambda inner: locate((*path, *inner))


def _in_words(where: str, kind: str, message: str, model: type[BaseModel]) -> tuple[str, str]:
    if kind == "missing":
        return f"'{where}' is missing", f"add it: {where.rpartition('.')[2]} = ..."
    if kind == "extra_forbidden":
        known = "" if "." in where else f", or use one of: {', '.join(sorted(model.model_fields))}"
        return f"'{where}' is not a known key", f"remove it{known}"
    return f"'{where}': {message[:1].lower()}{message[1:]}", "correct the value"
