"""Whatever the child does that sets a report, pages are answered meanwhile, and the next report is made."""

from __future__ import annotations

import json
import sys
import threading

import pytest
from flask import Flask

from assessment.jobs import BackRoom
from assessment.report.confined import Limits
from assessment.report.document import ASSETS
from assessment.report.pool import Pool
from assessment.store import reports
from assessment.store.reports import StoredReport
from tests.report.made import result
from tests.web.test_reports import keep

CONFINED = (
    "import os, sys; from pathlib import Path; from assessment.report import pdf;"
    "bell, assets, spelled = sys.argv[1:]; wall, cpu, memory, size = spelled.split(',');"
    "pdf.confine(pdf.Limits(float(wall), int(cpu), int(memory), int(size)), Path(assets));"
    "os.read(int(bell), 1); page = sys.stdin.read();"
)
PLANTED = {
    "hangs": "\nwhile 'bad' in page: pass",
    "sleeps": "\nimport time\nif 'bad' in page: time.sleep(60)",
    "falls over": "\nif 'bad' in page: import faulthandler; faulthandler._sigsegv()",
    "eats memory": "\nx = [bytes(2**20) for _ in range(2**14)] if 'bad' in page else 0",
    "has copies made": "\nif 'bad' in page:\n import ctypes\n while True: ctypes.CDLL(None).fork()",
    "writes without end": "\nwhile 'bad' in page: os.write(1, bytes(2**20))",
}
GOOD = "\nsys.stdout.write('%PDF-good')"


@pytest.mark.parametrize("name", PLANTED)
def test_pages_are_answered_while_a_child_misbehaves_and_the_next_report_is_made(
    name: str, app: Flask
) -> None:
    program = (sys.executable, "-c", CONFINED + PLANTED[name] + GOOD)
    pool = Pool(ASSETS, limits=Limits(wall_s=2, cpu_s=2, memory_mib=400, output_mb=5), program=program)

    def paper(report: StoredReport) -> bytes:
        return pool.make(str(json.loads(report.diagnosis)["answers"]["label"]))

    bad, good = keep(app, result(label="bad")), keep(app, result(label="good"))
    room = BackRoom(app, paper)
    at_work = threading.Thread(target=room.deliver)
    answered = []

    at_work.start()
    while at_work.is_alive() or not answered:
        answered += [bad.get().status_code, good.client.get("/").status_code]
    at_work.join()
    pool.close()

    with app.app_context():
        assert reports.pdf_state(bad.id) in ("failed", "delayed")
        made = reports.pdf(good.id)
    assert set(answered) == {200}
    assert made
    assert made.bytes == b"%PDF-good"
    assert "could not be made" in bad.get().text
