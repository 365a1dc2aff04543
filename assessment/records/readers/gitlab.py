"""GitLab: issues and merge requests, as its REST interface gives them.

An issue is a task, a merge request a change. Approvals and notes are read where they stand inside a merge
request, under `approved_by` (or `approvals`) and `notes`, or in files of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from assessment.records.beside import Beside, BesideSource, Move, Sort, Told
from assessment.records.documents import DocumentSource, first_keys, keys_of
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
from assessment.records.work import Link, Reply, Stage, Step, WorkItem

NAME = "gitlab"
TITLE = "GitLab"
EXPORT = (
    "In a clone of the repository run both, and give both files:\n"
    '$ glab api --paginate "projects/:id/issues?scope=all&state=all&per_page=100" > issues.json\n'
    '$ glab api --paginate "projects/:id/merge_requests?scope=all&state=all&per_page=100"'
    " > merge-requests.json"
)

_OF_MERGE_REQUESTS = frozenset(
    "source_branch target_branch merged_at merge_status merge_user merged_by".split()
)
_FIELDS = {
    "iid": "ref",
    "web_url": "url",
    "created_at": "created",
    "closed_at": "done",
    "merged_at": "done",
    "state": "state",
    "draft": "state",
    "moved_to_id": "state",
    "author": "author",
    "assignees": "doer",
    "merge_user": "merged_by",
    "merged_by": "merged_by",
    "due_date": "due",
    "milestone": "due",
    "title": "links",
    "description": "links",
    "epic": "links",
    "source_branch": "links",
    "approved_by": "approvals",
    "approvals": "approvals",
    "notes": "replies",
    "updated_at": "touched",
    "labels": "labels",
    "pipeline": "checks",
    "head_pipeline": "checks",
}
# How the states of merge requests are called here: those of issues have the same names and mean other things.
_OF_CHANGES: dict[str, Stage] = {
    "merged": "done",
    "closed, not merged": "abandoned",
    "merge request opened": "in-progress",
    "merge request draft": "in-progress",
}
_APPROVED = "approved this merge request"
_UNTIMED = datetime(1970, 1, 1, tzinfo=UTC)  # of an approval without a time


def recognises(name: str, head: str) -> bool:
    """Is it a list of issues or of merge requests, or what belongs to them?"""
    keys = first_keys(head)
    return {"iid", "state"} <= keys or _sort_beside(keys) is not None


def open_source(file: File, options: Options, people: People, limits: Limits) -> Source:
    """Return a list of issues or of merge requests, or one of what belongs to them."""
    keys = keys_of(file, limits)
    maker = _Maker(options, people)
    columns = tuple(Column(key, _FIELDS.get(key, "")) for key in sorted(keys))
    if sort := _sort_beside(keys):
        called = {"reviews": "Approvals", "comments": "Notes", "events": "Changes of state"}[sort]
        note = f"{called}: they are read with the issues and merge requests to which they belong."
        read = {"reviews": maker.approval, "comments": maker.note, "events": maker.event}[sort]
        return BesideSource(file, limits, Understood(NAME, columns, (note,)), sort, read)
    note = "Issues." if _OF_MERGE_REQUESTS.isdisjoint(keys) else "Merge requests."
    return _List(file, limits, Understood(NAME, columns, (note,)), maker.item, maker=maker)


def together(sources: Iterable[Source]) -> None:
    """Let each list of some files know what the others tell of its items."""
    every = [source for source in sources if source.understood.reader == NAME]
    beside = Beside([one for one in every if isinstance(one, BesideSource)])
    for one in every:
        if isinstance(one, _List):
            one.maker.beside = beside


@dataclass(slots=True)
class _List(DocumentSource):
    """A list of issues or merge requests."""

    maker: _Maker = field(kw_only=True)


def _sort_beside(keys: frozenset[str]) -> Sort | None:
    """Return what a list holds that belongs to issues and merge requests, None for a list of these."""
    if keys >= {"iid", "approved_by"} and "source_branch" not in keys:
        return "reviews"
    if keys >= {"noteable_iid", "noteable_type"}:
        return "comments"
    return "events" if keys >= {"resource_id", "resource_type", "state"} else None


class _Maker:
    """Makes work items of entries."""

    def __init__(self, options: Options, people: People) -> None:
        self._stages, self._people = options.stages, people
        self._moments = Moments(zone_minutes=options.zone_minutes)
        self.beside = Beside()

    def item(self, entry: Mapping[str, Any]) -> WorkItem | str:
        """Return an entry as a work item, or why it is none."""
        number = whole(entry.get("iid"))
        if number is None:
            return "no number"
        if "created_at" in entry and self._at(entry, "created_at") is None:
            return "no time at which it was opened"
        is_change = not _OF_MERGE_REQUESTS.isdisjoint(entry)
        return self._change(number, entry) if is_change else self._task(number, entry)

    def _task(self, number: int, entry: Mapping[str, Any]) -> WorkItem:
        created, closed = self._at(entry, "created_at"), self._at(entry, "closed_at")
        is_closed = text(entry.get("state")) == "closed"
        is_moved = is_closed and whole(entry.get("moved_to_id")) is not None
        state = "moved" if is_moved else "closed" if is_closed else "opened"
        stage = self._stages.get(state) or ("abandoned" if is_moved else stage_of(state, self._stages))
        author = self._person(entry.get("author"))
        holders = [self._person(one) for one in objects(entry.get("assignees"))]
        replies, _ = self._notes(entry, f"#{number}")
        history = None
        if created is not None and self.beside.tells("events"):
            opened = Step(created, "opened", stage_of("opened", self._stages), author)
            history = self.beside.history(f"Issue {entry.get('id')}", opened, state, stage)
        named_labels = labels(entry.get("labels"))
        return WorkItem(
            ref=f"#{number}",
            url=address(entry.get("web_url")),
            created=created,
            done=closed if stage == "done" else None,
            ended=stage == "abandoned",
            state=state,
            stage=stage,
            steps=history.steps if history else None,
            reopened=history.reopened if history else None,
            due=self._due(entry),
            touched=self._touched(entry, author, replies),
            author=author,
            doer=holders[0] if len(holders) == 1 and is_closed else None,
            replies=replies,
            links=self._links(entry, f"#{number}"),
            link_kinds=MENTIONED_BY_TASKS,
            labels=named_labels,
            assisted=_is_assisted(entry, named_labels),
        )

    def _change(self, number: int, entry: Mapping[str, Any]) -> WorkItem:
        created, closed = self._at(entry, "created_at"), self._at(entry, "closed_at")
        merged = self._at(entry, "merged_at")
        state = _state_of_change(entry, merged)
        stage = self._stages.get(state) or _OF_CHANGES[state]
        author = self._person(entry.get("author"))
        replies, noted = self._notes(entry, f"!{number}")
        named_labels = labels(entry.get("labels"))
        return WorkItem(
            ref=f"!{number}",
            kind="change",
            url=address(entry.get("web_url")),
            created=created,
            started=created,
            done=(merged or closed) if stage == "done" else None,
            ended=stage == "abandoned",
            state=state,
            stage=stage,
            touched=self._touched(entry, author, replies, is_pushed_to=stage == "in-progress"),
            author=author,
            doer=author,
            merged_by=self._person(entry.get("merge_user") or entry.get("merged_by")),
            approvals=self._approvals(entry, number, merged, noted if replies is not None else None),
            replies=replies,
            links=self._links(entry, f"!{number}"),
            link_kinds=MENTIONED,
            labels=named_labels,
            checks=_checks(entry),
            assisted=_is_assisted(entry, named_labels),
        )

    def _at(self, entry: Mapping[str, Any], key: str) -> datetime | None:
        return self._moments.at(text(entry.get(key)))

    def _person(self, given: object) -> str | None:
        who = inside(given)
        return None if who.get("bot") is True else self._people.code(text(who.get("username")))

    def _due(self, entry: Mapping[str, Any]) -> Any:
        given = entry.get("due_date") or inside(entry.get("milestone")).get("due_date")
        return self._moments.day(text(given))

    def approval(self, entry: Mapping[str, Any]) -> Told | str:
        """Return what the approvals of a merge request tell; without a time they come before everything."""
        number = whole(entry.get("iid"))
        return "no number" if number is None else (f"!{number}", self._approved(entry, _UNTIMED))

    def note(self, entry: Mapping[str, Any]) -> Told | str:
        """Return what a note tells."""
        number = whole(entry.get("noteable_iid"))
        sign = {"MergeRequest": "!", "Issue": "#"}.get(text(entry.get("noteable_type")))
        if number is None or sign is None:
            return "no number"
        reply = self._written(entry)
        return f"{sign}{number}", () if reply is None else (reply,)

    def event(self, entry: Mapping[str, Any]) -> Told | str:
        """Return what a change of state tells; it calls its item by another number than people do."""
        number, at = whole(entry.get("resource_id")), self._at(entry, "created_at")
        if number is None or at is None:
            return "no number, or no time"
        called, state = f"{text(entry.get('resource_type'))} {number}", entry.get("state")
        if state not in ("closed", "reopened"):
            return called, ()
        return called, (Move(at, state == "reopened", self._person(entry.get("user"))),)

    def _written(self, note: Mapping[str, Any]) -> Reply | None:
        """Return a note that is an answer: one that somebody wrote, or that tells of an approval."""
        at, by_system = self._at(note, "created_at"), note.get("system") is True
        approves = by_system and text(note.get("body")).startswith(_APPROVED)
        if at is None or (by_system and not approves):
            return None
        return Reply(at, self._person(note.get("author")), approves)

    def _notes(
        self, entry: Mapping[str, Any], called: str
    ) -> tuple[tuple[Reply, ...] | None, tuple[Reply, ...]]:
        """Return what people wrote on it, None if that is not told, and the approvals among its notes."""
        if isinstance(entry.get("notes"), list):
            every = [reply for note in objects(entry["notes"]) if (reply := self._written(note))]
        elif (told := self.beside.replies("comments", called)) is not None:
            every = told
        else:
            return None, ()
        written = _in_order(every)
        return written, tuple(reply for reply in written if reply.approves)

    def _approved(self, around: Mapping[str, Any], otherwise: datetime) -> tuple[Reply, ...]:
        return tuple(
            Reply(
                self._at(one, "approved_at") or otherwise, self._person(one.get("user") or one), approves=True
            )
            for one in objects(around.get("approved_by"))
        )

    def _approvals(
        self, entry: Mapping[str, Any], number: int, merged: datetime | None, noted: tuple[Reply, ...] | None
    ) -> tuple[Reply, ...] | None:
        """Return who approved it: by its notes, which say when, else by the approvals in it or beside it.

        Older versions do not say when. Nobody approves what is merged, so it was by then at the latest.
        """
        if noted:
            return noted
        around = entry if "approved_by" in entry else inside(entry.get("approvals"))
        if isinstance(around.get("approved_by"), list):
            given: Sequence[Reply] | None = self._approved(around, _UNTIMED)
        else:
            given = self.beside.replies("reviews", f"!{number}")
        if given is None:
            return noted
        timed = [replace(one, at=merged) if one.at is _UNTIMED and merged else one for one in given]
        return _in_order([one for one in timed if one.at is not _UNTIMED])

    def _touched(
        self,
        entry: Mapping[str, Any],
        author: str | None,
        replies: tuple[Reply, ...] | None,
        *,
        is_pushed_to: bool = False,
    ) -> datetime | None:
        """Return when a person last did something, as far as is told; what was pushed is not."""
        changed = self._at(entry, "updated_at")
        if replies is None:
            return changed
        created = self._at(entry, "created_at")
        times = [reply.at for reply in replies if reply.by is not None]
        times += [created] if created and author else []
        if is_pushed_to and changed and (not times or changed.date() > max(times).date()):
            return None
        return max(times, default=None)

    def _links(self, entry: Mapping[str, Any], own: str) -> tuple[Link, ...] | None:
        if entry.keys().isdisjoint(("description", "epic")):
            return None
        title, branch = text(entry.get("title")), text(entry.get("source_branch"))
        epic = whole(inside(entry.get("epic")).get("iid"))
        links = [] if epic is None else [Link(f"&{epic}", "reason")]
        home = home_of(address(entry.get("web_url")))
        links += named(f"{title}\n\n{text(entry.get('description'))}", home, signs="#!")
        links += tickets(f"{title} {branch.replace('/', ' ')}")
        return tuple(link for link in once(links) if link.ref != own)


def _state_of_change(entry: Mapping[str, Any], merged: datetime | None) -> str:
    state = text(entry.get("state"))
    if merged is not None or state == "merged":
        return "merged"
    if state == "closed":
        return "closed, not merged"
    is_draft = entry.get("draft") is True or entry.get("work_in_progress") is True
    return "merge request draft" if is_draft else "merge request opened"


def _checks(entry: Mapping[str, Any]) -> tuple[bool, ...] | None:
    """Return whether the last pipeline passed, where the export tells of one."""
    keys = [key for key in ("head_pipeline", "pipeline") if key in entry]
    if not keys:
        return None
    status = text(inside(entry[keys[0]]).get("status"))
    return (status == "success",) if status in ("success", "failed", "canceled") else ()


def _is_assisted(entry: Mapping[str, Any], named_labels: tuple[str, ...]) -> bool | None:
    if entry.keys().isdisjoint(("description", "labels")):
        return None
    return assisted_label(named_labels) or assisted(text(entry.get("description")))


def _in_order(replies: Iterable[Reply]) -> tuple[Reply, ...]:
    return tuple(sorted(replies, key=lambda reply: reply.at))
