"""The audit: whatever is changed in it, taken out of it or put into it is found."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete, update

from assessment.store.database import writing
from assessment.store.sales import audit
from assessment.store.sales.models import Audit


@pytest.fixture
def written(memory: Flask) -> Flask:
    """A memory with an audit of five rows."""
    for number in range(1, 6):
        with writing() as connection:
            audit.append(connection, "command", "invitation made", f"invitation {number}")
    return memory


def test_a_whole_chain_is_found_whole(written: Flask) -> None:
    found = audit.verify()

    assert (found.rows, found.broken_at) == (5, None)
    assert found.last_sha256 == audit.page(size=1)[0].sha256


def test_an_empty_one_is_whole(memory: Flask) -> None:
    assert audit.verify() == audit.Checked(0, audit.FIRST, None)


@pytest.mark.parametrize(
    "change",
    [{"who": "site"}, {"verb": "invitation ended"}, {"what": "invitation 9"}, {"sha256": "0" * 64}],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_row_is_found(written: Flask, change: dict[str, str]) -> None:
    with writing() as connection:
        connection.execute(update(Audit).where(Audit.number == 3).values(**change))

    assert audit.verify().broken_at == 3


def test_a_row_that_was_taken_out_is_found(written: Flask) -> None:
    with writing() as connection:
        connection.execute(delete(Audit).where(Audit.number == 3))

    assert audit.verify().broken_at == 4


def test_pages_lead_from_the_newest_row_to_the_first(written: Flask) -> None:
    newest = audit.page(size=2)
    older = audit.page(before=newest[-1].number, size=10)

    assert [each.number for each in [*newest, *older]] == [5, 4, 3, 2, 1]


def test_what_is_undone_leaves_no_row(memory: Flask) -> None:
    with pytest.raises(RuntimeError), writing() as connection:  # noqa: PT012 both belong to it
        audit.append(connection, "command", "invitation made", "an invitation")
        raise RuntimeError

    assert audit.verify().rows == 0
