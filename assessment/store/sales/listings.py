"""The list of the desk: the diagnoses that leaders let it see, narrowed, and page by page.

The newest stand first. A page begins behind the last row of the one before, and costs the same however many
diagnoses there are: it is read along one index, the one that has fewest of what is asked for, and no more
than `LOOKED_AT` rows of that are looked at for one page. Where that was not enough to fill it, the page says
from where to look further.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    desc,
    exists,
    false,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
    update,
)

from assessment.store.database import Instant, reading, writing
from assessment.store.keys import keyring
from assessment.store.sales import audit
from assessment.store.sales.indexing import words_of
from assessment.store.sales.models import (
    Invitation,
    Listing,
    ListingPattern,
    ListingWord,
    Person,
)

PAGE = 25
LOOKED_AT = 1000  # rows, for one page
WORDS_AT_MOST = 8  # of a search; more only take longer
SPELT_AT_MOST = 8  # words that begin as one of a search does, to be gone along side by side
NOBODY = ""  # as an owner

Key = tuple[datetime, str]
"""When a listing was shared, and its report: the place of a row in the list."""

LAST = datetime(9999, 12, 31, tzinfo=UTC)
_BEFORE_ALL: Key = (LAST, "~")  # the place before the newest row
_END = "\U0010ffff"  # behind every letter that a word goes on with


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; None is no matter. `text` is an address, or words that begin so."""

    text: str = ""
    band: str | None = None  # "" for none awarded
    pattern: str | None = None
    route: str | None = None
    form: str | None = None
    invitation_id: str | None = None
    owner_id: str | None = None  # NOBODY for those that nobody owns
    due_on: date | None = None  # a next date is set, and is this one or before
    since: datetime | None = None  # shared then or later
    before: datetime | None = None  # shared earlier

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Listed:
    """A diagnosis as the desk lists it. `owner` and `invitation` are names, "" where there is none."""

    report_id: str
    code: str
    organisation: str
    form: str
    band: str
    route: str
    patterns: tuple[str, ...]
    finished_at: datetime
    shared_at: datetime
    owner_id: str | None
    owner: str
    next_on: date | None
    invitation_id: str | None
    invitation: str

    @property
    def key(self) -> Key:
        return self.shared_at, self.report_id


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of the list, and the place behind which the next ones stand, None where there are none.

    `is_partial`: the rows were looked for no further than that place.
    """

    rows: list[Listed]
    after: Key | None
    is_partial: bool = False


class NotListed(LookupError):
    """The desk may not see this diagnosis (any more)."""


class UnknownOwner(LookupError):
    """There is nobody of this id at the desk (any more)."""


EVERYTHING = Filters()


def page(filters: Filters = EVERYTHING, *, after: Key | None = None, size: int = PAGE) -> Page:
    """Return the rows that follow a place, the newest first, at most `size` of them."""
    ways = _ways(filters)
    if ways is None:
        return Page([], None)
    before = min(after or _BEFORE_ALL, (filters.before, "") if filters.before else _BEFORE_ALL)
    span = _Span(before, filters.since)
    with reading() as connection:
        way = _shortest(connection, ways)
        look = _along if way.arms else _among
        others = [each for each in ways if each is not way]
        keys, end = look(connection, way, others, span, size)
        rows = _rows(connection, [report_id for _, report_id in keys[:size]])
    if len(keys) > size:
        return Page(rows, keys[size - 1])
    return Page(rows, end, is_partial=end is not None)


def find(report_id: str) -> Listed | None:
    """Return a diagnosis as it is listed; None where the desk may not see it."""
    with reading() as connection:
        return next(iter(_rows(connection, [report_id])), None)


def invitation_called(invitation_id: str) -> str:
    """Return what the desk calls an invitation; "" where there is none."""
    with reading() as connection:
        named = select(Invitation.name).where(Invitation.id == invitation_id)
        return connection.execute(named).scalar_one_or_none() or ""


def assign(report_id: str, owner_id: str | None, *, by: str) -> None:
    """Give a diagnosis to somebody of the desk, or to nobody. Raises NotListed, UnknownOwner."""
    with writing() as connection:
        here = select(Person.id).where(Person.id == owner_id, Person.ended_at.is_(None))
        if owner_id is not None and connection.execute(here).one_or_none() is None:
            raise UnknownOwner(owner_id)
        _set(connection, report_id, owner_id=owner_id)
        audit.append(connection, by, "owner set" if owner_id else "owner taken away", report_id)


def plan(report_id: str, next_on: date | None, *, by: str) -> None:
    """Set the day on which something is to be done about a diagnosis, or none. Raises NotListed."""
    with writing() as connection:
        _set(connection, report_id, next_on=next_on)
        audit.append(connection, by, "next date set" if next_on else "next date taken away", report_id)


def _set(connection: Connection, report_id: str, **values: Any) -> None:
    changed = update(Listing).where(Listing.report_id == report_id).values(**values)
    if not connection.execute(changed).rowcount:
        raise NotListed(report_id)


# --- how it is looked for ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Span:
    """The part of the list that is looked at: before a place, and since a time."""

    before: Key
    since: datetime | None

    def __contains__(self, key: Key) -> bool:
        return key < self.before and (self.since is None or key[0] >= self.since)


@dataclass(frozen=True, slots=True)
class _Way:
    """A condition, and the table in whose index its rows stand together.

    `arms` are the parts of the condition of which each has its rows in the order of the list; where there is
    none, they are in another order.
    """

    table: Any
    where: ColumnElement[bool]
    arms: tuple[ColumnElement[bool], ...] = ()
    prefix: str = ""  # of words, where the condition is one

    def count(self, connection: Connection) -> int:
        """Return how many rows there are; of too many, one more than are looked at."""
        some = select(literal(1)).select_from(self.table).where(self.where).limit(LOOKED_AT + 1).subquery()
        return connection.execute(select(func.count()).select_from(some)).scalar_one()

    def rows(self, *where: ColumnElement[bool]) -> Select[datetime, str]:
        """Ask for the rows, and for nothing else of them than their place in the list."""
        return select(self.table.shared_at, self.table.report_id).where(*where or (self.where,))


def _in_order(table: Any, where: ColumnElement[bool]) -> _Way:
    return _Way(table, where, (where,))


_THE_LIST = _in_order(Listing, true())


def _ways(filters: Filters) -> list[_Way] | None:
    """Return the conditions of a search, None where nothing can meet them.

    Of those that many rows meet, the first ones have fewer, as a rule.
    """
    ways, text = [], filters.text.strip()
    if "@" in text:
        ways.append(_Way(Listing, Listing.email_digest.in_(keyring().digests_of_address(text))))
    elif text:
        words = words_of(text)[:WORDS_AT_MOST]
        if not words:
            return None
        ways += [_Way(ListingWord, _begins(word), prefix=word) for word in words]
    if filters.invitation_id is not None:
        ways.append(_Way(Listing, Listing.invitation_id == filters.invitation_id))
    if filters.due_on is not None:
        ways.append(_Way(Listing, Listing.next_on <= filters.due_on))
    if filters.pattern is not None:
        ways.append(_in_order(ListingPattern, ListingPattern.pattern == filters.pattern))
    if filters.owner_id is not None:
        # SQLAlchemy makes IS NULL of None. PostgreSQL has no index for IS NOT DISTINCT FROM.
        ways.append(_in_order(Listing, Listing.owner_id == (filters.owner_id or None)))
    of_listing = ((Listing.route, filters.route), (Listing.band, filters.band), (Listing.form, filters.form))
    ways += [_in_order(Listing, column == value) for column, value in of_listing if value is not None]
    return ways


def _begins(word: str) -> ColumnElement[bool]:
    return and_(ListingWord.word >= word, ListingWord.word < word + _END)


def _shortest(connection: Connection, ways: Sequence[_Way]) -> _Way:
    """Return the way with the fewest rows. Out of order one is gone to its end, so it may not be long."""
    if not ways or (len(ways) == 1 and ways[0].arms):
        return ways[0] if ways else _THE_LIST
    best, fewest = _THE_LIST, LOOKED_AT + 2
    for way in ways:
        count = way.count(connection)
        if count < fewest and (fit := way if way.arms or count <= LOOKED_AT else _spelt(connection, way)):
            best, fewest = fit, count
    return best


def _spelt(connection: Connection, way: _Way) -> _Way | None:
    """Return the way along each word that begins so, None where those are too many."""
    if not way.prefix:
        return None
    first = select(func.min(ListingWord.word).label("word")).where(way.where).cte("spelt", recursive=True)
    after = and_(ListingWord.word > first.c.word, ListingWord.word < way.prefix + _END)
    following = select(func.min(ListingWord.word)).where(after).correlate(first).scalar_subquery()
    spelt = first.union_all(select(following).where(first.c.word.is_not(None)))
    words = connection.execute(select(spelt.c.word).limit(SPELT_AT_MOST + 2)).scalars().all()
    arms = tuple(ListingWord.word == word for word in words if word is not None)
    return replace(way, arms=arms) if len(arms) <= SPELT_AT_MOST else None


def _along(
    connection: Connection, way: _Way, others: Sequence[_Way], span: _Span, size: int
) -> tuple[list[Key], Key | None]:
    """Go along an index until a page is full; return what fits, and where it stopped before the end."""
    found: dict[Key, None] = {}  # a row stands there once for each word that begins so
    looked, step = 0, (size + 1) * (4 if others else 1)
    while True:
        rows = connection.execute(_fitting(_next(way, span, step), others)).all()
        rows = sorted(rows, key=lambda row: row.shared_at, reverse=True)
        found |= {(row.shared_at, row.report_id): None for row in rows if row.fits}
        looked += len(rows)
        if len(found) > size or len(rows) < step:
            return list(found), None
        span = replace(span, before=(rows[-1].shared_at, rows[-1].report_id))
        step = LOOKED_AT - looked
        if step <= 0:
            return list(found), span.before


def _next(way: _Way, span: _Span, count: int) -> Any:
    """Ask for the rows that come next in the order of the list."""
    at, report_id = way.table.shared_at, way.table.report_id
    inside = [tuple_(at, report_id) < tuple_(literal(span.before[0], Instant), span.before[1])]
    if span.since:
        inside.append(at >= span.since)
    arms = [way.rows(arm, *inside) for arm in way.arms]
    asked: Any = arms[0] if len(arms) == 1 else union_all(*arms)
    return asked.order_by(desc("shared_at"), desc("report_id")).limit(count)


def _among(
    connection: Connection, way: _Way, others: Sequence[_Way], span: _Span, size: int
) -> tuple[list[Key], Key | None]:
    """Look through the few rows of an index in another order; return those that fit, in ours."""
    rows = connection.execute(_fitting(way.rows().limit(LOOKED_AT), others)).all()
    keys = {(row.shared_at, row.report_id) for row in rows if row.fits}
    return sorted((key for key in keys if key in span), reverse=True)[: size + 1], None


def _fitting(candidates: Any, others: Sequence[_Way]) -> Select[datetime, str, bool]:
    """Ask of each candidate whether it meets the other conditions, the one that costs most last."""
    few = candidates.subquery()
    conditions = [(each.table, each.where) for each in others if each.table is not Listing]
    if of_listing := [each.where for each in others if each.table is Listing]:
        conditions.append((Listing, and_(*of_listing)))
    fits: ColumnElement[bool] = true()
    for table, where in reversed(conditions):
        meets = exists(select(literal(1)).select_from(table).where(table.report_id == few.c.report_id, where))
        fits = case((meets, fits), else_=false())  # AND would ask them all
    return select(few.c.shared_at, few.c.report_id, fits.label("fits"))


def _rows(connection: Connection, report_ids: Sequence[str]) -> list[Listed]:
    """Return listings in this order, without those that are not there."""
    asked = (
        select(
            Listing.report_id,
            Listing.code,
            Listing.organisation,
            Listing.form,
            Listing.band,
            Listing.route,
            Listing.finished_at,
            Listing.shared_at,
            Listing.owner_id,
            Person.name.label("owner"),
            Listing.next_on,
            Listing.invitation_id,
            Invitation.name.label("invitation"),
        )
        .outerjoin(Person, Person.id == Listing.owner_id)
        .outerjoin(Invitation, Invitation.id == Listing.invitation_id)
        .where(Listing.report_id.in_(report_ids))
    )
    found = {row.report_id: row for row in connection.execute(asked)} if report_ids else {}
    patterns: dict[str, list[str]] = {}
    if found:
        of = select(ListingPattern.report_id, ListingPattern.pattern)
        for report_id, pattern in connection.execute(of.where(ListingPattern.report_id.in_(list(found)))):
            patterns.setdefault(report_id, []).append(pattern)
    return [_told(found[each], sorted(patterns.get(each, ()))) for each in report_ids if each in found]


def _told(row: Any, patterns: Iterable[str]) -> Listed:
    return Listed(
        row.report_id,
        row.code,
        row.organisation,
        row.form,
        row.band,
        row.route,
        tuple(patterns),
        row.finished_at,
        row.shared_at,
        row.owner_id,
        row.owner or "",
        row.next_on,
        row.invitation_id,
        row.invitation or "",
    )
