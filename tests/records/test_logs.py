"""Logs: those of git in the documented format, and event logs."""

from __future__ import annotations

import pytest

from assessment.records.people import People
from assessment.records.readers import opened
from assessment.records.readers.git import COMMAND
from assessment.records.source import ONLINE, Account, Limits, Options, RecordsError
from assessment.records.work import WorkItem
from tests.records.files import EXPORTS, a_file

LOG = (EXPORTS / "git/log.txt").read_bytes().decode()
CASES = (EXPORTS / "xes/log.xes").read_text("utf-8")


def read(content: str | bytes, encoding: str = "utf-8", limits: Limits = ONLINE) -> list[WorkItem]:
    sources = opened([a_file(content, "a.log", encoding)], "", Options(), People(), limits)
    return list(sources[0].items(Account()))


def refusal(content: str | bytes, limits: Limits = ONLINE) -> str:
    with pytest.raises(RecordsError) as refused:
        read(content, limits=limits)
    return str(refused.value)


def told(items: list[WorkItem]) -> list[object]:
    return [(item.ref, item.done, item.links, item.released, item.areas) for item in items]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_log_that_windows_wrote_is_the_same_log(encoding: str) -> None:
    written = LOG.replace("\n", "\r\n")

    assert told(read(written, encoding)) == told(read(LOG))


def test_a_log_that_lies_across_pieces_is_read_whole() -> None:
    record = LOG[: LOG.index("\x1e", 1)]
    many = "".join(record.replace("09" * 20, f"{n:040x}") for n in range(1, 9000))

    assert len(read(many)) == 8999


def test_what_a_log_tells_nothing_of_is_not_known_rather_than_none() -> None:
    items = read(LOG[: LOG.index("\x1e", 1)])

    assert [(item.released, item.areas, item.approvals) for item in items] == [(None, None, None)]


def test_a_release_has_what_came_before_it_on_every_branch() -> None:
    released = {item.ref[:2]: item.released and item.released[0].date().isoformat() for item in read(LOG)}

    assert released["06"] == released["05"] == released["03"] == "2026-04-16"
    assert released["02"] == released["01"] == "2026-03-01"
    assert not released["07"]


def test_the_first_release_counts_in_whatever_order_the_branches_stand() -> None:
    *before, third, second, odd, first, cut = LOG.split("\x1e")
    turned = "\x1e".join([*before, second, third, odd, first, cut])

    assert [item.released for item in read(turned)][-1] == [item.released for item in read(LOG)][-1]


@pytest.mark.parametrize(
    "near",
    [
        "Reviewed-by:" + " " * 2_000_000,
        "\n".join(["Reviewed-by: <" + "@" * 420] * 4_000),
        "Reviewed-by: " + "<" * 2_000_000,
    ],
)
def test_a_log_full_of_what_is_almost_a_trailer_is_read_like_any_other(near: str) -> None:
    record = LOG[: LOG.index("\x1e", 1)]
    *before, _body, stat = record.split("\x1f")

    assert len(read("\x1f".join([*before, near, stat]))) == 1


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("kiln/{old => new}/fire.py", "kiln"),
        ("{kiln => pot}/fire.py", "pot"),
        ("kiln/fire.py => pot/fire.py", "pot"),
        ("{kiln}/fire.py => pot/fire.py", "pot"),
        ("pot/{" + " => " * 500_000, "pot"),
    ],
)
def test_a_renamed_file_is_where_it_went(path: str, area: str) -> None:
    *fields, _stat = LOG[: LOG.index("\x1e", 1)].split("\x1f")

    assert [item.areas for item in read("\x1f".join([*fields, f"\n1\t1\t{path}\n"]))] == [(area,)]


def test_another_format_of_a_log_is_refused_with_the_command_for_ours() -> None:
    said = refusal(f"commit {'0a' * 20} (HEAD -> main)\nAuthor: Ada <ada@meadow.example>\n")

    assert "this is another format of git log" in said
    assert COMMAND in said


def test_more_commits_or_cases_than_are_read_are_refused() -> None:
    assert "log, line 6 (commit 3): more than 2 commits" in refusal(LOG, Limits(rows=2))
    assert "(case 2): more than 1 cases" in refusal(CASES, Limits(rows=1))


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE log SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE log [<!ENTITY % p SYSTEM "http://meadow.example/p"> %p;]>',
    ],
)
def test_a_document_type_in_an_event_log_is_refused(before: str) -> None:
    said = refusal(CASES.replace("<log ", f"{before}\n<log ").replace("Queued", "&b;"))

    assert "a document type or an entity in it. No event log needs one: take it out." in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CASES[:-300], "the file ends in the middle of the log"),
        (CASES.replace("</event>", "</evnt>", 1), "a.log, line 18: this is no XML (mismatched tag)"),
        (CASES.replace("Queued", "&b;", 1), "this is no XML (undefined entity)"),
        (CASES.replace("<int ", "<list>" * 16 + "<int "), "elements more than 16 deep"),
        (CASES.replace('"UTF-8"', '"EBCDIC-9"'), "its encoding is not known"),
        ("<logbook></logbook>", "no reader knows its shape"),
        ('<log></log><trace key=""/>', "this is no XML (junk after document element)"),
    ],
)
def test_an_event_log_that_is_none_is_refused_with_its_line(content: str, said: str) -> None:
    assert said in refusal(content)


def test_an_event_log_may_name_its_elements_in_a_space_of_their_own() -> None:
    spaced = CASES.replace("<log ", "<x:log ").replace("</log>", "</x:log>").replace("xmlns=", "xmlns:x=")

    assert [item.ref for item in read(spaced)] == [item.ref for item in read(CASES)]


def test_an_event_log_in_another_encoding_is_read_by_what_it_says_of_itself() -> None:
    written = CASES.replace('"UTF-8"', '"ISO-8859-1"').replace("case &amp; 1", "Größe")

    assert read(written, "latin-1")[0].ref == "Größe"
