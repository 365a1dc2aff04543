"""GitHub: issues and pull requests, as its command line tool prints them and as its REST interface has them.

An issue is a task, a pull request a change. Every subset of the fields is read: what a key would have told
and is not there, cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from assessment.records.documents import entries, first_keys, text_of
from assessment.records.mentions import assisted, assisted_label, home_of, named, once, tickets
from assessment.records.people import People
from assessment.records.source import Account, Column, File, Limits, Options, Understood
from assessment.records.stages import stage_of
from assessment.records.work import Link, Reply, Step, WorkItem

NAME = "gh"
TITLE = "GitHub"
EXPORT = (
    "gh issue list --state all --limit 100000 --json number,title,state,stateReason,author,assignees,"
    "createdAt,updatedAt,closedAt,labels,url,body,comments,closedByPullRequestsReferences > gh-issues.json, "
    "and gh pr list --state all --limit 100000 --json number,title,state,author,createdAt,updatedAt,closedAt,"
    "mergedAt,mergedBy,isDraft,body,labels,url,closingIssuesReferences,reviews,comments,statusCheckRollup"
    " > gh-prs.json"
)
INSIDE = frozenset(("items",))  # where the REST search holds its results

_OF_PULL_REQUESTS = frozenset(
    "mergedAt mergedBy isDraft closingIssuesReferences reviews reviewDecision reviewRequests headRefName"
    " baseRefName statusCheckRollup commits mergeCommit pull_request merged_at requested_reviewers"
    " merge_commit_sha".split()
)
# The REST interface calls the same things by other names.
_REST = {
    "created_at": "createdAt",
    "updated_at": "updatedAt",
    "closed_at": "closedAt",
    "merged_at": "mergedAt",
    "merged_by": "mergedBy",
    "closed_by": "closedBy",
    "draft": "isDraft",
    "html_url": "url",
    "user": "author",
    "state_reason": "stateReason",
    "submitted_at": "submittedAt",
}
_FIELDS = {
    "number": "ref",
    "url": "url",
    "createdAt": "created",
    "closedAt": "done",
    "mergedAt": "done",
    "state": "ended",
    "stateReason": "ended",
    "author": "author",
    "assignees": "doer",
    "mergedBy": "steps",
    "closedBy": "steps",
    "body": "links",
    "title": "links",
    "closingIssuesReferences": "links",
    "closedByPullRequestsReferences": "links",
    "parent": "links",
    "headRefName": "links",
    "reviews": "approvals",
    "comments": "replies",
    "updatedAt": "touched",
    "labels": "labels",
    "statusCheckRollup": "checks",
    "commits": "assisted",
    "files": "areas",
}
_UNFINISHED = ("NOT_PLANNED", "DUPLICATE")
_PASSED = frozenset(("SUCCESS",))
_FAILED = frozenset(("FAILURE", "ERROR", "TIMED_OUT", "CANCELLED", "ACTION_REQUIRED", "STARTUP_FAILURE"))


def recognises(name: str, head: str) -> bool:
    """Is it a list of issues or pull requests, with the keys of either shape?"""
    keys = first_keys(head, INSIDE)
    if "iid" in keys or "fields" in keys:  # GitLab's, and Jira's
        return False
    gh = "number" in keys and bool(
        keys & {"createdAt", "closedAt", "mergedAt", "updatedAt", "isDraft", "author"}
    )
    return gh or {"number", "created_at", "user"} <= keys


def open_source(file: File, options: Options, people: People, limits: Limits) -> _Source:
    """Return the file as a source."""
    return _Source(file, options, people, limits)


class _Source:
    """A file of issues, of pull requests, or of both."""

    def __init__(self, file: File, options: Options, people: People, limits: Limits) -> None:
        self._file, self._limits, self._maker = file, limits, _Maker(options, people)
        with closing(text_of(file)) as text:
            keys = first_keys(text.read(1 << 16), INSIDE)
        changes = bool(keys & _OF_PULL_REQUESTS)
        columns = tuple(Column(key, _FIELDS.get(_REST.get(key, key), "")) for key in sorted(keys))
        shape = "the REST interface" if "created_at" in keys else "gh"
        note = f"{'Pull requests' if changes else 'Issues'}, in the shape of {shape}."
        self.understood = Understood(NAME, columns, (note,))

    def items(self, account: Account) -> Iterator[WorkItem]:
        """Yield issues as tasks and pull requests as changes."""
        with closing(text_of(self._file)) as text:
            for entry in entries(text, self._file, self._limits, account, INSIDE):
                item = self._maker.item(entry.value)
                if item is None:
                    account.drop("no number, or no time at which it was opened", entry.place)
                else:
                    account.items += 1
                    yield item


class _Maker:
    """Makes work items of entries."""

    def __init__(self, options: Options, people: People) -> None:
        self._options, self._people = options, people

    def item(self, given: Mapping[str, Any]) -> WorkItem | None:
        """Return an entry as a work item; None where it lacks what every item has."""
        entry = (
            {_REST.get(key, key): value for key, value in given.items()} if "created_at" in given else given
        )
        number, created = entry.get("number"), _moment(entry.get("createdAt"))
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            return None
        if created is None and _moment(entry.get("closedAt")) is None and "createdAt" in entry:
            return None
        is_change = any(key in _OF_PULL_REQUESTS for key in entry)
        return self._change(number, created, entry) if is_change else self._task(number, created, entry)

    def _task(self, number: int, created: datetime | None, entry: Mapping[str, Any]) -> WorkItem:
        reason = _text(entry.get("stateReason")).upper()
        closed_at = _moment(entry.get("closedAt"))
        is_open = _text(entry.get("state")).upper() == "OPEN" or (closed_at is None and "closedAt" in entry)
        state = "OPEN" if is_open else reason if reason in (*_UNFINISHED, "COMPLETED") else "CLOSED"
        stage = stage_of(state, self._options.stages)
        holders = _people_in(entry.get("assignees"), self._person)
        url = _address(entry.get("url"))
        comments = self._replies(entry, "comments", "createdAt")
        author = self._person(entry.get("author"))
        labels = _labels(entry)
        steps = None
        if "closedBy" in entry:
            last = (
                () if closed_at is None else (Step(closed_at, state, stage, self._person(entry["closedBy"])),)
            )
            opened = (
                ()
                if created is None
                else (Step(created, "OPEN", stage_of("OPEN", self._options.stages), author),)
            )
            steps = opened + last
        return WorkItem(
            ref=f"#{number}",
            url=url,
            created=created,
            done=closed_at if stage == "done" else None,
            ended=stage == "abandoned",
            steps=steps,
            author=author,
            doer=holders[0] if len(holders) == 1 and not is_open else None,
            replies=comments,
            touched=_touched(entry, created if author else None, (comments,)),
            links=self._links(entry, number, url, "closedByPullRequestsReferences"),
            labels=labels,
            assisted=_is_assisted(entry, labels),
        )

    def _change(self, number: int, created: datetime | None, entry: Mapping[str, Any]) -> WorkItem:
        inside = entry.get("pull_request")  # the REST list of issues holds pull requests as well
        merged_at = _moment(
            entry.get("mergedAt") or (inside.get("merged_at") if isinstance(inside, dict) else None)
        )
        closed_at = _moment(entry.get("closedAt"))
        is_open = merged_at is None and (_text(entry.get("state")).upper() == "OPEN" or closed_at is None)
        url = _address(entry.get("url"))
        author = self._person(entry.get("author"))
        reviews = self._replies(entry, "reviews", "submittedAt")
        comments = self._replies(entry, "comments", "createdAt")
        labels = _labels(entry)
        return WorkItem(
            ref=f"#{number}",
            kind="change",
            url=url,
            created=created,
            started=created,
            done=merged_at,
            ended=merged_at is None and not is_open,
            steps=self._steps(created, merged_at, author, entry),
            author=author,
            doer=author,
            approvals=None if reviews is None else tuple(reply for reply in reviews if reply.approves),
            replies=None if reviews is None or comments is None else _in_order(reviews + comments),
            touched=_touched(entry, created if author else None, (reviews, comments)),
            links=self._links(entry, number, url, "closingIssuesReferences"),
            labels=labels,
            areas=_areas(entry),
            checks=_checks(entry, merged_at or closed_at),
            assisted=_is_assisted(entry, labels),
        )

    def _steps(
        self, created: datetime | None, merged: datetime | None, author: str | None, entry: Mapping[str, Any]
    ) -> tuple[Step, ...] | None:
        if "mergedBy" not in entry:
            return None
        opened = () if created is None else (Step(created, "OPEN", "in-progress", author),)
        last = () if merged is None else (Step(merged, "MERGED", "done", self._person(entry["mergedBy"])),)
        return opened + last

    def _links(
        self, entry: Mapping[str, Any], number: int, url: str, references: str
    ) -> tuple[Link, ...] | None:
        if references not in entry and "body" not in entry:
            return None
        home = home_of(url)
        kind: Any = "reason" if references == "closingIssuesReferences" else "result"
        links = [Link(f"#{one}", kind) for one in _numbers(entry.get(references))]
        links += [Link(f"#{one}", "reason") for one in _numbers([entry.get("parent")])]
        links += named(f"{_text(entry.get('title'))}\n\n{_text(entry.get('body'))}", home)
        links += tickets(f"{_text(entry.get('title'))} {_text(entry.get('headRefName'))}")
        own = f"#{number}"
        results = {link.ref for link in links if link.kind == "result"}
        return tuple(
            link
            for link in once(links)
            if link.ref != own and not (link.kind == "reason" and link.ref in results)
        )

    def _replies(self, entry: Mapping[str, Any], key: str, time: str) -> tuple[Reply, ...] | None:
        given = entry.get(key)
        if not isinstance(given, list):  # the REST interface gives their number
            return None
        replies = []
        for one in given:
            if isinstance(one, dict):
                one = {_REST.get(key, key): value for key, value in one.items()} if "user" in one else one
                at = _moment(one.get(time))
                if at is not None:
                    approves = _text(one.get("state")).upper() == "APPROVED"
                    replies.append(Reply(at, self._person(one.get("author")), approves))
        return _in_order(tuple(replies))

    def _person(self, given: object) -> str | None:
        """Return the code of a person; None for a program, and for an account that is no more."""
        if not isinstance(given, dict) or given.get("is_bot") is True or given.get("type") == "Bot":
            return None
        login = _text(given.get("login"))
        return None if login.casefold() == "ghost" else self._people.code(login)


def _is_assisted(entry: Mapping[str, Any], labels: tuple[str, ...]) -> bool | None:
    if not entry.keys() & {"body", "commits", "labels"}:
        return None
    commits = entry.get("commits")
    said = (
        [_text(one.get("messageBody")) for one in commits if isinstance(one, dict)]
        if isinstance(commits, list)
        else []
    )
    return assisted_label(labels) or any(assisted(text) for text in [_text(entry.get("body")), *said])


def _touched(
    entry: Mapping[str, Any], created: datetime | None, told: tuple[tuple[Reply, ...] | None, ...]
) -> datetime | None:
    if all(replies is None for replies in told):
        return _moment(entry.get("updatedAt"))
    by_people = [reply.at for replies in told for reply in replies or () if reply.by is not None]
    return max([*by_people, *([created] if created else [])], default=None)


def _checks(entry: Mapping[str, Any], until: datetime | None) -> tuple[bool, ...] | None:
    if "statusCheckRollup" not in entry:
        return None
    found: list[tuple[datetime, bool]] = []
    for one in entry["statusCheckRollup"] or ():
        if isinstance(one, dict):
            end = _text(one.get("conclusion") or one.get("state")).upper()
            at = _moment(one.get("completedAt") or one.get("startedAt"))
            if end in _PASSED | _FAILED and at is not None and (until is None or at <= until):
                found.append((at, end in _PASSED))
    return tuple(passed for _, passed in sorted(found, key=lambda check: check[0]))


def _areas(entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    files = entry.get("files")
    if not isinstance(files, list):
        return None
    paths = (_text(one.get("path")) for one in files if isinstance(one, dict))
    return tuple(sorted({path.partition("/")[0] for path in paths if "/" in path}))


def _numbers(given: object) -> list[int]:
    found = (one.get("number") for one in given if isinstance(one, dict)) if isinstance(given, list) else ()
    return [number for number in found if isinstance(number, int)]


def _people_in(given: object, person: Any) -> list[str]:
    codes = (person(one) for one in given) if isinstance(given, list) else ()
    return [code for code in codes if code is not None]


def _labels(entry: Mapping[str, Any]) -> tuple[str, ...]:
    given = entry.get("labels")
    names = (
        (one.get("name") if isinstance(one, dict) else one for one in given)
        if isinstance(given, list)
        else ()
    )
    return tuple(name.strip().casefold() for name in names if isinstance(name, str) and name.strip())


def _in_order(replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    return tuple(sorted(replies, key=lambda reply: reply.at))


def _address(given: object) -> str:
    url = _text(given)
    return url if url.startswith(("https://", "http://")) and len(url) <= 2000 and url.isprintable() else ""


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""


def _moment(given: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(_text(given))
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at if 1990 <= at.year < 2200 else None
