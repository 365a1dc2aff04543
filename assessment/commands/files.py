"""What the commands share: files in and out, one setting at a time, and faults as lines."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from assessment.settings import ROOT, SettingsError, kept_key, read_one

if TYPE_CHECKING:
    from assessment.content.library import Library
    from assessment.core.instrument import Instrument


class UnusableFile(click.ClickException):
    """A file given to a command cannot be used; the message is the line to print."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


def bytes_of(name: str, most: int, kind: str, written: str = "JSON") -> bytes:
    """Return the content of a file, never more than is needed to see that it has more than `most` bytes.

    `kind` says what the file should hold, `written` in which format. Raises UnusableFile.
    """
    try:
        with Path(name).open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise UnusableFile(f"{name}: {error.strerror}; name a readable file of {kind} ({written})") from None


def library() -> Library:
    """Return everything under content/. Raises UnusableFile with every fault of it."""
    from assessment.content.library import read_library

    with faults_as_lines():
        return read_library(setting("CONTENT"), static=ROOT / "static")


def instruments() -> dict[str, Instrument]:
    """Return every instrument by key. Raises UnusableFile with every fault of them."""
    from assessment.content.instruments import read_instruments

    with faults_as_lines():
        return read_instruments(instruments_folder())


def instruments_folder() -> Path:
    """Return the folder that holds every version of every instrument. Raises UnusableFile."""
    folder: Path = setting("CONTENT") / "instruments"
    return folder


def setting(name: str) -> Any:
    """Return the value of one setting; no other has to be right. Raises UnusableFile."""
    try:
        return read_one(os.environ, name)
    except SettingsError as error:
        raise UnusableFile(str(error)) from None


def secret_keys() -> list[bytes]:
    """Return the key of the site, made where none is set as the site does, and the one before it if any.

    Raises UnusableFile.
    """
    key, before = setting("SECRET_KEY"), setting("SECRET_KEY_BEFORE")
    try:
        key = key or kept_key(setting("INSTANCE") / "secret_key")
    except SettingsError as error:
        raise UnusableFile(str(error)) from None
    return [each for each in (key, before) if each]


@contextlib.contextmanager
def memory(name: str, *, makes: bool = False) -> Iterator[None]:
    """Open the database that the settings name, and nothing else of the site, for a command of this name.

    With `makes` one that is not there yet is made. Raises UnusableFile.
    """
    from flask import Flask

    from assessment import store

    address = setting("DATABASE_URL")
    path = address.removeprefix("sqlite:///")
    is_missing = path != address and not Path(path).exists()
    if is_missing and not makes:
        raise UnusableFile(f"DATABASE_URL: there is no {path}; name the database of the site")
    app = Flask(name, root_path=str(Path.cwd()))
    key, *before = secret_keys()
    app.config.update(SQLALCHEMY_DATABASE_URI=address, SECRET_KEY=key, SECRET_KEY_FALLBACKS=before)
    store.init_app(app)
    with app.app_context():
        try:
            if is_missing:
                _make(path)
            yield
        except store.StoreUnavailable as error:
            raise click.ClickException(f"the database does not answer ({error}); run it again") from None
        finally:
            store.db.engine.dispose()


def _make(path: str) -> None:
    """Make the database that is to lie here, and say so without the words of the migrations."""
    from flask_migrate import upgrade

    logging.getLogger("alembic").setLevel(logging.WARNING)
    upgrade()
    click.echo(f"{path} was not there yet and is made.", err=True)


@contextlib.contextmanager
def faults_as_lines() -> Iterator[None]:
    """Turn faults of the content into lines of the command."""
    from assessment.content.files.located import ContentError

    try:
        yield
    except ContentError as error:
        raise UnusableFile(str(error)) from None


def write_whole(name: str, data: bytes) -> None:
    """Write a file that is either the old one or the whole new one, whatever happens in between.

    Raises UnusableFile.
    """
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
