"""Answers that cannot be used are refused in one line that names place, fault and remedy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.answers import Answers, read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Instrument
from assessment.core.interchange import DocumentError
from assessment.core.scoring import Observation
from tests.answers import refused
from tests.builders import a_source, all_sound, an_instrument, answers_data, design, mixed

INSTRUMENT = an_instrument()
HELD = {INSTRUMENT.key: INSTRUMENT}


def read(document: Any) -> tuple[Instrument, Answers]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_answers(HELD.__getitem__, text)


def refusal(document: Any) -> DocumentError:
    """Return the error of a document that must be refused; its text is one printable line."""
    return refused(lambda: read(document))


def quick(**changes: Any) -> dict[str, Any]:
    return {**answers_data("quick", mixed("quick")), **changes}


def with_marks(name: str, form: str = "quick", **marks: Any) -> dict[str, Any]:
    """Return a document whose observation of one indicator is changed."""
    document = answers_data(form, mixed(form))
    document["observations"][name] = {**document["observations"][name], **marks}
    return document


# --- what is read -----------------------------------------------------------------------------------


def test_a_whole_document_is_read_as_it_is() -> None:
    document = quick(
        window_end="2026-11-20",
        label="Team Ätlas",
        not_applicable={},
        context={"C1": {"on_track": 8, "of": 10}},
        belief={"VD1": {"count": 7, "of": 8}},
        frames={
            "F1": {
                "where": "the board\nand the archive",
                "query": "done",
                "population": 52,
                "positions": [3, 9],
                "offset": 0.41,
                "drawn": True,
                "covers": ["2026-08-24", "2026-11-22"],
            }
        },
    )

    instrument, answers = read(document)

    assert instrument is INSTRUMENT
    assert answers.document() == document
    assert answers.observed() == mixed("quick")


def test_a_part_of_the_full_form_with_a_frame_that_was_drawn_and_an_export_is_read() -> None:
    document = answers_data(
        "full",
        {"VD1": Observation(8, 1, 1, "E3"), "VD2": Observation(9, 1, 0, "E4")},
        window_end="2026-11-22",
        not_applicable={"AI1": "no AI-assisted work in the window"},
        context={"C1": {"on_track": 8, "of": 10}},
        belief={"VD1": {"count": 7, "of": 10}},
        frames={"F1": {"where": "…", "query": "…", "population": 52, "offset": 0.41, "drawn": True}},
    )
    document["observations"]["VD2"]["link_derived"] = False

    assert read(document)[1].observed()["VD2"].n == 10


def test_the_shortest_document_is_enough() -> None:
    document = {
        "instrument": INSTRUMENT.key,
        "form": "quick",
        "as_of": "2026-11-22",
        "window_days": 90,
        "team_size": 2,
        "observations": {},
    }

    _, answers = read(document)

    assert answers.last_day.isoformat() == "2026-11-22"
    assert (answers.sample_drawn, answers.second_observer) == (False, False)


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({}, "missing"),
        ({"instrument": 7}, "not text"),
        ({"instrument": "execution-integrity/2.0.0"}, "not held here"),
    ],
)
def test_answers_to_nothing_that_is_asked_here_are_refused(document: dict[str, Any], fault: str) -> None:
    error = refusal(document)

    assert error.place == "instrument"
    assert fault in error.fault


# --- one field --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "place", "fault"),
    [
        ({"form": "short"}, "form", "not a form"),
        ({"form": 1}, "form", "is not text"),
        ({"as_of": "22.11.2026"}, "as_of", "YYYY-MM-DD"),
        ({"as_of": "2026-02-30"}, "as_of", "day"),
        ({"as_of": 20261122}, "as_of", "YYYY-MM-DD"),
        ({"as_of": "0001-01-01"}, "as_of", "1990"),
        ({"window_days": 0}, "window_days", "out of range"),
        ({"window_days": 90.0}, "window_days", "not a whole number"),
        ({"team_size": 1}, "team_size", "out of range"),
        ({"team_size": True}, "team_size", "not a whole number"),
        ({"sample_drawn": "yes"}, "sample_drawn", "not true or false"),
        ({"label": "x" * 201}, "label", "too long"),
        ({"label": "nul\x00"}, "label", "holds a character that cannot be printed"),
        ({"label": "return\ralone"}, "label", "holds a character that cannot be printed"),
        ({"label": "next line\x85"}, "label", "holds a character that cannot be printed"),
        ({"label": "\ud800"}, "label", "half a character"),
        ({"observations": []}, "observations", "not an object"),
        ({"colour": "red"}, "colour", "not part of"),
        ({"window_end": "2026-11-23"}, "window_end", "after as_of"),
        ({"context": {"C9": {"on_track": 1, "of": 2}}}, "context.C9", "not asked"),
        ({"context": {"C1": {"on_track": 3, "of": 2}}}, "context.C1", "3 of 2"),
        ({"context": {"C1": {"on_track": 0, "of": 0}}}, "context.C1.of", "out of range"),
        ({"belief": {"VD1": {"count": 9, "of": 8}}}, "belief.VD1", "9 of 8"),
        ({"belief": {"VD3": {"count": 1, "of": 8}}}, "belief.VD3", "not asked"),
        ({"frames": {"F9": {}}}, "frames.F9", "not asked"),
        ({"frames": {"F3b": {}}}, "frames.F3b", "not asked"),
        ({"frames": {"F1": {"positions": [3, 3]}}}, "frames.F1.positions", "twice"),
        ({"frames": {"F1": {"positions": [0]}}}, "frames.F1.positions.0", "out of range"),
        ({"frames": {"F1": {"population": 8, "positions": [9]}}}, "frames.F1.positions", "beyond"),
        ({"frames": {"F1": {"offset": 1.0}}}, "frames.F1.offset", "out of range"),
        ({"frames": {"F1": {"offset": True}}}, "frames.F1.offset", ""),
        ({"frames": {"F1": {"covers": ["2026-11-22"]}}}, "frames.F1.covers", ""),
        ({"frames": {"F1": {"covers": ["2026-11-22", "2026-08-24"]}}}, "frames.F1.covers", "ends before"),
    ],
)
def test_a_field_out_of_place_is_refused_by_its_name(changes: dict[str, Any], place: str, fault: str) -> None:
    error = refusal(quick(**changes))

    assert error.place.startswith(place)
    assert fault in str(error)


@pytest.mark.parametrize("key", ["form", "as_of", "window_days", "team_size", "observations"])
def test_a_missing_field_is_named(key: str) -> None:
    document = quick()
    del document[key]

    assert (refusal(document).place, refusal(document).fault) == (key, "is missing")


# --- marks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "place", "fault"),
    [
        ({"sound": -1}, "observations.VD1.sound", "-1 is out of range"),
        ({"sound": 8.0}, "observations.VD1.sound", "not a whole number"),
        ({"sound": True}, "observations.VD1.sound", "not a whole number"),
        ({"sound": "8"}, "observations.VD1.sound", "not a whole number"),
        ({"sound": None}, "observations.VD1.sound", "not a whole number"),
        ({"grade": "E5"}, "observations.VD1.grade", "not known"),
        ({"grade": "E3\n"}, "observations.VD1.grade", "not known"),
        ({"sound": 0, "failing": 0, "unverified": 0}, "observations.VD1", "all 0"),
        ({"colour": 1}, "observations.VD1.colour", "not part of"),
        ({"link_derived": 1}, "observations.VD1.link_derived", "not true or false"),
    ],
)
def test_impossible_marks_are_refused(marks: dict[str, Any], place: str, fault: str) -> None:
    error = refusal(with_marks("VD1", **marks))

    assert error.place == place
    assert fault in error.fault


@pytest.mark.parametrize(("grade", "most"), [("E3", 8), ("E4", 50), ("E2", 200), ("E1", 200)])
def test_each_grade_has_its_largest_number_of_marks(grade: str, most: int) -> None:
    marks = {"failing": 1, "unverified": 1, "grade": grade}

    assert read(with_marks("VD1", sound=most - 2, **marks))
    error = refusal(with_marks("VD1", sound=most - 1, **marks))
    assert error.remedy == f"let sound + failing + unverified be at most {most}"


def framed(population: int, **marks: Any) -> dict[str, Any]:
    """Return the full form answered in one indicator whose frame holds this many items."""
    found = {"sound": 0, "failing": 0, "unverified": 0, **marks}
    document = answers_data("full", {}, frames={"F1": {"population": population}})
    return {**document, "observations": {"VD1": found}}


@pytest.mark.parametrize(
    ("population", "grade", "possible"),
    [
        (52, "E3", {10}),
        (6, "E3", {6}),
        (52, "E4", {10, 50}),
        (30, "E4", {10, 30}),
        (6, "E4", {6}),
        (6, "E2", {1, 2, 3, 4, 5, 6}),
        (6, "E1", {1, 2, 3, 4, 5, 6}),
    ],
)
def test_a_known_population_says_how_many_marks_there_are(
    population: int, grade: str, possible: set[int]
) -> None:
    outcomes = {n: read_or_refused(framed(population, sound=n, grade=grade)) for n in range(1, 61)}

    assert {n for n, outcome in outcomes.items() if isinstance(outcome, Answers)} == possible


def test_replaced_items_are_no_part_of_the_population() -> None:
    document = framed(8, sound=6, grade="E3")
    document["frames"]["F1"]["replaced"] = [2, 5]

    assert read(document)
    assert "population of 8" in refusal(framed(8, sound=6, grade="E3")).fault


def test_a_question_that_could_not_be_verified_at_all_counts_in_full_whatever_was_found() -> None:
    assert read(framed(0, unverified=10, grade="E2"))
    assert read(framed(3, unverified=10, grade="E2"))
    assert refusal(framed(3, unverified=9, grade="E2"))
    assert refusal(framed(3, unverified=10, grade="E3"))


@pytest.mark.parametrize(("name", "n"), [("RC1", 4), ("VS4", 4), ("VS1", 4), ("AI3", 2)])
@pytest.mark.parametrize("grade", ["E4", "E3", "E2", "E1"])
def test_dates_anchors_and_states_have_a_fixed_number_of_marks(name: str, n: int, grade: str) -> None:
    marks = {"failing": 0, "unverified": 0, "grade": grade}

    assert read(with_marks(name, "full", sound=n, **marks))
    for wrong in (n - 1, n + 1):
        assert f"always has {n}" in refusal(with_marks(name, "full", sound=wrong, **marks)).fault


def of_a_small_team(people: int, **marks: Any) -> dict[str, Any]:
    """Return a quick form of so many people whose answer on how work is spread has these marks."""
    blank = {"sound": 0, "failing": 0, "unverified": 0}
    return {**with_marks("LD1", **{**blank, **marks}), "team_size": people}


@pytest.mark.parametrize("grade", ["E3", "E2", "E1"])
@pytest.mark.parametrize("outcome", ["sound", "failing", "unverified"])
def test_a_small_team_answers_how_work_is_spread_with_yes_no_or_could_not_verify(
    outcome: str, grade: str
) -> None:
    assert read(of_a_small_team(4, **{outcome: 4}, grade=grade))


@pytest.mark.parametrize(
    "marks",
    [
        {"sound": 3, "failing": 1},
        {"sound": 2, "failing": 1, "unverified": 1},
        {"sound": 10},
        {"unverified": 10, "grade": "E2"},
        {"sound": 7, "failing": 13, "grade": "E2"},
    ],
)
def test_a_share_of_a_small_team_is_refused_because_it_points_at_a_person(marks: dict[str, Any]) -> None:
    error = refusal(of_a_small_team(4, **{"grade": "E3", **marks}))

    assert error.place == "observations.LD1"
    assert error.remedy == "let one of sound, failing and unverified be 4, the others 0"


def test_from_five_people_on_the_spread_is_a_share() -> None:
    assert read(of_a_small_team(5, sound=3, failing=7, grade="E3"))


def test_nothing_is_counted_from_an_export_for_a_small_team() -> None:
    error = refusal(of_a_small_team(4, sound=4, grade="E4"))

    assert error.place == "observations.LD1.grade"
    assert read(of_a_small_team(5, sound=4, grade="E4"))


# --- counts from exports --------------------------------------------------------------------------


def counted(population: int = 61, name: str = "VD1", **given: Any) -> dict[str, Any]:
    """Return the full form with one indicator counted from an export of so many items."""
    n = min(50, population)
    source = a_source(population, n, **given)
    document = answers_data("full", {name: Observation(n - 2, 1, 1, "E4")})
    return {**document, "counted": {name: source}}


def test_where_a_count_comes_from_is_read_and_written_as_it_is() -> None:
    document = counted()

    assert read(document)[1].document() == document


def test_a_count_knows_its_own_population_whatever_the_list_of_its_frame_holds() -> None:
    assert read({**counted(population=61), "frames": {"F1": {"population": 8}}})
    assert read({**counted(population=7), "frames": {"F1": {"population": 52}}})


def test_of_an_export_the_very_items_can_be_counted_that_are_opened_by_hand() -> None:
    document = counted(positions=list(range(1, 11)))
    document["observations"]["VD1"]["sound"] = 8

    assert read(document)


@pytest.mark.parametrize(
    ("given", "place", "fault"),
    [
        ({"reader": ""}, "counted.VD1.reader", "too short"),
        ({"reader": "g\u0007h"}, "counted.VD1.reader", "not of its form"),
        ({"title": "GitHüb"}, "counted.VD1.title", "not of its form"),
        ({"title": "G" * 81}, "counted.VD1.title", "too long"),
        ({"files": []}, "counted.VD1.files", "too short"),
        ({"files": [f"{n:064x}" for n in range(21)]}, "counted.VD1.files", "too long"),
        ({"files": ["AB" * 32]}, "counted.VD1.files.0", "not of its form"),
        ({"files": ["ab" * 32] * 2}, "counted.VD1.files", "twice"),
        ({"positions": [*range(1, 50), 49]}, "counted.VD1.positions", "twice"),
        ({"positions": [*range(1, 50), 62]}, "counted.VD1.positions", "beyond the population of 61"),
        ({"positions": [*range(1, 50)]}, "counted.VD1.positions", "49 positions, but 50 marks"),
        ({"positions": [*range(1, 52)]}, "counted.VD1.positions", "too long"),
        ({"measure": None}, "counted.VD1.measure", "not text"),
        ({"offset": 1.0}, "counted.VD1.offset", "out of range"),
        ({"covers": ["2026-11-22", "2026-08-24"]}, "counted.VD1.covers", "before it begins"),
        ({"handle": "ann"}, "counted.VD1.handle", "not part of"),
    ],
)
def test_a_count_that_cannot_be_counted_again_is_refused(
    given: dict[str, Any], place: str, fault: str
) -> None:
    error = refusal(counted(**given))

    assert (error.place, fault in error.fault) == (place, True)


def test_a_count_is_of_fifty_items_or_of_as_many_as_there_are_or_are_opened() -> None:
    document = counted(positions=list(range(1, 21)))
    document["observations"]["VD1"]["sound"] = 18

    assert refusal(document).remedy.startswith("let sound + failing + unverified be 10 or 50;")


def test_a_count_of_nothing_is_no_count() -> None:
    document = counted()
    document["counted"]["VD1"].update(population=0, positions=[])

    assert refusal(document).place == "counted.VD1.population"


def test_a_count_needs_an_observation_that_was_made_by_an_export() -> None:
    typed, missing = counted(), counted()
    typed["observations"]["VD1"].update(grade="E3", sound=8)
    missing["observations"] = {}

    assert [refusal(each).place for each in (typed, missing)] == ["counted.VD1"] * 2


@pytest.mark.parametrize(("name", "n"), [("RC1", 4), ("VS4", 4), ("AI3", 2)])
def test_a_date_a_level_or_an_artefact_is_no_count_of_items(name: str, n: int) -> None:
    error = refusal(counted(n, name))

    assert (error.place, "not counted from items" in error.fault) == (f"counted.{name}", True)


def test_where_a_count_comes_from_is_not_told_of_the_spread_of_a_small_team() -> None:
    alone = {**counted(20, "LD1"), "team_size": 4}

    assert refusal(alone).place == "observations.LD1.grade"
    assert read({**alone, "team_size": 5})


def test_a_form_from_memory_takes_no_other_grade() -> None:
    assert read(answers_data("pre-scan", all_sound("pre-scan", "E1")))
    error = refusal(answers_data("pre-scan", all_sound("pre-scan", "E2")))
    assert (error.place, error.remedy) == ("observations.AI1.grade", "use E1")


@pytest.mark.parametrize(
    ("part", "given", "place"),
    [
        ("frames", {"F1": {"population": 52}}, "frames.F1"),
        ("context", {"C1": {"on_track": 8, "of": 10}}, "context.C1"),
        ("belief", {"VD1": {"count": 7, "of": 10}}, "belief"),
        (
            "observations",
            {"IN1": {"sound": 8, "failing": 0, "unverified": 0, "grade": "E1"}},
            "observations.IN1",
        ),
    ],
)
def test_a_form_from_memory_looked_at_no_list_and_asked_for_nothing_else(
    part: str, given: dict[str, Any], place: str
) -> None:
    document = answers_data("pre-scan", all_sound("pre-scan", "E1"))

    assert refusal({**document, part: {**document.get(part, {}), **given}}).place == place


# --- which indicators -------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["observations", "not_applicable", "belief", "counted"])
def test_an_unknown_indicator_is_named(part: str) -> None:
    entry: dict[str, Any] = {
        "observations": {"sound": 1, "failing": 0, "unverified": 0, "grade": "E3"},
        "not_applicable": "nothing was late",
        "belief": {"count": 1, "of": 2},
        "counted": a_source(),
    }
    document = quick()
    document[part] = {**document.get(part, {}), "XX9": entry[part]}

    error = refusal(document)

    assert (error.place, error.fault) == (f"{part}.XX9", "is an unknown indicator")


def test_an_indicator_of_another_form_is_refused() -> None:
    document = quick()
    document["observations"]["VD3"] = document["observations"]["VD1"]

    assert refusal(document).fault == "is not asked in the form quick"


def left_out(form: str, **reasons: str) -> dict[str, Any]:
    found = {name: seen for name, seen in mixed(form).items() if name not in reasons}
    return answers_data(form, found, not_applicable=reasons)


NO_FAILURE, NO_AI = "no failure or problem in 180 days", "no AI-assisted work in the window"


def test_a_reason_of_the_closed_list_is_taken() -> None:
    assert read(left_out("quick", VS2=NO_FAILURE, AI1=NO_AI))


@pytest.mark.parametrize(
    ("document", "place", "fault"),
    [
        (left_out("quick", VS2="we were busy"), "not_applicable.VS2", "not on the list"),
        (left_out("quick", VD1=NO_AI), "not_applicable.VD1", "always applies"),
        (quick(not_applicable={"AI1": NO_AI}), "not_applicable.AI1", "observed too"),
        (left_out("full", AI1=NO_AI, AI2=NO_AI, AI3=NO_AI, RC2=NO_FAILURE, RC3=NO_FAILURE, VS2=NO_FAILURE,
                  RF2="nothing was late"), "not_applicable", "7 indicators"),
    ],
)  # fmt: skip
def test_not_applicable_is_no_way_out(document: dict[str, Any], place: str, fault: str) -> None:
    error = refusal(document)

    assert error.place == place
    assert fault in error.fault


# --- anything at all --------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PATHS = [
    ("form",),
    ("as_of",),
    ("team_size",),
    ("observations",),
    ("observations", "VD1"),
    ("observations", "VD1", "sound"),
    ("observations", "VD1", "grade"),
    ("not_applicable",),
    ("context",),
    ("frames",),
    ("frames", "F1"),
    ("belief",),
    ("label",),
    ("counted",),
    ("counted", "VD1"),
    ("counted", "VD1", "positions"),
    ("counted", "VD1", "covers"),
]


def read_or_refused(document: Any) -> Answers | str:
    """Return the answers, or the line that says why they cannot be used."""
    try:
        return read(document)[1]
    except DocumentError as error:
        return str(error)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(path=st.sampled_from(PATHS), value=JSON)
def test_any_value_anywhere_is_read_or_refused_in_one_line(path: tuple[str, ...], value: Any) -> None:
    document = {**counted(), "frames": {"F1": {}}} if path[0] == "counted" else quick(frames={"F1": {}})
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    outcome = read_or_refused(document)

    assert outcome.isprintable() if isinstance(outcome, str) else diagnose(INSTRUMENT, outcome)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_one_line(text: bytes) -> None:
    assert str(refusal(text)).isprintable()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.data())
def test_every_split_of_the_design_sizes_is_read_and_diagnosed(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(["quick", "full"]))
    found = {}
    for name, n in design(form).items():
        sound = data.draw(st.integers(0, n))
        unverified = data.draw(st.integers(0, n - sound))
        found[name] = Observation(sound, n - sound - unverified, unverified, "E3")

    instrument, answers = read(answers_data(form, found))

    assert diagnose(instrument, answers)["items"]["sound"] == sum(seen.sound for seen in found.values())
