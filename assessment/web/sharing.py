"""How a leader shares a report: the links that were made, what a reader will see, and a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assessment.store import shares
from assessment.store.shares import Shared, TooMany, UnknownReport
from assessment.web import capability, guard, refusals, showing
from assessment.web.current import settings
from assessment.web.forms import Filled
from assessment.web.forms.fields import LABEL, LINK_DAYS, USUAL_LINK_DAYS, LinkDays, Words
from assessment.web.journey import notes
from assessment.web.journey.days import today
from assessment.web.journey.notes import Notes
from assessment.web.policy import Sight, sight
from assessment.web.private_link import NAME
from assessment.web.reports import bp


class Sharing(Filled):
    """The form by which a link is made. What it shows is chosen before, and sent along."""

    called = Words(
        "What shall the link be called?",
        description="For yourself, so that you know later which one to end. Its reader does not see it.",
        limit=LABEL,
    )
    days = LinkDays("How long shall it work?")


@dataclass(frozen=True, slots=True)
class Row:
    """A link as it is listed: with the notes that it shows, in words, and where it is ended."""

    shared: Shared
    shows: list[str]
    action: str


@bp.get("/<report_id>/share")
def share(report_id: str) -> str:
    """List the links of a report, and ask what the next one shall show."""
    seen = sight(report_id=report_id)
    written = _written(seen)
    return render_template(
        "reports/share.html",
        rows=[_row(each, written) for each in shares.of(report_id)],
        at_most=shares.LIVE_AT_MOST,
        link=_just_made(report_id),
        written=written,
        form=Sharing(),
        report=seen.address("show"),
        look=url_for(".look", report_id=report_id),
        **guard.carried(),
    )


@bp.get("/<report_id>/share/look")
def look(report_id: str) -> Response:
    """Show the report as its reader will see it, with the button that makes the link."""
    seen = sight(report_id=report_id)
    form = Sharing(data={"days": request.args.get("days", str(USUAL_LINK_DAYS))})
    return _look(seen, form, _chosen(seen, request.args.getlist("with")))


@bp.post("/<report_id>/share")
def make_share(report_id: str) -> Response:
    """Make a link, once for a form, and show it to the browser that made it."""
    seen, request_id = sight(report_id=report_id), guard.request_name()
    form, chosen = Sharing(request.form), _chosen(seen, request.form.getlist("with"))
    if not form.validate():
        return _look(seen, form, chosen, status=422)
    called, days = form["called"].data, int(form["days"].data)
    name = capability.request_name(request_id, [report_id, called, days, chosen])
    token = capability.share_token(capability.holder() or "", name)
    try:
        made = shares.make(report_id, token=token, label=called, evidence=chosen, days=days)
    except UnknownReport:
        raise refusals.not_here() from None
    if isinstance(made, TooMany):
        raise refusals.too_many_links(shares.LIVE_AT_MOST)
    return redirect(url_for(".share", report_id=report_id, link=name), 303)


@bp.post("/<report_id>/share/<share_id>/end")
def end_share(report_id: str, share_id: str) -> Response:
    """End a link, at once and for whoever reads by it now."""
    sight(report_id=report_id)
    guard.request_name()
    shares.end(report_id, share_id)
    return redirect(url_for(".share", report_id=report_id), 303)


def _look(seen: Sight, form: Sharing, chosen: list[str], status: int = 200) -> Response:
    days = form["days"].data
    if days not in {str(n) for n in LINK_DAYS}:
        days = str(USUAL_LINK_DAYS) if request.method == "POST" else abort(404)
    page = showing.page(
        seen,
        "reports/look.html",
        form=form,
        chosen=chosen,
        until=today() + timedelta(days=int(days)),
        notes=notes.of_assessment(seen.stored.assessment_id, chosen),
        back=url_for(".share", report_id=seen.stored.id),
        **guard.carried(),
    )
    return make_response(page, status)


def _written(seen: Sight) -> list[Notes]:
    return notes.of_assessment(seen.stored.assessment_id)


def _chosen(seen: Sight, names: list[str]) -> list[str]:
    """Return the notes that are meant; what was never written is no note, and is left out."""
    return notes.chosen(_written(seen), set(names)) if names else []


def _row(shared: Shared, written: list[Notes]) -> Row:
    shows = [words for group in written if (words := group.shown(shared.evidence))]
    action = url_for(".end_share", report_id=shared.report_id, share_id=shared.id)
    return Row(shared, shows, action)


def _just_made(report_id: str) -> str:
    """Return the address of the link that this browser has just made of the report; "" when it made none."""
    name, holder = request.args.get("link", ""), capability.holder()
    if not holder or not NAME.fullmatch(name):
        return ""
    token = capability.share_token(holder, name)
    made = shares.peek(token)
    if made is None or made.report_id != report_id or not made.is_live:
        return ""
    return settings().base_url + url_for("shared.link", token=token)
