"""GitHub: issues and pull requests, as its command line tool prints them and as its REST interface has them.

An issue is a task, a pull request a change. Every subset of the fields is read: what a key would have told
and is not there, cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from assessment.records.beside import Beside, BesideSource, Move, Sort, Told
from assessment.records.documents import DocumentSource, first_keys, keys_of, some_entries
from assessment.records.given import address, inside, labels, objects, text, whole
from assessment.records.mentions import (
    MENTIONED,
    MENTIONED_BY_TASKS,
    assisted,
    assisted_label,
    home_of,
    named,
    once,
    tickets,
)
from assessment.records.moments import Moments
from assessment.records.people import People
from assessment.records.source import Column, File, Limits, Options, Source, Understood
from assessment.records.stages import stage_of
from assessment.records.work import Link, LinkKind, Reply, Stage, Step, WorkItem

NAME = "gh"
TITLE = "GitHub"
ISSUES = (
    "gh issue list --state all --limit 100000 --json number,title,state,stateReason,author,assignees,"
    "createdAt,updatedAt,closedAt,labels,milestone,url,body,comments,closedByPullRequestsReferences"
    " > gh-issues.json"
)
REQUESTS = (
    "gh pr list --state all --limit 100000 --json number,title,state,author,createdAt,updatedAt,closedAt,"
    "mergedAt,mergedBy,isDraft,body,labels,url,headRefName,closingIssuesReferences,reviews,comments,commits,"
    "statusCheckRollup > gh-prs.json"
)
EXPORT = f"In a clone of the repository run both, and give both files:\n$ {ISSUES}\n$ {REQUESTS}"
INSIDE = frozenset(("items",))  # where the REST search holds its results

_OF_PULL_REQUESTS = frozenset(
    "mergedAt mergedBy isDraft closingIssuesReferences reviews reviewDecision reviewRequests headRefName"
    " baseRefName statusCheckRollup commits mergeCommit pull_request merged_at requested_reviewers"
    " merge_commit_sha additions deletions changedFiles files mergeable mergeStateStatus latestReviews"
    " headRefOid baseRefOid headRepository headRepositoryOwner isCrossRepository maintainerCanModify"
    " autoMergeRequest potentialMergeCommit".split()
)
# The REST interface calls the same things by other names.
_REST = {
    "created_at": "createdAt",
    "updated_at": "updatedAt",
    "closed_at": "closedAt",
    "merged_at": "mergedAt",
    "merged_by": "mergedBy",
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
    "state": "state",
    "stateReason": "state",
    "isDraft": "state",
    "author": "author",
    "assignees": "doer",
    "mergedBy": "merged_by",
    "milestone": "due",
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
# How the states of pull requests are called here: those of issues have the same names and mean other things.
_MERGED, _UNMERGED, _REVIEW, _DRAFT = (
    "MERGED",
    "CLOSED, NOT MERGED",
    "PULL REQUEST OPEN",
    "PULL REQUEST DRAFT",
)
_OF_CHANGES: dict[str, Stage] = {
    _MERGED: "done",
    _UNMERGED: "abandoned",
    _REVIEW: "in-progress",
    _DRAFT: "in-progress",
}
_NUMBER_AT_END = re.compile(r"/(\d{1,9})$")
_PULL = re.compile(r"/pull/\d{1,9}$")
_LOOKED_AT = 200  # entries by which a list of pull requests is known where its keys do not tell
_LONG = frozenset(("body", "comments", "commits"))
_TOLD = frozenset("createdAt closedAt mergedAt updatedAt author created_at state stateReason url".split())
_REASONS = frozenset(("COMPLETED", "NOT_PLANNED", "DUPLICATE"))
_PASSED = frozenset(("SUCCESS",))
_FAILED = frozenset(("FAILURE", "ERROR", "TIMED_OUT", "CANCELLED", "ACTION_REQUIRED", "STARTUP_FAILURE"))


def recognises(name: str, head: str) -> bool:
    """Is it a list of issues or pull requests, with the keys of either shape, or what belongs to one?"""
    keys = first_keys(head, INSIDE)
    if _sort_beside(keys):
        return True
    if keys & {"iid", "fields"}:  # GitLab's, and Jira's
        return False
    if "number" in keys:
        return not keys.isdisjoint(_TOLD)
    # The keys stand in the order of the alphabet, and a first entry may be longer than what is seen of it.
    is_gh = not keys.isdisjoint(("author", "assignees", "closedAt")) and not any("_" in key for key in keys)
    return is_gh and not keys.isdisjoint(_LONG)


def open_source(file: File, options: Options, people: People, limits: Limits) -> Source:
    """Return a list of issues, of pull requests, or of both; or one of what belongs to them."""
    keys = keys_of(file, limits, INSIDE)
    maker = _Maker(options, people)
    columns = tuple(Column(key, _FIELDS.get(_REST.get(key, key), "")) for key in sorted(keys))
    shape = "the REST interface" if "created_at" in keys else "gh"
    if sort := _sort_beside(keys):
        note = f"{sort.capitalize()}: they are read with the issues and pull requests to which they belong."
        read = maker.event if sort == "events" else maker.reply
        return BesideSource(file, limits, Understood(NAME, columns, (note,)), sort, read)
    holds_changes = not _OF_PULL_REQUESTS.isdisjoint(keys)
    if not holds_changes:
        looked_at = islice(some_entries(file, limits, INSIDE), _LOOKED_AT)
        holds_changes = maker.holds_changes = any(text(one.get("state")) == "MERGED" for one in looked_at)
    note = f"{'Pull requests' if holds_changes else 'Issues'}, in the shape of {shape}."
    understood = Understood(NAME, columns, (note,))
    return _List(file, limits, understood, maker.item, INSIDE, maker=maker, has_head="head" in keys)


def together(sources: Iterable[Source]) -> None:
    """Let each list of some files know what the others tell of its items."""
    every = [source for source in sources if source.understood.reader == NAME]
    lists = [source for source in every if isinstance(source, _List)]
    beside = Beside([one for one in every if isinstance(one, BesideSource)], "CLOSED")
    for one in lists:
        one.maker.beside = beside
        # The REST list of issues holds pull requests as well, and less of each than their own list.
        one.maker.leaves_changes = any(other.has_head for other in lists)


@dataclass(slots=True)
class _List(DocumentSource):
    """A list of issues or pull requests."""

    maker: _Maker = field(kw_only=True)
    has_head: bool = field(kw_only=True)  # the REST list of pull requests alone


def _sort_beside(keys: frozenset[str]) -> Sort | None:
    """Return what a list holds that belongs to issues and pull requests, None for a list of these."""
    if keys >= {"pull_request_url", "submitted_at"}:
        return "reviews"
    if keys >= {"event", "actor", "issue"}:
        return "events"
    is_comment = "number" not in keys and bool(keys & {"issue_url", "pull_request_url"})
    return "comments" if is_comment and "created_at" in keys else None


class _Maker:
    """Makes work items of entries."""

    def __init__(self, options: Options, people: People) -> None:
        self._stages, self._people = options.stages, people
        self._moments = Moments(zone_minutes=options.zone_minutes)
        self.beside, self.leaves_changes = Beside(), False
        self.holds_changes = False  # a list of pull requests alone, whose keys could be those of issues

    def item(self, given: Mapping[str, Any]) -> WorkItem | str:
        """Return an entry as a work item, or why it is none."""
        entry = _called_alike(given) if "created_at" in given else given
        number = whole(entry.get("number"))
        if number is None:
            return "no number"
        if "createdAt" in entry and self._at(entry, "createdAt") is None:
            return "no time at which it was opened"
        is_pull = self.holds_changes or _PULL.search(text(entry.get("url"))) is not None
        is_change = is_pull or not _OF_PULL_REQUESTS.isdisjoint(entry)
        if is_change and self.leaves_changes and "pull_request" in entry:
            return "a pull request, of which the list of pull requests tells more"
        return self._change(number, entry) if is_change else self._task(number, entry)

    def _task(self, number: int, entry: Mapping[str, Any]) -> WorkItem:
        created, closed = self._at(entry, "createdAt"), self._at(entry, "closedAt")
        state = _state_of_task(entry, closed)
        is_open = state == "OPEN"
        stage = stage_of(state, self._stages) if state else None
        author = self._person(entry.get("author"))
        holders = [self._person(one) for one in objects(entry.get("assignees"))]
        url = address(entry.get("url"))
        comments = self._replies(entry, "comments", "createdAt")
        named_labels = labels(entry.get("labels"))
        history = None
        if created is not None and stage is not None and self.beside.tells("events"):
            opened = Step(created, "OPEN", stage_of("OPEN", self._stages), author)
            history = self.beside.history(f"#{number}", opened, state, stage)
        return WorkItem(
            ref=f"#{number}",
            url=url,
            created=created,
            done=closed if stage == "done" else None,
            ended=stage == "abandoned",
            state=state,
            stage=stage,
            steps=history.steps if history else None,
            reopened=history.reopened if history else None,
            due=self._due(inside(entry.get("milestone"))),
            touched=self._touched(entry, author, comments),
            author=author,
            doer=holders[0] if len(holders) == 1 and not is_open else None,
            replies=comments,
            links=self._links(entry, f"#{number}", url, "closedByPullRequestsReferences", "result"),
            link_kinds=MENTIONED_BY_TASKS
            | ({"result"} if "closedByPullRequestsReferences" in entry else set()),
            labels=named_labels,
            assisted=_is_assisted(entry, named_labels),
        )

    def _change(self, number: int, entry: Mapping[str, Any]) -> WorkItem:
        created, closed = self._at(entry, "createdAt"), self._at(entry, "closedAt")
        # The REST list of issues holds pull requests as well, and tells of their merge one level down.
        merged = self._at(entry, "mergedAt") or self._at(inside(entry.get("pull_request")), "merged_at")
        state = _state_of_change(entry, merged, closed)
        stage = self._stages.get(state) or _OF_CHANGES.get(state)
        author = self._person(entry.get("author"))
        reviews = self._replies(entry, "reviews", "submittedAt")
        comments = self._replies(entry, "comments", "createdAt")
        url = address(entry.get("url"))
        named_labels = labels(entry.get("labels"))
        return WorkItem(
            ref=f"#{number}",
            kind="change",
            url=url,
            created=created,
            started=created,
            done=(merged or closed) if stage == "done" else None,
            ended=stage in ("abandoned", None),  # of what may be closed it is not known that it is under way
            state=state,
            stage=stage,
            touched=self._touched(entry, author, reviews, comments, is_pushed_to=stage == "in-progress"),
            author=author,
            doer=author,
            merged_by=self._person(entry.get("mergedBy")),
            approvals=None if reviews is None else tuple(reply for reply in reviews if reply.approves),
            replies=None if reviews is None or comments is None else _in_order([*reviews, *comments]),
            links=self._links(entry, f"#{number}", url, "closingIssuesReferences", "reason"),
            link_kinds=MENTIONED,
            labels=named_labels,
            areas=_areas(entry),
            checks=self._checks(entry, merged or closed),
            assisted=_is_assisted(entry, named_labels),
        )

    def _at(self, entry: Mapping[str, Any], key: str) -> datetime | None:
        return self._moments.at(text(entry.get(key)))

    def _person(self, given: object) -> str | None:
        """Return the code of a person; None for a program."""
        who = inside(given)
        is_program = who.get("is_bot") is True or who.get("type") == "Bot"
        return None if is_program else self._people.code(text(who.get("login")))

    def _replies(self, entry: Mapping[str, Any], key: str, time: str) -> tuple[Reply, ...] | None:
        if not isinstance(entry.get(key), list):  # the REST interface gives how many there are
            told = self.beside.replies("reviews" if key == "reviews" else "comments", f"#{entry['number']}")
            return None if told is None else _in_order(told)
        if not entry[key]:
            return ()
        replies = []
        for given in objects(entry[key]):
            one = _called_alike(given) if "user" in given else given
            at = self._at(one, time)
            if at is not None:  # a review that is not handed in yet has none
                approves = text(one.get("state")).upper() == "APPROVED"
                replies.append(Reply(at, self._person(one.get("author")), approves))
        return _in_order(replies)

    def reply(self, entry: Mapping[str, Any]) -> Told | str:
        """Return what an entry of reviews or comments tells, or why it tells nothing."""
        belongs = _NUMBER_AT_END.search(text(entry.get("pull_request_url") or entry.get("issue_url")))
        if belongs is None:
            return "no number"
        at = self._at(entry, "submitted_at") or self._at(entry, "created_at")
        if at is None:  # a review that is not handed in yet
            return f"#{int(belongs[1])}", ()
        approves = text(entry.get("state")).upper() == "APPROVED"
        return f"#{int(belongs[1])}", (Reply(at, self._person(entry.get("user")), approves),)

    def event(self, entry: Mapping[str, Any]) -> Told | str:
        """Return what an entry of events tells, or why it tells nothing."""
        number, at = whole(inside(entry.get("issue")).get("number")), self._at(entry, "created_at")
        if number is None or at is None:
            return "no number, or no time"
        if entry.get("event") not in ("closed", "reopened"):
            return f"#{number}", ()
        return f"#{number}", (Move(at, entry["event"] == "reopened", self._person(entry.get("actor"))),)

    def _due(self, milestone: Mapping[str, Any]) -> date | None:
        return self._moments.day(text(milestone.get("dueOn") or milestone.get("due_on")))

    def _touched(
        self,
        entry: Mapping[str, Any],
        author: str | None,
        *told: tuple[Reply, ...] | None,
        is_pushed_to: bool = False,
    ) -> datetime | None:
        """Return when a person last did something, as far as is told; else when anything last changed it.

        What is pushed to an open pull request is something, too: of one without its commits that was changed
        on a later day than is told of otherwise, it is not known.
        """
        changed = self._at(entry, "updatedAt")
        if all(replies is None for replies in told):
            return changed
        created = self._at(entry, "createdAt")
        times = [reply.at for replies in told for reply in replies or () if reply.by is not None]
        times += [created] if created and author else []
        if is_pushed_to and isinstance(entry.get("commits"), list):
            times += [at for one in objects(entry["commits"]) if (at := self._pushed(one))]
        elif is_pushed_to and changed and (not times or changed.date() > max(times).date()):
            return None
        return max(times, default=None)

    def _pushed(self, commit: Mapping[str, Any]) -> datetime | None:
        """Return when a commit was made, None for one of a program."""
        authors = [self._person(one) for one in objects(commit.get("authors"))]
        return None if authors and not any(authors) else self._at(commit, "committedDate")

    def _links(
        self, entry: Mapping[str, Any], own: str, url: str, key: str, kind: LinkKind
    ) -> tuple[Link, ...] | None:
        if key not in entry and "body" not in entry:
            return None
        title = text(entry.get("title"))
        branch = text(entry.get("headRefName")) or text(inside(entry.get("head")).get("ref"))
        home = home_of(url)
        links = [Link(ref, kind) for ref in _references(entry.get(key), home)]
        links += [Link(ref, "reason") for ref in _references([entry.get("parent")], home)]
        links += named(f"{title}\n\n{text(entry.get('body'))}", home)
        links += tickets(f"{title} {branch.replace('/', ' ')}")
        if not links:
            return ()
        # What a program opens holds the notes of other projects, which are not why it is done.
        by_program = "author" in entry and self._person(entry["author"]) is None
        return tuple(link for link in once(links) if link.ref != own and not (by_program and "/" in link.ref))

    def _checks(self, entry: Mapping[str, Any], until: datetime | None) -> tuple[bool, ...] | None:
        if "statusCheckRollup" not in entry:
            return None
        found: list[tuple[datetime, bool]] = []
        for one in objects(entry["statusCheckRollup"]):
            end = text(one.get("conclusion") or one.get("state")).upper()
            at = self._at(one, "completedAt") or self._at(one, "startedAt")
            if end in _PASSED | _FAILED and at is not None and (until is None or at <= until):
                found.append((at, end in _PASSED))
        return tuple(passed for _, passed in sorted(found))


def _called_alike(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {_REST.get(key, key): value for key, value in entry.items()}


def _state_of_task(entry: Mapping[str, Any], closed: datetime | None) -> str:
    """Return the state of an issue, "" where the export does not say."""
    said, reason = text(entry.get("state")).upper(), text(entry.get("stateReason")).upper()
    if said == "OPEN" or (not said and "closedAt" in entry and closed is None):
        return "OPEN"
    if reason in _REASONS:
        return reason
    return "CLOSED" if said or closed is not None else ""


def _state_of_change(entry: Mapping[str, Any], merged: datetime | None, closed: datetime | None) -> str:
    """Return the state of a pull request as it is called here, "" where the export does not say."""
    said = text(entry.get("state"))
    if merged is not None or said == "MERGED":
        return _MERGED
    if closed is not None or said.upper() == "CLOSED":
        # The REST interface calls those closed that were merged, too, and gh does not.
        tells = "mergedAt" in entry or "merged_at" in inside(entry.get("pull_request")) or said == "CLOSED"
        return _UNMERGED if tells else ""
    if said.upper() != "OPEN" and "closedAt" not in entry:
        return ""
    return _DRAFT if entry.get("isDraft") is True else _REVIEW


def _is_assisted(entry: Mapping[str, Any], named_labels: tuple[str, ...]) -> bool | None:
    if entry.keys().isdisjoint(("body", "commits", "labels")):
        return None
    said = (text(one.get("messageBody")) for one in objects(entry.get("commits")))
    return assisted_label(named_labels) or any(assisted(one) for one in (text(entry.get("body")), *said))


def _areas(entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    if not isinstance(entry.get("files"), list):
        return None
    paths = (text(one.get("path")) for one in objects(entry["files"]))
    return tuple(sorted({path.partition("/")[0] for path in paths if "/" in path}))


def _references(given: object, home: str) -> list[str]:
    """Return what issues or pull requests are called, those of other projects with the project before it."""
    found = []
    for one in objects(given):
        number, around = whole(one.get("number")), inside(one.get("repository"))
        owner, name = text(inside(around.get("owner")).get("login")), text(around.get("name"))
        is_own = not (owner and name and home) or f"{owner}/{name}".casefold() == home
        if number is not None:
            found.append(f"#{number}" if is_own else f"{owner}/{name}#{number}")
    return found


def _in_order(replies: list[Reply]) -> tuple[Reply, ...]:
    return tuple(sorted(replies, key=lambda reply: reply.at))
