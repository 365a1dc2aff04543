"""From what is remembered to what is looked at: one button, the same team, and what was said is locked."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.store import assessments
from tests.another import NAME, another
from tests.leader import OUR_PAGE, Leader, Seen

BUTTON = "Start the Quick diagnosis with these counts"
SAID = {"VD1": 7, "VD2": 6, "FR1": 0}


@pytest.fixture
def remembered(client: FlaskClient) -> Seen:
    """The result of somebody who has answered the pre-scan, at the browser that holds it."""
    return remember(Leader(client))


def remember(leader: Leader, **facts: Any) -> Seen:
    """Answer everything from memory: some counts, the second choice, and of one check nothing."""
    leader.start(form="pre-scan", **{"label": "Team Atlas", "team_size": 9, **facts})
    leader.walk(some_memory)
    return leader.open(leader.finish().location)


def some_memory(path: str, page: Seen) -> dict[str, Any]:
    names = page.forms[0].names
    if "choice" in names:
        return {"choice": 1}
    asked = [name.removesuffix("-unknown") for name in names if name.endswith("-unknown")]
    return {name: SAID.get(name, 3) for name in asked if name != "DC1"} | (
        {"DC1-unknown": "y"} if "DC1" in asked else {}
    )


def lead_on(client: FlaskClient, result: Seen) -> Leader:
    """Press the button; return the leader at what it began."""
    sent = Leader(client).send(result, to="/onward")
    assert sent.status == 303, sent.text
    return Leader(client, sent.location.partition("?")[0])


def facts_of(app: Flask, leader: Leader) -> dict[str, Any]:
    """Return what is kept of the start of a diagnosis."""
    holder = leader.client.get_cookie("holder")
    assert holder is not None
    with app.app_context():
        held = assessments.held(leader.base.split("/")[2], by=holder.value)
    assert held is not None
    return held.facts


def document_of(leader: Leader) -> dict[str, Any]:
    """Finish and return the answers in the result."""
    report = leader.finish().location
    found: dict[str, Any] = json.loads(leader.client.get(report.rstrip("/") + ".json").data)["answers"]
    return found


# --- the button ---------------------------------------------------------------------------------------


def test_a_result_from_memory_has_the_one_button_that_leads_on(remembered: Seen) -> None:
    assert remembered.text.count(BUTTON) == 1
    assert len([form for form in remembered.forms if form.action.endswith("/onward")]) == 1
    assert "your counts are locked" in remembered.text.lower()


def test_a_result_of_looking_has_none_and_cannot_be_led_on_from(client: FlaskClient) -> None:
    leader = Leader(client)
    leader.start()
    leader.walk()
    result = leader.open(leader.finish().location)

    form = result.form("/link")
    sent = client.post(leader.base + "onward", data=form.fields, headers=OUR_PAGE)

    assert "with these counts" not in result.text
    assert sent.status_code == 409
    assert len(leader.open("/diagnosis/").text.split("Team Atlas")) == 2


def test_what_is_not_finished_cannot_be_led_on_from(client: FlaskClient) -> None:
    leader = Leader(client)
    tasks = leader.start(form="pre-scan")

    sent = client.post(leader.base + "onward", data=tasks.form("/link").fields, headers=OUR_PAGE)

    assert sent.status_code == 409
    assert "not finished yet" in sent.text


def test_a_stranger_leads_on_from_nothing(app: Flask, remembered: Seen) -> None:
    form, stranger = remembered.form("/onward"), Leader(app.test_client())
    stranger.start(label="Somebody else")
    fields = {**form.fields, "csrf_token": stranger.open("").forms[0].fields["csrf_token"]}

    foreign = stranger.client.post(form.action, data=fields, headers=OUR_PAGE)
    unknown = stranger.client.post("/diagnosis/unknown/onward", data=fields, headers=OUR_PAGE)

    assert foreign.status_code == unknown.status_code == 404


# --- what it begins -----------------------------------------------------------------------------------


def test_the_same_team_is_begun_on_the_form_that_looks_with_what_was_said(
    app: Flask, client: FlaskClient, remembered: Seen
) -> None:
    begun = lead_on(client, remembered)

    facts = facts_of(app, begun)
    assert (facts["form"], facts["label"], facts["team_size"]) == ("quick", "Team Atlas", 9)
    assert {name: said["count"] for name, said in facts["belief"].items()} == {
        **SAID,
        "RF1": 3,
        "AI1": 3,
        "RC1": 2,
    }
    assert "words" in facts["belief"]["RC1"]


def test_the_tasks_show_a_private_link_of_their_own(client: FlaskClient, remembered: Seen) -> None:
    sent = Leader(client).send(remembered, to="/onward")

    tasks = Leader(client).open(sent.location)
    assert "/resume/" in tasks.private_link
    assert "6 answers from memory, locked" in tasks.text


def test_pressing_twice_at_once_begins_one_diagnosis(
    app: Flask, client: FlaskClient, remembered: Seen
) -> None:
    form, holder, both = remembered.form("/onward"), client.get_cookie("holder"), Barrier(4)
    assert holder is not None

    def press(_: int) -> str:
        browser = app.test_client()
        browser.set_cookie("holder", holder.value)
        both.wait()
        return browser.post(form.action, data=form.fields, headers=OUR_PAGE).headers["Location"]

    with ThreadPoolExecutor(4) as pool:
        led = set(pool.map(press, range(4)))

    assert len(led) == 1
    with app.app_context():
        assert len(assessments.listed(holder.value)) == 2  # what was remembered, and this


def test_making_a_private_link_on_the_same_page_is_another_request(
    client: FlaskClient, remembered: Seen
) -> None:
    leader = Leader(client)
    leader.send(remembered, to="/link")

    begun = lead_on(client, remembered)

    assert begun.open("").status == 200
    assert begun.base.split("/")[2] not in remembered.form("/onward").action


def looked_at(leader: Leader, part: str, **typed: Any) -> Seen:
    """Say where a frame is recorded, and no more."""
    said = {"way": "items", "where": "The tracker", "query": "newest first", "population": 40, **typed}
    return leader.answer(f"{part}/where", **said)


# --- what was said is locked --------------------------------------------------------------------------


def test_what_was_said_stands_read_only_on_the_page_that_asks_the_rest(
    client: FlaskClient, remembered: Seen
) -> None:
    begun = lead_on(client, remembered)

    page = begun.open(looked_at(begun, "F1").location)

    assert page.path.endswith("/F1/belief")
    assert "You said 7 of 10 before looking" in page.text
    assert "VD1" not in page.forms[0].names  # said before looking
    assert "IN1" in page.forms[0].names  # the longer form alone asks it


def test_where_all_was_said_nothing_is_asked_before_the_items_are_shown(
    client: FlaskClient, remembered: Seen
) -> None:
    begun = lead_on(client, remembered)

    drawn = looked_at(begun, "F6a", context_of=44)

    assert drawn.location.endswith("/F6a/sample")


def test_sending_another_count_does_not_change_what_was_said(
    app: Flask, client: FlaskClient, remembered: Seen
) -> None:
    begun = lead_on(client, remembered)
    page = begun.open(looked_at(begun, "F1").location)
    fields = page.forms[0].fields.copy()
    fields.update({"VD1": "1", "skip": "y"})

    client.post(begun.base + "F1/belief", data=fields, headers=OUR_PAGE)

    begun.walk()
    assert document_of(begun)["belief"]["VD1"] == {"count": 7, "of": 10}


def test_the_report_sets_what_was_said_beside_what_was_found(client: FlaskClient, remembered: Seen) -> None:
    begun = lead_on(client, remembered)
    begun.walk()

    result = begun.open(begun.finish().location)

    rows = {
        cells[0].split()[0]: cells[2:]  # behind the figure
        for row in re.findall(r"<tr>(.*?)</tr>", section(result, "belief"), re.DOTALL)
        if (cells := [unescape(c).strip() for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)])
        and cells[0]
    }
    assert rows["VD1"] == ["7 of 10 (70\u00a0%)", "8 of 8 (100\u00a0%)"]
    assert rows["RF1"] == ["3 of 5", "5 of 5"]
    assert rows["DC1"][0] == "2 of 5"  # nothing could be said from memory: it was asked before looking
    single = client.application.extensions["library"].current.passes[-1].singles[0]
    assert rows["RC1"][0].lower() == single.choices[1].text.lower()


def section(page: Seen, anchor: str) -> str:
    """Return a section of a page."""
    found = re.search(rf'<section aria-labelledby="{anchor}">.*?</section>', page.text, re.DOTALL)
    assert found, f"no section {anchor}"
    return found[0]


# --- other instruments and versions -------------------------------------------------------------------


def test_any_instrument_with_a_form_from_memory_leads_on(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, made_up = app.extensions["library"], another()
    both = replace(
        library,
        instruments={**library.instruments, made_up.key: made_up},
        offered={**library.offered, NAME: made_up},
    )
    monkeypatch.setitem(app.extensions, "library", both)
    memory = next(each for each in made_up.forms if each.from_memory)
    longer = next(each for each in made_up.forms if not each.from_memory)
    leader = Leader(client)
    leader.start(f"/diagnosis/?instrument={NAME}", form=memory.id)
    leader.walk()
    result = leader.open(leader.finish().location)

    begun = lead_on(client, result)

    assert f"Start the {longer.name} with these counts" in unescape(result.text)
    facts = facts_of(app, begun)
    assert facts["form"] == longer.id
    assert facts["belief"]


def test_questions_that_are_no_longer_offered_are_not_led_on_to(
    app: Flask, client: FlaskClient, remembered: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = app.extensions["library"]
    monkeypatch.setitem(app.extensions, "library", replace(library, offered={}))

    again = Leader(client).open(remembered.path)
    sent = Leader(client).send(remembered, to="/onward")

    assert "with these counts" not in again.text
    assert sent.status == 409
