"""What is drawn: the geometry of every figure, the same for the screen and for paper.

A figure is data: shapes and words with a role, placed in units of one CSS pixel, and a title that says
the finding to who cannot see it. `templates/macros/figures.html` writes it as inline SVG. Colour helps,
shape carries the meaning: filled is sound, hollow and crossed is failing, a dotted outline could not be
verified. Nothing here reads a clock, a file or a setting.

    strip(7, 2, 1)                      one mark per opened item              -> Drawing
    date_line(90, quarters=1)           a line with T, 2T and 4T ticked       -> Drawing
    steps(2, of=5)                      the chosen step of three or five      -> Drawing
    spread_bar(9, 11, target=0.65)      one bar, with its target              -> Drawing
    tally(45, 22, 12)                   the three-part bar of all checks      -> Figure
    readings_scale(...)                 Shown, Likely and Claimed, 0 to 100   -> Figure
    interval_rows([...], ...)           one lane for each layer or dimension  -> Figure

A `Drawing` is small and has one size. A `Figure` has two drawings, a wide and a narrow one; the screen
shows the one that fits, paper the wide one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

# The paint of each role as presentation attributes: WeasyPrint gives inline SVG no style sheet, and the
# site's policy refuses style="". The values are the light ones of static/css/tokens.css (a test compares
# them); on screen static/css/figures.css repaints the roles, in the dark too.
INK = "oklch(0.25 0.03 255)"
SOFT = "oklch(0.46 0.02 255)"
RULE = "oklch(0.88 0.01 255)"
CARD = "oklch(1 0 0)"
SOUND = "oklch(0.45 0.1 165)"
FAILING = "oklch(0.5 0.16 30)"
CLAIMED = "oklch(0.52 0.12 65)"
LIKELY = "oklch(0.8 0.05 250)"
LIKELY_INK = "oklch(0.42 0.12 255)"

FONT = "Inter, sans-serif"

PAINT: dict[str, dict[str, str]] = {
    "sound": {"fill": SOUND},
    "failing": {"fill": "none", "stroke": FAILING, "stroke-width": "1.8"},
    "unverified": {"fill": "none", "stroke": SOFT, "stroke-width": "1.6", "stroke-dasharray": "2.2 2.2"},
    "waiting": {"fill": SOFT},
    "axis": {"fill": "none", "stroke": SOFT, "stroke-width": "1.5"},
    "grid": {"fill": "none", "stroke": RULE, "stroke-width": "1"},
    "leader": {"fill": "none", "stroke": SOFT, "stroke-width": "1"},
    "gap": {"fill": "none", "stroke": CLAIMED, "stroke-width": "1.5", "stroke-dasharray": "2 3"},
    "interval": {"fill": LIKELY, "stroke": LIKELY_INK, "stroke-width": "1"},
    "likely": {"fill": "none", "stroke": LIKELY_INK, "stroke-width": "3"},
    "shown": {"fill": SOUND, "stroke": CARD, "stroke-width": "1"},
    "claimed": {"fill": CARD, "stroke": CLAIMED, "stroke-width": "2.5"},
    "chosen": {"fill": INK},
    "step": {"fill": "none", "stroke": SOFT, "stroke-width": "1.2"},
    "value": {"fill": INK, "font-family": FONT, "font-weight": "600"},
    "quiet": {"fill": SOFT, "font-family": FONT, "font-weight": "400"},
    "trust": {"fill": CLAIMED, "font-family": FONT, "font-weight": "600"},
}

Anchor = Literal["start", "middle", "end"]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """One drawn thing: SVG path data, and the role that gives it its paint."""

    role: str
    path: str
    at: float = 0.0  # for a mark or a marker: where its centre lies, in pixels from the left

    @property
    def paint(self) -> dict[str, str]:
        """Its presentation attributes."""
        return PAINT[self.role]


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; x and y are its anchor on the baseline."""

    role: str
    x: float
    y: float
    text: str
    size: float = 13.0
    anchor: Anchor = "middle"

    @property
    def paint(self) -> dict[str, str]:
        """Its presentation attributes."""
        return PAINT[self.role] | {"font-size": _n(self.size), "text-anchor": self.anchor}

    @property
    def box(self) -> Box:
        """The room it needs, as (left, top, right, bottom)."""
        width = width_of(self.text, self.size)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.y - 0.8 * self.size, left + width, self.y + 0.25 * self.size


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes and words on a field of width by height pixels; the title is its text alternative."""

    width: float
    height: float
    title: str
    shapes: tuple[Shape, ...]
    words: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """The same finding drawn twice: for a wide column and paper, and for a small screen."""

    wide: Drawing
    narrow: Drawing

    @property
    def title(self) -> str:
        """What the figure says."""
        return self.wide.title


@dataclass(frozen=True, slots=True)
class Span:
    """An estimate and its interval, each 0 to 100."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a band begins, 0 to 100, and its word."""

    above: float
    word: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of `interval_rows`: a layer or a dimension with its readings; None is withheld."""

    name: str
    note: str
    shown: float | None
    likely: Span | None
    claimed: float | None


def points(value: float) -> int:
    """Return a reading as it is printed: whole points, halves upwards."""
    return int(value + 0.5)


# --- items --------------------------------------------------------------------------------------

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
        return Drawing(PITCH, PITCH, title, (Shape("axis", f"M4 {_n(PITCH / 2)}h12"),))
    marks = tuple(
        _mark(kind, PITCH * (i % across) + PITCH / 2, PITCH * (i // across) + PITCH / 2)
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


def _mark(kind: str, x: float, y: float) -> Shape:
    """Return one mark with its centre at x, y. The stroke of an outline stays inside the radius."""
    if kind == "sound":
        return Shape(kind, _circle(x, y, MARK), x)
    if kind == "failing":
        arm = MARK * 0.4
        d = _n(2 * arm)
        cross = f"M{_n(x - arm)} {_n(y - arm)}l{d} {d}m0 -{d}l-{d} {d}"
        return Shape(kind, _circle(x, y, MARK - 0.9) + cross, x)
    if kind == "unverified":
        return Shape(kind, _circle(x, y, MARK - 0.8), x)
    return Shape(kind, _circle(x, y, 2.2), x)


# --- dates, steps, one bar ----------------------------------------------------------------------

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
    shapes = [Shape("axis", f"M{_n(left)} {_n(y)}H{_n(right)}")]
    shapes += [Shape("axis", f"M{_n(left + t * each)} {_n(y - 6)}v12") for t in (1, 2, 4)]
    if unverified:
        shapes.append(Shape("unverified", _rectangle(left, y - 5, right - left, 10)))
    elif quarters in QUARTER_SPANS:
        start, end = QUARTER_SPANS[quarters]
        shapes.append(Shape("chosen", _rectangle(left + start * each, y - 4, (end - start) * each, 8)))
    else:
        shapes.append(_mark("failing", left + 4.3 * each, y))
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
        shapes.append(Shape(role, _rectangle(2 + i * (width + gap), 34 - tall, width, tall)))
    place = "could not be verified" if chosen is None else f"step {chosen + 1} of {of}, where {of} is best"
    return Drawing(of * (width + gap), 36, place[0].upper() + place[1:], tuple(shapes))


def spread_bar(sound: int, failing: int, unverified: int = 0, *, target: float | None = None) -> Drawing:
    """Return one bar: how much of the work lay outside the busiest pair of hands; `target` is a rate."""
    width, x, y, tall = 240.0, 4.0, 10.0, 14.0
    total = sound + failing + unverified
    title = counts(sound, failing, unverified)
    if not total:
        return Drawing(PITCH, PITCH, title, (Shape("axis", f"M4 {_n(PITCH / 2)}h12"),))
    shapes = _segments((sound, failing, unverified), x, y, width - 2 * x, tall)
    words: list[Words] = []
    if target is not None:
        at = x + (width - 2 * x) * target
        shapes.append(Shape("axis", f"M{_n(at)} {_n(y - 6)}v{_n(tall + 12)}"))
        label = f"target {points(target * 100)} %"
        title += f"; the {label}"
        words = _line("quiet", [(at, label)], y + tall + 20, width, 13)
    return Drawing(width, 50 if words else 34, title, tuple(shapes), tuple(words))


# --- all the checks -----------------------------------------------------------------------------


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
    shapes = _segments(parts, margin, 2, width - 2 * margin, 24)
    # Each label wants to stand under the middle of its part, with its mark before it.
    total, done, wanted = sum(parts), 0, []
    for part in parts:
        wanted.append(margin + (width - 2 * margin) * (done + part / 2) / total)
        done += part
    rooms = [width_of(text, 13) + PITCH for _, text in labels]
    words = []
    for (kind, text), centre, room in zip(labels, apart(wanted, rooms, 0, width), rooms, strict=True):
        start = centre - room / 2
        shapes.append(_mark(kind, start + MARK, 46))
        words.append(Words("value", start + PITCH, 50.5, text, 13, "start"))
    return Drawing(width, 60, title, tuple(shapes), tuple(words))


def _tally_narrow(parts: Sequence[int], labels: Sequence[tuple[str, str]], title: str) -> Drawing:
    width, margin = NARROW, 2.0
    shapes = _segments(parts, margin, 2, width - 2 * margin, 24)
    words = []
    for row, (kind, text) in enumerate(labels):
        y = 46.0 + 22 * row
        shapes.append(_mark(kind, margin + MARK, y))
        words.append(Words("value", margin + PITCH, y + 4.5, text, 13, "start"))
    return Drawing(width, 104, title, tuple(shapes), tuple(words))


def _segments(parts: Sequence[int], x: float, y: float, width: float, tall: float) -> list[Shape]:
    """Return the parts side by side, to scale; a part of nothing is left out."""
    total, shapes = sum(parts), []
    for role, part in zip(("sound", "failing", "unverified"), parts, strict=True):
        if part:
            wide = width * part / total
            inset = 0 if role == "sound" else 1.0
            path = _rectangle(x + inset, y + inset, max(wide - 2 * inset, 0.5), tall - 2 * inset)
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
        path += f"M{_n(x + top)} {_n(y + offset - top)}L{_n(x + bottom)} {_n(y + offset - bottom)}"
        offset += step
    return path


# --- the three readings -------------------------------------------------------------------------

WIDE, NARROW = 800.0, 300.0
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
    labels = _line("value", named, y, width, size)
    shapes += [
        Shape("leader", f"M{_n(label.x)} {_n(y + 5)}L{_n(at)} {_n(y + 17)}")
        for label, (at, _) in zip(labels, named, strict=True)
    ]
    if not named:
        labels = _line("quiet", [(width / 2, "no reading can be printed yet")], y, width, size)
    y += 32
    ruler, below = _ruler(axis, width, y, cuts)
    words = [*words, *labels, *below]
    height = max(word.box[3] for word in words) + 3
    return Drawing(width, height, title, (*ruler, *shapes, *_markers(axis, y, lane)), tuple(words))


def _gap(
    axis: Axis, width: float, size: float, shown: float, claimed: float
) -> tuple[list[Shape], list[Words]]:
    """Return the bracket from Shown to Claimed, and what it is called."""
    trusted = points(claimed) - points(shown)
    start, end = axis.at(shown), axis.at(claimed)
    text = f"{trusted} {'point' if trusted == 1 else 'points'} taken on trust"
    bracket = Shape("gap", f"M{_n(start)} 26v-6H{_n(end)}v6")
    return [bracket], _line("trust", [((start + end) / 2, text)], 12, width, size)


def _ruler(axis: Axis, width: float, y: float, cuts: Sequence[Cut]) -> tuple[list[Shape], list[Words]]:
    """Return (axis with its ticks, the numbers and the words of the bands below) at y."""
    inner = [cut.above for cut in cuts if 0 < cut.above < 100]
    shapes = [Shape("axis", f"M{_n(axis.left)} {_n(y)}H{_n(axis.right)}")]
    shapes += [Shape("axis", f"M{_n(axis.at(v))} {_n(y - 9)}v18") for v in inner]
    shapes += [Shape("axis", f"M{_n(axis.at(v))} {_n(y - 5)}v10") for v in (0.0, 100.0)]
    words = _ticks(axis, inner, y + 26, width)
    starts = [axis.at(cut.above) for cut in cuts]
    ends = [*starts[1:], axis.right][: len(starts)]
    columns = [
        _wrapped(cut.word, end - start, 12) for start, end, cut in zip(starts, ends, cuts, strict=True)
    ]
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
    lines = [line for text in told for line in _wrapped(text, width, 12)]
    return [Words("quiet", 0, y + 15 * i, line, 12, "start") for i, line in enumerate(lines)]


def _ticks(axis: Axis, inner: Sequence[float], y: float, width: float) -> list[Words]:
    """Return the numbers of a scale at a baseline; its ends alone where the rest does not fit."""
    named = [(axis.at(value), f"{value:g}") for value in (0.0, *inner, 100.0)]
    if not fit([width_of(text, 12) for _, text in named], width):
        named = [named[0], named[-1]]
    return _line("quiet", named, y, width, 12)


def _markers(axis: Axis, y: float, lane: Lane) -> list[Shape]:
    """Return the markers on an axis at y, the solid one last: at equal values it stands inside the ring."""
    shapes = []
    if lane.likely is not None:
        low, high = axis.at(lane.likely.low), axis.at(lane.likely.high)
        shapes.append(Shape("interval", _rectangle(low, y - 6, max(high - low, 1.0), 12), (low + high) / 2))
        at = axis.at(lane.likely.mean)
        shapes.append(Shape("likely", f"M{_n(at)} {_n(y - 11)}v22", at))
    if lane.claimed is not None:
        shapes.append(Shape("claimed", _circle(axis.at(lane.claimed), y, 7.5), axis.at(lane.claimed)))
    if lane.shown is not None:
        shapes.append(_diamond("shown", axis.at(lane.shown), y, 7.0))
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


# --- layers and dimensions ----------------------------------------------------------------------

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
            Shape("axis", f"M{_n(axis.left)} {_n(middle)}H{_n(axis.right)}"),
            *_markers(axis, middle, lane),
        ]
    if chained:
        shapes += _chain(middles)
    words += _ticks(axis, inner, y + 10, WIDE)
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
            Shape("axis", f"M{_n(axis.left)} {_n(middle)}H{_n(axis.right)}"),
            *_markers(axis, middle, lane),
        ]
    if chained:
        shapes += _chain(middles)
    words += _ticks(axis, inner, y + 6, NARROW)
    return Drawing(NARROW, y + 12, title, tuple(shapes), tuple(words))


CHAIN = 24.0  # room for the chain, left of the names


def _chain(middles: Sequence[float]) -> list[Shape]:
    """Return an arrow from each lane to the next: the lineage runs from the first to the last."""
    x = 7.0
    shapes = [Shape("chosen", _circle(x, middle, 3.5)) for middle in middles]
    for start, end in pairwise(middles):
        shapes.append(Shape("axis", f"M{_n(x)} {_n(start + 7)}V{_n(end - 8)}"))
        shapes.append(Shape("axis", f"M{_n(x - 4)} {_n(end - 12.5)}l4 4.5l4 -4.5"))
    return shapes


def _grid(axis: Axis, top: float, bottom: float, inner: Iterable[float]) -> list[Shape]:
    return [Shape("grid", f"M{_n(axis.at(value))} {_n(top)}V{_n(bottom)}") for value in (0.0, *inner, 100.0)]


def _name_lines(lane: Lane, room: float) -> list[tuple[str, str]]:
    """Return the name and the note of a lane, broken into lines, each with its role."""
    names = [("value", line) for line in _wrapped(lane.name, room, 13)]
    return names + [("quiet", line) for line in _wrapped(lane.note, room, 13) if line]


def _figures(lane: Lane) -> str:
    if lane.likely is None:
        return "withheld"
    return f"{points(lane.likely.mean)} ({points(lane.likely.low)} to {points(lane.likely.high)})"


def _lane_title(lane: Lane, estimates: bool) -> str:
    if lane.shown is None or lane.claimed is None:
        return f"{lane.name}: no reading can be printed."
    likely = f"likely {_figures(lane)}, " if estimates else ""
    return f"{lane.name}: shown {points(lane.shown)}, {likely}claimed {points(lane.claimed)}."


# --- words and their places ---------------------------------------------------------------------

# Advance widths of Inter semibold in em, rounded up; the regular weight is narrower, but for
# its space. The slack is for the moment before the font arrives, when a somewhat wider one stands in.
_EM = {
    0.25: "'\u2019",
    0.30: " ,.:;Iijl\u00b7",
    0.40: '!"()/[\\]frt{|}',
    0.50: "-1^_`\u2013",
    0.55: "*?s",
    0.60: "7FJLacekvxyz",
    0.65: "#$25689EPSbdghnopqu",
    0.70: "&+034<=>BKRTXZ~",
    0.75: "ACDHNUVY",
    0.80: "GOQ",
    0.85: "%w\u2026",
    0.95: "mM",
}
_WIDTHS = {letter: width for width, letters in _EM.items() for letter in letters}
WIDEST_EM = 1.1
SLACK = 1.05


def width_of(text: str, size: float) -> float:
    """Return the room a line of text needs at a font size, in pixels; never less than it takes."""
    return SLACK * size * sum(_WIDTHS.get(letter, WIDEST_EM) for letter in text)


GAP = 8.0  # between two labels on one line, pixels


def fit(rooms: Sequence[float], width: float) -> bool:
    """Do boxes of these widths fit on one line, with a gap between each two?"""
    return sum(rooms) + GAP * (len(rooms) - 1) <= width


def apart(
    wanted: Sequence[float], rooms: Sequence[float], low: float, high: float, gap: float = GAP
) -> list[float]:
    """Return centres near the wanted ones, in order, for boxes that neither touch nor leave low..high.

    The sum of squared displacements is the least possible between the boxes. Raises ValueError when they
    do not fit at all.
    """
    if not wanted:
        return []
    least_steps = [0.0]
    for before, after in pairwise(rooms):
        least_steps.append(least_steps[-1] + (before + after) / 2 + gap)
    least, most = low + rooms[0] / 2, high - rooms[-1] / 2 - least_steps[-1]
    if most < least - 1e-9:
        raise ValueError(f"{len(rooms)} labels need more than {high - low:g} pixels")
    # With the least distances taken out, "in order and apart" is "not falling": pool adjacent violators.
    pools: list[tuple[float, int]] = []
    for want, step in zip(wanted, least_steps, strict=True):
        mean, count = want - step, 1
        while pools and pools[-1][0] > mean:
            earlier, members = pools.pop()
            mean = (earlier * members + mean * count) / (members + count)
            count += members
        pools.append((mean, count))
    level = [min(max(mean, least), most) for mean, count in pools for _ in range(count)]
    return [place + step for place, step in zip(level, least_steps, strict=True)]


def _line(role: str, placed: Sequence[tuple[float, str]], y: float, width: float, size: float) -> list[Words]:
    """Return texts on one baseline, each as near to its wanted centre as the others allow."""
    rooms = [width_of(text, size) for _, text in placed]
    centres = apart([at for at, _ in placed], rooms, 0, width)
    return [Words(role, centre, y, text, size) for centre, (_, text) in zip(centres, placed, strict=True)]


def _wrapped(text: str, room: float, size: float) -> list[str]:
    """Return the text in lines that fit the room; a word is broken only where it is longer than a line."""
    lines = [""]
    for word in (part for whole in text.split() for part in _broken(whole, room, size)):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _broken(word: str, room: float, size: float) -> Iterator[str]:
    """Yield a word, in pieces with a hyphen where it is wider than the room."""
    while width_of(word, size) > room and len(word) > 2:
        end = next((n for n in range(len(word) - 1, 1, -1) if width_of(f"{word[:n]}-", size) <= room), 2)
        yield f"{word[:end]}-"
        word = word[end:]
    yield word


# --- path data ----------------------------------------------------------------------------------


def _n(value: float) -> str:
    """Return a coordinate with at most two decimals, so that equal figures are equal bytes."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _circle(x: float, y: float, radius: float) -> str:
    r, d = _n(radius), _n(2 * radius)
    return f"M{_n(x - radius)} {_n(y)}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z"


def _rectangle(x: float, y: float, width: float, tall: float) -> str:
    return f"M{_n(x)} {_n(y)}h{_n(width)}v{_n(tall)}h-{_n(width)}z"


def _diamond(role: str, x: float, y: float, half: float) -> Shape:
    h = _n(half)
    return Shape(role, f"M{_n(x)} {_n(y - half)}l{h} {h}l-{h} {h}l-{h} -{h}z", x)


# --- legends ------------------------------------------------------------------------------------


def _marker_alone(lane: Lane) -> Drawing:
    shapes = _markers(Axis(2, 34), 12, lane)
    return Drawing(36, 24, "", tuple(shapes))


# What the marks and the markers mean: a drawing without a title, because the words stand beside it.
MARKS_LEGEND: tuple[tuple[Drawing, str], ...] = (
    (Drawing(PITCH, PITCH, "", strip(1, 0, 0).shapes), "sound"),
    (Drawing(PITCH, PITCH, "", strip(0, 1, 0).shapes), "failing"),
    (Drawing(PITCH, PITCH, "", strip(0, 0, 1).shapes), "could not be verified"),
)
READINGS_LEGEND: tuple[tuple[Drawing, str], ...] = (
    (_marker_alone(Lane("", "", 50, None, None)), "Shown: what the evidence alone supports"),
    (_marker_alone(Lane("", "", None, Span(50, 0, 100), None)), "Likely: the estimate with its interval"),
    (_marker_alone(Lane("", "", None, None, 50)), "Claimed: every statement taken at its word"),
)
