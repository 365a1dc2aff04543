"""Numbers, dates and lists as an English sentence wants them.

Everything the report says passes through here, so that 0, 1 and many read well everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

# A figure and its unit must not part at the end of a line.
NBSP = "\u00a0"

_ONES = (
    "none one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_MONTHS = ("January February March April May June July August September October November December").split()


def spelled(number: int) -> str:
    """Return a count in words up to ninety-nine ("none" for 0), in figures above.

    >>> spelled(22), spelled(0), spelled(140)
    ('twenty-two', 'none', '140')
    """
    if number < 20:
        return _ONES[number]
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def opened(sentence: str) -> str:
    """Return a sentence with its first letter large, the rest as it was."""
    return sentence[:1].upper() + sentence[1:]


def lowered(words: str) -> str:
    """Return words with a small first letter, unless they begin with an abbreviation.

    >>> lowered("Loaves baked"), lowered("EU rules are known")
    ('loaves baked', 'EU rules are known')
    """
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> count(1, "check"), count(0, "check"), count(2, "entry", "entries")
    ('1 check', 'no checks', '2 entries')
    """
    noun = one if number == 1 else many or f"{one}s"
    return f"{number or 'no'} {noun}"


def listed(parts: Sequence[str]) -> str:
    """Return parts as a list in a sentence: "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def grouped(digits: str) -> str:
    """Return a long row of digits in groups of eight, to be compared by eye.

    >>> grouped("0123456789abcdef")
    '01234567 89abcdef'
    """
    return " ".join(digits[start : start + 8] for start in range(0, len(digits), 8))


def day(value: date) -> str:
    """Return a day as "22 November 2026"."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def span(first: date, last: date) -> str:
    """Return two days as one phrase, naming month and year once where they are shared.

    >>> span(date(2026, 8, 24), date(2026, 11, 22)), span(date(2025, 12, 3), date(2026, 2, 1))
    ('24 August to 22 November 2026', '3 December 2025 to 1 February 2026')
    """
    if first.year != last.year:
        return f"{day(first)} to {day(last)}"
    if first.month != last.month:
        return f"{first.day} {_MONTHS[first.month - 1]} to {day(last)}"
    if first.day != last.day:
        return f"{first.day} to {day(last)}"
    return day(last)


def percent(share: float) -> str:
    """Return a share of 1 as a whole percentage: "39 %"."""
    return f"{share * 100:.0f}{NBSP}%"


def sure(probability: float) -> str:
    """Return a probability rounded down: what falls short never reads as enough, nor anything as certain.

    >>> sure(0.9499), sure(0.9987)
    ('94\\xa0%', 'more than 99\\xa0%')
    """
    whole = math.floor(probability * 100 + 1e-9)
    return percent(whole / 100) if whole < 99 else f"more than {percent(0.99)}"


def unparted(sentence: str) -> str:
    """Return a sentence that was written elsewhere with its percentages kept on one line."""
    return sentence.replace(" %", f"{NBSP}%")


def tenth(points: float) -> str:
    """Return a figure of the 0 to 100 scale with one decimal."""
    return f"{points:.1f}"
