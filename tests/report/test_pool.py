"""The pool: a page finds a child that is ready, whatever became of the ones before."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assessment.report.confined import Limits
from assessment.report.document import ASSETS
from assessment.report.pdf import PdfError, make_pdf
from assessment.report.pool import Pool
from tests.conftest import wait_until
from tests.report.made import PATIENT
from tests.report.test_pdf import framed


def answering(body: str) -> tuple[str, ...]:
    """Return a child that waits for its page and then does what is said."""
    waits = "import json, os, sys, time; os.read(int(sys.argv[1]), 1); page = json.load(sys.stdin)[0];"
    return (sys.executable, "-c", waits + body)


@pytest.fixture
def pool() -> Iterator[Pool]:
    """The pool of the product."""
    pool = Pool(ASSETS, limits=PATIENT)
    yield pool
    pool.close()


def waiting(pool: Pool) -> set[int]:
    """Return the processes that are ready for a page."""
    return {each._process.pid for each in pool._ready}


def test_a_child_that_has_waited_sets_the_same_bytes_as_one_that_has_not(pool: Pool) -> None:
    page = framed("<p>A page.</p>")

    assert [pool.make(page) for _ in range(2)] == [make_pdf(page, assets=ASSETS, limits=PATIENT)] * 2


def test_no_child_sets_two_pages(pool: Pool) -> None:
    before = waiting(pool)
    pool.make(framed("<p>One.</p>"))

    assert waiting(pool).isdisjoint(before)
    assert len(waiting(pool)) == len(before) == 1


def test_a_page_that_ends_its_child_is_the_only_one_to_fail() -> None:
    body = "os.abort() if 'bad' in page else sys.stdout.write('%PDF-' + page)"
    pool = Pool(ASSETS, limits=PATIENT, program=answering(body))

    with pytest.raises(PdfError) as failed:
        pool.make("bad")
    made = pool.make("good")
    pool.close()

    assert failed.value.reason == "crash"
    assert made == b"%PDF-good"


def test_a_child_that_was_killed_while_it_waited_is_no_fault_of_the_page(pool: Pool) -> None:
    for process in waiting(pool):
        os.kill(process, signal.SIGKILL)
    wait_until(lambda: not pool._ready[0].is_alive, seconds=10)

    assert pool.make(framed("<p>p</p>")).startswith(b"%PDF-")


def test_no_more_pages_are_set_at_a_time_than_there_are_places(tmp_path: Path) -> None:
    """Turns red with more places than `size`: more than two children are at work when the first is let go."""
    at_work, may_go = tmp_path / "at work", tmp_path / "may go"
    at_work.mkdir()
    may_go.mkdir()
    body = (
        f"mark, go = {str(at_work)!r} + '/' + page, {str(may_go)!r} + '/' + page; open(mark, 'w').close();"
        "exec('while not os.path.exists(go): time.sleep(0.01)'); os.remove(mark); print('%PDF-')"
    )
    pool = Pool(ASSETS, size=2, limits=Limits(wall_s=60), program=answering(body))
    threads = [threading.Thread(target=pool.make, args=(str(n),)) for n in range(6)]
    for each in threads:
        each.start()

    for left in range(6, 0, -1):
        wait_until(lambda left=left: len(list(at_work.iterdir())) == min(2, left), seconds=20)
        first = next(at_work.iterdir())
        (may_go / first.name).touch()
        wait_until(lambda first=first: not first.exists(), seconds=20)

    for each in threads:
        each.join()
    pool.close()


def test_when_it_is_closed_nobody_waits_any_more(pool: Pool) -> None:
    before = waiting(pool)
    pool.close()

    assert before
    assert not any(Path(f"/proc/{process}").exists() for process in before)
