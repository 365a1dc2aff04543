"""Whether the audit of the sales desk is whole."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from assessment.commands import files

group = AppGroup("audit", help="Check the audit of the sales desk.")


@group.command("verify", with_appcontext=False)
@click.option("--noted", metavar="NUMBER:HASH", help="What this command said before: it must still stand.")
def verify(noted: str | None) -> None:
    """Say whether every row of the audit holds the hash of the one before: exit code 1 where one does not.

    Rows that were cut off at the end are missed by nothing but a hash that was noted elsewhere.
    """
    number, _, sha256 = (noted or "").partition(":")
    if noted is not None and not (number.isascii() and number.isdigit() and len(sha256) == 64):
        raise click.UsageError("--noted is what this command printed before, such as 12:5feceb66...")
    with files.memory("audit"):
        from assessment.store.sales import audit

        found = audit.verify()
        stands = noted is None or audit.holds(int(number), sha256)
    if found.broken_at is not None:
        click.echo(f"Broken at row {found.broken_at}: it, or the row before it, is not as it was written.")
        raise SystemExit(1)
    if not stands:
        click.echo(f"Row {number} is not the one that was noted: the audit was cut off or written anew.")
        raise SystemExit(1)
    click.echo(f"Whole: {found.rows} rows, {found.rows}:{found.last_sha256}")
