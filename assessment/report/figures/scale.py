"""The three readings on one scale from 0 to 100, with the cuts of the bands ticked."""

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
    diamond,
    line,
    points,
)
from assessment.report.figures.letters import apart, fit, width_of, wrapped
from assessment.report.figures.paths import circle, n, rectangle

MARGIN = 10.0  # a marker at 0 or 100 needs its half width


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from 0 to 100 between two places, in pixels."""

    left: float
    right: float

    def at(self, value: float) -> float:
        """Return where a value lies; what is beyond the scale is held at its end."""
        return self.left + (self.right - self.left) * min(max(value, 0.0), 100.0) / 100


def readings_scale(
    *,
    shown: float | None,
    likely: Span | None,
    claimed: float | None,
    cuts: Sequence[Cut],
    interval: float = 0.9,
    estimates: bool = True,
) -> Figure:
    """Return the three readings on one scale from 0 to 100, with the cuts of the bands ticked.

    Claimed is an open ring, Likely a bar with its interval, Shown a filled diamond; the gap between
    Claimed and Shown is named, as the difference of the two printed figures. A reading that is None is
    withheld and not drawn; where nothing `estimates`, there is no Likely to withhold. Labels give way to
    each other and never overlap.
    """
    title = _scale_title(shown, likely, claimed, interval)
    if not estimates:
        title = title.replace(" likely withheld,", "")
    readings = Lane("", "", shown, likely, claimed)
    return Figure(_scale(WIDE, 14, readings, cuts, title), _scale(NARROW, 13, readings, cuts, title))


def _scale(width: float, size: float, lane: Lane, cuts: Sequence[Cut], title: str) -> Drawing:
    axis = Axis(MARGIN, width - MARGIN)
    shapes: list[Shape] = []
    words: list[Words] = []
    y = 12.0
    if lane.shown is not None and lane.claimed is not None and points(lane.claimed) > points(lane.shown):
        shapes, words = _gap(axis, width, size, lane.shown, lane.claimed)
        y += 32
    named = [
        (axis.at(value), f"{name} {points(value)}")
        for name, value in (
            ("Shown", lane.shown),
            ("Likely", lane.likely.mean if lane.likely else None),
            ("Claimed", lane.claimed),
        )
        if value is not None
    ]
    labels = line("value", named, y, width, size)
    shapes += [
        Shape("leader", f"M{n(label.x)} {n(y + 5)}L{n(at)} {n(y + 17)}")
        for label, (at, _) in zip(labels, named, strict=True)
    ]
    if not named:
        labels = line("quiet", [(width / 2, "no reading can be printed yet")], y, width, size)
    y += 32
    ruler, below = _ruler(axis, width, y, cuts)
    words = [*words, *labels, *below]
    height = max(word.box[3] for word in words) + 3
    return Drawing(width, height, title, (*ruler, *shapes, *markers(axis, y, lane)), tuple(words))


def _gap(
    axis: Axis, width: float, size: float, shown: float, claimed: float
) -> tuple[list[Shape], list[Words]]:
    """Return the bracket from Shown to Claimed, and what it is called."""
    trusted = points(claimed) - points(shown)
    start, end = axis.at(shown), axis.at(claimed)
    text = f"{trusted} {'point' if trusted == 1 else 'points'} taken on trust"
    bracket = Shape("gap", f"M{n(start)} 26v-6H{n(end)}v6")
    return [bracket], line("trust", [((start + end) / 2, text)], 12, width, size)


def _ruler(axis: Axis, width: float, y: float, cuts: Sequence[Cut]) -> tuple[list[Shape], list[Words]]:
    """Return (axis with its ticks, the numbers and the words of the bands below) at y."""
    inner = [cut.above for cut in cuts if 0 < cut.above < 100]
    shapes = [Shape("axis", f"M{n(axis.left)} {n(y)}H{n(axis.right)}")]
    shapes += [Shape("axis", f"M{n(axis.at(v))} {n(y - 9)}v18") for v in inner]
    shapes += [Shape("axis", f"M{n(axis.at(v))} {n(y - 5)}v10") for v in (0.0, 100.0)]
    words = ticks(axis, inner, y + 26, width)
    starts = [axis.at(cut.above) for cut in cuts]
    ends = [*starts[1:], axis.right][: len(starts)]
    columns = [wrapped(cut.word, end - start, 12) for start, end, cut in zip(starts, ends, cuts, strict=True)]
    wanted = [(start + end) / 2 for start, end in zip(starts, ends, strict=True)]
    rooms = [max(width_of(line, 12) for line in lines) for lines in columns]
    if not fit(rooms, width) or len(words) < len(inner) + 2:
        return shapes, [*words, *_listed(cuts, y + 44, width)]
    for centre, lines in zip(apart(wanted, rooms, 0, width), columns, strict=True):
        words += [Words("quiet", centre, y + 44 + 15 * i, line, 12) for i, line in enumerate(lines)]
    return shapes, words


def _listed(cuts: Sequence[Cut], y: float, width: float) -> list[Words]:
    """Return the bands as a list, for words that do not fit side by side below their parts of the scale."""
    ends = [*(cut.above for cut in cuts[1:]), 100.0]
    told = [f"{cut.above:g} to {end:g}: {cut.word}" for cut, end in zip(cuts, ends, strict=True)]
    lines = [line for text in told for line in wrapped(text, width, 12)]
    return [Words("quiet", 0, y + 15 * i, line, 12, "start") for i, line in enumerate(lines)]


def ticks(axis: Axis, inner: Sequence[float], y: float, width: float) -> list[Words]:
    """Return the numbers of a scale at a baseline; its ends alone where the rest does not fit."""
    named = [(axis.at(value), f"{value:g}") for value in (0.0, *inner, 100.0)]
    if not fit([width_of(text, 12) for _, text in named], width):
        named = [named[0], named[-1]]
    return line("quiet", named, y, width, 12)


def markers(axis: Axis, y: float, lane: Lane) -> list[Shape]:
    """Return the markers on an axis at y, the solid one last: at equal values it stands inside the ring."""
    shapes = []
    if lane.likely is not None:
        low, high = axis.at(lane.likely.low), axis.at(lane.likely.high)
        shapes.append(Shape("interval", rectangle(low, y - 6, max(high - low, 1.0), 12), (low + high) / 2))
        at = axis.at(lane.likely.mean)
        shapes.append(Shape("likely", f"M{n(at)} {n(y - 11)}v22", at))
    if lane.claimed is not None:
        shapes.append(Shape("claimed", circle(axis.at(lane.claimed), y, 7.5), axis.at(lane.claimed)))
    if lane.shown is not None:
        shapes.append(diamond("shown", axis.at(lane.shown), y, 7.0))
    return shapes


def _scale_title(shown: float | None, likely: Span | None, claimed: float | None, interval: float) -> str:
    if shown is None or claimed is None:
        return "No reading can be printed yet on the scale from 0 to 100."
    middle = (
        f"likely {points(likely.mean)} with a {points(interval * 100)} % interval "
        f"from {points(likely.low)} to {points(likely.high)}"
        if likely
        else "likely withheld"
    )
    trusted = points(claimed) - points(shown)
    return (
        f"Shown {points(shown)}, {middle}, claimed {points(claimed)}, on a scale from 0 to 100 where higher "
        f"is better. {trusted or 'No'} {'point is' if trusted == 1 else 'points are'} taken on trust."
    )


def _marker_alone(lane: Lane) -> Drawing:
    shapes = markers(Axis(2, 34), 12, lane)
    return Drawing(36, 24, "", tuple(shapes))


# What the markers mean: drawings without a title, because the words stand beside them.
READINGS_LEGEND: tuple[tuple[Drawing, str], ...] = (
    (_marker_alone(Lane("", "", 50, None, None)), "Shown: what the evidence alone supports"),
    (_marker_alone(Lane("", "", None, Span(50, 0, 100), None)), "Likely: the estimate with its interval"),
    (_marker_alone(Lane("", "", None, None, 50)), "Claimed: every statement taken at its word"),
)
