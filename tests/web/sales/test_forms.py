"""Whatever is typed into whichever form of the desk is kept or refused beside its field, and never lost.

The forms are those that the pages of a demonstration show, so a new one is tried by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from assessment.store.database import db
from tests.access import Kept
from tests.demo import Demo, copied
from tests.leader import OUR_PAGE, Seen, SeenForm
from tests.naughty import KEPT, REFUSED
from tests.web.places import Sheet, read
from tests.web.test_naughty import handed_back

SECRET = ("password", "new_password", "again")  # what nobody may see is not handed back
# What ends the session of these tests, and what answers a file (test_taking.py).
ELSEWHERE = ("/sign-out", "/diagnoses.csv", "/diagnoses.xlsx")


@dataclass(frozen=True)
class Form:
    """One form of a page of the desk, as somebody meets it who is signed in."""

    page: str
    seen: SeenForm
    sheet: Sheet

    @property
    def texts(self) -> list[str]:
        return [each for each in self.sheet.of_kind("text", "area") if each not in SECRET]

    def filled(self, **typed: str) -> dict[str, str]:
        """Return what an ordinary person sends: the first of what is offered, a word in each text."""
        of_kind = {name: each.kind for name, each in self.sheet.fields.items()}
        said = dict.fromkeys(self.texts, "some words")
        said |= {name: "x@example.org" for name, kind in of_kind.items() if kind == "email"}
        said |= {name: self.seen.choices[name][0] for name in self.seen.choices}
        return {**said, **self.seen.fields.to_dict(), **dict.fromkeys(self.texts, "some words"), **typed}

    def send(self, client: FlaskClient, said: Mapping[str, str], **headers: Any) -> Seen:
        sent = client.post(self.seen.action, data=said, headers=headers or OUR_PAGE, buffered=True)
        return Seen(sent, self.page)


@dataclass(frozen=True)
class Desk:
    """A desk that was filled, a browser of its admin, and every form that it shows."""

    demo: Demo
    client: FlaskClient
    forms: list[Form]
    kept: Kept


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, demonstrated: Path) -> Iterator[Desk]:
    demo = copied(demonstrated, tmp_path_factory.mktemp("forms"))
    client = demo.admin()
    forms = {}
    for path in demo.pages(3):
        page = Seen(client.get(path), path)
        for seen, sheet in zip(page.forms, read(page).sheets, strict=True):
            if seen.method == "post" and not seen.action.endswith(ELSEWHERE):
                forms[demo.door(seen.action)] = Form(path, seen, sheet)
    yield Desk(demo, client, list(forms.values()), Kept(str(demo.instance / "site.db")))
    with demo.app.app_context():
        db.engine.dispose()


def test_every_door_of_the_desk_that_takes_a_form_is_reached_by_one(desk: Desk) -> None:
    reached = {desk.demo.door(each.seen.action) for each in desk.forms}
    rules = [each for each in desk.demo.app.url_map.iter_rules() if "POST" in (each.methods or ())]
    own = [each for each in rules if not each.rule.endswith(ELSEWHERE)]

    of_desk = {each.endpoint for each in own if each.endpoint.startswith("sales.")}
    assert of_desk - reached - UNSHOWN == set()


# Where no admin is led who is signed in, and what test_account.py and test_people.py look at.
UNSHOWN = {
    "sales.check_in",
    "sales.set_password",
    "sales.turn_off",
    "sales.end_person",
    "sales.make_prepared_again",
}


def test_a_form_of_another_site_or_without_its_token_does_nothing_and_hands_its_text_back(desk: Desk) -> None:
    amiss = []

    for form in desk.forms:
        said = form.filled()
        elsewhere = form.send(desk.client, said, **{"Sec-Fetch-Site": "cross-site"})
        tokenless = form.send(desk.client, {**said, "csrf_token": ""})
        signed_out = form.send(desk.demo.app.test_client(), said)
        for sent in (elsewhere, tokenless, signed_out):
            lost = [each for each in form.texts if not handed_back(sent, each, "some words")]
            if sent.status != 403 or lost or desk.kept.has_changed():
                amiss.append((form.seen.action, sent.status, lost))

    assert amiss == []


def test_what_cannot_be_printed_is_refused_beside_its_field_and_still_there(desk: Desk) -> None:
    amiss = []

    for form in desk.forms:
        for name in form.texts:
            for text in REFUSED[::3]:
                sent = form.send(desk.client, form.filled(**{name: text}))
                if sent.status != 422 or not handed_back(sent, name, text) or desk.kept.has_changed():
                    amiss.append((form.seen.action, name, text, sent.status))

    assert amiss == []


def test_a_text_is_kept_or_refused_with_it_and_stands_nowhere_as_anything_else(desk: Desk) -> None:
    amiss = []

    for form in desk.forms:
        for text in (*KEPT[6:9], *KEPT[15::12]):
            said = form.filled(**dict.fromkeys(form.texts, text))
            sent = form.send(desk.client, said)
            page = Seen(desk.client.get(sent.location), sent.location) if sent.status == 303 else sent
            lost = sent.status != 303 and [each for each in form.texts if not handed_back(sent, each, text)]
            if sent.status not in (303, 409, 422) or lost or "<script>alert" in page.text:
                amiss.append((form.seen.action, text, sent.status, lost))
            desk.kept.has_changed()

    assert amiss == []


def test_a_million_characters_are_refused_and_still_there(desk: Desk) -> None:
    amiss = []

    for form in desk.forms:
        for name in form.texts:
            text = "x" * 1_000_000
            sent = form.send(desk.client, form.filled(**{name: text}))
            if sent.status != 422 or not handed_back(sent, name, text) or desk.kept.has_changed():
                amiss.append((form.seen.action, name, sent.status))

    assert amiss == []


def test_what_no_page_offers_breaks_nothing(desk: Desk) -> None:
    amiss = []

    for form in desk.forms:
        for name in form.sheet.fields:
            for text in ("nul\x00\u202e", "", "x" * 300):
                sent = form.send(desk.client, form.filled(**{name: text}))
                if sent.status not in (303, 400, 403, 404, 409, 422):
                    amiss.append((form.seen.action, name, text, sent.status))
                desk.kept.has_changed()

    assert amiss == []
