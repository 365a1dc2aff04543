"""Belief beside record: what was expected before looking, and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assessment.core.instrument import Indicator
from assessment.report import figures, parts
from assessment.report.reader import Reader
from assessment.report.words import listed, lowered, percent, spelled


def told_beliefs(reader: Reader, *, width: float = figures.DUMBBELL) -> Iterator[parts.Belief]:
    """Yield each expectation beside what was found, in the order of the instrument, drawn so wide."""
    for each, believed in sorted(beliefs(reader).items(), key=lambda pair: list(reader.asked).index(pair[0])):
        indicator, seen = reader.asked[each], reader.seen[each]
        words, marks = lowered(believed.get("words") or ""), seen.marks
        # Out of different numbers, only shares can be compared.
        shares = marks is not None and marks.n != believed["of"]
        expected = words or belief_words(reader, indicator, believed["count"], believed["of"], shares=shares)
        found = (
            belief_words(reader, indicator, marks.sound, marks.n, marks.unverified, shares=shares)
            if marks
            else "not answered"
        )
        drawn = _drawn(reader, indicator, believed, marks, width)
        yield parts.Belief(each, indicator.name, expected, found, drawn)


def _drawn(
    reader: Reader,
    indicator: Indicator,
    believed: Mapping[str, Any],
    marks: parts.Marks | None,
    width: float,
) -> figures.Drawing | None:
    """Return the two counts on one line, None where one of them is words: then words are all there is."""
    told_in_words = bool(
        indicator.anchors or believed.get("words") or indicator.is_small_team(reader.team_size)
    )
    if marks is None or told_in_words:
        return None
    return figures.dumbbell(
        (believed["count"], believed["of"]),
        (marks.sound, marks.n),
        unverified=marks.unverified,
        width=width,
    )


def beliefs(reader: Reader) -> dict[str, Mapping[str, Any]]:
    """Return what was expected, by indicator."""
    return {k: v for k, v in (reader.answers.get("belief") or {}).items() if k in reader.asked and v["of"]}


def belief_words(
    reader: Reader, indicator: Indicator, k: int, n: int, unverified: int = 0, *, shares: bool = False
) -> str:
    """Return a count in the words of its indicator: a date as a span, a small team's spread as a word.

    With `shares`, a count says which share of the whole it is.
    """
    if unverified == n:
        return "nothing that could be verified"
    if indicator.type == "date":
        return lowered(indicator.anchors[round(4 * k / n)])
    if indicator.is_small_team(reader.team_size):
        return "spread" if k == n else "concentrated"
    counted = f"{k} of {n} ({percent(k / n)})" if shares else f"{k} of {n}"
    return f"{counted}, {unverified} not verified" if unverified else counted


def belief_note(reader: Reader) -> str:
    """Return when the expectations were written down."""
    if beliefs(reader):
        return "What was expected was written down before the sample was shown, and is not scored."
    return "No expectation was written down before looking."


def belief_finding(reader: Reader) -> str:
    """Return how often less, as much or more was found than was expected, "" where no two are counts."""
    higher = lower = 0
    compared = [each for each in told_beliefs(reader) if each.drawing]
    for each in compared:
        believed, marks = beliefs(reader)[each.id], reader.seen[each.id].marks
        if marks:
            beyond = marks.sound * believed["of"] - believed["count"] * marks.n
            higher, lower = higher + (beyond > 0), lower + (beyond < 0)
    outcomes = (
        (lower, "lower than expected"),
        (len(compared) - higher - lower, "as expected"),
        (higher, "higher than expected"),
    )
    said = [(number, words) for number, words in outcomes if number]
    if len(said) == 1:
        [(number, words)] = said
        every = "The one expected count" if number == 1 else f"All {number} expected counts"
        return f"{every} came out {words}."
    told = listed([f"{spelled(number)} {words}" for number, words in said])
    return f"Of {len(compared)} expected counts, {told.replace(' ', ' came out ', 1)}." if said else ""
