"""Another program on this machine that is told notices: it keeps them, and answers as the test says."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 204 No Content\r\n\r\n"

Answer = Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True)
class Told:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers each request by the first of `answers`, and with 204 when there is none left."""

    port: int
    scheme: str = "http"
    answers: list[Answer] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    def hang(self, connection: socket.socket) -> None:
        """Say nothing until the test is over, or the other side has gone."""
        self.let_go.wait(30)

    def drip(self, connection: socket.socket) -> None:
        """Send an answer a little at a time, each byte soon enough, and all of them much too late."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(250):
            if self.let_go.wait(0.02):
                return
            connection.sendall(b"x")


def says(answer: bytes) -> Answer:
    """Return what answers so."""
    return lambda connection: connection.sendall(answer)


@contextlib.contextmanager
def receiver(certificate: Path | None = None) -> Iterator[Receiver]:
    """Give a program that is told notices; over TLS where it has a certificate."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Receiver(server.getsockname()[1], "https" if certificate else "http")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if context and certificate:
            context.load_cert_chain(certificate)
        thread = threading.Thread(target=_serve, args=(server, found, context), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            found.let_go.set()
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


def _serve(server: socket.socket, found: Receiver, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            plain, _ = server.accept()
        except OSError:
            return
        with contextlib.suppress(OSError), plain:
            plain.settimeout(10)
            connection = context.wrap_socket(plain, server_side=True) if context else plain
            with connection:
                found.told.append(_read(connection))
                (found.answers.pop(0) if found.answers else says(OK))(connection)


def _read(connection: socket.socket) -> Told:
    with connection.makefile("rb") as file:
        line = file.readline().decode().strip()
        headers = {}
        while text := file.readline().decode().strip():
            name, _, value = text.partition(": ")
            headers[name.lower()] = value
        return Told(line, headers, file.read(int(headers["content-length"])))


def a_certificate(folder: Path, host: str = "127.0.0.1") -> Path:
    """Return a file with a key and a certificate that it signed itself, for a host of this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path
