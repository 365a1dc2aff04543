"""A pasted list or an export, as it is understood."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.listing import (
    MAX_BYTES,
    MAX_LINES,
    MAX_REFERENCE,
    WHOLE,
    ListError,
    Listing,
    decoded,
    read,
    references,
)

EXPORT = "Summary{0}Issue key{0}State\nOvens, new{0}BK-1{0}done\nFlour{0}BK-2{0}done\n"


def understood(text: str) -> Listing:
    table = read(text)
    return references(table, table.column, has_heading=table.has_heading)


def test_a_plain_list_is_one_reference_a_line_and_what_is_left_out_is_counted() -> None:
    found = understood("BK-1\r\nBK-2\n\n BK-3 \nBK-1\n\n\n")

    assert found == Listing(("BK-1", "BK-2", "BK-3"), empty=1, repeated=1)


def test_a_comma_in_titles_makes_no_table() -> None:
    found = understood("BK-1 ovens, new\nBK-2 flour\nBK-3 yeast, salt, water\nBK-4\n")

    assert found.references[0] == "BK-1 ovens, new"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_proposes_the_column_that_names_its_items(delimiter: str) -> None:
    table = read(EXPORT.format(delimiter))

    assert table.columns == ("Summary", "Issue key", "State")
    assert (table.column, table.has_heading) == (1, True)
    assert references(table, 1, has_heading=True).references == ("BK-1", "BK-2")


def test_a_comma_within_quotes_ends_no_cell() -> None:
    found = understood('id,title\nBK-1,"ovens, new"\nBK-2,"a ""good"" one\nin two lines"\n')

    assert found.references == ("BK-1", "BK-2")


def test_any_column_may_be_chosen_and_the_whole_line_too() -> None:
    table = read(EXPORT.format(";"))

    assert references(table, 0, has_heading=True).references == ("Ovens, new", "Flour")
    assert references(table, WHOLE, has_heading=False).references[0] == "Summary;Issue key;State"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_usual_encodings_are_read(encoding: str) -> None:
    assert understood(decoded("Brötchen 1\nBrötchen 2".encode(encoding))).references[0] == "Brötchen 1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no reference in it."),
        (" \n\t\n", "There is no reference in it."),
        ("BK-1\n" + "x" * (MAX_REFERENCE + 1), "Line 2 has 201 characters; at most 200 fit."),
        ("BK-1\nbell\x07", "Line 2 holds a character that cannot be printed."),
        ("x\n" * (MAX_LINES + 1), "The list has 10,002 lines; at most 10,000 fit."),
        ("x" * (MAX_BYTES + 1), "The list has more than 1 MB."),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(text: str, words: str) -> None:
    with pytest.raises(ListError, match=words.replace(".", r"\.")):
        understood(text)


def test_a_list_may_be_as_long_as_its_limit() -> None:
    assert len(understood("".join(f"BK-{i}\n" for i in range(MAX_LINES))).references) == MAX_LINES


@pytest.mark.parametrize("data", [b"x" * (MAX_BYTES + 1), b"\xff\xfea", b"BK-1\x81"])
def test_a_file_that_is_no_text_or_too_long_is_refused(data: bytes) -> None:
    with pytest.raises(ListError):
        decoded(data)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=200), st.text(alphabet='a1,;\t"\n\r ', max_size=200)))
def test_whatever_is_pasted_gives_references_or_a_reason(text: str) -> None:
    try:
        found = understood(text)
    except ListError:
        return
    assert len(set(found.references)) == len(found.references) > 0
    assert all(each == each.strip() and 0 < len(each) <= MAX_REFERENCE for each in found.references)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_whatever_is_uploaded_is_text_or_refused(data: bytes) -> None:
    try:
        read(decoded(data))
    except ListError:
        return
