"""A team is measured again: with later days alone, and what changed is frozen in the later result."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.report.document import html
from assessment.report.sections import told
from assessment.store import assessments, following, reports
from assessment.web.current import library
from assessment.web.journey.days import in_words, today
from tests.leader import Leader, Seen
from tests.report.made import ALL_FAILING, ALL_SOUND, ATLAS
from tests.web.finished import Counts, days_ago, finished, id_of

BUTTON = "Measure this team again"


@pytest.fixture
def leader(client: FlaskClient) -> Leader:
    return Leader(client)


def words(page: Seen) -> str:
    """Return what a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def measured_again(leader: Leader, found: Counts = ALL_FAILING) -> tuple[str, str]:
    """Finish one, measure the team again, and finish that; return the addresses of both results."""
    earlier = finished(leader, found)
    sent = leader.send(leader.open("again"))
    assert sent.status == 303, sent.text
    leader.base = sent.location.partition("?")[0]
    leader.walk()
    return earlier, leader.finish().location


# --- beginning --------------------------------------------------------------------------------------


def test_a_result_leads_to_another_look_at_the_same_team(leader: Leader) -> None:
    result = finished(leader)

    page = leader.open(result)

    assert leader.base + "again" in page.links
    assert f"{result}compare" in page.links


def test_the_tasks_say_what_they_are_another_look_after(app: Flask, leader: Leader) -> None:
    code = re.findall(r"[A-Z]+-\w{4}-\w{4}", leader.open(finished(leader)).text)[0]
    earlier = id_of(leader.base)
    leader.base = leader.send(leader.open("again")).location.partition("?")[0]

    assert f"Another look after {code}, finished on {in_words(today())}" in words(leader.open(""))

    with app.app_context():
        assessments.delete(earlier)

    assert "A diagnosis that has been deleted since" in words(leader.open(""))


def test_a_result_from_memory_leads_to_no_comparison(leader: Leader) -> None:
    leader.start(form="pre-scan")
    leader.walk()
    page = leader.open(leader.finish().location)

    assert BUTTON not in page.text
    assert leader.open("again").status == 404


def test_what_is_known_of_the_team_is_proposed_and_the_days_begin_after_the_earlier_ones(
    leader: Leader,
) -> None:
    finished(leader, ended=120, team_size=9, label="Team Ätlas", work="service", window_days=60)

    page = leader.open("again")
    fields = page.form().fields

    assert page.form().choices["form"] == ["quick", "full"]  # what is answered from memory is not compared
    assert (fields["form"], fields["label"], fields["team_size"]) == ("quick", "Team Ätlas", "9")
    assert (fields["window_days"], fields["work"]) == ("60", "service")
    assert fields["window_end"] == days_ago(0).isoformat()


def test_where_the_same_length_does_not_fit_yet_a_shorter_one_is_proposed_and_the_day_is_said(
    leader: Leader,
) -> None:
    finished(leader, ended=40)

    page = leader.open("again")

    assert page.form().fields["window_days"] == "39"
    assert f"A window as long as before can end on {in_words(days_ago(40 - 91))} at the earliest." in words(
        page
    )
    assert leader.send(page).status == 303


def test_where_it_is_too_early_nothing_is_begun_and_the_earliest_day_is_said(leader: Leader) -> None:
    finished(leader, ended=7)

    page = leader.open("again")

    assert page.status == 200
    assert f"The shortest window can end on {in_words(days_ago(-1))}" in words(page)
    assert [form for form in page.forms if "label" in form.names] == []


def test_on_the_first_day_that_the_shortest_window_fits_it_can_be_begun(leader: Leader) -> None:
    finished(leader, ended=8)

    page = leader.open("again")

    assert page.form().fields["window_days"] == "7"
    assert leader.send(page).status == 303


def test_days_that_the_earlier_one_saw_are_refused_with_the_first_that_may_be_the_last(
    leader: Leader,
) -> None:
    finished(leader, ended=120)
    page = leader.open("again")

    refused = leader.send(page, window_end=days_ago(30).isoformat(), label="Team Atlas again")

    assert refused.status == 422
    assert f"90 days can end on {in_words(days_ago(29))} at the earliest." in words(refused)
    assert refused.form().fields["label"] == "Team Atlas again"
    assert leader.send(page, window_end=days_ago(29).isoformat()).status == 303


def test_a_form_that_is_sent_twice_begins_one(app: Flask, leader: Leader) -> None:
    finished(leader)
    page = leader.open("again")

    first, second = leader.send(page), leader.send(page)

    assert first.location == second.location
    with app.app_context():
        found = following.followed(id_of(first.location))
    assert found is not None
    assert found.report_id is not None


def test_somebody_else_cannot_measure_it_again(app: Flask, leader: Leader) -> None:
    result = finished(leader)
    stranger = Leader(app.test_client(), leader.base)

    assert stranger.open("again").status == 404
    assert stranger.open(f"{result}compare").status == 404


def test_what_is_not_finished_is_not_measured_again(leader: Leader) -> None:
    leader.start()

    assert leader.open("again").location == leader.base
    form = leader.open("leave").form().fields
    sent = leader.client.post(
        leader.base + "again",
        data={"csrf_token": form["csrf_token"], "request_id": form["request_id"], "label": "by hand"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert sent.status_code == 409
    assert "by hand" in sent.text


# --- finishing --------------------------------------------------------------------------------------


def test_the_later_result_says_what_has_changed_behind_its_first_page(leader: Leader) -> None:
    _, later = measured_again(leader)

    page = leader.open(later)

    assert (
        page.text.index('id="readings"')
        < page.text.index('id="then-and-now"')
        < page.text.index('id="lineage"')
    )
    assert "That is a reliable improvement" in words(page)


def test_an_earlier_one_that_is_deleted_later_leaves_the_later_report_as_it_was(
    app: Flask, leader: Leader
) -> None:
    earlier, later = measured_again(leader)
    with app.app_context():
        before = reports.load(id_of(later))
        held = reports.load(id_of(earlier)).assessment_id
        paper = html(
            told(json.loads(before.diagnosis), library().current, library(), base_address="http://a")
        )

        assessments.delete(held)

        after = reports.load(id_of(later))
        again = html(told(json.loads(after.diagnosis), library().current, library(), base_address="http://a"))
    assert after == before
    assert again == paper
    assert "That is a reliable improvement" in words(leader.open(later))


def test_an_earlier_one_that_is_deleted_first_is_said_to_be_gone(app: Flask, leader: Leader) -> None:
    finished(leader)
    earlier = id_of(leader.base)
    leader.base = leader.send(leader.open("again")).location.partition("?")[0]
    with app.app_context():
        assessments.delete(earlier)
    leader.walk()

    page = leader.open(leader.finish().location)

    assert "The earlier diagnosis was deleted before this one was finished." in words(page)
    assert "improvement" not in words(page)


def test_a_result_that_follows_none_has_no_such_section(leader: Leader) -> None:
    leader.start()
    leader.walk()
    result = leader.finish().location

    assert 'id="then-and-now"' not in leader.open(result).text
    assert "comparison" not in json.loads(leader.client.get(f"{result[:-1]}.json").data)


def test_what_goes_on_from_memory_compares_nothing(leader: Leader) -> None:
    leader.start(form="pre-scan")
    leader.walk()
    result = leader.open(leader.finish().location)
    leader.base = leader.send(result, to="/onward").location.partition("?")[0]
    leader.walk()

    page = leader.open(leader.finish().location)

    assert 'id="then-and-now"' not in page.text


def test_who_deletes_the_earlier_one_is_told_what_stays_in_the_later_report(leader: Leader) -> None:
    finished(leader)
    earlier = leader.base
    assert "holds its counts" not in words(leader.open("leave"))
    leader.base = leader.send(leader.open("again")).location.partition("?")[0]
    leader.walk()
    leader.finish()

    leader.base = earlier

    assert "The report of the later diagnosis holds its counts and figures" in words(leader.open("leave"))


def test_the_file_of_everything_says_which_one_it_follows_or_that_this_is_gone(
    app: Flask, leader: Leader
) -> None:
    finished(leader)
    earlier = id_of(leader.base)
    assert json.loads(leader.open("everything").response.data)["assessment"]["follows"] is None
    leader.base = leader.send(leader.open("again")).location.partition("?")[0]
    told_before = json.loads(leader.open("everything").response.data)["assessment"]["follows"]

    with app.app_context():
        assessments.delete(earlier)

    assert re.fullmatch(r"[A-Z]+-[A-Z0-9]{4}-[A-Z0-9]{4}", told_before["code"])
    assert json.loads(leader.open("everything").response.data)["assessment"]["follows"] == {"code": None}


# --- comparing two that are there -------------------------------------------------------------------


def test_two_that_were_begun_apart_are_compared_on_a_page(leader: Leader) -> None:
    earlier = finished(leader, ALL_SOUND, ended=120)
    later = finished(leader, ALL_FAILING, ended=1)

    page = leader.open(next(link for link in leader.open(f"{later}compare").links if "with=" in link))

    assert page.path == f"{later}compare?with={id_of(earlier)}"
    assert "That is a reliable decline" in words(page)


def test_the_later_of_two_leads_to_the_same_comparison(leader: Leader) -> None:
    earlier = finished(leader, ended=120)
    later = finished(leader, ended=1)

    page = leader.open(f"{earlier}compare")

    assert f"{later}compare?with={id_of(earlier)}" in page.links
    assert "It is the later of the two." in words(page)


def test_one_that_cannot_be_compared_is_listed_with_its_reason(leader: Leader) -> None:
    finished(leader, ended=60)
    finished(leader, {name: marks for name, marks in ATLAS.items() if name not in ("LD1", "DC3")}, ended=150)
    leader.start(form="pre-scan")
    leader.walk()
    leader.finish()
    later = finished(leader, ended=1)

    page = leader.open(f"{later}compare")

    assert words(page).count("Not comparable") == 3
    assert "Some of these days were seen by this one, too, which looked at" in words(page)
    assert re.search(r"It prints no Likely: [^:]+: 2 of 4 indicators are answered", words(page))
    assert "It was answered from memory, and prints no Likely that could be compared." in words(page)
    assert [link for link in page.links if "with=" in link] == []


def test_a_browser_that_holds_no_other_is_told_so(leader: Leader) -> None:
    result = finished(leader)

    assert "This browser holds no other finished diagnosis." in words(leader.open(f"{result}compare"))


def test_only_what_this_browser_holds_is_compared(app: Flask, leader: Leader) -> None:
    theirs = finished(Leader(app.test_client()), ended=120)
    mine = finished(leader, ended=1)

    assert leader.open(f"{mine}compare?with={id_of(theirs)}").status == 404
    assert leader.open(f"{mine}compare?with=nothing").status == 404
