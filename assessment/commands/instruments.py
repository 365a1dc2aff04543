"""Looking at what is asked, version by version, and closing a version."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from assessment.commands import files
from assessment.commands.files import UnusableFile

group = AppGroup("instrument", help="Look at what is asked, compare versions, close one.")


@group.command("check", with_appcontext=False)
def check() -> None:
    """Check every version of every instrument; print its key, hash, sizes, minutes and patterns."""
    from assessment.content import soundness

    with files.faults_as_lines():
        lines = soundness.check(files.instruments_folder())
    click.echo("\n".join(lines))


@group.command("publish", with_appcontext=False)
@click.argument("key", metavar="NAME/VERSION")
def publish(key: str) -> None:
    """Close a version: write its hashes into published.toml, from when on it cannot change."""
    from assessment.content import publication, soundness

    folder = files.instruments_folder()
    known = sorted(f"{each.parent.name}/{each.name}" for each in folder.glob("*/*") if each.is_dir())
    if key not in known:
        raise UnusableFile(f"{key}: is not in {folder}; name one of: {', '.join(known) or 'none is there'}")
    with files.faults_as_lines():
        if publication.is_published(folder, key):
            click.echo(f"{key} is published already, as it is; nothing was changed.")
            return
        instrument = soundness.sound(folder / key)
        text = publication.with_closed(folder, instrument)
    files.write_whole(str(folder / publication.FILE), text)
    click.echo(f"{key} is closed, sha256 {instrument.sha256}.")
