"""A count from an export is told with its reader, population and files: it can be counted again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.core.result import read_result
from assessment.report.parts import Export, Seen, Told
from tests.builders import a_source
from tests.report.made import ALL_SOUND, FRAME, SIZES, answers, instrument, library, report, result

OF_F1 = ("VD1", "VD2", "IN1", "FR1")


def exported(*names: str, link_derived: bool = False, **given: Any) -> dict[str, Any]:
    """Return the result of a quick form in which some are counted from an export."""
    document = answers()
    source = a_source(**given)
    n = len(source["positions"])
    seen = {"sound": n - n // 10, "failing": n // 10, "unverified": 0, "grade": "E4"}
    document["observations"] |= {name: {**seen, "link_derived": link_derived} for name in names}
    document["counted"] = dict.fromkeys(names, source)
    _, read = read_answers(library().instruments.__getitem__, json.dumps(document).encode())
    return diagnose(instrument(), read)


def seen_in(told: Told, name: str) -> Seen:
    return next(
        each
        for layer in told.layers
        for dimension in layer.dimensions
        for each in dimension.indicators
        if each.id == name
    )


def export_of(**given: Any) -> Export:
    (export,) = report(exported("VD1", **given)).appendix.exports
    return export


def test_an_indicator_names_the_system_that_it_was_counted_from() -> None:
    told = report(exported("VD1"))

    assert (seen_in(told, "VD1").grade, seen_in(told, "VD1").source) == ("E4", "GitHub")
    assert (seen_in(told, "VD2").grade, seen_in(told, "VD2").source) == ("E3", "")


def test_a_reader_without_a_title_is_called_by_its_name() -> None:
    assert export_of(title=None).reader == "gh"


def test_the_appendix_says_of_each_count_what_was_counted_of_how_many_in_which_days_and_where() -> None:
    told = report(exported("LD1", "VD1", link_derived=True, files=["ab" * 32, "cd" * 32]))

    assert [each.id for each in told.appendix.exports] == [n for n in SIZES if n in ("VD1", "LD1")]
    first = told.appendix.exports[0]
    assert first.what == f"{instrument().indicators['VD1'].measured} (linked-result)"
    assert first.population == "61 items declared done"
    assert first.counted == "50, in equal steps from the start 0.25"
    assert (first.covers, first.made) == ("24 August to 22 November 2026", "on this site")
    assert (first.files, first.by_links) == ("files 1 and 2", True)
    assert [fact.value[:17] for fact in told.appendix.files] == ["abababab abababab", "cdcdcdcd cdcdcdcd"]
    assert "weak evidence of missing work" in told.appendix.exports_note
    assert ("counted", "Counted from exports") in told.contents


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ({"population": 7, "n": 7}, "all of them"),
        ({"population": 1, "n": 1}, "the only one"),
        ({"positions": list(range(12, 62)), "offset": 0}, "50, at positions 12 to 61"),
        ({"positions": list(range(61, 11, -1)), "offset": 0}, "50, at positions 12 to 61"),
        ({"positions": [1, 2, *range(14, 62)]}, "50, at positions 1, 2 and 14 to 61"),
    ],
)
def test_which_items_were_counted_is_told_in_few_words(given: dict[str, Any], counted: str) -> None:
    assert export_of(**given).counted == counted


def test_what_was_counted_on_the_teams_own_machine_says_so() -> None:
    assert export_of(local=True).made == "on the team’s own machine"


def test_a_list_that_was_counted_is_not_missed_among_the_samples() -> None:
    appendix = report(exported(*OF_F1)).appendix
    half = report(exported("VD1", "VD2")).appendix

    assert "items declared done" not in appendix.samples_missing
    assert [each.id for each in appendix.samples] == []
    assert [each.feeds for each in half.samples] == ["IN1 and FR1"]


def test_the_first_page_says_how_many_answers_were_counted() -> None:
    some, none = report(exported(*OF_F1)), report()

    assert some.title == "Of 247 checks on opened or counted work, 206 held up."
    assert "200 at E4 (counted from an export) and 40 at E3 (opened and noted)" in some.marks_sentence
    assert "E3" not in none.marks_sentence


def test_where_all_was_counted_nothing_is_said_to_be_opened() -> None:
    told = report(result(ALL_SOUND, "E4", frames={}))

    assert told.title == "All 79 checks counted from exports held up."
    assert "opened" not in told.verify_none


def test_without_a_count_nothing_is_told_of_exports() -> None:
    told = report(result(frames={"F1": FRAME}))

    assert (told.appendix.exports, told.appendix.files) == ((), ())
    assert "counted" not in dict(told.contents)


def test_a_result_with_counts_is_made_again_from_itself() -> None:
    found = exported(*OF_F1, link_derived=True)

    read, document = read_result(canonical(found))

    assert read.answers.counted["VD1"].population == 61
    assert canonical(diagnose(instrument(), read.answers)) == canonical(document)
