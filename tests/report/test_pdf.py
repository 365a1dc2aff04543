"""The paper: accessible, complete, the same bytes every time, and made where nothing can be hurt."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import page
import pytest
from pypdf import PdfReader

from assessment.report import document, kernel
from assessment.report.confined import Limits
from assessment.report.document import ASSETS
from assessment.report.engine import PACKAGED
from assessment.report.pdf import FOLDER, FONTS, Child, PdfError, clear_left_folders, make_pdf
from assessment.settings import ROOT
from tests import scale
from tests.conftest import wait_until
from tests.report.made import (
    ALL_SOUND,
    ALL_UNVERIFIED,
    ATLAS,
    BASE,
    CODE,
    FULLEST,
    PATIENT,
    Issued,
    hostile,
    issue,
    paper,
    report,
    result,
    squeezed,
)

LONG_NAME = "Eine lange Bezeichnung für eine Gruppe, die vieles zugleich macht und davon gern erzählt, " * 2


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """The paper of a team with something of everything."""
    return issue(tmp_path_factory.mktemp("atlas"), "atlas", result(belief={"VD1": {"count": 8, "of": 8}}))


CASES: dict[str, Any] = {
    "all sound": lambda: result(ALL_SOUND),
    "gate failed": lambda: result(ALL_UNVERIFIED, "E2"),
    "from memory": lambda: result(ATLAS, "E1", frames={}),
    "fullest first page": lambda: result(FULLEST, sample_drawn=False, label=LONG_NAME),
    "most reasons": lambda: result(FULLEST, "E2", sample_drawn=False, window_end="2026-08-01"),
    "small team": lambda: result({**ATLAS, "LD1": (0, 4, 0)}, team_size=4),
    "hostile": lambda: hostile("<b>x</b> אב 中文 " + "W" * 20_000),
}


@pytest.fixture(
    scope="module", params=["atlas", *CASES] if scale.is_searched_longer() else ["atlas", *list(CASES)[-2:]]
)
def issued(
    request: pytest.FixtureRequest, atlas: Issued, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Issued]:
    """The paper of each kind of result, one after the other."""
    if request.param == "atlas":
        yield atlas
    else:
        yield issue(tmp_path_factory.mktemp("issued"), "case", CASES[request.param]())


# --- what every paper is --------------------------------------------------------------------------


def test_no_rule_of_pdf_ua_fails(issued: Issued) -> None:
    checked = page.validate_pdf(str(issued.path), profile="ua1")

    assert [failure.message for failure in checked.failures] == []
    assert checked.is_compliant


def test_every_font_is_embedded_and_one_of_ours(issued: Issued) -> None:
    fonts = {}
    for each in PdfReader(issued.path).pages:
        for font in each["/Resources"].get("/Font", {}).values():  # type: ignore[union-attr]
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            fonts[inner["/BaseFont"].partition("+")[2]] = inner["/FontDescriptor"].get_object()

    assert set(fonts) == {"Inter", "Inter-Semi-Bold", "Source-Serif-4-Semi-Bold"}
    assert all("/FontFile2" in descriptor for descriptor in fonts.values())


def test_the_first_page_is_complete_and_ends_before_the_contents(issued: Issued) -> None:
    told = report(issued.result)
    first, second, *_ = issued.sheets

    assert squeezed(told.title) in first
    assert squeezed(told.step.primary.title) in first
    assert squeezed(told.marks_sentence) in first
    for finding in told.findings:
        assert squeezed(finding.title) in first
    for reading in told.readings:
        if reading.range:
            assert squeezed(f"{reading.range.value} {reading.range.interval}") in first
    assert "Contents" in second[:120]


def test_every_sentence_of_the_report_is_on_the_paper(issued: Issued) -> None:
    told = report(issued.result)
    text = "".join(issued.sheets)
    indicators = [each for layer in told.layers for part in layer.dimensions for each in part.indicators]
    patterns = (*told.patterns.present, *told.patterns.possible, *told.patterns.unclear)

    for sentence in (
        *told.lede,
        *(each.sentence for each in indicators),
        *(each.interval for each in indicators),
        *(each.soundness for each in indicators),
        *(each.because for each in patterns),
        *told.patterns.others,
        *(each.action for each in (*told.fix_first, *told.verify_first)),
        *(each.gain for each in (*told.fix_first, *told.verify_first)),
        *told.step.reasons,
        *told.step.would_change,
        *told.appendix.limits,
        *(each.sentence for each in told.lineage),
        *(cell for table in told.appendix.constants for row in table.rows for cell in row.cells),
        *(fact.value for fact in told.appendix.versions),
    ):
        assert squeezed(sentence) in text, sentence


def test_the_pages_are_numbered_and_there_are_not_too_many(issued: Issued) -> None:
    sheets = issued.sheets

    assert 6 <= len(sheets) <= 30
    for number, sheet in enumerate(sheets, 1):
        assert f"Page{number}of{len(sheets)}" in sheet


def lines_of(sheet: Any) -> list[int]:
    """Return how far below the top of a page its lines stand, in pixels, the lowest last."""
    found: set[int] = set()

    def seen(text: str, page: list[float], line: list[float], *_: Any) -> None:
        if text.strip() and round(page[5]) == round(sheet.mediabox.height):  # else it is part of a drawing
            found.add(round(line[5]))

    sheet.extract_text(visitor_text=seen)
    return sorted(found)


def test_long_sections_flow_over_the_page_and_leave_no_large_gap(atlas: Issued) -> None:
    _, *between, _ = PdfReader(atlas.path).pages

    assert len(between) <= 9
    for each in between:
        *_, lowest, foot = lines_of(each)
        assert foot - lowest < 0.25 * foot  # a sample or a table of constants is not cut


# --- one paper looked at closely ------------------------------------------------------------------


def test_it_has_a_title_a_language_bookmarks_and_the_day_of_the_diagnosis(atlas: Issued) -> None:
    reader = PdfReader(atlas.path)
    root = reader.trailer["/Root"]
    told = report(atlas.result)

    def titles(outline: Any) -> Iterator[str]:
        for each in outline:
            yield from titles(each) if isinstance(each, list) else (each.title,)

    assert root["/Lang"] == "en-GB"  # type: ignore[index]
    assert reader.metadata is not None
    assert told.title in str(reader.metadata.title)
    assert CODE in str(reader.metadata.title)
    assert str(reader.metadata["/CreationDate"]).startswith("D:20261122")
    found = list(titles(reader.outline))
    assert told.title in found
    for _, name in told.contents:
        assert name in found or name == "Fix first, verify first"


def test_running_heads_and_feet_stand_on_every_page_but_the_first_head(atlas: Issued) -> None:
    first, *others = atlas.sheets

    assert all(squeezed(f"Quick diagnosis · {CODE}") in each for each in others)
    assert all("Notfordecisionsaboutindividuals" in each for each in (first, *others))


def uris_of(atlas: Issued) -> list[str]:
    """Return every address to which a link of the paper leads, in their order."""
    return [
        str(action["/URI"])
        for each in PdfReader(atlas.path).pages
        for annotation in each.get("/Annots", [])  # type: ignore[union-attr]
        if "/URI" in (action := annotation.get_object().get("/A", {}))
    ]


def test_links_lead_to_allowed_schemes_or_inside(atlas: Issued) -> None:
    uris = uris_of(atlas)

    assert uris
    assert all(uri.startswith(("https://", "mailto:")) for uri in uris)


def test_each_pattern_that_is_told_of_is_followed_by_the_address_of_its_page(atlas: Issued) -> None:
    patterns = report(atlas.result).patterns
    told = [each.id for each in (*patterns.present, *patterns.possible, *patterns.unclear)]

    leads = [uri for uri in uris_of(atlas) if "/patterns/" in uri]

    assert told
    assert leads == [f"{BASE}/patterns/{each}/" for each in told]
    text = "".join(atlas.sheets)
    assert all(squeezed(f"{BASE.removeprefix('https://')}/patterns/{each}") in text for each in told)


def test_two_papers_of_one_diagnosis_are_byte_equal_in_another_process_zone_and_second(atlas: Issued) -> None:
    program = (
        "import json, sys; from tests.report.made import paper;"
        "sys.stdout.buffer.write(paper(json.load(sys.stdin)))"
    )
    import json

    made = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(atlas.result).encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "LANG": "C"},
    )

    assert made.stdout == atlas.pdf


@pytest.mark.parametrize("case", ["fullest first page", "most reasons", "from memory"])
def test_on_letter_the_first_page_is_complete_too_and_no_rule_fails(case: str, tmp_path: Path) -> None:
    of = CASES[case]()
    path = tmp_path / "letter.pdf"
    path.write_bytes(paper(of, size="letter"))
    sheets = PdfReader(path).pages
    told, first = report(of), squeezed(sheets[0].extract_text())

    assert {(round(each.mediabox.width), round(each.mediabox.height)) for each in sheets} == {(612, 792)}
    for words in (
        told.title,
        told.marks_sentence,
        told.step.primary.title,
        *(f.title for f in told.findings),
    ):
        assert squeezed(words) in first, words
    assert "Contents" in squeezed(sheets[1].extract_text())[:120]
    assert page.validate_pdf(str(path), profile="ua1").is_compliant


ANOTHER_DAY = (
    "import datetime, sys, time; real, later = time.time, 400 * 86400;"
    "time.time = lambda: real() + later; now = datetime.datetime;"
    "datetime.datetime = type('datetime', (now,), {'now': classmethod(lambda its, zone=None: now.now(zone)"
    " + datetime.timedelta(seconds=later)), 'utcnow': classmethod(lambda its: its.now())});"
    "from assessment.report import pdf; sys.exit(pdf.main(sys.argv[1:]))"
)


def test_on_another_day_and_in_another_place_a_page_gives_the_same_bytes(
    atlas: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "SOURCE_DATE_EPOCH": "1"}.items():
        monkeypatch.setenv(name, value)
    program = (sys.executable, "-s", "-c", ANOTHER_DAY)

    again = make_pdf(document.html(report(atlas.result)), assets=ASSETS, limits=PATIENT, program=program)

    assert again == atlas.pdf


def set_by(program: str, issued: Issued) -> bytes:
    """Return what a program makes of the page of a report."""
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(ASSETS)],
        input=document.html(report(issued.result)).encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "FONTCONFIG_FILE": str(FONTS)},
    )
    return made.stdout


REHEARSED = (
    "import sys; from pathlib import Path; from assessment.report.engine import REHEARSAL, Engine;"
    "engine = Engine(Path(sys.argv[1])); faults = engine.set(REHEARSAL.read_text())[1]; engine.rehearse();"
    "pdf, more = engine.set(sys.stdin.read()); assert not faults + more; sys.stdout.buffer.write(pdf)"
)


def test_nothing_of_the_page_that_a_child_rehearses_is_in_the_one_that_it_sets(atlas: Issued) -> None:
    assert set_by(REHEARSED, atlas) == atlas.pdf


PLAINLY = (
    "import sys; from pathlib import Path; from assessment.report.engine import Engine;"
    "engine = Engine(Path(sys.argv[1])); import weasyprint.layout;"
    "weasyprint.layout.make_all_pages = weasyprint.layout.page.make_all_pages;"
    "pdf, faults = engine.set(sys.stdin.read()); assert not faults; sys.stdout.buffer.write(pdf)"
)


def test_a_paper_is_the_one_that_the_engine_makes_when_nobody_tells_it_ahead_where_references_lead(
    atlas: Issued,
) -> None:
    assert set_by(PLAINLY, atlas) == atlas.pdf


def test_another_figure_or_code_gives_another_paper(atlas: Issued) -> None:
    assert paper(atlas.result, code="EI-0000-0000") != atlas.pdf


# In a process of its own: what is told of children is the most that any of them ever needed.
MEASURED = (
    "import resource, sys; from pathlib import Path; from assessment.report.pdf import Limits, make_pdf;"
    "make_pdf(sys.stdin.read(), assets=Path(sys.argv[1]), limits=Limits(wall_s=120, cpu_s=100));"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
)


def test_a_paper_needs_a_fraction_of_its_limits(atlas: Issued) -> None:
    told = subprocess.run(
        [sys.executable, "-c", MEASURED, str(ASSETS)],
        input=document.html(report(atlas.result)),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )

    cpu_s, memory_kib = told.stdout.split()
    assert float(cpu_s) < Limits().cpu_s / 2
    assert int(memory_kib) < Limits().memory_mib * 1024 / 2


# --- hostile pages --------------------------------------------------------------------------------


def framed(body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en-GB"><head><title>T</title>'
        '<link rel="stylesheet" href="css/tokens.css"/><link rel="stylesheet" href="css/paper.css"/></head>'
        f"<body><h1>T</h1>{body}</body></html>"
    )


@pytest.fixture
def listener() -> Iterator[tuple[str, socket.socket]]:
    """An address of this machine where somebody listens, and the ear."""
    with socket.create_server(("127.0.0.1", 0)) as ear:
        ear.settimeout(0.05)
        yield f"http://127.0.0.1:{ear.getsockname()[1]}/x", ear


@pytest.mark.parametrize(
    "body",
    [
        '<img alt="a" src="{url}"/>',
        '<img alt="a" src="{url}"><p>not XML</p>',
        '<link rel="stylesheet" href="{url}"/>',
        '<link rel="stylesheet" href="{url}"><p>not XML</p>',
        "<style>@import url({url});</style>",
        '<object data="{url}">o</object><img alt="a" src="file:///etc/passwd"/>',
        "<style>p {{ background: url({url}) }}</style><p>p</p>",
        '<svg xmlns="http://www.w3.org/2000/svg"><title>t</title><image href="{url}" width="9"/></svg>',
        '<link rel="attachment" href="file:///etc/passwd"/>',
        '<p><a href="javascript:alert(1)">x</a></p>',
        '<p><a href="file:///etc/passwd">x</a></p>',
        '<p><a href=" javascript:alert(1)">x</a></p>',
        '<p style="-weasy-link: url(file:///etc/passwd)">x</p>',
        '<p><a rel="attachment" href="css/paper.css">x</a></p>',
        '<link rel="attachment" href="css/paper.css"/>',
        '<p style="color: nonsense">p</p>',
        "<p>中</p>",
    ],
)
def test_what_a_report_may_not_hold_is_refused_and_nothing_is_fetched(
    body: str, listener: tuple[str, socket.socket]
) -> None:
    url, ear = listener

    with pytest.raises(PdfError) as refused:
        make_pdf(framed(body.format(url=url)), assets=ASSETS, limits=PATIENT)

    assert refused.value.reason == "refused"
    assert not refused.value.worth_retrying
    with pytest.raises(TimeoutError):
        ear.accept()


def test_a_missing_font_is_refused_not_replaced(tmp_path: Path) -> None:
    for name in PACKAGED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ASSETS / name).read_bytes() if "Serif" not in name else b"no font")

    with pytest.raises(PdfError) as refused:
        make_pdf(framed("<p>p</p>"), assets=tmp_path, limits=PATIENT)

    assert refused.value.reason == "refused"


def test_nothing_is_embedded_but_fonts(atlas: Issued) -> None:
    reader = PdfReader(atlas.path)

    assert list(reader.attachments) == []
    assert b"/EmbeddedFile" not in atlas.pdf


# --- a child that misbehaves ----------------------------------------------------------------------

CONFINED = (
    "import sys; from pathlib import Path; from assessment.report import pdf;"
    "wall, cpu, memory, size = sys.argv[-1].split(',');"
    "limits = pdf.Limits(float(wall), int(cpu), int(memory), int(size));"
    "walls = pdf.confine(limits, Path(sys.argv[-2]));"
)


def child(body: str) -> tuple[str, ...]:
    return (sys.executable, "-c", CONFINED + body)


@pytest.mark.parametrize(
    ("body", "limits", "reason"),
    [
        ("import time; time.sleep(60)", Limits(wall_s=1), "late"),
        (
            "import signal; signal.pthread_sigmask(0, range(1, 32));\nwhile True: pass",
            Limits(wall_s=1),
            "late",
        ),
        ("\nwhile True: pass", Limits(wall_s=30, cpu_s=1), "time"),
        ("import os; os.abort()", Limits(), "crash"),
        ("import faulthandler; faulthandler._sigsegv()", Limits(), "crash"),
        ("x = [bytes(2**20) for _ in range(2**12)]", Limits(memory_mib=300), "crash"),
        ("sys.stdout.buffer.write(b'%PDF-' + bytes(3_000_000))", Limits(output_mb=1), "size"),
        ("import os; os.write(1, b'%PDF-' + bytes(3_000_000))", Limits(output_mb=1), "size"),
        ("sys.exit(0)", Limits(), "crash"),
        ("sys.exit(64)", Limits(), "memory"),
        ("sys.exit(67)", Limits(), "library"),
    ],
)
def test_a_child_that_hangs_crashes_or_grows_becomes_an_error_in_time(
    body: str, limits: Limits, reason: str
) -> None:
    start = time.monotonic()

    with pytest.raises(PdfError) as failed:
        make_pdf("<p>", assets=ASSETS, limits=limits, program=child(body))

    assert failed.value.reason == reason
    assert time.monotonic() - start < limits.wall_s + 5


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    body = f"import os, time\nif not os.fork():\n time.sleep(2); open({str(mark)!r}, 'w')\ntime.sleep(60)"
    program = (sys.executable, "-c", body)

    with pytest.raises(PdfError):
        make_pdf("<p>", assets=ASSETS, limits=Limits(wall_s=1), program=program)
    time.sleep(2)

    assert not mark.exists()


ATTEMPTS = {
    "a socket": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "a name": "import socket; socket.getaddrinfo('example.org', 80)",
    "a program": "import subprocess; subprocess.run(['true'])",
    "a shell": "import os; os.system('true')",
    "another program": "import os; os.execv('/bin/true', ['true'])",
    "a copy of itself": "import os; os.fork()",
    "a program of posix": "import os; os.posix_spawn('/bin/true', ['true'], {})",
    "a signal to the parent": "import os; os.kill(os.getppid(), 0)",
    "a signal to a group": "import os; os.killpg(os.getpgid(os.getppid()), 0)",
    "more time": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (99, 99))",
    "the users of the machine": "open('/etc/passwd')",
    "the users, by a link": "import os; os.open('/proc/self/root/etc/passwd', os.O_RDONLY)",
    "the users, by a relative path": "open('../' * 20 + 'etc/passwd')",
    "our own settings": "open('pyproject.toml')",
    "a folder, opened": "import os; os.open('/etc', os.O_RDONLY)",
    "a folder, listed": "import os; os.listdir('/etc')",
    "a folder, walked": "import os; list(os.scandir(os.path.expanduser('/')))",
    "a style sheet that is no report's": "open(sys.argv[-2] + '/css/base.css')",
    "a module, written": "open(pdf.__file__, 'a')",
    "a file outside": "open('{outside}/new', 'w')",
    "a file outside, by its number": "import os; os.open('{outside}/new', os.O_WRONLY | os.O_CREAT)",
    "a folder outside": "import os; os.mkdir('{outside}/new')",
    "removing": "import os; os.remove('{outside}/old')",
    "removing, from a folder": "import os; os.remove('../old', dir_fd=os.open(pdf.tempfile.gettempdir(), 0))",
    "moving in": "import os; os.rename('{outside}/old', pdf.tempfile.gettempdir() + '/old')",
    "moving out": "import os; open(pdf.tempfile.gettempdir() + '/x', 'w'); "
    "os.rename(pdf.tempfile.gettempdir() + '/x', '{outside}/x')",
    "cutting": "import os; os.truncate('{outside}/old', 0)",
    "letting others in": "import os; os.chmod('{outside}/old', 0o777)",
    "a link": "import os; os.symlink('/etc', pdf.tempfile.gettempdir() + '/etc')",
    "a hard link": "import os; os.link('{outside}/old', pdf.tempfile.gettempdir() + '/old')",
    "a database": "import sqlite3; sqlite3.connect('{outside}/old')",
    "another folder to begin in": "import os; os.chdir('/')",
    "a library": "import ctypes; walls.seal(); ctypes.CDLL(None)",
    "a function of the C library": "import ctypes; walls.seal(); ctypes.pythonapi.getppid",
    "memory that is not its own": "import ctypes; walls.seal(); ctypes.string_at(id(sys), 8)",
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=list(ATTEMPTS))
def test_a_confined_child_has_no_way_out(attempt: str, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("as it was")

    with pytest.raises(PdfError, match="PermissionError: a report may not use"):
        make_pdf(
            "<p>", assets=ASSETS, limits=PATIENT, program=child(attempt.replace("{outside}", str(tmp_path)))
        )

    assert os.listdir(tmp_path) == ["old"]
    assert old.read_text() == "as it was"
    assert old.stat().st_mode & 0o777 != 0o777


REFUSED_BY_THE_KERNEL = {
    "a socket": "kernel.socket(2, 1, 0)",
    "a pair of sockets": "kernel.socketpair(1, 1, 0, (ctypes.c_int * 2)())",
    "a connection": "kernel.connect(1, b'', 0)",
    "a copy of itself": "kernel.fork()",
    "a program": "kernel.execv(b'/bin/true', (ctypes.c_char_p * 2)(b'true', None))",
    "a program, in another process": "-kernel.system(b'true')",
    "a signal to the parent": "kernel.kill(os.getppid(), 0)",
    "a look into another process": "kernel.ptrace(16, os.getppid(), 0, 0)",
}


@pytest.mark.skipif(
    platform.machine() not in kernel.MACHINES, reason="no filter of system calls is made for this processor"
)
@pytest.mark.parametrize("attempt", REFUSED_BY_THE_KERNEL.values(), ids=list(REFUSED_BY_THE_KERNEL))
def test_what_goes_past_python_is_refused_by_the_kernel(attempt: str) -> None:
    body = (
        "import ctypes, os; kernel = ctypes.CDLL(None, use_errno=True);"
        f"refused = {attempt} < 0; sys.exit(64 if refused else 65)"
    )

    with pytest.raises(PdfError) as failed:
        make_pdf("<p>", assets=ASSETS, limits=PATIENT, program=child(body))

    assert failed.value.reason == "memory"


def test_a_confined_child_reads_its_files_and_writes_in_its_own_folder() -> None:
    body = (
        "import os, shutil, tempfile, wave; walls.seal();"
        "open(sys.argv[-2] + '/css/paper.css').read(); open(os.environ['FONTCONFIG_FILE']).read();"
        "folder = tempfile.mkdtemp(); open(folder + '/x', 'w').write('x'); open(folder + '/x').read();"
        "os.rename(folder + '/x', folder + '/y'); shutil.rmtree(folder);"
        "sys.exit(os.path.exists(folder) or 64)"
    )

    with pytest.raises(PdfError) as failed:
        make_pdf("<p>", assets=ASSETS, limits=PATIENT, program=child(body))

    assert failed.value.detail == ""
    assert failed.value.reason == "memory"


def test_when_both_processes_are_killed_nothing_that_was_typed_is_left_and_the_folder_goes_later(
    tmp_path: Path,
) -> None:
    waits = (
        "import time; print('typed', flush=True); print('typed', file=sys.stderr, flush=True); time.sleep(9)"
    )
    program = (
        "from assessment.report.document import ASSETS; from assessment.report.pdf import make_pdf;"
        f"make_pdf('<p>typed by somebody</p>', assets=ASSETS, program={child(waits)!r})"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    end = time.monotonic() + 10
    while not list(tmp_path.iterdir()) and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.5)
    parent.kill()
    parent.wait()

    (left,) = tmp_path.iterdir()
    assert left.name.startswith(FOLDER)
    assert list(left.iterdir()) == []


def test_only_old_folders_of_our_own_children_are_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = (f"{FOLDER}old", f"{FOLDER}now", "report-of-somebody", "elsewhere")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "font").write_text("f")
    (tmp_path / f"{FOLDER}link").symlink_to(tmp_path / "elsewhere")
    for name in (f"{FOLDER}old", "report-of-somebody", "elsewhere"):
        os.utime(tmp_path / name, (0, 0))

    clear_left_folders()

    assert {each.name for each in tmp_path.iterdir()} == {*names, f"{FOLDER}link"} - {f"{FOLDER}old"}
    assert (tmp_path / "elsewhere" / "font").exists()


def test_the_folder_of_a_child_that_waits_is_kept_however_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with Child(ASSETS, PATIENT) as waiting:
        (folder,) = tmp_path.iterdir()
        os.utime(folder, (0, 0))
        clear_left_folders()

        assert waiting.make(framed("<p>p</p>")).startswith(b"%PDF-")
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_waits_ends_with_its_parent() -> None:
    program = (
        "import sys; from assessment.report.document import ASSETS; from assessment.report.pdf import Child;"
        "child = Child(ASSETS); print(child._process.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin
    assert parent.stdout
    waiting = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()

    wait_until(lambda: not is_running(waiting), seconds=30)


def is_running(process: int) -> bool:
    """Is there such a process that is not merely waiting to be counted?"""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_child_sees_no_secret_of_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret of the parent")
    body = "import os; sys.exit(64 if 'SECRET_KEY' in os.environ or 'secret' in str(os.environ) else 65)"

    with pytest.raises(PdfError) as failed:
        make_pdf("<p>", assets=ASSETS, program=child(body))

    assert failed.value.reason == "size"


def test_without_pango_the_error_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')")
    body = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r});"
        "from assessment.report import pdf; sys.exit(pdf.main(sys.argv[1:]))"
    )

    with pytest.raises(PdfError) as failed:
        make_pdf("<p>", assets=ASSETS, program=(sys.executable, "-c", body))

    assert failed.value.reason == "library"
    assert failed.value.worth_retrying
    assert "apt-get install libpango-1.0-0" in str(failed.value)


def test_this_process_never_loads_the_layout_engine() -> None:
    program = (
        "import sys, assessment.report.document, assessment.report.pdf; print('weasyprint' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT)

    assert said.stdout == b"False\n"
