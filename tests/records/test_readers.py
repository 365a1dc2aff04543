"""What is recognised, and what is refused, whatever system it comes from."""

from __future__ import annotations

import pytest

from assessment.records.people import People
from assessment.records.readers import git, github, gitlab, jira_json, opened
from assessment.records.source import ONLINE, Account, File, Limits, Options, RecordsError
from assessment.records.work import WorkItem
from assessment.settings import ROOT
from tests.records.files import a_file, the_file

ISSUES = '[{"number": 3, "state": "OPEN", "createdAt": "2026-02-03T08:00:00Z"}]'
CHANGES = '[{"number": 4, "state": "OPEN", "createdAt": "2026-02-03T09:00:00Z", "isDraft": false}]'


def read(*files: File, preset: str = "", limits: Limits = ONLINE) -> list[WorkItem]:
    sources = opened(files, preset, Options(), People(), limits)
    return [item for source in sources for item in source.items(Account())]


def refusal(*files: File, preset: str = "", limits: Limits = ONLINE) -> str:
    with pytest.raises(RecordsError) as caught:
        read(*files, preset=preset, limits=limits)
    return str(caught.value)


def test_files_of_two_kinds_are_read_together() -> None:
    items = read(a_file(ISSUES), a_file(CHANGES))

    assert [(item.ref, item.kind) for item in items] == [("#3", "task"), ("#4", "change")]


def test_a_preset_that_is_not_known_is_refused_with_the_list_of_those_that_are() -> None:
    assert refusal(a_file(ISSUES), preset="trello").startswith(
        "The preset: 'trello' is not known. Known are: gh"
    )


def test_a_preset_takes_every_file_of_its_system() -> None:
    issues, table = the_file("jira-json/search.json"), the_file("jira/jira.csv")

    assert len(read(issues, table, preset="jira")) == len(read(issues)) + len(read(table))
    assert "it is no export of GitHub" in refusal(issues, preset="gh")


def test_a_file_that_no_reader_knows_is_refused_with_the_list_of_what_is_read() -> None:
    said = refusal(a_file('{"message": "Not Found"}', "odd.json"))

    assert said.startswith("odd.json: no reader knows its shape. What is read: GitHub")


def test_an_empty_list_is_taken_for_what_stands_beside_it_and_refused_alone() -> None:
    assert len(read(a_file("[]"), a_file(CHANGES))) == 1
    assert read(a_file("[]\r\n"), preset="gh") == read(a_file("[]\n[ ]"), preset="gh") == []
    assert "it is an empty list" in refusal(a_file("[]"))


def test_an_empty_file_is_refused() -> None:
    assert refusal(a_file(" \n", "none.json")) == "none.json: the file is empty. Export it again."


def test_a_file_of_more_bytes_than_are_read_is_refused_before_it_is_opened() -> None:
    unopened = File("big.json", 26_000_000, lambda: pytest.fail("opened"))

    assert "it has 26,000,000 bytes, and 25,000,000 is the most" in refusal(unopened)


def test_the_commands_that_make_the_files_stand_in_the_documentation() -> None:
    pages = (ROOT / "docs/records.md").read_text(encoding="utf-8")

    ways = (git.EXPORT, github.EXPORT, gitlab.EXPORT, jira_json.EXPORT)
    commands = [line[2:] for way in ways for line in way.splitlines() if line.startswith("$ ")]
    assert len(commands) == 7
    assert [each for each in commands if each not in pages] == []
