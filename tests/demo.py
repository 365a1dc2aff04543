"""A site that `flask demo` has filled, and the pages of its desk."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from assessment.app import create_app
from assessment.store.sales import people, sessions
from tests.conftest import some_settings

SAID = "said.txt"  # what the command said


@dataclass(frozen=True)
class Demo:
    """A site that was filled, and what the command said of it."""

    app: Flask
    said: str

    @property
    def instance(self) -> Path:
        """The folder in which everything of it lies."""
        return Path(self.app.config["SETTINGS"].instance)

    def door(self, path: str) -> str:
        """Return the name of the door that takes a form at an address."""
        name: str = self.app.url_map.bind("localhost").match(path.partition("?")[0], method="POST")[0]
        return name

    def secret(self, line: str) -> str:
        """Return what stands on a line of what was said."""
        found = re.search(rf"^{line} +(\S+)", self.said, re.MULTILINE)
        assert found, self.said
        return found[1]

    def path(self, line: str) -> str:
        """Return the path of an address that stands on a line of what was said."""
        return "/" + self.secret(line).split("/", 3)[3]

    def admin(self) -> FlaskClient:
        """Return a browser in which the admin is signed in."""
        client = self.app.test_client()
        with self.app.app_context():
            account = people.find_by_email("admin@desk.example")
            assert account
            client.set_cookie("person", sessions.begin(account.id))
        return client

    def pages(self, at_most: int = 2) -> list[str]:
        """Return the addresses of the pages of the desk, so many of each door, as links lead to them."""
        client, found = self.admin(), defaultdict[str, list[str]](list)
        adapter, waiting, seen = self.app.url_map.bind("localhost"), ["/sales/"], {"/sales/"}
        while waiting:
            path = waiting.pop(0)
            try:
                door = adapter.match(path.partition("?")[0])[0]
            except HTTPException:  # it takes a POST alone
                continue
            if len(found[door]) == at_most or not door.startswith("sales."):
                continue
            answer = client.get(path)
            if answer.mimetype != "text/html" or answer.status_code != 200:
                continue
            found[door].append(path)
            for link in re.findall(r'href="(/sales/[^"#]*)', answer.text):
                there = urljoin(path, link.replace("&amp;", "&"))
                if there not in seen:
                    seen.add(there)
                    waiting.append(there)
        return [path for paths in found.values() for path in paths]


def filled(app: Flask) -> Result:
    """Run `flask demo` on a site."""
    return app.test_cli_runner().invoke(args=["demo"])


def made(instance: Path) -> Demo:
    """Fill the site of an instance folder."""
    app = _site(instance)
    done = filled(app)
    assert done.exit_code == 0, done.output
    (instance / SAID).write_text(done.stdout, encoding="utf-8")
    return Demo(app, done.stdout)


def copied(made_before: Path, folder: Path) -> Demo:
    """Return another site like one that was filled before: to fill one takes a while."""
    instance = Path(shutil.copytree(made_before, folder / "instance"))
    return Demo(_site(instance), (instance / SAID).read_text(encoding="utf-8"))


def _site(instance: Path) -> Flask:
    return create_app(some_settings(instance, SMTP_URL="smtp://127.0.0.1:9", MAIL_FROM="desk@site.test"))
