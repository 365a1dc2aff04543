"""Who may come through which door: every door, asked as every role, answers as `web/access.py` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from assessment.settings import Settings
from assessment.web import access
from assessment.web.access import Who
from tests.access import (
    DOCUMENT,
    OF_DESK,
    ROLES,
    Answer,
    Asked,
    Kept,
    World,
    doors,
    expected,
    named_by,
    table,
)
from tests.web.whole_site import served, settings_of


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    return settings_of(tmp_path_factory.mktemp("access"), migrated)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    yield from served(settings)


@pytest.fixture(scope="module")
def world(app: Flask) -> World:
    world = World(app)
    world.build()
    return world


@pytest.fixture(scope="module")
def everything(world: World, settings: Settings) -> list[Asked]:
    """Ask every door, as every role, for what is its own, for what is foreign, and for what never was."""
    kept, asked = Kept(str(settings.instance / "site.db")), []
    for door in doors(world.app):
        for role in ROLES:
            for named in named_by(door, role):
                one = world.ask(door, role, named)
                one.changed = kept.has_changed()
                asked.append(one)
    return asked


def test_every_door_answers_whom_its_line_names_and_nobody_else(everything: list[Asked]) -> None:
    amiss = {
        (one.door.name, one.role, one.named): (one.response.status, expected(one.door, one.role, one.named))
        for one in everything
        if one.answer is not expected(one.door, one.role, one.named)
    }
    assert amiss == {}


def test_foreign_and_unknown_answer_with_the_same_words(everything: list[Asked]) -> None:
    told = {(one.door.name, one.role, one.named): one for one in everything}
    foreign = [one for one in everything if one.named == "foreign" and one.answer is not Answer.YES]
    differ = [
        (one.door.name, one.role) for one in foreign if one.text != told[one.door.name, one.role, "none"].text
    ]

    assert len(foreign) > 100
    assert differ == []


def test_what_is_refused_and_what_is_only_read_changes_nothing(everything: list[Asked]) -> None:
    changed = [one for one in everything if one.changed]
    wrongly = [one for one in changed if one.answer is not Answer.YES or one.door.method == "GET"]

    assert [(one.door.name, one.role, one.named) for one in wrongly] == []
    assert {one.role for one in changed} == set(ROLES)


def test_a_part_of_one_whole_is_not_found_in_another(world: World, settings: Settings) -> None:
    kept, amiss = Kept(str(settings.instance / "site.db")), []

    for door in doors(world.app):
        if len(door.objects) > 1:
            whole = {door.objects[0]: world.objects["first"][door.objects[0]]}
            for role, other in (("leader", "second"), ("admin", "third")):
                foreign = world.ask(door, role, "foreign", world.objects[other] | whole)
                unknown = world.ask(door, role, "none", world.objects["none"] | whole)
                if foreign.text != unknown.text or kept.has_changed():
                    amiss.append((door.name, role))

    assert amiss == []


def test_what_a_leader_takes_back_is_to_the_desk_as_if_it_had_never_been(
    world: World, settings: Settings
) -> None:
    kept = Kept(str(settings.instance / "site.db"))
    asked = [each for each in doors(world.app) if each.who in (Who.SALES, Who.ADMIN) and each.objects]
    withdrawn = next(each for each in doors(world.app) if each.rule.endpoint == "reports.withdraw")

    before = {door.name: world.ask(door, "admin", "none").text for door in asked}
    assert world.ask(withdrawn, "leader", "own").answer is Answer.YES
    of_diagnoses = [door for door in asked if not OF_DESK.issuperset(door.objects)]
    after = {door.name: world.ask(door, "admin", "own").text for door in of_diagnoses}

    assert {name for name, text in after.items() if text != before[name]} == set()
    assert kept.has_changed()


def test_every_door_lets_somebody_through(everything: list[Asked]) -> None:
    let_through = {one.door.name for one in everything if one.answer is Answer.YES}

    assert {one.door.name for one in everything} - let_through == set()


def test_a_door_without_a_line_keeps_the_site_from_starting() -> None:
    app = Flask("one more door")
    app.add_url_rule("/sales/back-door", "sales.back_door", lambda: "open")

    with pytest.raises(access.Unlisted, match=r"sales\.back_door"):
        access.check(app)


def test_the_list_names_no_door_that_is_not_there(app: Flask) -> None:
    assert set(access.ACCESS) - set(app.view_functions) == set()


def test_the_document_shows_the_table_as_it_is(app: Flask) -> None:
    said = DOCUMENT.read_text(encoding="utf-8")

    assert table(app) in said, "docs/access.md is not what web/access.py says: python -m tests.access"
