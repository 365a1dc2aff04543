"""What differs between two versions: told by part, and what moves scores apart from words."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from assessment.content.instruments import read_instrument, read_instruments
from assessment.core.difference import Difference, difference
from tests.content.instruments.test_reading import SAMPLES, SHIPPED

SCORES = "What is counted or scored:"
ROUTE = "What finds patterns or picks the next step:"
WORDS = "Words and the rest, which move neither:"


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    """The same instrument as 1.0.0 and as 1.0.1, to be changed."""
    for version in ("1.0.0", "1.0.1"):
        shutil.copytree(SAMPLES / "tiny" / "1.0.0", tmp_path / "tiny" / version)
    return tmp_path / "tiny" / "1.0.0", tmp_path / "tiny" / "1.0.1"


def after(versions: tuple[Path, Path], file: str, find: str, write: str) -> Difference:
    """Return what differs once a file of the later version is changed."""
    path = versions[1] / file
    whole = path.read_text("utf-8")
    assert find in whole
    path.write_text(whole.replace(find, write, 1), "utf-8")
    return difference(*(read_instrument(each) for each in versions))


@pytest.mark.parametrize(
    ("file", "find", "write", "heading", "told"),
    [
        ("layers/1-craft.toml", "target = 0.9", "target = 0.8", SCORES, "indicator BK1: target: 0.9 → 0.8"),
        ("layers/1-craft.toml", "round = 5", "round = 6", SCORES, "indicator BK1: marks.round: 5 → 6"),
        ("constants.toml", "team = 2.5", "team = 2", SCORES, "constant prior.team: 2.5 → 2"),
        ("constants.toml", "above = 15", "above = 20", SCORES, "constant band P.above: 15 → 20"),
        ("instrument.toml", "window_days = 30", "window_days = 40", SCORES, "the instrument: window_days: "),
        ("constants.toml", "present = 0.70", "present = 0.8", ROUTE, "constant patterns.present: 0.7 → 0.8"),
        ("patterns.toml", '["BK1"]', '["BK1", "OV1"]', ROUTE, "pattern blind-baking: required: “BK1” → "),
        ("routes.toml", "gate_failed", "from_memory = true, gate_failed", ROUTE, "rule 0: condition 1.from_"),
        ("routes.toml", "secondary = false", "", ROUTE, "rule 0: secondary: no → yes"),
        ("layers/1-craft.toml", "Weigh each batch.", "Weigh it.", WORDS, "indicator BK1: fix: “Weigh each"),
        ("passes/f1-batches.toml", "round = 3", "round = 4", WORDS, "pass F1: minutes.round: 3 → 4"),
        ("passes/f1-batches.toml", "A figure in grams.", "In grams.", WORDS, "question BK1: hint: "),
        ("instrument.toml", "draft = true", "draft = false", WORDS, "the instrument: draft: yes → no"),
    ],
)  # fmt: skip
def test_a_change_is_told_by_part_under_what_it_can_move(
    versions: tuple[Path, Path], file: str, find: str, write: str, heading: str, told: str
) -> None:
    first, second, *rest = after(versions, file, find, write).lines()

    assert first == heading
    assert second.startswith(f"  {told}")
    assert [line for line in rest if line.startswith("  ")] == []


def test_parts_that_come_and_go_are_named(versions: tuple[Path, Path]) -> None:
    path = versions[1] / "layers" / "1-craft.toml"
    indicator = path.read_text("utf-8")[path.read_text("utf-8").index("[[dimensions.indicators]]") :]
    more = indicator.replace("BK1", "BK2").replace("The batch was weighed", "The batch was tasted")
    path.write_text(path.read_text("utf-8") + "\n" + re.sub("marks = .*", "marks = {}", more), "utf-8")

    here, there = (read_instrument(each) for each in versions)

    assert "  indicator BK2 added: “The batch was tasted”" in difference(here, there).lines()
    assert "  indicator BK2 removed: “The batch was tasted”" in difference(there, here).lines()


def test_an_indicator_that_moves_to_another_dimension_moves_scores() -> None:
    shipped = next(iter(read_instruments(SHIPPED).values()))
    data = shipped.model_dump(mode="json")
    first, second = data["layers"][0]["dimensions"][:2]
    second["indicators"].append(first["indicators"].pop())

    found = difference(shipped, type(shipped).model_validate(data))

    assert [(each.weight, each.text) for each in found.edits] == [
        ("scores", f"indicator {second['indicators'][-1]['id']}: place: "
                   f"“dimension {first['id']}” → “dimension {second['id']}”"),
    ]  # fmt: skip


def test_equal_versions_differ_in_nothing(versions: tuple[Path, Path]) -> None:
    same = difference(*(read_instrument(each) for each in versions))

    assert same.edits == ()
    assert next(same.lines()) == "They ask, score and say the same."


def test_a_comment_is_no_difference_but_another_file(versions: tuple[Path, Path]) -> None:
    found = after(versions, "routes.toml", "[[rules]]", "# Why.\n[[rules]]")

    assert found.edits == ()
    assert next(found.lines()).endswith(" Only comments, spacing or names of files differ.")


def test_the_order_of_rules_decides_and_that_of_forms_does_not() -> None:
    shipped = next(iter(read_instruments(SHIPPED).values()))
    data = shipped.model_dump(mode="json")
    data["rules"][1:3] = reversed(data["rules"][1:3])
    data["forms"].reverse()

    found = difference(shipped, type(shipped).model_validate(data))

    assert {each.weight: each.text.split(": ")[1] for each in found.edits} == {
        "route": "order of rules",
        "words": "order of forms",
    }


# --- whether results can be compared ------------------------------------------------------------------


def test_what_is_scored_differently_is_named_where_results_can_be_compared(
    versions: tuple[Path, Path],
) -> None:
    found = after(versions, "layers/1-craft.toml", "floor = 0.2", "floor = 0.3")

    assert found.comparable == (
        "Results can be compared over the 2 indicators of both, scored as the later one does; "
        "counted or scored differently: BK1."
    )


def test_another_method_cannot_be_compared(versions: tuple[Path, Path]) -> None:
    found = after(versions, "constants.toml", 'method = "1.0.0"', 'method = "2.0.0"')

    assert found.comparable == (
        "Results cannot be compared: method 2.0.0 scores otherwise than method 1.0.0."
    )


def test_another_instrument_cannot_be_compared(versions: tuple[Path, Path]) -> None:
    shipped = next(iter(read_instruments(SHIPPED).values()))

    found = difference(read_instrument(versions[0]), shipped)

    assert found.comparable == (
        f"Results cannot be compared: {shipped.key} is another instrument than tiny/1.0.0."
    )
