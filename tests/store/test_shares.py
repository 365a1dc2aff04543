"""Shares: what a link opens, for how long, and that nothing of it can be read from a stolen database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from assessment.store import assessments, shares
from assessment.store.database import writing
from assessment.store.models import Share, ShareHolding
from assessment.store.removal import ENDED_LINKS_FOR, Periods, purge
from assessment.store.shares import LIVE_AT_MOST, Shared, TooMany, UnknownReport
from tests.store.conftest import an_assessment, at_once, finish, rows

KEPT = Periods(timedelta(days=9000), timedelta(days=9000), timedelta(days=9000))


def a_report(holder: str = "mine") -> tuple[str, str]:
    """Return a finished assessment and its report, by id."""
    assessment_id = an_assessment(holder).assessment_id
    return assessment_id, finish(assessment_id)


def a_link(report_id: str, by: str = "a token", days: int = 30, **said: Any) -> Shared:
    made = shares.make(report_id, token=by, days=days, **{"label": "Ferry board", "evidence": (), **said})
    assert isinstance(made, Shared)
    return made


def run_out(moment: datetime) -> None:
    with writing() as connection:
        connection.execute(update(Share).values(expires_at=moment))


def test_of_a_link_only_the_hash_is_kept_and_its_name_and_notes_are_sealed(memory: Flask) -> None:
    _, report_id = a_report()
    a_link(report_id, "the secret of the link", label="Ferry board", evidence=["F1.17"])

    folder = memory.config["SETTINGS"].instance
    stolen = b"".join(path.read_bytes() for path in folder.glob("site.db*"))

    assert [each for each in (b"the secret", b"Ferry", b"F1.17") if each in stolen] == []
    assert shares.of(report_id)[0].evidence == ("F1.17",)


def test_what_is_looked_up_by_a_secret_is_found_by_no_other(memory: Flask) -> None:
    _, report_id = a_report()
    made = a_link(report_id)

    assert shares.peek("a token") == made
    assert shares.peek("another token") is None
    assert shares.open_by("another token", holder="theirs", request="1") is None
    assert shares.opened(made.id, by="theirs") is None


def test_whoever_opens_a_link_holds_that_link_and_no_assessment(memory: Flask) -> None:
    assessment_id, report_id = a_report()
    made = a_link(report_id)

    shares.open_by("a token", holder="theirs", request="1")

    found = shares.opened(made.id, by="theirs")
    assert found
    assert found.report_id == report_id
    assert assessments.is_holder("theirs")
    assert assessments.held(assessment_id, by="theirs") is None
    assert assessments.listed("theirs") == []


def test_a_click_is_counted_once_and_the_next_one_again(memory: Flask) -> None:
    _, report_id = a_report()
    a_link(report_id)

    for click in ("1", "1", "2", "2"):
        shares.open_by("a token", holder="theirs", request=click)
    shares.open_by("a token", holder="another’s", request="3")

    [kept] = shares.of(report_id)
    assert kept.openings == 3
    assert kept.first_opened_at
    assert kept.last_opened_at
    assert kept.made_at <= kept.first_opened_at < kept.last_opened_at


def test_clicks_at_the_same_time_are_all_counted(memory: Flask) -> None:
    _, report_id = a_report()
    a_link(report_id)

    at_once(memory, 8, lambda n: shares.open_by("a token", holder=f"holder {n}", request=f"{n}"))

    assert shares.of(report_id)[0].openings == 8


def test_a_link_that_was_ended_or_ran_out_says_when_and_opens_nothing(memory: Flask) -> None:
    _, report_id = a_report()
    ended, late = a_link(report_id, "ended"), a_link(report_id, "late")
    for token in ("ended", "late"):
        shares.open_by(token, holder="theirs", request="1")

    shares.end(report_id, ended.id)
    once = shares.peek("ended")
    shares.end(report_id, ended.id)
    then = datetime.now(UTC) - timedelta(seconds=1)
    run_out(then)

    assert once
    assert once.ended_at
    for by, link in (("ended", ended), ("late", late)):
        found = shares.opened(link.id, by="theirs")
        assert found == shares.peek(by)
        assert found
        assert not found.is_live
        assert found.ended_at == (once.ended_at if by == "ended" else then)
        opened = shares.open_by(by, holder="late comer", request="2")
        assert opened
        assert opened.openings == 1
        assert shares.opened(link.id, by="late comer") is None


def test_a_link_is_ended_by_way_of_its_own_report_only(memory: Flask) -> None:
    (_, mine), (_, other) = a_report(), a_report()
    made = a_link(mine)

    shares.end(other, made.id)

    assert shares.of(mine)[0].is_live


def test_however_many_are_made_at_once_no_more_work_than_may(memory: Flask) -> None:
    _, report_id = a_report()
    for n in range(LIVE_AT_MOST - 2):
        a_link(report_id, f"link {n}")

    made = at_once(
        memory, 6, lambda n: shares.make(report_id, token=f"late {n}", label="", evidence=(), days=7)
    )

    assert sum(isinstance(each, Shared) for each in made) == 2
    assert sum(isinstance(each, TooMany) for each in made) == 4
    assert a_link(report_id, "link 0")  # is there already, and no other
    assert rows(Share) == LIVE_AT_MOST


def test_what_has_ended_makes_room_for_another(memory: Flask) -> None:
    _, report_id = a_report()
    for n in range(LIVE_AT_MOST):
        a_link(report_id, f"link {n}")
    shares.end(report_id, shares.of(report_id)[0].id)

    assert a_link(report_id, "one more")


def test_a_link_that_works_is_listed_however_many_have_ended_since(
    memory: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "LISTED_AT_MOST", 3)
    _, report_id = a_report()
    first, second = a_link(report_id, "first"), a_link(report_id, "second")
    for number in range(4):
        shares.end(report_id, a_link(report_id, f"ended {number}").id)

    listed = shares.of(report_id)

    assert [each.id for each in listed[:2]] == [second.id, first.id]
    assert [each.is_live for each in listed] == [True, True, False]


def test_deleting_an_assessment_takes_its_links_along(memory: Flask) -> None:
    assessment_id, report_id = a_report()
    made = a_link(report_id)
    shares.open_by("a token", holder="theirs", request="1")

    assessments.delete(assessment_id)

    assert (rows(Share), rows(ShareHolding)) == (0, 0)
    assert shares.peek("a token") is None
    assert shares.opened(made.id, by="theirs") is None
    assert not assessments.is_holder("theirs")
    with pytest.raises(UnknownReport):
        a_link(report_id, "too late")


def test_links_that_ended_are_removed_after_a_while_and_others_never(memory: Flask) -> None:
    _, report_id = a_report()
    a_link(report_id, "ended")
    shares.open_by("ended", holder="theirs", request="1")
    shares.end(report_id, shares.of(report_id)[0].id)
    a_link(report_id, "open", days=90)
    now = datetime.now(UTC)

    before = purge(now + ENDED_LINKS_FOR - timedelta(minutes=1), KEPT)
    counted = purge(now + ENDED_LINKS_FOR + timedelta(minutes=1), KEPT, dry_run=True)
    removed = purge(now + ENDED_LINKS_FOR + timedelta(minutes=1), KEPT)

    assert (before.links, counted.links, removed.links) == (0, 1, 1)
    assert shares.peek("ended") is None
    assert shares.peek("open")
    assert (rows(Share), rows(ShareHolding)) == (1, 0)
