"""`flask people` and `flask audit`: accounts by whoever has the machine, and whether the audit is whole."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from assessment.app import bare_app
from assessment.store.sales import people
from assessment.store.sales.people import Right
from tests.desk import PASSWORD


@pytest.fixture
def site(app: Flask, quick_passwords: None, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An empty installation, and the environment that names it."""
    monkeypatch.setenv("INSTANCE", str(app.config["SETTINGS"].instance))
    monkeypatch.setenv("SECRET_KEY", app.config["SECRET_KEY"].decode())
    return app


def run(*arguments: str, piped: str = "") -> Result:
    return bare_app().test_cli_runner().invoke(args=list(arguments), input=piped)


def test_the_first_of_all_is_an_admin_and_the_next_is_not(site: Flask) -> None:
    first = run("people", "add", "root@example.org", piped=f"{PASSWORD}\n")
    second = run("people", "add", "ada@example.org", "--name", "Ada", piped=PASSWORD)

    assert first.stdout == "root@example.org (admin) can sign in at /sales/sign-in.\n"
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert run("people", "list").stdout == "ada@example.org  sales  Ada\nroot@example.org  admin  root\n"
    with site.app_context():
        assert isinstance(people.check("root@example.org", PASSWORD, source=""), Right)


def test_the_first_admin_is_made_before_anything_else_was(
    site: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE", str(tmp_path / "new"))

    added = run("people", "add", "root@example.org", piped=PASSWORD)

    assert (added.exit_code, added.stdout) == (0, "root@example.org (admin) can sign in at /sales/sign-in.\n")
    assert "site.db was not there yet and is made" in added.stderr
    assert run("people", "list").stdout == "root@example.org  admin  root\n"


@pytest.mark.parametrize(
    ("arguments", "piped", "told"),
    [
        (("add", "root@example.org"), "short", "not this password. Choose a longer one"),
        (("add", "nobody"), PASSWORD, "nobody is not one address"),
        (("end", "who@example.org"), "", "there is no account of who@example.org"),
    ],
)
def test_what_cannot_be_done_is_said_and_makes_nothing(
    site: Flask, arguments: tuple[str, ...], piped: str, told: str
) -> None:
    refused = run("people", *arguments, piped=piped)

    assert refused.exit_code in (1, 2)
    assert told in refused.stderr
    assert PASSWORD not in refused.output
    assert run("people", "list").stdout == ""


def test_passwords_and_roles_are_changed_and_accounts_ended_but_the_last_admin_stays(site: Flask) -> None:
    run("people", "add", "root@example.org", piped=PASSWORD)
    run("people", "add", "ada@example.org", piped=PASSWORD)
    assert "only admin" in run("people", "end", "root@example.org").stderr
    assert "only admin" in run("people", "role", "root@example.org", "sales").stderr

    run("people", "password", "ada@example.org", piped="another sentence of hers")
    assert run("people", "role", "ada@example.org", "admin").stdout == "ada@example.org is admin now.\n"
    assert run("people", "end", "root@example.org").exit_code == 0

    assert ", ended 20" in run("people", "list").stdout
    with site.app_context():
        assert isinstance(people.check("ada@example.org", "another sentence of hers", source=""), Right)
        assert not isinstance(people.check("root@example.org", PASSWORD, source=""), Right)


def test_the_audit_is_found_whole_until_a_row_is_changed_or_its_end_is_cut_off(site: Flask) -> None:
    for name in ("root", "ada", "bob"):
        run("people", "add", f"{name}@example.org", piped=PASSWORD)

    whole = run("audit", "verify")
    assert (whole.exit_code, whole.stdout[:15]) == (0, "Whole: 3 rows, ")
    noted = whole.stdout.split()[-1]
    assert run("audit", "verify", "--noted", noted).exit_code == 0

    with sqlite3.connect(site.config["SETTINGS"].instance / "site.db") as database:
        database.execute("DELETE FROM audit WHERE number = 3")
    database.close()
    assert run("audit", "verify").exit_code == 0
    assert "cut off" in run("audit", "verify", "--noted", noted).stdout

    with sqlite3.connect(site.config["SETTINGS"].instance / "site.db") as database:
        database.execute("UPDATE audit SET who = 'leader' WHERE number = 1")
    database.close()
    broken = run("audit", "verify")
    assert (broken.exit_code, broken.stdout[:16]) == (1, "Broken at row 1:")
