"""Preparing a report at the desk: what its cover may say, how its paper comes, and what it never touches."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from assessment.papers import Covers, covered_paper
from assessment.report import cover as limits
from assessment.report import document, logo
from assessment.report.cover import Cover
from assessment.report.pdf import PdfError
from assessment.report.pool import Pool
from assessment.settings import Settings
from assessment.store import reports, verification
from assessment.store.reports import StoredReport
from assessment.store.sales import audit, consents, prepared
from assessment.store.sales.people import Account
from tests.desk import browser_of, send, shared_with_desk, somebody
from tests.leader import OUR_PAGE, Leader, Seen
from tests.naughty import KEPT, REFUSED
from tests.report.made import PATIENT
from tests.web.whole_site import served, settings_of

PDF = b"%PDF-1.7 with a cover"


@dataclass
class Seller:
    """Somebody who is signed in at the desk, which may see one diagnosis."""

    app: Flask
    account: Account
    client: FlaskClient
    report_id: str

    @property
    def at(self) -> str:
        return f"/sales/diagnoses/{self.report_id}/prepare"

    def open(self, path: str = "") -> Seen:
        path = path or self.at
        return Seen(self.client.get(path), path)

    def fill(self, path: str = "", picture: bytes | None = None, **typed: str) -> Seen:
        """Open the form, fill in what is typed, and send it."""
        form = self.open(path).form("/prepare")
        fields = {**form.fields, **typed}
        fields.pop("logo", None)
        # By hand: the client would write a large file to a disk before it sends it.
        part = '--x\r\nContent-Disposition: form-data; name="{}"'
        body = "".join(f"{part.format(name)}\r\n\r\n{text}\r\n" for name, text in fields.items()).encode()
        if picture is not None:
            body += f'{part.format("logo")}; filename="logo.png"\r\n\r\n'.encode() + picture + b"\r\n"
        kind = "multipart/form-data; boundary=x"
        sent = self.client.post(form.action, data=body + b"--x--\r\n", content_type=kind, headers=OUR_PAGE)
        return Seen(sent, form.action)

    def prepare(self, path: str = "", picture: bytes | None = None, **typed: str) -> str:
        """Prepare a report and return its address."""
        sent = self.fill(path, picture, **typed)
        assert sent.status == 303, sent.text
        return sent.location

    def press(self, page: Seen, to: str) -> Seen:
        form = page.form(to)
        return Seen(self.client.post(form.action, data=form.fields, headers=OUR_PAGE), form.action)

    def listed(self) -> list[prepared.PreparedReport]:
        with self.app.app_context():
            return prepared.of(self.report_id)

    def written(self) -> tuple[str, str]:
        """Return what stands last in the audit: what was done, and to what."""
        with self.app.app_context():
            [last] = audit.page(size=1)
        return last.verb, last.what

    def make(self, paper: Any = lambda report, cover: PDF) -> int:
        """Let the back room make what is owed; return how much that was."""
        with self.app.app_context():
            covers, count = Covers(paper), 0
            while covers.make_one(30):
                count += 1
            return count


def id_in(address: str) -> str:
    return address.rpartition("/")[2]


def picture(width: int = 300, height: int = 100, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(file, kind, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    return settings_of(tmp_path_factory.mktemp("preparing"), migrated)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    yield from served(settings)


@pytest.fixture(scope="module")
def account(app: Flask) -> Account:
    return somebody(app)


@pytest.fixture
def seller(app: Flask, account: Account) -> Seller:
    """Somebody at the desk, which was just let see a diagnosis."""
    report_id = shared_with_desk(Leader(app.test_client()), organisation="Northwind Traders")
    return Seller(app, account, browser_of(app, account), report_id)


@pytest.fixture(scope="module")
def busy(app: Flask, account: Account) -> Seller:
    """The same, for what leaves nothing behind that another test would look at."""
    report_id = shared_with_desk(Leader(app.test_client()), organisation="Northwind Traders")
    return Seller(app, account, browser_of(app, account), report_id)


def test_a_cover_begins_with_who_is_addressed_and_who_writes(busy: Seller) -> None:
    fields = busy.open().form("/prepare").fields

    assert fields["prepared_for"] == "Northwind Traders"
    assert (fields["prepared_by"], fields["contact"]) == ("Ada Seller", "ada.seller@example.org")
    assert fields["pages"] == "all"


def test_a_cover_is_shown_beside_the_report_and_its_paper_comes(seller: Seller) -> None:
    at = seller.prepare(message="Dear Bo,\n\nas we said.", picture=picture())

    page = seller.open(at)
    assert "The PDF is being made" in page.text
    assert page.response.headers["Refresh"]
    assert "not part of the diagnosis" in page.text
    assert re.search(r"<p><bdi>as we said\.</bdi></p>", page.text)
    assert "checks on opened work" in page.text.partition('id="behind"')[2]
    assert seller.client.get(f"{at}.pdf").status_code == 303
    assert seller.make() == 1
    page = seller.open(at)
    assert "Ready, not sent" in page.text
    assert "Refresh" not in page.response.headers
    answer = seller.client.get(f"{at}.pdf")
    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    assert seller.client.get(f"{at}.png").mimetype == "image/png"
    assert "Ready, not sent" in seller.open().text


def test_the_back_room_is_given_what_was_typed_and_which_pages_go(seller: Seller) -> None:
    given: list[Cover] = []

    def paper(_: StoredReport, cover: Cover) -> bytes:
        given.append(cover)
        return PDF

    seller.prepare(prepared_for="Bo", prepared_by="Ada", contact="a\nb", message="m\n\nn", pages="glance")
    seller.make(paper)

    [cover] = given
    assert (cover.prepared_for, cover.prepared_by) == ("Bo", "Ada")
    assert (cover.contact_lines, cover.paragraphs) == (("a", "b"), (("m",), ("n",)))
    assert cover.first_alone
    assert cover.logo == b""


def test_a_form_that_is_sent_twice_prepares_one(seller: Seller) -> None:
    form = seller.open().form("/prepare")

    answers = [seller.client.post(form.action, data=form.fields, headers=OUR_PAGE) for _ in range(2)]

    assert answers[0].location == answers[1].location
    assert len(seller.listed()) == 1


# --- what is refused ------------------------------------------------------------------------------------

TOO_MUCH = {
    "prepared_for": ("x" * (limits.NAME + 1), "at most 120 fit"),
    "prepared_by": ("x" * (limits.SENDER + 1), "at most 80 fit"),
    "contact": ("\n".join("abcd"), "at most 3 fit"),
    "message": ("x" * (limits.MESSAGE + 1), "at most 1,200 fit"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_a_sheet_does_not_hold_is_refused_beside_its_field_and_still_stands_there(
    busy: Seller, name: str
) -> None:
    text, words = TOO_MUCH[name]

    sent = busy.fill(**{name: text})

    assert sent.status == 422
    assert words in sent.text
    assert sent.form("/prepare").fields[name] == text
    assert busy.listed() == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"prepared_for": " "}, "Write for whom the report is prepared."),
        ({"prepared_by": ""}, "Write who has prepared it."),
        ({"prepared_for": "\u4e2d\u6587 AG"}, "The fonts of the paper lack “\u4e2d” (U+4E2D)."),
        ({"message": "right\u202eleft"}, "The fonts of the paper lack U+202E."),
        ({"message": "a\n" * 30}, "at most 24 fit"),
        ({"pages": "some"}, "Choose what goes."),
    ],
)
def test_what_cannot_be_printed_is_refused_in_words(busy: Seller, typed: dict[str, str], words: str) -> None:
    sent = busy.fill(**typed)

    assert sent.status == 422
    assert words in unescape(sent.text)
    assert busy.listed() == []


def test_every_hostile_text_is_kept_to_the_letter_or_refused_and_never_markup(seller: Seller) -> None:
    kept = 0
    for text in (*KEPT, *REFUSED):
        sent = seller.fill(prepared_for=text, prepared_by=text, contact=text, message=text)
        page = sent
        if sent.status == 303:
            page, newest = seller.open(sent.location), seller.listed()[0]
            assert newest.cover["message"] == text.replace("\r\n", "\n").strip()
            assert seller.press(page, "/remove").status == 303
            kept += 1
        else:
            assert sent.status == 422, (text, sent.status)
        for mark in ("<script>alert", "<img src=x", "<b title"):
            assert mark not in page.text
    assert kept > 20


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture that can be read"),
        (picture(9_000, 20), "too many pixels"),
        (b"\x89PNG" + bytes(logo.LARGEST_KB * 1_000), "larger than 1,000 kB"),
    ],
)
def test_what_is_no_logo_is_refused_and_the_words_still_stand_there(
    busy: Seller, data: bytes, words: str
) -> None:
    sent = busy.fill(message="As we said.", picture=data)

    assert sent.status == 422
    assert words in sent.text
    assert sent.form("/prepare").fields["message"] == "As we said."
    assert busy.listed() == []


def test_a_file_beyond_all_measure_is_refused_before_it_is_read(busy: Seller) -> None:
    assert busy.fill(picture=bytes(5_000_000)).status == 413


def test_a_logo_is_told_to_be_chosen_again_where_something_else_is_refused(busy: Seller) -> None:
    sent = busy.fill(message="\u4e2d", picture=picture())

    assert sent.status == 422
    assert "Choose the logo once more" in sent.text


# --- the logo -------------------------------------------------------------------------------------------


def test_a_logo_is_kept_as_a_picture_alone_and_stays_until_it_is_left_out(seller: Seller) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"

    first = seller.prepare(picture=picture(kind="JPEG", exif=exif))
    shown = seller.client.get(f"{first}.png").data
    second = seller.prepare(f"{seller.at}?like={id_in(first)}", message="More.")
    shown_again = seller.client.get(f"{second}.png").data
    third = seller.prepare(f"{seller.at}?like={id_in(second)}", no_logo="y")

    assert Image.open(BytesIO(shown)).format == "PNG"
    assert b"where" not in shown
    assert shown_again == shown
    assert seller.client.get(f"{third}.png").status_code == 404


# --- what becomes of it -----------------------------------------------------------------------------------


def test_a_changed_cover_takes_the_place_of_one_that_was_not_sent(seller: Seller) -> None:
    first = seller.prepare(message="First.")
    form = seller.open(f"{seller.at}?like={id_in(first)}").form("/prepare")
    assert form.fields["message"] == "First."

    second = seller.prepare(f"{seller.at}?like={id_in(first)}", message="Second.")

    assert [each.id for each in seller.listed()] == [id_in(second)]
    assert seller.client.get(first).status_code == 404


def test_nothing_is_prepared_of_what_was_taken_back_while_it_was_typed(seller: Seller) -> None:
    with seller.app.app_context():
        consents.withdraw(seller.report_id)

        with pytest.raises(prepared.UnknownListing):
            prepared.make(
                "p" * 22,
                report_id=seller.report_id,
                cover={},
                logo=None,
                pages="all",
                person_id=seller.account.id,
            )


def test_what_was_sent_stays_whatever_is_done(seller: Seller) -> None:
    at = seller.prepare(message="Sent.")
    seller.make()
    before = seller.open(at)
    with seller.app.app_context():
        send(seller.report_id, id_in(at), seller.account, token="t" * 43)

    assert seller.press(before, "/remove").status == 409
    seller.prepare(f"{seller.at}?like={id_in(at)}", message="Another.")

    assert [each.cover["message"] for each in seller.listed()] == ["Another.", "Sent."]
    assert "Remove it" not in seller.open(at).text


def test_a_paper_that_could_not_be_made_says_so_and_is_made_again(seller: Seller) -> None:
    def paper(report: StoredReport, cover: Cover) -> bytes:
        raise PdfError("refused", PATIENT)

    at = seller.prepare(message="Kept.")
    seller.make(paper)

    page = seller.open(at)
    assert "The PDF could not be made" in page.text
    assert seller.press(page, "/again").status == 303
    assert "The PDF is being made" in seller.open(at).text
    assert seller.written() == ("report prepared again", id_in(at))
    assert seller.make() == 1
    assert seller.client.get(f"{at}.pdf").data == PDF


@pytest.mark.parametrize("fault", [RuntimeError("nobody knows"), KeyError("a draft that is gone")])
def test_a_fault_that_may_pass_is_tried_again_later(seller: Seller, fault: Exception) -> None:
    def paper(report: StoredReport, cover: Cover) -> bytes:
        raise fault

    at = seller.prepare()

    assert seller.make(paper) == 1
    assert "The PDF is tried again" in seller.open(at).text


def test_of_one_report_no_more_are_prepared_than_anybody_can_use(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "AT_MOST", 1)
    seller.prepare(message="One.")

    sent = seller.fill(message="Two.")

    assert sent.status == 409
    assert "Two." in sent.text
    assert len(seller.listed()) == 1


# --- what it never touches --------------------------------------------------------------------------------


def test_the_result_its_hash_its_signatures_and_its_own_paper_are_what_they_were(
    seller: Seller, settings: Settings
) -> None:
    def everything() -> tuple[Any, ...]:
        with seller.app.app_context():
            stored = reports.load(seller.report_id)
            code = stored.code
            return (
                stored,
                verification.find(code),
                verification.signatures_of(code),
                reports.pdf(seller.report_id),
                seller.app.test_client().get(f"/verify/{code}").data,
                seller.app.test_client().get(f"/verify/{code}.sig.json").data,
            )

    before = everything()
    hostile = '</title><script>alert(1)</script>{{ 7*7 }}"'
    seller.prepare(
        prepared_for=hostile, prepared_by=hostile, contact=hostile, message=hostile * 20, picture=picture()
    )
    seller.make()

    assert everything() == before


@pytest.mark.parametrize(
    ("pages", "heading"),
    [
        ("all", "Genuine figures, with a cover that is not part of them"),
        ("glance", "A genuine first page, with a cover that is not part of it"),
    ],
)
def test_whoever_has_the_file_is_told_what_the_cover_is_even_when_the_desk_has_forgotten_it(
    seller: Seller, pages: str, heading: str
) -> None:
    pool = Pool(document.ASSETS, limits=PATIENT)
    at = seller.prepare(pages=pages, message="As we said.", picture=picture())
    seller.make(covered_paper(seller.app.extensions["library"], seller.app.config["SETTINGS"], pool))
    pool.close()
    pdf = seller.client.get(f"{at}.pdf").data
    assert pdf.startswith(b"%PDF-")

    def compared(data: bytes) -> str:
        anybody = seller.app.test_client()
        return anybody.post("/verify/", data={"file": (BytesIO(data), "a.pdf")}).text

    assert f"<h1>{heading}</h1>" in compared(pdf)
    assert "this site does not say that it is true" in compared(pdf)
    assert "This file is not known here" in compared(pdf + b"\n")
    with seller.app.app_context():
        consents.withdraw(seller.report_id)
        assert prepared.find(id_in(at)) is None
        assert prepared.paper(id_in(at)) is None
    assert f"<h1>{heading}</h1>" in compared(pdf)
    assert {seller.client.get(each).status_code for each in (at, f"{at}.pdf", f"{at}.png", seller.at)} == {
        404
    }


def test_what_is_made_while_a_leader_takes_the_consent_back_is_kept_nowhere(seller: Seller) -> None:
    made = b"%PDF-1.7 too late"

    def paper(report: StoredReport, cover: Cover) -> bytes:
        consents.withdraw(report.id)
        return made

    at = seller.prepare()
    seller.make(paper)

    with seller.app.app_context():
        assert prepared.paper(id_in(at)) is None
        assert verification.known(hashlib.sha256(made).hexdigest()) is None
    assert seller.listed() == []


def test_words_and_logo_are_sealed_and_the_audit_holds_none(seller: Seller, settings: Settings) -> None:
    at = seller.prepare(prepared_for="Zanzibar Ltd", message="A secret of ours.", picture=picture())
    seller.make(lambda report, cover: b"%PDF-1.7 A secret paper")
    seller.press(seller.open(at), "/remove")
    with seller.app.app_context():
        rows = [each for each in audit.page() if each.what == id_in(at)]

    assert [(each.verb, each.who) for each in rows] == [
        ("prepared report removed", seller.account.id),
        ("report prepared", seller.account.id),
    ]
    seller.prepare(prepared_for="Zanzibar Ltd", message="A secret of ours.", picture=picture())
    with closing(sqlite3.connect(settings.instance / "site.db")) as kept:
        dump = "\n".join(kept.iterdump())
    for text in ("Zanzibar", "A secret of", b"\x89PNG".hex().upper(), b"%PDF-1.7 A secret".hex().upper()):
        assert text not in dump


def test_nobody_else_comes_to_it(seller: Seller, app: Flask) -> None:
    at = seller.prepare(picture=picture())
    other = shared_with_desk(Leader(app.test_client()))
    elsewhere = at.replace(seller.report_id, other)

    for path in (elsewhere, f"{elsewhere}.pdf", f"{elsewhere}.png"):
        assert seller.client.get(path).status_code == 404
    assert seller.client.get(f"/sales/diagnoses/{other}/prepare?like={id_in(at)}").status_code == 404
