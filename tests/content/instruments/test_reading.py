"""The instruments: what ships is whole, and what is malformed is told with file, line and remedy."""

import hashlib
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from assessment.content.files.located import ContentError
from assessment.content.instruments import read_instrument, read_instruments
from assessment.content.instruments.inspection import check, inspected

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "content" / "instruments"
SAMPLES = ROOT / "tests" / "instruments"
MALFORMED = tomllib.loads((SAMPLES / "malformed.toml").read_text("utf-8"))["malformed"]

# docs/method.md, "Indicators": id, type, marks of the quick and of the full form, floor, target.
INDICATORS = """
VD1 count     8 10 0.50 0.95
VD2 count     8 10 0.30 0.90
VD3 count     - 10 0.20 0.80
VD4 count     - 10 0.40 0.90
IN1 count     8 10 0.20 0.80
IN2 count     - 10 0.40 0.90
IN3 count     -  5 0.20 0.80
IN4 count     - 10 0.60 0.95
RC1 date      4  4 0.00 1.00
RC2 elapsed   -  5 0.20 0.80
RC3 count     -  5 0.20 0.80
FR1 count     8 10 0.70 0.95
FR2 count     8 10 0.40 0.90
FR3 count     - 10 0.40 0.90
FR4 elapsed   -  5 0.20 0.80
RF1 count     5  5 0.50 0.95
RF2 count     -  5 0.10 0.80
RF3 count     -  5 0.20 0.80
RF4 count     -  5 0.00 0.60
AI1 count     5 10 0.50 0.95
AI2 count     -  5 0.20 0.80
AI3 artefact  -  2 0.00 1.00
DC1 count     5  5 0.20 0.80
DC2 elapsed   -  5 0.20 0.80
DC3 count     5 10 0.40 0.90
DC4 count     -  4 0.00 0.75
VS1 date      -  4 0.00 1.00
VS2 count     5  5 0.20 0.80
VS3 count     -  3 0.20 0.80
VS4 anchors   -  4 0.00 1.00
LD1 spread   10 20 0.30 0.65
LD2 count     -  5 0.20 0.80
LD3 count     -  5 0.20 0.80
"""
# docs/method.md, "Passes": minutes of the quick and of the full form.
MINUTES = {
    "F1": (4.5, 13),
    "F2": (1, 1.5),
    "F3": (1.5, 6),
    "F4": (1.5, 4),
    "F5": (1.5, 6),
    "F6": (1.5, 7),
    "F7": (1.5, 5),
    "F8": (0.5, 16),
}


@pytest.fixture
def tiny(tmp_path):
    """A small whole instrument in a folder of its own, to be damaged."""
    folder = tmp_path / "tiny" / "1.0.0"
    shutil.copytree(SAMPLES / "tiny" / "1.0.0", folder)
    return folder


@pytest.fixture(scope="module")
def shipped():
    return read_instruments(SHIPPED)["execution-integrity/1.0.0"]


def faults_of(folder):
    """Return what is told about an instrument, with its file names counted from its own folder."""
    with pytest.raises(ContentError) as raised:
        inspected(folder)
    return [str(fault).removeprefix(f"{folder.as_posix()}/") for fault in raised.value.faults]


# --- what ships ---------------------------------------------------------------------------------


def test_the_33_indicators_have_the_numbers_of_the_method(shipped):
    numbers = [
        f"{i.id} {i.type} {i.marks.get('quick', '-')} {i.marks['full']} {i.floor:.2f} {i.target:.2f}"
        for i in shipped.indicators.values()
    ]

    assert numbers == [" ".join(line.split()) for line in INDICATORS.strip().split("\n")]


def test_passes_take_the_minutes_of_the_method(shipped):
    assert {each.id: (each.minutes["quick"], each.minutes["full"]) for each in shipped.passes} == MINUTES
    assert [(form.id, form.minutes) for form in shipped.forms] == [
        ("pre-scan", 1.5),
        ("quick", 14.5),
        ("full", 60.5),
    ]


@pytest.mark.parametrize(("people", "target"), [(2, 0.30), (3, 1 / 3), (5, 0.60), (8, 0.65), (40, 0.65)])
def test_how_widely_work_should_spread_follows_the_team_size(shipped, people, target):
    floor, found = shipped.indicators["LD1"].rates(people)

    assert found == pytest.approx(target)
    assert floor == (0 if people < 5 else 0.30)


def test_the_construct_has_three_weighted_layers_nine_dimensions_and_33_indicators(shipped):
    sizes = {layer.id: [len(d.indicators) for d in layer.dimensions] for layer in shipped.layers}

    assert sizes == {"EI": [4, 4, 3], "ED": [4, 4, 3], "HD": [4, 4, 3]}
    assert [layer.weight for layer in shipped.layers] == [0.50, 0.30, 0.20]


def test_done_items_are_looked_for_thirty_days_earlier_than_the_rest(shipped):
    assert {frame.id: frame.window_shift for frame in shipped.frames.values() if frame.window_shift} == {
        "F1": 30
    }


def test_lines_on_track_are_counted_where_reports_are_opened(shipped):
    asking = {frame.id: frame.context.id for frame in shipped.frames.values() if frame.context}

    assert asking == {"F6a": "C1"}


def test_the_twelve_patterns_have_the_ids_of_the_method(shipped):
    assert {pattern.id for pattern in shipped.patterns} == {
        *("watermelon-reporting", "phantom-done", "hero-dependence", "decision-fog", "ai-drift"),
        *("untested-safety-net", "rework-loop", "silent-slippage", "overload-intake", "lessons-not-landing"),
        *("busy-no-outcome", "opaque-execution"),
    }


def test_rules_0_to_7_lead_to_the_six_destinations(shipped):
    assert [(rule.number, rule.to) for rule in shipped.rules] == [
        (0, "recheck"),
        (1, "techledculture"),
        (2, "contact"),
        (3, "techledculture"),
        (4, "bienestarly"),
        (5, "execution-pods"),
        (6, "none"),
        (7, "bienestarly"),
    ]
    assert {rule.to for rule in shipped.rules} == {each.id for each in shipped.destinations}


def test_every_destination_that_leaves_the_site_says_whose_it_is(shipped):
    leaving = [each for each in shipped.destinations if each.url or each.site_setting]

    assert {each.id for each in leaving} == {"techledculture", "bienestarly", "execution-pods", "contact"}
    assert all(each.disclosure for each in leaving)


def test_sentences_read_as_counts_for_none_one_and_all(shipped):
    for indicator in shipped.indicators.values():
        told = {
            indicator.sentence.format(sound=k, failing=n - k, unverified=0, seen=n, n=n)
            for k, n in ((0, 5), (1, 5), (5, 5))
        }

        assert len(told) == 3, indicator.id
        assert not any(sentence.endswith(".") for sentence in told), (
            "the report goes on with '; 1 could not …'"
        )


def test_what_not_applicable_may_mean_is_a_closed_list(shipped):
    reasons = {i.id: i.not_applicable for i in shipped.indicators.values() if i.not_applicable}

    assert reasons.keys() == {"AI1", "AI2", "AI3", "RC2", "RC3", "VS2", "FR4", "RF2", "LD2"}
    assert reasons["AI1"] == ("no AI-assisted work in the window",)


# --- reading ------------------------------------------------------------------------------------


def test_a_folder_gives_its_instruments_by_key(tiny):
    read = read_instruments(tiny.parent.parent)

    assert list(read) == ["tiny/1.0.0"]
    assert read["tiny/1.0.0"].name == "Bakery rounds"


def test_the_hash_changes_with_any_byte_of_any_file(tiny):
    before = read_instrument(tiny).sha256
    hashes = {before}

    for path in sorted(tiny.rglob("*.toml")):
        whole = path.read_bytes()
        path.write_bytes(whole + b"\n")
        hashes.add(read_instrument(tiny).sha256)
        path.write_bytes(whole)

    assert len(hashes) == 1 + len(list(tiny.rglob("*.toml")))
    assert read_instrument(tiny).sha256 == before


def test_the_hash_changes_with_a_file_name(tiny):
    before = read_instrument(tiny).sha256

    (tiny / "layers" / "2-order.toml").rename(tiny / "layers" / "3-order.toml")

    assert read_instrument(tiny).sha256 != before


def test_anyone_can_compute_the_hash_with_sha256sum(tiny):
    command = "find . -name '*.toml' -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum | sha256sum"

    printed = subprocess.run(["/bin/sh", "-c", command], cwd=tiny, capture_output=True, text=True, check=True)

    assert printed.stdout.split()[0] == read_instrument(tiny).sha256


def test_the_hash_of_the_constants_is_of_their_file_alone(tiny):
    expected = hashlib.sha256((tiny / "constants.toml").read_bytes()).hexdigest()

    assert read_instrument(tiny).constants_sha256 == expected


def test_what_an_editor_leaves_behind_is_no_part_of_the_instrument(tiny):
    before = read_instrument(tiny).sha256

    (tiny / "layers" / ".1-craft.toml.swp").write_bytes(b"\0")

    assert read_instrument(tiny).sha256 == before


# --- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda each: each["name"])
def test_a_malformed_instrument_is_told_with_file_line_fault_and_remedy(tiny, malformed):
    path = tiny / malformed["file"]
    whole = path.read_text("utf-8")
    assert whole.count(malformed["find"]) >= 1
    path.write_text(whole.replace(malformed["find"], malformed["write"], 1), "utf-8")

    told = faults_of(tiny)

    says = malformed["says"]
    assert told == (says if isinstance(says, list) else [says])


@pytest.mark.parametrize("name", ["instrument.toml", "constants.toml", "patterns.toml", "routes.toml"])
def test_a_missing_file_is_named(tiny, name):
    (tiny / name).unlink()

    assert faults_of(tiny) == [f"{name}:1: is missing; write it: every instrument has this file"]


def test_a_missing_room_is_named(tiny):
    shutil.rmtree(tiny / "passes")

    assert faults_of(tiny) == ["passes:1: holds no .toml file; write one for each of the passes"]


def test_a_file_that_nothing_reads_is_refused(tiny):
    (tiny / "layers" / "notes.txt").write_text("later", "utf-8")

    [fault] = faults_of(tiny)

    assert fault.startswith("layers/notes.txt:1: is no part of an instrument; remove it; known: ")


def test_bytes_that_are_not_utf8_are_told_with_their_line(tiny):
    path = tiny / "patterns.toml"
    path.write_bytes(path.read_bytes().replace(b"Nobody", b"Nobod\xff"))

    assert faults_of(tiny) == ["patterns.toml:4: is not UTF-8 text; save the file as UTF-8"]


def test_a_version_that_is_no_version_is_refused(tiny):
    wrong = tiny.rename(tiny.with_name("first"))

    [fault] = faults_of(wrong)

    assert fault.startswith("instrument.toml:1: 'key' is 'tiny/first'; write it in the form ")


def test_faults_of_several_files_are_told_together(tiny):
    for name, found, written in (
        ("instrument.toml", "Small samples", "Happy samples"),
        ("layers/1-craft.toml", "floor = 0.2", "floor = 2"),
        ("routes.toml", 'action = "Look again"', 'acton = "Look again"'),
    ):
        path = tiny / name
        path.write_text(path.read_text("utf-8").replace(found, written, 1), "utf-8")

    files = [fault.partition(":")[0] for fault in faults_of(tiny)]

    assert files == ["instrument.toml", "layers/1-craft.toml", "routes.toml", "routes.toml"]


def test_an_empty_folder_holds_no_instrument(tmp_path):
    with pytest.raises(ContentError, match="holds no instrument; add a folder <name>/<version>/"):
        read_instruments(tmp_path)


WORDS = """
feel feels feeling felt believe belief agree disagreed satisfied satisfaction morale engagement happy opinion
"""


@pytest.mark.parametrize(
    "word", [*WORDS.split(), "Reliable benchmark", "certified", "predicts", "Craft®", "(TM)"]
)
def test_words_of_feeling_and_claims_are_refused_wherever_they_stand(tiny, word):
    path = tiny / "passes" / "f1-batches.toml"
    path.write_text(path.read_text("utf-8").replace("A figure in grams.", f"A figure, {word}."), "utf-8")

    [fault] = faults_of(tiny)

    assert fault.startswith("passes/f1-batches.toml:16: '")


@pytest.mark.parametrize("words", ["failing", "the feet of the table", "a great agreeable", "engaging"])
def test_words_that_only_look_alike_are_let_through_or_refused_whole(tiny, words):
    path = tiny / "passes" / "f1-batches.toml"
    path.write_text(path.read_text("utf-8").replace("A figure in grams.", f"{words}."), "utf-8")

    if "agree" in words:
        assert "'agreeable' speaks of feeling" in faults_of(tiny)[0]
    else:
        assert read_instrument(tiny).passes[0].frames[0].checks[0].hint == f"{words}."


# --- the summary --------------------------------------------------------------------------------


def test_the_summary_counts_what_an_instrument_holds(tiny):
    lines = check(tiny.parent.parent)

    assert lines[0] == f"tiny/1.0.0, draft, sha256 {read_instrument(tiny).sha256}"
    assert lines[1].startswith(
        "  2 layers, 2 dimensions, 2 indicators, 1 patterns, 2 rules, 2 destinations, "
    )
    assert lines[2] == "  every rule can be reached, every outcome is routed"
    assert lines[3:] == (
        "  round: 2 indicators, 9 marks, about 5 minutes",
        "    patterns that can be present: blind-baking",
    )


def test_the_summary_says_how_far_each_form_can_find_each_pattern(shipped):
    lines = check(SHIPPED)

    assert lines[3:5] == (
        "  pre-scan: 7 indicators, 54 marks, about 1.5 minutes",
        "    from memory: no patterns",
    )
    assert lines[6] == (
        "    patterns that can be present: phantom-done, decision-fog, ai-drift, silent-slippage, "
        "opaque-execution; only possible: watermelon-reporting, hero-dependence, untested-safety-net; "
        "not asked: rework-loop, overload-intake, lessons-not-landing, busy-no-outcome"
    )
    assert lines[8] == f"    patterns that can be present: {', '.join(each.id for each in shipped.patterns)}"
