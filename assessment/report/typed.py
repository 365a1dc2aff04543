"""Text that somebody typed, as it is set on paper: character by character in what the packaged fonts hold.

Any other character is printed as its code point in a box, and one line says so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

# A run of letters without a space is given places to break: the layout engine would try every one.
BREAK_AFTER = 40


@lru_cache(maxsize=1)
def coverage() -> frozenset[int]:
    """Return the code points that the fonts for text on paper hold, but for those that cannot be seen."""
    ranges = Path(__file__).with_name("coverage.txt").read_text(encoding="ascii").split()
    pairs = (each.partition("-") for each in ranges)
    held = {point for first, _, last in pairs for point in range(int(first, 16), int(last or first, 16) + 1)}
    # Marks that stand alone, and are no part of a letter: the engine does not say in the PDF what they are.
    return frozenset(point for point in held if not unicodedata.category(chr(point)).startswith("M"))


def lacking(text: str) -> str:
    """Return the first character of a text that the fonts for paper lack, "" when they hold all of it."""
    letters = unicodedata.normalize("NFC", "".join(text.split()))
    return next((letter for letter in letters if ord(letter) not in coverage()), "")


class Typed:
    """Sets text that somebody typed, and remembers whether some of it could not be set as typed."""

    def __init__(self, known: frozenset[int]) -> None:
        self.known = known
        self.boxed = False

    def set(self, text: str) -> Markup:
        """Return text as markup: escaped, isolated in its direction, breakable, every character visible."""
        words = unicodedata.normalize("NFC", " ".join(text.split()))
        return Markup("<bdi>{}</bdi>").format(Markup("").join(self._pieces(words)))

    def _pieces(self, text: str) -> Iterator[Markup]:
        for is_known, letters in groupby(text, key=lambda letter: ord(letter) in self.known):
            if is_known:
                yield from _breakable("".join(letters))
            else:
                self.boxed = True
                # One box for a run of them: the engine takes long over many small ones.
                points = " ".join(f"U+{ord(x):04X}" for x in letters)
                yield Markup('<span class="codepoint">{}</span><wbr/>').format(points)


def _breakable(text: str) -> Iterator[Markup]:
    """Yield text with places to break inside words that are longer than a line should be."""
    for number, word in enumerate(text.split(" ")):
        if number:
            yield Markup(" ")
        for start in range(0, len(word), BREAK_AFTER):
            yield (Markup("<wbr/>") if start else Markup("")) + Markup("{}").format(
                word[start : start + BREAK_AFTER]
            )
