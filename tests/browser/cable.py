"""A line between a browser and a site, which may be cut while something is under way."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

CHUNK = 65_536


class Cable:
    """Listens on a port of its own and passes everything on to that of a site, both ways, until it is cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._is_cut = False
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._begin(self._accept)

    def cut(self) -> None:
        """End what is under way where it stands, and let nothing new through."""
        self._is_cut = True
        for end in self._ends:
            _end(end)
        self._ends.clear()

    def mend(self) -> None:
        """Let through what comes from now on."""
        self._is_cut = False

    def close(self) -> None:
        """Cut it for good."""
        self.cut()
        _end(self._listener)

    def _begin(self, work: Callable[..., None], *given: socket.socket) -> None:
        threading.Thread(target=work, args=given, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                browser, _ = self._listener.accept()
                if self._is_cut:
                    _end(browser)
                    continue
                site = socket.create_connection(("127.0.0.1", self._to))
                self._ends += (browser, site)
                self._begin(_pass_on, browser, site)
                self._begin(_pass_on, site, browser)


def _pass_on(here: socket.socket, there: socket.socket) -> None:
    with contextlib.suppress(OSError):  # one of them is cut
        while data := here.recv(CHUNK):
            there.sendall(data)
    _end(here)
    _end(there)


def _end(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # nobody is there any more
        line.shutdown(socket.SHUT_RDWR)
    line.close()
