"""The picture of a page: what another site or a messenger shows beside a link to it.

It says what the page is, in the type and the colours of the site, above the marks that opened items get and
what they mean. The back room draws it, once, into the instance folder under a name that follows from what is
on it: whoever serves it needs no drawing library, and other words have another address.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from assessment.content.library import Library
from assessment.content.sample import DESCRIPTION, TITLE, URL
from assessment.report.figures import FAILING, INK, MARKS_LEGEND, SOFT, SOUND
from assessment.settings import ROOT

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT, MARGIN = 1200, 630, 80
FOLDER = "pictures"
DRAWING = 1  # counted up when the same words are drawn in another way: the names change with it

PAPER, RULE = "oklch(0.987 0.004 90)", "oklch(0.88 0.01 255)"
FONTS = ROOT / "static" / "fonts" / "paper"
SERIF, BOLD, PLAIN = "SourceSerif4Subhead-Semibold.ttf", "Inter-SemiBold.ttf", "Inter-Regular.ttf"

TOP, BOTTOM = 160, 500  # between these stand title and text
LARGEST, SMALLEST = 84, 4  # of the title, pixels
HIGH = {SERIF: 1.16, PLAIN: 1.4, BOLD: 1.4}  # a line, as many times as high as its letters are large
RULE_AT, MARKS_AT = 528, 572
RADIUS, PITCH, MOST_ITEMS, SMALL = 14, 34, 10, 22
MADE_UP = "(made up)"
FINER = 4  # how many times as large a mark is drawn, before it is made smaller with soft edges
KINDS = (("sound", SOUND), ("failing", FAILING), ("unverified", SOFT))


Divide = Callable[[str, str, int, float], list[str]]  # a text, a font, its size and a width, to lines


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a picture."""

    site: str
    title: str
    text: str
    items: tuple[int, int, int] = (0, 0, 0)  # sound, failing, could not be verified

    @property
    def name(self) -> str:
        """The name of its file."""
        said = json.dumps([DRAWING, *astuple(self)])
        return f"{hashlib.sha256(said.encode()).hexdigest()[:16]}.png"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of words: where it begins on its base line, and how it is set."""

    words: str
    x: float
    base: float
    font: str
    size: int
    colour: str


def cards(library: Library) -> dict[str, Card]:
    """Return what stands on the picture of each page, by its address."""
    return {url: card(url, library) for url in (*library.pages, *([URL] if library.sample else []))}


def card(url: str, library: Library) -> Card:
    """Return what stands on the picture of a page, or of the sample report."""
    if url == URL:
        return Card(library.site.name, TITLE, DESCRIPTION)
    head = library.pages[url].head
    rows = [(row.sound, row.failing, row.unverified) for row in head.opened]
    items = next((row for row in rows if sum(row) <= MOST_ITEMS), (0, 0, 0))
    return Card(library.site.name, head.title, head.lede or head.description, items)


def address(url: str, library: Library) -> str:
    """Return where the picture of a page is."""
    return f"/{FOLDER}/{card(url, library).name}"


# --- keeping --------------------------------------------------------------------------------------


def kept(instance: Path, name: str) -> bytes | None:
    """Return a picture by its name; None while it has not been drawn."""
    try:
        return (instance / FOLDER / name).read_bytes()
    except FileNotFoundError:
        return None


def keep(instance: Path, card: Card) -> None:
    """Draw a picture that is not there yet; it appears whole or not at all."""
    path = instance / FOLDER / card.name
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        draft.write_bytes(draw(card))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def keep_only(instance: Path, wanted: Mapping[str, Card]) -> None:
    """Remove the pictures that no page has any more."""
    names = {card.name for card in wanted.values()}
    for path in (instance / FOLDER).glob("*.png"):
        if path.name not in names:
            path.unlink(missing_ok=True)


# --- drawing --------------------------------------------------------------------------------------


def draw(card: Card) -> bytes:
    """Return the picture of a card as PNG: the same bytes for the same words, fonts and library."""
    # Here: whoever serves pictures has no use for what draws them.
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT), _rgb(PAPER))
    pen = ImageDraw.Draw(image)
    for x, kind in ((MARGIN + 13, "sound"), (MARGIN + 45, "hollow")):
        _mark(image, x, 93, kind, INK)
    pen.line((MARGIN, RULE_AT, WIDTH - MARGIN, RULE_AT), fill=_rgb(RULE), width=2)
    x = MARGIN + RADIUS
    for (kind, colour), count in zip(KINDS, card.items, strict=True):
        for _ in range(count):
            _mark(image, x, MARKS_AT, kind, colour)
            x += PITCH
    for line in lines(card):
        place, font = (line.x, line.base), _font(line.font, line.size)
        pen.text(place, line.words, font=font, fill=_rgb(line.colour), anchor="ls")
    for at, (kind, colour) in zip(_legend_at(card), KINDS, strict=True):
        _mark(image, at, MARKS_AT, kind, colour)
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def lines(card: Card) -> tuple[Line, ...]:
    """Return every line of words with its place: as large as there is room for, and none cut off."""
    head = Line(card.site, MARGIN + 74, 104, BOLD, 30, INK)
    sizes = range(LARGEST, SMALLEST, -4)
    size = next((each for each in sizes if _foot(_body(card, each, _filled)) <= BOTTOM), SMALLEST)
    return (head, *_body(card, size, _balanced), *_beside_marks(card))


def _body(card: Card, size: int, divide: Divide) -> Iterator[Line]:
    """Yield title and text, the title at a size, and the text at the size that goes with it."""
    small = min(34, max(24, round(size * 0.5)), size)
    y = float(TOP)
    for text, font, here, colour in ((card.title, SERIF, size, INK), (card.text, PLAIN, small, SOFT)):
        for words in divide(text, font, here, WIDTH - 2 * MARGIN):
            yield Line(words, MARGIN, y + here, font, here, colour)
            y += here * HIGH[font]
        y += here * 0.3


def _foot(body: Iterable[Line]) -> float:
    """Return where the lowest letters of some lines end."""
    return max((line.base + line.size * 0.3 for line in body), default=0.0)


def _beside_marks(card: Card) -> Iterator[Line]:
    """Yield that the items of an illustration are made up, and what each kind of mark means."""
    base = MARKS_AT + 8
    if any(card.items):
        yield Line(MADE_UP, MARGIN + PITCH * sum(card.items) + 6, base, PLAIN, SMALL, SOFT)
    for at, (_, words) in zip(_legend_at(card), MARKS_LEGEND, strict=True):
        yield Line(words, at + RADIUS + 12, base, PLAIN, SMALL, SOFT)


def _legend_at(card: Card) -> Iterator[float]:
    """Yield where the marks stand that are explained: at the left, or at the right of those of items."""
    font, has_items = _font(PLAIN, SMALL), any(card.items)
    widths = [2 * RADIUS + 12 + font.getlength(words) for _, words in MARKS_LEGEND]
    gap = 28 if has_items else 48
    x = WIDTH - MARGIN - sum(widths) - 2 * gap if has_items else MARGIN
    for width in widths:
        yield x + RADIUS
        x += width + gap


def _balanced(text: str, font: str, size: int, room: float) -> list[str]:
    """Return a text in lines: as few as there can be, and those about equally long."""
    best, least = _filled(text, font, size, room), room / 3
    while room - least > size / 4:
        narrower = _filled(text, font, size, (least + room) / 2)
        if len(narrower) == len(best):
            best, room = narrower, (least + room) / 2
        else:
            least = (least + room) / 2
    return best


def _filled(text: str, font: str, size: int, room: float) -> list[str]:
    """Return a text in lines, each as full as it can be. A word that is wider than a line is divided."""
    width, made = _font(font, size).getlength, [""]
    for word in text.split():
        joined = f"{made[-1]} {word}".strip()
        if width(joined) <= room:
            made[-1] = joined
        elif width(word) <= room:
            made.append(word)
        else:
            made += _divided(word, width, room)
    return [line for line in made if line]


def _divided(word: str, width: Callable[[str], float], room: float) -> list[str]:
    made = [""]
    for letter in word:
        if width(made[-1] + letter) > room:
            made.append("")
        made[-1] += letter
    return made


def _mark(image: Image, x: float, y: float, kind: str, colour: str) -> None:
    """Draw one mark around a point: filled, hollow, hollow and crossed, or a dotted outline."""
    from PIL import Image, ImageDraw

    side = 2 * RADIUS + 4
    mask = Image.new("L", (side * FINER, side * FINER), 0)
    pen, centre, r = ImageDraw.Draw(mask), side * FINER / 2, RADIUS * FINER
    box, stroke = (centre - r, centre - r, centre + r, centre + r), round(r * 0.22)
    if kind == "sound":
        pen.ellipse(box, fill=255)
    elif kind == "unverified":
        for start in range(0, 360, 30):
            pen.arc(box, start, start + 16, fill=255, width=stroke)
    else:
        pen.ellipse(box, outline=255, width=stroke)
    if kind == "failing":
        arm = r * 0.4
        for slope in (1, -1):
            ends = (centre - arm, centre - slope * arm, centre + arm, centre + slope * arm)
            pen.line(ends, fill=255, width=stroke)
    soft = mask.resize((side, side), Image.Resampling.BOX)
    image.paste(_rgb(colour), (round(x - side / 2), round(y - side / 2)), soft)


@functools.lru_cache(maxsize=32)
def _font(name: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    # Not Raqm: whether it is there depends on the machine, and the bytes must not.
    return ImageFont.truetype(FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)


def _rgb(colour: str) -> tuple[int, int, int]:
    """Return a colour of the tokens, written oklch(lightness chroma hue), as sRGB from 0 to 255."""
    lightness, chroma, hue = (float(part) for part in re.findall(r"[\d.]+", colour))
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return _channel(red), _channel(green), _channel(blue)


def _channel(linear: float) -> int:
    held = min(max(linear, 0.0), 1.0)
    return round(255 * (12.92 * held if held <= 0.0031308 else 1.055 * held ** (1 / 2.4) - 0.055))
