"""Kill what serves the site, over and over, while leaders answer; then ask the database what it kept.

A leader sends each save with a request id of its own and sends the very same request again until it is
answered with 303: that is the acknowledgement. Afterwards every request id is looked for, one by one.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

from assessment.settings import ROOT
from assessment.store.keys import Key, Keyring
from tests.conftest import free_port, wait_until

Fields = dict[str, str]
PATIENCE_S = 30.0  # how long one request is sent again; nobody is asked to wait for it


# --- what is killed -------------------------------------------------------------------------------


class Web:
    """gunicorn as it serves the site, over one instance folder, on one port of the loopback interface."""

    def __init__(self, instance: Path, application: str = "wsgi:app", **environ: str) -> None:
        self.instance = instance
        self.application = application
        self.environ = environ  # what is set beside
        self.port = free_port()
        self.begin()

    def begin(self) -> None:
        """Start, and return when it answers."""
        self.master = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", self.application],
            cwd=ROOT,
            env=environment(self.instance, PORT=str(self.port), WORKERS="2", THREADS="8", **self.environ),
            stdin=subprocess.DEVNULL,
        )
        wait_until(lambda: self.answers() or self.master.poll() is not None, seconds=30)
        assert self.master.poll() is None, "gunicorn ended before it answered"

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        pid = self.master.pid
        with contextlib.suppress(OSError):
            return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def kill_a_worker(self, chance: random.Random) -> None:
        """End one worker where it stands; the master starts another."""
        if workers := self.workers():
            kill(chance.choice(workers))

    def kill_everything(self) -> None:
        """End the master and all workers where they stand."""
        for pid in (self.master.pid, *self.workers()):
            kill(pid)
        self.master.wait()

    def end(self) -> None:
        """Stop it as an operator does."""
        if self.master.poll() is None:
            self.master.terminate()
            self.master.wait(timeout=30)

    def answers(self) -> bool:
        """Does it answer a request?"""
        try:
            return _exchange(self.port, "GET", "/healthz", {}).status == 200
        except OSError:
            return False


def kill(pid: int) -> None:
    """End a process where it stands, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def environment(instance: Path, **more: str) -> dict[str, str]:
    """Return the environment of a program of ours."""
    return {**os.environ, "INSTANCE": str(instance), **more}


@contextlib.contextmanager
def serving(instance: Path, application: str = "wsgi:app") -> Iterator[Web]:
    """Give a running site; whatever happens, nothing of it is left running."""
    web = Web(instance, application)
    try:
        yield web
    finally:
        try:
            web.end()
        finally:
            web.kill_everything()


# --- one browser ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the site."""

    status: int
    headers: http.client.HTTPMessage
    text: str


def _exchange(port: int, method: str, path: str, headers: Fields, body: str | None = None) -> Answered:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answered(response.status, response.headers, response.read().decode())
    finally:
        connection.close()


class Browser:
    """A browser with a cookie, which tries again while the site is gone, as a person does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""
        self.tried_again = 0

    def get(self, path: str) -> Answered:
        """Return a page."""
        return self._until_answered("GET", path, None)

    def post(self, path: str, fields: Fields) -> Answered:
        """Send a form, the very same one, until there is an answer other than "try again"."""
        answered = self._until_answered("POST", path, urlencode(fields))
        if given := answered.headers.get("Set-Cookie", ""):
            self.cookie = given.partition(";")[0]
        return answered

    def _until_answered(self, method: str, path: str, body: str | None) -> Answered:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{self.port}",
            "Cookie": self.cookie,
        }
        end = time.monotonic() + PATIENCE_S
        why: Exception
        while True:
            try:
                answered = _exchange(self.port, method, path, headers, body)
                if answered.status != 503:
                    return answered
                why = TimeoutError(f"{method} {path} was answered with 503 for {PATIENCE_S} s")
            except (OSError, http.client.HTTPException) as error:
                why = error
            if time.monotonic() > end:
                raise why
            self.tried_again += 1
            time.sleep(0.02)


class _Form(HTMLParser):
    """Collects the fields of a page: its hidden ones, and the first choice of each group."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if given.get("type") in ("checkbox", "file") and "checked" not in given:
            return
        if tag in ("input", "textarea") and name:
            self.fields.setdefault(name, given.get("value") or "")


def form_of(answered: Answered) -> Fields:
    """Return the fields of the form on a page, filled as a browser would, with the first of each choice."""
    assert answered.status == 200, answered.text[:500]
    return _Form(answered.text).fields


# --- a leader -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A save that the site has said is kept."""

    page: str
    request_id: str
    reference: str
    fields: Fields  # the whole form, as it was sent
    location: str  # where the acknowledgement led


@dataclass
class Leader:
    """Begins a diagnosis, has a sample drawn, and answers and changes its items one after the other."""

    port: int
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.browser = Browser(self.port)

    def begin(self) -> None:
        """Start a diagnosis and choose to open items."""
        fields = form_of(self.browser.get("/diagnosis/"))
        typed = {"form": "quick", "label": "Ferry", "team_size": "7"}
        begun = self.browser.post("/diagnosis/", {**fields, **typed})
        assert begun.status == 303, begun.text
        self.base = begun.headers["Location"].partition("?")[0]
        self.assessment_id = self.base.strip("/").rpartition("/")[2]
        where = f"{self.base}F1/where"
        fields = form_of(self.browser.get(where))
        chosen = {"way": "items", "where": "the tracker", "query": "done, by date", "population": "40"}
        belief = self._save(where, {**fields, **chosen})
        self._save(belief, {**form_of(self.browser.get(belief)), "skip": "y"})
        assert not self.refused, self.refused
        first = self.browser.get(f"{self.base}F1/1")
        self.form = form_of(first)

    def answer(self, page: int, version: int, reference: str = "") -> bool:
        """Save one item from one version; return whether it was acknowledged."""
        request_id = uuid.uuid4().hex
        fields = {
            **self.form,
            "request_id": request_id,
            "version": str(version),
            "reference": reference or request_id,
        }
        location = self._save(f"{self.base}F1/{page}", fields)
        if location:
            done = Acknowledged(str(page), request_id, fields["reference"], fields, location)
            self.acknowledged.append(done)
        return bool(location)

    def repeat(self, each: Acknowledged) -> str:
        """Send again what was acknowledged, to the letter; return where it leads, "" when it is refused."""
        return self._save(f"{self.base}F1/{each.page}", each.fields)

    def _save(self, path: str, fields: Fields) -> str:
        answered = self.browser.post(path, fields)
        if answered.status != 303:
            self.refused.append(f"{answered.status} {path}")
            return ""
        return answered.headers["Location"]

    def answer_until(self, stopped: threading.Event, pages: int = 4) -> None:
        """Answer the first items in turn, then change each of them, until told to stop."""
        step = 0
        while not stopped.is_set():
            version, page = divmod(step, pages)
            self.answer(page + 1, version)
            step += 1


# --- the audit ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Audit:
    """What the database kept against what was acknowledged, by request id."""

    acknowledged: int
    lost: int
    doubled: int
    phantom: int
    refused: int
    tried_again: int

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.phantom or self.refused)


def audit(instance: Path, leaders: list[Leader]) -> Audit:
    """Look for every acknowledged request in the database, and for what nobody was told of."""
    lost = doubled = phantom = 0
    with contextlib.closing(sqlite3.connect(instance / "site.db")) as connection:
        for leader in leaders:
            kept = kept_of(connection, leader.assessment_id)
            told = {each.request_id for each in leader.acknowledged}
            receipts = _receipts(connection, leader.assessment_id)
            lost += len(told - receipts)
            phantom += len(receipts - told) - 2  # the list and what is expected, which are no items
            for page in {each.page for each in leader.acknowledged}:
                mine = [each for each in leader.acknowledged if each.page == page]
                version, reference = kept.get(page, (0, ""))
                lost += reference != mine[-1].reference
                doubled += max(0, version - len(mine))
    return Audit(
        acknowledged=sum(len(each.acknowledged) for each in leaders),
        lost=lost,
        doubled=doubled,
        phantom=phantom,
        refused=sum(len(each.refused) for each in leaders),
        tried_again=sum(each.browser.tried_again for each in leaders),
    )


def kept_of(connection: sqlite3.Connection, assessment_id: str) -> dict[str, tuple[int, str]]:
    """Return version and reference of each item that is kept, by its page."""
    rows = connection.execute(
        'SELECT part, page, version, "values" FROM answer WHERE assessment_id = ? AND page NOT IN (?, ?)',
        (assessment_id, "where", "belief"),
    )
    key = key_of(connection, assessment_id)
    return {
        page: (version, key.open_values(values, part, page, version)["reference"])
        for part, page, version, values in rows
    }


def key_of(connection: sqlite3.Connection, assessment_id: str) -> Key:
    """Return the key of an assessment, as whoever has the database and the key of the site can have it."""
    _, _, database = connection.execute("PRAGMA database_list").fetchone()
    row = connection.execute(
        "SELECT assessment_id, master, wrapped FROM assessment_key WHERE assessment_id = ?", (assessment_id,)
    ).fetchone()
    return Keyring([(Path(database).parent / "secret_key").read_bytes().strip()]).unwrap(*row)


def _receipts(connection: sqlite3.Connection, assessment_id: str) -> set[str]:
    rows = connection.execute("SELECT request_id FROM receipt WHERE assessment_id = ?", (assessment_id,))
    return {request_id for (request_id,) in rows}


def under_fire(
    web: Web, *, leaders: int, kills: int, seed: int, everything_every: int = 0, pause_s: float = 0.4
) -> list[Leader]:
    """Let leaders answer while workers are killed, and sometimes all; return the leaders when all is quiet.

    `everything_every`: each so-manieth kill takes the master too, and the site is started again.
    """
    chance = random.Random(seed)  # noqa: S311 it is to be repeated, not to be secret
    answering = [Leader(web.port) for _ in range(leaders)]
    for each in answering:
        each.begin()
    stopped = threading.Event()
    faults: list[BaseException] = []

    def run(leader: Leader) -> None:
        try:
            leader.answer_until(stopped)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(each,)) for each in answering]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, kills + 1):
            time.sleep(chance.uniform(0.3, 1.0) * pause_s)
            if everything_every and number % everything_every == 0:
                web.kill_everything()
                web.begin()
            else:
                web.kill_a_worker(chance)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    if faults:
        raise faults[0]
    return answering


# --- the back room --------------------------------------------------------------------------------


@contextlib.contextmanager
def back_room(instance: Path, *options: str, content: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Give a running back room; it is not left running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "assessment.jobs", *options],
        cwd=ROOT,
        env=environment(instance, CONTENT=str(content)),
        stdin=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_free(port: int) -> bool:
    """Does nobody listen on the port?"""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
