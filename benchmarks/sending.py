"""How long a seller waits for "Send it", whatever the mail server does meanwhile.

    python benchmarks/sending.py [--sends 200]

The site as it ships runs with its back room, whose mail server takes every mail, hangs at its first word, or
is not there at all. Each form is sent over a connection of its own; what counts is the slowest of all.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask_migrate import upgrade

from assessment.app import create_app
from assessment.settings import read_settings
from assessment.store.sales import sessions
from assessment.store.shares import LIVE_AT_MOST
from assessment.web import capability
from tests import desk
from tests.conftest import free_port, wait_until
from tests.leader import Leader
from tests.mail_server import mail_server

ROOT = Path(__file__).resolve().parent.parent
AT_MOST_S = 0.3
KEY = "a key for a benchmark that is long enough"


@dataclass(frozen=True, slots=True)
class Desk:
    """A session at the desk, and what can be sent: reports with what was prepared of each."""

    cookie: str
    csrf_token: str
    prepared: list[tuple[str, str]]


def fill(environ: dict[str, str], sends: int) -> Desk:
    """Fill an empty database with as many reports as so many links need."""
    app = create_app(read_settings(environ))
    with app.app_context():
        upgrade()
    seller, prepared = desk.somebody(app), []
    for _ in range(-(-sends // LIVE_AT_MOST)):
        report_id = desk.shared_with_desk(Leader(app.test_client()))
        with app.app_context():
            prepared.append((report_id, desk.prepare(report_id, seller)))
    with app.app_context():
        cookie = sessions.begin(seller.id)
        return Desk(cookie, capability.csrf_token(cookie), prepared)


def seconds(port: int, at: Desk, number: int) -> float:
    """Return how long it takes until the page after "Send it" is known."""
    report_id, prepared_id = at.prepared[number // LIVE_AT_MOST]
    form = {
        "csrf_token": at.csrf_token,
        "request_id": uuid.uuid4().hex,
        "prepared": prepared_id,
        "name": "Bo Reader",
        "address": f"bo-{number}@reader.example",
        "how": "mail",
        "days": "30",
    }
    headers = {
        "Cookie": f"person={at.cookie}",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    path = f"/sales/diagnoses/{report_id}/send"
    asked(port, "GET", path, {"Cookie": headers["Cookie"]})  # who sends it has its page open
    began = time.perf_counter()
    status = asked(port, "POST", path, headers, urlencode(form))
    took = time.perf_counter() - began
    if status != 303:
        raise SystemExit(f"not sent: {status}")
    return took


def asked(port: int, method: str, path: str, headers: dict[str, str], body: str | None = None) -> int:
    """Send one request, read its answer whole, and return its status."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


@contextmanager
def site(environ: dict[str, str]) -> Iterator[int]:
    """Serve the site with its back room; give the port."""
    port = int(environ["PORT"])
    process = subprocess.Popen(
        [sys.executable, "-m", "assessment.serve"],
        cwd=ROOT,
        env={**os.environ, **environ},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, seconds=60)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def server(kind: str) -> Iterator[str]:
    """Give the address of a mail server that takes mails, hangs, or is down."""
    with ExitStack() as stack:
        if kind == "takes":
            yield stack.enter_context(mail_server()).url
        elif kind == "hangs":
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        else:
            yield f"smtp://127.0.0.1:{free_port()}"


def main() -> None:
    """Measure, and print a line for each mail server."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sends", type=int, default=200)
    sends: int = parser.parse_args().sends
    for kind in ("takes", "hangs", "down"):
        with tempfile.TemporaryDirectory() as instance, server(kind) as url:
            environ = {
                "INSTANCE": instance,
                "SECRET_KEY": KEY,
                "SMTP_URL": url,
                "MAIL_FROM": "desk@site.test",
                "PORT": str(free_port()),
            }
            at = fill(environ, sends)
            with site(environ) as port:
                took = sorted(seconds(port, at, number) for number in range(sends))
            slow = took[int(0.99 * len(took)) - 1]
            sys.stdout.write(
                f"submit, mail server {kind}: median {statistics.median(took) * 1e3:.0f} ms, 99 of 100 within"
                f" {slow * 1e3:.0f} ms, slowest {took[-1] * 1e3:.0f} ms (at most {AT_MOST_S * 1e3:.0f} ms)\n"
            )


if __name__ == "__main__":
    main()
