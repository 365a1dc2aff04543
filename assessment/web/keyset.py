"""A place in the list of the desk as a text: behind it the next page begins."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from assessment.store.sales.listings import Key

PATTERN = r"^[0-9]{1,18}\.[A-Za-z0-9_-]{22}$"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KEY = re.compile(PATTERN.replace("$", r"\Z"))


def text_of(key: Key) -> str:
    """Return a place as it stands in an address."""
    return f"{(key[0] - _EPOCH) // _MICROSECOND}.{key[1]}"


def key_of(text: str) -> Key | None:
    """Return the place that a text names; None where it is none."""
    if not _KEY.fullmatch(text):
        return None
    micros, _, report_id = text.partition(".")
    try:
        return _EPOCH + int(micros) * _MICROSECOND, report_id
    except OverflowError:
        return None
