"""A demonstration: an empty installation filled with what is made up, and marked as such."""

from __future__ import annotations

import secrets

import click
from flask import current_app
from flask.cli import with_appcontext

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Fill an empty installation with made-up organisations, diagnoses of every outcome, and a desk.

    It refuses in production, and where anything was begun or anybody has an account.
    """
    from flask_migrate import upgrade

    from assessment.commands.demo import filling
    from assessment.store.sales import made_up

    settings = current_app.config["SETTINGS"]
    if settings.is_production:
        raise click.ClickException("this is a production setting; what is made up has no place in it")
    upgrade()
    if not made_up.is_empty():
        raise click.ClickException(
            "something is kept here already; name another folder in INSTANCE, or another DATABASE_URL"
        )
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))
    filled = filling.fill(current_app.extensions["library"], settings, password=password)
    base = settings.base_url
    click.echo(f"{filled.diagnoses} diagnoses, {filled.invitations} invitations, all of them made up.\n")
    click.echo(f"The sales desk   {base}/sales/sign-in")
    for account in filled.people:
        click.echo(f"  {account.role:<6}         {account.email}")
    click.echo(f"  password       {password} (of both; it is shown here and nowhere else)")
    click.echo(f"A leader         {base}/diagnosis/resume/{filled.resume_token}")
    click.echo(f"Somebody invited {base}/invited/{filled.invitation_token}")
