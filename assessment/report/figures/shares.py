"""Shares of a count on a line from 0 to 100 %: what was expected and found, and how exact a share is."""

from __future__ import annotations

from assessment.report.figures.drawing import Drawing, Shape, points
from assessment.report.figures.paths import circle, n, rectangle
from assessment.report.figures.scale import Axis

# As long as the marks of ten items, so that the two can stand below each other.
WIDTH, TALL = 200.0, 20.0
END = 8.0  # a mark at 0 or 100 needs its half width
AXIS = Axis(END, WIDTH - END)
MIDDLE = TALL / 2


def dumbbell(
    expected: tuple[int, int], found: tuple[int, int], *, unverified: int = 0, width: float = WIDTH
) -> Drawing:
    """Return what was expected beside what was found, each as a count and what it is out of.

    The open ring is the expectation, the solid disc the record; what could not be verified is a dotted
    outline that goes on from the record: so far might it have come. Where nothing could be verified there
    is no disc, because that is no zero.
    """
    believed, recorded = 100 * expected[0] / expected[1], 100 * found[0] / found[1]
    axis = Axis(END, width - END)
    shapes = _line(axis)
    seen = unverified < found[1]
    if unverified:
        start, end = axis.at(recorded), axis.at(recorded + 100 * unverified / found[1])
        shapes.append(Shape("unverified", rectangle(start, MIDDLE - 5, end - start, 10)))
    if seen and abs(axis.at(believed) - axis.at(recorded)) > 1:
        shapes.append(Shape("between", f"M{n(axis.at(believed))} {n(MIDDLE)}H{n(axis.at(recorded))}"))
    shapes.append(Shape("expected", circle(axis.at(believed), MIDDLE, 6.5), axis.at(believed)))
    if seen:
        shapes.append(Shape("chosen", circle(axis.at(recorded), MIDDLE, 4), axis.at(recorded)))
    return Drawing(width, TALL, _compared(expected, found, unverified), tuple(shapes))


def _compared(expected: tuple[int, int], found: tuple[int, int], unverified: int) -> str:
    """Return the finding: less, more or as much as was expected."""
    said = f"{expected[0]} of {expected[1]} expected"
    if unverified == found[1]:
        return f"{said}, none of {found[1]} could be verified"
    beyond = found[0] * expected[1] - expected[0] * found[1]
    verdict = "less than expected" if beyond < 0 else "more than expected" if beyond else "as expected"
    rest = f", {unverified} could not be verified" if unverified else ""
    return f"{verdict.capitalize()}: {said}, {found[0]} of {found[1]} found{rest}"


def exact_bar(held: int, of: int, low: float, high: float, *, target: float) -> Drawing:
    """Return the exact interval of a share as a bar, the share as a line in it, and the target below.

    `low`, `high` and `target` are shares of 1.
    """
    start, end, at, goal = (AXIS.at(100 * share) for share in (low, high, held / of, target))
    shapes = [
        *_line(AXIS),
        Shape("interval", rectangle(start, MIDDLE - 4, end - start, 8), (start + end) / 2),
        Shape("between", f"M{n(at)} {n(MIDDLE - 7)}v14", at),
        _target(goal),
    ]
    title = (
        f"{held} of {of} held up; by chance alone it might be from {points(100 * low)} to "
        f"{points(100 * high)} %; the target is {points(100 * target)} %"
    )
    return Drawing(WIDTH, TALL + 2, title, tuple(shapes))


def _line(axis: Axis) -> list[Shape]:
    """Return the line from 0 to 100 % with its ends and its middle ticked."""
    ticks = "".join(f"M{n(axis.at(value))} {n(MIDDLE - 4)}v8" for value in (0, 50, 100))
    return [Shape("leader", f"M{n(axis.left)} {n(MIDDLE)}H{n(axis.right)}{ticks}")]


def _target(at: float) -> Shape:
    """Return an open triangle below the line that points at a place on it."""
    return Shape("step", f"M{n(at)} {n(MIDDLE + 4)}l4.5 7h-9z", at)


def _alone(*shapes: Shape) -> Drawing:
    return Drawing(24, TALL, "", shapes)


# What the marks on the lines mean: drawings without a title, because the words stand beside them.
BELIEF_LEGEND: tuple[tuple[Drawing, str], ...] = (
    (_alone(Shape("expected", circle(12, MIDDLE, 6.5))), "expected"),
    (_alone(Shape("chosen", circle(12, MIDDLE, 4))), "found"),
    (_alone(Shape("unverified", rectangle(2, MIDDLE - 5, 20, 10))), "could not be verified"),
)
EXACT_LEGEND: tuple[tuple[Drawing, str], ...] = (
    (_alone(Shape("interval", rectangle(1, MIDDLE - 4, 22, 8))), "exact interval, 0 to 100\u00a0%"),
    (_alone(Shape("between", f"M12 {n(MIDDLE - 7)}v14")), "share that held up"),
    (_alone(Shape("step", "M12 6l4.5 7h-9z")), "target"),
)
