"""The pages of the site as files, for nginx to give without asking the site."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from assessment.commands.files import UnusableFile, write_whole


@click.command("export")
@click.argument("folder", metavar="FOLDER")
@with_appcontext
def export(folder: str) -> None:
    """Write what is the same for everyone, byte for byte as the site answers it, and settings for nginx.

    A file that is the same stays untouched; one whose page is gone, goes. The environment must be the site's:
    pages name its address.
    """
    from assessment.web import exporting

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy of it
    target = Path(folder).resolve()
    _is_ours(target, exporting.MARK)
    written = exporting.exported(app) | exporting.nginx(app, target)
    changed = [name for name, body in written.items() if _is_new(target / name, body)]
    for name in changed:
        _write(target / name, written[name])
    gone = [
        path
        for path in (target / exporting.FILES).rglob("*")
        if path.is_file() and path.relative_to(target).as_posix() not in written
    ]
    for path in gone:
        path.unlink()
    click.echo(f"{target}: {len(written)} files, {len(changed)} of them new, {len(gone)} removed.")


def _is_ours(target: Path, mark: str) -> None:
    """Raise UnusableFile where the folder holds something that no export wrote."""
    settings = target / "nginx.conf"
    try:
        theirs = target.exists() and any(target.iterdir()) and not settings.is_file()
        theirs = theirs or (settings.is_file() and not settings.read_text("utf-8").startswith(mark))
    except (OSError, UnicodeDecodeError):
        theirs = True
    if theirs:
        raise UnusableFile(f"{target}: it holds something else; name a folder that is empty or not there")


def _is_new(path: Path, body: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != body


def _write(path: Path, body: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableFile(f"{path.parent}: {error.strerror}; name a folder that can be written") from None
    write_whole(str(path), body)
