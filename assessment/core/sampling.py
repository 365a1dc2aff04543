"""Which items are opened: positions drawn from a population by the site, never chosen by the leader.

The draw is systematic: one random start, then equal steps, so that it covers the whole list. The start
comes from a keyed hash, so nobody who does not hold the key can foresee it, and a second look at the
same frame gives the same positions.
"""

from __future__ import annotations

import hashlib
import hmac

# The report prints the start with six decimals, so the start itself has no more: what is printed
# is enough to draw the same positions again.
_STARTS = 1_000_000


def positions(population: int, n: int, offset: float) -> tuple[int, ...]:
    """Return the positions to open, counted from 1, rising and distinct: `floor((i + U) * N / n) + 1`.

    `offset` is U, from 0 up to but not including 1. When the population is smaller than `n`, every
    position is returned; when it is empty, none. Raises ValueError outside these ranges.

    >>> positions(52, 8, 0.41)
    (3, 10, 16, 23, 29, 36, 42, 49)
    >>> positions(3, 8, 0.9)
    (1, 2, 3)
    """
    if population < 0 or n < 1 or not 0 <= offset < 1:
        raise ValueError(f"cannot draw {n} of {population} with a start of {offset}")
    size = min(n, population)
    # Whole numbers, because (i + U) * N / n in floats can be rounded up onto the next position.
    above, below = offset.as_integer_ratio()
    return tuple((i * below + above) * population // (below * size) + 1 for i in range(size))


def offset(key: bytes, assessment_id: str, frame_id: str, draw: int = 1) -> float:
    """Return the start U of a draw, in [0, 1) with six decimals: the same for the same four arguments.

    `key` is the site's secret. `draw` counts the draws of this frame from 1; only the first counts as
    drawn by the site.
    """
    # Lengths first: ("a", "bc") and ("ab", "c") must not give the same start.
    text = "|".join(f"{len(part)}:{part}" for part in (assessment_id, frame_id, str(draw)))
    digest = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") * _STARTS // 2**64 / _STARTS
