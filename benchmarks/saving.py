"""How fast an answer is saved, beside the same route without a database and Flask-SQLAlchemy as it comes.

    python benchmarks/saving.py [--seconds 2] [--rounds 5] [--clients 1 32 128]

One gunicorn at a time serves one way of saving; the ways take turns within each round, so that what the
machine does beside this falls on all of them. What counts is the ratio within a round: the median of the
rounds is printed, and its spread. The route is the one of a form: a token is checked, the form read
and validated, the answer kept, 303 given; `journey` also reads what a view reads first, whose the
assessment is and what is answered.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import os
import secrets
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask, Response, abort, redirect, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from wtforms import Form, IntegerField, RadioField, StringField, validators

from assessment import store
from assessment.store import assessments

ROOT = Path(__file__).resolve().parent.parent
WAYS = ("none", "kept", "journey", "default")
KEY, HOLDER = b"a key of the benchmark", "a holder"
CLIENTS_AT_MOST = 128
PAGES = 40  # of one journey


class Page(Form):
    """The form of one opened item."""

    csrf_token = StringField()
    request_id = StringField(validators=[validators.Length(min=8, max=64)])
    version = IntegerField(validators=[validators.InputRequired()])
    reference = StringField(validators=[validators.Length(max=200)])
    accepted = RadioField(choices=["yes", "no", "unverified"])
    used = RadioField(choices=["yes", "no", "unverified"])


# --- the three applications -----------------------------------------------------------------------


def application() -> Flask:
    """Return the application that the environment asks for: gunicorn calls this."""
    return make(os.environ["WAY"], os.environ["DATABASE"])


def make(way: str, database: str) -> Flask:
    """Return an application that saves in one way."""
    app = Flask("saving")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{database}"
    app.config["SECRET_KEY"] = KEY
    keep = {"none": _without, "kept": _kept, "journey": _journey, "default": _by_default}[way](app)

    @app.post("/diagnosis/<assessment_id>/<part>/<page>")
    def answer(assessment_id: str, part: str, page: str) -> Response:
        form = Page(request.form)
        token = hmac.new(KEY, HOLDER.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(form.csrf_token.data or "", token) or not form.validate():
            abort(400)
        keep(assessment_id, part, page, form)
        return redirect(f"/diagnosis/{assessment_id}/{part}/next", 303)

    return app


Keep = Callable[[str, str, str, Page], None]


def _values(form: Page) -> dict[str, Any]:
    return {"reference": form.reference.data, "D1": form.accepted.data, "D2": form.used.data}


def _without(_app: Flask) -> Keep:
    return lambda _assessment_id, _part, _page, _form: None


def _kept(app: Flask) -> Keep:
    store.init_app(app)
    return _keep


def _keep(assessment_id: str, part: str, page: str, form: Page) -> None:
    outcome = assessments.keep(
        assessment_id,
        part=part,
        page=page,
        values=_values(form),
        version=form.version.data or 0,
        request_id=form.request_id.data or "",
        location=f"/diagnosis/{assessment_id}/{part}/next",
    )
    if not isinstance(outcome, assessments.Kept):
        abort(409)


def _journey(app: Flask) -> Keep:
    store.init_app(app)

    def keep(assessment_id: str, part: str, page: str, form: Page) -> None:
        if not assessments.held(assessment_id, by=HOLDER):
            abort(404)
        assessments.entries(assessment_id)
        _keep(assessment_id, part, page, form)

    return keep


class _Base(DeclarativeBase):
    pass


_plain = SQLAlchemy(model_class=_Base)


class _Answer(_Base):
    __tablename__ = "plain_answer"

    assessment_id: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    page: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str]
    accepted: Mapped[str]
    used: Mapped[str]


def _by_default(app: Flask) -> Keep:
    _plain.init_app(app)
    with app.app_context():
        _plain.create_all()

    def keep(assessment_id: str, part: str, page: str, form: Page) -> None:
        row = _plain.session.get(_Answer, (assessment_id, part, page))
        if row is None:
            row = _Answer(assessment_id=assessment_id, part=part, page=page)
            _plain.session.add(row)
        row.reference = form.reference.data or ""
        row.accepted, row.used = form.accepted.data, form.used.data
        _plain.session.commit()

    return keep


# --- one measurement ------------------------------------------------------------------------------


@dataclass
class Measured:
    """What one way did at one number of clients: requests a second, seconds of each, and refusals."""

    rate: float
    times: list[float]
    refused: int

    def p99(self) -> float:
        return sorted(self.times)[int(len(self.times) * 0.99)] if self.times else 0.0


@dataclass
class Client:
    """One connection that sends the next save when the last one is answered."""

    number: int
    assessment_id: str
    connection: socket.socket
    page: int = 0
    began: float = 0.0
    got: bytes = field(default=b"", repr=False)

    def send(self) -> None:
        """Send the next page: each is answered once, then each is changed, again and again."""
        version, page = divmod(self.page, PAGES)
        self.page += 1
        token = hmac.new(KEY, HOLDER.encode(), hashlib.sha256).hexdigest()
        body = urlencode(
            {
                "csrf_token": token,
                "request_id": secrets.token_hex(16),
                "version": str(version),
                "reference": f"item {self.page}, merged on the third",
                "accepted": "yes",
                "used": "unverified",
            }
        ).encode()
        head = (
            f"POST /diagnosis/{self.assessment_id}/F1/{page} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.got, self.began = b"", time.perf_counter()
        self.connection.sendall(head.encode() + body)

    def answered(self) -> bool:
        """Read on; is the answer complete?"""
        self.got += self.connection.recv(65536)
        head, end, body = self.got.partition(b"\r\n\r\n")
        if not end:
            return False
        length = next(
            int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        return len(body) >= length


def measure(port: int, ids: list[str], seconds: float, pages: list[int]) -> Measured:
    """Let as many clients as there are ids save for a while. `pages` goes on where the last one ended."""
    clients = [
        Client(n, each, socket.create_connection(("127.0.0.1", port)), page=pages[n])
        for n, each in enumerate(ids)
    ]
    ready = selectors.DefaultSelector()
    for client in clients:
        ready.register(client.connection, selectors.EVENT_READ, client)
        client.send()
    begin = time.perf_counter()
    times: list[float] = []
    refused, under_way = 0, len(clients)
    while under_way:
        for key, _ in ready.select(timeout=1):
            client = key.data
            if client.answered():
                now = time.perf_counter()
                times.append(now - client.began)
                refused += not client.got.startswith(b"HTTP/1.1 303")
                if now < begin + seconds:
                    client.send()
                else:
                    under_way -= 1
    rate = len(times) / (time.perf_counter() - begin)
    for client in clients:
        client.connection.close()
        pages[client.number] = client.page
    ready.close()
    return Measured(rate, times, refused)


@contextmanager
def serving(way: str, database: Path, workers: int, threads: int) -> Iterator[int]:
    """Give the port on which gunicorn serves one way."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(  # noqa: S603 our own program
        [
            *(sys.executable, "-m", "gunicorn", "benchmarks.saving:application()"),
            *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", str(workers)),
            *("--threads", str(threads), "--no-control-socket", "--log-level", "error", "--keep-alive", "60"),
        ],
        cwd=ROOT,
        env={**os.environ, "WAY": way, "DATABASE": str(database)},
    )
    try:
        _wait_for(port)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("gunicorn did not start")


def prepared(folder: Path) -> list[str]:
    """Make the database of our way and an assessment for each client; return their ids."""
    app = make("kept", str(folder / "kept.db"))
    with app.app_context():
        store.db.create_all()
        started = [
            assessments.start(
                holder=HOLDER,
                instrument_key="execution-integrity/1.0.0",
                instrument_sha256="0" * 64,
                facts={},
            )
            for _ in range(CLIENTS_AT_MOST)
        ]
        store.db.engine.dispose()
    return [each.assessment_id for each in started]


def main() -> None:
    """Measure and print one line for each number of clients."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 32, 128])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=64)
    options = parser.parse_args()
    found: dict[tuple[str, int], list[Measured]] = {}
    with tempfile.TemporaryDirectory() as name:
        ids = prepared(Path(name))
        pages = {way: [0] * CLIENTS_AT_MOST for way in WAYS}
        pages["journey"] = pages["kept"]  # they share a database
        for _ in range(options.rounds):
            for way in WAYS:
                file = Path(name) / ("default.db" if way == "default" else "kept.db")
                with serving(way, file, options.workers, options.threads) as port:
                    measure(port, ids[:4], 0.3, pages[way])  # the first requests fill caches
                    for clients in options.clients:
                        found.setdefault((way, clients), []).append(
                            measure(port, ids[:clients], options.seconds, pages[way])
                        )
    for clients in options.clients:
        print(_line(clients, {way: found[way, clients] for way in WAYS}))  # noqa: T201 what it is for


def _line(clients: int, found: dict[str, list[Measured]]) -> str:
    rates = "  ".join(f"{way} {statistics.median(m.rate for m in found[way]):.0f}/s" for way in WAYS)
    refused = "  ".join(f"{way} {sum(m.refused for m in found[way])}" for way in WAYS)
    p99 = statistics.median(k.p99() / n.p99() for k, n in zip(found["kept"], found["none"], strict=True))
    return (
        f"{clients:>3} clients: {rates}; kept/none {_ratio(found, 'kept', 'none')}, "
        f"journey/none {_ratio(found, 'journey', 'none')}, kept/default {_ratio(found, 'kept', 'default')}; "
        f"p99 kept/none {p99:.1f}; not 303: {refused}"
    )


def _ratio(found: dict[str, list[Measured]], ours: str, other: str) -> str:
    ratios = sorted(a.rate / b.rate if b.rate else 0 for a, b in zip(found[ours], found[other], strict=True))
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"


if __name__ == "__main__":
    main()
