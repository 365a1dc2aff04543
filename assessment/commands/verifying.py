"""Whether a file is what the site issued, told without asking the site: from signatures and a public key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assessment.commands import files
from assessment.commands.files import UnusableFile

if TYPE_CHECKING:
    from assessment.seal import Signature

LARGEST_FILE = 25_000_000  # bytes; the renderer makes no PDF as large
LARGEST_SMALL = 100_000  # bytes: signatures or keys
SUFFIX = ".sig.json"
COVERED = "; a PDF with a cover of its sender never is: ask the page of the report under /verify/"


@click.command()
@click.argument("file")
@click.option("--key", metavar="KEY.pem", help="The published key; without it, the one of this installation.")
@click.option("--signature", metavar=f"FILE{SUFFIX}", help="The signatures; without it, those beside FILE.")
def verify(file: str, key: str | None, signature: str | None) -> None:
    """Say whether FILE, a result (JSON) or a PDF, is what the site issued.

    The exit code is 0 when it is genuine, 1 when it is not, 2 when something cannot be read.
    """
    from assessment import seal

    data = files.bytes_of(file, LARGEST_FILE, "a report", "JSON or PDF")
    signatures, keys = _signatures(file, signature), _keys(key)
    verdict = seal.check(data, signatures, keys)
    click.echo(f"{file}: {_told(verdict, keys, signatures, data.startswith(b'%PDF-'))}")
    raise SystemExit(0 if verdict in ("genuine", "same figures") else 1)


def _told(verdict: str, keys: Mapping[str, bytes], signatures: list[Signature], is_pdf: bool) -> str:
    held = ", ".join(keys)
    if verdict == "genuine":
        return f"genuine, byte for byte (key {held})"
    if verdict == "same figures":
        return f"genuine figures, written another way than they were issued (key {held})"
    if verdict == "other key":
        used = ", ".join(sorted({each.key_id for each in signatures})) or "none"
        return f"not verified: signed with the key {used}, not with {held}"
    return "not genuine: it is not what was signed" + (COVERED if is_pdf else "")


def _signatures(file: str, name: str | None) -> list[Signature]:
    from assessment.seal import SealError, read_signatures

    beside = Path(file).with_suffix(SUFFIX)
    if name is None and not beside.exists():
        raise UnusableFile(
            f"{file}: there is no {beside.name} beside it; download the signatures from the page of the "
            "report under /verify/, or name them with --signature"
        )
    name = name or str(beside)
    try:
        return read_signatures(files.bytes_of(name, LARGEST_SMALL, "signatures"))
    except SealError as error:
        raise UnusableFile(f"{name}: {error}") from None


def _keys(name: str | None) -> dict[str, bytes]:
    from assessment.seal import SealError, Signer, read_keys

    if name is None:
        signer = Signer(_secret())
        return {signer.id: signer.public}
    try:
        return read_keys(files.bytes_of(name, LARGEST_SMALL, "keys", "PEM"))
    except SealError as error:
        raise UnusableFile(f"{name}: {error}") from None


def _secret() -> bytes:
    """Return what this installation signs with. None is made: it would have signed nothing."""
    given = any(os.environ.get(name, "").strip() for name in ("SIGNING_KEY", "SECRET_KEY"))
    if not given and not (files.setting("INSTANCE") / "secret_key").exists():
        raise UnusableFile("--key: is not given, and none is kept here; take it from /verify/key.pem")
    secret: bytes = files.setting("SIGNING_KEY")
    return secret or files.secret_keys()[0]
