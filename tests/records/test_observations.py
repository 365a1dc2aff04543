"""The document of the local reader: what is in it, what is not, and that nothing else is accepted for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from assessment.core import sampling
from assessment.records import observations
from assessment.records.measures import MEASURES
from assessment.records.observations import BY, Run, checked_start, document, is_document, written
from assessment.records.plan import Counting, Listing, Plan, read_plan, window
from assessment.records.source import Options, RecordsError
from assessment.records.work import WorkItem
from tests.records.items import ANN, BEN, change, file, names, on, read, reply, task

START = "a1b2" * 16
PLAN = Plan(
    "lights/1.0.0",
    (
        Counting("LT1", "linked-result", 5, link_derived=True),
        Counting("LT2", "reviewed-route"),
        Counting("LT3", "intake-matched"),
        Counting("LT4", "defined-first"),
        Counting("LT5", "spread-of-work", days=20),
    ),
    (Listing("FAULT", "done", 5),),
)
END = date(2026, 3, 31)


def run(team_size: int = 8, start: str = START) -> Run:
    return Run(PLAN, 30, END, team_size, start)


def items() -> list[WorkItem]:
    return [
        *(task(f"T-{n}", done=1 + n % 28, doer=(ANN, BEN)[n % 2]) for n in range(80)),
        *(
            change(f"#{n}", done=1 + n % 25, links=names(f"T-{n}"), approvals=reply(2, BEN))
            for n in range(40)
        ),
        WorkItem("#99", "change", created=change().created, approvals=()),
    ]


def counted(run: Run | None = None, *, of: list[WorkItem] | None = None) -> dict[str, Any]:
    """Return the document of a made-up export."""
    made = run or Run(PLAN, 30, END, 8, START)
    found = read(of or items(), *made.wanted([file().sha256()]), team_size=made.team_size)
    return document(made, found, Options())


def as_read(given: dict[str, Any]) -> tuple[Run, dict[str, Any]]:
    return observations.read(written(given).encode(), PLAN)


# --- plans -----------------------------------------------------------------------------------------


def test_a_window_has_its_shift_and_its_own_length() -> None:
    asked = {each.name: each for each in PLAN.wanted(END, 30, lambda _name: 0.5, team_size=8)}

    assert (asked["LT1"].first, asked["LT1"].last) == (date(2026, 2, 24), date(2026, 3, 26))
    assert (asked["LT5"].first, asked["LT5"].last) == (date(2026, 3, 11), END)
    assert window(END, 30) == (date(2026, 3, 1), END)


def test_a_small_team_is_not_asked_for_a_share() -> None:
    assert "LT5" not in {each.name for each in PLAN.wanted(END, 30, lambda _name: 0.5, team_size=4)}


def test_lists_are_asked_for_by_the_frames_that_open_something() -> None:
    lists = PLAN.lists_wanted(END, 30, lambda _name: 0.25, {"FAULT": 8})

    assert [(each.name, each.population, each.size, each.start) for each in lists] == [
        ("FAULT", "done", 8, 0.25)
    ]
    assert (lists[0].first, lists[0].last) == (date(2026, 2, 24), date(2026, 3, 26))
    assert PLAN.lists_wanted(END, 30, lambda _name: 0.25, {"OTHER": 8}) == ()


def test_a_plan_is_read_as_it_was_written() -> None:
    assert read_plan(json.dumps(PLAN.document())) == PLAN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"plan": "x", "counts": [{}], "lists": []}',
        '{"plan": "x", "counts": [{"indicator": "A", "measure": "velocity"}], "lists": []}',
        '{"plan": "x", "counts": [], "lists": [{"frame": "A", "population": "periods"}]}',
    ],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(RecordsError, match=r"^plan: "):
        read_plan(text)


# --- writing ---------------------------------------------------------------------------------------


def test_a_document_tells_counts_where_they_come_from_and_what_could_not_be_counted() -> None:
    given = counted()

    assert (given["records"], given["by"], given["plan"], given["reader"]) == (1, BY, PLAN.key, "csv")
    assert given["files"] == [{"sha256": file().sha256(), "bytes": file().size, "rows": 121, "items": 121}]
    assert (given["window_days"], given["window_end"], given["team_size"]) == (30, "2026-03-31", 8)
    assert given["start"] == START
    assert given["observations"].keys() == given["counted"].keys() == {"LT1", "LT2", "LT3", "LT5"}
    assert given["cannot"] == {"LT4": "The export does not say when an item was described."}
    seen, where = given["observations"]["LT1"], given["counted"]["LT1"]
    assert seen.keys() == {"sound", "failing", "unverified", "grade", "link_derived"}
    assert where["covers"] == ["2026-02-24", "2026-03-26"]
    assert where["offset"] == sampling.offset(bytes.fromhex(START), "", "LT1")
    assert where["positions"] == list(sampling.positions(where["population"], 50, where["offset"]))
    assert where["files"] == [file().sha256()]


def test_the_same_counts_are_the_same_bytes() -> None:
    assert written(counted()) == written(counted())
    assert list(json.loads(written(counted()))) == sorted(counted())


def test_without_a_start_of_the_site_the_draws_follow_from_the_files() -> None:
    given = counted(run(start=""))

    assert given["start"] is None
    key = bytes.fromhex(file().sha256())
    assert given["counted"]["LT1"]["offset"] == sampling.offset(key, "", "LT1")
    assert as_read(given)[0].start == ""


def test_a_document_holds_no_name_of_a_file_an_item_or_a_person() -> None:
    text = written(counted())

    assert not [word for word in ("T-1", "#1", "export.json", f'"{ANN}"', f'"{BEN}"') if word in text]


# --- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("team_size", [2, 8])
def test_what_was_written_is_accepted(team_size: int) -> None:
    made = run(team_size)

    found, given = as_read(counted(made))

    assert found == made
    assert given == counted(made)
    assert is_document(written(given))
    assert ("LT5" in given["counted"]) is (team_size == 8)


def test_an_export_is_not_taken_for_a_document() -> None:
    assert not is_document('[{"number": 1, "title": "records of assess"}]')


def _set(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def change_it(given: dict[str, Any]) -> None:
        at: Any = given
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = to

    return change_it


def _gone(*path: str) -> Callable[[dict[str, Any]], None]:
    def change_it(given: dict[str, Any]) -> None:
        at: Any = given
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]

    return change_it


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (_set("records", to=2), "records"),
        (_set("by", to=None), "records"),
        (_set("by", to="x" * 81), "by"),
        (_set("more", to=1), "document"),
        (_gone("options"), "document"),
        (_set("plan", to="lights/1.0.1"), "plan"),
        (_set("window_days", to=0), "window_days"),
        (_set("window_days", to=True), "window_days"),
        (_set("window_days", to=31), "counted.LT1.covers"),
        (_set("window_end", to="2026-03-32"), "window_end"),
        (_set("window_end", to="2026-03-30"), "counted.LT1.covers"),
        (_set("window_end", to=20260331), "window_end"),
        (_set("team_size", to=1), "team_size"),
        (_set("team_size", to=4), "observations, counted and cannot"),  # a share of a small team
        (_set("start", to="zz" * 20), "start"),
        (_set("start", to="ab" * 32), "counted.LT1.positions"),
        (_set("start", to=5), "start"),
        (_set("reader", to=""), "reader"),
        (_set("reader", to="gh\n"), "reader"),
        (_set("files", to=[]), "files"),
        (_set("files", 0, "sha256", to="a" * 63), "files.0.sha256"),
        (_set("files", 0, "sha256", to="a" * 64), "counted.LT1.files"),
        (_set("files", 0, "rows", to=-1), "files.0.rows"),
        (_set("files", 0, "name", to="export.json"), "files.0"),
        (_set("options", to=[]), "options"),
        (_set("options", "done", to="story"), "options"),
        (_set("options", "stages", to={"Bei Anna": "in-progress"}), "options"),
        (_set("options", "stages", to={"done": "Anna"}), "options"),
        (_set("options", "columns", to={"done": "Closed by Anna"}), "options"),
        (_set("options", "columns", to=["Anna"]), "options"),
        (_set("observations", to=[]), "observations"),
        (_gone("observations", "LT1"), "observations, counted and cannot"),
        (_set("observations", "XX", to={}), "observations, counted and cannot"),
        (_set("cannot", "LT1", to="It cannot."), "observations, counted and cannot"),
        (_gone("cannot", "LT4"), "observations, counted and cannot"),
        (_set("cannot", "LT4", to="x" * 301), "cannot.LT4"),
        (_set("cannot", "LT4", to="a\tb"), "cannot.LT4"),
        (_set("observations", "LT1", "sound", to=49), "observations.LT1"),
        (_set("observations", "LT1", "sound", to=-1), "observations.LT1.sound"),
        (_set("observations", "LT1", "sound", to=3.0), "observations.LT1.sound"),
        (_set("observations", "LT1", "grade", to="E3"), "observations.LT1"),
        (_set("observations", "LT1", "link_derived", to=False), "observations.LT1.link_derived"),
        (_gone("observations", "LT1", "link_derived"), "observations.LT1.link_derived"),
        (_set("observations", "LT2", "link_derived", to=True), "observations.LT2.link_derived"),
        (_set("counted", "LT1", "measure", to="no-bounce"), "counted.LT1.measure"),
        (_set("counted", "LT1", "population", to=0), "counted.LT1.population"),
        (_set("counted", "LT1", "population", to=61), "counted.LT1.positions"),
        (_set("counted", "LT1", "positions", 0, to=2), "counted.LT1.positions"),
        (_set("counted", "LT1", "offset", to=0.5), "counted.LT1.offset"),
        (_set("counted", "LT3", "offset", to=False), "counted.LT3.offset"),
        (_set("counted", "LT1", "covers", 0, to="2026-02-25"), "counted.LT1.covers"),
        (_set("counted", "LT1", "reader", to="other"), "counted.LT1.reader"),
        (_gone("counted", "LT1", "files"), "counted.LT1"),
    ],
)
def test_what_does_not_follow_from_what_was_asked_is_refused_at_its_place(
    edit: Callable[[dict[str, Any]], None], place: str
) -> None:
    given = copy.deepcopy(counted())
    edit(given)

    with pytest.raises(RecordsError) as refused:
        as_read(given)

    assert refused.value.place == place


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff\xfe", b"[]", b"{", b'{"records": NaN}', b"[" * 100_000, b'"x"', b" " * 1_000_001, b"{}"],
)
def test_what_is_no_document_is_refused(text: bytes) -> None:
    with pytest.raises(RecordsError):
        observations.read(text, PLAN)


@pytest.mark.parametrize("text", ["", "abc", "a" * 15, "a" * 17, "g" * 32, "a" * 130])
def test_a_start_that_no_site_prints_is_refused(text: str) -> None:
    with pytest.raises(RecordsError, match=r"^start: "):
        checked_start(text)


def test_every_measure_draws_as_it_is_counted() -> None:
    many = [
        change(f"#{n}", done=1 + n % 28, approvals=(), areas=("kiln",), assisted=True, replies=(), due=on(9))
        for n in range(70)
    ]
    asked = Plan("x", tuple(Counting(name, name) for name in MEASURES))
    made = Run(asked, 30, END, 8, START)

    for count in read(many, *made.wanted([])).counts:
        if not count.cannot:
            wanted = next(each for each in made.wanted([]) if each.name == count.name)
            assert observations.drawn(wanted, count.population) == (count.positions, count.offset)
