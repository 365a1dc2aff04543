"""Looking at what is asked, version by version, and closing a version."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from assessment.commands import files
from assessment.commands.files import UnusableFile

group = AppGroup("instrument", help="Look at what is asked, compare versions, close one.")


@group.command("check", with_appcontext=False)
def check() -> None:
    """Check every version of every instrument; print its key, hash, sizes, minutes and patterns."""
    from assessment.content.instruments import inspection

    with files.faults_as_lines():
        lines = inspection.check(files.instruments_folder())
    click.echo("\n".join(lines))


@group.command("publish", with_appcontext=False)
@click.argument("key", metavar="NAME/VERSION")
def publish(key: str) -> None:
    """Close a version: write its hashes into published.toml, from when on it cannot change."""
    from assessment.content.instruments import inspection, publication

    folder = _folder_with(key)
    with files.faults_as_lines():
        if publication.is_published(folder, key):
            click.echo(f"{key} is published already, as it is; nothing was changed.")
            return
        instrument = inspection.inspected(folder / key)
        text = publication.with_closed(folder, instrument)
    files.write_whole(str(folder / publication.FILE), text)
    click.echo(f"{key} is closed, sha256 {instrument.sha256}.")


@group.command("diff", with_appcontext=False)
@click.argument("before", metavar="NAME/VERSION")
@click.argument("after", metavar="NAME/VERSION")
def diff(before: str, after: str) -> None:
    """Say what differs between two versions, and whether their results can be compared.

    The exit code is 0 when nothing differs, 1 when something does, 2 when one of them cannot be read.
    """
    from assessment.content.instruments import read_instrument
    from assessment.core import difference

    with files.faults_as_lines():
        pair = [read_instrument(_folder_with(key) / key) for key in (before, after)]
    found = difference.difference(*pair)
    click.echo("\n".join([f"{each.key}, sha256 {each.sha256}" for each in pair]))
    click.echo("\n".join(found.lines()))
    raise SystemExit(1 if found.edits else 0)


@group.command("schema", with_appcontext=False)
@click.option("--write", "folder", metavar="DIR", help="Write a file for each into this folder.")
def schema(folder: str | None) -> None:
    """Print the JSON Schemas of instruments, answers and results, or write them."""
    from assessment.content.instruments import schemas

    made = schemas.schemas()
    if folder is None:
        click.echo(schemas.written(made), nl=False)
        return
    for name, each in made.items():
        target = Path(folder) / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnusableFile(f"{target.parent}: {error.strerror}; name a folder to write into") from None
        files.write_whole(str(target), schemas.written(each))
    click.echo(f"{len(made)} schemas are written to {folder}.")


def _folder_with(key: str) -> Path:
    """Return the folder of the instruments, which holds this version. Raises UnusableFile."""
    folder = files.instruments_folder()
    known = sorted(f"{each.parent.name}/{each.name}" for each in folder.glob("*/*") if each.is_dir())
    if key not in known:
        raise UnusableFile(f"{key}: is not in {folder}; name one of: {', '.join(known) or 'none is there'}")
    return folder
