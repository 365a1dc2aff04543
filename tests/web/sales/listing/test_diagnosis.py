"""One diagnosis at the desk: what is shown of it, what never is, and what the desk does about it."""

from __future__ import annotations

import re

from flask import Flask

from assessment.store.sales import audit, listings
from tests.leader import Leader


def page_of(report_id: str) -> str:
    return f"/sales/diagnoses/{report_id}/"


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


def test_the_desk_never_sees_where_the_leader_looked_or_what_they_wrote(app: Flask, seller: Leader) -> None:
    leader = Leader(app.test_client())
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


def test_who_and_when_that_cannot_be_are_refused_in_words(seller: Leader, report_id: str) -> None:
    for door, typed in (
        ("/owner", {"owner": "x" * 22}),
        ("/next-date", {"next_on": "soon"}),
        ("/next-date", {"next_on": "2999-01-01"}),
    ):
        sent = seller.answer(page_of(report_id), to=door, **typed)

        assert sent.status == 422
        assert "There is a problem" in sent.text
