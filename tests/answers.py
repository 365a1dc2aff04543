"""A document of answers to the instrument that ships, for tests that diagnose from a file."""

from __future__ import annotations

import functools
from typing import Any

from assessment.content.instruments import read_instruments
from assessment.core.instrument import Instrument
from assessment.settings import ROOT

KEY = "execution-integrity/1.0.0"


@functools.cache
def shipped() -> Instrument:
    """Return the instrument that ships."""
    return read_instruments(ROOT / "content" / "instruments")[KEY]


def some_answers(**changed: Any) -> dict[str, Any]:
    """Return answers to the whole quick form: of each count one fails and one cannot be verified."""
    observations = {
        indicator.id: {
            "sound": indicator.marks["quick"] - 2,
            "failing": 1,
            "unverified": 1,
            "grade": "E3",
        }
        for indicator in shipped().asked("quick").values()
    }
    return {
        "instrument": KEY,
        "form": "quick",
        "as_of": "2026-11-22",
        "window_days": 90,
        "team_size": 8,
        "sample_drawn": True,
        "second_observer": False,
        "observations": observations,
        "not_applicable": {},
        "context": {},
        **changed,
    }
