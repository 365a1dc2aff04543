"""A diagnosis that is taken back, deleted or too old: nothing of it is left at the desk, at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from assessment.store import removal, shares
from assessment.store.database import db, reading
from assessment.store.removal import Periods
from assessment.store.sales import audit, deliveries, hooks, people
from assessment.store.sales.deliveries import Recipient, Sending
from assessment.store.sales.sessions import SignedIn
from tests.desk import browser_of, prepare, shared_with_desk, somebody
from tests.leader import Leader
from tests.report.made import ALL_FAILING

# What the desk has of a diagnosis, in words: as it is listed, as it was noted, and to whom it was sent.
MARKERS = ("harbour", "quokka", "numbat")
# What the desk keeps by itself. What stays elsewhere is its leader's: the result, and the consent.
OF_DESK = ("listing", "listing_pattern", "listing_word", "note", "prepared", "delivery", "letter", "notice")


@pytest.fixture
def leader(app: Flask) -> Leader:
    return Leader(app.test_client())


@pytest.fixture
def seller(app: Flask) -> Leader:
    """Somebody of the desk at a browser: opens pages and sends forms as a leader does."""
    return Leader(browser_of(app, somebody(app)))


def page_of(report_id: str) -> str:
    return f"/sales/diagnoses/{report_id}/"


@dataclass
class Known:
    """A diagnosis of which the desk has everything that it can have, and the addresses that show it."""

    app: Flask
    leader: Leader
    seller: Leader
    reader: Leader
    report_id: str
    addresses: list[str]
    link: str  # made by the desk, as somebody reads by it

    def words(self) -> set[str]:
        """Return where a marker stands in the database: table and column."""
        with self.app.app_context(), reading() as connection:
            return {
                f"{table.name}.{column}"
                for table in db.metadata.sorted_tables
                for row in connection.execute(select(table)).mappings()
                for column, value in row.items()
                for marker in MARKERS
                if marker in (value.decode("latin-1") if isinstance(value, bytes) else str(value)).lower()
            }

    def rows(self) -> set[str]:
        """Return which tables of the desk hold something."""
        with self.app.app_context(), reading() as connection:
            tables = [db.metadata.tables[name] for name in OF_DESK]
            return {table.name for table in tables if connection.execute(select(table)).first()}

    def shown(self) -> set[str]:
        """Return the addresses at which the desk or a reader is shown anything of it."""
        lists = ("/sales/", "/sales/?q=quok", "/sales/?q=jo@harbour.example", "/sales/deliveries/")
        told = {path for path in lists if self.report_id in self.seller.open(path).text}
        told |= {path for path in self.addresses if self.seller.open(path).status != 404}
        read = {path for path in (self.link, f"{self.link[:-1]}.json") if self.reader.open(path).status < 400}
        return told | read


@pytest.fixture
def known(app: Flask, seller: Leader, leader: Leader) -> Known:
    with app.app_context():
        [ada] = people.everybody()
        url = "https://a.example/"
        hooks.add("w" * 22, person_id=ada.id, url=url, events=hooks.EVENTS, secret=b"s" * 32)
    report_id = shared_with_desk(leader, ALL_FAILING, organisation="Harbour Ltd", email="jo@harbour.example")
    seller.answer(page_of(report_id), to="/notes", text="A quokka.")
    token = "t" * 43
    with app.app_context():
        to = Recipient("Numbat", "numbat@example.org")
        sending = Sending(report_id, prepare(report_id, ada), to, days=30, label="Numbat", message="Numbat")
        sent = deliveries.send(sending, token=token, by=SignedIn(ada.id, ada.name, ada.email, ada.role))
    reader = Leader(app.test_client())
    link = reader.send(reader.open(f"/shared/{token}")).location
    pages = [page_of(report_id), f"/sales/deliveries/{sent}"]
    named = re.compile(f"{report_id}|{sent}")
    found = {each for page in pages for each in seller.open(page).links if named.search(each)}
    addresses = sorted(each.partition("#")[0] for each in {*pages, *found} if each.startswith("/sales/dia"))
    return Known(app, leader, seller, reader, report_id, addresses, link)


def take_back(known: Known) -> None:
    assert known.leader.send(known.leader.open(f"/reports/{known.report_id}/"), to="/withdraw").status == 303


def delete(known: Known) -> None:
    assert known.leader.answer("leave", sure="y").status == 303


def wait_a_year(known: Known) -> None:
    with known.app.app_context():
        periods = Periods(timedelta(days=90), timedelta(days=365), timedelta(days=1))
        assert removal.purge(datetime.now(UTC) + timedelta(days=366), periods).finished == 1
        [ada] = people.everybody()
    known.seller.client = browser_of(known.app, ada)  # no session lasts as long


@pytest.mark.parametrize("end", [take_back, delete, wait_a_year])
def test_the_desk_forgets_a_diagnosis_everywhere_with_one_request(
    known: Known, end: Callable[[Known], None]
) -> None:
    assert known.words() == {"listing.organisation", "listing_word.word", "note.text"}
    assert known.rows() == set(OF_DESK)
    assert len(known.shown()) >= 7

    end(known)

    assert known.words() == set()
    assert known.rows() == set()
    assert known.shown() == set()


@pytest.mark.parametrize("end", [delete, wait_a_year])
def test_what_the_desk_loses_without_a_consent_that_is_taken_back_is_written_down(
    known: Known, end: Callable[[Known], None]
) -> None:
    end(known)

    with known.app.app_context():
        written = [(each.who, each.what) for each in audit.page() if each.verb == "diagnosis forgotten"]
    assert written == [(audit.SITE, known.report_id)]


def test_other_diagnoses_and_other_links_stay_when_one_is_taken_back(
    app: Flask, leader: Leader, seller: Leader, known: Known
) -> None:
    with app.app_context():
        shares.make(known.report_id, token="o" * 43, label="Mine", evidence=(), days=30)
    other = shared_with_desk(Leader(app.test_client()), organisation="Quay Ltd")

    take_back(known)

    assert page_of(other) in seller.open("/sales/").links
    with app.app_context():
        assert [each.label for each in shares.of(known.report_id) if each.is_live] == ["Mine"]


def test_what_is_typed_while_a_diagnosis_is_taken_back_is_handed_back(known: Known) -> None:
    page = known.seller.open(page_of(known.report_id))
    take_back(known)

    sent = known.seller.send(page, to="/notes", text="Half an hour of work")

    assert sent.status == 404
    assert "Half an hour of work" in sent.text
