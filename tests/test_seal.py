"""Seals: whoever changes anything breaks them, and whoever changes nothing does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment import seal
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.seal import SealError, Signature, Signer, canonical_of, check
from tests.answers import KEY, shipped, some_answers

SIGNER = Signer(b"a secret that is long enough for tests")
KEYS = {SIGNER.id: SIGNER.public}


def _result() -> bytes:
    answers = json.dumps(some_answers()).encode()
    return canonical(diagnose(*read_answers({KEY: shipped()}.__getitem__, answers)))


RESULT = _result()


def signed(data: bytes = RESULT, by: Signer = SIGNER) -> list[Signature]:
    return [Signature("result", "00" * 32, by.id, by.sign(data))]


def verdict(data: bytes, keys: dict[str, bytes] = KEYS) -> str:
    return check(data, signed(), keys)


def figures(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every value of a document with its path."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in inner:
            yield from figures(each, (*path, name))
    else:
        yield path, value


def changed(path: tuple[Any, ...], value: Any) -> bytes:
    """Return the result with another value at a path, written as canonically as the result itself."""
    document = json.loads(RESULT)
    *way, last = path
    inner = document
    for step in way:
        inner = inner[step]
    inner[last] = value
    return canonical(document)


FIGURES = [
    (path, value)
    for path, value in figures(json.loads(RESULT))
    if isinstance(value, int | float) and not isinstance(value, bool)
]


def test_what_is_not_changed_is_genuine() -> None:
    assert verdict(RESULT) == "genuine"


def test_every_figure_changed_by_its_last_digit_breaks_the_seal() -> None:
    assert len(FIGURES) > 100

    kept = []
    for path, value in FIGURES:
        other = value + 1 if isinstance(value, int) else round(value + 0.000001, 6)
        if verdict(changed(path, other)) != "changed":
            kept.append(path)

    assert kept == []


@given(st.integers(0, len(RESULT) - 1), st.integers(1, 255))
def test_one_byte_changed_is_never_genuine(place: int, change: int) -> None:
    data = bytearray(RESULT)
    data[place] ^= change

    assert verdict(bytes(data)) != "genuine"


@given(st.sampled_from([i for i, byte in enumerate(RESULT) if chr(byte).isdigit()]), st.integers(1, 9))
def test_one_digit_changed_anywhere_breaks_the_seal(place: int, change: int) -> None:
    data = bytearray(RESULT)
    data[place] = ord("0") + (data[place] - ord("0") + change) % 10

    assert verdict(bytes(data)) == "changed"


@given(st.integers(0, len(RESULT) - 1))
def test_one_byte_left_out_is_never_genuine(place: int) -> None:
    assert verdict(RESULT[:place] + RESULT[place + 1 :]) != "genuine"


@given(st.sampled_from([path for path, value in FIGURES if isinstance(value, float)]), st.integers(7, 20))
def test_a_digit_beyond_those_of_a_result_breaks_the_seal(path: tuple[Any, ...], decimals: int) -> None:
    document = json.loads(RESULT)
    *way, last = path
    inner = document
    for step in way:
        inner = inner[step]
    literal = f"{inner[last]:.6f}".ljust(decimals + 1, "0") + "1"
    inner[last] = "HERE"
    text = json.dumps(document).replace('"HERE"', literal)

    assert verdict(text.encode()) == "changed"


def test_the_same_figures_in_another_order_and_with_spaces_are_the_same_figures() -> None:
    document = json.loads(RESULT)
    turned = dict(reversed(document.items()))

    for text in (json.dumps(turned, indent=3), json.dumps(document), "\ufeff" + RESULT.decode()):
        assert canonical_of(text.encode()) == RESULT
        assert verdict(text.encode()) == "same figures"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"%PDF-1.7",
        b'{"a": NaN}',
        b'{"a": 1e400}',
        b'{"a": 1e-99999999999999999999}',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 5000,
        RESULT[:1] + b'"items":{"failing":0},' + RESULT[1:],
    ],
)
def test_what_is_no_document_or_says_a_thing_twice_has_no_canonical_form(text: bytes) -> None:
    assert canonical_of(text) is None
    assert verdict(text) == "changed"


# --- keys -----------------------------------------------------------------------------------------------


def test_another_secret_gives_another_key_and_the_same_one_the_same() -> None:
    other = Signer(b"another secret that is long enough too")

    assert Signer(b"a secret that is long enough for tests").public == SIGNER.public
    assert other.id != SIGNER.id
    assert check(RESULT, signed(by=other), KEYS) == "other key"
    assert check(RESULT, signed(by=other), {**KEYS, other.id: other.public}) == "genuine"


def test_a_signature_under_the_name_of_another_key_is_not_taken() -> None:
    forger = Signer(b"a secret that only the forger knows, long")
    forged = [Signature("result", "00" * 32, SIGNER.id, forger.sign(RESULT))]

    assert check(RESULT, forged, KEYS) == "changed"


def test_a_published_key_is_read_as_it_was_written_also_from_a_file_of_several() -> None:
    other = Signer(b"another secret that is long enough too")

    assert seal.read_keys(seal.pem(SIGNER.public)) == KEYS
    assert seal.read_keys(seal.pem(SIGNER.public) + seal.pem(other.public)) == {
        **KEYS,
        other.id: other.public,
    }


RSA = b"""-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALmZ1RrYqPmL7v9TbM7Pj6vKX4c6k1Jt
-----END PUBLIC KEY-----
"""
X25519 = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VuAyEAvMCFTlfXhFbT4lMTkSmnZHPYfFXQGgB1qRLBQcbG4lw=
-----END PUBLIC KEY-----
"""


@pytest.mark.parametrize("text", [b"", b"no key", RSA, X25519, b"\x00" * 1000])
def test_what_is_no_key_of_ours_is_refused_in_words(text: bytes) -> None:
    with pytest.raises(SealError, match=r"/verify/key\.pem"):
        seal.read_keys(text)


# --- the file of signatures -----------------------------------------------------------------------------


def test_signatures_are_read_as_they_were_written() -> None:
    written = seal.signature_file("AB-2222-3333", "2026-11-22", "https://site.test/verify/AB", signed())

    assert seal.read_signatures(written) == signed()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b'{"format":2,"signatures":[]}',
        b'{"format":1}',
        b'{"format":1,"signatures":[{}]}',
        b'{"format":1,"signatures":7}',
        b'{"format":1,"signatures":[{"of":"result","sha256":"","key":"","signature":"%%"}]}',
        b'{"format":1,"signatures":[{"of":"result","sha256":"","key":"","signature":5}]}',
        '{"format":1,"signatures":[{"of":"result","sha256":"","key":"","signature":"é"}]}'.encode(),
        b'{"format":1,"signatures":[{"of":"result","sha256":"","key":[],"signature":""}]}',
    ],
)
def test_what_is_no_file_of_signatures_is_refused_in_words(text: bytes) -> None:
    with pytest.raises(SealError):
        seal.read_signatures(text)


def test_without_a_signature_nothing_is_genuine() -> None:
    assert check(RESULT, [], KEYS) == "other key"
