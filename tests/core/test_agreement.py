"""Two observers of the same items: how far they agree, where they differ, and what is counted then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.agreement import (
    MARKS,
    Item,
    Mark,
    agreements,
    gwet_ac1,
    krippendorff_alpha,
    settled,
)
from assessment.core.scoring import Observation
from tests.builders import an_instrument
from tests.scale import search

CONSTANTS = an_instrument().constants
SEARCH = search(100)


def pairs(both_sound: int, first: int, second: int, neither: int) -> list[Item]:
    """Return items by who of two observers found them sound: both, only one, only the other, neither."""
    marks: list[tuple[Item, int]] = [
        (("sound", "sound"), both_sound),
        (("sound", "failing"), first),
        (("failing", "sound"), second),
        (("failing", "failing"), neither),
    ]
    return [item for item, count in marks for _ in range(count)]


def numbered(items: Sequence[Item]) -> dict[int, Item]:
    return dict(enumerate(items, start=1))


@st.composite
def seen_items(draw: st.DrawFn) -> list[Item]:
    """Return some items that two to four observers marked, here and there not all of them."""
    observers = draw(st.integers(2, 4))
    mark = st.sampled_from([*MARKS, None])
    return draw(st.lists(st.lists(mark, min_size=observers, max_size=observers), min_size=1, max_size=12))


# --- the coefficients -------------------------------------------------------------------------------


def test_the_published_example_is_met() -> None:
    items = pairs(16, 2, 1, 1)

    found = agreements(CONSTANTS, {"VD1": numbered(items)}).indicators["VD1"]

    assert found.items == 20
    assert found.share == pytest.approx(0.85)
    assert found.alpha.value == pytest.approx(0.331, abs=5e-4)
    assert found.ac1.value == pytest.approx(0.808, abs=5e-4)
    # Cohen's kappa is why it is not told: .318, poor, for observers who agree on 17 of 20.
    chance = (18 / 20) * (17 / 20) + (2 / 20) * (3 / 20)
    assert (0.85 - chance) / (1 - chance) == pytest.approx(0.318, abs=5e-4)


def test_four_observers_with_marks_missing_agree_as_two_other_programs_reckon() -> None:
    rows = "ss.s ffuf uuuu uuuu ffff sfuu uuuu ssfs ffff .uuu ..ss ..u.".split()
    name: dict[str, Mark | None] = {"s": "sound", "f": "failing", "u": "unverified", ".": None}
    items = [[name[each] for each in row] for row in rows]

    assert krippendorff_alpha(items).value == pytest.approx(0.721248, abs=1e-6)
    assert gwet_ac1(items).value == pytest.approx(0.755880, abs=1e-6)


@SEARCH
@given(seen_items())
def test_alpha_is_one_less_the_disagreement_seen_over_that_expected(items: list[Item]) -> None:
    """Fails if an item is weighted by its pairs instead of its marks, or a single mark is paired."""
    units = [[mark for mark in item if mark] for item in items]
    units = [unit for unit in units if len(unit) > 1]
    every = [mark for unit in units for mark in unit]
    seen = sum(Fraction(a != b, len(unit) - 1) for unit in units for a, b in permutations(unit, 2))
    expected = sum(a != b for a, b in permutations(every, 2))

    alpha = krippendorff_alpha(items)

    if expected == 0:
        assert alpha.value is None
        assert alpha.reason
    else:
        assert alpha.value == pytest.approx(float(1 - (len(every) - 1) * seen / expected))


@SEARCH
@given(seen_items())
def test_ac1_follows_from_how_popular_each_category_is(items: list[Item]) -> None:
    """Fails if chance is reckoned as in alpha or kappa, or a category that nobody used is counted."""
    units = [[mark for mark in item if mark] for item in items]
    units = [unit for unit in units if unit]
    paired = [unit for unit in units if len(unit) > 1]
    categories = {mark for unit in units for mark in unit}
    popular = {
        each: sum(Fraction(unit.count(each), len(unit)) for unit in units) / len(units) for each in categories
    }

    ac1 = gwet_ac1(items)

    if not paired:
        assert (ac1.value, ac1.reason) == (None, "No item was looked at by two observers.")
        return
    alike = [Fraction(sum(a == b for a, b in permutations(u, 2)), len(u) * (len(u) - 1)) for u in paired]
    share = sum(alike) / len(paired)
    chance = sum(p * (1 - p) for p in popular.values()) / max(1, len(categories) - 1)
    assert ac1.value == pytest.approx(float((share - chance) / (1 - chance)))


@SEARCH
@given(items=seen_items(), data=st.data())
def test_who_is_called_the_first_makes_no_difference(items: list[Item], data: st.DataObject) -> None:
    """Fails if an observer's own marks enter otherwise than through the item."""
    order = data.draw(st.permutations(range(len(items[0]))))
    turned = [[item[place] for place in order] for item in items]

    assert gwet_ac1(turned) == gwet_ac1(items)
    assert krippendorff_alpha(turned) == krippendorff_alpha(items)


@SEARCH
@given(seen_items())
def test_no_coefficient_is_above_one_and_it_is_one_only_where_nobody_differs(items: list[Item]) -> None:
    differ = any(len(set(item) - {None}) > 1 for item in items)

    for coefficient in (gwet_ac1(items), krippendorff_alpha(items)):
        if coefficient.value is not None:
            assert coefficient.value <= 1 + 1e-12
            assert (coefficient.value < 1 - 1e-12) == differ


# --- where there is none ----------------------------------------------------------------------------


def test_marks_that_are_all_the_same_have_no_alpha_but_an_ac1() -> None:
    found = agreements(CONSTANTS, {"VD1": numbered(pairs(10, 0, 0, 0))}).indicators["VD1"]

    assert found.alpha.value is None
    assert found.alpha.reason == "Every mark is the same, so chance alone would agree as often."
    assert found.ac1.value == 1
    assert found.reached is True


@pytest.mark.parametrize("items", [[], [("sound", None)], [(None, None), (None, "failing")]])
def test_without_an_item_that_two_looked_at_there_is_nothing_to_tell(items: list[Item]) -> None:
    found = agreements(CONSTANTS, {"VD1": numbered(items)})

    for each in (found.indicators["VD1"], found.pooled):
        assert (each.items, each.share, each.reached) == (0, None, None)
        assert each.ac1.value is None
        assert each.alpha.value is None
        assert each.ac1.reason == each.alpha.reason == "No item was looked at by two observers."
    assert found.disagreements == ()


def test_nothing_at_all_is_no_error() -> None:
    found = agreements(CONSTANTS, {})

    assert found.indicators == {}
    assert found.pooled.items == 0


@pytest.mark.parametrize("items", [[("sound", "sound"), ("sound",)], [("sound",)], [()]])
def test_items_without_the_same_two_observers_are_refused(items: list[Item]) -> None:
    with pytest.raises(ValueError, match="the same observers, two or more"):
        agreements(CONSTANTS, {"VD1": numbered(items)})


# --- several indicators -----------------------------------------------------------------------------


def test_the_headline_takes_the_items_of_all_indicators_together() -> None:
    first, second = pairs(8, 1, 1, 0), pairs(2, 0, 1, 7)

    found = agreements(CONSTANTS, {"VD1": numbered(first), "FR1": numbered(second)})

    together = agreements(CONSTANTS, {"VD1": numbered([*first, *second])}).pooled
    assert found.pooled == together
    assert found.pooled.items == 20
    assert list(found.indicators) == ["FR1", "VD1"]
    assert found.indicators["VD1"].ac1 == gwet_ac1(first)


def test_the_target_is_held_against_ac1_and_is_a_constant_of_the_instrument() -> None:
    items = {"VD1": numbered(pairs(16, 2, 1, 1))}
    ac1 = gwet_ac1(pairs(16, 2, 1, 1)).value
    assert ac1

    def reached(target: float) -> bool | None:
        changed = CONSTANTS.agreement.model_copy(update={"target": target})
        return agreements(CONSTANTS.model_copy(update={"agreement": changed}), items).pooled.reached

    assert CONSTANTS.agreement.target == 0.62
    assert (reached(ac1), reached(ac1 + 1e-9)) == (True, False)


def test_what_each_observer_found_sound_is_told_as_a_fact() -> None:
    items: list[Item] = [*pairs(5, 3, 1, 1), ("sound", None)]

    # The item that only one of them looked at is in neither count.
    assert agreements(CONSTANTS, {"RF1": numbered(items)}).indicators["RF1"].sound == (8, 6)


# --- items to be settled ----------------------------------------------------------------------------


def test_the_items_on_which_observers_differ_are_listed_in_order() -> None:
    found = agreements(
        CONSTANTS,
        {
            "VD2": {9: ("failing", "sound"), 4: ("sound", "unverified"), 5: ("sound", "sound")},
            "VD1": {7: ("unverified", "failing"), 8: ("sound", None)},
        },
    )

    assert [(each.indicator, each.position, each.marks) for each in found.disagreements] == [
        ("VD1", 7, ("unverified", "failing")),
        ("VD2", 4, ("sound", "unverified")),
        ("VD2", 9, ("failing", "sound")),
    ]


def test_what_nobody_has_decided_is_unverified() -> None:
    items = numbered(pairs(5, 2, 1, 2))

    assert settled(items, {}, "E3") == Observation(5, 2, 3, "E3")
    assert settled(items, {6: "sound", 8: "failing"}, "E3") == Observation(6, 3, 1, "E3")


def test_an_item_that_one_observer_missed_counts_as_the_other_found_it() -> None:
    items: dict[int, Item] = {1: ("sound", None), 2: (None, "failing"), 3: (None, None)}

    assert settled(items, {}, "E2") == Observation(1, 1, 1, "E2")


@pytest.mark.parametrize("position", [1, 2, 99])
def test_only_an_item_on_which_observers_differ_can_be_decided(position: int) -> None:
    items: dict[int, Item] = {1: ("sound", "sound"), 2: ("sound", None), 3: ("sound", "failing")}

    with pytest.raises(ValueError, match=f"item {position}: observers do not differ"):
        settled(items, {position: "failing"}, "E3")


@SEARCH
@given(items=seen_items(), data=st.data())
def test_two_looks_at_one_item_never_make_two_items(items: list[Item], data: st.DataObject) -> None:
    """Fails if the counts of the observers are added."""
    differing = [at for at, item in numbered(items).items() if len(set(item) - {None}) > 1]
    decided = (
        data.draw(st.dictionaries(st.sampled_from(differing), st.sampled_from(MARKS))) if differing else {}
    )

    found = settled(numbered(items), decided, "E3")

    assert found.n == len(items)
    agreed = Counter(next(iter(set(i) - {None})) for i in items if len(set(i) - {None}) == 1)
    assert found.sound == agreed["sound"] + sum(mark == "sound" for mark in decided.values())
    assert found.failing == agreed["failing"] + sum(mark == "failing" for mark in decided.values())
