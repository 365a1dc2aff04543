"""How a reader checks that a report is genuine: its code, its hash, and a QR code that leads to both."""

from __future__ import annotations

import segno

from assessment.report import parts
from assessment.report.reader import Reader, link
from assessment.report.words import grouped

QUIET = 4  # modules left free on each side: without them, many cameras find no code


def told_verify(reader: Reader) -> parts.Verify | None:
    """Return how a report is verified; None for one made on the command line, which nobody has issued."""
    if not reader.code:
        return None
    address = f"{reader.base_address}/verify/{reader.code}"
    return parts.Verify(
        reader.code, grouped(reader.sha256), link(address), f"{address}.sig.json", qr(address)
    )


def qr(address: str, title: str = "") -> parts.Qr:
    """Return an address as a QR code: one path of dark modules, in units of one module."""
    # Level M is read with a coffee stain on it; a fixed level and no choice of time keep the bytes the same.
    matrix = segno.make_qr(address, error="m", boost_error=False).matrix
    path = "".join(
        f"M{start + QUIET} {row + QUIET}h{end - start}v1h{start - end}z"
        for row, line in enumerate(matrix)
        for start, end in _runs(line)
    )
    return parts.Qr(len(matrix) + 2 * QUIET, path, title or f"QR code that opens {address}")


def _runs(line: bytes | bytearray) -> list[tuple[int, int]]:
    """Return where the dark runs of a line begin and end."""
    edges = [x for x in range(len(line) + 1) if (line[x - 1 : x] or b"\0") != (line[x : x + 1] or b"\0")]
    return list(zip(edges[::2], edges[1::2], strict=True))
