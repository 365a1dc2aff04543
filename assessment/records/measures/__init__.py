"""The measures: what is counted of work items, under neutral names that an instrument maps to its own.

Each measure looks at one population (`populations`), and marks one of its items at a time: sound, failing, or
could not verify where the export cannot tell. The rules stand in docs/records.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assessment.records.measures import done, flow, promises
from assessment.records.measures.groups import SMALL_TEAM
from assessment.records.measures.populations import POPULATIONS, tells_beginnings
from assessment.records.measures.seen import Around, Mark, Told, View
from assessment.records.work import Kind, WorkItem

__all__ = ["MEASURES", "POPULATIONS", "SMALL_TEAM", "Measure"]

Judge = Callable[[WorkItem, Around, View], Mark]


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is counted. `lacks` says in a sentence why an export cannot tell it, "" where it can.

    `judge` is None for what is not asked of one item at a time. `around`: what other items say is needed.
    """

    name: str
    population: str
    lacks: Callable[[Told, Kind], str]
    judge: Judge | None = None
    around: bool = False


def _fields(sentence: str, *names: str) -> Callable[[Told, Kind], str]:
    """Return what asks for one of these fields in the kind that is counted."""
    return lambda told, kind: "" if told.has(kind, *names) else sentence


def _result(told: Told, kind: Kind) -> str:
    if kind == "change" or told.joins():
        return ""
    return "The export does not say which change, or which other result, belongs to which item."


def _approval(told: Told, kind: Kind) -> str:
    sentence = "The export does not say who approved what."
    if kind == "task" and not told.has("task", "approvals"):
        return "" if told.has("change", "approvals") and told.joins() else sentence
    return "" if told.has(kind, "approvals") else sentence


def _release(told: Told, kind: Kind) -> str:
    through_changes = kind == "task" and told.has("change", "released") and told.joins()
    return "" if told.has(kind, "released") or through_changes else "The export tells of no releases."


def _came_back(told: Told, kind: Kind) -> str:
    if told.has(kind, "reopened") or (kind == "task" and told.has(kind, "steps")) or told.follows_up(kind):
        return ""
    return "The export tells neither of reopenings nor of links."


def _definition(told: Told, kind: Kind) -> str:
    if not told.has(kind, "defined"):
        return "The export does not say when an item was described."
    return "" if told.has(kind, "started", "steps") else "The export does not say when work on an item began."


def _route(told: Told, _kind: Kind) -> str:
    sentence = "The export says neither who approved a change nor who merged it."
    return "" if told.has("change", "approvals", "steps", "merged_by") else sentence


def _beginnings(told: Told, kind: Kind) -> str:
    return "" if tells_beginnings(told, kind) else "The export does not say when an item was begun."


def _assisted(told: Told, _kind: Kind) -> str:
    if not told.has("change", "assisted"):
        return "The export has no mark for what a machine helped to make."
    return "" if told.has("change", "approvals") else "The export does not say who approved what."


def _doers(told: Told, kind: Kind) -> str:
    names = ("doer",) if kind == "task" else ("doer", "author")
    through_changes = kind == "task" and told.has("change", "doer", "author") and told.joins()
    return "" if told.has(kind, *names) or through_changes else "The export does not say who did what."


def _areas(told: Told, kind: Kind) -> str:
    if not told.has(kind, "areas"):
        return "The export does not say which part of the system an item belongs to."
    known = told.has(kind, "doer") or (kind == "change" and told.has(kind, "author"))
    return "" if known else "The export does not say who did what."


def _flags(told: Told, _kind: Kind) -> str:
    if not any(told.has(kind, "due") for kind in ("task", "change")):
        return "The export does not say when an item is due."
    known = any(told.has(kind, "flagged", "due_changes") for kind in ("task", "change"))
    return "" if known else "The export says neither that an item was flagged nor that its date was moved."


def _due(told: Told, _kind: Kind) -> str:
    known = told.has("task", "due", "due_changes") or told.has("change", "due", "due_changes")
    return "" if known else "The export does not say when an item is due."


def _states(told: Told, kind: Kind) -> str:
    if kind == "change":  # it is opened and merged, and nobody moves it through states in between
        return "A change has no states that somebody moves it through."
    return "" if told.has(kind, "steps") else "The export does not say when an item came into a state."


def _ways(told: Told, kind: Kind) -> str:
    if told.has(kind, "owners") or (kind == "task" and told.has(kind, "steps")):
        return ""
    return "The export says neither who held an item nor which states it went through."


def _waits(told: Told, _kind: Kind) -> str:
    known = told.has("task", "steps") or told.has("change", "steps")
    return "" if known else "The export does not say when an item came into a state."


MEASURES = {
    each.name: each
    for each in (
        Measure("linked-result", "done", _result, done.linked_result, around=True),
        Measure("accepted-by-another", "done", _approval, done.accepted_by_another, around=True),
        Measure("defined-first", "done", _definition, done.defined_first),
        Measure("reached-user", "done", _release, done.reached_user, around=True),
        Measure(
            "reason-recorded",
            "done",
            _fields("The export does not say why an item was done.", "reason"),
            done.reason_recorded,
        ),
        Measure("moved-in-time", "done", _states, done.moved_in_time, around=True),
        Measure("stayed-done", "done", _came_back, done.stayed_done, around=True),
        Measure("no-bounce", "done", _ways, done.no_bounce),
        Measure("spread-of-work", "latest-done", _doers, around=True),
        Measure("recently-touched", "in-progress", _beginnings, flow.recently_touched),
        Measure(
            "answered-in-time",
            "requests",
            lambda told, _kind: (
                "" if told.has("change", "replies", "approvals") else "The export tells of no replies."
            ),
            flow.answered_in_time,
        ),
        Measure("reviewed-route", "changes", _route, flow.reviewed_route),
        Measure("flagged-early", "late", _flags, promises.flagged_early),
        Measure("kept-or-renegotiated", "due", _due, promises.kept_or_renegotiated),
        Measure("decided-in-time", "waiting", _waits, flow.decided_in_time),
        Measure("intake-matched", "periods", _beginnings),
        Measure("checked-before-use", "assisted", _assisted, flow.checked_before_use),
        Measure("actions-finished", "post-failure", _due, promises.actions_finished),
        Measure("two-can-do", "areas", _areas),
    )
}
"""Every measure by its name, as it stands in measures.toml."""
