"""What was declared done: how each measure marks an item, rule by rule as docs/records.md tells them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assessment.records.measures.done import returns
from assessment.records.work import Link, Reply, Step, WorkItem
from tests.records.items import (
    ANN,
    BEN,
    CAT,
    at,
    change,
    count,
    mark,
    names,
    read,
    repairs,
    reply,
    task,
    wanted,
    way,
)

# --- linked-result ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ((change(done=9, links=names("T-1")),), "sound"),
        ((change(links=names("T-1"), done=None, **{"created": at(3)}),), "failing"),  # never merged
        ((change(links=names("T-2")),), "failing"),
        ((change(done=11, links=names("T-1")),), "failing"),  # a day too late
        ((change(done=11, links=names("T-1")), change("#2", links=names("T-1"))), "sound"),
        ((change(links=names("https://desk.example/T-1")),), "sound"),
        ((change(links=None),), "cannot"),
        ((), "cannot"),
    ],
)
def test_a_task_has_a_result_where_a_merged_change_names_it(
    others: tuple[WorkItem, ...], expected: str
) -> None:
    item = task(url="https://desk.example/T-1")

    assert mark("linked-result", item, *others) == expected


def test_a_change_that_is_merged_later_on_the_same_day_is_its_result() -> None:
    merged = change(links=names("T-1"), **{"created": at(9)})
    late = WorkItem("#9", "change", created=at(9), done=at(10, 23), links=names("T-1"))

    assert mark("linked-result", task(), merged) == mark("linked-result", task(), late) == "sound"


@pytest.mark.parametrize(
    ("links", "others", "expected"),
    [
        ((Link("https://papers.example/signed.pdf", "result"),), (), "sound"),
        ((Link("#1", "result"),), (change(),), "sound"),
        ((Link("#1", "result"),), (change(done=12),), "failing"),
        ((Link("#1", "result"),), (change(done=None),), "failing"),
        ((), (), "failing"),
    ],
)
def test_a_task_may_name_its_result_itself(
    links: tuple[Link, ...], others: tuple[WorkItem, ...], expected: str
) -> None:
    another = task("T-2", links=(Link("https://papers.example/other.pdf", "result"),))

    assert mark("linked-result", task(links=links), another, *others) == expected


def test_where_results_are_told_of_others_alone_that_a_task_names_none_is_not_known() -> None:
    unknown = task(links=(), link_kinds=frozenset({"reason", "repairs"}))
    told = task("T-2", links=(Link("https://papers.example/signed.pdf", "result"),))

    assert mark("linked-result", unknown, told) == "unverified"
    assert mark("linked-result", unknown, told, change(links=())) == "failing"


def test_issues_alone_do_not_tell_of_results() -> None:
    item = task(links=names("T-9"), link_kinds=frozenset({"reason", "repairs"}))

    assert mark("linked-result", item) == "cannot"


def test_a_merged_change_is_its_own_result() -> None:
    assert mark("linked-result", change()) == "sound"
    assert mark("linked-result", change("", url="https://code.example/1")) == "sound"
    assert mark("linked-result", change("")) == "unverified"


# --- accepted-by-another ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approvals", "expected"),
    [
        (reply(9, BEN), "sound"),
        (reply(10, BEN, 23), "sound"),  # later on the day it was done
        (reply(11, BEN), "failing"),
        (reply(9, ANN), "failing"),
        (reply(9, None), "failing"),  # a program
        ((), "failing"),
        (None, "unverified"),
    ],
)
def test_a_change_is_accepted_by_somebody_else_up_to_the_day_it_was_merged(
    approvals: tuple[Reply, ...] | None, expected: str
) -> None:
    told = change("#2", approvals=())

    assert mark("accepted-by-another", change(approvals=approvals), told) == expected


def test_who_made_a_change_and_who_did_the_work_are_both_its_doers() -> None:
    item = change(approvals=reply(9, BEN), doer=BEN)

    assert mark("accepted-by-another", item) == "failing"


def test_what_nobody_made_was_made_by_a_program_where_the_others_have_authors() -> None:
    item = change(author=None, approvals=reply(9, BEN))

    assert mark("accepted-by-another", item) == "unverified"
    assert mark("accepted-by-another", item, change("#2", approvals=())) == "sound"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ((change(links=names("T-1"), approvals=reply(9, BEN)),), "sound"),
        ((change(links=names("T-1"), approvals=reply(9, CAT)),), "failing"),  # who did the task
        ((change(links=names("T-1"), approvals=()),), "failing"),
        ((change(links=names("T-1"), approvals=reply(11, BEN)),), "failing"),
        ((change(links=names("T-1"), approvals=None),), "unverified"),
        ((change(done=None, links=names("T-1"), approvals=reply(9, BEN)),), "unverified"),
        ((), "unverified"),
    ],
)
def test_a_task_is_accepted_with_the_merged_change_that_names_it(
    others: tuple[WorkItem, ...], expected: str
) -> None:
    told = change("#2", approvals=(), links=())

    assert mark("accepted-by-another", task(doer=CAT), told, *others) == expected


@pytest.mark.parametrize(
    ("approvals", "expected"), [(reply(9, BEN), "sound"), (reply(9, CAT), "failing"), ((), "failing")]
)
def test_a_task_may_tell_itself_who_accepted_it(approvals: tuple[Reply, ...], expected: str) -> None:
    another = task("T-2", doer=CAT, approvals=reply(9, BEN))

    assert mark("accepted-by-another", task(doer=CAT, approvals=approvals), another) == expected


def test_who_accepted_a_task_may_be_who_did_it_where_nothing_tells_who_did() -> None:
    item, made = task(approvals=reply(9, BEN)), change("#2", approvals=(), links=())

    assert mark("accepted-by-another", item, made) == "unverified"


def test_without_any_approval_in_an_export_acceptance_is_not_counted() -> None:
    assert mark("accepted-by-another", change()) == "cannot"
    assert mark("accepted-by-another", task(), change(approvals=(), links=None)) == "cannot"


# --- defined-first ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("defined", "started", "expected"),
    [
        ((at(3),), at(4), "sound"),
        ((at(3), at(8)), at(4), "sound"),  # and put more clearly later
        ((at(4),), at(4), "failing"),
        ((at(4, 11),), at(4), "sound"),
        ((at(5),), at(4), "failing"),
        ((), at(4), "failing"),
        (None, at(4), "unverified"),
        ((at(3),), None, "unverified"),
    ],
)
def test_done_is_defined_before_work_begins(defined: object, started: object, expected: str) -> None:
    told = task("T-2", defined=(at(3),), started=at(4))

    assert mark("defined-first", task(defined=defined, started=started), told) == expected


def test_work_begins_with_the_first_step_into_progress() -> None:
    steps = way((2, "to-do"), (5, "in-progress"), (10, "done"))

    assert mark("defined-first", task(defined=(at(4),), steps=steps)) == "sound"
    assert mark("defined-first", task(defined=(at(6),), steps=steps)) == "failing"


def test_of_two_whole_days_that_are_one_nobody_knows_which_came_first() -> None:
    told = task("T-2", defined=(at(3),), started=at(4))
    item = task(defined=(at(4, 0),), started=at(4, 0), whole_days=True)

    assert mark("defined-first", item, told) == "unverified"


# --- reached-user ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("released", "expected"),
    [
        ((at(20),), "sound"),
        ((at(40, 23),), "sound"),  # the thirtieth day
        ((at(41),), "failing"),
        ((at(41), at(12)), "sound"),
        ((), "failing"),
        (None, "unverified"),
    ],
)
def test_what_is_done_is_released_within_30_days(released: object, expected: str) -> None:
    told = change("#2", released=(at(20),))

    assert mark("reached-user", change(released=released), told) == expected


def test_a_task_is_released_with_the_change_that_names_it() -> None:
    merged = change(links=names("T-1"), released=(at(12),))

    assert mark("reached-user", task(), merged) == "sound"
    assert mark("reached-user", task("T-2"), merged) == "unverified"
    assert mark("reached-user", task(), change(released=(at(12),))) == "cannot"


# --- reason-recorded -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (names("E-1"), "sound"),
        (repairs("T-9"), "failing"),
        ((Link("#1", "result"),), "failing"),
        ((), "failing"),
        (None, "unverified"),
    ],
)
def test_a_reason_is_a_link_to_it(links: object, expected: str) -> None:
    told = task("T-2", links=names("E-1"))

    assert mark("reason-recorded", task(links=links), told) == expected


def test_an_export_without_links_of_that_kind_is_not_asked_for_reasons() -> None:
    assert mark("reason-recorded", task(links=(), link_kinds=frozenset({"result"}))) == "cannot"


# --- moved-in-time ---------------------------------------------------------------------------------


def moved(ref: str, minute: int, by: str | None = BEN) -> WorkItem:
    return task(ref, steps=(Step(at(10, 9, minute), "done", "done", by),))


def test_five_items_moved_by_one_person_within_five_minutes_are_a_batch() -> None:
    batch = [moved(f"T-{n}", n) for n in range(2, 6)]

    assert mark("moved-in-time", moved("T-1", 1), *batch) == "failing"
    assert mark("moved-in-time", moved("T-1", 1), *batch[:-1]) == "sound"


def test_what_others_moved_or_was_moved_at_another_time_makes_no_batch() -> None:
    others = [moved(f"T-{n}", n, CAT) for n in range(2, 6)]
    later = [moved(f"T-{n}", n + 20) for n in range(2, 6)]
    around = [moved("T-2", 2), moved("T-3", 3), moved("T-4", 12), moved("T-5", 13)]

    for more in (others, later, around):
        assert mark("moved-in-time", moved("T-1", 7), *more) == "sound"


def test_items_that_are_only_written_down_at_the_time_make_no_batch() -> None:
    written = [
        task(f"T-{n}", created=at(10), done=None, steps=way((10, "to-do"), (12, "in-progress")))
        for n in range(2, 7)
    ]
    born_done = [task(f"T-{n}", created=at(10), steps=way((10, "done"))) for n in range(2, 7)]
    last = task(steps=way((2, "to-do"), (10, "done")))

    assert mark("moved-in-time", last, *written) == "sound"
    assert mark("moved-in-time", last, *born_done) == "failing"


def test_one_item_that_is_moved_again_and_again_makes_no_batch() -> None:
    restless = task("T-2", steps=tuple(Step(at(10, 9, n), f"s{n}", "in-progress", BEN) for n in range(6)))

    assert mark("moved-in-time", moved("T-1", 3), restless) == "sound"


def test_a_batch_lies_around_the_last_change_of_state_alone() -> None:
    batch = [moved(f"T-{n}", n) for n in range(2, 6)]
    steps = (Step(at(10, 9, 1), "test", "in-progress", BEN), Step(at(11), "done", "done", BEN))

    assert mark("moved-in-time", task(steps=steps), *batch) == "sound"


def test_what_no_person_moved_or_only_on_some_day_is_not_verified() -> None:
    day = task("T-3", steps=way((10, "done"), by=BEN), whole_days=True)

    assert mark("moved-in-time", moved("T-1", 1, None), moved("T-2", 30)) == "unverified"
    assert mark("moved-in-time", day, moved("T-2", 30)) == "unverified"
    assert mark("moved-in-time", task(steps=()), moved("T-2", 30)) == "unverified"
    assert mark("moved-in-time", task()) == "cannot"
    assert mark("moved-in-time", change(steps=way((10, "done")))) == "cannot"


# --- stayed-done -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reopened", "expected"),
    [
        ((), "sound"),
        ((at(15),), "failing"),
        ((at(40, 23),), "failing"),  # the thirtieth day
        ((at(41),), "sound"),
        ((at(5),), "failing"),  # it had to be declared done twice
        (None, "unverified"),
    ],
)
def test_what_is_reopened_within_30_days_did_not_stay_done(reopened: object, expected: str) -> None:
    told = task("T-2", reopened=())

    assert mark("stayed-done", task(reopened=reopened), told) == expected


def test_steps_tell_of_reopenings_too() -> None:
    back = way((5, "in-progress"), (10, "done"), (14, "in-progress"), (16, "done"))
    on_ = way((5, "in-progress"), (10, "done"))
    gone = way((10, "done"), (12, "abandoned"))

    assert mark("stayed-done", task(done=16, steps=back)) == "failing"
    assert mark("stayed-done", task(steps=on_)) == "sound"
    assert mark("stayed-done", task(steps=gone)) == "sound"


def test_steps_of_a_change_are_no_reopenings() -> None:
    item = change(links=(), steps=way((10, "done"), (12, "in-progress")))

    assert mark("stayed-done", item) == "sound"


def test_what_is_open_again_was_declared_done_all_the_same() -> None:
    item = task(done=None, steps=way((10, "done"), (14, "in-progress")))

    assert mark("stayed-done", item) == "failing"


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (change(done=20, links=names("T-1")), "failing"),
        (change(done=40, links=names("T-1")), "failing"),  # the thirtieth day
        (change(done=41, links=names("T-1")), "sound"),
        (change(done=10, links=names("T-1")), "sound"),  # the result itself
        (change(done=None, links=names("T-1")), "sound"),
        (change(done=20, links=names("T-2")), "sound"),
        (task("T-2", done=None, created=at(20), links=repairs("T-1")), "failing"),
        (task("T-2", done=None, created=at(20), links=names("T-1")), "sound"),
        (task("T-2", done=None, created=at(9), links=repairs("T-1")), "sound"),
        (change(done=None, links=None), "cannot"),
    ],
)
def test_a_task_does_not_stay_done_where_later_work_names_it(later: WorkItem, expected: str) -> None:
    assert mark("stayed-done", task(), later) == expected


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (change("#2", done=20, links=repairs("#1")), "failing"),
        (change("#2", done=41, links=repairs("#1")), "sound"),
        (change("#2", done=9, links=repairs("#1")), "sound"),  # before the task was declared done
        (change("#2", done=20, links=repairs("#9")), "sound"),
        (change("#2", done=20, links=names("#1")), "sound"),  # it only speaks of it
    ],
)
def test_a_task_does_not_stay_done_where_its_result_is_taken_back(later: WorkItem, expected: str) -> None:
    result = change("#1", done=8, links=names("T-1"))

    assert mark("stayed-done", task(), later, result, change("#9", done=8)) == expected


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (change("#2", done=20, links=repairs("#1")), "failing"),
        (change("#2", done=41, links=repairs("#1")), "sound"),
        (change("#2", done=10, links=repairs("#1")), "sound"),  # at the same moment
        (change("#2", done=20, links=names("#1")), "sound"),  # it only speaks of it
        (change("#2", done=20, links=names("T-1")), "failing"),
        (change("#2", done=5, links=names("T-1")), "sound"),
        (change("#2", done=20, links=names("T-2")), "sound"),
        (change("#2", done=20, links=names("#9")), "sound"),  # both speak of a third change
        (change("#2", done=20, links=repairs("T-3")), "sound"),
        (task("T-2", done=None, created=at(20), links=repairs("#1")), "failing"),
    ],
)
def test_a_change_does_not_stay_done_where_a_later_one_repairs_it_or_takes_up_its_task(
    later: WorkItem, expected: str
) -> None:
    item = change(links=(*names("T-1", "#9"), *repairs("T-3")))

    assert mark("stayed-done", item, later, change("#9", done=1)) == expected


def test_of_whole_days_the_same_day_is_no_later_one() -> None:
    item = change(links=(), whole_days=True)
    same = WorkItem("#2", "change", done=at(10, 20), links=repairs("#1"))

    assert mark("stayed-done", item, same) == "sound"
    assert mark("stayed-done", change(links=()), same) == "failing"


def test_what_was_done_shortly_before_the_export_ends_may_still_come_back() -> None:
    items = [task("T-1", reopened=()), task("T-2", done=31, reopened=())]
    items.append(task("T-3", done=31, reopened=(at(33),)))

    def ending_on(day: int) -> list[str]:
        end = change("the-end", done=None, created=at(day))
        return [each.answer for each in read([*items, end], wanted("stayed-done")).counts[0].examples]

    assert ending_on(92) == ["sound", "sound", "failing"]
    assert ending_on(54) == ["sound", "sound", "failing"]  # a quiet week is no end
    assert ending_on(53) == ["sound", "unverified", "failing"]


# --- no-bounce -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ((ANN, BEN, CAT), "sound"),
        ((ANN, BEN, ANN, BEN), "sound"),  # it went back once, and on again
        ((ANN, BEN, ANN, BEN, ANN), "failing"),
        ((ANN,), "sound"),
        ((), "sound"),
        (None, "unverified"),
    ],
)
def test_what_goes_back_to_an_earlier_owner_twice_bounces(owners: object, expected: str) -> None:
    told = task("T-2", owners=())

    assert mark("no-bounce", task(owners=owners), told) == expected


def test_what_goes_back_to_an_earlier_state_twice_bounces() -> None:
    stages = ("build", "test", "build", "test", "Build", "test", "done")
    steps = tuple(Step(at(n + 2), stage, "in-progress", None) for n, stage in enumerate(stages))

    assert mark("no-bounce", task(steps=steps)) == "failing"
    assert mark("no-bounce", task(steps=steps[:4])) == "sound"
    assert mark("no-bounce", change(steps=steps)) == "cannot"


def test_states_are_the_same_in_small_letters_and_in_large() -> None:
    steps = tuple(Step(at(n + 2), "build" if n % 2 else "Build", "in-progress", None) for n in range(6))

    assert mark("no-bounce", task(steps=steps)) == "sound"


@pytest.mark.parametrize(("places", "times"), [("", 0), ("AAA", 0), ("ABCB", 1), ("ABCA", 1), ("ABCBA", 2)])
def test_a_return_is_a_move_to_what_was_met_before_the_place_that_is_left(places: str, times: int) -> None:
    assert returns(places) == times


# --- spread-of-work --------------------------------------------------------------------------------


def test_the_spread_of_work_counts_what_the_busiest_person_did_not_do() -> None:
    items = [change(f"#{n}", author=who) for n, who in enumerate([ANN, BEN, ANN, None, CAT])]

    found = count("spread-of-work", *items)

    assert (found.sound, found.failing, found.unverified) == (2, 2, 1)
    assert found.examples == ()  # which items are whose would tell of people


def test_the_doer_of_a_task_is_who_made_the_change_that_names_it_where_nobody_else_is_named() -> None:
    items = [task("T-1"), task("T-2", doer=BEN), task("T-3"), change(links=names("T-1"))]

    found = count("spread-of-work", *items)

    assert (found.sound, found.failing, found.unverified) == (1, 1, 1)


def test_the_spread_of_work_looks_at_the_latest_items() -> None:
    items = [change(f"#{n}", done=1 + n // 3, author=ANN if n < 12 else BEN) for n in range(62)]

    found = count("spread-of-work", *items)

    assert (found.population, found.positions, found.offset) == (62, tuple(range(13, 63)), 0.0)
    assert (found.sound, found.failing) == (0, 50)


def test_a_small_team_gets_no_share_of_work() -> None:
    items = [change(f"#{n}") for n in range(4)]

    found = count("spread-of-work", *items, team_size=4)

    assert found.cannot.startswith("A team of fewer than 5")
    assert (found.sound, found.failing, found.unverified, found.positions) == (0, 0, 0, ())
    assert not count("spread-of-work", *items, team_size=5).cannot


def test_where_nobody_is_named_the_spread_is_not_counted() -> None:
    assert count("spread-of-work", task()).cannot
    assert count("spread-of-work", task(), change(done=20)).cannot


def test_the_window_holds_both_of_its_days_and_no_others() -> None:
    inside = [change("#1", done=1), change("#2", done=31)]
    late = WorkItem("#4", "change", done=at(32, 0) - timedelta(seconds=1))
    outside = [WorkItem("#3", "change", done=at(1, 0) - timedelta(seconds=1)), change("#5", done=32)]
    outside.append(WorkItem("#6", "change", done=at(32, 0)))

    found = count("linked-result", *inside, late, *outside)

    assert [each.reference for each in found.examples] == ["#1", "#2", "#4"]
