"""Gates: what of a scorecard may be printed, and what is said where something may not."""

from __future__ import annotations

from dataclasses import replace

from assessment.core.gates import gate
from assessment.core.scoring import Observation
from tests.builders import all_sound, all_unverified, an_instrument, design

INSTRUMENT = an_instrument()


def without(found: dict[str, Observation], *names: str) -> dict[str, Observation]:
    return {name: seen for name, seen in found.items() if name not in names}


def test_a_complete_full_form_prints_everything() -> None:
    passed = gate(INSTRUMENT, "full", all_sound("full"))

    assert passed.passed
    assert passed.likely
    assert len(passed.dimensions) == 9
    assert passed.reasons == passed.withheld == ()


def test_a_short_form_prints_no_dimension_and_says_so() -> None:
    passed = gate(INSTRUMENT, "quick", all_sound("quick"))

    assert passed.passed
    assert passed.dimensions == frozenset()
    assert "dimensions" in passed.withheld[0]


def test_each_layer_needs_six_tenths_of_its_indicators() -> None:
    found = all_sound("quick")

    one_missing = gate(INSTRUMENT, "quick", without(found, "LD1"))
    two_missing = gate(INSTRUMENT, "quick", without(found, "LD1", "DC3"))
    one_does_not_apply = gate(INSTRUMENT, "quick", without(found, "LD1", "VS2"), ["VS2"])

    assert one_missing.passed
    assert one_does_not_apply.passed
    assert two_missing.reasons == ("Layer HD: 2 of 4 indicators are answered; at least 60 % are needed.",)


def test_exactly_six_tenths_are_enough() -> None:
    # Ten indicators in the layer: six answered are six tenths, however 0.6 is stored.
    human = [name for name in design("full") if INSTRUMENT.layer_of[name].id == "HD"]
    assert len(human) == 11

    found = gate(INSTRUMENT, "full", without(all_sound("full"), *human[:4]), [human[10]])

    assert found.passed


def test_could_not_verify_counts_as_answered_but_half_of_it_is_too_much() -> None:
    marks = sum(design("quick").values())
    below, at_half = all_sound("quick"), all_sound("quick")
    for name, n in design("quick").items():
        below[name] = Observation(n - n // 2, 0, n // 2, "E3")
        at_half[name] = Observation(n // 2, 0, n - n // 2, "E3")

    exactly = all_unverified("quick") | {
        name: Observation(n, 0, n, "E2") for name, n in design("quick").items()
    }

    assert gate(INSTRUMENT, "quick", below).passed
    assert gate(INSTRUMENT, "quick", exactly).reasons == (
        "79 of 158 checks could not be verified; it must be fewer than 50 %.",
    )
    assert gate(INSTRUMENT, "quick", at_half).reasons[0].startswith("42 of 79" if marks == 79 else "?")


def test_likely_is_withheld_when_more_than_half_is_from_memory() -> None:
    half, more = all_sound("quick"), all_sound("quick")
    names = sorted(half)
    half |= {name: replace(half[name], grade="E1") for name in names[:6]}
    more |= {name: replace(more[name], grade="E1") for name in names[:7]}

    assert gate(INSTRUMENT, "quick", half).likely
    assert gate(INSTRUMENT, "quick", more).passed
    assert not gate(INSTRUMENT, "quick", more).likely
    assert "7 of 12 indicators are from memory" in " ".join(gate(INSTRUMENT, "quick", more).withheld)


def test_a_form_from_memory_prints_claimed_and_shown_only() -> None:
    found = gate(INSTRUMENT, "pre-scan", all_sound("pre-scan", "E1"))

    assert found.passed
    assert not found.likely
    assert found.dimensions == frozenset()
    assert found.withheld == (
        "The pre-scan form is answered from memory, so at most Claimed and Shown are printed, "
        "and no dimensions.",
    )


def test_a_dimension_needs_two_answered_indicators() -> None:
    found = gate(INSTRUMENT, "full", without(all_sound("full"), "LD2", "LD3"))
    two = gate(INSTRUMENT, "full", without(all_sound("full"), "LD3"))

    assert found.passed
    assert len(two.dimensions) == 9
    assert "LD" not in found.dimensions
    assert found.withheld == (
        "Fewer than 2 indicators are answered, so no figure is printed for: Dimension LD.",
    )


def test_every_thin_dimension_is_named() -> None:
    found = gate(INSTRUMENT, "full", without(all_sound("full"), "LD2", "LD3", "AI2", "AI3"))

    assert found.withheld[0].endswith("for: Dimension AI, Dimension LD.")
