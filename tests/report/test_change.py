"""Then and now in a report: no sentence and no arrow says more than the model holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core import comparison
from assessment.core.answers import Answers, read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.reassessment import Run
from assessment.report import figures
from assessment.report.change import told_change, why_not
from assessment.report.document import html
from assessment.report.parts import ThenAndNow
from assessment.report.reader import Reader
from tests.report import made
from tests.report.examined import faults
from tests.report.made import ALL_FAILING, ALL_SOUND, ATLAS, BASE, CODE, SIZES, instrument, library
from tests.report.outcomes import answered
from tests.scale import search

EARLIER: dict[str, Any] = {"as_of": "2026-06-01", "label": "Team Atlas"}


def a_run(found: dict[str, tuple[int, int, int]] = ATLAS, **more: Any) -> Run:
    """Return a run of the quick form; its window ends on 22 November 2026."""
    return Run(instrument(), Answers.model_validate(made.answers(found, **more)))


def followed(
    then: dict[str, tuple[int, int, int]] = ATLAS,
    now: dict[str, tuple[int, int, int]] = ATLAS,
    earlier: dict[str, Any] | None = None,
    **later: Any,
) -> dict[str, Any]:
    """Return a result that follows an earlier one."""
    kept = comparison.frozen(
        a_run(then, **{**EARLIER, **(earlier or {})}),
        a_run(now, **later),
        code="EI-AAAA-BBBB",
        sha256="ab" * 32,
    )
    return {**made.result(now, **later), "comparison": kept}


def told(result: dict[str, Any]) -> ThenAndNow:
    """Return what is said of the comparison of a result."""
    said = told_change(Reader(result, instrument(), library(), BASE, CODE, "ab" * 32))
    assert said is not None
    return said


def lines(said: ThenAndNow) -> dict[str, tuple[str, ...]]:
    """Return the cells of every line of the tables, by the head of the line."""
    return {row.head: row.cells for table in said.tables for row in table.rows}


def arrows(said: ThenAndNow) -> int:
    assert said.figure is not None
    drawn = {
        sum(shape.role == "arrow" for shape in each.shapes) for each in (said.figure.wide, said.figure.narrow)
    }
    assert len(drawn) == 1
    return drawn.pop()


@st.composite
def counts(draw: st.DrawFn) -> dict[str, tuple[int, int, int]]:
    """Draw what a team found in the quick form."""
    seen = {}
    for name, n in SIZES.items():
        sound = draw(st.integers(0, n))
        unverified = draw(st.integers(0, (n - sound) // 3)) if name != "RC1" else 0
        seen[name] = (sound, n - sound - unverified, unverified)
    return seen


@search(25)
@given(counts(), counts())
def test_a_change_is_claimed_where_the_model_holds_one_and_nowhere_else(
    then: dict[str, tuple[int, int, int]], now: dict[str, tuple[int, int, int]]
) -> None:
    result = followed(then, now)
    held, said = result["comparison"]["changes"], told(result)
    if held is None:
        assert (said.figure, said.tables) == (None, ())
        assert not re.search(r"improvement|decline|rose|fell", " ".join((said.brief, *said.sentences)))
        return

    names = {f"{each.id} {each.name}": each.id for each in instrument().indicators.values()}
    for head, cells in lines(said).items():
        change = held["indicators"][names[head]] if head in names else None
        if change:
            assert change["verdict"] in cells[-1]
            assert ("no reliable change" in cells[-1]) == (change["verdict"] == "no reliable change")
    whole = said.sentences[-1]
    assert held["whole"]["verdict"] in whole
    assert (" no reliable change" in whole) == (held["whole"]["verdict"] == "no reliable change")
    drawn = [held["whole"], *held["layers"].values()]
    assert arrows(said) == sum(each["verdict"] != "no reliable change" for each in drawn)
    assert held["whole"]["verdict"] in said.brief


def test_what_rose_reliably_is_said_with_how_sure_that_is_and_of_how_many_checks() -> None:
    said = told(followed(ALL_FAILING, ALL_SOUND))

    assert said.sentences[0] == (
        "The earlier diagnosis is report EI-AAAA-BBBB of 1 June 2026; it looked at 3 March to 1 June 2026."
    )
    assert said.sentences[1].startswith(
        f"12 indicators were answered both times, with {sum(SIZES.values())} checks then and "
        f"{sum(SIZES.values())} checks now."
    )
    assert re.fullmatch(
        r"Likely rose from \d+\.\d to \d+\.\d, by \d+\.\d points\. That is a reliable improvement: the "
        r"probability of a true rise is more than 99\xa0%, and 95\xa0% are needed\.",
        said.sentences[2],
    )
    assert lines(said)["VD1 The result exists"][:2] == ("0 of 8 held up", "8 of 8 held up")
    assert arrows(said) == 4


def test_the_first_page_says_what_became_of_it_since() -> None:
    since = "Since report EI-AAAA-BBBB of 1 June 2026: "

    assert re.fullmatch(
        since + r"a reliable improvement, by \d+\.\d points\.", told(followed(ALL_FAILING, ALL_SOUND)).brief
    )
    assert told(followed()).brief == since + "no reliable change."
    overlapping = followed(earlier={"as_of": "2026-11-01"})
    assert told(overlapping).brief == "Not comparable with report EI-AAAA-BBBB of 1 November 2026."
    assert html(made.report(followed())).count(since) == 1


def test_what_fell_is_a_decline() -> None:
    said = told(followed(ALL_SOUND, ALL_FAILING))

    assert "Likely fell from" in said.sentences[-1]
    assert "reliable decline: the probability of a true fall" in said.sentences[-1]
    assert {cells[-1].partition(": ")[2].partition(",")[0] for cells in lines(said).values()} >= {
        "reliable decline"
    }


def test_the_same_counts_again_move_nothing_and_have_no_arrow() -> None:
    said = told(followed())

    assert re.fullmatch(
        r"Likely was (\d+\.\d) then and is \1 now: no reliable change\. It would take more than "
        r"\d+\.\d points to be told from chance here\.",
        said.sentences[-1],
    )
    assert all("no reliable change" in cells[-1] for cells in lines(said).values())
    assert arrows(said) == 0


def test_a_change_that_falls_short_says_what_it_would_take_and_never_rounds_up_to_enough() -> None:
    result = followed()
    result["comparison"]["changes"]["whole"] |= {
        "then": {"mean": 48.04, "sd": 6.5, "low": 37.0, "high": 59.0},
        "now": {"mean": 62.7, "sd": 6.2, "low": 52.0, "high": 72.0},
        "difference": 14.66,
        "probability": 0.9499,
        "detectable": 14.7701,
    }

    whole = told(result).sentences[-1]

    assert whole == (
        "Likely rose from 48.0 to 62.7, by 14.7 points. That is no reliable change: the probability of a "
        "true rise is 94\xa0%, and 95\xa0% are needed. It would take more than 14.8 points to be told from "
        "chance here."
    )


def test_how_often_chance_alone_may_look_like_a_change_is_said() -> None:
    assert "in up to 10\xa0% of the lines" in told(followed()).notes[0]


def test_what_is_not_a_count_is_told_in_its_words() -> None:
    cells = lines(told(followed({**ATLAS, "RC1": (4, 0, 0)}, {**ATLAS, "RC1": (0, 0, 4)})))

    assert cells["RC1 Recovery was proven lately"][0].startswith("the last restore")
    assert cells["RC1 Recovery was proven lately"][1] == "could not be verified"
    assert cells["LD1 Work is not one person"][:2] == ("6 of 10", "6 of 10")
    assert cells["VD1 The result exists"][0] == "5 of 8 held up, 1 not verified"


def test_what_was_answered_once_is_named_with_its_reason() -> None:
    then = {name: marks for name, marks in ATLAS.items() if name != "VS2"}
    now = {name: marks for name, marks in ATLAS.items() if name != "FR2"}
    excused = {"not_applicable": {"VS2": instrument().indicators["VS2"].not_applicable[0]}}

    notes = told(followed(then, now, excused)).notes

    assert "Not comparable, because it did not apply then: VS2 problems surface inside first." in notes
    assert "Not comparable, because it was not answered now: FR2 work in progress is alive." in notes


def test_a_team_that_grew_past_being_small_is_told_and_its_spread_left_out() -> None:
    small = {**ATLAS, "LD1": (4, 0, 0)}

    said = told(followed(small, ATLAS, {"team_size": 4}))

    assert "The team had 4 people then and has 8 now." in said.sentences
    assert any("a share of the work at one time and a yes or no at the other" in note for note in said.notes)
    assert "LD1 Work is not one person" not in lines(said)


def test_windows_that_meet_are_named_with_their_days() -> None:
    said = told(followed(earlier={"as_of": "2026-09-01"}))

    assert said.sentences == (
        "The earlier diagnosis is report EI-AAAA-BBBB of 1 September 2026; it looked at 3 June to "
        "1 September 2026.",
        "The earlier one looked at 3 June to 1 September 2026, this one at 24 August to 22 November 2026, "
        "and no day may be seen twice: that would hide a change.",
        "So nothing is said about a change.",
    )
    assert (said.figure, said.tables, said.notes) == (None, (), ())


def test_an_earlier_one_that_was_deleted_is_said_to_be_gone() -> None:
    result = {**made.result(), "comparison": comparison.missing("deleted", "it is gone")}

    assert told(result).sentences == (
        "The earlier diagnosis was deleted before this one was finished.",
        "So nothing is said about a change.",
    )


@pytest.mark.parametrize(
    "kind",
    [
        "instrument",
        "method",
        "windows",
        "order",
        "earlier",
        "later",
        "both",
        "nothing",
        "deleted",
        "unreadable",
    ],
)
def test_every_reason_is_one_plain_sentence(kind: str) -> None:
    said = why_not(kind, "layer HD: 2 of 4 indicators are answered")

    assert re.fullmatch(r"[A-Z][^.]*\.", said)


def test_a_report_without_an_earlier_one_has_no_such_section() -> None:
    report = made.report()

    assert report.change is None
    assert "then-and-now" not in dict(report.contents)
    assert 'id="then-and-now"' not in html(report)


def test_the_section_stands_first_behind_the_first_page_on_paper() -> None:
    report = made.report(followed(ALL_FAILING, ALL_SOUND))

    page = html(report)

    assert report.contents[0] == ("then-and-now", "Then and now")
    assert page.index('id="contents"') < page.index('id="then-and-now"') < page.index('id="lineage"')


def test_what_has_to_be_scored_again_to_give_the_same_document_is_named() -> None:
    of_one, of_two = made.report().appendix.checking[-1], made.report(followed()).appendix.checking[-1]

    assert "Its part “answers”, scored again" in of_one
    assert "Its parts “answers” and “comparison”, scored again" in of_two


def test_the_report_is_told_from_its_own_document_alone() -> None:
    result = followed(ALL_FAILING, ALL_SOUND)

    assert html(made.report(result)) == html(made.report(json.loads(json.dumps(result))))


# --- the figure ---------------------------------------------------------------------------------------

SPANS = st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100)).map(
    lambda three: figures.Span(sorted(three)[1], sorted(three)[0], sorted(three)[2])
)


@search(40)
@given(st.lists(st.tuples(SPANS, SPANS, st.booleans()), min_size=1, max_size=5))
def test_every_row_stays_on_the_sheet_and_only_what_is_reliable_has_an_arrow(
    given_rows: list[tuple[figures.Span, figures.Span, bool]],
) -> None:
    moves = [
        figures.Moved("Execution Integrity of a long name", then, now, reliable, "a verdict")
        for then, now, reliable in given_rows
    ]

    drawn = figures.change_rows(moves, [figures.Cut(0, "not"), figures.Cut(50, "largely")])

    for each in (drawn.wide, drawn.narrow):
        assert all(0 <= shape.at <= each.width for shape in each.shapes)
        assert all(0 <= word.box[0] and word.box[2] <= each.width + 0.01 for word in each.words)
        assert all(0 <= word.box[1] and word.box[3] <= each.height for word in each.words)
        assert sum(shape.role == "before" for shape in each.shapes) == len(moves)
        assert sum(shape.role == "interval" for shape in each.shapes) == len(moves)
        assert sum(shape.role == "arrow" for shape in each.shapes) == sum(each.reliable for each in moves)


def test_the_figure_says_its_finding_to_who_cannot_see_it() -> None:
    then, now = figures.Span(48, 37, 59), figures.Span(62, 52, 72)

    drawn = figures.change_rows([figures.Moved("The whole", then, now, False, "no reliable change")], [])

    assert drawn.title == "The whole: likely 48 (37 to 59) then, 62 (52 to 72) now; no reliable change."


# --- on paper -----------------------------------------------------------------------------------------


def answers_of(form: str, share: float, day: str) -> Run:
    """Return a run of a form in which this share of the checks held."""
    shipped = instrument()
    document = answered(shipped, shipped.form(form), share)
    document |= {"as_of": day, "window_end": day}
    return Run(*read_answers({shipped.key: shipped}.__getitem__, json.dumps(document).encode()))


@pytest.mark.parametrize(("then", "now"), [("full", "full"), ("quick", "full")])
def test_the_paper_of_a_comparison_is_whole(then: str, now: str, tmp_path: Path) -> None:
    """Every line of it can be read, is tagged, in our fonts and within the page."""
    earlier, later = answers_of(then, 0.3, "2026-06-01"), answers_of(now, 1, "2026-11-22")
    kept = comparison.frozen(earlier, later, code="EI-AAAA-BBBB", sha256="ab" * 32)
    result = {**diagnose(later.instrument, later.answers), "comparison": kept}
    assert kept["changes"]

    pdf = made.paper(result)

    assert faults(pdf, html(made.report(result)), tmp_path) == []
