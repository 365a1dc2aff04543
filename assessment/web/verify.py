"""Is this report genuine? Told to anybody who holds a copy, from its code or from the file itself.

Nothing private is shown: not the team, not a figure. A file that is dropped here is read in memory, compared
by its hash and forgotten. It changes nothing, so its answer is the page itself, without a cookie or a token.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from io import BytesIO
from threading import BoundedSemaphore
from typing import Literal

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge, ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from assessment import seal
from assessment.report.words import day, grouped
from assessment.store import signatures, verification
from assessment.store.verification import Issued, Known
from assessment.web.current import settings
from assessment.web.security import LARGEST_REQUEST
from assessment.web.sent import pass_over

bp = Blueprint("verify", __name__, url_prefix="/verify")

LARGEST_FILE_MB = 10
LARGEST = LARGEST_FILE_MB * 1_000_000 + LARGEST_REQUEST  # with what a form wraps around its file
PASSED_OVER = 5 * LARGEST  # bytes of what is too large that are read all the same
MOST_PARTS = 10
# Each holds a file in memory: more at once than this wait for their turn elsewhere.
COMPARED_AT_ONCE = 8
RETRY_AFTER_S = 10
LONGEST_CODE = 24

_turns = BoundedSemaphore(COMPARED_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a dropped file was found to be: of the report that is shown, of another (`code`), or of none."""

    what: Literal[
        "result",
        "pdf",
        "layout",
        "cover",
        "cover-first",
        "figures",
        "other",
        "unknown",
        "missing",
        "too large",
        "busy",
    ]
    code: str = ""


@bp.get("/")
def start() -> AnyResponse:
    """Ask for a code or a file. A code that was typed leads to its page."""
    typed = request.args.get("code", "")
    if not typed.strip():
        return _page("start")
    if code := verification.as_code(typed):
        return redirect(url_for(".show", code=code), 303)
    return _page("start", 404, no_such=True, typed=_given_back(typed))


@bp.get("/<code>")
def show(code: str) -> AnyResponse:
    """Say whether the report with this code is genuine, superseded or withdrawn."""
    issued = _issued(code)
    return _report(issued) if issued else _page("start", 404, no_such=True, typed=_given_back(code))


@bp.post("/")
def compare() -> AnyResponse:
    """Say of which report a file is."""
    known, failed, status = _found("")
    if failed:
        return _page("start", status, compared=failed)
    issued = verification.find(known.code) if known else None
    if known is None or issued is None:
        return _page("start", compared=Compared("unknown"))
    return _report(issued, Compared(known.what))


@bp.post("/<code>")
def compare_with(code: str) -> AnyResponse:
    """Say whether a file is the report with this code."""
    known, failed, status = _found(verification.as_code(code))
    issued = _issued(code)
    if issued is None:
        typed = _given_back(code)
        return _page("start", status if failed else 404, no_such=True, typed=typed, compared=failed)
    if failed:
        return _report(issued, failed, status)
    if known is None:
        return _report(issued, Compared("unknown"))
    return _report(
        issued, Compared(known.what) if known.code == issued.code else Compared("other", known.code)
    )


@bp.get("/<code>.sig.json")
def signature_file(code: str) -> Response:
    """Answer the signatures of a report, for `flask verify` and whatever else knows Ed25519."""
    issued = _issued(code)
    signed = verification.signatures_of(issued.code) if issued else []
    if issued is None or not signed:
        abort(404)
    address = settings().base_url + url_for(".show", code=issued.code)
    text = seal.signature_file(issued.code, issued.created_at.date().isoformat(), address, signed)
    # Called as the result is that it belongs to, so that the two are found together.
    return _file(
        text, "application/json", f"{issued.instrument_key.partition('/')[0]}-{issued.code}.sig.json"
    )


@bp.get("/key.pem")
def key() -> Response:
    """Answer the public key that reports are signed with now."""
    return _key(signatures.signer().public)


@bp.get("/key-<name>.pem")
def former_key(name: str) -> Response:
    """Answer a public key by its id: that of today, or one that signed before it."""
    return _key(verification.public_key(name) or abort(404))


def _given_back(typed: str) -> str:
    """Return what was typed, to be corrected: letters, digits and hyphens, which make no message."""
    plain = (each for each in typed.upper() if each.isascii() and (each.isalnum() or each == "-"))
    return "".join(plain)[:LONGEST_CODE]


def _issued(code: str) -> Issued | None:
    plain = verification.as_code(code)
    return verification.find(plain) if plain else None


# --- a file ---------------------------------------------------------------------------------------------


def _found(code: str) -> tuple[Known | None, Compared | None, int]:
    """Return what the dropped file is, None for unknown; or why it could not be read, with the status."""
    if not _turns.acquire(blocking=False):
        return None, Compared("busy"), ServiceUnavailable.code
    try:
        data = _dropped()
        if not data:
            return None, Compared("missing"), 422
        same = seal.canonical_of(data) if data[:1] != b"%" else None
        figures = hashlib.sha256(same).hexdigest() if same else ""
        return verification.known(hashlib.sha256(data).hexdigest(), figures, code=code), None, 200
    except RequestEntityTooLarge:
        pass_over(LARGEST, at_most=PASSED_OVER)
        return None, Compared("too large"), RequestEntityTooLarge.code
    finally:
        _turns.release()


def _dropped() -> bytes:
    """Return the file that was sent, b"" where there is none. It never touches a disk."""
    request.max_content_length = LARGEST
    parser = request.form_data_parser_class(
        stream_factory=lambda *_, **__: BytesIO(),
        max_form_memory_size=LARGEST_REQUEST,
        max_content_length=LARGEST,
        max_form_parts=MOST_PARTS,
    )
    _, _, files = parser.parse(
        request.stream, request.mimetype, request.content_length, request.mimetype_params
    )
    data: bytes = files["file"].read() if "file" in files else b""
    if len(data) > LARGEST_FILE_MB * 1_000_000:
        raise RequestEntityTooLarge
    return data


# --- pages ----------------------------------------------------------------------------------------------


def _report(issued: Issued, compared: Compared | None = None, status: int = 200) -> AnyResponse:
    signature = issued.signature
    return _page(
        "report",
        status,
        issued=issued,
        issued_on=day(issued.created_at.date()),
        superseded_on=day(issued.superseded_at.date()) if issued.superseded_at else "",
        withdrawn_on=day(issued.withdrawn_at.date()) if issued.withdrawn_at else "",
        hash=grouped(issued.sha256),
        signature=base64.b64encode(signature.bytes).decode() if signature else "",
        key_id=signature.key_id if signature else "",
        compared=compared,
    )


def _page(name: str, status: int = 200, **context: object) -> AnyResponse:
    page = render_template(f"verify/{name}.html", largest=LARGEST_FILE_MB, **context)
    response = make_response(page, status)
    if status == ServiceUnavailable.code:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _key(public: bytes) -> Response:
    return _file(seal.pem(public), "application/x-pem-file", f"reports-{seal.key_id(public)}.pem")


def _file(body: bytes, mimetype: str, name: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
