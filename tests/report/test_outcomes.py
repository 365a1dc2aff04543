"""Every outcome that a report can have, on paper: accessible, whole, in our fonts, and not too long.

`make test` sets some of them, `make test-all` every one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import pytest
from pypdf import PdfReader

from assessment.content.library import Library, read_library
from assessment.core.instrument import Instrument
from assessment.core.interchange import sha256
from assessment.core.reach import pattern_states, reaches
from assessment.core.reassessment import Obstacle
from assessment.core.result import Verdict
from assessment.report import document, sections
from assessment.report.pool import Pool
from tests import scale
from tests.another import KEY, another, content_beside
from tests.report import made
from tests.report.examined import faults
from tests.report.outcomes import Gone, Recipe, kinds, recipes

PAGES_AT_MOST = {"longest texts": 75, "letters of other scripts": 40}
SHORTEST, LONGEST = 3, 32

# No estimate is certain, however much was seen.
CERTAIN = re.compile(r"probability (of )?100|strength 1\.00")

# Of each instrument, those in which the most goes together.
SOME = (
    "full: 0% held, on Letter",
    "full: rose since a shorter form of a smaller team",
    "quick: letters of other scripts",
    "pre-scan: longest texts",
    "inspection: believed to be better",
    "glance: too much not verified",
)


@cache
def known() -> dict[str, Recipe]:
    """Return every recipe of both instruments, by name."""
    both = made.instrument(), another()
    return {name: each for pair in (both, both[::-1]) for name, each in recipes(*pair)}


@cache
def result(name: str) -> dict[str, Any]:
    return known()[name].result()


def names() -> list[str]:
    return [name for name in known() if name in SOME or scale.is_searched_longer()]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Children that set the papers."""
    pool = Pool(document.ASSETS, limits=made.PATIENT)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The content that ships, with another instrument beside the one that does."""
    return read_library(content_beside(tmp_path_factory.mktemp("both")))


@pytest.mark.parametrize("instrument", [made.instrument(), another()], ids=lambda each: each.key)
def test_the_recipes_come_to_every_outcome(instrument: Instrument) -> None:
    found = set[tuple[str, ...]]()
    for name, recipe in known().items():
        found |= kinds(result(name)) if recipe.instrument.key == instrument.key else set()

    constants = instrument.constants
    assert {each for kind, each, *_ in found if kind == "awarded"} >= {each.id for each in constants.bands}
    assert {each for kind, each, *_ in found if kind == "confidence"} >= set(constants.confidence.levels)
    rules = {str(instrument.rules[each.rule].number) for each in reaches(instrument) if each.case}
    assert {each for kind, each, *_ in found if kind == "rule"} == rules
    assert {each for kind, each, *_ in found if kind == "change"} == set(get_args(Verdict))
    obstacles = {*get_args(Obstacle), *get_args(Gone)} - {"nothing"}  # then too little was answered, too
    assert {each for kind, each, *_ in found if kind == "not comparable"} == obstacles
    for form in instrument.forms:
        assert ("gate", "closed", form.id) in found
        assert ("gate", "open", form.id) in found
        for pattern, state in {} if form.from_memory else pattern_states(instrument, form.id).items():
            assert state == "not asked" or ("pattern", pattern, state, form.id) in found, (pattern, state)
        for name, indicator in instrument.asked(form.id).items():
            for reason in indicator.not_applicable:
                assert ("not applicable", form.id, name, reason) in found


@pytest.mark.parametrize("name", names())
def test_every_outcome_is_a_whole_paper(name: str, pool: Pool, both: Library, tmp_path: Path) -> None:
    recipe, found = known()[name], result(name)
    library = both if recipe.instrument.key == KEY else made.library()
    told = sections.told(
        found, recipe.instrument, library, base_address=made.BASE, code=made.CODE, sha256=sha256(found)
    )
    html = document.html(told, recipe.size)

    pdf = pool.make(html)

    assert faults(pdf, html, tmp_path) == []
    assert not CERTAIN.search(html)
    most = next((pages for part, pages in PAGES_AT_MOST.items() if part in name), LONGEST)
    assert SHORTEST <= len(PdfReader(BytesIO(pdf)).pages) <= most
