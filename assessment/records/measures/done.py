"""The measures of what was declared done: one function each, from an item to its mark and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from assessment.records.measures.seen import Around, Mark, View, failing, sound, unverified
from assessment.records.measures.times import FOLLOW_UP, declared, worked_from
from assessment.records.work import Reply, WorkItem

CROWD = 5
"""So many items moved by one person within five minutes are a batch."""

_NEVER = date(9000, 1, 1)


def linked_result(item: WorkItem, around: Around, view: View) -> Mark:
    """Is there a result, and did it exist on the day on which the item was declared done?"""
    if item.kind == "change":
        if item.ref or item.url:
            return sound("it is a merged change itself")
        return unverified("it is a change without an address or a number")
    day = _day(item)
    merged = [(change, _day(change)) for change in around.changes]
    if in_time := next((each for each in merged if each[1] <= day), None):
        return sound(f"merged change {in_time[0].ref} on {in_time[1]}")
    if any(link.kind == "result" and link.ref not in around.known for link in item.links or ()):
        return sound("it links its result")
    if merged:
        return failing(f"change {merged[0][0].ref} was merged later, on {merged[0][1]}")
    if "result" not in item.link_kinds and not view.told.has("change", "reason", "result"):
        return unverified("the export tells of the results of other items alone")
    return failing("no merged change names it")


def accepted_by_another(item: WorkItem, around: Around, view: View) -> Mark:
    """Did somebody other than the doer approve it, or the merged change that names it, by that day?"""
    day = _day(item)
    by_programs = tells_makers(view)
    if item.kind == "change":
        return approval(item.approvals, (item.author, item.doer), day, by_programs)
    marks = [
        approval(change.approvals, (change.author, change.doer, item.doer), day, by_programs)
        for change in around.changes
    ]
    if item.approvals is not None:
        marks.insert(0, approval(item.approvals, (doer(item, around),), day, False))
    if not marks:
        return unverified("no change names it, and the export does not say who accepted it")
    return min(marks, key=lambda mark: ("sound", "failing", "unverified").index(mark[0]))


def approval(
    approvals: Iterable[Reply] | None, doers: Iterable[str | None], day: date, by_program: bool
) -> Mark:
    """Return whether somebody other than the doers approved on this day or before.

    `by_program`: what nobody is known to have done was done by a program, as a change is where the export
    tells who made others.
    """
    if approvals is None:
        return unverified("the export does not say who approved it")
    in_time = [each for each in approvals if each.at.date() <= day]
    known = {each for each in doers if each}
    others = [each.at.date() for each in in_time if each.by and each.by not in known]
    if others and not known and not by_program:
        return unverified("it was approved, and the export does not say who did it")
    if others:
        return sound(f"approved by somebody else on {min(others)}")
    return failing("nobody but the doer approved it by then" if in_time else "nobody approved it by then")


def defined_first(item: WorkItem, _around: Around, _view: View) -> Mark:
    """Was it written down what done would mean before work began?"""
    began = worked_from(item)
    if item.defined is None or began is None:
        what = "when it was described" if item.defined is None else "when work on it began"
        return unverified(f"the export does not say {what}")
    if not item.defined:
        return failing("nothing is written down of what done means")
    written = min(item.defined)
    if written.date() < began.date() or (written < began and not item.whole_days):
        return sound(f"written down on {written.date()}, begun on {began.date()}")
    if item.whole_days and written.date() == began.date():
        return unverified("it was written down and begun on the same day")
    return failing(f"begun on {began.date()}, written down on {written.date()}")


def reached_user(item: WorkItem, around: Around, view: View) -> Mark:
    """Is there a release that contains it, at most 30 days after it was done?"""
    releases = [each.released for each in (item, *around.changes) if each.released is not None]
    if not releases:
        return unverified("the export does not say which release contains it")
    day = _day(item)
    every = sorted(at.date() for each in releases for at in each)
    if every and every[0] <= day + FOLLOW_UP:
        return sound(f"released on {every[0]}")
    if _is_young(day, view):
        return unverified("the export ends before 30 days have passed")
    return failing(f"released on {every[0]}" if every else "no release contains it")


def reason_recorded(item: WorkItem, _around: Around, _view: View) -> Mark:
    """Does the record link why it was done?"""
    if item.links is None or "reason" not in item.link_kinds:
        return unverified("the export does not say why it was done")
    reason = next((link.ref for link in item.links if link.kind == "reason"), None)
    return sound(f"it names {reason}") if reason else failing("it names no reason")


def moved_in_time(item: WorkItem, around: Around, _view: View) -> Mark:
    """Was its last change of state recorded by itself, and not in a batch?"""
    if not item.steps or item.kind == "change":
        return unverified("the export does not say when its state changed")
    last = item.steps[-1]
    if item.whole_days:
        return unverified("the export gives days without times")
    if last.by is None:
        return unverified("the export does not say that a person moved it")
    if around.crowd >= CROWD:
        return failing(f"moved on {last.at.date()} among {CROWD} or more within five minutes")
    return sound(f"moved by itself on {last.at.date()}")


def stayed_done(item: WorkItem, around: Around, view: View) -> Mark:
    """In the 30 days after it was done, was it neither reopened nor put right nor taken up again?"""
    done = declared(item)
    if done is None:
        return unverified("the export does not say when it was done")
    last = done.date() + FOLLOW_UP
    reopened = [at for at in _reopenings(item) or () if at.date() <= last]
    if reopened:
        return failing(f"reopened on {min(reopened).date()}")
    if around.back and around.back[0].date() <= last:
        return failing(f"{around.back[1]} came back to it on {around.back[0].date()}")
    if _reopenings(item) is None and not view.told.follows_up(item.kind):
        return unverified("the export tells neither of reopenings nor of links")
    if _is_young(done.date(), view):
        return unverified("the export ends before 30 days have passed")
    return sound("neither reopened nor named by a later change")


def _reopenings(item: WorkItem) -> list[datetime] | None:
    """Return when an item was reopened, None where the export cannot tell.

    What had to be declared done twice did not stay done, so reopenings before the last time count.
    """
    steps = item.steps if item.kind == "task" else None  # a merge is not taken back by opening it again
    if item.reopened is None and steps is None:
        return None
    found, was_done = list(item.reopened or ()), False
    for step in steps or ():
        if was_done and step.stage not in ("done", "abandoned"):
            found.append(step.at)
        was_done = step.stage == "done"
    return found


def no_bounce(item: WorkItem, _around: Around, _view: View) -> Mark:
    """Did it go back to an earlier owner or state at most once?"""
    ways = []
    if item.owners is not None:
        ways.append(returns(item.owners))
    if item.steps is not None and item.kind == "task":
        ways.append(returns(step.state.casefold() for step in item.steps))
    if not ways:
        return unverified("the export says neither who held it nor which states it went through")
    times = max(ways)
    if times > 1:
        return failing(f"it went back to an earlier owner or state {times} times")
    return sound("it went back once" if times else "it never went back")


def returns(way: Iterable[str]) -> int:
    """Return how often a way leads back: to what was first met before the place that is left.

    >>> returns("ABC"), returns("ABAB"), returns("ABABA")
    (0, 1, 2)
    """
    first: dict[str, int] = {}
    here, back = -1, 0
    for place in way:
        rank = first.setdefault(place, len(first))
        back += rank < here
        here = rank
    return back


def tells_makers(view: View) -> bool:
    """Does the export tell who made changes? Then those that nobody made were made by programs."""
    return view.told.has("change", "author", "doer")


def doer(item: WorkItem, around: Around) -> str | None:
    """Return the code of who did an item; of a task without a doer, of who made the change that names it."""
    if item.doer or item.kind == "change":
        return item.doer or item.author
    return next((found for change in around.changes if (found := change.doer or change.author)), None)


def _day(item: WorkItem) -> date:
    """Return the day on which an item of this population was declared done."""
    done = declared(item)
    return done.date() if done else _NEVER


def _is_young(day: date, view: View) -> bool:
    return not view.reaches(day + FOLLOW_UP)
