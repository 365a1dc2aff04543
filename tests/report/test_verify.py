"""How to verify: the code, the hash and a QR code that leads to both, on paper and for who cannot see it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import segno
from pypdf import PdfReader

from assessment.core.interchange import sha256
from assessment.report import document
from assessment.report.verify import QUIET, qr
from tests.report.made import BASE, CODE, issue, report, result, squeezed

ADDRESS = f"{BASE}/verify/{CODE}"


def modules(path: str, size: int) -> list[list[int]]:
    """Return the square that a path paints, module by module, as a screen would fill it."""
    painted = [[0] * size for _ in range(size)]
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path)
    assert "".join("M{} {}h{}v1h-{}z".format(*each) for each in runs) == path
    for x, y, width, back in (map(int, each) for each in runs):
        assert width == back
        for place in range(x, x + width):
            painted[y][place] += 1
    return painted


@pytest.mark.parametrize("address", [ADDRESS, "http://127.0.0.1:8000/verify/AB", "https://é.test/" * 9])
def test_the_path_paints_every_dark_module_once_within_a_margin(address: str) -> None:
    drawn = qr(address)
    wanted = segno.make_qr(address, error="m", boost_error=False)

    painted = modules(drawn.path, drawn.size)

    inner = [line[QUIET:-QUIET] for line in painted[QUIET:-QUIET]]
    assert inner == [list(line) for line in wanted.matrix]
    assert sum(map(sum, painted)) == sum(map(sum, inner))
    assert drawn.size == len(inner) + 2 * QUIET
    assert address in drawn.title


def test_an_issued_report_says_where_it_is_verified_and_one_without_a_code_does_not() -> None:
    told = report().verify

    assert told is not None
    assert told.link.url == ADDRESS
    assert told.code == CODE
    assert told.hash.replace(" ", "") == sha256(result())
    assert ("verify", "How to verify this report") in report().contents
    assert report(code="").verify is None
    assert "verify" not in dict(report(code="").contents)
    assert 'id="verify"' not in document.html(report(code=""))


def alternatives(node: Any) -> list[str]:
    """Return the text alternative of every figure below a node of the structure."""
    found = []
    for kid in node.get("/K", []) if isinstance(node.get("/K"), list) else [node.get("/K")]:
        kid = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(kid, dict):
            found += [str(kid["/Alt"])] if "/Alt" in kid else []
            found += alternatives(kid)
    return found


def test_paper_holds_code_hash_and_link_and_names_the_picture_for_who_cannot_see_it(tmp_path: Path) -> None:
    issued = issue(tmp_path, "verify", result())
    reader = PdfReader(issued.path)
    told = report().verify
    assert told is not None

    text = "".join(issued.sheets)
    assert squeezed("How to verify this report") in text
    assert squeezed(told.hash) in text
    notes: list[Any] = [each.get_object() for page in reader.pages for each in page.get("/Annots", [])]
    links = [each.get("/A", {}).get("/URI") for each in notes]
    assert ADDRESS in links
    root: Any = reader.trailer["/Root"]
    assert f"QR code that opens {ADDRESS}" in alternatives(root["/StructTreeRoot"])
