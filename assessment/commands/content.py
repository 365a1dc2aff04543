"""Looking at the pages and terms of the site."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from assessment.commands import files

group = AppGroup("content", help="Look at the pages and terms of the site.")


@group.command("check", with_appcontext=False)
def check() -> None:
    """Check every file under content/ and tell what is wrong, with its line and remedy."""
    library = files.library()
    for warning in library.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(
        f"Content is sound: {len(library.pages)} pages, {len(library.faq)} questions, "
        f"{len(library.terms)} terms, instruments {', '.join(library.instruments)}."
    )
