"""How much room words need, and where they find it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

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


def wrapped(text: str, room: float, size: float) -> list[str]:
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
        end = next((at for at in range(len(word) - 1, 1, -1) if width_of(f"{word[:at]}-", size) <= room), 2)
        yield f"{word[:end]}-"
        word = word[end:]
    yield word
