"""Which measure stands for which indicator: read for every version, faults told by file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assessment.content.files.located import ContentError
from assessment.content.instruments import publication, read_instruments, read_measures
from assessment.content.library import read_library
from assessment.records.measures import MEASURES
from assessment.records.plan import Counting, Listing
from assessment.settings import ROOT
from tests.another import KEY, NAME, content_beside

INSTRUMENTS = ROOT / "tests" / "instruments"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the second instrument alone, and what is counted for it."""
    shutil.copytree(INSTRUMENTS / NAME, tmp_path / NAME)
    return tmp_path


def test_everything_that_ships_is_counted_by_a_measure_that_there_is() -> None:
    library = read_library(ROOT / "content")

    plan = library.measures[library.current.key]

    asked = {check.indicator: frame for frame in library.current.frames.values() for check in frame.checks}
    assert {each.measure for each in plan.counts} == MEASURES.keys()  # none is written in vain
    for each in plan.counts:
        frame = asked.get(each.indicator)
        assert each.shift == (frame.window_shift if frame else 0)
    assert all(library.current.frames[each.frame].window_shift == each.shift for each in plan.lists)


def test_a_plan_has_what_its_version_asks(folder: Path) -> None:
    plan = read_measures(folder, read_instruments(folder))[KEY]

    assert plan.key == KEY
    assert plan.counts == (
        Counting("LT1", "stayed-done", 7),
        Counting("LT2", "decided-in-time", 7, days=60),
        Counting("LO1", "linked-result", link_derived=True),
        Counting("RE1", "spread-of-work"),
    )
    assert plan.lists == (Listing("FAULT", "done", 7),)


def test_every_version_gets_the_part_that_it_has(folder: Path) -> None:
    later = shutil.copytree(folder / KEY, folder / NAME / "1.1.0")
    for file in later.rglob("*.toml"):
        file.write_text(file.read_text("utf-8").replace('"FAULT"', '"LANTERN"'), "utf-8")
    measures = folder / NAME / "measures.toml"
    measures.write_text(measures.read_text("utf-8") + 'LANTERN = "done"\n', "utf-8")

    plans = read_measures(folder, read_instruments(folder))

    assert [each.frame for each in plans[KEY].lists] == ["FAULT"]
    assert [each.frame for each in plans[f"{NAME}/1.1.0"].lists] == ["LANTERN"]


def test_an_instrument_without_the_file_is_counted_by_nobody() -> None:
    tiny = {key: each for key, each in read_instruments(INSTRUMENTS).items() if not key.startswith(NAME)}

    assert tiny
    assert not read_measures(INSTRUMENTS / "tiny", tiny)


def test_each_instrument_of_a_site_has_its_own(tmp_path: Path) -> None:
    measures = read_library(content_beside(tmp_path)).measures

    assert {key.partition("/")[0] for key in measures} == {NAME, "execution-integrity"}


def test_the_file_is_no_part_of_a_version(folder: Path) -> None:
    before = read_instruments(folder)[KEY].sha256

    (folder / NAME / "measures.toml").write_text("[frames]\n", "utf-8")

    assert read_instruments(folder)[KEY].sha256 == before


def test_a_published_version_does_not_mind_the_file(tmp_path: Path) -> None:
    root = shutil.copytree(ROOT / "content" / "instruments", tmp_path / "instruments")
    keys = list(publication.read_published(root))
    (root / keys[0].partition("/")[0] / "measures.toml").unlink()

    without = read_instruments(root)

    assert without.keys() == read_instruments(ROOT / "content" / "instruments").keys()
    assert publication.is_published(root, keys[0])


@pytest.mark.parametrize(
    ("before", "after", "line", "fault"),
    [
        ('"LT1"', '"LT9"', 4, "indicator 'LT9' is in no version; use one of: "),
        ('"LT1"', '"LT2"', 8, "indicator 'LT2' is counted twice; keep one of the two"),
        ('"LT1"', '"LT3"', 4, "indicator 'LT3' is of type date, which no items are counted for"),
        ('"stayed-done"', '"stays-done"', 5, "measure 'stays-done' is not known; use one of: stayed-done"),
        (
            '"spread-of-work"',
            '"no-bounce"',
            19,
            "'no-bounce' cannot stand for 'RE1', which is of type spread",
        ),
        ('"stayed-done"', '"spread-of-work"', 5, "'spread-of-work' cannot stand for 'LT1'"),
        ("days = 60", "days = 0", 10, "'measures.1.days': input should be greater than or equal to 1"),
        ("days = 60", "dais = 60", 10, "'measures.1.dais' is not a known key"),
        ('FAULT = "done"', 'FOULT = "done"', 22, "frame 'FOULT' is in no version; use one of: "),
        ('FAULT = "done"', 'FAULT = "dune"', 22, "population 'dune' is no list of items; use one of: "),
        ('FAULT = "done"', 'FAULT = "periods"', 22, "population 'periods' is no list of items"),
        ("[frames]", "[frames", 21, "not TOML"),
    ],
)
def test_what_cannot_be_counted_is_told_by_file_and_line(
    folder: Path, before: str, after: str, line: int, fault: str
) -> None:
    path = folder / NAME / "measures.toml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")

    with pytest.raises(ContentError) as refused:
        read_measures(folder, read_instruments(folder))

    told = str(refused.value).splitlines()[0]
    assert f"{NAME}/measures.toml:{line}: " in told
    assert fault in told


def test_a_file_without_a_version_beside_it_is_told(folder: Path) -> None:
    (folder / "lanterns").mkdir()
    shutil.copy(folder / NAME / "measures.toml", folder / "lanterns")

    with pytest.raises(ContentError, match=r"lanterns/measures\.toml:1: there is no version of 'lanterns'"):
        read_measures(folder, read_instruments(folder))


def test_a_fault_keeps_the_site_from_starting(tmp_path: Path) -> None:
    root = content_beside(tmp_path)
    path = root / "instruments" / NAME / "measures.toml"
    path.write_text(path.read_text("utf-8").replace('"LT1"', '"LT9"'), "utf-8")

    with pytest.raises(ContentError, match="indicator 'LT9' is in no version"):
        read_library(root)
