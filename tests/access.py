"""Every door asked as every role: who stands before it, what its address may name, and who is to be answered.

A door is found by itself: in the map of addresses, with its line in `web/access.py`. A new kind of object in
an address needs a line in `World.build` or in `INNER`, and is then asked for by everybody.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from assessment import pictures
from assessment.app import create_app
from assessment.settings import ROOT
from assessment.store import outbox, reports, shares, signatures
from assessment.store.sales import hooks, invitations, notes, people, recovery, sessions, tokens
from assessment.store.sales.invitations import Proposed
from assessment.store.sales.people import Role
from assessment.store.secret import new_id, new_token
from assessment.web import access, capability
from assessment.web.access import Who
from assessment.web.current import library
from tests.conftest import some_settings
from tests.desk import consent, prepare, send, somebody
from tests.leader import OUR_PAGE, Leader
from tests.web.finished import finished, id_of

DOCUMENT = ROOT / "docs" / "access.md"

ROLES = ("visitor", "leader", "other leader", "recipient", "sales", "admin", "program")
ROLES_OF_DESK: tuple[Role, ...] = ("sales", "admin")
# What the desk has together: there is none of them that is foreign to one who is of it.
OF_DESK = {"token_id", "webhook_id", "person_id"}
# Whose objects are a role's own. The others have none: to them both are foreign.
SIDES = {
    "leader": "first",
    "other leader": "second",
    "recipient": "first",
    "sales": "first",
    "admin": "first",
    "program": "first",
}
OTHER = {"first": "second", "second": "first"}
OBJECTS = ("own", "foreign", "none")

# What an address names within an object.
INNER = {"part": "F1", "page": "1"}
# A name that is used for several kinds is told apart by what stands before it in the address.
APART = ("token", "code", "name")
# These are there once a diagnosis is finished; to its other doors, such a one has only its report.
OF_FINISHED = {"diagnosis.paper", "diagnosis.again", "diagnosis.begin_again", "diagnosis.lead_on"}
# These show what only a report has that the desk prepared and sent.
OF_PREPARED = {"shared.logo"}
# These look at a file before at anything else.
WITH_FILE = {"verify.compare", "verify.compare_with"}

_NAMED = re.compile(r"<(?:\w+:)?(\w+)>")


class Answer(Enum):
    """How a door answers, as far as it tells who may come through it."""

    YES = "yes"
    UNKNOWN = "404"  # the answer of an object that does not exist
    SIGN_IN = "sign in"  # leads to the page where people of the desk sign in
    REFUSED = "403"
    UNPROVEN = "401"


@dataclass(frozen=True, slots=True)
class Door:
    """One address with one method, and whom it answers."""

    rule: Rule
    method: str
    who: Who

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def objects(self) -> list[str]:
        """The kinds of object that the address names, in its order."""
        return [kind for found in _NAMED.finditer(self.rule.rule) if (kind := self._kind(found)) not in INNER]

    def path(self, objects: dict[str, str]) -> str:
        """Return the address that names these objects. Raises KeyError for a kind that nobody makes."""
        values = {**INNER, **objects}
        return _NAMED.sub(lambda found: values[self._kind(found)], self.rule.rule)

    def _kind(self, found: re.Match[str]) -> str:
        name = found[1]
        if self.rule.endpoint in OF_FINISHED and name == "assessment_id":
            return f"finished/{name}"
        if self.rule.endpoint in OF_PREPARED and name == "share_id":
            return f"prepared/{name}"
        before = self.rule.rule[: found.start()].rstrip("/").rpartition("/")[2]
        return f"{before}/{name}" if name in APART else name


def doors(app: Flask) -> Iterator[Door]:
    """Yield every door but those that content opens, in the order of their addresses."""
    found = [
        Door(rule, method, access.ACCESS[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if rule.endpoint in access.ACCESS
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    yield from sorted(found, key=lambda door: (door.rule.rule, door.method))


def expected(door: Door, role: str, named: str) -> Answer:
    """Return how the policy has a door answer a role that names its own object, a foreign one, or none."""
    desk = role in ROLES_OF_DESK
    if door.who in (Who.SALES, Who.ADMIN) and not desk:
        return Answer.SIGN_IN if door.method == "GET" else Answer.REFUSED
    if door.who is Who.ADMIN and role != "admin":
        return Answer.UNKNOWN
    if door.who is Who.PROGRAM:
        if role != "program":
            return Answer.UNPROVEN
        return Answer.YES if named == "own" or not door.objects else Answer.UNKNOWN
    if door.who in (Who.HOLDER, Who.READER):
        if door.method == "POST" and role not in ("leader", "other leader", "recipient"):
            return Answer.REFUSED  # a browser that holds nothing is told so before its form is read
        holds = role == "recipient" if door.who is Who.READER else role in ("leader", "other leader")
        return Answer.YES if holds and named == "own" else Answer.UNKNOWN
    if not door.objects:
        return Answer.YES
    if door.who in (Who.EVERYONE, Who.LINK):
        return Answer.UNKNOWN if named == "none" else Answer.YES
    return Answer.YES if named == "own" else Answer.UNKNOWN


@dataclass
class Asked:
    """One request that was made, and what was answered."""

    door: Door
    role: str
    named: str  # own, foreign or none
    response: TestResponse
    text: str  # what was answered, without what names the object or this very request
    changed: bool = False  # was anything kept, changed or removed by it?

    @property
    def answer(self) -> Answer:
        """How it was answered; raises AssertionError on what no door may answer."""
        status = self.response.status_code
        to = self.response.headers.get("Location", "").partition("?")[0]
        if self.door.method == "GET" and status == 303 and to.endswith("/sales/sign-in"):
            return Answer.SIGN_IN
        refusals = {404: Answer.UNKNOWN, 403: Answer.REFUSED, 401: Answer.UNPROVEN}
        assert status < 500 or status == 503, (self.door.name, self.role, self.named, status)
        return refusals.get(status, Answer.YES)


@dataclass
class World:
    """A site with two leaders who know nothing of each other, a recipient, and the people of the desk.

    What is first was shared with the recipient and with the desk; the third, of the same leader, with the
    desk alone; the second, of the other leader, with nobody.
    """

    app: Flask
    objects: dict[str, dict[str, str]] = field(default_factory=dict)  # by side: the id of each kind
    cookies: dict[str, tuple[str, str]] = field(default_factory=dict)  # by role
    token: str = ""  # of the program

    def build(self) -> None:
        """Make one object of each kind on every side, and the browser of each role."""
        self._leads("leader", ("third", "first"))
        self._leads("other leader", ("second",))
        self._recipient()
        for role in ROLES_OF_DESK:
            self._person(role)
        for side in ("third", "first"):
            report_id = self.objects[side]["report_id"]
            self.objects[side] |= self._invited() | self._noted(report_id) | self._prepared(report_id)
        # Every invitation is the whole desk's: there is none that is foreign to it.
        self.objects["second"] |= {**self._invited(), "invitation_id": new_id()}
        first = self.objects["first"] = self.objects["first"] | self._programs() | self._waiting()
        first |= self._sent()
        self.objects["second"] |= {
            "delivery_id": new_id(),
            "prepared/share_id": self.objects["second"]["share_id"],
        }
        self.objects["none"] = {
            kind: new_token() if kind.endswith("token") else new_id() for kind in first
        } | {"verify/code": "EI2222222222"}
        # What only the desk has lies with what was shared with it, wherever somebody looks for it.
        self.objects["second"] = first | self.objects["second"]

    def _leads(self, role: str, sides: tuple[str, ...]) -> None:
        """Let somebody begin and finish, with a link for others and a letter box of the desk."""
        leader = Leader(self.app.test_client())
        for side in sides:
            link = leader.start().private_link
            leader.draw("F1", 2)
            leader.check_item("F1", 1)
            begun = id_of(leader.base)
            report_id = id_of(finished(leader))
            self.objects[side] = {
                "assessment_id": begun,
                "resume/token": link.rpartition("/")[2],
                "report_id": report_id,
                "finished/assessment_id": id_of(leader.base),
                **self._shared(report_id),
                **self._for_all(report_id),
            }
            if role == "leader":
                assert consent(leader, f"/reports/{report_id}/").status == 303
        cookie = leader.client.get_cookie("holder")
        assert cookie
        self.cookies[role] = ("holder", cookie.value)

    def _shared(self, report_id: str) -> dict[str, str]:
        with self.app.app_context():
            token = new_token()
            shared = shares.make(report_id, token=token, label="A", evidence=(), days=30)
            assert isinstance(shared, shares.Shared)
            return {"shared/token": token, "share_id": shared.id}

    def _noted(self, report_id: str) -> dict[str, str]:
        with self.app.app_context():
            notes.add(report_id, "Called.", person_id=people.everybody()[0].id, request=report_id)
            return {"note_id": notes.of(report_id)[0].id}

    def _prepared(self, report_id: str) -> dict[str, str]:
        with self.app.app_context():
            return {"prepared_id": prepare(report_id, people.everybody()[0], logo=b"a picture")}

    def _for_all(self, report_id: str) -> dict[str, str]:
        with self.app.app_context():
            owed = outbox.take("render", lease_s=30)
            assert owed
            outbox.done(owed, b"%PDF-1.7 made")
            return {
                "verify/code": reports.load(report_id).code,
                "key-/name": signatures.signer().id,
                "picture": next(iter(pictures.cards(library()).values())).name,
                "form": "quick",
                "file": "css/base.css",
            }

    def _recipient(self) -> None:
        with self.app.app_context():
            holder = new_token()
            shares.open_by(self.objects["first"]["shared/token"], holder=holder, request=uuid.uuid4().hex)
        self.cookies["recipient"] = ("holder", holder)

    def _programs(self) -> dict[str, str]:
        owner, webhook_id = somebody(self.app, name="Somebody with programs").id, new_id()
        with self.app.app_context():
            self.token = new_token()
            tokens.make(self.token, person_id=owner, name="A", scopes=tokens.SCOPES, days=30)
            (made,) = tokens.all_of()
            url = "https://a.example/"
            hooks.add(webhook_id, person_id=owner, url=url, events=hooks.EVENTS, secret=b"s" * 32)
            return {"token_id": made.id, "webhook_id": webhook_id}

    def _waiting(self) -> dict[str, str]:
        """Add somebody who has yet to set a password, by a link."""
        with self.app.app_context():
            added = people.add(email="new@example.org", name="New", role="sales", password=None, by="command")
            link = recovery.link_of(added.id)
            assert link
            return {"person_id": added.id, "secret": link.token}

    def _person(self, role: Role) -> None:
        account = somebody(self.app, role, name=f"Somebody of {role}")
        with self.app.app_context():
            self.cookies[role] = ("person", sessions.begin(account.id))

    def _sent(self) -> dict[str, str]:
        """Send what was shared with the desk, with a cover, to the recipient, who opens it."""
        report_id, token = self.objects["first"]["report_id"], new_token()
        with self.app.app_context():
            seller = people.everybody()[0]
            prepared_id = prepare(report_id, seller, logo=b"a picture")
            sent = send(report_id, prepared_id, seller, token=token)
            shares.open_by(token, holder=self.cookies["recipient"][1], request=uuid.uuid4().hex)
            return {"delivery_id": sent.id, "prepared/share_id": sent.share_id or ""}

    def _invited(self) -> dict[str, str]:
        with self.app.app_context():
            whose, token = people.everybody()[0].id, new_token()
            made = invitations.make(whose, token=token, called="Lee", proposed=Proposed(), days=30)
            return {"invited/token": token, "invitation_id": made.id}

    def browser(self, role: str) -> FlaskClient:
        """Return a browser as a role has it, each time a new one: what one answer takes, no other misses."""
        client = self.app.test_client()
        if role in self.cookies:
            client.set_cookie(*self.cookies[role])
        if role == "program":
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        return client

    def named(self, role: str, named: str) -> dict[str, str]:
        """Return the objects that a role names: its own, somebody else's, or such as never were."""
        own = SIDES.get(role, "second")
        return self.objects[{"own": own, "foreign": OTHER[own], "none": "none"}[named]]

    def ask(self, door: Door, role: str, named: str, objects: dict[str, str] | None = None) -> Asked:
        """Request a door, as somebody would who has read its forms and sends nothing more than they carry."""
        objects = self.named(role, named) if objects is None else objects
        client, path = self.browser(role), door.path(objects)
        if door.method == "GET":
            response = client.get(path, buffered=True)
        else:
            sent = self._carried(role, door)
            response = client.open(path, method=door.method, data=sent, headers=OUR_PAGE, buffered=True)
        return Asked(
            door, role, named, response, False, plain(response, [objects[each] for each in door.objects])
        )

    def _carried(self, role: str, door: Door) -> dict[str, Any]:
        held = self.cookies.get(role, ("", ""))[1]
        with self.app.app_context():
            token = capability.csrf_token(held) if held else ""
        file = {"file": (BytesIO(b"%PDF-1.7"), "some.pdf")} if door.rule.endpoint in WITH_FILE else {}
        return {"csrf_token": token, "request_id": uuid.uuid4().hex, **file}


def plain(response: TestResponse, objects: list[str]) -> str:
    """Return what was answered, its headers too, without what names the object or this very request."""
    text = response.get_data().decode("utf-8", "replace")
    told = "".join(f"{name}: {value}\n" for name, value in sorted(response.headers) if name != "Date")
    for value in objects:
        text, told = text.replace(value, "OBJECT"), told.replace(value, "OBJECT")
    told = re.sub(r"Content-Length: \d+", "", told)
    return f"{response.status}\n{told}\n" + re.sub(r"\b[0-9a-f]{32,64}\b", "HEX", text)


class Kept:
    """What the database holds: whether it was changed, and how it is put back to what it was."""

    # When somebody was here last is noted whenever they are.
    PASSING = re.compile(r'^INSERT INTO "?(session|api_token)"?')

    def __init__(self, path: str) -> None:
        self._path = path
        self._first = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(path)) as now:
            now.backup(self._first)
        self._dump = self._dumped()

    def has_changed(self) -> bool:
        """Does it hold anything else than at first? Puts it back where it does."""
        if self._dumped() == self._dump:
            return False
        with closing(sqlite3.connect(self._path)) as now:
            self._first.backup(now)
        return True

    def _dumped(self) -> list[str]:
        with closing(sqlite3.connect(self._path)) as now:
            return [line for line in now.iterdump() if not self.PASSING.match(line)]


def table(app: Flask) -> str:
    """Return the table of `docs/access.md`: how each door answers each role."""
    heads = ("Door", "Answers", *ROLES)
    rows = [heads, ("---",) * len(heads)]
    for door in doors(app):
        rows.append((f"`{door.name}`", door.who.name.lower(), *(_in_a_word(door, role) for role in ROLES)))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _in_a_word(door: Door, role: str) -> str:
    """Return how a door answers a role, where not always alike: whose objects it answers for."""
    answers = {named: expected(door, role, named) for named in named_by(door, role)}
    if len(set(answers.values())) == 1:
        return answers["none"].value
    return "own" if answers.get("foreign") is Answer.UNKNOWN else "any"


def named_by(door: Door, role: str) -> tuple[str, ...]:
    """Return what a role can name to a door: nothing of its own where it has nothing."""
    if not door.objects:
        return ("none",)
    if role in ROLES_OF_DESK and OF_DESK.issuperset(door.objects):
        return ("own", "none")
    return OBJECTS if role in SIDES else OBJECTS[1:]


def main() -> None:
    """Write the table of `docs/access.md` anew."""
    with tempfile.TemporaryDirectory() as folder:
        now = table(create_app(some_settings(Path(folder))))
    prose = DOCUMENT.read_text(encoding="utf-8").partition("| Door |")[0]
    DOCUMENT.write_text(prose.rstrip("\n") + "\n\n" + now, encoding="utf-8")


if __name__ == "__main__":
    main()
