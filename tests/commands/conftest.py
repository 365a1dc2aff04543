"""How commands are run: in this process, or as an operator runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from assessment.app import bare_app
from assessment.settings import ROOT
from tests.answers import some_answers


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A file with answers to the whole quick form."""
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(some_answers()), encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    """Run a command in this process."""
    return bare_app().test_cli_runner().invoke(args=list(arguments))


def flask(*arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        check=False,
        timeout=120,
    )


def refused(result: Result) -> str:
    """Return the one line that a refusal consists of."""
    assert result.exit_code == 2
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    return line
