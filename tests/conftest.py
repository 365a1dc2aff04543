"""What tests stand on: an application with a database of its own, a running site, a browser, no network."""

from __future__ import annotations

import contextlib
import functools
import gc
import http.client
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2.bccache import Bucket, BytecodeCache

from assessment.app import create_app
from assessment.content import library
from assessment.settings import ROOT, Settings, read_settings
from assessment.store.sales import passwords
from assessment.web import pages
from assessment.web.frozen import Frozen
from tests import scale

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# No example has a time limit: what else the machine does is no fault of the test.
hypothesis_settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("tests")


BROWSER_IS_REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"


MEMORY, ROOM_BYTES = Path("/dev/shm"), 2 << 30  # noqa: S108 where the system has files in memory


def pytest_configure() -> None:
    """Wait for nothing that no test is about.

    Every commit waits for its disk, and hundreds of tests have a database of their own: what is temporary is
    kept in memory where there is room. What was read once stays: to look for garbage there took an eighth of
    the time.
    """
    gc.set_threshold(50_000, 20, 50)
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK):
        if shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
            os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


LONGEST = ("journeys/test_any_form.py", "crash/", "browser/", "report/test_hostile.py", "web/test_safe.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest: whoever begins it last is waited for by everybody else.

    What is marked `longer` is left to `make test-all`.
    """
    if not scale.is_searched_longer():
        left = [each for each in items if each.get_closest_marker("longer")]
        items[:] = [each for each in items if each not in left]
        config.hook.pytest_deselected(items=left)
    items.sort(key=lambda item: not any(f"tests/{each}" in item.nodeid for each in LONGEST))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip browser tests where there is no browser, in words."""
    if item.get_closest_marker("browser") and (reason := why_no_browser()):
        pytest.skip(reason)


@functools.cache
def why_no_browser() -> str:
    """Return what keeps this machine from driving a browser, "" when nothing does."""
    if not CHROMIUM:
        return "no chromium on the PATH (apt-get install chromium, or name it in CHROMIUM)"
    driver = subprocess.run(
        [sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True, check=False
    )
    if driver.returncode:
        return f"Playwright does not start (apt-get install libatomic1?): {driver.stderr.strip()[-200:]}"
    return ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a browser is required, a browser test that was skipped for any reason has failed."""
    report = yield
    if BROWSER_IS_REQUIRED and report.skipped and item.get_closest_marker("browser"):
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_BROWSER=1, but this browser test was skipped: {report.longrepr}"
    return report


# --- no network -----------------------------------------------------------------------------------


class NetworkRefusedError(AssertionError):
    """A test reached for a machine other than this one."""


def _is_here(host: Any) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine, and every question about another one's address."""
    patch = pytest.MonkeyPatch()
    resolve = socket.getaddrinfo

    def guarded(connect: Any) -> Any:
        def only_here(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
                raise NetworkRefusedError(f"a test may not connect to {address[0]}")
            return connect(self, address)

        return only_here

    def resolve_only_here(host: Any, *rest: Any, **options: Any) -> Any:
        if not _is_here(host):
            raise NetworkRefusedError(f"a test may not look up {host}")
        return resolve(host, *rest, **options)

    patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    patch.setattr(socket, "getaddrinfo", resolve_only_here)
    yield
    patch.undo()


# --- an application in this process -----------------------------------------------------------------


class _Compiled(BytecodeCache):
    """Templates, compiled once for all applications of a session; one that was changed is compiled again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(autouse=True, scope="session")
def _read_once() -> Iterator[None]:
    """What ships, and no test changes, is read and rendered once: hundreds of tests have a site each."""
    patch = pytest.MonkeyPatch()
    read = library.read_library
    found: dict[tuple[tuple[str, str], ...], library.Library] = {}

    def read_library(
        root: Path, kept: Mapping[str, str] = MappingProxyType({}), static: Path | None = None
    ) -> library.Library:
        if root != ROOT / "content":
            return read(root, kept, static)
        key = (*kept.items(), ("static", str(static)))
        if key not in found:
            found[key] = read(root, kept, static)
        return found[key]

    render = pages.rendered
    made: dict[tuple[int, str], dict[str, Frozen]] = {}

    def rendered(app: Flask) -> dict[str, Frozen]:
        if all(app.extensions["library"] is not each for each in found.values()):
            return render(app)
        key = (id(app.extensions["library"]), app.config["SETTINGS"].base_url)
        if key not in made:
            made[key] = render(app)
        return made[key]

    patch.setattr(library, "read_library", read_library)
    patch.setattr(pages, "rendered", rendered)
    patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _Compiled()})
    yield
    patch.undo()


def some_settings(instance: Path, **environ: str) -> Settings:
    """Return development settings that keep everything in a folder of the test's own."""
    return read_settings({"SECRET_KEY": "a key for tests that is long enough", **environ}, instance=instance)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty database at the newest migration, to be copied: migrating takes a while."""
    folder = tmp_path_factory.mktemp("migrated")
    app = create_app(some_settings(folder))
    if "migrate" in app.extensions:
        from flask_migrate import upgrade

        with app.app_context():
            upgrade()
            app.extensions["sqlalchemy"].engine.dispose()
    return folder


@pytest.fixture(scope="session")
def demonstrated(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `flask demo` has filled, to be copied."""
    from tests.demo import made

    folder = Path(shutil.copytree(migrated, tmp_path_factory.mktemp("demo") / "instance"))
    app = made(folder).app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    return folder


@pytest.fixture
def settings(tmp_path: Path, migrated: Path) -> Settings:
    """Development settings over a fresh instance folder whose database is migrated and empty."""
    instance = tmp_path / "instance"
    shutil.copytree(migrated, instance)
    return some_settings(instance)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole site over a fresh database."""
    app = create_app(settings)
    app.testing = True
    yield app
    if "sqlalchemy" in app.extensions:
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without cookies."""
    return app.test_client()


@pytest.fixture(scope="session")
def bare_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content without its made-up team, whose report a back room sets for seconds whenever it starts."""
    content = Path(shutil.copytree(ROOT / "content", tmp_path_factory.mktemp("bare") / "content"))
    shutil.rmtree(content / "sample")
    for page in (*content.rglob("*.md"), content / "site.toml"):
        page.write_text(page.read_text("utf-8").replace("/sample-report/", "/method/"), "utf-8")
    return content


# --- the site as it is served -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Site:
    """A running site: its address, its instance folder, and the parent process of its children."""

    url: str
    instance: Path
    process: subprocess.Popen[bytes]


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_site(instance: Path, *, log: Path | None = None, **environ: str) -> Site:
    """Start web and back room as `make serve` does, and wait for an answer. Complaints go into `log`."""
    port = environ.pop("PORT", None) or str(free_port())
    with contextlib.ExitStack() as stack:
        process = subprocess.Popen(
            [sys.executable, "-m", "assessment.serve"],
            cwd=ROOT,
            env={**os.environ, "INSTANCE": str(instance), "PORT": port, **environ},
            stdin=subprocess.DEVNULL,
            stderr=stack.enter_context(log.open("ab")) if log else None,
        )
    site = Site(f"http://127.0.0.1:{port}", instance, process)
    wait_until(lambda: answers(site) or process.poll() is not None, seconds=60)
    if process.poll() is not None:
        raise RuntimeError(f"the site ended with code {process.returncode} before it answered")
    return site


def stop_site(site: Site) -> int:
    """Stop a site as an operator does and return its exit code."""
    if site.process.poll() is None:
        site.process.send_signal(signal.SIGTERM)
    try:
        return site.process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        site.process.kill()
        raise


def children_of(parent: int) -> dict[int, str]:
    """Return the command line of each child of a process, by process id."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold anything; what follows the last bracket is state and parent.
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                words = status.with_name("cmdline").read_bytes().replace(b"\0", b" ")
                found[int(status.parent.name)] = words.decode(errors="replace").strip()
        except OSError:  # it ended while it was looked at
            continue
    return found


def fetch(site: Site, path: str) -> tuple[http.client.HTTPResponse, bytes]:
    """Return the answer to a GET, and its body. Raises OSError where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", int(site.url.rpartition(":")[2]), timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        return response, response.read()


def answers(site: Site) -> bool:
    """Does the site answer a request?"""
    try:
        return fetch(site, "/healthz")[0].status == 200
    except (OSError, http.client.HTTPException):
        return False


def wait_until(holds: Any, *, seconds: float) -> None:
    """Return once `holds()` is true; raises TimeoutError when it is not in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.05)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as a stranger runs it, shared by the tests of a session: web, back room and database."""
    site = start_site(tmp_path_factory.mktemp("site") / "instance")
    yield site
    stop_site(site)


# --- a browser --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    """Playwright, which drives the browsers."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(driver: Any) -> Iterator[Any]:
    """A headless Chromium. Tests that use it carry the marker `browser`.

    One for each module: a browser that falls over takes no other module's tests with it.
    """
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed with next to no effort, for tests that are not about how long it takes."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
