"""People of the desk, their browsers, and what leaders let them see: made for tests as the site does."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select

from assessment.store import keys
from assessment.store.database import clock, insert, writing
from assessment.store.models import Report, waiting
from assessment.store.sales import deliveries, people, sessions
from assessment.store.sales.deliveries import Delivered, Recipient, Sending
from assessment.store.sales.models import Prepared
from assessment.store.sales.people import Account, Role
from assessment.store.sales.sessions import SignedIn
from assessment.store.secret import new_id
from tests.leader import OUR_PAGE, Leader, Seen
from tests.report.made import ATLAS
from tests.web.finished import Counts, finished, id_of

PASSWORD = "a long sentence that nobody says"  # noqa: S105 of accounts in tests
PDF = b"%PDF-1.7 made for tests"


class AtDesk:
    """Somebody who is signed in at the desk: opens its pages and sends their forms."""

    client: FlaskClient

    def open(self, path: str) -> Seen:
        return Seen(self.client.get(path), path)

    def press(self, page: Seen, to: str, **typed: Any) -> Seen:
        """Fill in the form of a page that is sent to an address, and send it."""
        form = page.form(to)
        for name, value in typed.items():
            form.fields[name] = value
        return Seen(self.client.post(form.action, data=form.fields, headers=OUR_PAGE), form.action)


def somebody(app: Flask, role: Role = "sales", name: str = "Ada Seller", password: str = "") -> Account:
    """Make an account; without a password nobody can sign in to it, which is quicker."""
    email = f"{name.lower().replace(' ', '.')}@example.org"
    with app.app_context():
        return people.add(email=email, name=name, role=role, password=password, by="command")


def browser_of(app: Flask, account: Account) -> FlaskClient:
    """Return a browser in which somebody is signed in."""
    client = app.test_client()
    with app.app_context():
        client.set_cookie("person", sessions.begin(account.id))
    return client


def consent(leader: Leader, result: str, **said: Any) -> Seen:
    """Let the desk see a result, as its leader: tick the box and send the form. Returns the answer."""
    return leader.send(leader.open(result), to="/consent", **{"agree": "y", **said})


def shared_with_desk(
    leader: Leader,
    found: Counts = ATLAS,
    *,
    name: str = "",
    email: str = "",
    organisation: str = "",
    **facts: Any,
) -> str:
    """Finish a quick diagnosis in a leader's browser and let the desk see it; return the id of its report.

    The address of the result is /reports/<id>/, that of the desk's page /sales/diagnoses/<id>/.
    """
    result = finished(leader, found, **facts)
    given = consent(leader, result, name=name, email=email, organisation=organisation)
    assert given.status == 303, given.text
    return id_of(result)


def prepare(
    report_id: str,
    account: Account,
    *,
    pages: str = "all",
    pdf: bytes = PDF,
    logo: bytes | None = None,
    **said: str,
) -> str:
    """Have a report with a cover, made without the back room; return its id. Needs an open context."""
    made = new_id()
    cover = {"prepared_for": "Bo Reader", "prepared_by": account.name, "contact": "", "message": "", **said}
    with writing() as connection:
        key = keys.read(connection, id_of_assessment(connection, report_id))
        assert key is not None
        connection.execute(
            insert(Prepared, connection.dialect.name).values(
                id=made,
                report_id=report_id,
                person_id=account.id,
                cover=key.seal_values(cover, "prepared", made, "cover", 1),
                logo=key.seal(logo, "prepared", made, "logo", 1) if logo else None,
                pages=pages,
                pdf=key.seal(pdf, "prepared", made, "pdf", 1),
                sha256=hashlib.sha256(pdf).hexdigest(),
                **(waiting(clock(connection)) | {"state": "done"}),
            )
        )
    return made


def send(
    report_id: str, prepared_id: str, account: Account, *, token: str, name: str = "", to: str = ""
) -> Delivered:
    """Send what was prepared, by mail where an address is given; return it. Needs an open context."""
    what = Sending(report_id, prepared_id, Recipient(name, to), days=30)
    by = SignedIn(account.id, account.name, account.email, account.role)
    made = deliveries.send(what, token=token, by=by)
    assert isinstance(made, str)
    sent = deliveries.find(made)
    assert sent
    return sent


def id_of_assessment(connection: Connection, report_id: str) -> str:
    return str(connection.execute(select(Report.assessment_id).where(Report.id == report_id)).scalar_one())
