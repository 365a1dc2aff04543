"""Tables as they really come: encodings, separators, quotes, and what is refused."""

from __future__ import annotations

import contextlib
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.records.source import ONLINE, Account, Limits, RecordsError
from assessment.records.tables import AGAIN, EMPTY, LONG, SHORT, Table, headings_of, table_of
from tests.records.files import a_file

SMALL = "Key,State,Städte\nA-1,Done,Köln\nA-2,Open,Malmö\n"


def rows_of(table: Table, account: Account | None = None) -> list[list[str]]:
    return [row[:-1] for _, row in table.rows(account or Account())]


def read(content: str | bytes, encoding: str = "utf-8") -> list[list[str]]:
    return rows_of(table_of(a_file(content, encoding=encoding), ONLINE))


def refusal(content: str | bytes, limits: Limits = ONLINE) -> str:
    with pytest.raises(RecordsError) as refused:
        for _ in table_of(a_file(content), limits).rows(Account()):
            pass
    return str(refused.value)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_every_encoding_gives_the_same_table(encoding: str) -> None:
    table = table_of(a_file(SMALL, encoding=encoding), ONLINE)

    assert table.headings == ("Key", "State", "Städte")
    assert rows_of(table) == [["A-1", "Done", "Köln"], ["A-2", "Open", "Malmö"]]


def test_what_is_no_utf_is_read_as_windows_writes_it() -> None:
    assert table_of(a_file("Key,Preis €\n", encoding="cp1252"), ONLINE).headings == ("Key", "Preis €")
    assert table_of(a_file(b"Key,\x81\xff\n"), ONLINE).headings == ("Key", "\x81ÿ")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_separator_and_end_of_line_gives_the_same_table(separator: str, end: str) -> None:
    content = SMALL.replace(",", separator).replace("\n", end)

    assert read(content) == read(SMALL)


def test_a_line_that_names_the_separator_is_obeyed_and_is_no_row() -> None:
    assert read("sep=;\nKey,s;State\nA,1;Done\n") == [["A,1", "Done"]]


def test_commas_inside_the_cells_of_another_separator_do_not_mislead() -> None:
    content = 'Key;Title;Done\n1;"one, two, three";x\n2;four, five;y\n3;six, seven, eight;z\n'

    assert read(content) == [
        ["1", "one, two, three", "x"],
        ["2", "four, five", "y"],
        ["3", "six, seven, eight", "z"],
    ]


def test_a_heading_with_many_commas_is_no_reason_to_take_them_for_separators() -> None:
    content = "Key;What, why, when, where\n1;this\n2;that\n3;more\n"

    assert table_of(a_file(content), ONLINE).headings == ("Key", "What, why, when, where")


def test_quoted_ends_of_lines_stay_in_their_cell_and_lines_are_counted_as_an_editor_does() -> None:
    table = table_of(a_file('Key,Text\r\n1,"one\r\n\r\ntwo"\r\n2,"say ""no"""\r\n'), ONLINE)

    rows = list(table.rows(Account()))

    assert rows == [(2, ["1", "one\r\n\r\ntwo", ""]), (5, ["2", 'say "no"', ""])]


def test_headings_that_stand_more_than_once_are_kept_apart() -> None:
    table = table_of(a_file("Key,Sprint,sprint ,Sprint\n1,a,b,\n"), ONLINE)

    assert table.at("Sprint") == (1, 2, 3)
    assert table.at("sprint", "key") == (0, 1, 2, 3)
    assert table.at("Epic") == ()


def test_a_table_can_be_read_again_and_again() -> None:
    table = table_of(a_file(SMALL), ONLINE)

    assert rows_of(table) == rows_of(table) != []


def test_every_row_is_read_or_accounted_for() -> None:
    account = Account()
    table = table_of(a_file("A,B,C\n1,2,3\n1,2\n\n,,\n ,\n1,2,3,,\n1,2,3,4\nA,B,C\n"), ONLINE)

    rows = rows_of(table, account)

    assert rows == [["1", "2", "3"], ["1", "2", ""], ["", "", ""], ["1", "2", "3"]]
    assert account.rows == 7 == len(rows) + account.dropped.total()
    assert account.dropped == {EMPTY: 1, LONG: 1, AGAIN: 1}
    assert account.remarked == {SHORT: 1}
    assert account.first[LONG] == "export.csv, line 8"


def test_a_table_of_headings_alone_has_no_rows_and_one_of_one_row_has_one() -> None:
    assert read("Key,State\n") == read("Key,State") == []
    assert read("Key,State\n1,Done") == [["1", "Done"]]


def test_what_stands_above_the_headings_is_left_out_and_told() -> None:
    table = table_of(a_file("Query: all items\n\nKey,State\n1,Done\n"), ONLINE)

    assert table.headings == ("Key", "State")
    assert rows_of(table) == [["1", "Done"]]
    assert table.notes == ("The headings stand in line 3; what stands above them is not read.",)


def test_what_is_unusual_in_the_writing_is_told() -> None:
    table = table_of(a_file("Key;State\n1;Done\n", encoding="utf-16"), ONLINE)

    assert table.notes == ("Cells are separated by semicolons, written in UTF-16.",)
    assert table_of(a_file("Key,State\n", encoding="utf-16"), ONLINE).notes == (
        "Cells are separated by commas, written in UTF-16.",
    )
    assert table_of(a_file("Key,State\n"), ONLINE).notes == ()


def test_what_is_no_table_is_refused_with_the_way_out() -> None:
    workbook = BytesIO()
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")

    assert refusal(b"") == ("export.csv: is empty. Export it again, with at least its line of headings.")
    assert "is a workbook or an archive (XLSX or ZIP), not text. Open it" in refusal(workbook.getvalue())
    assert "is a PDF, not an export" in refusal(b"%PDF-1.7\n")
    assert "is a web page, not a table" in refusal("<html><table><tr><td>Key</td></tr></table>")
    assert "is no text" in refusal(bytes(range(1, 128)) * 3)
    assert "export.csv, line 3: holds a zero byte" in refusal("Key,State\n1,Done\n2,\0\n")
    assert "has no line of headings" in refusal("\n\n \n")


def test_a_zero_far_into_a_file_is_found_in_its_line() -> None:
    content = "Key,State\n" + "1,Done\n" * 20_000 + "2,\0\n"

    assert "export.csv, line 20002: holds a zero byte" in refusal(content)


def test_text_that_breaks_off_or_holds_half_a_letter_is_refused_in_its_line() -> None:
    whole = SMALL.encode("utf-16")
    half = "Key,State\n1,".encode("utf-16") + b"\x00\xdc" + ",x\n".encode("utf-16-le")

    assert "export.csv, line 3: is not UTF-16 there" in refusal(whole[:-1])
    assert "export.csv, line 2: is not UTF-16 there" in refusal(half)


def test_a_quotation_mark_that_is_never_closed_is_refused_where_its_row_begins() -> None:
    assert refusal('Key,State\n1,Done\n2,"Open\n3,Done\n').startswith(
        "export.csv, line 3: begins a row with a quotation mark that is never closed."
    )
    assert "export.csv, line 3: holds a cell of more than" in refusal(
        'Key,State\n1,Done\n2,"Open\n' + "3,Done\n" * 30_000
    )


def test_a_cell_that_is_too_large_is_refused_and_one_at_the_limit_is_read() -> None:
    limit = ONLINE.cell

    assert read(f"Key,Text\n1,{'x' * limit}\n") == [["1", "x" * limit]]
    assert f"export.csv, line 2, column 2: holds a cell of more than {limit:,} characters" in refusal(
        f"Key,Text\n1,{'x' * (limit + 1)}\n"
    )


def test_too_many_columns_rows_or_bytes_are_refused_and_as_many_as_may_be_are_read() -> None:
    limits = Limits(bytes=100, rows=3, columns=4)

    assert "line 1: has 5 columns; at most 4 are read" in refusal("a,b,c,d,e\n", limits)
    assert "export.csv, line 5: is beyond 3 rows" in refusal("a,b,c,d\n" + "1,2,3,4\n" * 4, limits)
    assert "export.csv, line 8: follows 6 empty lines" in refusal("a,b,c,d\n" + "\n" * 9, limits)
    assert "is larger than" in refusal("a,b,c,d\n" + "1,2,3,4\n" * 12, limits)
    assert len(rows_of(table_of(a_file("a,b,c,d\n" + "1,2,3,4\n" * 3), limits))) == 3


def test_a_row_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    assert "export.csv, line 2: begins a row that does not end" in refusal("a,b\n" + "1," * 2_500_000)
    assert len(read("a,b\n" + f"1,{'x' * 10_000}\n" * 450)) == 450


@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-16-be"]))
def test_whatever_the_text_every_row_is_accounted_for_or_it_is_refused(content: str, encoding: str) -> None:
    headings_of(content)
    account = Account()

    with contextlib.suppress(RecordsError):
        table = table_of(a_file(content.encode(encoding, "replace")), ONLINE)
        rows = list(table.rows(account))

        assert account.rows == len(rows) + account.dropped.total()
        assert {len(row) for _, row in rows} <= {len(table.headings) + 1}


@given(st.binary(max_size=300))
def test_whatever_the_bytes_they_are_a_table_or_are_refused_in_words(data: bytes) -> None:
    with contextlib.suppress(RecordsError):
        for _ in table_of(a_file(data), ONLINE).rows(Account()):
            pass
