"""`flask demo`: an empty installation filled with what is made up, in every state, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import select

from assessment.app import create_app
from assessment.commands.demo import teams
from assessment.store.database import db, reading
from assessment.store.models import Report
from assessment.store.sales import audit, deliveries, invitations, people
from assessment.store.sales.models import Listing, ListingPattern
from assessment.store.sales.people import Right
from assessment.web.current import library
from tests.conftest import some_settings
from tests.demo import Demo, copied, filled
from tests.leader import Leader


@pytest.fixture(scope="module")
def demo(demonstrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = copied(demonstrated, tmp_path_factory.mktemp("demo"))
    yield demo
    with demo.app.app_context():
        db.engine.dispose()


def test_every_outcome_stands_at_the_desk(demo: Demo) -> None:
    with demo.app.app_context(), reading() as connection:
        listed = connection.execute(select(Listing)).all()
        patterns = set(connection.execute(select(ListingPattern.pattern)).scalars())
        instrument = library().current

    shown = {("form", each.form) for each in listed} | {("awarded", each.band) for each in listed}
    shown |= {("next step", each.route) for each in listed} | {("pattern", each) for each in patterns}
    assert teams.possible(instrument) - shown == set()
    assert len({each.shared_at.date() for each in listed}) == len(listed)


def test_there_is_an_invitation_in_every_state(demo: Demo) -> None:
    with demo.app.app_context():
        asked = invitations.page(size=100)

    states = {each.state for each in asked} | {each.letter for each in asked}
    assert states == {"made", "sent", "opened", "started", "finished", "shared", "failed", "bounced", ""}
    assert {True, False} == {each.is_revoked for each in asked if not each.is_live}


def test_there_is_a_delivery_in_every_state(demo: Demo) -> None:
    with demo.app.app_context():
        sent = deliveries.page()

    assert {each.state for each in sent} == set(get_args(deliveries.State))
    assert [each.is_live for each in sent].count(False) == 1


def test_whatever_has_a_name_says_that_it_is_made_up(demo: Demo) -> None:
    with demo.app.app_context():
        asked, accounts = invitations.page(size=100), people.everybody()
        with reading() as connection:
            organisations = connection.execute(select(Listing.organisation)).scalars().all()
            number = len(connection.execute(select(Report.id)).all())

        recipients = [each.recipient.name for each in deliveries.page()]

    names = [*recipients, *organisations, *(each.name for each in accounts)]
    names += [name for each in asked for name in (each.proposed.organisation, each.proposed.name)]
    assert [each for each in names if "(made up)" not in each] == []
    assert {each.email.rpartition(".")[2] for each in accounts} == {"example"}
    assert f"{number} diagnoses, {len(asked)} invitations" in demo.said


def test_what_the_command_says_opens_the_desk_and_the_other_sides_of_it(demo: Demo) -> None:
    leader = Leader(demo.app.test_client())
    result = leader.open(leader.send(leader.open(demo.path("A leader"))).location)
    with demo.app.app_context():
        password = demo.secret("  password")
        checked = [people.check(f"{who}@desk.example", password, source=who) for who in ("seller", "admin")]

    assert "a made-up team" in leader.open(result.location if result.status == 303 else result.path).text
    assert [type(each) for each in checked] == [Right, Right]
    invited = leader.open(demo.path("Somebody invited"))
    assert "(made up)" in invited.text


def test_its_audit_holds(demo: Demo) -> None:
    with demo.app.app_context():
        assert audit.verify().broken_at is None


def test_where_anything_is_kept_it_refuses_and_adds_nothing(demo: Demo) -> None:
    refused = filled(demo.app)

    assert refused.exit_code == 1
    assert "something is kept here already" in refused.output
    with demo.app.app_context(), reading() as connection:
        assert f"{len(connection.execute(select(Report.id)).all())} diagnoses" in demo.said


def test_in_production_it_refuses_before_it_looks(migrated: Path, tmp_path: Path) -> None:
    production = {"ENVIRONMENT": "production", "BASE_URL": "https://site.test"}
    app = create_app(some_settings(Path(shutil.copytree(migrated, tmp_path / "instance")), **production))

    refused = filled(app)

    assert refused.exit_code == 1
    assert "production" in refused.output
    with app.app_context():
        assert people.everybody() == []
        db.engine.dispose()
