"""Values as plain JSON, and back again by their types: what one process tells another, checked on arrival."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, Literal, TypeVar

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Return a value of our dataclasses as what JSON can say: days as text, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def of(kind: type[T], value: Any) -> T:
    """Return a value of this type from what `plain` made of it. Raises ValueError where it is none.

    What a dataclass gives a default for may be missing; what it does not know is refused.
    """
    made: T = _of(kind, value)
    return made


def _of(kind: Any, value: Any) -> Any:
    if is_dataclass(kind):
        return _dataclass(kind, value)
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return None if value is None and type(None) in inside else _of(inside[0], value)
    if origin is Literal:
        return value if value in inside and isinstance(value, str) else _unfit(kind, value)
    if origin is tuple:
        return _tuple(inside, value)
    if origin is not None:
        return _mapping(inside, value)
    return _simple(kind, value)


def _dataclass(kind: Any, value: Any) -> Any:
    hints = _hints(kind)
    if not isinstance(value, dict) or not hints.keys() >= value.keys():
        _unfit(kind, value)
    given = {name: _of(hints[name], each) for name, each in value.items()}
    try:
        return kind(**given)
    except TypeError:
        return _unfit(kind, value)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _tuple(inside: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        _unfit(tuple, value)
    kinds = inside[:1] * len(value) if inside[1:] == (...,) else inside
    if len(kinds) != len(value):
        _unfit(tuple, value)
    return tuple(_of(kind, each) for kind, each in zip(kinds, value, strict=True))


def _mapping(inside: tuple[Any, ...], value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        _unfit(dict, value)
    named, kind = inside
    return {int(name) if named is int else name: _of(kind, each) for name, each in value.items()}


def _simple(kind: Any, value: Any) -> Any:
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    if kind is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    return value if kind is not float and type(value) is kind else _unfit(kind, value)


def _unfit(kind: Any, value: Any) -> Any:
    raise ValueError(f"{str(value)[:60]!r} is no {getattr(kind, '__name__', kind)}")
