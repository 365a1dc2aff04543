"""Counting from an export: what is shown of it, what is kept, and what is refused with nothing kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from assessment import counting
from assessment.core.evidence import COUNTED
from assessment.records import local
from assessment.web.diagnosis import door
from assessment.web.journey import exports
from tests.exported import HANDLES, LOOKED_AT, TITLE, again, bring, changes, fields, keep, table
from tests.leader import OUR_PAGE, Leader, Seen
from tests.web.diagnosis.common import count, errors, finished, kept

CHANGES = {"changes.json": changes()}
COUNTS_OF_CHANGES = ["VD1", "VD2", "IN1", "FR1", "LD1"]


@pytest.fixture
def begun(leader: Leader) -> Leader:
    leader.start(**LOOKED_AT)
    return leader


def offered(page: Seen) -> list[str]:
    """Return the indicators whose counts may be chosen, in the order of the page."""
    return [name.removeprefix("take-") for name in page.form().choices if name.startswith("take-")]


def standing(app: Flask, leader: Leader) -> dict[str, Any]:
    """Return the counts that stand."""
    entry = kept(app, leader).get(COUNTED)
    return dict(entry.values["counts"]) if entry else {}


# --- what is shown --------------------------------------------------------------------------------


def test_the_page_says_how_exports_are_made_and_how_they_are_counted_elsewhere(begun: Leader) -> None:
    page = begun.open("records/")

    assert page.status == 200
    assert all(each.TITLE in page.text for each in exports.READERS)
    assert "--window-days 148 --window-end 2026-05-29 --team-size 8 --start " in page.text
    assert begun.open("records/assess-records.pyz").response.data.startswith(b"#!/usr/bin/env python3\nPK")


def test_exports_are_offered_where_they_tell_something(begun: Leader) -> None:
    pages = {path: begun.open(path) for path in ("", "F1/where", "F3a/where", "F6a/where", "F8/RC1")}

    leading = {path for path, page in pages.items() if f"{begun.base}records/" in page.links}
    assert leading == {"", "F1/where", "F3a/where"}
    assert "is counted from the file, which is read and not kept" in begun.open("/diagnosis/").text


def test_what_was_understood_is_shown_and_nothing_is_kept(app: Flask, begun: Leader) -> None:
    before = kept(app, begun)

    page = bring(begun, CHANGES)

    assert page.status == 200
    assert "1 file, 12 items, 12 declared done in the window: 5 of" in page.text
    assert "6 sound, 6 failing." in page.text
    assert "approved by somebody else on 2026-02-02" in page.text
    assert "GitHub: 12 rows read, none dropped." in page.text
    assert offered(page) == COUNTS_OF_CHANGES
    assert kept(app, begun) == before == {}


def test_what_the_page_carries_is_read_again_with_what_was_changed(begun: Leader) -> None:
    first = bring(begun, {"tafel.csv": table()})
    place = fields(first).getlist("state-1").index("Geprüft") + 1

    second = again(begun, first, **{f"stage-{place}": "in-progress"})

    assert "8 declared done in the window" in first.text
    assert "4 declared done in the window" in second.text
    assert fields(second)[f"stage-{place}"] == "in-progress"


def test_a_column_that_was_taken_for_another_is_said_anew(begun: Leader) -> None:
    first = bring(begun, {"tafel.csv": table()})

    second = again(begun, first, **{"column-done": ""})

    assert fields(first)["column-done"] == "Erledigt"
    assert fields(second)["column-done"] == ""
    assert "0 declared done in the window" in second.text


def test_it_is_told_where_the_files_and_the_diagnosis_look_at_other_days(leader: Leader) -> None:
    leader.start(window_end="2025-05-29")

    page = bring(leader, CHANGES)

    assert "The files tell of 2 February 2026 to 29 March 2026, and the window of this diagnosis" in page.text
    assert offered(page) == []


HOSTILE = '<script>alert(1)</script>"><img src=x>'


def test_what_stands_in_a_file_is_shown_as_text(begun: Leader) -> None:
    states = (HOSTILE, "{{ 7 * 7 }}", "‮gnp")
    page = bring(begun, {f"{HOSTILE}.csv".replace("/", ""): table(states)})

    assert page.status == 200
    assert "<img" not in page.text
    assert "<script>alert" not in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_an_item_is_linked_to_only_where_an_address_of_the_web_is_given(begun: Leader) -> None:
    text = changes(2).replace(b"https://git.example/meadow/kiln/pull/300", b"javascript:alert(1)")

    page = bring(begun, {"changes.json": text})

    assert "javascript:" not in page.text
    assert "https://git.example/meadow/kiln/pull/301" in page.links


def test_a_list_is_opened_from_addresses_of_the_web_alone() -> None:
    others = ("javascript:alert(1)", "data:text/html,a", "//elsewhere.example", "file:///etc/passwd", "", "a")

    assert not [each for each in others if exports.may_open(each)]
    assert not exports.may_open(f"https://git.example/{'a' * 3_000}")
    assert exports.may_open("https://git.example/meadow/7")


# --- what is refused ------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "JSON cut short": (lambda: changes()[:900], "changes"),
    "an empty file": (lambda: b"", "the file is empty"),
    "another kind of file": (lambda: b"Dear all,\nplease find attached", "no reader knows its shape"),
    "a workbook": (lambda: b"PK\x03\x04" + bytes(2_000), "save it as CSV"),
    "26 MB": (lambda: changes()[:-1] + b" " * 26_000_000 + b"]", "larger than 25 MB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_beside_the_field_and_nothing_is_kept(
    name: str, app: Flask, begun: Leader
) -> None:
    make, words = REFUSED[name]

    page = bring(begun, {"changes.json": make()})

    assert page.status == 422
    (error,) = errors(page)
    assert words in error
    assert kept(app, begun) == {}


def test_no_file_is_none(begun: Leader) -> None:
    page = bring(begun, {})

    assert (page.status, errors(page)) == (422, ["Choose a file first."])


def test_what_is_far_too_large_is_refused_unread(begun: Leader) -> None:
    page = bring(begun, {"a.json": bytes(door.LARGEST_EXPORT)})

    assert page.status == 413
    assert "at most 25 MB are read here" in page.text


def test_a_stranger_has_no_room_for_a_file(app: Flask, begun: Leader, other: Leader) -> None:
    other.start(**LOOKED_AT)
    other.base = begun.base

    sent = other.client.post(
        f"{begun.base}records/",
        data=b"--x\r\n" + bytes(door.LARGEST_LIST),
        headers=OUR_PAGE,
        content_type="multipart/form-data; boundary=x",
    )

    assert sent.status_code == 413
    assert other.open("records/").status == 404
    assert begun.open("records/").status == 200


def test_a_page_whose_files_were_changed_on_the_way_is_refused(app: Flask, begun: Leader) -> None:
    page = bring(begun, CHANGES)

    sent = keep(begun, page, carried="AAAA")

    assert sent.status == 422
    assert errors(sent) == ["This page: what it carries of your files is damaged. Choose the files again."]
    assert kept(app, begun) == {}


def test_who_finds_others_reading_is_told_to_try_again_and_loses_nothing(
    begun: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = bring(begun, CHANGES)
    monkeypatch.setattr(counting, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(counting, "PATIENCE_S", 0.01)

    with counting._turns:
        sent = again(begun, page)

    assert sent.status == 503
    assert sent.response.headers["Retry-After"]
    assert "Try again in a few seconds" in errors(sent)[0]
    assert fields(sent)["carried"] == fields(page)["carried"]
    assert again(begun, sent).status == 200


def test_more_large_files_at_once_than_memory_has_room_for_are_asked_to_wait(
    begun: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = {"changes.json": changes()[:-1] + b" " * door.LARGEST_LIST + b"]"}
    monkeypatch.setattr(door, "_room", threading.BoundedSemaphore(1))

    with door._room:
        waiting = bring(begun, large)

    assert waiting.status == 503
    assert bring(begun, large).status == bring(begun, large).status == 200  # each gives its room back


# --- what is kept ---------------------------------------------------------------------------------


def test_the_counts_that_are_chosen_stand_with_where_they_come_from(app: Flask, begun: Leader) -> None:
    page = bring(begun, CHANGES)

    sent = keep(begun, page, take__LD1="keep", take__IN1="keep")

    assert (sent.status, sent.location) == (303, begun.base)
    found = standing(app, begun)
    assert set(found) == {"VD1", "VD2", "FR1"}
    assert {name: value for name, value in found["VD2"].items() if name not in ("offset", "files")} == {
        "sound": 6,
        "failing": 6,
        "unverified": 0,
        "link_derived": False,
        "reader": "gh",
        "title": "GitHub",
        "measure": "accepted-by-another",
        "population": 12,
        "positions": list(range(1, 13)),
        "covers": ["2025-12-02", "2026-04-29"],
        "local": False,
    }
    assert "Counted" in begun.open("").text


def test_references_are_kept_when_that_is_ticked(app: Flask, begun: Leader) -> None:
    keep(begun, bring(begun, CHANGES), references="y")

    assert standing(app, begun)["VD1"]["references"][:2] == ["#300", "#301"]


def test_a_count_and_an_answer_stand_side_by_side_and_one_is_chosen(app: Flask, begun: Leader) -> None:
    begun.answer("F1/where", way="counts")
    triple = {f"{name}__{part}": 2 for name in ("VD1", "VD2", "IN1", "FR1") for part in PARTS}
    begun.answer("F1/counts", source="report", place="Board", **triple)
    page = bring(begun, CHANGES)

    unchosen = keep(begun, page)
    chosen = keep(begun, page, **{f"take__{each}": "keep" for each in ("VD1", "IN1", "FR1")}, take__VD2="use")

    assert "Keep what you answered: 2 sound, 2 failing, 2 could not be verified." in page.text
    assert unchosen.status == 422
    assert errors(unchosen)[0] == "The result exists: choose the count, or what stands now."
    assert len(errors(unchosen)) == 4
    assert chosen.status == 303
    assert set(standing(app, begun)) == {"VD2", "LD1"}


PARTS = ("sound", "failing", "unverified")


def test_the_same_request_sent_twice_is_kept_once(app: Flask, begun: Leader) -> None:
    page = bring(begun, CHANGES)

    first, second = keep(begun, page), keep(begun, page)

    assert (first.status, first.location) == (second.status, second.location) == (303, begun.base)
    assert kept(app, begun)[COUNTED].version == 1


def test_what_was_changed_and_not_looked_at_is_not_kept(app: Flask, begun: Leader) -> None:
    first = bring(begun, {"tafel.csv": table()})
    place = fields(first).getlist("state-1").index("Geprüft") + 1

    unseen = keep(begun, first, **{f"stage-{place}": "in-progress"})
    seen = keep(begun, unseen)

    assert unseen.status == 422
    assert "These are not the counts that you looked at" in unseen.text
    assert "4 declared done in the window" in unseen.text
    assert seen.status == 303
    assert standing(app, begun)["LD1"]["population"] == 4


def test_another_file_in_place_of_what_was_looked_at_is_not_kept(app: Flask, begun: Leader) -> None:
    page = bring(begun, CHANGES)

    sent = keep(begun, page, {"changes.json": changes(9)})

    assert sent.status == 422
    assert "9 declared done in the window" in sent.text
    assert kept(app, begun) == {}


def test_files_that_a_page_cannot_carry_are_chosen_once_more(app: Flask, begun: Leader) -> None:
    large = {"changes.json": changes()[:-1] + b" " * (counting.CARRIED_MB * 1_000_000) + b"]"}
    page = bring(begun, large)

    without, with_it = keep(begun, page), keep(begun, page, large)

    assert "choose the same files again" in page.text
    assert errors(without) == ["Choose a file first."]
    assert with_it.status == 303
    assert "VD1" in standing(app, begun)


def test_what_another_window_kept_meanwhile_is_shown_before_it_is_replaced(app: Flask, begun: Leader) -> None:
    page = bring(begun, CHANGES)
    count(app, begun, "VD1")

    beside = keep(begun, page)
    chosen = keep(begun, beside, take__VD1="use")

    assert beside.status == 409
    assert "counts were kept or taken away" in beside.text
    assert "Keep what is counted now: 48 sound" in beside.text
    assert chosen.status == 303
    assert standing(app, begun)["VD1"]["sound"] == 12


def test_what_a_page_that_came_back_leaves_out_is_not_kept_unseen(app: Flask, begun: Leader) -> None:
    page = bring(begun, CHANGES)
    keep(begun, page)

    back = keep(begun, page, take__VD1="keep")

    assert back.status == 409
    assert "counts were kept or taken away" in back.text
    assert "VD1" in standing(app, begun)


def test_counts_of_one_export_are_kept_beside_those_of_another(app: Flask, begun: Leader) -> None:
    keep(begun, bring(begun, CHANGES), take__LD1="keep")

    keep(begun, bring(begun, {"tafel.csv": table()}))

    assert set(standing(app, begun)) == {*COUNTS_OF_CHANGES}
    assert standing(app, begun)["LD1"]["reader"] == "csv"


def test_a_count_is_taken_away_and_so_are_all(app: Flask, begun: Leader) -> None:
    keep(begun, bring(begun, CHANGES))
    page = begun.open("records/")

    one = begun.send(page, to="/remove", indicator="VD2")
    without_one = set(standing(app, begun))
    every = begun.send(begun.open("records/"), to="/remove")

    assert one.location == every.location == f"{begun.base}records/"
    assert without_one == set(COUNTS_OF_CHANGES) - {"VD2"}
    assert standing(app, begun) == {}
    assert begun.open("F1/where").status == 200


# --- who may ----------------------------------------------------------------------------------------


def test_of_a_small_team_no_share_is_counted(app: Flask, leader: Leader) -> None:
    leader.start(**LOOKED_AT, team_size=4)
    page = bring(leader, CHANGES)

    sent = keep(leader, page, **{"take-LD1": "use"})

    assert "LD1" not in offered(page)
    assert sent.status == 303
    assert "LD1" not in standing(app, leader)


def test_nothing_is_counted_of_what_is_answered_from_memory(leader: Leader) -> None:
    leader.start(form="pre-scan")
    token = leader.open("leave").form().fields["csrf_token"]

    sent = leader.client.post(f"{leader.base}records/", data={"csrf_token": token}, headers=OUR_PAGE)

    assert leader.open("records/").location == leader.base
    assert leader.open("records/assess-records.pyz").status == 404
    assert "records/" not in leader.open("").text
    assert sent.status_code == 409


def test_nothing_is_counted_any_more_of_what_is_finished(app: Flask, begun: Leader) -> None:
    page = bring(begun, CHANGES)
    finished(begun)
    before = kept(app, begun)

    sent = [keep(begun, page), again(begun, page)]

    assert [each.status for each in sent] == [409, 409]
    assert begun.open("records/").status == 303
    assert kept(app, begun) == before


# --- the sample -------------------------------------------------------------------------------------


def test_the_items_of_a_list_are_opened_from_the_file_by_their_own_addresses(
    app: Flask, begun: Leader
) -> None:
    page = bring(begun, CHANGES)

    sent = keep(
        begun, page, **dict.fromkeys([f"take-{each}" for each in offered(page)], "keep"), open__F1="y"
    )
    begun.shown(begun.open("F1/belief") if sent.status == 0 else begun.answer("F1/belief", skip="y"))
    sample = begun.open("F1/sample")

    where = kept(app, begun)["F1", "where"].values
    assert (where["way"], where["population"], len(where["positions"])) == ("items", 12, 8)
    links = [link for link in sample.links if link.startswith("https://git.example/meadow/kiln/pull/")]
    assert links == [f"https://git.example/meadow/kiln/pull/{299 + at}" for at in where["positions"]]
    assert "https://git.example/meadow/kiln/pull/" in begun.open("F1/1").text
    assert begun.open("F1/1").form("/1").fields["reference"] == f"#{299 + where['positions'][0]}"


def test_another_list_in_place_of_one_that_was_seen_is_another_draw(app: Flask, begun: Leader) -> None:
    begun.draw("F1", 52)
    page = bring(begun, CHANGES)
    chosen = {**{f"take-{each}": "keep" for each in offered(page)}, "open-F1": "y"}

    keep(begun, page, **chosen)
    keep(begun, page, **chosen)

    assert "in place of the sample that stands" in page.text
    assert kept(app, begun)["F1", "where"].values["draws"] == 2


# --- counted elsewhere --------------------------------------------------------------------------------


def counted_elsewhere(folder: Path, leader: Leader, app: Flask, **otherwise: str) -> bytes:
    """Return what the local reader writes when it is run as the page says, or otherwise."""
    (folder / "changes.json").write_bytes(changes())
    printed = leader.open("records/").text.partition('id="local"')[2]
    command = printed.partition("<code>")[2].partition("</code>")[0]
    given = dict(each.split(" ", 1) for each in command.partition(" --")[2].split(" --"))
    given = {name: value for name, value in {**given, **otherwise}.items() if value}
    options = [f"--{name}={value}" for name, value in given.items()]
    with app.app_context():
        plan = exports.plan_for("execution-integrity/1.0.0")
    out = folder / "observations.json"
    assert local.main(["measure", str(folder / "changes.json"), *options, "-o", str(out)], plan) == 0
    return out.read_bytes()


def test_what_was_counted_elsewhere_is_kept_as_if_it_had_been_counted_here(
    app: Flask, begun: Leader, tmp_path: Path
) -> None:
    document = counted_elsewhere(tmp_path, begun, app)
    here = keep(begun, bring(begun, CHANGES), take__LD1="keep")
    ours = standing(app, begun)
    begun.send(begun.open("records/"), to="/remove")

    page = bring(begun, {"observations.json": document})
    sent = keep(begun, page, take__LD1="keep")

    assert (here.status, page.status, sent.status) == (303, 200, 303)
    assert exports.ELSEWHERE in page.text
    theirs = standing(app, begun)
    assert {name: {**each, "local": False} for name, each in theirs.items()} == ours
    assert all(each["local"] for each in theirs.values())


OTHERWISE = {
    "another window": ({"window-days": "90"}, "this diagnosis looks at the 148 days up to 29 May 2026"),
    "another day": ({"window-end": "2026-05-28"}, "up to 28 May 2026, and this diagnosis looks at"),
    "another team size": ({"team-size": "9"}, "counted for a team of 9, and this is one of 8"),
    "no start": ({"start": ""}, "without the start of the draws of this diagnosis"),
    "the start of another": ({"start": "ab" * 32}, "or with that of another"),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_was_counted_elsewhere_otherwise_is_refused_in_words(
    name: str, app: Flask, begun: Leader, tmp_path: Path
) -> None:
    otherwise, words = OTHERWISE[name]

    page = bring(begun, {"o.json": counted_elsewhere(tmp_path, begun, app, **otherwise)})

    assert page.status == 422
    assert words in errors(page)[0]
    assert kept(app, begun) == {}


def test_a_document_whose_marks_were_changed_is_refused(app: Flask, begun: Leader, tmp_path: Path) -> None:
    document = json.loads(counted_elsewhere(tmp_path, begun, app))
    more, other = deepcopy(document), deepcopy(document)
    more["observations"]["VD2"]["sound"] += 1
    other["reader"] = "Gütesiegel"
    for each in other["counted"].values():
        each["reader"] = "Gütesiegel"

    pages = [bring(begun, {"o.json": json.dumps(each).encode()}) for each in (more, other)]

    assert [page.status for page in pages] == [422, 422]
    assert "VD2" in errors(pages[0])[0]
    assert "reader: is none of this site: Gütesiegel" in errors(pages[1])[0]


# --- nothing else -------------------------------------------------------------------------------------

NAMES = (*HANDLES, TITLE, "geheim-2026-intern")


def test_of_what_was_imported_nothing_lies_anywhere_but_what_was_chosen(
    app: Flask,
    begun: Leader,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = {"geheim-2026-intern.json": changes(), "kaputt-geheim-2026-intern.json": changes()[:700]}

    page = bring(begun, {"geheim-2026-intern.json": files["geheim-2026-intern.json"]})
    bring(begun, files)
    again(begun, page)
    assert keep(begun, page).status == 303

    instance = Path(settings.database_url.removeprefix("sqlite:///")).parent
    written = [each for folder in (instance, tmp_path) for each in folder.rglob("*") if each.is_file()]
    assert written
    assert not list(tmp_path.rglob("*"))
    held = b"\n".join(each.read_bytes() for each in written) + caplog.text.encode()
    everything = begun.open("everything").response.data
    for name in NAMES:
        for data in (held, everything):
            assert not any(form in data for form in shapes(name)), name


def shapes(name: str) -> list[bytes]:
    """Return a text in the encodings in which it might lie somewhere."""
    return [name.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")] + [
        json.dumps(name).strip('"').encode(),
        name.encode().hex().encode(),
    ]
