"""What is drawn: the geometry of every figure, the same for the screen and for paper.

A figure is data: shapes and words with a role, placed in units of one CSS pixel, and a title that says
the finding to who cannot see it. `templates/macros/figures.html` writes it as inline SVG. Colour helps,
shape carries the meaning: filled is sound, hollow and crossed is failing, a dotted outline could not be
verified. Nothing here reads a clock, a file or a setting.

    items    strip(7, 2, 1)                   one mark per opened item              -> Drawing
    dates    date_line(90, quarters=1)        a line with T, 2T and 4T ticked       -> Drawing
             steps(2, of=5)                   the chosen step of three or five      -> Drawing
    bars     spread_bar(9, 11, target=0.65)   one bar, with its target              -> Drawing
             tally(45, 22, 12)                the three-part bar of all checks      -> Figure
    shares   dumbbell((9, 10), (6, 10))       what was expected beside the record   -> Drawing
             exact_bar(6, 10, ...)            a share, its exact interval, a target -> Drawing
    scale    readings_scale(...)              Shown, Likely and Claimed, 0 to 100   -> Figure
    lanes    interval_rows([...], ...)        one lane for each layer or dimension  -> Figure
    change   change_rows([...], ...)          each layer then and now               -> Figure

`drawing` holds what they are made of, `paths` and `letters` how shapes and words are placed.

A `Drawing` is small and has one size. A `Figure` has two drawings, a wide and a narrow one; the screen
shows the one that fits, paper the wide one.
"""

from assessment.report.figures.bars import spread_bar, tally
from assessment.report.figures.change import CHANGE_LEGEND, Moved, change_rows, with_interval
from assessment.report.figures.dates import date_line, steps
from assessment.report.figures.drawing import (
    CARD,
    CLAIMED,
    FAILING,
    INK,
    LIKELY,
    LIKELY_INK,
    NARROW,
    PAINT,
    RULE,
    SOFT,
    SOUND,
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
from assessment.report.figures.items import MARK, MARKS_LEGEND, PITCH, counts, strip
from assessment.report.figures.lanes import interval_rows
from assessment.report.figures.letters import apart, fit, width_of
from assessment.report.figures.scale import MARGIN, READINGS_LEGEND, Axis, readings_scale
from assessment.report.figures.shares import BELIEF_LEGEND, EXACT_LEGEND, dumbbell, exact_bar
from assessment.report.figures.shares import WIDTH as DUMBBELL

__all__ = [
    "BELIEF_LEGEND",
    "CARD",
    "CHANGE_LEGEND",
    "CLAIMED",
    "DUMBBELL",
    "EXACT_LEGEND",
    "FAILING",
    "INK",
    "LIKELY",
    "LIKELY_INK",
    "MARGIN",
    "MARK",
    "MARKS_LEGEND",
    "NARROW",
    "PAINT",
    "PITCH",
    "READINGS_LEGEND",
    "RULE",
    "SOFT",
    "SOUND",
    "WIDE",
    "Axis",
    "Cut",
    "Drawing",
    "Figure",
    "Lane",
    "Moved",
    "Shape",
    "Span",
    "Words",
    "apart",
    "change_rows",
    "counts",
    "date_line",
    "dumbbell",
    "exact_bar",
    "fit",
    "interval_rows",
    "points",
    "readings_scale",
    "spread_bar",
    "steps",
    "strip",
    "tally",
    "width_of",
    "with_interval",
]
