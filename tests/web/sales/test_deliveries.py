"""Deliveries at the desk: sent by mail or passed on, followed, ended; and what their reader sees."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from assessment.app import create_app
from assessment.settings import Settings
from assessment.store.database import writing
from assessment.store.sales import audit, consents, deliveries, letters
from assessment.store.sales.models import Prepared
from tests.conftest import some_settings
from tests.desk import PDF, browser_of
from tests.leader import Seen
from tests.mail_server import mail_server, post_room
from tests.reader import Reader
from tests.sender import BO, Sender, link_on
from tests.web.whole_site import served, settings_of

HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}'
LIST = "/sales/deliveries/"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    return settings_of(tmp_path_factory.mktemp("sending"), migrated)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    yield from served(settings)


@pytest.fixture(scope="module")
def sender(app: Flask) -> Sender:
    return Sender.of(app)


@pytest.fixture
def reader(app: Flask) -> Reader:
    return Reader(app.test_client())


def state(app: Flask, location: str) -> tuple[str, str]:
    with app.app_context():
        became = letters.latest(delivery_id=location.rpartition("/")[2].partition("?")[0])
    assert became is not None
    return became.state, became.error


# --- by mail ------------------------------------------------------------------------------------------


def test_a_report_that_is_mailed_arrives_with_a_link_that_opens_it(
    app: Flask, sender: Sender, reader: Reader
) -> None:
    delivery = sender.send("mail")
    assert "Queued" in sender.open(delivery).text

    with mail_server() as server:
        post_room(app, server.url).deliver()

    [message] = server.accepted
    assert server.recipients == [["bo@reader.example"]]
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "> As we said." in text
    [link] = [line for line in text.splitlines() if "/shared/" in line]
    assert "Sent" in sender.open(delivery).text
    assert reader.open("/shared/" + link.rpartition("/")[2]).status == 303
    assert "once, on" in sender.open(delivery).text
    assert "Opened" in sender.open(LIST).text
    with app.app_context():
        assert audit.page(size=1)[0].verb == "delivery opened"


@pytest.mark.parametrize(("how", "files"), [("mail", []), ("attached", [PDF])])
def test_the_pdf_is_attached_only_where_that_was_chosen(
    app: Flask, sender: Sender, how: str, files: list[bytes]
) -> None:
    sender.send(how)

    with mail_server() as server:
        post_room(app, server.url).deliver()

    attached = list(server.accepted[0].iter_attachments())
    assert [each.get_content() for each in attached] == files
    assert all(
        (each.get_filename() or "").startswith("report-") and each.get_content_type() == "application/pdf"
        for each in attached
    )


def test_why_a_mail_was_not_sent_stands_on_the_list_and_on_its_page(app: Flask, sender: Sender) -> None:
    delivery = sender.send("mail", name="Nobody There")

    with mail_server(to_recipient=["550 no such user here"]) as server:
        post_room(app, server.url).deliver()

    why = "the mail server refused the address (550)"
    assert state(app, delivery) == ("failed", why)
    assert why in sender.open(delivery).text
    assert why in sender.open(LIST).text
    assert "Not sent" in sender.open(LIST).text


def test_what_did_not_arrive_is_sent_again_without_typing_it_again(sender: Sender) -> None:
    delivery = sender.open(sender.send("mail"))
    sender.press(delivery, "/end")

    again = sender.open(next(link for link in delivery.links if "like=" in link))

    assert {**again.form("/send").fields, **BO} == again.form("/send").fields.to_dict()
    assert again.form("/send").fields["prepared"] == sender.prepared_id
    other = sender.open(next(link for link in delivery.links if "/send" in link and "like=" not in link))
    assert other.form("/send").fields["address"] == ""


def test_a_mail_that_waits_is_not_sent_once_its_link_was_ended(app: Flask, sender: Sender) -> None:
    delivery = sender.send("mail")

    ended = sender.press(sender.open(delivery), "/end")

    assert ended.status == 303
    assert "/end" not in sender.open(delivery).text
    with mail_server() as server:
        post_room(app, server.url).deliver()
    assert server.accepted == []


# --- by a link ----------------------------------------------------------------------------------------


def test_a_link_is_shown_once_to_who_made_it_and_mails_nothing(
    app: Flask, sender: Sender, reader: Reader
) -> None:
    delivery = sender.send("hand", address="bo@reader.example")

    link = link_on(sender.open(delivery))

    with app.app_context():
        assert letters.take(lease_s=1) is None
    assert "bo@reader.example" not in sender.open(delivery).text  # nothing is mailed there: it is not kept
    page, _, name = delivery.partition("?")
    assert "delivery-link" not in sender.open(page).text
    assert "delivery-link" not in sender.open(f"{sender.send('hand').partition('?')[0]}?{name}").text
    other = Sender(app, sender.account, browser_of(app, sender.account), sender.leader, sender.report_id)
    assert "delivery-link" not in other.open(delivery).text
    assert "Link copied" in sender.open(delivery).text
    assert reader.open(link).status == 303


def test_the_same_form_sends_once_however_often_it_is_sent(app: Flask, sender: Sender) -> None:
    page = sender.open(sender.at)

    first = sender.press(page, "/send", how="mail", **BO)
    second = sender.press(page, "/send", how="mail", **BO)
    other = sender.press(page, "/send", how="mail", **BO | {"address": "other@reader.example"})

    assert first.location == second.location != other.location
    with mail_server() as server:
        post_room(app, server.url).deliver()
    assert sorted(message["To"].addresses[0].addr_spec for message in server.accepted) == [
        "bo@reader.example",
        "other@reader.example",
    ]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"how": "mail", "address": ""}, "Write the address to which it is mailed."),
        ({"how": "mail", "address": "a@b.example, c@d.example"}, "This is not one address."),
        ({"how": "mail", "address": "a@b.example\nBcc: c@d.example"}, "This is not one address."),
        ({"how": "", "address": ""}, "Choose how it gets there."),
        ({"days": "365"}, "Choose how long it shall work."),
        ({"name": "x" * 121}, "at most 120 fit"),
        ({"name": "A\nB"}, "at most 1 fit"),
    ],
)
def test_a_refused_form_says_why_keeps_what_was_typed_and_sends_nothing(
    app: Flask, sender: Sender, typed: dict[str, str], fault: str
) -> None:
    refused = sender.press(sender.open(sender.at), "/send", **{"name": HOSTILE, **typed})

    assert refused.status == 422
    assert fault in html.unescape(refused.text)
    assert "<script>alert" not in refused.text
    assert refused.form("/send").fields["name"] == typed.get("name", HOSTILE)
    with app.app_context():
        assert letters.take(lease_s=1) is None


def test_nobody_sends_more_than_a_person_can_mean_to(
    app: Flask, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        so_many = len([each for each in deliveries.page(size=500) if each.person == sender.account.name])
    monkeypatch.setattr(deliveries, "SENT_A_DAY_AT_MOST", so_many + 1)
    page = sender.open(sender.at)

    last = sender.press(page, "/send", how="hand", name="The last")
    refused = sender.press(sender.open(sender.at), "/send", how="hand", name="One more")

    assert last.status == 303
    assert sender.press(page, "/send", how="hand", name="The last").location == last.location
    assert refused.status == 409
    assert "One more" in refused.text


def test_what_is_not_ready_is_not_sent(sender: Sender) -> None:
    page = sender.open(sender.at)

    refused = sender.press(page, "/send", how="hand", prepared="x" * 22, name="Bo")

    assert refused.status == 409
    assert "Nothing was sent" in refused.text
    assert "Bo" in refused.text


def test_whatever_is_typed_is_shown_as_text(app: Flask, sender: Sender, reader: Reader) -> None:
    prepared = sender.prepare(**dict.fromkeys(("prepared_for", "prepared_by", "contact", "message"), HOSTILE))
    delivery = sender.send("attached", prepared=prepared, name=HOSTILE)

    with mail_server() as server:
        post_room(app, server.url).deliver()

    [message] = server.accepted
    marked_up = message.get_body(("html",))
    assert marked_up is not None
    seen = [sender.open(LIST), sender.open(delivery), sender.open(f"{sender.at}?prepared={prepared}")]
    link = sender.copied(prepared=prepared)
    reader.open(link)
    texts = [each.text for each in [*seen, reader.see()]] + [marked_up.get_content()]
    assert all("<script>alert" not in text and "&lt;script&gt;alert" in text for text in texts)
    assert all("49" not in text.partition("alert(1)")[2][:60] for text in texts)
    assert "\n" not in message["Subject"]
    assert message["Bcc"] is None


# --- who reads it -------------------------------------------------------------------------------------


def test_the_link_says_who_sent_it_before_anything_is_opened(sender: Sender, reader: Reader) -> None:
    link = sender.copied()

    page = Seen(reader.client.get(link), link)

    assert "Ada Seller" in page.text
    assert "Bo Reader" not in page.text  # the cover is behind the button


def test_its_reader_sees_the_cover_the_whole_result_and_the_paper_that_has_the_cover(
    sender: Sender, reader: Reader
) -> None:
    reader.open(sender.copied())

    page = reader.see()

    assert "Prepared for" in page.text
    assert "As we said." in page.text
    assert "is not part of the diagnosis" in page.text
    assert "How to verify this report" in page.text
    assert "paper=letter" not in page.text
    assert reader.see(".pdf").response.data == PDF
    assert reader.see(".json").status == reader.see(".csv").status == 200
    assert reader.see("/logo.png").status == 404


def test_of_the_first_page_alone_nothing_more_is_shown(sender: Sender, reader: Reader) -> None:
    reader.open(sender.copied(prepared=sender.prepare(pages="glance", logo=b"a picture")))

    page = reader.see()

    assert "the first page of the report" in page.text
    assert 'aria-labelledby="indicators"' not in page.text
    assert 'class="glance' not in page.text
    assert "Download the data" not in page.text
    assert "Download the table" not in page.text
    assert reader.see(".pdf").response.data == PDF
    assert [reader.see(each).status for each in (".json", ".csv")] == [404, 404]
    logo = reader.see("/logo.png")
    assert (logo.response.data, logo.response.content_type) == (b"a picture", "image/png")


def test_what_is_not_prepared_any_more_is_not_shown_as_the_whole_result(
    app: Flask, sender: Sender, reader: Reader
) -> None:
    prepared = sender.prepare(pages="glance")
    reader.open(sender.copied(prepared=prepared))
    with app.app_context(), writing() as connection:
        connection.execute(delete(Prepared).where(Prepared.id == prepared))

    assert [reader.see(each).status for each in ("", ".pdf", ".json", ".csv", "/logo.png")] == [404] * 5


def test_a_link_that_was_ended_closes_for_who_reads_by_it(sender: Sender, reader: Reader) -> None:
    delivery = sender.send("hand")
    reader.open(link_on(sender.open(delivery)))
    assert reader.see().status == 200

    sender.press(sender.open(delivery), "/end")

    assert [reader.see(each).status for each in ("", ".pdf", ".json")] == [410] * 3
    assert "Link ended" in sender.open(delivery).text


def test_the_leader_sees_the_links_that_the_desk_made_and_may_end_them(app: Flask, reader: Reader) -> None:
    sender = Sender.of(app, name="Cy Seller")
    reader.open(sender.copied())

    links = sender.leader.open(f"/reports/{sender.report_id}/share")
    assert "Sent by" in links.text
    assert "Bo Reader" not in links.text
    assert sender.leader.send(links, to="/end").status == 303

    assert reader.see().status == 410


def test_a_consent_that_is_taken_back_ends_what_was_sent_and_the_desk_forgets_it(
    app: Flask, reader: Reader
) -> None:
    sender = Sender.of(app, name="Di Seller")
    delivery = sender.send("hand", name="Somebody Else")
    reader.open(link_on(sender.open(delivery)))
    waiting = sender.send("mail")

    with app.app_context():
        consents.withdraw(sender.report_id)

    assert reader.see().status == 410
    assert [sender.open(each).status for each in (delivery, waiting, sender.at)] == [404] * 3
    assert "Somebody Else" not in sender.open(LIST).text
    with mail_server() as server:
        post_room(app, server.url).deliver()
    assert server.accepted == []


# --- a site without mail ------------------------------------------------------------------------------


def test_a_site_without_a_mail_server_offers_the_link_alone(app: Flask, sender: Sender) -> None:
    quiet = create_app(some_settings(app.config["SETTINGS"].instance))
    without = Sender(quiet, sender.account, quiet.test_client(), sender.leader, sender.report_id)
    cookie = sender.client.get_cookie("person")
    assert cookie
    without.client.set_cookie("person", cookie.value)

    page = without.open(without.at)

    assert "This site sends no mail" in page.text
    assert "address" not in page.form("/send").names
    assert link_on(without.open(without.press(page, "/send", name="Bo").location))
    assert without.press(page, "/send", how="mail", **BO).status == 409
