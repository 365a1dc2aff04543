"""The few lines of a text that hold what was looked for, in pieces: what was found, and what is around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from assessment.content.search.words import places

LENGTH = 240  # characters
BEFORE = 90  # of them at most before the first word that was found

_ENDS = re.compile(r"[.?!](?= )|(?=\n)")
_SEAM = re.compile(r"(?<![.?!:;,])\n")  # between two lines of which the first has no end, as in a table
_BEGINS = re.compile(r"(?:^|\n|(?<=[.?!:;]) )(?=\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: `found` is true of a word that was looked for."""

    text: str
    found: bool = False


def excerpt(text: str, worth: Mapping[str, float]) -> tuple[Piece, ...]:
    """Return the part of a text that holds the most of what was looked for; its beginning where nothing is.

    `worth` is what the stems that were looked for count.
    """
    found = list(places(text, worth))
    start = _start(text, _best(found, worth))
    end = _end(text, start)
    inside = [(a, b) for a, b, _ in found if a >= start and b <= end]
    return tuple(_pieces(text, start, end, inside))


def _best(found: list[tuple[int, int, str]], worth: Mapping[str, float]) -> int:
    """Return where the stretch begins that holds the most worth, the first of several."""
    best, at = 0.0, 0
    inside: Counter[str] = Counter()
    last = 0
    for start, _, which in found:
        while last < len(found) and found[last][1] <= start + LENGTH - BEFORE:
            inside[found[last][2]] += 1
            last += 1
        here = sum(worth[each] for each, held in inside.items() if held)
        if here > best * 1.01:
            best, at = here, start
        inside[which] -= 1
    return at


def _start(text: str, place: int) -> int:
    """Return where to begin so that a place is read in its sentence, or not too far into it."""
    earliest = max(0, place - BEFORE)
    begins = [each.end() for each in _BEGINS.finditer(text, max(0, earliest - 2), place + 1)]
    if begins and begins[-1] >= earliest:
        return begins[-1]
    space = text.find(" ", earliest, place)
    return space + 1 if space >= 0 else earliest


def _end(text: str, start: int) -> int:
    """Return where to end: with a sentence where one ends late enough, else between two words."""
    last = start + LENGTH
    if len(text) <= last:
        return len(text)
    if ends := [each.end() for each in _ENDS.finditer(text, last - LENGTH // 3, last)]:
        return ends[-1]
    space = text.rfind(" ", start, last)
    return space if space > start else last


def _pieces(text: str, start: int, end: int, inside: list[tuple[int, int]]) -> list[Piece]:
    begins = not start or text[start - 1] == "\n" or text[start - 2 : start - 1] in ".?!:;"
    pieces = [] if begins else [Piece("… ")]
    at = start
    for a, b in inside:
        pieces += [Piece(text[at:a]), Piece(text[a:b], found=True)]
        at = b
    ends = end == len(text) or text[end] == "\n" or text[end - 1] in ".?!"
    pieces.append(Piece(text[at:end] + ("" if ends else " …")))
    return [Piece(_SEAM.sub(" · ", each.text), each.found) for each in pieces if each.text]
