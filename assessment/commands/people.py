"""People of the sales desk, made and changed by whoever has the machine; and the first admin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from assessment.commands import files

if TYPE_CHECKING:
    from assessment.store.sales.people import Account, Role

# As in store.sales.people, which a command line that is only read must not load.
ROLE = click.Choice(["sales", "admin"])
group = AppGroup("people", help="Look after the people of the sales desk.")


@group.command("add", with_appcontext=False)
@click.argument("email")
@click.option("--name", default="", help="How they are called; if it is not said, what stands before the @.")
@click.option("--role", type=ROLE, help="Admin for the first of all, otherwise sales where it is not said.")
def add(email: str, name: str, role: Role | None) -> None:
    """Make an account; its password is asked for, or read from what is piped in: one line."""
    with files.memory("people", makes=True):
        from assessment.store.sales import audit, people

        if not _is_address(email):
            raise click.UsageError(f"{email} is not one address, such as ada@example.org")
        role = role or ("sales" if people.everybody() else "admin")
        name = name.strip() or email.partition("@")[0]
        password = _password(email, name)
        try:
            made = people.add(email=email, name=name, role=role, password=password, by=audit.COMMAND)
        except people.Taken:
            raise click.ClickException(f"there is an account of {email} already") from None
    click.echo(f"{made.email} ({made.role}) can sign in at /sales/sign-in.")


@group.command("list", with_appcontext=False)
def everybody() -> None:
    """List the accounts: address, role, name, and since when one has ended."""
    with files.memory("people"):
        from assessment.store.sales import people

        for each in people.everybody():
            ended = f", ended {each.ended_at:%Y-%m-%d}" if each.ended_at else ""
            click.echo(f"{each.email}  {each.role}  {each.name}{ended}")


@group.command("password", with_appcontext=False)
@click.argument("email")
def password(email: str) -> None:
    """Set somebody's password, asked for or piped in; they are signed out everywhere."""
    with files.memory("people"):
        from assessment.store.sales import audit, people

        account = _account(email)
        people.set_password(account.id, _password(account.email, account.name), by=audit.COMMAND)
    click.echo(f"{account.email} has a new password and is signed in nowhere.")


@group.command("role", with_appcontext=False)
@click.argument("email")
@click.argument("role", type=ROLE)
def role(email: str, role: Role) -> None:
    """Give somebody another role; they are signed out everywhere."""
    with files.memory("people"):
        from assessment.store.sales import audit, people

        account = _account(email)
        try:
            people.set_role(account.id, role, by=audit.COMMAND)
        except people.LastAdmin:
            raise _no_admin(account) from None
    click.echo(f"{account.email} is {role} now.")


@group.command("end", with_appcontext=False)
@click.argument("email")
def end(email: str) -> None:
    """End an account for good: what it did stays, and it is signed in nowhere from now on."""
    with files.memory("people"):
        from assessment.store.sales import audit, people

        account = _account(email)
        try:
            people.end(account.id, by=audit.COMMAND)
        except people.LastAdmin:
            raise _no_admin(account) from None
    click.echo(f"The account of {account.email} has ended.")


def _account(email: str) -> Account:
    from assessment.store.sales import people

    account = people.find_by_email(email)
    if account is None or account.ended_at:
        raise click.ClickException(f"there is no account of {email}; flask people list names them")
    return account


def _no_admin(account: Account) -> click.ClickException:
    return click.ClickException(f"{account.email} is the only admin; add or appoint another one first")


def _is_address(text: str) -> bool:
    name, _, host = text.strip().rpartition("@")
    return bool(name and host) and len(text) <= 254 and text.isprintable() and " " not in text.strip()


def _password(email: str, name: str) -> str:
    """Return a password that will do, typed unseen or from one line that is piped in."""
    from assessment.store.sales import passwords

    if sys.stdin.isatty():
        text: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    if fault := passwords.fault(text, about=(email, name)):
        raise click.ClickException(f"not this password. {fault}")
    return text
