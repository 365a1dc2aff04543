"""What is told by a name alone: who is a program, and what a state of a board means."""

from __future__ import annotations

import pytest

from assessment.records.people import People
from assessment.records.stages import guess, known
from assessment.records.work import Stage


@pytest.mark.parametrize(
    "name",
    [
        "dependabot[bot]",
        "k8s-ci-robot",
        "chatgpt-codex-connector",
        "copilot-pull-request-reviewer",
        "googlebot",
        "project_17_bot_a1b2",
        "Automation for Jira",
        "GitHub-Actions",
        "ghost",
        "",
        None,
    ],
)
def test_a_program_is_nobody(name: str | None) -> None:
    assert People().code(name) is None


@pytest.mark.parametrize("name", ["Talbot", "abbot", "Claude Roy", "Jenkinson", "botany-ann", "Robert Ghost"])
def test_a_person_with_a_name_like_one_is_somebody(name: str) -> None:
    people = People()

    assert people.code(name) == people.code(name.upper() + " ") is not None


def test_a_code_means_nothing_in_another_reading() -> None:
    assert People().code("Ann") != People().code("Ann")


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        ("Won't Do", "abandoned"),
        ("Not started", "to-do"),
        ("Reopened", "to-do"),
        ("On hold", "waiting-for-decision"),
        ("Ready for release", "in-progress"),
        ("Unresolved", "in-progress"),
        ("Unreleased", "in-progress"),
        ("Incomplete", "abandoned"),  # as Jira says of what was closed because too little was told
        ("As Designed", "abandoned"),
        ("Cut", "abandoned"),
        ("Design", None),
        ("Resolved", "done"),
        ("Completed", "done"),
        ("Fertig", "done"),
        ("Terminado", "done"),
        ("Concluída", "done"),
        ("Terminée", "done"),
    ],
)
def test_a_state_is_proposed_to_mean_what_its_name_says(state: str, stage: Stage | None) -> None:
    assert known(state) == stage


@pytest.mark.parametrize("state", ["Bei Anna", "W_Completeren aanvraag"])
def test_a_state_whose_name_says_nothing_is_proposed_as_under_way(state: str) -> None:
    assert (known(state), guess(state)) == (None, "in-progress")
