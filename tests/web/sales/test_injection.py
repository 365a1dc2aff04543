"""Whatever somebody types is text in all that leaves the site: tables, mails, paper, notices.

Every field of every form on the way holds a formula, mark-up and, where it is taken, another header at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cached_property
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from assessment import papers
from assessment.core.answers import Answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.report import document
from assessment.report.pool import Pool
from assessment.settings import Settings
from assessment.store import finishing
from assessment.store.database import reading
from assessment.store.sales import hooks
from assessment.store.sales.models import Audit, Notice
from assessment.web.current import library
from tests.desk import browser_of, somebody
from tests.leader import Leader, Seen
from tests.mail_server import mail_server, post_room
from tests.report import made
from tests.report.made import PATIENT, squeezed
from tests.web.diagnosis.common import path_of
from tests.web.finished import id_of
from tests.web.sales.test_taking import of_csv, of_xlsx, take
from tests.web.whole_site import served, settings_of

ACTS = '=A1("{0}")<img src=https://evil.example onerror=x>{0}'
SHORT = "=A1<img src=//evil.example onerror=x>"  # for what takes no more
HEADER = "\r\nBcc: thief@evil.example\r\n\r\n<script>alert(2)</script>"
# What a spreadsheet takes for a formula, where a cell begins: behind what it does not show, too.
FORMULA = re.compile(r"[\s\u00ad\u200b-\u200f\ufeff]*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001 the wide ones


class _Parts(HTMLParser):
    """What a mail or a page is made of, beside its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action")]


@dataclass
class World:
    """A desk at which everything that was typed is hostile, and what left it."""

    app: Flask
    folder: Path
    seller: Leader
    leader: Leader
    typed: set[str] = field(default_factory=set)  # the fields that took it
    refused: set[str] = field(default_factory=set)  # those that did not take another header
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    report_id: str = ""
    prepared: str = ""

    def send(self, who: Leader, page: Seen, to: str, **said: str) -> Seen:
        """Fill every text of a form, and send it: with another header, or without where that is refused."""
        seen = page.form(to)
        texts = [each for each in sorted(seen.names) if each in TYPED]
        header = set(texts)
        for _ in range(2):
            typed = {each: self._text(each) + HEADER * (each in header) for each in texts}
            sent = who.send(page, to=to, **{**typed, **said})
            if sent.status == 303:
                self.typed |= set(texts)
                return sent
            faulty = {each for each in texts if f'id="{each}-error"' in sent.text}
            self.refused |= faulty
            header -= faulty
        raise AssertionError(re.findall(r'class="error"[^>]*>(.*?)</p>', sent.text))

    def _text(self, name: str) -> str:
        return SHORT if name == "language" else ACTS.format(name)

    def post(self) -> None:
        """Send the mails that are owed, by a mail server on this machine."""
        with mail_server() as server:
            post_room(self.app, server.url).deliver()
        self.mails += server.accepted
        self.recipients += server.recipients

    @cached_property
    def pdf(self) -> PdfReader:
        address = self.prepared + "/report.pdf"
        found = [each for each in self.seller.open(self.prepared).links if each.endswith(".pdf")]
        return PdfReader(BytesIO(self.seller.client.get(found[0] if found else address).data))


# The texts of all these forms; what is chosen or is an address has rules of its own.
TYPED = {
    *("called", "organisation", "name", "language", "label", "text"),
    *("prepared_for", "prepared_by", "contact", "message"),
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    return settings_of(tmp_path_factory.mktemp("injection"), migrated)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    yield from served(settings)


@pytest.fixture(scope="module")
def world(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Invite, begin, consent, note, prepare and send, with hostile words in every field."""
    account = somebody(app, "admin", name="Ada")
    seller, leader = Leader(browser_of(app, account)), Leader(app.test_client())
    world = World(app, tmp_path_factory.mktemp("papers"), seller, leader)
    with app.app_context():
        hooks.add(
            "a webhook of tests", person_id=account.id, url="https://a.test", events=hooks.EVENTS, secret=b"x"
        )
    world.send(seller, seller.open("/sales/people/new"), "/people/", email="other@desk.test")
    world.send(seller, seller.open("/sales/programs/"), "/tokens", scopes="listings:read")
    invited = seller.open("/sales/invitations/new")
    world.send(seller, invited, "/new", email="kim@alder.test", how="mail")
    world.post()
    link = path_of(links_in(world.mails[0])[0])
    start = leader.open(leader.send(leader.open(link)).location)
    begun = world.send(leader, start, "", form="quick", team_size="8", window_days="90", work="software")
    leader.base = begun.location.partition("?")[0]
    world.report_id = finished(app, leader)
    result = leader.open(f"/reports/{world.report_id}/")
    world.send(leader, result, "/consent", agree="y", email="kim@alder.test")
    at = f"/sales/diagnoses/{world.report_id}/"
    world.send(seller, seller.open(at), "/notes")
    world.prepared = world.send(seller, seller.open(f"{at}prepare"), "/prepare", logo="").location
    with app.app_context():
        pool = Pool(document.ASSETS, limits=PATIENT)
        papers.Covers(papers.covered_paper(library(), app.config["SETTINGS"], pool)).make_one(60)
        pool.close()
    world.send(seller, seller.open(f"{at}send"), "/send", how="attached", address="chair@board.test")
    world.post()
    return world


def finished(app: Flask, leader: Leader) -> str:
    """Finish what was begun, without the hour that it takes; return the id of the report."""
    answered = made.answers(label=ACTS.format("label"))
    with app.app_context():
        diagnosis = diagnose(library().current, Answers.model_validate(answered))
        outcome = finishing.finish(id_of(leader.base), diagnosis=canonical(diagnosis), seen={})
    return str(getattr(outcome, "report_id", ""))


def links_in(mail: EmailMessage) -> list[str]:
    """Return the addresses of this site that the text of a mail shows."""
    part = mail.get_body(("plain",))
    assert part
    return re.findall(r"http://127\.0\.0\.1:8000/(?:invited|shared)/\S+", part.get_content())


def test_everything_that_is_typed_on_the_way_was_hostile(world: World) -> None:
    assert world.typed == TYPED
    assert TYPED - world.refused == {"text", "message"}  # which take several lines


def test_no_cell_of_a_table_is_a_formula(world: World) -> None:
    of_text = [cell for row in of_csv(take(world.seller, "csv")) for cell in row]
    of_book = [cell for row in of_xlsx(take(world.seller, "xlsx")) for cell in row]  # all of them are texts

    assert [cell for cell in of_text if FORMULA.match(cell)] == []
    assert {cell.lstrip("'") for cell in of_text} == {cell.lstrip("'") for cell in of_book}
    assert {"organisation", "called"} <= {
        name for name in TYPED for cell in of_book if ACTS.format(name) in cell
    }


def test_every_mail_has_one_recipient_and_no_header_of_a_stranger(world: World) -> None:
    assert world.recipients == [["kim@alder.test"], ["chair@board.test"]]
    for mail in world.mails:
        names = [name.lower() for name in mail.keys()]
        assert len(set(names)) == len(names)
        assert not {"bcc", "cc"} & set(names)
        assert [name for name, value in mail.items() if "\n" in str(value)] == []
        known = {"kim@alder.test", "chair@board.test", "ada@example.org", "a@site.test"}
        for name in ("To", "From", "Reply-To"):
            assert {each.addr_spec for each in mail[name].addresses} <= known
            assert len(mail[name].addresses) == 1


def test_the_html_of_a_mail_holds_what_was_typed_as_text_alone(world: World) -> None:
    for mail in world.mails:
        part = mail.get_body(("html",))
        assert part
        parts = _Parts(part.get_content())

        assert "&lt;img src=" in part.get_content()
        assert not {"script", "img", "iframe", "object", "form", "svg"} & parts.tags
        assert not [each for each in parts.attributes if each.startswith("on")]
        assert [each for each in parts.addresses if not each.startswith("http://127.0.0.1:8000/")] == []


def test_the_paper_holds_what_was_typed_as_text_alone(world: World) -> None:
    text = squeezed("".join(page.extract_text() for page in world.pdf.pages))
    links = {
        str(note.get_object().get("/A", {}).get("/URI", ""))
        for page in world.pdf.pages
        for note in page.get("/Annots", ())
    }

    assert squeezed(ACTS.format("prepared_for")) in text
    assert squeezed(ACTS.format("message")) in text
    assert [each for each in links if "evil" in each] == []
    assert not {"/Names", "/OpenAction", "/AA"} & set(world.pdf.trailer["/Root"]) or not world.pdf.attachments


def test_no_page_on_the_way_takes_it_for_its_own(world: World) -> None:
    at = f"/sales/diagnoses/{world.report_id}/"
    ours = ("/sales/", "/sales/invitations/", "/sales/deliveries/", "/sales/people/", "/sales/programs/")
    pages = [*map(world.seller.open, (*ours, at, f"{at}prepare", world.prepared, "/sales/audit/"))]
    pages += [world.leader.open(f"/reports/{world.report_id}/")]
    reader = Leader(world.app.test_client())
    shared = reader.open(path_of(links_in(world.mails[1])[0]))
    pages += [shared, reader.open(reader.send(shared).location)]

    assert {page.status for page in pages} == {200}
    for page in pages:
        assert "<img src=https" not in page.text, page.path
        assert "<script>alert" not in page.text, page.path


def test_what_other_programs_are_told_and_the_audit_hold_no_text_at_all(world: World) -> None:
    with world.app.app_context(), reading() as connection:
        bodies = connection.execute(select(Notice.body)).scalars().all()
        audited = connection.execute(select(Audit.who, Audit.verb, Audit.what)).all()

    assert len(bodies) >= 3
    for said in (*bodies, *map(str, audited)):
        assert not re.search(r"A1|evil|alder|@", said), said
