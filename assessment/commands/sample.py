"""The sample report: its PDF, made without the back room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from assessment.commands import files
from assessment.commands.files import UnusableFile

if TYPE_CHECKING:
    from assessment.content.library import Library
    from assessment.content.sample import Sample

group = AppGroup("sample", help="Make the sample report.")


@group.command("build", with_appcontext=False)
@click.option("-o", "--output", metavar="FILE.pdf", help="Write it there, not where the site looks for it.")
def build(output: str | None) -> None:
    """Make the PDF of the sample report, as the back room does when it starts: the same bytes."""
    from assessment.report import sample
    from assessment.report.pdf import PdfError

    library = files.library()
    made_up = _made_up(library)
    try:
        pdf = sample.paper(made_up, library, base_address=files.setting("BASE_URL"))
    except PdfError as error:
        raise click.ClickException(f"the sample report was not made: {error}") from None
    if output:
        files.write_whole(output, pdf)
        return
    folder = files.setting("INSTANCE")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = sample.keep(folder, made_up, pdf)
    except OSError as error:
        raise UnusableFile(f"INSTANCE: {error.strerror}; name a folder that can be written") from None
    click.echo(f"{path}: {len(pdf):,} bytes")


def _made_up(library: Library) -> Sample:
    """Return the made-up team. Raises UnusableFile where there is none."""
    from assessment.content.sample import FILE

    if library.sample is None:
        raise UnusableFile(f"{files.setting('CONTENT') / FILE}: there is none; put answers there")
    return library.sample
