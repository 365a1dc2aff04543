"""Somebody of the desk who sends reports, for tests: as the site does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from assessment.store.sales.people import Account
from tests import desk
from tests.desk import AtDesk, browser_of, shared_with_desk, somebody
from tests.leader import Leader, Seen
from tests.web.diagnosis.common import path_of

BO = {"name": "Bo Reader", "address": "bo@reader.example"}


@dataclass
class Sender(AtDesk):
    """Somebody who is signed in at the desk, which may see one diagnosis, prepared once."""

    app: Flask
    account: Account
    client: FlaskClient
    leader: Leader
    report_id: str
    prepared_id: str = field(default="")

    @classmethod
    def of(cls, app: Flask, name: str = "Ada Seller") -> Sender:
        """Have a leader finish and consent, and a report prepared of it."""
        leader, account = Leader(app.test_client()), somebody(app, name=name)
        report_id = shared_with_desk(leader, organisation="Northwind Traders")
        sender = cls(app, account, browser_of(app, account), leader, report_id)
        sender.prepared_id = sender.prepare(message="As we said.\nAda")
        return sender

    @property
    def at(self) -> str:
        return f"/sales/diagnoses/{self.report_id}/send"

    def prepare(self, **said: Any) -> str:
        with self.app.app_context():
            return desk.prepare(self.report_id, self.account, **said)

    def send(self, how: str = "mail", prepared: str = "", **typed: Any) -> str:
        """Send what was prepared; return the address of the delivery."""
        page = self.open(f"{self.at}?prepared={prepared or self.prepared_id}")
        sent = self.press(page, "/send", **{"how": how, **BO, **typed})
        assert sent.status == 303, sent.text
        return sent.location

    def copied(self, **typed: Any) -> str:
        """Make a link to be passed on; return its path."""
        return link_on(self.open(self.send("hand", **typed)))


def link_on(page: Seen) -> str:
    """Return the path of the link that a page shows to be copied."""
    return path_of(page.link("delivery"))
