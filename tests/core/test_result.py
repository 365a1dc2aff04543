"""The model of the result: every diagnosis is one, and what is not one is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Instrument
from assessment.core.interchange import DocumentError, canonical
from assessment.core.result import Result, read_result
from tests.another import another, any_answers
from tests.answers import shipped
from tests.builders import all_unverified, an_instrument, answers_data, worked_team
from tests.scale import search

INSTRUMENTS: dict[str, Callable[[], Instrument]] = {
    "shipped": cache(shipped),
    "another": cache(another),
}


def diagnosed(instrument: Instrument, document: dict[str, Any]) -> bytes:
    answers = json.dumps(document).encode()
    return canonical(diagnose(*read_answers({instrument.key: instrument}.__getitem__, answers)))


def worked() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(diagnosed(an_instrument(), answers_data("full", worked_team())))
    return document


@pytest.mark.parametrize("name", INSTRUMENTS)
@search(40)
@given(data=st.data())
def test_every_diagnosis_of_any_answers_of_any_form_is_a_result(name: str, data: st.DataObject) -> None:
    """Fails if `diagnose` adds a key, leaves one out, or writes a figure behind a closed gate."""
    instrument = INSTRUMENTS[name]()
    text = diagnosed(instrument, data.draw(any_answers(instrument)))

    result, document = read_result(text)

    assert canonical(document) == text
    assert result.instrument.key == instrument.key


def test_a_result_behind_a_closed_gate_has_no_figure_of_the_whole() -> None:
    result, _ = read_result(diagnosed(an_instrument(), answers_data("full", all_unverified("full"))))

    assert not result.gate.passed
    assert result.readings.shown.composite.mean is None


def test_the_model_has_a_word_for_each_part() -> None:
    assert all(each.description or each.annotation for each in Result.model_fields.values())
    # What changed is there only where an earlier diagnosis was followed.
    assert set(worked()) == set(Result.model_fields) - {"comparison"}


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d.pop("gate"), "gate: "),
        (lambda d: d.update(note="x"), "note: "),
        (lambda d: d.update(answers_sha256="x"), "answers_sha256: "),
        (lambda d: d["readings"]["shown"]["composite"].update(mean=101.0), "readings.shown.composite.mean: "),
        (lambda d: d["readings"]["shown"]["composite"].update(mean="50"), "readings.shown.composite.mean: "),
        (lambda d: d["readings"]["shown"]["composite"].update(mean=None), "readings.shown.composite: "),
        (lambda d: d["readings"]["shown"]["composite"].update(low=99.0), "readings.shown.composite: "),
        (lambda d: d["patterns"][0].update(state="perhaps"), "patterns.0.state: "),
        (lambda d: d["route"].update(secondary=["a", "b", "c"]), "route.secondary: "),
        (lambda d: d["gate"].update(passed=False), "document: "),
        (lambda d: d["answers"].pop("form"), "answers.form: "),
    ],
)
def test_what_is_no_result_is_told_by_its_place(change: Change, told: str) -> None:
    document = worked()
    change(document)

    with pytest.raises(DocumentError) as raised:
        read_result(json.dumps(document).encode())

    assert str(raised.value).startswith(f"{told}is no result of a diagnosis: ")
    assert str(raised.value).endswith("; take the document as `diagnose` wrote it")


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b'{"a": NaN}', b"[" * 10_000])
def test_what_is_no_document_is_told_in_one_line(text: bytes) -> None:
    with pytest.raises(DocumentError) as raised:
        read_result(text)

    assert "\n" not in str(raised.value)
