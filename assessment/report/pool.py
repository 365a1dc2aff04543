"""A few children that are ready for a page, so that no report waits for a process to start."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from assessment.report.confined import Limits
from assessment.report.pdf import PROGRAM, Child

log = logging.getLogger(__name__)


class Pool:
    """Has children wait. Each sets one page and ends, and another takes its place.

    At most `size` pages are set at a time; who comes beyond that waits for a turn. Threads may share it.
    """

    def __init__(
        self, assets: Path, *, size: int = 1, limits: Limits | None = None, program: Sequence[str] = PROGRAM
    ) -> None:
        self._size = size
        self._given = (assets, limits, program)
        self._ready: deque[Child] = deque()
        self._turns = threading.BoundedSemaphore(size)
        self._filling = threading.Lock()
        self._is_closed = False
        self._fill()

    def make(self, html: str, cover: str = "", first_alone: bool = False) -> bytes:
        """Return the PDF of a complete HTML page, as `pdf.make_pdf` does. Raises PdfError."""
        with self._turns:
            try:
                with self._next() as child:
                    return child.make(html, cover, first_alone)
            finally:
                self._fill()

    def close(self) -> None:
        """End the children that wait; nothing is made any more."""
        with self._filling:
            self._is_closed = True
            while self._ready:
                self._ready.popleft().close()

    def _next(self) -> Child:
        """Return a child that waits, or a new one where those that waited are gone."""
        while child := self._waiting():
            if child.is_alive:
                return child
            child.close()
        return Child(*self._given)

    def _waiting(self) -> Child | None:
        with self._filling:
            return self._ready.popleft() if self._ready else None

    def _fill(self) -> None:
        with self._filling:
            while len(self._ready) < self._size and not self._is_closed:
                try:
                    self._ready.append(Child(*self._given))
                except OSError as error:  # the page at hand is not to blame; the next one starts its own
                    log.warning("no child waits for the next report: %s", error)
                    return
