"""Then and now: what a result keeps of an earlier diagnosis, and that it can be made again from itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core import comparison
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Instrument
from assessment.core.interchange import DocumentError, canonical
from assessment.core.reassessment import Run, compare
from assessment.core.rescoring import rescore
from assessment.core.result import read_result
from assessment.core.scoring import Observation
from tests.builders import all_failing, all_sound, an_instrument, answers_data, design, mixed, worked_team
from tests.scale import search

INSTRUMENT = an_instrument()
LATER: dict[str, Any] = {"as_of": "2027-03-01"}
NAMED = {"code": "EI-7F3K-92QD", "sha256": "ab" * 32}
HELD = {INSTRUMENT.key: INSTRUMENT}.__getitem__


def a_run(form: str = "quick", found: dict[str, Observation] | None = None, **more: Any) -> Run:
    """Return a run of a form; its window ends on 22 November 2026."""
    document = answers_data(form, found or mixed(form), **{"instrument": INSTRUMENT.key, **more})
    return Run(*read_answers(HELD, json.dumps(document).encode()))


def a_result(earlier: Run, later: Run) -> dict[str, Any]:
    """Return the result of the later run, with its comparison."""
    result = diagnose(later.instrument, later.answers)
    return {**result, "comparison": comparison.frozen(earlier, later, **NAMED)}


@st.composite
def found(draw: st.DrawFn, form: str = "quick") -> dict[str, Observation]:
    """Draw what a team found: any counts in the sizes of the form."""
    seen = {}
    for name, n in design(form).items():
        sound = draw(st.integers(0, n))
        failing = draw(st.integers(0, n - sound))
        seen[name] = Observation(sound, failing, n - sound - failing, "E3")
    return seen


def changes(kept: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every change that a comparison holds, of the whole and of its parts."""
    held = kept["changes"]
    if held is None:
        return []
    parts = [each for level in ("layers", "dimensions", "indicators") for each in held[level].values()]
    return [held["whole"], *parts]


def test_whole_layers_dimensions_and_indicators_are_each_compared() -> None:
    earlier, later = a_run("full", worked_team()), a_run("full", all_sound("full"), **LATER)

    kept = comparison.frozen(earlier, later, **NAMED)

    whole = compare(earlier, later)
    held = kept["changes"]
    assert held["whole"]["difference"] == pytest.approx(whole.change.difference, abs=1e-6)
    assert held["whole"]["verdict"] == whole.change.verdict == "reliable improvement"
    assert set(held["layers"]) == {each.id for each in INSTRUMENT.layers}
    assert set(held["dimensions"]) == {d.id for each in INSTRUMENT.layers for d in each.dimensions}
    assert list(held["indicators"]) == kept["indicators"] == list(INSTRUMENT.indicators)
    assert held["indicators"]["VD1"]["then"]["mean"] < held["indicators"]["VD1"]["now"]["mean"]


def test_no_figure_of_a_dimension_is_compared_where_one_form_is_too_short_for_it() -> None:
    kept = comparison.frozen(a_run("quick"), a_run("full", **LATER), **NAMED)

    assert kept["changes"]["dimensions"] == {}
    assert kept["changes"]["layers"]


@search(40)
@given(found())
def test_the_same_result_later_is_no_change_anywhere(seen: dict[str, Observation]) -> None:
    kept = comparison.frozen(a_run(found=seen), a_run(found=seen, **LATER), **NAMED)

    assert {(each["verdict"], each["difference"]) for each in changes(kept)} <= {("no reliable change", 0.0)}


@search(40)
@given(found(), found())
def test_what_rose_fell_where_the_two_are_exchanged(
    one: dict[str, Observation], other: dict[str, Observation]
) -> None:
    """Fails if then and now are exchanged anywhere, or one of the two errors is left out."""
    there = comparison.frozen(a_run(found=one), a_run(found=other, **LATER), **NAMED)
    back = comparison.frozen(a_run(found=other), a_run(found=one, **LATER), **NAMED)

    turned = {"reliable improvement": "reliable decline", "reliable decline": "reliable improvement"}
    assert [each["verdict"] for each in changes(back)] == [
        turned.get(each["verdict"], each["verdict"]) for each in changes(there)
    ]
    assert [each["then"] for each in changes(back)] == [each["now"] for each in changes(there)]


def test_the_order_of_the_two_matters() -> None:
    kept = comparison.frozen(a_run(**LATER), a_run(), **NAMED)

    assert kept["changes"] is None
    assert kept["not_comparable"]["kind"] == "order"


def test_only_counts_of_the_earlier_one_are_kept() -> None:
    earlier = a_run(
        label="Team Heron",
        frames={"F1": {"where": "The heron board", "query": "all herons"}},
        belief={"VD1": {"count": 1, "of": 8}},
    )

    kept = comparison.frozen(earlier, a_run(label="Team Heron", **LATER), **NAMED)

    assert "eron" not in json.dumps(kept)
    assert set(kept["earlier"]["answers"]) <= comparison.KEPT
    assert kept["earlier"]["answers"]["observations"] == answers_data("quick", mixed("quick"))["observations"]


NOT_COMPARABLE: dict[str, tuple[Run, Run]] = {
    "windows": (a_run(), a_run(as_of="2027-01-01")),
    "earlier": (
        a_run(found={k: v for k, v in mixed("quick").items() if k not in ("LD1", "DC3")}),
        a_run(**LATER),
    ),
    "later": (a_run(), a_run(found=mixed("quick", "E1"), **LATER)),
    "both": (
        a_run(found={k: v for k, v in mixed("quick").items() if k != "LD1"}),
        a_run(found={k: v for k, v in mixed("quick").items() if k != "DC3"}, **LATER),
    ),
}


@pytest.mark.parametrize("kind", NOT_COMPARABLE)
def test_what_cannot_be_compared_is_kept_with_its_reason(kind: str) -> None:
    result = a_result(*NOT_COMPARABLE[kind])

    assert result["comparison"]["not_comparable"]["kind"] == kind
    assert result["comparison"]["not_comparable"]["fault"]
    assert read_result(canonical(result))[0].comparison is not None


@pytest.mark.parametrize("kind", ["deleted", "unreadable"])
def test_an_earlier_one_that_is_gone_is_said_and_nothing_else(kind: Any) -> None:
    later = a_run(**LATER)
    result = {
        **diagnose(INSTRUMENT, later.answers),
        "comparison": comparison.missing(kind, "it is gone"),
    }

    read, _ = read_result(canonical(result))

    assert read.comparison is not None
    assert (read.comparison.earlier, read.comparison.changes) == (None, None)
    assert rescore(HELD, canonical(result)).verdict == "reproduced"


def test_a_result_with_a_comparison_is_made_again_from_itself() -> None:
    result = a_result(a_run("full", all_failing("full")), a_run("full", all_sound("full"), **LATER))

    assert rescore(HELD, canonical(result)).verdict == "reproduced"


def test_one_changed_figure_of_a_comparison_is_found() -> None:
    result = a_result(a_run("full", all_failing("full")), a_run("full", **LATER))
    result["comparison"]["changes"]["layers"]["HD"]["verdict"] = "no reliable change"

    outcome = rescore(HELD, canonical(result))

    assert outcome.verdict == "differs"
    assert outcome.why.startswith("comparison.changes.layers.HD.verdict")


@pytest.mark.parametrize(
    "broken",
    [
        {"changes": None},
        {"not_comparable": {"kind": "windows", "fault": "both at once"}},
        {"earlier": None},
        {"more": 1},
    ],
)
def test_a_comparison_that_does_not_say_one_thing_is_refused(broken: dict[str, Any]) -> None:
    result = a_result(a_run(), a_run(**LATER))
    result["comparison"] |= broken

    with pytest.raises(DocumentError, match="comparison"):
        read_result(canonical(result))


def test_a_result_of_before_comparisons_is_read_as_it_was() -> None:
    result = diagnose(INSTRUMENT, a_run().answers)

    assert "comparison" not in result
    assert read_result(canonical(result))[0].comparison is None


def test_two_versions_are_compared_by_the_later_one() -> None:
    newer: Instrument = INSTRUMENT.model_copy(update={"key": "execution-integrity/1.1.0"})
    document = answers_data("quick", mixed("quick"), instrument=newer.key, **LATER)
    later = Run(*read_answers({newer.key: newer}.__getitem__, json.dumps(document).encode()))
    both = {INSTRUMENT.key: INSTRUMENT, newer.key: newer}

    result = a_result(a_run(), later)

    assert rescore(both.__getitem__, canonical(result)).verdict == "reproduced"
    assert rescore({newer.key: newer}.__getitem__, canonical(result)).verdict == "differs"
