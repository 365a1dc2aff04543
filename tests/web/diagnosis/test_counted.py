"""What an export has answered is shown in place of its questions, and gives them back as they were."""

from __future__ import annotations

import json
import re

from flask import Flask

from tests.leader import Leader
from tests.web.diagnosis.common import ITEM, count, kept

ALL_OF_F1 = ("VD1", "VD2", "IN1", "FR1")


def said_of(text: str, title: str) -> str:
    """Return what a page says below or beside a title, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", text.partition(title)[2][:700]).split())


def test_tasks_and_check_page_tell_what_was_counted_in_place_of_what_is_asked(
    app: Flask, begun: Leader
) -> None:
    count(app, begun, *ALL_OF_F1)

    tasks, check = begun.open("").text, begun.open("check").text

    told = "48 sound, 1 failing, 1 could not be verified"
    source = "GitHub, 50 of 61, 24 August to 22 November 2026"
    assert f"Counted {told}. {source}." in said_of(tasks, "The result exists")
    assert f"Counted from an export {told} Source {source}" in said_of(check, "<h3>The result exists")
    count(app, begun, *ALL_OF_F1, population=7)
    assert "5 sound, 1 failing, 1 could not be verified. GitHub, all 7, " in begun.open("").text
    assert begun.open("F1/where").location == begun.base
    assert begun.open("F1/LD1").status == 200


def test_what_an_item_was_found_to_be_is_kept_beside_a_count_and_back_without_it(
    app: Flask, begun: Leader
) -> None:
    begun.draw("F1", 52)
    begun.check_item("F1", 1, mark="no")
    count(app, begun, "VD1", "VD2", "FR1")

    page = begun.open("F1/1")
    begun.send(page, IN1="yes")

    values = kept(app, begun)["F1", "1"].values
    assert {"VD1", "VD2", "FR1"}.isdisjoint(page.form("/F1/1").names)
    assert {name: values[name] for name in ITEM if name in values} == {
        "reference": "F1-1",
        "VD1": "no",
        "VD2": "no",
        "IN1": "yes",
        "FR1": "no",
    }
    count(app, begun)
    assert begun.open("F1/1").form("/F1/1").fields["VD1"] == "no"


def test_nothing_is_asked_of_what_is_expected_once_its_items_were_shown(app: Flask, begun: Leader) -> None:
    count(app, begun, "VD1", "VD2", "FR1")
    begun.draw("F1", 52)
    drawn = kept(app, begun)["F1", "where"].values

    count(app, begun)

    assert kept(app, begun)["F1", "belief"].values == dict.fromkeys(ALL_OF_F1, "skipped")
    assert begun.open("F1/1").status == 200
    changed = begun.answer("F1/where", population=60)
    assert changed.status == 422
    assert kept(app, begun)["F1", "where"].values == drawn


def test_a_sample_that_was_seen_beside_a_count_binds_when_the_count_is_gone(
    app: Flask, leader: Leader
) -> None:
    leader.start(form="pre-scan")
    leader.walk()
    result = leader.open(leader.finish().location)
    leader.base = leader.send(result, to="/onward").location.partition("?")[0]
    count(app, leader, "IN1")
    leader.answer("F1/where", way="items", where="The tracker", query="closed", population=52)
    leader.check_item("F1", 1)
    count(app, leader)

    assert leader.open("F1/1").location == leader.base
    assert leader.answer("F1/where", population=60).location == f"{leader.base}F1/belief"
    assert kept(app, leader)["F1", "where"].values["draws"] == 2


def test_no_more_items_are_announced_than_are_opened(app: Flask, leader: Leader) -> None:
    leader.start(form="full")
    count(app, leader, "VD1", "VD2", "VD3", "VD4", "IN1", "IN2", "FR1", "FR3")

    where = leader.open("F1/where").text
    sample = leader.open(leader.draw("F1", 52).location).text

    assert "Open 5 of them, one by one" in where
    assert len(re.findall(r"<tr>\s*<th scope=\"row\"", sample)) == 5


def test_a_diagnosis_that_was_counted_is_finished_with_where_its_counts_come_from(
    app: Flask, begun: Leader
) -> None:
    count(app, begun, *ALL_OF_F1, link_derived=True)
    begun.answer("F8/RC1", answer="never", source="memory")

    report = begun.finish().location

    document = json.loads(begun.open(f"{report.rstrip('/')}.json").text)
    assert set(document["answers"]["counted"]) == set(ALL_OF_F1)
    assert document["answers"]["observations"]["VD1"]["grade"] == "E4"
    assert document["answers"]["observations"]["VD1"]["link_derived"] is True
    everything = json.loads(begun.open("everything").text)
    assert everything["answers"]["counted"] == document["answers"]["counted"]
