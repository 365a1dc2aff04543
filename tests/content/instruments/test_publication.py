"""Closed versions: what was published does not change, and who changes it is told the file and the remedy."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from assessment.content.files.located import ContentError
from assessment.content.instruments import publication, read_instrument, read_instruments
from tests.content.instruments.test_reading import SAMPLES

KEY = "tiny/1.0.0"
NEXT = "tiny/1.0.1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of instruments whose one version is closed and published."""
    return published_copy(tmp_path, KEY)


def published_copy(root: Path, key: str) -> Path:
    shutil.copytree(SAMPLES / "tiny" / "1.0.0", root / key)
    close(root, key)
    return root


def close(root: Path, key: str) -> None:
    """Take "draft" out of a version and publish it."""
    without_draft(root / key)
    (root / publication.FILE).write_bytes(publication.with_closed(root, read_instrument(root / key)))


def without_draft(version: Path) -> None:
    path = version / "instrument.toml"
    path.write_text(path.read_text("utf-8").replace("draft = true\n", ""), "utf-8")


def faults_of(root: Path) -> list[str]:
    """Return what keeps the instruments of a folder from being read, with names counted from it."""
    with pytest.raises(ContentError) as raised:
        read_instruments(root)
    return [str(fault).replace(f"{root.as_posix()}/", "") for fault in raised.value.faults]


# --- what is closed ---------------------------------------------------------------------------------


def test_a_published_version_is_read_like_any_other(folder: Path) -> None:
    instrument = read_instruments(folder)[KEY]

    assert not instrument.draft
    assert publication.is_published(folder, KEY)
    assert publication.read_published(folder)[KEY].sha256 == instrument.sha256


def test_what_is_recorded_is_the_hash_of_each_file(folder: Path) -> None:
    recorded = tomllib.loads((folder / publication.FILE).read_text("utf-8"))

    assert recorded.keys() == {KEY}
    assert sorted(recorded[KEY]["files"]) == sorted(
        path.relative_to(folder / KEY).as_posix() for path in (folder / KEY).rglob("*.toml")
    )


@pytest.mark.parametrize(
    "name", sorted(path.relative_to(SAMPLES / KEY).as_posix() for path in (SAMPLES / KEY).rglob("*.toml"))
)
def test_one_byte_more_in_any_file_is_told_by_its_name_and_what_to_do(folder: Path, name: str) -> None:
    path = folder / KEY / name
    path.write_bytes(path.read_bytes() + b"\n")

    assert faults_of(folder) == [
        f"{KEY}/{name}:1: was changed after {KEY} was published; put it back as it was; "
        "what is to change goes into a copy of the folder, the next version"
    ]


def test_an_edit_that_breaks_a_file_is_told_as_an_edit(folder: Path) -> None:
    (folder / KEY / "routes.toml").write_text("[[rules", "utf-8")

    [fault] = faults_of(folder)

    assert fault.startswith(f"{KEY}/routes.toml:1: was changed after ")


def test_a_version_that_is_called_a_draft_again_is_told(folder: Path) -> None:
    path = folder / KEY / "instrument.toml"
    path.write_text(path.read_text("utf-8").replace("\n", "\ndraft = true\n", 1), "utf-8")

    [fault] = faults_of(folder)

    assert fault.startswith(f"{KEY}/instrument.toml:1: was changed after ")


def test_a_file_that_is_gone_is_told(folder: Path) -> None:
    (folder / KEY / "layers" / "2-order.toml").unlink()

    [fault] = faults_of(folder)

    assert fault.startswith(
        f"{KEY}/layers/2-order.toml:1: was removed after {KEY} was published; put it back"
    )


@pytest.mark.parametrize("name", ["layers/3-more.toml", "notes.txt"])
def test_a_file_that_is_new_is_told(folder: Path, name: str) -> None:
    (folder / KEY / name).write_text("", "utf-8")

    [fault] = faults_of(folder)

    assert fault.startswith(f"{KEY}/{name}:1: was added after {KEY} was published; take it out; ")


def test_what_an_editor_leaves_behind_changes_nothing(folder: Path) -> None:
    (folder / KEY / "layers" / ".1-craft.toml.swp").write_bytes(b"\0")

    assert list(read_instruments(folder)) == [KEY]


def test_a_published_version_that_is_gone_is_told_because_results_need_it(folder: Path) -> None:
    shutil.copytree(SAMPLES / "tiny" / "1.0.0", folder / NEXT)
    shutil.rmtree(folder / KEY)

    [fault] = faults_of(folder)

    assert fault.startswith(f"published.toml:4: {KEY} was published and is not there; put the folder ")


# --- what comes beside it ---------------------------------------------------------------------------


def test_a_draft_of_the_next_version_stands_beside_it(folder: Path) -> None:
    shutil.copytree(SAMPLES / "tiny" / "1.0.0", folder / NEXT)

    assert {key: each.draft for key, each in read_instruments(folder).items()} == {KEY: False, NEXT: True}


def test_the_next_version_is_published_beside_it(folder: Path) -> None:
    before = publication.read_published(folder)[KEY]
    shutil.copytree(SAMPLES / "tiny" / "1.0.0", folder / NEXT)

    close(folder, NEXT)

    assert list(read_instruments(folder)) == [KEY, NEXT]
    assert publication.read_published(folder)[KEY] == before


def test_versions_are_listed_by_number(tmp_path: Path) -> None:
    for key in ("tiny/1.0.10", "tiny/1.0.9"):
        published_copy(tmp_path, key)

    assert list(publication.read_published(tmp_path)) == ["tiny/1.0.9", "tiny/1.0.10"]


def test_a_version_that_is_no_draft_and_was_not_published_is_told_how_to_publish_it(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "tiny" / "1.0.0", tmp_path / KEY)
    without_draft(tmp_path / KEY)

    assert faults_of(tmp_path) == [
        f"{KEY}/instrument.toml:1: is no draft, and published.toml does not hold {KEY}; "
        f"publish it with `flask instrument publish {KEY}`, or write 'draft = true'"
    ]


def test_a_draft_is_not_closed(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "tiny" / "1.0.0", tmp_path / KEY)

    with pytest.raises(ContentError, match=r"instrument.toml:2: tiny/1.0.0 is a draft; remove the line"):
        publication.with_closed(tmp_path, read_instrument(tmp_path / KEY))


# --- the record itself ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("find", "write", "says"),
    [
        ('sha256 = "', 'sha256 = "0', ":4: tiny/1.0.0: 'sha256': "),
        ('"routes.toml" = "', '"routes.toml.old" = "', ":4: tiny/1.0.0: 'sha256' is not that of its 'files'"),
        ('["tiny/1.0.0"]', '["tiny/1.0"]', ":4: 'tiny/1.0' is no version of an instrument"),
        ('["tiny/1.0.0"]', "[[", ":4: not TOML: "),
        ('["tiny/1.0.0".files]', '["tiny/1.0.0".file]', ":4: tiny/1.0.0: "),
    ],
)
def test_a_record_that_was_written_by_hand_is_told(folder: Path, find: str, write: str, says: str) -> None:
    path = folder / publication.FILE
    path.write_text(path.read_text("utf-8").replace(find, write, 1), "utf-8")

    told = faults_of(folder)

    assert told[0].startswith(f"published.toml{says}")
    assert "; " in told[0]


def test_without_the_record_a_closed_version_is_not_trusted(folder: Path) -> None:
    (folder / publication.FILE).unlink()

    [fault] = faults_of(folder)

    assert "flask instrument publish tiny/1.0.0" in fault
