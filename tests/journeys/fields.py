"""How what is typed into a field is read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]


def is_item(page: str) -> bool:
    """Is it the page of an item: one that was drawn, or what took its place, such as 3-11?"""
    return page[0].isdigit()


def number(fields: Fields, name: str) -> Any:
    """Return a whole number, None where nothing is typed, "bad" for what is none."""
    text = fields.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else "bad" if text else None


def is_read_somewhere(fields: Fields) -> bool:
    """Is it said where counts come from, and where a report lies?"""
    return fields.get("source") == "memory" or (
        fields.get("source") == "report" and bool(fields.get("place"))
    )


def references(fields: Fields) -> tuple[str, ...]:
    """Return the references of a list: of a table the first column, under its heading."""
    lines = fields.get("list", "").split("\n")
    if lines[0].startswith("id,"):
        return tuple(line.partition(",")[0] for line in lines[1:] if line)
    return tuple(line for line in lines if line)


def fingerprint(names: tuple[str, ...]) -> str:
    """Return what stands on the tick beside a list that was understood so."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest() if names else ""
