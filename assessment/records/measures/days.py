"""Days and working days. A working day is Monday to Friday: no export knows the holidays of a team."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

Day = TypeVar("Day", date, datetime)

_ONE = timedelta(days=1)


def workdays(at: Day, n: int) -> Day:
    """Return what lies `n` working days later, earlier where `n` is negative; a time stays the same.

    >>> workdays(date(2026, 5, 1), 1), workdays(date(2026, 5, 3), 1), workdays(date(2026, 5, 4), -1)
    (datetime.date(2026, 5, 4), datetime.date(2026, 5, 4), datetime.date(2026, 5, 1))
    """
    step = _ONE if n > 0 else -_ONE
    for _ in range(abs(n)):
        at += step
        while at.weekday() > 4:
            at += step
    return at


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)
