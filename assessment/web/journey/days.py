"""Which day it is, and how a day is read."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """Return the day it is in UTC; somewhere it is already the next."""
    return datetime.now(UTC).date()


def in_words(day: date) -> str:
    """Return a date as it is read.

    >>> in_words(date(2026, 3, 1))
    '1 March 2026'
    """
    return f"{day.day} {day:%B %Y}"
