"""Bars in parts: how the work is spread, and the three outcomes of all checks."""

from __future__ import annotations

from collections.abc import Sequence

from assessment.report.figures.drawing import (
    NARROW,
    WIDE,
    Drawing,
    Figure,
    Shape,
    Words,
    line,
    points,
)
from assessment.report.figures.items import MARK, NOTHING, PITCH, counts, mark
from assessment.report.figures.letters import apart, width_of
from assessment.report.figures.paths import n, rectangle


def spread_bar(sound: int, failing: int, unverified: int = 0, *, target: float | None = None) -> Drawing:
    """Return one bar: how much of the work lay outside the busiest pair of hands; `target` is a rate."""
    width, x, y, tall = 240.0, 4.0, 10.0, 14.0
    total = sound + failing + unverified
    title = counts(sound, failing, unverified)
    if not total:
        return Drawing(PITCH, PITCH, title, (Shape("axis", f"M4 {n(PITCH / 2)}h12"),))
    shapes = segments((sound, failing, unverified), x, y, width - 2 * x, tall)
    words: list[Words] = []
    if target is not None:
        at = x + (width - 2 * x) * target
        shapes.append(Shape("axis", f"M{n(at)} {n(y - 6)}v{n(tall + 12)}"))
        label = f"target {points(target * 100)} %"
        title += f"; the {label}"
        words = line("quiet", [(at, label)], y + tall + 20, width, 13)
    return Drawing(width, 50 if words else 34, title, tuple(shapes), tuple(words))


def tally(sound: int, failing: int, unverified: int) -> Figure:
    """Return the three-part bar of all checks: filled, hatched, dotted, each with its count."""
    labels = (
        ("sound", f"{sound} sound"),
        ("failing", f"{failing} failing"),
        ("unverified", f"{unverified} could not be verified"),
    )
    parts, title = (sound, failing, unverified), counts(sound, failing, unverified)
    if not any(parts):
        return Figure(_nothing(WIDE), _nothing(NARROW))
    return Figure(_tally_wide(parts, labels, title), _tally_narrow(parts, labels, title))


def _nothing(width: float) -> Drawing:
    """Return a drawing that says so: an empty bar would read as a zero."""
    return Drawing(width, 24, NOTHING, (), (Words("quiet", 0, 16, NOTHING, 13, "start"),))


def _tally_wide(parts: Sequence[int], labels: Sequence[tuple[str, str]], title: str) -> Drawing:
    width, margin = WIDE, 2.0
    shapes = segments(parts, margin, 2, width - 2 * margin, 24)
    # Each label wants to stand under the middle of its part, with its mark before it.
    total, done, wanted = sum(parts), 0, []
    for part in parts:
        wanted.append(margin + (width - 2 * margin) * (done + part / 2) / total)
        done += part
    rooms = [width_of(text, 13) + PITCH for _, text in labels]
    words = []
    for (kind, text), centre, room in zip(labels, apart(wanted, rooms, 0, width), rooms, strict=True):
        start = centre - room / 2
        shapes.append(mark(kind, start + MARK, 46))
        words.append(Words("value", start + PITCH, 50.5, text, 13, "start"))
    return Drawing(width, 60, title, tuple(shapes), tuple(words))


def _tally_narrow(parts: Sequence[int], labels: Sequence[tuple[str, str]], title: str) -> Drawing:
    width, margin = NARROW, 2.0
    shapes = segments(parts, margin, 2, width - 2 * margin, 24)
    words = []
    for row, (kind, text) in enumerate(labels):
        y = 46.0 + 22 * row
        shapes.append(mark(kind, margin + MARK, y))
        words.append(Words("value", margin + PITCH, y + 4.5, text, 13, "start"))
    return Drawing(width, 104, title, tuple(shapes), tuple(words))


def segments(parts: Sequence[int], x: float, y: float, width: float, tall: float) -> list[Shape]:
    """Return the parts side by side, to scale; a part of nothing is left out."""
    total, shapes = sum(parts), []
    for role, part in zip(("sound", "failing", "unverified"), parts, strict=True):
        if part:
            wide = width * part / total
            inset = 0 if role == "sound" else 1.0
            path = rectangle(x + inset, y + inset, max(wide - 2 * inset, 0.5), tall - 2 * inset)
            if role == "failing":
                path += _hatching(x + inset, y + inset, wide - 2 * inset, tall - 2 * inset)
            shapes.append(Shape(role, path, x + wide / 2))
            x += wide
    return shapes


def _hatching(x: float, y: float, width: float, tall: float, step: float = 9.0) -> str:
    """Return slanting lines inside a rectangle, as path data."""
    path, offset = "", step
    while offset < width + tall:
        # The line x' + y' = offset, cut off where it leaves the rectangle.
        top, bottom = min(offset, width), max(offset - tall, 0.0)
        path += f"M{n(x + top)} {n(y + offset - top)}L{n(x + bottom)} {n(y + offset - bottom)}"
        offset += step
    return path
