"""Looking at what is asked, version by version."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from assessment.commands import files

group = AppGroup("instrument", help="Look at what is asked.")


@group.command("check", with_appcontext=False)
def check() -> None:
    """Check every version of every instrument and print its key, hash, sizes and minutes."""
    from assessment.content import instruments

    with files.faults_as_lines():
        lines = instruments.check(files.instruments_folder())
    click.echo("\n".join(lines))
