"""`flask mail bounced`: letters that came back are marked, whichever mail server returns them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from assessment.app import bare_app
from assessment.bounces import Bounce, bounce
from assessment.store.sales import letters
from tests.desk import prepare, send, shared_with_desk, somebody
from tests.leader import Leader

NAME = "0123456789abcdef" * 2
NOTICE = """\
Return-Path: <>
From: MAILER-DAEMON@mx.reader.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: desk@site.test
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
Message-ID: <20261123.9D0F2@mx.reader.example>

--b1
Content-Type: text/plain; charset=us-ascii

<bo@reader.example>: host mx.reader.example said: 550 5.1.1 unknown

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.reader.example
X-Queue-ID: 9D0F2

Final-Recipient: rfc822; bo@reader.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <bo@reader.example> unknown

--b1
Content-Type: {returned}

From: A site <desk@site.test>
To: bo@reader.example
Subject: A report
Message-ID: <{name}@site.test>

--b1--
"""


def notice(
    name: str = NAME, status: str = "5.1.1", action: str = "failed", returned: str = "message/rfc822"
) -> bytes:
    """Return what a mail server writes that could not deliver a letter."""
    text = NOTICE.format(name=name, status=status, action=action, returned=returned)
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers; charset=us-ascii"])
def test_a_letter_is_recognised_whether_it_is_returned_whole_or_its_head_alone(returned: str) -> None:
    assert bounce(notice(returned=returned)) == Bounce(NAME, "there is no such address (5.1.1)")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.10", "there is no such address (5.1.10)"),
        ("5.2.2", "the mailbox is full (5.2.2)"),
        ("5.2.1", "the mailbox takes no mail (5.2.1)"),
        ("5.7.26 (refused)", "it was refused there (5.7.26)"),
        ("4.4.7", "the mail server there never took it (4.4.7)"),
        ("5.0.0", "it came back (5.0.0)"),
        ("bo@reader.example", "it came back"),
        ("", "it came back"),
    ],
)
def test_why_it_came_back_is_told_in_words_that_name_no_address(status: str, reason: str) -> None:
    assert bounce(notice(status=status)) == Bounce(NAME, reason)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_notice_that_returns_nothing_marks_nothing(action: str) -> None:
    assert bounce(notice(action=action)) is None


def test_neither_another_mail_nor_another_name_is_taken_for_a_letter() -> None:
    answer = (
        f"From: bo@reader.example\nIn-Reply-To: <{NAME}@site.test>\nSubject: Out of office\n\nBack soon.\n"
    )

    assert bounce(answer.encode()) is None
    assert bounce(notice(name="somebody's")) is None


def test_no_damaged_notice_stops_the_reader() -> None:
    whole, draw = notice(), random.Random(7)  # noqa: S311 the same damage each time

    for _ in range(400):
        broken = bytearray(whole[: draw.randrange(len(whole))])
        for _ in range(draw.randrange(12)):
            broken.insert(draw.randrange(len(broken) + 1), draw.randrange(256))
        found = bounce(bytes(broken))
        assert found is None or found.name == NAME


# --- the command --------------------------------------------------------------------------------------


@pytest.fixture
def site(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An installation, and the environment that names it."""
    monkeypatch.setenv("INSTANCE", str(app.config["SETTINGS"].instance))
    monkeypatch.setenv("SECRET_KEY", app.config["SECRET_KEY"].decode())
    return app


def run(*names: str, piped: bytes = b"") -> Result:
    return bare_app().test_cli_runner().invoke(args=["mail", "bounced", *names], input=piped)


def test_a_letter_that_came_back_is_marked_once_whatever_is_read_beside_it(
    site: Flask, tmp_path: Path
) -> None:
    report_id, account = shared_with_desk(Leader(site.test_client())), somebody(site)
    with site.app_context():
        sent = send(
            report_id, prepare(report_id, account), account, token="t" * 43, name="Bo", to="bo@reader.example"
        )
        owed = letters.take(lease_s=60)
        assert owed
        letters.sent(owed)
    returned, other = tmp_path / "returned.eml", tmp_path / "other.eml"
    returned.write_bytes(notice(owed.id))
    other.write_bytes(notice())

    done = run(str(returned))
    again = run("-", piped=notice(owed.id))
    both = run(str(other), str(returned))

    assert done.stdout == f"{returned}: letter {owed.id} came back: there is no such address (5.1.1)\n"
    assert (done.exit_code, again.exit_code, both.exit_code) == (0, 0, 1)
    assert f"{other}: returns no letter of this site" in both.stdout
    with site.app_context():
        became = letters.latest(delivery_id=sent.id)
    assert became
    assert (became.state, became.error) == ("bounced", "there is no such address (5.1.1)")


def test_a_file_that_is_not_there_is_named(site: Flask, tmp_path: Path) -> None:
    missing = run(str(tmp_path / "none.eml"))

    assert missing.exit_code == 2
    assert "none.eml" in missing.output
