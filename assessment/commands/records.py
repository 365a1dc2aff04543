"""Counting what exports of systems of record tell: here, and with one file on anybody's machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from assessment.commands import files
from assessment.commands.files import UnusableFile

if TYPE_CHECKING:
    from assessment.records.plan import Plan

group = AppGroup("records", help="Count what exports of other systems tell.")


@group.command(
    "measure",
    with_appcontext=False,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="FILE... --team-size N [OPTIONS]")
def measure(arguments: tuple[str, ...]) -> None:
    """Count some files and write observations.json, as assess-records does; --help tells of its options."""
    from assessment.records import local

    raise SystemExit(local.main(["measure", *arguments], _plan(), "flask records"))


@group.command("pack", with_appcontext=False)
@click.option("-o", "--output", metavar="FILE.pyz", help="Where to write it.")
def pack(output: str | None) -> None:
    """Write assess-records.pyz, which counts files wherever they are, with a bare Python: the same bytes."""
    from assessment.records import packing

    name = output or packing.NAME
    data = packing.packed(_plan())
    files.write_whole(name, data)
    click.echo(f"{name}: {len(data):,} bytes")


def _plan() -> Plan:
    """Return what is counted for the site's own instrument. Raises UnusableFile where nothing is."""
    library = files.library()
    key = library.current.key
    if key not in library.measures:
        folder = files.instruments_folder() / key.partition("/")[0]
        raise UnusableFile(f"{folder}: has no measures.toml; write which measures stand for its indicators")
    return library.measures[key]
