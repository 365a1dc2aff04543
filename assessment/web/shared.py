"""A report that was shared: the link and its button, and what is shown to whoever has pressed it.

The address with the secret in it shows a page and does nothing: a mail scanner follows every link. The
button trades it for the cookie and an address that opens nothing by itself. What a reader holds is the
link, not the assessment: they can read what it shows until it ends, and nothing else.
"""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from assessment.jobs import wake
from assessment.store import outbox, shares
from assessment.store.sales import deliveries, prepared
from assessment.store.sales.prepared import PreparedReport
from assessment.store.shares import Shared
from assessment.web import capability, guard, showing
from assessment.web.journey import notes
from assessment.web.policy import Ended, Sight, sight
from assessment.web.typed import typed

bp = Blueprint("shared", __name__, url_prefix="/shared")


@bp.get("/<token>")
def link(token: str) -> Response:
    """What a link shows: what it is, until when, and a button."""
    shared = shares.peek(token)
    if shared is None or not shared.is_live:
        return _closed(shared)
    page = render_template(
        "shared/link.html",
        shared=shared,
        token=token,
        sender=deliveries.sender_of(shared.id) if shared.prepared_id else "",
        **guard.carried(),
    )
    return make_response(page)


@bp.post("/<token>")
def open_link(token: str) -> Response:
    """Let this browser read what the link shows, count the click, and leave the secret behind."""
    name = capability.request_name(guard.request_name(), ["shared", token])
    # Both answers to a double click set the same cookie, so that they are one reader.
    holder = capability.known_holder() or capability.holder_beginning(name)
    shared = shares.open_by(token, holder=holder, request=name, at_first=deliveries.note_opening)
    if shared is None or not shared.is_live:
        return _closed(shared)
    return capability.give(redirect(url_for(".show", share_id=shared.id), 303), holder)


@bp.get("/r/<share_id>/")
def show(share_id: str) -> str:
    """Show the result, and the notes that were chosen for this link; or what the desk made of it."""
    seen = sight(share_id=share_id)
    if sent := _sent(seen):
        return _show_sent(seen, sent)
    evidence = seen.shared.evidence if seen.shared else ()
    return showing.page(
        seen, "shared/result.html", notes=notes.of_assessment(seen.stored.assessment_id, evidence)
    )


@bp.get("/r/<share_id>.pdf")
def pdf(share_id: str) -> Response:
    """Answer the paper; while it is being made, or when it cannot be, a page that says so."""
    seen = sight(share_id=share_id)
    if sent := _sent(seen):
        paper = prepared.paper(sent.id)
        return showing.prepared_pdf(seen, paper) if paper else abort(404)
    return showing.pdf(seen, paper_action=url_for(".paper", share_id=share_id))


@bp.post("/r/<share_id>/paper")
def paper(share_id: str) -> Response:
    """Have the PDF made again, where it was kept long enough and is gone."""
    size, seen = showing.wanted_size(), sight(share_id=share_id)
    if _sent(seen):
        abort(404)  # that is kept as it is, with its cover
    outbox.owe_cleared(seen.stored.id, size)
    wake()
    return redirect(url_for(".pdf", share_id=share_id, paper=size or None), 303)


@bp.get("/r/<share_id>.json")
def document(share_id: str) -> Response:
    """Answer the result document, byte for byte as it was frozen."""
    return showing.document(_whole(share_id))


@bp.get("/r/<share_id>.csv")
def table(share_id: str) -> Response:
    """Answer the result as a table."""
    return showing.table(_whole(share_id))


@bp.get("/r/<share_id>/logo.png")
def logo(share_id: str) -> Response:
    """Answer the picture on the cover of what the desk sent."""
    sent = _sent(sight(share_id=share_id))
    picture = prepared.logo(sent.id) if sent else None
    return make_response(picture, {"Content-Type": "image/png"}) if picture else abort(404)


def _sent(seen: Sight) -> PreparedReport | None:
    """Return what the desk sent by a link; None where a leader made it.

    What is not there any more is not shown as the whole result instead.
    """
    prepared_id = seen.shared.prepared_id if seen.shared else None
    if prepared_id is None:
        return None
    return prepared.find(prepared_id, report_id=seen.stored.id) or abort(404)


def _whole(share_id: str) -> Sight:
    """Return what a link shows, where that is the whole report."""
    seen = sight(share_id=share_id)
    sent = _sent(seen)
    return abort(404) if sent and sent.pages != "all" else seen


def _show_sent(seen: Sight, sent: PreparedReport) -> str:
    cover = showing.cover(sent)
    share_id = seen.shared.id if seen.shared else ""
    return showing.page(
        seen,
        "shared/first_page.html" if cover.first_alone else "shared/prepared.html",
        cover=cover,
        logo=url_for(".logo", share_id=share_id) if sent.has_logo else "",
        pdf_state="ready",
        notes=[],
        **({"document": "", "table": ""} if cover.first_alone else {}),
    )


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
