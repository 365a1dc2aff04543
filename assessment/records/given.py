"""What stands in a JSON object, checked as it is taken: what is of another kind is as good as not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MOST_ADDRESS = 2000


def text(value: object) -> str:
    """Return a text, "" where it is none."""
    return value if isinstance(value, str) else ""


def name(value: object) -> str:
    """Return a short text as it can be shown: no control characters, no half characters, no space around."""
    found = text(value)[:200]
    if not found.isprintable():
        found = "".join(sign if sign.isprintable() else " " for sign in found)
    return found.strip()


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list, nothing where it is none."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def inside(value: object) -> Mapping[str, Any]:
    """Return an object, an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def whole(value: object) -> int | None:
    """Return a whole number that counts something, None where it is none."""
    is_one = isinstance(value, int) and not isinstance(value, bool)
    return value if is_one and isinstance(value, int) and 0 <= value < 10**12 else None


def address(value: object) -> str:
    """Return an address that opens in a browser, "" where it is none."""
    url = text(value)
    is_one = url.startswith(("https://", "http://")) and len(url) <= MOST_ADDRESS
    return url if is_one and url.isprintable() and " " not in url else ""


def labels(value: object) -> tuple[str, ...]:
    """Return the names of labels in small letters; they are given as texts or as objects with a name."""
    if not isinstance(value, list):
        return ()
    names = (name(one.get("name") if isinstance(one, dict) else one).casefold() for one in value)
    return tuple(dict.fromkeys(one for one in names if one))
