"""Figures: every item is one mark, words never run into each other, and the title says the finding."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import example, given
from hypothesis import strategies as st

from assessment.report import figures
from assessment.report.figures import (
    Cut,
    Drawing,
    Lane,
    Span,
    apart,
    date_line,
    dumbbell,
    exact_bar,
    interval_rows,
    readings_scale,
    spread_bar,
    steps,
    strip,
    tally,
    width_of,
)

ROOT = Path(__file__).resolve().parents[2]
CUTS = [Cut(0, "not evidenced"), Cut(15, "partly"), Cut(50, "largely"), Cut(85, "fully")]

a_count = st.integers(0, 60)
a_point = st.floats(0, 100)


@st.composite
def a_span(draw: st.DrawFn) -> Span:
    low, mean, high = sorted(draw(st.tuples(a_point, a_point, a_point)))
    return Span(mean, low, high)


@st.composite
def a_lane(draw: st.DrawFn) -> Lane:
    """Readings as a diagnosis has them: none at all, or Shown and Claimed with Likely printed or withheld."""
    name, note = draw(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "precursor", "value realisation"]))
    )
    if draw(st.booleans()):
        return Lane(name, note, None, None, None)
    return Lane(name, note, draw(a_point), draw(st.none() | a_span()), draw(a_point))


NAMES = [
    "Human Debt",
    "Execution Integrity",
    "Decision flow and everything that has been waited for",
    "Wiederherstellungsgeschwindigkeitsbegrenzung",
]


@st.composite
def some_cuts(draw: st.DrawFn) -> list[Cut]:
    """Bands as an instrument may have them: two to nine, anywhere, with short and long words."""
    starts = draw(st.sets(st.floats(0.1, 99.9).map(lambda x: round(x, 1)), min_size=1, max_size=8))
    a_word = st.sampled_from(
        ["on", "not evidenced", "comprehensively", "W" * 30, "of the first order in all"]
    )
    return [Cut(above, draw(a_word)) for above in (0.0, *sorted(starts))]


def kinds(drawing: Drawing) -> dict[str, int]:
    """Return how many shapes of each role a drawing has."""
    roles = [shape.role for shape in drawing.shapes]
    return {role: roles.count(role) for role in roles}


def assert_legible(drawing: Drawing) -> None:
    """No two lines of text overlap and none leaves the drawing."""
    for words in drawing.words:
        left, top, right, bottom = words.box
        assert left >= -0.01, words
        assert right <= drawing.width + 0.01, words
        assert top >= 0, words
        assert bottom <= drawing.height, words
    for one, other in combinations(drawing.words, 2):
        apart_sideways = one.box[2] <= other.box[0] + 0.01 or other.box[2] <= one.box[0] + 0.01
        apart_in_height = one.box[3] <= other.box[1] + 0.01 or other.box[3] <= one.box[1] + 0.01
        assert apart_sideways or apart_in_height, (one, other)


# --- item strip ---------------------------------------------------------------------------------


@given(a_count, a_count, a_count)
@example(0, 0, 1)
def test_a_strip_has_one_mark_for_each_item(sound: int, failing: int, unverified: int) -> None:
    drawn = strip(sound, failing, unverified)

    found = kinds(drawn)
    assert [found.get(role, 0) for role in ("sound", "failing", "unverified")] == [sound, failing, unverified]


@given(a_count, a_count, a_count, st.integers(1, 20))
def test_a_strip_wraps_inside_its_field(sound: int, failing: int, unverified: int, across: int) -> None:
    drawn = strip(sound, failing, unverified, across=across)

    assert drawn.width <= max(across, 1) * figures.PITCH
    assert all(0 < shape.at < drawn.width for shape in drawn.shapes if shape.role != "axis")


def test_the_three_kinds_of_mark_differ_without_colour() -> None:
    sound, failing, unverified = strip(1, 1, 1).shapes

    assert sound.paint["fill"] != "none"
    assert failing.paint["fill"] == unverified.paint["fill"] == "none"
    assert failing.path.count("l") == 2, "a failing mark is crossed"
    assert "l" not in unverified.path
    assert "stroke-dasharray" in unverified.paint
    assert "stroke-dasharray" not in failing.paint


@given(st.integers(1, 60), a_count, a_count)
def test_the_title_of_a_strip_says_its_counts(sound: int, failing: int, unverified: int) -> None:
    drawn = strip(sound, failing, unverified)

    assert drawn.title == f"{sound} sound, {failing} failing, {unverified} could not be verified"


def test_items_that_wait_are_neither_sound_nor_failing() -> None:
    drawn = strip(3, 0, 0, waiting=5)

    assert kinds(drawn) == {"sound": 3, "waiting": 5}
    assert drawn.title.endswith("5 not opened yet")


def test_no_item_at_all_is_not_drawn_as_a_zero() -> None:
    for drawn in (strip(0, 0, 0), tally(0, 0, 0).wide, tally(0, 0, 0).narrow, spread_bar(0, 0)):
        assert drawn.title == "nothing was looked at"
        assert not {"sound", "failing", "unverified"} & kinds(drawn).keys()


# --- one date, one step, one bar ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("quarters", "said"),
    [
        (4, "within 90 days"),
        (3, "91 to 135 days ago"),
        (2, "136 to 180 days ago"),
        (1, "181 to 360 days ago"),
        (0, "more than 360 days ago, or never"),
    ],
)
def test_a_date_known_by_its_quarters_says_the_span_they_mean(quarters: int, said: str) -> None:
    assert said in date_line(90, quarters=quarters).title


def test_a_missing_record_is_dotted_and_not_a_failing_mark() -> None:
    drawn = date_line(90, quarters=0, unverified=True)

    assert "unverified" in kinds(drawn)
    assert "failing" not in kinds(drawn)


@pytest.mark.parametrize("of", [2, 3, 5])
def test_one_step_is_chosen_or_all_are_dotted(of: int) -> None:
    for chosen in range(of):
        assert kinds(steps(chosen, of=of)) == {"chosen": 1, "step": of - 1} or of == 1
        assert f"Step {chosen + 1} of {of}" in steps(chosen, of=of).title
    assert kinds(steps(None, of=of)) == {"unverified": of}


@given(a_count, a_count, a_count, st.none() | st.floats(0, 1))
def test_the_target_of_a_bar_is_legible_wherever_it_lies(
    sound: int, failing: int, unverified: int, target: float | None
) -> None:
    assert_legible(spread_bar(sound, failing, unverified, target=target))


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 5000))
def test_the_bar_of_all_checks_is_legible_and_leaves_out_what_is_none(
    sound: int, failing: int, unverified: int
) -> None:
    drawn = tally(sound, failing, unverified)

    for each in (drawn.wide, drawn.narrow):
        assert_legible(each)
        if sound + failing + unverified:
            assert [w.text for w in each.words] == [
                f"{sound} sound",
                f"{failing} failing",
                f"{unverified} could not be verified",
            ]


# --- shares -------------------------------------------------------------------------------------


@st.composite
def a_comparison(draw: st.DrawFn) -> tuple[tuple[int, int], tuple[int, int], int]:
    """What was expected, what was found, and how much of that could not be verified."""
    of = draw(st.integers(1, 30))
    sound = draw(st.integers(0, of))
    asked = draw(st.integers(1, 30))
    return (draw(st.integers(0, asked)), asked), (sound, of), draw(st.integers(0, of - sound))


@given(a_comparison())
@example(((10, 10), (0, 10), 10))
@example(((7, 10), (7, 10), 0))
def test_a_dumbbell_sets_the_open_ring_where_it_was_expected_and_the_disc_where_it_was_found(
    compared: tuple[tuple[int, int], tuple[int, int], int],
) -> None:
    expected, found, unverified = compared
    drawn = dumbbell(expected, found, unverified=unverified)

    at = {shape.role: shape.at for shape in drawn.shapes}
    wide = drawn.width - 16
    assert at["expected"] == pytest.approx(8 + wide * expected[0] / expected[1])
    assert ("chosen" in at) == (unverified < found[1]), "what nobody could verify is no zero"
    if "chosen" in at:
        assert at["chosen"] == pytest.approx(8 + wide * found[0] / found[1])
    assert ("unverified" in at) == (unverified > 0)


@pytest.mark.parametrize(
    ("expected", "found", "unverified", "said"),
    [
        (
            (9, 10),
            (6, 10),
            2,
            "Less than expected: 9 of 10 expected, 6 of 10 found, 2 could not be verified",
        ),
        ((1, 2), (5, 10), 0, "As expected: 1 of 2 expected, 5 of 10 found"),
        ((1, 5), (3, 5), 0, "More than expected: 1 of 5 expected, 3 of 5 found"),
        ((4, 5), (0, 5), 5, "4 of 5 expected, none of 5 could be verified"),
    ],
)
def test_the_title_of_a_dumbbell_says_which_of_the_two_is_less(
    expected: tuple[int, int], found: tuple[int, int], unverified: int, said: str
) -> None:
    assert dumbbell(expected, found, unverified=unverified).title == said


def test_the_two_ends_of_a_dumbbell_differ_without_colour() -> None:
    ring, disc = (
        next(shape for shape in dumbbell((9, 10), (6, 10)).shapes if shape.role == role)
        for role in ("expected", "chosen")
    )

    assert "stroke" in ring.paint
    assert ring.paint["fill"] != disc.paint["fill"]
    assert "stroke" not in disc.paint


@given(st.integers(1, 40), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_an_exact_bar_holds_its_share_and_stays_inside(n: int, share: float, down: float, up: float) -> None:
    held = round(share * n)
    low, high = held / n * down, held / n + (1 - held / n) * up

    drawn = exact_bar(held, n, low, high, target=0.8)

    assert f"{held} of {n} held up" in drawn.title
    assert all(0 < shape.at < drawn.width for shape in drawn.shapes if shape.at)
    at = {shape.role: shape.at for shape in drawn.shapes}
    assert at["between"] == pytest.approx(8 + (drawn.width - 16) * held / n)
    assert at["step"] == pytest.approx(8 + (drawn.width - 16) * 0.8)


# --- the three readings -------------------------------------------------------------------------


@given(st.none() | a_point, st.none() | a_span(), st.none() | a_point)
@example(0, Span(0, 0, 0), 0)
@example(100, Span(100, 100, 100), 100)
@example(50, Span(50, 50, 50), 50)
@example(49.6, Span(50, 40, 60), 50.6)
@example(6, None, 94)
@example(None, None, None)
def test_the_words_of_the_scale_never_overlap(
    shown: float | None, likely: Span | None, claimed: float | None
) -> None:
    drawn = readings_scale(shown=shown, likely=likely, claimed=claimed, cuts=CUTS)

    assert_legible(drawn.wide)
    assert_legible(drawn.narrow)


@given(a_lane(), some_cuts())
@example(Lane("", "", 20, None, 80), [Cut(12.5 * i, "comprehensively") for i in range(8)])
def test_bands_of_any_number_and_words_are_drawn_legibly(lane: Lane, cuts: list[Cut]) -> None:
    scale = readings_scale(shown=lane.shown, likely=lane.likely, claimed=lane.claimed, cuts=cuts)
    lanes = interval_rows([lane, lane], cuts)

    for drawn in (scale.wide, scale.narrow, lanes.wide, lanes.narrow):
        assert_legible(drawn)
    said = "".join(words.text for words in scale.narrow.words).replace("-", "").replace(" ", "")
    assert all(cut.word.replace(" ", "") in said for cut in cuts)


@given(a_point, a_span(), a_point)
def test_each_reading_is_named_with_the_figure_that_is_printed(
    shown: float, likely: Span, claimed: float
) -> None:
    shown, claimed = sorted((shown, claimed))

    drawn = readings_scale(shown=shown, likely=likely, claimed=claimed, cuts=CUTS)

    for each in (drawn.wide, drawn.narrow):
        said = [words.text for words in each.words]
        for name, value in (("Shown", shown), ("Likely", likely.mean), ("Claimed", claimed)):
            assert f"{name} {figures.points(value)}" in said
    gap = figures.points(claimed) - figures.points(shown)
    assert any("taken on trust" in words.text for words in drawn.wide.words) == (gap > 0)
    assert f"{gap or 'No'} point" in drawn.title


def test_markers_stand_where_the_values_lie() -> None:
    drawn = readings_scale(shown=0, likely=Span(50, 25, 75), claimed=100, cuts=CUTS).wide

    at = {shape.role: shape.at for shape in drawn.shapes}
    assert at["shown"] == figures.MARGIN
    assert at["likely"] == drawn.width / 2
    assert at["claimed"] == drawn.width - figures.MARGIN


def test_a_withheld_reading_is_not_drawn_and_the_title_says_so() -> None:
    drawn = readings_scale(shown=6, likely=None, claimed=94, cuts=CUTS)

    assert not {"likely", "interval"} & kinds(drawn.wide).keys()
    assert "likely withheld" in drawn.title


def test_without_a_composite_the_scale_holds_no_marker() -> None:
    drawn = readings_scale(shown=None, likely=None, claimed=None, cuts=CUTS)

    assert not {"shown", "likely", "interval", "claimed"} & kinds(drawn.wide).keys()
    assert "No reading can be printed" in drawn.title


@given(st.lists(a_lane(), min_size=1, max_size=9), st.booleans())
def test_the_words_of_the_lanes_never_overlap(lanes: list[Lane], chained: bool) -> None:
    drawn = interval_rows(lanes, CUTS, chained=chained)

    assert_legible(drawn.wide)
    assert_legible(drawn.narrow)
    assert all(lane.name in drawn.title for lane in lanes)


# --- placing and measuring ----------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(-50, 350), st.floats(5, 40)), min_size=1, max_size=5))
def test_labels_are_put_apart_in_order_and_inside(wishes: list[tuple[float, float]]) -> None:
    wanted, rooms = zip(*wishes, strict=True)

    centres = apart(wanted, rooms, 0, 300)

    assert centres[0] - rooms[0] / 2 >= -1e-6
    assert centres[-1] + rooms[-1] / 2 <= 300 + 1e-6
    for i in range(len(centres) - 1):
        between = centres[i + 1] - rooms[i + 1] / 2 - centres[i] - rooms[i] / 2
        assert between >= 8 - 1e-6


def test_labels_that_have_room_stay_where_they_want_to_be() -> None:
    assert apart([50, 150, 250], [20, 20, 20], 0, 300) == [50, 150, 250]


def test_labels_that_cannot_fit_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="3 labels need more than 50 pixels"):
        apart([10, 20, 30], [20, 20, 20], 0, 50)


@pytest.mark.parametrize("weight", ["Regular", "SemiBold"])
def test_no_letter_needs_more_room_than_is_reckoned(weight: str) -> None:
    font = TTFont(ROOT / f"static/fonts/paper/Inter-{weight}.ttf")
    advance, units = font["hmtx"], font["head"].unitsPerEm

    for code, glyph in font.getBestCmap().items():
        if 32 <= code < 0x180:
            assert advance[glyph][0] / units <= width_of(chr(code), 1.0), chr(code)
