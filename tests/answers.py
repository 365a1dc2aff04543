"""A document of answers to the instrument that ships, for tests that diagnose from a file."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from assessment.content.instruments import read_instruments
from assessment.core.instrument import Instrument
from assessment.core.interchange import DocumentError
from assessment.settings import ROOT

KEY = "execution-integrity/1.0.0"


@functools.cache
def shipped() -> Instrument:
    """Return the instrument that ships."""
    return read_instruments(ROOT / "content" / "instruments")[KEY]


def refused(read: Callable[[], object]) -> DocumentError:
    """Return the error of a document that must be refused; its text is one printable line."""
    with pytest.raises(DocumentError) as caught:
        read()
    error = caught.value
    assert str(error).isprintable()
    assert len(str(error)) < 400
    assert str(error).count("; ") >= 1
    return error


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
