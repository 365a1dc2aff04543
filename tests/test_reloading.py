"""A site that runs reads its files again, whole or not at all; in development a fault is shown in place."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client

from assessment import app as factory
from assessment.app import TEMPLATES, is_template, whole_site
from assessment.content.files.located import ContentError
from assessment.reloading import read_again
from assessment.serve import Saved
from assessment.settings import ROOT
from assessment.web import assets
from assessment.web.mending import Mending
from tests import scale
from tests.broken import TEN
from tests.conftest import Site, children_of, fetch, some_settings, start_site, stop_site, wait_until

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, or asks glibc")

ABOUT, LEDE = "pages/about.md", 'lede = "'
PRODUCTION = {"ENVIRONMENT": "production", "SECRET_KEY": "k" * 40, "BASE_URL": "https://127.0.0.1"}
SLICE = ("a term that nobody defined", "a menu that was lost", "a closed instrument that was changed")


def say(content: Path, words: str) -> None:
    """Have a page begin with other words."""
    page = content / ABOUT
    head, _, rest = page.read_text("utf-8").partition(LEDE)
    page.write_text(f"{head}{LEDE}{words} {rest}", "utf-8")


def child(parent: int, words: str) -> int | None:
    return next((pid for pid, line in children_of(parent).items() if words in line), None)


# --- as it is served --------------------------------------------------------------------------------


class Running:
    """A site of the test's own, its content, and what it complained of."""

    def __init__(self, folder: Path, content: Path, **environ: str) -> None:
        self.content = Path(shutil.copytree(content, folder / "content"))
        self.log = folder / "log"
        self.site: Site = start_site(
            folder / "instance", log=self.log, CONTENT=str(self.content), WORKERS="1", **environ
        )

    @property
    def web(self) -> int | None:
        return child(self.site.process.pid, "gunicorn")

    @property
    def back_room(self) -> int | None:
        return child(self.site.process.pid, "assessment.jobs")

    def complaints(self) -> list[str]:
        return [line for line in self.log.read_text("utf-8").splitlines() if "not served: " in line]

    def answer(self, path: str = "/about/") -> tuple[int, str]:
        response, body = fetch(self.site, path)
        return response.status, body.decode()


class Visitors:
    """Asks a site for one page again and again, until told to stop; what went wrong is kept."""

    def __init__(self, site: Site) -> None:
        self.asked, self.lost = 0, list[object]()
        self._site, self._done = site, threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        while not self._done.wait(0.005):
            self.asked += 1
            try:
                status = fetch(self._site, "/about/")[0].status
            except Exception as error:  # whatever a visitor would have seen
                self.lost.append(error)
            else:
                if status != 200:
                    self.lost.append(status)

    def __enter__(self) -> Visitors:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


@on_linux
def test_a_running_site_keeps_the_last_good_pages_and_follows_when_they_are_mended(
    bare_content: Path, tmp_path: Path
) -> None:
    running = Running(tmp_path, bare_content, **PRODUCTION)
    site, sound = running.site, running.content
    wait_until(lambda: running.back_room, seconds=20)
    first, good = running.back_room, running.answer()
    try:
        with Visitors(site) as visitors:
            for name in TEN if scale.is_searched_longer() else SLICE:
                shutil.copytree(sound, tmp_path / "sound")
                TEN[name].do(sound)
                told = len(running.complaints())

                site.process.send_signal(signal.SIGHUP)

                wait_until(lambda told=told: len(running.complaints()) > told, seconds=30)
                [line] = running.complaints()[told:]
                assert f"{sound}/{TEN[name].told}" in line
                assert running.answer() == good
                assert running.back_room == first
                shutil.rmtree(sound)
                (tmp_path / "sound").rename(sound)

            say(sound, "Mended.")
            assert running.web
            os.kill(running.web, signal.SIGHUP)  # the web's own, as a supervisor may send it

            wait_until(lambda: "Mended." in running.answer()[1], seconds=30)
            wait_until(lambda: running.back_room not in (None, first), seconds=30)
        assert visitors.asked > 20
        assert visitors.lost == []
    finally:
        assert stop_site(site) == 0


@on_linux
@pytest.mark.longer
def test_in_development_a_saved_file_is_seen_and_a_broken_one_is_told_in_place(
    bare_content: Path, tmp_path: Path
) -> None:
    running = Running(tmp_path, bare_content)
    page = running.content / ABOUT
    try:
        say(running.content, "Saved.")
        wait_until(lambda: "Saved." in running.answer()[1], seconds=30)

        sound = page.read_text("utf-8")
        page.write_text(sound + "\nA [[kraft]].\n", "utf-8")
        wait_until(lambda: running.answer()[0] == 503, seconds=30)
        status, told = running.answer("/method/")
        line = sound.count("\n") + 2
        assert status == 503
        assert f"{page}:{line}" in told
        assert "term 'kraft' is not in terms.toml; add it there" in unescape(told)
        assert running.answer("/healthz")[0] == 200

        page.write_text(sound, "utf-8")
        wait_until(lambda: running.answer()[0] == 200, seconds=30)
    finally:
        assert stop_site(running.site) == 0


# --- what is read again -----------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path, bare_content: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with content and templates of the test's own, which the factory reads."""
    shutil.copytree(bare_content, tmp_path / "content")
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    monkeypatch.setattr(factory, "TEMPLATES", tmp_path / "templates")
    return tmp_path


def site_of(files: Path, **environ: str) -> Flask:
    return whole_site(some_settings(files / "instance", CONTENT=str(files / "content"), **environ))


def broken_template(files: Path, text: str) -> None:
    (files / "templates" / "verify" / "start.html").write_text(f"<p>\n{text}\n</p>\n", "utf-8")


def test_what_is_read_again_is_another_site_with_the_settings_of_the_start(files: Path) -> None:
    before = site_of(files)
    say(files / "content", "Anew.")

    reading = read_again(before)

    assert isinstance(reading.serving, Flask)
    assert reading.faults == ()
    assert reading.serving.config["SETTINGS"] is before.config["SETTINGS"]
    assert "Anew." in reading.serving.test_client().get("/about/").text
    assert "Anew." not in before.test_client().get("/about/").text


def test_a_site_that_runs_reads_no_template_from_its_folder(files: Path) -> None:
    site = site_of(files)
    shutil.rmtree(files / "templates")

    answers = {path: site.test_client().get(path).status_code for path in ("/diagnosis/", "/verify/", "/x")}

    assert answers == {"/diagnosis/": 200, "/verify/": 200, "/x": 404}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{% if %}", "Expected an expression"),
        ("{% include 'nothing.html' %}", ""),
    ],
    ids=["syntax", "include"],
)
def test_a_broken_template_is_told_with_its_line_and_never_served_in_production(
    files: Path, text: str, fault: str
) -> None:
    before = site_of(files, **PRODUCTION)
    (files / "templates" / "pages" / "page.html").write_text(f"<p>\n{text}\n</p>\n", "utf-8")

    reading = read_again(before)

    assert reading.serving is before
    [line] = reading.faults
    assert line.startswith(f"{files}/templates/pages/page.html:2: {fault}")
    assert line.endswith("; correct the template")


def test_a_broken_template_that_no_page_is_made_of_is_found_at_the_start_too(files: Path) -> None:
    broken_template(files, "{{ 1 + }}")

    with pytest.raises(ContentError, match=r"verify/start\.html:2: "):
        site_of(files)


def test_a_static_file_that_cannot_be_sent_is_told_and_what_an_editor_keeps_is_none(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = Path(shutil.copytree(assets.STATIC, files / "static"))
    monkeypatch.setattr(assets, "STATIC", static)
    for name in (".base.css.swp", "base.css~"):
        (static / "css" / name).write_text("draft")
    before = site_of(files)
    (static / "img" / "loaf.bmp").write_bytes(b"BM")

    [line] = read_again(before).faults

    assert line.startswith(f"{static}/img/loaf.bmp:1: is of a kind that the site does not send; use one of: ")


def test_who_opened_a_page_before_still_gets_its_sheets_and_whoever_opens_it_now_others(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = Path(shutil.copytree(assets.STATIC, files / "static"))
    monkeypatch.setattr(assets, "STATIC", static)
    before = site_of(files)
    asset = before.jinja_env.globals["asset"]
    assert callable(asset)
    named = asset("css/site.css")
    (static / "css" / "base.css").write_text("body { color: red; }", "utf-8")

    after = read_again(before).serving

    assert isinstance(after, Flask)
    client = after.test_client()
    assert named not in client.get("/about/").text
    assert client.get(named).data == before.test_client().get(named).data != b""
    assert "color: red" in client.get("/static/css/site.css").text
    later = read_again(after).serving
    assert isinstance(later, Flask)
    assert named not in later.extensions["pages"]  # nothing grows with each reading


def test_in_development_a_page_is_asked_for_each_time_and_in_production_kept_a_while(files: Path) -> None:
    assert site_of(files).test_client().get("/about/").headers["Cache-Control"] == "no-cache"

    kept = site_of(files, **PRODUCTION).test_client().get("/about/", base_url="https://127.0.0.1")

    assert kept.headers["Cache-Control"] == "public, max-age=300"


def test_what_an_editor_keeps_beside_a_template_is_none() -> None:
    assert is_template("pages/page.html")
    assert not is_template("pages/page.html~")
    assert not is_template("pages/.page.html.swp")


def test_while_a_file_is_broken_in_development_forms_and_static_files_are_still_answered(files: Path) -> None:
    before = site_of(files)
    broken_template(files, "{{ 1 + }}")

    serving = read_again(before).serving

    assert isinstance(serving, Mending)
    client = Client(serving)
    page = client.get("/verify/")
    assert page.status_code == 503
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src" in page.headers["Content-Security-Policy"]
    assert "verify/start.html:2" in page.text
    assert "Traceback" not in page.text
    assert client.head("/").status_code == 503
    with client.get("/static/img/favicon.svg") as picture:
        assert picture.status_code == 200
    assert client.post("/verify/").status_code == 422


def test_mended_after_a_fault_the_site_is_whole_again(files: Path) -> None:
    before = site_of(files)
    page = files / "content" / ABOUT
    sound = page.read_text("utf-8")
    page.write_text("Nothing.", "utf-8")
    broken = read_again(before).serving
    assert isinstance(broken, Mending)

    page.write_text(sound, "utf-8")

    assert isinstance(read_again(broken).serving, Flask)


COMPRESSED = """
import runpy
from types import SimpleNamespace
from flask import Flask
from assessment.web.frozen import Frozen
app, home = Flask("small"), Frozen(b"home", "text/html")
app.extensions["pages"] = {"/": home}
runpy.run_path("gunicorn.conf.py")["when_ready"](SimpleNamespace(app=SimpleNamespace(callable=app)))
print("variants" in vars(home))
"""


@pytest.mark.parametrize(("environ", "is_compressed"), [(PRODUCTION, "True"), ({}, "False")])
def test_answers_are_compressed_before_the_fork_where_everyone_asks_for_them(
    environ: dict[str, str], is_compressed: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPRESSED],
        cwd=ROOT,
        env={**os.environ, "INSTANCE": str(tmp_path), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout == f"{is_compressed}\n"


LARGE = """
import ctypes, runpy
def mapped():
    numbers = ctypes.c_size_t * 10  # mallinfo2(3); the fourth is how many blocks are mapped each by itself
    told = type("Told", (ctypes.Structure,), {"_fields_": [("numbers", numbers)]})
    libc.mallinfo2.restype = told
    return libc.mallinfo2().numbers[3]
libc = ctypes.CDLL(None)
runpy.run_path("gunicorn.conf.py")["_return_what_is_large"]()
bytes(8_000_000)  # made and freed: from now on glibc by itself would keep what is smaller
before = mapped()
held = bytes(4_000_000)
print(mapped() - before)
"""


@on_linux
def test_what_is_large_goes_back_to_the_system_when_it_is_freed(tmp_path: Path) -> None:
    environ = {**os.environ, "INSTANCE": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", LARGE], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60
    )

    assert done.stdout == "1\n", done.stderr


def test_a_back_room_refuses_broken_content_in_plain_lines(files: Path) -> None:
    (files / "content" / "terms.toml").unlink()

    done = subprocess.run(
        [sys.executable, "-m", "assessment.jobs"],
        cwd=ROOT,
        env={**os.environ, "INSTANCE": str(files / "instance"), "CONTENT": str(files / "content")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert f"{files}/content/terms.toml:1: cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


# --- how it is noticed ------------------------------------------------------------------------------


def test_files_that_were_saved_are_news_once_they_are_at_rest(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    page = tmp_path / "deep" / "page.md"
    page.write_text("one")
    saved = Saved((tmp_path, tmp_path / "nowhere"))
    assert [saved.is_news(), saved.is_news()] == [False, False]

    page.write_text("other")
    assert saved.is_news() is False
    page.write_text("and more")
    assert saved.is_news() is False
    assert [saved.is_news(), saved.is_news()] == [True, False]

    page.unlink()
    assert [saved.is_news(), saved.is_news(), saved.is_news()] == [False, True, False]


def test_what_an_editor_keeps_beside_a_file_is_no_news(tmp_path: Path) -> None:
    saved = Saved((tmp_path,))

    for name in (".page.md.swp", "page.md~", ".#page.md"):
        (tmp_path / name).write_text("draft")

    assert [saved.is_news(), saved.is_news()] == [False, False]


LISTENING = """
import os, signal
from assessment.serve import Told
told = Told()
woken, waking = os.pipe()
os.set_blocking(waking, False)
signal.set_wakeup_fd(waking)
print("listening", flush=True)
while not (told.stop or told.read_again):
    os.read(woken, 1)
print("stop" if told.stop else "read again", flush=True)
"""


def listening(terminal: int | None, *, ignored: bool = False) -> subprocess.Popen[str]:
    """Start a parent that says what it was told; it has a session of its own, and the terminal if any."""

    def begin() -> None:
        if terminal is not None:
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        # Said either way: whoever runs the tests may have been asked not to care, too.
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)

    process = subprocess.Popen(
        [sys.executable, "-c", LISTENING],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=terminal if terminal is not None else subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=begin,
        pass_fds=[terminal] if terminal is not None else [],
    )
    assert process.stdout
    assert process.stdout.readline() == "listening\n"
    return process


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal: what a window holds, and what a program sees."""
    outer, inner = os.openpty()
    yield outer, inner
    for end in (outer, inner):
        try:
            os.close(end)
        except OSError:
            continue


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    with process.stdout as out:
        word = out.readline().strip()
    process.wait(timeout=20)
    return word


@on_linux
def test_a_hang_up_that_somebody_sends_has_the_files_read_again(terminal: tuple[int, int]) -> None:
    for process in (listening(None), listening(terminal[1])):
        process.send_signal(signal.SIGHUP)

        assert said(process) == "read again"


@on_linux
@pytest.mark.parametrize(("ignored", "word"), [(False, "stop"), (True, "read again")])
def test_a_terminal_that_is_closed_ends_the_site_unless_it_was_asked_not_to_care(
    terminal: tuple[int, int], ignored: bool, word: str
) -> None:
    outer, inner = terminal
    process = listening(inner, ignored=ignored)

    os.close(outer)

    assert said(process) == word
