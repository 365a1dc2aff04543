"""Sharing a report: a link that a person opens, what it shows and hides, and how it ends."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from assessment.settings import ROOT
from assessment.store import outbox, removal, shares
from assessment.store.database import writing
from assessment.store.models import Share
from assessment.store.removal import Periods
from tests.leader import OUR_PAGE, Leader, Seen
from tests.reader import Reader
from tests.web.diagnosis.common import path_of

FILES = ("", ".pdf", ".json", ".csv")


@dataclass
class Sharer:
    """A leader with a finished diagnosis, who shares its result."""

    app: Flask
    leader: Leader
    result: str  # the address of the result, with a slash at its end

    @property
    def share(self) -> str:
        return f"{self.result}share"

    @property
    def report_id(self) -> str:
        return self.result.split("/")[2]

    def look(self, days: int = 30, shows: tuple[str, ...] = ()) -> Seen:
        """Open the page on which a link is made."""
        ticked = "".join(f"&with={each}" for each in shows)
        return self.leader.open(f"{self.share}/look?days={days}{ticked}")

    def link(self, called: str = "The board", days: int = 30, shows: tuple[str, ...] = ()) -> str:
        """Make a link and return its path."""
        look = self.look(days, shows)
        form = look.form("/share")
        form.fields["called"] = called
        sent = Seen(self.leader.client.post(form.action, data=form.fields, headers=OUR_PAGE), form.action)
        assert sent.status == 303, sent.text
        return path_of(self.leader.open(sent.location).link("share"))

    def listed(self) -> list[shares.Shared]:
        with self.app.app_context():
            return shares.of(self.report_id)

    def end(self) -> Seen:
        """End the newest link."""
        return self.leader.send(self.leader.open(self.share), to="/end")

    def run_out(self) -> None:
        """Let the time of every link be over."""
        with self.app.app_context(), writing() as connection:
            connection.execute(update(Share).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))


@pytest.fixture
def sharer(app: Flask) -> Sharer:
    """A quick diagnosis in which references, a note and a place were written."""
    leader = Leader(app.test_client())
    leader.start()
    leader.draw("F1", 2, note="Jo was on leave <b>then</b>.")
    for number in (1, 2):
        leader.check_item("F1", number)
    leader.answer("F8/RC1", answer="date", date="2025-12-31", source="record", reference="Log 7")
    return Sharer(app, leader, leader.finish().location)


@pytest.fixture
def reader(app: Flask) -> Reader:
    return Reader(app.test_client())


def make_paper(app: Flask) -> None:
    with app.app_context():
        owed = outbox.take("render", lease_s=30)
        assert owed
        outbox.done(owed, b"%PDF-1.7 made")


# --- the link ---------------------------------------------------------------------------------------


def test_a_link_that_is_only_fetched_shows_a_button_and_opens_and_counts_nothing(
    sharer: Sharer, reader: Reader
) -> None:
    link = sharer.link()

    for headers in ({}, {"User-Agent": "MailScanner/1.0"}, {"Sec-Purpose": "prefetch"}):
        fetched = reader.client.get(link, headers=headers)
        assert fetched.status_code == 200
        assert "Open the result" in fetched.text
        assert "Set-Cookie" not in fetched.headers
        assert fetched.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert fetched.headers["Cache-Control"] == "private, no-store"
        assert fetched.headers["Referrer-Policy"] == "strict-origin"
        assert "Team Atlas" not in fetched.text

    [shared] = sharer.listed()
    assert (shared.openings, shared.first_opened_at) == (0, None)


def test_the_button_trades_the_secret_for_a_cookie_and_an_address_that_opens_nothing_by_itself(
    app: Flask, sharer: Sharer, reader: Reader
) -> None:
    link = sharer.link()

    sent = reader.open(link)

    assert sent.status == 303
    assert link.rsplit("/", 1)[1] not in sent.location
    assert reader.see().status == 200
    assert app.test_client().get(reader.at).status_code == 404


def test_openings_are_counted_by_the_click_with_their_first_and_last_time(
    app: Flask, sharer: Sharer, reader: Reader
) -> None:
    link = sharer.link()

    reader.open(link)
    reader.see()
    reader.open(link)
    Reader(app.test_client()).open(link)

    [shared] = sharer.listed()
    assert shared.openings == 3
    assert shared.first_opened_at
    assert shared.last_opened_at
    assert shared.first_opened_at < shared.last_opened_at
    assert "3 times" in sharer.leader.open(sharer.share).text


def test_a_double_click_on_the_button_is_one_reader_and_one_opening(sharer: Sharer, app: Flask) -> None:
    link = sharer.link()
    clients = app.test_client(), app.test_client()  # both sent before the cookie of the first came back
    form = Seen(clients[0].get(link), link).form()

    answers = [each.post(link, data=form.fields, headers=OUR_PAGE) for each in clients]

    assert [each.status_code for each in answers] == [303, 303]
    cookies = [each.get_cookie("holder") for each in clients]
    assert len({each.value for each in cookies if each}) == 1
    assert all(cookies)
    assert sharer.listed()[0].openings == 1


def test_a_reader_keeps_the_cookie_with_which_they_read_something_else(
    sharer: Sharer, reader: Reader
) -> None:
    reader.open(sharer.link("one"))
    first, before = reader.at, reader.client.get_cookie("holder")

    reader.open(sharer.link("two"))

    now = reader.client.get_cookie("holder")
    assert before
    assert now
    assert now.value == before.value
    assert [reader.client.get(each).status_code for each in (first, reader.at)] == [200, 200]


# --- what a reader may see ------------------------------------------------------------------------


def test_a_reader_sees_the_result_of_the_leader_without_what_only_the_leader_can_do(
    sharer: Sharer, reader: Reader
) -> None:
    reader.open(sharer.link())
    make_paper(sharer.app)
    mine, theirs = sharer.leader.open(sharer.result), reader.see()

    headings = re.findall(r"<h2[^>]*>.*?</h2>", theirs.text)
    assert len(headings) > 8
    assert re.findall(r"<h2[^>]*>.*?</h2>", mine.text)[: len(headings)] == headings
    assert theirs.forms == []
    assert sharer.leader.base not in theirs.text
    assert sharer.report_id not in theirs.text
    for suffix in FILES[1:]:
        mine = sharer.leader.open(sharer.result.rstrip("/") + suffix)
        assert reader.see(suffix).status == 200
        assert reader.see(suffix).response.data == mine.response.data


def test_a_reader_reaches_nothing_else_of_the_diagnosis(sharer: Sharer, reader: Reader) -> None:
    reader.open(sharer.link())
    base = sharer.leader.base
    inside = [base + each for each in ("", "check", "leave", "everything", "F1/1", "F1/where")]
    files = [sharer.result, *(sharer.result.rstrip("/") + each for each in FILES[1:])]
    lists = [sharer.share, f"{sharer.share}/look"]

    assert {reader.client.get(each).status_code for each in (*inside, *files, *lists)} == {404}
    assert base not in reader.client.get("/diagnosis/").text

    ended = Seen(sharer.leader.client.get(sharer.share), "").form("/end")
    csrf = Seen(reader.client.get("/diagnosis/"), "").form().fields["csrf_token"]
    sent = {**ended.fields, "csrf_token": csrf, "sure": "y"}
    for action in (ended.action, sharer.share, f"{base}leave", f"{base}link", f"{base}paper"):
        assert reader.client.post(action, data=sent, headers=OUR_PAGE).status_code == 404
    assert sharer.listed()[0].is_live


def test_a_reader_can_have_a_paper_made_again_that_was_not_kept(sharer: Sharer, reader: Reader) -> None:
    make_paper(sharer.app)
    with sharer.app.app_context():
        periods = Periods(timedelta(days=90), timedelta(days=365), timedelta(0))
        removal.purge(datetime.now(UTC) + timedelta(seconds=1), periods)
    reader.open(sharer.link())

    cleared = reader.see(".pdf")
    form = cleared.form("/paper")
    asked = reader.client.post(form.action, data=form.fields, headers=OUR_PAGE)

    assert cleared.status == 404
    assert asked.status_code == 303
    assert reader.see(".pdf").status == 202


# --- notes ------------------------------------------------------------------------------------------


def test_no_note_is_shown_unless_it_was_ticked(sharer: Sharer, reader: Reader) -> None:
    reader.open(sharer.link())

    text = reader.see().text

    assert [word for word in ("Jo was on leave", "F1-1", "F1-2", "Log 7") if word in text] == []


@pytest.mark.parametrize(
    ("ticked", "shown"),
    [
        (("F1.2",), {"F1-2"}),
        (("F1",), {"Jo was on leave <b>then</b>.", "F1-1", "F1-2"}),
        (("F1.where", "F8"), {"Jo was on leave <b>then</b>.", "Log 7"}),
        (("F1.99", "F2", "nothing", "F8.RC1"), {"Log 7"}),
    ],
)
def test_the_notes_that_are_shown_are_those_that_were_ticked_as_the_leader_saw_them_before(
    sharer: Sharer, reader: Reader, ticked: tuple[str, ...], shown: set[str]
) -> None:
    looked = sharer.look(shows=ticked)

    reader.open(sharer.link(shows=ticked))

    page = reader.see().text
    assert {
        word
        for word in ("Jo was on leave <b>then</b>.", "F1-1", "F1-2", "Log 7")
        if f"<bdi>{html.escape(word)}</bdi>" in page
    } == shown
    assert evidence(looked) == evidence(reader.see()) != ""


def evidence(page: Seen) -> str:
    return "".join(
        re.findall(r'<section aria-labelledby="evidence-notes">.*?</section>', page.text, re.DOTALL)
    )


def test_the_leader_sees_beforehand_what_the_reader_will_see(sharer: Sharer, reader: Reader) -> None:
    looked = sharer.look(shows=("F1",))
    reader.open(sharer.link(shows=("F1",)))

    def whole(page: Seen, address: str) -> str:
        main = page.text.partition('id="main"')[2]
        return main[main.index("<header") :].replace(address.rstrip("/"), "")

    assert whole(looked, sharer.result) == whole(reader.see(), reader.at)


# --- the end of a link ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["ended", "run out"])
def test_a_link_that_ends_closes_every_page_behind_it_at_once_with_words(
    sharer: Sharer, reader: Reader, how: str
) -> None:
    link = sharer.link()
    reader.open(link)
    make_paper(sharer.app)
    assert {reader.see(each).status for each in FILES} == {200}

    if how == "ended":
        assert sharer.end().status == 303
    else:
        sharer.run_out()

    for page in (*map(reader.see, FILES), Seen(reader.client.get(link), link)):
        assert page.status == 410
        assert "This link has ended" in page.text
        assert "Team Atlas" not in page.text
    sent = Seen(reader.client.post(link, data={"request_id": "a" * 32}, headers=OUR_PAGE), link)
    assert sent.status == 410
    assert sharer.listed()[0].openings == 1


def test_ending_one_link_leaves_the_others(sharer: Sharer, reader: Reader) -> None:
    reader.open(sharer.link("first"))
    sharer.link("second")

    sharer.end()

    assert reader.see().status == 200
    assert [each.label for each in sharer.listed()] == ["first", "second"]  # what has ended stands last


def test_deleting_the_diagnosis_ends_what_was_shared_of_it(sharer: Sharer, reader: Reader) -> None:
    link = sharer.link()
    reader.open(link)

    sharer.leader.send(sharer.leader.open("leave"), sure="y")

    assert [reader.see(each).status for each in FILES] == [404] * 4
    assert reader.client.get(link).status_code == 404


# --- the leader's page ------------------------------------------------------------------------------


def test_the_same_form_sent_twice_makes_one_link(sharer: Sharer) -> None:
    form = sharer.look().form("/share")
    form.fields["called"] = "The board"

    sent = [sharer.leader.client.post(form.action, data=form.fields, headers=OUR_PAGE) for _ in range(2)]

    assert sent[0].headers["Location"] == sent[1].headers["Location"]
    assert len(sharer.listed()) == 1


def test_a_new_link_is_shown_once_and_to_the_browser_that_made_it(sharer: Sharer) -> None:
    form = sharer.look().form("/share")
    location = sharer.leader.client.post(form.action, data=form.fields, headers=OUR_PAGE).headers["Location"]

    assert path_of(sharer.leader.open(location).link("share")).startswith("/shared/")
    assert "share-link" not in sharer.leader.open(sharer.share).text
    assert "share-link" not in sharer.leader.open(f"{sharer.share}?link={'0' * 32}").text


def test_only_so_many_links_work_at_the_same_time(sharer: Sharer) -> None:
    link = sharer.link()
    token = link.rsplit("/", 1)[1]
    with sharer.app.app_context():
        for n in range(shares.LIVE_AT_MOST - 1):
            shares.make(sharer.report_id, token=f"{n}", label="", evidence=[], days=7)
    form = sharer.look().form("/share")

    refused = sharer.leader.client.post(form.action, data=form.fields, headers=OUR_PAGE)
    with sharer.app.app_context():
        again = shares.make(sharer.report_id, token=token, label="", evidence=[], days=7)
    sharer.end()
    taken = sharer.leader.client.post(form.action, data=form.fields, headers=OUR_PAGE)

    assert refused.status_code == 409
    assert isinstance(again, shares.Shared)  # the same request again is no other link
    assert taken.status_code == 303


@pytest.mark.parametrize("days", [7, 30, 90])
def test_a_link_ends_when_it_was_said_that_it_would(sharer: Sharer, days: int) -> None:
    sharer.link(days=days)

    [shared] = sharer.listed()
    assert shared.expires_at - shared.made_at == timedelta(days=days)


def test_a_link_is_called_as_was_typed_and_its_reader_does_not_see_that(
    sharer: Sharer, reader: Reader
) -> None:
    link = sharer.link("Ann & <i>Bo</i>")
    reader.open(link)

    assert "<bdi>Ann &amp; &lt;i&gt;Bo&lt;/i&gt;</bdi>" in sharer.leader.open(sharer.share).text
    assert "Ann &amp;" not in reader.see().text + reader.client.get(link).text


def refusing(sharer: Sharer, **changed: Any) -> Seen:
    form = sharer.look().form("/share")
    sent = {**form.fields.to_dict(), **changed}
    return Seen(sharer.leader.client.post(form.action, data=sent, headers=OUR_PAGE), form.action)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"called": "x" * 81}, 422),
        ({"called": "nul\x00"}, 422),
        ({"days": "3650"}, 422),
        ({"days": ""}, 422),
        ({"csrf_token": ""}, 403),
        ({"request_id": ""}, 400),
    ],
)
def test_a_link_is_not_made_of_a_form_that_the_page_did_not_give(
    sharer: Sharer, changed: dict[str, str], status: int
) -> None:
    assert refusing(sharer, **changed).status == status
    assert sharer.listed() == []


def test_everything_that_is_kept_of_a_link_stands_in_the_file_of_everything(sharer: Sharer) -> None:
    reader = Reader(sharer.app.test_client())
    reader.open(sharer.link("The board", shows=("F1.1",)))
    sharer.end()

    [kept] = sharer.leader.open("everything").response.json["shared"]

    assert kept.pop("label") == "The board"
    assert kept.pop("shows") == ["F1.1"]
    assert kept.pop("openings") == 1
    assert set(kept) == {"made_at", "ends_at", "ended_at", "first_opened_at", "last_opened_at"}
    assert all(kept.values())


def test_nobody_shares_what_they_do_not_hold(app: Flask, sharer: Sharer) -> None:
    stranger = Leader(app.test_client())
    stranger.start(form="pre-scan")
    form = stranger.open("leave").form()

    sent = stranger.client.post(
        sharer.share, data={**form.fields, "days": "30", "called": "mine"}, headers=OUR_PAGE
    )

    assert sent.status_code == 404
    assert sharer.listed() == []


def test_no_page_reads_a_report_without_asking_who_asks() -> None:
    web = ROOT / "assessment" / "web"
    reading = [path.name for path in web.rglob("*.py") if "reports.load(" in path.read_text(encoding="utf-8")]

    assert reading == ["policy.py"]
