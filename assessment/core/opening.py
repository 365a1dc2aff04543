"""Which items of a frame are opened: those drawn, and what took the place of one that does not apply.

What is kept of the replaced is one page of their frame, in the order in which they were replaced:

    replaced {"draw": int, "log": [{"page": str, "reason": a key of REASONS, "reference": str,
              "instead": the position that took its place, None where none was left}, ...]}

The page of a drawn item is its place in the sample, "3"; that of an item that took this place adds its
position, "3-11". So what was answered about an item is found again when it is put back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PAGE = "replaced"

REASONS = {
    "stray": "It does not belong in this list",
    "repeated": "It is the same piece of work as another item of the sample",
    "missing": "There is nothing at this position",
}
"""Why an item may be replaced. One that cannot be opened is none of them: that could not be verified."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An item that is opened: its page, and its position in the list, from 1."""

    page: str
    position: int


@dataclass(frozen=True, slots=True)
class Replaced:
    """An item that was replaced, why, and the page of what took its place, "" where the list had no other.

    It may return while what took its place was not replaced itself.
    """

    page: str
    position: int
    reason: str
    reference: str
    instead: int | None  # the position that took its place; None: the sample is smaller by one
    successor: str
    may_return: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """The items of a frame: those to be opened, in the order of their places, and those replaced."""

    opened: tuple[Opened, ...]
    replaced: tuple[Replaced, ...]


Log = Sequence[Mapping[str, Any]]


def sample(drawn: Sequence[int], log: Log) -> Sample:
    """Return what became of the positions that were drawn, after each replacement of the log."""
    pages = {str(number): position for number, position in enumerate(drawn, 1)}
    gone: dict[str, int] = {}
    for each in log:
        gone[each["page"]] = pages.pop(each["page"])
        if each["instead"] is not None:
            pages[_page(each["page"], each["instead"])] = each["instead"]
    opened = sorted((Opened(*item) for item in pages.items()), key=lambda each: _place(each.page))
    return Sample(tuple(opened), tuple(_replaced(each, gone) for each in log))


def most(drawn: Sequence[int]) -> int:
    """Return how many items of a sample may be replaced: half of it.

    A list in which more does not belong is not the list that was described.
    """
    return (len(drawn) + 1) // 2


def with_replaced(
    drawn: Sequence[int], log: Log, population: int, page: str, reason: str, reference: str
) -> list[Mapping[str, Any]]:
    """Return the log with the item of a page replaced by the next position that is not in it yet.

    Unchanged where the page is not open, as after the same was said in another window.
    """
    position = next((each.position for each in sample(drawn, log).opened if each.page == page), None)
    if position is None:
        return list(log)
    taken = {*drawn, *(each["instead"] for each in log)}
    instead = following(position, taken, population)
    return [*log, {"page": page, "reason": reason, "reference": reference, "instead": instead}]


def with_returned(drawn: Sequence[int], log: Log, page: str) -> list[Mapping[str, Any]]:
    """Return the log with the item of a page put back; unchanged where it cannot be.

    The position that had taken its place goes to the first item for which the list had no other.
    """
    back = {each.page: each.instead for each in sample(drawn, log).replaced if each.may_return}
    if page not in back:
        return list(log)
    left = [each for each in log if each["page"] != page]
    short = next((number for number, each in enumerate(left) if each["instead"] is None), None)
    if short is not None:
        left[short] = {**left[short], "instead": back[page]}
    return left


def following(position: int, taken: Collection[int | None], population: int) -> int | None:
    """Return the next position that is not taken, from the last on to the first; None where all are.

    >>> following(3, {1, 3, 4}, 8), following(8, {1, 8}, 8), following(1, {1, 2}, 2)
    (5, 2, None)
    """
    # Of so many neighbours one must be free, however long the list is.
    near = range(position, position + min(len(taken) + 1, population))
    return next((p for each in near if (p := each % population + 1) not in taken), None)


def _replaced(each: Mapping[str, Any], gone: Mapping[str, int]) -> Replaced:
    instead = each["instead"]
    successor = "" if instead is None else _page(each["page"], instead)
    return Replaced(
        page=each["page"],
        position=gone[each["page"]],
        reason=each["reason"],
        reference=each["reference"],
        instead=instead,
        successor=successor,
        may_return=successor not in gone,
    )


def _place(page: str) -> int:
    return int(page.partition("-")[0])


def _page(before: str, position: int) -> str:
    return f"{_place(before)}-{position}"
