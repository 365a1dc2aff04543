"""The API: a token opens what it was made for, and every answer is what the document says."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from assessment.app import create_app
from assessment.settings import ROOT
from assessment.store import StoreBusy, reports
from assessment.store.database import db
from assessment.store.sales import audit, invitations, tokens
from assessment.store.secret import new_token
from assessment.web import access
from assessment.web.access import SCOPES, Who
from assessment.web.bearer import Throttle
from tests.conftest import some_settings
from tests.desk import browser_of, shared_with_desk, somebody
from tests.leader import Leader
from tests.web.finished import finished

BODY = {"called": "Ferry", "organisation": "Ferry Ltd", "name": "A Prospect", "email": "a@ferry.example"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("api") / "instance"
    shutil.copytree(migrated, folder)
    app = create_app(some_settings(folder, API_CALLS_A_MINUTE="100000"))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get("/api/openapi.json").json
    return found


class Program:
    """Another program with a token of these scopes."""

    def __init__(self, app: Flask, *scopes: str) -> None:
        self.person_id = somebody(app, name=f"Somebody {new_token()}").id
        self.client, self.token = app.test_client(), new_token()
        with app.app_context():
            tokens.make(self.token, person_id=self.person_id, name="A program", scopes=scopes, days=30)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **sent: Any) -> TestResponse:
        named = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=named, **sent)


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, *tokens.SCOPES)


def is_problem(response: TestResponse, status: int) -> bool:
    """Is it a refusal as programs read it?"""
    said = response.json
    return (
        response.status_code == status
        and response.mimetype == "application/problem+json"
        and {"type", "title", "status", "detail", "errors"} == said.keys()
        and said["status"] == status
    )


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(verb, path, each) for path, verbs in document["paths"].items() for verb, each in verbs.items()]


# --- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", f"Bearer {'x' * 43}", f"Basic {'x' * 43}"])
def test_without_a_token_that_works_nothing_is_answered(
    app: Flask, document: dict[str, Any], header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}

    for verb, path, _ in operations(document):
        answer = app.test_client().open(
            f"/api/v1{path}", method=verb, headers={**headers, "Accept": "text/html"}, data="{"
        )
        assert is_problem(answer, 401), (verb, path)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_somebody_who_is_signed_in_is_no_program(app: Flask, document: dict[str, Any]) -> None:
    browser = browser_of(app, somebody(app, "admin", "An Admin"))

    answers = [browser.open(f"/api/v1{path}", method=verb) for verb, path, _ in operations(document)]

    assert all(is_problem(answer, 401) for answer in answers)


def test_each_door_needs_the_scope_that_the_document_names(app: Flask, document: dict[str, Any]) -> None:
    for verb, path, said in operations(document):
        [[scope]] = [each["token"] for each in said["security"]]
        others = Program(app, *(each for each in tokens.SCOPES if each != scope))
        alone = Program(app, scope)
        refused = others.ask(verb, path, json={})
        assert is_problem(refused, 403)
        assert f'scope="{scope}"' in refused.headers["WWW-Authenticate"]
        assert alone.ask(verb, path, json={}).status_code != 403


def test_a_token_that_was_revoked_is_worth_nothing_with_the_next_request(
    app: Flask, program: Program
) -> None:
    before = program.ask("GET", "/invitations")

    with app.app_context():
        caller = tokens.caller(program.token)
        assert caller
        tokens.revoke(caller.token_id, by=program.person_id)

    assert before.status_code == 200
    assert is_problem(program.ask("GET", "/invitations"), 401)


# --- the document -----------------------------------------------------------------------------------------


def test_the_document_has_every_door_of_programs_and_no_other(app: Flask, document: dict[str, Any]) -> None:
    doors = {
        (method, re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")))
        for rule in app.url_map.iter_rules()
        if access.of(rule.endpoint) is Who.PROGRAM
        for method in (rule.methods or set()) - {"HEAD"}
    }

    assert {(verb.upper(), path) for verb, path, _ in operations(document)} == doors
    assert {each for each, who in access.ACCESS.items() if who is Who.PROGRAM} == SCOPES.keys()


def test_the_page_about_the_api_names_everything_that_can_be_asked(document: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z]+) (/[^`]*)` \| `([a-z:]+)` \|", text, re.MULTILINE)

    asked = {(verb.upper(), path, *said["security"][0]["token"]) for verb, path, said in operations(document)}
    assert set(rows) == asked


def validated(document: dict[str, Any], answer: TestResponse, verb: str, path: str) -> Any:
    """Return what was answered, after comparing it with what the document says of it."""
    said = document["paths"][path][verb]["responses"][str(answer.status_code)]
    (schema,) = said["content"].values()
    assert answer.mimetype in said["content"]
    assert set(said.get("headers", {})) <= set(answer.headers.keys())
    jsonschema.validate(answer.json, {**schema["schema"], "components": document["components"]})
    return answer.json


def test_an_invitation_that_is_made_is_answered_as_documented_and_found_again(
    app: Flask, program: Program, document: dict[str, Any]
) -> None:
    answer = program.ask("POST", "/invitations", json=BODY)

    made = validated(document, answer, "post", "/invitations")
    found = program.client.get(
        answer.headers["Location"], headers={"Authorization": f"Bearer {program.token}"}
    )
    again = validated(document, found, "get", "/invitations/{invitation_id}")
    link = made.pop("link")
    with app.app_context():
        invitation = invitations.peek(link.rpartition("/")[2])
        (last,) = audit.page(size=1)
    assert answer.status_code == 201
    assert again == made
    assert invitation
    assert (invitation.id, invitation.person_id) == (made["id"], program.person_id)
    assert (last.who, last.verb, last.what) == (program.person_id, "invitation made", made["id"])
    assert link.rpartition("/")[2] not in found.text + program.ask("GET", "/invitations").text


def test_the_same_key_with_the_same_body_makes_one(program: Program) -> None:
    def made(key: str, **body: Any) -> str:
        answer = program.ask("POST", "/invitations", {"Idempotency-Key": key}, json={**BODY, **body})
        return str(answer.json["id"])

    assert made("one") == made("one")
    assert len({made("one"), made("two"), made("one", called="Another")}) == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"called": " \u2003"},
        {"called": "two\nlines"},
        {"called": "nul\x00"},
        {"called": "x" * 121},
        {"called": 1},
        {**BODY, "email": "no address"},
        {**BODY, "email": "a@b.example, c@d.example"},
        {**BODY, "email": "a..b@c.example"},
        {**BODY, "days": 0},
        {**BODY, "days": "30"},
        {**BODY, "days": True},
        {**BODY, "email": "", "mail": True},
        {**BODY, "person_id": "somebody else"},
        [],
    ],
)
def test_a_body_that_is_not_as_it_must_be_makes_nothing(
    app: Flask, program: Program, document: dict[str, Any], body: Any
) -> None:
    before = program.ask("GET", "/invitations?limit=1").json

    answer = program.ask("POST", "/invitations", json=body)

    assert is_problem(answer, 422)
    assert answer.json["errors"]
    assert program.ask("GET", "/invitations?limit=1").json == before
    validated(document, answer, "post", "/invitations")


def test_an_invitation_cannot_be_mailed_by_a_site_that_sends_no_mail(program: Program) -> None:
    assert is_problem(program.ask("POST", "/invitations", json={**BODY, "mail": True}), 409)


def test_a_list_is_gone_through_once_whatever_is_added_meanwhile(program: Program) -> None:
    made = [program.ask("POST", "/invitations", json=BODY).json["id"] for _ in range(5)]
    found, after = [], ""

    while True:
        page = program.ask("GET", f"/invitations?limit=2{after}").json
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
        program.ask("POST", "/invitations", json=BODY)

    assert found[:5] == made[::-1]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("path", ["/invitations", "/deliveries", "/listings"])
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=ten", "limit=01", "limit=1&limit=2", "x=1", "limit=1 "]
)
def test_a_query_that_is_not_as_it_must_be_is_refused(program: Program, path: str, query: str) -> None:
    assert is_problem(program.ask("GET", f"{path}?{query}"), 422)


@pytest.mark.parametrize(
    "path",
    ["/invitations?after=x", "/deliveries?after=" + "x" * 22, "/listings?after=x", "/listings?after=MQ"],
)
def test_a_place_that_is_not_there_does_not_begin_the_list_again(program: Program, path: str) -> None:
    assert is_problem(program.ask("GET", path), 404)


# --- diagnoses --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report_id(app: Flask) -> str:
    """Of a diagnosis that its leader lets the desk see; there is another, which is not shared."""
    finished(Leader(app.test_client()))
    return shared_with_desk(Leader(app.test_client()), organisation="Ferry Ltd", email="leader@ferry.example")


def test_a_diagnosis_that_is_shared_is_answered_as_documented_and_says_what_its_result_says(
    app: Flask, program: Program, document: dict[str, Any], report_id: str
) -> None:
    page = validated(document, program.ask("GET", "/listings"), "get", "/listings")
    whole = validated(document, program.ask("GET", f"/listings/{report_id}"), "get", "/listings/{report_id}")

    with app.app_context():
        result = json.loads(reports.load(report_id).diagnosis)
    readings = whole.pop("readings")
    assert whole in page["items"]
    assert (whole["report_id"], whole["organisation"]) == (report_id, "Ferry Ltd")
    assert readings["likely"] == {
        name: result["readings"]["likely"]["composite"][name] for name in ("mean", "low", "high")
    }


def test_the_list_of_diagnoses_is_gone_through_once(app: Flask, program: Program, report_id: str) -> None:
    others = {shared_with_desk(Leader(app.test_client()), organisation="Mill Ltd") for _ in range(2)}
    found, after = [], ""

    while True:
        page = program.ask("GET", f"/listings?limit=1{after}").json
        found += [each["report_id"] for each in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert found.count(report_id) == 1
    assert others == set(found[: len(others)])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=ferry", 1),
        ("q=leader@ferry.example", 1),
        ("q=nobody", 0),
        ("form=quick&q=ferry", 1),
        ("form=full", 0),
        ("pattern=none-such", 0),
        ("invitation_id=" + "x" * 22, 0),
    ],
)
def test_the_list_is_narrowed(program: Program, report_id: str, query: str, count: int) -> None:
    assert len(program.ask("GET", f"/listings?{query}").json["items"]) == count


def test_what_its_leader_takes_back_is_not_there_any_more(
    app: Flask, program: Program, document: dict[str, Any]
) -> None:
    leader = Leader(app.test_client())
    report_id = shared_with_desk(leader)
    before = program.ask("GET", f"/listings/{report_id}").status_code

    leader.send(leader.open(f"/reports/{report_id}/"), to="/consent/withdraw")

    gone = program.ask("GET", f"/listings/{report_id}")
    unknown = program.ask("GET", "/listings/" + "x" * 22)
    listed = program.ask("GET", "/listings").json["items"]
    assert before == 200
    assert is_problem(gone, 404)
    assert gone.json == unknown.json
    assert report_id not in {each["report_id"] for each in listed}


def test_nothing_that_a_leader_wrote_is_answered(program: Program, report_id: str) -> None:
    text = program.ask("GET", "/listings").text + program.ask("GET", f"/listings/{report_id}").text

    assert "Team Atlas" not in text
    assert "leader@ferry.example" not in text


# --- how it refuses ---------------------------------------------------------------------------------------


def test_every_refusal_is_a_problem_in_json(app: Flask, program: Program) -> None:
    ask, plain = program.ask, {"Content-Type": "text/plain"}
    js = {"Content-Type": "application/json"}

    assert is_problem(ask("GET", "/nothing"), 404)
    assert is_problem(ask("GET", "/invitations/" + "x" * 22), 404)
    assert is_problem(ask("GET", "/invitations/%00"), 404)
    assert is_problem(ask("DELETE", "/invitations"), 405)
    assert ask("DELETE", "/invitations").headers["Allow"]
    assert is_problem(ask("OPTIONS", "/invitations"), 405)
    assert is_problem(ask("GET", "/invitations", {"Accept": "text/html"}), 406)
    assert is_problem(ask("POST", "/invitations", plain, data="{}"), 415)
    assert is_problem(ask("POST", "/invitations", js, data="{"), 400)
    assert is_problem(ask("POST", "/invitations", js, data=b"\xff"), 400)
    assert is_problem(ask("POST", "/invitations", js, data=b'{"called":"' + b"x" * 300_000 + b'"}'), 413)
    assert is_problem(ask("POST", "/invitations", {"Idempotency-Key": "two words"}, json=BODY), 422)


def test_a_store_that_takes_nothing_now_is_a_problem_that_passes(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreBusy

    monkeypatch.setattr(invitations, "page", busy)

    answer = program.ask("GET", "/invitations")

    assert is_problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_fault_of_our_own_is_a_problem_without_a_trace(
    app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(invitations, "page", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    answer = program.ask("GET", "/invitations")

    assert is_problem(answer, 500)
    assert "secret" not in answer.text


def test_no_cache_keeps_an_answer_and_no_index_lists_it(program: Program) -> None:
    answer = program.ask("GET", "/invitations")

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# --- how often --------------------------------------------------------------------------------------------


def test_what_a_token_does_not_use_comes_back_by_and_by() -> None:
    now = [0.0]
    throttle = Throttle(60, now=lambda: now[0])

    passed = [throttle.wait_s("a") for _ in range(60)]
    refused = throttle.wait_s("a")
    other = throttle.wait_s("b")
    now[0] += refused

    assert passed == [0.0] * 60
    assert refused == pytest.approx(1.0)
    assert other == 0.0
    assert throttle.wait_s("a") == 0.0
    assert throttle.wait_s("a") > 0


def test_a_token_that_asks_too_often_is_told_when_to_ask_again(
    app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "api_throttle", Throttle(2))

    answers = [program.ask("GET", "/invitations") for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert is_problem(answers[-1], 429)
    assert int(answers[-1].headers["Retry-After"]) > 0
