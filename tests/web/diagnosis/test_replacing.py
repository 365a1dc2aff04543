"""An item that does not apply: the next position takes its place, and it can be put back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from assessment.core import opening
from assessment.store import answering
from tests.leader import OUR_PAGE, Leader, Seen
from tests.web.diagnosis.common import ITEM, errors, kept

PART = "F1"
HOW = {"way": "items", "where": "The tracker", "query": "closed, newest first"}
LIST = "\n".join(f"CASE-{number}" for number in range(1, 41))


@pytest.fixture
def drawn(leader: Leader) -> Leader:
    """A leader who has a sample of a pasted list of 40 before them."""
    leader.start()
    asked = leader.answer(f"{PART}/where", **HOW, list=LIST)
    leader.shown(leader.send(asked, understood=asked.form("/where").choices["understood"][0]))
    return leader


def replace(leader: Leader, page: str, reason: str = "stray", **typed: Any) -> Seen:
    return leader.answer(f"{PART}/{page}/replace", reason=reason, **typed)


def frame(leader: Leader) -> dict[str, Any]:
    """Return what the answers document says of the list."""
    told: dict[str, Any] = json.loads(leader.open("everything").response.get_data())
    found: dict[str, Any] = told["answers"]["frames"][PART]
    return found


def test_the_next_position_takes_the_place_of_what_does_not_apply(drawn: Leader) -> None:
    before = frame(drawn)["positions"]

    sent = replace(drawn, "3")

    assert sent.status == 303
    assert sent.location == f"{drawn.base}{PART}/3-{before[2] + 1}"
    after = frame(drawn)
    assert after["positions"] == [*before[:2], before[2] + 1, *before[3:]]
    assert after["replaced"] == [before[2]]
    assert after["drawn"] is True


def test_what_took_its_place_is_asked_everything_by_its_own_reference(drawn: Leader) -> None:
    position = frame(drawn)["positions"][2] + 1

    page = drawn.open(replace(drawn, "3").location)

    assert f"Position {position}" in page.text
    assert page.form(f"/{PART}/3-{position}").fields["reference"] == f"CASE-{position}"
    assert set(page.form(f"/{PART}/3-{position}").choices) == set(ITEM) - {"reference"}


def test_answers_of_the_replaced_item_do_not_count_and_come_back_with_it(app: Flask, drawn: Leader) -> None:
    for number in range(1, 9):
        drawn.check_item(PART, number, "no" if number == 3 else "yes")
    before = frame(drawn)
    assert json.loads(drawn.open("everything").response.get_data())["answers"]["observations"]["VD1"] == {
        "sound": 7,
        "failing": 1,
        "unverified": 0,
        "grade": "E3",
        "link_derived": False,
    }

    taken = replace(drawn, "3").location
    drawn.send(drawn.open(taken), **{**dict.fromkeys(set(ITEM) - {"reference"}, "unverified")})
    during = json.loads(drawn.open("everything").response.get_data())["answers"]["observations"]["VD1"]
    drawn.send(drawn.open(f"{PART}/sample"), to="/3/back")

    assert (during["sound"], during["failing"], during["unverified"]) == (7, 0, 1)
    assert frame(drawn) == before
    assert drawn.open(f"{PART}/3").form(f"/{PART}/3").fields["VD1"] == "no"
    assert kept(app, drawn)[PART, taken.rpartition("/")[2]].values["VD1"] == "unverified"


def test_why_and_what_is_told_on_the_sample_and_the_check_page(drawn: Leader) -> None:
    position = frame(drawn)["positions"][0]

    replace(drawn, "1", "repeated", reference="the same as CASE-9")

    told = f"Position {position} (the same as CASE-9): it is the same piece of work"
    assert told in drawn.open(f"{PART}/sample").text
    assert told in drawn.open("check").text
    assert "1 of the sample did not apply" in drawn.open("check").text


def test_its_reference_stands_in_the_form_before_it_is_replaced(drawn: Leader) -> None:
    page = drawn.open(f"{PART}/2/replace")

    assert page.form().fields["reference"] == f"CASE-{frame(drawn)['positions'][1]}"


def test_without_a_reason_nothing_is_replaced_and_what_was_typed_stands_there(drawn: Leader) -> None:
    before = frame(drawn)

    page = drawn.answer(f"{PART}/3/replace", reference="‮CASE 🙈")

    assert page.status == 422
    assert errors(page) == ["Choose why it does not apply."]
    assert "‮CASE 🙈" in page.text
    assert frame(drawn) == before


def test_a_replacement_that_does_not_apply_either_is_replaced_by_the_one_behind_it(drawn: Leader) -> None:
    first = frame(drawn)["positions"][2]

    taken = replace(drawn, "3").location.rpartition("/")[2]
    sent = replace(drawn, taken, "missing")

    assert sent.location == f"{drawn.base}{PART}/3-{first + 2}"
    assert frame(drawn)["replaced"] == [first, first + 1]
    sample = drawn.open(f"{PART}/sample")
    assert [form.action for form in sample.forms if form.action.endswith("/back")] == [
        f"{drawn.base}{PART}/{taken}/back"
    ]


def test_said_twice_one_is_replaced_and_both_lead_to_the_same_item(drawn: Leader) -> None:
    page = drawn.open(f"{PART}/3/replace")

    first = drawn.send(page, reason="stray")
    second = drawn.send(page, reason="stray")

    assert first.location == second.location
    assert len(frame(drawn)["replaced"]) == 1


def test_two_windows_replace_two_items_and_neither_is_lost(drawn: Leader) -> None:
    one, other = drawn.open(f"{PART}/3/replace"), drawn.open(f"{PART}/4/replace")

    drawn.send(one, reason="stray")
    drawn.send(other, reason="stray")

    after = frame(drawn)
    assert len(after["replaced"]) == 2
    assert len(set(after["positions"])) == 8


def test_an_answer_to_an_item_that_was_replaced_meanwhile_is_handed_back(drawn: Leader) -> None:
    page = drawn.open(f"{PART}/3")
    replace(drawn, "3")

    sent = drawn.send(page, to=f"/{PART}/3", **{**ITEM, "reference": "typed for the other"})

    assert sent.status == 409
    assert "typed for the other" in sent.text


def test_half_of_a_sample_may_be_replaced_and_no_more(drawn: Leader) -> None:
    for page in ("1", "2", "3", "4"):
        assert replace(drawn, page).status == 303

    sent = replace(drawn, "5")

    assert sent.status == 422
    assert errors(sent) == ["Half of this sample was replaced already: describe the list anew instead."]
    assert len(frame(drawn)["replaced"]) == 4


def test_two_windows_at_the_same_time_replace_no_more_than_half(
    drawn: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for page in ("1", "2", "3"):
        replace(drawn, page)
    here = drawn.open(f"{PART}/4/replace")
    keep, elsewhere = answering.keep, [lambda: replace(drawn, "5")]

    def late(*given: Any, **named: Any) -> Any:
        while elsewhere:
            elsewhere.pop()()
        return keep(*given, **named)

    monkeypatch.setattr(answering, "keep", late)
    sent = drawn.send(here, reason="stray", reference="typed here")

    assert sent.status == 422
    assert "typed here" in sent.text
    assert len(frame(drawn)["replaced"]) == 4


def test_where_the_list_has_no_other_the_sample_is_smaller(leader: Leader) -> None:
    leader.start()
    leader.draw(PART, 8)

    sent = replace(leader, "3")

    assert sent.location.endswith(f"/{PART}/sample")
    assert "Open these 7 items" in leader.open(f"{PART}/sample").text
    for page in ("1", "2", "4", "5", "6", "7", "8"):
        leader.send(
            leader.open(f"{PART}/{page}"), to=f"/{PART}/{page}", **{**ITEM, "reference": f"no. {page}"}
        )
    answers = json.loads(leader.open("everything").response.get_data())["answers"]
    assert answers["observations"]["VD1"]["sound"] == 7
    assert answers["frames"][PART]["population"] == 8
    assert "Replaced" in leader.open("check").text
    assert leader.finish().status == 303


def test_what_is_free_again_takes_the_place_for_which_there_was_no_other(leader: Leader) -> None:
    leader.start()
    leader.draw(PART, 9)
    instead = replace(leader, "1").location.rpartition("-")[2]
    replace(leader, "2")

    leader.send(leader.open(f"{PART}/sample"), to="/1/back")

    for page in ("1", f"2-{instead}", "3", "4", "5", "6", "7", "8"):
        leader.send(
            leader.open(f"{PART}/{page}"), to=f"/{PART}/{page}", **{**ITEM, "reference": f"no. {page}"}
        )
    assert len(frame(leader)["positions"]) == 8
    assert leader.finish().status == 303


def test_of_a_list_of_one_that_does_not_apply_nothing_is_left_to_be_opened(leader: Leader) -> None:
    leader.start()
    leader.draw(PART, 1)
    before = leader.open(f"{PART}/sample").text

    replace(leader, "1", "missing")

    page = leader.open(f"{PART}/sample")
    assert "Open this item" in before
    assert "Nothing in this list applies" in page.text
    assert "<table" not in page.text
    leader.send(page, to="/1/back")
    assert leader.open(f"{PART}/sample").text.count("<table") == 1


def test_a_new_draw_forgets_what_was_replaced_in_the_one_before(drawn: Leader) -> None:
    stale = drawn.open(f"{PART}/3/replace")
    replace(drawn, "3")

    drawn.send(drawn.answer(f"{PART}/where", population=60), confirm="y")
    sent = drawn.send(stale, reason="stray")

    assert frame(drawn)["replaced"] == []
    assert sent.status == 409


def test_most_recent_items_are_replaced_by_the_next_older_one(leader: Leader) -> None:
    leader.start()
    leader.answer(f"{PART}/where", **{**HOW, "way": "latest"}, population=30)

    replace(leader, "3")

    assert frame(leader)["positions"] == [1, 2, 9, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("page", ["9", "3-99", "where", "sample", "0", "3-0"])
def test_only_an_item_of_the_sample_can_be_replaced(drawn: Leader, page: str) -> None:
    shown = drawn.open(f"{PART}/{page}/replace")
    form = drawn.open(f"{PART}/3/replace").form()
    sent = Seen(
        drawn.client.post(
            f"{drawn.base}{PART}/{page}/replace", data={**form.fields, "reason": "stray"}, headers=OUR_PAGE
        ),
        "",
    )

    assert shown.status in (303, 404)
    assert sent.status in (404, 409)
    assert frame(drawn)["replaced"] == []


def test_what_is_no_item_of_a_list_leads_nowhere(drawn: Leader) -> None:
    assert drawn.open("F8/RC1/replace").status == 404


def test_a_finished_diagnosis_replaces_nothing(drawn: Leader) -> None:
    page, back = drawn.open(f"{PART}/3/replace"), replace(drawn, "4")
    assert back.status == 303
    sample = drawn.open(f"{PART}/sample")
    drawn.answer("F8/RC1", answer="never", source="memory")
    drawn.finish()

    assert drawn.send(page, reason="stray").status == 409
    assert drawn.send(sample, to="/4/back").status == 409


def test_each_reason_says_more_than_its_name() -> None:
    assert all(len(words) > 20 for words in opening.REASONS.values())
