"""The cover that a sender puts before a report: their words and logo on a sheet of its own.

It is no part of the diagnosis: neither the SHA-256 of the result nor its signature knows of it, and it says
so itself.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date

from assessment.report.words import day

# Longest words, in characters and lines: what one sheet of paper holds, however wide the letters are.
NAME, SENDER, CONTACT, CONTACT_LINES, MESSAGE, MESSAGE_LINES = 120, 80, 120, 3, 1_200, 24
# How large the name of the reader may be set: the classes of paper.css, by how many characters they are for.
NAME_SIZES = ((24, "l"), (60, "m"), (NAME, "s"))


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on a cover, all of it typed but the day. `logo` is a PNG; b"" where there is none.

    With `first_alone` no more of the report goes than its first page.
    """

    prepared_for: str
    prepared_by: str
    contact: str
    message: str
    prepared_on: date
    logo: bytes = b""
    first_alone: bool = False

    @property
    def paragraphs(self) -> tuple[tuple[str, ...], ...]:
        """The message as paragraphs of lines; a line that is empty parts two paragraphs."""
        return _paragraphs(self.message)

    @property
    def contact_lines(self) -> tuple[str, ...]:
        """How the sender is reached, line by line."""
        return tuple(line for paragraph in _paragraphs(self.contact) for line in paragraph)

    @property
    def day(self) -> str:
        return day(self.prepared_on)

    @property
    def name_size(self) -> str:
        """How large the name is set: "l", "m" or "s"."""
        length = len(self.prepared_for)
        return next((size for most, size in NAME_SIZES if length <= most), NAME_SIZES[-1][1])

    @property
    def logo_address(self) -> str:
        """The logo within the page itself: a page for paper fetches nothing."""
        return f"data:image/png;base64,{base64.b64encode(self.logo).decode()}" if self.logo else ""


def _paragraphs(text: str) -> tuple[tuple[str, ...], ...]:
    found: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.strip():
            found[-1].append(line.strip())
        elif found[-1]:
            found.append([])
    return tuple(tuple(lines) for lines in found if lines)
