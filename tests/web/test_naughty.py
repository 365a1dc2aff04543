"""Whatever is typed into whichever field: it is kept to the letter or refused beside it, and never lost.

The fields are those that the pages show. So a new field of a known page is tried by itself, and a form on a
page that is not named here is noticed.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from pypdf import PdfReader
from werkzeug.datastructures import MultiDict

from assessment.core.evidence import Kind
from assessment.report import document as reports
from assessment.settings import Settings
from assessment.store import database
from tests.leader import Leader, Seen, some_answer
from tests.naughty import KEPT, NUMBERS, REFUSED, UNREADABLE
from tests.report.made import PATIENT, squeezed
from tests.web.places import PLACES, Place, Sheet, place_called, read
from tests.web.whole_site import served, settings_of

REFUSALS = frozenset({400, 403, 404, 409, 413, 422, 429, 503})


# What takes files and no text: test_verify.py and diagnosis/test_records.py send them odd shapes.
TAKING_FILES = {
    "verify.compare",
    "verify.compare_with",
    "diagnosis.read_records",
    "diagnosis.keep_records",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    return settings_of(tmp_path_factory.mktemp("naughty"), migrated)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    yield from served(settings)


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, app: Flask) -> Place:
    """Each form, one after the other."""
    return place_called(app, request.param)


def test_every_form_that_the_site_takes_is_among_these(app: Flask) -> None:
    adapter, places = app.url_map.bind("localhost"), {name: place_called(app, name) for name in PLACES}
    taken = {
        adapter.match(each.sheet().action.partition("?")[0], method="POST")[0] for each in places.values()
    }

    doors = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert taken == {each for each in doors - TAKING_FILES if not each.startswith(("sales.", "api."))}
    assert set(get_args(Kind)) <= set(PLACES)


# --- texts ------------------------------------------------------------------------------------------


def handed_back(page: Seen, name: str, text: str) -> bool:
    """Does a text still stand on the page, in its field or in what is handed back?"""
    text = text.replace("\r\n", "\n")
    shown = [value for sheet in read(page).sheets for value in getattr(sheet.fields.get(name), "values", [])]
    lines = re.findall(r'<pre tabindex="0">\n?(.*?)</pre>', page.text, re.DOTALL)
    # What cannot be printed is shown as a replacement character.
    both = {each for found in (*shown, *map(unescape, lines)) for each in (found, _printable(found))}
    return bool({text, _printable(text)} & both)


def _printable(text: str) -> str:
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]", "\ufffd", text)


def free_texts(sheet: Sheet) -> list[str]:
    """Return the fields of a form that take any text: the list has rules of its own."""
    return [name for name in sheet.of_kind("text", "area") if name != "list"]


def kept_of(place: Place, sent: Seen) -> dict[str, Any]:
    """Return what is kept of the page that was sent, from the file of everything."""
    if place.path == "again" or place.path.partition("?")[0] == "/diagnosis/":
        answer = json.loads(place.leader.client.get(sent.location.partition("?")[0] + "everything").data)
        return {**answer["facts"], **(answer["invited"] or {})}
    everything = json.loads(place.leader.open("everything").response.data)
    if place.action.endswith("/consent"):
        return everything["consents"][0]
    if place.action.endswith("/share"):
        newest = max(everything["shared"], key=lambda each: each["made_at"])
        return {"called": newest["label"]}
    pages = everything["pages"]
    part, page, *rest = place.path.split("/")
    if rest:  # what replaced an item stands in a log
        return dict(next(each["values"]["log"][-1] for each in pages if "log" in each["values"]))
    return next(each["values"] for each in pages if (each["part"], each["page"]) == (part, page))


TEXTS = (
    "start",
    "start invited",
    "again",
    "where",
    "item",
    "counts",
    "date",
    "spread",
    "small spread",
    "artefact",
    "anchors",
    "replace",
    "share",
    "consent",
)


# What was sent by these stands in no field afterwards.
ONCE = {"start", "start invited", "again", "replace", "share", "consent"}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_kept_as_typed_and_comes_back_as_typed(app: Flask, name: str) -> None:
    place, amiss = place_called(app, name), []

    for text in (
        KEPT if name not in ("replace", "share", "consent") else KEPT[:: len(KEPT) // 8]
    ):  # each replaces an item of a new sample, or is one more link of the few that there may be
        sheet, given = place.filled()
        texts = free_texts(sheet)
        assert texts
        for each in texts:
            given[each] = text
        sent = place.send(given)
        typed = text.replace("\r\n", "\n")  # a browser sends two characters for the one that was typed
        if sent.status != 303:
            amiss.append((text, sent.status))
            continue
        kept = kept_of(place, sent)
        again = place.sheet().fields if name not in ONCE else {}
        amiss += [(text, each, kept[each]) for each in texts if kept[each] != typed]
        amiss += [
            (text, each, again[each].values) for each in texts if again and again[each].values != [typed]
        ]

    assert amiss == []


def test_every_form_with_a_text_is_among_those_whose_texts_are_tried(app: Flask) -> None:
    assert {name for name in PLACES if free_texts(place_called(app, name).sheet())} == set(TEXTS)


def refused(place: Place, name: str, text: str, words: str = "") -> bool:
    """Is a text refused beside its field, and still there?"""
    _, given = place.filled()
    given[name] = text
    sent = place.send(given)
    beside = re.search(rf'id="{name}-error".*?</p>', sent.text)
    return sent.status == 422 and bool(beside and words in beside[0]) and handed_back(sent, name, text)


def test_what_cannot_be_printed_is_refused_beside_its_field_and_still_there(place: Place) -> None:
    tried = product(free_texts(place.sheet()), REFUSED)

    assert [each for each in tried if not refused(place, *each, "cannot be printed")] == []


def test_what_is_no_number_day_or_address_is_refused_beside_its_field_and_still_there(place: Place) -> None:
    tried = product(
        place.sheet().of_kind("number", "date", "email"), (*NUMBERS, KEPT[6], KEPT[32], REFUSED[0])
    )

    assert [each for each in tried if not refused(place, *each)] == []


NOT_OFFERED = ("<script>alert(1)</script>", "nul\x00\u202e", "-1", "\u0663", "not-applicable-9")


def test_what_no_page_offers_breaks_nothing_and_takes_no_text_along(place: Place) -> None:
    sheet, given = place.filled()
    amiss = []

    for each, text in product(sheet.of_kind("radio", "checkbox", "hidden", "button"), NOT_OFFERED):
        changed = MultiDict(given)
        changed.setlist(each, [text])
        typed = {name: f"I typed it into {name}" for name in free_texts(sheet)}
        changed.update(typed)
        for name, words in typed.items():
            changed.setlist(name, [words])
        if sheet.action.endswith(("/finish", "/leave")) and each in ("sure",):
            continue  # any tick is one
        sent = place.send(changed)
        if sent.status not in REFUSALS | {303}:
            amiss.append((each, sent.status))
        elif sent.status != 303:
            amiss += [(each, name) for name, words in typed.items() if not handed_back(sent, name, words)]

    assert amiss == []


# --- the shape of what is sent ----------------------------------------------------------------------


def shapes(sheet: Sheet, given: MultiDict[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield what no browser sends: fields that are missing, repeated, files for texts, texts for files."""
    odd = "../\u202egnp.\x00<script>" + "x" * 300 + '".csv'
    for name in sheet.fields:
        rest = MultiDict((key, value) for key, value in given.items(multi=True) if key != name)
        yield f"{name} missing", rest
        yield f"{name} repeated", MultiDict([*rest.items(multi=True), (name, "one"), (name, "two")])
        yield f"{name} as a file", MultiDict([*rest.items(multi=True), (name, (BytesIO(b"a\x00\xff"), odd))])
        yield f"{name} as an empty file", MultiDict([*rest.items(multi=True), (name, (BytesIO(), ""))])
        yield (
            f"{name} as an array",
            MultiDict([*rest.items(multi=True), (f"{name}[]", "x"), (f"{name}.y", "z")]),
        )
    yield "nothing", {}
    yield "something else", {KEPT[6]: KEPT[6], "": "", "\x00": "\x00"}


def test_forms_in_a_shape_that_no_browser_gives_them_are_taken_or_refused(place: Place) -> None:
    sheet, given = place.filled()
    for name in free_texts(sheet):
        given[name] = "typed by hand"
    given.poplist("sure")
    if place.path.endswith("/belief"):
        given.poplist("skip")
        for name in sheet.of_kind("checkbox", "number"):
            given.poplist(name)
    amiss = []

    for shape, changed in shapes(sheet, given):
        sent = place.send(changed)
        if sent.status not in REFUSALS | {303}:
            amiss.append((shape, sent.status))

    assert amiss == []


@pytest.mark.parametrize("body", [b"", b"&&&===", b"%", b"%zz=%", b"\x00" * 50, b"a" * 3000, b"{}"], ids=repr)
@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "",
    ],
)
def test_bodies_that_are_no_forms_are_refused(app: Flask, body: bytes, kind: str) -> None:
    for name in ("start", "where", "item"):
        assert place_called(app, name).send(body, content_type=kind).status in REFUSALS


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_no_text_at_all_is_refused_and_the_rest_is_handed_back(app: Flask, name: str) -> None:
    place = place_called(app, name)
    sheet, given = place.filled()
    amiss = []

    for name, junk in product(free_texts(sheet), UNREADABLE.values()):
        others = {each: f"I typed it into {each}" for each in free_texts(sheet) if each != name}
        whole = {**given.to_dict(), **others}
        parts = [f"{quote(key)}={quote(value)}" for key, value in whole.items() if key != name]
        sent = place.send("&".join([*parts, f"{name}={quote_from_bytes(junk)}"]).encode())
        lost = [each for each, words in others.items() if not handed_back(sent, each, words)]
        if sent.status not in (400, 422) or lost:
            amiss.append((name, sent.status, lost))

    assert amiss == []


def quote(text: str) -> str:
    return quote_from_bytes(text.encode())


ADDRESSES = (
    "/diagnosis/?form={}",
    "/diagnosis/?instrument={}",
    "/diagnosis/questions/{}",
    "/diagnosis/resume/{}",
    "/reports/{}/",
    "/reports/{}.pdf",
    "{base}?link={}",
    "/reports/{}/share",
    "/shared/{}",
    "/shared/r/{}/",
    "/shared/r/{}.csv",
    "{base}{}/where",
    "{base}F1/{}",
    "{base}F1/where?back={}",
    "/{}",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_that_kind_is_a_page_or_there_is_none(app: Flask, address: str) -> None:
    leader = place_called(app, "where").leader
    texts = [each.encode() for each in (*KEPT, *REFUSED, "x" * 5000)] + list(UNREADABLE.values())

    answers = [leader.open(address.format(quote_from_bytes(text), base=leader.base)) for text in texts]

    assert {each.status for each in answers} <= {200, 303, 308, 404}


# --- length -----------------------------------------------------------------------------------------


def test_a_million_characters_are_refused_in_words(place: Place) -> None:
    sheet, given = place.filled()
    amiss = []

    for name in sheet.of_kind("text", "area", "number", "date", "email", "hidden", "radio"):
        changed = MultiDict(given)
        changed[name] = "x" * 1_000_000
        sent = place.send(changed)
        if name in sheet.of_kind("text", "area"):
            if sent.status != 422 or not handed_back(sent, name, changed[name]):
                amiss.append((name, sent.status))
        elif sent.status != 303 or name not in sheet.of_kind("hidden"):  # of which some are not looked at
            amiss += [(name, sent.status)] if sent.status not in REFUSALS or "<h1" not in sent.text else []

    assert amiss == []


# --- what is made of it -----------------------------------------------------------------------------


def answered_with(app: Flask, texts: list[str]) -> tuple[Leader, list[str]]:
    """Answer the quick form with these texts in turns, wherever any is taken; return what was typed."""
    leader, typed = Leader(app.test_client()), list[str]()
    leader.start(label=texts[0].strip() or "x")

    def given(path: str, page: Seen) -> dict[str, Any]:
        said = some_answer(path, page)
        for name in free_texts(read(page).sheets[0]):
            typed.append(texts[len(typed) % len(texts)])
            said[name] = typed[-1]
        return said

    leader.walk(given)
    return leader, typed


def tags(page: Seen) -> Counter[tuple[str, ...]]:
    """Return how often a page has which tag; how long a text is decides what stands beside another."""
    return read(page).tags - Counter({("div", "class"): len(re.findall(r'class="samples__\w+"', page.text))})


def test_result_check_page_file_and_paper_hold_what_was_typed_as_text_alone(app: Flask) -> None:
    leader, typed = answered_with(app, [each for each in KEPT if each.strip()])
    plain, _ = answered_with(app, ["ordinary"])
    naughty = {each.replace("\r\n", "\n") for each in typed}

    check, plain_check = leader.open("check"), plain.open("check")
    file = json.loads(leader.open("everything").response.data)
    result, plain_result = leader.open(leader.finish().location), plain.open(plain.finish().location)
    document = leader.client.get(result.path[:-1] + ".json").get_data()

    assert len(naughty) == len([each for each in KEPT if each.strip()])
    for page, ordinary in ((check, plain_check), (result, plain_result)):
        assert page.status == 200
        assert tags(page) == tags(ordinary)  # nothing that was typed became a tag or an attribute
    assert {each for each in naughty if each not in unescape(check.text)} == set()
    told = json.dumps(file, ensure_ascii=False)
    assert {each for each in naughty if json.dumps(each, ensure_ascii=False)[1:-1] not in told} == set()

    shown = json.loads(document)
    told_of = [frame[name] for frame in shown["answers"]["frames"].values() for name in ("where", "query")]
    text = unescape(result.text)
    assert {each for each in told_of if each not in text} == set()
    paper = reports.paper(
        shown,
        app.extensions["library"].instrument(shown["answers"]["instrument"]),
        app.extensions["library"],
        base_address="https://diagnosis.example.org",
        code="EI-7F3K-92QD",
        limits=PATIENT,
    )
    words = squeezed("".join(each.extract_text() for each in PdfReader(BytesIO(paper)).pages))
    assert {each for each in told_of if each.isascii() and squeezed(each) not in words} == set()


# What a form wants that no text suffices for.
NEEDED = {"delete": {"sure": "y"}, "mail": {"to": "me@example.org"}}


@pytest.mark.parametrize("name", PLACES)
def test_while_nothing_can_be_written_every_form_is_refused_handed_back_and_taken_later(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place = place_called(app, name)
    sheet, given = place.filled()
    for each in free_texts(sheet):
        given[each] = f"I typed it into {each}"
    for each, needed in NEEDED.get(name, {}).items():
        given[each] = needed
    impatient = tuple(line.replace(f"= {database.WAIT_MS}", "= 1") for line in database.PRAGMAS)
    monkeypatch.setattr(database, "PRAGMAS", impatient)
    with app.app_context():
        database.db.engine.dispose()

    with closing(sqlite3.connect(settings.instance / "site.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        sent = place.send(given)
        holder.execute("ROLLBACK")

    assert sent.status == 503
    assert sent.response.headers["Retry-After"]
    assert [each for each in free_texts(sheet) if not handed_back(sent, each, given[each])] == []
    assert place.send(given).status == 303
    with app.app_context():
        database.db.engine.dispose()
