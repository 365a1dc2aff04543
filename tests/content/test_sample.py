"""The made-up team of the sample report: read with everything else, or told where it is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from assessment.content.files.located import ContentError
from assessment.content.library import read_library
from assessment.core.interchange import canonical
from assessment.settings import ROOT


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of everything under content/."""
    return Path(shutil.copytree(ROOT / "content", tmp_path / "content"))


def test_it_is_scored_when_it_is_read() -> None:
    sample = read_library(ROOT / "content").sample

    assert sample
    assert sample.result["instrument"]["key"] == sample.instrument.key
    assert sample.document == canonical(sample.result)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"instrument": "another/1.0.0"}, 'instrument: "another/1.0.0" is not held here; name an instrument'),
        ({"team_size": 1}, "team_size: 1 is out of range; give at least 2"),
        ({"observations": None}, "observations: is not an object; write {...}"),
    ],
)
def test_answers_that_cannot_be_used_are_told_with_file_fault_and_remedy(
    content: Path, changed: dict[str, Any], fault: str
) -> None:
    file = content / "sample" / "answers.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **changed}), "utf-8")

    with pytest.raises(ContentError) as error:
        read_library(content)

    assert str(error.value).startswith(f"{file}:1: {fault}")
    assert "leads to no page" not in str(error.value)


def test_without_the_file_a_link_to_it_leads_to_no_page(content: Path) -> None:
    shutil.rmtree(content / "sample")

    with pytest.raises(ContentError, match="link '/sample-report/' leads to no page"):
        read_library(content)


def test_a_page_shows_of_it_only_what_was_expected(content: Path) -> None:
    home = content / "pages" / "index.md"
    text = home.read_text("utf-8")
    home.write_text(text.replace('indicator = "FR1"', 'indicator = "XY9"'), "utf-8")

    with pytest.raises(ContentError) as error:
        read_library(content)

    [fault] = error.value.faults
    assert fault.line == text[: text.index('indicator = "FR1"')].count("\n") + 1
    assert fault.fault == "the made-up team expected nothing of indicator 'XY9'"
    assert "FR1" in fault.remedy
