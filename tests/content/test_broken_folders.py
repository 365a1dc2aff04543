"""Ten broken content folders: each is refused with one line that says where, what and what to do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from assessment.content.files.located import ContentError
from assessment.content.library import read_library
from assessment.settings import ROOT
from tests.broken import TEN, Breakage


@pytest.mark.parametrize("broken", TEN.values(), ids=TEN)
def test_a_broken_folder_is_told_in_one_line_with_file_line_fault_and_remedy(
    broken: Breakage, tmp_path: Path
) -> None:
    content = Path(shutil.copytree(ROOT / "content", tmp_path / "content"))
    broken.do(content)

    with pytest.raises(ContentError) as error:
        read_library(content)

    [fault] = error.value.faults
    line = str(fault).removeprefix(f"{content}/")
    assert line.startswith(broken.told)
    assert broken.remedy in line.partition(broken.told)[2]
    assert re.match(r"[\w./-]+:\d+: \S.*; \S", line)


def test_they_are_ten() -> None:
    assert len(TEN) == 10
