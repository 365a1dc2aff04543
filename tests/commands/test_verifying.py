"""`verify`: a result or a PDF is known as genuine without the site, from its signatures and the key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from assessment import seal
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.seal import Signature, Signer
from assessment.settings import ROOT
from tests.answers import KEY, shipped, some_answers
from tests.commands.conftest import flask, refused, run

SIGNS_WITH = "a secret for signing that is long enough"
PDF = b"%PDF-1.7 a paper"


@dataclass(frozen=True, slots=True)
class Downloads:
    """What somebody has downloaded: a result, a PDF, the signatures of both, and the published key."""

    folder: Path
    result: Path
    pdf: Path
    signatures: Path
    key: Path

    def verify(self, file: Path | None = None, *more: str) -> tuple[int, str]:
        done = run("verify", str(file or self.result), "--key", str(self.key), *more)
        return done.exit_code, done.stdout


@pytest.fixture
def downloads(tmp_path: Path) -> Downloads:
    """The files of a report that was issued."""
    answers = json.dumps(some_answers()).encode()
    data = canonical(diagnose(*read_answers({KEY: shipped()}.__getitem__, answers)))
    signer = Signer(SIGNS_WITH.encode())
    found = Downloads(
        tmp_path, *(tmp_path / name for name in ("report.json", "report.pdf", "report.sig.json", "key.pem"))
    )
    found.result.write_bytes(data)
    found.pdf.write_bytes(PDF)
    signed = [
        Signature("result", "", signer.id, signer.sign(data)),
        Signature("pdf", "", signer.id, signer.sign(PDF)),
    ]
    found.signatures.write_bytes(seal.signature_file("AB-2222-3333", "2026-11-22", "https://s.test", signed))
    found.key.write_bytes(seal.pem(signer.public))
    return found


def test_what_was_issued_is_genuine(downloads: Downloads) -> None:
    for file in (downloads.result, downloads.pdf):
        code, said = downloads.verify(file)

        assert code == 0
        assert said.startswith(f"{file}: genuine, byte for byte")


def test_a_result_that_was_only_written_otherwise_has_genuine_figures(downloads: Downloads) -> None:
    downloads.result.write_text(json.dumps(json.loads(downloads.result.read_text()), indent=2))

    code, said = downloads.verify()

    assert code == 0
    assert "genuine figures, written another way" in said


def test_what_was_changed_is_not_genuine(downloads: Downloads) -> None:
    downloads.result.write_bytes(downloads.result.read_bytes().replace(b"1", b"2", 1))
    downloads.pdf.write_bytes(PDF + b"\n")

    for file in (downloads.result, downloads.pdf):
        code, said = downloads.verify(file)

        assert code == 1
        assert "not genuine" in said


def test_what_another_key_signed_is_not_genuine_and_both_keys_are_named(downloads: Downloads) -> None:
    other = Signer(b"what somebody else signs with, long enough")
    downloads.key.write_bytes(seal.pem(other.public))

    code, said = downloads.verify()

    assert code == 1
    assert other.id in said
    assert Signer(SIGNS_WITH.encode()).id in said


def test_signatures_are_found_where_they_are_named(downloads: Downloads) -> None:
    elsewhere = downloads.signatures.rename(downloads.folder / "elsewhere")

    assert downloads.verify(None, "--signature", str(elsewhere))[0] == 0


@pytest.mark.parametrize("missing", ["result", "signatures", "key"])
def test_what_is_not_there_is_told_in_a_line(downloads: Downloads, missing: str) -> None:
    getattr(downloads, missing).unlink()

    line = refused(run("verify", str(downloads.result), "--key", str(downloads.key)))

    assert "name" in line or "download" in line


@pytest.mark.parametrize("broken", ["signatures", "key"])
def test_what_cannot_be_read_is_told_in_a_line_that_names_it(downloads: Downloads, broken: str) -> None:
    file: Path = getattr(downloads, broken)
    file.write_bytes(b"\xff{")

    assert str(file) in refused(run("verify", str(downloads.result), "--key", str(downloads.key)))


def test_without_a_key_the_one_of_the_installation_is_taken_and_none_is_made(downloads: Downloads) -> None:
    instance = downloads.folder / "instance"
    bare = {"INSTANCE": str(instance), "SECRET_KEY": "", "SIGNING_KEY": ""}

    with_key = flask("verify", str(downloads.result), **{**bare, "SIGNING_KEY": SIGNS_WITH})
    without = flask("verify", str(downloads.result), **bare)

    assert with_key.returncode == 0, with_key.stderr
    assert without.returncode == 2
    assert b"--key" in without.stderr
    assert not instance.exists()


def test_it_asks_neither_site_nor_database(downloads: Downloads) -> None:
    arguments = ["verify", str(downloads.result), "--key", str(downloads.key)]
    program = (
        "import sys\nfrom assessment.app import bare_app\n"
        f"done = bare_app().test_cli_runner().invoke(args={arguments!r})\n"
        "named = ('sqlalchemy', 'assessment.store', 'assessment.web')\n"
        "print(done.exit_code, [name for name in named if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ}, capture_output=True, check=True
    )

    assert done.stdout.decode().strip() == "0 []"
