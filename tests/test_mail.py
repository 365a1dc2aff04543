"""A private link by mail: it arrives once the mail server takes it, it is the same mail however often it is
sent, and no address outlives its sending."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from assessment import mail, post
from assessment.jobs import BackRoom
from assessment.settings import ROOT
from assessment.store import assessments, finishing, leasing, mails, reports
from assessment.store.assessments import Finished
from assessment.store.database import writing
from assessment.store.models import AddressCount, Assessment, AssessmentKey, Mail
from assessment.store.removal import Periods, purge
from tests.conftest import free_port, wait_until
from tests.mail_server import mail_server, post_room

ADDRESS = "leader@example.org"
BACK_OFF_S = mails.QUEUE.back_off_s
NAME = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def assessment_id(app: Flask) -> Iterator[str]:
    """An assessment in the store, whose context is open."""
    with app.app_context():
        yield assessments.start(
            holder="h" * 43, instrument_key="a/1.0.0", instrument_sha256="ab" * 32, facts={"label": "Ferry"}
        ).assessment_id


def owe(assessment_id: str, name: str = NAME, to: str = ADDRESS) -> bool:
    return mails.owe(assessment_id, name=name, to=to)


def pass_time(seconds: float) -> None:
    """Let the rows grow older."""
    with writing() as connection:
        for row in connection.execute(select(Mail)).all():
            shift = timedelta(seconds=seconds)
            lease = row.lease_until and row.lease_until - shift
            values = {
                "next_at": row.next_at - shift,
                "lease_until": lease,
                "made_at": row.made_at - shift,
            }
            connection.execute(update(Mail).where(Mail.id == row.id).values(**values))


def state(assessment_id: str) -> tuple[str, str]:
    found = mails.latest(assessment_id)
    assert found is not None
    return found.state, found.error


def letters() -> list[bytes | None]:
    """Return what is kept of each address and link, sealed."""
    with writing() as connection:
        return list(connection.execute(select(Mail.letter)).scalars())


# --- a mail that is taken -----------------------------------------------------------------------------


def test_the_mail_brings_a_link_that_opens_the_diagnosis_and_its_address_is_erased(
    app: Flask, assessment_id: str
) -> None:
    owe(assessment_id)
    [sealed] = letters()

    with mail_server() as server:
        post_room(app, server.url).deliver()

    [message] = server.accepted
    assert server.recipients == [[ADDRESS]]
    assert message["To"] == ADDRESS
    [link] = [line for line in message.get_content().splitlines() if line.startswith("http")]
    assert assessments.resume_peek(link.rpartition("/")[2]) == assessment_id
    assert state(assessment_id) == ("sent", "")
    assert sealed
    assert letters() == [None]


def test_what_waits_stands_in_the_database_sealed(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)

    kept = b"".join(path.read_bytes() for path in Path(app.config["SETTINGS"].instance).glob("site.db*"))

    assert ADDRESS.encode() not in kept


def test_sent_again_it_is_the_same_mail_of_the_same_moment(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)

    with mail_server(to_data=["", ""]) as server:
        for _ in range(3):
            post_room(app, server.url).deliver()
            pass_time(BACK_OFF_S[1] + 1)

    # Two acknowledgements were lost, so it came three times, and was not sent a fourth time.
    assert len(server.accepted) == 3
    assert len({message["Message-ID"] for message in server.accepted}) == 1
    assert server.accepted[0]["Message-ID"].startswith(f"<{NAME}@")
    moments = [parsedate_to_datetime(message["Date"]) for message in server.accepted]
    assert all(moment.tzinfo for moment in moments)
    assert state(assessment_id) == ("sent", "")


def test_the_same_request_is_one_mail(app: Flask, assessment_id: str) -> None:
    assert owe(assessment_id)
    assert owe(assessment_id)

    with mail_server() as server:
        post_room(app, server.url).deliver()
        assert owe(assessment_id)
        post_room(app, server.url).deliver()

    assert len(server.accepted) == 1


# --- a mail that is not -------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["to_recipient", "to_data"])
def test_what_is_put_off_is_tried_again_and_arrives_once(app: Flask, assessment_id: str, at: str) -> None:
    owe(assessment_id)

    with mail_server(**{at: ["451 later", "421 busy"]}) as server:
        room = post_room(app, server.url)
        room.deliver()
        waiting = state(assessment_id)
        room.deliver()  # it is not due yet
        for pause in (*BACK_OFF_S[:2], 0):
            pass_time(pause + 1)
            room.deliver()

    assert waiting[0] == "waiting"
    assert "(451)" in waiting[1]
    assert len(server.accepted) == 1
    assert state(assessment_id) == ("sent", "")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("to_recipient", "the mail server refused the address (550)"),
        ("to_data", "the mail server refused the mail (550)"),
    ],
)
def test_what_is_refused_for_good_is_given_up_at_once_in_words_that_name_no_address(
    app: Flask, assessment_id: str, at: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    owe(assessment_id)

    with mail_server(**{at: [f"550 <{ADDRESS}> unknown"]}) as server:
        room = post_room(app, server.url)
        room.deliver()
        pass_time(3600)
        room.deliver()

    assert server.accepted == []
    assert state(assessment_id) == ("failed", words)
    assert letters() == [None]
    [told] = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert words in told
    assert NAME in told
    assert ADDRESS not in caplog.text


@contextmanager
def silent_server() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_that_hangs_is_left_alone_and_tried_again(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)

    with silent_server() as url:
        post_room(app, url, within_s=0.2).deliver()

    assert state(assessment_id) == ("waiting", "the mail server did not answer in time")


def test_a_server_that_is_down_is_tried_for_hours_and_then_the_address_is_erased(
    app: Flask, assessment_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    owe(assessment_id)
    room = post_room(app, f"smtp://127.0.0.1:{free_port()}")

    for pause in BACK_OFF_S:
        room.deliver()
        assert state(assessment_id) == ("waiting", "the mail server cannot be reached")
        pass_time(pause + 1)
    room.deliver()

    assert state(assessment_id) == ("failed", "the mail server cannot be reached")
    assert letters() == [None]
    assert [each.levelname for each in caplog.records] == ["WARNING"] * len(BACK_OFF_S) + ["ERROR"]


def test_once_the_server_is_back_the_mail_arrives(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)
    port = free_port()
    room = post_room(app, f"smtp://127.0.0.1:{port}")
    room.deliver()
    pass_time(BACK_OFF_S[0] + 1)

    with mail_server(port=port) as server:
        room.deliver()

    assert len(server.accepted) == 1


def test_a_mail_that_cannot_be_sent_does_not_hold_up_the_next(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)
    owe(assessment_id, name="f" * 32, to="other@example.org")

    with mail_server(to_recipient=["550 unknown"]) as server:
        post_room(app, server.url).deliver()

    assert [message["To"] for message in server.accepted] == ["other@example.org"]


def test_a_site_that_sends_no_mail_any_more_erases_what_waits(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)

    post_room(app, "").deliver()

    assert state(assessment_id) == ("failed", "this site sends no mail any more")
    assert letters() == [None]


def test_one_that_was_killed_while_it_sent_leaves_the_mail_to_the_next(
    app: Flask, assessment_id: str
) -> None:
    owe(assessment_id)
    assert mails.take(lease_s=post.MAIL_LEASE_S)  # and was killed
    assert mails.take(lease_s=post.MAIL_LEASE_S) is None
    pass_time(post.MAIL_LEASE_S + 1)

    with mail_server() as server:
        post_room(app, server.url).deliver()

    assert len(server.accepted) == 1


def test_a_mail_that_ends_all_who_take_it_is_given_up_in_the_end(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)
    for _ in range(mails.QUEUE.attempts_at_most):
        assert mails.take(lease_s=1)
        pass_time(2)

    assert mails.take(lease_s=1) is None
    assert state(assessment_id) == ("failed", leasing.TAKEN_TOO_OFTEN)


def test_a_link_that_was_ended_is_not_sent_any_more(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)
    assessments.revoke_resume(assessment_id)

    with mail_server() as server:
        post_room(app, server.url).deliver()

    assert server.accepted == []
    assert state(assessment_id) == ("failed", mails.ENDED)


def test_what_is_deleted_takes_its_mails_along(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)
    with writing() as connection:
        connection.execute(delete(AssessmentKey))

    assert mails.take(lease_s=1) is None
    assert letters() == [None]
    with writing() as connection:
        connection.execute(delete(Assessment))
    assert letters() == []


def test_the_back_room_as_it_is_started_sends_what_is_owed(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)
    with mail_server() as server:
        environ = {
            "INSTANCE": str(app.config["SETTINGS"].instance),
            "SECRET_KEY": app.config["SETTINGS"].secret_key.decode(),
            "SMTP_URL": server.url,
            "MAIL_FROM": "a@site.test",
            "PATH": os.environ["PATH"],
        }
        room = subprocess.Popen([sys.executable, "-m", "assessment.jobs"], cwd=ROOT, env=environ)
        try:
            wait_until(lambda: state(assessment_id) == ("sent", ""), seconds=60)
        finally:
            room.send_signal(signal.SIGTERM)

        assert room.wait(timeout=30) == 0
    assert len(server.accepted) == 1


def test_a_mail_server_that_hangs_keeps_no_report_waiting(app: Flask, assessment_id: str) -> None:
    owe(assessment_id)
    outcome = finishing.finish(assessment_id, diagnosis=b"{}", seen={})
    assert isinstance(outcome, Finished)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        room = post_room(app, f"smtp://127.0.0.1:{listener.getsockname()[1]}", within_s=60)
        hanging = threading.Thread(target=room.deliver)
        hanging.start()
        connection, _ = listener.accept()
        with connection:
            BackRoom(app, lambda _: b"%PDF-1.7").deliver()
            assert reports.pdf_state(outcome.report_id) == "ready"
            assert hanging.is_alive()
    hanging.join()


# --- how many -----------------------------------------------------------------------------------------


def test_five_mails_a_day_are_sent_for_one_diagnosis_and_another_tomorrow(
    app: Flask, assessment_id: str
) -> None:
    asked = [owe(assessment_id, name=f"{n:032x}") for n in range(7)]
    pass_time(24 * 3600 + 1)

    assert asked == [True] * 5 + [False] * 2
    assert owe(assessment_id, name="e" * 32)


def test_what_was_refused_for_number_leaves_no_link_behind(app: Flask, assessment_id: str) -> None:
    for n in range(6):
        owe(assessment_id, name=f"{n:032x}")

    with sqlite3.connect(app.config["SETTINGS"].instance / "site.db") as connection:
        [(links,)] = connection.execute("SELECT count(*) FROM resume_token").fetchall()
    connection.close()
    assert links == 1 + 5  # the one of the start, and those sent


# --- what a mail says ---------------------------------------------------------------------------------


def written(to: str = ADDRESS, site: str = "A site") -> bytes:
    return mail.private_link(
        name=NAME,
        to=to,
        link="https://site.test/diagnosis/resume/" + "t" * 43,
        asked_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        sender=mail.Sender(site, "An owner", "https://site.test", "a@site.test"),
    ).as_bytes()


@pytest.mark.parametrize(
    "to",
    [
        "a@b.test\r\nBcc: c@d.test",
        "a@b.test\nSubject: other",
        "a@b.test, c@d.test",
        "a@b.test\r\n\r\nbody",
        "<a@b.test> c@d.test",
        "",
        "@",
    ],
)
def test_an_address_cannot_begin_another_header_or_recipient(to: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the words are the library's
        written(to)


def test_the_name_of_the_site_cannot_begin_another_header() -> None:
    with pytest.raises(ValueError, match=r"(?i)(newline|linefeed|invalid|not allowed)"):
        written(site="A\r\nBcc: c@d.test")


def test_the_same_mail_has_the_same_bytes() -> None:
    assert written() == written()
    assert b"Date: Sun, 22 Nov 2026 09:30:00 +0000\r\n" in written()


# --- the way ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and the certificate that it signed itself, for 127.0.0.1."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return path


def offering(certificate: Path) -> ssl.SSLContext:
    """Return what a server speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_tls_is_used_as_soon_as_it_is_offered(
    certificate: Path, app: Flask, assessment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    owe(assessment_id)

    with mail_server(offering(certificate)) as server:
        post_room(app, server.url).deliver()

    assert server.was_private == [True]


def test_a_server_whose_certificate_is_not_trusted_gets_nothing(
    certificate: Path, app: Flask, assessment_id: str
) -> None:
    owe(assessment_id)

    with mail_server(offering(certificate)) as server:
        post_room(app, server.url).deliver()

    assert server.accepted == []
    assert state(assessment_id) == ("waiting", "the certificate of the mail server is not trusted")


def test_no_password_goes_to_a_server_elsewhere_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "_is_here", lambda _: False)
    message = mail.private_link(
        name=NAME,
        to=ADDRESS,
        link="https://site.test/",
        asked_at=datetime.now(UTC),
        sender=mail.Sender("A site", "An owner", "https://site.test", "a@site.test"),
    )

    with mail_server() as server, pytest.raises(mail.NotSentError, match="no password goes without"):
        mail.send(server.url.replace("//", "//user:hunter2@"), message)

    assert server.accepted == []


# --- to one address -------------------------------------------------------------------------------


def another_assessment(n: int) -> str:
    started = assessments.start(
        holder="i" * 43, instrument_key="a/1.0.0", instrument_sha256="ab" * 32, facts={"label": f"Team {n}"}
    )
    return started.assessment_id


def test_one_address_gets_only_so_many_a_day_from_all_assessments_together(app: Flask) -> None:
    with app.app_context():
        asked = [owe(another_assessment(n), name=f"{n:032x}") for n in range(mails.TO_ONE_AT_MOST + 1)]
        shouted = owe(another_assessment(97), name="e" * 32, to=ADDRESS.upper())
        elsewhere = owe(another_assessment(98), name="f" * 32, to="other@example.org")

        assert asked == [*[True] * mails.TO_ONE_AT_MOST, False]
        assert not shouted
        assert elsewhere


def test_deleting_the_assessments_lets_nobody_be_sent_more(app: Flask) -> None:
    with app.app_context():
        for n in range(mails.TO_ONE_AT_MOST):
            asking = another_assessment(n)
            assert owe(asking, name=f"{n:032x}")
            assessments.delete(asking)

        assert not owe(another_assessment(99), name="e" * 32)


def test_what_is_counted_of_an_address_is_a_keyed_hash_and_gone_after_a_day(app: Flask) -> None:
    with app.app_context():
        owe(another_assessment(1))
        with writing() as connection:
            [row] = connection.execute(select(AddressCount)).all()
            connection.execute(update(AddressCount).values(made_at=row.made_at - timedelta(days=1)))
        purge(datetime.now(UTC), Periods(*[timedelta(days=90)] * 3))
        with writing() as connection:
            left = connection.execute(select(AddressCount)).all()

    assert row.address_digest != hashlib.sha256(ADDRESS.encode()).hexdigest()
    assert ADDRESS not in str(row)
    assert left == []
