"""The check page: every answer, what is missing, and what weakens the result."""

from __future__ import annotations

import re

import pytest

from tests.leader import Leader
from tests.web.diagnosis.common import ITEM


def test_changing_an_answer_from_the_check_page_returns_there(begun: Leader) -> None:
    begun.draw("F1", 52)
    begun.check_item("F1", 1)
    change = next(link for link in begun.open("check").links if link.endswith("/F1/1?back=check"))

    sent = begun.send(begun.open(change), VD1="no")

    assert sent.location == begun.base + "check"


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example", "//elsewhere.example", "tasks", "check\r\nX: y"]
)
def test_back_leads_nowhere_but_to_the_check_page(begun: Leader, back: str) -> None:
    begun.draw("F1", 52)

    sent = begun.send(begun.open("F1/1"), **{**ITEM, "back": back})

    assert sent.location == begun.base + "F1/2"


def test_the_kind_of_work_is_shown_with_what_is_being_looked_at(leader: Leader) -> None:
    leader.start(work="service")

    for path in ("", "check"):
        assert (
            "<dt>Kind of work</dt>\n  <dd>Operations, care or customer service</dd>" in leader.open(path).text
        )


def test_no_contradiction_is_found_in_answers_too_weak_for_likely(begun: Leader) -> None:
    begun.draw("F1", 52)
    for number in range(1, 9):
        begun.check_item("F1", number)
    begun.draw("F6a", 9, context_of=12)
    for number in range(1, 6):
        begun.check_item("F6a", number, mark="no")
    for part, indicator in (("F2", "FR2"), ("F3a", "DC3"), ("F4a", "DC1"), ("F5a", "VS2"), ("F7a", "AI1")):
        begun.answer(f"{part}/where", way="counts", population=9)
        recalled = {f"{indicator}__sound": 3, f"{indicator}__failing": 1, f"{indicator}__unverified": 0}
        assert begun.answer(f"{part}/counts", **recalled, source="memory").status == 303
    begun.answer("F8/RC1", answer="never", source="memory")
    begun.answer("F1/LD1", total=10, others=4, source="memory")

    weak = begun.open("check").text
    begun.answer("F1/LD1", total=10, others=4, source="report", place="Board of Monday")
    strong = begun.open("check").text

    contradiction = "Done items have results, yet lines reported on track do not match the record."
    assert "Likely will be withheld" in weak
    assert contradiction not in weak
    assert "Likely will be withheld" not in strong
    assert contradiction in strong


def test_the_check_page_says_before_finishing_what_will_be_refused(begun: Leader) -> None:
    begun.answer("F8/RC1", answer="never", source="memory")

    page = begun.open("check")

    assert "there will be no overall figure" in page.text
    assert begun.base + "F2/where?back=check" in page.links


def test_the_check_page_names_each_gap_once_with_a_link(begun: Leader) -> None:
    begun.draw("F1", 52)
    begun.check_item("F1", 1)

    page = begun.open("check")

    gaps = re.search(r'id="gaps".*?</ul>', page.text, re.DOTALL)
    assert gaps
    assert gaps[0].count("Items declared done, item") == 1
    assert "6 more of its items are not answered in full either." in gaps[0]
