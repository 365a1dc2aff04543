"""Jira: a search result of its REST interface, with the history of each issue where it was asked for.

Every issue is a task. With `expand=changelog` the steps, owners, due dates and descriptions are told from the
beginning; without it only what holds now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice, pairwise
from typing import Any

from assessment.records.documents import DocumentSource, first_keys, some_entries
from assessment.records.given import address, inside, labels, name, objects, text, whole
from assessment.records.history import History, history_of
from assessment.records.mentions import MENTIONED, assisted_label, once
from assessment.records.moments import Moments
from assessment.records.people import People
from assessment.records.source import Column, File, Limits, Options, Source, Understood
from assessment.records.stages import guess
from assessment.records.work import LINK_KINDS, DueChange, Link, LinkKind, Reply, Stage, Step, WorkItem

NAME = "jira-json"
TITLE = "Jira"
EXPORT = (
    "As JSON, with the history of each item: open this address behind that of your Jira and save the answer;"
    " further pages may stand after each other in the same file, or in files of their own.\n"
    "$ /rest/api/2/search?jql=project=ABC&expand=changelog&maxResults=100&startAt=0\n"
    "In Jira Cloud it is this one:\n"
    "$ /rest/api/3/search/jql?jql=project=ABC&fields=*all&expand=changelog"
)
INSIDE = frozenset(("issues",))

_LOOKED_AT = 300  # entries from which the meaning of states is learnt before any is read
_TICKET = re.compile(r"[A-Z][A-Z0-9_]{0,30}-\d{1,9}")
_FIELDS = {
    "key": "ref",
    "self": "url",
    "created": "created",
    "updated": "touched",
    "status": "state",
    "resolution": "ended",
    "resolutiondate": "done",
    "duedate": "due",
    "assignee": "doer",
    "reporter": "author",
    "creator": "author",
    "parent": "links",
    "issuelinks": "links",
    "fixVersions": "released",
    "components": "areas",
    "labels": "labels",
    "description": "defined",
    "comment": "replies",
    "changelog": "steps",
}
_OF_CATEGORIES: dict[str, Stage] = {"new": "to-do", "done": "done"}
_DEFINES = re.compile(r"description|acceptance criteria|definition of done", re.IGNORECASE)
_REPAIRS = re.compile(
    r"\b(?:fixes|repairs|corrects|reverts|resolves|caused by|defect of|bug of)\b", re.IGNORECASE
)
_REPAIRED = re.compile(r"\b(?:implemented|delivered|released|fixed|resolved) (?:by|in)\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:implements|part of|child of|belongs|delivers|realises|realizes|satisfies)\b", re.IGNORECASE
)


def recognises(name: str, head: str) -> bool:
    """Is it a search result, or a list of issues?"""
    keys = first_keys(head, INSIDE)
    return "key" in keys and not keys.isdisjoint(("fields", "changelog"))


def open_source(file: File, options: Options, people: People, limits: Limits) -> Source:
    """Return a search result, or several after each other."""
    first = list(islice(some_entries(file, limits, INSIDE), _LOOKED_AT))
    states = _states(first)
    keys = sorted({key for entry in first for key in (*entry, *inside(entry.get("fields")))})
    columns = tuple(Column(key, _FIELDS.get(key, "")) for key in keys if not key.startswith("customfield"))
    with_history = any("changelog" in entry for entry in first)
    note = "With the history of its issues." if with_history else "Without the history of its issues."
    maker = _Maker(options, people, states)
    return DocumentSource(file, limits, Understood(NAME, columns, (note,), states), maker.item, INSIDE)


def _states(some: list[dict[str, Any]]) -> dict[str, Stage]:
    """Return what the states mean by the category that Jira itself has them in."""
    found: dict[str, Stage] = {}
    for entry in some:
        status = inside(inside(entry.get("fields")).get("status"))
        category = text(inside(status.get("statusCategory")).get("key"))
        if (state := name(status.get("name"))) and category:
            found[state] = _in_category(state, category)
    return found


def _in_category(state: str, category: str) -> Stage:
    proposed = guess(state)
    if category == "done":
        return "abandoned" if proposed == "abandoned" else "done"
    if category == "indeterminate":
        return "waiting-for-decision" if proposed == "waiting-for-decision" else "in-progress"
    return _OF_CATEGORIES.get(category, proposed)


@dataclass(frozen=True, slots=True)
class _Change:
    """One field was changed."""

    at: datetime
    by: str | None
    field: str
    item: Mapping[str, Any]


class _Maker:
    """Makes work items of entries."""

    def __init__(self, options: Options, people: People, states: Mapping[str, Stage]) -> None:
        self._stages, self._people, self._states = options.stages, people, states
        self._moments = Moments(zone_minutes=options.zone_minutes)

    def item(self, entry: Mapping[str, Any]) -> WorkItem | str:
        """Return an entry as a work item, or why it is none."""
        key, fields = name(entry.get("key")), inside(entry.get("fields"))
        if not key:
            return "no key"
        created = self._at(fields, "created")
        if "created" in fields and created is None:
            return "no time at which it was created"
        changes = self._changes(entry.get("changelog"))
        status = inside(fields.get("status"))
        state = name(status.get("name"))
        stage = self._stage(state, text(inside(status.get("statusCategory")).get("key"))) if state else None
        history = self._history(fields, created, state, changes)
        done = self._done(fields, stage, history)
        is_given_up = guess(name(inside(fields.get("resolution")).get("name"))) == "abandoned"
        named_labels = labels(fields.get("labels"))
        replies = self._replies(fields)
        owners = self._owners(fields, changes)
        links = _links(fields)
        return WorkItem(
            ref=key,
            url=_browse(entry.get("self"), key),
            created=created,
            started=history.started if history else None,
            done=None if is_given_up else done,
            ended=stage == "abandoned" or (is_given_up and stage == "done"),
            state=state,
            stage=stage,
            steps=history.steps if history else None,
            reopened=history.reopened if history else None,
            due=self._moments.day(text(fields.get("duedate"))),
            due_changes=self._due_changes(changes),
            touched=self._touched(fields, changes, replies),
            author=self._person(fields.get("reporter") or fields.get("creator")),
            doer=self._doer(fields, changes, done),
            owners=owners,
            replies=replies,
            links=links,
            link_kinds=LINK_KINDS if any(link.kind == "result" for link in links or ()) else MENTIONED,
            defined=self._defined(fields, created, changes),
            released=self._released(fields),
            flagged=None
            if changes is None
            else tuple(
                one.at for one in changes if one.field == "flagged" and text(one.item.get("toString"))
            ),
            labels=named_labels,
            areas=labels(fields["components"]) if "components" in fields else None,
            assisted=assisted_label(named_labels) if "labels" in fields else None,
        )

    def _at(self, entry: Mapping[str, Any], key: str) -> datetime | None:
        return self._moments.at(text(entry.get(key)))

    def _stage(self, state: str, category: str = "") -> Stage:
        if state in self._stages:
            return self._stages[state]
        return _in_category(state, category) if category else self._states.get(state) or guess(state)

    def _person(self, given: object) -> str | None:
        """Return the code of a person; an account is called by an id, and its name tells of programs."""
        who = inside(given)
        if text(who.get("accountType")) == "app" or not who:
            return None
        called = next(
            (found for key in ("accountId", "key", "name", "emailAddress") if (found := text(who.get(key)))),
            "",
        )
        shown = text(who.get("displayName"))
        if shown and self._people.code(shown) is None:
            return None
        return self._people.code(called or shown)

    def _owner(self, ident: object, shown: object) -> str | None:
        if text(shown) and self._people.code(text(shown)) is None:
            return None
        return self._people.code(text(ident) or text(shown))

    def _changes(self, changelog: object) -> list[_Change] | None:
        """Return what was changed, in order; None where the export does not tell all of it."""
        told = inside(changelog)
        histories = list(objects(told.get("histories") or told.get("values")))
        total = whole(told.get("total"))
        if not told or (total is not None and total > len(histories)):
            return None
        found = []
        for history in histories:
            at = self._at(history, "created")
            if at is not None:
                by = self._person(history.get("author"))
                found += [
                    _Change(at, by, (text(item.get("fieldId")) or text(item.get("field"))).casefold(), item)
                    if text(item.get("field")).casefold() != "flagged"
                    else _Change(at, by, "flagged", item)
                    for item in objects(history.get("items"))
                ]
        return sorted(found, key=lambda change: change.at)

    def _history(
        self, fields: Mapping[str, Any], created: datetime | None, state: str, changes: list[_Change] | None
    ) -> History | None:
        if changes is None:
            return None
        moves = [one for one in changes if one.field == "status"]
        first = name(moves[0].item.get("fromString")) if moves else state
        steps = []
        if created is not None and first:
            by = self._person(fields.get("creator") or fields.get("reporter"))
            steps.append(Step(created, first, self._stage(first), by))
        for one in moves:
            if to := name(one.item.get("toString")):
                steps.append(Step(one.at, to, self._stage(to), one.by))
        return history_of(steps)

    def _done(
        self, fields: Mapping[str, Any], stage: Stage | None, history: History | None
    ) -> datetime | None:
        resolved = self._at(fields, "resolutiondate")
        if stage is not None and stage != "done":
            return None
        if history is not None and history.done is not None and len(history.steps) > 1:
            return history.done
        return resolved

    def _owners(self, fields: Mapping[str, Any], changes: list[_Change] | None) -> tuple[str, ...] | None:
        if changes is None:
            return None
        held = [one.item for one in changes if one.field == "assignee"]
        if not held:
            only = self._person(fields.get("assignee"))
            return () if only is None else (only,)
        codes = [self._owner(held[0].get("from"), held[0].get("fromString"))]
        codes += [self._owner(item.get("to"), item.get("toString")) for item in held]
        people = [code for code in codes if code is not None]
        return tuple(people[:1] + [after for before, after in pairwise(people) if after != before])

    def _doer(
        self, fields: Mapping[str, Any], changes: list[_Change] | None, done: datetime | None
    ) -> str | None:
        """Return who held it when it was done."""
        if done is None:
            return None
        later = [one.item for one in changes or () if one.field == "assignee" and one.at > done]
        if later:
            return self._owner(later[0].get("from"), later[0].get("fromString"))
        return self._person(fields.get("assignee"))

    def _due_changes(self, changes: list[_Change] | None) -> tuple[DueChange, ...] | None:
        if changes is None:
            return None
        return tuple(
            DueChange(one.at, self._day(one.item, "from"), self._day(one.item, "to"))
            for one in changes
            if one.field == "duedate"
        )

    def _day(self, item: Mapping[str, Any], key: str) -> date | None:
        return self._moments.day(text(item.get(key)) or text(item.get(f"{key}String"))[:10])

    def _touched(
        self, fields: Mapping[str, Any], changes: list[_Change] | None, replies: tuple[Reply, ...] | None
    ) -> datetime | None:
        if changes is None:
            return self._at(fields, "updated")
        times = [one.at for one in changes if one.by is not None]
        times += [one.at for one in replies or () if one.by is not None]
        created = self._at(fields, "created")
        by = self._person(fields.get("creator") or fields.get("reporter"))
        return max([*times, created] if created and by else times, default=None)

    def _replies(self, fields: Mapping[str, Any]) -> tuple[Reply, ...] | None:
        told = inside(fields.get("comment"))
        total = whole(told.get("total"))
        if not isinstance(told.get("comments"), list) or (total or 0) > len(told["comments"]):
            return None
        replies = []
        for one in objects(told["comments"]):
            at = self._at(one, "created")
            if at is not None:
                replies.append(Reply(at, self._person(one.get("author"))))
        return tuple(sorted(replies, key=lambda reply: reply.at))

    def _defined(
        self, fields: Mapping[str, Any], created: datetime | None, changes: list[_Change] | None
    ) -> tuple[datetime, ...] | None:
        """Return when what it asks for was written; None where that cannot be told."""
        if "description" not in fields or created is None:
            return None
        written = [one for one in changes or () if _DEFINES.search(text(one.item.get("field")))]
        if changes is None and fields["description"]:
            return None  # it may have been written when all was done
        described = [one for one in written if text(one.item.get("field")).casefold() == "description"]
        from_the_start = described[0].item.get("fromString") if described else fields["description"]
        times = [one.at for one in written if text(one.item.get("toString"))]
        return tuple([created, *times] if from_the_start else times)

    def _released(self, fields: Mapping[str, Any]) -> tuple[datetime, ...] | None:
        if not isinstance(fields.get("fixVersions"), list):
            return None
        out = (one for one in objects(fields["fixVersions"]) if one.get("released") is True)
        times = (self._at(one, "releaseDate") for one in out)
        return tuple(sorted(at for at in times if at is not None))


def _links(fields: Mapping[str, Any]) -> tuple[Link, ...] | None:
    if fields.keys().isdisjoint(("issuelinks", "parent")):
        return None
    links = [Link(key, "reason") for key in [name(inside(fields.get("parent")).get("key"))] if key]
    # The link to an epic stands under another number in each Jira; what it holds is the key of an issue.
    for field, value in fields.items():
        if field.startswith("customfield_") and _TICKET.fullmatch(text(value)):
            links.append(Link(text(value), "reason"))
    for one in objects(fields.get("issuelinks")):
        for side, way in (("outwardIssue", "outward"), ("inwardIssue", "inward")):
            key = name(inside(one.get(side)).get("key"))
            kind = _kind(text(inside(one.get("type")).get(way)))
            if key and kind:
                links.append(Link(key, kind))
    return tuple(once(links))


def _kind(said: str) -> LinkKind | None:
    """Return what "this issue … that one" makes of that one."""
    if _REPAIRED.search(said):
        return "result"
    if _REPAIRS.search(said):
        return "repairs"
    return "reason" if _REASON.search(said) else None


def _browse(given: object, key: str) -> str:
    """Return the address at which people open an issue, by the one of the interface."""
    base, found, _ = address(given).partition("/rest/")
    return f"{base}/browse/{key}" if found and base and _TICKET.fullmatch(key) else ""
