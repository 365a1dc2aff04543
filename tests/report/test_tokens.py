"""Colours: legible in both modes by computation, and the same on paper as on screen."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from assessment.report import figures

STYLES = Path(__file__).resolve().parents[2] / "static/css"
TOKENS = (STYLES / "tokens.css").read_text()
OKLCH = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([a-z-]+): light-dark\((oklch\([^)]+\)), (oklch\([^)]+\))\)", TOKENS
    )
}
MODES = ("light", "dark")


def linear(colour: str) -> tuple[float, float, float]:
    """Return an oklch colour as linear sRGB, each channel held to 0..1."""
    match = re.fullmatch(OKLCH, colour)
    assert match, colour
    lightness, chroma, hue = (float(part) for part in match.groups())
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    red, green, blue = (min(max(channel, 0.0), 1.0) for channel in channels)
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 reckons it, 1 to 21."""
    luminances = sorted(
        0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (linear(one), linear(other))
    )
    return (luminances[1] + 0.05) / (luminances[0] + 0.05)


def test_black_on_white_has_the_contrast_that_is_known() -> None:
    assert contrast("oklch(0 0 0)", "oklch(1 0 0)") == pytest.approx(21, abs=0.01)


@pytest.mark.parametrize("mode", [0, 1], ids=MODES)
@pytest.mark.parametrize("ground", ["paper", "card", "sunk"])
@pytest.mark.parametrize("text", ["ink", "soft", "link", "sound", "failing", "claimed", "likely-ink"])
def test_text_is_legible(text: str, ground: str, mode: int) -> None:
    assert contrast(COLOURS[text][mode], COLOURS[ground][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=MODES)
def test_buttons_are_legible(mode: int) -> None:
    assert contrast(COLOURS["on-action"][mode], COLOURS["action"][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=MODES)
@pytest.mark.parametrize("ground", ["paper", "card"])
@pytest.mark.parametrize("mark", ["edge", "focus", "sound", "failing", "unverified", "claimed", "shown"])
def test_marks_and_outlines_can_be_seen(mark: str, ground: str, mode: int) -> None:
    assert contrast(COLOURS[mark][mode], COLOURS[ground][mode]) >= 3


@pytest.mark.parametrize("mode", [0, 1], ids=MODES)
@pytest.mark.parametrize("marker", ["likely-ink", "shown"])
def test_markers_stand_out_from_the_bar_they_lie_on(marker: str, mode: int) -> None:
    assert contrast(COLOURS[marker][mode], COLOURS["likely"][mode]) >= 3


def test_figures_on_paper_have_the_light_colours_of_the_tokens() -> None:
    painted = {
        value for paint in figures.PAINT.values() for value in paint.values() if value.startswith("oklch")
    }

    assert painted <= {light for light, _ in COLOURS.values()}
    assert COLOURS["sound"][0] == figures.SOUND
    assert COLOURS["failing"][0] == figures.FAILING
    assert COLOURS["claimed"][0] == figures.CLAIMED


def test_every_role_of_a_figure_is_repainted_on_screen() -> None:
    sheet = (STYLES / "figures.css").read_text()

    for role in figures.PAINT:
        assert f".fig-{role}" in sheet


@pytest.mark.parametrize("sheet", ["tokens.css", "paper.css"])
def test_what_paper_reads_holds_nothing_that_its_renderer_lacks(sheet: str) -> None:
    plain = re.sub(r"/\*.*?\*/", "", (STYLES / sheet).read_text(), flags=re.DOTALL)

    for lacking in ("color-mix(", "clamp(", "@supports", "@container"):
        assert lacking not in plain


def test_no_sheet_forces_its_way() -> None:
    for sheet in STYLES.glob("*.css"):
        assert "!important" not in sheet.read_text(), sheet.name
