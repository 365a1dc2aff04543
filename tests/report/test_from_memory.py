"""A report of a form that is answered from memory: what was said, and nothing that looks like evidence."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from assessment.core.answers import Answers
from assessment.core.diagnosis import diagnose
from assessment.report import document, parts
from tests.report.made import BASE, PATIENT, instrument, library, report

NO_AI = "no AI-assisted work in the window"
SAID: dict[str, tuple[int, int, int]] = {
    "VD1": (9, 1, 0),
    "VD2": (6, 4, 0),
    "FR1": (0, 0, 10),
    "RF1": (5, 0, 0),
    "DC1": (3, 2, 0),
    "RC1": (2, 2, 0),
}


def pre_scan(found: dict[str, tuple[int, int, int]], **more: Any) -> dict[str, Any]:
    """Return the result of a pre-scan with these answers: sound, failing, not known."""
    names = ("sound", "failing", "unverified")
    given = {
        "instrument": instrument().key,
        "form": "pre-scan",
        "as_of": "2026-11-22",
        "window_days": 90,
        "team_size": 8,
        "label": "Team Atlas",
        "observations": {
            name: {**dict(zip(names, marks, strict=True)), "grade": "E1"} for name, marks in found.items()
        },
        "not_applicable": {} if "AI1" in found else {"AI1": NO_AI},
        **more,
    }
    return diagnose(instrument(), Answers.model_validate(given))


@cache
def told() -> parts.Told:
    return report(pre_scan(SAID))


@cache
def page() -> str:
    return document.html(told())


def test_it_says_in_the_instruments_own_words_that_nothing_has_been_shown() -> None:
    assert told().title == "Of 44 checks, all from memory, 25 are said to hold up."
    assert told().lede == (
        "Nine are said to have failed, and for ten there was no answer.",
        "This is what you believe; nothing has been shown yet.",
    )
    assert told().observed == "from memory on 22 November 2026"


def test_it_prints_claimed_and_shown_and_no_estimate_level_or_confidence() -> None:
    assert [reading.id for reading in told().readings] == ["shown", "claimed"]
    assert [mark.title for mark, _ in told().readings_legend] == ["diamond", "ring"]
    assert (told().most_likely, told().confidence) == ("", None)
    scale, chain = told().scale, told().chain
    assert scale
    assert chain
    drawn = " ".join(word.text for word in (*scale.wide.words, *chain.wide.words, *chain.narrow.words))
    assert "ikely" not in " ".join((scale.wide.title, chain.wide.title, drawn))
    assert not any(band.word in drawn for band in instrument().constants.bands)
    assert "withheld" not in drawn


def test_the_first_page_lists_every_answer_in_the_fewest_words() -> None:
    assert told().findings_heading == "What was said"
    assert {each.title: each.state for each in told().findings} == {
        "The result exists": "9 of 10",
        "Someone other than the doer accepted it": "6 of 10",
        "Recovery was proven lately": "91 to 180 days ago",
        "Done stays done": "no answer",
        "Green is green": "5 of 5",
        "A person verified AI work before use": f"not applicable: {NO_AI}",
        "Decisions have a record and one owner": "3 of 5",
    }


@pytest.mark.parametrize(
    ("sound", "words"), [(4, "Within the last 90 days"), (1, "Longer ago than that"), (0, "Never")]
)
def test_a_date_is_told_by_the_choice_that_was_taken_and_drawn_as_nothing_finer(
    sound: int, words: str
) -> None:
    seen = next(
        each
        for layer in report(pre_scan({**SAID, "RC1": (sound, 4 - sound, 0)})).layers
        for dimension in layer.dimensions
        for each in dimension.indicators
        if each.id == "RC1"
    )

    assert seen.sentence.endswith(f"? {words}.")
    assert seen.drawing is None


def test_a_single_failure_is_told_in_the_singular() -> None:
    told_of_one = report(pre_scan({**SAID, "VD2": (10, 0, 0), "DC1": (5, 0, 0), "RC1": (4, 0, 0)}))

    assert told_of_one.lede[0] == "One is said to have failed, and for ten there was no answer."


def test_the_grade_that_all_answers_have_is_said_once() -> None:
    details = page()[page().index('id="indicators"') : page().index('id="next-step"')]

    assert details.count("recalled or told") == 1
    assert "as they were said (all of it E1, recalled or told)" in details


def test_there_is_no_section_of_what_it_cannot_hold() -> None:
    names = [anchor for anchor, _ in told().contents]

    assert names == [
        "lineage",
        "indicators",
        "next-step",
        "limits",
        "counts",
        "constants",
        "versions",
        "words",
        "verify",
    ]
    for anchor in names:
        assert f'id="{anchor}"' in page()
    for anchor in ("patterns", "fix-first", "verify-first", "samples", "belief", "confidence"):
        assert f'id="{anchor}"' not in page()


def test_it_claims_no_interval_of_items_that_nobody_drew() -> None:
    assert "Exact " not in page()
    assert "Clopper" not in page()
    assert "what would change it" not in page()


def test_it_leads_to_the_next_longer_form_by_its_name() -> None:
    assert told().step.rule == 0
    assert told().step.reasons == (
        "These answers come from memory, so nothing has been shown yet. "
        "The Quick diagnosis opens a sample of the work and counts.",
    )
    assert told().step.primary.link.url == f"{BASE}/diagnosis/?form=quick"


@pytest.mark.parametrize(
    "found", [{}, {"VD1": (9, 1, 0)}, {name: (0, 0, sum(n)) for name, n in SAID.items()}]
)
def test_too_few_answers_are_listed_without_a_figure(found: dict[str, tuple[int, int, int]]) -> None:
    few = report(pre_scan(found))

    assert few.scale is None
    assert few.readings_heading == "No figure yet"
    assert few.map_note == "What was said stands below, answer by answer."
    assert few.lede[-1] == "This is what you believe; nothing has been shown yet."
    assert len(few.findings) == 7


def test_it_can_be_put_on_paper_twice_with_the_same_bytes() -> None:
    first, second = (
        document.paper(pre_scan(SAID), instrument(), library(), base_address=BASE, limits=PATIENT)
        for _ in range(2)
    )

    assert first[:5] == b"%PDF-"
    assert first == second
