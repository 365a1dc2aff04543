"""A provider of single sign-on on this machine: lets in whom it is told to, and misbehaves as it is told."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

CLIENT, SECRET = "the desk", "a secret of theirs"


@dataclass
class Provider:
    """What it says and whom it lets in. `claims` are said in place of its own, None leaves one out."""

    address: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "ES256"
    signing: ECKey | OctKey | None = None  # in place of the key that it publishes
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)  # each sign-in, as it was asked for
    fetched: list[str] = field(default_factory=list)  # the paths of its answers to programs

    def __post_init__(self) -> None:
        self._codes: dict[str, dict[str, str]] = {}
        self.turn_key()

    def turn_key(self) -> None:
        """Sign with another key from now on."""
        self._key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})

    def let_in(self, address: str) -> str:
        """Be the browser of somebody who signs in there; return where it leads back to."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.address}/authorize"
        asked = dict(parse_qsl(parts.query))
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': asked['state']})}"

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Return status and object of an answer to a program."""
        self.fetched.append(path)
        if path == "/.well-known/openid-configuration":
            return self.status, {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                **self.description,
            }
        if path == "/keys":
            return self.status, dict(KeySet([self._key]).as_dict(private=False))
        asked = self._codes.pop(form.get("code", ""), None)  # a code is good once
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        ours = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if (
            not asked
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
            or authorization != f"Basic {ours}"
        ):
            return 400, {"error": "invalid_grant"}
        return self.status, {
            "access_token": "nobody needs it",
            "token_type": "Bearer",
            "id_token": self._token(asked["nonce"]),
        }

    def _token(self, nonce: str) -> str:
        now = int(time.time())
        said = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {**said, **self.person, **self.claims}
        kept = {name: value for name, value in claims.items() if value is not None}
        head = {"alg": self.algorithm, "kid": self._key.kid}
        if self.algorithm == "none":
            parts = (json.dumps(part).encode() for part in (head, kept))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        return jwt.encode(head, kept, self.signing or self._key, algorithms=[self.algorithm])


@contextmanager
def serving() -> Iterator[Provider]:
    """Give a provider that answers on this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._answer(dict(parse_qsl(body)))

        def _answer(self, form: dict[str, str]) -> None:
            status, said = provider.answer(self.path, form, self.headers.get("Authorization", ""))
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
