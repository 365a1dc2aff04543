"""An application of this process served to a browser, which is given what a leader without one has begun."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import BrowserContext
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.leader import Leader


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: what went wrong is on the page."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application of this process; give the address, without a slash at its end."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def hand_over(leader: Leader, context: BrowserContext, url: str) -> None:
    """Give a browser what this leader's browser holds."""
    cookie = leader.client.get_cookie("holder")
    assert cookie is not None, "nothing is begun"
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
