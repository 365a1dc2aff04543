"""Which commands start without the site."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.commands import works_on_files
from tests.commands.conftest import flask


def test_a_command_on_files_works_while_the_settings_of_the_site_are_wrong(answers: Path) -> None:
    done = flask("diagnose", str(answers), ENVIRONMENT="production", SECRET_KEY="")

    assert done.returncode == 0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--app wsgi diagnose answers.json", True),
        ("-A wsgi report diagnose", True),
        ("--app=wsgi --debug content check", True),
        ("--app wsgi content --help export", False),
        ("--app wsgi content export content", False),
        ("--app wsgi db upgrade --directory content", False),
        ("--app diagnose run", False),
        ("--app wsgi --help", False),
        ("--app wsgi", False),
        ("", False),
    ],
)
def test_the_command_line_says_whether_the_site_is_needed(line: str, expected: bool) -> None:
    assert works_on_files(line.split()) is expected
