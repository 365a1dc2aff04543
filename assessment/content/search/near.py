"""The words that the texts hold, and which of them somebody may have meant who typed another."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping

MOST_BEGINNING = 8  # words that a beginning may stand for
SHORTEST_BEGINNING = 2
SHORTEST_HALF = 3
# A word of this many letters may be this many slips away from the one that was meant.
SLIPS = ((8, 2), (4, 1))


class Vocabulary:
    """Every word of the texts with how many of them hold it."""

    def __init__(self, held: Mapping[str, int]) -> None:
        self._held = held
        self._sorted = sorted(held)
        self._alike: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        for word in self._sorted:
            self._alike[len(word)].append((_letters(word), word))

    def __contains__(self, word: object) -> bool:
        return word in self._held

    def held(self, word: str) -> int:
        """Return how many texts hold a word."""
        return self._held.get(word, 0)

    def beginning(self, start: str) -> list[str]:
        """Return the words that begin so, the most common ones first."""
        if len(start) < SHORTEST_BEGINNING:
            return []
        found = []
        for word in self._sorted[bisect_left(self._sorted, start) :]:
            if not word.startswith(start):
                break
            found.append(word)
        return sorted(found, key=lambda word: (-self._held[word], word))[:MOST_BEGINNING]

    def near(self, word: str) -> list[str]:
        """Return the words that are the fewest slips away, none where that is too many."""
        most = next((slips for letters, slips in SLIPS if len(word) >= letters), 0)
        nearest: defaultdict[int, list[str]] = defaultdict(list)
        for candidate in self._like(word, most):
            distance = slips_between(word, candidate, most)
            if distance <= most:
                nearest[distance].append(candidate)
        return nearest[min(nearest)] if nearest else []

    def _like(self, word: str, most: int) -> Iterator[str]:
        """Yield the few words that are worth comparing letter by letter.

        A slip adds, drops or changes one letter, so that two sets of letters differ by two at most.
        """
        letters = _letters(word)
        for length in range(len(word) - most, len(word) + most + 1) if most else ():
            for others, candidate in self._alike.get(length, ()):
                if (letters ^ others).bit_count() <= 2 * most:
                    yield candidate

    def halves(self, word: str) -> tuple[str, str] | None:
        """Return the two words that were written as one, None where there are none."""
        pairs = [
            (word[:at], word[at:])
            for at in range(SHORTEST_HALF, len(word) - SHORTEST_HALF + 1)
            if word[:at] in self._held and word[at:] in self._held
        ]
        return max(pairs, key=lambda pair: min(self.held(half) for half in pair), default=None)


def _letters(word: str) -> int:
    """Return the set of the characters of a word as the bits of a number."""
    letters = 0
    for each in word:
        letters |= 1 << (ord(each) % 61)
    return letters


def slips_between(one: str, other: str, most: int) -> int:
    """Return by how many slips two words differ: letters added, dropped, changed, or two that swapped places.

    Whatever is above `most` is answered as some number above it.

    >>> slips_between("sampel", "sample", 2), slips_between("humn", "human", 2), slips_between("a", "bcde", 2)
    (1, 1, 3)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, against in enumerate(other, 1):
            least = min(last[column] + 1, here[-1] + 1, last[column - 1] + (letter != against))
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against
            here.append(min(least, before[column - 2] + 1) if swapped else least)
        if min(here) > most:
            return most + 1
        before, last = last, here
    return last[-1]
