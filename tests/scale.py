"""How long the searching tests search: once over in `make test`, SCALE times as long in `make test-all`."""

from __future__ import annotations

import os

SCALE = int(os.environ.get("SCALE", "1"))
