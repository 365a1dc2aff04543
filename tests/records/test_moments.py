"""Days and times as exports write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.records.moments import FIRST_YEAR, LAST_YEAR, Moment, Moments, order_of


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2024-02-12T03:45:10Z", at(2024, 2, 12, 3, 45, 10)),
        ("2024-02-12T03:45:10.123+0200", at(2024, 2, 12, 1, 45, 10, 123000)),
        ("2024-02-12T03:45:10.123456789Z", at(2024, 2, 12, 3, 45, 10, 123456)),
        ("2024-02-12 03:45:10 UTC", at(2024, 2, 12, 3, 45, 10)),
        ("2024-02-12 03:45:10 +0530", at(2024, 2, 11, 22, 15, 10)),
        ("2024-02-12 03:45", at(2024, 2, 12, 3, 45)),
        ("2024/02/12 3:45 PM", at(2024, 2, 12, 15, 45)),
        ("12/Feb/24 3:45 PM", at(2024, 2, 12, 15, 45)),
        ("12/Feb/24 12:05 AM", at(2024, 2, 12, 0, 5)),
        ("12/Feb/24 12:05 PM", at(2024, 2, 12, 12, 5)),
        ("12/Mär/24 15:45", at(2024, 3, 12, 15, 45)),
        ("12/janv./24 15:45", at(2024, 1, 12, 15, 45)),
        ("2/12/2024 3:45:10 PM", at(2024, 12, 2, 15, 45, 10)),
        ("12.2.2024 15:45", at(2024, 2, 12, 15, 45)),
        ("12.2.2024 15.45", at(2024, 2, 12, 15, 45)),
        ("Mon Feb 12 2024 03:45:10 GMT+0100 (Central European Standard Time)", at(2024, 2, 12, 2, 45, 10)),
        ("Mon, 12 Feb 2024 03:45:10 -0500", at(2024, 2, 12, 8, 45, 10)),
        ("Mon Feb 12 03:45:10 2024 +0200", at(2024, 2, 12, 1, 45, 10)),
        ("Fri Feb  2 03:45:10 2024", at(2024, 2, 2, 3, 45, 10)),
        ("Feb 12, 2024, 3:45 p.m.", at(2024, 2, 12, 15, 45)),
        ("February 12th, 2024 15:45 CET", at(2024, 2, 12, 14, 45)),
        ("1707709510", at(2024, 2, 12, 3, 45, 10)),
        ("1707709510123", at(2024, 2, 12, 3, 45, 10, 123000)),
        ("45334.5", at(2024, 2, 12, 12)),
        ("45334.25", at(2024, 2, 12, 6)),
        ("29/Feb/24 1:00 AM", at(2024, 2, 29, 1)),
        ("12/Feb/95 1:00 AM", at(1995, 2, 12, 1)),
        ("12.Feb.2024 15:45", at(2024, 2, 12, 15, 45)),
        ("12/Dez/24 3:45 nachm.", at(2024, 12, 12, 15, 45)),
        ("12/Dez/24 3:45 vorm.", at(2024, 12, 12, 3, 45)),
        ("12. Februar 2024 um 15:45 Uhr", at(2024, 2, 12, 15, 45)),
        ("12 févr. 2024 à 15:45", at(2024, 2, 12, 15, 45)),
        ("12 de febrero de 2024, 3:45 p. m.", at(2024, 2, 12, 15, 45)),
        ("February 12, 2024 at 3:45\u202fPM", at(2024, 2, 12, 15, 45)),
        ("Feb 12, 2024 @ 03:45:10.500", at(2024, 2, 12, 3, 45, 10, 500000)),
        ("2024-02-12 15:45:10 +0530 IST", at(2024, 2, 12, 10, 15, 10)),
        ("12 Feb 2024 03:45:10.50 UTC", at(2024, 2, 12, 3, 45, 10, 500000)),
    ],
)
def test_a_time_is_read_as_it_was_written(text: str, when: datetime) -> None:
    read = Moments()(text)

    assert read is not None
    assert (read.at, read.whole_day) == (when, False)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29",
        "20240229",
        "2024/2/29",
        " 2024-02-29 ",
        "29.02.2024",
        "29.2.24",
        "29/02/2024",
        "29-Feb-2024",
        "29 February 2024",
        "29. Februar 2024",
        "February 29, 2024",
        "45351",
    ],
)
def test_a_day_without_a_time_is_midnight_and_says_so(text: str) -> None:
    assert Moments()(text) == Moment(at(2024, 2, 29), whole_day=True)


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "n/a", "soon", "2023-02-29", "29/Feb/23 1:00 AM", "31/04/2024", "13/13/2024", "0", "17"],
)
def test_what_tells_no_day_that_there_is_is_none(text: str) -> None:
    assert Moments()(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "1989-12-31",
        "2200-01-01",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "1.1.0001 00:30",
        "109575",
    ],
)
def test_what_lies_outside_two_centuries_of_work_is_none(text: str) -> None:
    assert Moments()(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-12 25:00",
        "2024-02-12 12:60",
        "12/Foo/24",
        "2024-02-12 12:00 XYZ",
        "²²²²-01-01",
        "12:30",
        "T:",
        ":",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert Moments()(text) is None


def test_a_clock_without_a_zone_is_as_far_ahead_as_was_said_and_a_zone_in_the_text_wins() -> None:
    ahead = Moments(zone_minutes=120)

    assert ahead.at("2024-02-12T01:00") == at(2024, 2, 11, 23)
    assert ahead.at("2024-02-12 01:00") == ahead.at("12/Feb/24 1:00 AM") == at(2024, 2, 11, 23)
    assert ahead.at("2024-02-12T01:00:00Z") == at(2024, 2, 12, 1)
    assert ahead.at("2024-02-12") == at(2024, 2, 12)
    assert ahead.day("12/Feb/24 12:00 AM") == date(2024, 2, 12)


def test_whether_a_time_told_its_zone_is_known() -> None:
    read = Moments()
    told = {
        text: moment.zoned
        for text in ("2024-02-12 01:00", "2024-02-12 01:00 UTC", "1/2/2024 1:00", "2024-02-12")
        if (moment := read(text))
    }

    assert told == {
        "2024-02-12 01:00": False,
        "2024-02-12 01:00 UTC": True,
        "1/2/2024 1:00": False,
        "2024-02-12": True,
    }


def test_the_same_text_is_another_day_where_the_month_comes_first() -> None:
    assert Moments("day").day("02/03/2024") == date(2024, 3, 2)
    assert Moments("month").day("02/03/2024") == date(2024, 2, 3)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["02/03/2024", "13/03/2024"], ("day", True)),
        (["02/03/2024", "02/13/2024"], ("month", True)),
        (["02/03/2024"], ("day", False)),
        (["02/03/2024 3:45 PM"], ("month", False)),
        (["03/03/2024"], ("day", True)),
        (["2024-02-03", "", "12/Feb/24"], (None, True)),
        (["13/02/2024", "14/02/2024", "02/15/2024"], ("day", True)),
        (["13/13/2024", "13/14/2024", "02/15/2024"], ("month", True)),
    ],
)
def test_the_order_of_a_column_is_what_its_days_allow(texts: list[str], order: tuple[str, bool]) -> None:
    assert order_of(texts) == order


@given(st.text(max_size=130))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    for order in ("day", "month"):
        read = Moments(order)(text)  # type: ignore[arg-type]

        assert read is None or FIRST_YEAR - 1 <= read.at.year <= LAST_YEAR + 1
    order_of([text])


@given(st.integers(min_value=631_238_400, max_value=7_258_032_000))
def test_every_way_to_write_a_time_tells_the_same(seconds: int) -> None:
    when = datetime.fromtimestamp(seconds, tz=UTC)
    written = [
        when.isoformat(),
        when.strftime("%Y-%m-%d %H:%M:%S UTC"),
        when.strftime("%d/%m/%Y %H:%M:%S"),
        when.strftime("%d.%m.%Y %I:%M:%S %p"),
        when.strftime("%a %b %d %Y %H:%M:%S GMT+0000 (GMT+00:00)"),
        when.strftime("%a %b %d %H:%M:%S %Y"),
        str(seconds),
    ]

    assert {Moments().at(text) for text in written} == {when}
