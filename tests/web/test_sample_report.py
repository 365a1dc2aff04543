"""The sample report: a whole one, of nobody, for everybody; and never of another day than the site."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from assessment import jobs, papers
from assessment.app import create_app, whole_site
from assessment.report import sample
from assessment.report.sections import MADE_UP
from assessment.settings import Settings
from tests import another
from tests.commands.conftest import flask, run
from tests.conftest import some_settings
from tests.web.test_pages import read
from tests.web.test_safe import kept

URL = "/sample-report/"
PDF, DATA = f"{URL}report.pdf", f"{URL}report.json"


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&#39;", "'").replace("&amp;", "&").split())


@pytest.fixture
def result(client: FlaskClient) -> dict[str, Any]:
    """The result document that the site offers beside the page."""
    return dict(json.loads(client.get(DATA).data))


# --- what it shows --------------------------------------------------------------------------------


def test_it_says_on_its_first_screen_that_the_team_is_made_up(client: FlaskClient) -> None:
    page = client.get(URL).text

    head = words(page[page.index("<main") : page.index('id="readings"')])
    assert MADE_UP in head
    assert "made-up team" in head


def test_it_shows_something_of_everything(result: dict[str, Any]) -> None:
    answers = result["answers"]
    grades = {each["grade"] for each in answers["observations"].values()}

    assert answers["form"] == "full"
    assert grades == {"E1", "E2", "E3", "E4"}
    assert {each["state"] for each in result["patterns"]} >= {"present", "possible", "cannot tell"}
    assert answers["belief"]
    assert answers["not_applicable"]
    assert any(frame.get("replaced") for frame in answers["frames"].values())
    assert result["gate"] == {"passed": True, "reasons": []}
    assert result["bands"]["awarded"]


def test_the_page_tells_what_the_result_says(client: FlaskClient, app: Flask, result: dict[str, Any]) -> None:
    said = words(client.get(URL).text)
    instrument = app.extensions["library"].instrument(result["instrument"]["key"])
    answers, items = result["answers"], result["items"]
    names = {each.id: each.name for each in instrument.patterns}

    assert f"Of {sum(items.values())} checks, {items['sound']} held up." in said
    for reading, figures in result["readings"].items():
        mean, low, high = (round(figures["composite"][each]) for each in ("mean", "low", "high"))
        assert f" {mean} {low} to {high} " in said
        assert f" {reading.capitalize()} " in said
    for each in result["patterns"]:
        if each["state"] in ("present", "possible", "cannot tell"):
            assert names[each["id"]] in said
    assert instrument.destination(result["route"]["primary"]).name in said
    for reason in (*result["route"]["reasons"], *result["confidence"]["reasons"]):
        assert reason in said
    assert "indicators was left out" in said
    for frame in answers["frames"].values():
        assert frame["query"] in said
        assert all(f"replaced: {each}" in said for each in frame.get("replaced", ()))
    for name, reason in answers["not_applicable"].items():
        assert f"Not applicable: {reason}" in said, name
    assert "Belief beside record" in said


def test_scored_again_its_data_give_the_same_figures(client: FlaskClient, tmp_path: Path) -> None:
    file = tmp_path / "sample.json"
    file.write_bytes(client.get(DATA).data)

    done = run("rescore", str(file))

    assert (done.exit_code, done.stdout) == (0, f"{file}: reproduced exactly\n")


# --- who may read it ------------------------------------------------------------------------------


def test_it_asks_nothing_of_its_reader_and_keeps_nothing_of_them(
    client: FlaskClient, settings: Settings
) -> None:
    before = kept(settings)

    answers = [client.get(each) for each in (URL, PDF, DATA)]

    assert [each.status_code for each in answers] == [200, 202, 200]
    assert [each for each in answers if "Set-Cookie" in each.headers or "Cookie" in each.vary] == []
    assert kept(settings) == before


def test_it_has_none_of_the_actions_of_a_leader(client: FlaskClient) -> None:
    page = read(client, URL)

    acting = page.all("form", "input", "script")
    acting = [each for each in acting if "search" not in each.inside]
    assert [each.attributes for each in acting] == [{"type": "application/ld+json"}]  # data
    links = {each.attributes["href"] for each in page.all("a")}
    assert {PDF, DATA, "/diagnosis/"} <= links
    assert [
        each for each in links if each.startswith(("/reports/", "/diagnosis/")) and each != "/diagnosis/"
    ] == []


def test_search_engines_may_list_it(client: FlaskClient, settings: Settings) -> None:
    page = read(client, URL)

    assert [each for each in page.all("meta") if each.attributes.get("name") == "robots"] == []
    assert [e.attributes["href"] for e in page.all("link") if e.attributes["rel"] == "canonical"] == [
        settings.base_url + URL
    ]
    assert f"<loc>{settings.base_url}{URL}</loc>" in client.get("/sitemap.xml").text
    assert "X-Robots-Tag" not in client.get(URL).headers


@pytest.mark.parametrize("url", ["/", "/method/", "/diagnosis/"])
def test_it_is_offered_where_somebody_wonders_what_comes_out(client: FlaskClient, url: str) -> None:
    links = [each for each in read(client, url).all("a") if each.attributes["href"] == URL]

    assert [each for each in links if "main" in each.inside]


def test_who_has_the_page_is_told_so_and_the_address_without_a_slash_leads_to_it(client: FlaskClient) -> None:
    first = client.get(URL)

    again = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert client.get(URL.rstrip("/")).headers["Location"].endswith(URL)


def test_in_development_it_is_asked_for_each_time_like_every_page(settings: Settings) -> None:
    answer = whole_site(settings).test_client().get(URL)

    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_page_has_one_heading_of_the_whole_and_no_id_twice(client: FlaskClient) -> None:
    page = read(client, URL)

    assert len(page.all("h1")) == 1
    assert len(page.ids()) == len(set(page.ids()))


# --- on paper -------------------------------------------------------------------------------------


def test_while_there_is_no_paper_yet_it_says_so_and_when_to_come_again(client: FlaskClient) -> None:
    answer = client.get(PDF)

    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "5")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "is being prepared" in answer.text


def test_the_paper_of_the_back_room_is_that_of_another_process_and_says_what_the_page_says(
    app: Flask, client: FlaskClient, settings: Settings, result: dict[str, Any], tmp_path: Path
) -> None:
    library = app.extensions["library"]
    papers._sample_report(library.sample, library, settings)
    elsewhere = tmp_path / "sample.pdf"

    done = flask("sample", "build", "-o", str(elsewhere), TZ="Pacific/Auckland", BASE_URL=settings.base_url)

    answer = client.get(PDF)
    assert (done.returncode, answer.status_code, answer.mimetype) == (0, 200, "application/pdf")
    assert elsewhere.read_bytes() == answer.data
    pages = [" ".join(each.extract_text().split()) for each in PdfReader(io.BytesIO(answer.data)).pages]
    assert MADE_UP in pages[0]
    assert f"Of {sum(result['items'].values())} checks, {result['items']['sound']} held up." in pages[0]
    assert [number for number, text in enumerate(pages, 1) if "the team is made up" not in text] == []


def test_the_command_puts_the_paper_where_the_site_looks_for_it(
    settings: Settings, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE", str(settings.instance))
    left = settings.instance / f"{sample.PREFIX}of-other-answers.pdf"
    left.write_bytes(b"%PDF-1.7")

    done = run("sample", "build")

    assert done.exit_code == 0
    assert client.get(PDF).data.startswith(b"%PDF-")
    assert not left.exists()
    assert [each.name for each in settings.instance.glob(".sample*")] == []


def test_a_back_room_makes_it_once_and_again_only_where_it_failed(memory_room: Any) -> None:
    tried: list[str] = []

    def fails_at_first() -> None:
        tried.append("tried")
        if len(tried) == 1:
            raise OSError("no space left")

    room = memory_room(fails_at_first)

    for _ in range(3):
        room.make_once()

    assert len(tried) == 2


@pytest.fixture
def memory_room(app: Flask) -> Any:
    return lambda make: jobs.BackRoom(app, lambda report: b"", once=[make])


# --- another team, and none -----------------------------------------------------------------------


def test_paper_of_other_answers_is_not_shown(client: FlaskClient, settings: Settings) -> None:
    (settings.instance / f"{sample.PREFIX}0123456789abcdef.pdf").write_bytes(b"%PDF-1.7")

    assert client.get(PDF).status_code == 202


@pytest.fixture
def without(tmp_path: Path, migrated: Path) -> Iterator[FlaskClient]:
    """A visitor of a site that has no sample: that of another instrument."""
    content = another.content_instead(tmp_path)
    app = create_app(some_settings(migrated, CONTENT=str(content)))
    yield app.test_client()
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def test_a_site_without_a_made_up_team_offers_none(without: FlaskClient) -> None:
    assert [without.get(each).status_code for each in (URL, PDF, DATA)] == [404, 404, 404]
    assert [url for url in ("/", "/method/", "/diagnosis/") if "sample-report" in without.get(url).text] == []
    assert URL not in without.get("/sitemap.xml").text


@pytest.mark.browser
def test_it_is_accessible_in_light_and_dark_and_fits_a_narrow_screen(site: Any, chromium: Any) -> None:
    from tests.browser import axe

    page = chromium.new_page(reduced_motion="reduce", viewport={"width": 320, "height": 640})
    page.goto(site.url + URL)
    width = page.evaluate("document.documentElement.scrollWidth")
    wrong = axe.violations_in_light_and_dark(page)
    page.close()

    assert (wrong, width) == ([], 320)
