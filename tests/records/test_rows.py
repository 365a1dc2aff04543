"""Tables of every system, as they are written by their owners: what is read of them and what is told."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.records.measuring import measured
from assessment.records.people import People
from assessment.records.readers import READERS, opened
from assessment.records.source import ONLINE, Account, File, Options, RecordsError, Source
from assessment.records.work import WorkItem
from tests.records.files import EXPORTS, a_file

TABLES = {
    "jira": "jira/jira.csv",
    "linear": "linear/linear.csv",
    "azure": "azure/azure.csv",
    "gitlab-csv": "gitlab-csv/gitlab-issues.csv",
    "csv": "table/table.csv",
}
PEOPLE = ("acc-1", "acc-2", "Ada Firn", "ada@fir.example", "ada", "Bo", "Cleo")


def source_of(file: File, options: Options | None = None, people: People | None = None) -> Source:
    (source,) = opened([file], "", options or Options(), people or People(), ONLINE)
    return source


def read(
    content: str, options: Options | None = None, account: Account | None = None, people: People | None = None
) -> list[WorkItem]:
    return list(source_of(a_file(content), options, people).items(account or Account()))


def one(**cells: str) -> WorkItem:
    """Return the item of a table with these columns and one row of them."""
    headings = [heading.replace("_", " ") for heading in cells]
    (item,) = read("\n".join(map(_line, (headings, list(cells.values())))))
    return item


def _line(cells: list[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue().removesuffix("\n")


def text_of(name: str) -> str:
    return (EXPORTS / TABLES[name]).read_text(encoding="utf-8-sig")


def fields_of(source: Source) -> Mapping[str, str]:
    return {column.heading: column.field for column in source.understood.columns}


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_recognised_by_its_own_reader_whatever_its_file_is_called(name: str) -> None:
    source = source_of(a_file(text_of(name), "x"))

    assert source.understood.reader == name


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("name", TABLES)
def test_the_same_table_in_another_encoding_tells_the_same(name: str, encoding: str) -> None:
    content, people = text_of(name), People()

    written = source_of(a_file(content, encoding=encoding), people=people)

    plain = source_of(a_file(content), people=people)
    assert list(written.items(Account())) == list(plain.items(Account())) != []


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("name", ["jira", "linear", "azure", "gitlab-csv"])
def test_the_same_table_saved_by_a_spreadsheet_tells_the_same(name: str, separator: str) -> None:
    content, people = text_of(name), People()
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows(csv.reader(io.StringIO(content, newline="")))

    saved = read(stream.getvalue(), people=people)

    assert saved == read(content, people=people)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_headings_alone_gives_nothing_and_of_one_row_one_item(name: str) -> None:
    start = 2 if text_of(name).startswith("sep=") else 1
    records = list(csv.reader(io.StringIO(text_of(name), newline=""), delimiter=";" if start == 2 else ","))
    headings, first = ("\n".join(map(_line, records[start - 1 : start + rows])) for rows in (0, 1))

    assert read(headings) == []
    assert len(read(first)) == 1


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_breaks_off_within_quotes_is_refused_by_its_line(name: str) -> None:
    with pytest.raises(RecordsError, match=r"export.csv, line \d+: begins a row with a quotation mark"):
        read(text_of(name) + ('X-1;"and then' if name == "csv" else 'X-1,"and then'))


@pytest.mark.parametrize("name", TABLES)
def test_nothing_that_is_told_holds_the_name_of_a_person_or_a_title(name: str) -> None:
    account = Account()
    source = source_of(a_file(text_of(name)))

    told = repr((list(source.items(account)), account, source.understood))

    assert not [word for word in (*PEOPLE, "Bo Kamin", "Glaze", "Count the cones") if f"'{word}" in told]
    assert "draught" not in told
    assert "mast" not in told.casefold().replace("masts", "")


def test_the_leader_says_which_column_tells_what_and_a_column_is_one_thing() -> None:
    content = "Key,A,B,Closed\nX-1,2026-02-03,2026-02-01,2026-02-09\n"

    proposed = source_of(a_file(content))
    chosen = source_of(a_file(content), Options(columns={"done": "a", "created": "B", "touched": "Closed"}))

    assert fields_of(proposed) == {"Key": "ref", "A": "", "B": "", "Closed": "done"}
    assert fields_of(chosen) == {"Key": "ref", "A": "done", "B": "created", "Closed": "touched"}
    (item,) = chosen.items(Account())
    assert (item.created, item.done) == (at(2026, 2, 1), at(2026, 2, 3))


def test_what_the_leader_takes_a_column_for_it_is_proposed_for_no_more() -> None:
    source = source_of(a_file("Key,Closed\nX-1,2026-02-09\n"), Options(columns={"touched": "Closed"}))

    assert fields_of(source) == {"Key": "ref", "Closed": "touched"}
    assert [item.done for item in source.items(Account())] == [None]


def test_a_field_that_the_leader_says_no_column_tells_is_not_read() -> None:
    (item,) = read("Key,Assignee,Closed\nX-1,Ada,2026-02-09\n", Options(columns={"doer": ""}))

    assert item.doer is None
    assert item.done == at(2026, 2, 9)


def test_what_is_said_of_one_table_does_not_touch_a_table_of_a_known_system_beside_it() -> None:
    files = [a_file("Key,Ended\nX-1,2026-02-09\n", "a.csv"), a_file(text_of("linear"), "b.csv")]
    options = Options(columns={"done": "Ended", "doer": "", "labels": "Team"})
    people = People()

    mine, linear = opened(files, "", options, people, ONLINE)

    assert [item.done for item in mine.items(Account())] == [at(2026, 2, 9)]
    assert list(linear.items(Account())) == read(text_of("linear"), people=people)


def test_what_is_said_of_another_table_leaves_what_is_proposed_and_is_told() -> None:
    source = source_of(a_file("Key,Closed\nX-1,2026-02-09\n"), Options(columns={"done": "Ended"}))

    assert fields_of(source) == {"Key": "ref", "Closed": "done"}
    assert source.understood.notes == (
        "There is no column 'Ended'; what is proposed for “finished” is read.",
    )


def test_to_say_again_what_was_proposed_changes_nothing() -> None:
    people = People()
    proposed = source_of(a_file(text_of("csv")), people=people)
    held = {column.field: column.heading for column in proposed.understood.columns if column.field}

    said = source_of(a_file(text_of("csv")), Options(columns=held), people)

    assert fields_of(said) == fields_of(proposed)
    assert list(said.items(Account())) == list(proposed.items(Account()))


def test_several_columns_of_one_meaning_stand_for_each_other() -> None:
    content = "Key,Type,Labels,Team\nX-1,Bug,red,blue\n"

    (item,) = read(content, Options(columns={"labels": "Labels"}))
    (other,) = read(content, Options(columns={"labels": "Team"}))

    assert (item.labels, other.labels) == (("red", "bug"), ("blue",))


def test_a_field_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(RecordsError, match="'title' is nothing that is read"):
        read("Key,Closed\nX-1,2026-02-09\n", Options(columns={"title": "Key"}))


def test_a_heading_is_proposed_for_what_its_cells_can_be() -> None:
    content = (
        "Task,Created,CreatedBy,Completed_Date,Approved,Status,Where,When\n"
        "T-1,2026-02-01,Ada,2026-02-03,yes,Done,https://a.example/1,x\n"
        "T-2,2026-02-01,Bo,,no,Open,https://a.example/2,y\n"
    )

    fields = fields_of(source_of(a_file(content)))

    assert fields == {
        "Task": "ref",
        "Created": "created",
        "CreatedBy": "author",
        "Completed_Date": "done",
        "Approved": "",
        "Status": "state",
        "Where": "url",
        "When": "",
    }


@pytest.mark.parametrize(
    ("headings", "row", "fields"),
    [
        (
            "Task ID,Created At,Completed At,Last Modified,Name,Section/Column,Assignee,Due Date,Tags,Parent",
            "1201,2026-02-02,2026-02-09,2026-02-09,Sow,Done,Ada,2026-02-10,x,Garden",
            "ref created done touched - state doer due labels parent",
        ),
        (
            "Task ID,Task Name,Status,Date Created,Date Closed,Assignees,List Name",
            "86c,Sow,closed,1770023100000,1770627900000,[Ada],Garden",
            "ref - state created done doer -",
        ),
        (
            "#,Project,Tracker,Status,Subject,Author,Assignee,Updated,Start date,Created,Closed",
            "17,Garden,Bug,Closed,Sow,Ada,Bo,2/9/2026 4:13 PM,2/2/2026,2/2/2026 9:00 AM,2/19/2026 3:13 PM",
            "ref - labels state - author doer touched started created done",
        ),
        (
            "id,name,type,requester,owners,created_at,started_at,completed_at,state,epic,labels",
            "17,Sow,feature,Ada,Bo,2026/02/02 09:00:00,2026/02/03 09:00:00,2026/02/09 9:00,Done,Garden,x",
            "ref - labels author doer created started done state parent labels",
        ),
        ("Case,Opened,Closed", "CS-17,46055.5,46062.25", "ref created done"),
        (
            "#;Tracker;Übergeordnetes Ticket;Status;Zugewiesen an;Beginn;Abgabedatum;Angelegt;Geschlossen am",
            "17;Fehler;;Gelöst;Ada;2.2.2026;28.2.2026;2.2.2026 9:00;19.2.2026 15:13",
            "ref labels parent state doer started due created done",
        ),
        (
            "Clé,Date de création,Date de clôture,Date d'échéance,Assigné à",
            "K-17,02/02/2026,19/02/2026,28/02/2026,Ada",
            "ref created done due doer",
        ),
    ],
)
def test_the_tables_of_other_boards_are_proposed_rightly(headings: str, row: str, fields: str) -> None:
    source = source_of(a_file(f"{headings}\n{row}\n"))

    assert [name or "-" for name in fields_of(source).values()] == fields.split()
    (item,) = source.items(Account())
    assert item.created is not None
    assert item.done is not None
    assert item.created < item.done


def test_of_two_columns_of_days_without_telling_headings_the_earlier_is_proposed_as_created() -> None:
    content = "What,From,To\nT-1,2026-02-01,2026-02-03\nT-2,2026-02-02,2026-02-09\n"

    assert fields_of(source_of(a_file(content))) == {"What": "ref", "From": "created", "To": "done"}
    assert fields_of(source_of(a_file("What,From\nT-1,2026-02-01\n"))) == {"What": "ref", "From": ""}


def test_an_empty_column_is_proposed_for_one_thing_alone() -> None:
    content = "Key,Resolution,Erledigt\nT-1,,2026-02-01\n"

    assert fields_of(source_of(a_file(content))) == {
        "Key": "ref",
        "Resolution": "resolution",
        "Erledigt": "done",
    }


def test_a_document_with_commas_is_no_table() -> None:
    with pytest.raises(RecordsError, match="no reader knows its shape"):
        read('{"a": 1, "b": 2}\n' * 3)


def test_rows_of_any_table_that_are_called_alike_are_each_counted() -> None:
    table = a_file("Task,Created,Finished\n" + "Firing,2026-02-02,2026-02-09\n" * 3)
    of_jira = a_file("Issue key,Created,Resolved\n" + "KILN-1,2026-02-02,2026-02-09\n" * 3)

    kinds = [measured([source_of(file)], files=[file], team_size=8).kinds for file in (table, of_jira)]

    assert kinds == [{"task": 3}, {"task": 1}]


def test_items_without_a_name_are_called_by_their_line_and_that_is_told() -> None:
    source = source_of(a_file("Created,Finished\n2026-02-01,2026-02-03\n"))

    assert [item.ref for item in source.items(Account())] == ["line 2"]
    assert "No column tells what an item is called, so each is called by its line." in source.understood.notes


def test_a_table_without_headings_is_refused() -> None:
    with pytest.raises(RecordsError, match="has no line of headings: its first line holds a day"):
        read("T-1,2026-02-01,2026-02-03\nT-2,2026-02-01,2026-02-03\n")


def test_what_was_finished_before_it_was_created_is_remarked_and_belongs_to_no_population() -> None:
    account = Account()
    items = read(
        "Key,Created,Finished\nX-1,2026-02-03,2026-02-02\nX-2,2026-02-03,2026-02-03\n", account=account
    )

    assert [(item.done, item.ended) for item in items] == [(None, True), (at(2026, 2, 3), False)]
    assert account.remarked == {"finished before it was created, so it is not counted": 1}
    assert account.rows == account.items == 2


def test_a_day_and_a_time_of_the_same_day_are_not_compared() -> None:
    assert one(Key="X", Created="2026-02-03 17:00", Finished="2026-02-03").done == at(2026, 2, 3)
    assert one(Key="X", Created="2026-02-03 17:00", Finished="2026-02-03 16:59").ended


def test_days_that_can_be_read_two_ways_are_told_and_the_leader_decides() -> None:
    content = "Key,Created,Finished\nX-1,02/03/2026,04/03/2026\n"
    days = [
        (note, item.created)
        for day_first in (None, True, False)
        for source in [source_of(a_file(content), Options(day_first=day_first))]
        for item in source.items(Account())
        for note in source.understood.notes[:1]
    ]

    assert days == [
        (
            "Nothing tells whether days or months come first; it was read as: 13 February is 13/02.",
            at(2026, 3, 2),
        ),
        ("The day comes first in its days: 13 February is 13/02.", at(2026, 3, 2)),
        ("The month comes first in its days: 13 February is 02/13.", at(2026, 2, 3)),
    ]


def test_one_day_that_decides_far_down_one_column_decides_for_all_columns() -> None:
    rows = "X-1,02/03/2026,04/03/2026\n" * 700 + "X-2,02/03/2026,04/13/2026\n"

    items = read(f"Key,Created,Finished\n{rows}")

    assert items[0].created == at(2026, 2, 3)
    assert items[-1].done == at(2026, 4, 13)


def test_times_without_a_zone_are_as_far_ahead_as_the_leader_says_and_utc_columns_are_not() -> None:
    content = "Key,Created,Closed At (UTC)\nX-1,2026-02-03 01:00,2026-02-03 01:00\n"

    source = source_of(a_file(content), Options(zone_minutes=120))

    (item,) = source.items(Account())
    assert (item.created, item.done) == (at(2026, 2, 2, 23), at(2026, 2, 3, 1))
    assert "Times without a zone are taken to be +2 hours from UTC." in source.understood.notes


def test_zones_may_be_mixed_in_one_column() -> None:
    content = (
        "Key,Created\n1,2026-02-03T01:00:00Z\n2,2026-02-03T01:00:00+02:00\n3,2026-02-03 01:00:00 -0500\n"
        "4,Tue Feb 03 2026 01:00:00 GMT+0100 (CET)\n5,2026-02-03\n"
    )

    created = [item.created for item in read(content)]

    assert created == [
        at(2026, 2, 3, 1),
        at(2026, 2, 2, 23),
        at(2026, 2, 3, 6),
        at(2026, 2, 3, 0),
        at(2026, 2, 3),
    ]


def test_a_state_without_a_telling_name_is_proposed_by_whether_its_items_are_finished() -> None:
    content = "Key,State,Finished\n1,Zielona,2026-02-03\n2,Zielona,2026-02-04\n3,Biała,\n4,Done,2026-02-04\n"

    source = source_of(a_file(content))

    assert source.understood.states == {"Zielona": "done", "Biała": "in-progress", "Done": "done"}
    assert [item.done is not None for item in source.items(Account())] == [True, True, False, True]


def test_what_a_state_means_to_the_leader_wins() -> None:
    content = "Key,State,Finished\n1,Ready,2026-02-03\n2,Done,2026-02-04\n3,Gone,2026-02-04\n"
    options = Options(stages={"Ready": "done", "Done": "in-progress", "Gone": "abandoned"})
    account = Account()

    items = read(content, options, account)

    assert [(item.stage, item.done, item.ended) for item in items] == [
        ("done", at(2026, 2, 3), False),
        ("in-progress", None, False),
        ("abandoned", None, True),
    ]
    assert account.remarked == {
        "has a day on which it was finished, but its state says that it is not done": 1
    }


def test_what_is_done_without_a_day_is_remarked_and_not_taken_to_be_in_progress() -> None:
    account = Account()

    items = read("Key,State,Finished\n1,Done,\n2,Done,soon\n3,Doing,2026-02-04\n", account=account)

    assert [(item.done, item.ended) for item in items] == [(None, True), (None, True), (None, False)]
    assert account.remarked["done, but it is not told when, so it is not counted"] == 2
    without_states = read("Key,Finished\n" + "1,2026-02-04\n" * 5 + "2,soon\n")
    assert [item.ended for item in without_states] == [False] * 5 + [True]


def test_an_approval_without_a_day_cannot_be_told_and_no_approval_is_told() -> None:
    by, on = {"Approved_by": "Ada"}, {"Approved_on": "2026-02-03"}
    rest = {"Key": "X", "Finished": "2026-02-04"}

    assert one(**rest, **by).approvals is None
    assert one(**rest, **by, Approved_on="").approvals is None
    assert one(**rest, Approved_by="", Approved_on="").approvals == ()
    (approval,) = one(**rest, **by, **on).approvals or ()
    assert (approval.at, approval.by is not None, approval.approves) == (at(2026, 2, 3), True, True)


@pytest.mark.parametrize(
    ("written", "times"),
    [
        ("", ()),
        ("0", ()),
        ("no", ()),
        ("2", (at(2026, 2, 4),) * 2),
        ("yes", (at(2026, 2, 4),)),
        ("2026-02-09", (at(2026, 2, 9),)),
        ("often", None),
    ],
)
def test_reopenings_are_told_by_how_often_or_when(written: str, times: tuple[datetime, ...] | None) -> None:
    assert one(Key="X", Finished="2026-02-04", Reopened=written).reopened == times


def test_links_are_told_by_kind_and_only_those_kinds_that_there_is_a_column_for() -> None:
    item = one(Key="X", Parent="E-1", Pull_requests="https://git.example/a/1; https://git.example/a/2")

    assert item.links is not None
    assert [(link.kind, link.ref) for link in item.links] == [
        ("result", "https://git.example/a/1"),
        ("result", "https://git.example/a/2"),
        ("reason", "E-1"),
    ]
    assert item.link_kinds == {"result", "reason"}
    assert one(Key="X", Finished="2026-02-04").links is None


def test_only_addresses_of_the_web_become_links() -> None:
    content = (
        "Key,URL\n1,https://a.example/1\n2,https://a.example/2\n3,https://a.example/3\n4,http://a.example/4\n"
    )

    urls = [item.url for item in read(content + "5,javascript:alert(1)\n")]

    assert urls[3:] == ["http://a.example/4", ""]


def test_in_jira_people_are_known_by_their_account_and_programs_are_nobody() -> None:
    people = People()

    items = read(text_of("jira"), people=people)

    assert items[0].doer == people.code("acc-1")
    assert items[0].replies is not None
    assert items[0].replies[1].by == items[0].doer
    assert items[1].author is None


def test_in_jira_the_headings_may_be_in_the_language_of_whoever_exports() -> None:
    german = (
        "Vorgangsschlüssel;Vorgangs-ID;Vorgangstyp;Status;Zugewiesene Person;Autor;Erstellt;Erledigt"
        ";Fälligkeitsdatum;Stichwörter;Stichwörter;Sprint;Sprint;Sprint;Sprint;Komponenten\n"
        "OFEN-1;7;Aufgabe;Fertig;Änne Weiß;Jörg Kühn;12.02.2026 15:45;13.02.2026 09:00;28.02.2026;grün;rot"
        ";S1;S2;;S4;Brand\n"
    )
    source = source_of(a_file(german, "jira.csv", "cp1252"))
    (item,) = source.items(Account())

    assert source.understood.reader == "jira"
    assert (item.ref, item.done, item.due) == (
        "OFEN-1",
        datetime(2026, 2, 13, 9, tzinfo=UTC),
        date(2026, 2, 28),
    )
    assert (item.labels, item.areas) == (("grün", "rot", "aufgabe"), ("Brand",))
    assert None not in (item.doer, item.author)


@pytest.mark.parametrize("key", ["Clé de ticket", "Clave de incidencia", "Issue key"])
def test_in_jira_the_key_of_an_issue_tells_its_table(key: str) -> None:
    source = source_of(a_file(f"{key},Status,Sprint\nKILN-1,Done,1\n"))

    assert (source.understood.reader, [item.ref for item in source.items(Account())]) == ("jira", ["KILN-1"])


def test_in_jira_people_whose_names_are_not_exported_are_known_by_their_account() -> None:
    people = People()
    content = "Issue key,Status,Created,Assignee Id\nK-1,Done,02/Feb/26 9:05 AM,acc-7\n"

    assert read(content, people=people)[0].doer == people.code("acc-7")


def test_in_jira_the_kind_of_a_state_says_what_it_means_unless_its_name_says_more() -> None:
    content = (
        "Issue key,Status,Status Category,Created\n1,Zielona,Done,\n2,Reviewed and done,In Progress,\n"
        "3,Won't do,Done,\n4,On hold,In Progress,\n5,Selected for testing,To Do,\n"
    )

    assert source_of(a_file(content)).understood.states == {
        "Zielona": "done",
        "Reviewed and done": "in-progress",
        "Won't do": "abandoned",
        "On hold": "waiting-for-decision",
        "Selected for testing": "to-do",
    }


def test_issues_of_gitlab_are_read_from_the_columns_of_its_later_versions_too() -> None:
    people = People()
    content = (
        "ID,IID,Title,Description,Type,URL,State,Labels,Author,Author Username,Assignee,Assignee Username,"
        "Created At (UTC),Updated At (UTC),Closed At (UTC),Due Date,Start Date,Parent ID,Parent IID\n"
        '901,12,Seeds,,Issue,https://git.example/a/b/-/issues/12,Closed,"x, y",A,ada,"B, C","bo, cy",'
        "2026-02-02 09:05:00,2026-02-11 16:30:00,2026-02-11 16:30:00,,,900,9\n"
    )

    (item,) = read(content, people=people)

    assert (item.ref, item.labels) == ("#12", ("x", "y", "issue"))
    assert item.doer == people.code("bo")
    assert [link.ref for link in item.links or ()] == ["#9"]


def test_merge_requests_of_gitlab_as_a_table_are_refused_because_they_tell_no_merge() -> None:
    with pytest.raises(RecordsError, match="which does not tell when they were merged"):
        read("Title,Description,MR IID,URL,State,Author Username,Created At (UTC)\nx,,4,,merged,ada,\n")


def test_in_gitlab_times_are_utc_whatever_is_said_and_no_words_name_nothing() -> None:
    content = (
        "Issue ID,URL,Author Username,Description,Created At,Closed At\n"
        "1,https://git.example/a/b/-/issues/1,ada,,2026-02-02 09:05:00,\n"
    )

    source = source_of(a_file(content), Options(zone_minutes=120))

    (item,) = source.items(Account())
    assert (item.created, item.links) == (at(2026, 2, 2, 9, 5), ())
    assert source.understood.notes == ()


def test_in_linear_what_was_cancelled_is_given_up_whatever_its_state_is_called() -> None:
    content = text_of("linear").replace('"","Canceled",', '"","Icebox",')

    assert [item.ended for item in read(content)] == [item.ended for item in read(text_of("linear"))]
    assert read(text_of("linear").replace('"Canceled","",', '"Zielona","",'))[1].ended


def test_in_linear_a_day_that_is_due_is_that_of_the_clock_it_was_written_by() -> None:
    for written in ("Sun Feb 08 2026 23:00:00 GMT+0000 (GMT+00:00)", "Mon Feb 09 2026 05:00:00 GMT+0000 (X)"):
        content = text_of("linear").replace("Sun Feb 08 2026 23:00:00 GMT+0000 (GMT+00:00)", written)

        assert read(content)[0].due == date(2026, 2, 9)


def test_every_reader_of_tables_says_how_its_file_is_made() -> None:
    tables = [reader for reader in READERS if reader.NAME in TABLES]

    assert len(tables) == len(TABLES)
    assert all(reader.TITLE and reader.EXPORT.endswith((".", "JSON.")) for reader in tables)
    assert tables[-1] is READERS[-1], "any table is taken for one of no system only when no other knows it"


@given(
    st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=6), min_size=1, max_size=6),
    st.sampled_from(sorted(TABLES)),
)
def test_whatever_stands_in_the_rows_of_any_system_all_are_accounted_for(
    rows: list[list[str]], name: str
) -> None:
    headings = "Key,State,Created,Finished,Reopened,Labels" if name == "csv" else text_of(name).split("\n")[0]
    account = Account()
    content = headings + "\n" + "\n".join(map(_line, rows))

    try:
        items = read(content, account=account)
    except RecordsError:
        return

    assert len(items) == account.items == account.rows - account.dropped.total()


@given(st.dictionaries(st.sampled_from(["Key", "State", "Created", "Closed", "URL", "Reopened"]), st.text()))
def test_whatever_stands_in_a_cell_an_item_or_a_refusal_comes_of_it(cells: dict[str, str]) -> None:
    content = "\n".join(map(_line, (["A", "B", *cells], ["1", "2", *cells.values()])))

    with contextlib.suppress(RecordsError):
        assert all(item.ref for item in read(content))
