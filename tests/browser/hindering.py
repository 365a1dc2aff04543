"""A site of its own that a test may hinder: its clock, disk, database, key, questions and workers."""

from __future__ import annotations

import contextlib
import resource
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from assessment.content.instruments import publication, read_instrument
from assessment.settings import ROOT
from tests.conftest import wait_until
from tests.crash.harness import Web, kill

FIRST = "execution-integrity/1.0.0"
QUESTION = "Does its result open"  # how a question begins that other versions ask in other words


class Hindered(Web):
    """gunicorn over `hindered.py`, with a key of its own and a copy of the content."""

    def __init__(self, instance: Path) -> None:
        self.keys = [secrets.token_hex(32)]  # the newest first
        self.content = instance.with_name("content")
        shutil.copytree(ROOT / "content", self.content)
        environ = {"CONTENT": str(self.content), "SECRET_KEY": self.keys[0]}
        super().__init__(instance, "tests.browser.hindered:app", **environ)

    @property
    def url(self) -> str:
        """The address of the site, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def start_again(self) -> None:
        """Stop it and start it, as an operator does."""
        self.end()
        self.begin()

    def change_key(self) -> None:
        """Give it another SECRET_KEY, beside which the one before is still known."""
        self.keys.insert(0, secrets.token_hex(32))
        self.environ |= {"SECRET_KEY": self.keys[0], "SECRET_KEY_BEFORE": self.keys[1]}
        self.start_again()

    def publish_next(self) -> str:
        """Publish the next version of the questions, which asks one of them in other words; return these.

        It is 1.0.1, or where this site has that already, the one after it.
        """
        folder = self.content / "instruments"
        first = folder / FIRST
        number = f"1.0.{len(list(first.parent.iterdir()))}"
        version = Path(shutil.copytree(first, first.with_name(number)))
        for file in version.rglob("*.toml"):
            file.write_text(file.read_text("utf-8").replace(QUESTION, f"In {number}: {QUESTION}"), "utf-8")
        (folder / publication.FILE).write_bytes(publication.with_closed(folder, read_instrument(version)))
        self.start_again()
        return f"In {number}: {QUESTION}"

    def kill_workers(self) -> None:
        """End every worker where it stands, and return once the master has started others."""
        before = self.workers()
        for pid in before:
            kill(pid)
        wait_until(lambda: not set(before) & set(self.workers()) and self.answers(), seconds=20)

    @contextlib.contextmanager
    def holding(self, when: str) -> Iterator[None]:
        """Hold the next POST, "before" or "after" it is carried out, until the block ends."""
        asked, held = self.instance / f"hold-{when}", self.instance / "held"
        asked.touch()
        try:
            yield
        finally:
            asked.unlink(missing_ok=True)
            held.unlink(missing_ok=True)

    def wait_until_held(self) -> None:
        """Return once a POST stands where it is to be held."""
        wait_until((self.instance / "held").exists, seconds=20)

    @contextlib.contextmanager
    def clock_wrong_by(self, seconds: int) -> Iterator[None]:
        """Let the clock be wrong meanwhile."""
        file = self.instance / "clock"
        file.write_text(str(seconds))
        try:
            yield
        finally:
            file.unlink()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Let another process have the database to itself, for longer than anybody waits."""
        with contextlib.closing(sqlite3.connect(self.instance / "site.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield

    @contextlib.contextmanager
    def disk_full(self) -> Iterator[None]:
        """Let the system refuse the workers every byte that they would write to a disk.

        Somebody else has the database open, as the back room has: whoever opened it first of all would have
        to write its log.
        """
        with contextlib.closing(sqlite3.connect(self.instance / "site.db")) as other:
            other.execute("SELECT * FROM sqlite_master").fetchall()
            yield from self._without_a_disk()

    def _without_a_disk(self) -> Iterator[None]:
        limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in self.workers()}
        for pid, (_, hard) in limits.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            for pid, limit in limits.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
