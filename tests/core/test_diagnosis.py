"""From an answers document to the result document: the same answers, the same bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical, sha256
from assessment.core.scoring import Observation
from tests.builders import (
    a_source,
    all_failing,
    all_sound,
    all_unverified,
    an_instrument,
    answers_data,
    design,
    mixed,
    worked_team,
)

INSTRUMENT = an_instrument()
ON_TRACK = {"C1": {"on_track": 8, "of": 10}}


def diagnosed(form: str, found: dict[str, Observation], **more: Any) -> dict[str, Any]:
    text = json.dumps(answers_data(form, found, **more)).encode()
    return diagnose(*read_answers({INSTRUMENT.key: INSTRUMENT}.__getitem__, text))


def composite(result: dict[str, Any], reading: str) -> tuple[Any, Any]:
    figure = result["readings"][reading]["composite"]
    return figure["mean"], figure["sd"]


@pytest.mark.parametrize(
    ("profile", "claimed", "likely", "shown"),
    [
        (all_sound, (94.3557, 2.7379), (94.1914, 2.8692), (94.0001, 3.0249)),
        (mixed, (57.7975, 12.6512), (48.8702, 13.6188), (33.6805, 12.9857)),
    ],
)
def test_a_quick_form_reads_as_published(profile: Any, claimed: Any, likely: Any, shown: Any) -> None:
    result = diagnosed("quick", profile("quick"))

    assert composite(result, "claimed") == pytest.approx(claimed, abs=1e-4)
    assert composite(result, "likely") == pytest.approx(likely, abs=1e-4)
    assert composite(result, "shown") == pytest.approx(shown, abs=1e-4)


def test_the_worked_team_is_diagnosed_as_published() -> None:
    result = diagnosed("full", worked_team(), context=ON_TRACK)

    assert composite(result, "likely")[0] == pytest.approx(33.5, abs=0.05)
    assert result["bands"]["awarded"] == "N"
    assert result["bands"]["most_likely"] == {"band": "P", "probability": pytest.approx(0.97, abs=5e-3)}
    assert result["items"] == {"sound": 121, "failing": 96, "unverified": 14}
    assert [each["id"] for each in result["drivers"]["fix_first"]][:4] == ["RC1", "RC3", "AI3", "VD2"]
    assert (result["route"]["rule"], result["route"]["primary"]) == (2, "contact")
    assert "Watermelon reporting" in result["route"]["reasons"][0]
    present = {each["id"] for each in result["patterns"] if each["state"] == "present"}
    assert present == {"watermelon-reporting", "ai-drift", "untested-safety-net"}


def test_without_the_context_the_worked_team_has_two_patterns_and_is_contacted_for_its_gap() -> None:
    result = diagnosed("full", worked_team())

    assert result["patterns"][0]["state"] == "cannot tell"
    assert result["route"]["reasons"] == ["The gap is 25.5."]


def test_the_document_has_the_published_keys() -> None:
    result = diagnosed("full", worked_team(), context=ON_TRACK)

    assert sorted(result) == [
        "answers",
        "answers_sha256",
        "bands",
        "confidence",
        "constants_sha256",
        "drivers",
        "gate",
        "instrument",
        "items",
        "method",
        "patterns",
        "readings",
        "route",
    ]
    assert result["method"] == "1.0.0"
    assert result["instrument"] == {"key": "execution-integrity/1.0.0", "sha256": "0" * 64}
    assert sorted(result["readings"]) == ["claimed", "likely", "shown"]
    for reading in result["readings"].values():
        assert sorted(reading) == ["composite", "dimensions", "indicators", "layers"]
        assert sorted(reading["composite"]) == ["high", "low", "mean", "sd"]
        assert sorted(reading["layers"]) == ["ED", "EI", "HD"]
        assert len(reading["dimensions"]) == 9
        assert all(sorted(each) == ["mean", "p_low", "sd"] for each in reading["indicators"].values())
        assert len(reading["indicators"]) == 33
    assert sorted(result["patterns"][0]) == ["because", "id", "state", "strength"]
    assert sorted(result["route"]) == ["primary", "reasons", "rule", "secondary", "would_change"]


# --- gates ------------------------------------------------------------------------------------------

NOTHING = {"mean": None, "sd": None, "low": None, "high": None}


def test_a_short_form_prints_no_figure_for_a_dimension_and_says_why() -> None:
    result = diagnosed("quick", all_sound("quick"))

    assert result["gate"]["passed"] is True
    assert "dimensions" in result["gate"]["reasons"][0]
    assert all(each == NOTHING for each in result["readings"]["likely"]["dimensions"].values())
    assert result["readings"]["likely"]["layers"]["EI"]["mean"] > 90


def test_behind_a_closed_gate_stand_the_evidence_and_what_to_verify() -> None:
    result = diagnosed("full", all_unverified("full"))

    assert result["gate"]["passed"] is False
    for reading in result["readings"].values():
        assert reading["composite"] == NOTHING
        assert set(map(str, reading["layers"].values())) == {str(NOTHING)}
        assert reading["indicators"]["VD1"]["mean"] is not None
    assert result["bands"] == {"most_likely": {"band": None, "probability": None}, "awarded": None}
    assert result["confidence"] == {"grade": None, "reasons": []}
    assert result["drivers"]["fix_first"] == []
    assert len(result["drivers"]["verify_first"]) == 5
    assert (result["route"]["rule"], result["route"]["primary"]) == (0, "recheck")
    states = {each["id"]: each["state"] for each in result["patterns"]}
    assert states.pop("opaque-execution") == "present"
    assert set(states.values()) == {"cannot tell"}


def test_nothing_answered_is_a_closed_gate_and_no_error() -> None:
    result = diagnosed("quick", {})

    assert result["gate"]["passed"] is False
    assert result["items"] == {"sound": 0, "failing": 0, "unverified": 0}
    assert result["drivers"] == {"fix_first": [], "verify_first": []}
    assert result["route"]["primary"] == "recheck"


def test_mostly_from_memory_likely_is_withheld_and_shown_decides() -> None:
    result = diagnosed("full", all_sound("full", "E1"))

    likely = result["readings"]["likely"]
    assert likely["composite"] == NOTHING
    assert likely["indicators"]["VD1"] == {"mean": None, "sd": None, "p_low": None}
    assert composite(result, "claimed")[0] == pytest.approx(94.0, abs=0.05)
    assert composite(result, "shown")[0] == pytest.approx(5.6, abs=0.05)
    assert result["bands"] == {"most_likely": {"band": None, "probability": None}, "awarded": "N"}
    assert result["gate"]["passed"] is True
    assert "33 of 33 indicators are from memory" in result["gate"]["reasons"][0]
    assert {each["state"] for each in result["patterns"]} == {"cannot tell", "not indicated"}
    assert result["drivers"]["fix_first"] == []
    assert result["drivers"]["verify_first"]


def test_a_withheld_likely_is_not_given_away_by_the_reasons_of_confidence() -> None:
    result = diagnosed("full", mixed("full", "E1"))

    assert result["readings"]["likely"]["composite"] == NOTHING
    assert [each for each in result["confidence"]["reasons"] if "width" in each] == ["width over 12"]


def test_the_pre_scan_prints_claimed_and_shown_and_leads_to_the_diagnosis() -> None:
    result = diagnosed("pre-scan", all_sound("pre-scan", "E1"))

    assert composite(result, "claimed")[0] > 80
    assert composite(result, "shown")[0] < 20
    assert result["readings"]["likely"]["composite"] == NOTHING
    assert set(map(str, result["readings"]["shown"]["dimensions"].values())) == {str(NOTHING)}
    assert result["bands"] == {"most_likely": {"band": None, "probability": None}, "awarded": None}
    assert result["patterns"] == []
    assert result["drivers"] == {"fix_first": [], "verify_first": []}
    assert result["confidence"]["grade"] is None
    assert (result["route"]["rule"], result["route"]["primary"]) == (0, "recheck")
    assert result["route"]["would_change"] == []


def test_the_pre_scan_needs_most_of_its_own_answers_for_a_figure() -> None:
    whole = all_sound("pre-scan", "E1")
    most = {name: seen for name, seen in whole.items() if name not in ("VD1", "FR1")}
    few = {name: seen for name, seen in whole.items() if name != "DC1"}

    passed, failed = diagnosed("pre-scan", most), diagnosed("pre-scan", few)

    assert passed["gate"]["passed"]
    assert (failed["gate"]["passed"], composite(failed, "claimed")) == (False, (None, None))
    assert (
        failed["gate"]["reasons"][0] == "Layer HD: 0 of 1 indicators are answered; at least 60 % are needed."
    )
    assert failed["route"]["rule"] == 0


# --- confidence from the document ----------------------------------------------------------------------


def test_confidence_reads_the_draw_the_observer_and_the_age_of_the_window() -> None:
    found = all_sound("full")

    drawn = diagnosed("full", found, second_observer=True)
    undrawn = diagnosed("full", found, second_observer=True, sample_drawn=False)
    alone = diagnosed("full", found)
    stale = diagnosed("full", found, second_observer=True, window_end="2026-09-01")

    assert drawn["confidence"] == {"grade": "High", "reasons": []}
    assert undrawn["confidence"]["reasons"] == ["not drawn"]
    assert alone["confidence"]["reasons"] == ["independent 0 % under 20 %"]
    assert stale["confidence"]["reasons"] == ["stale 82 over 60"]


@pytest.mark.parametrize(
    ("name", "frame", "drawn"),
    [
        ("F2", {"population": 60, "drawn": True}, True),
        ("F2", {"population": 60, "drawn": False}, False),
        ("F2", {"population": 10, "drawn": False}, True),
        ("F2", {"drawn": False}, True),
        ("F2", {"population": 60}, True),
        ("F8c", {"population": 60, "drawn": False}, True),
    ],
)
def test_a_longer_list_that_was_not_drawn_lowers_confidence(
    name: str, frame: dict[str, Any], drawn: bool
) -> None:
    result = diagnosed("full", all_sound("full"), second_observer=True, frames={name: frame})

    assert ("not drawn" not in result["confidence"]["reasons"]) is drawn


def test_a_count_from_an_export_does_not_lower_it_by_the_list_beside_it() -> None:
    found = {**all_sound("full"), "FR2": Observation(50, 0, 0, "E4")}
    frames = {"F2": {"population": 60, "drawn": False}}

    result = diagnosed("full", found, second_observer=True, frames=frames, counted={"FR2": a_source(60)})

    assert result["confidence"]["reasons"] == []


# --- what would change the route -----------------------------------------------------------------------


def test_the_route_is_computed_again_for_what_could_not_be_verified() -> None:
    found = all_sound("full")
    for name, n in design("full").items():
        if not name.startswith("VD"):
            found[name] = Observation(n - n // 2, 0, n // 2, "E3")

    result = diagnosed("full", found, second_observer=True)

    assert result["route"]["rule"] == 1
    every = "If everything that could not be verified turned out to be"
    assert result["route"]["would_change"] == [
        f"{every} sound, the next step would be: None.",
        f"{every} failing, the next step would be: Bienestarly.",
    ]


def test_the_route_is_computed_again_with_the_first_thing_fixed() -> None:
    # One pattern, and only its first member: with that fixed, nothing else is low.
    found = all_sound("full")
    found |= {"RC1": Observation(0, 4, 0, "E3"), "RC2": Observation(0, 5, 0, "E3")}

    result = diagnosed("full", found, second_observer=True)

    assert result["drivers"]["fix_first"][0]["id"] == "RC1"
    assert result["route"]["primary"] == "bienestarly"
    assert result["route"]["would_change"] == [
        "If “Name of RC1” held throughout, the next step would be: None."
    ]


def test_a_route_that_nothing_would_change_says_nothing() -> None:
    assert diagnosed("full", all_sound("full"))["route"]["would_change"] == []


def test_a_failing_team_is_routed_to_a_conversation() -> None:
    assert diagnosed("full", all_failing("full"), context=ON_TRACK)["route"]["primary"] == "contact"


# --- the same bytes -------------------------------------------------------------------------------------


def test_the_same_answers_in_another_order_give_the_same_bytes() -> None:
    found = worked_team()
    backwards = dict(reversed(found.items()))

    assert canonical(diagnosed("full", found)) == canonical(diagnosed("full", backwards))


def test_a_result_can_be_made_again_from_the_answers_in_it() -> None:
    frames = {"F1": {"population": 52, "offset": 0.123456, "drawn": True, "positions": [1, 7]}}
    first = diagnosed("quick", mixed("quick"), context=ON_TRACK, label="Atlas — 1", frames=frames)

    text = canonical(first["answers"])
    again = diagnose(*read_answers({INSTRUMENT.key: INSTRUMENT}.__getitem__, text))

    assert canonical(again) == canonical(first)
    assert first["answers_sha256"] == sha256(first["answers"])


def test_a_result_equals_its_own_bytes_read_back() -> None:
    result = diagnosed("full", worked_team())

    assert json.loads(canonical(result)) == result


def test_diagnosing_needs_no_web_no_database_and_no_paper() -> None:
    script = "import sys, assessment.core.diagnosis; print(*sorted(sys.modules))"
    root = Path(__file__).resolve().parents[2]

    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"flask", "sqlalchemy", "weasyprint", "werkzeug", "wtforms", "numpy"} & set(loaded)


def test_every_design_size_fits_its_own_form() -> None:
    for form in ("quick", "full"):
        assert diagnosed(form, all_sound(form))["items"]["sound"] == sum(design(form).values())
