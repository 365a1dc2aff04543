"""The item strip: one mark for each item, its shape says what became of it."""

from __future__ import annotations

from assessment.report.figures.drawing import Drawing, Shape
from assessment.report.figures.paths import circle, n

MARK = 7.0  # radius of a mark, pixels
PITCH = 20.0  # from one mark to the next
NOTHING = "nothing was looked at"


def strip(sound: int, failing: int, unverified: int, *, waiting: int = 0, across: int = 10) -> Drawing:
    """Return the item strip: one mark per item, `across` of them in a row.

    `waiting` items were drawn and not opened yet; they are small dots. No item at all is a dash,
    because an empty denominator must not look like a zero.
    """
    kinds = ["sound"] * sound + ["failing"] * failing + ["unverified"] * unverified + ["waiting"] * waiting
    title = counts(sound, failing, unverified, waiting)
    if not kinds:
        return Drawing(PITCH, PITCH, title, (Shape("axis", f"M4 {n(PITCH / 2)}h12"),))
    marks = tuple(
        mark(kind, PITCH * (i % across) + PITCH / 2, PITCH * (i // across) + PITCH / 2)
        for i, kind in enumerate(kinds)
    )
    rows = -(-len(kinds) // across)
    return Drawing(PITCH * min(len(kinds), across), PITCH * rows, title, marks)


def counts(sound: int, failing: int, unverified: int, waiting: int = 0) -> str:
    """Return the counts in words: "7 sound, 2 failing, 1 could not be verified"."""
    if not (sound or failing or unverified or waiting):
        return NOTHING
    said = f"{sound} sound, {failing} failing, {unverified} could not be verified"
    return f"{said}, {waiting} not opened yet" if waiting else said


def mark(kind: str, x: float, y: float) -> Shape:
    """Return one mark with its centre at x, y. The stroke of an outline stays inside the radius."""
    if kind == "sound":
        return Shape(kind, circle(x, y, MARK), x)
    if kind == "failing":
        arm = MARK * 0.4
        d = n(2 * arm)
        cross = f"M{n(x - arm)} {n(y - arm)}l{d} {d}m0 -{d}l-{d} {d}"
        return Shape(kind, circle(x, y, MARK - 0.9) + cross, x)
    if kind == "unverified":
        return Shape(kind, circle(x, y, MARK - 0.8), x)
    return Shape(kind, circle(x, y, 2.2), x)


# What the marks mean: drawings without a title, because the words stand beside them.
MARKS_LEGEND: tuple[tuple[Drawing, str], ...] = (
    (Drawing(PITCH, PITCH, "", strip(1, 0, 0).shapes), "sound"),
    (Drawing(PITCH, PITCH, "", strip(0, 1, 0).shapes), "failing"),
    (Drawing(PITCH, PITCH, "", strip(0, 0, 1).shapes), "could not be verified"),
)
