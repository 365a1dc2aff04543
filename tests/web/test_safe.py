"""Reading is safe: whatever is fetched, by whom and how often, nothing changes. Only a POST does anything.

The crawler finds the pages by itself. A door that it does not find has to be named below, with the reason,
so that a new one cannot escape either test.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from assessment.settings import Settings
from assessment.store import outbox, removal
from assessment.store.database import clock, writing
from assessment.store.removal import Periods
from assessment.store.sales import hooks, invitations, people, recovery, sessions
from assessment.store.sales.models import Session
from assessment.store.secret import new_id, new_token
from assessment.web import access
from assessment.web.access import Who
from tests.desk import PASSWORD, consent, prepare, send
from tests.exported import LOOKED_AT, bring, changes, keep
from tests.invited import invitation_in
from tests.leader import OUR_PAGE, Leader, Seen
from tests.web.diagnosis.common import FACTS, path_of
from tests.web.finished import finished, id_of
from tests.web.whole_site import served, settings_of

SITE = "http://localhost"
# What no page leads to, and why it is there all the same.
UNLINKED = {
    "/healthz": "operators ask for it",
    "/diagnosis/questions": "an address of before, which may be in somebody's bookmarks",
    "/diagnosis/left": "deleting leads there",
    "/sales/": "the desk is for those who know of it",
    "/sales/sign-in": "whoever is signed in already is not led there",
}
REFUSED = frozenset({400, 403, 404, 409, 410, 413, 422, 429, 503})
LIST = "\n".join(f"BK-{i}" for i in range(1, 53))


# --- somebody who has begun a lot -----------------------------------------------------------------


@dataclass
class World:
    """A site, a browser that holds assessments in every state, and the private links of them."""

    app: Flask
    leader: Leader
    begun: dict[str, str] = field(default_factory=dict)  # the address of each, by what has become of it
    links: list[str] = field(default_factory=list)

    def start(self, name: str, **facts: str) -> Leader:
        """Begin one more diagnosis in the same browser."""
        self.links.append(path_of(self.leader.start(**facts).private_link))
        self.begun[name] = self.leader.base
        return self.leader

    @property
    def seeds(self) -> list[str]:
        """The addresses from which everything else is found."""
        for_machines = (
            path
            for path, frozen in self.app.extensions["pages"].items()
            if frozen.mimetype != "text/html" and not path.startswith("/static/")
        )
        return ["/", *for_machines, *self.begun.values(), *self.links, *UNLINKED]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    return settings_of(tmp_path_factory.mktemp("safe"), migrated)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    yield from served(settings)


@pytest.fixture(scope="module")
def world(app: Flask) -> World:
    """Assessments that were just begun, half answered, finished, led on and deleted."""
    world = World(app, Leader(app.test_client()))
    with_paper(world)
    with_links(world)
    led_on(world)
    measured_again(world)
    half_answered(world)
    leader = world.start("from memory", form="pre-scan")
    leader.answer("F8/RC1", choice="0")
    world.start("just begun", form="full")
    signed_in(world)
    invited(world)
    sent_by_desk(world)
    leader.start(label="Gone")
    leader.send(leader.open("leave"), sure="y")
    return world


def signed_in(world: World) -> None:
    """Let the leader be an admin of the desk, too, whose session was used in the minute to come."""
    with world.app.app_context():
        account = people.add(email="a@site.test", name="A", role="admin", password=PASSWORD, by="command")
        world.leader.client.set_cookie("person", sessions.begin(account.id))
        with writing() as connection:
            connection.execute(update(Session).values(seen_at=clock(connection) + timedelta(minutes=20)))
        url, secret = "https://elsewhere.example/", b"s" * 32
        hooks.add(new_id(), person_id=account.id, url=url, events=hooks.EVENTS, secret=secret)
        new = people.add(email="new@site.test", name="New", role="sales", password=None, by="command")
        link = recovery.link_of(new.id)
        assert link
        world.links.append(f"/sales/password/{link.token}")


def invited(world: World) -> None:
    """Open an invitation; another has ended."""
    for name in ("opened", "ended"):
        world.links.append(invitation_in(world.app))
        sent = world.leader.send(world.leader.open(world.links[-1]))
        world.begun[f"the start of an invitation, {name}"] = sent.location
    with world.app.app_context():
        newest = invitations.page(size=1)[0]
        invitations.revoke(newest.id, by=newest.person_id)


def sent_by_desk(world: World) -> None:
    """Let the desk see a result and send it with a cover, by a link that is opened."""
    leader, result = world.leader, world.begun["result of before"]
    assert consent(leader, result).status == 303
    with world.app.app_context():
        seller, token = people.everybody()[0], new_token()
        prepared_id = prepare(id_of(result), seller, logo=b"a picture")
        send(id_of(result), prepared_id, seller, token=token)
    world.links.append(f"/shared/{token}")
    world.begun["sent by the desk"] = leader.send(leader.open(world.links[-1])).location


def with_paper(world: World) -> None:
    """Finish two: of one the paper is made, of the other it was made and not kept."""
    for name in ("its paper not kept", "with its paper"):
        leader = world.start(name, form="pre-scan")
        leader.walk()
        world.begun[f"result {name}"] = leader.finish().location
        with world.app.app_context():
            owed = outbox.take("render", lease_s=30)
            assert owed
            outbox.done(owed, b"%PDF-1.7")
            if name == "its paper not kept":
                periods = Periods(timedelta(days=90), timedelta(days=365), timedelta(hours=24))
                removal.purge(datetime.now(UTC) + timedelta(hours=25), periods)


def with_links(world: World) -> None:
    """Share a result by a link that was opened, one that was not, and one that was opened and has ended."""
    leader, result = world.leader, world.begun["result with its paper"]
    for name in ("ended", "opened", "new"):
        made = shared(leader, result).location
        world.links.append(link_on(leader.open(made)))
        if name != "new":
            world.begun[f"shared, {name}"] = leader.send(leader.open(world.links[-1])).location
        if name == "ended":
            assert leader.send(leader.open(made), to="/end").status == 303
        else:
            world.begun[f"the link, {name}"] = made


def led_on(world: World) -> None:
    """Finish one, whose paper is still owed, and go on from it."""
    leader = world.start("led on from", form="pre-scan")
    leader.walk()
    result = leader.finish().location
    world.begun["result led on from"] = result
    onward = leader.send(leader.open(result), to="/onward").location
    world.begun["led on"], world.begun["led on, with its link"] = onward.partition("?")[0], onward


def measured_again(world: World) -> None:
    """Finish two of one team, days apart, and begin another look after the first."""
    world.begun["result of before"] = finished(world.leader)
    begun = world.leader.send(world.leader.open("again")).location
    world.begun["measured again"] = begun.partition("?")[0]
    world.begun["result of later days"] = finished(world.leader, ended=1)


def half_answered(world: World) -> None:
    """Give a list, say what is expected, open an item, enter counts, ask for a link and a mail."""
    leader = world.start("half answered")
    said = {
        "way": "items",
        "where": "The tracker",
        "query": "newest first",
        "note": "jo@example.org",
        "list": LIST,
    }
    asked = leader.answer("F1/where", **said)
    leader.shown(leader.send(asked, understood=asked.form("/where").choices["understood"][0]))
    leader.check_item("F1", 1)
    leader.answer("F2/where", way="counts")
    leader.answer("F2/counts", FR2__sound=5, FR2__failing=2, FR2__unverified=1, source="memory")
    leader.answer("F3a/where", way="items", where="The tracker", query="oldest first", population=9)
    world.begun["another link"] = leader.send(leader.open(""), to="/link").location
    assert ask_for_mail(leader).status == 303


def ask_for_mail(leader: Leader) -> Seen:
    form = leader.open("").form("/mail")
    fields = {**form.fields.to_dict(), "to": "leader@example.org"}
    return Seen(leader.client.post(form.action, data=fields, headers=OUR_PAGE), form.action)


# --- what is kept ---------------------------------------------------------------------------------


def kept(settings: Settings) -> dict[str, object]:
    """Return everything that is kept, byte by byte: what the tables hold, and every file of the instance."""
    with closing(sqlite3.connect(settings.instance / "site.db")) as connection:
        dump = list(connection.iterdump())
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert not busy  # what stood in the log stands in the file now
    return {"tables": dump, **files(settings)}


def files(settings: Settings) -> dict[str, object]:
    """Return the bytes of every file, but of the index of the log, in which readers note where they read."""
    found = sorted(path for path in settings.instance.rglob("*") if path.is_file())
    return {path.name: path.read_bytes() for path in found if not path.name.endswith("-shm")}


# --- a crawler ------------------------------------------------------------------------------------


class _Addresses(HTMLParser):
    """Every address that a page names, in whatever element, and its forms sent the wrong way, as a GET."""

    NAMING = frozenset(
        {"href", "src", "action", "formaction", "data", "poster", "cite", "srcset", "manifest"}
    )

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: list[str] = []
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [value for name, value in given.items() if name in self.NAMING]
        if given.get("property") == "og:image":
            self.found.append(given["content"])
        if tag == "form":
            self.forms.append((given.get("action") or self.page.partition("?")[0], []))
        elif self.forms and given.get("name"):
            self.forms[-1][1].append((given["name"], given.get("value") or "y"))

    def all(self) -> list[str]:
        sent = [f"{action}?{urlencode(fields)}" for action, fields in self.forms]
        return [urljoin(SITE + self.page, each) for each in (*self.found, *sent)]


def named_in(path: str, answer: TestResponse) -> Iterator[str]:
    """Yield the addresses of this site that an answer leads to, without their fragments."""
    found = [urljoin(SITE + path, answer.headers["Location"])] if "Location" in answer.headers else []
    if answer.mimetype == "text/html":
        addresses = _Addresses(path)
        addresses.feed(answer.get_data(as_text=True))
        found += addresses.all()
    elif answer.mimetype == "text/css":
        named = re.findall(r"url\(\s*[\"']?([^\"')]+)", answer.get_data(as_text=True))
        found += [urljoin(SITE + path, each) for each in named]
    for each in found:
        parts = urlsplit(each)
        if f"{parts.scheme}://{parts.netloc}" in (SITE, "http://127.0.0.1:8000"):
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


# A form that is sent as a GET names itself anew on each page: which of them it was says nothing more.
_ONCE = re.compile(r"(csrf_token|request_id|proof)=[^&]*")


def crawled(client: FlaskClient, seeds: list[str]) -> dict[str, TestResponse]:
    """Fetch these addresses and whatever they lead to, again and again; return the answers."""
    answers: dict[str, TestResponse] = {}
    seen, waiting = {_ONCE.sub("", each) for each in seeds}, list(seeds)
    while waiting:
        path = waiting.pop()
        answers[path] = client.get(path, buffered=True)
        for found in named_in(path, answers[path]):
            if (name := _ONCE.sub("", found)) not in seen:
                seen.add(name)
                waiting.append(found)
    return answers


def rules(app: Flask, method: str) -> set[str]:
    """Return the doors that take a method, by name."""
    return {rule.endpoint for rule in app.url_map.iter_rules() if method in (rule.methods or ())}


def of_the_desk(app: Flask) -> set[str]:
    """Return the doors of the sales desk. What those do that take a POST is looked at by `test_access`."""
    return {each.endpoint for each in app.url_map.iter_rules() if each.endpoint.startswith("sales.")}


def of_programs(app: Flask) -> set[str]:
    """Return the doors that no browser comes through: `tests/web/api` opens them with a token."""
    return {each.endpoint for each in app.url_map.iter_rules() if access.of(each.endpoint) is Who.PROGRAM}


def doors(app: Flask, paths: dict[str, TestResponse]) -> set[str]:
    """Return the doors that these addresses opened."""
    adapter, found = app.url_map.bind("localhost"), set()
    for path, answer in paths.items():
        try:
            if answer.status_code < 400:
                found.add(adapter.match(path.partition("?")[0])[0])
        except HTTPException:
            continue  # a static file, which is answered before any door
    return found


def test_a_crawler_that_follows_everything_changes_nothing(
    app: Flask, world: World, settings: Settings
) -> None:
    before = kept(settings)

    answers = crawled(world.leader.client, world.seeds)

    assert {path: each.status for path, each in answers.items() if each.status_code >= 500} == {}
    assert [path for path, each in answers.items() if "Set-Cookie" in each.headers] == []
    assert rules(app, "GET") - of_programs(app) - doors(app, answers) == set()
    assert {Path(name).suffix for name in answers if "/static/" in name} == {".css", ".js", ".svg", ".woff2"}
    assert files(settings) == {name: each for name, each in before.items() if name != "tables"}
    assert kept(settings) == before


def test_a_crawler_that_holds_nothing_gets_no_cookie_and_no_diagnosis(
    app: Flask, world: World, settings: Settings
) -> None:
    client, before = app.test_client(), kept(settings)

    answers = crawled(client, world.seeds)

    assert [path for path, each in answers.items() if "Set-Cookie" in each.headers] == []
    assert client.get_cookie("holder") is None
    private = ("/diagnosis/", "/diagnosis/left", "/diagnosis/questions", "/diagnosis/resume/")
    opened = {path.partition("?")[0] for path, each in answers.items() if each.status_code < 400}
    inside = {path for path in opened if path.startswith(("/diagnosis/", "/reports/", "/shared/r/"))}
    assert {path for path in inside if path != "/diagnosis/" and not path.startswith(private[1:])} == set()
    assert kept(settings) == before


# What looks at links before a person does: each fetches an address once more, in a way of its own.
SCANNERS: tuple[tuple[str, bool, dict[str, str]], ...] = (
    ("GET", False, {}),
    ("HEAD", False, {}),
    ("GET", False, {"User-Agent": "MailScanner/1.0", "Sec-Fetch-Site": "cross-site"}),
    ("OPTIONS", False, {}),
    ("GET", True, {}),
    ("HEAD", True, {"Sec-Fetch-Site": "none"}),
    ("GET", True, {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}),
    ("GET", True, {"X-Moz": "prefetch", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}),
    ("GET", True, {"X-HTTP-Method-Override": "DELETE", "X-Requested-With": "XMLHttpRequest"}),
    ("OPTIONS", True, {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}),
)


def test_a_mail_scanner_that_fetches_every_address_ten_times_changes_nothing(
    app: Flask, world: World, settings: Settings
) -> None:
    addresses = [path for path in crawled(world.leader.client, world.seeds) if "/static/" not in path]
    stranger, before, amiss = app.test_client(), kept(settings), []

    for path in addresses:
        for method, holds, headers in SCANNERS:
            client = world.leader.client if holds else stranger
            answer = client.open(path, method=method, headers=headers, buffered=True)
            if answer.status_code >= 500 or "Set-Cookie" in answer.headers:
                amiss.append((method, path, answer.status))

    assert len(SCANNERS) == 10
    assert amiss == []
    assert {each for each in world.links if each in addresses} == set(world.links)
    assert files(settings) == {name: each for name, each in before.items() if name != "tables"}
    assert kept(settings) == before


# --- what does something --------------------------------------------------------------------------


@pytest.fixture
def leader(app: Flask) -> Leader:
    """A leader with a fresh diagnosis from memory, in a browser of their own."""
    leader = Leader(app.test_client())
    leader.start(form="pre-scan", label="Team Atlas")
    return leader


def _finished(leader: Leader) -> str:
    leader.walk()
    return leader.finish().location


def _replaced(leader: Leader) -> Seen:
    leader.start()
    leader.draw("F1", 20)
    return leader.answer("F1/1/replace", reason="stray")


def _read(leader: Leader) -> Seen:
    leader.start(**LOOKED_AT)
    return bring(leader, {"changes.json": changes()})


# How each door that takes a POST is made to accept one.
ACCEPTED: dict[str, Callable[[Leader], Seen]] = {
    "diagnosis.begin": lambda leader: leader.send(leader.open("/diagnosis/"), **FACTS),
    "diagnosis.answer": lambda leader: leader.answer("F8/RC1", choice="0"),
    "diagnosis.replace": lambda leader: _replaced(leader),
    "diagnosis.put_back": lambda leader: leader.send(
        leader.open((_replaced(leader), "F1/sample")[1]), to="/1/back"
    ),
    "diagnosis.keep_records": lambda leader: keep(leader, _read(leader)),
    "diagnosis.remove_records": lambda leader: leader.send(
        leader.open((keep(leader, _read(leader)), "records/")[1]), to="/remove"
    ),
    "diagnosis.finish": lambda leader: (leader.walk(), leader.finish())[1],
    "diagnosis.lead_on": lambda leader: leader.send(leader.open(_finished(leader)), to="/onward"),
    "diagnosis.begin_again": lambda leader: leader.send(leader.open((finished(leader), "again")[1])),
    "diagnosis.link": lambda leader: leader.send(leader.open(""), to="/link"),
    "diagnosis.mail": ask_for_mail,
    "diagnosis.reopen": lambda leader: leader.send(
        leader.open(path_of(leader.open(leader.send(leader.open(""), to="/link").location).private_link))
    ),
    "diagnosis.paper": lambda leader: Seen(
        leader.client.post(
            leader.base + "paper", data=(_finished(leader), bare(leader))[1], headers=OUR_PAGE
        ),
        "",
    ),
    "diagnosis.delete": lambda leader: leader.send(leader.open("leave"), sure="y"),
    "reports.make_share": lambda leader: shared(leader, _finished(leader)),
    "reports.end_share": lambda leader: leader.send(
        leader.open(shared(leader, _finished(leader)).location), to="/end"
    ),
    "reports.consent": lambda leader: consent(leader, _finished(leader)),
    "reports.withdraw": lambda leader: leader.send(
        leader.open(consent(leader, _finished(leader)).location), to="/withdraw"
    ),
    "shared.open_link": lambda leader: opened(leader),
    "invited.open_link": lambda leader: leader.send(leader.open(invitation_in(leader.client.application))),
    "shared.paper": lambda leader: Seen(
        leader.client.post(
            opened(leader).location + "paper", data=(leader.start(), bare(leader))[1], headers=OUR_PAGE
        ),
        "",
    ),
}


def shared(leader: Leader, result: str) -> Seen:
    """Make a link to a result."""
    return leader.send(leader.open(f"{result}share/look?days=30"), to="/share", called="The board")


def opened(leader: Leader) -> Seen:
    """Make a link to a result of one's own, follow it and press its button."""
    return leader.send(leader.open(link_on(leader.open(shared(leader, _finished(leader)).location))))


def link_on(page: Seen) -> str:
    """Return the address of the link that a page shows to be copied."""
    found = re.search(r'id="share-link"[^>]*>(.*?)</textarea>', page.text)
    assert found
    return path_of(found[1])


# Doors that keep nothing, so that there is nothing to lead to: they answer with the page itself, even to who
# sends a form of another site. Each with the address at which it takes one.
KEEPING_NOTHING: dict[str, Callable[[Leader], str]] = {
    "verify.compare": lambda leader: "/verify/",
    "verify.compare_with": lambda leader: _verified(leader),
}
# What is read to be looked at, behind a form of ours: nothing is kept of it either.
SHOWING = {"diagnosis.read_records": _read}
TAKING = ACCEPTED.keys() | KEEPING_NOTHING.keys() | SHOWING.keys()


def dropped(leader: Leader, address: str) -> Seen:
    """Drop a file to be compared."""
    fields = {"file": (BytesIO(b"%PDF-1.7"), "a file")}
    return Seen(leader.client.post(address, data=fields, content_type="multipart/form-data"), address)


def _verified(leader: Leader) -> str:
    """Return the address at which the report of a finished diagnosis is verified."""
    found = re.search(r'href="[^"]*(/verify/[A-Z0-9-]+)"', leader.open(_finished(leader)).text)
    assert found
    return found[1]


def bare(leader: Leader) -> dict[str, str]:
    """Return what every form carries, and a text that somebody typed."""
    carried = leader.open("leave").form().fields.to_dict()
    return {"csrf_token": carried["csrf_token"], "request_id": carried["request_id"], "reference": "by hand"}


def test_every_door_that_takes_a_post_is_looked_at_here(app: Flask) -> None:
    assert rules(app, "POST") - of_the_desk(app) - of_programs(app) == TAKING
    assert {method for rule in app.url_map.iter_rules() for method in rule.methods or ()} == {
        "GET",
        "HEAD",
        "OPTIONS",
        "POST",
    }


@pytest.mark.parametrize("door", sorted(ACCEPTED))
def test_what_is_accepted_is_answered_303_and_leads_to_a_page(leader: Leader, door: str) -> None:
    sent = ACCEPTED[door](leader)

    assert sent.status == 303
    assert leader.open(sent.location).status in (200, 202)


@pytest.mark.parametrize("door", sorted(KEEPING_NOTHING))
def test_what_keeps_nothing_is_answered_with_the_page_itself(
    leader: Leader, settings: Settings, door: str
) -> None:
    address = KEEPING_NOTHING[door](leader)
    before = kept(settings)

    sent = dropped(leader, address)

    assert sent.status == 200
    assert "Set-Cookie" not in sent.response.headers
    assert kept(settings) == before


@pytest.mark.parametrize("door", sorted(SHOWING))
def test_what_is_sent_to_be_looked_at_is_shown_and_not_kept(
    leader: Leader, settings: Settings, door: str
) -> None:
    SHOWING[door](leader)
    before = kept(settings)

    sent = bring(leader, {"changes.json": changes()})

    assert sent.status == 200
    assert kept(settings) == before


@dataclass(frozen=True)
class Wrong:
    """A way in which a request may be wrong, and whether what was typed comes back."""

    name: str
    fields: Callable[[dict[str, str]], dict[str, object]] = dict
    headers: dict[str, str] = field(default_factory=lambda: dict(OUR_PAGE))
    holds: bool = True
    hands_back: bool = True


WRONG = (
    Wrong(
        "no answer in it", lambda bare: {k: v for k, v in bare.items() if k != "reference"}, hands_back=False
    ),
    Wrong("from another site", headers={"Sec-Fetch-Site": "cross-site"}),
    Wrong("from nowhere", headers={}),
    Wrong("no token", lambda bare: {**bare, "csrf_token": ""}),
    Wrong("no name", lambda bare: {**bare, "request_id": ""}),
    Wrong("no cookie", holds=False),
    Wrong("too large", lambda bare: {**bare, "reference": "x" * 5_000_000}, hands_back=False),
    Wrong("too many parts", lambda bare: {**bare, **{f"f{i}": "" for i in range(600)}}, hands_back=False),
)


def addresses(app: Flask, leader: Leader, door: str) -> list[str]:
    """Return addresses at which a door takes a POST: of one's own assessment, and of none."""
    [rule] = [each for each in app.url_map.iter_rules() if each.endpoint == door]
    mine = leader.base.split("/")[2]
    values = {"part": "F8", "page": "RC1", "token": "nothing", "code": "AB-2222-2222"}
    found = []
    for assessment_id in (mine, "A" * 22):
        given = {**values, **dict.fromkeys(("assessment_id", "report_id", "share_id"), assessment_id)}
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", given[name])
        found.append(path)
    return sorted(set(found), key=found.index)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: each.name)
@pytest.mark.parametrize("door", sorted(TAKING))
def test_what_is_refused_says_so_with_the_text_in_it(
    app: Flask, leader: Leader, settings: Settings, door: str, wrong: Wrong
) -> None:
    client = leader.client if wrong.holds else app.test_client()

    for address in addresses(app, leader, door):
        before = kept(settings)
        sent = client.post(address, data=wrong.fields(bare(leader)), headers=wrong.headers)

        if sent.status_code == 303:
            assert (door, wrong.name) in SUFFICES  # it needs no more than this
            continue
        assert sent.status_code in REFUSED
        assert "<h1" in sent.text
        # A page that shows the form again has its own fields, and the button of a link has none.
        hands_back = wrong.hands_back and sent.status_code != 422 and door != "diagnosis.reopen"
        assert "by hand" in sent.text or not hands_back
        assert kept(settings) == before


# Doors to which something that others lack is no fault: a form without a question, or without a token.
SUFFICES = {
    ("diagnosis.link", "no answer in it"),
    ("diagnosis.link", "too many parts"),
}
