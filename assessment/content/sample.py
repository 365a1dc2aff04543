"""The made-up team of the sample report: its answers in `sample/answers.json`, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assessment.content.files.located import ContentError, Fault, read_bytes, shown
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Instrument
from assessment.core.interchange import DocumentError, canonical, sha256

FILE = "sample/answers.json"
URL = "/sample-report/"
TITLE = "Sample report"
DESCRIPTION = (
    "A whole report of a made-up team: three readings with their intervals, every count and its grade, "
    "patterns, what to do first and one next step."
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The result of the made-up team, with the instrument that it was scored by."""

    instrument: Instrument
    result: Mapping[str, Any]
    document: bytes  # the result as it would be stored
    sha256: str


def read_sample(path: Path, instruments: Mapping[str, Instrument]) -> Sample | None:
    """Return what a file of answers comes to; None where there is no file, and so no sample report.

    Raises ContentError where they are not answers to one of these instruments.
    """
    if not path.exists():
        return None
    try:
        instrument, answers = read_answers(instruments.__getitem__, read_bytes(path))
    except DocumentError as error:
        fault = Fault(shown(path), 1, f"{error.place}: {error.fault}", error.remedy)
        raise ContentError([fault]) from None
    result = diagnose(instrument, answers)
    return Sample(instrument, result, canonical(result), sha256(result))
