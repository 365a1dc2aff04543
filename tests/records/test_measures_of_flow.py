"""What is under way, promised or done by many: how each measure marks it, rule by rule."""

from __future__ import annotations

from datetime import date

import pytest

from assessment.records.measures.days import workdays
from assessment.records.work import DueChange, Reply, Step, WorkItem
from tests.records.items import (
    ANN,
    BEN,
    CAT,
    at,
    change,
    count,
    mark,
    on,
    read,
    reply,
    task,
    wanted,
    way,
)

# The first of March 2026 is a Sunday: the 6th is a Friday, the 31st a Tuesday.


def test_a_working_day_is_monday_to_friday_and_keeps_the_time() -> None:
    assert workdays(at(6, 15), 1) == at(9, 15)
    assert workdays(at(7, 15), 1) == at(9, 15)
    assert workdays(on(9), -1) == on(6)
    assert workdays(on(8), -1) == on(6)
    assert workdays(on(31), -10) == on(17)


# --- recently-touched ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"touched": at(17, 0)}, "sound"),  # ten working days before the 31st
        ({"touched": at(16, 23)}, "failing"),
        ({"touched": at(31, 23)}, "sound"),
        ({"touched": None}, "unverified"),
        ({"touched": at(40)}, "unverified"),  # after the window; what was before, nobody knows
        ({"touched": at(40), "replies": reply(20, BEN)}, "sound"),
        ({"touched": at(40), "replies": reply(20, None)}, "unverified"),  # a program
        ({"touched": None, "steps": way((5, "in-progress"), (20, "in-progress"))}, "sound"),
        ({"touched": None, "steps": way((5, "in-progress"), (20, "in-progress"), by=None)}, "unverified"),
    ],
)
def test_what_is_in_progress_was_touched_in_the_last_ten_working_days(
    more: dict[str, object], expected: str
) -> None:
    told = task("T-2", done=None, started=at(3), touched=at(20))

    assert mark("recently-touched", task(done=None, started=at(5), **more), told) == expected


def test_what_was_opened_lately_was_touched_lately() -> None:
    item = change(done=None, created=at(25))

    assert mark("recently-touched", item) == "sound"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (task(done=None, started=at(31, 23)), "in"),
        (task(done=None, started=at(32, 0)), "out"),
        (WorkItem("T-1", created=at(2), started=at(5), done=at(32, 0)), "in"),
        (task(done=None, steps=(*way((5, "in-progress")), Step(at(32, 0), "done", "done"))), "in"),
        (task(done=32, started=at(5)), "in"),  # it was in progress when the window ended
        (task(done=31, started=at(5)), "out"),
        (task(done=None, ended=True, started=at(5)), "out"),
        (task(done=None, ended=True, started=at(5), steps=way((5, "in-progress"), (35, "abandoned"))), "in"),
        (task(done=None, steps=way((5, "in-progress"), (8, "to-do"))), "out"),  # parked
        (task(done=None, steps=way((5, "in-progress"), (8, "waiting-for-decision"))), "in"),
        (task(done=None, steps=way((5, "in-progress"), (8, "done"), (9, "in-progress"))), "in"),
        (task(done=None, stage="in-progress"), "in"),
        (task(done=None, started=at(5), stage="to-do"), "out"),
        (task(done=None), "out"),
    ],
)
def test_in_progress_is_what_was_begun_and_is_neither_done_nor_given_up(
    item: WorkItem, expected: str
) -> None:
    told = task("T-2", done=None, started=at(3), touched=at(20))

    found = mark("recently-touched", item, told)

    assert (found == "out") is (expected == "out")


def test_open_changes_are_in_progress_where_no_task_tells_when_it_was_begun() -> None:
    items = [change(done=None), change("#2"), change("#3", done=40), task(done=None)]

    found = count("recently-touched", *items)

    assert found.population == 2
    assert count("recently-touched", *items, task("T-2", done=None, started=at(3))).population == 1
    only_closed = task("T-2", steps=way((2, "to-do"), (10, "done")))
    assert count("recently-touched", *items, only_closed).population == 2
    was_begun = task("T-2", done=None, steps=way((2, "to-do"), (10, "waiting-for-decision")))
    assert count("recently-touched", *items, was_begun).population == 1


# --- answered-in-time ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        (reply(9, BEN, 12), "sound"),  # opened on Friday at noon
        (reply(9, BEN, 13), "failing"),
        (reply(7, BEN), "sound"),
        (reply(6, ANN) + reply(9, BEN, 13), "failing"),  # the author is no answer
        (reply(6, None), "failing"),  # nor is a program
        ((), "failing"),
        (reply(5, BEN), "failing"),  # before it was opened
        (None, "unverified"),
    ],
)
def test_a_request_is_answered_by_another_within_one_working_day(replies: object, expected: str) -> None:
    told = change("#2", replies=())

    assert mark("answered-in-time", change(created=at(6), replies=replies), told) == expected


def test_an_approval_is_an_answer_and_alone_it_cannot_tell_that_there_was_none() -> None:
    told = change("#2", replies=())

    assert mark("answered-in-time", change(created=at(6), approvals=reply(6, BEN)), told) == "sound"
    assert mark("answered-in-time", change(created=at(6), approvals=reply(12, BEN)), told) == "unverified"
    assert mark("answered-in-time", change(created=at(6), approvals=()), told) == "unverified"


def test_of_whole_days_the_next_working_day_is_in_time() -> None:
    item = change(created=at(6, 0), replies=(Reply(at(9, 23), BEN),), whole_days=True)

    assert mark("answered-in-time", item) == "sound"


def test_a_request_of_the_last_day_is_too_young_to_tell() -> None:
    items = [
        change("#1", done=None, created=at(6), replies=()),
        change("#2", done=None, created=at(6), replies=reply(6, BEN)),
        change("#3", done=None, created=at(9), replies=()),
        change("#4", done=None, created=at(9, 13), replies=()),
        change("#5", done=None, created=at(10), replies=None),
    ]

    marks = [each.answer for each in read(items, wanted("answered-in-time")).counts[0].examples]

    assert marks == ["failing", "sound", "failing", "unverified", "unverified"]


def test_requests_are_the_changes_that_were_opened_in_the_window() -> None:
    items = [change("#1", created=at(1, 0), replies=()), change("#2", created=at(0), replies=())]
    items += [task(replies=()), change("#3", created=at(31, 23), replies=()), change("#4", created=at(32))]

    assert [each.reference for each in count("answered-in-time", *items).examples] == ["#1", "#3"]


# --- reviewed-route, checked-before-use ------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"approvals": reply(9, BEN)}, "sound"),
        ({"approvals": reply(9, ANN)}, "failing"),
        ({"approvals": reply(11, BEN)}, "failing"),
        ({"approvals": ()}, "failing"),
        ({"approvals": (), "steps": way((2, "in-progress"), (10, "done"), by=BEN)}, "sound"),
        ({"approvals": (), "steps": way((10, "done"), by=ANN)}, "failing"),
        ({"approvals": (), "steps": way((10, "done"), by=None)}, "failing"),
        ({"approvals": None, "steps": way((10, "done"), by=BEN)}, "sound"),
        ({"approvals": None, "steps": way((10, "done"), by=ANN)}, "unverified"),
        ({"approvals": None}, "unverified"),
    ],
)
def test_a_change_takes_the_route_by_an_approval_or_a_merge_of_another_person(
    more: dict[str, object], expected: str
) -> None:
    told = change("#2", approvals=())

    assert mark("reviewed-route", change(**more), told) == expected


def test_the_route_of_a_change_is_not_counted_where_nothing_tells_of_it() -> None:
    assert mark("reviewed-route", change()) == "cannot"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"assisted": True, "approvals": reply(10, BEN)}, "sound"),
        ({"assisted": True, "approvals": reply(11, BEN)}, "failing"),
        ({"assisted": True, "approvals": None}, "unverified"),
        ({"assisted": False, "approvals": reply(10, BEN)}, "out"),
        ({"assisted": None, "approvals": reply(10, BEN)}, "out"),
    ],
)
def test_what_a_machine_helped_to_make_is_approved_before_it_is_merged(
    more: dict[str, object], expected: str
) -> None:
    told = change("#2", approvals=(), assisted=True)

    assert mark("checked-before-use", change(**more), told) == expected


def test_without_a_mark_for_machines_their_work_is_not_counted() -> None:
    assert mark("checked-before-use", change(approvals=())) == "cannot"


# --- decided-in-time -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (way((6, "waiting-for-decision"), (13, "in-progress")), "sound"),  # five working days to the hour
        (way((6, "waiting-for-decision"), (14, "in-progress")), "failing"),
        (way((6, "waiting-for-decision"), (7, "waiting-for-decision"), (16, "done")), "failing"),  # one stay
        (
            way((6, "waiting-for-decision"), (9, "done"), (16, "waiting-for-decision"), (30, "done")),
            "failing",
        ),
        (way((6, "waiting-for-decision")), "failing"),  # it still waits
        (
            way((-20, "waiting-for-decision"), (-2, "in-progress"), (6, "waiting-for-decision"), (9, "done")),
            "sound",
        ),
        (way((30, "waiting-for-decision")), "out"),  # not for long yet
        (way((6, "waiting-for-decision"), (9, "in-progress"), (30, "waiting-for-decision")), "sound"),
        (way((30, "waiting-for-decision"), (33, "done")), "out"),  # decided after the window
        (way((6, "in-progress")), "out"),
    ],
)
def test_what_waits_for_a_decision_gets_it_within_five_working_days(steps: object, expected: str) -> None:
    assert mark("decided-in-time", task(done=None, steps=steps)) == expected


@pytest.mark.parametrize(
    ("measure", "until", "expected"),
    [
        ("recently-touched", 24, "failing"),  # a quiet week before the 31st
        ("recently-touched", 23, "unverified"),
        ("intake-matched", 24, "failing"),
        ("intake-matched", 23, "unverified"),
        ("decided-in-time", 13, "failing"),  # five working days after the 6th
        ("decided-in-time", 12, "unverified"),
    ],
)
def test_what_comes_after_the_end_of_an_export_is_not_known(measure: str, until: int, expected: str) -> None:
    waits = task(done=None, steps=way((6, "waiting-for-decision")), touched=at(6))
    known = task("T-2", done=None, steps=way((5, "waiting-for-decision"), (6, "done")), touched=at(6))
    end = [change("#9", created=at(until), done=None), *fortnight(-50, 1, 1)]
    busy = [change(f"#{n}", created=at(20), done=None) for n in range(10, 15)]
    items = [*busy, *fortnight(-50, 1, 1)] if measure == "intake-matched" else [waits, known]

    found = read([*items, *end], wanted(measure)).counts[0]

    last = next(
        (each for each in found.examples if each.reference in ("T-1", "2026-03-18 to 2026-03-31")), None
    )
    assert (last.answer if last else "unverified") == expected


def test_without_steps_nothing_tells_who_waited() -> None:
    assert mark("decided-in-time", task()) == "cannot"


# --- kept-or-renegotiated --------------------------------------------------------------------------


def moved(day: int, before: int | None, after: int | None) -> tuple[DueChange, ...]:
    return (DueChange(at(day), on(before) if before else None, on(after) if after else None),)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"done": 20}, "sound"),
        ({"done": 21}, "failing"),
        ({"done": None}, "failing"),
        ({"due": on(31)}, "sound"),
        ({"due": on(1)}, "failing"),
        ({"done": 45, "due": on(45), "due_changes": moved(20, 20, 45)}, "sound"),  # changed on the day itself
        (
            {"done": 45, "due": on(45), "due_changes": moved(21, 20, 45)},
            "failing",
        ),  # changed when it had passed
        ({"done": 45, "due": None, "due_changes": moved(5, 20, None)}, "sound"),  # and taken back
        ({"done": 29, "due": on(28), "due_changes": moved(5, 20, 28)}, "failing"),  # the new day not kept
        ({"done": 28, "due": on(28), "due_changes": moved(5, 20, 28)}, "sound"),
        ({"done": None, "ended": True}, "unverified"),
        ({"done": None, "ended": True, "steps": way((19, "abandoned"))}, "sound"),
        ({"done": None, "ended": True, "steps": way((21, "abandoned"))}, "failing"),
        ({"done": 20, "due": on(45)}, "out"),
        ({"done": 20, "due": None}, "out"),
    ],
)
def test_a_promise_is_kept_or_changed_before_its_day_has_passed(
    more: dict[str, object], expected: str
) -> None:
    told = task("T-2", due=on(12))

    assert mark("kept-or-renegotiated", task(**{"due": on(20), **more}), told) == expected


def test_a_day_that_the_export_does_not_reach_is_not_missed_yet() -> None:
    items = [
        task("T-1", due=on(20), done=None),
        task("T-2", due=on(10)),
        task("T-3", created=at(20), done=None),
    ]

    found = read(items, wanted("kept-or-renegotiated"), wanted("flagged-early")).counts

    assert [each.answer for each in found[0].examples] == ["sound", "unverified"]
    assert found[1].population == 0


def test_without_a_due_day_in_the_export_promises_are_not_counted() -> None:
    assert mark("kept-or-renegotiated", task()) == "cannot"
    assert mark("flagged-early", task()) == "cannot"
    assert mark("actions-finished", task(labels=("post-mortem",))) == "cannot"


# --- flagged-early ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"flagged": (at(13),)}, "sound"),  # Friday, five working days before Friday the 20th
        ({"flagged": (at(14),)}, "failing"),
        ({"flagged": (at(14), at(12))}, "sound"),
        ({"flagged": ()}, "failing"),
        ({"flagged": None}, "unverified"),
        ({"flagged": None, "due": on(45), "due_changes": moved(13, 20, 45)}, "sound"),
        ({"flagged": (), "due": on(45), "due_changes": moved(16, 20, 45)}, "failing"),
        ({"flagged": (), "due": on(45), "due_changes": moved(21, 20, 45)}, "failing"),
        ({"flagged": (), "done": 20}, "out"),
        ({"flagged": (), "done": 21}, "failing"),
        ({"flagged": (), "done": None, "ended": True}, "out"),
        ({"flagged": (), "due": on(32)}, "out"),
    ],
)
def test_what_is_late_was_flagged_or_moved_five_working_days_before(
    more: dict[str, object], expected: str
) -> None:
    told = task("T-2", due=on(12), done=14, flagged=())

    assert mark("flagged-early", task(**{"due": on(20), "done": 50, **more}), told) == expected


# --- actions-finished ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "done", "expected"),
    [
        ("post-mortem", 20, "sound"),
        ("postmortem action", 21, "failing"),
        ("incident-action", None, "failing"),
        ("corrective action", 20, "sound"),
        ("incident", 20, "out"),  # the failure itself
        ("bug", 20, "out"),
    ],
)
def test_actions_after_failures_are_done_by_their_day(label: str, done: int | None, expected: str) -> None:
    item = task(labels=("backend", label), due=on(20), done=done)

    assert mark("actions-finished", item) == expected


# --- intake-matched --------------------------------------------------------------------------------


def fortnight(day: int, begun: int, finished: int) -> list[WorkItem]:
    """Return changes of which so many were opened and so many merged on a day."""
    opened = [change(f"o{day}-{n}", created=at(day), done=None) for n in range(begun)]
    return [*opened, *(change(f"m{day}-{n}", created=at(-90), done=day) for n in range(finished))]


def test_intake_is_at_most_110_per_cent_of_what_the_fortnight_before_finished() -> None:
    items = [*fortnight(1, 50, 10), *fortnight(10, 11, 2), *fortnight(20, 3, 1)]

    found = count("intake-matched", *items)

    assert [(each.reference, each.answer) for each in found.examples] == [
        ("2026-03-04 to 2026-03-17", "sound"),
        ("2026-03-18 to 2026-03-31", "failing"),
    ]
    assert (found.population, found.positions, found.offset) == (2, (1, 2), 0.0)


def test_a_fortnight_before_which_the_export_does_not_reach_back_is_not_verified() -> None:
    items = [change("#1", created=at(3), done=6), change("#2", created=at(20), done=21)]

    marks = [each.answer for each in count("intake-matched", *items).examples]

    assert marks == ["unverified", "sound"]


def test_a_fortnight_is_held_against_the_one_before_where_the_export_holds_it_whole() -> None:
    item = change("#2", created=at(5), done=10)
    whole, short = change("#1", created=at(-10), done=-9), change("#1", created=at(-9), done=-9)

    marks = [
        [each.answer for each in count("intake-matched", first, item).examples] for first in (whole, short)
    ]

    assert marks == [["sound", "sound"], ["unverified", "sound"]]


def test_of_a_window_without_a_whole_fortnight_no_intake_is_counted() -> None:
    found = read([change()], wanted("intake-matched", on(20), on(31))).counts[0]

    assert found.cannot


def test_at_most_four_fortnights_are_looked_at() -> None:
    found = read([change(created=at(-300))], wanted("intake-matched", date(2025, 6, 1))).counts[0]

    assert found.population == 4


def test_a_fortnight_without_work_after_one_without_work_tells_nothing() -> None:
    items = [change(created=at(-300), done=-299), *fortnight(20, 1, 0)]

    marks = [each.answer for each in count("intake-matched", *items).examples]

    assert marks == ["unverified", "failing"]


# --- two-can-do ------------------------------------------------------------------------------------


def test_the_areas_with_most_items_are_known_to_two_people_or_more() -> None:
    items = [
        *(task(f"a{n}", areas=("kiln",), doer=ANN if n else BEN) for n in range(4)),
        *(task(f"b{n}", areas=("wheel",), doer=CAT) for n in range(3)),
        *(task(f"c{n}", areas=("glaze",), doer=CAT if n else None) for n in range(2)),
        task("d", areas=("yard",), doer=BEN, done=40),
    ]

    found = count("two-can-do", *items)

    assert [(each.reference, each.answer) for each in found.examples] == [
        ("kiln", "sound"),
        ("wheel", "failing"),
        ("glaze", "unverified"),
    ]


def test_at_most_five_areas_are_looked_at_and_one_item_may_lie_in_several() -> None:
    names = ("a", "b", "c", "d", "e", "f")
    items = [task("T-1", areas=names, doer=ANN), task("T-2", areas=(*names[1:], "b"), doer=BEN)]
    items += [task("T-3", areas=("c",), doer=BEN)]

    found = count("two-can-do", *items)

    assert [(each.reference, each.answer) for each in found.examples] == [(name, "sound") for name in "cbdef"]


def test_without_areas_or_doers_nothing_tells_who_can_do_what() -> None:
    assert count("two-can-do", task(doer=ANN)).cannot
    assert count("two-can-do", task(areas=("kiln",))).cannot
