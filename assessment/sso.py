"""Single sign-on: what is asked of the provider that the settings name, and what is believed of its answer.

OpenID Connect, authorization code with PKCE. The provider's own description is read when it is first needed
and kept for an hour, as are its keys. Only a site with `OIDC_ISSUER` loads what this stands on.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from requests import RequestException, Session

WITHIN_S = 5.0  # each answer of the provider
KEPT_S = 3600.0
NEW_KEYS_EVERY_S = 60.0  # at most so often are keys asked for because a token names another one
LARGEST = 512 * 1024  # bytes of an answer
LEEWAY_S = 60  # that clocks may differ
# Signatures by a key that the provider alone has; never "none", nor one of a secret that is shared.
ALGORITHMS = ["RS256", "PS256", "ES256"]
BASIC = "client_secret_basic"
SCOPE = "openid email profile"


class NotSignedInError(Exception):
    """The provider cannot be asked, or what it answered is not to be believed; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Round:
    """What belongs to one sign-in and to nobody else's: three secrets, and where the provider leads back."""

    state: str
    nonce: str
    verifier: str
    back: str


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the provider has let in: `subject` names them for good, `email` is "" where it is not verified."""

    subject: str
    email: str


@dataclass
class Provider:
    """The provider, as the settings name it."""

    issuer: str
    client_id: str
    client_secret: str
    _kept: dict[str, tuple[float, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def address(self, asked: Round) -> str:
        """Return the address at the provider to which a browser is led. Raises NotSignedInError."""
        where = self._described()["authorization_endpoint"]
        address, _ = self._session(asked.back).create_authorization_url(
            where, state=asked.state, nonce=asked.nonce, code_verifier=asked.verifier
        )
        return str(address)

    def known(self, asked: Round, code: str) -> Known:
        """Trade the code that a browser has brought back for who it is. Raises NotSignedInError."""
        try:
            token = self._session(asked.back).fetch_token(
                self._described()["token_endpoint"],
                code=code,
                code_verifier=asked.verifier,
                timeout=WITHIN_S,
                allow_redirects=False,
            )
        except (OAuthError, RequestException, ValueError) as error:
            raise NotSignedInError(f"no token for the code: {error}") from None
        return self._believed(token.get("id_token"), asked.nonce)

    def _believed(self, id_token: Any, nonce: str) -> Known:
        try:
            token = self._read(str(id_token))
            claims = CodeIDToken(
                token.claims,
                token.header,
                {"iss": {"value": self.issuer}, "aud": {"value": self.client_id}},
                {"nonce": nonce, "client_id": self.client_id},
            )
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotSignedInError(f"the ID token is not to be believed: {error}") from None
        subject, email = claims["sub"], claims.get("email")
        if not isinstance(subject, str) or not subject:
            raise NotSignedInError("the ID token names nobody")
        is_verified = claims.get("email_verified") is True and isinstance(email, str)
        return Known(f"{self.issuer} {subject}", str(email) if is_verified else "")

    def _read(self, id_token: str) -> jwt.Token:
        try:
            return jwt.decode(id_token, self._keys(), algorithms=ALGORITHMS)
        except InvalidKeyIdError:  # the provider may have other keys by now
            return jwt.decode(id_token, self._keys(NEW_KEYS_EVERY_S), algorithms=ALGORITHMS)

    def _keys(self, newer_than_s: float = KEPT_S) -> KeySet:
        found = self._fetched(self._described()["jwks_uri"], newer_than_s)
        try:
            return KeySet.import_key_set(cast(KeySetSerialization, found))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotSignedInError(f"the keys of the provider cannot be read: {error}") from None

    def _described(self) -> dict[str, Any]:
        """Return what the provider says of itself: it is no other, its addresses are as safe as its own."""
        found = self._fetched(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", KEPT_S)
        if found.get("issuer") != self.issuer:
            raise NotSignedInError("the provider says that it is another one than OIDC_ISSUER names")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(str(found.get(name))).scheme != urlsplit(self.issuer).scheme:
                raise NotSignedInError(f"the provider has no {name} that can be used")
        return found

    def _fetched(self, address: str, newer_than_s: float) -> dict[str, Any]:
        with self._lock:
            at, found = self._kept.get(address, (0.0, None))
            if found is None or time.monotonic() - at > newer_than_s:
                found = _json(address)
                self._kept[address] = (time.monotonic(), found)
        kept: dict[str, Any] = found
        return kept

    def _session(self, back: str) -> OAuth2Session:
        supported = self._described().get("token_endpoint_auth_methods_supported") or [BASIC]
        session = OAuth2Session(
            self.client_id,
            self.client_secret,
            token_endpoint_auth_method=BASIC if BASIC in supported else "client_secret_post",
            scope=SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
        )
        session.trust_env = False  # no proxy and no password of whoever started the site
        return session


def _json(address: str) -> dict[str, Any]:
    """Return the object at an address of the provider. Raises NotSignedInError."""
    try:
        with Session() as session:
            session.trust_env = False
            with session.get(address, timeout=WITHIN_S, allow_redirects=False, stream=True) as answer:
                if answer.status_code != 200:
                    raise NotSignedInError(f"the provider answers {answer.status_code} at {address}")
                found = json.loads(answer.raw.read(LARGEST, decode_content=True))
    except (RequestException, OSError, ValueError) as error:
        raise NotSignedInError(f"the provider does not answer at {address}: {error}") from None
    if not isinstance(found, dict):
        raise NotSignedInError(f"the provider answers with no object at {address}")
    return found
