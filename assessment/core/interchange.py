"""Documents in and out: JSON that is read with suspicion, and written in one way only.

`read_object` gives plain data that nobody can choke on; what it means, `answers` and `result` say.
`canonical` gives the same bytes for the same data, anywhere.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

MAX_BYTES = 1_000_000
MAX_DEPTH = 16
MAX_NUMBER = 10**9


class DocumentError(ValueError):
    """A document that cannot be used: where, what is wrong, and what to do about it, in one line."""

    def __init__(self, place: str, fault: str, remedy: str) -> None:
        super().__init__(_one_line(f"{place}: {fault}; {remedy}"))
        self.place, self.fault, self.remedy = place, fault, remedy


# --- reading --------------------------------------------------------------------------------------


def read_object(text: bytes) -> dict[str, Any]:
    """Return a JSON object, refusing what a parser would let through or choke on. Raises DocumentError."""
    if len(text) > MAX_BYTES:
        raise DocumentError("document", f"more than {MAX_BYTES:,} bytes", "send the answers alone")
    try:
        source = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"byte {error.start + 1}", "is not UTF-8", "save the file as UTF-8") from None
    _check_depth(source)
    try:
        document = json.loads(
            source,
            object_pairs_hook=_without_repeats,
            parse_constant=_no_constant,
            parse_int=_small_int,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise DocumentError(place, f"not JSON ({error.msg})", "correct the syntax") from None
    if not isinstance(document, dict):
        raise DocumentError("document", "is not a JSON object", 'begin with {"instrument": ...}')
    return document


def _check_depth(source: str) -> None:
    """Count brackets before parsing: a parser that recurses can be made to run out of stack."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', source, re.DOTALL):
        # Texts are matched only to be passed over, brackets and all.
        depth += (match[0] in ("[", "{")) - (match[0] in ("]", "}"))
        if depth > MAX_DEPTH:
            line = source.count("\n", 0, match.start()) + 1
            fault = f"nested deeper than {MAX_DEPTH} levels"
            raise DocumentError(f"line {line}", fault, "answers need at most 4")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in pairs:
        if key in document:
            raise DocumentError(shown(key), "is given twice in one object", "keep one of them")
        document[key] = value
    return document


def _no_constant(name: str) -> NoReturn:
    raise DocumentError("document", f"holds {name}, which is not a number", "give whole counts")


def _small_int(digits: str) -> int:
    # Long digits are refused unread: turning them into a number takes time that grows with their square.
    if len(digits) > 11 or abs(int(digits)) > MAX_NUMBER:
        raise DocumentError("document", f"holds the number {shown(digits)}", f"stay within {MAX_NUMBER}")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value) or abs(value) > MAX_NUMBER:
        raise DocumentError("document", f"holds the number {shown(digits)}", f"stay within {MAX_NUMBER}")
    return value


def shown(value: object, *, quotes: bool = True) -> str:
    """Return a value as it may stand in a message: short, and on one line."""
    text = (
        json.dumps(value, ensure_ascii=True, default=str) if quotes or not isinstance(value, str) else value
    )
    return text if len(text) <= 60 else text[:57] + "..."


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# --- writing --------------------------------------------------------------------------------------


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the one way to write a document: keys sorted, no spaces, six decimals, UTF-8, a line end."""
    text = json.dumps(
        rounded(document), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode() + b"\n"


def sha256(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document's canonical bytes, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def rounded(value: Any) -> Any:
    """Return plain data as it is written: floats with six decimals, lists for whatever is a row."""
    if isinstance(value, float):
        return round(value, 6) + 0.0  # + 0.0: there is no minus zero
    if isinstance(value, Mapping):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value
