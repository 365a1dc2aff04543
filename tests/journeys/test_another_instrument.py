"""The site is a platform: an instrument of another field, with other layers, numbers, questions and routes.

It is dropped into a copy of content/, and no Python knows of it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessment.app import create_app
from assessment.content.library import Library
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.report import document
from assessment.report.sections import told
from tests.another import (
    KEY,
    NAME,
    another,
    any_answers,
    any_numbers,
    content_beside,
    content_instead,
    foreign_names,
)
from tests.commands.conftest import flask
from tests.conftest import some_settings
from tests.leader import Leader
from tests.scale import scaled

INSTRUMENT = another()
FOREIGN = foreign_names()
FEW = settings(
    max_examples=scaled(40),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
BASE = "https://lights.example"


def words(html: str) -> str:
    """Return what a page says."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# --- on a page, by the commands ---------------------------------------------------------------------


@pytest.fixture(params=["beside", "instead"])
def leader(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> Iterator[Leader]:
    """A browser before a site that offers the instrument beside the one that ships, or instead of it."""
    content = {"beside": content_beside, "instead": content_instead}[request.param](tmp_path)
    instance = tmp_path / "instance"
    shutil.copytree(migrated, instance)
    app = create_app(some_settings(instance, CONTENT=str(content)))
    app.testing = True
    yield Leader(app.test_client())
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.mark.parametrize("form", [form.id for form in INSTRUMENT.forms])
def test_each_form_is_begun_walked_finished_and_told(leader: Leader, form: str) -> None:
    leader.start(f"/diagnosis/?instrument={NAME}", form=form)
    leader.walk()

    sent = leader.finish()
    result = leader.open(sent.location)

    said = words(result.text)
    assert result.status == 200
    assert all(layer.name in said for layer in INSTRUMENT.layers)
    assert INSTRUMENT.form(form).name in said
    assert json.loads(leader.open(f"{sent.location.rstrip('/')}.json").text)["instrument"]["key"] == KEY


def test_its_answers_are_diagnosed_and_set_on_paper_by_the_commands(tmp_path: Path) -> None:
    content = content_beside(tmp_path)
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(some_answers("inspection")), encoding="utf-8")

    result = flask("diagnose", str(answers), CONTENT=str(content))
    paper = flask("report", str(answers), "-o", str(tmp_path / "a.pdf"), CONTENT=str(content))

    assert result.returncode == 0, result.stderr
    assert list(json.loads(result.stdout)["readings"]["shown"]["layers"]) == sorted(
        layer.id for layer in INSTRUMENT.layers
    )
    assert paper.returncode == 0, paper.stderr
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-1.7")


def some_answers(form: str) -> dict[str, Any]:
    """Return answers to a whole form: of each indicator one check fails, and the rest hold."""
    return {
        "instrument": KEY,
        "form": form,
        "as_of": "2026-11-22",
        "window_days": 60,
        "team_size": 6,
        "sample_drawn": True,
        "observations": {
            name: {"sound": each.marks[form] - 1, "failing": 1, "unverified": 0, "grade": "E3"}
            for name, each in INSTRUMENT.asked(form).items()
        },
        "context": {"PAPER": {"on_track": 9, "of": 10}},
    }


# --- any answers ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The site with both instruments."""
    folder = tmp_path_factory.mktemp("beside")
    return create_app(some_settings(folder / "instance", CONTENT=str(content_beside(folder))))


@FEW
@given(document_in=any_answers(INSTRUMENT))
def test_any_answers_to_it_are_scored_and_told_on_screen_and_paper(
    beside: Flask, document_in: dict[str, Any]
) -> None:
    """Fails if anything but the data of an instrument decides how many layers, bands or levels there are."""
    library: Library = beside.extensions["library"]
    instrument, answers = read_answers(library.instrument, json.dumps(document_in).encode())

    result = json.loads(canonical(diagnose(instrument, answers)))
    report = told(result, instrument, library, base_address=BASE, code="HL-1234-5678")
    paper = words(document.html(report))
    screen = words(on_screen(beside, report))

    for page in (paper, screen):
        assert report.title in page
        assert report.step.primary.title in page
        assert [name for name in FOREIGN if name in page] == []


@FEW
@given(data=st.data())
def test_whatever_numbers_an_owner_may_choose_its_answers_are_scored_and_told(
    beside: Flask, data: st.DataObject
) -> None:
    """Fails if a figure assumes four bands or short words, or the scoring a constant that is not refused."""
    library: Library = beside.extensions["library"]
    instrument = data.draw(any_numbers(INSTRUMENT))
    document_in = json.dumps(data.draw(any_answers(instrument))).encode()

    result = diagnose(*read_answers({KEY: instrument}.__getitem__, document_in))
    report = told(json.loads(canonical(result)), instrument, library, base_address=BASE)

    assert report.title in words(document.html(report))


def on_screen(app: Flask, report: Any) -> str:
    """Return the sections of a result as the page shows them, without the frame of the site."""
    sections = ("glance", "lineage", "indicators", "patterns", "advice", "step", "appendix")
    with app.test_request_context():
        return "".join(
            render_template(f"reports/sections/{each}.html", told=report, theirs=str, paper=False)
            for each in sections
        )
