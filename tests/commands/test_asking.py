"""Outgoing addresses, asked at a server on this machine: what an answer means, and how politely one asks."""

from __future__ import annotations

import socket
import time

import pytest

from assessment.commands.asking import Answer, State, ask, ask_all
from tests.commands.conftest import Web
from tests.conftest import free_port

ANSWERS = {
    "/fine": (State.WORKS, ""),
    "/for-now": (State.WORKS, ""),
    "/moved": (State.MOVED, "has moved for good to {web}/fine"),
    "/gone": (State.BROKEN, "answers 404"),
    "/fails": (State.BROKEN, "answers 500"),
    "/round": (State.BROKEN, "answers 302"),
    "/no-head": (State.WORKS, ""),
    "/drops": (State.BROKEN, "breaks off (RemoteDisconnected)"),
    "/guarded": (State.UNCLEAR, "answers 403 to a program; open it in a browser"),
    "/away": (State.BROKEN, "answers 302"),
}


@pytest.mark.parametrize(("path", "expected"), ANSWERS.items(), ids=ANSWERS)
def test_what_an_address_answers_is_said(server: Web, path: str, expected: tuple[State, str]) -> None:
    state, words = expected

    answer = ask(server.url + path, 5)

    assert answer == Answer(server.url + path, state, words.format(web=server.url))


def test_head_is_enough_where_it_is_understood(server: Web) -> None:
    server.asked.clear()

    ask(f"{server.url}/fine", 5)
    ask(f"{server.url}/for-now", 5)
    ask(f"{server.url}/no-head", 5)

    assert server.asked == ["HEAD /fine", "HEAD /for-now", "HEAD /fine", "HEAD /no-head", "GET /no-head"]


def test_one_that_hangs_is_given_up(server: Web) -> None:
    began = time.monotonic()

    answer = ask(f"{server.url}/hangs", 0.2)

    assert answer == Answer(f"{server.url}/hangs", State.UNREACHED, "gives no answer within 0.2 s")
    assert time.monotonic() - began < 20


def test_where_nobody_listens_nothing_is_reached() -> None:
    answer = ask(f"http://127.0.0.1:{free_port()}/", 5)

    assert (answer.state, answer.words) == (State.UNREACHED, "cannot be reached (Connection refused)")


def test_a_host_without_a_name_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    answer = ask("https://nowhere.example/", 5)

    assert answer.state is State.UNREACHED
    assert answer.words == "names a host that is not known"


def test_a_name_that_is_looked_up_for_ever_keeps_nobody(server: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def slow(host: str, *rest: object, **options: object) -> object:
        if host == "nowhere.example":
            server.end.wait(20)
        return look_up("127.0.0.1", *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    answers = list(ask_all(["http://nowhere.example/a", f"{server.url}/fine"], timeout_s=0.2))

    assert [each.state for each in answers] == [State.WORKS, State.UNREACHED]
    assert answers[1] == Answer("http://nowhere.example/a", State.UNREACHED, "gives no answer")


def test_several_hosts_are_asked_at_once_and_each_for_one_thing_at_a_time(server: Web) -> None:
    hosts = [server.url, server.url.replace("127.0.0.1", "localhost")]
    server.most.clear()

    answers = list(ask_all([f"{host}/together?{n}" for host in hosts for n in range(3)], timeout_s=10))

    assert [each.state for each in answers] == [State.WORKS] * 6
    assert set(server.most.values()) == {1}
    assert server.met.is_set()


def test_nothing_to_ask_is_no_question() -> None:
    assert list(ask_all([])) == []
