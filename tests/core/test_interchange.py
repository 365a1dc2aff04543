"""What is no document is refused in one line that says where; what is one is written in one way."""

from __future__ import annotations

import json

import pytest

from assessment.core.interchange import DocumentError, canonical, read_object
from tests.answers import refused


def refusal(text: bytes) -> DocumentError:
    """Return the error of a text that must be refused; it is one printable line."""
    return refused(lambda: read_object(text))


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_object(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("text", "place", "fault"),
    [
        (b"", "line 1, column 1", "not JSON"),
        (b"sound: 8", "line 1, column 1", "not JSON"),
        (b'{"form": "quick",\n "as_of": }', "line 2, column 11", "not JSON"),
        (b"[1, 2]", "document", "not a JSON object"),
        (b'"text"', "document", "not a JSON object"),
        (b'{"a": "\xff"}', "byte 8", "not UTF-8"),
        (b'{"a": NaN}', "document", "NaN"),
        (b'{"a": -Infinity}', "document", "-Infinity"),
        (b'{"a": 1e999}', "document", "1e999"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "document", "number"),
        (b'{"a": 1000000001}', "document", "1000000001"),
        (b'{"form": "quick", "form": "full"}', '"form"', "twice"),
        (b"[" * 17, "line 1", "nested deeper"),
        (b'{"a":' * 500_000, "document", "bytes"),
        (b'{"a":' * 100_000, "line 1", "nested deeper"),
        (b" " * 10_000_000, "document", "more than 1,000,000 bytes"),
    ],
)
def test_what_is_no_document_is_refused_at_its_place(text: bytes, place: str, fault: str) -> None:
    error = refusal(text)

    assert error.place == place
    assert fault in error.fault


def test_brackets_inside_a_text_are_no_nesting() -> None:
    document = {"label": "[" * 100 + '\\"{{{' + "]"}

    assert read_object(json.dumps(document).encode()) == document


def test_a_text_that_never_ends_is_refused_where_it_begins() -> None:
    error = refusal(b'{"a": "' + b'\\"' * 450_000)

    assert error.place == "line 1, column 7"


def test_canonical_bytes_are_sorted_utf8_with_six_decimals_and_a_line_end() -> None:
    document = {"b": 1 / 3, "a": "ü", "c": [-1e-9, 2, None, True], "d": {"y": 1e-7, "x": 12.0}}

    text = canonical(document)

    assert text.decode() == '{"a":"ü","b":0.333333,"c":[0.0,2,null,true],"d":{"x":12.0,"y":0.0}}\n'
    assert json.loads(text)["b"] == 0.333333
