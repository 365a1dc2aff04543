"""The door of the results: whole, for its holder alone, and plain about a PDF that is not there."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.core.interchange import canonical
from assessment.report.document import html
from assessment.store import assessments, finishing, outbox
from assessment.store.assessments import Finished
from tests.report.made import ALL_SOUND, ALL_UNVERIFIED, ATLAS, instrument, report, result

HOLDER, STRANGER = "h" * 43, "s" * 43


@dataclass(frozen=True, slots=True)
class Kept:
    """A report in the store, and a browser that holds it."""

    client: FlaskClient
    id: str
    document: bytes

    def get(self, suffix: str = "/") -> Any:
        return self.client.get(f"/reports/{self.id}{suffix}")


def browser(app: Flask, holder: str = "") -> FlaskClient:
    client = app.test_client()
    if holder:
        client.set_cookie("holder", holder)
    return client


def keep(app: Flask, of: dict[str, Any], *, key: str = "") -> Kept:
    """Finish an assessment with a result."""
    document = canonical(of)
    with app.app_context():
        started = assessments.start(
            holder=HOLDER,
            instrument_key=key or instrument().key,
            instrument_sha256=instrument().sha256,
            facts={},
        )
        finished = finishing.finish(started.assessment_id, diagnosis=document, seen={})
    assert isinstance(finished, Finished)
    return Kept(browser(app, HOLDER), finished.report_id, document)


def make_paper(app: Flask, pdf: bytes = b"%PDF-1.7 made") -> bytes:
    """Settle what the outbox owes, as the back room does."""
    with app.app_context():
        owed = outbox.take("render", lease_s=30)
        assert owed is not None
        outbox.done(owed, pdf)
    return pdf


@pytest.fixture
def kept(app: Flask) -> Kept:
    """The report of a team with something of everything; its paper is still owed."""
    return keep(app, result())


class Words(HTMLParser):
    """The visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


# --- the result -----------------------------------------------------------------------------------


def test_the_result_is_whole_before_anything_is_asked(kept: Kept) -> None:
    page = kept.get()
    told = report(result(), code=re.search(r"EI-[0-9A-Z]{4}-[0-9A-Z]{4}", page.text)[0])  # type: ignore[index]
    words = Words(page.text).text

    assert page.status_code == 200
    assert told.title in words
    for layer in told.layers:
        for dimension in layer.dimensions:
            for seen in dimension.indicators:
                assert seen.sentence in words
    for _, name in told.contents:
        assert name.partition(",")[0] in words
    # What can be sent from here stands behind the result; who reads it is asked for nothing.
    consent, link = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
    assert page.text.index(consent) > page.text.index(told.contents[-1][1].partition(",")[0])
    assert re.findall(r'<input type="(\w+)"', link) == ["hidden", "hidden"]
    assert "required" not in consent


def test_screen_and_paper_tell_the_same_sections_in_the_same_order(kept: Kept) -> None:
    anchors = [anchor for anchor, _ in report().contents]
    places = [kept.get().text.index(f'id="{anchor}"') for anchor in anchors]

    assert places == sorted(places)


def test_screen_and_paper_share_their_anchors_and_what_their_figures_say(app: Flask) -> None:
    of = result(belief={"VD1": {"count": 8, "of": 8}})
    screen = keep(app, of).get().text
    sheet = html(report(of, code=re.findall(r"EI-[0-9A-Z]{4}-[0-9A-Z]{4}", screen)[0]))

    anchors = re.findall(r'<(?:section|h\d|div|dt|caption)[^>]* id="([^"]+)"', sheet)
    places = [screen.index(f' id="{anchor}"') for anchor in anchors]
    assert len(anchors) > 40
    assert places == sorted(places)
    for title in set(re.findall(r"<title>((?!QR)[^<]+)</title>", sheet.partition("<body")[2])):
        assert f"<title>{title}</title>" in screen, title


@pytest.mark.parametrize(
    "of",
    [
        lambda: result(ALL_SOUND),
        lambda: result(ALL_UNVERIFIED, "E2"),
        lambda: result(ATLAS, "E1", frames={}),
        lambda: result({**ATLAS, "LD1": (0, 4, 0)}, team_size=3),
        lambda: result({}, frames={}),
        lambda: result(belief={"VD1": {"count": 8, "of": 8}}),
    ],
)
def test_every_kind_of_result_has_a_page(app: Flask, of: Any) -> None:
    page = keep(app, of()).get()

    assert page.status_code == 200
    assert len(re.findall("<h1", page.text)) == 1
    ids = re.findall(r'\bid="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= set(ids)


def test_typed_text_is_shown_as_text(app: Flask) -> None:
    page = keep(app, result(label="<script>alert(1)</script>")).get()

    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page.text
    assert "<script>alert" not in page.text


def test_a_result_is_for_no_cache_index_or_referer(kept: Kept) -> None:
    for suffix, policy in (("/", "same-origin"), (".json", "no-referrer")):
        headers = kept.get(suffix).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Referrer-Policy"] == policy
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in kept.get().text


def test_links_that_lead_away_send_no_referer(kept: Kept) -> None:
    outside = re.findall(r'<a [^>]*href="https://[^>]*>', kept.get().text)

    assert outside
    # What the layout says of the owner at the foot of every page is not the report's.
    assert all('rel="noreferrer"' in each for each in outside if "class=" in each)


@pytest.mark.parametrize("key", ["", "execution-integrity/0.0.1"])
def test_a_result_whose_draft_has_changed_says_so_and_gives_the_data(app: Flask, key: str) -> None:
    of = json.loads(canonical(result()))
    of["answers"]["observations"]["VD9"] = of["answers"]["observations"].pop("VD1")
    changed = keep(app, of, key=key)

    page = changed.get()

    assert page.status_code == 200
    assert "<h1>This result can no longer be shown in words</h1>" in page.text
    assert f'href="/reports/{changed.id}.json"' in page.text
    assert f'href="/reports/{changed.id}.pdf"' not in page.text
    assert changed.get(".json").data == changed.document
    make_paper(app)
    assert f'href="/reports/{changed.id}.pdf">Download' in changed.get().text


# --- who may see it -------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["/", ".pdf", ".json"])
def test_foreign_and_unknown_reports_give_the_same_answer(app: Flask, kept: Kept, suffix: str) -> None:
    answers = [
        browser(app, STRANGER).get(f"/reports/{kept.id}{suffix}"),
        browser(app).get(f"/reports/{kept.id}{suffix}"),
        browser(app, HOLDER).get(f"/reports/{'x' * len(kept.id)}{suffix}"),
    ]

    assert [each.status_code for each in answers] == [404] * 3
    bodies = {each.data.replace(kept.id.encode(), b"").replace(b"x" * len(kept.id), b"") for each in answers}
    assert len(bodies) == 1


# --- the paper ------------------------------------------------------------------------------------


def test_while_the_pdf_is_made_page_and_link_say_so_with_a_hint_to_try_again(kept: Kept) -> None:
    page, pdf = kept.get(), kept.get(".pdf")

    assert "The PDF is being prepared" in page.text
    assert pdf.status_code == 202
    assert int(pdf.headers["Retry-After"]) > 0
    assert "The PDF is being prepared" in pdf.text
    assert f'href="/reports/{kept.id}.pdf">Try again' in pdf.text
    assert "http-equiv" not in pdf.text


def test_just_after_finishing_the_page_looks_again_by_itself_until_the_pdf_is_there(
    app: Flask, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    while_it_is_made = kept.get()
    monkeypatch.setattr("assessment.web.reports.JUST_FINISHED", timedelta())
    long_after = kept.get()
    monkeypatch.undo()
    make_paper(app)

    assert int(while_it_is_made.headers["Refresh"]) >= 3
    assert "Refresh" not in long_after.headers
    assert "Refresh" not in kept.get().headers


def test_a_ready_pdf_is_answered_whole_under_a_name_that_holds_its_code(app: Flask, kept: Kept) -> None:
    made = make_paper(app)

    pdf = kept.get(".pdf")

    assert pdf.status_code == 200
    assert pdf.data == made
    assert pdf.mimetype == "application/pdf"
    assert re.fullmatch(
        r'attachment; filename="execution-integrity-EI-[0-9A-Z]{4}-[0-9A-Z]{4}\.pdf"',
        pdf.headers["Content-Disposition"],
    )
    assert "Download the PDF" in kept.get().text


def test_a_pdf_that_could_not_be_made_is_told_in_plain_words_and_the_page_stays_whole(
    app: Flask, kept: Kept
) -> None:
    with app.app_context():
        owed = outbox.take("render", lease_s=30)
        assert owed is not None
        outbox.failed(owed, "it took too long", again=False)

    page, pdf = kept.get(), kept.get(".pdf")

    assert "The PDF could not be made" in page.text
    assert report().title in page.text
    assert pdf.status_code == 503
    assert "The PDF could not be made" in pdf.text
    assert "it took too long" not in pdf.text
    assert "Retry-After" not in pdf.headers


def test_a_pdf_that_waits_for_the_operator_is_not_said_to_come_in_seconds(app: Flask, kept: Kept) -> None:
    with app.app_context():
        owed = outbox.take("render", lease_s=30)
        assert owed is not None
        outbox.postponed(owed, "Pango is not installed")

    page, pdf = kept.get(), kept.get(".pdf")

    assert "few seconds" not in page.text + pdf.text
    assert "could not be made yet" in page.text
    assert "<h1>The PDF could not be made yet</h1>" in pdf.text
    assert pdf.status_code == 202
    assert int(pdf.headers["Retry-After"]) == 60
    assert "Pango" not in page.text + pdf.text


# --- the document ---------------------------------------------------------------------------------


def test_the_json_is_the_stored_document_byte_for_byte(kept: Kept) -> None:
    answer = kept.get(".json")

    assert answer.mimetype == "application/json"
    assert answer.data == kept.document
    assert hashlib.sha256(answer.data).hexdigest() in kept.get().text
    assert json.loads(answer.data)["answers"]["label"] == "Team Atlas"


def test_reading_a_report_changes_nothing(app: Flask, kept: Kept) -> None:
    for suffix in ("/", ".pdf", ".json"):
        for method in ("post", "put", "delete", "patch"):
            assert getattr(kept.client, method)(f"/reports/{kept.id}{suffix}").status_code in (403, 405)
        assert "Set-Cookie" not in kept.get(suffix).headers


# --- in a browser ---------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_result_fits_every_width_and_axe_finds_nothing(
    app: Flask, kept: Kept, chromium: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from werkzeug.serving import make_server

    from tests.browser import axe

    monkeypatch.setattr("assessment.web.reports.LOOK_AGAIN_AFTER_S", 3600)  # it stays while axe looks at it
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    context = chromium.new_context(reduced_motion="reduce")
    try:
        context.add_cookies([{"name": "holder", "value": HOLDER, "url": address}])
        tab = context.new_page()
        for path in (f"/reports/{kept.id}/", f"/reports/{kept.id}.pdf"):
            tab.goto(address + path)
            for width in (320, 768, 1440):
                tab.set_viewport_size({"width": width, "height": 900})
                assert tab.evaluate("document.documentElement.scrollWidth") <= width
                assert axe.violations_in_light_and_dark(tab) == []
    finally:
        context.close()
        server.shutdown()
