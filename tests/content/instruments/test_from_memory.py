"""What a form from memory asks for, it must say how: else one line names the place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assessment.content.files.located import ContentError
from assessment.content.instruments import read_instrument
from assessment.settings import ROOT

SHIPPED = ROOT / "content" / "instruments" / "execution-integrity" / "1.0.0"

PASSES, LAYERS = "passes/f1-done.toml", "layers/1-execution-integrity.toml"
OTHERS, HUMAN = "passes/f8-other-records.toml", "layers/3-human-debt.toml"
LEAD = "question for indicator '{}': form 'pre-scan' "

# The file, what is put in place of what, where that is told (the line of a text), and what is told.
FAULTS = [
    (
        (PASSES, 'from_memory = "How many of them did somebody', "# "),
        (PASSES, 'indicator = "VD2"'),
        LEAD.format("VD2") + "asks it from memory, so it needs 'from_memory', which asks how many",
        "add what is missing",
    ),
    (
        (LAYERS, "marks = { full = 10 }", "marks = { pre-scan = 10, full = 10 }"),
        (PASSES, 'indicator = "VD3"'),
        LEAD.format("VD3") + "asks it from memory, so it needs 'from_memory', which asks how many",
        "add what is missing",
    ),
    (
        (OTHERS, "sound = 4", "sound = 5"),
        (OTHERS, 'indicator = "RC1"'),
        LEAD.format("RC1") + "always has 4 marks, but one of its choices has 5 sound",
        "correct 'marks' or 'type'",
    ),
    (
        (OTHERS, "sound = 2", "sound = 1"),
        (OTHERS, 'indicator = "RC1"'),
        LEAD.format("RC1")
        + "asks it from memory, so the 'sound' of its 'choices' must fall from one to the next",
        "put them best first, and join those that stand for as many",
    ),
    (
        (LAYERS, "pre-scan = 10, quick = 8", "pre-scan = 5, quick = 8"),
        (PASSES, 'id = "F1"\nname = "Items'),
        "frame 'F1': of the same items form 'pre-scan' always has the same number of marks, not 5 and 10",
        "correct 'marks' or 'type'",
    ),
    (
        (HUMAN, "marks = { quick = 10", "marks = { pre-scan = 10, quick = 10"),
        (PASSES, 'indicator = "LD1"'),
        LEAD.format("LD1") + "asks it from memory by choices, but type 'spread' always has a share",
        "correct 'marks' or 'type'",
    ),
    (
        ("instrument.toml", 'grades = ["E1"]', 'grades = ["E1", "E2"]'),
        ("instrument.toml", "from_memory = true"),
        "form pre-scan: 'from_memory' needs grades = [\"E1\"]: what is recalled is not shown",
        "add what is missing",
    ),
    (
        ("instrument.toml", "from_memory = true", "from_memory = true\nprints_dimensions = true"),
        ("instrument.toml", "from_memory = true"),
        "form pre-scan: give either 'from_memory' or 'prints_dimensions', not both",
        "keep one of the two",
    ),
]


@pytest.mark.parametrize(("change", "place", "fault", "remedy"), FAULTS)
def test_what_a_form_from_memory_lacks_is_told_at_its_place(
    tmp_path: Path, change: tuple[str, str, str], place: tuple[str, str], fault: str, remedy: str
) -> None:
    folder = tmp_path / "execution-integrity" / "1.0.0"
    shutil.copytree(SHIPPED, folder)
    file, find, write = change
    whole = (folder / file).read_text("utf-8")
    assert find in whole
    (folder / file).write_text(whole.replace(find, write, 1), "utf-8")

    with pytest.raises(ContentError) as raised:
        read_instrument(folder)

    where, text = place
    before, found, _ = (folder / where).read_text("utf-8").partition(text)
    assert found
    line = before.count("\n") + 1
    assert [str(each) for each in raised.value.faults] == [f"{folder}/{where}:{line}: {fault}; {remedy}"]
