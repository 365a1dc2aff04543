"""The words that ship: our own, complete, in one spelling, and each page with its way in and its way out."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from assessment.content.library import Library, read_library
from assessment.content.pages.page import Page
from assessment.settings import ROOT

SHIPPED = ROOT / "content"
TEXTS = sorted(SHIPPED.rglob("*.md"))

# The owner's page, as the hash of every five words in a row: the text itself is not kept here.
SEED_RUNS = frozenset((Path(__file__).parent / "seed_runs.txt").read_text().split())
LABELS = frozenset(
    "human technical execution debt integrity precursor predictor value realisation pods and is the".split()
)

OWNER = "https://duenablomstrom.com"
APPLIED = "https://peoplenottech.com"


@pytest.fixture(scope="module")
def shipped() -> Library:
    """The content of the site itself."""
    return read_library(SHIPPED)


# --- our own words --------------------------------------------------------------------------------


def runs_of_five(text: str) -> set[str]:
    """Return the hash of every five consecutive words; addresses are no words, names and labels are free."""
    plain = re.sub(
        r"(?:https?://)?(?:[a-z]+\.)+(?:com|io)(?:/[\w/-]*)?",
        " ",
        text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"),
    )
    words = re.findall(r"[a-z0-9]+(?:'[a-z]+)?", plain)
    fives = (words[i : i + 5] for i in range(len(words) - 4))
    return {
        hashlib.sha256(" ".join(five).encode()).hexdigest()[:16]
        for five in fives
        if not LABELS.issuperset(five)
    }


def without_markup(text: str) -> str:
    """Return a template without its tags, as a reader sees it."""
    return re.sub(r"<[^>]*>|\{[{%#].*?[}%#]\}", " ", text, flags=re.DOTALL)


def test_no_five_words_in_a_row_are_those_of_the_owners_page():
    """In pages, questions, terms, the wording of the instrument, templates and what the program says."""
    paths = [
        *TEXTS,
        *SHIPPED.rglob("*.toml"),
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "assessment").rglob("*.py"),
    ]

    borrowed = []
    for path in paths:
        text = path.read_text("utf-8")
        if (runs_of_five(text) | runs_of_five(without_markup(text))) & SEED_RUNS:
            borrowed.append(path.relative_to(ROOT).as_posix())

    assert len(SEED_RUNS) > 480
    assert borrowed == []


def test_the_comparison_finds_five_words_whatever_stands_between_them():
    five = hashlib.sha256(b"it's bread that we bake").hexdigest()[:16]

    assert five in runs_of_five("And it\N{RIGHT SINGLE QUOTATION MARK}s *bread*, that we\nbake.")
    assert five in runs_of_five(without_markup("<p>It's <b class=x>bread</b> that {# - #}we bake</p>"))
    assert five not in runs_of_five("It's https://bread.example.com that we bake")


def test_names_and_labels_alone_are_nobodys_sentence():
    assert runs_of_five("[[human-debt]] is the precursor, Execution Debt the predictor") == set()
    assert len(runs_of_five("Human Debt is the beginning")) == 1


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_page_names_no_sum_of_money_and_no_loss_in_per_cent(path: Path):
    words = path.read_text("utf-8")

    assert not re.search(r"[€£$]\s?\d|\bEUR\b|\bUSD\b|\d\s?%", words)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_page_is_written_in_british_spelling(path: Path):
    american = (
        r"\b(?:organiz|recogniz|realiz|analyz|behavior|center\b|color\b|favor|judgment|program\b|labor\b)\w*"
    )

    assert not re.search(american, path.read_text("utf-8"), re.IGNORECASE)


def test_no_page_claims_a_simulation_that_does_not_ship():
    texts = [path.read_text("utf-8") for path in (*TEXTS, *(ROOT / "docs").rglob("*.md"))]

    claimed = any("simulat" in each.lower() for each in texts)

    assert (ROOT / "tests" / "simulation").is_dir() >= claimed


# --- complete -------------------------------------------------------------------------------------


def test_a_description_is_as_long_as_search_results_show(shipped: Library):
    lengths = {page.url: len(page.head.description) for page in shipped.pages.values()}

    assert {url: length for url, length in lengths.items() if not 80 <= length <= 160} == {}


def test_an_answer_is_short_and_no_single_line(shipped: Library):
    words = {each.anchor: len(re.sub(r"<[^>]+>", " ", each.html).split()) for each in shipped.faq}

    assert {anchor: count for anchor, count in words.items() if not 40 <= count <= 110} == {}


# --- the way in -----------------------------------------------------------------------------------


def led_to(html: str) -> list[str]:
    """Return the page behind every link of a text that stays on the site."""
    return re.findall(r'href="(/[^"#]*)', html)


def test_every_page_is_found_by_links_from_the_menu_the_footer_or_a_text(shipped: Library):
    questions = "".join(each.html for each in shipped.faq)
    waiting = ["/", *(entry.url for entry in shipped.site.links())]
    found: set[str] = set()
    while waiting:
        url = waiting.pop()
        if url in shipped.pages and url not in found:
            found.add(url)
            page = shipped.pages[url]
            waiting += led_to(page.html + (questions if page.head.layout == "faq" else ""))

    assert shipped.pages.keys() - found == set()


def path_of(page: Page) -> set[str]:
    """Return the pages that the reading path of a page leads to."""
    (path,) = [part for part in page.parts if re.match(r"<h2[^>]*>A path ", part)]
    return set(led_to(path))


@pytest.mark.parametrize("reader", ["boards", "leaders", "engineers"])
def test_a_reader_has_a_path_of_at_least_five_pages(shipped: Library, reader: str):
    path = path_of(shipped.pages[f"/for/{reader}/"])

    assert path <= {*shipped.pages, "/sample-report/"}
    assert len(path) >= 5


# --- the way out ----------------------------------------------------------------------------------


def test_a_page_of_the_framework_leads_to_where_its_owner_says_it(shipped: Library):
    sources = {
        "lineage": f"{OWNER}/concepts/framework",
        "human-debt": f"{OWNER}/concepts/framework",
        "technical-debt": f"{APPLIED}/technical-debt-is-not-just-technical",
        "decision-visibility": f"{APPLIED}/execution-debt",
        "execution-debt": f"{OWNER}/what-is-execution-debt",
        "execution-integrity": f"{OWNER}/what-is-execution-integrity",
        "what-is-lost": f"{APPLIED}/execution-integrity",
        "execution-pods": f"{OWNER}/what-are-execution-pods",
        "human-machine-intelligence": f"{OWNER}/human-machine-intelligence",
        "in-practice": f"{OWNER}/concepts/framework",
    }

    section = {page.url: page.html for page in shipped.section("/framework/")}

    assert section.keys() == {"/framework/", *(f"/framework/{name}/" for name in sources)}
    for name, source in sources.items():
        assert f'href="{source}"' in section[f"/framework/{name}/"], name


@pytest.mark.parametrize(
    "url",
    [
        f"{OWNER}/concepts/framework",
        f"{OWNER}/what-is-execution-debt",
        f"{OWNER}/what-are-execution-pods",
        f"{OWNER}/field-guide",
        APPLIED,
        f"{APPLIED}/human-debt-diagnostic/execution-risk-pre-scan",
        f"{APPLIED}/human-debt-diagnostic/execution-risk-diagnostic",
        f"{APPLIED}/solutions",
        f"{APPLIED}/developerinsights",
        "https://techledculture.com",
        "https://bienestarly.com",
        "https://bienestarly.com/en/toolkits",
        "https://aiadoptionperformance.com",
        "https://humanagents.io",
    ],
)
def test_the_page_of_next_steps_leads_to_every_destination_of_the_owner(shipped: Library, url: str):
    assert url in shipped.site.addresses.values()
    assert f'href="{url}"' in shipped.pages["/next-steps/"].html
