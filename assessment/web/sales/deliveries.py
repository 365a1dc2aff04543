"""What the desk has sent, to whom, and what became of it."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.store import shares
from assessment.store.sales import deliveries, prepared
from assessment.store.sales.deliveries import Delivered, NotSendable, Recipient, Sending, TooManyToday
from assessment.store.sales.listings import Listed
from assessment.store.sales.prepared import PreparedReport
from assessment.store.shares import TooMany
from assessment.web import capability, guard, mailing, refusals, signed
from assessment.web.current import library, settings
from assessment.web.forms import Filled
from assessment.web.forms.fields import NAME, Address, LinkDays, Words
from assessment.web.policy import sight
from assessment.web.private_link import NAME as REQUEST
from assessment.web.sales.door import bp, show
from assessment.web.sales.fields import BY_HAND, BY_MAIL, Way

SIZE = 50
WITH_PDF = "attached"
WAYS = (
    (BY_MAIL, "This site mails a link"),
    (WITH_PDF, "This site mails a link, with the PDF attached"),
    (BY_HAND, "I pass a link on myself"),
)


class Addressed(Filled):
    """The form by which a report is sent to one recipient."""

    name = Words("Their name", limit=NAME, lines=1)
    address = Address("Their e-mail address")
    days = LinkDays("How long shall the link work?")
    how = Way(choices=WAYS)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.is_mailed and not self["address"].errors:
            self.has_text("address", "Write the address to which it is mailed.")
        return not self.errors

    @property
    def is_mailed(self) -> bool:
        return self["how"].data in (BY_MAIL, WITH_PDF)

    @property
    def recipient(self) -> Recipient:
        """Who it goes to; whoever is given a link by hand is not written down with an address."""
        name, address = ((self[each].data or "").strip() for each in ("name", "address"))
        return Recipient(name, address if self.is_mailed else "")


@bp.get("/diagnoses/<report_id>/send")
def send(report_id: str) -> Response:
    """Ask who shall get what was prepared: what the address names, or else the newest.

    The address may name a delivery, too, whose recipient is meant again.
    """
    listed, named = _listed(report_id), request.args.get("like", "")
    like = deliveries.find(named) if named.isprintable() else None
    said = {"how": BY_MAIL if mailing.is_offered() else BY_HAND}
    if like and like.report_id == report_id:
        said |= {"name": like.recipient.name, "address": like.recipient.address}
    return _ask(listed, Addressed(data=said), request.args.get("prepared", ""))


@bp.post("/diagnoses/<report_id>/send")
def send_to(report_id: str) -> Response:
    """Send it, once for a form, and show what becomes of it."""
    listed, request_id, form = _listed(report_id), guard.request_name(), Addressed(request.form)
    prepared_id = request.form.get("prepared", "")
    if not form.validate():
        return _ask(listed, form, prepared_id, status=422)
    if form.is_mailed and not mailing.is_offered():
        raise refusals.desk_sends_no_mail()
    what = next((each for each in _ready(listed) if each.id == prepared_id), None)
    if what is None:
        raise refusals.not_sendable()
    sending = Sending(
        report_id,
        what.id,
        form.recipient,
        days=int(form["days"].data),
        is_attached=form["how"].data == WITH_PDF,
        label=f"Sent by {library().site.owner}",
        message=what.cover["message"],
    )
    session = signed.token() or ""
    name = capability.request_name(request_id, [report_id, what.id, form["how"].data, *_said(form)])
    try:
        made = deliveries.send(sending, token=capability.share_token(session, name), by=signed.here())
    except NotSendable:
        raise refusals.not_sendable() from None
    except TooManyToday:
        raise refusals.too_much_sent(deliveries.SENT_A_DAY_AT_MOST) from None
    if isinstance(made, TooMany):
        raise refusals.too_many_links(shares.LIVE_AT_MOST)
    return redirect(url_for(".delivery", delivery_id=made, link=None if form.is_mailed else name), 303)


def _ask(listed: Listed, form: Addressed, prepared_id: str, status: int = 200) -> Response:
    ready = _ready(listed)
    return show(
        "deliveries/send",
        status,
        form=form,
        listed=listed,
        ready=ready,
        chosen=next((each for each in ready if each.id == prepared_id), ready[0] if ready else None),
        sent=deliveries.of(listed.report_id),
        sends_mail=mailing.is_offered(),
    )


def _listed(report_id: str) -> Listed:
    listed = sight(listed_id=report_id).listed
    return listed or abort(404)


def _ready(listed: Listed) -> list[PreparedReport]:
    """Return what can be sent of a diagnosis, the newest first."""
    return [each for each in prepared.of(listed.report_id) if each.state == "ready"]


def _said(form: Addressed) -> list[str]:
    return [str(form[each].data) for each in ("name", "address", "days")]


@bp.get("/deliveries/")
def deliveries_list() -> Response:
    """List what was sent, the newest first."""
    after = request.args.get("after", "")
    found = deliveries.page(before=after if after.isprintable() else "", size=SIZE + 1)
    return show("deliveries/list", rows=found[:SIZE], is_first=not after, is_last=len(found) <= SIZE)


@bp.get("/deliveries/<delivery_id>")
def delivery(delivery_id: str) -> Response:
    """Show one: to whom it went, what became of it, and its link to the browser that has just made it."""
    found = _found(delivery_id)
    return show("deliveries/one", delivery=found, link=_just_made(found))


@bp.post("/deliveries/<delivery_id>/end")
def end_delivery(delivery_id: str) -> Response:
    """End its link, at once and for whoever reads by it now."""
    _found(delivery_id)
    guard.request_name()
    deliveries.end(delivery_id, by=signed.here().id)
    return redirect(url_for(".delivery", delivery_id=delivery_id), 303)


def _found(delivery_id: str) -> Delivered:
    found = deliveries.find(delivery_id) if delivery_id.isprintable() else None
    return found or abort(404)


def _just_made(delivered: Delivered) -> str:
    """Return the address of the link, to the session that has made it and while it opens something; or ""."""
    name, session = request.args.get("link", ""), signed.token()
    if not session or not REQUEST.fullmatch(name) or not delivered.is_live:
        return ""
    token = capability.share_token(session, name)
    made = shares.peek(token)
    if made is None or made.id != delivered.share_id:
        return ""
    return settings().base_url + url_for("shared.link", token=token)
