"""The measures of dates: what was promised for a day, what was late, what was to be done after a failure."""

from __future__ import annotations

from datetime import date

from assessment.records.measures.days import workdays
from assessment.records.measures.populations import late_for
from assessment.records.measures.seen import Around, Mark, View, failing, sound, unverified
from assessment.records.measures.times import changed_in_time, declared, given_up, promised
from assessment.records.work import WorkItem

EARLY_DAYS = 5  # working days before the date at which what will be late is flagged


def kept_or_renegotiated(item: WorkItem, _around: Around, view: View) -> Mark:
    """Was it done by each day of the window for which it was promised, or was that day changed before?"""
    days = promised(item, view.first, view.last)
    if not days:
        return unverified("it was not due in these days")
    marks = [_kept(item, day, view) for day in days]
    return max(marks, key=lambda mark: ("sound", "unverified", "failing").index(mark[0]))


def _kept(item: WorkItem, day: date, view: View) -> Mark:
    done, ended = declared(item), given_up(item)
    if done is not None and done.date() <= day:
        return sound(f"due on {day}, done on {done.date()}")
    if changed := changed_in_time(item, day):
        return sound(f"due on {day}, changed on {changed}")
    if ended is not None and ended.date() <= day:
        return sound(f"due on {day}, given up on {ended.date()}")
    if item.ended and ended is None:
        return unverified("it has ended, and the export does not say when")
    if done is None and day >= view.until.date():
        return unverified(f"due on {day}, and the export ends by then")
    return failing(f"due on {day}, {f'done on {done.date()}' if done else 'not done'}")


def flagged_early(item: WorkItem, _around: Around, view: View) -> Mark:
    """Was a late item flagged, or its date moved, at least five working days before it was due?"""
    due = late_for(item, view.first, view.last)
    if due is None:
        return unverified("it was not late in these days")
    early = workdays(due, -EARLY_DAYS)
    flags = sorted(at.date() for at in item.flagged or ())
    if flags and flags[0] <= early:
        return sound(f"due on {due}, flagged on {flags[0]}")
    moved = changed_in_time(item, due)
    if moved is not None and moved <= early:
        return sound(f"due on {due}, moved on {moved}")
    if item.flagged is None:
        return unverified("the export does not say whether it was flagged")
    return failing(f"due on {due}, {f'flagged on {flags[0]}' if flags else 'never flagged'}")


def actions_finished(item: WorkItem, _around: Around, view: View) -> Mark:
    """Was an action that followed a failure done by the day on which it was due?"""
    if item.due is None:
        return unverified("the export does not say when it was due")
    done = declared(item)
    if done is not None and done.date() <= item.due:
        return sound(f"due on {item.due}, done on {done.date()}")
    if done is None and item.due >= view.until.date():
        return unverified(f"due on {item.due}, and the export ends by then")
    return failing(f"due on {item.due}, {f'done on {done.date()}' if done else 'not done'}")
