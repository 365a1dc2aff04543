"""A report that was shared: the link and its button, and what is shown to whoever has pressed it.

The address with the secret in it shows a page and does nothing: a mail scanner follows every link. The
button trades it for the cookie and an address that opens nothing by itself. What a reader holds is the
link, not the assessment: they can read what it shows until it ends, and nothing else.
"""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from assessment.jobs import wake
from assessment.store import outbox, shares
from assessment.store.shares import Shared
from assessment.web import capability, guard, showing
from assessment.web.journey import notes
from assessment.web.policy import Ended, sight
from assessment.web.typed import typed

bp = Blueprint("shared", __name__, url_prefix="/shared")


@bp.get("/<token>")
def link(token: str) -> Response:
    """What a link shows: what it is, until when, and a button."""
    shared = shares.peek(token)
    if shared is None or not shared.is_live:
        return _closed(shared)
    page = render_template("shared/link.html", shared=shared, token=token, **guard.carried())
    return make_response(page)


@bp.post("/<token>")
def open_link(token: str) -> Response:
    """Let this browser read what the link shows, count the click, and leave the secret behind."""
    name = capability.request_name(guard.request_name(), ["shared", token])
    # Both answers to a double click set the same cookie, so that they are one reader.
    holder = capability.known_holder() or capability.holder_beginning(name)
    shared = shares.open_by(token, holder=holder, request=name)
    if shared is None or not shared.is_live:
        return _closed(shared)
    return capability.give(redirect(url_for(".show", share_id=shared.id), 303), holder)


@bp.get("/r/<share_id>/")
def show(share_id: str) -> str:
    """Show the result, and the notes that were chosen for this link."""
    seen = sight(share_id=share_id)
    evidence = seen.shared.evidence if seen.shared else ()
    return showing.page(
        seen, "shared/result.html", notes=notes.of_assessment(seen.stored.assessment_id, evidence)
    )


@bp.get("/r/<share_id>.pdf")
def pdf(share_id: str) -> Response:
    """Answer the paper; while it is being made, or when it cannot be, a page that says so."""
    return showing.pdf(sight(share_id=share_id), paper_action=url_for(".paper", share_id=share_id))


@bp.post("/r/<share_id>/paper")
def paper(share_id: str) -> Response:
    """Have the PDF made again, where it was kept long enough and is gone."""
    size = showing.wanted_size()
    outbox.owe_cleared(sight(share_id=share_id).stored.id, size)
    wake()
    return redirect(url_for(".pdf", share_id=share_id, paper=size or None), 303)


@bp.get("/r/<share_id>.json")
def document(share_id: str) -> Response:
    """Answer the result document, byte for byte as it was frozen."""
    return showing.document(sight(share_id=share_id))


@bp.get("/r/<share_id>.csv")
def table(share_id: str) -> Response:
    """Answer the result as a table."""
    return showing.table(sight(share_id=share_id))


@bp.errorhandler(Ended)
def _ended(error: Ended) -> Response:
    return _closed(error.shared)


@bp.errorhandler(NotFound)
def _not_found(_: NotFound) -> Response:
    return _closed(None)


def _closed(shared: Shared | None) -> Response:
    """Say that a link opens nothing: because it has ended (410), or because there is none here (404)."""
    return make_response(
        render_template("shared/closed.html", shared=shared, typed=typed()), 410 if shared else 404
    )


@bp.after_request
def _keep_token_home(response: Response) -> Response:
    """Let no address with a token in it travel in a Referer, not even to another page of this site."""
    if request.endpoint in ("shared.link", "shared.open_link"):
        # The host alone: with no-referrer, the button's form would come with "Origin: null".
        response.headers["Referrer-Policy"] = "strict-origin"
    return response


guard.protect(bp, lambda: ("/", "To the home page"), without_token=("shared.open_link",))
