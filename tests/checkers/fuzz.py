"""Schemathesis over the API of a running site that has something to say: `make fuzz`.

It reads the document of the API, asks everything that this allows and much that it does not, and compares
every answer with what the document says. It lies in an environment of its own, `.fuzz`; the site is ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from assessment.app import create_app
from assessment.settings import ROOT
from assessment.store.database import clock, db, insert, writing
from assessment.store.models import waiting
from assessment.store.sales import deliveries, invitations, models, tokens
from assessment.store.sales.deliveries import Recipient, Sending
from assessment.store.sales.invitations import Proposed
from assessment.store.sales.sessions import SignedIn
from assessment.store.secret import new_id, new_token
from tests import scale
from tests.conftest import some_settings, start_site, stop_site
from tests.desk import shared_with_desk, somebody
from tests.leader import Leader

SCHEMATHESIS = ROOT / ".fuzz" / "bin" / "schemathesis"
KEY = "a key for tests that is long enough"
EXAMPLES = 60  # of each operation, at most


def main() -> int:
    """Make a site with data, serve it, and have it asked. Returns 1 where an answer is not as documented."""
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance"
        token = filled(create_app(some_settings(instance, SECRET_KEY=KEY)))
        site = start_site(instance, SECRET_KEY=KEY, API_CALLS_A_MINUTE="1000000", WORKERS="1")
        try:
            return asked(site.url, token, folder)
        finally:
            stop_site(site)


def filled(app: Flask) -> str:
    """Fill a site with what the desk may have, and return a token that may do everything."""
    with app.app_context():
        upgrade()
    account = somebody(app)
    reports = [shared_with_desk(Leader(app.test_client()), organisation=f"Firm {n}") for n in range(3)]
    person = SignedIn(account.id, account.name, account.email, account.role)
    with app.app_context():
        for report_id in reports:
            deliver(report_id, person)
        for n in range(3):
            proposed = Proposed(f"Firm {n}", "A Prospect", f"prospect{n}@example.org", "English")
            invitations.make(account.id, token=new_token(), called=f"Firm {n}", proposed=proposed, days=30)
        token = new_token()
        tokens.make(token, person_id=account.id, name="Everything", scopes=tokens.SCOPES, days=1)
        db.engine.dispose()
    return token


def deliver(report_id: str, by: SignedIn) -> None:
    """Send a report that was prepared, by a link that was copied."""
    prepared_id = new_id()
    with writing() as connection:
        row = insert(models.Prepared, connection.dialect.name).values(
            id=prepared_id,
            report_id=report_id,
            cover=b"",
            pages="all",
            pdf=b"%PDF-1.7",
            **{**waiting(clock(connection)), "state": "done"},
        )
        connection.execute(row)
    deliveries.send(Sending(report_id, prepared_id, Recipient("A Reader"), 30), token=new_token(), by=by)


def asked(url: str, token: str, folder: str) -> int:
    """Ask everything; return how Schemathesis ends."""
    command = [
        str(SCHEMATHESIS),
        "run",
        f"{url}/api/openapi.json",
        f"--url={url}/api/v1",
        f"--header=Authorization: Bearer {token}",
        "--checks=all",
        f"--max-examples={scale.scaled(EXAMPLES)}",
        "--generation-deterministic",
        "--continue-on-failure",
        "--warnings=off",
        "--no-color",
    ]
    # Where it runs, it would read a configuration, and leave files behind.
    return subprocess.run(command, cwd=folder, env={**os.environ, "HOME": folder}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
