"""Somebody of the desk who invites, for tests: in a browser without JavaScript, as the site does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from assessment.store.database import writing
from assessment.store.sales import invitations, models, people
from assessment.store.sales.invitations import Invitation, Proposed
from assessment.store.secret import new_token
from tests.desk import AtDesk, browser_of, somebody
from tests.leader import Leader, Seen
from tests.reader import Reader
from tests.web.diagnosis.common import path_of

NEW = "/sales/invitations/new"
PROPOSED = {
    "organisation": "Northwind Traders",
    "name": "Lee Leader",
    "email": "lee@northwind.example",
    "language": "English",
}


@dataclass
class Inviter(AtDesk):
    """Somebody who is signed in at the desk."""

    app: Flask
    client: FlaskClient

    @classmethod
    def of(cls, app: Flask, name: str = "Ada Seller") -> Inviter:
        return cls(app, browser_of(app, somebody(app, name=name)))

    def invite(self, **typed: Any) -> Link:
        """Invite somebody, and pass the link on by hand unless it is to be mailed."""
        said = {"called": "Northwind, spring", "how": "hand", **PROPOSED, **typed}
        made = self.press(self.open(NEW), NEW, **said)
        assert made.status == 303, made.text
        return Link(self, made.location)


@dataclass
class Link:
    """An invitation that was made: its page at the desk, and its link."""

    by: Inviter
    page: str

    @property
    def id(self) -> str:
        return self.page.rpartition("/")[2]

    @property
    def path(self) -> str:
        """The path of the link that the page shows to be copied."""
        return path_of(self.see().link("invitation"))

    @property
    def now(self) -> Invitation:
        with self.by.app.app_context():
            found = invitations.find(self.id)
        assert found
        return found

    def see(self) -> Seen:
        return self.by.open(self.page)

    def press(self, to: str) -> Seen:
        return self.by.press(self.see(), to)

    def run_out(self, days: int = 0) -> None:
        """Let its time be over for so many days."""
        ended = datetime.now(UTC) - timedelta(days=days, seconds=1)
        self.set(expires_at=ended)

    def set(self, **values: Any) -> None:
        with self.by.app.app_context(), writing() as connection:
            which = update(models.Invitation).where(models.Invitation.id == self.id)
            connection.execute(which.values(values))


def opened(client: FlaskClient, path: str) -> str:
    """Follow a link in a browser, press its button, and return the address of the start page behind it."""
    sent = Reader(client).open(path)
    assert sent.status == 303, sent.text
    return sent.location


def begun(client: FlaskClient, path: str, **facts: Any) -> Leader:
    """Follow a link, press its button, and begin a diagnosis by it."""
    leader = Leader(client)
    leader.start(opened(client, path), **facts)
    return leader


def invitation_in(app: Flask) -> str:
    """Make an invitation without a browser of the desk, and return the path of its link."""
    with app.app_context():
        known = people.everybody()
        whose = known[0] if known else somebody(app)
        token = new_token()
        invitations.make(whose.id, token=token, called="A", proposed=Proposed(**PROPOSED), days=30)
    return f"/invited/{token}"
