"""How a notice travels: signed, by one POST, to the public address of another program and to nowhere else.

Headers and signature are those of Standard Webhooks. The address was typed by somebody, and its name belongs
to whoever owns the domain: so the name is looked up once, every address that it leads to must be public, and
the connection goes to one of those addresses, not to the name again. No redirect is followed, no proxy asked,
and everything together, from the name to the last byte of the answer, takes five seconds at most.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import io
import ipaddress
import logging
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask

from assessment import store
from assessment.store.sales import audit, hooks
from assessment.store.sales.hooks import Call

WITHIN_S = 5.0
LARGEST_ANSWER = 64 * 1024  # bytes that are read of an answer, its head included
LEASE_S = 30.0
LONGEST_URL = 500

NOT_HTTPS = (
    "The address must begin with https:// and be written in full, such as https://crm.example.org/hook."
)
NOT_PUBLIC = "it leads to an address that is not public"
SILENT = f"there was no answer within {WITHIN_S:g} s"

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]*)?",
    re.IGNORECASE,
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Public by their numbers, and yet a way into networks that are not: IPv4 inside IPv6, and a relay to it.
_RELAYS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/23"))
_RELAYS_4 = (ipaddress.ip_network("192.88.99.0/24"),)

log = logging.getLogger(__name__)


class NotTakenError(Exception):
    """A notice that was not accepted; its text holds nothing that the other side wrote.

    `gone`: the other side says that nobody wants to be told anything here any more.
    """

    def __init__(self, words: str, *, gone: bool = False) -> None:
        super().__init__(words)
        self.gone = gone


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart."""

    is_https: bool
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """Return host and port as the header Host names them."""
        usual = 443 if self.is_https else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


# --- the address ---------------------------------------------------------------------------------------


def fault_of(url: str, *, may_be_private: bool = False) -> str:
    """Return in a sentence why a webhook cannot have this address, "" where it can; no name is looked up."""
    if len(url) > LONGEST_URL:
        return f"This has {len(url):,} characters; at most {LONGEST_URL} fit. Shorten it."
    target = _target(url)
    if target is None or not (target.is_https or may_be_private):
        return NOT_HTTPS
    with contextlib.suppress(ValueError):
        if not may_be_private and not is_public(target.host.strip("[]")):
            return "This address is not public. A webhook is told over the internet: name a public one."
    return ""


def is_public(address: str) -> bool:
    """Is this an IP address that everybody reaches, so that nothing of ours is behind it?"""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip in _GLOBAL_UNICAST and ip.is_global and ip.scope_id is None
        return inside and not any(ip in each for each in _RELAYS)
    return ip.is_global and not ip.is_multicast and not any(ip in each for each in _RELAYS_4)


def _target(url: str) -> Target | None:
    found = _URL.fullmatch(url)
    if not found or "#" in (found["path"] or ""):
        return None
    is_https = found["scheme"].lower() == "https"
    port = int(found["port"] or (443 if is_https else 80))
    if not 0 < port < 65536:
        return None
    return Target(is_https, found["host"].lower(), port, found["path"] or "/")


# --- what is sent --------------------------------------------------------------------------------------


def shown_secret(secret: bytes) -> str:
    """Return a secret as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secret).decode()}"


def headers(name: str, body: bytes, secret: bytes, at: int) -> dict[str, str]:
    """Return what says which notice this is, when it was sent (Unix seconds), and that it is ours."""
    signed = hmac.digest(secret, b"%s.%d.%s" % (name.encode(), at, body), hashlib.sha256)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def hand_over(
    url: str,
    body: bytes,
    named: Mapping[str, str],
    *,
    may_be_private: bool = False,
    within_s: float = WITHIN_S,
) -> None:
    """POST a body with these headers to an address; return once it was accepted. Raises NotTakenError."""
    target = _target(url)
    if target is None or not (target.is_https or may_be_private):
        raise NotTakenError("its address is not one of https")
    left = _countdown(within_s)
    try:
        with _connected(target, left, may_be_private=may_be_private) as connection:
            connection.settimeout(left())
            connection.sendall(_request(target, body, named))
            status = _status(connection, left)
    except TimeoutError:
        raise NotTakenError(SILENT) from None
    except ssl.SSLCertVerificationError:
        raise NotTakenError("its certificate is not valid") from None
    except (OSError, http.client.HTTPException) as error:
        raise NotTakenError(f"the connection failed ({type(error).__name__})") from None
    if not 200 <= status < 300:
        more = ", and redirects are not followed" if 300 <= status < 400 else ""
        raise NotTakenError(f"the answer was {status}{more}", gone=status == http.HTTPStatus.GONE)


Left = Callable[[], float]
"""Returns the seconds that are left. Raises TimeoutError when there are none."""


def _countdown(seconds: float) -> Left:
    end = time.monotonic() + seconds

    def left() -> float:
        if (rest := end - time.monotonic()) <= 0:
            raise TimeoutError
        return rest

    return left


def _connected(target: Target, left: Left, *, may_be_private: bool) -> socket.socket:
    """Return a connection to one of the addresses that a name leads to, as it was looked up here and now."""
    found = _looked_up(target, left)
    if not may_be_private and not all(is_public(str(address[0])) for _, address in found):
        raise NotTakenError(NOT_PUBLIC)
    plain = _to_the_first(found, left)
    if not target.is_https:
        return plain
    try:
        plain.settimeout(left())
        return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host.strip("[]"))
    except BaseException:
        plain.close()
        raise


def _looked_up(target: Target, left: Left) -> list[tuple[int, Any]]:
    """Return family and address of everything that a name leads to. Whoever looks it up cannot be stopped."""
    answers: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def look() -> None:
        try:
            host = target.host.strip("[]")
            answers.put(socket.getaddrinfo(host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError())

    threading.Thread(target=look, daemon=True, name="name of a webhook").start()
    try:
        found = answers.get(timeout=left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, OSError) or not found:
        raise NotTakenError("its name is not known")
    return [(family, address) for family, _, _, _, address in found]


def _to_the_first(found: list[tuple[int, Any]], left: Left) -> socket.socket:
    """Return a connection to the first address that answers; each has its share of the time that is left."""
    error: OSError = OSError()
    for number, (family, address) in enumerate(found):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(left() / (len(found) - number))
            connection.connect(address)
        except BaseException as failed:
            connection.close()
            if not isinstance(failed, OSError):
                raise
            error = failed
        else:
            return connection
    raise error


def _request(target: Target, body: bytes, named: Mapping[str, str]) -> bytes:
    lines = {
        "Host": target.named,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "User-Agent": "assessment-webhooks/1",
        "Connection": "close",
        **named,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


def _status(connection: socket.socket, left: Left) -> int:
    """Return the status of the answer, and read as much of the rest as comes in time and is worth it."""
    answer = http.client.HTTPResponse(cast(socket.socket, _Wire(connection, left)), method="POST")
    answer.begin()
    with contextlib.suppress(OSError, http.client.HTTPException):
        answer.read()  # whoever is still writing would take an early end for a fault
    return answer.status


class _Wire(io.RawIOBase):
    """What comes over a connection, as a file that ends when the time is over or it is too much."""

    def __init__(self, connection: socket.socket, left: Left) -> None:
        self._connection = connection
        self._left = left
        self._bytes_left = LARGEST_ANSWER

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, 4096)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._left())
        view = memoryview(buffer)[: self._bytes_left]
        count = self._connection.recv_into(view) if view else 0
        self._bytes_left -= count
        return count


# --- in the back room ------------------------------------------------------------------------------------


@dataclass
class NoticeRoom:
    """Hands over the notices that are owed, one at a time, in a thread of its own."""

    app: Flask
    may_be_private: bool = False
    lease_s: float = LEASE_S
    within_s: float = WITHIN_S
    stopping: bool = False
    now: Callable[[], float] = field(default=time.time, repr=False)

    def deliver(self) -> None:
        """Hand over every notice that is due, unless it is time to stop."""
        with self.app.app_context():
            while not self.stopping and (call := hooks.take(lease_s=self.lease_s)):
                self._settle(call)

    def _settle(self, call: Call) -> None:
        named = headers(call.id, call.body, call.secret, int(self.now()))
        try:
            hand_over(call.url, call.body, named, may_be_private=self.may_be_private, within_s=self.within_s)
        except NotTakenError as error:
            self._failed(call, str(error), gone=error.gone)
        except store.StoreUnavailable:
            raise
        except Exception as error:
            # Only its kind: what it says may hold what the other side wrote.
            self._failed(call, f"this site could not send it ({type(error).__name__})")
        else:
            hooks.sent(call)

    def _failed(self, call: Call, error: str, *, gone: bool = False) -> None:
        if hooks.failed(call, error, again=not gone):
            log.error("notice %s is not told and given up: %s", call.id, error)
        else:
            log.warning("notice %s is not told yet and tried again: %s", call.id, error)
        if gone:
            hooks.end(call.webhook_id, by=audit.SITE)
