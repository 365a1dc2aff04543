"""Another look at a team: which diagnosis it follows, and what that leaves when one of the two is deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from assessment.store import assessments, following, reports
from assessment.store.assessments import Started
from assessment.store.database import writing
from assessment.store.keys import Unreadable
from assessment.store.models import Report
from tests.store.conftest import an_assessment, finish


def another_look(after: Started) -> Started:
    """Return a started assessment that follows another."""
    return assessments.start(
        holder="a holder",
        instrument_key="execution-integrity/1.0.0",
        instrument_sha256="ab" * 32,
        facts={"form": "quick", "team_size": 7, "label": "Ferry"},
        follows=after.assessment_id,
    )


def test_an_assessment_that_follows_none_follows_none(memory: Flask) -> None:
    assert following.followed(an_assessment().assessment_id) is None


def test_the_report_of_the_one_that_is_followed_is_found(memory: Flask) -> None:
    earlier = an_assessment()
    report_id = finish(earlier.assessment_id)

    found = following.followed(another_look(earlier).assessment_id)

    assert found is not None
    assert (found.report_id, following.opened(found)) == (report_id, reports.load(report_id))


def test_what_is_followed_is_named_also_where_its_report_does_not_open(memory: Flask) -> None:
    earlier = an_assessment()
    report_id = finish(earlier.assessment_id)
    later = another_look(earlier)
    with writing() as connection:
        connection.execute(update(Report).values(diagnosis=b"somebody changed it"))

    found = following.followed(later.assessment_id)

    assert found is not None
    assert found.report_id == report_id
    with pytest.raises(Unreadable):
        following.opened(found)


def test_one_that_was_deleted_is_known_to_have_been_and_by_nothing_else(memory: Flask) -> None:
    earlier = an_assessment()
    finish(earlier.assessment_id)
    later = another_look(earlier)

    assessments.delete(earlier.assessment_id)

    assert following.followed(later.assessment_id) == following.Followed()


def test_one_that_is_deleted_while_the_next_begins_is_followed_by_it_all_the_same(memory: Flask) -> None:
    earlier = an_assessment()
    assessments.delete(earlier.assessment_id)

    assert following.followed(another_look(earlier).assessment_id) == following.Followed()


def test_deleting_the_later_one_leaves_the_earlier_one_as_it_was(memory: Flask) -> None:
    earlier = an_assessment()
    report_id = finish(earlier.assessment_id)
    later = another_look(earlier)
    finish(later.assessment_id, b'{"b":2}\n')

    assessments.delete(later.assessment_id)

    assert reports.load(report_id).diagnosis == b'{"a":1}\n'
    assert reports.superseded_on(report_id) is None


def test_deleting_the_earlier_one_leaves_the_report_of_the_later_one_to_the_byte(memory: Flask) -> None:
    earlier = an_assessment()
    finish(earlier.assessment_id)
    report_id = finish(another_look(earlier).assessment_id, b'{"b":2}\n')
    before = reports.load(report_id)

    assessments.delete(earlier.assessment_id)

    assert reports.load(report_id) == before


def test_a_report_is_superseded_once_the_next_one_is_finished_and_not_before(memory: Flask) -> None:
    earlier = an_assessment()
    report_id = finish(earlier.assessment_id)
    later = another_look(earlier)
    assert reports.superseded_on(report_id) is None

    newer_id = finish(later.assessment_id)

    assert reports.superseded_on(report_id) == datetime.now(UTC).date()
    assert reports.superseded_on(newer_id) is None


def test_of_two_that_follow_the_one_that_stays_supersedes(memory: Flask) -> None:
    earlier = an_assessment()
    report_id = finish(earlier.assessment_id)
    finish(another_look(earlier).assessment_id)
    newest = another_look(earlier)
    finish(newest.assessment_id)

    assessments.delete(newest.assessment_id)

    assert reports.superseded_on(report_id) == datetime.now(UTC).date()


def test_of_several_that_follow_the_one_finished_last_says_when(memory: Flask) -> None:
    earlier = an_assessment()
    earlier_id = finish(earlier.assessment_id)
    for day in (3, 5, 4):
        later_id = finish(another_look(earlier).assessment_id)
        with writing() as connection:
            moment = datetime(2027, 2, day, 12, tzinfo=UTC)
            connection.execute(update(Report).where(Report.id == later_id).values(created_at=moment))

    assert reports.superseded_on(earlier_id) == date(2027, 2, 5)


def test_a_report_that_nothing_follows_is_not_superseded(memory: Flask) -> None:
    report_id = finish(an_assessment().assessment_id)
    finish(an_assessment().assessment_id)

    assert reports.superseded_on(report_id) is None
    assert reports.superseded_on("no such report") is None


def test_beginning_another_look_twice_with_one_form_begins_it_once(memory: Flask) -> None:
    earlier = an_assessment()
    finish(earlier.assessment_id)
    asked: dict[str, Any] = {
        "holder": "a holder",
        "instrument_key": "execution-integrity/1.0.0",
        "instrument_sha256": "ab" * 32,
        "facts": {"form": "quick", "team_size": 7, "label": "Ferry"},
        "resume_token": "the same",
        "follows": earlier.assessment_id,
    }

    first, second = assessments.start(**asked), assessments.start(**asked)

    assert first == second
    assert following.followed(first.assessment_id) is not None
