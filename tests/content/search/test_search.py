"""The search, over a few texts of its own: which words are one, what ranks above what, what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.content.library import read_library
from assessment.content.pages.markup import Html
from assessment.content.search.asked import LONGEST, MOST_WORDS
from assessment.content.search.excerpt import LENGTH, excerpt
from assessment.content.search.index import MOST_HITS, Found, Index
from assessment.content.search.near import Vocabulary, slips_between
from assessment.content.search.texts import Document, Kind, Section, documents
from assessment.content.search.words import stem
from assessment.settings import ROOT


def some_document(url: str, title: str, text: str, kind: Kind = "page", **headings: str) -> Document:
    """Return a document with a section for each heading: its anchor, and its text."""
    others = (Section(anchor, anchor.replace("_", " "), said) for anchor, said in headings.items())
    return Document(url, title, kind, f"About {title}.", (Section("", "", text), *others))


def an_index(*documents: Document, same: Iterable[tuple[str, ...]] = ()) -> Index:
    return Index(documents, tuple(same))


def urls(found: Found) -> list[str]:
    return [hit.url for hit in found.hits]


BREAD = some_document("/bread/", "Bread", "Flour, water and salt. The baker kneads it.", oven="Hot stones.")
CAKE = some_document("/cake/", "Cake", "Sugar and flour, and eggs. A sample for everyone.")
KITCHEN = some_document("/kitchen/", "The kitchen", "Where organisations of bakers colour their planning.")


# --- which words are one ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forms",
    [
        "report reports reported reporting",
        "verify verifies verified verifying",
        "organisation organization organisations",
        "organise organize organised organizing",
        "behaviour behavior behaviours",
        "labour labor",
        "modelling modeling models modelled modeled",
        "centre center centres",
        "defence defense",
        "diagnosis diagnoses diagnose diagnosed",
        "cookie cookies",
        "planning planned plans",
    ],
)
def test_the_forms_of_a_word_are_one_word(forms: str):
    assert len({stem(form) for form in forms.split()}) == 1


def test_other_words_stay_other_words():
    words = "hour our four done down score source human report resort board bread use us".split()

    assert len({stem(word) for word in words}) == len(words)


def plainly_between(one: str, other: str) -> int:
    """Count slips without any shortcut: a table of all beginnings against all beginnings."""
    table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            ways = [
                table[i - 1, j] + 1,
                table[i, j - 1] + 1,
                table[i - 1, j - 1] + (one[i - 1] != other[j - 1]),
            ]
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                ways.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(ways)
    return table[len(one), len(other)]


@given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 3))
def test_slips_are_counted_as_the_whole_table_counts_them(one: str, other: str, most: int):
    assert min(slips_between(one, other, most), most + 1) == min(plainly_between(one, other), most + 1)


@given(st.data())
def test_no_word_that_is_near_enough_is_missed(data: st.DataObject):
    held = data.draw(st.dictionaries(st.text("abcdef", min_size=3, max_size=10), st.just(1), min_size=1))
    typed = data.draw(st.text("abcdef", min_size=1, max_size=10))
    most = 2 if len(typed) >= 8 else 1 if len(typed) >= 4 else 0
    distances = {word: plainly_between(typed, word) for word in held}
    nearest = min(distances.values())

    near = Vocabulary(held).near(typed)

    enough = nearest <= most and most > 0
    assert set(near) == ({word for word, far in distances.items() if far == nearest} if enough else set())


# --- what is found ----------------------------------------------------------------------------------


def test_the_title_counts_more_than_a_mention():
    about = some_document("/salt/", "Salt", "White, and from the sea.")

    assert urls(an_index(BREAD, about).find("salt")) == ["/salt/", "/bread/"]


def test_a_rare_word_counts_more_than_a_common_one():
    rare, common = some_document("/a/", "A", "yeast"), some_document("/b/", "B", "flour flour flour")

    assert urls(an_index(rare, common, BREAD, CAKE).find("flour yeast"))[0] == "/a/"


def test_words_that_stand_together_count_more_than_words_apart():
    apart = some_document("/apart/", "One", "", here="Sugar, as it is.", there="Salt, as it was.")
    together = some_document(
        "/together/", "Two", "", here="Sugar and salt.", there="Not much else, however long it is."
    )

    assert urls(an_index(apart, together, CAKE, KITCHEN).find("sugar salt"))[0] == "/together/#here"


def test_what_has_all_the_words_stands_above_what_has_one_of_them():
    both = some_document("/both/", "Notes", "There is sugar, and there is salt in it, among much else.")

    assert urls(an_index(BREAD, CAKE, both).find("sugar salt"))[0] == "/both/"


def test_a_word_as_it_was_typed_is_never_taken_for_another():
    found = an_index(
        some_document("/a/", "Resort", "Resort."), some_document("/b/", "Report", "Report.")
    ).find("resort")

    assert urls(found) == ["/a/"]
    assert found.asked.taken_for == ""


@pytest.mark.parametrize("typed", ["sampel", "smaple", "sam", "Sample", "samples", "SAMPLE!"])
def test_a_slip_a_beginning_and_another_form_are_found(typed: str):
    assert urls(an_index(BREAD, CAKE).find(typed)) == ["/cake/"]


def test_what_was_mended_is_told():
    asked = an_index(BREAD, CAKE).find("What is bred, sampel?").asked

    assert asked.taken_for == "What is bread, sample?"


def test_the_longer_a_word_the_more_slips_are_mended():
    index = an_index(BREAD, some_document("/melon/", "Watermelon", "Green outside."))

    assert urls(index.find("wattermellon it is")) == ["/melon/"]
    assert urls(index.find("wattermelllon it is")) == []
    assert urls(index.find("flor it is")) == ["/bread/"]
    assert urls(index.find("flr it is")) == []


def test_of_two_words_that_are_near_the_one_is_meant_that_stands_beside_the_others():
    index = an_index(
        some_document("/boat/", "Boat", "A sail on the sea, a sail in the wind."),
        some_document("/house/", "House", "For sale by the sea."),
        some_document("/shop/", "Shop", "Sale and sail, again and again."),
    )

    assert index.find("house sael").asked.taken_for == "house sale"
    assert index.find("boat sael").asked.taken_for == "boat sail"


def test_words_that_were_run_together_or_pulled_apart_are_found():
    index = an_index(BREAD, some_document("/melon/", "Watermelon", "Green outside."))

    assert index.find("flourwater").asked.taken_for == "flour water"
    assert urls(index.find("water melon")) == ["/melon/"]
    assert urls(index.find("water-melon")) == ["/melon/"]


def test_british_and_american_spelling_find_the_same():
    index = an_index(BREAD, CAKE, KITCHEN)

    assert urls(index.find("organization color")) == urls(index.find("organisation colour")) == ["/kitchen/"]


def test_a_word_that_stands_for_another_finds_it_below_the_word_itself():
    index = an_index(
        some_document("/tech/", "Tech", "Tools."),
        some_document("/technical/", "Technical", "Tools."),
        same=[("tech", "technical")],
    )

    assert urls(index.find("tech")) == ["/tech/", "/technical/"]
    assert urls(index.find("technical")) == ["/technical/", "/tech/"]


def test_what_questions_are_made_of_finds_nothing_beside_another_word():
    assert urls(an_index(BREAD, KITCHEN).find("where is the salt")) == ["/bread/"]
    assert urls(an_index(BREAD, KITCHEN).find("where is the xylophone")) == []
    assert urls(an_index(BREAD, KITCHEN).find("where")) == ["/kitchen/"]


def test_a_word_that_nothing_has_is_told():
    found = an_index(BREAD, CAKE).find("xylophone flour")

    assert found.asked.unknown == ("xylophone",)
    assert urls(found) == ["/cake/", "/bread/"] or urls(found) == ["/bread/", "/cake/"]


def test_a_result_leads_to_the_section_that_says_it():
    hit = an_index(BREAD, CAKE).find("hot stones").hits[0]

    assert (hit.url, hit.title, hit.section) == ("/bread/#oven", "Bread", "oven")


def test_no_more_is_answered_than_anyone_reads():
    many = [some_document(f"/{n}/", f"Page {n}", "flour") for n in range(MOST_HITS + 5)]

    assert len(an_index(*many).find("flour").hits) == MOST_HITS


def test_an_index_of_nothing_finds_nothing():
    assert an_index().find("bread").hits == ()


# --- what is shown ----------------------------------------------------------------------------------


def test_the_words_that_were_found_are_pieces_of_their_own_in_every_form():
    pieces = an_index(KITCHEN).find("baker planned").hits[0].excerpt

    assert [each.text for each in pieces if each.found] == ["bakers", "planning"]
    assert "".join(each.text for each in pieces) == KITCHEN.sections[0].text


def test_an_excerpt_holds_the_part_where_the_words_stand_together():
    text = "Salt. " + "Nothing of it here. " * 40 + "Then salt meets sugar. " + "And nothing again. " * 40

    pieces = excerpt(text, {"salt": 1.0, "sugar": 1.0})

    assert [each.text for each in pieces if each.found] == ["salt", "sugar"]
    assert sum(len(each.text) for each in pieces) <= LENGTH + len("…  …")


@given(st.text("ab .\n", max_size=1_000), st.sets(st.sampled_from(["a", "b", "ab", "aab"])))
def test_an_excerpt_is_part_of_its_text(text: str, wanted: set[str]):
    pieces = excerpt(text, dict.fromkeys(wanted, 1.0))

    whole = "".join(each.text for each in pieces).removeprefix("… ").removesuffix(" …")
    assert whole.replace(" · ", "\n") in text


# --- whatever is typed ------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_anything_may_be_typed(typed: str):
    found = an_index(BREAD, CAKE, KITCHEN).find(typed)

    assert len(found.asked.text) <= LONGEST
    assert found.asked.text.encode().decode() == found.asked.text


@pytest.mark.parametrize(
    "typed",
    ["a" * 200_000, "a" * 201, "flour " * 1_000, "flour " * 13, " " * 200_000 + "flour", "‮flour" * 900],
)
def test_what_is_too_long_is_cut_and_says_so(typed: str):
    asked = an_index(BREAD).find(typed).asked

    assert asked.was_cut
    assert len(asked.text.split()) <= MOST_WORDS


def test_what_just_fits_is_not_cut():
    for typed in ("a" * LONGEST, "flour " * MOST_WORDS):
        assert not an_index(BREAD).find(typed).asked.was_cut


def test_the_words_of_a_drawing_are_not_found_twice():
    library = read_library(ROOT / "content")
    drawn = "<p>Open it. <svg><title>Five hold</title></svg> Count.</p>"
    question = replace(library.faq[0], html=Html(drawn))

    [found] = [each for each in documents(library.pages, (question,), {}, ()) if each.kind == "question"]

    assert found.sections[0].text == "Open it. Count."


def test_a_slip_anywhere_in_a_long_word_is_mended():
    word = "watermelon"
    index = an_index(some_document("/melon/", "Watermelon", "Green outside."), BREAD, CAKE)

    for at in range(len(word)):
        for wrong in (
            f"{word[:at]}x{word[at:]}",
            f"{word[:at]}x{word[at + 1 :]}",
            word[:at] + word[at + 1 :],
        ):
            assert urls(index.find(f"the {wrong} please")) == ["/melon/"], wrong
