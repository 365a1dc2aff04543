"""What counts and durations are not: a date on its line, the chosen step of a few."""

from __future__ import annotations

from assessment.report.figures.drawing import Drawing, Shape, Words
from assessment.report.figures.items import mark
from assessment.report.figures.paths import n, rectangle

DATE_WIDTH = 240.0
DATE_END = 4.6  # the line goes on a little after 4T, so that "later" has a place
QUARTER_SPANS = {4: (0.0, 1.0), 3: (1.0, 1.5), 2: (1.5, 2.0), 1: (2.0, 4.0)}


def date_line(interval_days: int, *, quarters: int, unverified: bool = False) -> Drawing:
    """Return how long ago something last happened, on a line with T, 2T and 4T ticked.

    `quarters` is what the date counts for, 0 to 4: the span that they mean is filled. Longer ago than 4T,
    or never, is a crossed mark beyond the last tick; no record is a dotted outline over the whole line.
    """
    left, right, y = 8.0, DATE_WIDTH - 8, 14.0
    each = (right - left) / DATE_END  # pixels of one T
    shapes = [Shape("axis", f"M{n(left)} {n(y)}H{n(right)}")]
    shapes += [Shape("axis", f"M{n(left + t * each)} {n(y - 6)}v12") for t in (1, 2, 4)]
    if unverified:
        shapes.append(Shape("unverified", rectangle(left, y - 5, right - left, 10)))
    elif quarters in QUARTER_SPANS:
        start, end = QUARTER_SPANS[quarters]
        shapes.append(Shape("chosen", rectangle(left + start * each, y - 4, (end - start) * each, 8)))
    else:
        shapes.append(mark("failing", left + 4.3 * each, y))
    labels = tuple(Words("quiet", left + t * each, y + 21, str(t * interval_days)) for t in (1, 2, 4))
    unit = Words("quiet", 0, y + 21, "days", anchor="start")
    title = _date_title(interval_days, quarters, unverified)
    return Drawing(DATE_WIDTH, 42, title, tuple(shapes), (unit, *labels))


def _date_title(interval: int, quarters: int, unverified: bool) -> str:
    if unverified:
        said = "No record shows when this last happened"
    elif quarters in QUARTER_SPANS:
        start, end = (int(t * interval) for t in QUARTER_SPANS[quarters])
        said = f"Last happened {start + 1} to {end} days ago" if start else f"Last happened within {end} days"
    else:
        said = f"Last happened more than {4 * interval} days ago, or never"
    return f"{said}; the target is {interval} days."


def steps(chosen: int | None, *, of: int) -> Drawing:
    """Return the chosen step of a stair that rises from worst to best; `chosen` counts from 0.

    None is "could not verify": every step is dotted.
    """
    width, gap, rise = 26.0, 4.0, 20.0 / of
    shapes = []
    for i in range(of):
        tall = 10 + rise * i
        role = "unverified" if chosen is None else "chosen" if i == chosen else "step"
        shapes.append(Shape(role, rectangle(2 + i * (width + gap), 34 - tall, width, tall)))
    place = "could not be verified" if chosen is None else f"step {chosen + 1} of {of}, where {of} is best"
    return Drawing(of * (width + gap), 36, place[0].upper() + place[1:], tuple(shapes))
