"""A letter of the desk as a mail: text and HTML, to one recipient, inert whatever was typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment import mail
from tests.scale import search

SITE = mail.Sender("A site", "An owner", "https://site.test", "desk@site.test")
VALUES = {
    "to": "bo@example.org",
    "name": "Bo Reader",
    "sender": "Ada Seller",
    "answer_to": "ada@example.org",
    "token": "t" * 43,
    "until": "2026-12-30",
}
KINDS = ("invitation", "reminder", "delivery")
TYPED = ("name", "sender", "organisation", "message")
HOSTILE = (
    "A\r\nBcc: c@d.test",
    "A\n\nSubject: other",
    "A\x00B\x0bC",
    "<script>alert(1)</script>",
    '"><img src=//evil.test/x.png>',
    "{{ 7*7 }}{% raw %}",
    "=HYPERLINK(1)",
    "a@b.test, c@d.test",
    "‮gnp.exe",
    "Ümläut 漢字 😀",
    "x" * 2000,
)


def written(kind: str = "delivery", attached: tuple[str, bytes] | None = None, **values: str) -> EmailMessage:
    """Return a letter as it arrives."""
    owed_at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    message = mail.of_desk(
        kind, VALUES | values, name="0" * 32, owed_at=owed_at, sender=SITE, attached=attached
    )
    arrived = message_from_bytes(message.as_bytes(), policy=default)
    assert isinstance(arrived, EmailMessage)
    return arrived


def bodies(message: EmailMessage) -> tuple[str, str]:
    """Return its text and its HTML."""
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    plain, marked_up = (part.get_content().replace("\r\n", "\n") for part in parts if part)
    return plain, marked_up


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_says_in_text_and_in_html_who_writes_what_it_opens_and_until_when(kind: str) -> None:
    message = written(kind, organisation="Northwind & Sons")

    for body in bodies(message):
        assert "Ada Seller" in body
        assert "ada@example.org" in body
        assert re.search(rf"https://site\.test/{mail.LINKS[kind]}/t{{43}}", body)
        assert "30 December 2026" in body
        assert "Hello Bo Reader" in body
        assert re.search("Northwind &(amp;)? Sons", body)
    assert message["To"].addresses[0].addr_spec == "bo@example.org"
    assert message["From"].addresses[0].addr_spec == "desk@site.test"
    assert message["Reply-To"].addresses[0].addr_spec == "ada@example.org"
    assert "Ada Seller" in message["Subject"]


@pytest.mark.parametrize("kind", KINDS)
def test_reading_a_letter_fetches_nothing_and_tells_nobody(kind: str) -> None:
    _, marked_up = bodies(written(kind, message="Hello"))

    assert not re.search(
        r"<(img|link|script|iframe|object|video|audio|form|input)\b|url\(|@import|\bsrc=", marked_up
    )
    links = set(re.findall(r'href="([^"]*)"', marked_up))
    assert links <= {f"https://site.test/{mail.LINKS[kind]}/{'t' * 43}", "https://site.test/verify/"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", TYPED)
@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_was_typed_begins_no_header_recipient_or_tag(kind: str, field: str, text: str) -> None:
    message = written(kind, **{field: text})

    assert_inert(message)
    assert sorted(set(message.keys())) == sorted(message.keys())
    _, marked_up = bodies(message)
    assert "<script>alert" not in marked_up
    assert "<img" not in marked_up


def assert_inert(message: EmailMessage) -> None:
    assert [each.addr_spec for each in message["To"].addresses] == ["bo@example.org"]
    assert [each.addr_spec for each in message["Reply-To"].addresses] == ["ada@example.org"]
    assert [message[each] for each in ("Cc", "Bcc")] == [None, None]
    assert message["Message-ID"] == f"<{'0' * 32}@site.test>"
    assert len(message["Subject"]) <= mail.IN_HEADER + 80
    assert message["Subject"].isprintable()


@search(60)
@given(st.text(max_size=200), st.text(max_size=300), st.sampled_from(KINDS))
def test_no_text_breaks_a_letter(name: str, said: str, kind: str) -> None:
    message = written(kind, name=name, sender=said, organisation=name, message=said)

    assert_inert(message)
    assert len(list(message.walk())) == 3


@pytest.mark.parametrize("field", ["to", "answer_to"])
@pytest.mark.parametrize(
    "text", ["a@b.test\r\nBcc: c@d.test", "a@b.test, c@d.test", "", "<a@b.test> c@d.test"]
)
def test_a_letter_to_what_is_not_one_address_is_not_written(field: str, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the words are the library's
        written(**{field: text})


def test_a_message_stands_in_the_letter_line_by_line() -> None:
    plain, marked_up = bodies(written(message="Dear Bo,\n\nas <said>.\nAda"))

    assert "> Dear Bo,\n> \n> as <said>.\n> Ada\n" in plain
    assert "Dear Bo,\n\nas &lt;said&gt;.\nAda</blockquote>" in marked_up


def test_the_same_letter_has_the_same_bytes() -> None:
    def bytes_of() -> bytes:
        return written(attached=("report.pdf", b"%PDF-1.7")).as_bytes()

    assert bytes_of() == bytes_of()
