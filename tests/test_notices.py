"""Notices: signed so that anybody can check it, and told to public addresses alone, within five seconds."""

from __future__ import annotations

import _socket
import base64
import json
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from flask import Flask

from assessment import notices
from assessment.jobs import BackRoom
from assessment.notices import NoticeRoom, NotTakenError
from assessment.settings import ROOT
from assessment.store import reports
from assessment.store.database import db, writing
from assessment.store.sales import hooks, people
from tests.conftest import wait_until
from tests.store.conftest import an_assessment, empty, finish, memory_in  # noqa: F401 a fixture
from tests.webhook import Receiver, Told, a_certificate, receiver, says

DOCUMENT = ROOT / "docs" / "webhooks.md"
BODY = b'{"type":"webhook.test"}'
SECRET = b"\x01" * 32


@pytest.fixture(scope="module")
def other() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def program(other: Receiver) -> Receiver:
    """Another program, over plain http on this machine, which has been told nothing yet."""
    other.told.clear()
    other.answers.clear()
    return other


def tell(url: str, **options: Any) -> None:
    notices.hand_over(url, BODY, notices.headers("n1", BODY, SECRET, 1_700_000_000), **options)


def tell_here(url: str, within_s: float = 5) -> None:
    tell(url, may_be_private=True, within_s=within_s)


# --- the signature ---------------------------------------------------------------------------------------


def is_genuine(told: Told, shown: str) -> bool:
    """Check a notice as Standard Webhooks says, with nothing of ours."""
    assert shown.startswith("whsec_")
    mac = HMAC(base64.b64decode(shown.removeprefix("whsec_")), hashes.SHA256())
    mac.update(b".".join((told.headers["webhook-id"].encode(), told.headers["webhook-timestamp"].encode())))
    mac.update(b"." + told.body)
    version, _, signature = told.headers["webhook-signature"].partition(",")
    return version == "v1" and base64.b64decode(signature) == mac.finalize()


def test_the_signature_is_that_of_the_example_in_the_standard() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    named = notices.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', secret, 1614265330)

    assert named["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_check_that_the_documents_show_takes_what_is_genuine_and_nothing_else(program: Receiver) -> None:
    shown: dict[str, Any] = {}
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    exec(code, shown)  # noqa: S102 it is a document of ours
    tell_here(program.url)
    (told,) = program.told
    secret, at = notices.shown_secret(SECRET), float(told.headers["webhook-timestamp"])

    def genuine(headers: dict[str, str], body: bytes, secret: str, later_s: float = 0) -> bool:
        return bool(shown["is_genuine"](headers, body, secret, now=lambda: at + later_s))

    assert genuine(told.headers, told.body, secret)
    assert genuine(
        {**told.headers, "webhook-signature": f"v1,x {told.headers['webhook-signature']}"}, BODY, secret
    )
    assert not genuine(told.headers, told.body + b" ", secret)
    assert not genuine(told.headers, told.body, notices.shown_secret(b"another secret"))
    assert not genuine({**told.headers, "webhook-id": "another"}, told.body, secret)
    assert not genuine(told.headers, told.body, secret, later_s=301)


def test_the_documents_name_every_event_with_what_it_says() -> None:
    rows = re.findall(r"^\| `([a-z.]+)` \|.*\| (.*) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)

    assert {event: set(re.findall(r"`(\w+)`", said)) for event, said in rows} == hooks.FIELDS


def test_what_arrives_is_whole_and_genuine_and_a_changed_byte_is_not(program: Receiver) -> None:
    tell_here(program.url)

    (told,) = program.told
    assert (told.line, told.body) == ("POST /hook HTTP/1.1", BODY)
    assert told.headers["content-type"] == "application/json"
    assert told.headers["host"] == f"127.0.0.1:{program.port}"
    assert is_genuine(told, notices.shown_secret(SECRET))
    assert not is_genuine(Told(told.line, told.headers, BODY + b" "), notices.shown_secret(SECRET))


# --- where it may go -------------------------------------------------------------------------------------

NOT_PUBLIC = """
    127.0.0.1 127.255.255.254 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 192.0.0.1
    192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:169.254.169.254 64:ff9b::7f00:1
    64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1
    ff02::1 ff0e::1 2606:4700::1%1
""".split()


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_behind_which_something_of_ours_could_be_is_not_public(address: str) -> None:
    assert not notices.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111"])
def test_an_address_that_everybody_reaches_is_public(address: str) -> None:
    assert notices.is_public(address)


def leads_to(monkeypatch: pytest.MonkeyPatch, *each_time: list[str]) -> list[str]:
    """Have names lead to these addresses, the first list first; return the names that are looked up."""
    asked: list[str] = []

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = each_time[min(len(asked), len(each_time)) - 1]
        kinds = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(kinds[":" in each], socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["::1"], ["169.254.169.254"], ["::ffff:10.0.0.1"], ["8.8.8.8", "10.0.0.1"]]
)
def test_a_name_that_leads_to_an_address_that_is_not_public_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    leads_to(monkeypatch, addresses)

    with pytest.raises(NotTakenError, match="not public"):
        tell("https://hook.example/")


def test_a_name_that_changes_after_it_was_looked_up_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = leads_to(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])

    # The guard of the tests lets nothing out: it says where the connection would have gone.
    with pytest.raises(AssertionError, match=r"8\.8\.8\.8"):
        tell("https://hook.example/")

    assert asked == ["hook.example"]


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.org/hook",
        "ftp://crm.example.org/",
        "https:/crm.example.org/",
        "https://user:secret@crm.example.org/",
        "https://crm.example.org\\@127.0.0.1/",
        "https://crm.example.org:0/",
        "https://crm.example.org:65536/",
        "https://crm.example.org/a b",
        "https://crm.example.org/\r\nX: y",
        "https://crm.example.org/#part",
        "https://crm.example.org?no=path",
        "https://crm.exämple.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]:443/",
        "//crm.example.org/",
        "https://crm.example.org/" + "a" * 500,
        "",
    ],
)
def test_what_is_no_public_https_address_is_refused_when_it_is_typed(url: str) -> None:
    assert notices.fault_of(url)


def test_an_address_with_a_port_and_a_question_is_taken() -> None:
    assert notices.fault_of("https://crm.example.org:8443/hook?key=a%20b") == ""
    assert notices.fault_of("http://127.0.0.1:9/hook", may_be_private=True) == ""


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost"])
def test_other_ways_of_writing_this_machine_are_known(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _socket.getaddrinfo)  # numbers and hosts of this machine

    # Each passes for a name, and is found out by what it leads to.
    with pytest.raises(NotTakenError, match="not public"):
        tell(f"https://{host}/")


# --- how it is answered ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(program: Receiver, status: int) -> None:
    program.answers.append(says(b"HTTP/1.1 %d x\r\nLocation: %s\r\n\r\n" % (status, program.url.encode())))

    with pytest.raises(NotTakenError, match="redirects are not followed"):
        tell_here(program.url)

    assert len(program.told) == 1


@pytest.mark.parametrize("status", [199, 400, 404, 410, 429, 500, 503])
def test_any_answer_but_success_is_a_failure(program: Receiver, status: int) -> None:
    program.answers.append(says(b"HTTP/1.1 %d whatever it says\r\n\r\nand more" % status))

    with pytest.raises(NotTakenError) as caught:
        tell_here(program.url)

    assert str(caught.value) == f"the answer was {status}"
    assert caught.value.gone == (status == 410)


@pytest.mark.parametrize("answer", [Receiver.hang, Receiver.drip])
def test_whoever_does_not_answer_in_time_is_left(
    program: Receiver, answer: Callable[[Receiver, socket.socket], None]
) -> None:
    program.answers.append(lambda connection: answer(program, connection))

    with pytest.raises(NotTakenError, match="no answer within"):
        tell_here(program.url, within_s=0.3)
    program.let_go.set()
    program.let_go.clear()


@pytest.mark.parametrize("end_of_head", [b"\r\n", b""])
def test_no_more_of_an_answer_is_read_than_is_worth_it(program: Receiver, end_of_head: bytes) -> None:
    sent = 0

    def endless(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + end_of_head)
        while True:
            sent += connection.send(b"X: " + b"x" * 4000 + b"\r\n")

    program.answers.append(endless)

    tell_here(program.url)

    # What lies on the way between the two is taken off it by neither.
    assert sent < 32 * 1024 * 1024


def test_nobody_there_is_a_failure(program: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(NotTakenError, match="the connection failed"):
        tell_here(f"http://127.0.0.1:{port}/")


def test_over_tls_only_a_valid_certificate_is_told_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = a_certificate(tmp_path)
    with receiver(certificate) as strange:
        with pytest.raises(NotTakenError, match="certificate is not valid"):
            tell_here(strange.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        tell_here(strange.url)

    assert [told.body for told in strange.told] == [BODY]


# --- the room --------------------------------------------------------------------------------------------


@pytest.fixture
def owing(tmp_path: Path, empty: Path, program: Receiver) -> Iterator[Flask]:  # noqa: F811 the fixture
    """A memory in which somebody has a webhook, to which one event is owed."""
    shutil.copytree(empty, tmp_path / "instance")
    app = memory_in(tmp_path / "instance")
    with app.app_context():
        ada = people.add(email="a@example.org", name="Ada", role="sales", password="", by="command")
        hooks.add("h" * 22, person_id=ada.id, url=program.url, events=hooks.EVENTS, secret=SECRET)
        with writing() as connection:
            hooks.owe(connection, hooks.FINISHED, {"invitation_id": "i" * 22})
        yield app
        db.engine.dispose()


def logged() -> hooks.Logged:
    (found,) = hooks.log_of("h" * 22)
    return found


def test_what_is_owed_arrives_and_the_log_says_so(owing: Flask, program: Receiver) -> None:
    NoticeRoom(owing, may_be_private=True).deliver()

    (told,) = program.told
    assert is_genuine(told, notices.shown_secret(SECRET))
    assert told.headers["webhook-id"] == logged().id
    assert json.loads(told.body)["data"] == {"invitation_id": "i" * 22, "finished_at": None}
    assert logged().state == "sent"


def test_tried_again_a_notice_keeps_its_name_and_is_signed_anew(owing: Flask, program: Receiver) -> None:
    program.answers.append(says(b"HTTP/1.1 500 no\r\n\r\n"))
    room = NoticeRoom(owing, may_be_private=True, now=iter((1e9, 2e9)).__next__)

    room.deliver()
    assert (logged().state, logged().error) == ("waiting", "the answer was 500")
    with writing() as connection:
        connection.exec_driver_sql("UPDATE notice SET next_at = made_at")
    room.deliver()

    first, second = program.told
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert is_genuine(second, notices.shown_secret(SECRET))
    assert logged().state == "sent"


def test_a_webhook_that_says_it_is_gone_is_ended(owing: Flask, program: Receiver) -> None:
    program.answers.append(says(b"HTTP/1.1 410 Gone\r\n\r\n"))

    NoticeRoom(owing, may_be_private=True).deliver()

    assert logged().state == "failed"
    found = hooks.find("h" * 22)
    assert found
    assert not found.is_live


def test_without_the_setting_nothing_on_this_machine_is_told_anything(
    owing: Flask, program: Receiver
) -> None:
    NoticeRoom(owing).deliver()

    assert program.told == []
    assert logged().error == "its address is not one of https"


def test_while_a_webhook_is_silent_a_report_is_made(owing: Flask, program: Receiver) -> None:
    program.answers.append(program.hang)
    room = NoticeRoom(owing, may_be_private=True)
    telling = threading.Thread(target=room.deliver)
    telling.start()
    wait_until(lambda: program.told, seconds=10)

    report_id = finish(an_assessment().assessment_id)
    BackRoom(owing, lambda report: b"%PDF-1.7").deliver()

    made = reports.pdf_state(report_id)
    program.let_go.set()
    telling.join()
    program.let_go.clear()
    assert made == "ready"


def test_a_room_that_is_to_stop_takes_nothing_more(owing: Flask, program: Receiver) -> None:
    NoticeRoom(owing, may_be_private=True, stopping=True).deliver()

    assert program.told == []
