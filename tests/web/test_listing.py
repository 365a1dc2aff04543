"""The desk's list and the page of one diagnosis: what is shown of what was shared, and what never is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from assessment.store import removal, shares
from assessment.store.database import db, reading
from assessment.store.removal import Periods
from assessment.store.sales import audit, deliveries, hooks, listings, people
from assessment.store.sales.deliveries import Recipient, Sending
from assessment.store.sales.listings import Filters
from assessment.store.sales.sessions import SignedIn
from assessment.web.current import library
from tests.desk import browser_of, prepare, shared_with_desk, somebody
from tests.leader import Leader
from tests.listed import list_many
from tests.report.made import ALL_FAILING
from tests.web.finished import finished, id_of

MANY = 1500  # more than one page looks at


@pytest.fixture
def leader(app: Flask) -> Leader:
    return Leader(app.test_client())


@pytest.fixture
def seller(app: Flask) -> Leader:
    """Somebody of the desk at a browser: opens pages and sends forms as a leader does."""
    return Leader(browser_of(app, somebody(app)))


@pytest.fixture
def report_id(leader: Leader) -> str:
    """A diagnosis with every pattern that its leader, Jo of Harbour Ltd, lets the desk see."""
    jo = {"organisation": "Harbour Ltd", "name": "Jo Lead", "email": "jo@harbour.example"}
    return shared_with_desk(leader, ALL_FAILING, **jo)


def page_of(report_id: str) -> str:
    return f"/sales/diagnoses/{report_id}/"


# --- the list ---------------------------------------------------------------------------------------


def test_what_was_not_shared_is_not_listed_and_has_no_page(
    app: Flask, seller: Leader, leader: Leader
) -> None:
    report_id = id_of(finished(leader))

    assert "Nothing is shared with the desk yet" in seller.open("/sales/").text
    assert seller.open(page_of(report_id)).status == 404


def test_what_was_shared_is_listed_by_organisation_band_patterns_and_next_step(
    app: Flask, seller: Leader, report_id: str
) -> None:
    page = seller.open("/sales/")

    with app.app_context():
        listed = listings.find(report_id)
        instrument = library().current
    assert listed
    assert page_of(report_id) in page.links
    bands = {band.id: band.word for band in instrument.constants.bands}
    places = {place.id: place.name for place in instrument.destinations}
    patterns = {pattern.id: pattern.name for pattern in instrument.patterns}
    for words in ("Harbour Ltd", listed.code, bands[listed.band], places[listed.route]):
        assert words in page.text
    for each in listed.patterns:
        assert patterns[each] in page.text


def test_the_list_is_narrowed_by_what_its_address_names(app: Flask, seller: Leader, report_id: str) -> None:
    with app.app_context():
        listed = listings.find(report_id)
    assert listed
    fitting = {
        "q": "harb",
        "band": listed.band,
        "pattern": listed.patterns[0],
        "route": listed.route,
        "form": listed.form,
        "owner": "none",
        "since": listed.shared_at.date().isoformat(),
        "until": listed.shared_at.date().isoformat(),
    }
    others = {
        "q": "harbz",
        "band": "none",
        "pattern": "no-such",
        "route": "no-such",
        "form": "no-such",
        "owner": "x" * 22,
        "next": "due",
        "invitation": "x" * 22,
        "since": "2999-01-01",
        "until": "1999-01-01",
    }

    def is_found(**said: str) -> bool:
        return (
            page_of(report_id)
            in seller.open("/sales/?" + "&".join(f"{k}={v}" for k, v in said.items())).links
        )

    assert is_found(**fitting)
    assert is_found(q="jo@harbour.example")
    assert {name: is_found(**{name: value}) for name, value in fitting.items()} == dict.fromkeys(
        fitting, True
    )
    assert {name: is_found(**{name: value}) for name, value in others.items()} == dict.fromkeys(others, False)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("since=yesterday", 422),
        ("q=" + "x" * 201, 422),
        ("q=%00", 422),
        ("after=nonsense", 404),
        ("after=999999999999999999." + "x" * 22, 404),
        ("invitation=%00", 422),
        ("band=%00", 422),
        ("owner=%F0%9F%A6%98&band=nonsense", 200),
    ],
)
def test_an_address_that_nobody_made_is_answered_in_words(
    seller: Leader, report_id: str, query: str, status: int
) -> None:
    assert seller.open(f"/sales/?{query}").status == status


def test_pages_lead_from_the_newest_to_the_oldest(app: Flask, seller: Leader) -> None:
    with app.app_context():
        list_many(app, 60, person_id=people.everybody()[0].id, instrument=library().current)

    page, seen = seller.open("/sales/?owner=&q=spring"), []
    while True:
        seen += re.findall(r"/sales/diagnoses/(r0*\d+)/", page.text)
        further = [link for link in page.links if "after=" in link]
        if not further:
            break
        page = seller.open(further[0])

    assert seen == sorted(set(seen), reverse=True)
    with app.app_context():
        assert len(seen) == len(listings.page(Filters(text="spring"), size=60).rows)


# --- one diagnosis ----------------------------------------------------------------------------------


def test_the_page_of_a_diagnosis_shows_readings_findings_and_route_and_who_shared_it(
    seller: Leader, leader: Leader, report_id: str
) -> None:
    page, result = seller.open(page_of(report_id)), leader.open(f"/reports/{report_id}/")

    assert page.status == 200
    for anchor in ("readings", "checks", "weighs", "patterns", "fix-first", "next-step"):
        assert f'id="{anchor}"' in page.text
        assert f'id="{anchor}"' in result.text
    for words in ("Harbour Ltd", "Jo Lead", "jo@harbour.example", "Team Atlas"):
        assert words in page.text
    for form in result.forms:
        assert form.action not in page.text


def test_the_desk_never_sees_where_the_leader_looked_or_what_they_wrote(
    app: Flask, seller: Leader, leader: Leader
) -> None:
    written = ("Secret board", "closed by whom", "Jo was on leave", "JIRA-4711")
    leader.start()
    leader.draw("F1", 2, where=written[0], query=written[1], note=written[2])
    for number in (1, 2):
        leader.check_item("F1", number, reference=written[3])
    result = leader.finish().location
    leader.send(leader.open(result), to="/consent", agree="y")

    page = seller.open(page_of(result.split("/")[2]))

    assert page.status == 200
    assert [words for words in written if words in page.text or words in seller.open("/sales/").text] == []


def test_a_note_is_kept_shown_found_and_removed(seller: Leader, report_id: str) -> None:
    typed = "Called <b>Jo</b>:\nquokka in spring."

    sent = seller.answer(page_of(report_id), to="/notes", text=typed)

    assert sent.status == 303
    page = seller.open(page_of(report_id))
    assert "Called &lt;b&gt;Jo&lt;/b&gt;:\nquokka in spring." in page.text
    assert "Ada Seller" in page.text
    assert page_of(report_id) in seller.open("/sales/?q=quok").links
    assert seller.send(page, to="/remove").status == 303
    assert "quokka" not in seller.open(page_of(report_id)).text
    assert page_of(report_id) not in seller.open("/sales/?q=quok").links


def test_a_note_that_is_refused_stands_in_its_field(seller: Leader, report_id: str) -> None:
    sent = seller.answer(page_of(report_id), to="/notes", text="x" * 4001)

    assert sent.status == 422
    assert sent.form("/notes").fields["text"] == "x" * 4001


def test_owner_and_next_date_are_set_and_taken_away(app: Flask, seller: Leader, report_id: str) -> None:
    ada = seller.open(page_of(report_id))
    [me] = re.findall(r'<option value="([^"]{22})">Ada Seller', ada.text)
    seller.send(ada, to="/owner", owner=me)
    seller.send(seller.open(page_of(report_id)), to="/next-date", next_on="2026-11-01")

    listed = seller.open(f"/sales/?owner={me}&next=due")

    assert page_of(report_id) in listed.links
    assert "due since 1 November 2026" in listed.text
    seller.send(seller.open(page_of(report_id)), to="/owner", owner="")
    seller.send(seller.open(page_of(report_id)), to="/next-date", next_on="")
    with app.app_context():
        row = listings.find(report_id)
        verbs = [each.verb for each in audit.page() if each.what == report_id]
    assert row
    assert (row.owner_id, row.next_on) == (None, None)
    assert verbs[:4] == ["next date taken away", "owner taken away", "next date set", "owner set"]


@pytest.mark.parametrize(
    ("door", "typed"),
    [
        ("/owner", {"owner": "x" * 22}),
        ("/next-date", {"next_on": "soon"}),
        ("/next-date", {"next_on": "2999-01-01"}),
    ],
)
def test_who_and_when_that_cannot_be_are_refused_in_words(
    seller: Leader, report_id: str, door: str, typed: dict[str, Any]
) -> None:
    sent = seller.answer(page_of(report_id), to=door, **typed)

    assert sent.status == 422
    assert "There is a problem" in sent.text


# --- forgotten --------------------------------------------------------------------------------------

# What the desk has of a diagnosis, in words: as it is listed, as it was noted, and to whom it was sent.
MARKERS = ("harbour", "quokka", "numbat")
# What the desk keeps by itself. What stays elsewhere is its leader's: the result, and the consent.
OF_DESK = ("listing", "listing_pattern", "listing_word", "note", "prepared", "delivery", "letter", "notice")


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


# --- how it is read ---------------------------------------------------------------------------------

EVERY_WAY = (
    "",
    "band={band}",
    "pattern={pattern}",
    "route={route}",
    "form={form}",
    "owner=none",
    "owner={owner}",
    "next=due",
    "invitation=i000000000000000000000",
    "since=2026-03-01&until=2026-04-01",
    "q=rare@example.org",
    "q=zymurgy",
    "q=conference",  # in many notes
    "q=spring+b",  # the beginning of many words
    "q=spring+ferry&band={band}&pattern={pattern}&route={route}&form={form}&since=2026-03-01",
)


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Note what is asked of the database."""
    noted: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        noted.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield noted
    event.remove(db.engine, "before_cursor_execute", note)


def test_no_page_of_the_desk_reads_a_table_through_or_sorts_or_counts_what_is_stored(
    app: Flask, seller: Leader
) -> None:
    with app.app_context():
        instrument, owner = library().current, people.everybody()[0].id
        list_many(app, MANY, person_id=owner, instrument=instrument)
        named = {
            "band": instrument.constants.bands[0].id,
            "pattern": instrument.patterns[0].id,
            "route": instrument.destinations[0].id,
            "form": instrument.forms[0].id,
            "owner": owner,
        }
        with statements() as asked:
            for way in EVERY_WAY:
                page = seller.open(f"/sales/?{way.format(**named)}")
                assert page.status == 200
                for link in (each for each in page.links if "after=" in each):
                    assert seller.open(link).status == 200
        amiss = {statement: fault for each in asked if (fault := fault_of(*each)) for statement in each[:1]}

    assert len(asked) > 5 * len(EVERY_WAY)
    assert amiss == {}


def fault_of(statement: str, parameters: Any) -> str:
    """Return what makes a statement take longer the more is stored; "" where nothing does."""
    # Of people there are as many as work at the desk.
    if not statement.startswith(("SELECT", "WITH")) or re.search(r"FROM person\b(?! JOIN)", statement):
        return ""
    with reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [row[3] for row in plan]
    tables = "|".join(db.metadata.tables)
    faults = [each for each in steps if re.search(rf"SCAN ({tables})\b|TEMP B-TREE|AUTOMATIC", each)]
    # SQLite is always given an offset, which is zero.
    faults += [
        each[0]
        for each in re.finditer(r"OFFSET \?", statement)
        if parameters[statement[: each.end()].count("?") - 1] != 0
    ]
    return "; ".join(faults)
