"""The sample report: that of a made-up team, told and printed as every other, and marked as made up.

Its page and its PDF are made by the code that is running from the answers that it has read, so neither can
say what the site would not say of a real team. The PDF lies in the instance folder, under the hash of the
result that it tells.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from assessment.core.instrument import Instrument
from assessment.report.confined import Limits
from assessment.report.parts import Told
from assessment.report.reader import Library
from assessment.report.sections import told

PREFIX = "sample-report-"

# Nobody waits for it, and it holds no stranger's text: it is given more time than a leader's report.
LIMITS = Limits(wall_s=60, cpu_s=40)

# What has an entry of its own among the patterns of a report.
_TOLD = {
    "present": "of a made-up team, where it is present",
    "possible": "of a made-up team, where it is possible",
    "cannot tell": "of a made-up team, where nobody can tell",
}


class Sample(Protocol):
    """What the report needs of the made-up team."""

    @property
    def instrument(self) -> Instrument: ...
    @property
    def result(self) -> Mapping[str, Any]: ...
    @property
    def sha256(self) -> str: ...


def told_sample(sample: Sample, library: Library, *, base_address: str) -> Told:
    """Return everything that the sample report says."""
    return told(
        sample.result,
        sample.instrument,
        library,
        base_address=base_address,
        sha256=sample.sha256,
        made_up=True,
    )


def telling(sample: Sample, pattern_id: str) -> tuple[str, str, str]:
    """Return where on its page the sample report tells of a pattern, and the words that lead there and on."""
    found = next((each for each in sample.result["patterns"] if each["id"] == pattern_id), None)
    words = _TOLD.get(found["state"]) if found else None
    if words:
        return f"pattern-{pattern_id}", "See it in the sample report", words
    return "patterns", "The sample report", "of a made-up team does not find it"


def paper(sample: Sample, library: Library, *, base_address: str) -> bytes:
    """Return the PDF of the sample report: the same bytes wherever it is made. Raises PdfError."""
    # Here: the web shows the report, and has no use for what sets it.
    from assessment.report.document import ASSETS, html
    from assessment.report.pdf import make_pdf

    page = html(told_sample(sample, library, base_address=base_address))
    return make_pdf(page, assets=ASSETS, limits=LIMITS)


def keep(folder: Path, sample: Sample, pdf: bytes) -> Path:
    """Keep the PDF of a sample, whole or not at all, in place of those of other answers."""
    path = _place(folder, sample)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        draft.write_bytes(pdf)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    for other in folder.glob(f"{PREFIX}*.pdf"):
        if other != path:
            other.unlink(missing_ok=True)
    return path


def kept(folder: Path, sample: Sample) -> bytes | None:
    """Return the PDF of a sample; None while it has not been made."""
    try:
        return _place(folder, sample).read_bytes()
    except FileNotFoundError:
        return None


def _place(folder: Path, sample: Sample) -> Path:
    return folder / f"{PREFIX}{sample.sha256[:16]}.pdf"
