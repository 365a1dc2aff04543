"""A diagnosis is begun: what is asked for it, what a browser is given, and what is begun once."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from assessment.app import create_app
from assessment.store import assessments, database
from assessment.store.models import Assessment
from tests.answers import shipped
from tests.conftest import some_settings
from tests.leader import OUR_PAGE, Leader
from tests.web.diagnosis.common import FACTS, errors, path_of


def test_the_start_page_asks_for_no_person_and_sets_no_cookie(leader: Leader) -> None:
    page = leader.open("/diagnosis/")

    assert page.status == 200
    assert page.form().names == {"csrf_token", "request_id", *FACTS, "window_end"}
    assert "Set-Cookie" not in page.response.headers


def test_the_start_page_offers_every_length_with_its_time_purpose_and_limit(
    app: Flask, leader: Leader
) -> None:
    page = leader.open("/diagnosis/")

    text = html.unescape(page.text)
    forms = app.extensions["library"].current.forms
    assert page.form().choices["form"] == [each.id for each in forms]
    assert all(words in text for each in forms for words in (each.name, each.purpose, each.limit))
    assert "about 15 minutes with counts that you have; longer with items to open, up to 41" in text
    assert "about 1 hour with counts that you have; longer with items to open, up to 122" in text
    assert "90 seconds with counts" not in text  # memory opens nothing
    assert "form" not in page.form().fields  # nothing is chosen beforehand


def test_a_length_may_be_chosen_by_the_address(leader: Leader) -> None:
    assert leader.open("/diagnosis/?form=full").form().fields["form"] == "full"


@pytest.mark.parametrize(
    "path",
    ["?form=endless", "?form=", "?instrument=nothing", "questions/endless", "questions?instrument=nothing"],
)
def test_a_length_or_an_instrument_that_is_not_offered_is_not_there(leader: Leader, path: str) -> None:
    assert leader.open("/diagnosis/" + path).status == 404


@pytest.mark.parametrize(("form", "asked"), [("quick", 12), ("full", 33)])
def test_every_question_can_be_read_before_starting(
    app: Flask, leader: Leader, form: str, asked: int
) -> None:
    instrument = app.extensions["library"].current

    page = html.unescape(leader.open(f"/diagnosis/questions/{form}").text)

    indicators = instrument.asked(form)
    checks = [c for frame in instrument.frames.values() for c in frame.checks if c.indicator in indicators]
    singles = [s for each in instrument.passes for s in each.singles if s.indicator in indicators]
    assert len(checks) + len(singles) == asked
    assert all(each.question in page and each.hint in page for each in (*checks, *singles))


def test_what_is_asked_from_memory_can_be_read_before_starting(app: Flask, leader: Leader) -> None:
    instrument = app.extensions["library"].current

    page = html.unescape(leader.open("/diagnosis/questions/pre-scan").text)

    asked = instrument.asked("pre-scan")
    checks = [c for frame in instrument.frames.values() for c in frame.checks if c.indicator in asked]
    singles = [s for each in instrument.passes for s in each.singles if s.indicator in asked]
    assert len(checks) + len(singles) == 7
    assert all(check.from_memory in page for check in checks)
    assert all(choice.text in page for single in singles for choice in single.choices)
    assert "Think of the last 10 items declared done." in page


def test_the_old_address_of_the_questions_leads_to_those_about_records(leader: Leader) -> None:
    page = leader.open("/diagnosis/questions")

    assert (page.status, page.location) == (302, "/diagnosis/questions/quick")


def test_where_two_instruments_are_offered_either_may_be_begun(
    app: Flask, leader: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = app.extensions["library"]
    second = library.current.model_copy(
        update={"key": "second-look/2.0.0", "name": "A second look", "forms": library.current.forms[-1:]}
    )
    both = replace(
        library,
        instruments={**library.instruments, second.key: second},
        offered={**library.offered, "second-look": second},
    )
    monkeypatch.setitem(app.extensions, "library", both)

    own = leader.open("/diagnosis/")
    page = leader.open("/diagnosis/?instrument=second-look")
    begun = leader.send(page, **{**FACTS, "form": "full"})
    refused = leader.send(page, **{**FACTS, "form": "quick"})

    assert "/diagnosis/?instrument=second-look" in own.links
    assert f"/diagnosis/?instrument={library.site.instrument}" in page.links
    assert page.form().choices["form"] == ["full"]
    assert "A second look 2.0.0" in leader.open(begun.location).text
    assert (refused.status, errors(refused)) == (422, ["Choose which diagnosis it shall be."])
    assert leader.open(f"/diagnosis/questions/quick?instrument={library.site.instrument}").status == 200


def test_a_start_for_an_instrument_that_is_gone_is_handed_back(leader: Leader) -> None:
    fields = {**leader.open("/diagnosis/").form().fields.to_dict(), **FACTS}

    sent = leader.client.post("/diagnosis/?instrument=gone", data=fields, headers=OUR_PAGE)

    assert sent.status_code == 404
    assert "Team Atlas" in sent.get_data(as_text=True)


def test_memory_is_asked_for_no_window_and_no_kind_of_work(app: Flask, leader: Leader) -> None:
    looked_at = {"window_days": "", "window_end": "31/12/2025", "work": None}
    begun = leader.send(leader.open("/diagnosis/"), **{**FACTS, "form": "pre-scan", **looked_at})

    holder = leader.client.get_cookie("holder")
    assert begun.status == 303
    assert holder
    with app.app_context():
        [held] = assessments.listed(holder.value)
    assert held.facts == {
        "form": "pre-scan",
        "label": "Team Atlas",
        "team_size": 8,
        "window_days": app.extensions["library"].current.window_days,
        "window_end": datetime.now(UTC).date().isoformat(),
        "work": "",
    }
    assert "<dt>Window</dt>" not in leader.open(begun.location).text


def test_starting_leads_to_the_tasks_with_the_private_link_on_them(leader: Leader) -> None:
    begun = leader.send(leader.open("/diagnosis/"), **FACTS)
    tasks = leader.open(begun.location)

    assert begun.status == 303
    assert "Team Atlas" in tasks.text
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/diagnosis/resume/[\w-]{43}", tasks.private_link)


def test_the_one_cookie_is_closed_to_scripts_and_to_other_sites(leader: Leader) -> None:
    begun = leader.send(leader.open("/diagnosis/"), **FACTS)

    [cookie] = begun.response.headers.getlist("Set-Cookie")
    assert re.match(r"holder=[\w-]{43};", cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_over_https_the_cookie_belongs_to_this_host_alone(tmp_path: Path, migrated: Path) -> None:
    app = create_app(
        some_settings(migrated, BASE_URL="https://localhost", DATABASE_URL=f"sqlite:///{tmp_path}/a.db")
    )
    with app.app_context():
        database.db.create_all()

    begun = Leader(app.test_client()).send(Leader(app.test_client()).open("/diagnosis/"), **FACTS)

    [cookie] = begun.response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-holder=")
    assert "Secure" in cookie


def test_a_start_is_pinned_to_the_instrument_as_it_was(app: Flask, begun: Leader) -> None:
    holder = begun.client.get_cookie("holder")
    assert holder

    with app.app_context():
        [held] = assessments.listed(holder.value)

    current = app.extensions["library"].current
    assert (held.instrument_key, held.instrument_sha256) == (current.key, current.sha256)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"label": ""}, "Write a name for the team."),
        ({"label": " \t"}, "Write a name for the team."),
        ({"label": "x" * 81}, "This has 81 characters; at most 80 fit. Shorten it."),
        (
            {"label": "bell\x07"},
            "This holds a character that cannot be printed. Delete it or type the text anew.",
        ),
        ({"team_size": "1"}, "Write a number from 2 to 5,000."),
        ({"team_size": "eight"}, "Write a whole number from 2 to 5,000, in digits."),
        ({"team_size": "\u0668"}, "Write a whole number from 2 to 5,000, in digits."),
        ({"team_size": "-8"}, "Write a whole number from 2 to 5,000, in digits."),
        ({"window_days": "6"}, "Write a number from 7 to 366."),
        ({"window_days": ""}, "Write how many days are looked at."),
        ({"window_end": "31/12/2025"}, "“31/12/2025” is not a date. Write it as year-month-day: 2026-03-31."),
        ({"window_end": "2999-01-01"}, "This day is still to come. Choose today or an earlier day."),
        ({"window_end": "0001-01-01"}, "Write a year from 1990 on."),
        ({"work": None}, "Choose the kind of work that comes closest."),
        ({"work": "mischief"}, "Choose the kind of work that comes closest."),
        ({"form": None}, "Choose which diagnosis it shall be."),
        ({"form": "endless"}, "Choose which diagnosis it shall be."),
    ],
)
def test_a_wrong_start_is_refused_beside_its_field_and_nothing_typed_is_lost(
    leader: Leader, typed: dict[str, str], fault: str
) -> None:
    page = leader.send(leader.open("/diagnosis/"), **{**FACTS, **typed})

    assert page.status == 422
    assert errors(page) == [fault]
    assert "<title>Error: " in page.text
    refilled = page.form().fields
    assert {name: refilled.get(name) for name in ("label", "team_size")} == {
        name: {**FACTS, **typed}[name] for name in ("label", "team_size")
    }


@pytest.mark.parametrize("typed", ["1500", "1,500", "1 500", "1\u202f500"])
def test_a_number_may_be_written_with_its_thousands_apart(app: Flask, leader: Leader, typed: str) -> None:
    leader.send(leader.open("/diagnosis/"), **{**FACTS, "team_size": typed})

    holder = leader.client.get_cookie("holder")
    assert holder
    with app.app_context():
        [held] = assessments.listed(holder.value)
    assert held.facts["team_size"] == 1500


def test_a_draft_is_called_one_before_anything_is_asked(leader: Leader) -> None:
    assert ("The questions are a draft." in leader.open("/diagnosis/").text) == shipped().draft


def test_the_same_start_sent_twice_begins_one_diagnosis(begun: Leader) -> None:
    page = begun.open("/diagnosis/")

    first = begun.send(page, **FACTS)
    second = begun.send(page, **FACTS)

    assert first.location == second.location


def all_begun(app: Flask) -> int:
    """Return how many diagnoses the database holds, of whomever."""
    with app.app_context(), database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(Assessment)).scalar_one())


@pytest.mark.parametrize("holds_a_cookie", [False, True])
def test_starts_sent_at_the_same_time_begin_one_diagnosis(
    app: Flask, leader: Leader, holds_a_cookie: bool
) -> None:
    if holds_a_cookie:
        leader.start()
    form = leader.open("/diagnosis/").form()
    fields = {**form.fields.to_dict(), **FACTS}
    cookie = leader.client.get_cookie("holder")
    before, together = all_begun(app), Barrier(8)

    def send(_: int) -> tuple[str, str]:
        client = app.test_client()
        if cookie:
            client.set_cookie("holder", cookie.value)
        together.wait(timeout=60)
        sent = client.post("/diagnosis/", data=fields, headers=OUR_PAGE)
        given = client.get_cookie("holder")
        assert given
        return sent.headers["Location"], given.value

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))

    assert len(answers) == 1  # one address, and one cookie that opens it
    assert all_begun(app) == before + 1
    [(location, holder)] = answers
    leader.client.set_cookie("holder", holder)
    tasks = leader.open(location)
    opened = leader.send(leader.open(path_of(tasks.private_link)))
    assert opened.location == location.partition("?")[0]


@pytest.mark.parametrize("keeps_its_cookie", [True, False])
def test_an_old_form_with_other_facts_begins_another_diagnosis(
    leader: Leader, keeps_its_cookie: bool
) -> None:
    page = leader.open("/diagnosis/")
    first = leader.send(page, **FACTS)
    if not keeps_its_cookie:
        leader.client.delete_cookie("holder")

    other = leader.send(page, **{**FACTS, "label": "Team Beacon"})

    tasks = leader.open(other.location)
    assert first.location.partition("?")[0] != other.location.partition("?")[0]
    assert "<h1>Team Beacon</h1>" in tasks.text
    assert leader.send(leader.open(path_of(tasks.private_link))).location == other.location.partition("?")[0]


def test_a_start_repeated_after_its_links_were_ended_leads_to_what_it_began(begun: Leader) -> None:
    page = begun.open("/diagnosis/")
    first = begun.send(page, **FACTS)
    begun.base = first.location.partition("?")[0]
    begun.send(begun.open(""), to="/link", end="yes")

    again = begun.send(page, **FACTS)

    assert again.location == first.location
    assert "private-link" not in begun.open(again.location).text


def test_the_address_after_a_start_does_not_tell_what_the_form_carried(leader: Leader) -> None:
    page = leader.open("/diagnosis/")

    begun = leader.send(page, **FACTS)

    assert page.form().fields["request_id"] not in begun.location


PLANTED = "A" * 43


def test_a_planted_cookie_is_not_taken_over_by_a_start(app: Flask, leader: Leader) -> None:
    leader.client.set_cookie("holder", PLANTED)

    leader.start()

    cookie = leader.client.get_cookie("holder")
    assert cookie
    assert cookie.value != PLANTED
    with app.app_context():
        assert assessments.listed(PLANTED) == []


def test_a_planted_cookie_is_not_taken_over_by_a_private_link(
    app: Flask, leader: Leader, other: Leader
) -> None:
    link = leader.start().private_link
    other.client.set_cookie("holder", PLANTED)

    other.send(other.open(path_of(link)))

    assert other.open(leader.base).status == 200
    with app.app_context():
        assert assessments.listed(PLANTED) == []


def test_what_this_browser_has_begun_is_listed_and_nobody_elses(begun: Leader, other: Leader) -> None:
    other.start(label="Team Beacon")

    page = begun.open("/diagnosis/")

    assert begun.base in page.links
    assert "Team Beacon" not in page.text
