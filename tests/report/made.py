"""What the tests of reports are built from: the shipped library, and results over its quick form."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from assessment.content.library import Library, read_library
from assessment.core.answers import Answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Instrument
from assessment.core.interchange import sha256
from assessment.report import document, parts
from assessment.report.confined import Limits
from assessment.report.sections import told
from assessment.settings import ROOT

BASE = "https://diagnosis.example.org"
CODE = "EI-7F3K-92QD"

# On a machine that does other things too, a report takes longer than it needs; what it needs is tested.
PATIENT = Limits(wall_s=120, cpu_s=60)

# A team with something of everything, in the quick form's sizes: sound, failing, could not be verified.
ATLAS = {
    "VD1": (5, 2, 1),
    "VD2": (3, 4, 1),
    "IN1": (5, 2, 1),
    "RC1": (1, 3, 0),
    "FR1": (6, 1, 1),
    "FR2": (5, 2, 1),
    "RF1": (2, 2, 1),
    "AI1": (3, 1, 1),
    "DC1": (2, 2, 1),
    "DC3": (4, 0, 1),
    "VS2": (3, 0, 2),
    "LD1": (6, 4, 0),
}
SIZES = {name: sum(marks) for name, marks in ATLAS.items()}
ALL_SOUND = {name: (n, 0, 0) for name, n in SIZES.items()}
ALL_FAILING = {name: (0, n, 0) for name, n in SIZES.items()}
ALL_UNVERIFIED = {name: (0, 0, n) for name, n in SIZES.items()}
# Most fail and each sentence needs all its words: the fullest first page there is.
FULLEST = {name: (1, n - 2, 1) if name != "RC1" else (1, 3, 0) for name, n in SIZES.items()}

FRAME = {
    "where": "Board “Delivery”",
    "query": "state changed to done, 25 July to 23 October",
    "population": 52,
    "positions": [3, 10, 16, 23, 29, 36, 42, 49],
    "offset": 0.41,
    "drawn": True,
    "covers": ["2026-07-25", "2026-10-23"],
}


@cache
def library() -> Library:
    """Return the content that is shipped."""
    return read_library(ROOT / "content")


def instrument() -> Instrument:
    """Return the shipped instrument."""
    return library().current


def answers(
    found: dict[str, tuple[int, int, int]] = ATLAS, grade: str | dict[str, str] = "E3", **more: Any
) -> dict[str, Any]:
    """Return an answers document of the quick form; `grade` is one for all or one for each indicator."""
    return {
        "instrument": instrument().key,
        "form": "quick",
        "as_of": "2026-11-22",
        "window_days": 90,
        "team_size": 8,
        "sample_drawn": True,
        "label": "Team Atlas",
        "observations": {
            name: {
                "sound": sound,
                "failing": failing,
                "unverified": unverified,
                "grade": grade if isinstance(grade, str) else grade.get(name, "E3"),
            }
            for name, (sound, failing, unverified) in found.items()
        },
        "context": {"C1": {"on_track": 8, "of": 10}},
        "frames": {"F1": FRAME},
        **more,
    }


def result(*given: Any, **more: Any) -> dict[str, Any]:
    """Return the result document of `answers` with the same arguments."""
    return diagnose(instrument(), Answers.model_validate(answers(*given, **more)))


def report(of: dict[str, Any] | None = None, *, code: str = CODE) -> parts.Told:
    """Return what the report of a result says."""
    of = of or result()
    return told(of, instrument(), library(), base_address=BASE, code=code, sha256=sha256(of))


def paper(of: dict[str, Any] | None = None, *, code: str = CODE, size: document.Size = "") -> bytes:
    """Return the PDF of a result."""
    return document.paper(
        of or result(), instrument(), library(), base_address=BASE, code=code, size=size, limits=PATIENT
    )


def hostile(text: str) -> dict[str, Any]:
    """Return a result whose every typed field holds a text, as if no border had refused it."""
    changed = deepcopy(result())
    changed["answers"]["label"] = text[:200]
    changed["answers"]["frames"]["F1"] |= {"where": text, "query": text}
    return changed


def squeezed(text: str) -> str:
    """Return text without any space: how lines and words are parted on paper is of no interest."""
    return re.sub(r"[\s\u200b]+", "", text)


@dataclass(frozen=True, slots=True)
class Issued:
    """A PDF that was made once for several tests, with the result that it tells."""

    result: dict[str, Any]
    pdf: bytes
    path: Path
    sheets: tuple[str, ...]  # the text of each page, without any space


def issue(folder: Path, name: str, of: dict[str, Any]) -> Issued:
    """Make a PDF and keep it in a folder."""
    path = folder / f"{name}.pdf"
    path.write_bytes(paper(of))
    sheets = tuple(squeezed(each.extract_text()) for each in PdfReader(path).pages)
    return Issued(of, path.read_bytes(), path, sheets)
