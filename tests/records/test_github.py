"""GitHub, key by key: what is not there cannot be told, and what is odd is nobody's and nothing's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assessment.records.given import address
from assessment.records.measuring import measured
from assessment.records.people import People
from assessment.records.readers import opened
from assessment.records.source import ONLINE, Account, Options
from assessment.records.work import Stage, WorkItem
from tests.records.files import a_file
from tests.records.items import wanted

ADA: dict[str, Any] = {"login": "ada"}
ISSUE: dict[str, Any] = {"number": 3, "state": "CLOSED", "createdAt": "2026-02-03T08:00:00Z"}
CHANGE: dict[str, Any] = {"number": 4, "state": "MERGED", "mergedAt": "2026-02-04T08:00:00Z"}
REPLY: dict[str, Any] = {"author": ADA, "createdAt": "2026-02-03T09:00:00Z"}


def item(entry: dict[str, Any], stages: dict[str, Stage] | None = None) -> WorkItem:
    options = Options(stages=stages or {})
    sources = opened([a_file(json.dumps([entry]), "gh.json")], "gh", options, People(), ONLINE)
    return next(iter(sources[0].items(Account())))


def test_what_an_export_leaves_out_cannot_be_told() -> None:
    issue, change = item(ISSUE), item(CHANGE)

    for read in (issue, change):
        assert read.approvals is read.replies is read.links is read.steps is read.reopened is None
        assert read.touched is read.areas is read.checks is read.assisted is read.due is None
        assert (read.author, read.doer, read.merged_by, read.labels) == (None, None, None, ())


def test_what_an_export_holds_and_is_empty_was_not_there() -> None:
    change = item(
        {**CHANGE, "reviews": [], "comments": [], "body": "", "files": [], "statusCheckRollup": None}
    )

    assert change.approvals == change.replies == change.links == change.areas == change.checks == ()
    assert change.assisted is False


@pytest.mark.parametrize(
    ("told", "state", "is_done", "has_ended"),
    [
        ({"state": "MERGED", "closedAt": "2026-02-04T08:00:00Z"}, "MERGED", True, False),
        ({"state": "MERGED"}, "MERGED", False, True),
        ({"state": "CLOSED"}, "CLOSED, NOT MERGED", False, True),
        ({"state": "OPEN"}, "PULL REQUEST OPEN", False, False),
        ({"mergedAt": None, "closedAt": None}, "PULL REQUEST OPEN", False, False),
        ({"mergedAt": None}, "", False, True),
        ({"closedAt": "2026-02-04T08:00:00Z"}, "", False, True),
        ({"state": "closed", "closed_at": "2026-02-04T08:00:00Z"}, "", False, True),
        ({}, "", False, True),
    ],
)
def test_whether_a_request_was_merged_is_told_by_its_state_or_its_day_or_not_at_all(
    told: dict[str, Any], state: str, is_done: bool, has_ended: bool
) -> None:
    times = {"created_at" if "closed_at" in told else "createdAt": "2026-02-03T08:00:00Z"}
    change = item({"number": 4, "headRefName": "kiln", **times, **told})

    assert (change.kind, change.state, change.done is not None, change.ended) == (
        "change",
        state,
        is_done,
        has_ended,
    )


def test_an_issue_of_which_nothing_tells_its_state_is_neither_open_nor_closed() -> None:
    issue = item({"number": 3, "author": ADA, "createdAt": "2026-02-03T08:00:00Z"})

    assert (issue.kind, issue.state, issue.stage, issue.done, issue.ended) == ("task", "", None, None, False)


def test_requests_are_known_where_no_key_but_a_merged_state_or_an_address_tells() -> None:
    few = {"title": "Fire", "author": ADA, "createdAt": "2026-02-03T08:00:00Z"}
    entries = [{**few, "number": n, "state": state} for n, state in enumerate(("OPEN", "CLOSED", "MERGED"))]
    source = opened([a_file(json.dumps(entries), "gh.json")], "", Options(), People(), ONLINE)[0]

    assert [read.kind for read in source.items(Account())] == ["change"] * 3
    assert item({**few, "number": 4, "url": "https://git.example/meadow/kiln/pull/4"}).kind == "change"
    assert item({**few, "number": 4, "url": "https://git.example/meadow/pull/issues/4"}).kind == "task"


def test_a_first_entry_that_is_longer_than_what_is_looked_at_is_recognised() -> None:
    comments = [{**REPLY, "body": "x" * 1000} for _ in range(200)]
    entry = dict(sorted({**ISSUE, "author": ADA, "body": "", "comments": comments}.items()))
    source = opened([a_file(json.dumps([entry]), "gh.json")], "", Options(), People(), ONLINE)[0]

    assert [len(item.replies or ()) for item in source.items(Account())] == [200]
    assert "number" in [column.heading for column in source.understood.columns]


OPEN: dict[str, Any] = {
    "number": 4,
    "state": "OPEN",
    "author": ADA,
    "createdAt": "2026-02-03T08:00:00Z",
    "updatedAt": "2026-02-20T08:00:00Z",
    "closedAt": None,
    "mergedAt": None,
    "reviews": [],
    "comments": [REPLY],
}


@pytest.mark.parametrize(
    ("more", "day"),
    [
        ({"commits": [{"committedDate": "2026-02-12T08:00:00Z", "authors": [ADA]}]}, 12),
        ({"commits": [{"committedDate": "2026-02-12T08:00:00Z", "authors": [{"login": "a[bot]"}]}]}, 3),
        ({"commits": []}, 3),
        ({}, None),  # something was done to it on the 20th, and perhaps a commit pushed
        ({"updatedAt": "2026-02-03T20:00:00Z"}, 3),
        ({"state": "MERGED", "mergedAt": "2026-02-20T08:00:00Z"}, 3),
    ],
)
def test_what_was_pushed_to_an_open_request_is_a_touch_and_without_its_commits_not_known(
    more: dict[str, Any], day: int | None
) -> None:
    touched = item({**OPEN, **more}).touched

    assert (touched and touched.day) == day


def test_replies_to_a_request_need_both_lists_and_approvals_one() -> None:
    reviews = [{**REPLY, "submittedAt": REPLY["createdAt"], "state": "APPROVED"}]
    change = item({**CHANGE, "reviews": reviews})

    assert change.replies is None
    assert len(change.approvals or ()) == 1
    assert len(item({**CHANGE, "reviews": reviews, "comments": [REPLY]}).replies or ()) == 2


@pytest.mark.parametrize(
    "author",
    [
        None,
        {},
        "ada",
        {"login": None},
        {"login": "helper", "is_bot": True},
        {"login": "helper", "type": "Bot"},
        {"login": "ghost"},
        {"login": "app/helper"},
        [],
    ],
)
def test_an_author_who_is_no_person_is_nobody(author: object) -> None:
    assert item({**CHANGE, "author": author}).author is None


@pytest.mark.parametrize(
    "key",
    ["labels", "assignees", "comments", "reviews", "milestone", "body", "closingIssuesReferences", "commits"],
)
@pytest.mark.parametrize("value", [7, "text", {}, [None, 7, "a", [], {}], None, True])
def test_a_value_of_another_type_is_as_good_as_not_there(key: str, value: object) -> None:
    for entry in (ISSUE, CHANGE):
        assert item({**entry, key: value}).ref == f"#{entry['number']}"


def test_a_state_means_what_the_leader_says() -> None:
    closed = {**ISSUE, "closedAt": "2026-02-04T08:00:00Z", "stateReason": "NOT_PLANNED"}
    unmerged = {**CHANGE, "mergedAt": None, "closedAt": "2026-02-04T08:00:00Z", "state": "CLOSED"}

    assert item(closed).ended
    assert item(closed, {"NOT_PLANNED": "done"}).done is not None
    assert item(unmerged).ended
    assert item(unmerged, {"CLOSED, NOT MERGED": "done"}).done is not None


def test_an_issue_that_a_request_of_another_project_closed_names_that_project() -> None:
    other = {"number": 9, "repository": {"name": "oven", "owner": {"login": "meadow"}}}
    own = {"number": 8, "repository": {"name": "Kiln", "owner": {"login": "Meadow"}}}
    change = {
        **CHANGE,
        "url": "https://git.example/meadow/kiln/pull/4",
        "closingIssuesReferences": [other, own],
    }

    assert [link.ref for link in item(change).links or ()] == ["meadow/oven#9", "#8"]


@pytest.mark.parametrize(
    "given",
    [
        "javascript:alert(1)",
        "ftp://git.example/",
        "https://git.example/a b",
        "https://git.example/\n",
        7,
        None,
        "https://git.example/" + "a" * 2000,
    ],
)
def test_what_opens_nowhere_is_no_address(given: object) -> None:
    assert address(given) == ""
    assert address("https://git.example/a") == "https://git.example/a"


def test_issues_alone_do_not_tell_that_what_was_done_stayed_done() -> None:
    closed = {**ISSUE, "closedAt": "2026-03-04T08:00:00Z", "body": "as in #1"}
    later = {**ISSUE, "number": 5, "createdAt": "2026-06-04T08:00:00Z", "state": "OPEN", "body": ""}
    pages = a_file(json.dumps([closed, later]), "gh.json")
    sources = opened([pages], "gh", Options(), People(), ONLINE)

    found = measured(sources, [wanted("stayed-done")], files=[pages], team_size=8).counts[0]

    assert found.cannot == "The export tells neither of reopenings nor of links."
