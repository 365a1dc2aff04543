"""The local reader as one file: everything that it needs and its plan, for any Python from 3.11 on."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from assessment.records.local import PLAN
from assessment.records.plan import Plan

NAME = "assess-records.pyz"

_ROOT = Path(__file__).resolve().parent.parent.parent
_SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = """\
import sys

if sys.version_info < (3, 11):
    sys.exit("assess-records needs Python 3.11 or later.")

from assessment.records.local import main, own_plan

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], own_plan()))
"""
_WITHOUT = {"packing.py", "plain.py"}  # what the site alone needs
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # that such an archive knows: no clock is in its bytes


def packed(plan: Plan) -> bytes:
    """Return the program as a file: the same bytes for the same code and plan, wherever it is made."""
    whole = io.BytesIO(_SHEBANG)
    whole.seek(len(_SHEBANG))
    # Not compressed: how well depends on the library that does it, and so would the bytes.
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(_contents(plan)):
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
    return whole.getvalue()


def _contents(plan: Plan) -> Iterator[tuple[str, bytes]]:
    yield "__main__.py", _MAIN.encode()
    yield f"assessment/records/{PLAN}", (json.dumps(plan.document(), sort_keys=True) + "\n").encode()
    for name in ("assessment/__init__.py", "assessment/core/__init__.py", "assessment/core/sampling.py"):
        yield name, (_ROOT / name).read_bytes()
    for path in (_ROOT / "assessment" / "records").rglob("*.py"):
        if path.name not in _WITHOUT:
            yield path.relative_to(_ROOT).as_posix(), path.read_bytes()
