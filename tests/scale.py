"""How long the searching tests search: once over in `make test`, SCALE times as long in `make test-all`."""

from __future__ import annotations

import os

_SCALE = float(os.environ.get("SCALE", "1"))


def scaled(count: int) -> int:
    """Return how often to try what is tried this often in `make test`, at least once."""
    return max(1, round(count * _SCALE))
