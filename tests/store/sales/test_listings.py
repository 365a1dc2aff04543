"""The list of the desk: every row that fits, once, the newest first, however it is narrowed and paged."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from assessment.store import keys
from assessment.store.database import reading
from assessment.store.sales import listings, notes, people
from assessment.store.sales.indexing import words_of
from assessment.store.sales.listings import NOBODY, Filters, Listed
from assessment.store.sales.models import ListingWord
from tests.listed import list_many
from tests.report.made import instrument
from tests.scale import scaled

COUNT = 240


@pytest.fixture
def listed(memory: Flask) -> str:
    """A memory with many listings; return the id of who owns some of them."""
    owner = people.add(email="ada@example.org", name="Ada", role="sales", password="", by="command").id
    list_many(memory, COUNT, person_id=owner, instrument=instrument())
    return owner


def paged(filters: Filters, size: int = 7) -> Iterator[Listed]:
    """Yield every row, page by page."""
    after = None
    while True:
        page = listings.page(filters, after=after, size=size)
        assert len(page.rows) <= size
        yield from page.rows
        if page.after is None:
            return
        assert after is None or page.after < after
        after = page.after


def words() -> dict[str, set[str]]:
    """Return all words by report."""
    found: dict[str, set[str]] = {}
    with reading() as connection:
        for row in connection.execute(select(ListingWord.report_id, ListingWord.word)):
            found.setdefault(row.report_id, set()).add(row.word)
    return found


def fits(row: Listed, filters: Filters, known: dict[str, set[str]]) -> bool:
    """Does a row fit, as somebody would say who reads it?"""
    return (
        filters.band in (None, row.band)
        and filters.route in (None, row.route)
        and filters.form in (None, row.form)
        and filters.invitation_id in (None, row.invitation_id)
        and (filters.pattern is None or filters.pattern in row.patterns)
        and (filters.owner_id is None or (filters.owner_id or None) == row.owner_id)
        and (filters.due_on is None or (row.next_on is not None and row.next_on <= filters.due_on))
        and (filters.since is None or row.shared_at >= filters.since)
        and (filters.before is None or row.shared_at < filters.before)
        and all(
            any(word.startswith(part) for word in known[row.report_id]) for part in words_of(filters.text)
        )
    )


def drawn(chance: random.Random, rows: list[Listed], known: dict[str, set[str]]) -> Filters:
    """Return some filters that some row fits."""
    row = chance.choice(rows)
    some = sorted(known[row.report_id])
    offered: dict[str, Any] = {
        "text": " ".join(word[: chance.randint(1, len(word))] for word in chance.sample(some, 2)),
        "band": row.band,
        "route": row.route,
        "form": row.form,
        "pattern": chance.choice(row.patterns),
        "owner_id": row.owner_id or NOBODY,
        "due_on": row.next_on,
        "invitation_id": row.invitation_id,
        "since": chance.choice([None, row.shared_at]),
        "before": chance.choice([None, datetime(2026, 11, 1, tzinfo=UTC)]),
    }
    chosen = chance.sample(sorted(offered), chance.randint(0, 4))
    return Filters(**{name: offered[name] for name in chosen if offered[name] is not None})


@pytest.mark.parametrize("looked_at", [11, 1000], ids=["much more than is looked at", "little"])
def test_every_row_that_fits_is_found_once_and_in_order(
    listed: str, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    monkeypatch.setattr(listings, "LOOKED_AT", looked_at)
    chance, known, rows = random.Random(looked_at), words(), list(paged(Filters(), size=100))  # noqa: S311

    assert len(rows) == COUNT
    assert rows == sorted(rows, key=lambda row: row.key, reverse=True)
    for _ in range(scaled(30)):
        filters = drawn(chance, rows, known)
        assert list(paged(filters)) == [row for row in rows if fits(row, filters, known)], filters


def test_a_page_ends_where_enough_was_looked_at_and_says_so(
    listed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "LOOKED_AT", 11)
    seldom = Filters(pattern=instrument().patterns[0].id, route=instrument().destinations[0].id)

    pages = [listings.page(seldom, size=1)]
    while pages[-1].after:
        pages.append(listings.page(seldom, after=pages[-1].after, size=1))

    assert any(page.is_partial for page in pages)
    assert not pages[-1].is_partial
    assert sum(len(page.rows) for page in pages) == len(list(paged(seldom)))


def test_a_listing_is_found_by_its_code_its_organisation_its_invitation_and_its_notes(listed: str) -> None:
    *_, row = paged(Filters(text="zymurgy"))
    notes.add(row.report_id, "Prefers Überweisung, ﬁnally.", person_id=listed, request="a form")

    for text in (
        row.code,
        row.code.lower().replace("-", ""),
        "ZYMURGY works",
        "zymurgy in spring",
        "überweis",
        "final",
    ):
        assert row.report_id in {each.report_id for each in paged(Filters(text=text))}, text
    for text in ("zymurgyx", "", "---"):
        assert (row.report_id in {each.report_id for each in paged(Filters(text=text))}) is (text == "")


def test_what_a_note_said_finds_nothing_once_it_is_removed(listed: str) -> None:
    row = listings.page().rows[0]
    notes.add(row.report_id, "Quokka", person_id=listed, request="a form")
    assert [each.report_id for each in paged(Filters(text="quokka"))] == [row.report_id]

    [note] = [each for each in notes.of(row.report_id) if each.text == "Quokka"]
    notes.remove(row.report_id, note.id, person_id=listed)

    assert list(paged(Filters(text="quokka"))) == []
    assert row.report_id in {each.report_id for each in paged(Filters(text=row.code))}


def test_an_address_is_found_whole_in_any_capitals_and_after_another_secret_key(
    memory: Flask, listed: str
) -> None:
    assert len(list(paged(Filters(text=" Rare@Example.ORG ")))) == 3
    assert list(paged(Filters(text="rare@example"))) == []

    before = memory.config["SECRET_KEY"]
    memory.config.update(SECRET_KEY=b"another key that is long enough", SECRET_KEY_FALLBACKS=[before])
    keys.init_app(memory)

    assert len(list(paged(Filters(text="rare@example.org")))) == 3


def test_a_note_is_kept_once_for_a_form_and_only_where_something_is_listed(listed: str) -> None:
    row = listings.page().rows[0]
    for _ in range(2):
        notes.add(row.report_id, "Called", person_id=listed, request="a form")

    assert [each.text for each in notes.of(row.report_id)].count("Called") == 1
    with pytest.raises(listings.NotListed):
        notes.add("x" * 22, "Called", person_id=listed, request="a form")
    with pytest.raises(listings.NotListed):
        listings.plan("x" * 22, date(2027, 1, 1), by=listed)
    with pytest.raises(listings.UnknownOwner):
        listings.assign(row.report_id, "x" * 22, by=listed)
