"""People of the sales desk and their browsers, for tests: made and begun as the site does."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from assessment.store.sales import people, sessions
from assessment.store.sales.people import Account, Role

PASSWORD = "a long sentence that nobody says"  # noqa: S105 of accounts in tests


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
