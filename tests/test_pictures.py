"""The pictures of pages: drawn whole, with every word on them, the same each time; one for each page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFont

from assessment import jobs, papers, pictures
from assessment.app import bare_app, create_app
from assessment.content.library import read_library
from assessment.pictures import HEIGHT, MARGIN, WIDTH, Card, Line
from assessment.settings import ROOT
from assessment.store import database
from tests.conftest import some_settings
from tests.report.test_tokens import COLOURS, linear

LIBRARY = read_library(ROOT / "content")
CARDS = pictures.cards(LIBRARY)
SITE = LIBRARY.site.name
LONG = Card(SITE, "Why does nobody see that it is late? " * 8, "To verify what was declared, open it. " * 6)
ONE_WORD = Card(SITE, "verification" * 12, "x" * 200, (5, 4, 1))


def box(line: Line) -> tuple[float, float, float, float]:
    """Return where the ink of a line lies: left, top, right, bottom."""
    font = ImageFont.truetype(pictures.FONTS / line.font, line.size, layout_engine=ImageFont.Layout.BASIC)
    left, top, right, bottom = font.getbbox(line.words, anchor="ls")
    return line.x + left, line.base + top, line.x + right, line.base + bottom


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def holds_every_word(card: Card) -> bool:
    """Do the lines above the rule say, in their order, all that is on the card?"""
    said = "".join(line.words for line in pictures.lines(card) if line.base < pictures.RULE_AT)
    return said.replace(" ", "") == "".join(f"{card.site} {card.title} {card.text}".split())


def is_inside(card: Card) -> bool:
    """Does the ink of every line lie between the margins, and that of the text above the rule?"""
    return all(
        box(line)[0] >= MARGIN - 4
        and box(line)[2] <= WIDTH - MARGIN + 2
        and (box(line)[3] < pictures.RULE_AT or line.base > pictures.RULE_AT)
        for line in pictures.lines(card)
    )


def test_items_of_an_illustration_are_said_to_be_made_up_beside_what_marks_mean() -> None:
    for card in (LONG, replace(LONG, items=(6, 3, 1))):
        row = [line for line in pictures.lines(card) if line.base > pictures.RULE_AT]

        assert [line.words for line in row][-3:] == ["sound", "failing", "could not be verified"]
        assert [line.words for line in row][:-3] == (["(made up)"] if any(card.items) else [])
        assert all(box(left)[2] + 40 < box(right)[0] for left, right in pairwise(row))


# --- what is drawn --------------------------------------------------------------------------------


def test_every_page_has_a_picture_of_its_own_with_all_its_words_inside_it() -> None:
    assert CARDS.keys() == {*LIBRARY.pages, "/sample-report/"}
    assert len({card.name for card in CARDS.values()}) == len(CARDS)
    for url, card in CARDS.items():
        assert card.title
        assert holds_every_word(card), url
        assert is_inside(card), url


def test_a_picture_has_the_size_that_others_ask_for() -> None:
    for card in (*CARDS.values(), LONG, ONE_WORD):
        drawn = opened(pictures.draw(card))

        assert (drawn.format, drawn.size) == ("PNG", (1200, 630)) == ("PNG", (WIDTH, HEIGHT))


def test_the_same_words_give_the_same_bytes_and_other_words_another_name() -> None:
    assert pictures.draw(LONG) == pictures.draw(LONG)
    others = (ONE_WORD, Card(SITE, LONG.title, ""), Card(SITE, "", LONG.text), replace(LONG, items=(6, 3, 1)))
    assert len({LONG.name, *(card.name for card in others)}) == 5


def test_words_of_any_length_stay_inside() -> None:
    for card in (LONG, ONE_WORD):
        assert holds_every_word(card)
        assert is_inside(card)


@given(
    st.text(st.sampled_from("aWi. "), max_size=900).map(str.strip),
    st.text(st.sampled_from("aWi. "), max_size=200).map(str.strip),
)
@examples(max_examples=15)
def test_no_title_is_cut_off(title: str, text: str) -> None:
    card = Card(SITE, title, text)

    assert holds_every_word(card)
    assert is_inside(card)


def test_lines_of_a_text_do_not_overlap() -> None:
    for card in (*CARDS.values(), LONG):
        text = [line for line in pictures.lines(card) if line.x == MARGIN and line.base < pictures.RULE_AT]

        for above, below in pairwise(text):
            assert below.base - above.base >= below.size


def test_the_fonts_have_every_letter_that_a_page_puts_on_its_picture() -> None:
    for name in (pictures.SERIF, pictures.PLAIN, pictures.BOLD):
        known = TTFont(pictures.FONTS / name).getBestCmap()
        said = "".join(
            line.words for card in CARDS.values() for line in pictures.lines(card) if line.font == name
        )
        assert [letter for letter in set(said) if ord(letter) not in known] == []


def test_the_colours_are_those_of_the_site_in_the_light() -> None:
    drawn = opened(pictures.draw(CARDS["/"]))

    assert drawn.getpixel((2, 2)) == tuple(round(255 * _curved(each)) for each in linear(COLOURS["paper"][0]))
    assert pictures.PAPER == COLOURS["paper"][0]
    assert pictures.RULE == COLOURS["rule"][0]


def _curved(each: float) -> float:
    return 12.92 * each if each <= 0.0031308 else 1.055 * each ** (1 / 2.4) - 0.055


# --- where they are kept --------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path, migrated: Path) -> Iterator[Flask]:
    """A site with an instance folder in which nothing is drawn."""
    app = create_app(some_settings(tmp_path / "instance"))
    yield app
    with app.app_context():
        database.db.engine.dispose()


@pytest.fixture
def reader(site: Flask) -> FlaskClient:
    return site.test_client()


def test_before_a_picture_is_drawn_the_marks_stand_in_for_it(reader: FlaskClient) -> None:
    for card in CARDS.values():
        answer = reader.get(f"/pictures/{card.name}")

        assert (answer.status_code, answer.mimetype) == (200, "image/png")
        assert answer.headers["Cache-Control"] == "public, max-age=300"
    drawn = opened(pictures.draw(Card("", "", "")))
    assert ImageChops.difference(opened(answer.data), drawn).getbbox() is None  # drawn by the product, too


def test_the_back_room_draws_each_once_and_forgets_those_of_other_words(
    site: Flask, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = site.config["SETTINGS"]
    cards = {url: CARDS[url] for url in ("/", "/faq/")}
    monkeypatch.setattr(pictures, "cards", lambda library: cards)
    folder = settings.instance / pictures.FOLDER
    folder.mkdir(parents=True)
    (folder / "0123456789abcdef.png").write_bytes(b"of other words")
    without_sample = replace(LIBRARY, sample=None)
    room = jobs.BackRoom(site, lambda report: b"", once=list(papers.made_once(without_sample, settings)))

    room.make_once()

    assert {path.name for path in folder.iterdir()} == {card.name for card in cards.values()}
    assert room.once == []
    answer = reader.get(f"/pictures/{cards['/'].name}")
    assert answer.data == pictures.draw(cards["/"])
    assert answer.headers["Cache-Control"] == f"public, max-age={30 * 86400}"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers


def test_what_is_no_picture_of_a_page_is_not_found(reader: FlaskClient) -> None:
    for name in ("0123456789abcdef.png", "..%2Fsecret_key", "x"):
        assert reader.get(f"/pictures/{name}").status_code == 404


def test_the_command_draws_them_without_the_back_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "cards", lambda library: {"/": CARDS["/"]})

    done = CliRunner().invoke(bare_app().cli, ["content", "pictures"], env={"INSTANCE": str(tmp_path)})

    assert (done.exit_code, done.output.partition(" in ")[0]) == (0, "1 pictures")
    assert (tmp_path / "pictures" / CARDS["/"].name).read_bytes() == pictures.draw(CARDS["/"])
