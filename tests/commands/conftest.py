"""How commands are run: in this process, or as an operator runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import Result

from assessment.app import bare_app
from assessment.settings import ROOT
from tests.answers import some_answers


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A file with answers to the whole quick form."""
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(some_answers()), encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    """Run a command in this process."""
    return bare_app().test_cli_runner().invoke(args=list(arguments))


def flask(*arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        check=False,
        timeout=120,
    )


def refused(result: Result) -> str:
    """Return the one line that a refusal consists of."""
    assert result.exit_code == 2
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    return line


class Web:
    """A web server on this machine, that answers as web servers do; what it was asked is kept."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.most: Counter[str] = Counter()  # by host: requests at one time
        self.met = threading.Event()  # two hosts were asked at one time
        self.end = threading.Event()
        self._now: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        self.end.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer by the path that was asked for."""
        path = handler.path.partition("?")[0]
        self.asked.append(f"{handler.command} {path}")
        code, headers = 200, dict[str, str]()
        match path:
            case "/for-now":
                code, headers = 302, {"Location": "/fine"}
            case "/moved":
                code, headers = 301, {"Location": "/fine"}
            case "/round":
                code, headers = 302, {"Location": "/round"}
            case "/away":
                code, headers = 302, {"Location": "file:///etc/hostname"}
            case "/gone":
                code = 404
            case "/fails":
                code = 500
            case "/guarded":
                code = 403
            case "/no-head" if handler.command == "HEAD":
                code = 405
            case "/drops":
                handler.close_connection = True
                return
            case "/hangs":
                self.end.wait(20)
            case "/together":
                self._meet(handler.headers["Host"])
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()

    def _meet(self, host: str) -> None:
        with self._lock:
            self._now[host] += 1
            self.most[host] = max(self.most[host], self._now[host])
            if len(+self._now) > 1:
                self.met.set()
        self.met.wait(5)
        with self._lock:
            self._now[host] -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.answer(self)

            do_HEAD = do_GET

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    """A web server on this machine."""
    web = Web()
    yield web
    web.close()


@pytest.fixture
def web(server: Web) -> str:
    """The host and port of that server, which speaks no TLS."""
    return server.host
