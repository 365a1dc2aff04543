"""Which characters a text may hold."""

from __future__ import annotations

import pytest

from assessment.core.text import printable, stray

REFUSED = [
    "\x00",
    "\x08",
    "\x0b",
    "\x0c",
    "\r",
    "\x1f",
    "\x7f",
    "\x85",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\ud800",
]


@pytest.mark.parametrize("character", REFUSED, ids=ascii)
def test_a_character_that_nobody_can_see_is_found_and_replaced(character: str) -> None:
    found = stray(f"one {character}two")

    assert found
    assert (found.start(), found[0]) == (4, character)
    assert printable(f"one {character}two") == "one \N{REPLACEMENT CHARACTER}two"


@pytest.mark.parametrize("plain", ["", "tab\tand\nnewline", "Zoë, 日本, “quoted” \N{NO-BREAK SPACE}…"])
def test_what_can_be_typed_is_left_as_it_is(plain: str) -> None:
    assert stray(plain) is None
    assert printable(plain) == plain
