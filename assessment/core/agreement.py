"""How far observers of the same items agree, and what becomes of the items on which they do not.

A second observer looks at the items that were drawn, blind to the first answers. Two coefficients say how
much of the agreement is more than chance: Gwet's AC1 and Krippendorff's alpha for names without an order.
Where nearly everything is sound, alpha falls low although observers agree; AC1 does not, so it is held to the
target, and both are told.
Source: docs/method.md, "Second observer".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from assessment.core.constants import Constants
from assessment.core.method import Grade
from assessment.core.scoring import Observation

Mark = Literal["sound", "failing", "unverified"]
MARKS: tuple[Mark, ...] = get_args(Mark)

Item = Sequence[Mark | None]
"""What each observer found on one item, in the same order everywhere; None: did not look at it."""

Items = Mapping[int, Item]
"""The items of one indicator, by their position in the list that they were drawn from."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """An agreement beyond chance, 1 being always, 0 what chance gives; None where there is none to give.

    `reason` says why there is none, and is empty where there is one.
    """

    value: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the observers of one indicator, or of all of them, agree.

    `items` were looked at by two observers or more; `share` of their pairs of marks are alike, from 0 to 1
    (None without items). `sound` counts, for each observer, how many of these items were found sound: told as
    a fact, never scored. `reached`: AC1 is at the target; None where there is no AC1.
    """

    items: int
    share: float | None
    ac1: Coefficient
    alpha: Coefficient
    sound: tuple[int, ...]
    reached: bool | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One item on which the observers differ, for somebody to settle."""

    indicator: str
    position: int
    marks: tuple[Mark | None, ...]


@dataclass(frozen=True, slots=True)
class Agreements:
    """The agreement by indicator, over all of them, and every item to be settled, in order."""

    indicators: Mapping[str, Agreement]
    pooled: Agreement
    disagreements: tuple[Disagreement, ...]


def agreements(constants: Constants, found: Mapping[str, Items]) -> Agreements:
    """Return how far observers agree on the items of each indicator, and on all items together.

    Any number of observers; an item that fewer than two of them looked at says nothing about agreement.
    Raises ValueError when the items do not have the same number of observers, two at least.
    """
    everything = [item for items in found.values() for item in items.values()]
    observers = {len(item) for item in everything}
    if len(observers) > 1 or min(observers, default=2) < 2:
        raise ValueError(f"each item needs the marks of the same observers, two or more, not {observers}")
    target, n = constants.agreement.target, max(observers, default=2)
    return Agreements(
        indicators={name: _agreement(found[name].values(), n, target) for name in sorted(found)},
        pooled=_agreement(everything, n, target),
        disagreements=tuple(
            Disagreement(name, position, tuple(found[name][position]))
            for name in sorted(found)
            for position in sorted(found[name])
            if len(set(found[name][position]) - {None}) > 1
        ),
    )


def settled(items: Items, decided: Mapping[int, Mark], grade: Grade) -> Observation:
    """Return the one observation of an indicator that two or more observers looked at.

    Each item counts once, whoever looked at it: as all who looked found it, else as was decided, and while
    nothing is decided as unverified. An item that nobody looked at is unverified too.
    Raises ValueError for a decision about an item on which nobody differs.
    """
    marks: Counter[Mark] = Counter()
    for position, item in items.items():
        seen: set[Mark] = {mark for mark in item if mark is not None}
        marks[seen.pop() if len(seen) == 1 else decided.get(position, "unverified")] += 1
    for position in decided:
        if len(set(items.get(position, ())) - {None}) < 2:
            raise ValueError(f"item {position}: observers do not differ, so nothing is to be decided")
    return Observation(marks["sound"], marks["failing"], marks["unverified"], grade)


def gwet_ac1(items: Iterable[Item]) -> Coefficient:
    """Return Gwet's AC1, for any number of observers and with marks missing.

    Chance is reckoned over the categories that occur among the marks, two at least.
    Source: Gwet (2008), "Computing inter-rater reliability and its variance".

    >>> pairs = [("sound", "sound")] * 16 + [("sound", "failing")] * 2
    >>> pairs += [("failing", "sound"), ("failing", "failing")]
    >>> round(gwet_ac1(pairs).value, 3)
    0.808
    """
    counts = [count for item in items if (count := _counted(item)).total()]
    share = _share(counts)
    if share is None:
        return Coefficient(None, _NO_PAIR)
    categories = set().union(*counts)
    # The mean over the items of how probable each category is in one of them.
    popular = [sum(count[each] / count.total() for count in counts) / len(counts) for each in MARKS]
    chance = sum(p * (1 - p) for p in popular) / max(1, len(categories) - 1)
    return Coefficient((share - chance) / (1 - chance))


def krippendorff_alpha(items: Iterable[Item]) -> Coefficient:
    """Return Krippendorff's alpha for nominal marks, for any number of observers and with marks missing.

    Source: Hayes and Krippendorff (2007), "Answering the call for a standard reliability measure".

    >>> pairs = [("sound", "sound")] * 16 + [("sound", "failing")] * 2
    >>> pairs += [("failing", "sound"), ("failing", "failing")]
    >>> round(krippendorff_alpha(pairs).value, 3)
    0.331
    """
    pairable = [count for item in items if (count := _counted(item)).total() > 1]
    if not pairable:
        return Coefficient(None, _NO_PAIR)
    marks = sum(pairable, Counter[Mark]())
    n = marks.total()
    expected = n * n - sum(each * each for each in marks.values())
    if not expected:
        return Coefficient(None, "Every mark is the same, so chance alone would agree as often.")
    observed = sum(_unlike(count) / (count.total() - 1) for count in pairable)
    return Coefficient(1 - (n - 1) * observed / expected)


_NO_PAIR = "No item was looked at by two observers."


def _agreement(items: Iterable[Item], observers: int, target: float) -> Agreement:
    all_items = list(items)
    pairable = [item for item in all_items if _counted(item).total() > 1]
    ac1 = gwet_ac1(all_items)
    return Agreement(
        items=len(pairable),
        share=_share([_counted(item) for item in pairable]),
        ac1=ac1,
        alpha=krippendorff_alpha(all_items),
        sound=tuple(sum(item[place] == "sound" for item in pairable) for place in range(observers)),
        reached=None if ac1.value is None else ac1.value >= target,
    )


def _share(counts: Iterable[Counter[Mark]]) -> float | None:
    """Return the mean over the items of the share of their pairs that are alike; None without a pair."""
    shares = [
        1 - _unlike(count) / (count.total() * (count.total() - 1)) for count in counts if count.total() > 1
    ]
    return sum(shares) / len(shares) if shares else None


def _counted(item: Item) -> Counter[Mark]:
    return Counter(mark for mark in item if mark is not None)


def _unlike(count: Counter[Mark]) -> int:
    """Return how many ordered pairs of an item's marks differ."""
    return count.total() ** 2 - sum(each * each for each in count.values())
