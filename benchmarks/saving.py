"""How fast an answer is saved, beside the same route without a database and Flask-SQLAlchemy as it comes.

    python benchmarks/saving.py [--seconds 0.4] [--rounds 12] [--clients 1 32 128] [--workers 2 --threads 64]

A gunicorn for each way of saving runs all the time, and they take turns of less than a second, in an order
that is drawn anew for each round: what the machine does beside this falls on all of them. What counts is the
ratio within a round, to the way without a database; printed are the median of the rounds and their middle
half. The times of single requests are those of all rounds.

none     the route of a form: a token is checked, the form read and validated, 303 given; nothing is kept
least    the same, and the answer alone kept by one statement of Python's own sqlite3, as durably: no save
         that waits for its commit can be faster here
kept     the same, and kept by `store.answering.keep`: sealed, once, and not over anybody else's
default  the same, and kept with Flask-SQLAlchemy as it comes
site     the whole site as it ships answers the form of an opened item of a diagnosis

Beside them is printed how busy the machine was, and how long it took to bring 8 kB to its disk, which
every commit waits for: only `none` does without.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import os
import random
import re
import secrets
import selectors
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask, Response, abort, redirect, request
from flask_migrate import upgrade
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from wtforms import Form, IntegerField, RadioField, StringField, validators

from assessment import store
from assessment.app import create_app
from assessment.settings import read_settings
from assessment.store import answering, assessments
from tests.leader import Leader as Person

ROOT = Path(__file__).resolve().parent.parent
WAYS = ("none", "least", "kept", "default", "site")
KEY, HOLDER = "a key of the benchmark that is long enough", "a holder"
CLIENTS_AT_MOST = 128
PAGES = 40  # of one journey through the plain route
PART = "F1"  # of the journey through the site


class Page(Form):
    """The form of one opened item."""

    csrf_token = StringField()
    request_id = StringField(validators=[validators.Length(min=8, max=64)])
    version = IntegerField(validators=[validators.InputRequired()])
    reference = StringField(validators=[validators.Length(max=200)])
    accepted = RadioField(choices=["yes", "no", "unverified"])
    used = RadioField(choices=["yes", "no", "unverified"])


# --- the applications -----------------------------------------------------------------------------


def application() -> Flask:
    """Return the application that the environment asks for: gunicorn calls this."""
    return make(os.environ["WAY"], Path(os.environ["FOLDER"]))


def make(way: str, folder: Path) -> Flask:
    """Return an application that saves in one way, into a folder of its own."""
    if way == "site":
        return create_app(read_settings({"SECRET_KEY": KEY}, instance=folder))
    app = Flask("saving")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder}/{way}.db"
    app.config["SECRET_KEY"] = KEY.encode()
    keep = {"none": _without, "least": _least, "kept": _kept, "default": _by_default}[way](app)

    @app.post("/diagnosis/<assessment_id>/<part>/<page>")
    def answer(assessment_id: str, part: str, page: str) -> Response:
        form = Page(request.form)
        if not hmac.compare_digest(form.csrf_token.data or "", _token()) or not form.validate():
            abort(400)
        keep(assessment_id, part, page, form)
        return redirect(f"/diagnosis/{assessment_id}/{part}/next", 303)

    return app


Keep = Callable[[str, str, str, Page], None]


def _token() -> str:
    return hmac.new(KEY.encode(), HOLDER.encode(), hashlib.sha256).hexdigest()


def _values(form: Page) -> dict[str, Any]:
    return {"reference": form.reference.data, "D1": form.accepted.data, "D2": form.used.data}


def _without(_app: Flask) -> Keep:
    return lambda _assessment_id, _part, _page, _form: None


def _least(app: Flask) -> Keep:
    file = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    own = threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(own, "connection"):
            own.connection = sqlite3.connect(file, isolation_level=None, timeout=5)
            own.connection.execute("PRAGMA journal_mode = WAL")
            own.connection.execute("PRAGMA synchronous = FULL")
            own.connection.execute(
                "CREATE TABLE IF NOT EXISTS answer (assessment_id, part, page, reference, accepted, used, "
                "PRIMARY KEY (assessment_id, part, page)) WITHOUT ROWID"
            )
        found: sqlite3.Connection = own.connection
        return found

    def keep(assessment_id: str, part: str, page: str, form: Page) -> None:
        said = (form.reference.data, form.accepted.data, form.used.data)
        connection().execute(
            "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)", (assessment_id, part, page, *said)
        )

    return keep


def _kept(app: Flask) -> Keep:
    store.init_app(app)
    return _keep


def _keep(assessment_id: str, part: str, page: str, form: Page) -> None:
    outcome = answering.keep(
        assessment_id,
        part=part,
        page=page,
        values=_values(form),
        version=form.version.data or 0,
        request_id=form.request_id.data or "",
        location=f"/diagnosis/{assessment_id}/{part}/next",
    )
    if not isinstance(outcome, answering.Kept):
        abort(409)


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


# --- who saves ------------------------------------------------------------------------------------


@dataclass
class Leader:
    """Somebody who answers the pages of one diagnosis, then changes each, again and again."""

    pages: list[str]
    fields: Mapping[str, str]
    headers: str = ""
    answered: int = 0

    def request(self) -> bytes:
        """Return what is sent next."""
        version, page = divmod(self.answered, len(self.pages))
        self.answered += 1
        said = {"request_id": secrets.token_hex(16), "version": version, "reference": f"item {self.answered}"}
        body = urlencode({**self.fields, **said}).encode()
        head = (
            f"POST {self.pages[page]} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.headers}"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def leaders(way: str, folder: Path) -> list[Leader]:
    """Make what one way needs in its folder; return as many as ever save at the same time."""
    app = make(way, folder)
    with app.app_context():
        if way == "site":
            upgrade()
            return [_on_the_site(app) for _ in range(CLIENTS_AT_MOST)]
        if way == "kept":
            store.db.create_all()
        fields = {"csrf_token": _token(), "accepted": "yes", "used": "unverified"}
        ids = [_begun() if way == "kept" else f"diagnosis-{n}" for n in range(CLIENTS_AT_MOST)]
    return [Leader([f"/diagnosis/{each}/{PART}/{n}" for n in range(PAGES)], fields) for each in ids]


def _begun() -> str:
    return assessments.start(
        holder=HOLDER, instrument_key="execution-integrity/1.0.0", instrument_sha256="0" * 64, facts={}
    ).assessment_id


def _on_the_site(app: Flask) -> Leader:
    """Begin a diagnosis in a browser of its own, up to where the items of a frame are opened."""
    person = Person(app.test_client())
    person.start()
    sample = person.draw(PART, 40)
    links = dict.fromkeys(person.open(sample.location).links)
    items = [link for link in links if re.search(rf"/{PART}/\d+$", link)]
    form = person.open(items[0]).form(items[0])
    cookie = person.client.get_cookie("holder")
    return Leader(
        items,
        {**form.fields.to_dict(), **dict.fromkeys(form.choices, "yes")},
        f"Cookie: holder={cookie.value if cookie else ''}\r\nSec-Fetch-Site: same-origin\r\n",
    )


# --- one measurement ------------------------------------------------------------------------------


@dataclass
class Measured:
    """What one way did at one number of clients: requests a second, seconds of each, and refusals."""

    rate: float
    times: list[float]
    refused: int


class Client:
    """One connection that sends the next save when the last one is answered."""

    def __init__(self, leader: Leader, port: int) -> None:
        self.leader = leader
        self.connection = socket.create_connection(("127.0.0.1", port))

    def send(self) -> None:
        """Send the next page."""
        request_ = self.leader.request()
        self.got, self.began = b"", time.perf_counter()
        self.connection.sendall(request_)

    def is_answered(self) -> bool:
        """Read on; is the answer complete?"""
        self.got += self.connection.recv(65536)
        head, end, body = self.got.partition(b"\r\n\r\n")
        if not end:
            return False
        length = next(
            int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        return len(body) >= length


def measure(port: int, saving: list[Leader], seconds: float) -> Measured:
    """Let these save for a while."""
    clients = [Client(each, port) for each in saving]
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
            if client.is_answered():
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
    ready.close()
    return Measured(rate, times, refused)


@contextmanager
def serving(way: str, folder: Path, workers: int, threads: int) -> Iterator[int]:
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
        env={**os.environ, "WAY": way, "FOLDER": str(folder)},
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


def main() -> None:
    """Measure and print a table for each number of clients."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=0.4, help="of each turn")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 32, 128])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=64)
    options = parser.parse_args()
    with TemporaryDirectory() as name, ExitStack() as servers:
        turns = []
        for way in WAYS:
            folder = Path(name) / way
            folder.mkdir()
            people = leaders(way, folder)
            port = servers.enter_context(serving(way, folder, options.workers, options.threads))
            measure(port, people, 0.5)  # the first requests fill caches, and begin threads
            turns.append((way, port, people))
        for clients in options.clients:
            found: dict[str, list[Measured]] = {way: [] for way in WAYS}
            synced: list[float] = []
            for _ in range(options.rounds):
                random.shuffle(turns)
                for way, port, people in turns:
                    found[way].append(measure(port, people[:clients], options.seconds))
                synced += sync_times(Path(name))
            print(  # noqa: T201 what it is for
                f"{clients} clients, {options.workers} x {options.threads} threads; load "
                f"{os.getloadavg()[0]:.1f}; 8 kB to the disk {_ms(synced)}\n" + table(found),
                flush=True,
            )


def sync_times(folder: Path) -> list[float]:
    """Return how long it takes to bring 8 kB to the disk, where a file has room for them already."""
    times = []
    with (folder / "synced").open("wb") as file:
        for _ in range(20):
            file.seek(0)
            file.write(bytes(8192))
            file.flush()
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begin)
    return times[1:]


def table(found: dict[str, list[Measured]]) -> str:
    """Return a line for each way."""
    lines = []
    for way in WAYS:
        rate = statistics.median(each.rate for each in found[way])
        lines.append(
            f"  {way:<8}{rate:6.0f}/s  {_ms(_times(found, way)):<32}"
            f"not 303: {sum(each.refused for each in found[way])}"
        )
        if way != "none":
            lines[-1] += f"  of none {_ratio(found, way, 'none')}"
    p99 = _quantile(_times(found, "kept"), 0.99) / _quantile(_times(found, "none"), 0.99)
    beside = ", ".join(f"kept/{other} {_ratio(found, 'kept', other)}" for other in ("least", "default"))
    return "\n".join([*lines, f"  {beside}; p99 kept/none {p99:.1f}"])


def _times(found: dict[str, list[Measured]], way: str) -> list[float]:
    return [each for measured in found[way] for each in measured.times]


def _ms(times: list[float]) -> str:
    return f"p50 {1000 * _quantile(times, 0.5):.1f} ms, p99 {1000 * _quantile(times, 0.99):.1f} ms"


def _quantile(times: list[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)]


def _ratio(found: dict[str, list[Measured]], ours: str, other: str) -> str:
    ratios = [a.rate / b.rate for a, b in zip(found[ours], found[other], strict=True)]
    return f"{statistics.median(ratios):.2f} ({_quantile(ratios, 0.25):.2f}-{_quantile(ratios, 0.75):.2f})"


if __name__ == "__main__":
    main()
