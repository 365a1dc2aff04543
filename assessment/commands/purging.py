"""Removing what was kept for as long as it may be, as the back room does every day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from assessment.commands import files


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
def purge(dry_run: bool) -> None:
    """Remove what was kept for as long as the settings say, and what was deleted but not to the end."""
    periods = {
        "drafts": timedelta(days=files.setting("KEEP_DRAFTS_DAYS")),
        "finished": timedelta(days=files.setting("KEEP_FINISHED_DAYS")),
        "papers": timedelta(hours=files.setting("KEEP_PDFS_HOURS")),
    }
    with files.memory("purge"):
        from assessment.store import removal

        removed = removal.purge(datetime.now(UTC), removal.Periods(**periods), dry_run=dry_run)
    click.echo(("Would remove: " if dry_run else "Removed: ") + removed.told())
