"""How long the searching tests search: once over in `make test`, SCALE times as long in `make test-all`."""

from __future__ import annotations

import os

from hypothesis import Phase, settings

_SCALE = float(os.environ.get("SCALE", "1"))


def is_full() -> bool:
    """Is searched as long as in `make test`, or longer?"""
    return _SCALE >= 1


def is_searched_longer() -> bool:
    """Is searched longer than in `make test`, for whatever takes too long there?"""
    return _SCALE > 1


def scaled(count: int) -> int:
    """Return how often to try what is tried this often in `make test`, at least once."""
    return max(1, round(count * _SCALE))


def search(count: int) -> settings:
    """Return the settings of a test that tries so many examples, the same ones every time.

    Below SCALE=1 it only matters that a test fails: no smaller example is looked for, which takes minutes.
    """
    phases = tuple(Phase) if _SCALE >= 1 else (Phase.explicit, Phase.generate)
    return settings(max_examples=scaled(count), deadline=None, derandomize=True, phases=phases)
