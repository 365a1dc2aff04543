"""Reading exports in a child process: what it is sent and told, and whatever the child may do meanwhile."""

from __future__ import annotations

import base64
import json
import sys
import threading
import zlib

import pytest

from assessment import counting
from assessment.counting import Asked, Busy, Read, Sent, counted
from assessment.records.plan import Plan
from assessment.records.source import RecordsError
from assessment.report.confined import Limits

PATIENT = Limits(wall_s=60, cpu_s=30, memory_mib=768, output_mb=16)

CONFINED = (
    "import os, sys; from pathlib import Path; from assessment.counting import ROOT;"
    "from assessment.report import confined; limits = confined.Limits(*map(int, sys.argv[-1].split(',')));"
    "walls = confined.confine(limits, package=ROOT / 'assessment', files=(), scratch=Path(os.devnull));"
)
NOT_READ, NOT_IN_TIME = "they could not be read, and nothing was counted", "could not be read within 20 s"
MISBEHAVING = {
    "hangs": ("import signal; signal.pause()", NOT_IN_TIME),
    "runs on": ("\nwhile True: pass", NOT_IN_TIME),
    "falls over": ("import faulthandler; faulthandler._sigsegv()", NOT_READ),
    "eats memory": ("x = [bytes(2**20) for _ in range(2**12)]", NOT_READ),
    "writes without end": ("\nwhile True: os.write(1, b'{' * 2**18)", NOT_READ),
    "says nothing": ("", NOT_READ),
    "says what is no answer": ("print('[]')", NOT_READ),
    "says what is none of ours": ("""print('{"measured": [], "more": 1}')""", NOT_READ),
    "nests": ("print('[' * 200_000)", NOT_READ),
    "reads what is not its own": ("print(open('/etc/passwd').read())", NOT_READ),
    "writes a file": ("open('/tmp/kept', 'w')", NOT_READ),
    "reaches for the network": ("import socket; socket.create_connection(('127.0.0.1', 9))", NOT_READ),
}

ASKED = Asked(Plan("made-up/1.0.0"), team_size=8)
ISSUES = json.dumps(
    [
        {"number": 7, "title": "Löffel", "state": "CLOSED", "createdAt": "2026-01-05T09:00:00Z"},
        {"number": 8, "title": "Gabel", "state": "OPEN", "createdAt": "2026-01-06T09:00:00Z"},
    ]
).encode()


def read(files: list[Sent], carried: str = "") -> Read:
    return counted(files, ASKED, carried=carried, limits=PATIENT)


def test_what_was_read_is_carried_by_a_page_and_read_again_from_there() -> None:
    sent = [Sent("issues «1».json", ISSUES), Sent("none.json", b"[]")]

    first = read(sent)
    again = read([], first.carried)

    assert first.measured
    assert [(each.name, each.items) for each in first.measured.files] == [(sent[0].name, 2), ("none.json", 0)]
    assert again == first


def test_what_is_refused_is_carried_too_so_that_it_may_be_said_what_it_is() -> None:
    first = read([Sent("a.json", b'{"a": ')])
    again = read([], first.carried)

    assert first.refused
    assert first.refused[0].startswith("a.json")
    assert again == first


def test_what_is_too_large_for_a_page_is_not_carried() -> None:
    padded = ISSUES[:-1] + b" " * (counting.CARRIED_MB * 1_000_000) + b"]"

    found = read([Sent("issues.json", padded)])

    assert found.measured
    assert found.carried == ""


def packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


DAMAGED = {
    "a bomb": lambda: base64.b64encode(zlib.compress(bytes(500_000_000), 9)).decode(),
    "no packing": lambda: base64.b64encode(b"[]").decode(),
    "cut short": lambda: packed(b'[["a.csv", 3]]\nabc')[:-8],
    "letters that are none": lambda: "é" * 40,
    "one line": lambda: packed(b'[["a.csv", 3]]'),
    "longer files": lambda: packed(b'[["a.csv", 5]]\nabc'),
    "shorter files": lambda: packed(b'[["a.csv", 1]]\nabc'),
    "many files": lambda: packed(b"[" + b",".join([b'["a", 0]'] * 21) + b"]\n"),
    "sizes that are none": lambda: packed(b'[["a.csv", "3"]]\nabc'),
    "another shape": lambda: packed(b'{"a.csv": 3}\nabc'),
    "depth": lambda: packed(b"[" * 200_000 + b"\nabc"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_a_page_carried_may_have_become_anything_and_is_refused_in_words(name: str) -> None:
    found = read([], DAMAGED[name]())

    assert found.refused
    assert found.refused[:2] == ("This page", "what it carries of your files is damaged")
    assert (found.measured, found.carried) == (None, "")


@pytest.mark.parametrize("name", MISBEHAVING)
def test_a_child_that_misbehaves_ends_and_one_plain_sentence_says_so(name: str) -> None:
    body, words = MISBEHAVING[name]
    limits = Limits(wall_s=2 if name == "hangs" else 60, cpu_s=1, memory_mib=400, output_mb=2)
    child = (sys.executable, "-c", CONFINED + body)

    with pytest.raises(RecordsError, match=words) as refused:
        counted([Sent("a.csv", b"a")], ASKED, limits=limits, program=child)

    assert refused.value.place == "These files"


def test_files_that_are_larger_together_than_is_read_are_refused_before_a_child_is_asked() -> None:
    half = Sent("a.csv", bytes(13_000_000))

    with pytest.raises(RecordsError, match="larger than 25 MB"):
        counted([half, half], ASKED, program=("no such program",))
    with pytest.raises(RecordsError, match="they are 21, and at most 20"):
        counted([Sent("a", b"")] * 21, ASKED, program=("no such program",))
    with pytest.raises(RecordsError, match="damaged"):
        counted([], ASKED, carried="A" * (counting.LONGEST_CARRIED + 1), program=("no such program",))


def test_who_finds_others_reading_is_told_so_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(counting, "PATIENCE_S", 0.01)

    with counting._turns, pytest.raises(Busy):
        counted([Sent("a", b"")], ASKED, program=("no such program",))
