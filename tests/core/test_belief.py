"""Belief: what was said from memory goes into the longer form as it was said, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from assessment.core import evidence
from assessment.core.answers import read_answers
from assessment.core.belief import carried, choice_of, looking
from assessment.core.instrument import Instrument
from assessment.core.interchange import canonical
from tests.another import another
from tests.answers import shipped
from tests.builders import some_facts


def said(**observations: tuple[int, int, int]) -> dict[str, Any]:
    """Return an answers document with these observations: sound, failing, could not say."""
    names = ("sound", "failing", "unverified")
    return {"observations": {k: dict(zip(names, marks, strict=True)) for k, marks in observations.items()}}


def test_a_count_is_carried_as_it_was_said_and_a_choice_in_its_own_words() -> None:
    instrument = shipped()
    answers = said(VD1=(7, 3, 0), RC1=(2, 2, 0))

    assert carried(instrument, answers, instrument, "quick") == {
        "VD1": {"count": 7, "of": 10},
        "RC1": {"count": 2, "of": 4, "words": choice_of(instrument, "RC1", 2)[1].text},  # type: ignore[index]
    }


def test_none_of_ten_is_a_belief_and_no_answer_is_none() -> None:
    instrument = shipped()

    assert carried(instrument, said(VD1=(0, 10, 0), VD2=(0, 0, 10)), instrument, "quick") == {
        "VD1": {"count": 0, "of": 10}
    }


def test_what_the_longer_form_does_not_ask_is_left_behind() -> None:
    instrument = shipped()

    assert carried(instrument, said(VD3=(7, 3, 0), VD2=(6, 4, 0)), instrument, "quick") == {
        "VD2": {"count": 6, "of": 10}
    }


@pytest.mark.parametrize("instrument", [shipped(), another()], ids=lambda each: each.key)
def test_whatever_is_remembered_is_taken_by_the_form_that_it_leads_to(instrument: Instrument) -> None:
    memory = next(each for each in instrument.forms if each.from_memory)
    longer = looking(instrument)
    assert longer is not None
    marks = {name: each.marks[memory.id] for name, each in instrument.asked(memory.id).items()}
    belief = carried(instrument, said(**{k: (n, 0, 0) for k, n in marks.items()}), instrument, longer.id)

    document = evidence.answers(instrument, some_facts(longer.id, belief=belief), {})

    assert document["belief"] == belief
    assert belief.keys() == marks.keys() & instrument.asked(longer.id).keys()
    _, read = read_answers(lambda _: instrument, canonical(document))
    assert read.document()["belief"] == belief
