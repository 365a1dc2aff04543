"""Two runs of one team: what may be compared, and when a change is reliable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Instrument
from assessment.core.interchange import DocumentError, canonical
from assessment.core.reassessment import NotComparableError, Run, change, compare, read_run
from assessment.core.scoring import Estimate, Observation, score
from tests.builders import all_failing, all_sound, an_instrument, answers_data, mixed, worked_team
from tests.scale import search

INSTRUMENT = an_instrument()
CONSTANTS = INSTRUMENT.constants
LATER = {"as_of": "2027-03-01"}


def a_run(
    form: str = "quick",
    found: Mapping[str, Observation] | None = None,
    instrument: Instrument = INSTRUMENT,
    **more: Any,
) -> Run:
    """Return a run of a form, six tenths sound; its window ends on 22 November 2026."""
    document = answers_data(form, dict(found or mixed(form)), **{"instrument": instrument.key, **more})
    return Run(*read_answers({instrument.key: instrument}.__getitem__, json.dumps(document).encode()))


def refusal(earlier: Run, later: Run) -> NotComparableError:
    """Return the error of two runs that must not be compared; its text is one printable line."""
    with pytest.raises(NotComparableError) as caught:
        compare(earlier, later)
    assert str(caught.value).isprintable()
    assert str(caught.value) == f"{caught.value.place}: {caught.value.fault}; {caught.value.remedy}"
    return caught.value


def another(version: str = "1.1.0", **constants: Any) -> Instrument:
    """Return another version of the instrument, with some constants of its own."""
    changed = CONSTANTS.model_copy(update=constants)
    return INSTRUMENT.model_copy(update={"key": f"execution-integrity/{version}", "constants": changed})


# --- when a change is reliable ----------------------------------------------------------------------


def at(mean: float, error: float) -> Estimate:
    return Estimate(mean, error, 0, 100)


def test_the_published_example_is_met() -> None:
    found = change(CONSTANTS, at(48, 6.5), at(62, 6.2))

    assert found.difference == 14
    assert found.z == pytest.approx(1.559, abs=5e-4)
    assert found.probability == pytest.approx(0.940, abs=5e-4)
    assert found.detectable == pytest.approx(14.8, abs=0.05)
    assert found.verdict == "no reliable change"


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        (64.9, "reliable improvement"),
        (64.7, "no reliable change"),
        (50.0, "no reliable change"),
        (35.3, "no reliable change"),
        (35.1, "reliable decline"),
    ],
)
def test_a_change_is_reliable_from_nineteen_in_twenty(later: float, verdict: str) -> None:
    # The limit is 1.645 times the square root of 64 + 17, which is 14.8.
    assert change(CONSTANTS, at(50, 8), at(later, 17**0.5)).verdict == verdict


def test_how_probable_it_has_to_be_and_what_can_be_seen_are_constants_of_the_instrument() -> None:
    policy = CONSTANTS.reassessment.model_copy(update={"probability": 0.90, "standard_errors": 2.0})
    constants = CONSTANTS.model_copy(update={"reassessment": policy})

    found = change(constants, at(48, 6.5), at(62, 6.2))

    assert found.verdict == "reliable improvement"
    assert found.detectable == pytest.approx(2 * found.standard_error)


def test_a_change_that_is_just_as_probable_as_it_has_to_be_is_reliable() -> None:
    exactly = change(CONSTANTS, at(48, 6.5), at(62, 6.2)).probability
    policy = CONSTANTS.reassessment.model_copy(update={"probability": exactly})
    constants = CONSTANTS.model_copy(update={"reassessment": policy})

    assert change(constants, at(48, 6.5), at(62, 6.2)).verdict == "reliable improvement"
    assert change(constants, at(62, 6.2), at(48, 6.5)).verdict == "reliable decline"


def test_two_certainties_are_not_compared() -> None:
    with pytest.raises(ValueError, match="without any uncertainty"):
        change(CONSTANTS, at(40, 0), at(60, 0))


MEANS, ERRORS = st.floats(0, 100), st.floats(0.1, 30)


@search(100)
@given(MEANS, ERRORS, MEANS, ERRORS)
def test_a_change_read_backwards_is_the_same_the_other_way(a: float, s: float, b: float, t: float) -> None:
    """Fails if one of the two errors is left out, or the direction does not follow the sign."""
    there, back = change(CONSTANTS, at(a, s), at(b, t)), change(CONSTANTS, at(b, t), at(a, s))

    assert there.difference == -back.difference
    assert (there.standard_error, there.probability, there.detectable) == (
        back.standard_error,
        back.probability,
        back.detectable,
    )
    assert 0.5 <= there.probability <= 1
    turned = {
        "reliable improvement": "reliable decline",
        "reliable decline": "reliable improvement",
        "no reliable change": "no reliable change",
    }
    assert back.verdict == turned[there.verdict]


# --- two runs ---------------------------------------------------------------------------------------


def test_a_team_that_found_much_more_sound_has_reliably_improved() -> None:
    earlier, later = a_run("full", worked_team()), a_run("full", all_sound("full"), **LATER)

    found = compare(earlier, later)

    assert found.change.verdict == "reliable improvement"
    assert (found.before, found.after) == (
        score(INSTRUMENT, worked_team(), 8).likely.composite,
        score(INSTRUMENT, all_sound("full"), 8).likely.composite,
    )
    assert found.change == change(CONSTANTS, found.before, found.after)
    assert compare(
        a_run("full", all_sound("full")), a_run("full", worked_team(), **LATER)
    ).change.verdict == ("reliable decline")


def test_the_same_answers_again_are_no_change() -> None:
    found = compare(a_run(), a_run(**LATER)).change

    assert (found.difference, found.z, found.probability) == (0, 0, 0.5)
    assert found.verdict == "no reliable change"


def test_only_what_was_answered_both_times_is_scored() -> None:
    first, second = mixed("quick"), mixed("quick")
    del first["VS2"], second["RF1"]

    found = compare(a_run(found=first), a_run(found=second, **LATER))

    both = {name: seen for name, seen in first.items() if name != "RF1"}
    assert found.left_out == ("RF1", "VS2")
    assert set(found.indicators) == set(both)
    assert found.before == found.after == score(INSTRUMENT, both, 8).likely.composite


def test_a_short_form_is_compared_with_a_long_one_over_what_it_asked() -> None:
    found = compare(a_run("quick"), a_run("full", all_failing("full"), **LATER))

    assert found.indicators == tuple(INSTRUMENT.asked("quick"))
    assert len(found.left_out) == 33 - 12
    assert found.change.verdict == "reliable decline"


def test_each_run_keeps_the_size_that_its_team_had() -> None:
    found = compare(a_run(team_size=5), a_run(team_size=20, **LATER))

    assert found.before == score(INSTRUMENT, mixed("quick"), 5).likely.composite
    assert found.after == score(INSTRUMENT, mixed("quick"), 20).likely.composite


def test_what_a_small_team_answers_in_another_way_is_left_out() -> None:
    small = {**mixed("quick"), "LD1": Observation(4, 0, 0, "E3")}

    found = compare(a_run(team_size=5), a_run(found=small, team_size=4, **LATER))

    assert found.left_out == ("LD1",)
    assert "LD1" not in found.indicators


def test_two_versions_are_measured_with_the_later_one() -> None:
    later = another(prior=CONSTANTS.prior.model_copy(update={"team": 1.0}))

    found = compare(a_run(), a_run(instrument=later, **LATER))

    assert found.change.difference == 0
    assert found.after == score(later, mixed("quick"), 8).likely.composite
    assert found.after != score(INSTRUMENT, mixed("quick"), 8).likely.composite


def test_what_was_found_can_be_written_down() -> None:
    earlier, later = a_run(), a_run("full", window_end="2027-03-01", as_of="2027-03-05")

    document = json.loads(canonical(compare(earlier, later).document()))

    assert document["method"] == "1.0.0"
    assert document["scored_with"] == {"key": INSTRUMENT.key, "sha256": INSTRUMENT.sha256}
    assert document["earlier"]["window"] == ["2026-08-24", "2026-11-22"]
    assert document["later"]["window"] == ["2026-12-01", "2027-03-01"]
    assert (document["earlier"]["form"], document["later"]["form"]) == ("quick", "full")
    assert document["earlier"]["likely"]["mean"] == pytest.approx(48.8702, abs=1e-4)
    assert document["verdict"] == "no reliable change"
    assert set(document) >= {"difference", "standard_error", "z", "probability", "detectable", "left_out"}


# --- what is not compared ---------------------------------------------------------------------------


def test_another_instrument_is_not_compared() -> None:
    stranger = INSTRUMENT.model_copy(update={"key": "another/1.0.0"})

    error = refusal(a_run(), a_run(instrument=stranger, **LATER))

    assert error.place == "later.instrument"
    assert error.fault == "another/1.0.0 is another instrument than execution-integrity/1.0.0"


@pytest.mark.parametrize(("method", "compared"), [("1.9.3", True), ("2.0.0", False), ("10.0.0", False)])
def test_only_the_major_version_of_the_method_divides(method: str, compared: bool) -> None:
    later = a_run(instrument=another(method=method), **LATER)

    if compared:
        assert compare(a_run(), later).change.difference == 0
    else:
        assert refusal(a_run(), later).fault == f"method {method} scores otherwise than method 1.0.0"


def test_windows_that_share_a_day_are_not_compared() -> None:
    touching, apart = a_run(as_of="2027-02-20"), a_run(as_of="2027-02-21")

    error = refusal(a_run(), touching)

    assert str(error) == (
        "later.window_end: its window begins on 2026-11-22, and the earlier one ends on 2026-11-22; "
        "let a window of 90 days end on 2027-02-21 or after"
    )
    assert compare(a_run(), apart).change.difference == 0


def test_the_window_counts_and_not_the_day_of_finishing() -> None:
    late = a_run(window_end="2027-02-20", as_of="2027-06-01")

    assert refusal(a_run(), late).place == "later.window_end"


def test_two_runs_in_the_wrong_order_are_not_compared() -> None:
    error = refusal(a_run(**LATER), a_run())

    assert (error.place, error.remedy) == ("later", "name the earlier run first")


def test_a_closed_gate_is_told_with_its_reason() -> None:
    thin = {name: seen for name, seen in mixed("quick").items() if name not in ("LD1", "DC3")}

    error = refusal(a_run(found=thin), a_run(**LATER))
    other = refusal(a_run(), a_run(found=thin, **LATER))

    assert (error.place, other.place) == ("earlier", "later")
    assert error.fault == "Layer HD: 2 of 4 indicators are answered; at least 60 % are needed"


def test_where_likely_is_withheld_nothing_is_compared() -> None:
    recalled = a_run(found=mixed("quick", "E1"))
    memory = a_run("pre-scan", all_sound("pre-scan", "E1"))

    assert "Likely is withheld" in refusal(recalled, a_run(**LATER)).fault
    assert "answered from memory" in refusal(memory, a_run(**LATER)).fault


def test_what_was_answered_both_times_has_to_pass_the_gate_as_well() -> None:
    first, second = mixed("quick"), mixed("quick")
    del first["LD1"], second["DC3"]  # each answers 3 of the 4 indicators of a layer, both of them 2

    error = refusal(a_run(found=first), a_run(found=second, **LATER))

    assert error.place == "answered both times"
    assert error.fault.startswith("Layer HD: 2 of 4")


def test_what_did_not_apply_once_is_not_missed() -> None:
    first, second = mixed("quick"), mixed("quick")
    del first["VS2"], second["DC3"]
    excused = {"VS2": "no failure or problem in 180 days"}

    found = compare(a_run(found=first, not_applicable=excused), a_run(found=second, **LATER))

    assert found.left_out == ("DC3", "VS2")


def test_an_instrument_of_which_nothing_needs_an_answer_gives_nothing_to_compare() -> None:
    gates = CONSTANTS.gates.model_copy(update={"answered_share": 0.0})
    free = another("1.0.0", gates=gates)
    one, two = {"VD1": Observation(8, 0, 0, "E3")}, {"RC1": Observation(4, 0, 0, "E3")}

    error = refusal(a_run(found=one, instrument=free), a_run(found=two, instrument=free, **LATER))

    assert str(error) == "answered both times: no indicator; answer the same indicators again"


# --- reading a run ----------------------------------------------------------------------------------


def read(document: Any) -> Run:
    return read_run({INSTRUMENT.key: INSTRUMENT}.__getitem__, json.dumps(document).encode())


def test_a_run_is_read_from_its_answers_or_from_its_result() -> None:
    answers = answers_data("quick", mixed("quick"), label="Team Ätlas")
    result = diagnose(*read_answers({INSTRUMENT.key: INSTRUMENT}.__getitem__, json.dumps(answers).encode()))

    assert read(answers) == read(result) == a_run(label="Team Ätlas")


def test_a_result_whose_answers_were_changed_is_refused() -> None:
    result = diagnose(INSTRUMENT, a_run().answers)
    result["answers"]["observations"]["VD1"]["sound"] += 1

    with pytest.raises(DocumentError, match="answers_sha256: does not belong to the answers beside it"):
        read(result)


@pytest.mark.parametrize("document", [[], {}, {"answers": {}}, {"answers": "none"}])
def test_what_is_no_run_is_refused_in_one_line(document: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        read(document)

    assert str(caught.value).isprintable()


def test_half_a_character_in_the_answers_of_a_result_is_refused_in_one_line() -> None:
    result = diagnose(INSTRUMENT, a_run().answers)
    result["answers"]["label"] = "\ud800"

    with pytest.raises(DocumentError, match=r"^answers\.label: "):
        read(result)
