"""Asks addresses whether they still answer: politely, a few hosts at a time, and never for ever."""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import IO, Any
from urllib import error, request
from urllib.parse import urlsplit

TIMEOUT_S = 10.0
HOSTS_AT_ONCE = 4
PATIENCE = 4  # times the timeout without any answer: then those that are left are given up
NAME = "execution-integrity-link-check"

FOR_GOOD = (301, 308)
# What servers answer to programs that they do not know; a browser may well be answered.
TO_PROGRAMS = (401, 403, 407, 429, 451, 999)


class State(Enum):
    """What became of asking for an address."""

    WORKS = "works"
    MOVED = "moved"
    UNCLEAR = "unclear"
    BROKEN = "broken"
    UNREACHED = "unreached"  # nobody there: the address is wrong, or there is no network


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking for one address, in words that follow its name."""

    url: str
    state: State
    words: str = ""


def ask_all(
    urls: Iterable[str], *, timeout_s: float = TIMEOUT_S, hosts_at_once: int = HOSTS_AT_ONCE
) -> Iterator[Answer]:
    """Yield what each address answers, as the answers come: a few hosts at a time, one request at each."""
    left = dict.fromkeys(urls)
    hosts: dict[str, list[str]] = {}
    for url in left:
        hosts.setdefault(urlsplit(url).netloc, []).append(url)
    todo: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    for group in hosts.values():
        todo.put(group)
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()

    def work() -> None:
        while True:
            try:
                group = todo.get_nowait()
            except queue.Empty:
                return
            for url in group:
                answers.put(ask(url, timeout_s))

    # Daemons: nothing can interrupt the system while it looks up a name, and nobody has to wait for it.
    for _ in range(min(hosts_at_once, len(hosts))):
        threading.Thread(target=work, daemon=True).start()
    while left:
        try:
            answer = answers.get(timeout=PATIENCE * timeout_s)
        except queue.Empty:
            yield from (Answer(url, State.UNREACHED, "gives no answer") for url in left)
            return
        del left[answer.url]
        yield answer


def ask(url: str, timeout_s: float) -> Answer:
    """Return what an address answers: to HEAD, and to GET where HEAD is not understood."""
    answer = _ask(url, "HEAD", timeout_s)
    return answer if answer.state is not State.BROKEN else _ask(url, "GET", timeout_s)


def _ask(url: str, method: str, timeout_s: float) -> Answer:
    followed = _Followed()
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
        followed,
    ):
        opener.add_handler(handler)
    asked = request.Request(url, method=method, headers={"User-Agent": NAME, "Accept": "*/*"})  # noqa: S310 https
    try:
        with opener.open(asked, timeout=timeout_s) as response:
            if followed.for_good:
                return Answer(url, State.MOVED, f"has moved for good to {response.url}")
            return Answer(url, State.WORKS)
    except error.HTTPError as answer:
        answer.close()
        if answer.code in TO_PROGRAMS:
            return Answer(url, State.UNCLEAR, f"answers {answer.code} to a program; open it in a browser")
        return Answer(url, State.BROKEN, f"answers {answer.code}")
    except error.URLError as failure:
        return _failed(url, failure.reason, timeout_s)
    except TimeoutError:
        return Answer(url, State.UNREACHED, f"gives no answer within {timeout_s:g} s")
    except (OSError, http.client.HTTPException, ValueError) as failure:
        return Answer(url, State.BROKEN, f"breaks off ({type(failure).__name__})")


def _failed(url: str, reason: str | BaseException, timeout_s: float) -> Answer:
    match reason:
        case ssl.SSLCertVerificationError():
            return Answer(
                url, State.BROKEN, f"has a certificate that is not trusted ({reason.verify_message})"
            )
        case ssl.SSLError():
            return Answer(url, State.BROKEN, "does not speak TLS as it should")
        case TimeoutError():
            return Answer(url, State.UNREACHED, f"gives no answer within {timeout_s:g} s")
        case socket.gaierror():
            return Answer(url, State.UNREACHED, "names a host that is not known")
        case OSError():
            return Answer(url, State.UNREACHED, f"cannot be reached ({reason.strerror})")
        case _:
            return Answer(url, State.BROKEN, f"cannot be asked ({reason})")


class _Followed(request.HTTPRedirectHandler):
    """Follows redirects and remembers whether one of them is for good."""

    for_good = False

    def redirect_request(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> request.Request | None:
        self.for_good = self.for_good or code in FOR_GOOD
        followed = super().redirect_request(req, fp, code, msg, headers, newurl)
        if followed:
            followed.method = req.get_method()
        return followed
