"""The leader's journey over HTTP, over a real database: what is kept, refused and handed back."""

from __future__ import annotations

import html
import re
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from assessment.app import create_app
from assessment.core.sampling import positions
from assessment.settings import Settings
from assessment.store import StoreUnavailable, assessments, database, reports
from assessment.store.assessments import Entry
from assessment.store.models import Assessment
from assessment.web import journey
from tests.answers import shipped
from tests.conftest import some_settings
from tests.leader import OUR_PAGE, Leader, Seen

FACTS = {"form": "quick", "label": "Team Atlas", "team_size": "8", "window_days": "90", "work": "software"}
ITEM = {"reference": "ATLAS-1187", "VD1": "yes", "VD2": "no", "IN1": "yes", "FR1": "unverified"}
COUNTS = {"FR2__sound": 5, "FR2__failing": 2, "FR2__unverified": 1, "source": "memory"}
NAUGHTY = (
    "ordinary",
    "  kept with its spaces  ",
    "line one\nline two",
    "tab\there",
    "<script>alert(1)</script><b title='x\"y'>&amp;",
    "=HYPERLINK(1)",
    "{{ 7 * 7 }} {% raw %}",
    "\u202eright to left \u05d0\u05d1",
    "zero\u200bwidth, e\u0301 and \u00e9",
    "\U0001f9ea\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "'; DROP TABLE assessment; --",
    "../../etc/passwd",
)
REFUSED = ("nul\x00", "bell\x07", "escape\x1b[31m", "return\ralone", "delete\x7f", "next line\x85")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    """One database for all of these tests: each begins a diagnosis of its own in it."""
    instance = tmp_path_factory.mktemp("journey") / "instance"
    shutil.copytree(migrated, instance)
    return some_settings(instance)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    """The whole site, for leaders who do not know of each other."""
    app = create_app(settings)
    app.testing = True
    yield app
    with app.app_context():
        database.db.engine.dispose()


@pytest.fixture
def leader(client: FlaskClient) -> Leader:
    """A leader who has begun nothing."""
    return Leader(client)


@pytest.fixture
def begun(leader: Leader) -> Leader:
    """A leader with a fresh diagnosis."""
    leader.start()
    return leader


@pytest.fixture
def other(app: Flask) -> Leader:
    """Somebody else, or the same leader at another browser."""
    return Leader(app.test_client())


def kept(app: Flask, leader: Leader) -> dict[tuple[str, str], Entry]:
    """Return what the database holds of the leader's diagnosis."""
    with app.app_context():
        return assessments.entries(leader.base.split("/")[2])


def errors(page: Seen) -> list[str]:
    """Return what an error summary says, line by line."""
    summary = re.search(r'class="error-summary".*?</ul>', page.text, re.DOTALL)
    return (
        [html.unescape(line) for line in re.findall(r'<a href="#[^"]+">(.*?)</a>', summary[0])]
        if summary
        else []
    )


def rows(settings: Settings) -> list[str]:
    """Return everything that the database holds, as SQL."""
    with sqlite3.connect(settings.instance / "site.db") as connection:
        dump = list(connection.iterdump())
    connection.close()
    return dump


# --- start ----------------------------------------------------------------------------------------


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
    assert "about 15 minutes" in text
    assert "about 1 hour" in text
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
        ({"team_size": "eight"}, "Write a whole number in digits, such as 12."),
        ({"team_size": "\u0668"}, "Write a whole number in digits, such as 12."),
        ({"team_size": "-8"}, "Write a whole number in digits, such as 12."),
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
    opened = leader.send(leader.open(_path(tasks.private_link)))
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
    assert leader.send(leader.open(_path(tasks.private_link))).location == other.location.partition("?")[0]


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

    other.send(other.open(_path(link)))

    assert other.open(leader.base).status == 200
    with app.app_context():
        assert assessments.listed(PLANTED) == []


def test_what_this_browser_has_begun_is_listed_and_nobody_elses(begun: Leader, other: Leader) -> None:
    other.start(label="Team Beacon")

    page = begun.open("/diagnosis/")

    assert begun.base in page.links
    assert "Team Beacon" not in page.text


# --- lists and samples ------------------------------------------------------------------------------


def test_a_list_is_drawn_from_at_the_moment_it_is_saved(app: Flask, begun: Leader) -> None:
    sent = begun.draw("F1", 52)
    page = begun.open(sent.location)

    record = kept(app, begun)["F1", "where"].values
    assert sent.location == begun.base + "F1/sample"
    assert record["positions"] == list(positions(52, 8, record["offset"]))
    assert [int(cell) for cell in re.findall(r"<td>(\d+)</td>", page.text)] == record["positions"]
    assert record["draws"] == 1


def test_positions_are_not_to_be_foreseen_from_another_diagnosis(
    app: Flask, begun: Leader, other: Leader
) -> None:
    other.start()

    for each in (begun, other):
        each.draw("F1", 100_000)

    assert (
        kept(app, begun)["F1", "where"].values["offset"] != kept(app, other)["F1", "where"].values["offset"]
    )


def test_a_list_shorter_than_the_sample_is_opened_whole(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 3)

    assert kept(app, begun)["F1", "where"].values["positions"] == [1, 2, 3]


def test_an_empty_list_is_no_dead_end(begun: Leader) -> None:
    sent = begun.draw("F1", 0)

    assert sent.location == begun.base + "F1/LD1"


def test_the_window_of_done_items_lies_thirty_days_earlier(begun: Leader) -> None:
    last = datetime.now(UTC).date() - timedelta(days=30)

    page = begun.open("F1/where")

    assert f"to {last.day} {last:%B %Y}." in page.text


def test_a_changed_list_is_drawn_anew_only_when_that_is_confirmed(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    first = kept(app, begun)["F1", "where"].values

    refused = begun.draw("F1", 60)
    confirmed = begun.send(refused, confirm="y")

    assert refused.status == 422
    assert errors(refused) == ["You changed the list or its size. Tick this, or put back what was there."]
    assert kept(app, begun)["F1", "where"].values["draws"] == 2
    assert kept(app, begun)["F1", "where"].values["offset"] != first["offset"]
    assert "draw 2 of this list" in begun.open(confirmed.location).text


def test_items_of_an_earlier_draw_no_longer_count(begun: Leader) -> None:
    begun.draw("F1", 52)
    begun.check_item("F1", 1)

    begun.send(begun.draw("F1", 60), confirm="y")

    assert "0 of 8 opened" in begun.open("F1/1").text
    assert begun.open("F1/1").form("/F1/1").fields["reference"] == ""


def test_an_item_opened_before_another_draw_is_handed_back_and_not_kept(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    begun.send(begun.draw("F1", 60), confirm="y")

    sent = begun.send(page, **ITEM)

    assert sent.status == 409
    assert "ATLAS-1187" in sent.text
    assert ("F1", "1") not in kept(app, begun)


def test_leaving_a_list_and_coming_back_gives_the_same_sample(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    first = kept(app, begun)["F1", "where"].values

    begun.answer("F1/where", way="none")
    begun.answer("F1/where", way="items")

    assert kept(app, begun)["F1", "where"].values == first


def test_where_it_is_recorded_may_be_corrected_without_another_draw(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)

    sent = begun.answer("F1/where", where="The other tracker")

    assert sent.status == 303
    assert kept(app, begun)["F1", "where"].values["draws"] == 1


@pytest.mark.parametrize(
    ("part", "typed", "faults"),
    [
        ("F1", {}, ["Choose how you will look."]),
        ("F1", {"way": "sideways"}, ["Choose how you will look."]),
        ("F1", {"way": "not-applicable-0"}, ["Choose how you will look."]),
        (
            "F1",
            {"way": "items"},
            [
                "Write where it is recorded.",
                "Write the list or query, so that somebody else finds the same items.",
                "Write how many there are. If there are none, write 0.",
            ],
        ),
        (
            "F1",
            {"way": "items", "where": "a", "query": "b", "population": "many"},
            ["Write a whole number in digits, such as 12."],
        ),
        (
            "F6a",
            {"way": "items", "where": "a", "query": "b", "population": "9"},
            ["Write how many there are in all. If there are none, write 0."],
        ),
        (
            "F6a",
            {"way": "counts", "population": "9", "context_of": "8"},
            ["This is more than the 8 in all."],
        ),
    ],
)
def test_what_a_list_lacks_is_said_beside_the_field(
    begun: Leader, part: str, typed: dict[str, str], faults: list[str]
) -> None:
    page = begun.answer(f"{part}/where", **typed)

    assert page.status == 422
    assert errors(page) == faults


def test_the_latest_of_a_list_are_never_called_drawn(leader: Leader) -> None:
    leader.start(form="full")
    leader.draw("F8c", 9)
    leader.send(leader.draw("F8c", 10), confirm="y")

    where, sample, check = (leader.open(path).text for path in ("F8c/where", "F8c/sample", "check"))

    assert "Take the latest 4" in where
    assert "The latest are taken, from 10 items" in where
    assert "The latest are taken: nothing is drawn." in sample
    assert "draw 2" not in sample
    assert "counts as not drawn" not in check


def test_not_applicable_is_offered_only_where_the_instrument_allows_it(app: Flask, begun: Leader) -> None:
    offered = {
        part: begun.open(f"{part}/where").form("/where").choices["way"] for part in ("F1", "F5a", "F7a")
    }

    begun.answer("F7a/where", way="not-applicable-0")

    assert offered["F1"] == ["items", "latest", "counts", "none"]
    assert "not-applicable-0" in offered["F5a"]
    record = kept(app, begun)["F7a", "where"].values
    assert (record["way"], record["reason"]) == ("not-applicable", "no AI-assisted work in the window")
    assert 'value="not-applicable-0" checked' in _ordered(begun.open("F7a/where"))


def _ordered(page: Seen) -> str:
    """Return a page with `value` before `checked` in each input, as the test reads it."""
    return re.sub(r'<input checked ([^>]*value="[^"]*")', r"<input \1 checked", page.text)


# --- items, counts, single questions ----------------------------------------------------------------


def test_a_saved_item_leads_to_the_next_and_shows_in_the_tally(begun: Leader) -> None:
    begun.draw("F1", 52)

    sent = begun.answer("F1/1", **ITEM)
    page = begun.open(sent.location)

    assert sent.status == 303
    assert sent.location == begun.base + "F1/2"
    assert "1 of 8 opened" in page.text
    assert "0 sound, 1 failing, 0 could not be verified, 7 not opened yet" in page.text
    assert "Save and open item 3" in page.text


def test_an_item_needs_an_answer_to_each_check(begun: Leader) -> None:
    begun.draw("F1", 52)

    page = begun.answer("F1/1", reference="ATLAS-1187", VD1="yes", VD2="perhaps")

    assert page.status == 422
    assert len(errors(page)) == 3
    assert all(line.endswith(": choose an answer.") for line in errors(page))
    assert page.form("/F1/1").fields["reference"] == "ATLAS-1187"
    assert page.form("/F1/1").fields["VD1"] == "yes"


@pytest.mark.parametrize("text", NAUGHTY)
def test_texts_are_kept_as_typed_and_come_back_as_typed(app: Flask, begun: Leader, text: str) -> None:
    begun.draw("F1", 52, query=text)
    one_line = text.replace("\n", " ")  # what an input of one line does with a line break

    begun.answer("F1/1", **{**ITEM, "reference": one_line})

    assert kept(app, begun)["F1", "where"].values["query"] == text
    assert kept(app, begun)["F1", "1"].values["reference"] == one_line
    assert begun.open("F1/where").form("/where").fields["query"] == text
    assert begun.open("F1/1").form("/F1/1").fields["reference"] == one_line
    assert "<script>" not in begun.open("check").text


def test_the_line_breaks_that_a_browser_sends_are_the_ones_that_were_typed(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52, query="one\r\ntwo")

    assert kept(app, begun)["F1", "where"].values["query"] == "one\ntwo"


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_printed_is_refused_and_handed_back(app: Flask, begun: Leader, text: str) -> None:
    begun.draw("F1", 52)

    page = begun.answer("F1/1", **{**ITEM, "reference": text})

    assert page.status == 422
    assert errors(page) == ["This holds a character that cannot be printed. Delete it or type the text anew."]
    assert text.strip("\r\x00\x07\x7f\x85")[:3] in page.text
    assert ("F1", "1") not in kept(app, begun)


@pytest.mark.parametrize(("name", "longest"), [("where", 500), ("query", 500)])
def test_a_text_may_be_as_long_as_its_limit_and_no_longer(begun: Leader, name: str, longest: int) -> None:
    said = {"way": "items", "where": "a", "query": "b", "population": 9}

    fits = begun.answer("F1/where", **{**said, name: "\U0001f9ea" * longest})
    refused = begun.answer("F2/where", **{**said, name: "x" * (longest + 1)})

    assert fits.status == 303
    assert refused.status == 422
    assert "x" * (longest + 1) in refused.text


def test_counts_are_entered_in_place_of_items(app: Flask, begun: Leader) -> None:
    begun.answer("F2/where", way="counts")

    sent = begun.answer("F2/counts", **COUNTS)

    assert sent.status == 303
    assert kept(app, begun)["F2", "counts"].values == {
        "FR2": {"sound": 5, "failing": 2, "unverified": 1},
        "source": "memory",
        "place": "",
    }


@pytest.mark.parametrize(
    ("population", "typed", "faults"),
    [
        ("", {"FR2__sound": ""}, ["Work in progress is alive: write a number under “Yes”, 0 for none."]),
        (
            "",
            {"FR2__sound": 0, "FR2__failing": 0, "FR2__unverified": 0},
            ["These three make 0. They must make from 1 to 200."],
        ),
        ("", {"FR2__sound": 201}, ["Write a number from 0 to 200."]),
        ("", {"FR2__sound": 199}, ["These three make 202. They must make from 1 to 200."]),
        (6, {}, ["These three make 8. They must make from 1 to 6."]),
        ("", {"source": None}, ["Choose where the counts come from."]),
        ("", {"source": "report"}, ["Write where it lies, or answer that it is from memory."]),
    ],
)
def test_impossible_counts_are_refused(
    begun: Leader, population: Any, typed: dict[str, Any], faults: list[str]
) -> None:
    begun.answer("F2/where", way="counts", population=population)

    page = begun.answer("F2/counts", **{**COUNTS, **typed})

    assert page.status == 422
    assert errors(page) == faults


def test_counts_of_a_list_of_unknown_size_are_not_taken_for_an_empty_list(begun: Leader) -> None:
    begun.answer("F2/where", way="counts")
    begun.answer("F2/counts", **COUNTS)

    assert "none found" not in begun.open("check").text


def test_a_list_cannot_be_made_shorter_than_what_was_counted_in_it(begun: Leader) -> None:
    begun.answer("F2/where", way="counts", population=20)
    begun.answer("F2/counts", **COUNTS)

    page = begun.answer("F2/where", population=7)

    assert errors(page) == ["You entered counts of 8 items. Correct one of the two."]


@pytest.mark.parametrize(
    ("path", "typed", "faults"),
    [
        ("F8/RC1", {}, ["Choose an answer."]),
        ("F8/RC1", {"answer": "date"}, ["Write the date.", "Choose how you know."]),
        (
            "F8/RC1",
            {"answer": "date", "date": "2999-01-01", "source": "memory"},
            ["This day is still to come."],
        ),
        (
            "F8/RC1",
            {"answer": "never", "source": "record"},
            ["Write its reference, or answer that it is from memory."],
        ),
        (
            "F1/LD1",
            {},
            [
                "Write how many you looked at, or tick that it could not be verified.",
                "Write a number, 0 for none.",
                "Choose where the counts come from.",
            ],
        ),
        ("F1/LD1", {"total": 10, "others": 11, "source": "memory"}, ["This is more than the 10 in all."]),
    ],
)
def test_an_incomplete_single_question_is_refused(
    begun: Leader, path: str, typed: dict[str, Any], faults: list[str]
) -> None:
    page = begun.answer(path, **typed)

    assert page.status == 422
    assert errors(page) == faults


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("F8/RC1", {"answer": "date", "date": "2026-01-31", "source": "record", "reference": "Log 7"}),
        ("F8/RC1", {"answer": "never", "source": "memory"}),
        ("F8/RC1", {"answer": "no-record"}),
        ("F1/LD1", {"total": 10, "others": 4, "source": "report", "place": "Board"}),
        ("F1/LD1", {"unverified": "y"}),
    ],
)
def test_a_complete_single_question_is_kept(
    app: Flask, begun: Leader, path: str, typed: dict[str, Any]
) -> None:
    sent = begun.answer(path, **typed)

    part, page = path.split("/")
    record = kept(app, begun)[part, page].values
    assert sent.status == 303
    assert {name: str(record[name]) for name in typed} == {
        name: "True" if name == "unverified" else str(value) for name, value in typed.items()
    }


def test_a_small_team_is_never_asked_for_a_share(leader: Leader) -> None:
    leader.start(team_size=4)

    page = leader.open("F1/LD1")

    assert "total" not in page.form("/LD1").names
    assert leader.answer("F1/LD1", concentrated="no", source="memory").status == 303


def test_where_it_is_already_tomorrow_today_can_be_answered(
    app: Flask, leader: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "today", lambda: date(2026, 6, 30))
    leader.start(window_end="2026-06-30")
    with app.app_context(), database.writing() as connection:  # as if it had been started on that day
        connection.execute(
            update(Assessment)
            .where(Assessment.id == leader.base.split("/")[2])
            .values(started_at=datetime(2026, 6, 30, 12, tzinfo=UTC))
        )
    said = {"answer": "date", "source": "record", "reference": "Log 7"}

    late = leader.answer("F8/RC1", date="2026-07-02", **said)
    kept_today = leader.answer("F8/RC1", date="2026-07-01", **said)
    report = leader.finish().location

    assert errors(late) == ["This day is still to come."]
    assert kept_today.status == 303
    found = leader.client.get(report.rstrip("/") + ".json").json
    assert found["answers"]["as_of"] == "2026-06-30"
    assert found["answers"]["observations"]["RC1"]["sound"] == 4


def test_a_look_back_may_end_years_ago(leader: Leader) -> None:
    leader.start(window_end="2021-06-30")

    assert "From 2 March 2021 to 31 May 2021." in leader.open("F1/where").text
    late = leader.answer("F8/RC1", answer="date", date="2021-07-01", source="memory")
    assert errors(late) == ["This day is still to come."]


# --- from memory ------------------------------------------------------------------------------------

RECALLED = {"VD1": 7, "VD2__unknown": "y", "FR1": 0}


@pytest.fixture
def remembering(leader: Leader) -> Leader:
    """A leader with a fresh diagnosis that is answered from memory."""
    leader.start(form="pre-scan")
    return leader


def test_a_population_is_remembered_on_one_page(app: Flask, remembering: Leader) -> None:
    page = remembering.open("F1/recall")

    sent = remembering.send(page, **RECALLED)

    assert "Think of the last 10 items declared done." in page.text
    assert "Page 1 of 5" in page.text
    assert sent.location == remembering.base + "F4a/recall"
    assert kept(app, remembering)["F1", "recall"].values == {"VD1": 7, "VD2": "unverified", "FR1": 0}
    again = remembering.open("F1/recall").form("/recall").fields
    assert (again["VD1"], again["VD2"], again["FR1"]) == ("7", "", "0")
    assert ("VD2-unknown" in again, "VD1-unknown" in again) == (True, False)


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ({"VD1": 11}, ["Write a number from 0 to 10."]),
        ({"VD1": "most"}, ["Write a whole number in digits, such as 12."]),
        ({"VD1": ""}, ["The result exists: write a number, or tick “I cannot say”."]),
        ({"VD1__unknown": "y"}, ["Write a number or tick “I cannot say”, not both."]),
    ],
)
def test_what_memory_cannot_hold_is_refused_beside_its_field(
    remembering: Leader, typed: dict[str, Any], faults: list[str]
) -> None:
    page = remembering.answer("F1/recall", **{**RECALLED, **typed})

    assert page.status == 422
    assert errors(page) == faults
    assert page.form("/recall").fields["FR1"] == "0"


def test_not_applicable_is_a_tick_where_the_instrument_allows_it(app: Flask, remembering: Leader) -> None:
    both = remembering.answer("F7a/recall", AI1=3, **{"not-applicable-0": "y"})
    sent = remembering.send(both, AI1="")

    assert "not-applicable-0" not in remembering.open("F1/recall").form("/recall").names
    assert errors(both) == ["Take this answer out, or the tick at “Not applicable”."]
    assert sent.status == 303
    assert kept(app, remembering)["F7a", "recall"].values == {"reason": "no AI-assisted work in the window"}
    assert "not-applicable-0" in remembering.open("F7a/recall").form("/recall").fields
    assert "no AI-assisted work in the window" in remembering.open("check").text


@pytest.mark.parametrize(("choice", "record"), [("1", 1), ("unverified", "unverified")])
def test_a_choice_is_kept_and_comes_back(
    app: Flask, remembering: Leader, choice: str, record: int | str
) -> None:
    sent = remembering.answer("F8/RC1", choice=choice)

    assert sent.location == remembering.base + "F1/recall"
    assert kept(app, remembering)["F8", "RC1"].values == {"choice": record}
    assert remembering.open("F8/RC1").form("/RC1").fields["choice"] == choice


@pytest.mark.parametrize("choice", [None, "", "9", "date"])
def test_a_choice_that_is_not_offered_is_refused(remembering: Leader, choice: str | None) -> None:
    page = remembering.answer("F8/RC1", choice=choice)

    assert (page.status, errors(page)) == (422, ["Choose an answer."])


def test_two_windows_do_not_overwrite_each_others_memory(app: Flask, remembering: Leader) -> None:
    here, there = remembering.open("F1/recall"), remembering.open("F1/recall")
    remembering.send(there, **RECALLED)

    page = remembering.send(here, **{**RECALLED, "VD1": 2, "VD2": 3, "VD2__unknown": None})

    assert page.status == 409
    assert "<td>7 of 10</td><td>2 of 10</td>" in page.text
    assert "<td>I cannot say</td><td>3 of 10</td>" in page.text
    assert kept(app, remembering)["F1", "recall"].values["VD1"] == 7


@pytest.mark.parametrize("path", ["F1/where", "F1/1", "F1/counts", "F1/sample"])
def test_memory_has_no_lists_and_lists_no_memory(begun: Leader, other: Leader, path: str) -> None:
    other.start(form="pre-scan")

    asked, remembered = begun.open("F1/recall"), other.open(path)

    assert (asked.status, asked.location) == (303, begun.base)
    assert (remembered.status, remembered.location) == (303, other.base)


def test_the_check_of_what_is_remembered_promises_what_its_report_holds(remembering: Leader) -> None:
    assert "what was said, answer by answer." in remembering.open("check").text
    assert "what to verify first" not in remembering.open("check").text


# --- a state that may not apply ---------------------------------------------------------------------


def test_a_single_question_may_not_apply_where_the_instrument_allows_it(app: Flask, leader: Leader) -> None:
    leader.start(form="full")

    sent = leader.answer("F7/AI3", level="not-applicable-0")

    assert sent.status == 303
    record = kept(app, leader)["F7", "AI3"].values
    assert (record["level"], record["reason"]) == (None, "no AI-assisted work in the window")
    assert leader.open("F7/AI3").form("/AI3").fields["level"] == "not-applicable-0"
    assert "no AI-assisted work in the window" in leader.open("check").text
    assert "not-applicable-0" not in leader.open("F8/VS4").form("/VS4").choices["level"]


def test_answers_whose_wording_is_provisional_are_called_so(leader: Leader) -> None:
    leader.start(form="full")

    assert "The wording of these answers is provisional." in leader.open("F8/VS4").text
    assert "provisional" not in leader.open("F7/AI3").text
    assert "The wording of these answers is provisional." in leader.open("/diagnosis/questions/full").text


# --- two windows, repeated and lost requests --------------------------------------------------------


def test_two_windows_never_overwrite_each_other_in_silence(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    here, there = begun.open("F1/1"), begun.open("F1/1")
    begun.send(there, **{**ITEM, "reference": "typed there"})

    page = begun.send(here, **{**ITEM, "reference": "typed here"})

    assert page.status == 409
    assert "<td>typed there</td><td>typed here</td>" in page.text
    assert page.form("/F1/1").fields["reference"] == "typed here"
    assert kept(app, begun)["F1", "1"].values["reference"] == "typed there"


def test_after_a_conflict_what_is_below_can_be_saved(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    here, there = begun.open("F1/1"), begun.open("F1/1")
    begun.send(there, **{**ITEM, "reference": "typed there"})
    page = begun.send(here, **{**ITEM, "reference": "typed here"})

    sent = begun.send(page, reference="both: typed there, typed here")

    assert sent.status == 303
    assert kept(app, begun)["F1", "1"].values["reference"] == "both: typed there, typed here"


def test_the_same_answer_from_two_windows_is_no_conflict(begun: Leader) -> None:
    begun.draw("F1", 52)
    here, there = begun.open("F1/1"), begun.open("F1/1")
    begun.send(there, **ITEM)

    assert begun.send(here, **ITEM).status == 303


def test_a_request_sent_twice_is_carried_out_once(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")

    first = begun.send(page, **ITEM)
    second = begun.send(page, **ITEM)

    assert (first.status, second.status) == (303, 303)
    assert first.location == second.location
    assert kept(app, begun)["F1", "1"].version == 1


def test_a_request_that_was_carried_out_is_so_for_good(begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    first = begun.send(page, **ITEM)
    begun.answer("F8/RC1", answer="never", source="memory")
    begun.finish()

    again = begun.send(page, **ITEM)

    assert (again.status, again.location) == (303, first.location)


def test_a_form_without_its_hidden_parts_is_handed_back(begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")

    for lacking in (
        {"request_id": None},
        {"version": None},
        {"version": "-1"},
        {"draw": "x"},
        {"request_id": "x"},
    ):
        sent = begun.send(page, **{**ITEM, **lacking})

        assert sent.status == 400
        assert "ATLAS-1187" in sent.text


@pytest.fixture
def locked(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """The database held by another writer; the site waits for it only briefly."""
    impatient = tuple(line.replace(f"= {database.WAIT_MS}", "= 50") for line in database.PRAGMAS)
    monkeypatch.setattr(database, "PRAGMAS", impatient)
    with app.app_context():
        database.db.engine.dispose()
    holder = sqlite3.connect(settings.instance / "site.db", isolation_level=None)
    yield holder
    holder.close()
    with app.app_context():
        database.db.engine.dispose()


def test_while_the_database_is_held_the_text_is_handed_back_and_can_be_sent_again(
    app: Flask, begun: Leader, locked: sqlite3.Connection
) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    locked.execute("BEGIN IMMEDIATE")

    refused = begun.send(page, **ITEM)
    locked.execute("ROLLBACK")
    again = begun.send(refused)

    assert refused.status == 503
    assert refused.response.headers["Retry-After"] == "5"
    assert '<pre tabindex="0">ATLAS-1187</pre>' in refused.text
    assert again.status == 303
    assert kept(app, begun)["F1", "1"].values["reference"] == "ATLAS-1187"


def test_while_the_database_cannot_be_read_a_report_says_to_come_back(
    begun: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = finished(begun)

    def unavailable(*_: object, **__: object) -> None:
        raise StoreUnavailable("unable to open database file")

    monkeypatch.setattr(reports, "find", unavailable)
    for path in (report, report.rstrip("/") + ".pdf", report.rstrip("/") + ".json"):
        page = begun.open(path)

        assert page.status == 503
        assert page.response.headers["Retry-After"] == "5"
        assert "unable to open" not in page.text


def test_a_fault_of_ours_hands_back_what_was_typed_and_nothing_else(
    app: Flask, begun: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1?back=check")
    monkeypatch.setattr(assessments, "keep", lambda *_, **__: 1 / 0)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    sent = begun.send(page, **ITEM)

    assert sent.status == 500
    assert re.findall(r"<dt>(.*?)</dt>", sent.text) == [
        "Reference",
        *(_name(app, each) for each in ITEM if each != "reference"),
    ]
    assert '<pre tabindex="0">ATLAS-1187</pre>' in sent.text


def _name(app: Flask, indicator: str) -> str:
    return str(app.extensions["library"].current.indicators[indicator].name)


# --- who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_a_form_of_another_site_is_refused_with_its_text(
    app: Flask, begun: Leader, headers: dict[str, str]
) -> None:
    begun.draw("F1", 52)

    sent = begun.send(begun.open("F1/1"), headers=headers, **ITEM)
    start = begun.send(begun.open("/diagnosis/"), headers=headers, **FACTS)

    assert (sent.status, start.status) == (403, 403)
    assert "ATLAS-1187" in sent.text
    assert "Team Atlas" in start.text
    assert sent.forms == []
    assert ("F1", "1") not in kept(app, begun)


@pytest.mark.parametrize("headers", [OUR_PAGE, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}])
def test_a_form_of_our_own_is_accepted_from_new_browsers_and_old(
    begun: Leader, headers: dict[str, str]
) -> None:
    begun.draw("F1", 52)

    assert begun.send(begun.open("F1/1"), headers=headers, **ITEM).status == 303


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é"])
def test_a_form_without_the_token_of_this_browser_is_refused_with_its_text(begun: Leader, token: Any) -> None:
    begun.draw("F1", 52)

    sent = begun.send(begun.open("F1/1"), csrf_token=token, **ITEM)

    assert sent.status == 403
    assert "ATLAS-1187" in sent.text


def test_when_the_cookie_is_gone_nothing_typed_is(begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    begun.client.delete_cookie("holder")

    sent = begun.send(page, **ITEM)

    assert sent.status == 403
    assert "ATLAS-1187" in sent.text


def test_a_foreign_diagnosis_and_one_that_never_was_look_the_same(begun: Leader, other: Leader) -> None:
    other.start()
    begun.draw("F1", 52)
    pages = ["", "check", "F1/where", "F1/sample", "F1/1", "F8/RC1"]

    for path in pages:
        foreign, unknown = (
            other.open(begun.base + path),
            other.open("/diagnosis/AAAAAAAAAAAAAAAAAAAAAA/" + path),
        )

        assert (foreign.status, unknown.status) == (404, 404)
        assert foreign.text == unknown.text


def test_what_is_sent_to_a_foreign_diagnosis_is_handed_back(app: Flask, begun: Leader, other: Leader) -> None:
    begun.draw("F1", 52)
    other.start()
    page = begun.open("F1/1")
    token = other.open("F1/where").form("/where").fields["csrf_token"]

    sent = other.send(page, **{**ITEM, "csrf_token": token})

    assert sent.status == 404
    assert "ATLAS-1187" in sent.text
    assert ("F1", "1") not in kept(app, begun)


@pytest.mark.parametrize(
    "path", ["F9/where", "F1/nowhere", "F1/0", "F1/001", "F8/VD1", "F9/sample", "where", "F1/%00"]
)
def test_an_address_that_no_answer_leads_to_is_not_there(begun: Leader, path: str) -> None:
    assert begun.open(path).status == 404


@pytest.mark.parametrize("path", ["F1/1", "F1/sample", "F2/counts"])
def test_an_address_that_other_answers_lead_to_goes_back_to_the_tasks(begun: Leader, path: str) -> None:
    page = begun.open(path)

    assert (page.status, page.location) == (303, begun.base)


def test_an_answer_to_a_question_no_longer_asked_is_handed_back(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    begun.answer("F1/where", way="counts")

    sent = begun.send(page, **ITEM)

    assert sent.status == 409
    assert "ATLAS-1187" in sent.text
    assert ("F1", "1") not in kept(app, begun)


def test_reading_every_page_changes_nothing(begun: Leader, settings: Settings) -> None:
    begun.draw("F1", 52)
    begun.check_item("F1", 1)
    before, seen, waiting = rows(settings), set(), [begun.base, "/diagnosis/"]

    while waiting:
        path = waiting.pop()
        seen.add(path)
        links = (link.partition("#")[0] for link in begun.open(path).links)
        waiting += [
            link for link in links if link.startswith("/diagnosis") and link not in seen | set(waiting)
        ]

    assert len(seen) > 25
    assert rows(settings) == before


# --- check and finish -------------------------------------------------------------------------------


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
    assert "6 more of its items are open too." in gaps[0]


def test_an_empty_diagnosis_cannot_be_finished(begun: Leader) -> None:
    page = begun.open("check")
    token = begun.open("F1/where").form("/where").fields

    forced = begun.client.post(
        begun.base + "finish",
        data={"csrf_token": token["csrf_token"], "request_id": token["request_id"]},
        headers=OUR_PAGE,
    )

    assert "Nothing can be scored yet" in page.text
    assert page.forms == []
    assert forced.status_code == 422


def test_finishing_twice_gives_one_report(begun: Leader) -> None:
    begun.walk()
    page = begun.open("check")

    first, second = begun.send(page), begun.send(page)
    third = begun.send(page, request_id="0" * 32)

    assert first.status == 303
    assert re.fullmatch(r"/reports/[\w-]+/", first.location)
    assert first.location == second.location == third.location


def test_finishing_with_gaps_is_allowed(begun: Leader) -> None:
    begun.answer("F8/RC1", answer="never", source="memory")

    assert begun.finish().status == 303


def test_a_finished_diagnosis_leads_to_its_report_and_takes_no_answer(begun: Leader) -> None:
    begun.draw("F1", 52)
    item = begun.open("F1/1")
    begun.answer("F8/RC1", answer="never", source="memory")
    report = begun.finish().location

    late = begun.send(item, **ITEM)
    wrong = begun.send(item, VD1="yes")

    assert (late.status, wrong.status) == (409, 409)
    assert "ATLAS-1187" in late.text
    for path in ("", "check", "F1/1", "F1/sample"):
        assert (begun.open(path).status, begun.open(path).location) == (303, report)


def test_a_diagnosis_of_a_changed_draft_says_so_and_hands_back_the_text(
    app: Flask, begun: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.draw("F1", 52)
    page = begun.open("F1/1")
    library = app.extensions["library"]
    changed = {key: each.model_copy(update={"sha256": "0" * 64}) for key, each in library.instruments.items()}
    monkeypatch.setitem(app.extensions, "library", replace(library, instruments=changed))

    sent = begun.send(page, **ITEM)

    assert (sent.status, begun.open("").status) == (409, 409)
    assert "The questions have changed" in sent.text
    assert "ATLAS-1187" in sent.text


# --- the private link -------------------------------------------------------------------------------


def test_the_private_link_opens_the_diagnosis_in_another_browser(leader: Leader, other: Leader) -> None:
    link = leader.start().private_link
    leader.draw("F1", 52)
    leader.check_item("F1", 1, reference="ATLAS-1187")

    opened = other.send(other.open(_path(link)))
    other.base = opened.location

    assert (opened.status, opened.location) == (303, leader.base)
    assert other.open("F1/1").form("/F1/1").fields["reference"] == "ATLAS-1187"
    assert other.answer("F1/2", **ITEM).status == 303


def test_following_the_private_link_changes_nothing_however_often(
    leader: Leader, other: Leader, settings: Settings
) -> None:
    link = leader.start().private_link
    before = rows(settings)

    for _ in range(10):
        page = other.open(_path(link))

    assert page.status == 200
    assert "Set-Cookie" not in page.response.headers
    assert rows(settings) == before


def test_an_unknown_link_opens_nothing(other: Leader) -> None:
    asked = other.open("/diagnosis/resume/nothing")
    sent = other.client.post("/diagnosis/resume/nothing", headers=OUR_PAGE)

    assert (asked.status, sent.status_code) == (404, 404)
    assert "Set-Cookie" not in sent.headers


def test_the_link_is_shown_to_the_browser_that_made_it_and_to_no_other(leader: Leader, other: Leader) -> None:
    begun = leader.send(leader.open("/diagnosis/"), **FACTS)
    shown = leader.open(begun.location)
    leader.base = begun.location.partition("?")[0]
    link = shown.private_link
    other.send(other.open(_path(link)))

    assert "private-link" not in leader.open("").text
    assert "private-link" not in other.open(begun.location).text
    assert link.rpartition("/")[2] not in begun.location


def test_another_link_works_beside_the_first_until_all_are_ended(
    begun: Leader, other: Leader, app: Flask
) -> None:
    made = begun.send(begun.open(""), to="/link")
    link = begun.open(made.location).private_link
    opened = other.send(other.open(_path(link)))

    ended = begun.send(begun.open(""), to="/link", end="yes")

    assert (made.status, opened.status, ended.status) == (303, 303, 303)
    assert Leader(app.test_client()).open(_path(link)).status == 404
    assert other.open(begun.base).status == 200


def finished(leader: Leader) -> str:
    """Finish with one answer; return the address of the report."""
    leader.answer("F8/RC1", answer="never", source="memory")
    return leader.finish().location


def test_links_can_be_made_and_ended_after_finishing(leader: Leader, other: Leader, app: Flask) -> None:
    first = leader.start().private_link
    report = finished(leader)

    made = leader.send(leader.open(report), to="/link")
    link = leader.open(made.location).private_link
    opened = other.send(other.open(_path(link)))
    ended = leader.send(leader.open(report), to="/link", end="yes")

    assert made.location.startswith(report + "?link=")
    assert other.open(opened.location).location == report
    assert other.open(report).status == 200
    assert (ended.status, ended.location) == (303, report)
    for each in (first, link):
        assert Leader(app.test_client()).open(_path(each)).status == 404


def test_links_can_be_ended_when_the_draft_of_the_questions_has_changed(
    app: Flask, leader: Leader, other: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = leader.start().private_link
    page = leader.open("")
    library = app.extensions["library"]
    changed = {key: each.model_copy(update={"sha256": "0" * 64}) for key, each in library.instruments.items()}
    monkeypatch.setitem(app.extensions, "library", replace(library, instruments=changed))

    assert leader.send(page, to="/link", end="yes").status == 303
    assert other.open(_path(link)).status == 404


def test_nobody_else_ends_or_makes_a_link(leader: Leader, other: Leader) -> None:
    link = leader.start().private_link
    other.start()
    form = other.open("").form("/link").fields.to_dict()

    for more in ({}, {"end": "yes"}):
        sent = other.client.post(leader.base + "link", data={**form, **more}, headers=OUR_PAGE)
        assert sent.status_code == 404

    assert other.open(_path(link)).status == 200


def test_the_link_of_one_diagnosis_is_not_shown_as_that_of_another(leader: Leader) -> None:
    first = leader.send(leader.open("/diagnosis/"), **FACTS).location
    leader.start(label="Team Beacon")

    page = leader.open(leader.base + "?" + first.partition("?")[2])

    assert "private-link" not in page.text


@pytest.mark.parametrize("kind", ["known", "unknown", "refused"])
def test_a_token_in_an_address_never_travels_and_its_form_still_says_where_it_is_from(
    leader: Leader, other: Leader, kind: str
) -> None:
    path = _path(leader.start().private_link) if kind != "unknown" else "/diagnosis/resume/nothing"

    headers = (
        other.client.post(path, headers={"Origin": "https://elsewhere.example"}).headers
        if kind == "refused"
        else other.open(path).response.headers
    )

    # Sends the host alone, and with a form the origin: "no-referrer" would make of that "null".
    assert headers["Referrer-Policy"] == "strict-origin"


def _path(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def test_every_page_of_a_diagnosis_is_kept_out_of_caches_indexes_and_referers(begun: Leader) -> None:
    begun.draw("F1", 52)

    for path in ("", "check", "F1/where", "F1/sample", "F1/1"):
        headers = begun.open(path).response.headers

        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in headers["X-Robots-Tag"]
