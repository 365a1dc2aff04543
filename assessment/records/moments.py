"""Days and times as exports write them, to aware times in UTC.

A day that can be read two ways (02/03/2024) is never guessed in silence: `order_of` tells what a column
allows, and its reader tells the leader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple

Order = Literal["day", "month"]
"""Which comes first in 02/03/2024."""

FIRST_YEAR, LAST_YEAR = 1990, 2199
"""Nothing outside is taken for a time of work."""

_KEPT = 20_000  # readings kept, to be quicker with what comes again
_SECONDS = {f"{number:02d}": timedelta(seconds=number) for number in range(60)}
_WHOLE = _SECONDS["00"]
_AFTER_SECONDS = frozenset(("", " ", "Z", "+", "-"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SERIAL = datetime(1899, 12, 30, tzinfo=UTC)  # day 0 of spreadsheets
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan janv ene gen",
            "feb févr fev fév fevr",
            "mar mär mrz maer mrt mars",
            "apr avr abr",
            "may mai mei mag maj",
            "jun juin giu",
            "jul juil lug",
            "aug aoû août aou aout ago",
            "sep sept set",
            "oct okt ott out",
            "nov",
            "dec dez déc dic",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {
    "": 0,
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "CET": 60,
    "WEST": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "MEZ": 60,
    "MESZ": 120,
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
}
_TWO_WAYS = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\.?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})")
_NAMED = re.compile(
    r"(?:[^\W\d]{2,9}\.?,?\s+)?"  # the day of the week
    r"(?:(?P<day>\d{1,2})(?:(?:st|nd|rd|th|\.)?[-/\s]\s?(?:de\s)?|\.)(?P<month>[^\W\d_]{3,10})"
    r"(?:\.?[-/\s,]\s?(?:de\s)?|\.)"
    r"|(?P<named>[^\W\d_]{3,10})\.?\s{1,2}(?P<then>\d{1,2})(?:st|nd|rd|th)?,?\s)"
    r"(?P<year>\d{4}|\d{2})",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?"
    r"(?:\s?(?:([AaPp])\.?\s?[Mm]|(vor|nach)m)\.?)?(?:\sUhr)?"
    r"\s?([A-Za-z]{0,4}?)(?:([+-])(\d{1,2}):?(\d{2})?(?:\s[A-Z]{3,4})?)?(?:\s?\([^()]{1,60}\))?"
)
_BEFORE_HOUR = re.compile(r"(?:,|\s(?:at|um|à|kl\.?|@))\s*$")
_YEAR_LAST = re.compile(r"(\d{1,2}:\d{2}:\d{2}) (\d{4})(?: ([+-]\d{4}))?")  # as ctime and git print it
_NUMBER = re.compile(r"\d{5,13}(?:\.\d{1,12})?")


class Moment(NamedTuple):
    """A time in UTC; midnight with `whole_day` set where only the day was written."""

    at: datetime
    whole_day: bool
    zoned: bool = True  # it told its zone, or it is a day and needs none


class Moments:
    """The reading of one column or key: how its days are ordered, and how far its clock is ahead of UTC.

    A time is read in parts, the day, the hour with its minute, and the second: each comes again and again.
    """

    __slots__ = ("_days", "_hours", "_known", "order", "shift")

    def __init__(self, order: Order = "day", zone_minutes: int = 0) -> None:
        self.order = order
        self.shift = timedelta(minutes=zone_minutes)
        self._known: dict[str, Moment | None] = {}  # what is no day and hour in this order
        self._days: dict[str, datetime | None] = {}
        self._hours: dict[str, tuple[timedelta, bool] | None] = {}

    def __call__(self, text: str) -> Moment | None:
        """Return the time that a text tells; None where it tells none. Never raises."""
        colon = text.find(":")
        cut = text.rfind(" ", 0, colon) if colon > 0 else 0
        if cut > 0 and (day := self._days.get(text[:cut])):
            minute, second = _halved(text, cut + 1, colon)
            if (hour := self._hours.get(minute)) and second is not None:
                return Moment(day + hour[0] + second, False, hour[1])
        if text[10:11] == "T" and (found := self._iso(text)):
            return found
        if text in self._known:
            return self._known[text]
        if len(text) > 120:
            return None
        found = self._read(text.strip())
        if cut <= 0 or found is None:
            _keep(self._known, text, found)
        return found

    def at(self, text: str) -> datetime | None:
        """Return the time alone."""
        if text[-1:] == "Z" and text[10:11] == "T":  # as most systems write it: read without the rest
            try:
                at: datetime | None = datetime.fromisoformat(text)
            except ValueError:
                at = None
            if at is not None and FIRST_YEAR <= at.year <= LAST_YEAR:
                return at
        found = self(text)
        return found.at if found else None

    def day(self, text: str) -> date | None:
        """Return the day that a text tells, where its writer was."""
        found = self(text)
        if found is None:
            return None
        return (found.at if found.whole_day or found.zoned else found.at + self.shift).date()

    def _iso(self, text: str) -> Moment | None:
        """Return the time of a text as ISO 8601 writes it."""
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            return None
        if ":" not in text and "T" not in text:
            return Moment(at.replace(tzinfo=UTC), True)
        if at.tzinfo is None:
            return Moment(at.replace(tzinfo=UTC) - self.shift, False, False)
        return Moment(at if at.tzinfo is UTC else at.astimezone(UTC), False)

    def _read(self, text: str) -> Moment | None:
        if text[:4].isdigit():
            if _NUMBER.fullmatch(text) and (len(text) != 8 or "." in text):  # 20260212 is a day
                return _numbered(text)
            if (" " not in text or "." in text) and (found := self._iso(text)):
                return found
        colon = text.find(":")
        if colon < 0:
            day = self._day(text)
            return Moment(day, True) if day else self._dotted(text)
        # What is before the hour is the day, whatever it looks like.
        cut = max(text.rfind(" ", 0, colon), text.rfind("T", 0, colon))
        return self._joined(text[:cut], text[cut + 1 :]) if cut > 0 else None

    def _dotted(self, text: str) -> Moment | None:
        """Return a time whose hour is written with a dot: 12.2.2024 15.45."""
        day, _, hour = text.rpartition(" ")
        return self._joined(day, hour) if day and "." in hour else None

    def _joined(self, day_text: str, hour_text: str) -> Moment | None:
        if turned := _YEAR_LAST.fullmatch(hour_text):
            day_text = f"{day_text} {turned[2]}"
            hour_text = f"{turned[1]} {turned[3] or ''}".rstrip()
        minute, second = _halved(hour_text, 0, hour_text.find(":"))
        if minute not in self._hours:
            _keep(self._hours, minute, self._hour(minute))
        day, hour = self._day(day_text), self._hours[minute]
        return Moment(day + hour[0] + second, False, hour[1]) if day and hour and second is not None else None

    def _day(self, text: str) -> datetime | None:
        if text not in self._days:
            _keep(self._days, text, _day(_BEFORE_HOUR.sub("", text).rstrip(), self.order))
        return self._days[text]

    def _hour(self, text: str) -> tuple[timedelta, bool] | None:
        found = _hour(text)
        return (found[0] if found[1] else found[0] - self.shift, found[1]) if found else None


def order_of(texts: Iterable[str]) -> tuple[Order | None, bool]:
    """Return which comes first in the days of a column, and whether that is sure.

    None where no day of it is written in such a way. Where both orders are met, it is the one that more of
    them need. Where every first and second number is at most 12 nothing decides it: then it is the month
    for a clock of twelve hours (AM, PM) and the day for any other, and that is not sure.
    """
    day = month = 0
    is_met = is_open = clock = False
    for text in texts:
        found = _TWO_WAYS.match(text.strip())
        if not found:
            continue
        first, second = int(found[1]), int(found[2])
        day += first > 12 >= second
        month += second > 12 >= first
        is_met = True
        is_open = is_open or first != second
        clock = clock or text.rstrip()[-2:].upper() == "AM" or text.rstrip()[-2:].upper() == "PM"
    if day or month:
        return ("month" if month > day else "day"), True
    if is_met:
        return ("month" if clock else "day"), not is_open
    return None, True


def _halved(text: str, start: int, colon: int) -> tuple[str, timedelta | None]:
    """Return an hour without its seconds, "3:45 PM" of "3:45:10 PM", and its seconds; None for no such."""
    if text[colon + 3 : colon + 4] == ":" and text[colon + 6 : colon + 7] in _AFTER_SECONDS:
        return text[start : colon + 3] + text[colon + 6 :], _SECONDS.get(text[colon + 4 : colon + 6])
    return text[start:], _WHOLE


def _keep(kept: dict[str, Any], text: str, read: object) -> None:
    if len(kept) >= _KEPT:
        kept.clear()
    kept[text] = read


def _numbered(text: str) -> Moment | None:
    """Return the time that is written as a number: seconds or thousandths since 1970, or days since 1900."""
    number = float(text)
    if 631_152_000 <= number < 7_258_118_400:
        at = _EPOCH + timedelta(seconds=number)
    elif 631_152_000_000 <= number < 7_258_118_400_000:
        at = _EPOCH + timedelta(milliseconds=number)
    elif 32_874 <= number < 109_575:
        return _serial(number)
    else:
        return None
    return Moment(at, False)


def _serial(number: float) -> Moment:
    at = _SERIAL + timedelta(seconds=round(number * 86_400))  # a spreadsheet's fraction is no exact second
    return Moment(at, number.is_integer(), number.is_integer())


def _day(text: str, order: Order) -> datetime | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _midnight(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(text):
        return _midnight(_year(found[3]), int(found[2]), int(found[1]))
    if found := _TWO_WAYS.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        month, day = (first, second) if order == "month" else (second, first)
        return _midnight(_year(found[3]), month, day)
    if found := _NAMED.fullmatch(text):
        name = (found["month"] or found["named"]).casefold()
        month = _MONTHS.get(name[:4]) or _MONTHS.get(name[:3]) or 0
        return _midnight(_year(found["year"]), month, int(found["day"] or found["then"]))
    return None


def _midnight(year: int, month: int, day: int) -> datetime | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:  # the 30th of February
        return None


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 90 else 2000)


def _hour(text: str) -> tuple[timedelta, bool] | None:
    """Return how long after midnight UTC of its day a time is, and whether it tells its zone."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    hour, minute, second, fraction, half, german, zone, sign, ahead, more = found.groups()
    half = {"vor": "a", "nach": "p"}.get(german or "", half)
    hours = int(hour)
    if half and hours <= 12:
        hours = hours % 12 + (12 if half in "Pp" else 0)
    zone = zone.upper()
    if hours > 23 or int(minute) > 59 or int(second or 0) > 59 or zone not in _ZONES:
        return None
    offset = _ZONES[zone]
    if sign:
        offset += (int(ahead) * 60 + int(more or 0)) * (1 if sign == "+" else -1)
    after = timedelta(
        hours=hours,
        minutes=int(minute) - offset,
        seconds=int(second or 0),
        microseconds=int((fraction or "0")[:6].ljust(6, "0")),
    )
    return after, bool(zone or sign)
