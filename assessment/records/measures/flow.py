"""The measures of what is under way: what was begun, requests, changes, decisions that are waited for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from assessment.records.measures.days import midnight, workdays
from assessment.records.measures.done import approval, tells_makers
from assessment.records.measures.populations import DECISION_DAYS
from assessment.records.measures.seen import Around, Mark, View, failing, sound, unverified
from assessment.records.measures.times import declared, stays
from assessment.records.work import WorkItem

ALIVE_DAYS = 10  # working days within which what is in progress is touched
REPLY_DAYS = 1  # working days within which a request is answered


def recently_touched(item: WorkItem, _around: Around, view: View) -> Mark:
    """Did a person do something to it in the last ten working days of the window?"""
    oldest = workdays(view.last, -ALIVE_DAYS)
    stop = midnight(view.last) + timedelta(days=1)
    touches = [at for at in _touches(item) if at < stop]
    latest = max(touches, default=None)
    if latest is not None and latest.date() >= oldest:
        return sound(f"touched on {latest.date()}")
    if item.touched is None:
        return unverified("the export does not say when a person last touched it")
    if item.touched >= stop:
        return unverified("it was touched after these days, and the export does not say when before")
    if not view.reaches(view.last):
        return unverified("the export ends before these days do")
    return failing(f"last touched on {item.touched.date()}")


def _touches(item: WorkItem) -> Iterator[datetime]:
    """Yield the moments at which a person is known to have done something to it."""
    if item.touched is not None:
        yield item.touched
    if item.created is not None and item.author:
        yield item.created
    yield from (step.at for step in item.steps or () if step.by)
    yield from (reply.at for reply in (*(item.replies or ()), *(item.approvals or ())) if reply.by)


def answered_in_time(item: WorkItem, _around: Around, view: View) -> Mark:
    """Did another person than its author reply within one working day?"""
    if item.created is None or (item.replies is None and item.approvals is None):
        return unverified("the export does not say who replied, and when")
    replies = [
        reply.at
        for reply in (*(item.replies or ()), *(item.approvals or ()))
        if reply.by and reply.by != item.author and reply.at >= item.created
    ]
    until = workdays(item.created, REPLY_DAYS)
    first = min(replies, default=None)
    if first is not None and (first <= until or (item.whole_days and first.date() <= until.date())):
        return sound(f"first reply on {first.date()}")
    if item.replies is None:
        return unverified("the export tells of approvals alone, and none came in time")
    if first is None and until > view.until:
        return unverified("the export ends before a working day has passed")
    return failing(f"first reply on {first.date()}, after more than one working day" if first else "no reply")


def reviewed_route(item: WorkItem, _around: Around, view: View) -> Mark:
    """Did a change come with another person's approval, or was it merged by another person?"""
    merged = declared(item)
    if merged is None:
        return unverified("the export does not say when it was merged")
    mark = approval(item.approvals, (item.author, item.doer), merged.date(), tells_makers(view))
    if mark[0] == "sound":
        return mark
    by = item.merged_by
    by = by or next((step.by for step in reversed(item.steps or ()) if step.stage == "done"), None)
    own = {each for each in (item.author, item.doer) if each}
    if by and own and by not in own:
        return sound("merged by somebody else than its author")
    if item.approvals is None:
        return unverified("the export says neither who approved it nor that somebody else merged it")
    return mark


def decided_in_time(item: WorkItem, _around: Around, view: View) -> Mark:
    """Did each decision that it waited for in the window come within five working days?"""
    if item.steps is None:
        return unverified("the export does not say when it waited")
    start, stop = midnight(view.first), midnight(view.last) + timedelta(days=1)
    waited = 0
    for stay in stays(item):
        until = workdays(stay.since, DECISION_DAYS)
        left = stay.until
        if left is None:
            if start <= stay.since and until < stop:
                overdue = f"waiting since {stay.since.date()}"
                return (
                    failing(overdue)
                    if until <= view.until
                    else unverified(f"{overdue}, when the export ends")
                )
        elif start <= left < stop:
            if left > until and not (item.whole_days and left.date() <= until.date()):
                return failing(f"waited from {stay.since.date()} to {left.date()}")
            waited += 1
    return sound("decided within five working days") if waited else unverified("it did not wait")


def checked_before_use(item: WorkItem, _around: Around, view: View) -> Mark:
    """Was a change that a machine helped to make approved by another person before it was merged?"""
    merged = declared(item)
    if merged is None:
        return unverified("the export does not say when it was merged")
    return approval(item.approvals, (item.author, item.doer), merged.date(), tells_makers(view))
