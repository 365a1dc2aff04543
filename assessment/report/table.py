"""A result as one table, for a spreadsheet or a program: CSV as RFC 4180 has it.

One row is one thing that was measured, of the level that its first column names, the whole first, then each
layer, its dimensions and their indicators; what does not apply or is withheld is empty. Every row
begins with what it belongs to, so that the tables of several teams can be put below each other:

    report, instrument, form, team, window_end    the code of the report, and what was looked at
    level, id, name, layer, dimension             which of the four it is, and where it belongs
    state, finding                                seen, not-applicable or not-answered; the printed sentence
    sound, failing, unverified, checks, grade     what was counted; of the whole, all checks
    exact_low, exact_high                         the exact interval of sound among an indicator's checks
    shown, shown_sd, shown_low, shown_high        the reading, its standard deviation and its interval; then
                                                  the same of likely and of claimed. An indicator has no
                                                  interval of a reading, but the exact one

All figures are soundness from 0 to 100, written with a point. The file is UTF-8 and says so with a byte
order mark, without which spreadsheets take it for something else; the same result gives the same bytes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from assessment.core.beta import exact_interval
from assessment.core.instrument import Indicator, Instrument
from assessment.core.method import Reading
from assessment.core.text import printable
from assessment.report.reader import Library, Reader
from assessment.report.sections import Outdated, lacks
from assessment.report.words import listed

READINGS: tuple[Reading, ...] = ("shown", "likely", "claimed")
COLUMNS = (
    *("report", "instrument", "form", "team", "window_end"),
    *("level", "id", "name", "layer", "dimension", "state", "finding"),
    *("sound", "failing", "unverified", "checks", "grade", "exact_low", "exact_high"),
    *(f"{reading}{part}" for reading in READINGS for part in ("", "_sd", "_low", "_high")),
)

# What a spreadsheet takes for the beginning of a formula: at the start of a cell, or of what becomes a cell
# where another mark than the comma parts them.
# Spaces before it are passed over, and so is what cannot be seen; a tab parts cells.
_UNSEEN = r"(?:[^\S\t\r\n]|[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f])"
_FORMULA = re.compile(rf"(\A|[;,|\"\t\r\n])({_UNSEEN}*)(?=[=+\-@＝＋－＠])")  # noqa: RUF001 the wide forms are meant
_BLANK_START = re.compile(r"\A(?=[\t\r\n])")


def table(result: Mapping[str, Any], instrument: Instrument, library: Library, *, code: str = "") -> bytes:
    """Return the table of a result. Raises Outdated where this wording of the instrument does not fit it."""
    if lacking := tuple(lacks(result, instrument)):
        raise Outdated(f"{instrument.key} does not know {listed(lacking)} (any more)")
    reader = Reader(result, instrument, library, "", code, "")
    answers = reader.answers
    belongs = {
        "report": code,
        "instrument": instrument.key,
        "form": reader.form.name,
        "team": answers.get("label") or "",
        "window_end": answers.get("window_end") or answers["as_of"],
    }
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(reader):
        writer.writerow({name: _cell(value) for name, value in {**belongs, **row}.items()})
    return text.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("a; =1"), harmless("well-known")
    ("'=1+1", "a;' =1", 'well-known')
    >>> harmless("\\t=1")
    "'\\t'=1"
    """
    return _BLANK_START.sub("'", _FORMULA.sub(r"\1'\2", printable(text)))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else harmless(value)


def _rows(reader: Reader) -> Iterator[dict[str, Any]]:
    marks = reader.marks
    yield {
        "level": "whole",
        "name": reader.instrument.name,
        **_counts(marks.sound, marks.failing, marks.unverified),
        **_readings(reader, "composite"),
    }
    for layer in reader.instrument.layers:
        asked = [(each, found) for each in layer.dimensions if (found := reader.asked_in(each))]
        if not asked:
            continue
        place = {"layer": layer.id}
        named = {"id": layer.id, "name": layer.name}
        yield {"level": "layer", **place, **named, **_readings(reader, "layers", layer.id)}
        for dimension, indicators in asked:
            place = {"layer": layer.id, "dimension": dimension.id}
            named = {"id": dimension.id, "name": dimension.name}
            yield {"level": "dimension", **place, **named, **_readings(reader, "dimensions", dimension.id)}
            for indicator in indicators:
                yield {"level": "indicator", **place, **_indicator(reader, indicator)}


def _indicator(reader: Reader, indicator: Indicator) -> dict[str, Any]:
    seen = reader.seen[indicator.id]
    row: dict[str, Any] = {
        "id": indicator.id,
        "name": indicator.name,
        "state": seen.state,
        "finding": seen.sentence,
    }
    if seen.marks is None:
        return row
    row |= {"grade": seen.grade, **_readings(reader, "indicators", indicator.id)}
    if not indicator.is_small_team(reader.team_size):  # of whom a share would mean a person
        k, n = seen.marks.sound, seen.marks.n
        row |= _counts(k, seen.marks.failing, seen.marks.unverified)
        if seen.interval:
            low, high = exact_interval(k, n, reader.instrument.constants.interval)
            row |= {"exact_low": 100 * low, "exact_high": 100 * high}
    return row


def _counts(sound: int, failing: int, unverified: int) -> dict[str, int]:
    checks = sound + failing + unverified
    return {"sound": sound, "failing": failing, "unverified": unverified, "checks": checks}


def _readings(reader: Reader, *keys: str) -> dict[str, float | None]:
    found = {}
    for reading in READINGS:
        figures: Any = reader.result["readings"].get(reading)
        for key in keys:
            figures = figures.get(key) if figures else None
        for column, name in (("", "mean"), ("_sd", "sd"), ("_low", "low"), ("_high", "high")):
            found[f"{reading}{column}"] = figures.get(name) if figures else None
    return found
