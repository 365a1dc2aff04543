"""How a sample comes about over HTTP: what is expected of it, what it is drawn from, what leaves it again."""

from __future__ import annotations

import html
import json
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from assessment.core.sampling import positions
from assessment.store import answering
from tests.leader import OUR_PAGE, Leader, Seen

LIST = {"way": "items", "where": "The tracker", "query": "closed, newest first"}
NOTHING = {"VD1-unsaid": "y", "VD2-unsaid": "y", "IN1-unsaid": "y", "FR1-unsaid": "y"}
TOLD = {**NOTHING, "VD1-unsaid": None, "VD1": 6}


@pytest.fixture
def leader(app: Flask) -> Leader:
    """A leader with a fresh diagnosis."""
    leader = Leader(app.test_client())
    leader.start()
    return leader


def kept(app: Flask, leader: Leader, part: str, page: str) -> dict[str, Any]:
    """Return what the database holds of a page; empty where it holds nothing."""
    with app.app_context():
        entry = answering.entries(leader.base.split("/")[2]).get((part, page))
    return entry.values if entry else {}


def shown(leader: Leader, part: str) -> list[int]:
    """Return the positions that are to be opened."""
    return [int(cell) for cell in re.findall(r"<td>(\d+)</td>", leader.open(f"{part}/sample").text)]


def faults(page: Seen) -> list[str]:
    """Return what is said beside the fields of a refused page."""
    found = re.findall(r'class="error"[^>]*><span[^>]*>Error: </span>(.*?)</p>', page.text)
    return [html.unescape(each) for each in found]


# --- what is expected -------------------------------------------------------------------------------


def test_what_is_taken_away_before_the_belief_does_not_hold_the_sample(leader: Leader) -> None:
    def listed() -> dict[str, Any]:
        pages = json.loads(leader.open("everything").response.data)["pages"]
        return next(each["values"] for each in pages if each["page"] == "where")

    leader.answer("F1/where", population=52, **LIST)
    before = listed()
    leader.answer("F1/belief", **TOLD)
    after = listed()

    assert not before.keys() & {"positions", "offset", "listed"}
    assert before["population"] == 52
    assert len(after["positions"]) == 8


def test_a_list_leads_to_what_is_expected_and_only_that_to_its_items(leader: Leader) -> None:
    listed = leader.answer("F1/where", population=52, **LIST)
    before = leader.open("F1/sample").location, leader.open("F1/1").location
    told = leader.answer("F1/belief", **TOLD)

    assert listed.location == leader.base + "F1/belief"
    assert before == (leader.base, leader.base)
    assert told.location == leader.base + "F1/sample"
    assert len(shown(leader, "F1")) == 8


def test_what_is_expected_is_kept_and_shown_beside_the_other_answers(app: Flask, leader: Leader) -> None:
    leader.answer("F1/where", population=52, **LIST)

    leader.answer("F1/belief", **TOLD)

    skipped = dict.fromkeys(("VD2", "IN1", "FR1"), "skipped")
    assert kept(app, leader, "F1", "belief") == {"VD1": {"count": 6, "of": 8}, **skipped}
    assert "<dd>6 of 8</dd>" in leader.open("check").text
    assert "<dd>I would rather not say</dd>" in leader.open("F1/belief").text


def test_a_list_shorter_than_its_sample_is_asked_about_what_it_holds(leader: Leader) -> None:
    leader.answer("F1/where", population=3, **LIST)

    page = leader.open("F1/belief")

    assert "Yes for how many of 3?" in page.text
    assert faults(leader.send(page, **{**TOLD, "VD1": 4})) == ["Write a number from 0 to 3."]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({**NOTHING, "VD1-unsaid": None}, "Result exists: write a number, or tick “I would rather not say”."),
        ({**NOTHING, "VD1": 6}, "Write a number or tick “I would rather not say”, not both."),
        ({**TOLD, "VD1": "most"}, "Write a whole number from 0 to 8, in digits."),
        ({**TOLD, "VD1": 9}, "Write a number from 0 to 8."),
    ],
)
def test_what_is_no_expectation_is_refused_beside_its_field(
    app: Flask, leader: Leader, typed: dict[str, Any], fault: str
) -> None:
    name = app.extensions["library"].current.indicators["VD1"].name
    leader.answer("F1/where", population=52, **LIST)

    page = leader.answer("F1/belief", **typed)

    assert page.status == 422
    assert faults(page) == [fault.replace("Result exists", name)]
    assert page.form("/belief").fields.get("VD1") == str(typed.get("VD1", ""))


def test_once_the_items_are_shown_what_is_expected_is_locked(app: Flask, leader: Leader) -> None:
    leader.answer("F1/where", population=52, **LIST)
    page = leader.open("F1/belief")
    first = leader.send(page, **TOLD)

    again = leader.send(page, **TOLD)
    changed = leader.send(page, **{**TOLD, "VD1": 2})
    silenced = leader.send(page, **NOTHING)
    locked = leader.open("F1/belief")

    assert (again.status, again.location) == (303, first.location)
    assert (changed.status, silenced.status) == (409, 409)
    assert "What you expect can no longer be changed" in changed.text
    assert "\n2</pre>" in changed.text  # what was typed
    assert kept(app, leader, "F1", "belief")["VD1"] == {"count": 6, "of": 8}
    assert not [form for form in locked.forms if form.action.endswith("/belief")]


def test_until_the_items_are_shown_the_list_may_be_corrected_freely(app: Flask, leader: Leader) -> None:
    leader.answer("F1/where", population=52, **LIST)

    corrected = leader.answer("F1/where", population=60, **LIST)

    where = kept(app, leader, "F1", "where")
    assert corrected.status == 303
    assert where["draws"] == 1
    assert where["positions"] == list(positions(60, 8, where["offset"]))


def test_the_positions_stand_on_no_page_before_it_is_said_what_is_expected(
    app: Flask, leader: Leader
) -> None:
    leader.answer("F1/where", population=987_654, **LIST)
    pages = ("", "F1/where", "F1/belief", "F1/sample", "F1/1", "check")

    texts = [leader.open(path).text for path in pages]

    drawn = kept(app, leader, "F1", "where")["positions"]
    assert not [each for text in texts for each in drawn if str(each) in text]


# --- a list that is given ---------------------------------------------------------------------------

REFERENCES = [f"BK-{i}" for i in range(1, 53)]
PASTED = {**LIST, "list": "\n".join(REFERENCES)}
EXPORT = "Title;Key\n" + "".join(f"Loaf, no. {i};{each}\n" for i, each in enumerate(REFERENCES))


def ticked(page: Seen) -> dict[str, str]:
    """Return the tick that what was understood is right."""
    return {"understood": page.form("/where").choices["understood"][0]}


def test_a_pasted_list_is_shown_as_it_was_understood_and_then_drawn_from(app: Flask, leader: Leader) -> None:
    asked = leader.answer("F1/where", **{**PASTED, "list": PASTED["list"] + "\n\n\nBK-7"})
    taken = leader.send(asked, **ticked(asked))
    leader.shown(taken)

    assert asked.status == 422
    assert "52 items: BK-1, BK-2, BK-3 … BK-52. 2 empty lines left out; 1 repeated." in asked.text
    assert taken.status == 303
    where = kept(app, leader, "F1", "where")
    assert where["population"] == 52
    assert where["positions"] == list(positions(52, 8, where["offset"]))


def test_a_list_to_be_confirmed_is_no_problem_and_a_list_with_a_fault_beside_it_is(leader: Leader) -> None:
    asked = leader.answer("F1/where", **PASTED)
    faulty = leader.answer("F1/where", **{**PASTED, "where": ""})

    assert (">Is this the list?</h2>" in asked.text, "There is a problem" in asked.text) == (True, False)
    assert "<title>Error" not in asked.text
    assert (">Is this the list?</h2>" in faulty.text, "There is a problem" in faulty.text) == (False, True)
    assert "<title>Error" in faulty.text


def test_a_size_that_the_list_does_not_have_is_told(leader: Leader) -> None:
    asked = leader.answer("F1/where", **PASTED, population=40)

    assert "You wrote 40; the list counts." in asked.text
    assert asked.form("/where").fields["population"] == "52"


def test_items_of_a_list_are_shown_by_their_own_reference_which_is_filled_in(
    app: Flask, leader: Leader
) -> None:
    asked = leader.answer("F1/where", **PASTED)
    leader.shown(leader.send(asked, **ticked(asked)))

    first = kept(app, leader, "F1", "where")["positions"][0]
    page = leader.open("F1/1")
    assert f">BK-{first}</bdi>" in leader.open("F1/sample").text
    assert page.form("/F1/1").fields["reference"] == f"BK-{first}"


def test_of_a_list_only_the_drawn_items_and_their_neighbours_are_kept(app: Flask, leader: Leader) -> None:
    asked = leader.answer("F1/where", **PASTED)
    leader.send(asked, **ticked(asked))

    where = kept(app, leader, "F1", "where")
    names = where["listed"]["references"]
    assert "list" not in where
    assert {str(p) for p in where["positions"]} <= set(names)
    assert len(names) <= 4 * 8
    assert all(name == f"BK-{position}" for position, name in names.items())


def test_of_a_table_the_column_is_proposed_and_can_be_chosen(app: Flask, leader: Leader) -> None:
    asked = leader.answer("F1/where", **{**PASTED, "list": EXPORT})
    other = leader.send(asked, column=0, **ticked(asked))
    taken = leader.send(other, **ticked(other))

    assert "52 items: BK-1, BK-2, BK-3 … BK-52." in asked.text
    assert asked.form("/where").choices["column"] == ["0", "1", "-1"]
    assert other.status == 422  # what was ticked was another column
    assert "52 items: Loaf, no. 0, Loaf, no. 1," in other.text
    assert taken.status == 303
    assert next(iter(kept(app, leader, "F1", "where")["listed"]["references"].values())).startswith("Loaf")


def test_an_uploaded_file_is_read_and_its_text_is_handed_back(leader: Leader) -> None:
    fields = {**leader.open("F1/where").form("/where").fields.to_dict(), **LIST}
    upload = BytesIO(EXPORT.replace("Loaf", "Brötchen").encode("utf-16")), "export.csv"

    sent = leader.client.post(leader.base + "F1/where", data={**fields, "file": upload}, headers=OUR_PAGE)

    asked = Seen(sent, leader.base + "F1/where")
    assert "52 items: BK-1, BK-2, BK-3 … BK-52." in asked.text
    assert "Brötchen, no. 51;BK-52" in asked.form("/where").fields["list"]
    assert leader.send(asked, **ticked(asked)).status == 303


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x" * 201, "Line 1 has 201 characters"),
        ("a\n" * 10_001, "The list has 10,002 lines"),
        ("a" * 1_000_001, "The list has more than 1 MB"),
        ("nul\x00", "Line 1 holds a character that cannot be printed"),
        ("\n \n", None),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_beside_its_field_and_kept_in_it(
    leader: Leader, text: str, fault: str | None
) -> None:
    page = leader.answer("F1/where", **{**PASTED, "list": text})

    assert page.status == 422
    assert any(fault in each for each in faults(page)) if fault else len(faults(page)) == 1
    assert page.form("/where").fields["list"].replace("\ufffd", "\x00") == text


@pytest.mark.parametrize("way", ["counts", "none"])
@pytest.mark.parametrize("is_file", [False, True])
def test_a_list_beside_another_way_of_looking_is_not_dropped_in_silence(
    app: Flask, leader: Leader, way: str, is_file: bool
) -> None:
    page = leader.open("F1/where")
    given = {"file": (BytesIO(b"BK-1\nBK-2"), "list.csv")} if is_file else {"list": "BK-1\nBK-2"}
    fields = {**page.form("/where").fields.to_dict(), "way": way, "population": "40", **given}

    sent = leader.client.post(leader.base + "F1/where", data=fields, headers=OUR_PAGE)
    refused = Seen(sent, leader.base + "F1/where")
    taken_out = leader.send(refused, list="")

    assert refused.status == 422
    assert [each.partition(".")[0] for each in faults(refused)] == ["A list is there to open items from"]
    assert refused.form("/where").fields["list"] == "BK-1\nBK-2"
    assert refused.form("/where").fields["population"] == "40"
    assert taken_out.status == 303
    assert kept(app, leader, "F1", "where")["way"] == way


def test_a_list_of_the_same_size_is_still_another_list(app: Flask, leader: Leader) -> None:
    asked = leader.answer("F1/where", **PASTED)
    leader.shown(leader.send(asked, **ticked(asked)))

    untouched = leader.answer("F1/where", where="Another tracker")
    asked = leader.answer("F1/where", **{**PASTED, "list": PASTED["list"].replace("BK-9\n", "BK-99\n")})
    refused = leader.send(asked, **ticked(asked))
    drawn = leader.send(refused, confirm="y", **ticked(refused))

    assert untouched.status == 303
    assert refused.status == 422
    assert drawn.status == 303
    assert kept(app, leader, "F1", "where")["draws"] == 2


# --- the most recent, and the clock -----------------------------------------------------------------


def test_the_most_recent_may_be_taken_and_never_count_as_drawn(app: Flask, leader: Leader) -> None:
    taken = leader.answer("F1/where", population=52, **{**LIST, "way": "latest"})

    assert taken.location == leader.base + "F1/sample"
    assert shown(leader, "F1") == [1, 2, 3, 4, 5, 6, 7, 8]
    assert leader.open("F1/where").form("/where").fields["way"] == "latest"
    assert "one of the latest" in leader.open("F1/1").text
    assert "the most recent were taken, so it counts as not drawn" in leader.open("check").text


def test_coming_back_from_the_most_recent_to_a_draw_is_a_second_sample(app: Flask, leader: Leader) -> None:
    leader.answer("F1/where", population=52, **{**LIST, "way": "latest"})

    refused = leader.answer("F1/where", population=52, **LIST)
    drawn = leader.send(refused, confirm="y")

    assert refused.status == 422
    assert drawn.location == leader.base + "F1/belief"
    assert kept(app, leader, "F1", "where")["draws"] == 2


def test_a_check_with_a_clock_says_its_seconds_and_works_without_one(leader: Leader) -> None:
    leader.start(form="full")
    leader.draw("F1", 52)

    page = leader.open("F1/1")

    assert 'data-timer-s="120"' in page.text
    assert leader.check_item("F1", 1).status == 303
    assert "data-timer-s" not in leader.open("F1/6").text


# --- a note, and what is covered --------------------------------------------------------------------


def test_a_note_the_place_and_the_days_are_shown_on_the_check_page(app: Flask, leader: Leader) -> None:
    leader.draw("F1", 52, note="The tracker moved in May.\nOld items are in the archive.")

    text = leader.open("check").text

    assert "<dd>The tracker moved in May.\nOld items are in the archive.</dd>" in text
    assert "<dt>Where are they recorded?</dt>" in text
    assert "<dt>Days covered</dt>" in text
    assert kept(app, leader, "F1", "where")["note"].startswith("The tracker moved")


def test_a_note_stands_in_no_answers_document(app: Flask, leader: Leader) -> None:
    leader.draw("F1", 3, note="A word for ourselves")
    for number in (1, 2, 3):
        leader.check_item("F1", number)

    document = leader.client.get(leader.finish().location.rstrip("/") + ".json").get_data(as_text=True)

    assert "A word for ourselves" not in document


@pytest.mark.parametrize(
    ("note", "fault"),
    [
        ("x" * 4_001, "This has 4,001 characters; at most 4,000 fit. Shorten it."),
        ("\n" * 200, "This has 201 lines; at most 200 fit. Shorten it."),
    ],
)
def test_a_note_has_its_limits(leader: Leader, note: str, fault: str) -> None:
    page = leader.answer("F1/where", way="none", note=note)

    assert page.status == 422
    assert faults(page) == [fault]


@pytest.mark.parametrize(
    ("note", "warns"),
    [
        ("ask jo@example.org", True),
        ("call +44 (0)20 7946 0958", True),
        ("seen on 2026-03-31 in run 1842", False),
        ("@channel was told", False),
    ],
)
def test_a_note_that_seems_to_name_somebody_is_kept_with_a_warning(
    app: Flask, leader: Leader, note: str, warns: bool
) -> None:
    sent = leader.answer("F1/where", way="none", note=note)

    assert sent.status == 303
    assert kept(app, leader, "F1", "where")["note"] == note
    assert note in html.unescape(leader.open("check").text)
    for path in ("check", "F1/where"):
        assert ("seems to hold an e-mail address" in leader.open(path).text) is warns
