"""Made-up exports: a file out of text or bytes, as a reader is given it."""

from __future__ import annotations

import io
from pathlib import Path

from assessment.records.source import File

EXPORTS = Path(__file__).with_name("exports")


def a_file(content: str | bytes, name: str = "export.csv", encoding: str = "utf-8") -> File:
    """Return text or bytes as a file that is opened anew each time."""
    data = content.encode(encoding) if isinstance(content, str) else content
    return File(name, len(data), lambda: io.BytesIO(data))


def the_file(name: str) -> File:
    """Return one of the exports that lie beside the tests."""
    path = EXPORTS / name
    return File(name, path.stat().st_size, lambda: path.open("rb"))
