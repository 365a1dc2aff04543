"""What a figure is made of: shapes and words with a role, and the paint of each role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from assessment.report.figures.letters import apart, width_of
from assessment.report.figures.paths import n

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
    "expected": {"fill": CARD, "stroke": INK, "stroke-width": "2"},
    "between": {"fill": "none", "stroke": INK, "stroke-width": "2"},
    "before": {"fill": CARD, "stroke": SOFT, "stroke-width": "1.5"},
    "arrow": {"fill": INK},
    "step": {"fill": "none", "stroke": SOFT, "stroke-width": "1.2"},
    "value": {"fill": INK, "font-family": FONT, "font-weight": "600"},
    "quiet": {"fill": SOFT, "font-family": FONT, "font-weight": "400"},
    "trust": {"fill": CLAIMED, "font-family": FONT, "font-weight": "600"},
}

WIDE, NARROW = 800.0, 300.0  # how wide the two drawings of a figure are

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
        return PAINT[self.role] | {"font-size": n(self.size), "text-anchor": self.anchor}

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

    def joined(self) -> Drawing:
        """Return the same with neighbours of one role as one shape: a page has hundreds of marks."""
        runs = [tuple(run) for _, run in groupby(self.shapes, key=lambda shape: shape.role)]
        return replace(
            self, shapes=tuple(replace(run[0], path="".join(each.path for each in run)) for run in runs)
        )


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


def line(role: str, placed: Sequence[tuple[float, str]], y: float, width: float, size: float) -> list[Words]:
    """Return texts on one baseline, each as near to its wanted centre as the others allow."""
    rooms = [width_of(text, size) for _, text in placed]
    centres = apart([at for at, _ in placed], rooms, 0, width)
    return [Words(role, centre, y, text, size) for centre, (_, text) in zip(centres, placed, strict=True)]


def diamond(role: str, x: float, y: float, half: float) -> Shape:
    h = n(half)
    return Shape(role, f"M{n(x)} {n(y - half)}l{h} {h}l-{h} {h}l-{h} -{h}z", x)
