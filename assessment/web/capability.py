"""Who may: the one cookie of a leader's browser, and whether a request was sent from our own page.

There is no account. A browser holds one secret holder id; the store knows only its SHA-256 and which
assessments it may open. From the same id comes the token that every form carries, so that no session
and no time limit is needed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from urllib.parse import urlsplit

from flask import Request, request
from werkzeug.wrappers import Response

from assessment.store import assessments
from assessment.web.current import settings

# As long as a diagnosis may lie untouched; a resume link brings a browser back after that.
HOLDER_LIFE_SECONDS = 180 * 24 * 3600

_HOLDER = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits, base64url
_DRAWN_BYTES = 16  # of a holder id that shows by itself that it is ours


def holder() -> str | None:
    """Return the id that this browser holds, or None. What does not look like one of ours is none."""
    value = request.cookies.get(cookie_name(), "")
    return value if _HOLDER.fullmatch(value) else None


def known_holder() -> str | None:
    """Return the id that this browser holds if this site gave it out, or None.

    Whoever can plant a cookie in somebody else's browser knows its value, and would hold with it what is
    begun there. Ours are known by what is held with them, or by how they are made.
    """
    value = holder()
    return value if value and (_is_ours(value) or assessments.is_holder(value)) else None


def new_holder() -> str:
    """Return a fresh holder id: 256 random bits, 43 characters."""
    return secrets.token_urlsafe(32)


def holder_beginning(start: str) -> str:
    """Return the holder id of a browser that holds nothing, for the start of this name: 43 characters.

    Both answers to a double click set the same one, so that whichever comes last opens what was begun.
    Without the server's key and the form that was sent, nobody can work it out.
    """
    return _marked(_mac("holder", start)[:_DRAWN_BYTES])


def _marked(drawn: bytes) -> str:
    """Return the id that begins with these bytes: the others show that this site gave it out."""
    return _readable(drawn + hmac.digest(server_key("given"), drawn, "sha256")[:_DRAWN_BYTES])


def _is_ours(value: str) -> bool:
    drawn = base64.urlsafe_b64decode(value + "=")[:_DRAWN_BYTES]
    return hmac.compare_digest(value, _marked(drawn))


def give(response: Response, value: str) -> Response:
    """Set the holder cookie, the only one of the site, on a response."""
    response.set_cookie(
        cookie_name(),
        value,
        max_age=HOLDER_LIFE_SECONDS,
        path="/",
        httponly=True,
        secure=settings().is_https,
        samesite="Lax",
    )
    return response


def take(response: Response) -> Response:
    """Take the holder cookie back, from a browser that holds nothing any more."""
    response.delete_cookie(cookie_name(), path="/", httponly=True, secure=settings().is_https, samesite="Lax")
    return response


def proof(of: str, assessment_id: str) -> str:
    """Return what shows later that this browser held an assessment, when it is there no longer."""
    return _secret("held", f"{of}:{assessment_id}")


def is_proof(sent: str, of: str, assessment_id: str) -> bool:
    """Is this the proof that this browser held the assessment?"""
    return hmac.compare_digest(sent.encode("utf-8", "replace"), proof(of, assessment_id).encode())


def cookie_name() -> str:
    """Return the cookie's name: with the `__Host-` prefix, which needs Secure, where the site is https."""
    return "__Host-holder" if settings().is_https else "holder"


def csrf_token(of: str) -> str:
    """Return the token for the forms of one holder: 64 hex digits, good as long as the server's key."""
    return hmac.new(server_key("csrf"), of.encode(), hashlib.sha256).hexdigest()


def request_name(request_id: str, content: object) -> str:
    """Return a name for what a request asks: 32 hex digits, the same only for the same id and content.

    It may stand in an address: from it, neither the id nor the content can be worked out.
    """
    text = json.dumps([request_id, content], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def resume_token(of: str, name: str) -> str:
    """Return the token of the resume link that a holder's request of this name made: 256 bits, base64url.

    Only its hash is stored. The browser that asked for the link can have it shown again, because the
    token follows from its cookie, the request and the server's key; nobody else can work it out.
    """
    return _secret("resume", f"{of}:{name}")


def share_token(of: str, name: str) -> str:
    """Return the token of the link that a holder's request of this name made for others, as above."""
    return _secret("share", f"{of}:{name}")


def invitation_token(of: str, name: str) -> str:
    """Return the token of the link that a request of this name made in a session of the desk, as above."""
    return _secret("invitation", f"{of}:{name}")


def ticket(of: str, invitation_id: str) -> str:
    """Return what shows in an address that the browser of this holder has opened an invitation.

    In any other browser it is worth nothing.
    """
    return f"{invitation_id}.{_secret('invited', f'{of}:{invitation_id}')}"


def api_token(of: str, name: str) -> str:
    """Return the token that a request of this name made for a program: 256 bits, base64url, as above."""
    return _secret("api token", f"{of}:{name}")


def webhook_secret(of: str, name: str) -> bytes:
    """Return the secret of the webhook that a request of this name added: 32 bytes, as above."""
    return hmac.digest(server_key("webhook"), f"{of}:{name}".encode(), "sha256")


def _secret(purpose: str, text: str) -> str:
    return _readable(_mac(purpose, text))


def _mac(purpose: str, text: str) -> bytes:
    return hmac.digest(server_key(purpose), text.encode(), "sha256")


def _readable(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def server_key(purpose: str) -> bytes:
    """Return the key for one purpose, 32 bytes, so that no two uses share one."""
    return hmac.new(settings().secret_key, purpose.encode(), hashlib.sha256).digest()


def is_our_page(sent: Request) -> bool:
    """Was this request sent by a page of this site, as far as the browser says?

    Browsers of today send Sec-Fetch-Site; older ones send Origin with every POST. A POST with neither
    did not come from a form that a person filled in.
    """
    site = sent.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = sent.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == sent.host


def is_our_form(sent: Request, held: str | None) -> bool:
    """Does this form carry the token that belongs to the secret of the browser that sends it?"""
    token = sent.form.get("csrf_token", "")
    # As bytes: compare_digest refuses text beyond ASCII, and a stranger may send any text.
    return held is not None and hmac.compare_digest(
        token.encode("utf-8", "replace"), csrf_token(held).encode()
    )
