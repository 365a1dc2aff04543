"""What scripts stand on: their files, and saves that leave their page open. It takes no browser to see it."""

from __future__ import annotations

import re
import uuid

import pytest
from flask.testing import FlaskClient

from assessment.settings import ROOT
from tests.leader import Leader, Seen

SCRIPTS_AT_MOST = 8_000  # bytes in all, as they are written
SCRIPT = re.compile(r"<script\b[^>]*>")


@pytest.fixture
def leader(client: FlaskClient) -> Leader:
    """A leader whose first list is drawn."""
    leader = Leader(client)
    leader.start()
    leader.draw("F1", 40)
    return leader


def save_in_the_midst(leader: Leader, page: Seen, **typed: str) -> Seen:
    """Send the form of the first item as a script does, under a name of its own; None of it is left out."""
    form = page.form("/F1/1")
    fields = form.fields.to_dict() | dict.fromkeys(form.choices, "yes")
    fields |= {"stays": "1", "request_id": uuid.uuid4().hex} | typed
    headers = {"Sec-Fetch-Site": "same-origin"}
    return Seen(leader.client.post(form.action, data=fields, headers=headers), form.action)


def test_all_scripts_together_are_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "static").rglob("*.js")) < SCRIPTS_AT_MOST


def test_a_script_is_served_for_ever_under_the_hash_of_what_it_says(leader: Leader) -> None:
    page = leader.open("F1/1")

    tags = SCRIPT.findall(page.text)
    assert len(tags) == 5
    for tag in tags:
        address = re.fullmatch(r'<script type="module" src="(/static/js/\w+\.[0-9a-f]{12}\.js)">', tag)
        assert address, tag
        answer = leader.client.get(address[1], buffered=True)
        assert answer.mimetype == "text/javascript"
        assert "immutable" in answer.headers["Cache-Control"]
    assert "script-src 'self';" in page.response.headers["Content-Security-Policy"]


def test_a_save_in_the_midst_is_kept_and_leads_to_the_version_that_it_made(leader: Leader) -> None:
    page = leader.open("F1/1")

    first = save_in_the_midst(leader, page, reference="one")
    second = save_in_the_midst(leader, page, reference="two", version="1")

    assert (first.status, second.status) == (303, 303)
    assert first.location.endswith("/F1/1?saved=1")
    assert second.location.endswith("/F1/1?saved=2")
    assert leader.open(second.location).status == 204
    assert leader.open("F1/1").form("/F1/1").fields["reference"] == "two"


def test_a_save_in_the_midst_that_is_sent_again_is_kept_once(leader: Leader) -> None:
    page = leader.open("F1/1")
    name = uuid.uuid4().hex

    sent = [save_in_the_midst(leader, page, reference="one", request_id=name) for _ in range(2)]

    assert [each.location for each in sent] == [sent[0].location] * 2
    assert leader.open("F1/1").form("/F1/1").fields["version"] == "1"


def test_a_save_in_the_midst_of_what_stands_already_learns_its_version(leader: Leader) -> None:
    page = leader.open("F1/1")
    save_in_the_midst(leader, page, reference="one")
    save_in_the_midst(leader, page, reference="two", version="1")

    again = save_in_the_midst(leader, page, reference="two")

    assert again.location.endswith("?saved=2")


def test_a_save_in_the_midst_over_another_windows_is_refused(leader: Leader) -> None:
    page = leader.open("F1/1")
    save_in_the_midst(leader, page, reference="the other window")

    refused = save_in_the_midst(leader, page, reference="this window")

    assert refused.status == 409
    assert "the other window" in refused.text
    assert "this window" in refused.text


def test_after_a_save_in_the_midst_the_button_leads_on(leader: Leader) -> None:
    page = leader.open("F1/1")
    save_in_the_midst(leader, page, reference="one")

    sent = leader.send(page, **dict.fromkeys(page.form("/F1/1").choices, "yes"), reference="one")

    assert sent.status == 303
    assert sent.location.endswith("/F1/2")


def test_an_incomplete_save_in_the_midst_is_refused_and_nothing_is_kept(leader: Leader) -> None:
    page = leader.open("F1/1")

    refused = save_in_the_midst(leader, page, VD1="")

    assert refused.status == 422
    assert leader.open("F1/1").form("/F1/1").fields["version"] == "0"


@pytest.mark.parametrize(("path", "saves"), [("F1/1", True), ("F1/where", False)])
def test_only_a_page_that_settles_nothing_may_save_itself(leader: Leader, path: str, saves: bool) -> None:
    assert f'data-question="{"saves" if saves else ""}"' in leader.open(path).text
