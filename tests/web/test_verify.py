"""The door for whoever holds a report: what they are told, what not, and what becomes of their file."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from werkzeug.test import TestResponse

from assessment import seal
from assessment.store import assessments, db, signatures
from assessment.store.database import writing
from assessment.store.models import Following, Report
from assessment.web import verify
from tests.leader import OUR_PAGE
from tests.report.made import report, result
from tests.web.test_reports import keep, make_paper

PDF = b"%PDF-1.7 made"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a copy of a report: no cookie, a code, and perhaps the files."""

    client: FlaskClient
    app: Flask
    code: str
    document: bytes

    def look(self, path: str = "") -> TestResponse:
        return self.client.get(f"/verify/{path or self.code}")

    def drop(self, data: bytes, path: str = "", **headers: str) -> TestResponse:
        # By hand: the client would write a large file to a disk before it sends it.
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="the name of a file"\r\n\r\n'
        body = head + data + b"\r\n--x--\r\n"
        sent = "multipart/form-data; boundary=x"
        return self.client.post(f"/verify/{path}", data=body, content_type=sent, headers=headers)


def issue(app: Flask, of: dict[str, Any] | None = None, pdf: bytes = PDF) -> Holder:
    """Return somebody who holds a report with its paper."""
    kept = keep(app, of or result())
    make_paper(app, pdf)
    with app.app_context(), writing() as connection:
        code = connection.execute(select(Report.code).where(Report.id == kept.id)).scalar_one()
    return Holder(app.test_client(), app, code, kept.document)


@pytest.fixture
def holder(app: Flask) -> Holder:
    """Somebody who holds the report of a team with something of everything."""
    return issue(app)


def heading(page: TestResponse) -> str:
    [found] = re.findall(r"<h1>(.*?)</h1>", page.text)
    return re.sub(r"<[^>]+>", "", found)


def delete(holder: Holder) -> None:
    with holder.app.app_context():
        with writing() as connection:
            of = connection.execute(
                select(Report.assessment_id).where(Report.code == holder.code)
            ).scalar_one()
        assert assessments.delete(of)


# --- by its code ----------------------------------------------------------------------------------------


def test_a_genuine_report_is_told_with_hash_date_version_and_key(holder: Holder) -> None:
    page = holder.look()
    sha256 = hashlib.sha256(holder.document).hexdigest()

    assert page.status_code == 200
    assert heading(page) == f"Report {holder.code} is genuine"
    assert sha256 in page.text.replace(" ", "")
    assert f"{datetime.now(UTC):%Y}" in page.text
    assert "execution-integrity/1.0.0" in page.text
    assert seal.Signer(holder.app.config["SECRET_KEY"]).id in page.text
    assert "It does not cover a cover page" in page.text


def test_nothing_about_the_team_and_no_figure_is_shown(holder: Holder) -> None:
    told = report(result())
    page = (
        holder.look().text + holder.drop(holder.document).text + holder.look(f"{holder.code}.sig.json").text
    )

    assert told.label
    for private in (told.label, told.title, told.observed, told.team, "Board", "quick", told.marks_sentence):
        assert private not in page
    assert not re.search(r">\s*\d{1,2}\s*<", page)


def test_a_superseded_report_says_by_which_date(holder: Holder, app: Flask) -> None:
    later = issue(app, result(belief={}, label="Later"), b"%PDF-1.7 later")
    with app.app_context(), writing() as connection:
        later_id = connection.execute(select(Report.id).where(Report.code == later.code)).scalar_one()
        connection.execute(
            update(Report)
            .where(Report.id == later_id)
            .values(created_at=datetime(2027, 2, 3, 12, tzinfo=UTC))
        )
        of = {
            code: select(Report.assessment_id).where(Report.code == code).scalar_subquery()
            for code in (holder.code, later.code)
        }
        connection.execute(insert(Following).values(assessment_id=of[later.code], earlier_id=of[holder.code]))

    page = holder.look()

    assert heading(page) == f"Report {holder.code} is genuine, and superseded"
    assert "On 3 February 2027 a later diagnosis" in page.text
    assert later.code not in page.text


def test_of_a_withdrawn_report_only_code_hash_and_dates_are_left(holder: Holder) -> None:
    sha256 = hashlib.sha256(holder.document).hexdigest()
    delete(holder)

    page = holder.look()

    assert page.status_code == 200
    assert heading(page) == f"Report {holder.code} was withdrawn"
    assert sha256 in page.text.replace(" ", "")
    assert "execution-integrity/1.0.0" not in page.text
    assert "Public key" not in page.text
    assert holder.look(f"{holder.code}.sig.json").status_code == 404
    assert heading(holder.drop(PDF, holder.code)) == "Your file is not known here"
    assert "PDFs are no longer known" in holder.drop(PDF, holder.code).text
    known = holder.drop(holder.document, holder.code)
    assert heading(known) == "Your file is genuine, byte for byte"
    assert "withdrawn" in known.text


@pytest.mark.parametrize(
    "path", ["EI-2222-2222", "nonsense", "%3Cscript%3E", "?code=nonsense", "%00", "key-x.pem"]
)
def test_what_is_no_report_is_404_with_help(holder: Holder, path: str) -> None:
    page = holder.look(path)

    assert page.status_code == 404
    assert "<script>" not in page.text
    if path != "key-x.pem":
        assert heading(page) == "No report has this code"
        assert 'name="code"' in page.text


@pytest.mark.parametrize("path", ["ei-7f3k 920d", "?code=ei-7f3k 920d", "ei-7f3k%22%3E920d"])
def test_a_code_that_no_report_has_is_given_back_to_be_corrected(holder: Holder, path: str) -> None:
    [field] = re.findall(r'<input[^>]* name="code"[^>]*>', holder.look(path).text)

    assert re.search(r' value="EI-7F3K ?920D"', field)


def test_a_code_typed_by_hand_leads_to_its_page(holder: Holder) -> None:
    typed = holder.code.lower().replace("-", " ")

    sent = holder.client.get("/verify/", query_string={"code": f" {typed} "})

    assert sent.status_code == 303
    assert sent.headers["Location"] == f"/verify/{holder.code}"
    assert holder.look(typed.replace(" ", "")).status_code == 200


# --- by the file itself ---------------------------------------------------------------------------------


def otherwise(document: bytes) -> bytes:
    return json.dumps(json.loads(document), indent=2).encode()


@pytest.mark.parametrize("path", ["", "its own page"])
def test_a_file_is_told_for_what_it_is(holder: Holder, path: str) -> None:
    place = holder.code if path else ""
    with holder.app.app_context(), writing() as connection:
        report_id = connection.execute(select(Report.id).where(Report.code == holder.code)).scalar_one()
        signatures.note_pdf(connection, report_id, "letter", b"%PDF-1.7 letter", datetime.now(UTC))

    told = {
        name: heading(holder.drop(data, place))
        for name, data in {
            "result": holder.document,
            "pdf": PDF,
            "layout": b"%PDF-1.7 letter",
            "figures": otherwise(holder.document),
        }.items()
    }

    assert told == {
        "result": "Your file is genuine, byte for byte",
        "pdf": "Your file is genuine, byte for byte",
        "layout": "Genuine figures, in another layout",
        "figures": "Genuine figures, in another layout",
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b'"failing":', b'"failing": 1', 1),
        lambda data: data[:-2] + b"\n",
        lambda data: otherwise(data).replace(b"3", b"4", 1),
        lambda data: PDF + b"\n",
        lambda data: b"\x00" * 1000,
        lambda data: b"[" * 1000,
        lambda data: b'{"n":1e-99999999999999999999}',
    ],
)
def test_a_file_that_was_changed_is_not_known(holder: Holder, change: Any) -> None:
    for path, told in (("", "This file is not known here"), (holder.code, "Your file is not known here")):
        page = holder.drop(change(holder.document), path)

        assert page.status_code == 200
        assert heading(page) == told
        assert f"<title>{told}" in page.text


def test_a_file_of_another_report_is_not_taken_for_this_one(holder: Holder, app: Flask) -> None:
    other = issue(app, result(label="Another team"), b"%PDF-1.7 other")

    for data in (other.document, b"%PDF-1.7 other"):
        page = holder.drop(data, holder.code)

        assert heading(page) == "Your file is genuine, but of another report"
        assert f'href="/verify/{other.code}"' in page.text


def test_a_file_of_ten_megabytes_is_compared_and_a_larger_one_refused_in_words(holder: Holder) -> None:
    assert holder.drop(b"x" * 10_000_000).status_code == 200

    for size in (10_000_001, 12_000_000):
        page = holder.drop(b"x" * size, holder.code)

        assert page.status_code == 413
        assert "larger than 10 MB" in page.text
        assert 'type="file"' in page.text


def test_without_a_file_it_asks_for_one(holder: Holder) -> None:
    for path in ("", holder.code):
        for sent in (holder.drop(b"", path), holder.client.post(f"/verify/{path}", data={"file": "text"})):
            assert sent.status_code == 422
            assert "Choose a file first." in sent.text


def test_a_browser_that_sends_too_much_is_heard_out_before_it_is_answered(app: Flask, holder: Holder) -> None:
    import http.client
    import threading

    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    try:
        sent = {"Content-Type": "multipart/form-data; boundary=x"}
        connection.request("POST", "/verify/", body=b"x" * 20_000_000, headers=sent)
        answer = connection.getresponse()

        assert answer.status == 413
        assert b"larger than 10 MB" in answer.read()
    finally:
        connection.close()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("body", [b"", b"&&&===", b"%zz=%", b"\x00" * 50, b"--x", b"--x\r\n\r\n" * 9, b"{}"])
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "application/json", ""]
)
def test_what_is_no_form_is_asked_for_a_file(holder: Holder, body: bytes, kind: str) -> None:
    sent = holder.client.post(f"/verify/{holder.code}", data=body, content_type=kind)

    assert sent.status_code == 422
    assert "Choose a file first." in sent.text


@pytest.mark.parametrize("name", ["../\u202egnp.\x00<script>" + "x" * 300, "", "%00", "a\nb: c"])
def test_the_name_of_a_file_is_of_no_matter(holder: Holder, name: str) -> None:
    encoded = name.encode().replace(b"\n", b"%0A")
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + encoded + b'"\r\n\r\n'
    sent = holder.client.post(
        "/verify/", data=head + PDF + b"\r\n--x--\r\n", content_type="multipart/form-data; boundary=x"
    )

    assert sent.status_code == 200
    assert heading(sent) == "Your file is genuine, byte for byte"
    assert "gnp" not in sent.text


def test_of_several_files_the_first_is_compared_and_many_are_refused(holder: Holder) -> None:
    def parts(*files: bytes) -> TestResponse:
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        body = b"".join(head + each + b"\r\n" for each in files) + b"--x--\r\n"
        return holder.client.post("/verify/", data=body, content_type="multipart/form-data; boundary=x")

    assert heading(parts(PDF, b"another")) == "Your file is genuine, byte for byte"
    assert parts(*[PDF] * 50).status_code == 413


def test_more_files_at_once_than_fit_into_memory_are_asked_to_wait(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = verify.BoundedSemaphore(1)
    monkeypatch.setattr(verify, "_turns", turns)

    with turns:
        page = holder.drop(PDF)

    assert page.status_code == 503
    assert "Too many files" in page.text
    assert int(page.headers["Retry-After"]) > 0
    assert holder.drop(PDF).status_code == 200


def test_a_file_touches_no_disk_and_no_log(
    holder: Holder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a file was about to be written")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    monkeypatch.setattr(tempfile, "_get_candidate_names", refuse)
    caplog.set_level(logging.DEBUG)
    before = contents(holder)

    assert holder.drop(b"a secret of somebody" + b"x" * 5_000_000).status_code == 200

    assert contents(holder) == before
    assert "secret of somebody" not in caplog.text
    assert "name of a file" not in caplog.text


def contents(holder: Holder) -> list[Any]:
    """Return everything that is kept, by table."""
    with holder.app.app_context(), db.engine.connect() as connection:
        return [connection.execute(table.select()).all() for table in db.metadata.sorted_tables]


def test_no_cookie_no_token_and_no_page_of_ours_is_needed(holder: Holder) -> None:
    for headers in (OUR_PAGE, {"Sec-Fetch-Site": "cross-site"}, {}):
        sent = holder.drop(PDF, **headers)

        assert sent.status_code == 200
        assert "Set-Cookie" not in sent.headers


# --- the files that are handed out ----------------------------------------------------------------------


def test_what_is_handed_out_verifies_without_the_site(holder: Holder) -> None:
    signed = seal.read_signatures(holder.look(f"{holder.code}.sig.json").data)
    published = seal.read_keys(holder.look("key.pem").data)

    assert seal.check(holder.document, signed, published) == "genuine"
    assert seal.check(PDF, signed, published) == "genuine"
    assert seal.check(holder.document[:-1], signed, published) != "genuine"


def test_a_key_of_before_is_still_handed_out(holder: Holder) -> None:
    [before, *_] = seal.read_signatures(holder.look(f"{holder.code}.sig.json").data)
    holder.app.extensions["signer"] = seal.Signer(b"the secret that is set from now on, long")

    former = seal.read_keys(holder.look(f"key-{before.key_id}.pem").data)

    assert before.key_id not in seal.read_keys(holder.look("key.pem").data)
    assert seal.check(holder.document, [before], former) == "genuine"
    assert f"key-{before.key_id}.pem" in holder.look().text


def test_the_files_are_downloads_named_by_code_and_key(holder: Holder) -> None:
    for path in (f"{holder.code}.sig.json", "key.pem"):
        disposition = holder.look(path).headers["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="[\w.-]+"', disposition)


def test_the_door_is_for_no_index_cache_or_cookie_and_is_linked_from_every_page(holder: Holder) -> None:
    for path in ("", holder.code, "key.pem", f"{holder.code}.sig.json", "EI-2222-2222"):
        headers = holder.client.get(f"/verify/{path}").headers
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Cache-Control"] == "private, no-store"
        assert "Set-Cookie" not in headers
    assert '<a href="/verify/">' in holder.client.get("/about/").text
    assert "/verify/" not in holder.client.get("/sitemap.xml").text
    assert "Disallow: /verify/" in holder.client.get("/robots.txt").text


# --- in a browser ---------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_pages_fit_every_width_and_axe_finds_nothing(holder: Holder, chromium: Any) -> None:
    import threading

    from werkzeug.serving import make_server

    from tests.browser import axe

    server = make_server("127.0.0.1", 0, holder.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    context = chromium.new_context(reduced_motion="reduce")
    try:
        tab = context.new_page()
        for path in ("", holder.code, "EI-2222-2222"):
            tab.goto(f"{address}/verify/{path}")
            for width in (320, 1440):
                tab.set_viewport_size({"width": width, "height": 900})
                assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert axe.violations_in_light_and_dark(tab) == []
        tab.goto(f"{address}/verify/{holder.code}")
        tab.set_input_files("#file", {"name": "x.json", "mimeType": "", "buffer": holder.document})
        tab.click("text=Compare it")
        assert tab.inner_text("h1") == "Your file is genuine, byte for byte"
        assert axe.violations_in_light_and_dark(tab) == []
    finally:
        context.close()
        server.shutdown()
