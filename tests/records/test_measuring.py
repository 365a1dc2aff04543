"""A reading as a whole: which items are drawn, and what holds of every count of any export."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core import sampling
from assessment.records import measuring
from assessment.records.measured import Count, ListWanted, Measured
from assessment.records.measures import MEASURES, POPULATIONS
from assessment.records.measuring import measured
from assessment.records.source import Options, RecordsError
from assessment.records.stages import STAGES
from assessment.records.work import DueChange, Link, Reply, Step, WorkItem
from tests import scale
from tests.records.items import (
    ANN,
    BEN,
    FIRST,
    LAST,
    Export,
    at,
    change,
    file,
    names,
    on,
    read,
    reply,
    task,
    wanted,
    way,
)

# --- what is drawn ---------------------------------------------------------------------------------


def test_the_items_of_a_count_are_those_at_the_positions_drawn_by_time_and_row() -> None:
    items = [change(f"#{n}", done=1 + n % 30) for n in range(120)]
    ordered = sorted(range(120), key=lambda n: (n % 30, n))

    found = read(items, wanted("linked-result", start=0.4)).counts[0]

    assert found.positions == sampling.positions(120, 50, 0.4)
    assert [each.reference for each in found.examples] == [f"#{ordered[p - 1]}" for p in found.positions]
    assert (found.population, found.offset, found.sound) == (120, 0.4, 50)


def test_a_count_of_few_items_looks_at_all() -> None:
    found = read([change(f"#{n}", done=n) for n in range(1, 6)], wanted("linked-result", start=0.9)).counts[0]

    assert found.positions == (1, 2, 3, 4, 5)


def test_a_list_holds_the_items_drawn_and_the_three_behind_each() -> None:
    items = [change(f"#{n}", done=n, url=f"https://code.example/{n}") for n in range(1, 31)]
    asked = ListWanted("F", "done", FIRST, LAST, 0.9, 2)

    listed = read(items, lists=[asked]).lists[0]

    assert (listed.name, listed.population, listed.positions, listed.offset) == ("F", 30, (14, 29), 0.9)
    assert sorted(listed.references) == [1, 2, 14, 15, 16, 17, 29, 30]  # behind the last comes the first
    assert listed.references[15] == ("#15", "https://code.example/15")


def test_a_list_of_nothing_is_empty() -> None:
    asked = ListWanted("F", "waiting", FIRST, LAST, 0.9, 5)

    listed = read([change()], lists=[asked]).lists[0]

    assert (listed.population, listed.positions, listed.references) == (0, (), {})


@pytest.mark.parametrize(
    ("items", "done", "expected"),
    [
        ((task(), change()), None, "task"),
        ((change(),), None, "change"),
        ((task(), change()), "change", "change"),
        ((), None, "change"),
    ],
)
def test_tasks_are_what_is_declared_done_where_there_are_any(items: Any, done: Any, expected: str) -> None:
    found = read(items, wanted("linked-result", link_derived=True), done=done)

    assert found.done == expected
    assert found.counts[0].link_derived == (expected == "task")  # a change is its own result


def test_where_no_item_belongs_to_a_population_its_count_says_so() -> None:
    found = read([change(done=40)], wanted("linked-result")).counts[0]

    assert found.cannot == "The export holds no items that were declared done in these days."
    assert (found.population, found.positions, found.examples) == (0, (), ())


def test_where_not_one_item_can_be_verified_nothing_is_counted() -> None:
    items = [task(steps=()), task("T-2", done=40, steps=way((40, "done")))]

    found = read(items, wanted("moved-in-time")).counts[0]

    assert found.cannot.startswith("The only one could not be verified: the export does not say")
    assert (found.unverified, found.positions) == (0, ())


def test_what_is_told_of_an_export_as_a_whole() -> None:
    items = [
        task(steps=way((3, "to-do"), (5, "in-progress"), (10, "done"))),
        task("T-2", done=None, state="Doing", stage="in-progress", touched=at(28)),
        change(due=on(90)),
    ]

    found = read(items)

    assert found.kinds == {"change": 1, "task": 2}
    assert found.span == (on(2), on(28))  # what is due has not happened
    assert [(s.name, s.stage, s.items) for s in found.states] == [
        ("Doing", "in-progress", 1),
        ("done", "done", 1),
        ("in-progress", "in-progress", 0),
        ("to-do", "to-do", 0),
    ]
    assert (found.files[0].rows, found.files[0].items) == (3, 3)
    assert found.files[0].sha256 == file().sha256()


def test_a_file_that_is_given_twice_is_refused_by_its_name() -> None:
    with pytest.raises(RecordsError, match=r"export\.json: holds the same as another of these files"):
        measured([Export([task()]), Export([task()])], files=[file(), file()], team_size=8)


def test_two_exports_that_hold_nothing_may_be_the_same() -> None:
    found = measured(
        [Export([]), Export([]), Export([task()])], files=[file(), file(), file("x")], team_size=8
    )

    assert [each.items for each in found.files] == [0, 0, 1]


def test_what_two_exports_have_in_common_is_counted_once() -> None:
    first, second = [change("#1"), change("#2")], [change("#2"), change("#3")]

    found = measured(
        [Export(first), Export(second)],
        [wanted("linked-result")],
        files=[file("1"), file("2")],
        team_size=8,
    )

    assert [each.reference for each in found.counts[0].examples] == ["#1", "#2", "#3"]
    assert found.kinds == {"change": 3}
    assert found.files[1].dropped == (("it stands there twice, and is counted once", 1, "export.json: #2"),)
    assert found.files[1].items == 1


def test_what_stands_on_two_pages_of_one_list_is_counted_once() -> None:
    one = task("T-1", url="https://desk.example/T-1")
    again = dataclasses.replace(one, done=at(20))  # of another day: it is something else that is called so

    found = read([one, task("T-2"), one, again], wanted("moved-in-time"))

    assert found.kinds == {"task": 3}
    assert found.files[0].dropped == (("it stands there twice, and is counted once", 1, "export.json: T-1"),)


def test_lines_of_two_tables_that_name_no_item_are_not_the_same_items() -> None:
    found = measured(
        [Export([task("line 2")]), Export([task("line 2")])], files=[file("1"), file("2")], team_size=8
    )

    assert found.kinds == {"task": 2}


def test_a_measure_that_there_is_none_of_is_an_error_of_who_asks() -> None:
    with pytest.raises(KeyError):
        read([task()], wanted("velocity"))


# --- how it is read --------------------------------------------------------------------------------


def test_a_long_export_is_read_three_times_and_counted_as_a_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = [task(f"T-{n}", done=1 + n % 30) for n in range(40)]
    items += [change(f"#{n}", done=n % 30, links=names(f"T-{n}")) for n in range(40)]
    asked = [wanted("linked-result"), wanted("stayed-done")]
    short = read(items, *asked)
    monkeypatch.setattr(measuring, "AT_HAND", 10)
    export, seen = Export(items), list[int]()

    long = measured(
        [export], asked, files=[file()], team_size=8, progress=lambda reading, _items: seen.append(reading)
    )

    assert export.readings == 3
    assert sorted(set(seen)) == [1, 2, 3]
    assert long == short


# --- what holds of every count ---------------------------------------------------------------------

_MOMENTS = st.integers(-40 * 24, 60 * 24).map(lambda hours: at(1, 0) + timedelta(hours=hours))
_PEOPLE = st.sampled_from([None, ANN, BEN, "cat", "dan"])
_REFS = st.sampled_from(["T-1", "T-2", "T-3", "#1", "#2", "https://x.example/1"])
_DAYS = st.none() | _MOMENTS.map(datetime.date)


def _some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(strategy, max_size=4).map(tuple)


_STEPS = st.builds(
    lambda when, stage, by: Step(when, stage, stage, by), _MOMENTS, st.sampled_from(STAGES), _PEOPLE
)
ITEMS = st.builds(
    WorkItem,
    ref=_REFS,
    kind=st.sampled_from(["task", "change"]),
    url=st.sampled_from(["", "https://x.example/1"]),
    created=st.none() | _MOMENTS,
    started=st.none() | _MOMENTS,
    done=st.none() | _MOMENTS,
    ended=st.booleans(),
    state=st.sampled_from(["", "Doing"]),
    stage=st.none() | st.sampled_from(STAGES),
    whole_days=st.booleans(),
    steps=_some(_STEPS),
    reopened=_some(_MOMENTS),
    due=_DAYS,
    due_changes=_some(st.builds(DueChange, _MOMENTS, _DAYS, _DAYS)),
    touched=st.none() | _MOMENTS,
    author=_PEOPLE,
    doer=_PEOPLE,
    merged_by=_PEOPLE,
    owners=_some(st.sampled_from([ANN, BEN, "cat"])),
    approvals=_some(st.builds(Reply, _MOMENTS, _PEOPLE)),
    replies=_some(st.builds(Reply, _MOMENTS, _PEOPLE)),
    links=_some(st.builds(Link, _REFS, st.sampled_from(["result", "reason", "repairs"]))),
    link_kinds=st.frozensets(st.sampled_from(["result", "reason", "repairs"])),
    defined=_some(_MOMENTS),
    released=_some(_MOMENTS),
    flagged=_some(_MOMENTS),
    labels=st.sampled_from([(), ("post-mortem",)]),
    areas=_some(st.sampled_from(["kiln", "wheel", "yard"])),
    assisted=st.none() | st.booleans(),
)
EXPORTS = st.lists(ITEMS, max_size=12)
EVERY = [wanted(name) for name in MEASURES]
LISTS = [
    ListWanted(name, name, FIRST, LAST, 0.5, 5) for name in POPULATIONS if name not in ("periods", "areas")
]


def _counts(items: list[WorkItem], **more: Any) -> dict[str, Count]:
    return {each.name: each for each in read(items, *EVERY, **more).counts}


def _marks(found: dict[str, Count]) -> dict[str, Any]:
    return {
        name: (each.sound, each.failing, each.unverified, each.population, each.cannot)
        for name, each in found.items()
    }


@scale.search(20)
@given(EXPORTS)
def test_the_marks_of_every_count_are_those_of_the_items_it_looked_at(items: list[WorkItem]) -> None:
    found: Measured = read(items, *EVERY, lists=LISTS)

    for each in found.counts:
        marks = each.sound + each.failing + each.unverified
        assert marks == len(each.positions) == len(set(each.positions)) <= min(50, each.population)
        assert bool(each.cannot) == (each.sound + each.failing == 0)
        assert len(each.examples) in (0, marks)
        assert all(1 <= position <= each.population for position in each.positions)
    for listed in found.lists:
        assert set(listed.positions) <= listed.references.keys()


@scale.search(20)
@given(EXPORTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_count(items: list[WorkItem], order: random.Random) -> None:
    apart = [dataclasses.replace(item, ref=f"{item.ref}/{n}") for n, item in enumerate(items)]
    mixed = order.sample(apart, len(apart))

    assert _marks(_counts(mixed)) == _marks(_counts(apart))


@scale.search(20)
@given(EXPORTS)
def test_what_people_are_called_changes_no_count(items: list[WorkItem]) -> None:
    other = {None: None, ANN: "zoe", BEN: "yan", "cat": "xil", "dan": "wes"}

    def renamed(item: WorkItem) -> WorkItem:
        def replies(given: tuple[Reply, ...] | None) -> tuple[Reply, ...] | None:
            return given and tuple(Reply(each.at, other[each.by]) for each in given)

        return dataclasses.replace(
            item,
            author=other[item.author],
            doer=other[item.doer],
            merged_by=other[item.merged_by],
            owners=item.owners and tuple(str(other[each]) for each in item.owners),
            approvals=replies(item.approvals),
            replies=replies(item.replies),
            steps=item.steps
            and tuple(Step(each.at, each.state, each.stage, other[each.by]) for each in item.steps),
        )

    assert _counts([renamed(item) for item in items]) == _counts(items)


@scale.search(20)
@given(EXPORTS, ITEMS)
def test_an_item_outside_the_window_changes_nothing(items: list[WorkItem], kind: WorkItem) -> None:
    outside = WorkItem("T-9", kind.kind, created=at(-500), done=at(-490), touched=at(-490))
    items = [*items, WorkItem("end", "task"), WorkItem("start", "change", created=at(-600))]

    before, after = _marks(_counts(items, done="task")), _marks(_counts([*items, outside], done="task"))

    # That it was created, begun and touched may tell that the export tells of such things at all.
    told = {name for name in before if before[name][4] != after[name][4]}
    assert {name: each for name, each in after.items() if name not in told} == {
        name: each for name, each in before.items() if name not in told
    }
    assert all(after[name][4] == "" or after[name][3] == before[name][3] for name in told)


@scale.search(20)
@given(EXPORTS, st.integers(2, 4))
def test_nothing_that_is_answered_tells_of_a_person(items: list[WorkItem], team_size: int) -> None:
    codes = {
        ANN: "2f1c9a7be0d45c11",
        BEN: "b81d03ca77e2f6a0",
        "cat": "0a9e7713cc5d2b44",
        "dan": "77aa01fe3b9c8d21",
    }
    coded = [
        dataclasses.replace(item, author=codes.get(item.author or ""), doer=codes.get(item.doer or ""))
        for item in items
    ]

    found = read(coded, *EVERY, lists=LISTS, team_size=team_size)

    assert not [code for code in codes.values() if code in repr(found)]
    assert next(each for each in found.counts if each.name == "spread-of-work").cannot


@pytest.mark.longer
@scale.search(20)
@given(st.lists(ITEMS, min_size=30, max_size=120))
def test_large_exports_are_counted_as_they_are(items: list[WorkItem]) -> None:
    for each in read(items, *EVERY, lists=LISTS).counts:
        assert each.sound + each.failing + each.unverified == len(each.positions)


def test_moments_far_away_are_no_harm() -> None:
    items = [
        WorkItem("#1", "change", created=datetime(1, 1, 1, tzinfo=UTC), done=datetime(1, 1, 2, tzinfo=UTC)),
        WorkItem("#2", "change", created=datetime(9990, 1, 1, tzinfo=UTC), replies=()),
        change("#3", approvals=reply(9, BEN)),
    ]

    found = _counts(items)

    assert found["linked-result"].population == 1


def test_options_are_not_needed() -> None:
    assert measured([Export([])], files=[file()], team_size=8) == measured(
        [Export([])], (), (), Options(), files=[file()], team_size=8
    )
