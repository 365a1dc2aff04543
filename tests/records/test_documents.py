"""JSON as it really comes, and what no system writes: read entry by entry, or refused with its place."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.records.documents import entries, first_keys
from assessment.records.people import People
from assessment.records.readers import opened
from assessment.records.source import ONLINE, Account, Limits, Options, RecordsError
from assessment.records.work import WorkItem
from tests.records.files import EXPORTS, a_file

ISSUE = {"number": 3, "state": "OPEN", "createdAt": "2026-02-03T08:00:00Z", "labels": [{"name": "Bühne"}]}
ISSUES = json.dumps([ISSUE, {**ISSUE, "number": 4}], indent=1, ensure_ascii=False)


def read(content: str | bytes, encoding: str = "utf-8", limits: Limits = ONLINE) -> list[WorkItem]:
    sources = opened([a_file(content, "gh.json", encoding)], "gh", Options(), People(), limits)
    return list(sources[0].items(Account()))


def refusal(content: str | bytes, limits: Limits = ONLINE) -> str:
    with pytest.raises(RecordsError) as refused:
        read(content, limits=limits)
    return str(refused.value)


def with_value(text: str) -> str:
    """Return two issues, one a line, the second with this as a value."""
    first = json.dumps(ISSUE)
    return f'[{first},\n{first[:-1]}, "more": {text}}}]'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_the_same_items(encoding: str) -> None:
    assert [item.labels for item in read(ISSUES, encoding)] == [("bühne",), ("bühne",)]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("[{0}, {1}]", id="a list"),
        pytest.param("[[{0}], [], [{1}]]", id="pages in a list, as --slurp writes them"),
        pytest.param("[{0}]\n[{1}]", id="pages after each other, as --paginate writes them"),
        pytest.param("{0}\n{1}\n", id="one object a line"),
        pytest.param('{{"total_count": 2, "items": [{0}, {1}]}}', id="a list inside an object"),
        pytest.param(
            '{{"items": [{0}]}}\r\n\ufeff{{"items": [{1}], "z": 0}}', id="two such with another mark"
        ),
    ],
)
def test_every_shape_of_a_document_gives_the_same_items(document: str) -> None:
    first, second = json.dumps(ISSUE), json.dumps({**ISSUE, "number": 4})

    assert [item.ref for item in read(document.format(first, second))] == ["#3", "#4"]


def test_a_fault_far_down_a_file_is_told_with_its_line() -> None:
    lines = [json.dumps({**ISSUE, "body": "x" * 90}) for _ in range(4000)]

    assert "gh.json, line 4001, column 1" in refusal("\n".join([*lines, '{"number": NaN}']))


def test_an_entry_that_lies_across_the_pieces_of_a_large_file_is_read_whole() -> None:
    many = [{**ISSUE, "number": n, "body": f"é {n} " * 300} for n in range(1, 400)]

    assert [item.ref for item in read(json.dumps(many))] == [f"#{n}" for n in range(1, 400)]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("NaN", "gh.json, line 2, column 1: the entry that begins here has NaN, which is no number"),
        ("-Infinity", "-Infinity, which is no number"),
        ("1e999", "a number that is too large"),
        ("7" * 5000, "a number of 5,000 digits"),
        ("0." + "7" * 5000, "a number of 5,002 digits"),
        ('{"a": 1, "a": 2}', "a key that stands twice in one object"),
        ("[" * 15 + "]" * 15, "line 2, column 1: brackets more than 16 deep in the entry that begins here"),
        ("[" * 100_000 + "]" * 100_000, "brackets more than 16 deep"),
        ("{'a': 1}", "line 2, column 114: this is no JSON"),
        ('"a\nb"', "this is no JSON"),
    ],
)
def test_what_no_system_writes_is_refused_with_its_place(value: str, said: str) -> None:
    assert said in refusal(with_value(value))


def test_brackets_in_texts_are_no_depth_and_sixteen_deep_is_read() -> None:
    quoted = json.dumps('[[[[[[[[[[[[[[[[[[[[ \\"[[[[ \\\\')

    assert len(read(with_value(quoted))) == 2
    assert len(read(with_value("[" * 14 + "]" * 14))) == 2


@pytest.mark.parametrize("cut", [1, 2, 30, len(ISSUES) // 2])
def test_a_file_that_was_cut_off_is_refused_where_it_ends(cut: int) -> None:
    said = refusal(ISSUES[:-cut])

    assert "the file ends in the middle of an entry. It was cut off: make the export again." in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("7", "gh.json: it is no export of GitHub"),
        ('"text"', "it is no export of GitHub"),
        ("null", "it is no export of GitHub"),
        (
            '[{"number": 3, "createdAt": "2026-02-03T08:00:00Z"}] and more',
            "'a' where a list or an object begins",
        ),
        ('[{"number": 3, "createdAt": "2026-02-03T08:00:00Z"} {}]', "'{' where ']' was expected"),
        ('{"items": [{"number": 3, "createdAt": ""}], "items": []}', "more"),
    ],
)
def test_another_type_at_the_top_is_refused(content: str, said: str) -> None:
    if said == "more":
        assert read(content) == []  # pages may come under the same key
    else:
        assert said in refusal(content)


def test_more_entries_than_are_read_are_refused_with_the_first_of_them() -> None:
    said = refusal(ISSUES, Limits(rows=1))

    assert said.startswith("gh.json, line 12: more than 1 entries. Export a shorter time")


def test_the_keys_of_a_beginning_are_those_that_stand_there() -> None:
    assert first_keys(ISSUES[:60]) == {"number", "state", "createdAt"}
    assert first_keys('{"issues": []}', frozenset(("issues",))) == {"issues"}
    assert first_keys("nothing") == first_keys("[" * 70_000) == frozenset()


@given(
    st.text(max_size=60)
    | st.recursive(st.none() | st.floats() | st.text(max_size=5), st.lists).map(json.dumps)
)
def test_no_document_leads_to_anything_but_entries_or_a_located_refusal(content: str) -> None:
    file = a_file(content.encode("utf-8", "surrogatepass"))
    text = io.StringIO(content)

    try:
        list(entries(text, file, ONLINE, Account()))
    except RecordsError as refused:
        located = refused.place.startswith("export.csv, line ")
    else:
        located = True

    assert located


@given(st.data())
def test_no_export_that_was_tampered_with_leads_to_a_traceback(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(EXPORTS.glob("*/*.*"))))
    whole = path.read_bytes()
    at, until = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    broken = (
        whole[:at] + data.draw(st.binary(max_size=12)) + whole[until if data.draw(st.booleans()) else at :]
    )

    shown = ""
    try:
        for source in opened([a_file(broken, path.name)], "", Options(), People(), ONLINE):
            for item in source.items(Account()):
                shown += item.url + item.ref + item.state
    except RecordsError as refused:
        shown += str(refused.place and refused.remedy and refused)

    assert shown.isprintable()
