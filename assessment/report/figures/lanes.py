"""Layers and dimensions: one lane for each on a common scale, with the figures beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from assessment.report.figures.drawing import (
    NARROW,
    WIDE,
    Cut,
    Drawing,
    Figure,
    Lane,
    Shape,
    Words,
    points,
)
from assessment.report.figures.letters import wrapped
from assessment.report.figures.paths import circle, n
from assessment.report.figures.scale import MARGIN, Axis, markers, ticks

NAMES = 210.0  # room for the names, left of the lanes
FIGURES = 112.0  # room for the figures, right of them


def interval_rows(
    lanes: Sequence[Lane], cuts: Sequence[Cut], *, chained: bool = False, estimates: bool = True
) -> Figure:
    """Return one lane for each layer or dimension on a common scale; `chained` draws the lineage's arrows.

    Each lane has the markers of `readings_scale`; the figures of Likely stand beside it, if it `estimates`.
    """
    title = " ".join(_lane_title(lane, estimates) for lane in lanes)
    inner = [cut.above for cut in cuts if 0 < cut.above < 100]
    return Figure(
        _rows_wide(lanes, inner, chained, estimates, title),
        _rows_narrow(lanes, inner, chained, estimates, title),
    )


def _rows_wide(
    lanes: Sequence[Lane], inner: Sequence[float], chained: bool, estimates: bool, title: str
) -> Drawing:
    axis = Axis(NAMES, WIDE - (FIGURES if estimates else MARGIN))
    indent = CHAIN if chained else 0.0
    words = [Words("quiet", WIDE, 12, "Likely", 12, "end")] if estimates else []
    middles, y = [], 20.0
    for lane in lanes:
        named = _name_lines(lane, NAMES - indent - 14)
        room = max(16.0 * len(named), 28.0)
        middle = y + room / 2
        first = middle - 8 * len(named) + 12
        words += [
            Words(role, indent, first + 16 * i, text, 13, "start") for i, (role, text) in enumerate(named)
        ]
        if estimates:
            words.append(Words("value", WIDE, middle + 4.5, _figures(lane), 13, "end"))
        middles.append(middle)
        y += room + 14
    shapes = _grid(axis, 14, y - 4, inner)
    for middle, lane in zip(middles, lanes, strict=True):
        shapes += [
            Shape("axis", f"M{n(axis.left)} {n(middle)}H{n(axis.right)}"),
            *markers(axis, middle, lane),
        ]
    if chained:
        shapes += _chain(middles)
    words += ticks(axis, inner, y + 10, WIDE)
    return Drawing(WIDE, y + 16, title, tuple(shapes), tuple(words))


def _rows_narrow(
    lanes: Sequence[Lane], inner: Sequence[float], chained: bool, estimates: bool, title: str
) -> Drawing:
    indent = CHAIN if chained else 0.0
    axis = Axis(indent + MARGIN, NARROW - MARGIN)
    words: list[Words] = []
    middles, y = [], 0.0
    for lane in lanes:
        named = _name_lines(lane, NARROW - indent)
        named += [("value", f"Likely {_figures(lane)}")] if estimates else []
        words += [
            Words(role, indent, y + 13 + 16 * i, text, 13, "start") for i, (role, text) in enumerate(named)
        ]
        middles.append(y + 16 * len(named) + 17)
        y = middles[-1] + 24
    shapes: list[Shape] = []
    for middle, lane in zip(middles, lanes, strict=True):
        shapes += _grid(axis, middle - 9, middle + 9, inner)
        shapes += [
            Shape("axis", f"M{n(axis.left)} {n(middle)}H{n(axis.right)}"),
            *markers(axis, middle, lane),
        ]
    if chained:
        shapes += _chain(middles)
    words += ticks(axis, inner, y + 6, NARROW)
    return Drawing(NARROW, y + 12, title, tuple(shapes), tuple(words))


CHAIN = 24.0  # room for the chain, left of the names


def _chain(middles: Sequence[float]) -> list[Shape]:
    """Return an arrow from each lane to the next: the lineage runs from the first to the last."""
    x = 7.0
    shapes = [Shape("chosen", circle(x, middle, 3.5)) for middle in middles]
    for start, end in pairwise(middles):
        shapes.append(Shape("axis", f"M{n(x)} {n(start + 7)}V{n(end - 8)}"))
        shapes.append(Shape("axis", f"M{n(x - 4)} {n(end - 12.5)}l4 4.5l4 -4.5"))
    return shapes


def _grid(axis: Axis, top: float, bottom: float, inner: Iterable[float]) -> list[Shape]:
    return [Shape("grid", f"M{n(axis.at(value))} {n(top)}V{n(bottom)}") for value in (0.0, *inner, 100.0)]


def _name_lines(lane: Lane, room: float) -> list[tuple[str, str]]:
    """Return the name and the note of a lane, broken into lines, each with its role."""
    names = [("value", line) for line in wrapped(lane.name, room, 13)]
    return names + [("quiet", line) for line in wrapped(lane.note, room, 13) if line]


def _figures(lane: Lane) -> str:
    if lane.likely is None:
        return "withheld"
    return f"{points(lane.likely.mean)} ({points(lane.likely.low)} to {points(lane.likely.high)})"


def _lane_title(lane: Lane, estimates: bool) -> str:
    if lane.shown is None or lane.claimed is None:
        return f"{lane.name}: no reading can be printed."
    likely = f"likely {_figures(lane)}, " if estimates else ""
    return f"{lane.name}: shown {points(lane.shown)}, {likely}claimed {points(lane.claimed)}."
