"""A stored result is reproduced by its own version to the last byte, or it is said why not."""

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
from assessment.core.interchange import DocumentError, canonical, sha256
from assessment.core.rescoring import Rescored, rescore, score_with
from tests.another import another, any_answers
from tests.answers import shipped
from tests.builders import an_instrument, answers_data, instrument_data, worked_team
from tests.scale import search

OTHER = "a" * 64


def made(instrument: Instrument, document: dict[str, Any]) -> bytes:
    answers = json.dumps(document).encode()
    return canonical(diagnose(*read_answers({instrument.key: instrument}.__getitem__, answers)))


@cache
def worked() -> bytes:
    return made(an_instrument(), answers_data("full", worked_team()))


def again(text: bytes, *held: Instrument) -> Rescored:
    """Return what becomes of a result where these instruments are held."""
    return rescore({each.key: each for each in held or (an_instrument(),)}.__getitem__, text)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(worked())
    change(document)
    return json.dumps(document).encode()


def with_constants(**more: Any) -> Instrument:
    """Return the instrument as it would be read after an edit of its constants."""
    data = instrument_data()
    constants = {**data["constants"], **more}
    return Instrument.model_validate(
        {**data, "constants": constants, "sha256": OTHER, "constants_sha256": OTHER}
    )


@pytest.mark.parametrize("instrument", [shipped(), another()], ids=lambda each: each.key)
@search(25)
@given(data=st.data())
def test_its_own_version_reproduces_any_result_exactly(instrument: Instrument, data: st.DataObject) -> None:
    """Fails if a figure depends on anything but the answers and the version."""
    text = made(instrument, data.draw(any_answers(instrument)))

    assert again(text, instrument) == Rescored("reproduced", "reproduced exactly")


def test_a_result_that_was_written_in_another_layout_is_reproduced() -> None:
    text = json.dumps(json.loads(worked()), indent=4).encode()

    assert again(text).verdict == "reproduced"


def test_a_version_that_is_not_held_here_is_named() -> None:
    assert again(worked(), another()) == Rescored(
        "without its version", "execution-integrity/1.0.0 is not held here; put its folder back"
    )


def test_a_version_with_other_words_is_told_apart_from_one_with_other_figures() -> None:
    other = an_instrument().model_copy(update={"sha256": OTHER})

    assert again(worked(), other) == Rescored(
        "differs",
        f"execution-integrity/1.0.0 was {'0' * 64} when it was made, and is {OTHER} here; "
        "every figure is the same",
    )


def test_other_constants_are_named_with_the_first_figure_that_they_move() -> None:
    told = again(worked(), with_constants(power=0.8)).why.split("; ")

    assert told[1] == f"its constants were {'1' * 64}, and are {OTHER} here"
    assert told[2].startswith("bands.most_likely.probability is ")


def test_answers_that_were_changed_afterwards_are_told_by_their_hash() -> None:
    text = changed(lambda d: d["answers"]["observations"]["VD1"].update(sound=7, failing=1))

    found = again(text)

    assert found.verdict == "differs"
    assert found.why.startswith("answers_sha256 is ")
    assert found.why.endswith("one of them was changed after the diagnosis")


def test_answers_that_were_changed_with_their_hash_are_told_by_the_first_figure() -> None:
    def change(document: dict[str, Any]) -> None:
        document["answers"]["observations"]["VD1"].update(sound=7, failing=1)
        document["answers_sha256"] = sha256(document["answers"])

    assert again(changed(change)).why.startswith("bands.most_likely.probability is ")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda d: d["readings"]["likely"]["composite"].update(mean=34.0),
            "readings.likely.composite.mean is 34.0 in the result and ",
        ),
        (
            lambda d: d["route"].update(primary="none"),
            'route.primary is "none" in the result and "contact" now',
        ),
        (lambda d: d["patterns"].pop(), "patterns is "),
        (lambda d: d["readings"]["shown"]["indicators"].pop("VD1"), "readings.shown.indicators.VD1 is null "),
        (
            lambda d: d["instrument"].update(key="other/1.0.0"),
            "instrument.key is other/1.0.0, but its answers",
        ),
        (lambda d: d.update(method="1.1.0"), 'method is "1.1.0" in the result and "1.0.0" now'),
    ],
)
def test_the_first_thing_that_was_changed_is_named(change: Callable[[Any], object], why: str) -> None:
    found = again(changed(change))

    assert found.verdict == "differs"
    assert found.why.startswith(why)


def test_answers_that_the_version_would_not_take_any_more_are_told() -> None:
    data = instrument_data()
    data["forms"] = [form for form in data["forms"] if form["id"] != "full"]
    for layer in data["layers"]:
        for dimension in layer["dimensions"]:
            for indicator in dimension["indicators"]:
                indicator["marks"] = {k: v for k, v in indicator["marks"].items() if k != "full"}

    found = again(worked(), Instrument.model_validate(data))

    assert found.verdict == "differs"
    assert "its answers are refused now: form: " in found.why


def test_another_version_makes_another_diagnosis_of_the_same_answers() -> None:
    other = with_constants(power=0.8).model_copy(update={"key": "execution-integrity/1.1.0"})
    held = {other.key: other, an_instrument().key: an_instrument()}

    document = score_with(held.__getitem__, worked(), other.key)

    assert document["instrument"]["key"] == other.key
    assert document["answers"]["observations"] == json.loads(worked())["answers"]["observations"]
    assert document["readings"]["likely"] != json.loads(worked())["readings"]["likely"]


def test_a_version_that_is_not_held_makes_no_diagnosis() -> None:
    with pytest.raises(DocumentError, match="is not held here"):
        score_with({}.__getitem__, worked(), "execution-integrity/2.0.0")


@pytest.mark.parametrize("text", [b"", b"{}", b'{"answers": {}}', worked()[:-20]])
def test_what_is_no_result_is_refused(text: bytes) -> None:
    with pytest.raises(DocumentError):
        again(text)


def test_a_version_that_is_not_even_text_is_refused_in_one_line() -> None:
    with pytest.raises(DocumentError, match=r"^instrument: .* is not held here"):
        score_with({}.__getitem__, worked(), "name/\udc80")
