"""kill -9 of what serves the site: no acknowledged answer is lost or doubled, the PDF still arrives."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import wait_until
from tests.crash.harness import Leader, audit, back_room, is_free, serving, under_fire
from tests.scale import SCALE

pytestmark = pytest.mark.crash

SEED = 20261122


@pytest.fixture
def instance(tmp_path: Path, migrated: Path) -> Path:
    """A folder with an empty database."""
    folder = tmp_path / "instance"
    shutil.copytree(migrated, folder)
    return folder


def test_killing_workers_and_everything_loses_and_doubles_no_acknowledged_answer(instance: Path) -> None:
    with serving(instance) as web:
        leaders = under_fire(web, leaders=4, kills=20 * SCALE, seed=SEED, everything_every=9)

    found = audit(instance, leaders)
    assert found.is_clean, (found, [each.refused for each in leaders])
    assert found.acknowledged > 100, found
    assert found.tried_again > 0, found  # or the kills hit nobody
    assert is_free(web.port)


def test_a_request_sent_again_after_the_worker_died_between_two_answers_is_kept_once(instance: Path) -> None:
    with serving(instance) as web:
        leader = Leader(web.port)
        leader.begin()
        assert leader.answer(1, version=0)

        web.kill_everything()
        web.begin()

        assert leader.answer(2, version=0)
        assert leader.answer(1, version=1)

    found = audit(instance, [leader])
    assert found.is_clean, (found, leader.refused)
    assert found.acknowledged == 3


def test_an_acknowledgement_before_the_commit_turns_the_harness_red(instance: Path) -> None:
    with serving(instance, "tests.crash.planted:app") as web:
        leaders = under_fire(web, leaders=4, kills=6, seed=SEED)

    assert audit(instance, leaders).lost > 0


# --- the back room --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def once_finished(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """A folder whose database holds a finished diagnosis, made by requests, whose paper is owed."""
    folder = tmp_path_factory.mktemp("finished") / "instance"
    shutil.copytree(migrated, folder)
    with serving(folder) as web:
        leader = Leader(web.port)
        leader.begin()
        assert all(leader.answer(page, version=0) for page in range(1, 9)), leader.refused
        fields = {"csrf_token": leader.form["csrf_token"], "request_id": "f" * 32}
        ended = leader.browser.post(f"{leader.base}finish", fields)
    assert ended.status == 303, ended.text
    assert ended.headers["Location"].startswith("/reports/")
    return folder


@pytest.fixture
def finished(tmp_path: Path, once_finished: Path) -> Path:
    """A copy of that folder."""
    return Path(shutil.copytree(once_finished, tmp_path / "instance"))


def outbox(instance: Path) -> tuple[str, int, str | None]:
    """Return state, attempts and lease of the one row."""
    with contextlib.closing(sqlite3.connect(instance / "site.db")) as connection:
        row: tuple[str, int, str | None] = connection.execute(
            "SELECT state, attempts, lease_until FROM outbox"
        ).fetchone()
    return row


def is_being_made(instance: Path) -> bool:
    state, attempts, lease = outbox(instance)
    return state == "waiting" and attempts > 0 and lease is not None


def paper(instance: Path) -> bytes | None:
    with contextlib.closing(sqlite3.connect(instance / "site.db")) as connection:
        row = connection.execute("SELECT pdf FROM report_file").fetchone()
    return row[0] if row else None


def test_a_back_room_killed_while_it_renders_delivers_the_paper_after_it_is_started_again(
    finished: Path,
) -> None:
    lease_s = 3.0
    with back_room(finished, "--lease", str(lease_s), "--every", "0.5") as first:
        wait_until(lambda: is_being_made(finished), seconds=20)
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert paper(finished) is None

    with back_room(finished, "--lease", str(lease_s), "--every", "0.5"):
        wait_until(lambda: paper(finished) is not None, seconds=lease_s + 20)

    made = paper(finished)
    assert made is not None
    assert made.startswith(b"%PDF-")
    assert outbox(finished)[:2] == ("done", 2)


def test_a_back_room_asked_to_stop_ends_the_paper_that_it_makes(finished: Path) -> None:
    with back_room(finished, "--every", "0.5") as room:
        wait_until(lambda: is_being_made(finished), seconds=20)
        room.send_signal(signal.SIGTERM)
        code = room.wait(timeout=20)

    assert code == 0
    assert outbox(finished)[:2] == ("done", 1)
    assert paper(finished)


def test_a_lease_that_does_not_end_turns_the_harness_red(finished: Path) -> None:
    with back_room(finished, "--lease", "100", "--every", "0.5") as first:
        wait_until(lambda: is_being_made(finished), seconds=20)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()

    with back_room(finished, "--lease", "100", "--every", "0.5"), pytest.raises(TimeoutError):
        wait_until(lambda: paper(finished) is not None, seconds=4)
