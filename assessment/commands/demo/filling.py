"""What stands at the desk in a demonstration, made by the same functions as what is real."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from assessment.commands.demo import sending, teams
from assessment.commands.demo.teams import Document
from assessment.content.library import Library
from assessment.core.instrument import Instrument
from assessment.core.interchange import canonical
from assessment.settings import Settings
from assessment.store import assessments, finishing, reports
from assessment.store.assessments import Finished, Started
from assessment.store.sales import (
    audit,
    consents,
    hooks,
    invitations,
    letters,
    listings,
    made_up,
    notes,
    people,
    tokens,
)
from assessment.store.sales.invitations import Invitation, Proposed
from assessment.store.sales.invited import Said
from assessment.store.sales.people import Account, Role
from assessment.store.sales.sessions import SignedIn
from assessment.store.secret import new_id, new_token
from assessment.web import consenting

MARK = "made up"
TOWNS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gorse", "Hazel", "Ivy", "Juniper", "Larch")
TRADES = ("Freight", "Dairies", "Insurance", "Rail", "Clinics", "Printing", "Water")
TEAMS = ("Kingfisher", "Heron", "Wren", "Avocet", "Curlew", "Plover", "Siskin", "Dunlin", "Linnet")
PEOPLE = ("Robin Vale", "Kim Marsh", "Alex Brook", "Jo Field", "Sam Heath", "Toni Ford", "Chris Lake")
NOTES = (
    "They look at the first page with their board next week; a figure a month ago surprised them.",
    "Wants to know how the sample was drawn. Sent the page about the method.\nAsks again after the summer.",
)
LANGUAGES = ("English", "Romanian", "German", "")


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made, and the secrets by which somebody looks at it as another than the desk."""

    diagnoses: int
    invitations: int
    people: tuple[Account, ...]
    resume_token: str
    invitation_token: str


@dataclass(frozen=True, slots=True)
class Who:
    """A made-up prospect: one for each number, so that no two are alike."""

    number: int

    @property
    def organisation(self) -> str:
        town = TOWNS[self.number % len(TOWNS)]
        return f"{town} {TRADES[self.number % len(TRADES)]} ({MARK})"

    @property
    def team(self) -> str:
        return f"{TEAMS[self.number % len(TEAMS)]}, a made-up team"

    @property
    def name(self) -> str:
        return f"{PEOPLE[self.number % len(PEOPLE)]} ({MARK})"

    @property
    def email(self) -> str:
        first = PEOPLE[self.number % len(PEOPLE)].partition(" ")[0].lower()
        return f"{first}@{TOWNS[self.number % len(TOWNS)].lower()}.example"

    @property
    def proposed(self) -> Proposed:
        return Proposed(self.organisation, self.name, self.email, LANGUAGES[self.number % len(LANGUAGES)])


@dataclass(frozen=True, slots=True)
class Desk:
    """Who invites and sends: by turns."""

    people: tuple[Account, ...]

    def of(self, who: Who) -> Account:
        return self.people[who.number % len(self.people)]


def fill(library: Library, settings: Settings, *, password: str) -> Filled:
    """Fill an empty store; the password is that of the seller and of the admin."""
    desk = Desk(
        (
            _person("seller@desk.example", "Sam Seller", "sales", password),
            _person("admin@desk.example", "Ada Admin", "admin", password),
        )
    )
    instrument, today = library.current, datetime.now(UTC).date()
    results = teams.results(instrument, today, lambda number: Who(number).team)
    resume = [_let_see(desk, instrument, Who(number), each) for number, each in enumerate(results)]
    for number, reach in enumerate(STATES, len(results)):
        reach(desk, instrument, Who(number), results[number % len(results)])
    _programs(desk.people[0])
    newest = [each.report_id for each in listings.page().rows]
    seller = desk.people[0]
    by = SignedIn(seller.id, seller.name, seller.email, seller.role)
    sending.fill(library, settings, by, (newest[1], newest[2]), MARK)
    return Filled(len(results) + 1, len(STATES) + len(results) // 2, desk.people, resume[0], _open_link())


def _person(email: str, name: str, role: Role, password: str) -> Account:
    return people.add(email=email, name=f"{name} ({MARK})", role=role, password=password, by=audit.COMMAND)


def _let_see(desk: Desk, instrument: Instrument, who: Who, result: Document) -> str:
    """Let somebody finish, invited or not, and show it to the desk; return the secret of their link."""
    invited = None if who.number % 2 else _passed_on(desk, who)
    started, report_id = _finished(instrument, who, result, invited)
    consents.give(
        report_id,
        version=consenting.VERSION,
        words="\n".join([*consenting.terms(), consenting.agreed()]),
        facts=consenting.facts(reports.load(report_id)),
        name=who.name,
        email=who.email,
        organisation=who.organisation,
    )
    _looked_after(desk, who, report_id)
    made_up.in_the_past(who.number * teams.APART, report_id=report_id)
    if invited:
        made_up.in_the_past(who.number * teams.APART + timedelta(days=6), invitation_id=invited.id)
    return started.resume_token


def _looked_after(desk: Desk, who: Who, report_id: str) -> None:
    """Let the desk care for two of three, with a note and a day on which somebody looks again."""
    person, days = desk.of(who).id, 3 * who.number - 8  # some are due since yesterday
    if who.number % 3 == 2:
        return
    listings.assign(report_id, person, by=person)
    listings.plan(report_id, datetime.now(UTC).date() + timedelta(days=days), by=person)
    for note in NOTES[: who.number % 3 + 1]:
        notes.add(report_id, note, person_id=person, request=new_token())


def _finished(
    instrument: Instrument, who: Who, result: Document, invited: Invitation | None
) -> tuple[Started, str]:
    started = _started(instrument, who, result, invited)
    outcome = finishing.finish(started.assessment_id, diagnosis=canonical(result), seen={})
    assert isinstance(outcome, Finished)  # noqa: S101 nobody answers it meanwhile
    return started, outcome.report_id


def _started(instrument: Instrument, who: Who, result: Document, invited: Invitation | None) -> Started:
    answers = result["answers"]
    facts = {name: answers[name] for name in ("form", "team_size", "window_days")}
    return assessments.start(
        holder=new_token(),
        instrument_key=instrument.key,
        instrument_sha256=instrument.sha256,
        facts={**facts, "window_end": answers["as_of"], "label": who.team},
        said=Said(invited.id, who.proposed) if invited else None,
    )


def _programs(person: Account) -> None:
    """Let another program read, and add a webhook of which nothing is owed yet."""
    tokens.make(
        new_token(), person_id=person.id, name=f"Address book ({MARK})", scopes=[tokens.SCOPES[0]], days=90
    )
    hooks.add(
        new_id(),
        person_id=person.id,
        url="https://crm.example/hook",
        events=hooks.EVENTS,
        secret=secrets.token_bytes(32),
    )


# --- invitations in every state ---------------------------------------------------------------------


def _made(desk: Desk, who: Who, *, is_mailed: bool = False) -> Invitation:
    return invitations.make(
        desk.of(who).id,
        token=new_token(),
        called=f"{who.organisation.partition(' (')[0]}, autumn",
        proposed=who.proposed,
        days=30,
        is_mailed=is_mailed,
    )


def _passed_on(desk: Desk, who: Who) -> Invitation:
    made = _made(desk, who)
    invitations.passed_on(made.id, by=desk.of(who).id)
    return made


def _mailed(desk: Desk, who: Who) -> letters.Owed:
    _made(desk, who, is_mailed=True)
    owed = letters.take(lease_s=60)
    assert owed  # noqa: S101 it was owed above
    return owed


def _is_only_made(desk: Desk, _: Instrument, who: Who, __: Document) -> None:
    _made(desk, who)


def _is_sent(desk: Desk, _: Instrument, who: Who, __: Document) -> None:
    letters.sent(_mailed(desk, who))


def _is_reminded(desk: Desk, _: Instrument, who: Who, __: Document) -> None:
    made = _passed_on(desk, who)
    invitations.passed_on(made.id, by=desk.of(who).id)
    made_up.in_the_past(timedelta(days=9), invitation_id=made.id)


def _has_failed(desk: Desk, _: Instrument, who: Who, __: Document) -> None:
    letters.failed(_mailed(desk, who), "550 no such mailbox", again=False)


def _came_back(desk: Desk, _: Instrument, who: Who, __: Document) -> None:
    owed = _mailed(desk, who)
    letters.sent(owed)
    letters.bounced(owed.id, "5.1.1 no such mailbox")


def _is_opened(desk: Desk, _: Instrument, who: Who, __: Document) -> None:
    invitations.open_by(_passed_on(desk, who).token)


def _is_begun(desk: Desk, instrument: Instrument, who: Who, result: Document) -> None:
    invited = _passed_on(desk, who)
    invitations.open_by(invited.token)
    _started(instrument, who, result, invited)


def _is_not_shown(desk: Desk, instrument: Instrument, who: Who, result: Document) -> None:
    """Let somebody finish who keeps the result to themselves."""
    invited = _passed_on(desk, who)
    invitations.open_by(invited.token)
    _finished(instrument, who, result, invited)


def _is_over(desk: Desk, _: Instrument, who: Who, __: Document) -> None:
    made_up.in_the_past(timedelta(days=35), invitation_id=_passed_on(desk, who).id)


def _is_revoked(desk: Desk, _: Instrument, who: Who, __: Document) -> None:
    invitations.revoke(_passed_on(desk, who).id, by=desk.of(who).id)


STATES: tuple[Callable[[Desk, Instrument, Who, Document], None], ...] = (
    _is_only_made,
    _is_sent,
    _is_reminded,
    _has_failed,
    _came_back,
    _is_opened,
    _is_begun,
    _is_not_shown,
    _is_over,
    _is_revoked,
)


def _open_link() -> str:
    """Return the secret of an invitation that nobody has opened yet."""
    return next(each.token for each in invitations.page() if each.is_live and each.state == "sent")
