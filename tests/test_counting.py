"""Reading exports in a child process: what it is sent and told, and whatever the child may do meanwhile."""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

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
    "writes a file": ("open(ROOT / 'kept', 'w')", NOT_READ),
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
    "a bomb": lambda: base64.b64encode(zlib.compress(bytes(90_000_000), 9)).decode(),
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
    message = b"".join(counting._message([], ASKED, DAMAGED[name]()))

    found = counting._told(BytesIO(message))  # what the child does, which is not started for each

    assert found.refused
    assert found.refused[:2] == ("This page", "what it carries of your files is damaged")
    assert (found.measured, found.carried) == (None, "")


def test_a_file_that_a_page_carried_is_called_what_can_be_shown() -> None:
    named = ["C:\\meadow\\half \ud800.csv", "n" * 1_000_000, ""]
    head = json.dumps([[each, 0] for each in named]).encode()

    found = read([], packed(head + b"\n" + b""))

    assert found.refused
    assert found.refused[0].startswith("half \N{REPLACEMENT CHARACTER}.csv")
    assert [each.name for each in counting._unpacked(found.carried.encode())] == [
        "half \N{REPLACEMENT CHARACTER}.csv",
        "n" * counting.LONGEST_NAME,
        "file",
    ]


PULL = (
    b'[{"number": 1, "title": "a", "state": "MERGED", "createdAt": "2026-01-01T00:00:00Z", '
    b'"mergedAt": "2026-01-01T00:00:00Z", "closedAt": "2026-01-01T00:00:00Z", "body": '
)
HEADINGS = b"id,state,created,done,assignee\n"


def archive() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("a.csv", "0" * 9_000_000)
    return file.getvalue()


def laughs() -> bytes:
    entities = b"".join(b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(9))
    return b'<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "ha">' + entities + b"]><log>&j;</log>"


# What is small to send and large to read, or seems so, and the words in which it is refused.
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "brackets": (lambda: b"[" * 5_000_000, "no reader knows its shape"),
    "brackets in an entry": (lambda: PULL + b"[" * 500_000 + b"]" * 500_000 + b"}]", "more than 16 deep"),
    "elements": (lambda: b'<?xml version="1.0"?><log>' + b"<trace>" * 500_000, "more than 16 deep"),
    "entities": (laughs, "a document type or an entity"),
    "a file of this machine": (
        lambda: b'<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/passwd">]><log>&a;</log>',
        "a document type or an entity",
    ),
    "columns": (lambda: b",".join(b"c%d" % i for i in range(100_000)) + b"\n", "at most 512 are read"),
    "rows": (lambda: HEADINGS + b"1,Done,2026-01-01,,\n" * 1_000_000, "beyond 50,000 rows"),
    "one line": (lambda: b"a" * 24_000_000, "no reader knows its shape"),
    "one line of 30 MB": (lambda: b"a" * 30_000_000, "larger than 25 MB"),
    "one cell": (lambda: HEADINGS + b'"' + b"x" * 9_000_000 + b'",Done,,,\n', "does not end|characters"),
    "a quotation without an end": (lambda: HEADINGS + b'1,"' + b"x,\n" * 3_000_000, "never closed"),
    "one entry": (lambda: PULL + b'"' + b"#1 " * 4_000_000 + b'"}]', "one entry of more than"),
    "digits": (lambda: PULL + b"9" * 1_000_000 + b"}]", "a number of"),
    "no number": (lambda: PULL + b"NaN}]", "NaN, which is no number"),
    "beyond any number": (lambda: PULL + b"1e999}]", "a number that is too large"),
    "an archive": (archive, "an archive"),
    "packed": (lambda: gzip.compress(bytes(9_000_000)), "is compressed"),
    "zeroes": (lambda: bytes(9_000_000), "zero byte"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_large_to_read_is_refused_within_the_limits_and_nothing_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    make, words = BOMBS[name]

    try:
        refused = counted([Sent("bomb.csv", make())], ASKED).refused
    except RecordsError as error:
        refused = (error.place, error.fault, error.remedy)

    assert refused
    assert re.search(words, " ".join(refused))
    assert counting._FELL_OVER != refused != counting._OUT_OF_TIME
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", MISBEHAVING)
def test_a_child_that_misbehaves_ends_and_one_plain_sentence_says_so(name: str) -> None:
    body, words = MISBEHAVING[name]
    limits = Limits(wall_s=2 if name == "hangs" else 60, cpu_s=1, memory_mib=400, output_mb=2)
    child = (sys.executable, "-c", CONFINED + body)

    with pytest.raises(RecordsError, match=words) as refused:
        counted([Sent("a.csv", b"a")], ASKED, limits=limits, program=child)

    assert refused.value.place == "These files"
    assert not (counting.ROOT / "kept").exists()


def test_a_child_that_cannot_be_started_is_told_as_one_that_fell_over() -> None:
    with pytest.raises(RecordsError, match=NOT_READ):
        counted([Sent("a.json", ISSUES)], ASKED, program=["/there/is/none"])


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
