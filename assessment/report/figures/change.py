"""Then and now: two rows on one scale, and an arrow only where the change is reliable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assessment.report.figures.drawing import (
    NARROW,
    WIDE,
    Cut,
    Drawing,
    Figure,
    Lane,
    Shape,
    Span,
    Words,
    points,
)
from assessment.report.figures.letters import wrapped
from assessment.report.figures.paths import n, rectangle
from assessment.report.figures.scale import MARGIN, Axis, markers, ticks

NAMES = 196.0  # room for the names, left of the lanes
TIMES = 44.0  # room for "then" and "now", between the names and the lanes
FIGURES = 112.0  # room for the figures, right of them
APART = 32.0  # from the row of then to that of now
LANE = 40.0  # from the row of now to the next row of then, at least


@dataclass(frozen=True, slots=True)
class Moved:
    """The whole or a layer at two times; `reliable` is whether its change may be called one."""

    name: str
    then: Span
    now: Span
    reliable: bool
    verdict: str  # as a phrase: "no reliable change"


def change_rows(moves: Sequence[Moved], cuts: Sequence[Cut]) -> Figure:
    """Return two rows for each part on a common scale: then hollow, now filled, each with its interval.

    An arrow leads from then to now where the change is reliable, and nowhere else.
    """
    title = " ".join(
        f"{each.name}: likely {with_interval(each.then)} then, {with_interval(each.now)} now; {each.verdict}."
        for each in moves
    )
    inner = [cut.above for cut in cuts if 0 < cut.above < 100]
    return Figure(_wide(moves, inner, title), _narrow(moves, inner, title))


def with_interval(span: Span) -> str:
    """Return an estimate with its interval as it stands beside a row."""
    return f"{points(span.mean)} ({points(span.low)} to {points(span.high)})"


def _wide(moves: Sequence[Moved], inner: Sequence[float], title: str) -> Drawing:
    axis = Axis(NAMES + TIMES, WIDE - FIGURES)
    words = [Words("quiet", WIDE, 12, "Likely", 12, "end")]
    rows: list[Shape] = []
    y = 34.0
    for each in moves:
        names = wrapped(each.name, NAMES - 14, 13)
        words += [Words("value", 0, y + 4.5 + 16 * i, text, 13, "start") for i, text in enumerate(names)]
        for word, span, at in (("then", each.then, y), ("now", each.now, y + APART)):
            words.append(Words("quiet", NAMES + TIMES - 10, at + 4.5, word, 13, "end"))
            words.append(Words("value", WIDE, at + 4.5, with_interval(span), 13, "end"))
        rows += _rows(axis, y, each)
        y += max(APART, 16.0 * len(names)) + LANE
    end = y - LANE + 14
    words += ticks(axis, inner, end + 14, WIDE)
    return Drawing(WIDE, end + 20, title, (*_grid(axis, 16, end, inner), *rows), tuple(words))


def _narrow(moves: Sequence[Moved], inner: Sequence[float], title: str) -> Drawing:
    axis = Axis(MARGIN, NARROW - MARGIN)
    words: list[Words] = []
    shapes: list[Shape] = []
    y = 0.0
    for each in moves:
        lines = [("value", line) for line in wrapped(each.name, NARROW, 13)]
        lines += [("quiet", f"then {with_interval(each.then)}, now {with_interval(each.now)}")]
        words += [Words(role, 0, y + 13 + 16 * i, text, 13, "start") for i, (role, text) in enumerate(lines)]
        y += 16 * len(lines) + 18
        shapes += [*_grid(axis, y - 10, y + APART + 10, inner), *_rows(axis, y, each)]
        y += APART + 20
    words += ticks(axis, inner, y + 4, NARROW)
    return Drawing(NARROW, y + 10, title, tuple(shapes), tuple(words))


def _grid(axis: Axis, top: float, bottom: float, inner: Sequence[float]) -> list[Shape]:
    return [Shape("grid", f"M{n(axis.at(value))} {n(top)}V{n(bottom)}") for value in (0.0, *inner, 100.0)]


def _rows(axis: Axis, y: float, each: Moved) -> list[Shape]:
    """Return the two rows of a part, the earlier one at y."""
    below = y + APART
    shapes = [Shape("axis", f"M{n(axis.left)} {n(at)}H{n(axis.right)}") for at in (y, below)]
    shapes += _before(axis, y, each.then)
    shapes += markers(axis, below, Lane("", "", None, each.now, None))
    return [*shapes, *_arrow(axis, y, each)] if each.reliable else shapes


def _before(axis: Axis, y: float, span: Span) -> list[Shape]:
    """Return the markers of the earlier time: hollow, so that the two differ in black and white."""
    low, high, at = axis.at(span.low), axis.at(span.high), axis.at(span.mean)
    return [
        Shape("before", rectangle(low, y - 6, max(high - low, 1.0), 12), (low + high) / 2),
        Shape("between", f"M{n(at)} {n(y - 10)}v20", at),
    ]


def _arrow(axis: Axis, y: float, each: Moved) -> list[Shape]:
    """Return the way from the earlier figure to the later one."""
    start, end, tip = axis.at(each.then.mean), axis.at(each.now.mean), y + APART - 12
    return [
        Shape("between", f"M{n(start)} {n(y + 10)}V{n(tip - 7)}H{n(end)}", end),
        Shape("arrow", f"M{n(end - 5)} {n(tip - 8)}h10l-5 8z", end),
    ]


def _alone(shapes: Sequence[Shape]) -> Drawing:
    return Drawing(36, 24, "", tuple(shapes))


_SMALL = Axis(2, 34)
CHANGE_LEGEND: tuple[tuple[Drawing, str], ...] = (
    (_alone(_before(_SMALL, 12, Span(50, 0, 100))), "then: Likely with its interval"),
    (
        _alone(markers(_SMALL, 12, Lane("", "", None, Span(50, 0, 100), None))),
        "now: Likely with its interval",
    ),
    (
        _alone([Shape("between", "M3 12H25"), Shape("arrow", "M24 7v10l9 -5z")]),
        "a reliable change; without an arrow there is none",
    ),
)
