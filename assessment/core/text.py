"""Which characters a text may hold, the same in a form, a file of answers and a page."""

from __future__ import annotations

import re

# Tab and newline may be typed. Every other control character, the separators that end a line unseen, the
# mark of byte order and half a surrogate pair may not.
_STRAY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def stray(text: str) -> re.Match[str] | None:
    """Return the first character that no text may hold, None when there is none."""
    return _STRAY.search(text)


def printable(text: str) -> str:
    """Return a text with a replacement character for each that it may not hold, to be shown again.

    >>> printable("nul\\x00, and a\\ttab")
    'nul\N{REPLACEMENT CHARACTER}, and a\\ttab'
    """
    return _STRAY.sub("\N{REPLACEMENT CHARACTER}", text)
