"""The `flask` commands: the same core, from files instead of forms.

A file that cannot be used gets one line on stderr that names place, fault and remedy, and exit code 2.
What a command needs is imported when it runs: `diagnose` loads neither the database nor the web.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
from flask import Flask
from flask.cli import AppGroup

from assessment.settings import SettingsError, read_one

if TYPE_CHECKING:
    from assessment.content.library import Library
    from assessment.core.instrument import Instrument

LARGEST_ANSWERS = 1_000_000  # bytes; the reader of answers refuses more in words, nothing reads further
INSTRUMENTS = "instruments"  # the folder below content/

# These work on files alone: without a database, and while pages or settings of the site are broken.
ON_FILES = frozenset({"diagnose", "report", "content", "instrument"})
VALUED_OPTIONS = frozenset({"-A", "--app", "-e", "--env-file"})


class UnusableFile(click.ClickException):
    """A file given to a command cannot be used; the message is the line to print."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


def works_on_files(arguments: Sequence[str]) -> bool:
    """Does this command line of `flask` name a command that needs no site?"""
    words = iter(arguments)
    for word in words:
        if word in VALUED_OPTIONS:
            next(words, None)
        elif not word.startswith("-"):
            return word in ON_FILES
    return False


def init_app(app: Flask) -> None:
    """Add the commands to an application."""
    app.cli.add_command(diagnose)
    app.cli.add_command(report)
    app.cli.add_command(content_commands)
    app.cli.add_command(instrument_commands)


@click.command()
@click.argument("answers")
def diagnose(answers: str) -> None:
    """Print the diagnosis of a file of answers as JSON: the same bytes for the same answers."""
    _, document = _diagnosed(answers)
    from assessment.core.diagnosis import canonical

    click.echo(canonical(document), nl=False)


@click.command()
@click.argument("answers")
@click.option("-o", "--output", required=True, metavar="FILE.pdf", help="Where to write the report.")
def report(answers: str, output: str) -> None:
    """Write the report of a file of answers as a PDF."""
    instrument, document = _diagnosed(answers)
    if Path(output).exists() and Path(output).samefile(answers):
        raise UnusableFile(f"{output}: is the file of answers itself; name another file for the report")
    from assessment.report.document import paper
    from assessment.report.pdf import PdfError

    try:
        pdf = paper(document, instrument, _library(), base_address=_setting("BASE_URL"))
    except PdfError as error:
        raise click.ClickException(f"{output} was not written: {error}") from None
    _write_whole(output, pdf)


content_commands = AppGroup("content", help="Look at the pages and terms of the site.")
instrument_commands = AppGroup("instrument", help="Look at what is asked.")


@content_commands.command("check", with_appcontext=False)
def check_content() -> None:
    """Check every file under content/ and tell what is wrong, with its line and remedy."""
    library = _library()
    for warning in library.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(
        f"Content is sound: {len(library.pages)} pages, {len(library.faq)} questions, "
        f"{len(library.terms)} terms, instruments {', '.join(library.instruments)}."
    )


@instrument_commands.command("check", with_appcontext=False)
def check_instruments() -> None:
    """Check every version of every instrument and print its key, hash, sizes and minutes."""
    from assessment.content.instruments import check

    with _faults_as_lines():
        lines = check(_setting("CONTENT") / INSTRUMENTS)
    click.echo("\n".join(lines))


def _diagnosed(answers: str) -> tuple[Instrument, dict[str, Any]]:
    """Return the instrument and the diagnosis of a file of answers. Raises UnusableFile."""
    from assessment.core import diagnosis

    text = _bytes_of(answers)
    try:
        instrument, read = diagnosis.read_answers(_instruments().__getitem__, text)
    except diagnosis.AnswersError as error:
        raise UnusableFile(f"{answers}: {error}") from None
    return instrument, diagnosis.diagnose(instrument, read)


def _bytes_of(name: str) -> bytes:
    """Return the content of a file, never more than is needed to see that it is too large."""
    try:
        with Path(name).open("rb") as file:
            return file.read(LARGEST_ANSWERS + 1)
    except OSError as error:
        raise UnusableFile(f"{name}: {error.strerror}; name a readable file of answers (JSON)") from None


def _library() -> Library:
    from assessment.content.library import read_library

    with _faults_as_lines():
        return read_library(_setting("CONTENT"))


def _instruments() -> dict[str, Instrument]:
    from assessment.content.instruments import read_instruments

    with _faults_as_lines():
        return read_instruments(_setting("CONTENT") / INSTRUMENTS)


def _setting(name: str) -> Any:
    try:
        return read_one(os.environ, name)
    except SettingsError as error:
        raise UnusableFile(str(error)) from None


@contextlib.contextmanager
def _faults_as_lines() -> Iterator[None]:
    """Turn faults of the content into lines of the command."""
    from assessment.content.located import ContentError

    try:
        yield
    except ContentError as error:
        raise UnusableFile(str(error)) from None


def _write_whole(name: str, data: bytes) -> None:
    """Write a file that is either the old one or the whole new one, whatever happens in between."""
    target = Path(name)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UnusableFile(f"{name}: {error.strerror}; name a file in a folder that can be written") from None
