"""The normalised work item: what every reader makes of its export, and the measures count.

Where an export cannot tell, a field is None. That is not the same as empty: `approvals=()` says that nobody
approved, `approvals=None` that this kind of file does not say who did. A measure counts the first as failing
and the second as could not verify.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Kind = Literal["task", "change"]
"""A task is what was asked for (an issue, a ticket); a change is what was made (a merge, a commit)."""

KINDS: tuple[Kind, Kind] = ("task", "change")

Stage = Literal["to-do", "in-progress", "waiting-for-decision", "done", "abandoned"]
"""What a state of the export means. What is abandoned was never declared done."""

LinkKind = Literal["result", "reason", "repairs"]
"""Why one item names another: it is its result, the reason why it was done, or what it puts right."""

LINK_KINDS: frozenset[LinkKind] = frozenset(("result", "reason", "repairs"))


@dataclass(frozen=True, slots=True)
class Step:
    """The item came into a state. `by` is a person's code, None where it is not known or was a program."""

    at: datetime
    state: str  # as the export calls it
    stage: Stage
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Somebody answered on the item: a review, a comment, a sign-off."""

    at: datetime
    by: str | None
    approves: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """The item names another one, or something outside (`ref` is then an address)."""

    ref: str
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class DueChange:
    """The day on which it was due was changed; None: there was none, or there is none any more."""

    at: datetime
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One piece of work, as far as its export tells of it. Times are aware and in UTC.

    A day without a time is midnight UTC, with `whole_days` set: then times within one day are not compared.
    """

    ref: str  # by which people find it: "#12", "ABC-7", a short hash
    kind: Kind = "task"
    url: str = ""  # where it opens, https or http; "" where the export does not say
    created: datetime | None = None
    started: datetime | None = None
    done: datetime | None = None  # declared done, the last time; None while it is not
    ended: bool = False  # abandoned, or closed without being done
    state: str = ""  # the one that it is in now, as the export calls it; "" where it does not say
    stage: Stage | None = None  # what that state means; None where the export does not say
    whole_days: bool = False
    steps: tuple[Step, ...] | None = None  # in order of time
    reopened: tuple[datetime, ...] | None = None
    due: date | None = None
    due_changes: tuple[DueChange, ...] | None = None
    touched: datetime | None = None  # the last time a person did something to it
    author: str | None = None  # a person's code: who asked for a task, who made a change
    doer: str | None = None  # a person's code: who did the work, as far as is known
    merged_by: str | None = None  # a person's code: who took a change in
    owners: tuple[str, ...] | None = None  # codes of who held it, in order, one after the other
    approvals: tuple[Reply, ...] | None = None
    replies: tuple[Reply, ...] | None = None
    links: tuple[Link, ...] | None = None
    link_kinds: frozenset[LinkKind] = LINK_KINDS  # those of which the export tells, where it tells of links
    defined: tuple[datetime, ...] | None = None  # when its condition or description was written or changed
    released: tuple[datetime, ...] | None = None  # releases or deployments that contain it
    flagged: tuple[datetime, ...] | None = None  # when it was marked as at risk or blocked
    labels: tuple[str, ...] = ()  # in small letters
    areas: tuple[str, ...] | None = None  # components, folders, parts of the system
    checks: tuple[bool, ...] | None = None  # automated checks before it was done, and whether they passed
    assisted: bool | None = None  # made with the help of a machine; None: the export has no mark for it
