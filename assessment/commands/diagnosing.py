"""From a file of answers to a diagnosis, as JSON or on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assessment.commands import files
from assessment.commands.files import UnusableFile

if TYPE_CHECKING:
    from assessment.core.instrument import Instrument

LARGEST_ANSWERS = 1_000_000  # bytes; the reader of answers refuses more in words, nothing reads further


@click.command()
@click.argument("answers")
def diagnose(answers: str) -> None:
    """Print the diagnosis of a file of answers as JSON: the same bytes for the same answers."""
    _, document = _diagnosed(answers)
    from assessment.core.interchange import canonical

    click.echo(canonical(document), nl=False)


@click.command()
@click.argument("answers")
@click.option("-o", "--output", required=True, metavar="FILE.pdf", help="Where to write the report.")
@click.option(
    "--paper",
    "size",
    type=click.Choice(["a4", "letter"], case_sensitive=False),
    default="a4",
    show_default=True,
    help="The sheet that it is set on.",
)
def report(answers: str, output: str, size: str) -> None:
    """Write the report of a file of answers as a PDF."""
    instrument, document = _diagnosed(answers)
    if Path(output).exists() and Path(output).samefile(answers):
        raise UnusableFile(f"{output}: is the file of answers itself; name another file for the report")
    from assessment.report.document import paper
    from assessment.report.pdf import PdfError

    try:
        pdf = paper(
            document,
            instrument,
            files.library(),
            base_address=files.setting("BASE_URL"),
            size="letter" if size == "letter" else "",
        )
    except PdfError as error:
        raise click.ClickException(f"{output} was not written: {error}") from None
    files.write_whole(output, pdf)


def _diagnosed(answers: str) -> tuple[Instrument, dict[str, Any]]:
    """Return the instrument and the diagnosis of a file of answers. Raises UnusableFile."""
    from assessment.core.answers import read_answers
    from assessment.core.diagnosis import diagnose
    from assessment.core.interchange import DocumentError

    text = files.bytes_of(answers, LARGEST_ANSWERS, "answers")
    try:
        instrument, read = read_answers(files.instruments().__getitem__, text)
    except DocumentError as error:
        raise UnusableFile(f"{answers}: {error}") from None
    return instrument, diagnose(instrument, read)
